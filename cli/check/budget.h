/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget.h: a budget file: rows of what is measured, and the limits of what may come of it.
 * The format: docs/budgets.md. Read next: budget.c, limit.c.
 */
#ifndef CLI_CHECK_BUDGET_H
#define CLI_CHECK_BUDGET_H

#include "cli/machine/syscall.h"
#include "cli/report/report.h"

#define BUDGET_TEXT_MAX   (4u << 20)
#define BUDGET_ROWS_MAX   4096
#define BUDGET_LIMITS_MAX 64 /* of a row: more than there are metrics */

/* ---- what a row measures ---- */

struct budget_what {
	struct cli_syscall call;
	/* One of both, and then of `call` the machine alone: */
	const char *play, *scenario; /* a scenario is played */
	struct cli_number explore;   /* so deep everything is explored, if it is given */
};

/* The words KEY=VALUE of a row: the options of `sysemu count` and a few more. */
extern const struct cli_option budget_keys[];

/* A file of scenarios that rows name, read once. */
struct budget_scenarios {
	struct budget_scenarios *next;
	const char *path;
	sysemu_scenarios *all;
};

/* ---- what may come of it ---- */

/* Of calls and scenarios; of explorations. */
enum budget_unit { BUDGET_INSNS, BUDGET_CLOCKS, BUDGET_STOPS, BUDGET_STATES, BUDGET_TRANSITIONS };
#define BUDGET_UNITS (BUDGET_TRANSITIONS + 1)

#define BUDGET_ALL SYSEMU_REGIONS /* insns: all regions but user; else all there is */

struct budget_metric {
	enum budget_unit unit;
	unsigned region; /* or BUDGET_ALL */
};

#define BUDGET_PERCENT 100 /* hundredths of a per cent in one */

struct budget_limit {
	struct budget_metric metric;
	bool has_exact, has_max, has_base, base_known;
	uint64_t exact, max, base;
	uint32_t soft, gain;      /* hundredths of a per cent */
	size_t base_at, base_end; /* of the base's number in the text, for --update */
};

struct budget_row {
	const char *name;
	uint32_t line, column;
	struct budget_what what;
	const sysemu_scenario *s; /* of what.play */
	const sysemu_verdict *verdict;
	size_t n_limits;
	struct budget_limit *limits;
};

struct budget {
	const char *path;
	char *text; /* as it was read */
	size_t size;
	size_t n;
	struct budget_row *rows;
	struct budget_scenarios *scenarios;
};

/* Texts belong to the memory of `r`. CLI_OK, CLI_USAGE or CLI_INTERNAL, said on stderr. The
 * text is copied. budget_free in any case. */
int budget_parse(struct budget *b, const char *path, const char *text, size_t size,
		 struct report *r);
int budget_read(struct budget *b, const char *path, struct report *r);
void budget_free(struct budget *b);

/* ---- limit.c ---- */

const char *budget_metric_text(const struct budget_metric *m, char *buf, size_t size);
bool budget_metric_of(const char *text, struct budget_metric *out);
/* The record's form of a limit; what keeps it is said in docs/budgets.md. */
struct report_limit budget_judge(const struct budget_limit *limit, uint64_t seen, struct report *r);
/* Is it the base alone that is broken, or missing? */
bool budget_needs_base(const struct budget_limit *limit, uint64_t seen);
/* A limit whose base --update has moved. */
struct report_limit budget_updated(const struct report_limit *limit);

#endif
