/* SPDX-License-Identifier: GPL-2.0-only */
/* needs.c: what of a scenario a program that runs on any Linux can do, and what it can see. */
#include <errno.h>
#include <string.h>

#include "conformance.h"

#define PID_PROGRAM 101u

bool emitted_resumes(int32_t request)
{
	return request == SYSEMU_PTRACE_SYSCALL || request == SYSEMU_PTRACE_CONT ||
	       request == SYSEMU_PTRACE_SINGLESTEP || request == SYSEMU_PTRACE_SYSEMU ||
	       request == SYSEMU_PTRACE_SYSEMU_SINGLESTEP || request == SYSEMU_PTRACE_KILL ||
	       request == SYSEMU_PTRACE_DETACH;
}

uint32_t emitted_check(const sysemu_row *row, sysemu_check_kind kind, uint32_t none)
{
	for (size_t i = 0; i < row->n_checks; i++)
		if (row->checks[i].kind == kind)
			return row->checks[i].value;
	return none;
}

/* A call's result says that it ran: of these two nobody else has it. */
static bool tells_itself(uint32_t nr)
{
	const char *name = sysemu_call_name((int32_t)nr);

	return name && (!strcmp(name, "getpid") || !strcmp(name, "getppid"));
}

static bool ran_is_seen(const sysemu_row *row)
{
	uint32_t kind = emitted_check(row, SYSEMU_CHECK_KIND, SYSEMU_EVENT_NONE);
	uint32_t place = emitted_check(row, SYSEMU_CHECK_PLACE, SYSEMU_PLACE_NONE);
	uint32_t calls = emitted_check(row, SYSEMU_CHECK_CALLS, UINT32_MAX);

	if (kind != SYSEMU_EVENT_STOP && kind != SYSEMU_EVENT_BREAK && kind != SYSEMU_EVENT_NONE)
		return false;
	if (calls == 0)
		return place != SYSEMU_PLACE_GROUP;
	return calls == 1 && place != SYSEMU_PLACE_ENTRY &&
	       tells_itself(emitted_check(row, SYSEMU_CHECK_CALL, UINT32_MAX));
}

const char *emitted_seen(const sysemu_row *row, const sysemu_check *c)
{
	uint32_t kind = emitted_check(row, SYSEMU_CHECK_KIND, SYSEMU_EVENT_NONE);
	bool stop = kind == SYSEMU_EVENT_STOP || kind == SYSEMU_EVENT_NONE;

	switch (c->kind) {
	case SYSEMU_CHECK_KIND:
	case SYSEMU_CHECK_STATUS: return "event";
	case SYSEMU_CHECK_PLACE:
		return c->value == SYSEMU_PLACE_ENTRY || c->value == SYSEMU_PLACE_EXIT ||
				       c->value == SYSEMU_PLACE_SIGNAL ?
			       "place" :
			       NULL;
	case SYSEMU_CHECK_CALLS:
	case SYSEMU_CHECK_CALL: return ran_is_seen(row) ? "ran" : NULL;
	case SYSEMU_CHECK_REG: return sysemu_reg_name(c->index);
	case SYSEMU_CHECK_EFLAGS: return stop ? "eflags" : NULL;
	default: return NULL;
	}
}

/* ---- what cannot be done ---- */

/* An iret to a stack segment that nobody has: a 64-bit kernel has another name for what comes of it. */
static bool loads_ldt_stack(const sysemu_action *a)
{
	return a->kind == SYSEMU_ACTION_SET_REG && a->addr == SYSEMU_REG_SS && (a->data & 4);
}

