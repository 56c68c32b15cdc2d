/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_time.c: times in all their forms: alarm(2), getitimer(2), nanosleep(2), clock_nanosleep(2), select(2),
 * poll(2), timer_settime(2), timerfd_create(2). What is given must come back, to the last unit.
 */
#include "rule.h"

#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>

enum { NSEC = 1000000000, USEC = 1000000 };

/* As the kernel of 32 bits has it, and as the younger calls have it. */
struct time32 {
	int32_t sec, part;
};
struct time64 {
	int64_t sec, nsec;
};

static int64_t now_ns(void)
{
	struct timespec t;

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &t));
	return (int64_t)t.tv_sec * NSEC + t.tv_nsec;
}

static const int32_t seconds[] = { 0, 1, 2, 3, 59, 0x1234, 0x5aa5, 100000, 0x12345678, 0x2aaaaaaa };
static const int32_t parts[] = { 1, 2, 999, 1000, 4095, 123456, 500000, 999999 };
enum { SECONDS = sizeof(seconds) / sizeof(seconds[0]), PARTS = sizeof(parts) / sizeof(parts[0]) };

/* ---- alarm and the interval timers ---- */

static void alarms(void)
{
	struct itimerval t = { { 0, 0 }, { 1, 400000 } };

	alarm(0);
	for (int i = 1; i < SECONDS; i++) {
		CHECK(alarm((unsigned)seconds[i]) == (unsigned)(i > 1 ? seconds[i - 1] : 0));
		CHECK(!getitimer(ITIMER_REAL, &t) && !t.it_interval.tv_sec &&
		      !t.it_interval.tv_usec);
		CHECK(t.it_value.tv_sec == seconds[i] ||
		      (t.it_value.tv_sec == seconds[i] - 1 && t.it_value.tv_usec > 500000));
	}
	alarm(0);
	/* Rounded, but never to none. */
	for (int i = 0; i < 4; i++) {
		static const struct {
			int sec, usec;
			unsigned left;
		} c[] = { { 1, 400000, 1 }, { 1, 800000, 2 }, { 0, 300000, 1 }, { 7, 700000, 8 } };

		t = (struct itimerval){ { 5, 5 }, { c[i].sec, c[i].usec } };
		CHECK(!setitimer(ITIMER_REAL, &t, NULL) && alarm(0) == c[i].left);
		CHECK(!getitimer(ITIMER_REAL, &t) && !t.it_value.tv_sec && !t.it_value.tv_usec);
		CHECK(!t.it_interval.tv_sec && !t.it_interval.tv_usec && alarm(0) == 0);
	}
}

static void interval_timers(void)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		for (int i = 0; i < SECONDS; i++)
			for (int k = 0; k < PARTS; k++) {
				int unit = which == ITIMER_REAL ? 1 : 1000; /* these count ticks */
				struct itimerval t, old, now;

				t.it_interval.tv_sec = seconds[i] & 0x3ffff;
				t.it_interval.tv_usec = parts[k] * unit % USEC;
				t.it_value.tv_sec = (seconds[SECONDS - 1 - i] & 0x3ffff) + 50;
				t.it_value.tv_usec = parts[PARTS - 1 - k] * unit % USEC;
				CHECK(!setitimer(which, &t, NULL) && !getitimer(which, &now));
				CHECK(now.it_interval.tv_sec == t.it_interval.tv_sec);
				CHECK(now.it_interval.tv_usec == t.it_interval.tv_usec);
				CHECK(now.it_value.tv_sec <= t.it_value.tv_sec + 1 &&
				      now.it_value.tv_sec >= t.it_value.tv_sec - 1);
				CHECK(now.it_value.tv_usec >= 0 && now.it_value.tv_usec < USEC);
				CHECK(!setitimer(which, &none, &old));
				CHECK(!memcmp(&old.it_interval, &t.it_interval,
					      sizeof(struct timeval)));
				CHECK(!getitimer(which, &now) && !memcmp(&now, &none, sizeof(now)));
			}
	}
	FAILS(setitimer((__itimer_which_t)minus_one, &none, NULL), EINVAL);
	FAILS(setitimer((__itimer_which_t)3, &none, NULL), EINVAL);
	FAILS((int)syscall(SYS_getitimer, 3, at_the_end(16)), EINVAL);
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		const int32_t bad[4] = { 0, USEC, 0, 0 }, bad2[4] = { 0, 0, 0, USEC };

		FAILS((int)syscall(SYS_getitimer, which, at_the_end(12)), EFAULT);
		FAILS((int)syscall(SYS_setitimer, which, at_the_end(12), NULL), EFAULT);
		FAILS((int)syscall(SYS_setitimer, which, bad, NULL), EINVAL);
		FAILS((int)syscall(SYS_setitimer, which, bad2, NULL), EINVAL);
		FAILS((int)syscall(SYS_setitimer, which, &none, at_the_end(12)), EFAULT);
		memset(at_the_end(16), 0, 16);
		CHECK(!syscall(SYS_setitimer, which, at_the_end(16), at_the_end(16)));
		CHECK(!syscall(SYS_setitimer, which, NULL, at_the_end(16)) || errno == EFAULT);
	}
}

