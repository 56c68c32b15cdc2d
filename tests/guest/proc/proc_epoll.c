/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_epoll.c: epoll: levels, edges, one shot, sets in sets; eventfd and timerfd in them. */
#include "proc.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

static void watch(int set, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = { .events = events, .data.u64 = data };

	CHECK(!epoll_ctl(set, op, fd, &e));
}

/* What the set tells: 0, or the events of the one that has this data. */
static uint32_t tells(int set, int ms, uint64_t data)
{
	struct epoll_event e[4];
	int n = epoll_wait(set, e, 4, ms);

	CHECK(n == 0 || n == 1);
	CHECK(!n || e[0].data.u64 == data);
	return n ? e[0].events : 0;
}

static void what_is_refused(const char *self)
{
	struct epoll_event e = { .events = EPOLLIN };
	int set = epoll_create(1), file = open(self, O_RDONLY), p[2];

	CHECK(set >= 0 && !pipe(p));
	FAILS(epoll_create(0), EINVAL);
	FAILS(epoll_create1(O_APPEND), EINVAL);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, 99, &e), EBADF);
	FAILS(epoll_ctl(99, EPOLL_CTL_ADD, p[0], &e), EBADF);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, set, &e), EINVAL);
	FAILS(epoll_ctl(p[0], EPOLL_CTL_ADD, p[1], &e), EINVAL);
	FAILS(epoll_ctl(set, EPOLL_CTL_MOD, p[0], &e), ENOENT);
	FAILS(epoll_ctl(set, EPOLL_CTL_DEL, p[0], &e), ENOENT);
	CHECK(!epoll_ctl(set, EPOLL_CTL_ADD, p[0], &e));
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, p[0], &e), EEXIST);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, p[1], nowhere), EFAULT);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, file, &e), EPERM); /* a file's bytes are there */
	FAILS(epoll_wait(set, &e, 0, 0), EINVAL);
	FAILS(epoll_wait(p[0], &e, 1, 0), EINVAL);
	FAILS(epoll_wait(99, &e, 1, 0), EBADF);
	FAILS(read(set, &e, 1), EINVAL);
	CHECK(!epoll_ctl(set, EPOLL_CTL_DEL, p[0], NULL));
	close(set), close(p[0]), close(p[1]), close(file);
}

static void a_level_is_told_as_long_as_it_holds(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC), p[2];
	char c;

	CHECK(!pipe(p) && fcntl(set, F_GETFD) == FD_CLOEXEC);
	watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN, 0x123456789abcdef0);
	CHECK(tells(set, 0, 0) == 0);
	CHECK(write(p[1], "ab", 2) == 2);
	CHECK(tells(set, -1, 0x123456789abcdef0) == EPOLLIN);
	CHECK(read(p[0], &c, 1) == 1);
	CHECK(tells(set, -1, 0x123456789abcdef0) == EPOLLIN);
	CHECK(read(p[0], &c, 1) == 1);
	CHECK(tells(set, 0, 0) == 0);
	watch(set, EPOLL_CTL_MOD, p[0], 0, 7);
	CHECK(write(p[1], "c", 1) == 1 && tells(set, 0, 0) == 0);
	watch(set, EPOLL_CTL_MOD, p[0], EPOLLIN, 8);
	CHECK(tells(set, 0, 8) == EPOLLIN);
	close(p[1]);
	CHECK(tells(set, 0, 8) == (EPOLLIN | EPOLLHUP));
	close(p[0]); /* and it is in no set any more */
	CHECK(tells(set, 0, 0) == 0);
	close(set);
}

static void an_edge_is_told_once(void)
{
	int set = epoll_create(1), p[2];
	char c[3];

	CHECK(!pipe(p));
	watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET, 1);
	CHECK(write(p[1], "a", 1) == 1);
	CHECK(tells(set, -1, 1) == EPOLLIN && tells(set, 0, 1) == 0);
	CHECK(write(p[1], "b", 1) == 1); /* more is news, whatever was there */
	CHECK(tells(set, -1, 1) == EPOLLIN && tells(set, 0, 1) == 0);
	CHECK(read(p[0], c, 3) == 2);
	CHECK(tells(set, 0, 1) == 0);
	CHECK(write(p[1], "c", 1) == 1 && read(p[0], c, 1) == 1);
	CHECK(tells(set, 0, 1) == 0); /* it was, and is not */
	watch(set, EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET, 2);
	CHECK(tells(set, 0, 2) == EPOLLOUT && tells(set, 0, 2) == 0);
	close(set), close(p[0]), close(p[1]);
}

