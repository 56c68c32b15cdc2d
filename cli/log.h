/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h: what `run --log` prints: one line a stop, and the sums at the end.
 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

#include "machine/clocks.h"

struct run_log {
	FILE *out; /* NULL: no log, and every call below does nothing */
	bool ndjson;
	const char *request; /* that led to the next stop; NULL: none yet */
	sysemu_counts last;  /* at the latest line */
	uint64_t lines;
	size_t arguments, variables;            /* the program was given so many */
	const char *timing;                     /* NULL: no clocks */
	sysemu_clocks base_clocks, last_clocks; /* at the first and the latest line */
	struct cli_odd_forms base_odd;
};

/* What stands in the place of the end, if a signal ends the command. */
#define LOG_INTERRUPTED        "end   interrupted\n"
#define LOG_INTERRUPTED_NDJSON "{\"event\":\"interrupted\",\"schema\":1}\n"

/* `text`: what the stop was about, "write(4) = 13" or "SIGSEGV". */
void log_stop(struct run_log *log, sysemu_machine *m, const sysemu_event *e, const char *text);
/* The end: how it ended, the calls since `base` per entry, and the machine's digest. */
void log_end(struct run_log *log, sysemu_machine *m, const sysemu_event *e,
	     const sysemu_counts *base, const char *text);
/* Text of a call for log_stop: its name and number, and the result if there is one. */
const char *log_call_text(int32_t nr, const int32_t *result, char *buf, size_t size);

#endif
