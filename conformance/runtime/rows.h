/* SPDX-License-Identifier: GPL-2.0-only */
/* rows.h: an event held against its row, and the row's actions. A part of conformance.h. */
#ifndef CONFORMANCE_ROWS_H
#define CONFORMANCE_ROWS_H

#include "tracer.h"

/* ---- comparing ---- */

/* The result of a call that ran is the one that it alone can have; the tracer may have written over it. */
static int holds(const struct check *c, long *seen)
{
	long eax = t.has_regs ? *machine_reg(&t.regs, REG_EAX) : 0;

	if (!t.has_regs)
		return 1;
	switch (c->kind) {
	case CHECK_REG:
	case CHECK_FLAGS:
		if (!machine_reg(&t.regs, c->reg))
			return *seen = value_of(c->value_kind, c->value) & c->mask, 1;
		*seen = *machine_reg(&t.regs, c->reg) & c->mask;
		if (!HAS_X86 && c->reg == REG_EAX && c->value == -ENOSYS)
			return 1; /* nothing is preset there */
		return *seen == (value_of(c->value_kind, c->value) & c->mask);
	case CHECK_ENTRY: return *seen = t.is_call, t.is_entry;
	case CHECK_EXIT: return *seen = t.is_call, t.is_exit;
	case CHECK_SIGNAL: return *seen = t.is_call, !t.is_call;
	case CHECK_RAN_NONE:
		*seen = eax;
		return eax == t.eax || (eax != t.pid && eax != conformance_pid);
	default: *seen = eax; return eax == value_of(c->value_kind, c->value);
	}
}

static const char *check_name(const struct check *c)
{
	switch (c->kind) {
	case CHECK_REG: return reg_names[c->reg];
	case CHECK_FLAGS: return "eflags";
	case CHECK_RAN_NONE:
	case CHECK_RAN: return "ran";
	default: return "place";
	}
}

static int has_value(const struct check *c)
{
	return c->kind == CHECK_REG || c->kind == CHECK_FLAGS || c->kind == CHECK_RAN;
}

static void say_check(const struct check *c)
{
	static const char *const words[] = { "", "", "entry", "exit", "signal", "none", "" };

	say(check_name(c));
	say("=");
	if (has_value(c))
		say_number(value_of(c->value_kind, c->value) & c->mask);
	else
		say(words[c->kind]);
}

static void say_seen(const struct row *row)
{
	say("# seen: ");
	say_event(t.event, t.status);
	for (int i = 0; i < row->n_checks && t.has_regs; i++) {
		long seen = 0;
		int good = holds(&row->checks[i], &seen);

		say(good ? " " : " [");
		if (good && !has_value(&row->checks[i])) {
			say_check(&row->checks[i]);
			continue;
		}
		say(check_name(&row->checks[i]));
		say("=");
		say_number(seen);
		say(good ? "" : "]");
	}
	say("\n");
}

static void say_expected(const struct row *row)
{
	say("# expected: ");
	say_event(row->event, row->status);
	for (int i = 0; i < row->n_checks; i++) {
		say(" ");
		say_check(&row->checks[i]);
	}
	say("\n");
}

/* The name of the first field that differs, "": none does; `on`: it is among them. */
static const char *differs(const struct row *row, const char *on, int *on_differs)
{
	const char *first = "";
	int event =
		row->event != EVENT_ANY &&
		(row->event != t.event || (row->event <= EVENT_KILLED && row->status != t.status));

	*on_differs = event && on && same(on, "event");
	if (event)
		first = "event";
	for (int i = 0; i < row->n_checks; i++) {
		long seen;

		if (holds(&row->checks[i], &seen))
			continue;
		if (on && same(on, check_name(&row->checks[i])))
			*on_differs = 1;
		if (!*first)
			first = check_name(&row->checks[i]);
	}
	return first;
}

/* ---- acting ---- */

static void set_reg(int reg, long value, int add)
{
	machine_get(t.pid, &t.regs);
	*machine_reg(&t.regs, reg) = (add ? *machine_reg(&t.regs, reg) : 0) + value;
	machine_set(t.pid, &t.regs);
	if (reg == REG_EAX)
		t.eax = value;
}

static long act(const struct action *a)
{
	long value = value_of(a->value_kind, a->data), word = 0, result = 0;

	switch (a->kind) {
	case DO_RESUME:
		result = ptrace(a->request, t.pid, a->addr, (void *)value);
		if (result >= 0) {
			t.held = 0;
			t.request = a->request;
			t.free = a->request == PTRACE_DETACH;
		}
		break;
	case DO_REQUEST: result = ptrace(a->request, t.pid, a->addr, (void *)value); break;
	case DO_SET: set_reg((int)a->addr, value, 0); break;
	case DO_ADD: set_reg((int)a->addr, value, 1); break;
	case DO_FLAGS:
		machine_get(t.pid, &t.regs);
		*machine_reg(&t.regs, REG_EFLAGS) =
			(*machine_reg(&t.regs, REG_EFLAGS) & a->addr) | a->data;
		machine_set(t.pid, &t.regs);
		break;
	case DO_PEEK_REG:
		result = machine_peek(t.pid, (int)a->addr, &word);
		if (result >= 0 && a->request && word != value) {
			say("# the word read is "), say_number(word), say("\n");
			return 1;
		}
		break;
	case DO_POKE_REG:
		result = machine_poke(t.pid, (int)a->addr, value);
		if (a->addr == REG_EAX)
			t.eax = value;
		break;
	case DO_SIGNAL: result = sys(NR_kill, t.pid, value, 0, 0); break;
	case DO_BREAK: result = plant(a->addr) ? 0 : -5; break;
	}
	if (a->any || result == a->result)
		return 0;
	say("# an action's result: expected "), say_number(a->result);
	say(", got "), say_number(result), say("\n");
	return 1;
}

/* True: all had their results. */
static int act_all(const struct row *row)
{
	for (int i = 0; i < row->n_actions; i++)
		if (act(&row->actions[i]))
			return 0;
	if (t.held)
		ptrace(t.request, t.pid, 0, 0);
	t.held = 0;
	return 1;
}

#endif
