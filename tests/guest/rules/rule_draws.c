/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_draws.c: descriptors of pipes and of eventfds, by calls drawn at random; a model says what each returns, and, after
 * each, what poll, select and an epoll find, by pipe(7), eventfd(2), dup(2), fcntl(2), close_range(2), poll(2), epoll(7).
 * A pipe is never filled: what it holds at most is proc_pipe's.
 */
#include "rule.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { FIRST = 40, FDS = 24, THINGS = 64, MOST = 3000, DRAWS = 4000 };

/* A pipe or an eventfd. */
static struct thing {
	int is_event, semaphore;
	uint32_t in, out; /* bytes that went in and came out; a counter */
	int ends[2];      /* open files: readers, writers */
} things[THINGS];

/* An open file. */
static struct open {
	int users, thing, end, nonblocking;
	struct watch {
		int there, fd, silent;
		uint32_t events;
		uint64_t data;
	} watch[FDS];
} opens[THINGS];

static int table[FDS]; /* of descriptors from FIRST on: an open file, -1: none */
static int cloexec[FDS];
static int epoll;
static uint32_t seed = 1991;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static uint8_t byte_at(int thing, uint32_t at)
{
	return (uint8_t)(thing * 77 + at * 13 + (at >> 8));
}

/* ---- the model ---- */

static int free_open(void)
{
	for (int k = 0; k < THINGS; k++)
		if (!opens[k].users)
			return k;
	return -1;
}

static int free_thing(void)
{
	for (int k = 0; k < THINGS; k++)
		if (!things[k].ends[0] && !things[k].ends[1])
			return k;
	return -1;
}

static int lowest_from(int i)
{
	while (i < FDS && table[i] >= 0)
		i++;
	return i < FDS ? i : -1;
}

static void install(int i, int o, int on_exec)
{
	table[i] = o;
	cloexec[i] = on_exec;
	opens[o].users++;
}

static int new_open(int thing, int end)
{
	int o = free_open();

	memset(&opens[o], 0, sizeof(opens[o]));
	opens[o].thing = thing;
	opens[o].end = end;
	opens[o].nonblocking = 1;
	things[thing].ends[end]++;
	return o;
}

static void model_close(int i)
{
	struct open *o = &opens[table[i]];

	if (--o->users == 0)
		things[o->thing].ends[o->end]--;
	table[i] = -1;
}

static uint32_t events_of(const struct open *o)
{
	const struct thing *t = &things[o->thing];

	if (t->is_event)
		return (t->in ? POLLIN : 0) | POLLOUT;
	if (o->end)
		return POLLOUT | (t->ends[0] ? 0 : POLLERR);
	return (t->in != t->out ? POLLIN : 0) | (t->ends[1] ? 0 : POLLHUP);
}

/* ---- calls ---- */

static void make(void)
{
	int fd[2], a = lowest_from(0), b = a < 0 ? -1 : lowest_from(a + 1), thing = free_thing(),
		   on_exec = (int)draw(2);

	if (a < 0 || b < 0 || thing < 0)
		return;
	memset(&things[thing], 0, sizeof(things[thing]));
	if (draw(4) == 0) {
		things[thing].is_event = 1;
		things[thing].semaphore = (int)draw(2);
		things[thing].in = draw(5);
		fd[0] = eventfd(things[thing].in,
				EFD_NONBLOCK | (on_exec ? EFD_CLOEXEC : 0) |
					(things[thing].semaphore ? EFD_SEMAPHORE : 0));
		CHECK(fd[0] == FIRST + a);
		install(a, new_open(thing, 0), on_exec);
		return;
	}
	CHECK(!pipe2(fd, O_NONBLOCK | (on_exec ? O_CLOEXEC : 0)) && fd[0] == FIRST + a &&
	      fd[1] == FIRST + b);
	install(a, new_open(thing, 0), on_exec);
	install(b, new_open(thing, 1), on_exec);
}

static void copy(void)
{
	int i = (int)draw(FDS), to = (int)draw(FDS), o = table[i], on_exec = (int)draw(2), new;
	unsigned way = draw(3);

	if (way == 2 && i != to) {
		new = dup3(FIRST + i, FIRST + to, on_exec ? O_CLOEXEC : 0);
	} else {
		way = 1;
		new = fcntl(FIRST + i, on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, FIRST + to);
	}
	if (o < 0) {
		CHECK(new == -1 && errno == EBADF);
		return;
	}
	if (way == 1) {
		to = lowest_from(to);
		if (to < 0) { /* beyond those that the model has */
			CHECK(new >= FIRST + FDS && !close(new));
			return;
		}
	} else if (table[to] >= 0) {
		opens[o].users++;
		model_close(to);
		opens[o].users--;
	}
	CHECK(new == FIRST + to);
	install(to, o, on_exec);
}

