/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_threads.c: descriptors that threads have in common, and what sleeps in a file that another closes. */
#include "proc.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>

static int p[2], q[2];

static void *read_one(void *got)
{
	return (void *)read(p[0], got, 1);
}

/* Its reader keeps it, so that the number may mean something else meanwhile. */
static void a_reader_keeps_what_was_closed(void)
{
	pthread_t t;
	void *result;
	char c = 0;
	int end;

	CHECK(!pipe(p));
	CHECK(!pthread_create(&t, NULL, read_one, &c));
	sleep_ms(20);
	end = p[1];
	CHECK(!close(p[0]));
	CHECK(!pipe(q) && q[0] == p[0]); /* the same number, another pipe */
	CHECK(write(q[1], "q", 1) == 1);
	sleep_ms(20);
	CHECK(write(end, "p", 1) == 1);
	CHECK(!pthread_join(t, &result) && (long)result == 1 && c == 'p');
	signal(SIGPIPE, SIG_IGN);
	FAILS(write(end, "p", 1), EPIPE); /* now it is gone */
	close(end), close(q[0]), close(q[1]);
}

static void *close_a_number(void *number)
{
	CHECK(!close((int)(long)number));
	return NULL;
}

static void numbers_are_common(void)
{
	pthread_t t;
	char c;

	CHECK(!pipe(p));
	CHECK(!pthread_create(&t, NULL, close_a_number, (void *)(long)p[1]));
	CHECK(!pthread_join(t, NULL));
	FAILS(close(p[1]), EBADF);
	CHECK(read(p[0], &c, 1) == 0);
	close(p[0]);
}

static void *copy(void *unused)
{
	char c;

	while (read(p[0], &c, 1) == 1)
		CHECK(write(q[1], &c, 1) == 1);
	return unused;
}

/* Several wait for the same: each byte goes to one of them. */
static void many_readers(void)
{
	pthread_t t[4];
	int seen[26] = { 0 };
	char c;

	CHECK(!pipe(p) && !pipe(q));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, copy, NULL));
	for (int i = 0; i < 26; i++) {
		c = (char)('a' + i);
		CHECK(write(p[1], &c, 1) == 1);
		if (i % 5 == 0)
			sleep_ms(2);
	}
	close(p[1]);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(t[i], NULL));
	close(q[1]);
	while (read(q[0], &c, 1) == 1)
		seen[c - 'a']++;
	for (int i = 0; i < 26; i++)
		CHECK(seen[i] == 1);
	close(p[0]), close(q[0]);
}

static void *add_later(void *set)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = 9 };

	sleep_ms(20);
	CHECK(!epoll_ctl((int)(long)set, EPOLL_CTL_ADD, p[0], &e));
	return NULL;
}

static void what_is_added_wakes(void)
{
	int set = epoll_create(1);
	struct epoll_event e;
	pthread_t t;

	CHECK(!pipe(p) && write(p[1], "x", 1) == 1);
	CHECK(!pthread_create(&t, NULL, add_later, (void *)(long)set));
	CHECK(epoll_wait(set, &e, 1, -1) == 1 && e.data.u64 == 9);
	CHECK(!pthread_join(t, NULL));
	close(set), close(p[0]), close(p[1]);
}

static void numbers_come_to_an_end(void)
{
	struct rlimit limit;
	int fd, last = -1, copies = 0;

	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur != 256) {
		limit.rlim_cur = 256;
		CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	}
	while ((fd = dup(0)) >= 0) {
		last = fd;
		copies++;
	}
	CHECK(errno == EMFILE && last == 255 && copies == 253);
	FAILS(pipe(p), EMFILE);
	FAILS(open("/", O_RDONLY), EMFILE);
	FAILS(fcntl(0, F_DUPFD, 10), EMFILE);
	FAILS(fcntl(0, F_DUPFD, 256), EINVAL);
	FAILS(dup2(0, 256), EBADF);
	CHECK(!close(100) && dup(0) == 100);
	CHECK(!close(100));
	FAILS(pipe(p), EMFILE); /* half of it would have room */
	CHECK(dup(0) == 100);
	for (fd = 3; fd < 256; fd++)
		CHECK(!close(fd));
	CHECK(!pipe(p) && p[0] == 3 && p[1] == 4);
}

int main(void)
{
	hurry();
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	a_reader_keeps_what_was_closed();
	numbers_are_common();
	many_readers();
	what_is_added_wakes();
	numbers_come_to_an_end();
	return 0;
}
