/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.c: one machine of the exploration: it carries out a choice, runs to the next
 * place and says what it sees there. What is not in the machine but in the story (mode, call)
 * comes from the node before. Read next: explore.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/choice/explore.h"
#include "lib/kernels/kernels.h"

#define EFLAGS_TF     0x100u
#define EFLAGS_FREE   0x00044dd5u /* the bits that ptrace and the arithmetic may change */
#define WAYPOINTS     256         /* each instruction of a SYSENTER under TF is one, from 4.6 on */
#define STATE_STOPPED 4u

enum { PT_PTRACED = 1, PT_DTRACE = 2, PT_TRACESYSGOOD = 4 };

static bool complain(struct world *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->text, sizeof(w->text), format, args);
	va_end(args);
	return false;
}

#define TRY(w, call)                                                     \
	do {                                                             \
		if ((call) != SYSEMU_OK)                                 \
			return complain(w, "%s", sysemu_errmsg((w)->m)); \
	} while (0)

/* ---- open ---- */

/* The address of the first instruction of that name from a symbol on. */
static bool find_insn(struct world *w, const char *symbol, const char *name, uint32_t *at)
{
	char text[64];
	size_t size;

	TRY(w, sysemu_symbol(w->m, symbol, at));
	while ((size = sysemu_disasm(w->m, *at, text, sizeof(text))) != 0) {
		if (strncmp(text, name, strlen(name)) == 0)
			return true;
		*at += (uint32_t)size;
	}
	return complain(w, "no %s behind %s", name, symbol);
}

static bool set_breaks(struct world *w, sysemu_entry entry)
{
	const struct program *p = &w->program;

	uint32_t unused;
	const char *way_out = "restore_nocheck", *way_in = "sysenter_entry";

	/* The real 2.6.11 has no label of that name, and the real 6.1 neither of the two. */
	if (sysemu_symbol(w->m, way_out, &unused) != SYSEMU_OK)
		way_out = "restore_all";
	if (sysemu_symbol(w->m, way_out, &unused) != SYSEMU_OK)
		way_out = "restore_all_switch_stack";
	if (sysemu_symbol(w->m, way_in, &unused) != SYSEMU_OK)
		way_in = "entry_SYSENTER_32";
	if (!find_insn(w, way_out, "iret", &w->iret) ||
	    !find_insn(w, way_in, "sysexit", &w->sysexit))
		return false;
	TRY(w, sysemu_break_set(w->m, w->iret));
	TRY(w, sysemu_break_set(w->m, w->sysexit));
	for (unsigned i = 0; i < p->homes; i++)
		TRY(w, sysemu_break_set(w->m, p->home[i]));
	for (unsigned i = 0; i < PROGRAM_CALLS; i++)
		TRY(w, sysemu_break_set(w->m, p->call[0][i]));
	if (entry != SYSEMU_ENTRY_SYSENTER)
		return true;
	for (unsigned i = 0; i < PROGRAM_CALLS; i++)
		TRY(w, sysemu_break_set(w->m, p->call[1][i]));
	TRY(w, sysemu_break_set(w->m, VSYSCALL_ENTER));
	if (w->modern)
		TRY(w, sysemu_break_set(w->m, VSYSCALL_BACK0));
	return true;
}

/* Registers of the program's choice; the scenarios set those that a call looks at, too. */
static bool set_root(struct world *w)
{
	sysemu_regs r;

	TRY(w, sysemu_get_regs(w->m, &r));
	r.ebx = 0x22222222;
	r.ecx = 0x33333333;
	r.edx = 0x44444444;
	r.esi = 0x55555555;
	r.edi = 0x66666666;
	r.ebp = w->program.block ? w->program.block : 0x77777777;
	r.orig_eax = -1; /* the launch is no call of the program's */
	TRY(w, sysemu_set_regs(w->m, &r));
	w->kept = r;
	return true;
}

