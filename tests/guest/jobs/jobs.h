/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jobs.h: the processes of rule_jobs.c: each does what it is told by a pipe, says what came of it, and counts the signals
 * that it hears.
 */
#ifndef TESTS_GUEST_JOBS_JOBS_H
#define TESTS_GUEST_JOBS_JOBS_H

#include "../rules/rule.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { LEADERS = 2, OF_ONE = 4, ALL = LEADERS * OF_ONE, TTYS = 2 };

/* What a process is told to do. */
enum {
	GET_GROUP,
	GET_SESSION,
	SET_GROUP,
	READ,
	WRITE,
	SET_STOP_KEY,
	FLUSH,
	FLOW,
	BREAK,
	TAKE,
	GIVE_UP,
	OPEN,
	OPEN_OWN,
	JOIN,
	DRAWN, /* those above are */
	DISPOSE,
	BEAR,
	SEE_STOPPED,
	GRAB,
	CONTINUE,
	END
};

static const int sigs[] = { SIGTTIN, SIGTTOU, SIGHUP, SIGCONT, SIGWINCH, SIGINT, SIGQUIT, SIGTSTP };
enum { IN, OUT, HUP, CONT, WINCH, INT, QUIT, TSTP, SIGS };

struct order {
	int what, tty, arg;
};

struct reply {
	int result, error;
};

static volatile struct {
	int heard[ALL][SIGS];
	pid_t pid[ALL];
} * shared;

static int master[TTYS], slave[TTYS], orders[ALL][2], replies[ALL][2], life[2],
	own; /* own: which this one is */
static char name[TTYS][64];

/* ---- a process ---- */

static void hear(int sig)
{
	for (int i = 0; i < SIGS; i++)
		if (sigs[i] == sig)
			shared->heard[own][i]++;
}

enum how { STOPS, CATCHES, IGNORES, BLOCKS };

static void dispose(int sig, enum how how)
{
	struct sigaction a = { .sa_handler = how == IGNORES ? SIG_IGN :
					     how == STOPS   ? SIG_DFL :
							      hear };
	sigset_t set;

	sigemptyset(&set), sigaddset(&set, sig);
	CHECK(!sigaction(sig, &a, NULL));
	CHECK(!sigprocmask(how == BLOCKS ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL));
}

static void begin(void)
{
	struct sigaction a = { .sa_handler = hear, .sa_flags = SA_RESTART };

	for (int i = HUP; i < SIGS; i++)
		CHECK(!sigaction(sigs[i], &a, NULL));
	dispose(SIGTTIN, CATCHES);
	dispose(SIGTTOU, CATCHES);
	shared->pid[own] = getpid();
}

static int bear(void)
{
	for (int i = 1; i < OF_ONE; i++) {
		const int number = own + i;
		pid_t pid = start_child();

		if (pid == 0) {
			own = number;
			begin();
			return 0;
		}
		while (!shared->pid[number])
			sched_yield();
	}
	return 0;
}

static int see_stopped(int who, int sig)
{
	int status;

	return waitpid(shared->pid[who], &status, WUNTRACED) != shared->pid[who] ||
	       !WIFSTOPPED(status) || WSTOPSIG(status) != sig;
}

/* Whoever is in the background may do that if it ignores the signal. */
static int grab(int fd, pid_t pgrp)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, was;
	int result;

	CHECK(!sigaction(SIGTTOU, &ignore, &was));
	result = tcsetpgrp(fd, pgrp);
	CHECK(!sigaction(SIGTTOU, &was, NULL));
	return result;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, O_RDWR | flags);

	return fd < 0 ? -1 : close(fd);
}

static int obey(const struct order *o)
{
	const int fd = slave[o->tty];
	struct termios t;
	char c[8];
	pid_t pid = 0;

	switch (o->what) {
	case GET_GROUP: return ioctl(fd, TIOCGPGRP, &pid) ? -1 : pid;
	case GET_SESSION: return ioctl(fd, TIOCGSID, &pid) ? -1 : pid;
	case SET_GROUP: return ioctl(fd, TIOCSPGRP, &o->arg);
	case READ: return (int)read(fd, c, sizeof(c));
	case WRITE: return (int)write(fd, "w", 1);
	case SET_STOP_KEY:
		CHECK(!tcgetattr(fd, &t));
		t.c_cc[VSTOP] = (cc_t)o->arg;
		return ioctl(fd, TCSETS, &t);
	case FLUSH: return ioctl(fd, TCFLSH, o->arg);
	case FLOW: return ioctl(fd, TCXONC, o->arg);
	case BREAK: return ioctl(fd, o->arg ? TCSBRKP : TCSBRK, 1);
	case TAKE: return ioctl(fd, TIOCSCTTY, o->arg);
	case GIVE_UP: return ioctl(fd, TIOCNOTTY);
	case OPEN: return opened(name[o->tty], o->arg);
	case OPEN_OWN: return opened("/dev/tty", 0);
	case JOIN: return setpgid(0, o->arg);
	case DISPOSE: dispose(sigs[o->tty], (enum how)o->arg); return 0;
	case BEAR: return bear();
	case SEE_STOPPED: return see_stopped(o->arg, sigs[o->tty]);
	case GRAB: return grab(fd, o->arg);
	case CONTINUE: return kill(-o->arg, SIGCONT);
	default: _exit(0);
	}
}

static void live(void)
{
	begin();
	for (;;) {
		struct order o;
		struct reply r;
		const int before = own;
		ssize_t n;

		while ((n = read(orders[own][0], &o, sizeof(o))) == -1 && errno == EINTR)
			;
		if (n == 0)
			_exit(1);
		CHECK(n == sizeof(o));
		errno = 0;
		r.result = obey(&o);
		r.error = r.result == -1 ? errno : 0;
		if (own == before) /* and is none of the children */
			CHECK(write(replies[own][1], &r, sizeof(r)) == sizeof(r));
	}
}

#endif