static const char *refused_action(const sysemu_action *a)
{
	switch (a->kind) {
	case SYSEMU_ACTION_PTRACE:
		if (emitted_resumes(a->request) || a->request == SYSEMU_PTRACE_ATTACH ||
		    a->request == SYSEMU_PTRACE_SETOPTIONS ||
		    a->request == SYSEMU_PTRACE_OLDSETOPTIONS)
			return NULL;
		if ((a->request == SYSEMU_PTRACE_PEEKUSR || a->request == SYSEMU_PTRACE_POKEUSR) &&
		    a->addr % 4 == 0 && a->addr < 4 * SYSEMU_REGS)
			return NULL;
		return "a request with places of the host";
	case SYSEMU_ACTION_SET_REG:
	case SYSEMU_ACTION_SIGNAL:
	case SYSEMU_ACTION_BREAK: return NULL;
	case SYSEMU_ACTION_AUDIT: return "it sets an audit context";
	case SYSEMU_ACTION_TIF: return "it writes the kernel's flags";
	case SYSEMU_ACTION_RESCHED: return "it sets NEED_RESCHED from outside";
	case SYSEMU_ACTION_FOCUS: return "it has a second program";
	case SYSEMU_ACTION_WAIT: return "it waits in its own way";
	default: return "it pokes words of memory";
	}
}

static const char *refused_row(const sysemu_row *row)
{
	uint32_t pid = emitted_check(row, SYSEMU_CHECK_PID, PID_PROGRAM);
	uint32_t kind = emitted_check(row, SYSEMU_CHECK_KIND, SYSEMU_EVENT_NONE);
	bool runs = kind == SYSEMU_EVENT_BREAK || kind == SYSEMU_EVENT_LIMIT;

	if (pid != PID_PROGRAM)
		return "it has a second program";
	if (kind == SYSEMU_EVENT_FAULT)
		return "it ends in a fault of the kernel";
	for (size_t i = 0; i < row->n_actions; i++) {
		const char *why = refused_action(&row->actions[i]);

		/* Its tracer looks at each stop, which up to 3.0 is what makes one of a group stop. */
		if (!why && row->actions[i].kind == SYSEMU_ACTION_SIGNAL &&
		    emitted_check(row, SYSEMU_CHECK_PLACE, SYSEMU_PLACE_NONE) == SYSEMU_PLACE_GROUP)
			why = "a signal for a group stop that nobody has looked at";
		/* At a breakpoint of ours it is stopped, and they would be taken. */
		if (!why && runs && row->actions[i].kind == SYSEMU_ACTION_PTRACE)
			why = "it asks while the program runs";
		if (why)
			return why;
	}
	return NULL;
}

static bool detaches(const sysemu_row *row)
{
	for (size_t i = 0; i < row->n_actions; i++)
		if (row->actions[i].kind == SYSEMU_ACTION_PTRACE &&
		    row->actions[i].request == SYSEMU_PTRACE_DETACH && !row->actions[i].result)
			return true;
	return false;
}

/* Calls of a number that only our kernels have: their holes that answer with the restart codes. */
static bool is_hole(const char *word)
{
	return !strcmp(word, "284") || !strcmp(word, "285") || !strcmp(word, "286") ||
	       !strcmp(word, "287");
}

static void look_at_step(struct emitted *e, const sysemu_program_step *step)
{
	static const char *const i386[] = { "bytes", "words", "space" };
	/* int3: elsewhere eip is not behind it. */
	static const char *const x86[] = { "ud2", "hlt",  "ret", "pushf", "popf",  "cpuid",
					   "tf",  "push", "pop", "load",  "store", "int3" };
	const char *word = step->words[0];

	for (size_t i = 0; i < sizeof(i386) / sizeof(i386[0]); i++)
		e->i386 = e->i386 || !strcmp(word, i386[i]);
	for (size_t i = 0; i < sizeof(x86) / sizeof(x86[0]); i++)
		e->x86 = e->x86 || !strcmp(word, x86[i]);
	if (!strcmp(word, "sysenter"))
		e->needs = "a sysenter of its own";
	if ((!strcmp(word, "call") || !strcmp(word, "int80")) && step->n_words > 1) {
		const char *name = step->words[1];

		if (!strcmp(name, "fork"))
			e->needs = "it has a second program";
		if (is_hole(name))
			e->needs = "a call that only its own kernels have";
		/* Signal frames differ; so do the calls that set handlers. */
		e->i386 = e->i386 || !strcmp(name, "sigaction");
	}
	/* eax is a result there and not a number, a register by itself; so is what mov sets. */
	if (!strcmp(word, "mov") || !strcmp(word, "cmp"))
		e->x86 = e->x86 || !strcmp(word, "mov");
}

