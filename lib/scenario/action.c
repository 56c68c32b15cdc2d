/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * action.c: the actions behind a row's `|`. Read next: script.c.
 */
#include <string.h>

#include "lib/scenario/play.h"

#define WNOHANG_BIT 1u

struct options_name {
	const char *name;
	uint32_t bit;
};

static const struct options_name option_names[] = {
	{ "TRACESYSGOOD", 1 }, { "TRACEFORK", 2 },       { "TRACEVFORK", 4 }, { "TRACECLONE", 8 },
	{ "TRACEEXEC", 16 },   { "TRACEVFORKDONE", 32 }, { "TRACEEXIT", 64 },
};

struct actor {
	struct play_parser *p;
	const struct play_program *program;
	sysemu_action *a;
};

/* The action's own words end at `;`, `->` and, of a PEEK, at `=`. */
static const struct play_word *own_word(struct actor *t)
{
	const struct play_word *word = play_peek(t->p);

	if (!word || play_is(word, ";") || play_is(word, "->") || play_is(word, "="))
		return NULL;
	return play_take(t->p);
}

static bool missing(struct actor *t, const char *what)
{
	const struct play_word *word = play_peek(t->p);

	if (word)
		return play_error_at(t->p, word, "%s is missing", what);
	return play_need(t->p, what) != NULL;
}

static bool own_value(struct actor *t, const struct play_word *word, uint32_t *out)
{
	return play_value(t->p, t->program, word, out);
}

/* "NAME=VALUE" in one word. */
static bool assignment(struct actor *t, struct play_word *name, struct play_word *value)
{
	const struct play_word *word = own_word(t);
	const char *equals;

	if (!word)
		return missing(t, "NAME=VALUE");
	equals = memchr(word->text, '=', word->length);
	if (!equals || equals == word->text)
		return play_error_at(t->p, word, "not NAME=VALUE: %.*s", (int)word->length,
				     word->text);
	*name = (struct play_word){ word->text, (uint32_t)(equals - word->text), word->column };
	*value = (struct play_word){ equals + 1, word->length - name->length - 1,
				     word->column + name->length + 1 };
	return true;
}

/* ---- the kinds ---- */

static bool is_peek(int32_t request)
{
	return request == SYSEMU_PTRACE_PEEKTEXT || request == SYSEMU_PTRACE_PEEKDATA ||
	       request == SYSEMU_PTRACE_PEEKUSR;
}

static bool take_peeked(struct actor *t)
{
	const struct play_word *word;

	t->a->data = SYSEMU_WINDOW;
	if (!play_is(play_peek(t->p), "="))
		return true;
	play_take(t->p);
	word = play_need(t->p, "a value");
	t->a->compare = true;
	return word && own_value(t, word, &t->a->word);
}

static bool take_request(struct actor *t, const struct play_word *colon)
{
	const struct play_word *word = own_word(t);
	int reg = word ? play_reg_number(word) : -1;

	t->a->kind = SYSEMU_ACTION_PTRACE;
	if (colon->text && !play_signal_number(colon, &t->a->data))
		return play_error_at(t->p, colon, "no such signal: %.*s", (int)colon->length,
				     colon->text);
	if (reg >= 0)
		t->a->addr = 4 * (uint32_t)reg;
	else if (word && !own_value(t, word, &t->a->addr))
		return false;
	if (is_peek(t->a->request))
		return take_peeked(t);
	word = own_word(t);
	if (word && colon->text)
		return play_error_at(t->p, word, "data twice: a signal and %.*s", (int)word->length,
				     word->text);
	return !word || own_value(t, word, &t->a->data);
}

/* "SYSEMU" or "CONT:USR1": the part behind the colon, if there is one. */
static int32_t request_number(const struct play_word *word, struct play_word *colon)
{
	const char *at = memchr(word->text, ':', word->length);
	uint32_t length = at ? (uint32_t)(at - word->text) : word->length;
	char name[32];

	*colon = (struct play_word){ 0 };
	if (length >= sizeof(name))
		return -1;
	memcpy(name, word->text, length);
	name[length] = 0;
	if (at)
		*colon = (struct play_word){ at + 1, word->length - length - 1,
					     word->column + length + 1 };
	return sysemu_request_number(name);
}

static bool take_set(struct actor *t)
{
	struct play_word name, value;
	char sign = 0;
	int reg;

	if (!assignment(t, &name, &value))
		return false;
	if (name.text[name.length - 1] == '+' || name.text[name.length - 1] == '-')
		sign = name.text[--name.length];
	reg = play_reg_number(&name);
	if (reg < 0)
		return play_error_at(t->p, &name, "not a register: %.*s", (int)name.length,
				     name.text);
	t->a->kind = SYSEMU_ACTION_SET_REG;
	t->a->addr = (uint32_t)reg;
	t->a->mask = sign ? UINT32_MAX : 0;
	if (reg == SYSEMU_REG_EFLAGS && !sign && value.length && strchr("+-", value.text[0])) {
		uint32_t touched;

		if (!play_take_bits(t->p, &value, PLAY_BITS_EFLAGS, &touched, &t->a->data))
			return false;
		t->a->mask = ~touched;
		return true;
	}
	if (!own_value(t, &value, &t->a->data))
		return false;
	if (sign == '-')
		t->a->data = 0u - t->a->data;
	return true;
}