bool world_open(struct world *w, const char *kernel, sysemu_entry entry, bool execute_all,
		struct path_log *log)
{
	const sysemu_config config = { .kernel = kernel, .entry = entry, .log_events = 1 };
	const struct profile *p = kernel_find(kernel)->profile;
	sysemu_event e;

	w->m = NULL;
	w->modern = p->era >= ERA_ENTRY_IN_C;
	w->forced_tf = p->forced_tf;
	program_make(&w->program, entry);
	if (sysemu_open(&config, &w->m) != SYSEMU_OK)
		return complain(w, "%s", sysemu_errmsg(NULL));
	TRY(w, sysemu_load_code(w->m, w->program.code, w->program.size));
	TRY(w, sysemu_run(w->m, 0, &e));
	TRY(w, sysemu_read(w->m, p->init_tss + 4, &w->stack_top, 4));
	w->frame = w->stack_top - p->frame_bytes;
	if (!set_root(w) || !set_breaks(w, entry))
		return false;
	if (w->modern)
		TRY(w, place_breaks(w));
	/* Without one, where the engine is not known, all is executed. */
	w->log = log;
	if (log)
		TRY(w, sysemu_on_insn(w->m, path_note, log));
	if (!execute_all && !log && sysemu_set_memo(w->m, true) == SYSEMU_ENOMEM)
		return complain(w, "%s", sysemu_errmsg(w->m));
	return true;
}

bool world_way_out(struct world *w, const sysemu_node *from, uint32_t *out)
{
	*out = 0;
	if (w->modern && place_is_stop(from->field[SYSEMU_FIELD_PLACE]))
		TRY(w, sysemu_read(w->m, w->frame - 4, out, 4));
	return true;
}

void world_close(struct world *w)
{
	sysemu_close(w->m);
	w->m = NULL;
}

/* ---- what is seen ---- */

static uint8_t pending_bits(uint32_t queue)
{
	const uint32_t trap = 1u << (EXPLORE_TRAP - 1), usr1 = 1u << (EXPLORE_USR1 - 1),
		       stop = 1u << (EXPLORE_STOP - 1);
	uint8_t bits = 0;

	bits |= queue & trap ? 1 : 0;
	bits |= queue & usr1 ? 2 : 0;
	bits |= queue & stop ? 4 : 0;
	bits |= queue & ~(trap | usr1 | stop) ? 8 : 0;
	return bits;
}

/* Where the tracer finds its task: told by who called what the task sleeps in. */
static bool stop_place(struct world *w, const sysemu_task *task, uint8_t *place)
{
	uint32_t caller;
	char name[64];

	if (w->modern) {
		*place = task->state == STATE_STOPPED ? SYSEMU_NODE_GROUP : w->place;
		return true;
	}
	TRY(w, sysemu_read(w->m, w->frame - 4, &caller, 4));
	sysemu_describe(w->m, caller, name, sizeof(name));
	if (strncmp(name, "syscall_trace_entry+", 20) == 0)
		*place = SYSEMU_NODE_ENTRY;
	else if (strncmp(name, "syscall_exit_work+", 18) == 0)
		*place = SYSEMU_NODE_EXIT;
	else if (strncmp(name, "work_", 5) != 0) /* pending, notifysig */
		*place = SYSEMU_NODE_OTHER;
	else
		*place = task->state == STATE_STOPPED ? SYSEMU_NODE_GROUP : SYSEMU_NODE_SIGNAL;
	return true;
}

/* eax where something will look at it: a number before a call, a restart behind one. */
static uint8_t class_of_eax(const sysemu_node *n, int32_t eax)
{
	switch (n->field[SYSEMU_FIELD_WHERE]) {
	case SYSEMU_WHERE_INT80:
	case SYSEMU_WHERE_SYSENTER:
	case SYSEMU_WHERE_BACK0:
	case SYSEMU_WHERE_BACK1: return class_of_number(eax);
	}
	if (n->field[SYSEMU_FIELD_ORIG] == SYSEMU_CLASS_NONE)
		return SYSEMU_CLASS_NONE;
	if (eax == -512)
		return SYSEMU_CLASS_ERESTARTSYS;
	return eax == -516 ? SYSEMU_CLASS_ERESTART_BLOCK : SYSEMU_CLASS_PLAIN;
}

