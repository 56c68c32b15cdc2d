/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.c: what the manual and the facts of the real kernels say of each choice, as a
 * small machine on the nodes' fields. It was written from docs/kernels.md, not from asm/, and
 * knows no address and no instruction. The contract is `sysemu`; what each kernel does otherwise
 * is the list below.
 */
#include <string.h>

#include "lib/choice/explore.h"

enum { T = 1, N = 2, P = 4, R = 8, S = 16, I = 32, E = 64, A = 128 };
enum { TRAP = 1, USR1 = 2, STOP = 4, KILL = 8 }; /* in a queue */

struct deviations {
	const char *kernel;
	bool no_sysemu;   /* before part 1: the requests are unknown, -EIO */
	bool sysemu_step; /* 2.6.14-rc1 (3): request 32 */
	bool deaf;        /* as printed: the test before the stop asks for T alone */
	bool asks_late;   /* before part 3: whether to skip is asked after the tracer was told */
	bool no_mark_syscall; /* before part 4: SYSCALL clears E, E and T mean nothing together */
	bool no_mark_step;    /* before part 5: the same of STEP and S */
	bool later;           /* 2.6.14: E means one thing; skip makes orig_eax -1; audit mended */
	bool looks_again;     /* 2.6.14: after a signal the flags are read once more */
	bool detach_clears;   /* 2.6.14-rc1 (4) */
	bool stop_ends_step;  /* from 2.6.12: a signal stop takes ptrace's TF back, not do_debug */
};

static const struct deviations deviations[] = {
	{ .kernel = "2.6.11", .no_sysemu = true, .no_mark_syscall = true, .no_mark_step = true },
	{ .kernel = "sysemu-1", .asks_late = true, .no_mark_syscall = true, .no_mark_step = true },
	{ .kernel = "sysemu-3", .no_mark_syscall = true, .no_mark_step = true },
	{ .kernel = "sysemu-4", .no_mark_step = true },
	{ .kernel = "sysemu-as-printed", .deaf = true },
	{ .kernel = "sysemu" },
	{ .kernel = "2.6.14",
	  .sysemu_step = true,
	  .no_mark_syscall = true,
	  .no_mark_step = true,
	  .later = true,
	  .looks_again = true,
	  .detach_clears = true,
	  .stop_ends_step = true },
};

struct model {
	const struct deviations *k;
	sysemu_node n;
	sysemu_edge *edge;
	bool call_before; /* the call that runs was begun before this edge */
	bool done;        /* a place is reached */
	unsigned rounds;  /* so often it looked for work on the way out */
};

#define ROUNDS_MAX 100 /* who looks oftener finds something that never goes away */

#define F(m, name) ((m)->n.field[SYSEMU_FIELD_##name])

static void user_mode(struct model *m);
static void resume_userspace(struct model *m);

/* ---- signals ---- */

static void recalc(struct model *m)
{
	F(m, FLAGS) = (uint8_t)((F(m, FLAGS) & ~P) | (F(m, PENDING) ? P : 0));
}

static void send(struct model *m, uint8_t signal)
{
	F(m, PENDING) |= signal;
	F(m, FLAGS) |= P;
}

static uint8_t number_of(uint8_t signal)
{
	return signal == TRAP ? EXPLORE_TRAP :
	       signal == KILL ? EXPLORE_KILL :
	       signal == USR1 ? EXPLORE_USR1 :
				EXPLORE_STOP;
}

static uint8_t signal_of(uint8_t number)
{
	return number == EXPLORE_TRAP ? TRAP :
	       number == EXPLORE_KILL ? KILL :
	       number == EXPLORE_USR1 ? USR1 :
					STOP;
}

/* The lowest number of the task's own queue, else of the process's; 0: none. */
static uint8_t dequeue(struct model *m)
{
	static const uint8_t order[] = { TRAP, KILL, USR1, STOP };
	uint8_t found = 0;

	for (unsigned queue = 0; queue < 2 && !found; queue++)
		for (unsigned i = 0; i < 4 && !found; i++)
			if (F(m, PENDING) & order[i] << 4 * queue) {
				found = order[i];
				F(m, PENDING) &= (uint8_t) ~(order[i] << 4 * queue);
			}
	recalc(m);
	return found;
}

/* ---- places ---- */

