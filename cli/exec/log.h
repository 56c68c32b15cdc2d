/* SPDX-License-Identifier: GPL-2.0-only */
/* log.h: `exec --log`: calls, signals, stops, waits and switches of all processes, a line each. */
#ifndef CLI_EXEC_LOG_H
#define CLI_EXEC_LOG_H

#include <stdio.h>

#include "libsysemu/process.h"

struct exec_log {
	FILE *out;
	bool ndjson;
};

/* For sysemu_on_tracepoint; user: a struct exec_log. */
void exec_log_point(void *user, const sysemu_tracepoint *p);
/* The run's end. */
void exec_log_end(const struct exec_log *log, sysemu_event_kind kind, uint32_t status);

#endif
