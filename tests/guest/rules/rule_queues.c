/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_queues.c: signals that wait. Calls are drawn at random, and after each it is asked what is pending, what is blocked
 * and which handlers have run, with what; a model says what has to come of it, by signal(7), sigaction(2), sigprocmask(2),
 * sigpending(2), sigwaitinfo(2), sigqueue(3), tgkill(2). A handler blocks all others, so that one runs at a time.
 */
#include "rule.h"

#include <sys/time.h>
#include <ucontext.h>

enum { KINDS = 10, ROOM = 40, DRAWS = 6000 };

/* Some that end no program by themselves, and real-time ones, which queue. */
static int sig[KINDS];
static const int plain[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGURG, SIGWINCH };

struct note {
	int kind, code, value;
};

/* What the model has. own: sent to the thread; else to the process. */
static struct queue {
	struct note note[ROOM];
	int n;
} own[KINDS], shared[KINDS];
static int blocked[KINDS];
static enum { DEFAULT, IGNORE, HANDLE } action[KINDS];

static struct note ran[4 * ROOM], expected[4 * ROOM];
static volatile int nran;
static int nexpected, drawn;
static uint32_t seed = 2005;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static int kind_of(int signo)
{
	for (int k = 0; k < KINDS; k++)
		if (sig[k] == signo)
			return k;
	return -1;
}

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (nran < 4 * ROOM)
		ran[nran] =
			(struct note){ kind_of(signo), info->si_code, info->si_value.sival_int };
	nran++;
}

/* ---- the model ---- */

static int is_plain(int k)
{
	return sig[k] < SIGRTMIN;
}

/* What is ignored is not kept, unless it is blocked: then it waits. */
static int is_ignored(int k)
{
	return action[k] == IGNORE ||
	       (action[k] == DEFAULT &&
		(sig[k] == SIGCHLD || sig[k] == SIGURG || sig[k] == SIGWINCH));
}

static void model_send(struct queue *q, int k, int code, int value)
{
	if ((is_ignored(k) && !blocked[k]) || (is_plain(k) && q[k].n))
		return;
	q[k].note[q[k].n++] = (struct note){ k, code, value };
}

static struct note take_first(struct queue *q)
{
	struct note first = q->note[0];

	memmove(&q->note[0], &q->note[1], sizeof(q->note) - sizeof(q->note[0]));
	q->n--;
	return first;
}

/* The thread's own before the process's, of these the lowest; NULL: none is wanted. */
static struct queue *next(const int wanted[KINDS])
{
	for (int k = 0; k < KINDS; k++)
		if (wanted[k] && own[k].n)
			return &own[k];
	for (int k = 0; k < KINDS; k++)
		if (wanted[k] && shared[k].n)
			return &shared[k];
	return NULL;
}

/* All that is not blocked is delivered. */
static void model_deliver(void)
{
	int open[KINDS];
	struct queue *q;

	for (int k = 0; k < KINDS; k++)
		open[k] = !blocked[k];
	while ((q = next(open))) {
		struct note n = take_first(q);

		if (action[n.kind] == HANDLE)
			expected[nexpected++] = n;
	}
}

/* ---- what is drawn ---- */

static void draw_set(sigset_t *set, int in[KINDS])
{
	sigemptyset(set);
	for (int k = 0; k < KINDS; k++) {
		in[k] = draw(3) == 0;
		if (in[k])
			sigaddset(set, sig[k]);
	}
}

static void change_mask(void)
{
	static const int ways[] = { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, SIG_BLOCK };
	int in[KINDS], way = ways[draw(4)];
	sigset_t set, old;

	draw_set(&set, in);
	sigaddset(&set, SIGKILL); /* which is nobody's to block */
	CHECK(!sigprocmask(way, &set, &old));
	for (int k = 0; k < KINDS; k++) {
		CHECK(sigismember(&old, sig[k]) == blocked[k]);
		blocked[k] = way == SIG_SETMASK ? in[k] : in[k] ? way == SIG_BLOCK : blocked[k];
	}
}

static int would_kill(int k)
{
	return action[k] == DEFAULT && !is_ignored(k);
}

static void change_action(void)
{
	int k = (int)draw(KINDS);
	unsigned what = draw(4);
	struct sigaction a = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, old;

	sigfillset(&a.sa_mask);
	if (what == IGNORE ||
	    (what == DEFAULT && (sig[k] == SIGCHLD || sig[k] == SIGURG || sig[k] == SIGWINCH)))
		a = (struct sigaction){ .sa_handler = what == IGNORE ? SIG_IGN : SIG_DFL };
	else
		what = HANDLE;
	CHECK(!sigaction(sig[k], &a, &old));
	CHECK(action[k] == HANDLE ? old.sa_sigaction == handler && (old.sa_flags & SA_SIGINFO) :
				    old.sa_handler == (action[k] == IGNORE ? SIG_IGN : SIG_DFL));
	action[k] = what;
	if (is_ignored(k)) /* what waits is forgotten */
		own[k].n = shared[k].n = 0;
}

static int has_room(int k)
{
	return own[k].n < ROOM && shared[k].n < ROOM && nexpected < 2 * ROOM;
}

