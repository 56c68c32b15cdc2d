/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h: `exec --log`: calls, signals, stops, waits and switches of all processes, a line each; and behind each what
 * it has changed in tasks, flags among it: what is set and cleared again between two lines is not seen.
 */
#ifndef CLI_EXEC_LOG_H
#define CLI_EXEC_LOG_H

#include <stdio.h>

#include "cli/exec/strings.h"
#include "cli/terminal/terminal.h"
#include "libsysemu/process.h"

#define EXEC_TASKS_MOST 64 /* no kernel has more */

struct exec_log {
	FILE *out;
	bool ndjson;
	unsigned color;
	struct terminal t;
	sysemu_machine *m;
	sysemu_process_task known[EXEC_TASKS_MOST]; /* as it was said last */
	size_t n;
};

/* False: said on stderr. */
bool exec_log_begin(struct exec_log *log, sysemu_machine *m);
/* A line without its time and number, for those who have read it as an object. */
void exec_put_point(FILE *out, const sysemu_tracepoint *p, const struct exec_strings *s);
void exec_put_task(FILE *out, const sysemu_process_task *t);
/* The run's end. */
void exec_log_end(const struct exec_log *log, sysemu_event_kind kind, uint32_t status);
void exec_log_free(struct exec_log *log);

#endif
