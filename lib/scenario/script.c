/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script.c: a scenario file into sysemu_scenario structures: the heads here, program and
 * rows once for each entry, since the addresses differ. Read next: lines.c, play.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scenario/play.h"

#define KERNELS_MAX 32

struct sysemu_scenarios {
	struct play_arena arena;
	sysemu_scenario *list;
	size_t n;
};

/* A verdict, and the words that can only be understood when the rows are known. */
struct verdict {
	bool stated, fails;
	struct play_word at, on;
	uint32_t line;
};

/* The scenario at hand. */
struct draft {
	struct play_parser *p;
	sysemu_scenario *s;
	bool plays[2], modern;
	struct verdict verdicts[KERNELS_MAX];
	uint32_t needs; /* abilities, as bits by their index */
	struct play_line *program, *rows;
	size_t n_program, n_rows;
	enum { IN_HEAD, IN_PROGRAM, IN_ROWS } section;
	bool has_program;
};

/* ---- lines of the head ---- */

/* The rest of the line as it stands; a second one goes on where the first ended. */
static bool take_text(struct draft *d, const struct play_line *line, const char **text)
{
	const struct play_word *first = play_peek(d->p);
	size_t old = *text ? strlen(*text) : 0, from, length;
	char *joined;

	from = first ? first->column - 1 : line->length;
	length = line->length - from;
	while (length &&
	       (line->text[from + length - 1] == ' ' || line->text[from + length - 1] == '\t'))
		length--;
	joined = play_alloc(&d->p->arena, old + length + 2);
	if (!joined)
		return play_no_memory(d->p);
	if (old) {
		memcpy(joined, *text, old);
		joined[old++] = ' ';
	}
	memcpy(joined + old, line->text + from, length);
	*text = joined;
	return true;
}

/* Kernels of Linux 5.11 and later: all of files, and not among `all`, whose rules are those of 2005. */
static const char modern[] = "modern";

static bool is_modern(const char *like)
{
	return like && !strcmp(like, modern);
}

/* The kernel of that name or alias, by its index; KERNELS_MAX: there is none. */
static size_t index_of(const struct play_word *word)
{
	const char *name, *alias;
	size_t i;

	for (i = 0; i < KERNELS_MAX && (name = sysemu_kernel_at(i, NULL)) != NULL; i++) {
		alias = sysemu_kernel_alias(name);
		if (play_is(word, name) || (alias && play_is(word, alias)))
			return i;
	}
	return KERNELS_MAX;
}

/* A..B: the two, and all that the list of kernels, which is in the order of history, has between them. */
static bool range_of(const struct play_word *word, size_t *first, size_t *last)
{
	for (size_t i = 1; i + 2 < word->length; i++) {
		struct play_word ends[2] = { *word, *word };

		if (word->text[i] != '.' || word->text[i + 1] != '.')
			continue;
		ends[0].length = i;
		ends[1].text += i + 2;
		ends[1].length -= i + 2;
		*first = index_of(&ends[0]);
		*last = index_of(&ends[1]);
		return *first <= *last && *last < KERNELS_MAX;
	}
	return false;
}

/* Which kernels a word means, as bits by their index. */
static bool kernel_bits(struct draft *d, const struct play_word *word, uint32_t *bits)
{
	char given[64], text[sizeof(((sysemu_script_error *)NULL)->text)];
	size_t first = 1, last = 0, at;
	const char *name;

	range_of(word, &first, &last);
	for (size_t i = 0; i < KERNELS_MAX && (name = sysemu_kernel_at(i, NULL)) != NULL; i++) {
		const char *like = sysemu_kernel_like(name); /* a file's kernel has its verdicts */
		const char *alias = sysemu_kernel_alias(like ? like : name);

		at = i;
		if (like)
			for (at = 0; strcmp(sysemu_kernel_at(at, NULL), like) != 0 && at < i;)
				at++;
		if ((at >= first && at <= last) || (play_is(word, "all") && !is_modern(like)) ||
		    play_is(word, name) || (alias && play_is(word, alias)) ||
		    (like && play_is(word, like)))
			*bits |= 1u << i;
	}
	if (*bits)
		return true;
	if (play_is(word, modern)) {
		d->modern = true; /* nobody has opened one */
		return true;
	}
	snprintf(given, sizeof(given), "%.*s", (int)word->length, word->text);
	return play_error_at(d->p, word, "%s", sysemu_kernel_unknown(given, text, sizeof(text)));
}