/* ---- sleeps ---- */

static void sleeps(void)
{
	static const int32_t ns[] = { 1, 999, 1000, 65536, 1000000, 3000001 };
	const struct time32 bad[] = { { 0, NSEC }, { 0, -1 }, { -1, 0 } };
	const struct time64 bad64[] = { { 0, NSEC }, { 0, -1 }, { -1, 0 } };
	int64_t before;

	for (unsigned i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		struct time32 t = { 0, ns[i] };
		struct time64 t64 = { 0, ns[i] };

		before = now_ns();
		CHECK(!syscall(SYS_nanosleep, &t, nowhere) && now_ns() - before >= ns[i]);
		CHECK(now_ns() - before < late(500000000));
		before = now_ns();
		CHECK(!syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL));
		CHECK(now_ns() - before >= ns[i] && now_ns() - before < late(500000000));
		before = now_ns();
		CHECK(!syscall(407, CLOCK_MONOTONIC, 0, &t64, NULL) || errno == ENOSYS);
		CHECK(errno == ENOSYS || now_ns() - before >= ns[i]);
	}
	for (int i = 0; i < 3; i++) {
		FAILS((int)syscall(SYS_nanosleep, &bad[i], NULL), EINVAL);
		FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &bad[i], NULL), EINVAL);
		FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 1, &bad[i], NULL), EINVAL);
		CHECK(syscall(407, CLOCK_MONOTONIC, i & 1, &bad64[i], NULL) == -1 &&
		      (errno == EINVAL || errno == ENOSYS));
	}
	FAILS((int)syscall(SYS_nanosleep, at_the_end(4), NULL), EFAULT);
	FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, at_the_end(4), NULL), EFAULT);
	FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 1, at_the_end(4), NULL), EFAULT);
	FAILS((int)syscall(SYS_clock_nanosleep, 77, 0, &bad[0], NULL), EINVAL);
}

static void absolute_sleeps(void)
{
	for (int clock = 0; clock < 2; clock++) {
		struct timespec t, t2;
		struct time32 at;

		CHECK(!clock_gettime(clock, &t));
		at.sec = (int32_t)t.tv_sec, at.part = (int32_t)t.tv_nsec + 20000000;
		if (at.part >= NSEC)
			at.part -= NSEC, at.sec++;
		CHECK(!syscall(SYS_clock_nanosleep, clock, 1, &at, NULL));
		CHECK(!clock_gettime(clock, &t2));
		CHECK(t2.tv_sec > at.sec || (t2.tv_sec == at.sec && t2.tv_nsec >= at.part));
		CHECK(t2.tv_sec <= at.sec + 2);
		CHECK(!syscall(SYS_clock_nanosleep, clock, 1, &at, NULL)); /* it is past */
		at.sec = 0, at.part = 0;
		CHECK(!syscall(SYS_clock_nanosleep, clock, 1, &at, NULL));
	}
}