static uint8_t entry_of_frame(const sysemu_node *n)
{
	switch (n->field[SYSEMU_FIELD_WHERE]) {
	case SYSEMU_WHERE_HOME:
	case SYSEMU_WHERE_INT80: return 1;
	case SYSEMU_WHERE_TAIL0:
	case SYSEMU_WHERE_BACK0: return 2;
	}
	return 0;
}

static void see_frame(const struct world *w, const sysemu_regs *r, sysemu_node *n)
{
	n->field[SYSEMU_FIELD_WHERE] = (uint8_t)program_where(&w->program, r->eip);
	n->field[SYSEMU_FIELD_TF] = (r->eflags & EFLAGS_TF) != 0;
	if (place_is_stop(n->field[SYSEMU_FIELD_PLACE]) && r->orig_eax >= 0) {
		n->field[SYSEMU_FIELD_ENTRY] = entry_of_frame(n);
		n->field[SYSEMU_FIELD_ORIG] = class_of_number(r->orig_eax);
	}
	n->field[SYSEMU_FIELD_EAX] = class_of_eax(n, (int32_t)r->eax);
}

static void see_task(const struct world *w, const sysemu_task *t, sysemu_node *n)
{
	n->field[SYSEMU_FIELD_FLAGS] = (uint8_t)t->tif;
	n->field[SYSEMU_FIELD_DTRACE] =
		w->forced_tf ? (t->tif & w->forced_tf) != 0 : (t->ptrace & PT_DTRACE) != 0;
	n->field[SYSEMU_FIELD_SYSGOOD] = (t->ptrace & PT_TRACESYSGOOD) != 0;
	n->field[SYSEMU_FIELD_TRACED] = (t->ptrace & PT_PTRACED) != 0;
	n->field[SYSEMU_FIELD_PENDING] =
		(uint8_t)(pending_bits(t->sigown) | pending_bits(t->sigshared) << 4);
	n->field[SYSEMU_FIELD_CODE] = (uint8_t)t->exit_code;
	n->field[SYSEMU_FIELD_AUDIT] = t->audit;
}

/* Popped one after the other, each of these is the program's own again. */
static uint8_t broken_regs(const struct world *w, const sysemu_regs *r, uint8_t where)
{
	const sysemu_regs *k = &w->kept;
	uint32_t block = w->program.block;
	unsigned tail = where >= SYSEMU_WHERE_TAIL0 && where <= SYSEMU_WHERE_TAIL3 ?
				where - SYSEMU_WHERE_TAIL0 :
				3;
	bool same = r->ebx == k->ebx && r->esi == k->esi && r->edi == k->edi && r->ds == k->ds &&
		    r->es == k->es && r->fs == k->fs && r->gs == k->gs && r->cs == k->cs &&
		    r->ss == k->ss;

	same = same && (tail < 1 || r->ebp == k->ebp) && (tail < 2 || r->edx == k->edx) &&
	       (tail < 3 || r->ecx == k->ecx);
	if (r->esp != k->esp)
		same = same && block && r->esp >= block && r->esp <= block + 16;
	return (uint8_t)((same ? 0 : SYSEMU_BROKE_REGS) |
			 ((r->eflags ^ k->eflags) & ~EFLAGS_FREE ? SYSEMU_BROKE_EFLAGS : 0));
}