/* Behind the kernels of `fail`: at LABEL [on FIELD]. `at` has been taken, if it is there. */
static bool take_failure(struct draft *d, bool at, struct verdict *v)
{
	const struct play_word *word = play_need(d->p, at ? "a row's label" : "at LABEL");

	if (!word)
		return false;
	v->at = *word;
	if (!play_is(play_peek(d->p), "on"))
		return true;
	play_take(d->p);
	word = play_need(d->p, "a field");
	if (!word)
		return false;
	v->on = *word;
	return true;
}

static bool take_verdict(struct draft *d, bool fails)
{
	struct verdict v = { .stated = true, .fails = fails, .line = d->p->words.line };
	const struct play_word *first = play_need(d->p, "a kernel"), *word;
	uint32_t bits = 0;

	if (!first)
		return false;
	for (word = first; word && !(fails && play_is(word, "at")); word = play_take(d->p)) {
		uint32_t these = 0;

		if (!kernel_bits(d, word, &these))
			return false;
		bits |= these;
	}
	if (!bits && !d->modern)
		return play_error_at(d->p, first, "a kernel is missing");
	if (fails && !take_failure(d, word != NULL, &v))
		return false;
	for (unsigned i = 0; i < KERNELS_MAX; i++)
		if (bits >> i & 1)
			d->verdicts[i] = v;
	return play_done(d->p);
}

/* Which of sysemu_kernel_ability's; false: none has that name. */
static bool find_ability(const struct play_word *word, size_t *n)
{
	sysemu_ability ability;

	for (*n = 0; sysemu_kernel_ability(sysemu_kernel_at(0, NULL), *n, &ability) == SYSEMU_OK;
	     ++*n)
		if (play_is(word, ability.name))
			return true;
	return false;
}

/* What a kernel of a file may lack. */
static bool take_needs(struct draft *d)
{
	const struct play_word *word = play_need(d->p, "what a kernel can do");
	size_t n;

	if (!word)
		return false;
	for (; word; word = play_take(d->p)) {
		if (!find_ability(word, &n))
			return play_error_at(d->p, word, "nothing that a kernel can do: %.*s",
					     (int)word->length, word->text);
		d->needs |= 1u << n;
	}
	return true;
}

static bool take_number(struct draft *d, uint32_t *out, uint32_t least, uint32_t most)
{
	const struct play_word *word = play_need(d->p, "a number");

	if (!word)
		return false;
	if (!play_number(word, out) || *out < least || *out > most)
		return play_error_at(d->p, word, "not a number from %u to %u: %.*s", least, most,
				     (int)word->length, word->text);
	return play_done(d->p);
}

static bool take_junk(struct draft *d)
{
	const struct play_word junk = { .text = "debug junk", .length = 10 };
	size_t n;

	if (find_ability(&junk, &n))
		d->needs |= 1u << n;
	return take_number(d, &d->s->debug_junk, 0, UINT32_MAX);
}

static bool has_needs(const struct draft *d, const char *kernel)
{
	sysemu_ability ability;

	for (size_t n = 0; d->needs >> n; n++)
		if ((d->needs >> n & 1) &&
		    (sysemu_kernel_ability(kernel, n, &ability) != SYSEMU_OK || !ability.has))
			return false;
	return true;
}