/* A handler ends a sleep: what was left is told, and an absolute one tells nothing. */
static void interrupted(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	struct time32 t = { 70000, 123456789 }, left = { 7, 7 };
	struct time64 t64 = { 70000, 123456789 }, left64 = { 7, 7 };

	catch (SIGALRM, 0);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	FAILS((int)syscall(SYS_nanosleep, &t, &left), EINTR);
	CHECK(caught_times == 1 && left.sec == 70000 && left.part > 0 && left.part < 123456789);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	FAILS((int)syscall(SYS_nanosleep, &t, NULL), EINTR);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	FAILS((int)syscall(SYS_nanosleep, &t, at_the_end(4)), EFAULT);
	left.sec = 7;
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, &left), EINTR);
	CHECK(left.sec == 70000 && left.part > 0 && left.part < 123456789);
	t.sec += (int32_t)(now_ns() / NSEC), left.sec = 7;
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	FAILS((int)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 1, &t, &left), EINTR);
	CHECK(left.sec == 7 && caught_times == 5);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
	if (syscall(407, CLOCK_MONOTONIC, 0, &t64, &left64) == -1 && errno == ENOSYS)
		return;
	CHECK(errno == EINTR && left64.sec == 70000 && left64.nsec > 0 && left64.nsec < 123456789);
}

/* ---- select and poll ---- */

static void selects(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	int p[2];

	CHECK(!pipe(p));
	catch (SIGALRM, 0);
	for (int i = 0; i < SECONDS; i++)
		for (int k = 0; k < PARTS; k++) {
			int32_t t[2] = { seconds[i], parts[k] };
			uint32_t set = 1u << p[1];

			/* It can be written: what was left of the time is told, that is nearly all. */
			CHECK(syscall(SYS__newselect, p[1] + 1, NULL, &set, NULL, t) == 1);
			CHECK(set == 1u << p[1] && t[0] <= seconds[i] && t[1] >= 0 && t[1] < USEC);
			CHECK((int64_t)t[0] * USEC + t[1] >=
			      (int64_t)seconds[i] * USEC + parts[k] - late(NSEC / 2) / 1000);
			CHECK((int64_t)t[0] * USEC + t[1] <= (int64_t)seconds[i] * USEC + parts[k]);
			t[0] = seconds[i], t[1] = parts[k];
			CHECK(syscall(SYS_pselect6, p[1] + 1, NULL, &set, NULL, t, NULL) == 1);
			CHECK((int64_t)t[0] * NSEC + t[1] >=
			      (int64_t)seconds[i] * NSEC + parts[k] - late(NSEC / 2));
			CHECK((int64_t)t[0] * NSEC + t[1] <= (int64_t)seconds[i] * NSEC + parts[k]);
		}
	for (int k = 0; k < 5; k++) {
		int32_t t[2] = { 0, parts[k] };
		uint32_t set = 1u << p[0];
		int64_t before = now_ns();

		CHECK(syscall(SYS__newselect, p[0] + 1, &set, NULL, NULL, t) == 0 && !set);
		CHECK(now_ns() - before >= parts[k] * 1000 && !t[0] && !t[1]);
	}
	/* Where what is left cannot be told, the call has been done all the same. */
	{
		int32_t *t = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);
		uint32_t set = 1u << p[1];

		t[1] = 1000;
		CHECK(!mprotect(t, PAGE, PROT_READ));
		CHECK(syscall(SYS__newselect, p[1] + 1, NULL, &set, NULL, t) == 1);
		CHECK(syscall(SYS_pselect6, p[1] + 1, NULL, &set, NULL, t, NULL) == 1);
		CHECK(syscall(SYS_ppoll, NULL, 0, t, NULL, 8) == 0);
	}
	/* A signal leaves the sets alone, and tells the time that was left. */
	for (int form = 0; form < 2; form++) {
		int32_t t[2] = { 70000, 123456 };
		uint32_t set = 1u << p[0];

		CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
		FAILS((int)syscall(form ? SYS_pselect6 : SYS__newselect, p[0] + 1, &set, NULL, NULL,
				   t, NULL),
		      EINTR);
		CHECK(set == 1u << p[0] && (t[0] == 70000 || t[0] == 69999) && t[1] > 0);
	}
	CHECK(caught_times == 2);
	close(p[0]), close(p[1]);
}