/* The node at a place that is known. */
static bool see(struct world *w, uint8_t place, sysemu_node *n, uint8_t *broke)
{
	sysemu_task task;
	sysemu_regs regs;

	memset(n, 0, sizeof(*n));
	n->field[SYSEMU_FIELD_PLACE] = place;
	TRY(w, sysemu_task_info(w->m, EXPLORE_PROGRAM, &task));
	see_task(w, &task, n);
	if (place == SYSEMU_NODE_HOME)
		TRY(w, sysemu_get_cpu(w->m, &regs));
	else
		TRY(w, sysemu_get_regs(w->m, &regs));
	see_frame(w, &regs, n);
	*broke |= broken_regs(w, &regs, n->field[SYSEMU_FIELD_WHERE]);
	return true;
}

bool world_root(struct world *w, sysemu_node *out)
{
	uint8_t broke = 0;

	return see(w, SYSEMU_NODE_SIGNAL, out, &broke);
}

/* ---- what is done ---- */

static bool edit(struct world *w, const struct choice *c)
{
	sysemu_regs r;

	TRY(w, sysemu_get_regs(w->m, &r));
	switch (c->kind) {
	case CHOICE_BACK:
		TRY(w, sysemu_set_reg(w->m, SYSEMU_REG_EIP, r.eip - 2));
		TRY(w, sysemu_set_reg(w->m, SYSEMU_REG_EAX, (uint32_t)r.orig_eax));
		return true;
	case CHOICE_TF:
		TRY(w, sysemu_set_reg(w->m, SYSEMU_REG_EFLAGS,
				      c->value ? r.eflags | EFLAGS_TF : r.eflags & ~EFLAGS_TF));
		return true;
	default:
		TRY(w, sysemu_set_reg(w->m, (unsigned)c->request, (uint32_t)c->value));
		return true;
	}
}

/* Carries out a choice; *runs: the task goes on by it. */
static bool act(struct world *w, const struct choice *c, bool *runs, int32_t *result)
{
	*runs = false;
	switch (c->kind) {
	case CHOICE_CALL:
		*runs = true;
		TRY(w, sysemu_jump(w->m, w->program.start[c->by][c->number]));
		return true;
	case CHOICE_NOP:
		*runs = true;
		TRY(w, sysemu_jump(w->m, w->program.start[2][0]));
		return true;
	case CHOICE_SIGNAL:
		TRY(w, sysemu_signal(w->m, EXPLORE_PROGRAM, c->value, result));
		return true;
	case CHOICE_RESCHED: TRY(w, sysemu_need_resched(w->m, EXPLORE_PROGRAM)); return true;
	case CHOICE_AUDIT:
		TRY(w, sysemu_set_audit(w->m, EXPLORE_PROGRAM, c->value != 0));
		return true;
	case CHOICE_RESUME:
		TRY(w, sysemu_ptrace_pid(w->m, c->request, EXPLORE_PROGRAM, 0, (uint32_t)c->value,
					 result));
		*runs = *result == 0;
		return true;
	case CHOICE_REQUEST:
		TRY(w, sysemu_ptrace_pid(w->m, c->request, EXPLORE_PROGRAM, 0, 0, result));
		return true;
	case CHOICE_GOOD:
		TRY(w, sysemu_ptrace_pid(w->m, SYSEMU_PTRACE_SETOPTIONS, EXPLORE_PROGRAM, 0,
					 (uint32_t)c->value, result));
		return true;
	default: return edit(w, c);
	}
}

/* ---- the run ---- */

/* On the way back: the CPU is about to take five words off the stack, and nothing is below. */
static bool stack_is_level(struct world *w, const sysemu_event *e, bool *level)
{
	uint32_t cs;

	*level = true;
	if (w->modern) /* it leaves on a stack of its own */
		return true;
	if (e->eip == w->sysexit) {
		*level = e->esp == w->frame;
		return true;
	}
	TRY(w, sysemu_read(w->m, e->esp + 4, &cs, 4));
	if ((cs & 3) == 3)
		*level = e->esp == w->stack_top - 20;
	return true;
}

struct progress {
	sysemu_counts start, call; /* when it began, when a call was begun */
	bool called;
};

