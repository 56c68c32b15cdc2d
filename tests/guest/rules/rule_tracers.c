/* SPDX-License-Identifier: GPL-2.0-only */
/* rule_tracers.c: who may be whose tracer, and what becomes of the tracees of one that ends, by ptrace(2). */
#include "../proc/tracer.h"
#include "rule.h"

#include <sys/prctl.h>

static int attach(pid_t pid)
{
	return (int)syscall(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0);
}

/* ---- a tracer that is not the parent, and one that ends ---- */

static void waits_first(void)
{
	pid_t pid, tracer;
	int p[2], q[2];
	char c;

	CHECK(!pipe(p) && !pipe(q));
	CHILD(pid)
	{
		CHECK(read(p[0], &c, 1) == 1);
		_exit(9);
	}
	CHILD(tracer)
	{
		CHECK(!attach(pid));
		stops_with(pid, SIGSTOP);
		CHECK(write(q[1], "a", 1) == 1);
		go(PTRACE_CONT, pid, 0);
		CHECK(write(p[1], "x", 1) == 1);
		expect_exit(pid, 9);
	}
	CHECK(read(q[0], &c, 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0x900);
	expect_exit(tracer, 0);
	close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

/* how: 0 it is left stopped, 1 running, 2 it has been killed and nobody waited. */
static void ends_before(int how)
{
	pid_t pid, tracer;
	int p[2];
	char c;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		while (read(p[0], &c, 1) != 1)
			;
		_exit(9);
	}
	CHILD(tracer)
	{
		CHECK(!attach(pid));
		stops_with(pid, SIGSTOP);
		if (how == 1)
			go(PTRACE_CONT, pid, 0);
		if (how == 2)
			CHECK(!kill(pid, SIGKILL));
		if (how)
			sleep_ms(10);
	}
	expect_exit(tracer, 0);
	FAILS((int)ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
	CHECK(write(p[1], "x", 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == (how == 2 ? SIGKILL : 0x900));
	close(p[0]), close(p[1]);
}

/* ---- who may ---- */

/* ptrace(2), by a process without privilege: all six of the other's numbers are its own, and it is dumpable. */
static int may(const int ids[6], int dumpable)
{
	pid_t pid, tracer;
	int p[2];
	char c;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		alarm(20);
		CHECK(!syscall(SYS_setresgid32, ids[0], ids[1], ids[2]));
		CHECK(!syscall(SYS_setresuid32, ids[3], ids[4], ids[5]));
		CHECK(!prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) && write(p[1], "r", 1) == 1);
		pause();
	}
	CHECK(read(p[0], &c, 1) == 1);
	CHILD(tracer)
	{
		CHECK(!syscall(SYS_setresgid32, 5, 5, 5) && !syscall(SYS_setresuid32, 5, 5, 5));
		if (!attach(pid)) {
			stops_with(pid, SIGSTOP);
			_exit(7);
		}
		CHECK(errno == EPERM);
	}
	CHECK(waitpid(tracer, &status, 0) == tracer && WIFEXITED(status));
	tracer = WEXITSTATUS(status);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	close(p[0]), close(p[1]);
	return tracer == 7;
}

static void rights(void)
{
	int ids[6] = { 5, 5, 5, 5, 5, 5 };

	if (geteuid() != 0 || !may(ids, 1)) /* or something else forbids it here */
		return;
	CHECK(!may(ids, 0));
	for (int i = 0; i < 6; i++) {
		ids[i] = 6;
		CHECK(!may(ids, 1));
		ids[i] = 5;
	}
}

int main(void)
{
	pid_t pid;

	hurry();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	waits_first();
	for (int how = 0; how < 3; how++)
		ends_before(how);
	rights();
	return 0;
}