static void bad_selects(void)
{
	int32_t zero[2] = { 0, 0 };
	const int32_t before[2] = { -1, 0 }, bad[2] = { 0, -1 };
	const int32_t much[2] = { 0, NSEC };
	uint32_t args[5] = { 0, 0, 0, 0, (uint32_t)zero }, set[32] = { 1u << 20 };
	uint32_t mask[2] = { 0, 8 }, wrong[2] = { (uint32_t)set, 4 };

	CHECK(syscall(SYS__newselect, 0, NULL, NULL, NULL, zero) == 0);
	CHECK(syscall(SYS_select, args) == 0);
	FAILS((int)syscall(SYS_select, at_the_end(16)), EFAULT);
	FAILS((int)syscall(SYS__newselect, -1, NULL, NULL, NULL, zero), EINVAL);
	FAILS((int)syscall(SYS__newselect, 0, NULL, NULL, NULL, before), EINVAL);
	FAILS((int)syscall(SYS__newselect, 0, NULL, NULL, NULL, bad), EINVAL);
	FAILS((int)syscall(SYS__newselect, 0, NULL, NULL, NULL, at_the_end(4)), EFAULT);
	FAILS((int)syscall(SYS__newselect, 21, set, NULL, NULL, zero), EBADF);
	FAILS((int)syscall(SYS__newselect, 21, NULL, set, NULL, zero), EBADF);
	FAILS((int)syscall(SYS__newselect, 21, NULL, NULL, set, zero), EBADF);
	CHECK(syscall(SYS__newselect, 20, set, NULL, NULL, zero) == 0); /* below that number */
	FAILS((int)syscall(SYS__newselect, 1, nowhere, NULL, NULL, zero), EFAULT);
	FAILS((int)syscall(SYS__newselect, 1, NULL, nowhere, NULL, zero), EFAULT);
	FAILS((int)syscall(SYS__newselect, 1, NULL, NULL, nowhere, zero), EFAULT);
	FAILS((int)syscall(SYS__newselect, 33, at_the_end(4), NULL, NULL, zero), EFAULT);
	memset(at_the_end(4), 0, 4);
	CHECK(syscall(SYS__newselect, 32, at_the_end(4), NULL, NULL, zero) == 0);
	FAILS((int)syscall(SYS_pselect6, -1, NULL, NULL, NULL, zero, NULL), EINVAL);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, much, NULL), EINVAL);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, before, NULL), EINVAL);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, at_the_end(4), NULL), EFAULT);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, zero, at_the_end(4)), EFAULT);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, zero, wrong), EINVAL);
	wrong[0] = (uint32_t)at_the_end(4), wrong[1] = 8;
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, zero, wrong), EFAULT);
	CHECK(syscall(SYS_pselect6, 0, NULL, NULL, NULL, zero, mask) == 0);
	memcpy(at_the_end(8), mask, 8);
	CHECK(syscall(SYS_pselect6, 0, NULL, NULL, NULL, zero, at_the_end(8)) == 0);
}

