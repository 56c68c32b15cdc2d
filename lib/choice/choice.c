/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choice.c: all that the tracer, the program and their surroundings may do, and where
 * it is offered. The order is that of the edges. docs/exploration.md lists what is left out.
 */
#include <stddef.h>

#include "lib/choice/explore.h"

#define CALL(text, way, which)                                                \
	{                                                                     \
		.name = text, .kind = CHOICE_CALL, .by = way, .number = which \
	}
#define RESUME(text, what)                                                                        \
	{ .name = text, .kind = CHOICE_RESUME, .request = SYSEMU_PTRACE_##what, .script = text }, \
	{                                                                                         \
		.name = text " USR1", .kind = CHOICE_RESUME, .request = SYSEMU_PTRACE_##what,     \
		.value = EXPLORE_USR1, .script = text ":USR1"                                     \
	}
#define RESUME_STOP(text, what)                                                               \
	{                                                                                     \
		.name = text " STOP", .kind = CHOICE_RESUME, .request = SYSEMU_PTRACE_##what, \
		.value = EXPLORE_STOP, .script = text ":STOP"                                 \
	}
#define REQUEST(text, what)                                                           \
	{                                                                             \
		.name = text, .kind = CHOICE_REQUEST, .request = SYSEMU_PTRACE_##what \
	}
#define SET(text, register, to)                                                     \
	{                                                                           \
		.name = text, .kind = CHOICE_SET, .request = register, .value = to, \
		.script = "set " text                                               \
	}
#define SWITCH(text, what, to, action)                                    \
	{                                                                 \
		.name = text, .kind = what, .value = to, .script = action \
	}

const struct choice choices[] = {
	CALL("int80 served", 0, 0),
	CALL("int80 unknown", 0, 1),
	CALL("int80 out", 0, 2),
	CALL("int80 fork", 0, 3),
	CALL("sysenter served", 1, 0),
	CALL("sysenter unknown", 1, 1),
	CALL("sysenter out", 1, 2),
	CALL("sysenter fork", 1, 3),
	SWITCH("nop", CHOICE_NOP, 0, NULL),
	RESUME("SYSEMU", SYSEMU),
	RESUME("SYSCALL", SYSCALL),
	RESUME("CONT", CONT),
	RESUME("SINGLESTEP", SINGLESTEP),
	RESUME("SYSEMU_SINGLESTEP", SYSEMU_SINGLESTEP),
	RESUME("DETACH", DETACH),
	RESUME_STOP("CONT", CONT),
	RESUME_STOP("SYSEMU", SYSEMU),
	RESUME_STOP("DETACH", DETACH),
	{ .name = "KILL", .kind = CHOICE_RESUME, .request = SYSEMU_PTRACE_KILL, .script = "KILL" },
	REQUEST("KILL as it runs", KILL),
	REQUEST("SYSEMU as it runs", SYSEMU),
	REQUEST("ATTACH", ATTACH),
	SWITCH("signal USR1", CHOICE_SIGNAL, EXPLORE_USR1, "signal USR1"),
	SWITCH("need_resched", CHOICE_RESCHED, 0, "need_resched"),
	SWITCH("audit on", CHOICE_AUDIT, 1, "audit on"),
	SWITCH("audit off", CHOICE_AUDIT, 0, "audit off"),
	SET("eax=-ERESTARTSYS", SYSEMU_REG_EAX, -512),
	SET("eax=-ERESTART_RESTARTBLOCK", SYSEMU_REG_EAX, -516),
	SET("orig_eax=-1", SYSEMU_REG_ORIG_EAX, -1),
	SET("orig_eax=20", SYSEMU_REG_ORIG_EAX, 20),
	SET("orig_eax=17", SYSEMU_REG_ORIG_EAX, 17),
	SWITCH("eip-=2", CHOICE_BACK, 0, NULL),
	SWITCH("TF on", CHOICE_TF, 1, "set eflags=+TF"),
	SWITCH("TF off", CHOICE_TF, 0, "set eflags=-TF"),
	SWITCH("TRACESYSGOOD on", CHOICE_GOOD, 1, "options TRACESYSGOOD"),
	SWITCH("TRACESYSGOOD off", CHOICE_GOOD, 0, "options 0"),
};

const unsigned choice_count = sizeof(choices) / sizeof(choices[0]);

const char *sysemu_choice_name(unsigned choice)
{
	return choice < choice_count ? choices[choice].name : NULL;
}

bool place_is_stop(uint8_t place)
{
	return place == SYSEMU_NODE_ENTRY || place == SYSEMU_NODE_EXIT ||
	       place == SYSEMU_NODE_SIGNAL || place == SYSEMU_NODE_GROUP;
}

bool mode_emulates(uint8_t mode)
{
	return mode == SYSEMU_PTRACE_SYSEMU || mode == SYSEMU_PTRACE_SYSEMU_SINGLESTEP;
}

/* In a call's frame, with eip and eax as the kernel left them: one edit of these a stop. */
static bool unedited(const sysemu_node *n)
{
	return n->field[SYSEMU_FIELD_ENTRY] &&
	       (n->field[SYSEMU_FIELD_WHERE] == SYSEMU_WHERE_HOME ||
		n->field[SYSEMU_FIELD_WHERE] == SYSEMU_WHERE_TAIL0) &&
	       n->field[SYSEMU_FIELD_EAX] == SYSEMU_CLASS_PLAIN;
}

static bool at_sigstop(const sysemu_node *n)
{
	return n->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_SIGNAL &&
	       n->field[SYSEMU_FIELD_CODE] == EXPLORE_STOP;
}

static bool offered_at_stop(const sysemu_node *n, const struct choice *c)
{
	uint8_t flags = n->field[SYSEMU_FIELD_FLAGS];

	switch (c->kind) {
	case CHOICE_RESUME: return c->value != EXPLORE_STOP || at_sigstop(n);
	case CHOICE_SIGNAL: return !(n->field[SYSEMU_FIELD_PENDING] & 0x20);
	case CHOICE_RESCHED: return !(flags & SYSEMU_TIF_NEED_RESCHED);
	case CHOICE_AUDIT:
		return n->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_ENTRY &&
		       !!n->field[SYSEMU_FIELD_AUDIT] != !!c->value;
	case CHOICE_SET:
		return unedited(n) && (c->request != SYSEMU_REG_ORIG_EAX ||
				       n->field[SYSEMU_FIELD_ORIG] != class_of_number(c->value));
	case CHOICE_BACK: return unedited(n);
	case CHOICE_TF: return !!n->field[SYSEMU_FIELD_TF] != !!c->value;
	case CHOICE_GOOD: return at_sigstop(n) && !!n->field[SYSEMU_FIELD_SYSGOOD] != !!c->value;
	default: return false;
	}
}

static bool offered_at_home(const sysemu_node *n, const struct choice *c, sysemu_entry entry)
{
	bool traced = n->field[SYSEMU_FIELD_TRACED];

	switch (c->kind) {
	case CHOICE_CALL: return c->by == 0 || entry == SYSEMU_ENTRY_SYSENTER;
	case CHOICE_NOP:
	case CHOICE_SIGNAL:
	case CHOICE_RESCHED: return true;
	case CHOICE_AUDIT: return !!n->field[SYSEMU_FIELD_AUDIT] != !!c->value;
	case CHOICE_REQUEST: return c->request == SYSEMU_PTRACE_ATTACH ? !traced : traced;
	default: return false;
	}
}

bool choice_offered(const sysemu_node *n, const struct choice *c, sysemu_entry entry)
{
	if (n->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_HOME)
		return offered_at_home(n, c, entry);
	return place_is_stop(n->field[SYSEMU_FIELD_PLACE]) && offered_at_stop(n, c);
}
