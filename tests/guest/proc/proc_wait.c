/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_wait.c: what wait4 and waitid tell of children, by their manual pages; groups and sessions. */
#include "proc.h"

#include <sys/resource.h>

static int status;

/* A child that has been continued goes on when its parent has heard of it. */
static int heard[2];

static void wait_until_heard(void)
{
	char c;

	CHECK(read(heard[0], &c, 1) == 1);
}

static void have_heard(void)
{
	CHECK(write(heard[1], "h", 1) == 1);
}

/* WEXITSTATUS is "the least significant 8 bits"; a status is given once. */
static void exits_and_deaths(void)
{
	pid_t pid;

	CHILD(pid) _exit(0x1234);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0x3400);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
	CHILD(pid) raise(SIGUSR1);
	CHECK(wait(&status) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
	CHILD(pid) pause();
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
	FAILS(kill(pid, 0), ESRCH);
	FAILS(waitpid(-1, &status, 0x10), EINVAL);
	CHILD(pid);
	FAILS(waitpid(pid, nowhere, 0), EFAULT);
	CHECK(waitpid(pid, &status, 0) == pid || errno == ECHILD); /* kernels differ in this */
}

/* Several, each by its own way of being asked for. */
static void whom(void)
{
	pid_t a, b, c;

	CHILD(a) pause();
	CHILD(b) _exit(2);
	CHILD(c) _exit(3);
	CHECK(!setpgid(c, c));
	CHECK(waitpid(-c, &status, 0) == c && status == 0x300);
	FAILS(waitpid(-c, &status, WNOHANG), ECHILD);
	CHECK(waitpid(0, &status, 0) == b && status == 0x200);
	CHECK(waitpid(0, &status, WNOHANG) == 0);
	CHECK(waitpid(a, &status, WNOHANG) == 0);
	CHECK(!kill(a, SIGTERM) && wait(&status) == a && status == SIGTERM);
}

static void stops(void)
{
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!setpgid(0, 0)); /* an orphaned group would ignore SIGTSTP */
		raise(SIGSTOP);
		wait_until_heard();
		raise(SIGTSTP);
		_exit(7);
	}
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP && status == (SIGSTOP << 8 | 0x7f));
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0); /* told once */
	CHECK(!kill(pid, SIGCONT));
	CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status) && status == 0xffff);
	have_heard();
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WSTOPSIG(status) == SIGTSTP);
	CHECK(!kill(pid, SIGCONT));
	expect_exit(pid, 7);
	/* A stopped one is killed as it is. */
	CHILD(pid) raise(SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(!kill(pid, SIGTERM) && waitpid(pid, &status, WNOHANG) == 0);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

static void infos(void)
{
	siginfo_t info;
	pid_t pid;

	CHILD(pid)
	{
		raise(SIGSTOP);
		wait_until_heard();
		_exit(9);
	}
	CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED));
	CHECK(info.si_signo == SIGCHLD && info.si_code == CLD_STOPPED);
	CHECK(info.si_pid == pid && info.si_status == SIGSTOP && info.si_uid == getuid());
	memset(&info, 1, sizeof(info));
	CHECK(!waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
	CHECK(info.si_pid == 0 && info.si_signo == 0);
	CHECK(!kill(pid, SIGCONT) && !waitid(P_PID, (id_t)pid, &info, WCONTINUED));
	CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
	have_heard();
	/* WNOWAIT: "leave the child in a waitable state" */
	CHECK(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) && info.si_status == 9);
	CHECK(!waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED) && info.si_code == CLD_EXITED);
	CHECK(info.si_pid == pid && info.si_status == 9);
	FAILS(waitid(P_PID, (id_t)pid, &info, WEXITED), ECHILD);
	FAILS(waitid(P_ALL, 0, &info, WNOHANG), EINVAL); /* nothing to wait for */
	FAILS(waitid(P_ALL, 0, &info, WEXITED | 0x10), EINVAL);
	FAILS(waitid((idtype_t)17, 1, &info, WEXITED), EINVAL);
	CHILD(pid) abort();
	CHECK(!waitid(P_ALL, 0, &info, WEXITED));
	CHECK((info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) &&
	      info.si_status == SIGABRT);
}

