/* SPDX-License-Identifier: GPL-2.0-only */
/* rule_waits.c: whom a wait is for, who hears of whom, and who is woken by it, by wait(2), clone(2), vfork(2). */
#include "../proc/tracer.h"
#include "rule.h"

#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

static char stacks[4][16384];

static int leave(void *code)
{
	_exit((int)(intptr_t)code);
}

static pid_t start(int (*what)(void *), int i, int flags, void *arg)
{
	pid_t pid = clone(what, stacks[i] + sizeof(stacks[i]), flags, arg);

	CHECK(pid > 0);
	return pid;
}

/* A clone that tells by another signal, or by none, is waited for by __WCLONE and __WALL, and by no other option. */
static void clones_alone(void)
{
	const uint32_t others = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD;

	signal(SIGUSR1, SIG_IGN);
	for (int sig = 0; sig <= SIGUSR1; sig += SIGUSR1) {
		pid_t clone_ = start(leave, 0, sig, (void *)3), child;
		siginfo_t info;

		CHECK(!waitid(P_PID, (id_t)clone_, &info, WEXITED | WNOWAIT | __WALL));
		CHECK(info.si_pid == clone_ && info.si_status == 3 && info.si_code == CLD_EXITED);
		for (unsigned bit = 0; bit < 32; bit++)
			if (others >> bit & 1) {
				FAILS((int)syscall(SYS_wait4, clone_, &status, 1u << bit | WNOHANG,
						   NULL),
				      ECHILD);
				FAILS((int)syscall(SYS_waitid, P_PID, clone_, &info,
						   1u << bit | WEXITED | WNOHANG | WNOWAIT, NULL),
				      ECHILD);
			}
		CHILD(child) _exit(4);
		CHECK(!waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
		FAILS(waitpid(child, &status, __WCLONE), ECHILD);
		CHECK(waitpid(-1, &status, __WCLONE) == clone_ && status == 0x300);
		CHECK(waitpid(child, &status, __WALL) == child && status == 0x400);
	}
}

/* ---- threads ---- */

static volatile pid_t thread, child_of_it;
static int p[2];

static void *sleeps(void *unused)
{
	char c;

	thread = (pid_t)syscall(SYS_gettid);
	CHECK(read(p[0], &c, 1) == 1);
	return unused;
}

/* A thread is nobody's to wait for, not even its process's parent's; nor is a stranger, or oneself. */
static void threads_are_not_waited_for(void)
{
	pid_t pid, tid;
	pthread_t t;
	int q[2];

	CHECK(!pipe(q));
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, sleeps, NULL));
		while (!(tid = thread))
			sched_yield();
		CHECK(write(q[1], &tid, sizeof(tid)) == sizeof(tid));
		FAILS(waitpid(tid, &status, __WALL | WNOHANG), ECHILD);
		pause();
	}
	CHECK(read(q[0], &tid, sizeof(tid)) == sizeof(tid));
	FAILS(waitpid(tid, &status, __WALL | WNOHANG), ECHILD);
	FAILS(waitpid(getpid(), &status, __WALL | WNOHANG), ECHILD);
	FAILS(waitpid(getppid(), &status, __WALL | WNOHANG), ECHILD);
	/* A stop is told when all of them have stopped, once, and ends with SIGCONT. */
	CHECK(!kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid && status == 0x137f);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(!kill(pid, SIGCONT) && waitpid(pid, &status, WCONTINUED) == pid && status == 0xffff);
	CHECK(waitpid(pid, &status, WCONTINUED | WNOHANG) == 0);
	CHECK(!kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, WUNTRACED) == pid && status == SIGKILL);
	close(q[0]), close(q[1]);
	/* P_PIDFD is younger than these kernels. */
	CHECK(syscall(SYS_waitid, 3, 1, NULL, WEXITED, NULL) == -1);
	CHECK(errno == EINVAL || getenv("REAL_MACHINE"));
}

static int leave_late(void *code)
{
	sleep_ms(20);
	_exit((int)(intptr_t)code);
}

static void *makes_child(void *unused)
{
	char c;

	child_of_it = start(leave_late, 0, SIGCHLD, (void *)6);
	CHECK(read(p[0], &c, 1) == 1);
	return unused;
}

/* Each thread waits for the children of each, and is woken by them. */
static void children_of_all_threads(void)
{
	pthread_t t;

	child_of_it = 0;
	CHECK(!pthread_create(&t, NULL, makes_child, NULL));
	while (!child_of_it)
		sched_yield();
	FAILS(waitpid(child_of_it, &status, __WNOTHREAD), ECHILD);
	CHECK(waitpid(-1, &status, 0) == child_of_it && status == 0x600);
	CHECK(write(p[1], "x", 1) == 1 && !pthread_join(t, NULL));
}

/* ---- what ends a wait, and what is told of a tracee ---- */

