/* SPDX-License-Identifier: GPL-2.0-only */
/* explore.h: what explore.c (the command) and report.c (what it says) share. */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/report/report.h"

struct json;

struct explore_options {
	const char *kernels, *table, *scripts, *dot, *promela, *page;
	unsigned entries; /* which word of its option: a sysemu_entry, or EXPLORE_BOTH */
	struct cli_number depth, threads, again, first, progress;
	unsigned json;
	bool merge, execute_all;
	struct cli_reports reports;
};

#define EXPLORE_BOTH 2u

/* The files that one exploration fills, open from the beginning; those not asked for are not. */
struct explore_files {
	struct cli_output table, dot, promela, page;
};

#define EXPLORE_PROPERTIES_MAX 64

/* One kernel and entry. */
struct explore_report {
	const char *kernel;
	sysemu_entry entry;
	sysemu_exploration *x;
	double seconds, cpu_seconds;
	double said, every; /* progress: when the last line was, how many seconds apart */
	size_t n;
	sysemu_property properties[EXPLORE_PROPERTIES_MAX];
	size_t broken[EXPLORE_PROPERTIES_MAX], count[EXPLORE_PROPERTIES_MAX];
	int expected[EXPLORE_PROPERTIES_MAX];
	bool differs[EXPLORE_PROPERTIES_MAX]; /* the verdict is not the expected one */
	size_t unexpected;                    /* so many do */
	size_t model_edges;                   /* that the model was asked about */
	size_t model_differences;             /* and answered otherwise */
	size_t model_first;                   /* the first of these edges */
};

/* What --threads says, or as many as there are processors. */
uint32_t explore_threads(const struct explore_options *o);
/* Fills the verdicts; CLI_FAILED if one is not as expected. */
int explore_judge(const struct explore_options *o, struct explore_report *r);
void explore_put_text(const struct explore_options *o, const struct explore_report *r);
void explore_put_json(const struct explore_report *r, struct json *j);
/* A record for each property, for the model and for the fields. */
void explore_add_records(const struct explore_report *r, struct report *report);
/* --scripts, --dot, --promela; false: said on stderr. */
bool explore_write_scripts(const struct explore_options *o, const struct explore_report *r);
bool explore_write_graphs(struct explore_files *files, const struct explore_report *r);

#endif
