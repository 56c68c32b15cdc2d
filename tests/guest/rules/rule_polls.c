/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_polls.c: poll and select: how many are told, in which of the sets, of which numbers, how long they wait to the
 * last unit, by poll(2), select(2), select_tut(2). With an argument: what waits for ever, waits for ever.
 */
#include "rule.h"

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>

enum { MOST = 1024, NSEC = 1000000000 };

static int p[2], full[2];

static int64_t now_ns(void)
{
	struct timespec t;

	CHECK(!clock_gettime(CLOCK_MONOTONIC, &t));
	return (int64_t)t.tv_sec * NSEC + t.tv_nsec;
}

/* ---- how many ---- */

static void each_is_told(void)
{
	struct pollfd f[9];

	for (int ready = 0; ready < 512; ready++) {
		int n = __builtin_popcount((unsigned)ready);

		for (int i = 0; i < 9; i++)
			f[i] = (struct pollfd){ ready >> i & 1 ? (i & 1 ? 999 : p[1]) :
						i & 2          ? -1 :
								 p[0],
						POLLIN | POLLOUT, 0x55 };
		CHECK(poll(f, 9, 0) == n);
		for (int i = 0; i < 9; i++)
			CHECK(f[i].revents == (ready >> i & 1 ? (i & 1 ? POLLNVAL : POLLOUT) : 0));
	}
}

/* "nfds exceeds the RLIMIT_NOFILE value" */
static void as_many_as_the_limit(void)
{
	static struct pollfd f[MOST + 1];
	struct rlimit old, limit = { MOST, MOST };

	CHECK(!getrlimit(RLIMIT_NOFILE, &old));
	limit.rlim_max = old.rlim_max;
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i <= MOST; i++)
		f[i] = (struct pollfd){ i % 5 == 4 ? p[1] : -1, POLLOUT, 0 };
	CHECK(poll(f, MOST, 0) == MOST / 5 && f[MOST - 5].revents == POLLOUT && !f[MOST].revents);
	FAILS(poll(f, MOST + 1, 0), EINVAL);
	FAILS((int)syscall(SYS_ppoll, f, MOST + 1, NULL, NULL, 0), EINVAL);
	CHECK(!setrlimit(RLIMIT_NOFILE, &old));
}

/* ---- in which of the sets, of which numbers ---- */

struct sets {
	uint32_t in[8], out[8], except[8];
};

static int bit(const uint32_t *set, int fd)
{
	return set[fd / 32] >> fd % 32 & 1;
}

static int ask(int form, int n, struct sets *s)
{
	struct timeval none = { 0, 0 };
	int64_t none64[2] = { 0, 0 };
	uint32_t mask[2] = { 0, 8 };

	switch (form) {
	case 0: return (int)syscall(SYS__newselect, n, s->in, s->out, s->except, &none);
	case 1:
		return (int)syscall(SYS_select, (long[]){ n, (long)s->in, (long)s->out,
							  (long)s->except, (long)&none });
	case 2: return (int)syscall(SYS_pselect6, n, s->in, s->out, s->except, &none, mask);
	default: return (int)syscall(413, n, s->in, s->out, s->except, none64, mask);
	}
}

/* All are asked of all three; the pipe's ends stand at numbers of each word, and a full one's beside them. */
static void sets_of_all_words(int form)
{
	static const int at[] = { 20, 31, 32, 63, 64, 95, 96, 128, 159, 200 };
	enum { N = sizeof(at) / sizeof(at[0]) };
	struct sets s;

	for (int i = 0; i < N; i++)
		CHECK(dup2(i % 3 == 0 ? p[1] : i % 3 == 1 ? full[0] : full[1], at[i]) == at[i]);
	for (int n = 0; n <= 201; n += n == 200 ? 1 : 8) {
		int found = 0;

		memset(&s, 0, sizeof(s));
		for (int i = 0; i < N; i++)
			for (int k = 0; k < 3; k++)
				(&s.in[0])[8 * k + at[i] / 32] |= 1u << at[i] % 32;
		for (int i = 0; i < N; i++)
			found += at[i] < n && i % 3 < 2;
		if (ask(form, n, &s) == -1 && errno == ENOSYS)
			break; /* of 5.1 */
		for (int i = 0; i < N && at[i] < n; i++) {
			CHECK(bit(s.in, at[i]) == (i % 3 == 1));
			CHECK(bit(s.out, at[i]) == (i % 3 == 0));
			CHECK(bit(s.except, at[i]) == 0);
			found -= i % 3 < 2;
		}
		CHECK(found == 0);
		memset(&s, 0, sizeof(s));
		s.out[at[0] / 32] = 1u << at[0] % 32;
		s.in[at[1] / 32] |= 1u << at[1] % 32;
		s.out[at[2] / 32] |= 1u << at[2] % 32;
		CHECK(ask(form, 33, &s) == 2 && bit(s.out, at[0]) && bit(s.in, at[1]) &&
		      !bit(s.out, at[2]));
	}
	for (int i = 0; i < N; i++)
		close(at[i]);
	memset(&s, 0, sizeof(s));
	s.except[3] = 1u << 4;
	if (form < 3)
		FAILS(ask(form, 101, &s), EBADF);
	CHECK(form == 3 || ask(form, 100, &s) == 0);
}