static void final(struct model *m, uint8_t place, uint8_t code, uint8_t event)
{
	memset(&m->n, 0, sizeof(m->n));
	F(m, PLACE) = place;
	F(m, CODE) = code;
	m->edge->event = event;
	m->done = true;
}

/* To stop is to give up the CPU, which is what R asks for. */
static void stop(struct model *m, uint8_t place, uint8_t code)
{
	F(m, PLACE) = place;
	F(m, CODE) = code;
	F(m, FLAGS) &= (uint8_t)~R;
	m->edge->event = SYSEMU_EVENT_STOP;
	m->done = true;
}

/* No frame of a call: an exception, an interrupt, user mode, orig_eax = -1. */
static void no_call(struct model *m)
{
	F(m, ENTRY) = F(m, ORIG) = 0;
	if (F(m, WHERE) < SYSEMU_WHERE_INT80 || F(m, WHERE) > SYSEMU_WHERE_BACK1)
		F(m, EAX) = 0;
}

static void back_by_two(struct model *m, uint8_t class)
{
	F(m, WHERE) = F(m, WHERE) == SYSEMU_WHERE_TAIL0 ? SYSEMU_WHERE_BACK0 : SYSEMU_WHERE_INT80;
	F(m, EAX) = class;
}

/* ---- the way out ---- */

static void default_action(struct model *m, uint8_t signal)
{
	if (signal == STOP)
		stop(m, SYSEMU_NODE_GROUP, EXPLORE_STOP);
	else
		final(m, SYSEMU_NODE_DEAD, number_of(signal), SYSEMU_EVENT_KILLED);
}

static void after_signals(struct model *m)
{
	if (F(m, ORIG) && F(m, EAX) == SYSEMU_CLASS_ERESTARTSYS)
		back_by_two(m, F(m, ORIG));
	else if (F(m, ORIG) && F(m, EAX) == SYSEMU_CLASS_ERESTART_BLOCK)
		back_by_two(m, SYSEMU_CLASS_RESTART);
	if (m->k->looks_again)
		resume_userspace(m);
	else
		user_mode(m);
}

static void deliver_signals(struct model *m)
{
	uint8_t signal = dequeue(m);

	if (!signal) {
		after_signals(m);
	} else if (F(m, TRACED) && signal != KILL) {
		if (m->k->stop_ends_step && F(m, DTRACE))
			F(m, DTRACE) = F(m, TF) = 0;
		stop(m, SYSEMU_NODE_SIGNAL, number_of(signal));
	} else {
		default_action(m, signal);
	}
}

static void work(struct model *m, uint8_t flags)
{
	if (flags & R) {
		F(m, FLAGS) &= (uint8_t)~R;
		flags = F(m, FLAGS) & (N | P | I);
		if (!flags) {
			user_mode(m);
			return;
		}
	}
	if (flags & P)
		deliver_signals(m);
	else if (m->k->looks_again)
		resume_userspace(m);
	else
		user_mode(m);
}

/* T, A, S and E have had their say. */
static void resume_userspace(struct model *m)
{
	uint8_t flags = F(m, FLAGS) & (N | P | R | I);

	if (m->rounds++ == ROUNDS_MAX)
		final(m, SYSEMU_NODE_HANG, 0, SYSEMU_EVENT_LIMIT);
	else if (flags)
		work(m, flags);
	else
		user_mode(m);
}

/* ---- do_syscall_trace ---- */

/* How its end in 2.6.14 tells audit, and forgets a skipped call's number. True: skip. */
static bool later_out(struct model *m, bool exit, bool emulated)
{
	if (!exit && F(m, AUDIT))
		m->edge->audit_entries++;
	if (exit || !emulated)
		return false;
	no_call(m);
	if (F(m, AUDIT))
		m->edge->audit_exits++;
	return true;
}

/* True: it stops. If not, nothing is skipped. */
static bool later_trace(struct model *m, bool exit)
{
	bool emulated = F(m, FLAGS) & E, stepped = !emulated && (F(m, FLAGS) & S);

	if (F(m, AUDIT) && exit)
		m->edge->audit_exits++;
	if (!F(m, TRACED) || (F(m, AUDIT) && !exit && stepped)) {
		later_out(m, exit, false);
		return false;
	}
	if (exit && emulated)
		return false;
	if (stepped)
		send(m, TRAP);
	if (emulated || (F(m, FLAGS) & T))
		return true;
	later_out(m, exit, false);
	return false;
}

