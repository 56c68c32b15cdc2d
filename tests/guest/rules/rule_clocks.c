/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_clocks.c: how long each call that takes a time takes, and how often a timer rings, by nanosleep(2),
 * clock_nanosleep(2), alarm(2), getitimer(2), timer_settime(2), timerfd_create(2), futex(2), sigtimedwait(2), epoll_wait(2).
 * Inside a sleep costs nothing, so it may be long, which shows wrong units; on a real machine it is short.
 */
#include "rule.h"

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

enum { NSEC = 1000000000 };

static int64_t since;

static int64_t now_ns(void)
{
	struct timespec t;

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &t));
	return (int64_t)t.tv_sec * NSEC + t.tv_nsec;
}

static void begin(void)
{
	since = now_ns();
}

/* Never early, and no later than calls take. */
static int took(int64_t ns)
{
	int64_t time = now_ns() - since;

	return time >= ns && time < ns + late(300000);
}

static int is_real(void)
{
	return getenv("REAL_MACHINE") != NULL;
}

/* ---- sleeps ---- */

static void sleeps(int64_t ns)
{
	struct timespec t = { (time_t)(ns / NSEC), (long)(ns % NSEC) }, at;
	int32_t t32[2] = { (int32_t)(ns / NSEC), (int32_t)(ns % NSEC) }, at32[2];
	int64_t t64[2] = { ns / NSEC, ns % NSEC }, at64[2];
	const int ms = (int)((ns + 999999) / 1000000);
	uint32_t word = 1;
	sigset_t none;
	int fd;

	begin();
	CHECK(!syscall(SYS_nanosleep, t32, NULL) && took(ns));
	for (int clock = 0; clock < 2; clock++) {
		begin();
		CHECK(!syscall(SYS_clock_nanosleep, clock, 0, t32, NULL) && took(ns));
		CHECK(!clock_gettime(clock, &at));
		begin();
		at64[0] = at.tv_sec + t64[0] + (at.tv_nsec + t64[1]) / NSEC;
		at64[1] = (at.tv_nsec + t64[1]) % NSEC;
		at32[0] = (int32_t)at64[0], at32[1] = (int32_t)at64[1];
		CHECK(!syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME, at32, NULL));
		CHECK(took(ns - 100000) && (is_real() || now_ns() - since < ns + 200000));
	}
	begin();
	if (!syscall(407, CLOCK_MONOTONIC, 0, t64, NULL)) /* of 5.1 */
		CHECK(took(ns));
	begin();
	FAILS((int)syscall(SYS_futex, &word, FUTEX_WAIT, 1, t32, NULL, 0), ETIMEDOUT);
	CHECK(took(ns));
	sigemptyset(&none);
	begin();
	FAILS((int)syscall(SYS_rt_sigtimedwait, &none, NULL, t32, 8), EAGAIN);
	CHECK(took(ns));
	fd = epoll_create(1);
	begin();
	CHECK(fd >= 0 && epoll_wait(fd, &(struct epoll_event){ 0 }, 1, ms) == 0);
	CHECK(took((int64_t)ms * 1000000) && !close(fd));
	begin();
	CHECK(ppoll(NULL, 0, &t, NULL) == 0 && took(ns));
}

/* ---- timers ---- */

static volatile int rings;
static int64_t rang[8];

static void ring(int sig)
{
	(void)sig;
	if (rings < 8)
		rang[rings] = now_ns();
	rings++;
}

static void wait_for_rings(int n)
{
	while (rings < n)
		pause();
}

/* The first after `first`, the others by the interval. */
static void in_time(int64_t first, int64_t interval, int n)
{
	for (int i = 0; i < n; i++) {
		int64_t due = since + first + i * interval;

		CHECK(rang[i] >= due && rang[i] < due + late(300000));
	}
	rings = 0;
}