static void drop(void)
{
	int i = (int)draw(FDS), last = i + (int)draw(4), marks = (int)draw(2);

	if (draw(3)) {
		int result = close(FIRST + i);

		CHECK(table[i] >= 0 ? !result : result == -1 && errno == EBADF);
		last = i;
		marks = 0;
	} else {
		last = last < FDS ? last : FDS - 1;
		if (syscall(436, FIRST + i, FIRST + last,
			    marks ? 4 : 0)) { /* close_range, of 5.9; 4: CLOEXEC, of 5.11 */
			CHECK(errno == ENOSYS || (marks && errno == EINVAL));
			return;
		}
	}
	for (; i <= last; i++) {
		if (table[i] >= 0 && marks)
			cloexec[i] = 1;
		else if (table[i] >= 0)
			model_close(i);
	}
}

static void flags(void)
{
	int i = (int)draw(FDS), o = table[i], fd = FIRST + i, now;

	if (o < 0) {
		FAILS(fcntl(fd, draw(2) ? F_GETFL : F_GETFD), EBADF);
		return;
	}
	CHECK(fcntl(fd, F_GETFD) == cloexec[i]);
	cloexec[i] = (int)draw(2);
	CHECK(!fcntl(fd, F_SETFD, cloexec[i] ? FD_CLOEXEC : 0));
	now = fcntl(fd, F_GETFL);
	CHECK((now & O_ACCMODE) == (things[opens[o].thing].is_event ? O_RDWR :
				    opens[o].end                    ? O_WRONLY :
								      O_RDONLY));
	CHECK(!(now & O_NONBLOCK) == !opens[o].nonblocking);
	opens[o].nonblocking = (int)draw(2);
	CHECK(!fcntl(fd, F_SETFL, opens[o].nonblocking ? O_NONBLOCK : 0));
}

static void event_io(struct thing *t, int fd, int writes)
{
	uint64_t value = draw(3), got = 77;

	if (writes) {
		CHECK(write(fd, &value, 8) == 8);
		t->in += (uint32_t)value;
		return;
	}
	FAILS(read(fd, &got, 7), EINVAL);
	if (!t->in) {
		FAILS(read(fd, &got, 8), EAGAIN);
		return;
	}
	CHECK(read(fd, &got, 8) == 8 && got == (t->semaphore ? 1 : t->in));
	t->in -= (uint32_t)got;
}

/* What would wait is not asked of one that waits. */
static void io(void)
{
	int i = (int)draw(FDS), o = table[i], fd = FIRST + i, writes = (int)draw(2), there = 0;
	static uint8_t buffer[MOST];
	uint32_t n = draw(8) ? draw(200) : draw(MOST);
	struct thing *t;

	if (o < 0) {
		CHECK((writes ? write(fd, buffer, 1) : read(fd, buffer, 1)) == -1 &&
		      errno == EBADF);
		return;
	}
	t = &things[opens[o].thing];
	if (t->is_event) {
		if (opens[o].nonblocking)
			event_io(t, fd, writes);
		return;
	}
	if (writes != opens[o].end) {
		CHECK((writes ? write(fd, buffer, 1) : read(fd, buffer, 1)) == -1 &&
		      errno == EBADF);
		return;
	}
	CHECK(!ioctl(fd, FIONREAD, &there) && there == (int)(t->in - t->out));
	if (writes) {
		if (t->in - t->out + n > MOST)
			return;
		for (uint32_t k = 0; k < n; k++)
			buffer[k] = byte_at(opens[o].thing, t->in + k);
		if (n && !t->ends[0]) {
			FAILS(write(fd, buffer, n), EPIPE);
			return;
		}
		CHECK(write(fd, buffer, n) == (ssize_t)n);
		t->in += n;
		return;
	}
	if (n && !there && t->ends[1]) {
		if (opens[o].nonblocking)
			FAILS(read(fd, buffer, n), EAGAIN);
		return;
	}
	n = n < (uint32_t)there ? n : (uint32_t)there;
	CHECK(read(fd, buffer, n ? n : 1) == (ssize_t)(n ? n : there ? 1 : 0));
	n = n ? n : there ? 1 : 0;
	for (uint32_t k = 0; k < n; k++)
		CHECK(buffer[k] == byte_at(opens[o].thing, t->out + k));
	t->out += n;
}

static void watch(void)
{
	static const int ways[] = { EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL };
	int i = (int)draw(FDS), o = table[i], way = ways[draw(4)], result;
	struct epoll_event e = { .events = (draw(2) ? EPOLLIN : 0) | (draw(2) ? EPOLLOUT : 0) |
					   (draw(3) ? 0 : EPOLLONESHOT) };
	struct watch *w = &opens[o < 0 ? 0 : o].watch[i];

	e.data.u64 = (uint64_t)draw(1 << 20) << 32 | (uint32_t)i;
	result = epoll_ctl(epoll, way, FIRST + i, &e);
	if (o < 0) {
		CHECK(result == -1 && errno == EBADF);
	} else if (way == EPOLL_CTL_ADD && w->there) {
		CHECK(result == -1 && errno == EEXIST);
	} else if (way != EPOLL_CTL_ADD && !w->there) {
		CHECK(result == -1 && errno == ENOENT);
	} else {
		CHECK(!result);
		*w = (struct watch){ way != EPOLL_CTL_DEL, i, 0, e.events, e.data.u64 };
	}
}