static bool is_call(const struct world *w, uint32_t eip)
{
	enum sysemu_node_where where = program_where(&w->program, eip);

	return where == SYSEMU_WHERE_INT80 || where == SYSEMU_WHERE_SYSENTER ||
	       (w->modern && where == SYSEMU_WHERE_BACK0); /* an int $0x80 there */
}

/* Runs past breakpoints of passage to the end of the step. False in *end: gave up. */
static bool run(struct world *w, struct progress *p, sysemu_event *e, bool *end, uint8_t *broke)
{
	*end = false;
	for (unsigned i = 0; i < WAYPOINTS; i++) {
		bool level;

		TRY(w, sysemu_run(w->m, EXPLORE_BUDGET, e));
		if (e->kind != SYSEMU_EVENT_BREAK || e->pid != EXPLORE_PROGRAM) {
			*end = e->kind != SYSEMU_EVENT_LIMIT;
			return true;
		}
		if (e->eip == w->iret || e->eip == w->sysexit) {
			if (!stack_is_level(w, e, &level))
				return false;
			*broke |= level ? 0 : SYSEMU_BROKE_STACK;
		} else if (place_passed(w, e)) {
			continue;
		} else if (is_call(w, e->eip)) {
			p->called = true;
			p->call = e->counts;
		} else {
			*end = true;
			return true;
		}
	}
	return true;
}

/* The tracer's own instructions are no part of it. */
static bool run_noted(struct world *w, struct progress *p, sysemu_event *e, bool *end,
		      uint8_t *broke)
{
	bool ok;

	if (w->log)
		w->log->on = true;
	ok = run(w, p, e, end, broke);
	if (w->log)
		w->log->on = false;
	return ok && (!w->log || !w->log->failed || complain(w, "no memory for a path"));
}

static void count(const struct progress *p, const sysemu_event *e, sysemu_edge *edge)
{
	const uint64_t *from = p->start.insns, *to = e->counts.insns;
	uint64_t between = p->called ? p->call.insns[SYSEMU_REGION_LEAF] : to[SYSEMU_REGION_LEAF];

	if (e->counts.int80 != p->start.int80)
		edge->entered = 1;
	if (e->counts.sysenter != p->start.sysenter)
		edge->entered = 2;
	edge->ran_before = (uint16_t)(between - from[SYSEMU_REGION_LEAF]);
	edge->ran_after = (uint16_t)(to[SYSEMU_REGION_LEAF] - between);
	edge->user = (uint16_t)(to[SYSEMU_REGION_USER] - from[SYSEMU_REGION_USER]);
	edge->entry = (uint16_t)(to[SYSEMU_REGION_ENTRY] - from[SYSEMU_REGION_ENTRY]);
}

static void final_node(uint8_t place, const sysemu_event *e, sysemu_node *to)
{
	memset(to, 0, sizeof(*to));
	to->field[SYSEMU_FIELD_PLACE] = place;
	if (place == SYSEMU_NODE_DEAD)
		to->field[SYSEMU_FIELD_CODE] = (uint8_t)e->status;
}

/* A fork that ran ends the way: the child is looked at, and no more. */
static bool see_child(struct world *w, sysemu_node *to, sysemu_edge *edge, bool *forked)
{
	sysemu_task child;

	*forked = false;
	if (!edge->ran_before && !edge->ran_after)
		return true;
	if (sysemu_task_info(w->m, EXPLORE_CHILD, &child) != SYSEMU_OK)
		return true;
	*forked = true;
	final_node(SYSEMU_NODE_FORKED, NULL, to);
	edge->child_flags = (uint8_t)child.tif;
	return true;
}