static void timers(int64_t first, int64_t interval)
{
	struct itimerval v = { { (time_t)(interval / NSEC), (long)(interval % NSEC / 1000) },
			       { (time_t)(first / NSEC), (long)(first % NSEC / 1000) } },
			 zero = { { 0, 0 }, { 0, 0 } }, now;
	struct itimerspec s = { { (time_t)(interval / NSEC), (long)(interval % NSEC) },
				{ (time_t)(first / NSEC), (long)(first % NSEC) } },
			  none = { { 0, 0 }, { 0, 0 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	uint64_t times;
	timer_t id;
	int fd;

	signal(SIGALRM, ring);
	begin();
	CHECK(!setitimer(ITIMER_REAL, &v, NULL));
	wait_for_rings(interval ? 4 : 1);
	CHECK(!setitimer(ITIMER_REAL, &zero, &now));
	in_time(first, interval, interval ? 4 : 1);
	CHECK(now.it_interval.tv_sec == v.it_interval.tv_sec &&
	      now.it_interval.tv_usec == v.it_interval.tv_usec);
	if (!interval)
		CHECK(!now.it_value.tv_sec && !now.it_value.tv_usec);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &id));
	begin();
	CHECK(!timer_settime(id, 0, &s, NULL));
	wait_for_rings(interval ? 4 : 1);
	CHECK(!timer_settime(id, 0, &none, NULL));
	in_time(first, interval, interval ? 4 : 1);
	CHECK(!timer_delete(id));
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	begin();
	CHECK(fd >= 0 && !timerfd_settime(fd, 0, &s, NULL));
	for (int i = 0; i < (interval ? 4 : 1); i++) {
		CHECK(read(fd, &times, 8) == 8 && (times == 1 || is_real()));
		rang[i] = now_ns();
	}
	in_time(first, interval, interval ? 4 : 1);
	close(fd);
}

/* alarm(2) in seconds; a second one takes the first's place, and tells what was left, rounded. */
static void alarms(void)
{
	const unsigned seconds = is_real() ? 1 : 5000;

	alarm(0);
	signal(SIGALRM, ring);
	begin();
	CHECK(alarm(seconds + 7) == 0 && alarm(seconds) == seconds + 7);
	wait_for_rings(1);
	in_time((int64_t)seconds * NSEC, 0, 1);
	CHECK(alarm(0) == 0);
}

/* ---- timers that run while the process does ---- */

static void spin_until(int n)
{
	for (volatile int i = 0; rings < n; i++)
		;
}

static void own_time(void)
{
	static const int sig[] = { SIGVTALRM, SIGPROF };

	for (int i = 0; i < 2; i++) {
		int which = ITIMER_VIRTUAL + i;
		struct itimerval v = { { 0, 2000 }, { 0, 3000 } }, zero = { { 0, 0 }, { 0, 0 } },
				 now;

		signal(sig[i], ring);
		rings = 0;
		begin();
		CHECK(!setitimer(which, &v, NULL));
		/* It does not run in sleeps. */
		CHECK(!nanosleep(&(struct timespec){ 0, 20000000 }, NULL) && !rings);
		since = now_ns();
		spin_until(3);
		CHECK(!setitimer(which, &zero, &now) &&
		      now.it_interval.tv_usec == (is_real() ? now.it_interval.tv_usec : 2000));
		/* Three ticks, and twice two more: each tick a millisecond; the first may have begun. */
		if (!is_real())
			CHECK(rang[0] - since <= 4000000 && rang[2] - rang[0] >= 3900000 &&
			      rang[2] - rang[0] <= 4100000);
		rings = 0;
		signal(sig[i], SIG_DFL);
	}
}

int main(void)
{
	const int long_ = !is_real();

	if (!long_)
		hurry();
	sleeps(long_ ? INT64_C(5000123456789) : 10123456);
	sleeps(10000001);
	alarms();
	timers(long_ ? INT64_C(4000123456000) : 10000000,
	       long_ ? INT64_C(3000999999000) : 20000000);
	timers(7654000, 0);
	own_time();
	return 0;
}