/* A number above all that can be is as good as the highest. */
static void numbers_have_a_limit(void)
{
	uint32_t set[MOST / 32] = { 0 };
	struct timeval none = { 0, 0 };

	set[p[1] / 32] = 1u << p[1] % 32;
	CHECK(syscall(SYS__newselect, 1 << 20, NULL, memcpy(at_the_end(MOST / 8), set, MOST / 8),
		      NULL, &none) == 1);
	CHECK(!memcmp(at_the_end(MOST / 8), set, MOST / 8));
	FAILS((int)syscall(SYS__newselect, INT32_MIN, NULL, NULL, NULL, &none), EINVAL);
}

/* What each state of a pipe is to select: readable is what has bytes or no writer, writable what has room or no reader. */
static void states(void)
{
	struct sets s;
	int q[2];

	CHECK(!pipe(q));
	for (int closed = 0; closed < 2; closed++) {
		int fd = q[closed];

		close(q[!closed]);
		memset(&s, 0, sizeof(s));
		s.in[0] = s.out[0] = s.except[0] = 1u << fd;
		CHECK(ask(0, fd + 1, &s) ==
		      (closed ? 2 : 1)); /* one whose reader has gone is an error, which is both */
		CHECK(bit(s.in, fd) == 1 && bit(s.out, fd) == closed && !bit(s.except, fd));
		close(fd);
		CHECK(!pipe(q));
	}
	close(q[0]), close(q[1]);
}

/* ---- how long ---- */

/* Inside, a wait costs nothing but its time: so long ones tell the units. */
static void waits_are_as_long_as_they_say(void)
{
	const int ms = getenv("REAL_MACHINE") ? 30 : 2000000;
	const int64_t ns = (int64_t)ms * 1000000;
	int64_t second[2] = { ms / 1000, ms % 1000 * 1000000L }, from;
	int32_t t[2] = { ms / 1000, ms % 1000 * 1000000 };
	struct timeval v = { ms / 1000, ms % 1000 * 1000 };

#define TAKES(what)                                          \
	do {                                                 \
		from = now_ns();                             \
		CHECK((what) == 0 && now_ns() - from >= ns); \
		CHECK(now_ns() - from < ns + late(1000000)); \
	} while (0)
	alarm(0);
	TAKES(poll(NULL, 0, ms));
	TAKES(syscall(SYS_ppoll, NULL, 0, t, NULL, 8));
	TAKES(syscall(SYS__newselect, 0, NULL, NULL, NULL, &v));
	t[0] = ms / 1000, t[1] = ms % 1000 * 1000000;
	TAKES(syscall(SYS_pselect6, 0, NULL, NULL, NULL, t, NULL));
	from = now_ns();
	if (syscall(413, 0, NULL, NULL, NULL, second, NULL) == 0)
		CHECK(now_ns() - from >= ns && now_ns() - from < ns + late(1000000));
	hurry();
}