static bool take_entry(struct draft *d)
{
	const struct play_word *word = play_need(d->p, "an entry");

	if (!word)
		return false;
	d->plays[SYSEMU_ENTRY_INT80] = play_is(word, "int80") || play_is(word, "both");
	d->plays[SYSEMU_ENTRY_SYSENTER] = play_is(word, "sysenter") || play_is(word, "both");
	if (!d->plays[0] && !d->plays[1])
		return play_error_at(d->p, word, "not int80, sysenter or both: %.*s",
				     (int)word->length, word->text);
	return play_done(d->p);
}

static bool take_start(struct draft *d)
{
	const struct play_word *word = play_need(d->p, "traced or untraced");

	if (!word)
		return false;
	if (!play_is(word, "traced") && !play_is(word, "untraced"))
		return play_error_at(d->p, word, "not traced or untraced: %.*s", (int)word->length,
				     word->text);
	d->s->start = play_is(word, "traced") ? SYSEMU_START_TRACED : SYSEMU_START_UNTRACED;
	return play_done(d->p);
}

/* `program` or `program FILE`. */
static bool take_program(struct draft *d)
{
	const struct play_word *word = play_take(d->p);

	if (d->has_program)
		return play_error(d->p, d->p->words.line, 1, "a second program");
	d->has_program = true;
	d->section = IN_PROGRAM;
	if (!word)
		return true;
	d->s->program = play_copy(&d->p->arena, word->text, word->length);
	if (!d->s->program)
		return play_no_memory(d->p);
	return play_done(d->p);
}

static bool take_head_line(struct draft *d, const struct play_line *line)
{
	const struct play_word *word = play_take(d->p);

	if (play_is(word, "about"))
		return take_text(d, line, &d->s->about);
	if (play_is(word, "good"))
		return take_text(d, line, &d->s->good);
	if (play_is(word, "bad"))
		return take_text(d, line, &d->s->bad);
	if (play_is(word, "source"))
		return take_text(d, line, &d->s->source);
	if (play_is(word, "pass") || play_is(word, "fail"))
		return take_verdict(d, play_is(word, "fail"));
	if (play_is(word, "entry"))
		return take_entry(d);
	if (play_is(word, "start"))
		return take_start(d);
	if (play_is(word, "budget"))
		return take_number(d, &d->s->budget, 1, PLAY_BUDGET_MAX);
	if (play_is(word, "needs"))
		return take_needs(d);
	if (play_is(word, "junk"))
		return take_junk(d);
	return play_error_at(d->p, word, "unknown in a scenario's head: %.*s", (int)word->length,
			     word->text);
}

/* ---- the end of a scenario: what was put off ---- */

/* A field by its name, or a register's. */
static bool find_field(struct draft *d, const struct verdict *v, sysemu_verdict *out)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_CHECK_MAP(X)
#undef X
	};
	int reg = play_reg_number(&v->on);

	if (!v->on.text)
		return true;
	out->on_field = true;
	if (reg >= 0) {
		out->on = SYSEMU_CHECK_REG;
		out->on_index = (uint32_t)reg;
		/* eflags and eax are registers; the flags have a check of their own */
		if (reg == SYSEMU_REG_EFLAGS)
			out->on = SYSEMU_CHECK_EFLAGS;
		return true;
	}
	for (unsigned i = 0; i < SYSEMU_CHECKS; i++) {
		if (i != SYSEMU_CHECK_REG && play_is(&v->on, names[i])) {
			out->on = (sysemu_check_kind)i;
			return true;
		}
	}
	return play_error(d->p, v->line, v->on.column, "no such field: %.*s", (int)v->on.length,
			  v->on.text);
}

static bool find_row(struct draft *d, const struct verdict *v, sysemu_verdict *out)
{
	const sysemu_staging *st = &d->s->by_entry[d->plays[0] ? 0 : 1];

	for (size_t i = 0; i < st->n_rows; i++) {
		if (st->rows[i].label && play_is(&v->at, st->rows[i].label)) {
			out->row = i;
			return find_field(d, v, out);
		}
	}
	return play_error(d->p, v->line, v->at.column, "no row has the label %.*s",
			  (int)v->at.length, v->at.text);
}

