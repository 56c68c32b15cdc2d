/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path.h: which instructions of the kernel were executed, and how often: of a run, and of the
 * baseline, which is kept beside a budget in the file NAME.paths. Texts are free of addresses,
 * so that what only moved is the same. Implemented by path.c (a run's), path_file.c, path_diff.c.
 */
#ifndef CLI_CHECK_PATH_H
#define CLI_CHECK_PATH_H

#include "cli/report/report.h"

struct path_insn {
	uint32_t addr; /* 0: of a baseline */
	uint64_t times;
	const char *function, *text;
};

/* In the order of addresses. */
struct path {
	size_t n;
	struct path_insn *insns;
	uint64_t insns_by_region[SYSEMU_REGIONS], clocks_by_region[SYSEMU_REGIONS];
};

/* ---- path.c: while a machine runs ---- */

struct path_counter {
	size_t n, room; /* a table by address; room is a power of two */
	struct path_count {
		uint32_t addr;
		uint64_t times;
	} * list;
	bool failed; /* out of memory */
};

void path_count(struct path_counter *c, uint32_t addr);
/* What was counted, with names and texts in the memory of `r`. False: out of memory. */
bool path_of(struct path *path, struct path_counter *c, sysemu_machine *m, struct report *r);
void path_counter_free(struct path_counter *c);

/* ---- path_file.c ---- */

struct path_row {
	const char *name;
	struct path path;
};

struct paths {
	const char *file; /* "entry.budget.paths" */
	size_t n;
	struct path_row *rows;
	bool missing; /* there is no such file */
};

/* Of the budget file `budget`; one that is not there is empty. CLI_OK, CLI_USAGE, CLI_INTERNAL,
 * said on stderr. */
int paths_read(struct paths *p, const char *budget, struct report *r);
const struct path *paths_find(const struct paths *p, const char *name);
/* The path of row `name`; its place is taken in the file. False: out of memory. */
bool paths_set(struct paths *p, const char *name, const struct path *path, struct report *r);
/* Writes those rows that `keep` wants, in their order. */
void paths_write(FILE *out, const struct paths *p, bool (*keep)(void *user, const char *name),
		 void *user);

/* ---- path_diff.c ---- */

struct cli_lines;

/* Regions, functions and instructions that differ, into the record. `m` has the kernel that ran. */
void path_diff(struct report_record *record, const struct path *before, const struct path *after,
	       sysemu_machine *m, const struct cli_lines *lines, struct report *r);

#endif
