/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_corners.c: what programs seldom come to: no descriptor is left, epolls in epolls, the old sigsuspend, numbers of
 * users that one may take, how a tracee begins; by pipe(2), socketpair(2), epoll_ctl(2), sigsuspend(2), setresuid(2),
 * ptrace(2).
 */
#include "../proc/tracer.h"
#include "rule.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

/* ---- descriptors ---- */

/* With one left a pair is refused, and that one is left still. */
static void no_room_for_a_pair(void)
{
	int fd = -1, last, p[2] = { 77, 78 };
	pid_t pid;

	CHILD(pid)
	{
		struct rlimit limit = { 64, 64 };

		setrlimit(RLIMIT_NOFILE, &limit);
		for (last = dup(2); last >= 0; last = dup(2))
			fd = last;
		CHECK(errno == EMFILE && fd > 8);
		for (int i = 0; i < 300; i++) { /* nothing of it is kept */
			FAILS(epoll_create(1), EMFILE);
			FAILS(pipe(p), EMFILE);
			CHECK(!close(fd));
			FAILS(pipe(p), EMFILE);
			FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, p), EMFILE);
			CHECK(p[0] == 77 && p[1] == 78 && dup(2) == fd);
		}
		CHECK(!close(fd) && !close(fd - 1) && !pipe(p) && p[0] + p[1] == fd + fd - 1);
	}
	expect_exit(pid, 0);
}

/* ---- epolls in epolls ---- */

static int new_epoll(int inner)
{
	int fd = epoll_create(1);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = inner };

	CHECK(fd >= 0);
	if (inner >= 0)
		CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, inner, &e));
	return fd;
}

/* So many stand one in another; that of the outermost. */
static int chain(int inner, int n, int all[])
{
	for (int i = 0; i < n; i++)
		all[i] = inner = new_epoll(inner);
	return inner;
}

/* "a nesting depth greater than 5", whichever of several inner ones is the deepest, and however it came about. */
static void nests(void)
{
	struct epoll_event e = { .events = EPOLLIN }, got[4];
	int p[2], all[3][8];
	char c;

	CHECK(!pipe(p));
	for (int deep = 1; deep <= 4; deep++)
		for (int before = 0; before < 2; before++) {
			int n = 0, outer = epoll_create(1), fds[16];
			int a = chain(p[0], before ? deep : 1, all[0]),
			    b = chain(p[0], before ? 1 : deep, all[1]);

			CHECK(!epoll_ctl(outer, EPOLL_CTL_ADD, a, &e) &&
			      !epoll_ctl(outer, EPOLL_CTL_ADD, b, &e));
			fds[n++] = outer;
			for (;;) {
				fds[n] = epoll_create(1);
				CHECK(fds[n] >= 0 && n < 15);
				if (epoll_ctl(fds[n], EPOLL_CTL_ADD, fds[n - 1], &e))
					break;
				n++;
			}
			CHECK((errno == ELOOP || errno == EINVAL) && n + deep == 5);
			/* Told all the way, once there is something. */
			CHECK(epoll_wait(fds[n - 1], got, 4, 0) == 0 && write(p[1], "x", 1) == 1);
			CHECK(epoll_wait(fds[n - 1], got, 4, 0) == (n == 1 ? 2 : 1));
			CHECK(epoll_wait(outer, got, 4, 0) == 2);
			CHECK(read(p[0], &c, 1) == 1 && epoll_wait(fds[n - 1], got, 4, 0) == 0);
			/* No ring. */
			CHECK(epoll_ctl(all[0][0], EPOLL_CTL_ADD, fds[n - 1], &e) == -1);
			CHECK(errno == ELOOP || errno == EINVAL);
			FAILS(epoll_ctl(outer, EPOLL_CTL_ADD, outer, &e), EINVAL);
			for (int i = 0; i <= n; i++)
				close(fds[i]);
			for (int i = 0; i < (before ? deep : 1); i++)
				close(all[0][i]);
			for (int i = 0; i < (before ? 1 : deep); i++)
				close(all[1][i]);
		}
	close(p[0]), close(p[1]);
}

/* ---- the old sigsuspend ---- */

