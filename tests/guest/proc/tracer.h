/* SPDX-License-Identifier: GPL-2.0-only */
/* tracer.h: for programs that are tracers. */
#ifndef TESTS_GUEST_PROC_TRACER_H
#define TESTS_GUEST_PROC_TRACER_H

#include "proc.h"

#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/reg.h>
#include <sys/syscall.h>
#include <sys/user.h>

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif
#define ORIG_EAX_AT (4 * ORIG_EAX)
#define EAX_AT      (4 * EAX)

static int status __attribute__((unused));

static inline long peek(int request, pid_t pid, long addr)
{
	long value;

	errno = 0;
	value = ptrace(request, pid, addr, 0);
	CHECK(!errno);
	return value;
}

static inline void stops_with(pid_t pid, int sig)
{
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSTOPPED(status) && status >> 8 == sig);
}

static inline void go(int request, pid_t pid, long data)
{
	CHECK(!ptrace(request, pid, 0, data));
}

/* A child that is traced and has stopped itself. */
#define TRACED(pid) for (pid = start_traced(); pid == 0; _exit(0))

static inline pid_t start_traced(void)
{
	pid_t pid = start_child();

	if (pid == 0) {
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
	}
	return pid;
}

#endif
