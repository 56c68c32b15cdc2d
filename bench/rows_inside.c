/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows_inside.c: one static program (inside.c), run outside and inside, on the guest's kernel: a tracer with SYSEMU,
 * fork and wait, a byte through two pipes and back, switches of tasks. Outside the figure is the CPU time of
 * all its processes, pinned to one CPU, less that of a run with no rounds; inside it is the machine's.
 */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <libsysemu/process.h>
#include <libsysemu/schedule.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const ways[] = { "trips", "forks", "pipes", "yields", "race" };
enum { TRIPS, FORKS, PIPES, YIELDS, RACE, SMALL_RACE, MANY };

static const char *way_of(const struct bench *b)
{
	return ways[b->row->what];
}

/* ---- outside ---- */

static double children_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static void run_here(const char *program, const char *way, const char *rounds)
{
	int cpu = sched_getcpu(), null = open("/dev/null", O_WRONLY);
	cpu_set_t set;

	CPU_ZERO(&set);
	if (cpu >= 0) {
		CPU_SET((unsigned)cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	dup2(null, 1);
	execl(program, program, way, rounds, NULL);
	_exit(127);
}

/* -1: it does not run here. */
static double time_outside(const char *way, unsigned n)
{
	const char *program = program_here(BENCH_INSIDE, BENCH_INSIDE_64);
	double start = children_seconds();
	char rounds[16];
	int status;
	pid_t pid;

	snprintf(rounds, sizeof(rounds), "%u", n);
	pid = fork();
	if (pid == 0)
		run_here(program, way, rounds);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		return -1;
	return children_seconds() - start;
}

static const char *open_outside(struct bench *b)
{
	return time_outside(way_of(b), 1) < 0 ? "that program does not run on this kernel" : NULL;
}

static double rounds_outside(struct bench *b, unsigned n)
{
	return time_outside(way_of(b), n) - time_outside(way_of(b), 0);
}

/* ---- inside ---- */

static double marks[2];
static unsigned marked;

static int32_t mark(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	if (marked < 2)
		marks[marked++] = thread_seconds();
	return (int32_t)size;
}

static long resident[2];

static int32_t mark_memory(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	if (marked < 2)
		resident[marked++] = resident_pages(false);
	return (int32_t)size;
}

static int32_t no_input(void *user, int fd, void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf, (void)size;
	return 0;
}

static sysemu_machine *open_program(const struct row *row, char *argv[])
{
	const sysemu_host host = { .read = no_input,
				   .write = row->what == MANY ? mark_memory : mark,
				   .root = "/" };
	const sysemu_config config = { .kernel = row->kernel,
				       .entry = row->entry,
				       .start = SYSEMU_START_UNTRACED };
	char *envp[] = { NULL };
	sysemu_machine *m = NULL;

	OK(NULL, sysemu_open_processes(&config, &m));
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, argv[0], argv, envp));
	return m;
}

static double rounds_inside(struct bench *b, unsigned n)
{
	char rounds[16];
	char *argv[] = { BENCH_INSIDE, (char *)ways[b->row->what], rounds, "500", NULL };
	sysemu_machine *m;

	snprintf(rounds, sizeof(rounds), "%u", n);
	m = open_program(b->row, argv);
	marked = 0;
	run_to(m, SYSEMU_EVENT_EXIT);
	sysemu_close(m);
	return marks[1] - marks[0];
}

/* n schedules, each from the program's start. */
static double random_schedules(struct bench *b, unsigned n)
{
	const sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS };
	char *small[] = { BENCH_RACE, NULL }, *libc[] = { BENCH_INSIDE, "race", "0", NULL };
	sysemu_machine *m = open_program(b->row, b->row->what == RACE ? libc : small);
	sysemu_schedules *s = NULL;
	double start = thread_seconds();

	OK(m, sysemu_random_schedules(m, &config, 1, n, 0, &s));
	start = thread_seconds() - start;
	sysemu_schedules_free(s);
	sysemu_close(m);
	return start;
}

/* Of 40 processes; the kernel's pages, which all have, are not counted again. */
static double kib_per_process(const struct row *row)
{
	char *argv[] = { BENCH_MANY, NULL };
	sysemu_machine *m = open_program(row, argv);

	marked = 0;
	run_to(m, SYSEMU_EVENT_EXIT);
	sysemu_close(m);
	return kib_between(resident[0], resident[1]) / 40;
}

static double process_memory(struct bench *b, unsigned n)
{
	(void)n;
	return measure_apart(kib_per_process, b->row);
}

#define OUTSIDE(row_name, row_what, row_batch, row_per, row_about)                         \
	{                                                                                  \
		.name = row_name, .about = row_about, .unit = "us", .group = GROUP_INSIDE, \
		.batch = row_batch, .scale = US, .per = row_per, .open = open_outside,     \
		.timed = rounds_outside, .what = row_what                                  \
	}
#define INSIDE(row_name, row_what, row_batch, row_per, row_function, row_about)            \
	{                                                                                  \
		.name = row_name, .about = row_about, .unit = "us", .group = GROUP_INSIDE, \
		.batch = row_batch, .scale = US, .per = row_per, .timed = row_function,    \
		.kernel = "2.6.14", .entry = SYSEMU_ENTRY_INT80, .what = row_what          \
	}

const struct row inside_rows[] = {
	OUTSIDE("outside/trip", TRIPS, 4000, 1, "outside: SYSEMU, waitpid, GETREGS, POKEUSR"),
	INSIDE("inside/trip", TRIPS, 1000, 1, rounds_inside, "the same inside, by a tracer inside"),
	OUTSIDE("outside/fork", FORKS, 400, 1, "outside: fork, exit, wait"),
	INSIDE("inside/fork", FORKS, 100, 1, rounds_inside, "the same inside"),
	OUTSIDE("outside/pipe", PIPES, 4000, 1, "outside: a byte to another process and back"),
	INSIDE("inside/pipe", PIPES, 1000, 1, rounds_inside, "the same inside"),
	INSIDE("inside/switch", YIELDS, 2000, 2, rounds_inside,
	       "a switch of tasks inside, its sched_yield and all"),
	INSIDE("inside/schedule", SMALL_RACE, 1000, 1, random_schedules,
	       "a random schedule of a small test of two processes, from its start to its end"),
	INSIDE("inside/libc", RACE, 200, 1, random_schedules,
	       "the same of a program of three processes, with its C library's start"),
	{ .name = "inside/memory",
	  .about = "resident memory of a small process inside, the mean of 40",
	  .unit = "KiB",
	  .group = GROUP_INSIDE,
	  .batch = 1,
	  .timed = process_memory,
	  .kernel = "2.6.14",
	  .entry = SYSEMU_ENTRY_INT80,
	  .what = MANY },
	{ .name = NULL },
};
