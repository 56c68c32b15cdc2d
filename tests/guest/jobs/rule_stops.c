/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_stops.c: processes of several threads that are stopped and go on, by each signal that stops, sent to the process or to
 * one of its threads, whatever these do meanwhile: none goes on before SIGCONT, and the parent hears once, with the signal's
 * number; by signal(7), kill(2), waitpid(2), sigaction(2), and POSIX' Signal Generation and Delivery; and tracees, by ptrace(2).
 */
#include "../proc/tracer.h"
#include "../rules/rule.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>

enum { MOST = 4, ROUNDS = 28 };

static volatile struct {
	uint32_t steps[MOST], word; /* how often each has gone round; nobody wakes the word */
	pid_t tid[MOST];
	int ready;
} * shared;

static int empty[2]; /* a pipe that nothing is written to */
static uint32_t seed = 1977;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* ---- the process ---- */

enum { SPINS, GIVES_WAY, SLEEPS, POLLS, WAITS_FOR_WORD, WAYS };

static int way_of[MOST];

static void *work(void *which)
{
	const int i = (int)(intptr_t)which;
	const struct timespec soon = { 0, 200000 };
	struct pollfd p = { .fd = empty[0], .events = POLLIN };

	shared->tid[i] = (pid_t)syscall(SYS_gettid);
	__sync_fetch_and_add(&shared->ready, 1);
	for (;;) {
		shared->steps[i]++;
		switch (way_of[i]) {
		case SPINS: break;
		case GIVES_WAY: sched_yield(); break;
		case SLEEPS: nanosleep(&soon, NULL); break;
		case POLLS: poll(&p, 1, 1); break;
		default: syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, &soon, NULL, 0);
		}
	}
	return NULL;
}

static void live(int threads)
{
	pthread_t t;

	for (int sig = SIGTSTP; sig <= SIGTTOU; sig++)
		signal(sig, SIG_DFL);
	for (int i = 1; i < threads; i++)
		CHECK(!pthread_create(&t, NULL, work, (void *)(intptr_t)i));
	work((void *)0);
}

/* ---- who looks ---- */

static volatile siginfo_t heard;
static volatile int times_heard;

static void hear(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	heard = *info;
	times_heard++;
}

static void listen_by(int flags)
{
	struct sigaction a = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART | flags };

	CHECK(!sigaction(SIGCHLD, &a, NULL));
	times_heard = 0;
}

/* Of the process, whichever of its threads was the last to stop. */
static void heard_once(pid_t pid, int code, int how)
{
	for (int i = 0; i < 20000 && !times_heard; i++)
		sched_yield();
	CHECK(times_heard == 1 && heard.si_signo == SIGCHLD);
	CHECK(heard.si_pid == pid && heard.si_code == code && heard.si_status == how &&
	      heard.si_uid == getuid());
	times_heard = 0;
}

static int all_go_on(int threads)
{
	uint32_t before[MOST];

	for (int i = 0; i < threads; i++)
		before[i] = shared->steps[i];
	for (int i = 0; i < threads; i++)
		for (int k = 0; shared->steps[i] == before[i]; k++) {
			if (k > 20000)
				return 0;
			sleep_ms(1);
		}
	return 1;
}

static int none_goes_on(int threads)
{
	uint32_t before[MOST];

	for (int i = 0; i < threads; i++)
		before[i] = shared->steps[i];
	sleep_ms(1);
	for (int i = 0; i < 5; i++)
		sched_yield();
	for (int i = 0; i < threads; i++)
		if (shared->steps[i] != before[i])
			return 0;
	return 1;
}

/* Told of as `options` ask, as that, and not twice. */
static void waits_for(pid_t pid, int options, int status_wanted, int code, int how)
{
	siginfo_t info;

	CHECK(!waitid(P_PID, (id_t)pid, &info, options | WNOWAIT));
	CHECK(info.si_pid == pid && info.si_code == code && info.si_status == how);
	CHECK(waitpid(pid, &status, options == WSTOPPED ? WUNTRACED : options) == pid &&
	      status == status_wanted);
	CHECK(waitpid(pid, &status, WUNTRACED | WCONTINUED | WNOHANG) == 0);
}

static void send(pid_t pid, int threads, int sig)
{
	if (draw(2))
		CHECK(!kill(pid, sig));
	else
		CHECK(!syscall(SYS_tgkill, pid, shared->tid[draw((uint32_t)threads)], sig));
}

