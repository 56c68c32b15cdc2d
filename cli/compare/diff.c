/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff.c: `sysemu diff`: kernels side by side, by scenarios and by the exploration of two together.
 * Read next: story.c, joint.c.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "compare.h"

#define BOTH 2u

struct diff_options {
	const char *scenario, *script;
	unsigned tell, entry, format;
	struct cli_number depth, threads;
	bool no_explore, instructions, every, rules;
};

/* What goes on over all scenarios. */
struct diff {
	struct diff_options *o;
	struct compare_kernels kernels;
	struct compare_set set;
	struct json j;
	bool json;
	struct story stories[COMPARE_KERNELS_MAX];
	const char *file;
	const sysemu_scenario *s;
	sysemu_entry entry;
	uint64_t played, differ[SYSEMU_TELLS];
};

static const struct cli_option options[] = {
	{ "scenario", "NAME", &cli_text, offsetof(struct diff_options, scenario),
	  .help = "this scenario alone, and no exploration" },
	{ "tell", "stops|registers|flags|counts", &cli_choice, offsetof(struct diff_options, tell),
	  .help = "how closely to look: at the stops, at the registers, too, and so on",
	  .preset = "counts" },
	{ "entry", "int80|sysenter|both", &cli_choice, offsetof(struct diff_options, entry),
	  .help = "the flavour of the vsyscall page", .preset = "both" },
	{ "every-row", NULL, &cli_switch, offsetof(struct diff_options, every),
	  .help = "print all rows that differ, not the first of the plainest sort alone" },
	{ "instructions", NULL, &cli_switch, offsetof(struct diff_options, instructions),
	  .help = "print the instructions on the way to where the first two differ; text only",
	  .needs = "scenario", .not_with = "format=json" },
	{ "depth", "N", &cli_number, offsetof(struct diff_options, depth),
	  .help = "explore so many choices deep; 0: until nothing is new", .preset = "4",
	  .max = 1000 },
	{ "threads", "N", &cli_number, offsetof(struct diff_options, threads),
	  .help = "of the exploration", .preset = "1", .min = 1, .max = 64 },
	{ "no-explore", NULL, &cli_switch, offsetof(struct diff_options, no_explore),
	  .help = "scenarios alone" },
	{ "script", "FILE", &cli_output, offsetof(struct diff_options, script),
	  .help = "write the shortest way that tells the first two apart, as a scenario",
	  .not_with = "no-explore|scenario|rules" },
	{ "rules", NULL, &cli_switch, offsetof(struct diff_options, rules),
	  .help = "tell since when each rule holds, of all kernels or of those named",
	  .not_with = "scenario|script" },
	CLI_FORMAT_OPTION(struct diff_options, format, "text|json"),
	CLI_COVER_OPTION,
	{ 0 },
};

/* ---- one scenario, one entry ---- */

static void put_field_text(const struct diff *d, const char *name, char values[][WORDS_MAX])
{
	printf("  %-13s", name);
	for (size_t k = 0; k < d->kernels.n; k++)
		printf(k + 1 < d->kernels.n ? "  %-20s" : "  %s", values[k][0] ? values[k] : "-");
	putchar('\n');
}

static void put_field_json(struct diff *d, const char *name, sysemu_tell tell,
			   char values[][WORDS_MAX])
{
	json_open(&d->j, '{');
	json_key(&d->j, "name");
	json_string(&d->j, name);
	json_key(&d->j, "tell");
	json_string(&d->j, sysemu_tell_name(tell));
	json_key(&d->j, "values");
	json_open(&d->j, '[');
	for (size_t k = 0; k < d->kernels.n; k++)
		json_string(&d->j, values[k][0] ? values[k] : NULL);
	json_close(&d->j, ']');
	json_close(&d->j, '}');
}

