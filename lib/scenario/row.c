/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * row.c: the rows of a scenario: each line's event and fields into checks.
 * Read next: action.c.
 */
#include <string.h>

#include "lib/scenario/play.h"

struct builder {
	struct play_parser *p;
	const struct play_program *program;
	sysemu_check checks[PLAY_CHECKS_MAX];
	size_t n_checks;
	sysemu_action actions[PLAY_ACTIONS_MAX];
	size_t n_actions;
};

static bool add(struct builder *b, sysemu_check_kind kind, uint32_t index, uint32_t mask,
		uint32_t value)
{
	if (b->n_checks == PLAY_CHECKS_MAX)
		return play_error(b->p, b->p->words.line, 1, "more than %d fields in a row",
				  PLAY_CHECKS_MAX);
	b->checks[b->n_checks++] = (sysemu_check){ kind, index, mask, value & mask };
	return true;
}

static bool add_exact(struct builder *b, sysemu_check_kind kind, uint32_t index, uint32_t value)
{
	return add(b, kind, index, UINT32_MAX, value);
}

/* ---- the event ---- */

static bool take_signal(struct builder *b, uint32_t *signal, const char *suffix, bool *has_suffix)
{
	const struct play_word *word = play_need(b->p, "a signal");
	struct play_word name;
	uint32_t n = (uint32_t)strlen(suffix);

	if (!word)
		return false;
	name = *word;
	*has_suffix = n && name.length > n && !memcmp(name.text + name.length - n, suffix, n);
	if (*has_suffix)
		name.length -= n;
	return play_signal_number(&name, signal) ||
	       play_error_at(b->p, word, "no such signal: %.*s", (int)word->length, word->text);
}

static bool take_status(struct builder *b, sysemu_event_kind kind)
{
	const struct play_word *word;
	bool core = false;
	uint32_t value;

	switch (kind) {
	case SYSEMU_EVENT_STOP:
		return take_signal(b, &value, "", &core) &&
		       add_exact(b, SYSEMU_CHECK_STATUS, 0, (value << 8 | 0x7f) & 0xffff);
	case SYSEMU_EVENT_KILLED:
		return take_signal(b, &value, "+core", &core) &&
		       add_exact(b, SYSEMU_CHECK_STATUS, 0, value | (core ? 0x80 : 0));
	case SYSEMU_EVENT_EXIT:
		word = play_need(b->p, "an exit code");
		if (!word)
			return false;
		if (!play_number(word, &value) || value > 255)
			return play_error_at(b->p, word, "not an exit code: %.*s",
					     (int)word->length, word->text);
		return add_exact(b, SYSEMU_CHECK_STATUS, 0, value << 8);
	default: return true;
	}
}

static bool take_event(struct builder *b)
{
	const struct play_word *word = play_need(b->p, "an event");

	if (!word)
		return false;
	if (play_is(word, "any"))
		return true;
	for (unsigned kind = SYSEMU_EVENT_STOP; sysemu_event_name(kind); kind++)
		if (play_is(word, sysemu_event_name(kind)))
			return add_exact(b, SYSEMU_CHECK_KIND, 0, kind) && take_status(b, kind);
	return play_error_at(b->p, word,
			     "not an event (stop, exit, killed, break, limit, fault, any): %.*s",
			     (int)word->length, word->text);
}

/* ---- fields ---- */

static bool take_place(struct builder *b, const struct play_word *word, bool *taken)
{
	for (unsigned place = SYSEMU_PLACE_ENTRY; place < SYSEMU_PLACES; place++) {
		if (play_is(word, sysemu_place_name(place))) {
			*taken = true;
			return add_exact(b, SYSEMU_CHECK_PLACE, 0, place);
		}
	}
	return true;
}