/* ---- and looked at ---- */

static void look_by_poll(void)
{
	struct pollfd p[FDS];
	fd_set in, out;
	int n = 0, bits = 0;

	FD_ZERO(&in);
	FD_ZERO(&out);
	for (int i = 0; i < FDS; i++) {
		p[i] = (struct pollfd){ FIRST + i, draw(2) ? POLLIN | POLLOUT : 0, 99 };
		if (table[i] < 0)
			continue;
		FD_SET(FIRST + i, &in);
		FD_SET(FIRST + i, &out);
	}
	CHECK(poll(p, FDS, 0) >= 0);
	for (int i = 0; i < FDS; i++) {
		uint32_t events = table[i] < 0 ? POLLNVAL :
						 events_of(&opens[table[i]]) &
							 (p[i].events | POLLERR | POLLHUP);

		CHECK(p[i].revents == (short)events);
	}
	n = select(FIRST + FDS, &in, &out, NULL, &(struct timeval){ 0, 0 });
	for (int i = 0; i < FDS; i++) {
		uint32_t events = table[i] < 0 ? 0 : events_of(&opens[table[i]]);

		CHECK(!FD_ISSET(FIRST + i, &in) == !(events & (POLLIN | POLLHUP | POLLERR)));
		CHECK(!FD_ISSET(FIRST + i, &out) == !(events & (POLLOUT | POLLERR)));
		bits += !!FD_ISSET(FIRST + i, &in) + !!FD_ISSET(FIRST + i, &out);
	}
	CHECK(n == bits);
}

/* Each is told once, in whatever order. An open file is watched as long as any descriptor leads to it. */
static void look_by_epoll(void)
{
	struct epoll_event e[THINGS];
	int n = epoll_wait(epoll, e, THINGS, 0), found = 0;

	for (int o = 0; o < THINGS; o++) {
		for (int i = 0; opens[o].users && i < FDS; i++) {
			struct watch *w = &opens[o].watch[i];
			uint32_t events = events_of(&opens[o]) & (w->events | EPOLLERR | EPOLLHUP);
			int told = 0;

			for (int k = 0; k < n; k++)
				told += w->there && e[k].data.u64 == w->data &&
					e[k].events == events;
			if (!w->there || w->silent || !events)
				continue;
			CHECK(told == 1);
			found++;
			w->silent = !!(w->events & EPOLLONESHOT);
		}
	}
	CHECK(found == n);
}

/* A socket that is full: who does not wait is told, who waits gets all through. */
static void full(int type)
{
	static char page[1000], back[1000];
	int fd[2], n = 0;
	pid_t pid;

	CHECK(!socketpair(AF_UNIX, type, 0, fd) && !nonblocking(fd[0]));
	while (write(fd[0], page, sizeof(page)) == sizeof(page))
		n++;
	CHECK(errno == EAGAIN && n > 2);
	CHECK(!fcntl(fd[0], F_SETFL, 0));
	CHILD(pid)
	{
		close(fd[0]);
		for (int k = 0; k < n + 3; k++)
			CHECK(read(fd[1], back, sizeof(back)) > 0);
	}
	for (int k = 0; k < 3; k++)
		CHECK(write(fd[0], page, sizeof(page)) > 0);
	CHECK(!close(fd[0]) && !close(fd[1]));
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void pieces(void)
{
	int fd[2];

	CHECK(!pipe(fd) && write(fd[1], "abc", 3) == 3);
	FAILS(readv(fd[0], nowhere, 1), EFAULT);
	FAILS(writev(fd[1], nowhere, 1), EFAULT);
	CHECK(readv(fd[0], nowhere, 0) == 0);
	CHECK(!close(fd[0]) && !close(fd[1]));
}

int main(void)
{
	hurry();
	signal(SIGPIPE, SIG_IGN);
	full(SOCK_STREAM);
	full(SOCK_SEQPACKET);
	pieces();
	CHECK((epoll = epoll_create1(0)) >= 0);
	for (int fd = 3; fd < FIRST; fd++) /* the lowest that is free is the model's first */
		CHECK(fd == epoll || dup2(0, fd) == fd);
	for (int i = 0; i < FDS; i++)
		table[i] = -1;
	for (int k = 0; k < DRAWS; k++) {
		switch (draw(10)) {
		case 0: make(); break;
		case 1:
		case 2: copy(); break;
		case 3: drop(); break;
		case 4: flags(); break;
		case 5:
		case 6: watch(); break;
		default: io(); break;
		}
		look_by_poll();
		look_by_epoll();
	}
	return 0;
}