static bool trace(struct model *m, bool exit)
{
	uint8_t flags;

	if (m->k->later)
		return later_trace(m, exit);
	if (F(m, AUDIT))
		(*(exit ? &m->edge->audit_exits : &m->edge->audit_entries))++;
	if (!F(m, TRACED))
		return false;
	flags = F(m, FLAGS);
	if ((flags & E) &&
	    (((flags & T) && !m->k->no_mark_syscall) || ((flags & S) && !m->k->no_mark_step))) {
		F(m, FLAGS) &= (uint8_t)~E;
		return false;
	}
	if (flags & S)
		send(m, TRAP);
	return flags & T || (flags & E && !m->k->deaf);
}

static void syscall_stop(struct model *m, uint8_t place)
{
	stop(m, place, F(m, SYSGOOD) ? EXPLORE_TRAP | 0x80 : EXPLORE_TRAP);
}

static void syscall_exit(struct model *m)
{
	if (!F(m, FLAGS))
		user_mode(m);
	else if (!(F(m, FLAGS) & (T | A | S)))
		work(m, F(m, FLAGS));
	else if (trace(m, true))
		syscall_stop(m, SYSEMU_NODE_EXIT);
	else
		resume_userspace(m);
}

/* ---- the call ---- */

static uint8_t result_as_number(uint8_t class)
{
	return class == SYSEMU_CLASS_SERVED ? SYSEMU_CLASS_UNKNOWN : /* the pid, 101 */
					      SYSEMU_CLASS_NEGATIVE;                        /* -ENOSYS, -EINTR */
}

static void do_call(struct model *m)
{
	uint8_t class = F(m, ORIG);
	uint16_t *ran = m->call_before ? &m->edge->ran_before : &m->edge->ran_after;

	if (class != SYSEMU_CLASS_NONE && class != SYSEMU_CLASS_OUT) {
		*ran = 1;
		if (class == SYSEMU_CLASS_FORK) {
			final(m, SYSEMU_NODE_FORKED, 0, m->edge->event);
			return;
		}
		if (F(m, WHERE) == SYSEMU_WHERE_INT80 || F(m, WHERE) == SYSEMU_WHERE_BACK0)
			F(m, EAX) = result_as_number(class);
		else
			F(m, EAX) = SYSEMU_CLASS_PLAIN;
	}
	syscall_exit(m);
}

/* From user mode, before the int or sysenter; eax has the number. */
static void begin_call(struct model *m)
{
	bool sysenter = F(m, WHERE) == SYSEMU_WHERE_SYSENTER, out;

	/* SYSENTER keeps TF: the trap comes inside, sets S, and TF is gone. */
	if (sysenter && F(m, TF)) {
		F(m, TF) = 0;
		F(m, FLAGS) |= S;
	}
	m->call_before = false;
	F(m, ENTRY) = m->edge->entered = sysenter ? 2 : 1;
	F(m, WHERE) = sysenter ? SYSEMU_WHERE_TAIL0 : SYSEMU_WHERE_HOME;
	F(m, ORIG) = F(m, EAX);
	F(m, EAX) = SYSEMU_CLASS_PLAIN;
	out = F(m, ORIG) == SYSEMU_CLASS_OUT || F(m, ORIG) == SYSEMU_CLASS_NEGATIVE;
	if (F(m, ORIG) == SYSEMU_CLASS_NEGATIVE)
		no_call(m); /* as far as a restart is concerned */
	if (F(m, FLAGS) & (T | E | A)) {
		if (trace(m, false))
			syscall_stop(m, SYSEMU_NODE_ENTRY);
		else
			do_call(m);
	} else if (out) {
		resume_userspace(m);
	} else {
		do_call(m);
	}
}

/* ---- user mode ---- */

/* A step behind one instruction. Untraced programs get it, too. */
static void debug_trap(struct model *m)
{
	no_call(m);
	if (!m->k->stop_ends_step && F(m, DTRACE))
		F(m, DTRACE) = F(m, TF) = 0;
	send(m, TRAP);
	resume_userspace(m);
}

