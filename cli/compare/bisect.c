/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bisect.c: `sysemu bisect`: the first kernel of an ordered list that fares otherwise than the ones
 * before it, in a scenario or in a property of the exploration. Where the ends of the list fare
 * alike (a fault that came and went) the search is for one between them that does not, and then for
 * the first and the last such. A search by halves sees one step where there may be three; a scenario
 * takes no time, so the others are tried behind it. Where all fare alike, what they show may differ, in
 * flags and counts at the least: shown.c. Read next: compare.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/play.h"
#include "compare.h"

/* Kernels beside the line: what was mailed and never merged. A list that names them has them. */
static const char *const beside[] = { "sysemu-as-printed" };

struct bisect_options {
	const char *scenario, *property;
	struct compare_kernels kernels;
	unsigned entry, format;
	struct cli_number depth;
	bool quick, shown;
};

enum fare { UNKNOWN, HOLDS, FAILS };

struct found {
	size_t first; /* the first that fares otherwise */
};

struct bisect {
	struct bisect_options *o;
	struct compare_set set;
	const char *file;
	const sysemu_scenario *s;        /* or */
	const sysemu_property *property; /* of the exploration */
	sysemu_check_kind field;         /* SYSEMU_CHECKS: all count */
	uint32_t reg;
	sysemu_row *rows; /* with those checks alone; or NULL */
	struct compare_kernels k;
	enum fare fares[COMPARE_KERNELS_MAX];
	char why[COMPARE_KERNELS_MAX][600];
	size_t tried;
	bool say, failed;
	size_t n_found;
	struct found found[COMPARE_KERNELS_MAX];
};

static const struct cli_option options[] = {
	{ "scenario", "NAME", &cli_text, offsetof(struct bisect_options, scenario),
	  .help = "whether this scenario's rows hold" },
	{ "property", "P", &cli_text, offsetof(struct bisect_options, property),
	  .help = "of a scenario, only this field of its rows (ran, tif, eax, ...); without one, "
		  "this property of `explore`" },
	{ "kernels", "K[,K...]|A..B|all", &compare_kernel_list,
	  offsetof(struct bisect_options, kernels),
	  .help = "the line, in order: names and files (all, without sysemu-as-printed)" },
	{ "entry", "int80|sysenter", &cli_choice, offsetof(struct bisect_options, entry),
	  .help = "the flavour of the vsyscall page (the scenario's first)" },
	{ "depth", "N", &cli_number, offsetof(struct bisect_options, depth),
	  .help = "explore so many choices deep; 0: until nothing is new", .preset = "6",
	  .max = 1000, .not_with = "scenario" },
	{ "quick", NULL, &cli_switch, offsetof(struct bisect_options, quick),
	  .help = "end with the step that is found: do not try the others, too",
	  .needs = "scenario" },
	{ "shown", NULL, &cli_switch, offsetof(struct bisect_options, shown),
	  .help = "not whether the rows hold, but which kernels show otherwise than the one before",
	  .needs = "scenario", .not_with = "property|quick" },
	CLI_FORMAT_OPTION(struct bisect_options, format, "text|json"),
	{ 0 },
};

#define ENTRY_UNSAID 2u

/* ---- how a kernel fares ---- */

static bool keeps(const struct bisect *b, const sysemu_check *c)
{
	switch (b->field) {
	case SYSEMU_CHECKS: return true;
	case SYSEMU_CHECK_REG: return c->kind == SYSEMU_CHECK_REG && c->index == b->reg;
	case SYSEMU_CHECK_KIND:
		return c->kind == SYSEMU_CHECK_KIND || c->kind == SYSEMU_CHECK_STATUS;
	case SYSEMU_CHECK_CALLS:
		return c->kind == SYSEMU_CHECK_CALLS || c->kind == SYSEMU_CHECK_CALL;
	default: return c->kind == b->field;
	}
}

