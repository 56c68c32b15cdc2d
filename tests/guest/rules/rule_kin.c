/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_kin.c: children that end, stop and go on, by signals and calls drawn at random; a model says what each waitpid and
 * waitid returns, to the last word of its siginfo, and of several children which one, by wait(2), waitid(2), setpgid(2),
 * kill(2), signal(7).
 */
#include "rule.h"

#include <sys/resource.h>

enum { KIN = 6, DRAWS = 1200 };

/* In the order of their birth, as they are found. */
static struct child {
	pid_t pid, pgrp;
	int to; /* writes go to it: a byte is the status that it is to end with */
	enum { RUNS, STOPPED, ENDED } state;
	int status; /* of its end, or of its stop */
	int stop_untold, continued;
} child[KIN];
static int nchildren;
static uint32_t seed = 1969;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void bear(void)
{
	struct child *c = &child[nchildren];
	int fd[2], alone = (int)draw(2);

	if (nchildren == KIN)
		return;
	CHECK(!pipe(fd));
	memset(c, 0, sizeof(*c));
	CHILD(c->pid)
	{
		uint8_t code;

		for (int k = 0; k < nchildren; k++)
			close(child[k].to);
		close(fd[1]);
		_exit(read(fd[0], &code, 1) == 1 ? code : 255);
	}
	c->to = fd[1];
	CHECK(!close(fd[0]));
	c->pgrp = alone ? c->pid : getpgrp();
	CHECK(!setpgid(c->pid, c->pgrp) && getpgid(c->pid) == c->pgrp);
	nchildren++;
}

static void forget(struct child *c)
{
	close(c->to);
	nchildren--;
	memmove(c, c + 1, (size_t)(&child[nchildren] - c) * sizeof(*c));
}

/* Until it has come to that; it waits for a later wait. */
static void is_now(const struct child *c, int options)
{
	siginfo_t info;

	CHECK(!waitid(P_PID, (id_t)c->pid, &info, options | WNOWAIT) && info.si_pid == c->pid);
}

static void ended(struct child *c, int status)
{
	c->state = ENDED;
	c->status = status;
	c->stop_untold = c->continued = 0;
	is_now(c, WEXITED);
}

/* ---- what befalls them ---- */

static void signal_one(struct child *c)
{
	static const int deadly[] = { SIGTERM, SIGKILL, SIGHUP, SIGUSR1, SIGALRM, 40 };
	int sig = deadly[draw(6)];

	switch (draw(5)) {
	case 0:
		CHECK(!kill(c->pid, SIGSTOP));
		if (c->state != RUNS)
			return;
		c->state = STOPPED;
		c->stop_untold = 1;
		c->continued = 0;
		c->status = SIGSTOP;
		is_now(c, WSTOPPED);
		return;
	case 1:
		CHECK(!kill(c->pid, SIGCONT));
		if (c->state != STOPPED)
			return;
		c->state = RUNS;
		c->stop_untold = 0;
		c->continued = 1;
		is_now(c, WCONTINUED);
		return;
	case 2:
		CHECK(!kill(c->pid, draw(2) ? 0 : SIGCHLD)); /* nothing comes of these */
		return;
	default:
		if (c->state == STOPPED && sig != SIGKILL) /* it would wait until that goes on */
			return;
		CHECK(!kill(c->pid, sig));
		if (c->state != ENDED)
			ended(c, sig);
	}
}

static void let_end(struct child *c)
{
	uint8_t code = (uint8_t)draw(256);

	if (c->state != RUNS)
		return;
	CHECK(write(c->to, &code, 1) == 1);
	ended(c, code << 8);
}

/* ---- waits ---- */

struct told {
	struct child *c;
	int status, code; /* as waitpid has it; as waitid */
};

static int is_meant(const struct child *c, id_t id, idtype_t type)
{
	return type == P_ALL || (type == P_PID ? c->pid : c->pgrp) == (pid_t)id;
}

static struct told told_of(struct child *c, int options)
{
	if (c->state == ENDED && (options & WEXITED))
		return (struct told){ c, c->status, c->status & 0x7f ? CLD_KILLED : CLD_EXITED };
	if (c->stop_untold && (options & WSTOPPED))
		return (struct told){ c, c->status << 8 | 0x7f, CLD_STOPPED };
	if (c->continued && (options & WCONTINUED))
		return (struct told){ c, 0xffff, CLD_CONTINUED };
	return (struct told){ NULL, 0, 0 };
}

/* The first that has anything to tell. How many are meant; how many of these have not ended. */
static struct told first(id_t id, idtype_t type, int options, int *kin, int *living)
{
	struct told t = { NULL, 0, 0 };

	*kin = *living = 0;
	for (int k = 0; k < nchildren; k++) {
		if (!is_meant(&child[k], id, type))
			continue;
		++*kin;
		*living += child[k].state != ENDED;
		if (!t.c)
			t = told_of(&child[k], options);
	}
	return t;
}