static void one_shot_is_armed_again_by_hand(void)
{
	int set = epoll_create(1), p[2];

	CHECK(!pipe(p));
	watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLONESHOT, 1);
	CHECK(write(p[1], "a", 1) == 1);
	CHECK(tells(set, -1, 1) == EPOLLIN && tells(set, 0, 1) == 0);
	CHECK(write(p[1], "b", 1) == 1 && tells(set, 0, 1) == 0);
	watch(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 2);
	CHECK(tells(set, -1, 2) == EPOLLIN && tells(set, 0, 2) == 0);
	close(set), close(p[0]), close(p[1]);
}

/* In the order in which they came to hold; and each has its turn. */
static void the_order(void)
{
	int set = epoll_create(1), p[3][2];
	struct epoll_event e[3];

	for (unsigned i = 0; i < 3; i++) {
		CHECK(!pipe(p[i]));
		watch(set, EPOLL_CTL_ADD, p[i][0], EPOLLIN, i);
	}
	CHECK(write(p[2][1], "x", 1) == 1 && write(p[0][1], "x", 1) == 1);
	CHECK(write(p[1][1], "x", 1) == 1);
	CHECK(epoll_wait(set, e, 3, -1) == 3);
	CHECK(e[0].data.u64 == 2 && e[1].data.u64 == 0 && e[2].data.u64 == 1);
	CHECK(epoll_wait(set, e, 1, -1) == 1 && e[0].data.u64 == 2);
	CHECK(epoll_wait(set, e, 2, -1) == 2 && e[0].data.u64 == 0 && e[1].data.u64 == 1);
	for (unsigned i = 0; i < 3; i++)
		close(p[i][0]), close(p[i][1]);
	close(set);
}

static void waiting(void)
{
	int set = epoll_create(1), p[2];
	int64_t t = now_ms();
	pid_t pid, self = getpid();
	struct epoll_event e;
	sigset_t usr1, old;

	CHECK(!pipe(p));
	watch(set, EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
	CHECK(tells(set, 30, 1) == 0 && now_ms() - t >= 30);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(write(p[1], "x", 1) == 1);
	}
	CHECK(tells(set, -1, 1) == EPOLLIN);
	CHECK(read(p[0], &e, 1) == 1);
	expect_exit(pid, 0);
	catch (SIGUSR1, SA_RESTART);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
	}
	FAILS(epoll_wait(set, &e, 1, -1), EINTR);
	expect_exit(pid, 0);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &usr1, &old));
	catch (SIGUSR1, 0);
	CHECK(!raise(SIGUSR1) && epoll_wait(set, &e, 1, 5) == 0 && !caught);
	FAILS(epoll_pwait(set, &e, 1, -1, &old), EINTR);
	CHECK(caught == SIGUSR1);
	CHECK(!sigprocmask(SIG_SETMASK, &old, &usr1) && sigismember(&usr1, SIGUSR1) == 1);
	close(set), close(p[0]), close(p[1]);
}

static void sets_in_sets(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int outer = epoll_create(1), inner = epoll_create(1), p[2];
	struct pollfd f = { outer, POLLIN, 0 };
	pid_t pid;

	CHECK(!pipe(p));
	watch(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 10);
	watch(inner, EPOLL_CTL_ADD, p[0], EPOLLIN, 20);
	CHECK(poll(&f, 1, 0) == 0);
	FAILS(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &e), ELOOP);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(write(p[1], "x", 1) == 1);
	}
	CHECK(tells(outer, -1, 10) == EPOLLIN);
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLIN);
	CHECK(tells(inner, 0, 20) == EPOLLIN);
	expect_exit(pid, 0);
	CHECK(read(p[0], &e, 1) == 1);
	CHECK(tells(outer, 0, 10) == 0 && poll(&f, 1, 0) == 0);
	close(p[0]), close(p[1]), close(outer), close(inner);
}

/* ---- what counts ---- */

