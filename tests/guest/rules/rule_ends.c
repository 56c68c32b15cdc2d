/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_ends.c: ends of processes that have threads, tracers and children of their own, and who hears of them, by
 * exit_group(2), wait(2), clone(2), ptrace(2), set_tid_address(2), signal(7).
 */
#include "../proc/tracer.h"
#include "rule.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

enum { CHILDREN = 80 }; /* more than there are slots for tasks */

static volatile siginfo_t heard[8];
static volatile int times_heard;

static void hear(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	heard[times_heard++ % 8] = *info;
}

/* Who tells, by which signal, how it ended. */
static void listen_for(int sig)
{
	struct sigaction a = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART };

	CHECK(!sigaction(sig, &a, NULL));
	times_heard = 0;
}

static void heard_of(int which, int sig, pid_t pid, int code, int how)
{
	CHECK(heard[which].si_signo == sig && heard[which].si_pid == pid);
	CHECK(heard[which].si_code == code);
	if (sig == SIGCHLD ||
	    !getenv("REAL_MACHINE")) /* kernels of 64 bits tell ours nonsense then */
		CHECK(heard[which].si_status == how && heard[which].si_uid == getuid());
}

static pid_t clone_by(int sig)
{
	pid_t pid = (pid_t)syscall(SYS_clone, sig, 0, 0, 0, 0);

	CHECK(pid >= 0);
	return pid;
}

/* ---- the first thread ends before the others ---- */

static int ends[2]; /* a byte in it is the last thread's end */

static void *leave_by_byte(void *code)
{
	char c;

	CHECK(read(ends[0], &c, 1) == 1);
	syscall(SYS_exit, (int)(intptr_t)code);
	return NULL;
}

/* The process's end is that of the last thread. */
static void leader_leaves(void)
{
	pthread_t t;

	CHECK(!pthread_create(&t, NULL, leave_by_byte, (void *)5));
	syscall(SYS_exit, 5);
}

static void last_thread_leaves(pid_t pid, int options)
{
	sleep_ms(10);
	CHECK(!times_heard && waitpid(pid, &status, options | WNOHANG) == 0 && !kill(pid, 0));
	CHECK(write(ends[1], "x", 1) == 1);
}

static void the_last_thread_is_the_end(void)
{
	pid_t pid;

	CHECK(!pipe(ends));
	listen_for(SIGCHLD);
	CHILD(pid) leader_leaves();
	last_thread_leaves(pid, 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0x500);
	CHECK(times_heard == 1);
	heard_of(0, SIGCHLD, pid, CLD_EXITED, 5);
	/* By the signal that its clone had. */
	listen_for(SIGUSR1);
	pid = clone_by(SIGUSR1);
	if (!pid)
		leader_leaves();
	last_thread_leaves(pid, __WCLONE);
	while (!times_heard)
		poll(NULL, 0, 1);
	heard_of(0, SIGUSR1, pid, CLD_EXITED, 5);
	FAILS(waitpid(pid, &status, WNOHANG), ECHILD);
	CHECK(waitpid(pid, &status, __WCLONE) == pid && status == 0x500 && times_heard == 1);
	/* Nobody waits for it, and it goes by itself when the last has gone. */
	signal(SIGCHLD, SIG_IGN);
	times_heard = 0;
	CHILD(pid) leader_leaves();
	last_thread_leaves(pid, 0);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	for (int i = 0; i < 1000 && !kill(pid, 0); i++)
		poll(NULL, 0, 1); /* another processor may be about it */
	FAILS(kill(pid, 0), ESRCH);
	signal(SIGCHLD, SIG_DFL);
}

/* exit_group(2) ends all, whatever they do; another's exit_group and a signal find it done. */
static void *stopped_or_not(void *forever)
{
	while (forever)
		pause();
	return NULL;
}

static void *end_group(void *code)
{
	syscall(SYS_exit_group, (int)(intptr_t)code);
	return NULL;
}

static void groups_end(void)
{
	pthread_t t;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		CHILD(pid)
		{
			CHECK(!pthread_create(&t, NULL, stopped_or_not, (void *)1));
			CHECK(!pthread_create(&t, NULL, i ? end_group : stopped_or_not,
					      (void *)0x1a7));
			if (i == 2)
				syscall(SYS_exit, 0); /* the first is gone already */
			if (i == 0)
				end_group((void *)0x1a7);
			pause();
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0xa700);
	}
	/* A signal of one is the end of all, and of which is told. */
	listen_for(SIGCHLD);
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, stopped_or_not, (void *)1));
		signal(SIGUSR2, SIG_DFL);
		CHECK(!pthread_kill(t, SIGUSR2));
		pause();
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGUSR2 && times_heard == 1);
	heard_of(0, SIGCHLD, pid, CLD_KILLED, SIGUSR2);
	signal(SIGCHLD, SIG_DFL);
}

