/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows_kernel.c: a whole kernel of somebody's, the vmlinux that SYSEMU_BENCH_VMLINUX names: brought in by the
 * command, opened, and its trips beside our own kernel's, by instruction of kernel.
 */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWN, WHOLE };

static char image[64];

static void remove_image(void)
{
	unlink(image);
}

/* The CPU time of a command, to its end. */
static double command(const char *vmlinux)
{
	struct rusage usage;
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		if (freopen("/dev/null", "w", stdout))
			execl(BENCH_COMMAND, "sysemu", "kernel", "import", vmlinux, "-o", image,
			      (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
		die("%s kernel import %s: no image", BENCH_COMMAND, vmlinux);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	       ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) / 1e6;
}

static const char *open_image(struct bench *b)
{
	const char *vmlinux = getenv("SYSEMU_BENCH_VMLINUX");

	(void)b;
	if (!vmlinux)
		return "SYSEMU_BENCH_VMLINUX names no kernel";
	if (!*image) {
		snprintf(image, sizeof(image), "/tmp/bench-%d.elf", (int)getpid());
		atexit(remove_image);
		command(vmlinux);
	}
	return NULL;
}

static void close_nothing(struct bench *b)
{
	(void)b;
}

static double import(struct bench *b, unsigned n)
{
	double sum = 0;

	(void)b;
	for (unsigned i = 0; i < n; i++)
		sum += command(getenv("SYSEMU_BENCH_VMLINUX"));
	return sum;
}

/* A kernel stays open, so each time it is another process that opens it. */
static double open_kernel(struct bench *b, unsigned n)
{
	double sum = 0, one;

	(void)b;
	for (unsigned i = 0; i < n; i++) {
		int ends[2], status;
		pid_t child;

		if (pipe(ends) != 0)
			die("no pipe");
		fflush(NULL);
		child = fork();
		if (child == 0) {
			const char *name;
			double start = thread_seconds();

			if (sysemu_kernel_open(image, &name) != SYSEMU_OK)
				_exit(1);
			one = thread_seconds() - start;
			_exit(write(ends[1], &one, sizeof(one)) != sizeof(one));
		}
		close(ends[1]);
		if (child < 0 || read(ends[0], &one, sizeof(one)) != sizeof(one) ||
		    waitpid(child, &status, 0) != child || status != 0)
			die("%s is not opened", image);
		close(ends[0]);
		sum += one;
	}
	return sum;
}

static const char *open_trips(struct bench *b)
{
	struct row row = *b->row;
	const char *why = b->row->what == WHOLE ? open_image(b) : NULL;
	size_t size;
	const void *code = program_code(GETPID_FOREVER, b->row->entry, &size);

	if (why)
		return why;
	if (b->row->what == WHOLE)
		OK(NULL, sysemu_kernel_open(image, &row.kernel));
	b->m = open_machine(&row, SYSEMU_START_TRACED, SYSEMU_COUNT_BLOCKS, code, size);
	run_to(b->m, SYSEMU_EVENT_STOP);
	return NULL;
}

/* Nanoseconds by instruction of kernel, the tracer's request with them. */
static double trips(struct bench *b, unsigned n)
{
	sysemu_counts before, after;
	double start = thread_seconds(), spent;
	int32_t result;

	OK(b->m, sysemu_get_counts(b->m, &before));
	for (unsigned i = 0; i < n; i++) {
		OK(b->m, sysemu_ptrace(b->m, SYSEMU_PTRACE_SYSEMU, 0, 0, &result));
		run_to(b->m, SYSEMU_EVENT_STOP);
	}
	spent = thread_seconds() - start;
	OK(b->m, sysemu_get_counts(b->m, &after));
	return spent * NS / (double)(sysemu_kernel_insns(&after) - sysemu_kernel_insns(&before));
}

#define TRIPS(row_name, row_entry, kind)                                                        \
	{                                                                                       \
		.name = "kernel/trip/" row_name, .about = "SYSEMU, run, by kernel instruction", \
		.unit = "ns", .group = GROUP_TRIP, .batch = 100, .per = 1, .open = open_trips,  \
		.close = close_machine, .timed = trips, .entry = SYSEMU_ENTRY_##row_entry,      \
		.what = kind                                                                    \
	}

const struct row kernel_rows[] = { { .name = "kernel/import",
				     .about = "sysemu kernel import, with its DWARF and its trial",
				     .unit = "ms",
				     .group = GROUP_MACHINE,
				     .batch = 1,
				     .scale = 1e3,
				     .per = 1,
				     .open = open_image,
				     .close = close_nothing,
				     .timed = import },
				   { .name = "kernel/open",
				     .about = "sysemu_kernel_open of what it made, with its trial",
				     .unit = "ms",
				     .group = GROUP_MACHINE,
				     .batch = 1,
				     .scale = 1e3,
				     .per = 1,
				     .open = open_image,
				     .close = close_nothing,
				     .timed = open_kernel },
				   TRIPS("own/int80", INT80, OWN),
				   TRIPS("own/sysenter", SYSENTER, OWN),
				   TRIPS("whole/int80", INT80, WHOLE),
				   TRIPS("whole/sysenter", SYSENTER, WHOLE),
				   { .name = NULL } };
