/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insns.c: the instructions that two kernels execute on the way to one event, and which of them the
 * other has not: by function, as a budget's baseline is compared (cli/check/path.h).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/check/path.h"
#include "cli/lines.h"
#include "cli/play.h"
#include "cli/report/writers.h"
#include "compare.h"

struct following {
	sysemu_machine *m;
	size_t wanted; /* the row on the way to whose event */
	struct path_counter counter;
	struct path path;
	struct report *report;
	const struct path *before; /* the other kernel's; NULL: this is the first */
	struct cli_lines lines;
	struct report_record *record;
	bool reached, ok;
};

static void opened(void *user, sysemu_machine *m)
{
	((struct following *)user)->m = m;
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	(void)size;
	path_count(&((struct following *)user)->counter, addr);
}

static void on_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct following *f = user;

	(void)seen;
	if (row == f->wanted) {
		f->reached = true;
		f->ok = path_of(&f->path, &f->counter, f->m, f->report);
		if (f->ok && f->before)
			path_diff(f->record, f->before, &f->path, f->m, &f->lines, f->report);
	}
	path_counter_free(&f->counter);
}

static bool follow(struct following *f, const char *file, const sysemu_scenario *s,
		   const char *kernel, sysemu_entry entry)
{
	const sysemu_observer observer = {
		.user = f, .opened = opened, .on_event = on_event, .on_insn = on_insn
	};
	sysemu_played played;
	sysemu_status status;
	char *elf;
	size_t size;

	if (!cli_play_program(file, s, &elf, &size))
		return false;
	status = sysemu_scenario_observe(s, kernel, entry, elf, size, &observer, &played);
	free(elf);
	path_counter_free(&f->counter);
	if (status == SYSEMU_OK && (f->ok || !f->reached))
		return true;
	cli_say("%s: %s (%s): %s", file, s->name, kernel,
		status != SYSEMU_OK ? played.text : "out of memory");
	return false;
}

bool insns_put(const char *file, const sysemu_scenario *s, sysemu_entry entry, size_t row,
	       const char *const kernels[2])
{
	struct report report = { .command = "diff" };
	struct report_record record = { .status = REPORT_FINDING };
	struct following a = { .wanted = row, .report = &report };
	struct following b = {
		.wanted = row, .report = &report, .before = &a.path, .record = &record
	};
	bool lines = cli_lines_of_kernel(&b.lines, kernels[1]), ok;

	ok = follow(&a, file, s, kernels[0], entry) && follow(&b, file, s, kernels[1], entry);
	if (ok && (!a.reached || !b.reached)) {
		printf("    no instructions of %s: it does not come here\n",
		       kernels[a.reached ? 1 : 0]);
	} else if (ok) {
		printf("  on the way there, of %s (-) and %s (+):\n", kernels[0], kernels[1]);
		for (size_t i = 0; i < record.n_changes; i++) {
			fputs("    ", stdout);
			report_put_change(stdout, &record.changes[i]);
			putchar('\n');
		}
	}
	report_free(&report);
	if (lines)
		cli_lines_free(&b.lines);
	return ok;
}