static void polls(void)
{
	struct time64 t64 = { 1234, 567 };
	struct time32 t = { 1234, 567 }, bad = { 0, NSEC }, soon = { 0, 2000000 };
	struct pollfd f[2] = { { .fd = 99, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	uint32_t mask[2] = { 0, 0 };
	int64_t before = now_ns();

	CHECK(poll(f, 2, 1000) == 1 && f[0].revents == POLLNVAL && f[1].revents == 0);
	f[0].fd = -1, f[0].revents = 55;
	CHECK(poll(f, 2, 3) == 0 && now_ns() - before >= 3000000 && f[0].revents == 0);
	FAILS(poll(nowhere, 1, 0), EFAULT);
	FAILS(poll(at_the_end(4), 1, 0), EFAULT);
	CHECK(poll(nowhere, 0, 0) == 0);
	FAILS((int)syscall(SYS_poll, f, 0x7fffffff, 0), EINVAL);
	f[0].fd = 99;
	CHECK(syscall(SYS_ppoll, f, 2, &t, mask, 8) == 1 && t.sec <= 1234);
	CHECK((1234 - t.sec) * NSEC + 567 - t.part < late(NSEC / 2));
	FAILS((int)syscall(SYS_ppoll, f, 2, &bad, mask, 8), EINVAL);
	FAILS((int)syscall(SYS_ppoll, f, 2, at_the_end(4), mask, 8), EFAULT);
	FAILS((int)syscall(SYS_ppoll, f, 2, &t, mask, 4), EINVAL);
	FAILS((int)syscall(SYS_ppoll, f, 2, &t, at_the_end(4), 8), EFAULT);
	memset(at_the_end(8), 0, 8);
	CHECK(syscall(SYS_ppoll, f, 2, &t, at_the_end(8), 8) == 1);
	FAILS((int)syscall(SYS_ppoll, at_the_end(4), 1, &t, NULL, 0), EFAULT);
	f[0].fd = -1;
	before = now_ns();
	CHECK(syscall(SYS_ppoll, f, 2, &soon, NULL, 0) == 0 && now_ns() - before >= 2000000);
	CHECK(soon.sec == 0 && soon.part == 0);
	f[0].fd = 99;
	if (syscall(414, f, 2, &t64, NULL, 0) == -1 && errno == ENOSYS)
		return; /* of 5.1 */
	CHECK(f[0].revents == POLLNVAL && (t64.sec == 1233 || t64.sec == 1234) && t64.nsec < NSEC);
	t64.nsec = NSEC;
	FAILS((int)syscall(414, f, 2, &t64, NULL, 0), EINVAL);
	FAILS((int)syscall(413, 0, NULL, NULL, NULL, &t64, NULL), EINVAL);
	t64.nsec = 1000000, t64.sec = 0;
	before = now_ns();
	CHECK(syscall(413, 0, NULL, NULL, NULL, &t64, NULL) == 0 && now_ns() - before >= 1000000);
	CHECK(!t64.sec && !t64.nsec);
	/* The mask holds during the call alone, and its signal comes then. */
	catch (SIGALRM, 0);
	CHECK(!sigprocmask(SIG_BLOCK, &(sigset_t){ { 1 << (SIGALRM - 1) } }, NULL));
	CHECK(!raise(SIGALRM) && !caught);
	t.sec = 100, f[0].fd = -1;
	FAILS((int)syscall(SYS_ppoll, f, 2, &t, mask, 8), EINTR);
	CHECK(caught == SIGALRM && !raise(SIGALRM) && caught_times == 1);
	FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t,
			   (uint32_t[]){ (uint32_t)mask, 8 }),
	      EINTR);
	CHECK(caught_times == 2 && !raise(SIGALRM) && caught_times == 2);
	CHECK(!sigprocmask(SIG_SETMASK, &(sigset_t){ { 0 } }, NULL) && caught_times == 3);
}

/* ---- timers of files ---- */

static void set_fd(int fd, int flags, int64_t due, int64_t interval)
{
	struct time32 t[2] = { { (int32_t)(interval / NSEC), (int32_t)(interval % NSEC) },
			       { (int32_t)(due / NSEC), (int32_t)(due % NSEC) } };

	CHECK(!syscall(SYS_timerfd_settime, fd, flags, t, NULL));
}