static void begin_row(struct diff *d, size_t row, sysemu_tell plainest)
{
	const sysemu_staging *st = &d->s->by_entry[d->entry];
	char label[24];

	if (!d->json) {
		printf("%s (%s), at %s:\n  %-13s", d->s->name, words_entry(d->entry),
		       beside_row_text(st, row, label, sizeof(label)), "");
		for (size_t k = 0; k < d->kernels.n; k++)
			printf(k + 1 < d->kernels.n ? "  %-20s" : "  %s", d->kernels.list[k]);
		putchar('\n');
		return;
	}
	json_open(&d->j, '{');
	json_key(&d->j, "file");
	json_string(&d->j, d->file);
	json_key(&d->j, "scenario");
	json_string(&d->j, d->s->name);
	json_key(&d->j, "entry");
	json_string(&d->j, words_entry(d->entry));
	json_key(&d->j, "at");
	json_string(&d->j, beside_row_text(st, row, label, sizeof(label)));
	json_key(&d->j, "line");
	json_uint(&d->j, row < st->n_rows ? st->rows[row].line : d->s->line);
	json_key(&d->j, "tell");
	json_string(&d->j, sysemu_tell_name(plainest));
	json_key(&d->j, "fields");
	json_open(&d->j, '[');
}

static void put_row(struct diff *d, size_t row, sysemu_tell plainest)
{
	static struct beside_field f;

	begin_row(d, row, plainest);
	f.name = "";
	for (unsigned field = 0; f.name; field++) {
		if (!beside_field(d->stories, d->kernels.n, row, &f, field) || f.tell > d->o->tell)
			continue;
		if (d->json)
			put_field_json(d, f.name, f.tell, f.values);
		else
			put_field_text(d, f.name, f.values);
	}
	if (d->json) {
		json_close(&d->j, ']');
		json_close(&d->j, '}');
	}
}

static bool find_row(const struct diff *d, size_t from, size_t to, struct beside_found *found)
{
	const struct beside_limits limits = { from, to, d->o->tell };

	return beside_find(d->stories, d->kernels.n, &limits, found);
}

static void put_every_row(struct diff *d)
{
	struct beside_found found;

	for (size_t i = 0; i <= beside_rows(d->stories, d->kernels.n); i++)
		if (find_row(d, i, i, &found))
			put_row(d, found.row, found.tell);
}

static bool diff_entry(struct diff *d)
{
	struct beside_found found;
	bool ok = true;

	for (size_t k = 0; ok && k < d->kernels.n; k++)
		ok = story_play(&d->stories[k], d->file, d->s, d->kernels.list[k], d->entry);
	if (ok)
		d->played++;
	if (ok && find_row(d, 0, SIZE_MAX, &found)) {
		d->differ[found.tell]++;
		if (d->o->every)
			put_every_row(d);
		else
			put_row(d, found.row, found.tell);
		ok = !d->o->instructions ||
		     insns_put(d->file, d->s, d->entry, found.row, d->kernels.list);
	}
	for (size_t k = 0; k < d->kernels.n; k++)
		story_free(&d->stories[k]);
	return ok;
}

static bool wants_entry(const struct diff *d, unsigned entry)
{
	return d->o->entry == BOTH || d->o->entry == entry;
}

static bool diff_scenarios(struct diff *d)
{
	for (size_t i = 0; i < d->set.n; i++) {
		d->file = d->set.files[i].name;
		for (size_t k = 0; (d->s = sysemu_scenarios_at(d->set.files[i].all, k)); k++) {
			if (d->o->scenario && strcmp(d->o->scenario, d->s->name) != 0)
				continue;
			for (unsigned entry = 0; entry < 2; entry++) {
				d->entry = (sysemu_entry)entry;
				if (wants_entry(d, entry) && d->s->by_entry[entry].n_rows &&
				    !diff_entry(d))
					return false;
			}
		}
	}
	return true;
}

/* ---- all of it ---- */

static uint64_t all_that_differ(const struct diff *d)
{
	uint64_t n = 0;

	for (unsigned t = 0; t < SYSEMU_TELLS; t++)
		n += d->differ[t];
	return n;
}

static void put_sum(struct diff *d)
{
	uint64_t n = all_that_differ(d);
	const char *glue = ": ";

	if (d->json) {
		json_close(&d->j, ']');
		json_key(&d->j, "played");
		json_uint(&d->j, d->played);
		return;
	}
	printf("scenarios: played %" PRIu64 " times on each, %" PRIu64 " differ", d->played, n);
	for (unsigned t = 0; t < SYSEMU_TELLS; t++) {
		if (!d->differ[t])
			continue;
		printf("%s%" PRIu64 " in %s", glue, d->differ[t], sysemu_tell_name(t));
		glue = ", ";
	}
	putchar('\n');
}