/* Linux takes the eldest; wait(2) does not say so, and inside it may be another. */
static void choose(struct told *t, pid_t pid, id_t id, idtype_t type, int options)
{
	for (int k = 0; t->c && !getenv("REAL_MACHINE") && k < nchildren; k++)
		if (child[k].pid == pid && is_meant(&child[k], id, type))
			*t = told_of(&child[k], options);
}

static void has_been_told(const struct told *t)
{
	if (t->code == CLD_STOPPED)
		t->c->stop_untold = 0;
	else if (t->code == CLD_CONTINUED)
		t->c->continued = 0;
	else
		forget(t->c);
}

static void by_waitpid(pid_t pid, id_t id, idtype_t type)
{
	int options = (draw(2) ? WUNTRACED : 0) | (draw(2) ? WCONTINUED : 0), kin, living,
	    status = 0x5a5a5a5a, result;
	struct told t = first(id, type, options | WEXITED, &kin, &living);
	struct rusage usage;

	result = draw(2) ? waitpid(pid, &status, options | WNOHANG) :
			   wait4(pid, &status, options | (t.c ? 0 : WNOHANG), &usage);
	choose(&t, result, id, type, options | WEXITED);
	if (!kin) {
		CHECK(result == -1 && errno == ECHILD);
	} else if (!t.c) {
		CHECK(result == 0);
	} else {
		CHECK(result == t.c->pid && status == t.status);
		has_been_told(&t);
	}
}

static void by_waitid(id_t id, idtype_t type)
{
	int options = (int)draw(8), kin, living, keep = (int)draw(2), result;
	siginfo_t info;
	struct told t;

	options = (options & 1 ? WEXITED : 0) | (options & 2 ? WSTOPPED : 0) |
		  (options & 4 ? WCONTINUED : 0);
	t = first(id, type, options, &kin, &living);
	memset(&info, 0x5a, sizeof(info));
	result = waitid(type, id, &info, options | WNOHANG | (keep ? WNOWAIT : 0));
	choose(&t, info.si_pid, id, type, options);
	if (!options) {
		CHECK(result == -1 && errno == EINVAL);
	} else if (!kin) {
		CHECK(result == -1 && errno == ECHILD);
	} else if (!living && !t.c && result) {
		CHECK(errno ==
		      ECHILD); /* as younger kernels say of those that have nothing more to tell */
	} else if (!t.c) {
		CHECK(result == 0 && info.si_pid == 0 && info.si_signo == 0);
	} else {
		CHECK(result == 0 && info.si_pid == t.c->pid && info.si_signo == SIGCHLD &&
		      info.si_uid == getuid());
		CHECK(info.si_code == t.code && info.si_errno == 0);
		CHECK(info.si_status == (t.code == CLD_EXITED    ? t.status >> 8 :
					 t.code == CLD_STOPPED   ? t.status >> 8 :
					 t.code == CLD_CONTINUED ? SIGCONT :
								   t.status));
		if (!keep)
			has_been_told(&t);
	}
}

/* For one of them, for a group, for all; for what is no child's. */
static void wait_for_some(void)
{
	const struct child *c = &child[draw(KIN)];
	pid_t pid = c < &child[nchildren] ? c->pid : getpid(),
	      pgrp = c < &child[nchildren] && draw(3) ? c->pgrp : getpgrp();
	int by_id = (int)draw(2);

	switch (draw(4)) {
	case 0: by_id ? by_waitid((id_t)pid, P_PID) : by_waitpid(pid, (id_t)pid, P_PID); return;
	case 1:
		by_id ? by_waitid((id_t)pgrp, P_PGID) : by_waitpid(-pgrp, (id_t)pgrp, P_PGID);
		return;
	case 2:
		if (!by_id) { /* 0: one's own group */
			by_waitpid(0, (id_t)getpgrp(), P_PGID);
			return;
		} /* fall through */
	default: by_id ? by_waitid(0, P_ALL) : by_waitpid(-1, 0, P_ALL);
	}
}

/* A group whose last is gone is none. */
static void signal_groups(void)
{
	for (int k = 0; k < nchildren; k++)
		CHECK(!kill(-child[k].pgrp, 0) && getpgid(child[k].pid) == child[k].pgrp);
}

int main(void)
{
	signal(SIGCHLD, SIG_DFL);
	for (int k = 0; k < DRAWS; k++) {
		struct child *c = &child[nchildren ? draw((uint32_t)nchildren) : 0];

		switch (draw(8)) {
		case 0: bear(); break;
		case 1:
			if (nchildren)
				let_end(c);
			break;
		case 2:
		case 3:
			if (nchildren)
				signal_one(c);
			break;
		default: wait_for_some(); break;
		}
		signal_groups();
	}
	while (nchildren) {
		kill(child[0].pid, SIGKILL);
		CHECK(waitpid(child[0].pid, NULL, 0) == child[0].pid);
		forget(&child[0]);
	}
	FAILS(waitpid(-1, NULL, WNOHANG), ECHILD);
	return 0;
}