/* "none", or calls with commas between them. */
static bool take_ran(struct builder *b, const struct play_word *value)
{
	uint32_t n = 0, at = 0, nr;

	if (play_is(value, "none"))
		return add_exact(b, SYSEMU_CHECK_CALLS, 0, 0);
	for (;; at++) {
		uint32_t from = at;

		while (at < value->length && value->text[at] != ',')
			at++;
		struct play_word name = { value->text + from, at - from, value->column + from };

		if (!play_call_number(&name, &nr))
			return play_error_at(b->p, &name, "no such call: %.*s", (int)name.length,
					     name.text);
		if (n == SYSEMU_RAN_MAX)
			return play_error_at(b->p, &name, "more than %d calls", SYSEMU_RAN_MAX);
		if (!add_exact(b, SYSEMU_CHECK_CALL, n++, nr))
			return false;
		if (at == value->length)
			return add_exact(b, SYSEMU_CHECK_CALLS, 0, n);
	}
}

static bool take_bits(struct builder *b, sysemu_check_kind kind, enum play_bits which,
		      const struct play_word *value)
{
	uint32_t mask, bits;

	return play_take_bits(b->p, value, which, &mask, &bits) && add(b, kind, 0, mask, bits);
}

static bool take_insns(struct builder *b, const struct play_word *region, uint32_t count)
{
	if (play_is(region, "kernel"))
		return add_exact(b, SYSEMU_CHECK_INSNS, SYSEMU_REGIONS, count);
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		if (play_is(region, sysemu_region_name(r)))
			return add_exact(b, SYSEMU_CHECK_INSNS, r, count);
	return play_error_at(b->p, region, "no such region: %.*s", (int)region->length,
			     region->text);
}

static bool take_count(struct builder *b, const struct play_word *name,
		       const struct play_word *value, bool *taken)
{
	static const sysemu_check_kind kinds[] = { SYSEMU_CHECK_INT80, SYSEMU_CHECK_SYSENTER,
						   SYSEMU_CHECK_AUDIT_ENTRIES,
						   SYSEMU_CHECK_AUDIT_EXITS, SYSEMU_CHECK_STATUS };
	static const char *const names[] = { "int80", "sysenter", "audit_entries", "audit_exits",
					     "status" };
	struct play_word region;
	bool is_region = play_begins(name, "insns.", &region);
	size_t i = 0;
	uint32_t n;

	while (i < 5 && !play_is(name, names[i]))
		i++;
	*taken = is_region || i < 5;
	if (!*taken)
		return true;
	if (!play_number(value, &n))
		return play_error_at(b->p, value, "not a number: %.*s", (int)value->length,
				     value->text);
	return is_region ? take_insns(b, &region, n) : add_exact(b, kinds[i], 0, n);
}

static bool take_pid(struct builder *b, const struct play_word *value)
{
	uint32_t pid = 101;

	if (play_is(value, "child"))
		pid = 0; /* the newest: compare.c */
	else if (!play_is(value, "program") && (!play_number(value, &pid) || pid == 0))
		return play_error_at(b->p, value, "no pid: %.*s", (int)value->length, value->text);
	return add_exact(b, SYSEMU_CHECK_PID, 0, pid);
}

static bool take_address(struct builder *b, const struct play_word *name,
			 const struct play_word *value, bool *taken)
{
	static const char *const names[] = { "after", "at", "next", "into" };
	uint32_t addr;

	for (size_t i = 0; i < 4; i++) {
		if (play_is(name, names[i])) {
			*taken = true;
			return play_label_value(b->p, b->program, names[i], value, &addr) &&
			       add_exact(b, SYSEMU_CHECK_REG, SYSEMU_REG_EIP, addr);
		}
	}
	*taken = false;
	return true;
}

static bool take_other(struct builder *b, const struct play_word *name,
		       const struct play_word *value)
{
	int reg = play_reg_number(name);
	uint32_t word;

	if (play_is(name, "ran"))
		return take_ran(b, value);
	if (play_is(name, "eflags"))
		return take_bits(b, SYSEMU_CHECK_EFLAGS, PLAY_BITS_EFLAGS, value);
	if (play_is(name, "tif"))
		return take_bits(b, SYSEMU_CHECK_TIF, PLAY_BITS_TIF, value);
	if (play_is(name, "ptrace"))
		return take_bits(b, SYSEMU_CHECK_PTRACE, PLAY_BITS_PTRACE, value);
	if (play_is(name, "pending"))
		return take_bits(b, SYSEMU_CHECK_PENDING, PLAY_BITS_SIGNALS, value);
	if (play_is(name, "pid"))
		return take_pid(b, value);
	if (reg >= 0)
		return play_value(b->p, b->program, value, &word) &&
		       add_exact(b, SYSEMU_CHECK_REG, (uint32_t)reg, word);
	return play_error_at(b->p, name, "no such field: %.*s", (int)name->length, name->text);
}

