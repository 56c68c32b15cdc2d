/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_forks.c: what a child has of its parent and what it has not, by fork(2), clone(2), set_tid_address(2), prctl(2),
 * sigaltstack(2), signal(7).
 */
#include "rule.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#ifndef CLONE_STOPPED
#define CLONE_STOPPED 0x02000000
#endif

enum { CHILDREN = 70 };

static char stack[16384];
static volatile int word;

static pid_t clone_plain(int flags)
{
	pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);

	CHECK(pid >= 0);
	return pid;
}

/* ---- registers ---- */

/* A fork in the midst of a function: what is in each register behind it, eax first, and the flags. */
static void fork_with_registers(uint32_t out[8])
{
	__asm__ volatile("pushl %%ebx\n"
			 "pushl %%ebp\n"
			 "pushl %0\n"
			 "movl %1, %%eax\n"
			 "movl $0x11111111, %%ebx\n"
			 "movl $0x22222222, %%ecx\n"
			 "movl $0x33333333, %%edx\n"
			 "movl $0x44444444, %%esi\n"
			 "movl $0x55555555, %%edi\n"
			 "movl $0x66666666, %%ebp\n"
			 "pushl $0xad5\n" /* CF PF AF ZF SF IF(always) OF */
			 "popfl\n"
			 "int $0x80\n"
			 "pushfl\n"
			 "pushl %%eax\n"
			 "movl 8(%%esp), %%eax\n" /* out */
			 "movl %%ebx, 4(%%eax)\n"
			 "movl %%ecx, 8(%%eax)\n"
			 "movl %%edx, 12(%%eax)\n"
			 "movl %%esi, 16(%%eax)\n"
			 "movl %%edi, 20(%%eax)\n"
			 "movl %%ebp, 24(%%eax)\n"
			 "popl (%%eax)\n"
			 "popl 28(%%eax)\n"
			 "popl %0\n"
			 "popl %%ebp\n"
			 "popl %%ebx"
			 :
			 : "S"(out), "i"(SYS_fork)
			 : "eax", "ecx", "edx", "edi", "memory", "cc");
}

static void registers(void)
{
	uint32_t out[8], me = (uint32_t)getpid();

	fork_with_registers(out);
	for (uint32_t i = 1; i < 7; i++)
		CHECK(out[i] == i * 0x11111111);
	CHECK((out[7] & 0xcd5) == 0x8d5);
	if (!out[0])
		_exit(getppid() == (int)me ? 3 : 4);
	CHECK((int)out[0] > 0);
	expect_exit((pid_t)out[0], 3);
}

/* ---- words ---- */

/* The words of the parent's own clone are none of its child's. */
static void settid(void)
{
	pid_t pid, child;

	word = 0;
	pid = (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0, &word);
	CHECK(pid >= 0);
	if (!pid) {
		const int me = word;

		CHECK(me == (int)syscall(SYS_getpid));
		child = clone_plain(SIGCHLD);
		if (!child)
			_exit(word == me ? 5 : 6);
		CHECK(child != me);
		expect_exit(child, 5);
		_exit(0);
	}
	CHECK(word == 0);
	expect_exit(pid, 0);
}

static int leave(void *code)
{
	_exit((int)(intptr_t)code);
}

static void cleartid(void)
{
	pid_t pid, child;

	CHILD(pid)
	{
		word = 9;
		CHECK((int)syscall(SYS_set_tid_address, &word) == getpid());
		child = clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD, (void *)7);
		expect_exit(child, 7);
		CHECK(word == 9);
	}
	expect_exit(pid, 0);
}

/* ---- what is asked of the parent alone ---- */