static void signals_end_waits(void)
{
	struct itimerval soon = { { 0, 5000 }, { 0, 5000 } }, none = { { 0, 0 }, { 0, 0 } };
	siginfo_t info;
	pid_t pid;

	CHILD(pid) pause();
	catch (SIGALRM, 0);
	for (int form = 0; form < 3; form++) {
		CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
		if (form == 0)
			FAILS((int)syscall(SYS_wait4, pid, &status, 0, NULL), EINTR);
		else if (form == 1)
			FAILS((int)syscall(SYS_waitpid, pid, &status, 0), EINTR);
		else
			FAILS(waitid(P_PID, (id_t)pid, &info, WEXITED), EINTR);
	}
	CHECK(caught_times >= 3 && !setitimer(ITIMER_REAL, &none, NULL));
	signal(SIGALRM, SIG_DFL);
	hurry();
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

/* A tracee's stop: CLD_TRAPPED, without being asked for, and once. */
static void tracees(void)
{
	siginfo_t info;
	pid_t pid;

	TRACED(pid);
	for (int i = 0; i < 2; i++) {
		memset(&info, 0x55, sizeof(info));
		CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED | (i ? 0 : WNOWAIT)));
		CHECK(info.si_signo == SIGCHLD && info.si_code == CLD_TRAPPED &&
		      info.si_pid == pid);
		CHECK(info.si_status == SIGSTOP && info.si_uid == getuid());
	}
	CHECK(waitpid(pid, &status, WNOHANG | WUNTRACED) == 0);
	go(PTRACE_SYSCALL, pid, 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && status == 0x57f);
	CHECK(waitpid(pid, &status, WNOHANG | __WALL) == 0 && waitpid(-1, &status, WNOHANG) == 0);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 0);
}

/* ---- groups ---- */

static void groups(void)
{
	pid_t a, b, c;
	siginfo_t info;

	CHILD(a) _exit(1);
	CHILD(b) _exit(2);
	CHILD(c) _exit(3);
	CHECK(!waitid(P_PID, (id_t)b, &info,
		      WEXITED | WNOWAIT)); /* they wait, and still have a group */
	CHECK(!waitid(P_PID, (id_t)c, &info, WEXITED | WNOWAIT));
	CHECK(!waitid(P_PID, (id_t)a, &info, WEXITED | WNOWAIT));
	FAILS(waitpid(-c, &status, WNOHANG), ECHILD);
	FAILS((int)syscall(SYS_waitid, P_PGID, c, &info, WEXITED | WNOHANG, NULL), ECHILD);
	CHECK(waitpid(b, &status, 0) == b && status == 0x200);
	CHECK(waitpid(0, &status, 0) > 0 && waitpid(-getpgrp(), &status, 0) > 0);
	FAILS(waitpid(0, &status, 0), ECHILD);
	CHILD(a)
	{
		CHECK(!setpgid(0, 0));
		pause();
	}
	CHILD(b)
	{
		CHECK(!setpgid(0, a) || errno == EPERM);
		pause();
	}
	CHECK(!setpgid(a, a) && !setpgid(b, a));
	CHECK(waitpid(-a, &status, WNOHANG) == 0);
	FAILS(waitpid(0, &status, WNOHANG), ECHILD);
	CHECK(!kill(-a, SIGTERM));
	CHECK(!waitid(P_PGID, (id_t)a, &info, WEXITED) && info.si_code == CLD_KILLED);
	CHECK(info.si_status == SIGTERM && (info.si_pid == a || info.si_pid == b));
	CHECK(waitpid(-a, &status, 0) > 0 && status == SIGTERM);
	FAILS(waitpid(-a, &status, 0), ECHILD);
}

/* ---- vfork ---- */

static volatile int gone[4];

static int vfork_child(void *i)
{
	sleep_ms(10 * (int)(intptr_t)i);
	gone[(intptr_t)i] = 1;
	_exit(0);
}

static void *vforks(void *i)
{
	pid_t pid = start(vfork_child, (int)(intptr_t)i, CLONE_VM | CLONE_VFORK | SIGCHLD, i);

	CHECK(gone[(intptr_t)i]);
	expect_exit(pid, 0);
	return NULL;
}

/* Several wait for a vfork's end: each for that of its own, whoever else ends meanwhile. */
static void vforks_wait_for_their_own(void)
{
	pthread_t t[4];
	pid_t pid;

	for (intptr_t i = 3; i > 0; i--)
		CHECK(!pthread_create(&t[i], NULL, vforks, (void *)i));
	CHILD(pid) sleep_ms(5);
	expect_exit(pid, 0);
	for (int i = 1; i < 4; i++)
		CHECK(!pthread_join(t[i], NULL));
}

int main(void)
{
	pid_t pid;

	hurry();
	CHECK(!pipe(p));
	clones_alone();
	threads_are_not_waited_for();
	children_of_all_threads();
	groups();
	vforks_wait_for_their_own();
	signals_end_waits();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!status) /* else it is not allowed here */
		tracees();
	return 0;
}