/* The program goes on at WHERE, which is home or leads there. */
static void user_mode(struct model *m)
{
	no_call(m);
	switch (F(m, WHERE)) {
	case SYSEMU_WHERE_HOME:
		F(m, PLACE) = SYSEMU_NODE_HOME;
		m->edge->event = SYSEMU_EVENT_BREAK;
		m->done = true;
		return;
	case SYSEMU_WHERE_INT80:
	case SYSEMU_WHERE_SYSENTER: begin_call(m); return;
	case SYSEMU_WHERE_BACK0: F(m, WHERE) = SYSEMU_WHERE_BACK1; break;
	case SYSEMU_WHERE_BACK1: F(m, WHERE) = SYSEMU_WHERE_SYSENTER; break;
	case SYSEMU_WHERE_TAIL3: F(m, WHERE) = SYSEMU_WHERE_HOME; break;
	default: /* TAIL0 to TAIL2 */ F(m, WHERE)++;
	}
	if (F(m, TF))
		debug_trap(m);
	else
		user_mode(m);
}

static void user_choice(struct model *m, const struct choice *c)
{
	static const uint8_t classes[PROGRAM_CALLS] = { SYSEMU_CLASS_SERVED, SYSEMU_CLASS_UNKNOWN,
							SYSEMU_CLASS_OUT, SYSEMU_CLASS_FORK };

	if (c->kind == CHOICE_CALL) {
		F(m, WHERE) = c->by ? SYSEMU_WHERE_SYSENTER : SYSEMU_WHERE_INT80;
		F(m, EAX) = classes[c->number];
	}
	if (F(m, TF))
		debug_trap(m);
	else
		user_mode(m);
}

/* ---- requests ---- */

static void clear_step(struct model *m)
{
	F(m, FLAGS) &= (uint8_t)~S;
	if (F(m, DTRACE))
		F(m, DTRACE) = F(m, TF) = 0;
}

static void set_step(struct model *m)
{
	F(m, FLAGS) |= S;
	if (!F(m, TF))
		F(m, TF) = F(m, DTRACE) = 1;
}

static void set_flags(struct model *m, uint8_t set, uint8_t clear)
{
	F(m, FLAGS) = (uint8_t)((F(m, FLAGS) & ~clear) | set);
}

/* 0 or -errno; flags and TF as the request leaves them. */
static int16_t request(struct model *m, const struct choice *c)
{
	if (!F(m, TRACED))
		return -3;
	switch (c->request) {
	case SYSEMU_PTRACE_SYSEMU:
		if (m->k->no_sysemu)
			return -5;
		set_flags(m, E, T);
		break;
	case SYSEMU_PTRACE_SYSEMU_SINGLESTEP:
		if (!m->k->sysemu_step)
			return -5;
		set_flags(m, E, T);
		set_step(m);
		return 0;
	case SYSEMU_PTRACE_SYSCALL: set_flags(m, T, m->k->no_mark_syscall ? E : 0); break;
	case SYSEMU_PTRACE_SINGLESTEP:
		set_flags(m, 0, m->k->no_mark_step ? T | E : T);
		set_step(m);
		return 0;
	case SYSEMU_PTRACE_CONT: set_flags(m, 0, T | E); break;
	case SYSEMU_PTRACE_DETACH:
		clear_step(m);
		set_flags(m, P, m->k->detach_clears ? T | E : 0);
		F(m, TRACED) = F(m, SYSGOOD) = F(m, DTRACE) = 0;
		return 0;
	}
	clear_step(m);
	return 0;
}

/* Behind the stop at a call's start or end; `data` came with the request. */
static void leave_syscall_stop(struct model *m, bool exit, bool emulated, uint8_t data)
{
	recalc(m);
	if (data)
		send(m, signal_of(data));
	F(m, CODE) = 0;
	if (exit) {
		resume_userspace(m);
		return;
	}
	if (m->k->later) {
		if (later_out(m, false, emulated))
			resume_userspace(m);
		else
			do_call(m);
		return;
	}
	if (m->k->asks_late)
		emulated = F(m, FLAGS) & E;
	if (emulated)
		syscall_exit(m);
	else
		do_call(m);
}

static void resume(struct model *m, const struct choice *c)
{
	uint8_t place = F(m, PLACE), data = (uint8_t)c->value;
	bool emulated = F(m, FLAGS) & E;

	m->edge->result = request(m, c);
	if (m->edge->result)
		return;
	if (c->request == SYSEMU_PTRACE_KILL)
		data = EXPLORE_KILL;
	m->call_before = true;
	F(m, CODE) = 0;
	switch (place) {
	case SYSEMU_NODE_ENTRY:
	case SYSEMU_NODE_EXIT:
		leave_syscall_stop(m, place == SYSEMU_NODE_EXIT, emulated, data);
		break;
	case SYSEMU_NODE_SIGNAL:
		recalc(m);
		if (data)
			default_action(m, signal_of(data));
		else
			deliver_signals(m);
		break;
	default: /* a group stop does not look at what came along */ deliver_signals(m);
	}
}