/* ---- signals that a thread leaves behind ---- */

static volatile int takes, spinning, go_on;

static void leave_in_handler(int sig)
{
	(void)sig;
	syscall(SYS_exit, 0);
}

static void count_takes(int sig)
{
	(void)sig;
	takes++;
}

static void mask_all_but(int a, int b)
{
	sigset_t s;

	sigfillset(&s);
	sigdelset(&s, a), sigdelset(&s, b);
	CHECK(!pthread_sigmask(SIG_SETMASK, &s, NULL));
}

static void *spin_until_signal(void *unused)
{
	mask_all_but(SIGUSR1, SIGUSR2);
	for (spinning = 1;;)
		;
	return unused;
}

static void *wait_for_the_other(void *unused)
{
	mask_all_but(SIGUSR2, SIGUSR2);
	go_on = 1;
	while (!takes)
		poll(NULL, 0, -1);
	return unused;
}

/* The process's SIGUSR2 waits while a handler of the one that was to take it runs, which ends it: another takes it. */
static void signals_are_handed_on(void)
{
	struct sigaction leave = { .sa_handler = leave_in_handler };
	pthread_t spins, waits;
	sigset_t all;

	sigfillset(&all);
	CHECK(!pthread_sigmask(SIG_SETMASK, &all, NULL));
	sigaddset(&leave.sa_mask, SIGUSR2);
	CHECK(!sigaction(SIGUSR1, &leave, NULL));
	signal(SIGUSR2, count_takes);
	CHECK(!pthread_create(&spins, NULL, spin_until_signal, NULL));
	CHECK(!pthread_create(&waits, NULL, wait_for_the_other, NULL));
	while (!spinning || !go_on)
		poll(NULL, 0, 1);
	poll(NULL, 0, 2); /* it sleeps */
	CHECK(!kill(getpid(), SIGUSR2) && !kill(getpid(), SIGUSR1));
	for (int i = 0; i < 2000 && !takes; i++)
		poll(NULL, 0, 1);
	CHECK(takes == 1);
	_exit(0); /* natively the first may have taken it: the other waits for ever */
}

/* ---- the word that a joiner waits for ---- */

static volatile uint32_t word;
static volatile int woken, timed_out;
static char stack[16384];

static void *wait_for_word(void *unused)
{
	struct timespec t = { 0, 60000000 };

	if (!syscall(SYS_futex, &word, FUTEX_WAIT, 9, &t, NULL, 0))
		__sync_fetch_and_add(&woken, 1);
	else if (errno == ETIMEDOUT)
		__sync_fetch_and_add(&timed_out, 1);
	return unused;
}

static int leave_soon(void *unused)
{
	(void)unused;
	sleep_ms(20);
	_exit(3);
}

/* "writes 0 at that address and performs a wake-up of one": of two that wait the other goes on waiting. */
static void one_joiner_is_woken(void)
{
	pthread_t a, b;
	pid_t pid;

	word = 9;
	pid = clone(leave_soon, stack + sizeof(stack), CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
		    NULL, NULL, NULL, &word);
	CHECK(pid > 0);
	CHECK(!pthread_create(&a, NULL, wait_for_word, NULL));
	CHECK(!pthread_create(&b, NULL, wait_for_word, NULL));
	CHECK(!pthread_join(a, NULL) && !pthread_join(b, NULL));
	expect_exit(pid, 3);
	CHECK(word == 0 && (getenv("REAL_MACHINE") || (woken == 1 && timed_out == 1)));
}

/* ---- children of whoever ends ---- */

static pid_t born;

static int exit_by_byte(int from)
{
	char c;

	CHECK(read(from, &c, 1) == 1);
	_exit(4);
}

static void *make_clone(void *from)
{
	born = clone_by(SIGUSR1);
	if (!born)
		exit_by_byte(*(int *)from);
	return NULL;
}

/* Another thread's now, with its signal; and no other's, if only one's own are asked for. */
static void heirs_within(void)
{
	pthread_t t;
	int p[2];

	CHECK(!pipe(p));
	listen_for(SIGUSR1);
	CHECK(!pthread_create(&t, NULL, make_clone, &p[0]) && !pthread_join(t, NULL));
	while (waitpid(born, &status, __WCLONE | __WNOTHREAD | WNOHANG) < 0)
		CHECK(errno == ECHILD && !sched_yield()); /* until the thread has really ended */
	CHECK(write(p[1], "x", 1) == 1);
	while (!times_heard)
		poll(NULL, 0, 1);
	heard_of(0, SIGUSR1, born, CLD_EXITED, 4);
	CHECK(waitpid(born, &status, __WCLONE | __WNOTHREAD) == born && status == 0x400);
	close(p[0]), close(p[1]);
}

