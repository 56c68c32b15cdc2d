/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_heirs.c: what goes on when a process or a thread of it has ended: its children, its timers, its terminal, its
 * tracees, by exit(3), exit_group(2), wait(2), credentials(7), setsid(2), ptrace(2).
 */
#include "../proc/tracer.h"
#include "rule.h"

#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

static int p[2];

static void report(char what)
{
	CHECK(write(p[1], &what, 1) == 1);
}

static void expect_report(char what)
{
	char c;

	CHECK(read(p[0], &c, 1) == 1 && c == what);
}

static void when_the_parent_has_gone(pid_t parent)
{
	while (getppid() == parent)
		sched_yield();
}

/* ---- children ---- */

/* The first is stopped, in a group that is an orphan now, and hears of it; all others have another parent, too. */
static void several_children(void)
{
	pid_t pid, session;

	CHILD(session)
	{
		CHECK(setsid() == getpid());
		CHILD(pid)
		{
			pid_t me = getpid(), child;

			CHECK(!setpgid(0, 0));
			catch (SIGHUP, 0); /* each of the group has it */
			for (int i = 0; i < 4; i++)
				CHILD(child)
				{
					if (i == 0)
						raise(SIGSTOP);
					when_the_parent_has_gone(me);
					while (!caught)
						sched_yield();
					CHECK(getppid() > 0 && !kill(getppid(), 0));
					report('c');
				}
			CHECK(waitpid(-1, &status, WUNTRACED) > 0 && WIFSTOPPED(status));
		}
		expect_exit(pid, 0);
		for (int i = 0; i < 4; i++)
			expect_report('c');
	}
	expect_exit(session, 0);
}

static void *has_child(void *first)
{
	pid_t child;

	sleep_ms(5); /* the first thread has ended */
	CHILD(child)
	{
		when_the_parent_has_gone((pid_t)(intptr_t)first);
		CHECK(getppid() != (pid_t)(intptr_t)first);
		report('o');
	}
	syscall(SYS_exit, 0);
	return NULL;
}

/* A first thread that has ended before is nobody's parent. */
static void not_the_dead_ones(void)
{
	pthread_t t;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, has_child, (void *)(intptr_t)getpid()));
		syscall(SYS_exit, 0);
	}
	expect_exit(pid, 0);
	expect_report('o');
}

/* ---- timers ---- */

static void *leave_soon(void *unused)
{
	sleep_ms(5);
	return unused;
}

/* They are the process's: a thread's end is none of theirs. */
static void timers_stay(void)
{
	struct itimerval t = { { 0, 0 }, { 0, 30000 } };
	pthread_t thread;

	catch (SIGALRM, 0);
	CHECK(!setitimer(ITIMER_REAL, &t, NULL));
	CHECK(!pthread_create(&thread, NULL, leave_soon, NULL) && !pthread_join(thread, NULL));
	CHECK(!getitimer(ITIMER_REAL, &t) && (t.it_value.tv_usec > 0 || caught));
	while (!caught)
		pause();
	signal(SIGALRM, SIG_DFL);
	hurry();
}

/* ---- terminals ---- */

/* The end of a session's first process: SIGHUP for the group in the foreground. */
static void hang_up(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char *name, c;
	pid_t pid, other;

	CHECK(master >= 0 && !grantpt(master) && !unlockpt(master) && (name = ptsname(master)));
	CHILD(pid)
	{
		int slave;

		CHECK(setsid() == getpid() && (slave = open(name, O_RDWR)) >= 0);
		CHECK(tcgetpgrp(slave) == getpgrp());
		CHILD(other)
		{
			catch (SIGHUP, 0);
			report('r');
			while (!caught)
				poll(NULL, 0, 1);
			report('h');
		}
		expect_report('r');
		_exit(3);
	}
	expect_exit(pid, 3);
	expect_report('h');
	CHECK(!nonblocking(master) && read(master, &c, 1) <= 0);
	close(master);
}

/* ---- tracees ---- */

static volatile pid_t heard[4];
static volatile int times_heard;

static void hear(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	heard[times_heard++ % 4] = info->si_pid;
}

/* One that has died, and its tracer has ended without asking: then its parent is told. */
static void told_at_the_tracers_end(void)
{
	struct sigaction a = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART };
	pid_t pid, tracer;

	CHECK(!sigaction(SIGCHLD, &a, NULL));
	CHILD(pid) pause();
	CHILD(tracer)
	{
		CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
		stops_with(pid, SIGSTOP);
		times_heard = 0;
		CHECK(!kill(pid, SIGKILL));
		while (!times_heard)
			poll(NULL, 0, 1);
		CHECK(heard[0] == pid);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
	CHECK(times_heard >= 1 && heard[0] == pid);
	expect_exit(tracer, 0);
	signal(SIGCHLD, SIG_DFL);
}

/* One whose parent does not wait for children is gone when its tracer has heard. */
static void nobody_waits(void)
{
	pid_t pid, tracer;

	signal(SIGCHLD, SIG_IGN);
	CHILD(pid) pause();
	CHILD(tracer)
	{
		signal(SIGCHLD, SIG_DFL);
		CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
		stops_with(pid, SIGSTOP);
		CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
		report('t');
	}
	expect_report('t');
	for (int i = 0; i < 1000 && !kill(pid, 0); i++)
		poll(NULL, 0, 1);
	FAILS(kill(pid, 0), ESRCH);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	while (waitpid(-1, &status, 0) > 0)
		;
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	pid_t pid;

	hurry();
	CHECK(!pipe(p));
	several_children();
	not_the_dead_ones();
	timers_stay();
	hang_up();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	told_at_the_tracers_end();
	nobody_waits();
	return 0;
}