static void timer_files(void)
{
	static const int64_t intervals[] = { 1000000, 999999, 3000001, 7654321, 12345678 };
	struct time32 t[2], old[2];
	struct time64 t64[2] = { { 5, 6 }, { 70000, 8 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), p[2];
	uint64_t times;

	CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) && fcntl(fd, F_GETFD) == 0);
	FAILS(read(fd, &times, 8), EAGAIN);
	FAILS(read(fd, &times, 7), EINVAL);
	FAILS(write(fd, &times, 8), EINVAL);
	sleep_ms(100); /* the clock may just have begun */
	for (unsigned i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		int64_t begun = now_ns(), due = begun - 80000000, end;

		set_fd(fd, TFD_TIMER_ABSTIME, due, intervals[i]);
		CHECK(!syscall(SYS_timerfd_gettime, fd, t));
		CHECK(t[0].sec == 0 && t[0].part == intervals[i]);
		CHECK(t[1].sec == 0 && t[1].part > 0 && t[1].part <= intervals[i]);
		CHECK(read(fd, &times, 8) == 8);
		end = now_ns();
		CHECK((int64_t)times >= (begun - due) / intervals[i] + 1);
		CHECK((int64_t)times <= (end - due) / intervals[i] + 1);
		CHECK(!syscall(SYS_timerfd_gettime, fd, t) && t[1].part > 0);
		CHECK(now_ns() + t[1].part <= due + ((int64_t)times + 20) * intervals[i] + late(0));
	}
	set_fd(fd, TFD_TIMER_ABSTIME, now_ns() - 50000000, 0);
	CHECK(!syscall(SYS_timerfd_gettime, fd, t) && !t[1].sec && !t[1].part);
	CHECK(read(fd, &times, 8) == 8 && times == 1);
	FAILS(read(fd, &times, 8), EAGAIN);
	set_fd(fd, 0, 300000000, 0);
	FAILS(read(fd, &times, 8), EAGAIN);
	CHECK(!syscall(SYS_timerfd_gettime, fd, t) && !t[0].part && t[1].part > 0 &&
	      t[1].part <= 300000000);
	t[0].sec = 3, t[0].part = 4, t[1].sec = 50000, t[1].part = 6;
	CHECK(!syscall(SYS_timerfd_settime, fd, 0, t, old) && old[1].part > 0 && !old[0].sec);
	CHECK(!syscall(SYS_timerfd_gettime, fd, old) && old[0].sec == 3 && old[0].part == 4);
	CHECK(old[1].sec == 50000 || old[1].sec == 49999);
	t[1].part = NSEC;
	FAILS((int)syscall(SYS_timerfd_settime, fd, 0, t, NULL), EINVAL);
	t[1].part = 0, t[0].part = -1;
	FAILS((int)syscall(SYS_timerfd_settime, fd, 0, t, NULL), EINVAL);
	t[0].part = 0;
	FAILS((int)syscall(SYS_timerfd_settime, fd, 4, t, NULL), EINVAL);
	FAILS((int)syscall(SYS_timerfd_settime, fd, 0, at_the_end(12), NULL), EFAULT);
	FAILS((int)syscall(SYS_timerfd_settime, fd, 0, t, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_timerfd_gettime, fd, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_timerfd_gettime, fd, nowhere), EFAULT);
	FAILS((int)syscall(SYS_timerfd_gettime, 99, t), EBADF);
	FAILS((int)syscall(SYS_timerfd_settime, 99, 0, t, NULL), EBADF);
	CHECK(!pipe(p));
	FAILS((int)syscall(SYS_timerfd_gettime, p[0], t), EINVAL);
	FAILS((int)syscall(SYS_timerfd_settime, p[0], 0, t, NULL), EINVAL);
	close(p[0]), close(p[1]);
	for (int clock = 0; clock < 32; clock++) {
		int more = timerfd_create(clock, TFD_CLOEXEC);

		if (clock == 0 || clock == 1 || clock == 7) {
			CHECK(more >= 0 && fcntl(more, F_GETFD) == 1 && !close(more));
		} else if (clock != 8 && clock != 9) {
			FAILS(more, EINVAL);
		}
	}
	FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
	if (syscall(411, fd, 0, t64, NULL) == -1 && errno == ENOSYS)
		return; /* of 5.1 */
	t64[0].sec = t64[1].sec = t64[0].nsec = 0;
	CHECK(!syscall(410, fd, t64) && t64[0].sec == 5 && t64[0].nsec == 6);
	CHECK(t64[1].sec == 70000 || (t64[1].sec == 69999 && t64[1].nsec < NSEC));
	close(fd);
}