/* The scenario with the checks of one field; actions keep their results. */
static bool narrow(struct bisect *b, const sysemu_staging *st)
{
	size_t checks = 0;
	sysemu_check *list;

	for (size_t i = 0; i < st->n_rows; i++)
		checks += st->rows[i].n_checks;
	b->rows = calloc(1, (st->n_rows + 1) * sizeof(*b->rows) + (checks + 1) * sizeof(*list));
	if (!b->rows)
		return false;
	list = (sysemu_check *)(b->rows + st->n_rows + 1);
	for (size_t i = 0; i < st->n_rows; i++) {
		b->rows[i] = st->rows[i];
		b->rows[i].checks = list;
		b->rows[i].n_checks = 0;
		for (size_t c = 0; c < st->rows[i].n_checks; c++)
			if (keeps(b, &st->rows[i].checks[c]))
				list[b->rows[i].n_checks++] = st->rows[i].checks[c];
		list += b->rows[i].n_checks;
	}
	return true;
}

static enum fare fare_of_scenario(struct bisect *b, size_t at)
{
	sysemu_entry entry = (sysemu_entry)b->o->entry;
	const sysemu_staging *st = &b->s->by_entry[entry];
	sysemu_scenario narrowed = *b->s;
	sysemu_played played;
	char *elf, row[24];
	size_t size;
	sysemu_status status;

	if (b->rows)
		narrowed.by_entry[entry].rows = b->rows;
	if (!cli_play_program(b->file, b->s, &elf, &size))
		return UNKNOWN;
	status = sysemu_scenario_play(&narrowed, b->k.list[at], entry, elf, size, NULL, NULL,
				      &played);
	free(elf);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s: %s", b->k.list[at], b->s->name, played.text);
		return UNKNOWN;
	}
	if (played.passed)
		return HOLDS;
	snprintf(row, sizeof(row), "row %zu", played.row + 1);
	snprintf(b->why[at], sizeof(b->why[at]), "%s: %s",
		 st->rows[played.row].label ? st->rows[played.row].label : row, played.text);
	return FAILS;
}

static enum fare fare_of_property(struct bisect *b, size_t at)
{
	const sysemu_explore_config config = { .kernel = b->k.list[at],
					       .entry = (sysemu_entry)b->o->entry,
					       .depth = (uint32_t)b->o->depth.value,
					       .first = -1 };
	sysemu_exploration *x;
	size_t broken, count;
	char text[256];
	sysemu_status status = sysemu_explore(&config, &x, text);

	if (status != SYSEMU_OK) {
		cli_say("%s: %s", b->k.list[at], text);
		return UNKNOWN;
	}
	status = sysemu_exploration_check(x, b->property, 1, &broken, &count);
	sysemu_exploration_free(x);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s", b->k.list[at], sysemu_errmsg(NULL));
		return UNKNOWN;
	}
	if (broken == SYSEMU_HOLDS)
		return HOLDS;
	snprintf(b->why[at], sizeof(b->why[at]), "fails in %zu transitions", count);
	return FAILS;
}

static const char *fare_text(enum fare fare)
{
	return fare == HOLDS ? "holds" : "fails";
}

/* Tries it once; UNKNOWN: said on stderr, and all is over. */
static enum fare fare_of(struct bisect *b, size_t at)
{
	if (b->fares[at] != UNKNOWN || b->failed)
		return b->failed ? UNKNOWN : b->fares[at];
	b->fares[at] = b->s ? fare_of_scenario(b, at) : fare_of_property(b, at);
	b->failed = b->fares[at] == UNKNOWN;
	b->tried++;
	if (b->say && !b->failed)
		printf("%s %s%s%s\n", b->k.list[at], fare_text(b->fares[at]),
		       b->why[at][0] ? ": " : "", b->why[at]);
	return b->fares[at];
}

/* ---- the search ---- */

/* The ends fare differently; the first that fares as `to` does, if it came to stay. */
static void search(struct bisect *b, size_t from, size_t to)
{
	enum fare fare = fare_of(b, from);

	while (to - from > 1 && !b->failed) {
		size_t middle = from + (to - from) / 2;

		if (fare_of(b, middle) == fare)
			from = middle;
		else
			to = middle;
	}
	if (!b->failed)
		b->found[b->n_found++].first = to;
}

/* Nobody knows where in between: the middle of each gap, the widest gaps first. */
static size_t find_other(struct bisect *b)
{
	size_t last = b->k.n - 1;

	for (size_t step = last; step > 1; step = (step + 1) / 2) {
		size_t half = (step + 1) / 2;

		for (size_t at = half; at < last && !b->failed; at += half)
			if (fare_of(b, at) != b->fares[0])
				return at;
	}
	return 0;
}

