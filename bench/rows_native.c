/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows_native.c: the same round trips by the host's own ptrace, on a child (here.c) that is
 * pinned to this thread's CPU. The figure is the CPU time of both, so that what other
 * processes do meanwhile does not count; wall time, where the CPU is ours, is the same.
 */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESUME, POKE_EAX, SET_ALL };

#ifdef __x86_64__
#define NATIVE_SYSEMU 31 /* PTRACE_SYSEMU, which libc's header may lack */
#define EAX_OFFSET    offsetof(struct user_regs_struct, rax)

static cpu_set_t before; /* where this process may run, if it is not pinned */
static unsigned pinned;  /* by so many open rows */

static bool pin(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (pinned++)
		return true;
	CPU_ZERO(&set);
	if (cpu < 0 || sched_getaffinity(0, sizeof(before), &before))
		return false;
	CPU_SET((unsigned)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static void unpin(void)
{
	if (--pinned == 0)
		sched_setaffinity(0, sizeof(before), &before);
}

static pid_t start_child(void)
{
	const char *program = program_here(BENCH_CHILD, BENCH_CHILD_64);
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
			execl(program, program, NULL);
		_exit(127);
	}
	return pid;
}

static bool stopped(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
}

static const char *open_native(struct bench *b)
{
	if (!pin())
		return "cannot pin to one CPU";
	b->child = start_child();
	if (b->child < 0)
		return "no child process";
	if (!stopped(b->child)) {
		b->child = 0;
		return "no native ptrace here";
	}
	ptrace(PTRACE_SETOPTIONS, b->child, 0, PTRACE_O_EXITKILL);
	if (ptrace(NATIVE_SYSEMU, b->child, 0, 0) == 0 && stopped(b->child))
		return NULL;
	kill(b->child, SIGKILL);
	waitpid(b->child, NULL, 0);
	b->child = 0;
	return "the host's ptrace knows no SYSEMU";
}

static void close_native(struct bench *b)
{
	unpin();
	if (b->child <= 0)
		return;
	kill(b->child, SIGKILL);
	waitpid(b->child, NULL, 0);
}

static void native_trip(pid_t pid, int what)
{
	struct user_regs_struct regs;

	if (ptrace(NATIVE_SYSEMU, pid, 0, 0) || !stopped(pid))
		die("native SYSEMU: %s", strerror(errno));
	if (what == RESUME)
		return;
	if (ptrace(PTRACE_GETREGS, pid, 0, &regs))
		die("native GETREGS: %s", strerror(errno));
	regs.rax = 42;
	if (what == POKE_EAX ? ptrace(PTRACE_POKEUSER, pid, EAX_OFFSET, 42) :
			       ptrace(PTRACE_SETREGS, pid, 0, &regs))
		die("native registers: %s", strerror(errno));
}

static double both_seconds(clockid_t child)
{
	struct timespec own, its;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
	clock_gettime(child, &its);
	return (double)(own.tv_sec + its.tv_sec) + (double)(own.tv_nsec + its.tv_nsec) * 1e-9;
}

static double time_native(struct bench *b, unsigned n)
{
	clockid_t clock;
	double start;

	if (clock_getcpuclockid(b->child, &clock))
		die("the child has no clock");
	start = both_seconds(clock);
	for (unsigned i = 0; i < n; i++)
		native_trip(b->child, b->row->what);
	return both_seconds(clock) - start;
}
#else
static const char *open_native(struct bench *b)
{
	(void)b;
	return "the native rows are for x86-64 hosts";
}

static void close_native(struct bench *b)
{
	(void)b;
}

static double time_native(struct bench *b, unsigned n)
{
	(void)b;
	(void)n;
	return 0;
}
#endif

#define NATIVE(row_name, row_what, row_about)                                                    \
	{                                                                                        \
		.name = row_name, .about = row_about, .unit = "us", .group = GROUP_TRIP,         \
		.batch = 100, .scale = US, .per = 1, .open = open_native, .close = close_native, \
		.timed = time_native, .what = row_what                                           \
	}

const struct row native_rows[] = {
	NATIVE("native/sysemu", RESUME, "host's ptrace: SYSEMU, wait"),
	NATIVE("native/sysemu-regs", POKE_EAX, "host's ptrace: SYSEMU, wait, GETREGS, POKEUSR eax"),
	NATIVE("native/sysemu-setregs", SET_ALL, "host's ptrace: SYSEMU, wait, GETREGS, SETREGS"),
	{ .name = NULL },
};