/* The first one with each of the others. */
static int explore(struct diff *d)
{
	const struct joint_options o = { .depth = (uint32_t)d->o->depth.value,
					 .threads = (uint32_t)d->o->threads.value,
					 .script = d->o->script,
					 .tell = d->o->tell };
	int code = CLI_OK;

	if (d->json) {
		json_key(&d->j, "explorations");
		json_open(&d->j, '[');
	}
	for (size_t k = 1;
	     k < d->kernels.n && code <= CLI_FAILED && !d->o->no_explore && !d->o->scenario; k++) {
		const char *const two[2] = { d->kernels.list[0], d->kernels.list[k] };

		for (unsigned entry = 0; entry < 2 && code <= CLI_FAILED; entry++) {
			int one = wants_entry(d, entry) ? joint_put(&o, two, (sysemu_entry)entry,
								    d->json ? &d->j : NULL) :
							  CLI_OK;

			code = one > code ? one : code;
		}
	}
	if (d->json)
		json_close(&d->j, ']');
	return code;
}

static void begin(struct diff *d)
{
	if (!d->json)
		return;
	json_open(&d->j, '{');
	json_key(&d->j, "schema");
	json_int(&d->j, 1);
	json_key(&d->j, "kernels");
	json_open(&d->j, '[');
	for (size_t k = 0; k < d->kernels.n; k++)
		json_string(&d->j, d->kernels.list[k]);
	json_close(&d->j, ']');
	json_key(&d->j, "scenarios");
	json_open(&d->j, '[');
}

static int diff_all(struct diff *d, int n_files, char *const files[])
{
	const char *file;
	int code;

	if (!compare_set_read(&d->set, n_files, files) ||
	    (d->o->scenario && !compare_find(&d->set, d->o->scenario, &file)))
		return CLI_USAGE;
	begin(d);
	if (!diff_scenarios(d))
		return CLI_INTERNAL;
	put_sum(d);
	code = explore(d);
	if (d->json) {
		json_close(&d->j, '}');
		json_end(&d->j);
	}
	return code == CLI_OK && all_that_differ(d) ? CLI_FAILED : code;
}

/* Kernels first, then files of scenarios. */
static int take_operands(struct diff *d, int n, char **operands, int *files)
{
	struct cli_why why;

	for (*files = 0; *files < n; ++*files) {
		const char *end = strrchr(operands[*files], '.');

		if (end && !strcmp(end, ".play"))
			break;
		if (!compare_add_kernel(&d->kernels, operands[*files], &why))
			return cli_usage(&cli_diff, "%s", why.text);
	}
	if (d->o->rules && *files < n)
		return cli_usage(&cli_diff, "--rules: %s: no kernel", operands[*files]);
	if (d->o->rules && !d->kernels.n)
		compare_all_kernels(&d->kernels);
	if (d->kernels.n < 2 && !d->o->rules)
		return cli_usage(&cli_diff, "two kernels are needed");
	if (d->o->script && (d->o->entry == BOTH || d->kernels.n > 2))
		return cli_usage(&cli_diff, "--script: of two kernels and one --entry");
	return CLI_OK;
}

static int diff_main(int argc, char **argv)
{
	static struct diff_options o;
	static struct diff d;
	int files, code, first = cli_parse(&cli_diff, argc, argv, &o, &code);

	if (first < 0)
		return code;
	d = (struct diff){ .o = &o, .j = { .out = stdout }, .json = o.format != 0 };
	code = take_operands(&d, argc - first, argv + first, &files);
	if (code == CLI_OK && o.rules)
		code = table_put(&d.kernels, d.json ? &d.j : NULL);
	else if (code == CLI_OK)
		code = diff_all(&d, argc - first - files, argv + first + files);
	compare_set_free(&d.set);
	return code;
}

const struct cli_command cli_diff = {
	.name = "diff",
	.operands = "[KERNEL|FILE]... [FILE.play]...",
	.max_operands = CLI_ANY_OPERANDS,
	.about = "put kernels side by side, by scenarios and exploration",
	.notes =
		"Kernels by their names, A..B, or files. Without a FILE.play the shipped scenarios are\n"
		"played. Exit codes: 0 no difference, 1 some, 2 usage: docs/compare.md.\n",
	.options = options,
	.main = diff_main,
};
