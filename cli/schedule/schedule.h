/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.h: `sysemu exec --schedule`: which schedules (spec.c), what they came to as text (report.c), and
 * as a file that `replay:` and `sysemu schedules` read (file.c).
 */
#ifndef CLI_SCHEDULE_H
#define CLI_SCHEDULE_H

#include "cli/cli.h"
#include "libsysemu/schedule.h"

/* ---- spec.c ---- */

struct schedule_spec {
	enum {
		SCHEDULE_NONE,
		SCHEDULE_FIFO,
		SCHEDULE_RANDOM,
		SCHEDULE_PCT,
		SCHEDULE_ALL,
		SCHEDULE_REPLAY
	} kind;
	uint64_t seed;
	unsigned depth, preemptions;
	const char *file;
	uint64_t which; /* of its outcomes, from 1 */
};
extern const struct cli_type cli_schedule; /* struct schedule_spec */

struct shard {
	uint64_t part, of; /* 0, 0: all */
};
extern const struct cli_type cli_shard; /* struct shard */

/* ---- file.c ---- */

/* What was run, and what it came to. */
struct schedule_file {
	char kernel[64], how[64];
	unsigned entry;        /* a sysemu_entry */
	sysemu_digest program; /* of the machine, before its first instruction */
	struct shard shard;
	sysemu_schedules *found;
};

/* False: said on stderr. */
bool schedule_write(const char *path, const struct schedule_file *f);
/* False: said on stderr with the line. */
bool schedule_read(const char *path, struct schedule_file *f);

/* ---- report.c ---- */

void schedule_print(FILE *out, const struct schedule_file *f);
/* "exit 1, output 0000000000000000: 3; 1 preemption" */
void schedule_put_outcome(FILE *out, const sysemu_outcome *o);
/* All came to exit status 0, and to nothing else. */
bool schedule_is_good(const struct schedule_file *f);

#endif