static bool finish_verdicts(struct draft *d)
{
	sysemu_verdict *list = play_alloc(&d->p->arena, KERNELS_MAX * sizeof(*list));
	size_t n = 0;
	bool stated = d->modern;

	if (!list)
		return play_no_memory(d->p);
	for (unsigned i = 0; i < KERNELS_MAX; i++) {
		const struct verdict *v = &d->verdicts[i];

		stated = stated || v->stated;
		if (!v->stated || !has_needs(d, sysemu_kernel_at(i, NULL)))
			continue;
		list[n] =
			(sysemu_verdict){ .kernel = sysemu_kernel_at(i, NULL), .fails = v->fails };
		if (v->fails && !find_row(d, v, &list[n]))
			return false;
		n++;
	}
	if (!stated)
		return play_error(d->p, d->s->line, 1, "%s: no pass or fail: no kernel plays it",
				  d->s->name);
	d->s->verdicts = list;
	d->s->n_verdicts = n;
	return true;
}

static bool finish_entry(struct draft *d, sysemu_entry entry)
{
	struct play_program program = { .entry = entry };
	sysemu_staging *st = &d->s->by_entry[entry];

	if (!play_assemble(d->p, d->program, d->n_program, &program))
		return false;
	if (!d->s->program) {
		st->code = program.code;
		st->code_size = program.size;
	}
	st->steps = program.steps;
	st->n_steps = program.n_steps;
	return play_parse_rows(d->p, &program, d->rows, d->n_rows, st);
}

static bool finish(struct draft *d)
{
	if (!d->s)
		return true;
	if (!d->has_program || (!d->s->program && !d->n_program))
		return play_error(d->p, d->s->line, 1, "%s has no program", d->s->name);
	if (d->s->program && d->n_program)
		return play_error(d->p, d->program[0].number, 1,
				  "a program that is a file has no steps");
	if (!d->n_rows)
		return play_error(d->p, d->s->line, 1, "%s has no rows", d->s->name);
	for (unsigned entry = 0; entry < 2; entry++)
		if (d->plays[entry] && !finish_entry(d, (sysemu_entry)entry))
			return false;
	return finish_verdicts(d);
}

/* ---- the file ---- */

static bool begin(struct draft *d, sysemu_scenarios *all)
{
	const struct play_word *name = play_need(d->p, "a name");
	uint32_t line = d->p->words.line;
	struct play_word word;

	if (!name || !play_done(d->p))
		return false;
	word = *name;
	if (!finish(d)) /* parses other lines */
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (play_is(&word, all->list[i].name))
			return play_error(d->p, line, word.column, "a second scenario %.*s",
					  (int)word.length, word.text);
	if (all->n == PLAY_SCENARIOS_MAX)
		return play_error(d->p, line, 1, "more than %d scenarios", PLAY_SCENARIOS_MAX);
	d->s = &all->list[all->n++];
	*d->s = (sysemu_scenario){ .line = line, .budget = PLAY_BUDGET };
	d->s->name = play_copy(&d->p->arena, word.text, word.length);
	if (!d->s->name)
		return play_no_memory(d->p);
	d->plays[0] = d->plays[1] = true;
	memset(d->verdicts, 0, sizeof(d->verdicts));
	d->n_program = d->n_rows = 0;
	d->section = IN_HEAD;
	d->has_program = false;
	d->modern = false;
	d->needs = 0;
	return true;
}

static bool keep_line(struct draft *d, const struct play_line *line)
{
	bool program = d->section == IN_PROGRAM;
	size_t *n = program ? &d->n_program : &d->n_rows;

	if (*n == (program ? PLAY_STEPS_MAX : PLAY_ROWS_MAX))
		return play_error(d->p, line->number, 1, "more than %zu %s", *n,
				  program ? "program steps" : "rows");
	(program ? d->program : d->rows)[(*n)++] = *line;
	return true;
}

