/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_jobctl.c [old]: group stops of traced tasks. From 3.1 on they are stops like a tracer's others; `old`: up to
 * 2.6.38 SIGCONT ends one of its own accord, a tracer that leaves ends it, and who is in another stop has no part in it.
 */
#include "../proc/tracer.h"

#include <pthread.h>

#include <signal.h>

static int old;

static int tell_siginfo(pid_t pid)
{
	siginfo_t info;

	return (int)ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
}

/* A child in its group stop, of which its tracer has asked nothing yet. */
static void in_its_group_stop(pid_t pid)
{
	stops_with(pid, SIGSTOP);
	CHECK(tell_siginfo(pid) == 0);
	go(PTRACE_CONT, pid, SIGSTOP);
	stops_with(pid, SIGSTOP);
}

static void sigcont_comes(void)
{
	pid_t pid;

	TRACED(pid)
	{
		_exit(3);
	}
	in_its_group_stop(pid);
	CHECK(!kill(pid, SIGCONT));
	if (old) {
		stops_with(pid, SIGCONT); /* nobody has asked it to */
	} else {
		CHECK(waitpid(pid, &status, WNOHANG) == 0);
		FAILS(tell_siginfo(pid), EINVAL);
		go(PTRACE_CONT, pid, 0);
		stops_with(pid, SIGCONT);
	}
	CHECK(tell_siginfo(pid) == 0);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 3);
}

/* Its tracer goes; it stays, and its parent is told. */
static void detach_comes(void)
{
	pid_t pid;

	TRACED(pid)
	{
		_exit(3);
	}
	in_its_group_stop(pid);
	go(PTRACE_DETACH, pid, 0);
	if (!old) {
		CHECK(waitpid(pid, &status, WUNTRACED) == pid && status == (SIGSTOP << 8 | 0x7f));
		CHECK(!kill(pid, SIGCONT));
	}
	expect_exit(pid, 3);
}

/* Detached from another stop behind it: the group has not been continued. */
static void detach_comes_later(void)
{
	pid_t pid;

	TRACED(pid)
	{
		getppid();
		_exit(3);
	}
	in_its_group_stop(pid);
	go(PTRACE_SYSCALL, pid, 0);
	stops_with(pid, SIGTRAP);
	go(PTRACE_DETACH, pid, 0);
	if (!old) {
		CHECK(waitpid(pid, &status, WUNTRACED) == pid && status == (SIGSTOP << 8 | 0x7f));
		CHECK(!kill(pid, SIGCONT));
	}
	expect_exit(pid, 3);
}

/* A tracer comes to one that is stopped: it hears of the group stop, and then of its own SIGSTOP. */
static void attach_comes(void)
{
	pid_t pid;

	CHILD(pid)
	{
		raise(SIGSTOP);
		_exit(3);
	}
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && status == (SIGSTOP << 8 | 0x7f));
	CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
	if (old) {
		CHECK(!kill(pid, SIGCONT));
	} else {
		stops_with(pid, SIGSTOP);
		FAILS(tell_siginfo(pid), EINVAL);
		go(PTRACE_CONT, pid, 0);
		stops_with(pid, SIGSTOP);
		CHECK(tell_siginfo(pid) == 0);
		CHECK(!kill(pid, SIGCONT));
		go(PTRACE_CONT, pid, 0);
	}
	do {
		CHECK(waitpid(pid, &status, 0) == pid);
		if (WIFSTOPPED(status))
			go(PTRACE_CONT, pid, 0);
	} while (WIFSTOPPED(status));
	CHECK(status == 3 << 8);
}

/* ---- two threads: one is in a stop of its tracer when the other stops all ---- */

static int go_on[2];

static void *waits(void *unused)
{
	char c;

	(void)unused;
	CHECK(read(go_on[0], &c, 1) == 1);
	return NULL;
}

static void other_thread_stands(void)
{
	pid_t pid, thread;
	pthread_t other;

	CHECK(!pipe(go_on));
	TRACED(pid)
	{
		CHECK(!pthread_create(&other, NULL, waits, NULL));
		pause();
		_exit(3);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE));
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP | PTRACE_EVENT_CLONE << 8);
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &thread));
	CHECK(waitpid(thread, &status, __WALL) == thread && status == (SIGSTOP << 8 | 0x7f));
	/* The thread stands before its first instruction; its leader stops all. */
	CHECK(!syscall(SYS_tgkill, pid, pid, SIGSTOP));
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, SIGSTOP);
	stops_with(pid, SIGSTOP);
	FAILS(tell_siginfo(pid), EINVAL);
	go(PTRACE_CONT, thread, 0);
	if (!old) {
		CHECK(waitpid(thread, &status, __WALL) == thread &&
		      status == (SIGSTOP << 8 | 0x7f));
		FAILS(tell_siginfo(thread), EINVAL);
		go(PTRACE_CONT, thread, 0);
	}
	CHECK(waitpid(thread, &status, __WALL | WNOHANG) == 0);
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(thread, &status, __WALL) == thread && status == SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
	close(go_on[0]), close(go_on[1]);
}

int main(int argc, char **argv)
{
	old = argc > 1 && !strcmp(argv[1], "old");
	sigcont_comes();
	detach_comes();
	detach_comes_later();
	attach_comes();
	other_thread_stands();
	return 0;
}