/* Ended by a signal each says what was left, and its sets stay. */
static void what_is_left(void)
{
	struct itimerval soon = { { 0, 10000 }, { 0, 10000 } }, none = { { 0, 0 }, { 0, 0 } };
	const int64_t whole = INT64_C(70000) * NSEC + 123456000;

	catch (SIGALRM, 0);
	for (int form = 0; form < 5; form++) {
		int32_t t[2] = { 70000, 123456000 / (form == 2 ? 1000 : 1) };
		int64_t t64[2] = { 70000, 123456000 }, left;
		uint32_t set = 1u << p[0];
		struct pollfd f = { p[0], POLLIN, 0 };
		int result = -1;

		CHECK(!setitimer(ITIMER_REAL, &soon, NULL));
		switch (form) {
		case 0: result = (int)syscall(SYS_ppoll, &f, 1, t, NULL, 8); break;
		case 1:
			result = (int)syscall(SYS_pselect6, p[0] + 1, &set, NULL, NULL, t, NULL);
			break;
		case 2: result = (int)syscall(SYS__newselect, p[0] + 1, &set, NULL, NULL, t); break;
		case 3: result = (int)syscall(413, p[0] + 1, &set, NULL, NULL, t64, NULL); break;
		case 4: result = (int)syscall(414, &f, 1, t64, NULL, 8); break;
		}
		if (form >= 3 && errno == ENOSYS)
			break; /* of 5.1 */
		FAILS(result, EINTR);
		left = form < 3 ? (int64_t)t[0] * NSEC + (int64_t)t[1] * (form == 2 ? 1000 : 1) :
				  t64[0] * NSEC + t64[1];
		CHECK(left < whole && left >= whole - 10000000 - late(2000000));
		CHECK(set == 1u << p[0]);
	}
	CHECK(caught_times >= 3 && !setitimer(ITIMER_REAL, &none, NULL));
	signal(SIGALRM, SIG_DFL);
	hurry();
}

/* The mask is the call's alone, also of one that fails or is answered at once. */
static void masks_come_back(void)
{
	const uint32_t all[2] = { ~0u, ~0u };
	uint32_t where[2] = { (uint32_t)all, 8 };
	struct pollfd f = { p[1], POLLOUT, 0 };
	int32_t t[2] = { 0, 0 };
	sigset_t now;

	CHECK(syscall(SYS_ppoll, &f, 1, t, all, 8) == 1);
	FAILS((int)syscall(SYS_ppoll, nowhere, 1, t, all, 8), EFAULT);
	CHECK(syscall(SYS_pselect6, 0, NULL, NULL, NULL, t, where) == 0);
	FAILS((int)syscall(SYS_pselect6, 1, nowhere, NULL, NULL, t, where), EFAULT);
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &now));
	for (int sig = 1; sig < 32; sig++)
		CHECK(!sigismember(&now, sig));
}

/* ---- for ever ---- */

static void wait_for_ever(const char *how)
{
	struct pollfd f = { p[0], POLLIN, 0 };
	struct epoll_event e = { 0 };
	uint32_t set = 1u << p[0], none[2] = { 0, 0 };
	static uint32_t word = 1;
	int fd = epoll_create(1);

	if (!strcmp(how, "poll"))
		poll(&f, 1, -1);
	else if (!strcmp(how, "ppoll"))
		syscall(SYS_ppoll, &f, 1, NULL, NULL, 8);
	else if (!strcmp(how, "select"))
		syscall(SYS__newselect, p[0] + 1, &set, NULL, NULL, NULL);
	else if (!strcmp(how, "pselect"))
		syscall(SYS_pselect6, p[0] + 1, &set, NULL, NULL, NULL, NULL);
	else if (!strcmp(how, "epoll"))
		epoll_wait(fd, &e, 1, -1);
	else if (!strcmp(how, "futex"))
		syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0);
	else if (!strcmp(how, "sigwait"))
		syscall(SYS_rt_sigtimedwait, none, NULL, NULL, 8);
	else if (!strcmp(how, "read"))
		CHECK(read(p[0], &set, 1) == 1);
	else
		pause();
}

int main(int argc, char **argv)
{
	static char bytes[65536];

	CHECK(!pipe(p) && !pipe(full));
	if (argc > 1) {
		wait_for_ever(argv[1]);
		return 0;
	}
	CHECK(write(full[1], bytes, sizeof(bytes)) == sizeof(bytes));
	hurry();
	each_is_told();
	as_many_as_the_limit();
	for (int form = 0; form < 4; form++)
		sets_of_all_words(form);
	numbers_have_a_limit();
	states();
	waits_are_as_long_as_they_say();
	what_is_left();
	masks_come_back();
	return 0;
}
