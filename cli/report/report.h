/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h: what a command found, as records of one kind, for machines and people. Commands
 * that judge (check, play, explore, inject) add records; a writer for each format makes a file
 * of them (writers.h). docs/reports.md tells the fields, docs/report.schema.json their form.
 *
 *	static const struct cli_option options[] = { ..., CLI_REPORT_OPTION(struct o, reports), ... };
 *	cli_reports_open -> report_add ... -> cli_reports_write (or cli_reports_drop)
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"
#include "cli/output.h"

/* ---- records ---- */

enum report_status {
	REPORT_PASS,    /* as it should be */
	REPORT_FINDING, /* something to know of, that nobody said should be otherwise */
	REPORT_BROKEN,  /* a budget is broken */
	REPORT_FAIL,    /* a stop, a verdict or a property differs */
	REPORT_ERROR,   /* it could not be found out */
};

/* In a source, as its tools count: from 1, 0 is unknown. `file` NULL: nowhere. */
struct report_place {
	const char *file;
	uint32_t line, column;
};

/* A limit of a budget, and how what was seen keeps it. */
struct report_limit {
	const char *metric; /* "insns.entry" */
	const char *limit;  /* "exact 37" */
	uint64_t base, seen;
	bool has_base, broken;
	const char *why; /* it is broken; or what became of it */
};

/* How what ran differs from what the baseline has. */
enum report_change_kind {
	REPORT_REGION,   /* instructions or clocks in a region, before and after */
	REPORT_FUNCTION, /* instructions in a function */
	REPORT_CAME,     /* an instruction that the baseline has not */
	REPORT_WENT,     /* one that is no longer executed */
	REPORT_TIMES,    /* one that is executed another number of times */
};

struct report_change {
	enum report_change_kind kind;
	const char *unit; /* "insns" or "clocks" */
	const char *name; /* of the region or function */
	const char *text; /* of the instruction */
	uint64_t before, after;
	struct report_place place; /* of the instruction; of one that went, where it was missed */
};

/* All strings belong to the report, or live longer. */
struct report_record {
	const char *suite; /* what it is one of: a file, a kernel and entry */
	const char *name;  /* unique in its suite */
	const char *check; /* "budget", "verdict", "property", "model", "window" */
	const char *kernel, *entry;
	enum report_status status;
	struct report_place place; /* what was checked, in the file that asks for it */
	const char *message;       /* one line; NULL where there is nothing to say */
	const char *detail;        /* more lines; or NULL */
	struct report_limit *limits;
	size_t n_limits;
	struct report_change *changes;
	size_t n_changes;
};

struct report {
	const char *command;
	size_t n, room;
	struct report_record *records;
	void *memory; /* a list of what is to be freed */
	bool failed;  /* out of memory: something is missing */
};

/* A record to fill, zeroed; NULL: out of memory. It moves when the next is added. */
struct report_record *report_add(struct report *r);
/* Memory and texts of the report; NULL: out of memory. */
void *report_alloc(struct report *r, size_t size);
const char *report_text(struct report *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void report_free(struct report *r);

/* FNV-1a of texts, each with its end: from REPORT_HASH on, or from what came before. */
#define REPORT_HASH UINT64_C(0xcbf29ce484222325)
uint64_t report_hash(uint64_t h, const char *text);

size_t report_count(const struct report *r, enum report_status status);
const char *report_status_name(enum report_status status);
const char *report_change_name(enum report_change_kind kind);
/* Neither PASS nor FINDING. */
bool report_is_bad(const struct report_record *record);

/* ---- --report KIND[=FILE] ---- */

#define CLI_REPORTS_MAX 8

struct cli_reports {
	size_t n;
	struct {
		unsigned kind;
		const char *path; /* "-": standard output */
		struct cli_output output;
	} list[CLI_REPORTS_MAX];
};

extern const struct cli_type cli_report;

#define CLI_REPORT_OPTION(type, member)                                                           \
	{                                                                                         \
		"report", "KIND[=FILE]", &cli_report, offsetof(type, member),                     \
			.help = "write a report: text, json, junit, tap, ktap, github or gitlab", \
			.repeats = true                                                           \
	}

/* Opens all files, before the work; under GitHub Actions (GITHUB_ACTIONS=true) annotations are
 * added to standard output where they disturb nobody. CLI_OK, or said on stderr. */
int cli_reports_open(const struct cli_command *command, struct cli_reports *reports);
/* Does one of them take standard output, so that the command says nothing there itself? */
bool cli_reports_take_stdout(const struct cli_reports *reports);
/* Is one of them this file, which is open, too? */
bool cli_reports_use(const struct cli_reports *reports, const struct cli_output *output);
/* Writes all; CLI_OK or CLI_INTERNAL, said on stderr. */
int cli_reports_write(struct cli_reports *reports, const struct report *r);
void cli_reports_drop(struct cli_reports *reports);

#endif