static void suspended(void)
{
	sigset_t all, old, now;

	catch (SIGUSR1, SA_RESTART);
	sigfillset(&all);
	CHECK(!sigprocmask(SIG_SETMASK, &all, &old) && !raise(SIGUSR1) && !caught);
	FAILS((int)syscall(SYS_sigsuspend, 0, 0, ~(1u << (SIGUSR1 - 1))), EINTR);
	CHECK(caught == SIGUSR1 && caught_times == 1);
	CHECK(!sigprocmask(SIG_SETMASK, &old, &now));
	for (int sig = 1; sig < 32; sig++)
		CHECK(sigismember(&now, sig) == (sig != SIGKILL && sig != SIGSTOP));
}

/* Up to SIGSYS a signal that waits already is not queued again; from SIGRTMIN on each is. */
static void queued_or_not(void)
{
	struct timespec none = { 0, 0 };
	sigset_t all, old, one;

	sigfillset(&all);
	CHECK(!sigprocmask(SIG_SETMASK, &all, &old));
	for (int sig = 1; sig <= 64; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP || sig == 32 || sig == 33)
			continue;
		sigemptyset(&one), sigaddset(&one, sig);
		for (int to_thread = 0; to_thread < 2; to_thread++) {
			for (int i = 0; i < 2; i++)
				CHECK(!(to_thread ? syscall(SYS_tkill, getpid(), sig) :
						    kill(getpid(), sig)));
			CHECK(sigtimedwait(&one, NULL, &none) == sig);
			if (sig >= 34)
				CHECK(sigtimedwait(&one, NULL, &none) == sig);
			FAILS(sigtimedwait(&one, NULL, &none), EAGAIN);
		}
	}
	CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
	for (int sig = 0; sig <= 64; sig++)
		CHECK(!prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0));
	FAILS(prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0), EINVAL);
	FAILS(prctl(PR_SET_PDEATHSIG, -1, 0, 0, 0), EINVAL);
	CHECK(!prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
}

/* ---- users ---- */

/* Without privilege each number may become one of the three that one has. */
static void numbers_of_ones_own(void)
{
	static const int calls[][2] = { { SYS_setresuid32, SYS_getresuid32 },
					{ SYS_setresgid32, SYS_getresgid32 } };
	pid_t pid;

	for (int i = 0; i < 2; i++)
		for (int which = 0; which < 3; which++)
			for (int to = 5; to < 9; to++) {
				CHILD(pid)
				{
					int id[3], wanted[3] = { 5, 6, 7 },
						   change[3] = { -1, -1, -1 };

					CHECK(i == 0 || !syscall(SYS_setresgid32, 5, 6, 7));
					CHECK(!syscall(SYS_setresuid32, 5, 6, 7));
					change[which] = to;
					if (to == 8) {
						FAILS((int)syscall(calls[i][0], change[0],
								   change[1], change[2]),
						      EPERM);
					} else {
						CHECK(!syscall(calls[i][0], change[0], change[1],
							       change[2]));
						wanted[which] = to;
					}
					CHECK(!syscall(calls[i][1], &id[0], &id[1], &id[2]));
					CHECK(!memcmp(id, wanted, sizeof(id)));
				}
				expect_exit(pid, 0);
			}
}

/* ---- a tracee's first stop ---- */

static void first_stop(void)
{
	unsigned long child;
	siginfo_t info;
	pid_t pid;

	TRACED(pid)
	{
		pid_t own;

		CHILD(own) _exit(3);
		expect_exit(own, 3);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK));
	go(PTRACE_CONT, pid, 0);
	CHECK(waitpid(pid, &status, 0) == pid && status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8));
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &child));
	CHECK(waitpid((pid_t)child, &status, __WALL) == (pid_t)child && status == 0x137f);
	memset(&info, 0x55, sizeof(info));
	CHECK(!ptrace(PTRACE_GETSIGINFO, (pid_t)child, 0, &info) && info.si_signo == SIGSTOP);
	CHECK(info.si_code == SI_USER || getenv("REAL_MACHINE"));
	go(PTRACE_CONT, (pid_t)child, 0);
	CHECK(waitpid((pid_t)child, &status, __WALL) == (pid_t)child && status == 0x300);
	go(PTRACE_CONT, pid, 0);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) /* its child's SIGCHLD */
		go(PTRACE_CONT, pid, WSTOPSIG(status));
	CHECK(status == 0);
}

int main(void)
{
	pid_t pid;

	hurry();
	no_room_for_a_pair();
	nests();
	suspended();
	queued_or_not();
	if (geteuid() == 0)
		numbers_of_ones_own();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!status) /* else it is not allowed here */
		first_stop();
	return 0;
}
