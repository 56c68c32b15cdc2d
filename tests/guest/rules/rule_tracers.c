/* SPDX-License-Identifier: GPL-2.0-only */
/* rule_tracers.c: who may be whose tracer, and what becomes of the tracees of one that ends, by ptrace(2). */
#include "../proc/tracer.h"
#include "rule.h"

#include <pthread.h>
#include <sched.h>
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

/* Left in a stop of its group it stays there, until SIGCONT. */
static void left_in_a_stop(void)
{
	pid_t pid, tracer;
	int p[2];
	char c;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		alarm(20);
		while (read(p[0], &c, 1) != 1)
			;
		_exit(9);
	}
	CHILD(tracer)
	{
		CHECK(!attach(pid));
		stops_with(pid, SIGSTOP);
		go(PTRACE_CONT, pid, 0);
		CHECK(!kill(pid, SIGSTOP));
		stops_with(pid, SIGSTOP);
		go(PTRACE_CONT, pid, SIGSTOP);
		stops_with(pid, SIGSTOP);
		peek(PTRACE_PEEKUSER, pid, 0);
	}
	expect_exit(tracer, 0);
	CHECK(write(p[1], "x", 1) == 1);
	sleep_ms(20);
	CHECK(waitpid(pid, &status, WNOHANG) == 0 && !kill(pid, SIGCONT));
	expect_exit(pid, 9);
	close(p[0]), close(p[1]);
}

/* ---- threads ---- */

static void *end_thread(void *unused)
{
	syscall(SYS_exit, 3);
	return unused;
}

/* A thread of a tracee is a tracee, and its tracer hears of its end, by __WALL. */
static void threads(void)
{
	unsigned long thread = 0;
	pid_t pid;

	TRACED(pid)
	{
		pthread_t t;

		CHECK(!pthread_create(&t, NULL, end_thread, NULL) && !pthread_join(t, NULL));
		_exit(7);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE));
	go(PTRACE_CONT, pid, 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8));
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &thread));
	CHECK(waitpid((pid_t)thread, &status, __WALL) == (pid_t)thread && WIFSTOPPED(status));
	go(PTRACE_CONT, (pid_t)thread, 0);
	CHECK(waitpid((pid_t)thread, &status, __WALL) == (pid_t)thread && status == 0x300);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

static int born;

static void *make_child(void *unused)
{
	born = start_child();
	if (!born) {
		sleep_ms(20);
		_exit(getppid() == *(pid_t *)unused ? 5 : 6);
	}
	return unused;
}

/* A child of a thread that ends is another thread's. */
static void heirs(void)
{
	pid_t me = getpid();
	pthread_t t;

	CHECK(!pthread_create(&t, NULL, make_child, &me) && !pthread_join(t, NULL));
	expect_exit(born, 5);
}

/* ---- another program ---- */

static int wait_for_word(void *from)
{
	char c;

	CHECK(read(*(int *)from, &c, 1) == 1);
	_exit(4);
}

/* A clone that would tell its end by SIGUSR1 tells it by SIGCHLD, if its parent has executed since. */
static void clone_of_another(const char *self)
{
	static char stack[16384], word[16], number[16];
	pid_t pid;
	int p[2];

	CHILD(pid)
	{
		CHECK(!pipe(p));
		snprintf(number, sizeof(number), "%d",
			 clone(wait_for_word, stack + sizeof(stack), SIGUSR1, &p[0]));
		snprintf(word, sizeof(word), "%d", p[1]);
		execl(self, self, number, word, (char *)NULL);
	}
	expect_exit(pid, 40);
}

static int again(pid_t child, int fd)
{
	catch (SIGUSR1, 0);
	catch (SIGCHLD, SA_RESTART);
	FAILS(waitpid(child, &status, WNOHANG), ECHILD);
	CHECK(write(fd, "x", 1) == 1);
	CHECK(waitpid(child, &status, __WALL) == child);
	CHECK(status == 0x400 && caught == SIGCHLD && caught_times == 1);
	return 40;
}

int main(int argc, char **argv)
{
	pid_t pid;

	hurry();
	if (argc > 2)
		return again(atoi(argv[1]), atoi(argv[2]));
	heirs();
	clone_of_another(argv[0]);
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	threads();
	waits_first();
	for (int how = 0; how < 3; how++)
		ends_before(how);
	left_in_a_stop();
	rights();
	return 0;
}