static bool take_line(struct draft *d, sysemu_scenarios *all, const struct play_line *line)
{
	const struct play_word *word;

	if (!play_split(d->p, line, d->section == IN_ROWS))
		return false;
	word = play_peek(d->p);
	if (!word)
		return true;
	if (play_is(word, "scenario")) {
		play_take(d->p);
		return begin(d, all);
	}
	if (!d->s)
		return play_error_at(d->p, word, "a file begins with `scenario NAME`");
	if (play_is(word, "program")) {
		play_take(d->p);
		return take_program(d);
	}
	if (play_is(word, "rows") && d->section == IN_PROGRAM) {
		play_take(d->p);
		d->section = IN_ROWS;
		return play_done(d->p);
	}
	return d->section == IN_HEAD ? take_head_line(d, line) : keep_line(d, line);
}

/* Where scenarios end up: the array may not move, so it is counted first. */
static size_t count_scenarios(const char *text, size_t size)
{
	size_t n = 0;

	for (const char *at = text, *end = text + size; at < end; at++) {
		n++;
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			break;
	}
	return n < PLAY_SCENARIOS_MAX ? n : PLAY_SCENARIOS_MAX;
}

static bool parse(struct draft *d, sysemu_scenarios *all)
{
	struct play_line line;

	while (play_next_line(d->p, &line))
		if (!take_line(d, all, &line))
			return false;
	if (!d->s)
		return play_error(d->p, d->p->line ? d->p->line : 1, 1, "no scenario in it");
	return finish(d);
}

static sysemu_status parse_into(sysemu_scenarios *all, struct play_parser *p)
{
	struct draft *d = calloc(1, sizeof(*d));
	sysemu_status status = SYSEMU_ENOMEM;

	if (!d)
		return SYSEMU_ENOMEM;
	d->p = p;
	d->program = calloc(PLAY_STEPS_MAX, sizeof(*d->program));
	d->rows = calloc(PLAY_ROWS_MAX, sizeof(*d->rows));
	all->list = calloc(count_scenarios(p->text, (size_t)(p->end - p->text)) + 1,
			   sizeof(*all->list));
	if (d->program && d->rows && all->list)
		status = parse(d, all)    ? SYSEMU_OK :
			 p->out_of_memory ? SYSEMU_ENOMEM :
					    SYSEMU_EINVAL;
	free(d->program);
	free(d->rows);
	free(d);
	return status;
}

sysemu_status sysemu_scenarios_parse(const char *text, size_t size, sysemu_scenarios **out,
				     sysemu_script_error *error)
{
	sysemu_script_error unused;
	struct play_parser *p;
	sysemu_scenarios *all;
	sysemu_status status;

	if (!error)
		error = &unused;
	*error = (sysemu_script_error){ .line = 0, .column = 1, .text = "out of memory" };
	if (!out || (!text && size) || size > PLAY_TEXT_MAX) {
		strcpy(error->text, "no text, or more than 4 MiB of it");
		return SYSEMU_EINVAL;
	}
	p = calloc(1, sizeof(*p));
	all = calloc(1, sizeof(*all));
	status = SYSEMU_ENOMEM;
	if (p && all) {
		*p = (struct play_parser){ .text = text ? text : "", .error = error };
		p->end = p->text + size;
		status = parse_into(all, p);
		all->arena = p->arena;
	}
	free(p);
	if (status != SYSEMU_OK) {
		sysemu_scenarios_free(all);
		return status;
	}
	*error = (sysemu_script_error){ 0 };
	*out = all;
	return SYSEMU_OK;
}

size_t sysemu_scenarios_count(const sysemu_scenarios *s)
{
	return s ? s->n : 0;
}

const sysemu_scenario *sysemu_scenarios_at(const sysemu_scenarios *s, size_t index)
{
	return s && index < s->n ? &s->list[index] : NULL;
}

void sysemu_scenarios_free(sysemu_scenarios *s)
{
	if (!s)
		return;
	play_arena_free(&s->arena);
	free(s->list);
	free(s);
}
