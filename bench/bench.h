/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h: what a row is. A row is a named thing that can be done n times; rows of one
 * group run in turns (A B C A B C ...), so that a ratio compares neighbours in time.
 *
 * rows_*.c hold the rows, measure.c the turns, report.c the output, baseline.c the counts
 * that must not change by themselves. All of it uses the public header only, and rows_gdb.c
 * the command.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "libsysemu/sysemu.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct row;

/* A row while it is open. What of it is used is the row's own affair. */
struct bench {
	const struct row *row;
	sysemu_machine *m;
	sysemu_snapshot *snapshot;
	pid_t child;
	void *more;
	const char *skipped;
};

struct row {
	const char *name, *about, *unit;
	int group;
	unsigned batch; /* how often in a turn */
	double scale;   /* from seconds of one time to `unit`; 0: it measures something else */
	unsigned per;   /* how many of what the name says are in one time; the result is per one */
	bool counted;   /* its instructions are in the baseline */
	const char *(*open)(struct bench *b); /* NULL, or why this row cannot be measured here */
	void (*close)(struct bench *b);
	/* One of these. The second one measures by itself, and gives seconds in all (or, if
	 * scale is 0, the result). */
	void (*run)(struct bench *b, unsigned n);
	double (*timed)(struct bench *b, unsigned n);
	/* for the row's functions */
	const char *kernel;
	sysemu_entry entry;
	const char *timing;
	int what;
};

/* Memory first, before the process has freed anything. */
enum {
	GROUP_MEMORY,
	GROUP_MACHINE,
	GROUP_TRIP,
	GROUP_CALL,
	GROUP_LOOP,
	GROUP_STATE,
	GROUP_GDB,
	GROUP_THREAD,
	GROUP_INSIDE,
	GROUPS
};

#define US 1e6
#define NS 1e9

/* Each rows_*.c has a table, ended by a row without a name. */
extern const struct row memory_rows[], machine_rows[], native_rows[], trip_rows[], loop_rows[],
	state_rows[], gdb_rows[], thread_rows[], kernel_rows[], inside_rows[];
/* All rows, in order; NULL beyond the last. */
const struct row *row_at(size_t index);

/* A row's figures, over all turns. */
struct result {
	const struct row *row;
	const char *skipped; /* why there are none */
	size_t turns;
	double *each; /* one for each turn, in the row's unit */
	double min, median;
};

/* What is promised of one row, or of the ratio of two. */
struct target {
	const char *name, *above, *below; /* below NULL: the figure itself */
	enum { AT_LEAST, AT_MOST, NO_TARGET } kind;
	double limit;      /* 0: none */
	const char *bound; /* what it costs is made of */
};
extern const struct target targets[]; /* the last has no name */

/* measure.c */
double thread_seconds(void); /* CPU time of this thread */
double median_of(const double *values, size_t n);
void measure_group(struct result *results, size_t n, size_t turns);
void open_row(struct bench *b);    /* sets b->skipped, or warms it up */
double take_turn(struct bench *b); /* the figure, in the row's unit */

/* rows_state.c: resident memory, measured in a process of its own */
/* -1: unknown. Pages of files, shared ones among them, are resident in each mapping of them. */
long resident_pages(bool shared_too);
double kib_between(long before, long after);
double measure_apart(double (*measure)(const struct row *row), const struct row *row);

/*
 * here.c: a native row's program is the i386 one, or, where the host's kernel runs none, the same source built for
 * x86-64 ("": there is none). Then a call enters by syscall, and registers are 64 bits wide.
 */
const char *program_here(const char *i386, const char *x86_64);
const char *programs_here(void); /* which of them, for the reports */

/* report.c */
struct verdict {
	double ratio, of_minima;
	bool known, met;
};
struct verdict judge(const struct target *t, const struct result *results, size_t n);
void report_text(const struct result *results, size_t n, size_t turns);
void report_json(const struct result *results, size_t n, size_t turns);

/* baseline.c: an exit code. */
int baseline_check(const char *path);
int baseline_write(const char *path);

/* main.c */
bool selected(const struct row *row); /* by the command line */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* machines.c: machines and programs that several rows use; all die on a failure. */
#define OK(m, call) ok((m), (call), #call)
void ok(const sysemu_machine *m, sysemu_status status, const char *what);
sysemu_machine *open_machine(const struct row *row, sysemu_start start, sysemu_counting counting,
			     const void *code, size_t size);
void run_to(sysemu_machine *m, sysemu_event_kind kind);
void close_machine(struct bench *b);
enum program { GETPID_FOREVER, GETPID_LOOP, ALU_LOOP, STORE_LOOP, PROGRAMS };
#define LOOPS 1000 /* rounds of the loops; then they stop at a breakpoint, and begin again */
const void *program_code(enum program program, sysemu_entry entry, size_t *size);
/* An untraced machine at the start of a loop, with the breakpoint behind it. */
sysemu_machine *open_loop(const struct row *row, enum program program, sysemu_counting counting);

#endif