static bool take_field(struct builder *b, const struct play_word *word)
{
	const char *equals = memchr(word->text, '=', word->length);
	struct play_word name = *word, value;
	bool taken = false;

	if (!equals) {
		if (!take_place(b, word, &taken))
			return false;
		return taken || play_error_at(b->p, word, "no such field: %.*s", (int)word->length,
					      word->text);
	}
	name.length = (uint32_t)(equals - word->text);
	value = (struct play_word){ equals + 1, word->length - name.length - 1,
				    word->column + name.length + 1 };
	if (!take_address(b, &name, &value, &taken))
		return false;
	if (!taken && !take_count(b, &name, &value, &taken))
		return false;
	return taken || take_other(b, &name, &value);
}

/* ---- rows ---- */

static bool finish_row(struct builder *b, sysemu_row *row)
{
	struct play_arena *arena = &b->p->arena;
	sysemu_check *checks = play_alloc(arena, b->n_checks * sizeof(*checks) + 1);
	sysemu_action *actions = play_alloc(arena, b->n_actions * sizeof(*actions) + 1);

	if (!checks || !actions)
		return play_no_memory(b->p);
	memcpy(checks, b->checks, b->n_checks * sizeof(*checks));
	memcpy(actions, b->actions, b->n_actions * sizeof(*actions));
	row->checks = checks;
	row->n_checks = b->n_checks;
	row->actions = actions;
	row->n_actions = b->n_actions;
	b->n_checks = b->n_actions = 0;
	return true;
}

static bool take_actions(struct builder *b)
{
	return play_parse_actions(b->p, b->program, b->actions, PLAY_ACTIONS_MAX, &b->n_actions);
}

static bool new_label(struct builder *b, const struct play_word *label, const sysemu_row *rows,
		      size_t n, sysemu_row *row)
{
	if (!label->text)
		return true;
	for (size_t i = 0; i < n; i++)
		if (rows[i].label && play_is(label, rows[i].label))
			return play_error_at(b->p, label, "the label is there twice: %.*s",
					     (int)label->length, label->text);
	row->label = play_copy(&b->p->arena, label->text, label->length);
	return row->label || play_no_memory(b->p);
}

static bool take_row(struct builder *b, const sysemu_row *rows, size_t n, sysemu_row *row)
{
	struct play_word label;

	if (!play_take_label(b->p, &label) || !new_label(b, &label, rows, n, row))
		return false;
	row->line = b->p->words.line;
	row->column = play_peek(b->p) ? play_peek(b->p)->column : 1;
	if (!take_event(b))
		return false;
	while (play_peek(b->p) && !play_is(play_peek(b->p), "|"))
		if (!take_field(b, play_take(b->p)))
			return false;
	return !play_take(b->p) || take_actions(b);
}

bool play_parse_rows(struct play_parser *p, const struct play_program *program,
		     const struct play_line *lines, size_t n, sysemu_staging *out)
{
	sysemu_row *rows = play_alloc(&p->arena, n * sizeof(*rows) + 1);
	struct builder b = { .p = p, .program = program };
	size_t count = 0;

	if (!rows)
		return play_no_memory(p);
	for (size_t i = 0; i < n; i++) {
		if (!play_split(p, &lines[i], true))
			return false;
		if (play_is(play_peek(p), "|")) {
			if (count == 0)
				return play_error_at(p, play_peek(p),
						     "actions before the first row");
			play_take(p);
			if (!take_actions(&b))
				return false;
			continue;
		}
		if (count && !finish_row(&b, &rows[count - 1]))
			return false;
		if (!take_row(&b, rows, count, &rows[count]))
			return false;
		count++;
	}
	if (count && !finish_row(&b, &rows[count - 1]))
		return false;
	out->rows = rows;
	out->n_rows = count;
	return true;
}
