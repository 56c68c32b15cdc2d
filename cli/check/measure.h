/* SPDX-License-Identifier: GPL-2.0-only */
/* measure.h: a row of a budget, run. Implemented by measure.c. */
#ifndef CLI_CHECK_MEASURE_H
#define CLI_CHECK_MEASURE_H

#include "budget.h"
#include "path.h"

struct measured {
	/* CLI_OK; CLI_FAILED: a stop differs, `why` says how; CLI_INTERNAL: it could not be run */
	int code;
	const char *why;
	struct report_place place; /* of what differs; no file: the row */
	uint64_t insns[SYSEMU_REGIONS], clocks[SYSEMU_REGIONS];
	uint64_t all_clocks, stops;
	uint64_t states, transitions;  /* of an exploration, which has no path */
	struct path path;              /* if it was asked for */
	sysemu_machine *m;             /* then open, with that kernel; measure_end ends it */
	struct cli_syscall_kept *kept; /* where it goes; NULL: it is closed */
};

/* `kept` may have the machine of the row before. */
void measure(const struct budget_row *row, bool with_path, struct cli_syscall_kept *kept,
	     struct report *r, struct measured *out);
void measure_end(struct measured *out);
/* What a limit is about. */
uint64_t measured_value(const struct measured *out, const struct budget_metric *metric);

#endif
