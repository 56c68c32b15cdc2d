/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * first.c: a first budget: for each kernel and entry the plain call, the call with each flag, and
 * the call under each request, as far as it comes back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define TIMING "i486" /* of the plain call, where its CPU has the entry */

static const char head[] =
	"# Budgets of the entry path, made by `sysemu check`; checked by `sysemu check %s`.\n"
	"# The format is told in docs/budgets.md: put `exact N` or `max N` where nothing may ever\n"
	"# change, and take new baselines with --update.\n\n"
	"default soft 0%% gain 0%%\n";

static const char *const requests[] = { "SYSCALL", "SYSEMU", "SINGLESTEP", "SYSEMU_SINGLESTEP",
					"CONT" };
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

#define FLAGS 8 /* bits that --flags sets */

struct first {
	FILE *out;
	struct report *r;
	struct paths paths;
	struct cli_syscall_kept kept;
	const char *kernel;
	unsigned entry;
	size_t done;
	int code;
};

static const char *entry_name(const struct first *f)
{
	return f->entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter";
}

static void put_row(struct first *f, const char *name, const char *words, const struct measured *m)
{
	const struct budget_metric entry = { BUDGET_INSNS, SYSEMU_REGION_ENTRY };
	const struct budget_metric kernel = { BUDGET_INSNS, BUDGET_ALL };

	fprintf(f->out, "%s:\tkernel=%s entry=%s%s", name, f->kernel, entry_name(f), words);
	fprintf(f->out, "\t| insns.entry base %" PRIu64 "; insns.kernel base %" PRIu64 " soft 2%%",
		measured_value(m, &entry), measured_value(m, &kernel));
	if (m->all_clocks)
		fprintf(f->out, "; clocks base %" PRIu64 " soft 2%%", m->all_clocks);
	putc('\n', f->out);
}

/* A row, if it runs; else a comment that says why not. `what` has all but kernel and entry. */
static void try(struct first *f, const char *suffix, const char *words, struct budget_row *row)
{
	struct measured m;

	if (f->code != CLI_OK)
		return;
	check_progress(++f->done, 0);
	row->name = report_text(f->r, "%s-%s-%s", f->kernel, entry_name(f), suffix);
	row->what.call.machine.kernel = f->kernel;
	row->what.call.machine.entry = f->entry;
	measure(row, true, &f->kept, f->r, &m);
	f->code = m.code == CLI_INTERNAL ? CLI_INTERNAL : CLI_OK;
	if (f->code != CLI_OK)
		cli_say("%s: %s", row->name, m.why);
	else if (m.code != CLI_OK)
		fprintf(f->out, "#\tkernel=%s entry=%s%s: %s\n", f->kernel, entry_name(f), words,
			m.why);
	else if (paths_set(&f->paths, row->name, &m.path, f->r))
		put_row(f, row->name, words, &m);
	measure_end(&m);
}

/* The call of budget_keys' presets. */
static void plain(struct budget_row *row)
{
	memset(row, 0, sizeof(*row));
	for (const struct cli_option *o = budget_keys; o->name; o++) {
		struct cli_why why;

		if (o->preset)
			o->type->take(o, o->preset, (char *)&row->what + o->field, &why);
	}
}

static void try_timed(struct first *f, struct budget_row *row)
{
	bool sysenter;

	plain(row);
	if (sysemu_timing_check(TIMING, &sysenter) != SYSEMU_OK ||
	    (f->entry == SYSEMU_ENTRY_SYSENTER && !sysenter))
		return;
	row->what.call.machine.timing = TIMING;
	try(f, "none-" TIMING, " timing=" TIMING, row);
}

static void try_all(struct first *f, struct budget_row *row)
{
	char words[64];

	fprintf(f->out, "\n# %s, %s\n", f->kernel, entry_name(f));
	plain(row);
	try(f, "none", "", row);
	try_timed(f, row);
	for (unsigned bit = 0; bit < FLAGS; bit++) {
		plain(row);
		row->what.call.flags = 1u << bit;
		snprintf(words, sizeof(words), " flags=%s", sysemu_tif_name(bit));
		try(f, sysemu_tif_name(bit), words, row);
	}
	for (size_t i = 0; i < REQUESTS; i++) {
		plain(row);
		row->what.call.requests.n = 1;
		row->what.call.requests.list[0] =
			(struct cli_request){ .number = sysemu_request_number(requests[i]) };
		snprintf(words, sizeof(words), " requests=%s", requests[i]);
		try(f, report_text(f->r, "traced-%s", requests[i]), words, row);
	}
}

static bool every_row(void *user, const char *name)
{
	(void)user, (void)name;
	return true;
}

static int fill(struct first *f, const char *path, struct cli_output *paths)
{
	struct budget_row *row = calloc(1, sizeof(*row));

	if (!row) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	fprintf(f->out, head, path);
	for (size_t i = 0; (f->kernel = sysemu_kernel_at(i, NULL)); i++)
		for (f->entry = SYSEMU_ENTRY_INT80; f->entry <= SYSEMU_ENTRY_SYSENTER; f->entry++)
			try_all(f, row);
	check_progress(0, 0);
	paths_write(paths->out, &f->paths, every_row, NULL);
	free(row);
	cli_syscall_forget(&f->kept);
	if (f->r->failed)
		cli_say("out of memory");
	return f->r->failed ? CLI_INTERNAL : f->code;
}

int check_first(const char *path, struct report *r)
{
	struct first f = { .r = r, .code = CLI_OK };
	struct cli_output budget = { 0 }, paths = { 0 };

	f.paths.file = report_text(r, "%s.paths", path);
	if (!f.paths.file || !cli_output_open(&budget, path) ||
	    !cli_output_open(&paths, f.paths.file)) {
		f.code = CLI_INTERNAL;
	} else {
		f.out = budget.out;
		f.code = fill(&f, path, &paths);
	}
	if (f.code == CLI_OK && (!cli_output_close(&paths) || !cli_output_close(&budget)))
		f.code = CLI_INTERNAL;
	cli_output_drop(&budget);
	cli_output_drop(&paths);
	if (f.code == CLI_OK)
		printf("%s: %zu rows. Look at it, change what you want to, and run: sysemu check %s\n",
		       path, f.paths.n, path);
	return f.code;
}