/* All steps, now that it is known how each kernel fares. */
static void find_all(struct bisect *b)
{
	size_t found = b->n_found ? b->found[0].first : 0;

	if (b->say && b->tried < b->k.n)
		printf("%s %s from there on; the others:\n", b->k.list[found],
		       fare_text(b->fares[found]));
	for (size_t i = 0; i < b->k.n; i++)
		if (fare_of(b, i) == UNKNOWN)
			return;
	b->n_found = 0;
	for (size_t i = 1; i < b->k.n; i++)
		if (b->fares[i] != b->fares[i - 1])
			b->found[b->n_found++].first = i;
}

static void run(struct bisect *b)
{
	size_t last = b->k.n - 1, between;

	if (fare_of(b, 0) != fare_of(b, last)) {
		search(b, 0, last);
	} else {
		between = b->failed ? 0 : find_other(b);
		if (!between)
			return;
		search(b, 0, between);
		search(b, between, last);
	}
	if (b->s && !b->o->quick && !b->failed)
		find_all(b);
}

/* ---- what it came to ---- */

static void put_found(const struct bisect *b, size_t at)
{
	const char *about = compare_about(b->k.list[at]);

	printf("%s is the first kernel where it %s\n", b->k.list[at], fare_text(b->fares[at]));
	if (about && about[0])
		printf("    %s\n", about);
	printf("    %s, before it: %s%s%s\n", b->k.list[at - 1], fare_text(b->fares[at - 1]),
	       b->why[at - 1][0] ? ", " : "", b->why[at - 1]);
	if (b->why[at][0])
		printf("    now: %s\n", b->why[at]);
}

/* What each shows otherwise than the one before: at the end, if nobody asked for it alone. */
static int put_shown(const struct bisect *b, struct json *j)
{
	int code;

	if (j) {
		json_key(j, "shown");
		json_open(j, '[');
	}
	code = shown_put(&b->k, b->file, b->s, (sysemu_entry)b->o->entry, j);
	if (j)
		json_close(j, ']');
	return code;
}

