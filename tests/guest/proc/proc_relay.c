/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_relay.c: bytes that go through a row of processes, each of which moves them in another way and in
 * pieces of random sizes; and a ring, round which one byte goes. What comes out is what went in.
 */
#include "proc.h"

#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#define TOTAL 300000u
#define PIECE 9000u

static uint32_t seed;
static char buffer[PIECE];

static unsigned below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

static char byte_at(uint32_t i)
{
	return (char)(i * 2654435761u >> 24);
}

/* ---- ways to move some bytes: how many came, 0 at the end ---- */

static size_t blocking(int in)
{
	ssize_t n = read(in, buffer, 1 + below(PIECE));

	CHECK(n >= 0);
	return (size_t)n;
}

static size_t by_pieces(int in)
{
	unsigned first = 1 + below(PIECE - 1);
	struct iovec v[2] = { { buffer, first }, { buffer + first, below(PIECE - first) } };
	ssize_t n = readv(in, v, 2);

	CHECK(n >= 0);
	return (size_t)n;
}

static ssize_t try_it(int in)
{
	ssize_t n = read(in, buffer, 1 + below(PIECE));

	CHECK(n >= 0 || errno == EAGAIN);
	return n;
}

static size_t by_poll(int in)
{
	struct pollfd f = { in, POLLIN, 0 };
	ssize_t n;

	CHECK(!nonblocking(in));
	while ((n = try_it(in)) < 0)
		CHECK(poll(&f, 1, -1) == 1);
	return (size_t)n;
}

static size_t by_select(int in)
{
	ssize_t n;
	fd_set set;

	CHECK(!nonblocking(in));
	while ((n = try_it(in)) < 0) {
		FD_ZERO(&set);
		FD_SET(in, &set);
		CHECK(select(in + 1, &set, NULL, NULL, NULL) == 1);
	}
	return (size_t)n;
}

/* By edges: only what was read up to its end is waited for. */
static size_t by_epoll(int in)
{
	static int set = -1;
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	ssize_t n;

	if (set < 0) {
		CHECK(!nonblocking(in) && (set = epoll_create(1)) >= 0);
		CHECK(!epoll_ctl(set, EPOLL_CTL_ADD, in, &e));
	}
	while ((n = try_it(in)) < 0)
		CHECK(epoll_wait(set, &e, 1, -1) == 1);
	return (size_t)n;
}

static void put(int out, size_t n)
{
	struct pollfd f = { out, POLLOUT, 0 };

	for (size_t done = 0; done < n;) {
		ssize_t more = write(out, buffer + done, n - done);

		CHECK(more > 0 || errno == EAGAIN);
		if (more < 0)
			CHECK(poll(&f, 1, -1) == 1);
		else
			done += (size_t)more;
	}
}

static size_t (*const ways[])(int in) = { blocking, by_poll, by_pieces, by_select, by_epoll };
#define WAYS 5

/* A process that reads from `in` and writes into what it returns. */
static int relay(int in, int way, int out_waits, int sockets)
{
	int p[2];
	size_t n;
	pid_t pid;

	CHECK(!(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, p) : pipe(p)));
	CHILD(pid)
	{
		close(p[0]);
		if (!out_waits)
			CHECK(!nonblocking(p[1]));
		seed += (uint32_t)way * 77;
		while ((n = ways[way](in)) > 0)
			put(p[1], n);
	}
	close(p[1]);
	close(in);
	return p[0];
}

static void a_row_of(int sockets)
{
	uint32_t i = 0, got = 0;
	int p[2], in, status;
	pid_t source;

	CHECK(!pipe(p));
	CHILD(source)
	{
		close(p[0]);
		while (i < TOTAL) {
			unsigned n = 1 + below(PIECE), k = 0;

			for (; k < n && i < TOTAL; k++)
				buffer[k] = byte_at(i++);
			put(p[1], k);
		}
	}
	close(p[1]);
	in = p[0];
	for (int way = 0; way < WAYS; way++)
		in = relay(in, way, way % 2, sockets);
	for (size_t n; (n = blocking(in)) > 0; got += (uint32_t)n)
		for (size_t k = 0; k < n; k++)
			CHECK(buffer[k] == byte_at(got + (uint32_t)k));
	CHECK(got == TOTAL);
	close(in);
	for (int k = 0; k <= WAYS; k++)
		CHECK(wait(&status) > 0 && status == 0);
	FAILS(wait(&status), ECHILD);
}

/* Signals every now and then, with a handler: what was begun is told, what was not is begun again. */
static void a_row_with_interruptions(void)
{
	struct itimerval often = { { 0, 700 }, { 0, 700 } }, never = { { 0, 0 }, { 0, 0 } };
	uint32_t got = 0, i = 0;
	int p[2], status, in;
	pid_t source;

	catch (SIGALRM, SA_RESTART);
	CHECK(!pipe(p));
	CHILD(source)
	{
		close(p[0]);
		CHECK(!setitimer(ITIMER_REAL, &often, NULL));
		while (i < TOTAL) {
			unsigned k = 0;

			for (; k < PIECE && i < TOTAL; k++)
				buffer[k] = byte_at(i++);
			put(p[1], k);
		}
	}
	close(p[1]);
	in = relay(p[0], 2, 1, 0);
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	for (size_t n; (n = blocking(in)) > 0; got += (uint32_t)n)
		for (size_t k = 0; k < n; k++)
			CHECK(buffer[k] == byte_at(got + (uint32_t)k));
	CHECK(got == TOTAL);
	close(in);
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(!setitimer(ITIMER_REAL, &never, NULL));
	signal(SIGALRM, SIG_DFL);
}

#define RING   8
#define ROUNDS 50

static void a_byte_goes_round(void)
{
	int p[RING][2], status;
	char c = 0;

	for (int i = 0; i < RING; i++)
		CHECK(!pipe(p[i]));
	for (int i = 0; i + 1 < RING; i++) {
		pid_t pid;

		CHILD(pid)
		for (int k = 0; k < ROUNDS; k++) {
			CHECK(read(p[i][0], &c, 1) == 1);
			c++;
			CHECK(write(p[i + 1][1], &c, 1) == 1);
		}
	}
	for (int k = 0; k < ROUNDS; k++) {
		CHECK(write(p[0][1], &c, 1) == 1);
		CHECK(read(p[RING - 1][0], &c, 1) == 1);
	}
	CHECK(c == (char)(ROUNDS * (RING - 1)));
	for (int i = 0; i + 1 < RING; i++)
		CHECK(wait(&status) > 0 && status == 0);
}

int main(void)
{
	hurry();
	for (seed = 1; seed < 3; seed++) {
		uint32_t now = seed;

		a_row_of(0);
		seed = now + 100;
		a_row_of(1);
		seed = now;
	}
	a_byte_goes_round();
	a_row_with_interruptions();
	return 0;
}