static void stops_and_goes_on(int threads)
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	const int quiet = draw(4) == 0, times = 1 + (int)draw(3);
	pid_t pid;

	memset((void *)shared, 0, sizeof(*shared));
	for (int i = 0; i < threads; i++)
		way_of[i] = (int)draw(WAYS);
	listen_by(quiet ? SA_NOCLDSTOP : 0);
	CHILD(pid) live(threads);
	CHECK(!setpgid(pid, pid)); /* its parent is of another group: it is no orphan */
	while (shared->ready < threads)
		sched_yield();
	for (int i = 0; i < times; i++) {
		const int sig = stops[draw(4)];

		send(pid, threads, sig);
		waits_for(pid, WSTOPPED, sig << 8 | 0x7f, CLD_STOPPED, sig);
		if (!quiet)
			heard_once(pid, CLD_STOPPED, sig);
		CHECK(none_goes_on(threads));
		if (draw(3) == 0) { /* a second one is nothing new */
			send(pid, threads, stops[draw(4)]);
			CHECK(none_goes_on(threads));
			CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
		} else if (draw(8) ==
			   0) { /* before 2.6.14 SIGKILL would wait behind that second one */
			break;
		}
		send(pid, threads, SIGCONT);
		waits_for(pid, WCONTINUED, 0xffff, CLD_CONTINUED, SIGCONT);
		if (!quiet)
			heard_once(pid, CLD_CONTINUED, SIGCONT);
		CHECK(all_go_on(threads) && !times_heard);
	}
	send(pid, threads, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
	heard_once(pid, CLD_KILLED, SIGKILL);
}

/* A process whose parent has ended stops by SIGSTOP as any other, and goes on. */
static void an_orphan_stops(int yields)
{
	pid_t pid, middle;
	char c;
	int p[2];

	CHECK(!pipe(p));
	memset((void *)shared, 0, sizeof(*shared));
	signal(SIGCHLD, SIG_DFL);
	CHILD(middle)
	{
		pid_t me = getpid();

		CHILD(pid)
		{
			while (getppid() == me)
				sched_yield();
			shared->tid[0] = getpid();
			CHECK(write(p[1], "o", 1) == 1);
			if (yields)
				for (;;)
					shared->steps[0]++;
			CHECK(!raise(SIGSTOP) && write(p[1], "g", 1) == 1);
		}
	}
	expect_exit(middle, 0);
	CHECK(read(p[0], &c, 1) == 1 && c == 'o');
	pid = shared->tid[0];
	if (yields) {
		while (!shared->steps[0])
			sched_yield();
		CHECK(!kill(pid, SIGSTOP));
		for (int i = 0; !none_goes_on(1); i++)
			CHECK(i < 1000);
		CHECK(!kill(pid, SIGCONT) && all_go_on(1) && !kill(pid, SIGKILL));
	} else {
		sleep_ms(20);
		CHECK(!nonblocking(p[0]));
		FAILS(read(p[0], &c, 1), EAGAIN);
		CHECK(!fcntl(p[0], F_SETFL, 0) && !kill(pid, SIGCONT));
		CHECK(read(p[0], &c, 1) == 1 && c == 'g');
	}
	close(p[0]), close(p[1]);
}

/* A tracer hears of each stop of its tracee, whichever signal it is that stops it. */
static void traced_stops(void)
{
	static const int each[] = { SIGHUP, SIGUSR1, SIGCHLD, SIGSTOP, SIGWINCH, 40, 64 };
	pid_t pid;

	listen_by(0);
	CHILD(pid)
	{
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0));
		for (unsigned i = 0; i < sizeof(each) / sizeof(each[0]); i++)
			CHECK(!raise(each[i]));
	}
	for (unsigned i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		waits_for(pid, WSTOPPED, each[i] << 8 | 0x7f, CLD_TRAPPED, each[i]);
		heard_once(pid, CLD_TRAPPED, each[i]);
		go(PTRACE_CONT, pid, 0);
	}
	expect_exit(pid, 0);
	heard_once(pid, CLD_EXITED, 0);
	listen_by(SA_NOCLDSTOP); /* not of these */
	CHILD(pid)
	{
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0) && !raise(SIGUSR1));
		pause();
	}
	waits_for(pid, WSTOPPED, SIGUSR1 << 8 | 0x7f, CLD_TRAPPED, SIGUSR1);
	CHECK(!times_heard && !kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
	heard_once(pid, CLD_KILLED, SIGKILL);
}

/* How often it stops on its way through that many calls, and its end. */
static int stops_of(int yields)
{
	int stops = 0;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!ptrace(PTRACE_TRACEME, 0, 0, 0) && !raise(SIGUSR1));
		for (int i = 0; i < yields; i++)
			CHECK(!sched_yield());
	}
	stops_with(pid, SIGUSR1);
	heard_once(pid, CLD_TRAPPED, SIGUSR1);
	for (;;) {
		go(PTRACE_SYSCALL, pid, 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status)) {
			heard_once(pid, CLD_EXITED, 0);
			return stops;
		}
		CHECK(status == (SIGTRAP << 8 | 0x7f));
		heard_once(pid, CLD_TRAPPED, SIGTRAP);
		stops++;
	}
}

int main(void)
{
	pid_t pid;

	if (getenv("REAL_MACHINE"))
		hurry();
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED && !pipe(empty));
	if (geteuid() == 0) /* a number of which each byte is another */
		CHECK(!setresuid(0x1234567, 0x1234567, 0x1234567));
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!status) { /* else it is not allowed here */
		traced_stops();
		listen_by(0);
		CHECK(stops_of(5) == stops_of(0) + 10);
	}
	for (int round = 0; round < ROUNDS; round++)
		stops_and_goes_on(1 + (int)draw(MOST));
	for (int i = 0; i < 4; i++)
		an_orphan_stops(i & 1);
	return 0;
}
