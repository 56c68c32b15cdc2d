/* SPDX-License-Identifier: GPL-2.0-only */
/* explore.h: what explore.c (the command) and explore_report.c (what it says) share. */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "cli.h"

struct json;

struct explore_entries {
	bool both;
	sysemu_entry entry;
};

struct explore_options {
	const char *kernels, *table, *scripts, *dot, *promela;
	struct explore_entries entries;
	uint64_t depth, threads, again, first;
	bool merge, json;
};

#define EXPLORE_PROPERTIES_MAX 64

/* One kernel and entry. */
struct explore_report {
	const char *kernel;
	sysemu_entry entry;
	sysemu_exploration *x;
	double seconds, cpu_seconds;
	size_t n;
	sysemu_property properties[EXPLORE_PROPERTIES_MAX];
	size_t broken[EXPLORE_PROPERTIES_MAX], count[EXPLORE_PROPERTIES_MAX];
	int expected[EXPLORE_PROPERTIES_MAX];
	size_t unexpected;        /* verdicts */
	size_t model_edges;       /* that the model was asked about */
	size_t model_differences; /* and answered otherwise */
	size_t model_first;       /* the first of these edges */
};

/* Fills the verdicts; CLI_FAILED if one is not as expected. */
int explore_judge(const struct explore_options *o, struct explore_report *r);
void explore_put_text(const struct explore_options *o, const struct explore_report *r);
void explore_put_json(const struct explore_report *r, struct json *j);
/* --scripts, --dot, --promela */
bool explore_write_graphs(const struct explore_options *o, const struct explore_report *r);
bool explore_write_file(const char *path, const void *bytes, size_t size);

#endif