/* SIGCHLD tells of a child's end and stop; SA_NOCLDSTOP, SA_NOCLDWAIT and SIG_IGN less of it. */
static void sigchld(void)
{
	struct sigaction a = { .sa_handler = catch_it };
	pid_t pid;

	catch (SIGCHLD, 0);
	CHILD(pid) raise(SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid || errno == EINTR);
	while (!caught)
		sleep_ms(1);
	catch (SIGCHLD, SA_NOCLDSTOP);
	CHECK(!kill(pid, SIGCONT));
	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECK(caught == SIGCHLD && caught_times == 1);
	catch (SIGCHLD, SA_NOCLDSTOP);
	CHILD(pid) raise(SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && !caught);
	CHECK(!kill(pid, SIGKILL));
	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	a.sa_flags = SA_NOCLDWAIT;
	CHECK(!sigaction(SIGCHLD, &a, NULL));
	CHILD(pid);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	CHECK(errno == ECHILD);
	signal(SIGCHLD, SIG_IGN);
	CHILD(pid);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/* setpgid(2), setsid(2) */
static void groups(void)
{
	pid_t pid, me = getpid();
	int p[2];
	char c;

	CHECK(!pipe(p));
	CHECK(getpgid(0) == getpgrp() && getpgid(me) == getpgrp());
	CHECK(getsid(0) == getsid(me));
	FAILS(setpgid(0, -1), EINVAL);
	FAILS(setpgid(99999, 0), ESRCH);
	FAILS(getpgid(99999), ESRCH);
	FAILS(getsid(99999), ESRCH);
	CHILD(pid)
	{
		CHECK(getppid() == me && getpgrp() == getpgid(me) && getsid(0) == getsid(me));
		FAILS(setpgid(0, 99999), EPERM);
		CHECK(!setpgid(0, 0) && getpgrp() == getpid());
		FAILS(setsid(), EPERM); /* it leads a group */
		CHECK(write(p[1], "1", 1) == 1);
		pause();
	}
	CHECK(read(p[0], &c, 1) == 1 && getpgid(pid) == pid);
	CHECK(!setpgid(pid, getpgrp()) && getpgid(pid) == getpgrp());
	CHECK(!setpgid(pid, pid));
	CHECK(!kill(-pid, SIGTERM) && waitpid(pid, &status, 0) == pid && status == SIGTERM);
	FAILS(kill(-pid, 0), ESRCH);
	CHILD(pid)
	{
		CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
		FAILS(setpgid(0, 0), EPERM); /* it leads a session */
		CHECK(write(p[1], "2", 1) == 1);
		pause();
	}
	CHECK(read(p[0], &c, 1) == 1 && getsid(pid) == pid);
	FAILS(setpgid(pid, pid), EPERM); /* of another session */
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid);
}

/* "the child process with its new parent", init: and an orphaned group that is stopped is told. */
static void orphan(void)
{
	int p[2];
	pid_t pid;
	char c[2];

	CHECK(!pipe(p));
	CHILD(pid)
	{
		pid_t grandchild;

		CHECK(!setpgid(0, 0));
		CHILD(grandchild)
		{
			catch (SIGHUP, 0);
			CHECK(write(p[1], "r", 1) == 1);
			raise(SIGSTOP);
			CHECK(caught == SIGHUP && getppid() != getpgrp());
			CHECK(write(p[1], "h", 1) == 1);
		}
		CHECK(waitpid(grandchild, &status, WUNTRACED) == grandchild && WIFSTOPPED(status));
	}
	expect_exit(pid, 0);
	CHECK(read(p[0], c, 1) == 1 && c[0] == 'r');
	CHECK(read(p[0], c, 1) == 1 && c[0] == 'h');
}

/* In a session of its own: a container's init may be of ours, and no group is orphaned to it then. */
static void orphans(void)
{
	pid_t pid;

	CHILD(pid)
	{
		CHECK(setsid() == getpid());
		orphan();
	}
	expect_exit(pid, 0);
}

static void vforks(void)
{
	volatile int shared = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		shared = 5;
		_exit(3);
	}
	CHECK(shared == 5); /* it ran first, in our memory */
	expect_exit(pid, 3);
}

int main(void)
{
	hurry();
	CHECK(!pipe(heard));
	exits_and_deaths();
	whom();
	stops();
	infos();
	sigchld();
	groups();
	orphans();
	vforks();
	return 0;
}