/* Its entering instruction, or one of the moves before: within the page it is elsewhere. */
static bool is_inside(const struct emitted *e, uint32_t addr)
{
	char label[128];

	return steps_label(e, addr, label, sizeof(label)) && label[0] == 'I';
}

static bool stops_inside(const struct emitted *e, const sysemu_row *row)
{
	for (size_t i = 0; i < row->n_checks; i++)
		if (row->checks[i].kind == SYSEMU_CHECK_REG &&
		    row->checks[i].index == SYSEMU_REG_EIP && is_inside(e, row->checks[i].value))
			return true;
	for (size_t i = 0; i < row->n_actions; i++)
		if (row->actions[i].kind == SYSEMU_ACTION_BREAK &&
		    is_inside(e, row->actions[i].addr))
			return true;
	return false;
}

/* A step that is to end at a breakpoint behind the call ends within the page before. */
static bool steps_to_break(const struct emitted *e, size_t i)
{
	bool steps = false;

	if (i == 0 || emitted_check(&e->st->rows[i], SYSEMU_CHECK_KIND, 0) != SYSEMU_EVENT_BREAK)
		return false;
	for (size_t a = 0; a < e->st->rows[i - 1].n_actions; a++) {
		const sysemu_action *action = &e->st->rows[i - 1].actions[a];

		steps = steps || (action->kind == SYSEMU_ACTION_PTRACE &&
				  (action->request == SYSEMU_PTRACE_SINGLESTEP ||
				   action->request == SYSEMU_PTRACE_SYSEMU_SINGLESTEP));
	}
	return steps;
}

static void look_at_actions(struct emitted *e, const sysemu_row *row)
{
	for (size_t i = 0; i < row->n_actions; i++) {
		const sysemu_action *a = &row->actions[i];

		if (loads_ldt_stack(a))
			e->i386 = e->kernel32 = true;
		/* A request by its old number, which others do not have. */
		e->x86 = e->x86 || (a->kind == SYSEMU_ACTION_PTRACE &&
				    a->request == SYSEMU_PTRACE_OLDSETOPTIONS);
	}
}

/* It is told by eax, which is not the -ENOSYS that stands there before a call: elsewhere nothing does. */
static bool differs_in_preset(const sysemu_scenario *s, const sysemu_staging *st)
{
	for (size_t i = 0; i < s->n_verdicts; i++) {
		const sysemu_verdict *v = &s->verdicts[i];

		if (!v->fails || !v->on_field || v->on != SYSEMU_CHECK_REG ||
		    v->on_index != SYSEMU_REG_EAX || v->row >= st->n_rows)
			continue;
		for (size_t k = 0; k < st->rows[v->row].n_checks; k++) {
			const sysemu_check *c = &st->rows[v->row].checks[k];

			if (c->kind == v->on && c->index == v->on_index &&
			    c->value == (uint32_t)-ENOSYS)
				return true;
		}
	}
	return false;
}

void emitted_look(struct emitted *e)
{
	e->st = &e->s->by_entry[SYSEMU_ENTRY_INT80];
	if (e->s->program)
		e->needs = "its program is a file";
	else if (!e->st->n_rows)
		e->needs = "its way in is sysenter";
	else if (e->s->debug_junk)
		e->needs = "what a compiler leaves in eax";
	else if (e->s->start == SYSEMU_START_UNTRACED)
		e->needs = "nobody traces";
	for (size_t i = 0; i < e->st->n_steps && !e->needs; i++)
		look_at_step(e, &e->st->steps[i]);
	e->seen_rows = e->st->n_rows;
	e->int80 = !e->s->by_entry[SYSEMU_ENTRY_SYSENTER].n_rows;
	for (size_t i = 0; i < e->st->n_rows; i++)
		e->int80 = e->int80 || stops_inside(e, &e->st->rows[i]) || steps_to_break(e, i);
	e->x86 = e->x86 || differs_in_preset(e->s, e->st);
	for (size_t i = 0; i < e->st->n_rows && !e->needs; i++) {
		look_at_actions(e, &e->st->rows[i]);
		e->needs = refused_row(&e->st->rows[i]);
		if (detaches(&e->st->rows[i])) {
			e->seen_rows = i + 1;
			break;
		}
	}
}
