/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows_state.c: save, restore and digest of a machine with 16 MiB of user memory in use,
 * after one emulated call; and what a machine costs to open, to close and to keep.
 */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG_AT    0x10000000u
#define BIG_PAGES 4096u
#define PAGE      4096u

enum { SAVE, RESTORE, RESTORE_SAME, DIGEST, DIGEST_SAME };

static sysemu_machine *open_traced(const struct row *row)
{
	size_t size;
	const void *code = program_code(GETPID_FOREVER, row->entry, &size);
	sysemu_machine *m = open_machine(row, SYSEMU_START_TRACED, SYSEMU_COUNT_BLOCKS, code, size);

	run_to(m, SYSEMU_EVENT_STOP);
	return m;
}

static void emulate_call(sysemu_machine *m)
{
	sysemu_regs regs;

	OK(m, sysemu_ptrace(m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
	run_to(m, SYSEMU_EVENT_STOP);
	OK(m, sysemu_get_regs(m, &regs));
	OK(m, sysemu_set_reg(m, 6, 42));
}

/* ---- state ---- */

static const char *open_big(struct bench *b)
{
	uint32_t words[PAGE / 4];
	sysemu_machine *m = b->m = open_traced(b->row);

	OK(m, sysemu_map(m, BIG_AT, BIG_PAGES, 3));
	for (uint32_t page = 0; page < BIG_PAGES; page++) {
		for (uint32_t i = 0; i < PAGE / 4; i++)
			words[i] = page * 0x9e3779b9u + i;
		OK(m, sysemu_write(m, BIG_AT + page * PAGE, words, PAGE));
	}
	emulate_call(m);
	OK(m, sysemu_save(m, &b->snapshot));
	return NULL;
}

static void save_once(sysemu_machine *m, double *seconds)
{
	sysemu_snapshot *s;
	double start = thread_seconds();

	OK(m, sysemu_save(m, &s));
	*seconds += thread_seconds() - start;
	sysemu_snapshot_free(s);
}

static double time_state(struct bench *b, unsigned n)
{
	int what = b->row->what;
	double seconds = 0;

	for (unsigned i = 0; i < n; i++) {
		sysemu_digest digest;
		double start;

		if (what != RESTORE_SAME && what != DIGEST_SAME)
			emulate_call(b->m);
		start = thread_seconds();
		if (what == RESTORE || what == RESTORE_SAME)
			OK(b->m, sysemu_restore(b->m, b->snapshot));
		else if (what != SAVE)
			OK(b->m, sysemu_get_digest(b->m, &digest));
		if (what != SAVE)
			seconds += thread_seconds() - start;
		else
			save_once(b->m, &seconds);
		if (what == DIGEST || what == SAVE)
			OK(b->m, sysemu_restore(b->m, b->snapshot));
	}
	return seconds;
}

#define STATE(row_name, row_what, row_about)                                                       \
	{                                                                                          \
		.name = "state/" row_name, .about = row_about, .unit = "us", .group = GROUP_STATE, \
		.batch = 10, .scale = US, .per = 1, .open = open_big, .close = close_machine,      \
		.timed = time_state, .what = row_what                                              \
	}

const struct row state_rows[] = {
	STATE("save", SAVE, "save after an emulated call, 16 MiB of user memory in use"),
	STATE("restore", RESTORE, "restore after an emulated call"),
	STATE("restore/unchanged", RESTORE_SAME, "restore again"),
	STATE("digest", DIGEST, "digest after an emulated call"),
	STATE("digest/unchanged", DIGEST_SAME, "digest again"),
	{ .name = NULL },
};

/* ---- machines ---- */

enum { OPEN, START, CLOSE };

static double time_machine(struct bench *b, unsigned n)
{
	double seconds = 0;

	for (unsigned i = 0; i < n; i++) {
		sysemu_machine *m = NULL;
		double start = thread_seconds();

		if (b->row->what == OPEN)
			OK(NULL, sysemu_open(NULL, &m));
		else
			m = open_traced(b->row);
		if (b->row->what == CLOSE)
			start = thread_seconds();
		else
			seconds += thread_seconds() - start;
		sysemu_close(m);
		if (b->row->what == CLOSE)
			seconds += thread_seconds() - start;
	}
	return seconds;
}

#define MACHINE(row_name, row_what, row_about)                                                    \
	{                                                                                         \
		.name = "machine/" row_name, .about = row_about, .unit = "us",                    \
		.group = GROUP_MACHINE, .batch = 1, .scale = US, .per = 1, .timed = time_machine, \
		.what = row_what                                                                  \
	}

const struct row machine_rows[] = {
	MACHINE("open", OPEN, "sysemu_open"),
	MACHINE("start", START, "sysemu_open, load_code, run to the first stop"),
	MACHINE("close", CLOSE, "sysemu_close after that"),
	{ .name = NULL },
};

/* ---- memory ---- */

#define MACHINES 20

long resident_pages(bool shared_too)
{
	long all, resident = -1, shared = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld %ld", &all, &resident, &shared) != 3)
		resident = -1;
	if (f)
		fclose(f);
	return resident < 0 || shared_too ? resident : resident - shared;
}

/* In a process of its own. The first machine pays for what all share. */
static double kib_per_machine(const struct row *row)
{
	long before, after;

	open_traced(row);
	before = resident_pages(true);
	for (int i = 0; i < MACHINES; i++)
		open_traced(row);
	after = resident_pages(true);
	return kib_between(before, after) / MACHINES;
}

double kib_between(long before, long after)
{
	if (before < 0 || after < 0)
		die("/proc/self/statm says nothing");
	return (double)(after - before) * (double)sysconf(_SC_PAGESIZE) / 1024;
}

double measure_apart(double (*measure)(const struct row *row), const struct row *row)
{
	double kib = 0;
	int ends[2], status;
	pid_t pid;

	fflush(stdout); /* what is in its buffer is not the child's to print */
	if (pipe(ends) || (pid = fork()) < 0)
		die("no process to measure memory in");
	if (pid == 0) {
		kib = measure(row);
		_exit(write(ends[1], &kib, sizeof(kib)) != sizeof(kib));
	}
	close(ends[1]); /* else a child that dies leaves us reading for ever */
	if (read(ends[0], &kib, sizeof(kib)) != sizeof(kib) || waitpid(pid, &status, 0) != pid)
		die("the process that measures memory failed");
	close(ends[0]);
	return kib;
}

static double memory(struct bench *b, unsigned n)
{
	(void)n;
	return measure_apart(kib_per_machine, b->row);
}

const struct row memory_rows[] = {
	{ .name = "machine/memory",
	  .about = "resident memory, one of 20 at their first stop",
	  .unit = "KiB",
	  .group = GROUP_MEMORY,
	  .batch = 1,
	  .timed = memory },
	{ .name = NULL },
};