/* Zombies of one that ends go with it, also with signals queued that nobody takes, and so do children that end later and
 * have another signal than SIGCHLD: nothing of them is kept. */
static void nothing_is_kept(void)
{
	sigset_t s;
	pid_t pid;

	sigemptyset(&s);
	sigaddset(&s, SIGRTMIN);
	for (int i = 0; i < CHILDREN; i++) {
		CHILD(pid)
		{
			timer_t id;
			pid_t child;

			CHECK(!sigprocmask(SIG_BLOCK, &s, NULL));
			for (int k = 0; k < 8; k++)
				CHECK(!sigqueue(getpid(), SIGRTMIN,
						(union sigval){ .sival_int = k }));
			CHECK(!syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
			CHILD(child);
			CHECK(!waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
			child = getpid();
			if (clone_by(SIGUSR1) == 0)
				while (getppid() == child)
					sched_yield();
		}
		expect_exit(pid, 0);
	}
	sleep_ms(10);
}

/* ---- tracers ---- */

static volatile pid_t thread;

static void *be_a_thread(void *from)
{
	char c;

	thread = (pid_t)syscall(SYS_gettid);
	CHECK(read(*(int *)from, &c, 1) == 1);
	syscall(SYS_exit, 7);
	return NULL;
}

/* A tracer that is not the parent hears by SIGCHLD, the parent afterwards by what it has asked for. */
static void told_twice(void)
{
	pid_t pid, tracer;
	int p[2], q[2];
	char c;

	CHECK(!pipe(p) && !pipe(q));
	listen_for(SIGUSR1);
	pid = clone_by(SIGUSR1);
	if (!pid)
		exit_by_byte(p[0]);
	CHILD(tracer)
	{
		listen_for(SIGCHLD);
		CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
		CHECK(waitpid(pid, &status, __WALL) == pid && status == 0x137f);
		go(PTRACE_CONT, pid, 0);
		times_heard = 0;
		CHECK(write(p[1], "x", 1) == 1);
		while (!times_heard)
			poll(NULL, 0, 1);
		heard_of(0, SIGCHLD, pid, CLD_EXITED, 4);
		CHECK(write(q[1], "t", 1) == 1 && read(p[0], &c, 1) == 1);
		CHECK(waitpid(pid, &status, __WALL) == pid && status == 0x400);
	}
	CHECK(read(q[0], &c, 1) == 1);
	CHECK(!times_heard && waitpid(pid, &status, __WCLONE | WNOHANG) == 0);
	CHECK(write(p[1], "y", 1) == 1);
	expect_exit(tracer, 0);
	while (!times_heard)
		poll(NULL, 0, 1);
	heard_of(0, SIGUSR1, pid, CLD_EXITED, 4);
	CHECK(waitpid(pid, &status, __WCLONE) == pid && status == 0x400 && times_heard == 1);
	close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

/* A thread's end is told to its tracer alone; a tracer that has not asked leaves nothing of it. */
static void traced_threads(int waits)
{
	pid_t me = getpid(), tracer;
	pthread_t t;
	int p[2];

	CHECK(!pipe(p));
	thread = 0;
	CHECK(!pthread_create(&t, NULL, be_a_thread, &p[0]));
	while (!thread)
		sched_yield();
	listen_for(SIGCHLD);
	CHILD(tracer)
	{
		listen_for(SIGCHLD);
		CHECK(!ptrace(PTRACE_ATTACH, thread, 0, 0));
		CHECK(waitpid(thread, &status, __WALL) == thread && status == 0x137f);
		go(PTRACE_CONT, thread, 0);
		times_heard = 0;
		CHECK(write(p[1], "x", 1) == 1);
		while (!times_heard)
			poll(NULL, 0, 1);
		heard_of(0, SIGCHLD, thread, CLD_EXITED, 7);
		CHECK(!syscall(SYS_tgkill, me, thread, 0)); /* it is a zombie */
		if (waits)
			CHECK(waitpid(thread, &status, __WALL) == thread && status == 0x700);
	}
	expect_exit(tracer, 0);
	CHECK(times_heard == 1); /* of the tracer's own end */
	FAILS((int)syscall(SYS_tgkill, me, thread, 0), ESRCH);
	FAILS(waitpid(thread, &status, __WALL | WNOHANG), ECHILD);
	CHECK(!pthread_join(t, NULL));
	close(p[0]), close(p[1]);
	signal(SIGCHLD, SIG_DFL);
}

/* The first thread ends under a tracer that ends, too, while another thread goes on: its parent hears of nothing yet. */
static void leader_leaves_with_its_tracer(void)
{
	pid_t pid, tracer;
	int p[2], q[2];
	pthread_t t;
	char c;

	CHECK(!pipe(p) && !pipe(q));
	listen_for(SIGCHLD);
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, be_a_thread, &q[0]));
		while (read(p[0], &c, 1) != 1)
			;
		syscall(SYS_exit, 7);
	}
	CHILD(tracer)
	{
		listen_for(SIGCHLD);
		CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
		stops_with(pid, SIGSTOP);
		go(PTRACE_CONT, pid, 0);
		times_heard = 0;
		CHECK(write(p[1], "x", 1) == 1);
		for (int i = 0; i < 20 && !times_heard; i++)
			poll(NULL, 0, 1);
		if (!getenv("REAL_MACHINE")) /* young kernels tell at the last thread's end */
			heard_of(0, SIGCHLD, pid, CLD_EXITED, 7);
		CHECK(waitpid(pid, &status, WNOHANG) ==
		      0); /* before the last thread it is nobody's to have */
	}
	expect_exit(tracer, 0);
	sleep_ms(5);
	CHECK(times_heard == 1 && heard[0].si_pid == tracer);
	CHECK(waitpid(pid, &status, WNOHANG) == 0 && write(q[1], "x", 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0x700 && times_heard == 2);
	heard_of(1, SIGCHLD, pid, CLD_EXITED, 7);
	close(p[0]), close(p[1]), close(q[0]), close(q[1]);
	signal(SIGCHLD, SIG_DFL);
}

/* A tracee in a stop of its group, whose tracer and parent ends: it is a plain stop then, which SIGCONT ends. Another
 * member, whose parent lives, keeps the group from being an orphan. */
static void stopped_heir(int stopped)
{
	int p[2], q[2], r[2];
	pid_t pid, group, heir;
	char c;

	CHECK(!pipe(p) && !pipe(q) && !pipe(r));
	CHILD(group)
	{
		CHECK(setsid() == getpid());
		CHILD(pid)
		{
			CHECK(!setpgid(0, 0) && write(r[1], "g", 1) == 1);
			CHILD(heir)
			{
				CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0) && !raise(SIGSTOP));
				heir = getpid();
				CHECK(write(p[1], &heir, sizeof(heir)) == sizeof(heir));
				pause();
			}
			stops_with(heir, SIGSTOP);
			if (stopped) {
				go(PTRACE_CONT, heir, SIGSTOP);
				stops_with(heir, SIGSTOP);
				peek(PTRACE_PEEKUSER, heir, 0);
			}
			CHECK(write(p[1], &heir, sizeof(heir)) == sizeof(heir) &&
			      read(q[0], &c, 1) == 1);
			_exit(0);
		}
		CHECK(read(r[0], &c, 1) == 1);
		group = pid;
		CHILD(pid)
		{
			CHECK(!setpgid(0, group) && write(q[1], "k", 1) == 1);
			alarm(20);
			pause();
		}
		expect_exit(group, 0);
		CHECK(read(p[0], &heir, sizeof(heir)) == sizeof(heir));
		if (stopped) {
			CHECK(!nonblocking(p[0]));
			sleep_ms(10);
			FAILS((int)read(p[0], &heir, sizeof(heir)), EAGAIN);
			CHECK(!fcntl(p[0], F_SETFL, 0) && !kill(heir, SIGCONT));
		}
		CHECK(read(p[0], &heir, sizeof(heir)) == sizeof(heir)); /* it goes on */
		CHECK(!kill(heir, SIGKILL) && !kill(pid, SIGKILL));
		CHECK(waitpid(pid, &status, 0) == pid);
	}
	expect_exit(group, 0);
	close(p[0]), close(p[1]), close(q[0]), close(q[1]), close(r[0]), close(r[1]);
}

int main(int argc, char **argv)
{
	pid_t pid;

	(void)argv;
	if (argc > 1) { /* all wait for each other: what an ended one has set never rings */
		struct itimerval soon = { { 0, 1000 }, { 0, 1000 } };

		CHILD(pid) CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
		pause();
	}
	hurry();
	the_last_thread_is_the_end();
	groups_end();
	CHILD(pid) signals_are_handed_on();
	expect_exit(pid, 0);
	one_joiner_is_woken();
	heirs_within();
	nothing_is_kept();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	for (int stopped = 0; stopped < 2; stopped++)
		stopped_heir(stopped);
	leader_leaves_with_its_tracer();
	told_twice();
	traced_threads(1);
	traced_threads(0);
	return 0;
}
