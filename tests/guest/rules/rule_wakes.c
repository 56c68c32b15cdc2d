/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_wakes.c: many that sleep at once: each wakes when its own time has come, none before it and in their order, whatever
 * call it sleeps in; each timer that rings again and again rings as often as its interval fits; who waits first is woken
 * first, by futex(2); and who runs for long does not keep the processor from others, by sched(7).
 * Inside a sleep costs nothing, so it is long.
 */
#include "rule.h"

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

enum { SLEEPERS = 40, WAYS = 10, TURNS = 3 };

static volatile struct {
	uint32_t woken; /* so many; who, in this order, and when */
	uint32_t who[SLEEPERS];
	int64_t at[SLEEPERS];
	uint32_t word, word2, waiting, stop;
	uint32_t rounds[TURNS];
} * shared;

static int is_real(void)
{
	return getenv("REAL_MACHINE") != NULL;
}

static int64_t now_ns(void)
{
	struct timespec t;

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &t));
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
}

static uint32_t count_up(volatile uint32_t *counter)
{
	return __sync_fetch_and_add(counter, 1);
}

/* ---- each at its time ---- */

static void sleep_by_timer_of(int clock, int64_t ns)
{
	const struct itimerspec time = { .it_value = timespec_of(ns) };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	timer_t timer;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL));
	CHECK(!timer_create(clock, &event, &timer) && !timer_settime(timer, 0, &time, NULL));
	CHECK(sigwaitinfo(&set, NULL) == SIGRTMIN);
}

static void sleep_by(unsigned what, int64_t ns)
{
	struct timespec time = timespec_of(ns), until = timespec_of(now_ns() + ns);
	struct timeval tv = { time.tv_sec, time.tv_nsec / 1000 };
	const struct itimerval real = { .it_value = tv };
	const struct itimerspec once = { .it_value = time };
	const int ms = (int)(ns / 1000000);
	uint64_t times;
	uint32_t word = 1;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	switch (what % WAYS) {
	case 0: CHECK(!nanosleep(&time, NULL)); return;
	case 1: CHECK(!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL)); return;
	case 2: CHECK(!poll(NULL, 0, ms)); return;
	case 3: CHECK(!select(0, NULL, NULL, NULL, &tv)); return;
	case 4:
		CHECK((fd = epoll_create(1)) >= 0 &&
		      !epoll_wait(fd, &(struct epoll_event){ 0 }, 1, ms));
		return;
	case 5:
		FAILS((int)syscall(SYS_futex, &word, FUTEX_WAIT, 1, &time, NULL, 0), ETIMEDOUT);
		return;
	case 6: FAILS(sigtimedwait(&set, NULL, &time), EAGAIN); return;
	case 7:
		fd = timerfd_create(CLOCK_MONOTONIC, 0);
		CHECK(!timerfd_settime(fd, 0, &once, NULL) && read(fd, &times, 8) == 8 &&
		      times == 1);
		return;
	case 8:
		catch (SIGALRM, 0);
		CHECK(!setitimer(ITIMER_REAL, &real, NULL));
		FAILS(pause(), EINTR);
		return;
	default: sleep_by_timer_of(CLOCK_MONOTONIC, ns);
	}
}

/* The one that is `i`th to wake sleeps by this way and is born as the `born`th: both go through all there are. */
static void in_order(void)
{
	const int64_t gap = is_real() ? 3000000 : INT64_C(7000000000);
	const int64_t first = now_ns() + INT64_C(2000000000); /* by then all have been born */
	pid_t pid[SLEEPERS];

	shared->woken = 0;
	for (uint32_t born = 0; born < SLEEPERS; born++) {
		uint32_t i = (born * 17 + 5) % SLEEPERS;
		int64_t due = first + gap * i;

		CHILD(pid[born])
		{
			int64_t left = due - now_ns();
			uint32_t place;

			sleep_by(born / 2 + i, left > 1000000 ? left : 1000000);
			place = count_up(&shared->woken);
			shared->who[place] = i;
			shared->at[i] = now_ns();
		}
	}
	for (uint32_t born = 0; born < SLEEPERS; born++)
		expect_exit(pid[born], 0);
	CHECK(shared->woken == SLEEPERS);
	for (uint32_t i = 0; i < SLEEPERS; i++) {
		int64_t due = first + gap * i;

		/* What counts in milliseconds or microseconds has lost the rest. */
		CHECK(shared->at[i] >= due - 1000000 && shared->at[i] < due + late(1000000));
		CHECK(is_real() || shared->who[i] == i);
	}
}

/* ---- again and again ---- */

static uint32_t rings[3];

static void count_ring(int sig)
{
	rings[sig == SIGALRM ? 0 : sig - SIGRTMIN]++;
}

static int rang(uint64_t times, int64_t window, int64_t interval)
{
	return times == (uint64_t)(window / interval) ||
	       (is_real() && times > 0 && times <= (uint64_t)(window / interval) + 1);
}