static void eventfds(void)
{
	int fd = eventfd(3, EFD_NONBLOCK), set = epoll_create(1);
	uint64_t n = 0;
	pid_t pid;

	CHECK(fd >= 0);
	watch(set, EPOLL_CTL_ADD, fd, EPOLLIN, 5);
	CHECK(tells(set, 0, 5) == EPOLLIN);
	CHECK(read(fd, &n, 8) == 8 && n == 3);
	FAILS(read(fd, &n, 8), EAGAIN);
	FAILS(read(fd, &n, 7), EINVAL);
	CHECK(tells(set, 0, 5) == 0);
	n = UINT64_MAX;
	FAILS(write(fd, &n, 8), EINVAL);
	n--;
	CHECK(write(fd, &n, 8) == 8);
	n = 1;
	FAILS(write(fd, &n, 8), EAGAIN);
	CHECK(read(fd, &n, 8) == 8 && n == UINT64_MAX - 1);
	CHILD(pid)
	{
		uint64_t two = 2;

		sleep_ms(20);
		CHECK(write(fd, &two, 8) == 8);
	}
	CHECK(tells(set, -1, 5) == EPOLLIN);
	expect_exit(pid, 0);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE);
	CHECK(read(fd, &n, 8) == 8 && n == 1);
	CHECK(read(fd, &n, 8) == 8 && n == 1);
	CHILD(pid)
	{
		uint64_t one = 1;

		sleep_ms(10);
		CHECK(write(fd, &one, 8) == 8);
	}
	CHECK(read(fd, &n, 8) == 8 && n == 1);
	expect_exit(pid, 0);
	close(fd), close(set);
}

static void timerfds(void)
{
	struct itimerspec time = { { 0, 0 }, { 0, 30000000 } }, left;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), set = epoll_create(1);
	struct pollfd f = { fd, POLLIN, 0 };
	int64_t t = now_ms();
	uint64_t n = 0;

	CHECK(fd >= 0);
	watch(set, EPOLL_CTL_ADD, fd, EPOLLIN, 6);
	FAILS(read(fd, &n, 8), EAGAIN);
	CHECK(!timerfd_settime(fd, 0, &time, NULL));
	CHECK(!timerfd_gettime(fd, &left) && left.it_value.tv_nsec <= 30000000);
	CHECK(left.it_value.tv_nsec > 0 && !left.it_value.tv_sec);
	CHECK(tells(set, 0, 6) == 0 && tells(set, 1000, 6) == EPOLLIN);
	CHECK(now_ms() - t >= 29 && now_ms() - t < 900);
	CHECK(read(fd, &n, 8) == 8 && n == 1);
	FAILS(read(fd, &n, 8), EAGAIN);
	/* One that comes again; poll and a read wait for it. */
	time.it_value.tv_nsec = time.it_interval.tv_nsec = 10000000;
	CHECK(!timerfd_settime(fd, 0, &time, NULL));
	CHECK(poll(&f, 1, -1) == 1);
	sleep_ms(35);
	CHECK(read(fd, &n, 8) == 8 && n >= 4 && n < 100);
	CHECK(!fcntl(fd, F_SETFL, 0));
	CHECK(read(fd, &n, 8) == 8 && n >= 1);
	time = (struct itimerspec){ { 0, 0 }, { 0, 0 } };
	CHECK(!timerfd_settime(fd, 0, &time, &left) && left.it_interval.tv_nsec == 10000000);
	CHECK(poll(&f, 1, 30) == 0);
	/* A set with one that comes to be due is a file that changes. */
	time.it_value.tv_nsec = 10000000;
	CHECK(!timerfd_settime(fd, 0, &time, NULL));
	f.fd = set;
	CHECK(poll(&f, 1, 0) == 0 && poll(&f, 1, -1) == 1);
	CHECK(read(fd, &n, 8) == 8 && n == 1 && poll(&f, 1, 0) == 0);
	/* At a time of the clock. */
	CHECK(!clock_gettime(CLOCK_MONOTONIC, &time.it_value));
	time.it_value.tv_sec += 1;
	t = now_ms();
	CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, NULL));
	CHECK(read(fd, &n, 8) == 8 && n == 1 && now_ms() - t >= 999);
	FAILS(timerfd_create(77, 0), EINVAL);
	FAILS(timerfd_settime(set, 0, &time, NULL), EINVAL);
	close(fd), close(set);
}

/* ---- sets in sets, drawn ---- */

enum { SETS = 8, EVENTS = 3, NODES = SETS + EVENTS, DEEPEST = 5 };

static int node[NODES];     /* sets, and behind them eventfds */
static int in[SETS][NODES]; /* what each set has */
static int full[EVENTS];    /* can be read */
static unsigned drawn = 7;

static int draw(unsigned n)
{
	drawn = drawn * 1103515245 + 12345;
	return (int)((drawn >> 16) % n);
}

