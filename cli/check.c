/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.c: `sysemu check FILE`: measures the rows of a budget file and says which limits are
 * kept. The format: docs/budgets.md. Read next: check/budget.c, check/measure.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "lines.h"
#include "report/writers.h"

#define FIRST_FILE "sysemu.budget"

struct check_options {
	const char *row;
	bool update;
	struct cli_reports reports;
};

static const struct cli_option options[] = {
	{ "row", "NAME", &cli_text, offsetof(struct check_options, row), .help = "this row alone" },
	{ "update", NULL, &cli_switch, offsetof(struct check_options, update),
	  .help = "what is seen becomes the baseline, if no other limit is broken" },
	CLI_REPORT_OPTION(struct check_options, reports),
	{ 0 },
};

/* What goes on over all rows. */
struct checking {
	const struct check_options *o;
	struct report report;
	struct budget budget;
	struct paths paths;
	uint64_t **seen; /* [row][limit]; NULL: not measured */
	struct cli_lines lines;
	const char *lines_of; /* that kernel */
	struct cli_syscall_kept kept;
};

void check_progress(size_t i, size_t n)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (i && n)
		fprintf(stderr, "\rcheck: %zu of %zu ", i, n);
	else if (i)
		fprintf(stderr, "\rcheck: %zu ", i);
	else
		fputs("\r\033[K", stderr);
}

/* ---- a row ---- */

static const struct cli_lines *lines_of(struct checking *c, const char *kernel)
{
	if (c->lines_of && !strcmp(c->lines_of, kernel))
		return &c->lines;
	cli_lines_free(&c->lines);
	c->lines_of = kernel;
	cli_lines_of_kernel(&c->lines, kernel); /* without, places are not known */
	return &c->lines;
}

static void judge_limits(struct checking *c, const struct budget_row *row, const struct measured *m,
			 struct report_record *record, uint64_t *seen)
{
	struct report *r = &c->report;

	record->limits = report_alloc(r, row->n_limits * sizeof(*record->limits));
	for (size_t k = 0; record->limits && k < row->n_limits; k++) {
		struct report_limit *l = &record->limits[record->n_limits++];

		seen[k] = measured_value(m, &row->limits[k].metric);
		*l = budget_judge(&row->limits[k], seen[k], r);
		if (l->broken && c->o->update && budget_needs_base(&row->limits[k], seen[k]))
			*l = budget_updated(l);
		if (!l->broken)
			continue;
		/* Stops are no cost. */
		if (row->limits[k].metric.unit == BUDGET_STOPS)
			record->status = REPORT_FAIL;
		else if (record->status == REPORT_PASS)
			record->status = REPORT_BROKEN;
		if (!record->message)
			record->message = report_text(r, "%s %" PRIu64 " is %s (%s)", l->metric,
						      l->seen, l->why, l->limit);
	}
}

/* How it differs from the baseline, by a second run that keeps the path. */
static void add_changes(struct checking *c, const struct budget_row *row,
			struct report_record *record)
{
	const struct path *before = paths_find(&c->paths, row->name);
	const char *kernel = row->what.call.machine.kernel;
	struct measured m;

	if (row->what.explore.given)
		return;
	if (!before) {
		record->detail = report_text(&c->report,
					     "(%s has no path of its baseline: --update makes one)",
					     c->paths.file);
		return;
	}
	measure(row, true, NULL, &c->report, &m);
	path_diff(record, before, &m.path, m.m, lines_of(c, kernel), &c->report);
	measure_end(&m);
}

static void check_row(struct checking *c, size_t i)
{
	const struct budget_row *row = &c->budget.rows[i];
	struct report_record *record = report_add(&c->report);
	struct measured m;

	c->seen[i] = report_alloc(&c->report, (row->n_limits + 1) * sizeof(*c->seen[i]));
	if (!record || !c->seen[i])
		return;
	record->suite = c->budget.path;
	record->name = row->name;
	record->check = "budget";
	record->kernel = row->what.call.machine.kernel;
	record->entry = row->what.call.machine.entry ? "sysenter" : "int80";
	record->place = (struct report_place){ c->budget.path, row->line, row->column };
	measure(row, c->o->update, &c->kept, &c->report, &m);
	if (m.code == CLI_OK) {
		judge_limits(c, row, &m, record, c->seen[i]);
		if (c->o->update && m.m)
			paths_set(&c->paths, row->name, &m.path, &c->report);
	} else {
		record->status = m.code == CLI_FAILED ? REPORT_FAIL : REPORT_ERROR;
		record->message = m.why;
		if (m.place.file)
			record->place = m.place;
	}
	measure_end(&m);
	if (record->status == REPORT_BROKEN || record->status == REPORT_FAIL)
		add_changes(c, row, record);
}