/* Of a process that sleeps on: what it sleeps in ends with each signal. */
static void ring_all(int64_t unit)
{
	const int64_t every[4] = { 7 * unit, 11 * unit, 13 * unit, 17 * unit },
		      window = 1000 * unit + unit / 2;
	const struct timespec end = timespec_of(now_ns() + window);
	struct sigaction action = { .sa_handler = count_ring };
	struct itimerspec time;
	struct itimerval real;
	timer_t timer[2];
	uint64_t times;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

	CHECK(!sigaction(SIGALRM, &action, NULL));
	for (int i = 0; i < 2; i++) {
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
					  .sigev_signo = SIGRTMIN + 1 + i };

		time = (struct itimerspec){ timespec_of(every[i]), timespec_of(every[i]) };
		CHECK(!sigaction(SIGRTMIN + 1 + i, &action, NULL));
		CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer[i]) &&
		      !timer_settime(timer[i], 0, &time, NULL));
	}
	time = (struct itimerspec){ timespec_of(every[2]), timespec_of(every[2]) };
	CHECK(!timerfd_settime(fd, 0, &time, NULL));
	real.it_interval =
		(struct timeval){ (time_t)(every[3] / 1000000000), every[3] % 1000000000 / 1000 };
	real.it_value = real.it_interval;
	CHECK(!setitimer(ITIMER_REAL, &real, NULL));
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL))
		;
	for (int i = 0; i < 2; i++)
		CHECK(!timer_delete(timer[i]) && rang(rings[i + 1], window, every[i]));
	CHECK(rang(rings[0], window, every[3]));
	CHECK(read(fd, &times, 8) == 8 && rang(times, window, every[2]));
}

static void again_and_again(void)
{
	pid_t pid[3];

	for (int i = 0; i < 3; i++)
		CHILD(pid[i])
	ring_all(is_real() ? 1000000 : INT64_C(1000000000) * (i + 1) + 1000 * i);
	for (int i = 0; i < 3; i++)
		expect_exit(pid[i], 0);
}

/* ---- who waits first ---- */

static int futex(volatile uint32_t *word, int what, uint32_t value)
{
	return (int)syscall(SYS_futex, word, what, value, NULL, NULL, 0);
}

/* None is woken, up to n are moved. */
static int move(uint32_t n, uint32_t expected)
{
	return (int)syscall(SYS_futex, &shared->word, FUTEX_CMP_REQUEUE, 0, n, &shared->word2,
			    expected);
}

static void until_asleep(uint32_t n)
{
	while (shared->waiting != n)
		sleep_ms(1);
	sleep_ms(is_real() ? 30 : 2);
}

/* Born in one order, they wait in another, and are woken in that, one by one; moved to another word, too. */
static void first_come(int moved)
{
	enum { N = 6 };
	static const uint8_t turn[N] = { 3, 0, 5, 1, 4, 2 };
	volatile uint32_t *word = moved ? &shared->word2 : &shared->word;
	pid_t pid[N];

	shared->word = shared->word2 = 1;
	shared->waiting = shared->woken = 0;
	for (uint32_t i = 0; i < N; i++)
		CHILD(pid[i])
		{
			while (shared->waiting != turn[i])
				sleep_ms(1);
			sleep_ms(is_real() ? 30 : 2); /* the one before sleeps by now */
			count_up(&shared->waiting);
			CHECK(!futex(&shared->word, FUTEX_WAIT, 1));
			shared->who[count_up(&shared->woken)] = turn[i];
		}
	until_asleep(N);
	if (moved) {
		FAILS(move(N, 2), EAGAIN);
		CHECK(move(2, 1) == 2 && move(N, 1) == N - 2 && move(N, 1) == 0);
	}
	for (uint32_t i = 0; i < N; i++) {
		CHECK(futex(word, FUTEX_WAKE, 1) == 1);
		while (shared->woken != i + 1)
			sleep_ms(1);
		CHECK(shared->who[i] == i ||
		      is_real()); /* where the one before may not have come so far */
	}
	CHECK(futex(word, FUTEX_WAKE, 1) == 0);
	for (int i = 0; i < N; i++)
		expect_exit(pid[i], 0);
}

/* ---- who runs for long ---- */

/* Nobody gives way, and yet each gets on: none has twice what another has. */
static void each_gets_on(void)
{
	pid_t pid[TURNS];

	shared->stop = 0;
	for (int i = 0; i < TURNS; i++)
		CHILD(pid[i])
	while (!shared->stop)
		shared->rounds[i]++;
	sleep_ms(is_real() ? 200 : 18);
	for (int i = 0; is_real() && i < TURNS; i++)
		while (!shared->rounds[i])
			sleep_ms(1);
	shared->stop = 1;
	for (int i = 0; i < TURNS; i++)
		expect_exit(pid[i], 0);
	for (int i = 0; i < TURNS; i++)
		for (int k = 0; k < TURNS; k++)
			CHECK(shared->rounds[i] &&
			      (is_real() || shared->rounds[i] < 2 * shared->rounds[k]));
}

int main(void)
{
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	in_order();
	again_and_again();
	first_come(0);
	first_come(1);
	each_gets_on();
	return 0;
}
