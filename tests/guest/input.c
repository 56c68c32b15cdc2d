/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input.c: waits for standard input in each way there is: it gets a line a way, each after a
 * while (tests/machine/programs_test.c). A child that has nothing to do with it waits for its parent meanwhile.
 */
#include "proc/proc.h"

#include <sys/epoll.h>
#include <sys/select.h>

static void expect(const char *line)
{
	char got[16] = { 0 };

	CHECK(read(0, got, sizeof(got) - 1) == (ssize_t)strlen(line) && !strcmp(got, line));
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct pollfd f[2] = { { 0, POLLIN, 0 }, { -1, POLLIN, 0 } };
	int p[2], set = epoll_create(1);
	fd_set in;
	pid_t pid;
	char c;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		close(p[1]);
		CHECK(read(p[0], &c, 1) == 0);
	}
	CHECK(!nonblocking(0));
	FAILS(read(0, &c, 1), EAGAIN);
	CHECK(!fcntl(0, F_SETFL, 0));
	expect("read\n");
	f[1].fd = p[0];
	CHECK(poll(f, 2, 0) == 0);
	CHECK(poll(f, 2, -1) == 1 && f[0].revents == POLLIN);
	expect("poll\n");
	FD_ZERO(&in);
	FD_SET(0, &in);
	CHECK(select(1, &in, NULL, NULL, NULL) == 1);
	expect("select\n");
	CHECK(!epoll_ctl(set, EPOLL_CTL_ADD, 0, &e));
	CHECK(epoll_wait(set, &e, 1, 0) == 0);
	CHECK(epoll_wait(set, &e, 1, -1) == 1);
	expect("epoll\n");
	CHECK(epoll_wait(set, &e, 1, -1) == 1);
	expect("");
	close(p[1]);
	expect_exit(pid, 0);
	return 0;
}