static bool arrive(struct world *w, const sysemu_event *e, bool end, sysemu_node *to,
		   sysemu_edge *edge)
{
	sysemu_task task;
	uint8_t place = SYSEMU_NODE_HOME;
	bool forked;

	if (!see_child(w, to, edge, &forked))
		return false;
	if (forked)
		return true;
	if (!end || e->kind == SYSEMU_EVENT_FAULT) {
		final_node(end ? SYSEMU_NODE_FAULT : SYSEMU_NODE_HANG, e, to);
		return true;
	}
	if (e->kind == SYSEMU_EVENT_EXIT || e->kind == SYSEMU_EVENT_KILLED) {
		final_node(SYSEMU_NODE_DEAD, e, to);
		return true;
	}
	if (e->kind == SYSEMU_EVENT_STOP) {
		TRY(w, sysemu_task_info(w->m, EXPLORE_PROGRAM, &task));
		if (!stop_place(w, &task, &place))
			return false;
	}
	return see(w, place, to, &edge->broke);
}

static bool advance(struct world *w, sysemu_node *to, sysemu_edge *edge)
{
	struct progress p = { 0 };
	sysemu_task before, after;
	sysemu_event e;
	bool end;

	TRY(w, sysemu_task_info(w->m, EXPLORE_PROGRAM, &before));
	TRY(w, sysemu_get_counts(w->m, &p.start));
	if (!run_noted(w, &p, &e, &end, &edge->broke))
		return false;
	count(&p, &e, edge);
	edge->event = (uint8_t)e.kind;
	edge->status = (uint16_t)e.status;
	TRY(w, sysemu_task_info(w->m, EXPLORE_PROGRAM, &after));
	edge->audit_entries = (uint8_t)(after.audit_entries - before.audit_entries);
	edge->audit_exits = (uint8_t)(after.audit_exits - before.audit_exits);
	return arrive(w, &e, end, to, edge);
}

/* ---- what only the story knows ---- */

static uint8_t mode_after(const sysemu_node *from, const struct choice *c)
{
	if (c->kind != CHOICE_RESUME)
		return from->field[SYSEMU_FIELD_MODE];
	return (uint8_t)(c->request == SYSEMU_PTRACE_DETACH ? 0 : c->request);
}

static uint8_t call_after(const sysemu_node *from, uint8_t mode, const sysemu_edge *edge)
{
	if (edge->entered)
		return mode_emulates(mode) ? 2 : 1;
	if (from->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_ENTRY)
		return mode_emulates(from->field[SYSEMU_FIELD_MODE]) ? 2 : 1;
	return from->field[SYSEMU_FIELD_CALL];
}

static void remember(const sysemu_node *from, const struct choice *c, bool ran, sysemu_node *to,
		     sysemu_edge *edge)
{
	uint8_t place = to->field[SYSEMU_FIELD_PLACE], mode = mode_after(from, c);

	if (!ran)
		mode = from->field[SYSEMU_FIELD_MODE];
	else
		edge->mode = mode;
	if (place == SYSEMU_NODE_HOME || place == SYSEMU_NODE_ENTRY)
		to->field[SYSEMU_FIELD_MODE] = mode;
	if (place_is_stop(place) && place != SYSEMU_NODE_ENTRY && to->field[SYSEMU_FIELD_ENTRY])
		to->field[SYSEMU_FIELD_CALL] =
			ran ? call_after(from, mode, edge) : from->field[SYSEMU_FIELD_CALL];
}

bool world_step(struct world *w, const sysemu_node *from, unsigned choice, sysemu_node *to,
		sysemu_edge *edge)
{
	const struct choice *c = &choices[choice];
	bool at_home = from->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_HOME, runs;
	int32_t result = 0;

	*edge = (sysemu_edge){ .choice = (uint16_t)choice };
	w->place = place_before(from);
	if (!act(w, c, &runs, &result))
		return false;
	edge->result = (int16_t)result;
	/* Somebody outside interrupts a task that runs. */
	if (at_home && (c->kind == CHOICE_SIGNAL || c->kind == CHOICE_RESCHED))
		runs = true;
	if (runs) {
		if (!advance(w, to, edge))
			return false;
	} else {
		if (!see(w, from->field[SYSEMU_FIELD_PLACE], to, &edge->broke))
			return false;
	}
	remember(from, c, runs, to, edge);
	return true;
}