/* How many sets the longest way down from it passes; more than all: it goes round. */
static int depth_of(int n, int most)
{
	int deepest = 0;

	if (n >= SETS || !most)
		return 0;
	for (int i = 0; i < SETS; i++)
		if (in[n][i] && depth_of(i, most - 1) > deepest)
			deepest = depth_of(i, most - 1);
	return deepest + 1;
}

static int is_ready(int n)
{
	if (n >= SETS)
		return full[n - SETS];
	for (int i = 0; i < NODES; i++)
		if (in[n][i] && is_ready(i))
			return 1;
	return 0;
}

/* epoll_ctl(2): "would result in a circular loop [...] or a nesting depth of epoll instances greater than 5" */
static int is_too_deep(int set, int n)
{
	int result = 0;

	in[set][n] = 1;
	for (int i = 0; n < SETS && i < SETS; i++)
		result |= depth_of(i, DEEPEST + 1) > DEEPEST;
	in[set][n] = 0;
	return result;
}

static void change(int set, int n)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint64_t)n };

	if (draw(4) == 0) {
		if (in[set][n])
			CHECK(!epoll_ctl(node[set], EPOLL_CTL_DEL, node[n], NULL));
		else
			FAILS(epoll_ctl(node[set], EPOLL_CTL_DEL, node[n], NULL),
			      set == n ? EINVAL : ENOENT);
		in[set][n] = 0;
	} else if (set == n) {
		FAILS(epoll_ctl(node[set], EPOLL_CTL_ADD, node[n], &e), EINVAL);
	} else if (in[set][n]) {
		FAILS(epoll_ctl(node[set], EPOLL_CTL_ADD, node[n], &e), EEXIST);
	} else if (is_too_deep(set, n)) {
		FAILS(epoll_ctl(node[set], EPOLL_CTL_ADD, node[n], &e), ELOOP);
	} else {
		CHECK(!epoll_ctl(node[set], EPOLL_CTL_ADD, node[n], &e));
		in[set][n] = 1;
	}
}

static void all_are_as_they_should(void)
{
	struct epoll_event e[NODES];

	for (int i = 0; i < SETS; i++) {
		struct pollfd p = { node[i], POLLIN, 0 };
		int found = 0, n;

		CHECK(poll(&p, 1, 0) == is_ready(i));
		n = epoll_wait(node[i], e, NODES, 0);
		CHECK(n >= 0);
		for (int j = 0; j < n; j++) {
			CHECK(e[j].events == EPOLLIN && in[i][e[j].data.u64] &&
			      is_ready((int)e[j].data.u64));
			found |= 1 << e[j].data.u64;
		}
		for (int j = 0; j < NODES; j++)
			CHECK(!in[i][j] || is_ready(j) == (found >> j & 1));
	}
}

static void drawn_sets(void)
{
	uint64_t number = 3;

	for (int i = 0; i < NODES; i++) {
		node[i] = i < SETS ? epoll_create1(0) : eventfd(0, EFD_NONBLOCK);
		CHECK(node[i] >= 0);
	}
	for (int i = 0; i < 160; i++) {
		const int event = draw(EVENTS);

		change(draw(SETS), draw(3) ? draw(SETS) : SETS + draw(EVENTS));
		if (draw(3) == 0) {
			if (full[event])
				CHECK(read(node[SETS + event], &number, 8) == 8);
			else
				CHECK(write(node[SETS + event], &number, 8) == 8);
			full[event] = !full[event];
		}
		if (draw(3) == 0)
			all_are_as_they_should();
		if (draw(20) == 0) { /* a set that goes leaves the others */
			const int gone = draw(SETS);

			CHECK(!close(node[gone]));
			CHECK((node[gone] = epoll_create1(0)) >= 0);
			memset(in[gone], 0, sizeof(in[gone]));
			for (int j = 0; j < SETS; j++)
				in[j][gone] = 0;
		}
	}
	for (int i = 0; i < NODES; i++)
		CHECK(!close(node[i]));
}

int main(int argc, char **argv)
{
	hurry();
	(void)argc;
	what_is_refused(argv[0]);
	a_level_is_told_as_long_as_it_holds();
	an_edge_is_told_once();
	one_shot_is_armed_again_by_hand();
	the_order();
	waiting();
	sets_in_sets();
	eventfds();
	timerfds();
	drawn_sets();
	return 0;
}
