/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_kill.c: signals that end a process, by kill(2), kill(1) and signal(7). With an argument: exits with 0 if
 * SIGKILL ends a stopped process for which another signal waits, and with 3 if it is only seen when the process
 * goes on, as before 2.6.14.
 */
#include "proc.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int status;

/* One that sleeps: a C library's fork has all signals blocked for a while, so the child says when that is over. */
static pid_t sleeper(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = start_child();
	if (pid == 0) {
		CHECK(!prctl(PR_SET_PDEATHSIG,
			     SIGKILL)); /* stopped, it would outlive a check that fails */
		CHECK(write(ready[1], "", 1) == 1);
		for (;;)
			pause();
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(!close(ready[0]) && !close(ready[1]));
	sleep_ms(1);
	return pid;
}

static void ended_by(pid_t pid, int sig)
{
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

/* It is decided when it is sent: no stop comes before it, and nothing is taken for the cause that came later. */
static void the_first_fatal_one_is_the_end(void)
{
	pid_t pid = sleeper();

	CHECK(!kill(pid, SIGTERM));
	CHECK(!syscall(SYS_tkill, pid, SIGSTOP));
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

	pid = sleeper();
	CHECK(!kill(pid, SIGTERM) && !kill(pid, SIGCONT) && !kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	/* A real machine may have given it something to look at, and then it is not decided yet. */
	CHECK(WTERMSIG(status) == SIGTERM ||
	      (getenv("REAL_MACHINE") && WTERMSIG(status) == SIGKILL));
}

/* A tracee that is shown a signal takes SIGKILL in its place, whichever it is. */
static void a_signal_that_is_shown_is_taken_back(int shown)
{
	pid_t pid = start_child();

	if (pid == 0) {
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(shown);
		for (;;)
			pause();
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == shown);
	CHECK(!kill(pid, SIGKILL));
	ended_by(pid, SIGKILL);
}

/* What a thread waits for by sigtimedwait is not fatal, though its action is the default one. */
static void who_waits_for_it_lives(void)
{
	sigset_t s;
	pid_t pid;

	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	CHECK(!sigprocmask(SIG_BLOCK, &s, NULL));
	CHILD(pid)
	{
		siginfo_t info;

		CHECK(sigwaitinfo(&s, &info) == SIGTERM && info.si_pid == getppid());
	}
	sleep_ms(1);
	CHECK(!kill(pid, SIGTERM));
	expect_exit(pid, 0);
	CHECK(!sigprocmask(SIG_UNBLOCK, &s, NULL));
}

/* Process 1 is root's, and does not die. */
static void init_is_another_users(void)
{
	struct stat s;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(geteuid() || !setuid(12345));
		if (stat("/proc/1", &s) || s.st_uid != geteuid()) {
			FAILS(kill(1, 0), EPERM);
			FAILS((int)syscall(SYS_tkill, 1, 0), EPERM);
			FAILS((int)syscall(SYS_tgkill, 1, 1, 0), EPERM);
		}
	}
	expect_exit(pid, 0);
}

static int kill_when_another_waits(void)
{
	int late = 0;
	pid_t pid = sleeper();

	CHECK(!kill(pid, SIGSTOP) && !kill(pid, SIGPROF)); /* of the higher number: it waits */
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	if (WIFSTOPPED(status)) {
		CHECK(!kill(pid, SIGKILL));
		sleep_ms(20);
		late = waitpid(pid, &status, WNOHANG) == 0;
		if (late) {
			CHECK(!kill(pid, SIGCONT));
			ended_by(pid, SIGKILL);
		}
	}
	return late ? 3 : 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	hurry();
	for (int tries = 5; argc > 1 && tries > 0;
	     tries--) /* a tick between its two signals, and it is not so */
		if (kill_when_another_waits())
			return 3;
	if (argc > 1)
		return 0;
	the_first_fatal_one_is_the_end();
	a_signal_that_is_shown_is_taken_back(SIGSTOP);
	a_signal_that_is_shown_is_taken_back(SIGTERM);
	who_waits_for_it_lives();
	init_is_another_users();
	return 0;
}
