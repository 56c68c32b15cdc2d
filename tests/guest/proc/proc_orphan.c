/* SPDX-License-Identifier: GPL-2.0-only */
/* Orphans: they end, are killed and stop, and nobody else takes it for an end of his own. */
#include "proc.h"

#include <sched.h>
#include <sys/ptrace.h>

/* A child of a child that has ended, which pauses; *alive: a pipe that ends when it does. */
static pid_t orphan(int *alive)
{
	int fds[2];
	pid_t child, pid;

	CHECK(!pipe(fds));
	CHILD(child)
	{
		pid_t parent = getpid();

		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			while (getppid() == parent)
				sched_yield();
			pid = getpid();
			CHECK(write(fds[1], &pid, sizeof(pid)) == sizeof(pid));
			for (;;)
				pause();
		}
	}
	expect_exit(child, 0);
	CHECK(read(fds[0], &pid, sizeof(pid)) == sizeof(pid));
	close(fds[1]);
	*alive = fds[0];
	return pid;
}

static void ended(int alive)
{
	char byte;

	CHECK(read(alive, &byte, 1) == 0);
	CHECK(!close(alive));
}

int main(void)
{
	int alive, status;
	pid_t pid;

	hurry();
	for (int i = 0; i < 100; i++) { /* more than there are slots for tasks */
		pid = orphan(&alive);
		if (i % 3 == 1) {
			CHECK(!kill(pid, SIGSTOP));
			sched_yield();
		}
		CHECK(!kill(pid, i % 2 ? SIGKILL : SIGTERM));
		if (i % 3 == 1)
			CHECK(!kill(pid, SIGCONT) || errno == ESRCH);
		ended(alive);
	}
	FAILS(wait(NULL), ECHILD);

	/* A tracee whose parent has ended is its tracer's to wait for. */
	pid = orphan(&alive);
	CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	ended(alive);
	FAILS(wait(NULL), ECHILD);
	return 0;
}