static bool take_memory(struct actor *t, bool poke)
{
	struct play_word name, value;

	if (!assignment(t, &name, &value) || !own_value(t, &name, &t->a->addr))
		return false;
	t->a->kind = poke ? SYSEMU_ACTION_POKE : SYSEMU_ACTION_PEEK;
	t->a->compare = !poke;
	return own_value(t, &value, poke ? &t->a->data : &t->a->word);
}

static bool take_options(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_PTRACE;
	t->a->request = SYSEMU_PTRACE_SETOPTIONS;
	if (!word)
		return missing(t, "an option");
	for (; word; word = own_word(t)) {
		uint32_t bits = 0;

		for (size_t i = 0; i < sizeof(option_names) / sizeof(option_names[0]); i++)
			if (play_is(word, option_names[i].name))
				bits = option_names[i].bit;
		if (!bits && !play_number(word, &bits))
			return play_error_at(t->p, word, "no such option: %.*s", (int)word->length,
					     word->text);
		t->a->data |= bits;
	}
	return true;
}

static bool take_signal(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_SIGNAL;
	if (!word)
		return missing(t, "a signal");
	return play_signal_number(word, &t->a->data) ||
	       play_error_at(t->p, word, "no such signal: %.*s", (int)word->length, word->text);
}

static bool take_audit(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_AUDIT;
	if (!word)
		return missing(t, "on or off");
	t->a->data = play_is(word, "on");
	return t->a->data || play_is(word, "off") || play_error_at(t->p, word, "not on or off");
}

static bool take_tif(struct actor *t)
{
	const struct play_word *word = own_word(t);
	uint32_t touched;

	t->a->kind = SYSEMU_ACTION_TIF;
	if (!word)
		return missing(t, "flags");
	if (!play_take_bits(t->p, word, PLAY_BITS_TIF, &touched, &t->a->data))
		return false;
	t->a->mask = ~touched;
	return true;
}

static bool take_wait(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_WAIT;
	t->a->any_result = true;
	if (!word)
		return true;
	t->a->data = play_is(word, "NOHANG") ? WNOHANG_BIT : 0;
	return t->a->data || play_number(word, &t->a->data) ||
	       play_error_at(t->p, word, "not an option of wait: %.*s", (int)word->length,
			     word->text);
}

static bool take_focus(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_FOCUS;
	t->a->data = 101;
	if (!word)
		return missing(t, "program, child or a pid");
	if (play_is(word, "child"))
		t->a->data = 0;
	else if (!play_is(word, "program") && (!play_number(word, &t->a->data) || !t->a->data))
		return play_error_at(t->p, word, "no pid: %.*s", (int)word->length, word->text);
	return true;
}

static bool take_break(struct actor *t)
{
	const struct play_word *word = own_word(t);

	t->a->kind = SYSEMU_ACTION_BREAK;
	if (!word)
		return missing(t, "an address");
	return own_value(t, word, &t->a->addr);
}

static bool take_kind(struct actor *t, const struct play_word *word)
{
	struct play_word colon;

	t->a->request = request_number(word, &colon);
	if (t->a->request >= 0)
		return take_request(t, &colon);
	if (play_is(word, "set"))
		return take_set(t);
	if (play_is(word, "options"))
		return take_options(t);
	if (play_is(word, "poke") || play_is(word, "peek"))
		return take_memory(t, play_is(word, "poke"));
	if (play_is(word, "signal"))
		return take_signal(t);
	if (play_is(word, "audit"))
		return take_audit(t);
	if (play_is(word, "tif"))
		return take_tif(t);
	if (play_is(word, "wait"))
		return take_wait(t);
	if (play_is(word, "focus"))
		return take_focus(t);
	if (play_is(word, "break"))
		return take_break(t);
	if (play_is(word, "need_resched")) {
		t->a->kind = SYSEMU_ACTION_RESCHED;
		return true;
	}
	return play_error_at(t->p, word, "no such action or request: %.*s", (int)word->length,
			     word->text);
}

/* ---- results ---- */

static bool has_result(const sysemu_action *a)
{
	return a->kind == SYSEMU_ACTION_PTRACE || a->kind == SYSEMU_ACTION_SIGNAL ||
	       a->kind == SYSEMU_ACTION_WAIT;
}

static bool take_result(struct actor *t)
{
	const struct play_word *word;
	uint32_t value;

	if (!play_is(play_peek(t->p), "->"))
		return true;
	play_take(t->p);
	word = play_need(t->p, "a result");
	if (!word)
		return false;
	if (!has_result(t->a))
		return play_error_at(t->p, word, "this action has no result");
	t->a->any_result = play_is(word, "any");
	if (t->a->any_result)
		return true;
	if (play_errno_number(word, &value))
		value = 0u - value;
	else if (!own_value(t, word, &value))
		return false;
	t->a->result = (int32_t)value;
	return true;
}

bool play_parse_actions(struct play_parser *p, const struct play_program *program,
			sysemu_action *actions, size_t max, size_t *n)
{
	while (play_peek(p)) {
		const struct play_word *word = play_take(p);
		struct actor t = { p, program, NULL };

		if (play_is(word, ";"))
			continue;
		if (*n == max)
			return play_error_at(p, word, "more than %zu actions in a row", max);
		t.a = &actions[*n];
		*t.a = (sysemu_action){ .line = p->words.line, .column = word->column };
		if (!take_kind(&t, word) || !take_result(&t))
			return false;
		word = play_peek(p);
		if (word && !play_is(word, ";"))
			return play_error_at(p, word, "unexpected: %.*s", (int)word->length,
					     word->text);
		++*n;
	}
	return true;
}