static void send(void)
{
	int k = (int)draw(KINDS), value = (int)draw(1000000);
	union sigval v = { .sival_int = value };

	if (!has_room(k) || would_kill(k))
		return;
	switch (draw(4)) {
	case 0:
		model_send(shared, k, SI_USER, 0);
		CHECK(!kill(draw(2) ? getpid() : -getpgrp(), sig[k]));
		return;
	case 1:
		model_send(own, k, SI_TKILL, 0);
		CHECK(!syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig[k]));
		return;
	default: model_send(shared, k, SI_QUEUE, value); CHECK(!sigqueue(getpid(), sig[k], v));
	}
}

/* Of those that are blocked: of others one would run its handler. */
static void take(void)
{
	static const int32_t at_once[2];
	int in[KINDS];
	sigset_t set;
	siginfo_t info;
	struct queue *q;
	int result;

	draw_set(&set, in);
	for (int k = 0; k < KINDS; k++)
		if (!blocked[k])
			in[k] = 0;
	q = next(in);
	result = (int)syscall(SYS_rt_sigtimedwait, &set, &info, at_once,
			      8); /* the C library hides SI_TKILL */
	if (!q) {
		CHECK(result == -1 && errno == EAGAIN);
		return;
	}
	{
		struct note n = take_first(q);

		CHECK(result == sig[n.kind] && info.si_signo == result && info.si_code == n.code);
		CHECK(info.si_pid == getpid() && info.si_uid == getuid());
		CHECK(n.code != SI_QUEUE || info.si_value.sival_int == n.value);
	}
}

/* ---- and looked at ---- */

static int same_notes(void)
{
	if (nran != nexpected)
		return 0;
	for (int i = 0; i < nran; i++)
		if (ran[i].kind != expected[i].kind || ran[i].code != expected[i].code ||
		    (ran[i].code == SI_QUEUE && ran[i].value != expected[i].value))
			return 0;
	return 1;
}

static void look(void)
{
	sigset_t set;

	CHECK(!sigpending(&set));
	CHECK(same_notes());
	nran = nexpected = 0;
	for (int k = 0; k < KINDS; k++)
		CHECK(sigismember(&set, sig[k]) == (own[k].n || shared[k].n));
}

/* ---- what the kernel sends, and what a handler may change ---- */

static siginfo_t got;
static uint16_t segment;

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	got = *info;
	if (segment)
		((ucontext_t *)context)->uc_mcontext.gregs[REG_FS] = segment;
}

static void by_a_timer(int which, int signo)
{
	const struct itimerval soon = { .it_value = { 0, 3000 } };
	struct sigaction a = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	memset(&got, 0x5a, sizeof(got));
	CHECK(!sigaction(signo, &a, NULL) && !setitimer(which, &soon, NULL));
	while (*(volatile int *)&got.si_signo != signo)
		;
	CHECK(got.si_code == SI_KERNEL && !got.si_errno && !got.si_pid && !got.si_uid);
	signal(signo, SIG_IGN);
}

static void in_a_frame(void)
{
	struct sigaction a = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	uint16_t own, now;

	__asm__ volatile("movw %%fs, %0" : "=r"(own));
	__asm__ volatile("movw %%ds, %0" : "=r"(segment));
	CHECK(!sigaction(SIGUSR1, &a, NULL) && !raise(SIGUSR1));
	__asm__ volatile("movw %%fs, %0" : "=r"(now));
	CHECK(now == segment);
	segment = 0;
	__asm__ volatile("movw %0, %%fs" : : "r"(own));
	/* Both actions are looked at, the old one's place last: the new one counts. */
	FAILS((int)syscall(SYS_rt_sigaction, SIGUSR1, nowhere, NULL, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigaction, SIGUSR1, NULL, nowhere, 8), EFAULT);
	FAILS((int)syscall(SYS_sigaction, SIGUSR1, NULL, nowhere), EFAULT);
	FAILS((int)syscall(SYS_sigaction, SIGUSR1, nowhere, NULL), EFAULT);
	signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
	pid_t pid;

	by_a_timer(ITIMER_VIRTUAL, SIGVTALRM);
	by_a_timer(ITIMER_PROF, SIGPROF);
	in_a_frame();
	hurry();
	for (int k = 0; k < KINDS; k++)
		sig[k] = k < 7 ? plain[k] : k == 9 ? SIGRTMAX : SIGRTMIN + 5 * (k - 7);
	CHECK(getpgrp() == getpid() || !setpgid(0, 0));
	for (drawn = 0; drawn < DRAWS; drawn++) {
		switch (draw(8)) {
		case 0: change_mask(); break;
		case 1: change_action(); break;
		case 2:
		case 3: take(); break;
		default: send(); break;
		}
		model_deliver();
		look();
	}
	/* A child has the mask and the actions, and nothing that waits. */
	CHILD(pid)
	{
		memset(own, 0, sizeof(own));
		memset(shared, 0, sizeof(shared));
		CHECK(!setpgid(0, 0));
		for (drawn = 0; drawn < 500; drawn++) {
			if (draw(2))
				send();
			else
				take();
			model_deliver();
			look();
		}
	}
	expect_exit(pid, 0);
	return 0;
}
