/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget.c: a budget file's text into rows. What is not understood is an error with its place,
 * and then nothing is measured. Read next: limit.c, measure.c.
 */
#include "budget.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/play.h"

#define NUMBER_MAX    UINT64_C(1000000000000000) /* times 10^4 it is still one */
#define PERCENT_MAX   1000u
#define LINE_MAX_SIZE 2000
#define WORD_ENDS     " \t|;#\n"

const struct cli_option budget_keys[] = {
	CLI_SYSCALL_OPTIONS(struct budget_what, call),
	CLI_TIMING_OPTION(struct budget_what, call.machine.timing),
	{ "play", "FILE", &cli_file, offsetof(struct budget_what, play),
	  .help = "a file of scenarios, relative to the budget" },
	{ "scenario", "NAME", &cli_text, offsetof(struct budget_what, scenario),
	  .help = "the one of them that is played" },
	{ "explore", "DEPTH", &cli_number, offsetof(struct budget_what, explore),
	  .help = "visit every state so many choices deep; 0: until nothing is new", .max = 1000 },
	{ 0 },
};

#define KEYS (sizeof(budget_keys) / sizeof(budget_keys[0]) - 1)

struct word {
	const char *text; /* a copy with its end; NULL: there is none */
	size_t at;        /* in the file */
};

struct parser {
	struct budget *b;
	struct report *r;
	size_t at, line_at; /* where we are; where the line begins */
	uint32_t line;
	uint32_t soft, gain; /* by `default` */
	bool gain_given;
	const char *defaults[KEYS];
	int code;
};

/* ---- errors ---- */