static int put_json(const struct bisect *b)
{
	struct json j = { .out = stdout };
	int code = b->n_found ? CLI_OK : CLI_FAILED;

	json_open(&j, '{');
	json_key(&j, "schema");
	json_int(&j, 1);
	json_key(&j, b->s ? "scenario" : "property");
	json_string(&j, b->s ? b->s->name : b->property->name);
	json_key(&j, "entry");
	json_string(&j, words_entry((sysemu_entry)b->o->entry));
	json_key(&j, "kernels");
	json_open(&j, '[');
	for (size_t i = 0; i < b->k.n; i++) {
		json_open(&j, '{');
		json_key(&j, "name");
		json_string(&j, b->k.list[i]);
		json_key(&j, "fares");
		json_string(&j, b->fares[i] == UNKNOWN ? NULL : fare_text(b->fares[i]));
		json_key(&j, "why");
		json_string(&j, b->why[i][0] ? b->why[i] : NULL);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_key(&j, "first");
	json_open(&j, '[');
	for (size_t i = 0; i < b->n_found; i++)
		json_string(&j, b->k.list[b->found[i].first]);
	json_close(&j, ']');
	if (b->s && !b->n_found)
		code = put_shown(b, &j);
	json_close(&j, '}');
	json_end(&j);
	return code;
}

static int finish(const struct bisect *b)
{
	if (b->failed)
		return CLI_INTERNAL;
	if (!b->say)
		return put_json(b);
	if (!b->n_found && !b->o->shown)
		printf("it %s on all %zu kernels\n", fare_text(b->fares[0]), b->k.n);
	for (size_t i = 0; i < b->n_found; i++)
		put_found(b, b->found[i].first);
	if (b->n_found || !b->s)
		return b->n_found ? CLI_OK : CLI_FAILED;
	return put_shown(b, NULL);
}

/* ---- what is asked ---- */

static bool find_field(struct bisect *b, const char *name)
{
	static const char *const names[] = {
#define X(constant, text) text,
		SYSEMU_CHECK_MAP(X)
#undef X
	};

	for (b->reg = 0; b->reg < SYSEMU_REGS; b->reg++) {
		if (strcmp(name, sysemu_reg_name(b->reg)) != 0)
			continue;
		b->field = b->reg == SYSEMU_REG_EFLAGS ? SYSEMU_CHECK_EFLAGS : SYSEMU_CHECK_REG;
		return true;
	}
	for (unsigned i = 0; i < SYSEMU_CHECK_RESULT; i++) {
		if (i == SYSEMU_CHECK_REG || strcmp(name, names[i]) != 0)
			continue;
		b->field = (sysemu_check_kind)i;
		return true;
	}
	return false;
}

static bool find_property(struct bisect *b, const char *name)
{
	for (size_t i = 0; (b->property = sysemu_property_at(i)); i++)
		if (!strcmp(b->property->name, name))
			return true;
	return false;
}

static int take_scenario(struct bisect *b, int n, char **files)
{
	struct bisect_options *o = b->o;

	if (!compare_set_read(&b->set, n, files))
		return CLI_USAGE;
	b->s = compare_find(&b->set, o->scenario, &b->file);
	if (!b->s)
		return CLI_USAGE;
	if (o->entry == ENTRY_UNSAID)
		o->entry = b->s->by_entry[0].n_rows ? SYSEMU_ENTRY_INT80 : SYSEMU_ENTRY_SYSENTER;
	if (!b->s->by_entry[o->entry].n_rows)
		return cli_usage(&cli_bisect, "%s is not played by %s", o->scenario,
				 words_entry((sysemu_entry)o->entry));
	if (o->property && !find_field(b, o->property))
		return cli_usage(&cli_bisect, "--property: no field of a row: %s", o->property);
	if (o->property && !narrow(b, &b->s->by_entry[o->entry])) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	return CLI_OK;
}

static void take_line(struct bisect *b)
{
	struct compare_kernels all;

	b->k = b->o->kernels;
	if (b->k.n)
		return;
	compare_all_kernels(&all);
	for (size_t i = 0; i < all.n; i++) {
		bool aside = false;

		for (size_t n = 0; n < sizeof(beside) / sizeof(beside[0]); n++)
			aside = aside || !strcmp(all.list[i], beside[n]);
		if (!aside)
			b->k.list[b->k.n++] = all.list[i];
	}
}

static int take_question(struct bisect *b, int n, char **files)
{
	struct bisect_options *o = b->o;

	if (o->scenario)
		return take_scenario(b, n, files);
	if (!o->property)
		return cli_usage(&cli_bisect, "--scenario or --property is missing");
	if (n)
		return cli_usage(&cli_bisect, "%s: of which --scenario?", files[0]);
	if (!find_property(b, o->property))
		return cli_usage(&cli_bisect, "--property: no property of explore: %s",
				 o->property);
	if (o->entry == ENTRY_UNSAID)
		o->entry = SYSEMU_ENTRY_INT80;
	return CLI_OK;
}

static int bisect_main(int argc, char **argv)
{
	static struct bisect_options o;
	static struct bisect b;
	int code, first;

	o.entry = ENTRY_UNSAID;
	first = cli_parse(&cli_bisect, argc, argv, &o, &code);
	if (first < 0)
		return code;
	b = (struct bisect){ .o = &o, .field = SYSEMU_CHECKS, .say = !o.format };
	code = take_question(&b, argc - first, argv + first);
	if (code == CLI_OK) {
		take_line(&b);
		if (b.k.n < 2)
			code = cli_usage(&cli_bisect, "--kernels: two at least");
	}
	if (code == CLI_OK) {
		if (!o.shown)
			run(&b);
		code = finish(&b);
	}
	free(b.rows);
	compare_set_free(&b.set);
	return code;
}

const struct cli_command cli_bisect = {
	.name = "bisect",
	.operands = "[FILE.play]...",
	.max_operands = CLI_ANY_OPERANDS,
	.about = "find the first kernel of a line that fares otherwise",
	.notes =
		"A scenario of FILE.play, or a shipped one. Each kernel that is tried is a line; then come\n"
		"the kernels found, with what is said of them. If all fare alike, those that show otherwise\n"
		"than the one before, in stops, registers, flags or counts. Exit codes: 0 found, 1 all fare\n"
		"and show alike, 2 usage.\n",
	.options = options,
	.main = bisect_main,
};