static void request_as_it_runs(struct model *m, const struct choice *c)
{
	if (c->request == SYSEMU_PTRACE_ATTACH) {
		F(m, TRACED) = 1;
		send(m, STOP);
	} else if (c->request == SYSEMU_PTRACE_KILL) {
		/* Only an answer to a stop kills. The TF in use is not the saved one. */
		F(m, FLAGS) &= (uint8_t)~S;
		F(m, DTRACE) = 0;
		F(m, CODE) = EXPLORE_KILL;
	} else {
		m->edge->result = -3;
	}
}

static void edit(struct model *m, const struct choice *c)
{
	switch (c->kind) {
	case CHOICE_SET:
		if (c->request == SYSEMU_REG_EAX)
			F(m, EAX) = c->value == -512 ? SYSEMU_CLASS_ERESTARTSYS :
						       SYSEMU_CLASS_ERESTART_BLOCK;
		else if (c->value < 0)
			no_call(m);
		else
			F(m, ORIG) = class_of_number(c->value);
		break;
	case CHOICE_BACK: back_by_two(m, F(m, ORIG)); break;
	case CHOICE_TF: F(m, TF) = (uint8_t)c->value; break;
	case CHOICE_GOOD: F(m, SYSGOOD) = (uint8_t)c->value; break;
	case CHOICE_AUDIT:
		F(m, AUDIT) = (uint8_t)c->value;
		set_flags(m, c->value ? A : 0, A);
		break;
	default: break;
	}
}

static void outside(struct model *m, const struct choice *c)
{
	if (c->kind == CHOICE_RESCHED)
		F(m, FLAGS) |= R;
	else
		send(m, USR1 << 4);
	if (F(m, PLACE) == SYSEMU_NODE_HOME)
		resume_userspace(m);
}

/* ---- the story ---- */

static void remember(struct model *m, const sysemu_node *from, const struct choice *c)
{
	uint8_t place = F(m, PLACE), mode = from->field[SYSEMU_FIELD_MODE];
	uint8_t call = from->field[SYSEMU_FIELD_CALL];

	if (m->edge->event && c->kind == CHOICE_RESUME)
		mode = (uint8_t)(c->request == SYSEMU_PTRACE_DETACH ? 0 : c->request);
	if (m->edge->entered)
		call = mode_emulates(mode) ? 2 : 1;
	else if (from->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_ENTRY)
		call = mode_emulates(from->field[SYSEMU_FIELD_MODE]) ? 2 : 1;
	F(m, MODE) = place == SYSEMU_NODE_HOME || place == SYSEMU_NODE_ENTRY ? mode : 0;
	F(m, CALL) = place_is_stop(place) && place != SYSEMU_NODE_ENTRY && F(m, ENTRY) ? call : 0;
}

bool sysemu_model_step(const char *kernel, const sysemu_node *from, unsigned choice,
		       sysemu_node *to, sysemu_edge *edge)
{
	struct model m = { .edge = edge };
	const struct choice *c;
	const char *like = sysemu_kernel_like(kernel);

	if (!kernel || !from || !to || !edge || choice >= choice_count)
		return false;
	if (like)
		kernel = like;
	c = &choices[choice];
	m.n = *from;
	*edge = (sysemu_edge){ .choice = (uint16_t)choice };
	for (unsigned i = 0; i < sizeof(deviations) / sizeof(deviations[0]); i++)
		if (strcmp(deviations[i].kernel, kernel) == 0)
			m.k = &deviations[i];
	if (!m.k || !choice_offered(from, c, SYSEMU_ENTRY_SYSENTER))
		return false;
	switch (c->kind) {
	case CHOICE_CALL:
	case CHOICE_NOP: user_choice(&m, c); break;
	case CHOICE_RESUME: resume(&m, c); break;
	case CHOICE_REQUEST: request_as_it_runs(&m, c); break;
	case CHOICE_SIGNAL:
	case CHOICE_RESCHED: outside(&m, c); break;
	default: edit(&m, c);
	}
	remember(&m, from, c);
	*to = m.n;
	return true;
}
