/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_poll.c: poll and select: what holds, how long they wait, what wakes them. */
#include "proc.h"

#include <sys/select.h>
#include <sys/syscall.h>

static int waited(int64_t since, int ms)
{
	int64_t took = now_ms() - since;

	return took >= ms && took < ms + 2000;
}

/* revents of one file, without waiting. */
static int state(int fd, short events)
{
	struct pollfd f = { fd, events, 0x5a };
	int n = poll(&f, 1, 0);

	CHECK(n == (f.revents != 0));
	return f.revents;
}

static void states_of_a_pipe(void)
{
	static char bytes[65536];
	int p[2];

	CHECK(!pipe(p));
	CHECK(state(p[0], POLLIN) == 0);
	CHECK(state(p[1], POLLOUT) == POLLOUT);
	CHECK(state(p[1], POLLIN) == 0);
	CHECK(write(p[1], bytes, 65536) == 65536);
	CHECK(state(p[0], POLLIN | POLLRDNORM) == (POLLIN | POLLRDNORM));
	CHECK(state(p[1], POLLOUT) == 0);
	CHECK(read(p[0], bytes, 4096) == 4096);
	CHECK(state(p[1], POLLOUT) == POLLOUT);
	close(p[1]);
	CHECK(state(p[0], POLLIN) == (POLLIN | POLLHUP));
	CHECK(read(p[0], bytes, 65536) == 61440);
	CHECK(state(p[0], POLLIN) == POLLHUP);
	CHECK(state(p[0], 0) == POLLHUP);
	close(p[0]);
	CHECK(state(p[0], POLLIN) == POLLNVAL);
	CHECK(state(-1, POLLIN) == 0);
	CHECK(!pipe(p));
	close(p[0]);
	CHECK((state(p[1], 0) & POLLERR) != 0);
	close(p[1]);
}

static void poll_waits_so_long(void)
{
	struct pollfd f = { -1, POLLIN, 0 };
	int64_t t = now_ms();
	int p[2];

	CHECK(poll(NULL, 0, 50) == 0 && waited(t, 50));
	t = now_ms();
	CHECK(!pipe(p));
	f.fd = p[0];
	CHECK(poll(&f, 1, 30) == 0 && waited(t, 30) && f.revents == 0);
	FAILS(poll(nowhere, 1, 0), EFAULT);
	close(p[0]);
	close(p[1]);
}

static void a_writer_wakes_poll(void)
{
	struct pollfd f[3] = { { -1, POLLIN, 0 }, { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };
	int a[2], b[2];
	pid_t pid;

	CHECK(!pipe(a) && !pipe(b));
	f[1].fd = a[0];
	f[2].fd = b[0];
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(write(b[1], "x", 1) == 1);
	}
	CHECK(poll(f, 3, -1) == 1);
	CHECK(!f[0].revents && !f[1].revents && f[2].revents == POLLIN);
	expect_exit(pid, 0);
	close(b[1]);
	CHECK(poll(f, 3, -1) == 1 && f[2].revents == (POLLIN | POLLHUP));
	close(a[0]), close(a[1]), close(b[0]);
}

/* The last writer's end is news, too. */
static void an_exit_wakes_poll(void)
{
	struct pollfd f = { -1, POLLIN, 0 };
	int p[2];
	pid_t pid;

	CHECK(!pipe(p));
	f.fd = p[0];
	CHILD(pid)
	sleep_ms(20);
	close(p[1]);
	CHECK(poll(&f, 1, -1) == 1 && f.revents == POLLHUP);
	expect_exit(pid, 0);
	close(p[0]);
}

static void a_reader_wakes_a_writer(void)
{
	static char bytes[65536];
	struct pollfd f = { -1, POLLOUT, 0 };
	int p[2];
	pid_t pid;

	CHECK(!pipe(p) && write(p[1], bytes, 65536) == 65536);
	f.fd = p[1];
	CHECK(poll(&f, 1, 10) == 0);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(read(p[0], bytes, 65536) == 65536);
	}
	CHECK(poll(&f, 1, -1) == 1 && f.revents == POLLOUT);
	expect_exit(pid, 0);
	close(p[0]), close(p[1]);
}

static void a_signal_ends_poll(void)
{
	struct timespec time = { 0, 10000000 };
	struct pollfd f = { -1, POLLIN, 0 };
	pid_t pid, self = getpid();
	sigset_t all, old, now;

	catch (SIGUSR1, SA_RESTART);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
	}
	FAILS(poll(&f, 1, -1), EINTR);
	CHECK(caught == SIGUSR1);
	expect_exit(pid, 0);

	/* ppoll lets it in for as long as it waits, and no longer. */
	sigemptyset(&all);
	sigaddset(&all, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &all, &old));
	catch (SIGUSR1, 0);
	CHECK(!raise(SIGUSR1) && !caught);
	CHECK(ppoll(&f, 1, &time, NULL) == 0 && !caught);
	FAILS(ppoll(&f, 1, NULL, &old), EINTR);
	CHECK(caught == SIGUSR1 && caught_times == 1);
	CHECK(!sigprocmask(SIG_SETMASK, &old, &now) && sigismember(&now, SIGUSR1) == 1);
}

/* ---- select ---- */

static fd_set set_of(int a, int b)
{
	fd_set s;

	FD_ZERO(&s);
	if (a >= 0)
		FD_SET(a, &s);
	if (b >= 0)
		FD_SET(b, &s);
	return s;
}