static void timers(void)
{
	struct time32 t[2] = { { 5, 123456789 }, { 70000, 8 } }, old[2];
	struct time64 t64[2] = { { 9, 987654321 }, { 80000, 1 } };
	uint32_t event[16] = { 1, SIGUSR1, 17 };
	int32_t id = -1;

	FAILS((int)syscall(SYS_timer_create, CLOCK_MONOTONIC, event, &id), EINVAL);
	event[2] = SIGEV_SIGNAL, event[1] = 65;
	FAILS((int)syscall(SYS_timer_create, CLOCK_MONOTONIC, event, &id), EINVAL);
	event[1] = 0;
	FAILS((int)syscall(SYS_timer_create, CLOCK_MONOTONIC, event, &id), EINVAL);
	FAILS((int)syscall(SYS_timer_create, CLOCK_MONOTONIC, at_the_end(12), &id), EFAULT);
	FAILS((int)syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, nowhere), EFAULT);
	FAILS((int)syscall(SYS_timer_create, 77, NULL, &id), EINVAL);
	CHECK(!syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) && id >= 0);
	CHECK(!syscall(SYS_timer_settime, id, 0, t, NULL));
	CHECK(!syscall(SYS_timer_gettime, id, old) && old[0].sec == 5 && old[0].part == 123456789);
	CHECK(old[1].sec == 70000 || (old[1].sec == 69999 && old[1].part > 0));
	CHECK(syscall(SYS_timer_getoverrun, id) == 0);
	t[0].sec = 6;
	CHECK(!syscall(SYS_timer_settime, id, 0, t, old) && old[0].sec == 5);
	t[0].part = NSEC;
	FAILS((int)syscall(SYS_timer_settime, id, 0, t, NULL), EINVAL);
	t[0].part = 0, t[1].part = -1;
	FAILS((int)syscall(SYS_timer_settime, id, 0, t, NULL), EINVAL);
	t[1].part = 0;
	FAILS((int)syscall(SYS_timer_settime, id, 0, at_the_end(12), NULL), EFAULT);
	FAILS((int)syscall(SYS_timer_settime, id, 0, t, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_timer_gettime, id, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_timer_gettime, -1, old), EINVAL);
	FAILS((int)syscall(SYS_timer_gettime, id + 77, old), EINVAL);
	FAILS((int)syscall(SYS_timer_settime, id + 77, 0, t, NULL), EINVAL);
	FAILS((int)syscall(SYS_timer_getoverrun, id + 77), EINVAL);
	FAILS((int)syscall(SYS_timer_delete, id + 77), EINVAL);
	if (syscall(409, id, 0, t64, NULL) == 0) { /* of 5.1 */
		memset(t64, 0, sizeof(t64));
		CHECK(!syscall(408, id, t64) && t64[0].sec == 9 && t64[0].nsec == 987654321);
		CHECK(t64[1].sec == 80000 || t64[1].sec == 79999);
	}
	CHECK(!syscall(SYS_timer_delete, id));
	FAILS((int)syscall(SYS_timer_delete, id), EINVAL);
	FAILS((int)syscall(SYS_timer_gettime, id, old), EINVAL);
}

int main(void)
{
	hurry();
	FAILS((int)syscall(SYS_restart_syscall), EINTR); /* nothing was interrupted */
	alarms();
	interval_timers();
	sleeps();
	absolute_sleeps();
	interrupted();
	selects();
	bad_selects();
	polls();
	timer_files();
	timers();
	return 0;
}