static bool error_at(struct parser *p, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static bool error_at(struct parser *p, size_t at, const char *format, ...)
{
	va_list args;

	cli_message("%s:%u:%zu: ", p->b->path, p->line, at - p->line_at + 1);
	va_start(args, format);
	cli_vmessage(format, args);
	va_end(args);
	putc('\n', stderr);
	p->code = CLI_USAGE;
	return false;
}

static bool no_memory(struct parser *p)
{
	cli_say("%s: out of memory", p->b->path);
	p->code = CLI_INTERNAL;
	return false;
}

/* ---- words ---- */

/* Up to the next word, `|`, `;` or the line's end, which is '\n'. */
static char next_character(struct parser *p)
{
	const char *text = p->b->text;

	while (text[p->at] == ' ' || text[p->at] == '\t' || text[p->at] == '\r')
		p->at++;
	if (text[p->at] == '#')
		p->at += strcspn(text + p->at, "\n");
	return text[p->at];
}

static bool at_end(struct parser *p)
{
	char c = next_character(p);

	return c == '\n' || c == '\0';
}

/* A word; text NULL where there is none, or no memory. */
static struct word take_word(struct parser *p)
{
	struct word w = { .at = p->at };
	size_t n;

	next_character(p);
	w.at = p->at;
	n = strcspn(p->b->text + p->at, WORD_ENDS "\r");
	if (!n)
		return w;
	p->at += n;
	w.text = report_text(p->r, "%.*s", (int)n, p->b->text + w.at);
	return w;
}

static bool take_punctuation(struct parser *p, char c)
{
	if (next_character(p) != c)
		return false;
	p->at++;
	return true;
}

static bool is_name(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool letter = (text[i] >= 'a' && text[i] <= 'z') ||
			      (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
		bool more = (text[i] >= '0' && text[i] <= '9') || text[i] == '-' || text[i] == '.';

		if (!letter && !more)
			return false;
	}
	return n > 0;
}

/* ---- limits ---- */

static bool take_number(struct parser *p, const char *what, uint64_t *out)
{
	struct word w = take_word(p);

	if (!w.text || !cli_number_of(w.text, out) || *out > NUMBER_MAX)
		return error_at(p, w.at, "%s: %s is no number", what, w.text ? w.text : "nothing");
	return true;
}

/* "2%", "0.25%" in hundredths of a per cent. */
static bool take_percent(struct parser *p, const char *what, uint32_t *out)
{
	struct word w = take_word(p);
	unsigned whole = 0, part = 0;
	int n = 0, digits = 0;

	if (w.text && sscanf(w.text, "%4u%%%n", &whole, &n) == 1 && n && !w.text[n]) {
		part = 0;
	} else if (w.text && sscanf(w.text, "%4u.%n%2u%%%n", &whole, &digits, &part, &n) == 2 &&
		   n && !w.text[n]) {
		part *= n - digits == 2 ? 10 : 1; /* one digit and the sign */
	} else {
		return error_at(p, w.at, "%s: %s is no per cent: 2%%, 0.25%%", what,
				w.text ? w.text : "nothing");
	}
	if (w.text[0] == '-' || w.text[0] == '+' || whole > PERCENT_MAX)
		return error_at(p, w.at, "%s: %s is not from 0%% to %u%%", what, w.text,
				PERCENT_MAX);
	*out = whole * BUDGET_PERCENT + part;
	return true;
}

static bool take_base(struct parser *p, struct budget_limit *l)
{
	size_t before = p->at;
	struct word w = take_word(p);

	l->has_base = true;
	l->base_at = w.at;
	l->base_end = p->at;
	if (w.text && !strcmp(w.text, "?"))
		return true;
	p->at = before;
	l->base_known = true;
	return take_number(p, "base", &l->base);
}

static bool refuse_again(struct parser *p, const struct word *w, bool given)
{
	return !given || error_at(p, w->at, "a second %s", w->text);
}

/* "exact 37", "max 60", "base 51 soft 1% gain 3%", in any order. */
static bool take_limits(struct parser *p, struct budget_limit *l, const struct word *metric)
{
	bool soft = false, gain = p->gain_given;

	l->soft = p->soft;
	l->gain = p->gain;
	while (!at_end(p) && next_character(p) != ';' && next_character(p) != '|') {
		struct word w = take_word(p);
		bool ok = false;

		if (!w.text)
			return no_memory(p);
		if (!strcmp(w.text, "exact"))
			ok = refuse_again(p, &w, l->has_exact) && take_number(p, w.text, &l->exact);
		else if (!strcmp(w.text, "max"))
			ok = refuse_again(p, &w, l->has_max) && take_number(p, w.text, &l->max);
		else if (!strcmp(w.text, "base"))
			ok = refuse_again(p, &w, l->has_base) && take_base(p, l);
		else if (!strcmp(w.text, "soft"))
			ok = take_percent(p, w.text, &l->soft);
		else if (!strcmp(w.text, "gain"))
			ok = take_percent(p, w.text, &l->gain);
		else
			error_at(p, w.at, "\"%s\" is none of exact, max, base, soft, gain", w.text);
		if (!ok)
			return false;
		l->has_exact |= !strcmp(w.text, "exact");
		l->has_max |= !strcmp(w.text, "max");
		soft |= !strcmp(w.text, "soft");
		gain |= !strcmp(w.text, "gain");
	}
	if (!gain)
		l->gain = l->soft;
	if (l->gain > 100 * BUDGET_PERCENT)
		l->gain = 100 * BUDGET_PERCENT;
	if (soft && !l->has_base)
		return error_at(p, metric->at, "%s: soft is nothing without base", metric->text);
	if (!l->has_exact && !l->has_max && !l->has_base)
		return error_at(p, metric->at, "%s has no limit: exact, max, base", metric->text);
	return true;
}

static bool same_metric(const struct budget_metric *a, const struct budget_metric *b)
{
	return a->unit == b->unit && a->region == b->region;
}

static bool take_metric(struct parser *p, struct budget_row *row)
{
	struct word w = take_word(p);
	struct budget_limit *l = &row->limits[row->n_limits];

	if (!w.text)
		return error_at(p, w.at, "a metric is missing: insns.entry, clocks, ...");
	if (row->n_limits == BUDGET_LIMITS_MAX)
		return error_at(p, w.at, "more than %d metrics", BUDGET_LIMITS_MAX);
	if (!budget_metric_of(w.text, &l->metric))
		return error_at(
			p, w.at,
			"\"%s\" is no metric: insns.kernel, clocks, stops, and insns.REGION, "
			"clocks.REGION with REGION of docs/counting.md",
			w.text);
	if (row->what.explore.given != (l->metric.unit >= BUDGET_STATES))
		return error_at(p, w.at, "%s is nothing %s explore=", w.text,
				row->what.explore.given ? "with" : "without");
	if (l->metric.unit == BUDGET_CLOCKS && !row->what.call.machine.timing)
		return error_at(p, w.at, "%s is nothing without timing=", w.text);
	for (size_t i = 0; i < row->n_limits; i++)
		if (same_metric(&row->limits[i].metric, &l->metric))
			return error_at(p, w.at, "%s for a second time", w.text);
	row->n_limits++;
	return take_limits(p, l, &w);
}

/* Behind a `|`: metrics with `;` between them. */
static bool take_metrics(struct parser *p, struct budget_row *row)
{
	do
		if (!take_metric(p, row))
			return false;
	while (take_punctuation(p, ';'));
	return at_end(p) || error_at(p, p->at, "what is this for?");
}

/* ---- what is measured ---- */

static bool take_value(struct parser *p, size_t key, const char *value, size_t at,
		       struct budget_what *into)
{
	const struct cli_option *o = &budget_keys[key];
	struct cli_why why;

	if (o->type->take(o, value, (char *)into + o->field, &why))
		return true;
	return error_at(p, at, "%s: %s", o->name, why.text);
}

/* KEY=VALUE; -1: said what is wrong. */
static int take_key(struct parser *p, const struct word *w, const char **value)
{
	size_t n = strcspn(w->text, "=");

	for (size_t i = 0; i < KEYS; i++) {
		if (strlen(budget_keys[i].name) != n || strncmp(budget_keys[i].name, w->text, n))
			continue;
		if (!w->text[n] || !w->text[n + 1])
			error_at(p, w->at, "%s needs a value: %s=%s", budget_keys[i].name,
				 budget_keys[i].name, budget_keys[i].arg);
		*value = w->text + n + 1;
		return w->text[n] && w->text[n + 1] ? (int)i : -1;
	}
	error_at(p, w->at,
		 "\"%s\" is none of kernel=, entry=, nr=, flags=, requests=, timing=, play=, "
		 "scenario=, explore=",
		 w->text);
	return -1;
}

/* What excludes and needs what, of a row's own words. */
static bool check_keys(struct parser *p, struct budget_row *row, const bool given[KEYS])
{
	enum { KERNEL, ENTRY, NR, FLAGS, REQUESTS, TIMING, PLAY, SCENARIO, EXPLORE };
	const char *timing = row->what.call.machine.timing;
	bool sysenter = true;

	if (given[FLAGS] && given[REQUESTS])
		return error_at(p, p->line_at, "flags= and requests= exclude each other");
	if (given[PLAY] != given[SCENARIO])
		return error_at(p, p->line_at, "play= and scenario= need each other");
	if ((given[PLAY] || given[EXPLORE]) && (given[NR] || given[FLAGS] || given[REQUESTS]))
		return error_at(p, p->line_at, "%s: no nr=, flags= or requests=",
				given[PLAY] ? "a scenario is played as it is" :
					      "an exploration makes all calls");
	if (given[EXPLORE] && (given[PLAY] || given[TIMING]))
		return error_at(p, p->line_at, "explore= and %s= exclude each other",
				given[PLAY] ? "play" : "timing");
	row->what.explore.given = given[EXPLORE];
	if (timing && sysemu_timing_check(timing, &sysenter) == SYSEMU_OK && !sysenter &&
	    row->what.call.machine.entry == SYSEMU_ENTRY_SYSENTER)
		return error_at(p, p->line_at, "the CPU of timing=%s has no sysenter", timing);
	return true;
}

static bool take_what(struct parser *p, struct budget_row *row)
{
	bool given[KEYS] = { false };

	for (size_t i = 0; i < KEYS; i++) {
		const char *value = p->defaults[i] ? p->defaults[i] : budget_keys[i].preset;

		if (value && !take_value(p, i, value, p->line_at, &row->what))
			return false;
	}
	while (!at_end(p) && next_character(p) != '|') {
		struct word w = take_word(p);
		const char *value;
		int key;

		if (!w.text)
			return error_at(p, p->at, "unexpected: %c", p->b->text[p->at]);
		key = take_key(p, &w, &value);
		if (key < 0)
			return false;
		if (given[key])
			return error_at(p, w.at, "a second %s=", budget_keys[key].name);
		given[key] = true;
		if (!take_value(p, (size_t)key, value, w.at, &row->what))
			return false;
	}
	return check_keys(p, row, given);
}

/* ---- scenarios ---- */

/* Relative to the budget's folder. */
static const char *beside(struct parser *p, const char *path)
{
	const char *slash = strrchr(p->b->path, '/');

	if (!slash || path[0] == '/')
		return path;
	return report_text(p->r, "%.*s/%s", (int)(slash - p->b->path), p->b->path, path);
}

static sysemu_scenarios *read_scenarios(struct parser *p, const char *path)
{
	struct budget_scenarios *s;

	for (s = p->b->scenarios; s; s = s->next)
		if (!strcmp(s->path, path))
			return s->all;
	s = report_alloc(p->r, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct budget_scenarios){ p->b->scenarios, path, cli_play_parse(path) };
	p->b->scenarios = s;
	return s->all;
}

static bool find_scenario(struct parser *p, struct budget_row *row)
{
	struct budget_what *what = &row->what;
	const char *digest = sysemu_kernel_digest(what->call.machine.kernel);
	sysemu_scenarios *all;

	what->play = beside(p, what->play);
	all = what->play ? read_scenarios(p, what->play) : NULL;
	if (!all)
		return error_at(p, p->line_at, "play=: %s cannot be played", what->play);
	for (size_t i = 0; !row->s && i < sysemu_scenarios_count(all); i++)
		if (!strcmp(sysemu_scenarios_at(all, i)->name, what->scenario))
			row->s = sysemu_scenarios_at(all, i);
	if (!row->s)
		return error_at(p, p->line_at, "%s has no scenario %s", what->play, what->scenario);
	if (!row->s->by_entry[what->call.machine.entry].n_rows)
		return error_at(p, p->line_at, "%s is not played with this entry", what->scenario);
	for (size_t i = 0; i < row->s->n_verdicts; i++)
		if (!strcmp(sysemu_kernel_digest(row->s->verdicts[i].kernel), digest))
			row->verdict = &row->s->verdicts[i];
	return row->verdict ||
	       error_at(p, p->line_at, "%s says nothing of this kernel", what->scenario);
}

/* ---- lines ---- */

static struct budget_row *add_row(struct parser *p)
{
	struct budget *b = p->b;
	struct budget_row *rows;

	if (b->n == BUDGET_ROWS_MAX) {
		error_at(p, p->line_at, "more than %d rows", BUDGET_ROWS_MAX);
		return NULL;
	}
	/* Powers of two: room is where the number is one. */
	if ((b->n & (b->n - 1)) == 0) {
		rows = realloc(b->rows, (b->n ? 2 * b->n : 1) * sizeof(*rows));
		if (!rows) {
			no_memory(p);
			return NULL;
		}
		b->rows = rows;
	}
	memset(&b->rows[b->n], 0, sizeof(*b->rows));
	return &b->rows[b->n++];
}

/* `default [KEY=VALUE...] [soft P%] [gain P%]`, for the rows below. */
static bool take_default(struct parser *p)
{
	while (!at_end(p)) {
		struct word w = take_word(p);
		struct budget_what probe;
		const char *value;
		int key;

		if (!w.text)
			return error_at(p, p->at, "unexpected: %c", p->b->text[p->at]);
		if (!strcmp(w.text, "soft") || !strcmp(w.text, "gain")) {
			bool gain = w.text[0] == 'g';

			if (!take_percent(p, w.text, gain ? &p->gain : &p->soft))
				return false;
			p->gain_given |= gain;
			continue;
		}
		key = take_key(p, &w, &value);
		if (key < 0 || !take_value(p, (size_t)key, value, w.at, &probe))
			return false;
		if (strcmp(budget_keys[key].name, "kernel") != 0 &&
		    strcmp(budget_keys[key].name, "entry") != 0 &&
		    strcmp(budget_keys[key].name, "timing") != 0)
			return error_at(p, w.at, "%s= has no default: kernel, entry, timing do",
					budget_keys[key].name);
		p->defaults[key] = value;
	}
	return true;
}

/* `NAME: KEY=VALUE... | METRIC LIMIT...; ...` */
static bool take_row(struct parser *p, const struct word *label)
{
	size_t n = strlen(label->text) - 1;
	struct budget_row *row = add_row(p);

	if (!row)
		return false;
	row->name = report_text(p->r, "%.*s", (int)n, label->text);
	row->limits = report_alloc(p->r, BUDGET_LIMITS_MAX * sizeof(*row->limits));
	if (!row->name || !row->limits)
		return no_memory(p);
	row->line = p->line;
	row->column = (uint32_t)(label->at - p->line_at + 1);
	for (size_t i = 0; i + 1 < p->b->n; i++)
		if (!strcmp(p->b->rows[i].name, row->name))
			return error_at(p, label->at, "a second row %s: the first is in line %u",
					row->name, p->b->rows[i].line);
	if (!take_what(p, row) || (row->what.play && !find_scenario(p, row)))
		return false;
	return take_punctuation(p, '|') ? take_metrics(p, row) : true;
}

/* The last row is whole. A scenario and an exploration are to fare as stated: that is a limit. */
static bool end_row(struct parser *p)
{
	const struct budget_row *row = p->b->n ? &p->b->rows[p->b->n - 1] : NULL;

	if (!row || row->n_limits || row->s || row->what.explore.given)
		return true;
	cli_message("%s:%u:%u: %s has no limits: | METRIC exact N, max N, base N\n", p->b->path,
		    row->line, row->column, row->name);
	p->code = CLI_USAGE;
	return false;
}

static bool take_line(struct parser *p)
{
	struct word w;
	size_t n;

	if (strcspn(p->b->text + p->line_at, "\n") > LINE_MAX_SIZE)
		return error_at(p, p->line_at, "a line of more than %d bytes", LINE_MAX_SIZE);
	if (at_end(p))
		return true;
	if (next_character(p) == '|' && p->b->n) {
		p->at++;
		return take_metrics(p, &p->b->rows[p->b->n - 1]);
	}
	w = take_word(p);
	if (!w.text)
		return error_at(p, p->at, "a row is missing: NAME: KEY=VALUE... | LIMITS");
	if (!strcmp(w.text, "default"))
		return end_row(p) && take_default(p);
	n = strlen(w.text);
	if (w.text[n - 1] != ':' || !is_name(w.text, n - 1))
		return error_at(p, w.at, "\"%s\" is neither `default` nor a row's NAME:", w.text);
	return end_row(p) && take_row(p, &w);
}

static bool take_lines(struct parser *p)
{
	struct budget *b = p->b;

	for (p->line = 1; p->at < b->size; p->line++) {
		p->line_at = p->at;
		if (!take_line(p))
			return false;
		if (b->text[p->at] == '\n')
			p->at++;
		else if (p->at < b->size)
			return error_at(p, p->at, "a byte that is no text: 0x%02x",
					(unsigned char)b->text[p->at]);
	}
	if (!end_row(p))
		return false;
	if (b->n)
		return true;
	cli_say("%s: there are no rows", b->path);
	p->code = CLI_USAGE;
	return false;
}

int budget_parse(struct budget *b, const char *path, const char *text, size_t size,
		 struct report *r)
{
	struct parser p = { .b = b, .r = r, .code = CLI_OK };

	*b = (struct budget){ .path = path, .size = size, .text = malloc(size + 1) };
	if (!b->text) {
		no_memory(&p);
		return p.code;
	}
	if (size)
		memcpy(b->text, text, size);
	b->text[size] = '\0';
	take_lines(&p);
	if (p.code == CLI_OK && r->failed)
		no_memory(&p);
	return p.code;
}

int budget_read(struct budget *b, const char *path, struct report *r)
{
	size_t size;
	char *text = cli_read_file(path, BUDGET_TEXT_MAX, &size);
	int code;

	*b = (struct budget){ .path = path };
	if (!text)
		return CLI_USAGE;
	code = budget_parse(b, path, text, size, r);
	free(text);
	return code;
}

void budget_free(struct budget *b)
{
	for (struct budget_scenarios *s = b->scenarios; s; s = s->next)
		sysemu_scenarios_free(s->all);
	free(b->rows);
	free(b->text);
	*b = (struct budget){ 0 };
}