static void select_tells_what_holds(void)
{
	struct timeval none = { 0, 0 };
	int p[2], q[2], most;
	fd_set in, out;

	CHECK(!pipe(p) && !pipe(q));
	most = q[1] + 1;
	in = set_of(p[0], q[0]);
	out = set_of(p[1], -1);
	CHECK(select(most, &in, &out, NULL, &none) == 1);
	CHECK(!FD_ISSET(p[0], &in) && !FD_ISSET(q[0], &in) && FD_ISSET(p[1], &out));
	CHECK(write(q[1], "x", 1) == 1);
	in = set_of(p[0], q[0]);
	out = set_of(p[1], q[1]);
	CHECK(select(most, &in, &out, NULL, NULL) == 3);
	CHECK(!FD_ISSET(p[0], &in) && FD_ISSET(q[0], &in));
	in = set_of(p[0], q[0]);
	CHECK(select(q[0], &in, NULL, NULL, &none) == 0); /* up to and without it */
	close(p[1]);
	in = set_of(p[0], -1);
	CHECK(select(most, &in, NULL, NULL, NULL) == 1 && FD_ISSET(p[0], &in));
	close(p[0]);
	in = set_of(p[0], -1);
	FAILS(select(most, &in, NULL, NULL, &none), EBADF);
	FAILS(select(minus_one, NULL, NULL, NULL, &none), EINVAL);
	none.tv_sec = -1;
	FAILS(select(0, NULL, NULL, NULL, &none), EINVAL);
	close(q[0]), close(q[1]);
}

static void select_tells_what_is_left(void)
{
	struct timeval time = { 0, 40000 };
	int64_t t = now_ms();
	fd_set in;
	pid_t pid;
	int p[2];

	CHECK(!pipe(p));
	in = set_of(p[0], -1);
	CHECK(select(p[0] + 1, &in, NULL, NULL, &time) == 0 && waited(t, 40));
	CHECK(!time.tv_sec && !time.tv_usec && !FD_ISSET(p[0], &in));
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(write(p[1], "x", 1) == 1);
	}
	time = (struct timeval){ 5, 0 };
	in = set_of(p[0], -1);
	CHECK(select(p[0] + 1, &in, NULL, NULL, &time) == 1 && FD_ISSET(p[0], &in));
	CHECK(time.tv_sec == 4 && time.tv_usec <= 990000);
	expect_exit(pid, 0);
	close(p[0]), close(p[1]);
}

static void a_signal_ends_select(void)
{
	struct timespec time = { 0, 10000000 };
	sigset_t usr1, old;
	pid_t pid, self = getpid();
	fd_set in;
	int p[2];

	CHECK(!pipe(p));
	catch (SIGUSR1, SA_RESTART);
	CHILD(pid)
	{
		sleep_ms(20);
		CHECK(!kill(self, SIGUSR1));
	}
	in = set_of(p[0], -1);
	FAILS(select(p[0] + 1, &in, NULL, NULL, NULL), EINTR);
	CHECK(FD_ISSET(p[0], &in) && caught == SIGUSR1);
	expect_exit(pid, 0);

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &usr1, &old));
	catch (SIGUSR1, 0);
	CHECK(!raise(SIGUSR1));
	CHECK(pselect(p[0] + 1, &in, NULL, NULL, &time, NULL) == 0 && !caught);
	in = set_of(p[0], -1);
	FAILS(pselect(p[0] + 1, &in, NULL, NULL, NULL, &old), EINTR);
	CHECK(caught == SIGUSR1);
	/* What is ready comes first; the mask is back all the same. */
	catch (SIGUSR1, 0);
	CHECK(!raise(SIGUSR1) && write(p[1], "x", 1) == 1);
	CHECK(pselect(p[0] + 1, &in, NULL, NULL, NULL, &usr1) == 1 && !caught);
	CHECK(!sigprocmask(SIG_SETMASK, &old, &usr1) && sigismember(&usr1, SIGUSR1) == 1);
	CHECK(caught == SIGUSR1);
	close(p[0]), close(p[1]);
}

/* The kernel's own numbers: the oldest select takes its arguments from memory. */
static void the_oldest_and_the_youngest_forms(void)
{
	struct timeval none = { 0, 0 };
	int64_t second[2] = { 0, 20000000 }, t = now_ms();
	struct pollfd f = { -1, POLLIN, 0 };
	long args[5] = { 0 };
	fd_set in;
	int p[2];

	CHECK(!pipe(p) && write(p[1], "x", 1) == 1);
	in = set_of(p[0], -1);
	args[0] = p[0] + 1;
	args[1] = (long)&in;
	args[4] = (long)&none;
	CHECK(syscall(82, args) == 1 && FD_ISSET(p[0], &in));
	if (syscall(414, &f, 1, second, NULL, 8) == 0) /* ppoll_time64, of 5.1 */
		CHECK(waited(t, 20) && !second[0]);
	close(p[0]), close(p[1]);
}

int main(void)
{
	hurry();
	states_of_a_pipe();
	poll_waits_so_long();
	a_writer_wakes_poll();
	an_exit_wakes_poll();
	a_reader_wakes_a_writer();
	a_signal_ends_poll();
	select_tells_what_holds();
	select_tells_what_is_left();
	a_signal_ends_select();
	the_oldest_and_the_youngest_forms();
	return 0;
}