/* ---- all of them ---- */

static int check_rows(struct checking *c)
{
	struct budget *b = &c->budget;

	c->seen = report_alloc(&c->report, b->n * sizeof(*c->seen));
	for (size_t i = 0; c->seen && i < b->n; i++) {
		check_progress(i + 1, b->n);
		if (!c->o->row || !strcmp(c->o->row, b->rows[i].name))
			check_row(c, i);
	}
	check_progress(0, 0);
	if (c->report.failed) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	if (c->report.n)
		return CLI_OK;
	cli_say("%s: there is no row %s", b->path, c->o->row);
	return CLI_USAGE;
}

/* The gravest of what was found. */
static int code_of(const struct report *r)
{
	return report_count(r, REPORT_ERROR)  ? CLI_INTERNAL :
	       report_count(r, REPORT_FAIL)   ? CLI_FAILED :
	       report_count(r, REPORT_BROKEN) ? CLI_BUDGET :
						CLI_OK;
}

static int update(struct checking *c, int found)
{
	const struct check_update u = { .budget = &c->budget,
					.paths = &c->paths,
					.seen = (const uint64_t *const *)c->seen };

	if (found != CLI_OK) {
		cli_say("%s: no baseline is updated: mend what is broken, or its limit, first",
			c->budget.path);
		return found;
	}
	return check_update(&u);
}

static int check_file(struct checking *c, struct cli_reports *reports, const char *path)
{
	int code = budget_read(&c->budget, path, &c->report), found;

	if (code == CLI_OK)
		code = paths_read(&c->paths, path, &c->report);
	if (code == CLI_OK)
		code = cli_reports_open(&cli_check, reports);
	if (code == CLI_OK)
		code = check_rows(c);
	if (code != CLI_OK)
		return code;
	if (!cli_reports_take_stdout(reports))
		report_write_text(stdout, &c->report);
	code = cli_reports_write(reports, &c->report);
	found = code_of(&c->report);
	if (code == CLI_OK && c->o->update)
		return update(c, found);
	return code != CLI_OK ? code : found;
}

static int make_first(const struct check_options *o, struct report *r)
{
	if (o->row || o->update || o->reports.n)
		return cli_usage(&cli_check, "FILE is missing");
	if (access(FIRST_FILE, F_OK) == 0)
		return cli_usage(&cli_check, "%s is there already: sysemu check %s", FIRST_FILE,
				 FIRST_FILE);
	return check_first(FIRST_FILE, r);
}

static int check_main(int argc, char **argv)
{
	static struct check_options o;
	struct checking c = { .o = &o, .report = { .command = "check" } };
	int code, first = cli_parse(&cli_check, argc, argv, &o, &code);

	if (first < 0)
		return code;
	code = first < argc ? check_file(&c, &o.reports, argv[first]) : make_first(&o, &c.report);
	cli_reports_drop(&o.reports);
	cli_syscall_forget(&c.kept);
	cli_lines_free(&c.lines);
	budget_free(&c.budget);
	report_free(&c.report);
	return code;
}

const struct cli_command cli_check = {
	.name = "check",
	.operands = "[FILE]",
	.max_operands = 1,
	.about = "measure the rows of a budget file, and say which limits are kept",
	.notes =
		"The format of FILE is told in docs/budgets.md; beside it FILE.paths has the instructions\n"
		"behind the baselines. Without FILE: a first one, " FIRST_FILE
		", is made of what runs.\n"
		"Exit codes: 0 all is kept, 1 a stop or property differs, 2 a usage error or a file that\n"
		"cannot be understood, 3 a budget is broken, 4 something could not be run or written. Of several\n"
		"4 goes before 1, and 1 before 3.\n",
	.options = options,
	.main = check_main,
};