static void own_things(void)
{
	struct sigaction a;
	sigset_t s, old;
	pid_t pid;
	int sig = 0;

	CHECK(!prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0));
	CHILD(pid) CHECK(!prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0) && sig == 0);
	expect_exit(pid, 0);
	CHECK(!prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
	/* Handlers with all that belongs to them, the mask, the name, the number of the group. */
	sigemptyset(&s), sigaddset(&s, SIGUSR2), sigaddset(&s, SIGRTMIN + 7);
	a = (struct sigaction){ .sa_handler = catch_it,
				.sa_flags = SA_RESTART | SA_NODEFER,
				.sa_mask = s };
	for (sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		CHECK(!sigaction(sig, &a, NULL));
	CHECK(!sigprocmask(SIG_BLOCK, &s, &old) && !prctl(PR_SET_NAME, "a name of 15 by", 0, 0, 0));
	CHILD(pid)
	{
		char name[17] = { 0 };
		struct sigaction b;
		sigset_t now;

		for (sig = SIGRTMIN; sig <= SIGRTMAX; sig++) {
			CHECK(!sigaction(sig, NULL, &b) && b.sa_handler == catch_it);
			CHECK((b.sa_flags & (SA_RESTART | SA_NODEFER)) ==
			      (SA_RESTART | SA_NODEFER));
			CHECK(sigismember(&b.sa_mask, SIGUSR2) &&
			      sigismember(&b.sa_mask, SIGRTMIN + 7));
			CHECK(!sigismember(&b.sa_mask, SIGUSR1));
		}
		CHECK(!sigprocmask(SIG_BLOCK, NULL, &now) && sigismember(&now, SIGRTMIN + 7));
		CHECK(!prctl(PR_GET_NAME, name, 0, 0, 0) && !strcmp(name, "a name of 15 by"));
		CHECK(getpgrp() == getpgid(getppid()) && getsid(0) == getsid(getppid()));
	}
	expect_exit(pid, 0);
	CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
}

/* A child made in a handler's stop of a mask (sigsuspend's, ppoll's) has no mask to come back to. */
static volatile pid_t made;

static void make_child(int sig)
{
	(void)sig;
	made = clone_plain(SIGCHLD);
	if (!made) {
		sigset_t now;

		CHECK(!sigprocmask(SIG_BLOCK, NULL, &now));
		_exit(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGHUP) ? 5 : 6);
	}
}

static void in_a_handler(void)
{
	struct sigaction a = { .sa_handler = make_child };
	sigset_t all, none, old;

	sigfillset(&all), sigemptyset(&none);
	CHECK(!sigaction(SIGUSR1, &a, NULL) && !sigprocmask(SIG_SETMASK, &all, &old) &&
	      !raise(SIGUSR1));
	FAILS(sigsuspend(&none), EINTR);
	expect_exit(made, 5);
	CHECK(!sigprocmask(SIG_SETMASK, &old, &none) && sigismember(&none, SIGHUP));
}

/* ---- numbers ---- */

/* No two that live have one number, and each is told to its parent and to itself. */
static void numbers(void)
{
	pid_t last = getpid(), pid;
	int p[2], told;

	CHECK(!pipe(p));
	for (int i = 0; i < CHILDREN; i++) {
		CHILD(pid)
		{
			told = getpid();
			CHECK(write(p[1], &told, sizeof(told)) == sizeof(told));
		}
		CHECK(read(p[0], &told, sizeof(told)) == sizeof(told) && told == pid);
		CHECK(pid != last && pid != getpid());
		last = pid;
		expect_exit(pid, 0);
	}
	close(p[0]), close(p[1]);
}

/* "the child is initially stopped, as though it was sent SIGSTOP, and must be resumed by SIGCONT": up to 2.6.38. */
static void begins_stopped(void)
{
	int p[2];
	pid_t pid;
	char c;

	if (getenv("REAL_MACHINE"))
		return;
	CHECK(!pipe(p));
	pid = clone_plain(CLONE_STOPPED | SIGCHLD);
	if (!pid) {
		CHECK(write(p[1], "x", 1) == 1);
		_exit(4);
	}
	CHECK(!nonblocking(p[0]));
	sleep_ms(5);
	FAILS((int)read(p[0], &c, 1), EAGAIN);
	CHECK(!kill(pid, SIGCONT));
	expect_exit(pid, 4);
	CHECK(read(p[0], &c, 1) == 1);
	close(p[0]), close(p[1]);
}

int main(void)
{
	hurry();
	registers();
	settid();
	cleartid();
	own_things();
	in_a_handler();
	numbers();
	begins_stopped();
	return 0;
}
