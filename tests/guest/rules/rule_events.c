/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_events.c: socket pairs, epoll and eventfd: each errno and each word, by socketpair(2), send(2), recv(2),
 * shutdown(2), socket(7), epoll_ctl(2), epoll_wait(2), eventfd(2).
 */
#include "rule.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static char text[64];

/* socketcall's way, which no C library takes any more where the calls have numbers. */
static int by_memory(int call, long a, long b, long c, long d, long e, long f)
{
	const long arg[6] = { a, b, c, d, e, f };

	return (int)syscall(SYS_socketcall, call, arg);
}

static void pairs(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int s[2], type;
	socklen_t size;

	FAILS(socketpair(99, SOCK_STREAM, 0, s), EAFNOSUPPORT);
	FAILS(socketpair(AF_UNIX, 77, 0, s), EINVAL);
	FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, nowhere), EFAULT);
	FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, at_the_end(4)), EFAULT);
	CHECK(dup(0) == 3 && !close(3));
	for (int i = 0; i < 3; i++) {
		CHECK(!by_memory(8, AF_UNIX, types[i] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, (long)s, 0,
				 0));
		CHECK(s[0] == 3 && s[1] == 4 && fcntl(3, F_GETFD) == 1 && fcntl(4, F_GETFD) == 1);
		CHECK(fcntl(3, F_GETFL) == (O_RDWR | O_NONBLOCK) &&
		      fcntl(4, F_GETFL) == (O_RDWR | O_NONBLOCK));
		size = sizeof(type);
		CHECK(!getsockopt(3, SOL_SOCKET, SO_TYPE, &type, &size) && type == types[i]);
		CHECK(size == 4);
		size = 2, type = 0x5555aaaa;
		CHECK(!getsockopt(4, SOL_SOCKET, SO_TYPE, &type, &size) && size == 2);
		CHECK(type == (0x55550000 | types[i]));
		size = 400, type = 7;
		CHECK(!getsockopt(3, SOL_SOCKET, SO_ERROR, &type, &size) && !type && size == 4);
		FAILS(recv(3, text, 1, 0), EAGAIN);
		CHECK(by_memory(9, 3, (long)"abcde", 5, 0, 0, 0) == 5);
		CHECK(by_memory(10, 4, (long)text, 3, 0, 0, 0) == 3 && !memcmp(text, "abc", 3));
		if (types[i] == SOCK_STREAM)
			CHECK(read(4, text, 9) == 2 && !memcmp(text, "de", 2));
		FAILS(read(4, text, 9), EAGAIN);
		close(3), close(4);
	}
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s) && fcntl(3, F_GETFL) == O_RDWR &&
	      fcntl(3, F_GETFD) == 0);
	FAILS(getsockopt(3, SOL_SOCKET, SO_TYPE, &type, nowhere), EFAULT);
	FAILS(getsockopt(3, SOL_SOCKET, SO_TYPE, nowhere, &size), EFAULT);
	FAILS(recv(3, text, 5, MSG_DONTWAIT), EAGAIN);
	close(3), close(4);
}

static void calls(void)
{
	struct sockaddr_un name;
	int s[2], p[2];
	socklen_t size = sizeof(name);

	FAILS(by_memory(0, 0, 0, 0, 0, 0, 0), EINVAL);
	FAILS(by_memory(21, 0, 0, 0, 0, 0, 0), EINVAL);
	FAILS((int)syscall(SYS_socketcall, 9, nowhere), EFAULT);
	FAILS((int)syscall(SYS_socketcall, 9, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_socketcall, 11, at_the_end(20)), EFAULT);
	FAILS((int)syscall(SYS_socketcall, 13, at_the_end(4)), EFAULT);
	CHECK(!pipe(p) && !socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	FAILS(send(p[1], "x", 1, 0), ENOTSOCK);
	FAILS(recv(p[0], text, 1, 0), ENOTSOCK);
	FAILS(shutdown(99, 0), EBADF);
	FAILS(shutdown(s[0], 3), EINVAL);
	FAILS(shutdown(s[0], -1), EINVAL);
	CHECK(!getsockname(s[0], (struct sockaddr *)&name, &size) && size == 2 &&
	      name.sun_family == AF_UNIX);
	size = 1, memset(&name, 0x55, sizeof(name));
	CHECK(!getpeername(s[0], (struct sockaddr *)&name, &size) && size == 2);
	CHECK(name.sun_family == (0x5500 | AF_UNIX));
	size = (socklen_t)-1;
	FAILS(getsockname(s[0], (struct sockaddr *)&name, &size), EINVAL);
	size = 2;
	FAILS(getsockname(s[0], nowhere, &size), EFAULT);
	FAILS(getsockname(s[0], (struct sockaddr *)&name, nowhere), EFAULT);
	size = sizeof(name);
	FAILS(listen(s[0], 1), EINVAL);
	FAILS(accept(s[0], NULL, NULL), EINVAL);
	CHECK(send(s[0], "12345", 5, 0) == 5);
	CHECK(recvfrom(s[1], text, 4, 0, (struct sockaddr *)&name, &size) == 4 && size == 0);
	CHECK(!memcmp(text, "1234", 4));
	CHECK(recvfrom(s[1], text, 4, 0, NULL, NULL) == 1 && *text == '5');
	FAILS(send(s[0], nowhere, 1, 0), EFAULT);
	CHECK(sendto(s[1], "ab", 2, 0, NULL, 0) == 2 && read(s[0], text, 9) == 2);
	CHECK(send(s[0], "x", 0, 0) == 0 && write(s[0], "x", 0) == 0);
	FAILS(ioctl(s[0], FIONREAD, nowhere), EFAULT);
	close(p[0]), close(p[1]), close(s[0]), close(s[1]);
}

static void messages(void)
{
	struct iovec v[2] = { { text, 3 }, { text + 10, 20 } };
	struct iovec w[2] = { { "01234", 5 }, { "56789", 5 } };
	struct msghdr m = { .msg_iov = w, .msg_iovlen = 2 };
	int s[2], ready;

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	CHECK(sendmsg(s[0], &m, 0) == 10 && write(s[0], "ab", 2) == 2);
	CHECK(!ioctl(s[1], FIONREAD, &ready) && ready == 10);
	m.msg_iov = v, m.msg_flags = 77, m.msg_controllen = 0;
	CHECK(recvmsg(s[1], &m, 0) == 10 && !memcmp(text, "012", 3));
	CHECK(!memcmp(text + 10, "3456789", 7) && m.msg_controllen == 0 && m.msg_namelen == 0);
	CHECK(read(s[1], text, 1) == 1 && *text == 'a'); /* the rest is lost */
	FAILS(recv(s[1], text, 1, MSG_DONTWAIT), EAGAIN);
	FAILS((int)syscall(SYS_sendmsg, s[0], nowhere, 0), EFAULT);
	FAILS((int)syscall(SYS_recvmsg, s[0], nowhere, MSG_DONTWAIT), EFAULT);
	m.msg_iov = nowhere;
	FAILS((int)syscall(SYS_sendmsg, s[0], &m, 0), EFAULT);
	CHECK(send(s[0], "", 0, 0) == 0 && read(s[1], text, 9) == 0); /* an empty one */
	FAILS(recv(s[1], text, 9, MSG_DONTWAIT), EAGAIN);
	close(s[0]), close(s[1]);
}

/* Who has gone, and what was left unread. */
static void ends(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	int s[2], error;
	socklen_t size = 4;

	catch (SIGPIPE, 0);
	for (int i = 0; i < 2; i++) {
		struct pollfd f = { .events = POLLIN | POLLOUT };
		int broken = i == 0;

		CHECK(!socketpair(AF_UNIX, types[i], 0, s));
		f.fd = s[0];
		CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLOUT);
		CHECK(write(s[1], "q", 1) == 1 && poll(&f, 1, 0) == 1);
		CHECK(f.revents == (POLLIN | POLLOUT));
		CHECK(!close(s[1]) && poll(&f, 1, 0) == 1);
		CHECK(f.revents == (POLLIN | POLLOUT | POLLHUP));
		CHECK(read(s[0], text, 5) == 1 && read(s[0], text, 5) == 0);
		caught = 0;
		FAILS(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
		CHECK(!caught);
		FAILS(write(s[0], "x", 1), EPIPE);
		CHECK(caught == (broken ? SIGPIPE : 0));
		close(s[0]);
		/* What was not read is an error to who has sent it, once. */
		CHECK(!socketpair(AF_UNIX, types[i], 0, s));
		CHECK(write(s[0], "lost", 4) == 4 && !close(s[1]));
		f.fd = s[0];
		CHECK(poll(&f, 1, 0) == 1 &&
		      (f.revents & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP));
		CHECK(!getsockopt(s[0], SOL_SOCKET, SO_ERROR, &error, &size) &&
		      error == ECONNRESET);
		CHECK(!getsockopt(s[0], SOL_SOCKET, SO_ERROR, &error, &size) && error == 0);
		CHECK(read(s[0], text, 5) == 0);
		close(s[0]);
		CHECK(!socketpair(AF_UNIX, types[i], 0, s));
		CHECK(write(s[0], "lost", 4) == 4 && !close(s[1]));
		FAILS(read(s[0], text, 5), ECONNRESET);
		CHECK(read(s[0], text, 5) == 0);
		close(s[0]);
		/* One direction at a time. */
		CHECK(!socketpair(AF_UNIX, types[i], 0, s) && !shutdown(s[0], SHUT_WR));
		FAILS(send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
		CHECK(read(s[1], text, 5) == 0 && write(s[1], "y", 1) == 1);
		CHECK(read(s[0], text, 5) == 1 && !shutdown(s[0], SHUT_RD));
		FAILS(send(s[1], "x", 1, MSG_NOSIGNAL), EPIPE);
		CHECK(read(s[0], text, 5) == 0);
		close(s[0]), close(s[1]);
		CHECK(!socketpair(AF_UNIX, types[i], 0, s) && !shutdown(s[0], SHUT_RDWR));
		f.fd = s[1];
		CHECK(poll(&f, 1, 0) == 1 && f.revents == (POLLIN | POLLOUT | POLLHUP));
		close(s[0]), close(s[1]);
	}
}

static void datagrams(void)
{
	struct pollfd f = { .events = POLLIN | POLLOUT };
	int s[2];

	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s) && !close(s[1]));
	caught = 0;
	FAILS(write(s[0], "x", 1), ECONNREFUSED);
	FAILS(write(s[0], "x", 1), ENOTCONN);
	FAILS(recv(s[0], text, 1, MSG_DONTWAIT), EAGAIN);
	close(s[0]);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s) && !shutdown(s[0], SHUT_WR));
	FAILS(write(s[0], "x", 1), EPIPE);
	CHECK(!caught && write(s[1], "y", 1) == 1 && read(s[0], text, 5) == 1);
	f.fd = s[1];
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLOUT);
	close(s[0]), close(s[1]);
}

/* ---- epoll ---- */

static int change(int set, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = { .events = events, .data.u64 = data };

	return epoll_ctl(set, op, fd, &e);
}

static void watching(void)
{
	struct epoll_event e[4];
	int set = epoll_create1(EPOLL_CLOEXEC), plain = epoll_create(1), p[2], q[2];

	CHECK(set >= 0 && fcntl(set, F_GETFD) == 1 && plain >= 0 && fcntl(plain, F_GETFD) == 0);
	FAILS(epoll_create(0), EINVAL);
	FAILS(epoll_create(-1), EINVAL);
	FAILS(epoll_create1(1), EINVAL);
	CHECK(!pipe(p) && !pipe(q));
	FAILS(change(set, 4, p[0], EPOLLIN, 0), EINVAL);
	FAILS(change(set, 0, p[0], EPOLLIN, 0), EINVAL);
	FAILS(change(set, EPOLL_CTL_ADD, set, EPOLLIN, 0), EINVAL);
	FAILS(change(p[0], EPOLL_CTL_ADD, p[1], EPOLLIN, 0), EINVAL);
	FAILS(change(99, EPOLL_CTL_ADD, p[0], EPOLLIN, 0), EBADF);
	FAILS(change(set, EPOLL_CTL_ADD, 99, EPOLLIN, 0), EBADF);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, p[0], nowhere), EFAULT);
	FAILS(epoll_ctl(set, EPOLL_CTL_ADD, p[0], at_the_end(8)), EFAULT);
	FAILS(change(set, EPOLL_CTL_MOD, p[0], EPOLLIN, 0), ENOENT);
	FAILS(epoll_ctl(set, EPOLL_CTL_DEL, p[0], NULL), ENOENT);
	CHECK(!change(set, EPOLL_CTL_ADD, p[0], EPOLLIN, 0x123456789abcdef0));
	FAILS(change(set, EPOLL_CTL_ADD, p[0], EPOLLIN, 0), EEXIST);
	CHECK(!change(set, EPOLL_CTL_ADD, q[0], EPOLLIN, 0xfedcba9876543210));
	FAILS(epoll_wait(set, e, 0, 0), EINVAL);
	FAILS(epoll_wait(set, e, minus_one, 0), EINVAL);
	FAILS(epoll_wait(p[0], e, 1, 0), EINVAL);
	FAILS(epoll_wait(99, e, 1, 0), EBADF);
	CHECK(epoll_wait(set, e, 4, 0) == 0);
	CHECK(write(q[1], "q", 1) == 1 && epoll_wait(set, e, 4, -1) == 1);
	CHECK(e[0].events == EPOLLIN && e[0].data.u64 == 0xfedcba9876543210);
	CHECK(write(p[1], "p", 1) == 1 && epoll_wait(set, e, 4, 1000) == 2);
	CHECK(e[0].data.u64 == 0xfedcba9876543210 && e[1].data.u64 == 0x123456789abcdef0);
	FAILS(epoll_wait(set, nowhere, 4, 0), EFAULT);
	CHECK(epoll_wait(set, at_the_end(12), 4, 0) == 1); /* the second has no place */
	CHECK(epoll_wait(set, e, 1, 0) == 1 && epoll_wait(set, e + 1, 1, 0) == 1);
	CHECK(e[0].data.u64 != e[1].data.u64); /* each gets its turn */
	CHECK(!change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 5));
	CHECK(epoll_wait(set, e, 4, 0) == 2 && epoll_wait(set, e, 4, 0) == 1);
	CHECK(write(p[1], "p", 1) == 1 && epoll_wait(set, e, 4, 0) == 1);
	CHECK(!change(set, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 6));
	CHECK(epoll_wait(set, e, 4, 0) == 2 && epoll_wait(set, e, 4, 0) == 1);
	CHECK(write(p[1], "p", 1) == 1 && epoll_wait(set, e, 4, 0) == 2);
	CHECK(!epoll_ctl(set, EPOLL_CTL_DEL, q[0], NULL) && epoll_wait(set, e, 4, 0) == 0);
	CHECK(!close(p[1]) && epoll_wait(set, e, 4, 0) == 1);
	CHECK(e[0].events == (EPOLLIN | EPOLLHUP) && e[0].data.u64 == 6);
	CHECK(!close(p[0]) && epoll_wait(set, e, 4, 3) == 0);
	close(q[0]), close(q[1]), close(set), close(plain);
}

/* Sets in sets: five deep at most, and never in a ring. */
static void nesting(void)
{
	struct epoll_event e;
	int set[7], p[2], other;

	CHECK(!pipe(p));
	for (int i = 0; i < 7; i++)
		CHECK((set[i] = epoll_create1(0)) >= 0);
	CHECK(!change(set[0], EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
	for (int i = 1; i < 5; i++)
		CHECK(!change(set[i], EPOLL_CTL_ADD, set[i - 1], EPOLLIN, (uint64_t)i));
	FAILS(change(set[5], EPOLL_CTL_ADD, set[4], EPOLLIN, 5), ELOOP);
	FAILS(change(set[0], EPOLL_CTL_ADD, set[4], EPOLLIN, 5), ELOOP);
	FAILS(change(set[0], EPOLL_CTL_ADD, set[5], EPOLLIN, 5), ELOOP);
	CHECK(!change(set[5], EPOLL_CTL_ADD, set[3], EPOLLIN, 5));
	CHECK(epoll_wait(set[4], &e, 1, 0) == 0);
	CHECK(write(p[1], "x", 1) == 1);
	CHECK(epoll_wait(set[4], &e, 1, 0) == 1 && e.events == EPOLLIN && e.data.u64 == 4);
	CHECK(epoll_wait(set[5], &e, 1, 0) == 1 && e.data.u64 == 5);
	CHECK(read(p[0], text, 5) == 1 && epoll_wait(set[4], &e, 1, 0) == 0);
	CHECK(!close(set[2]) && write(p[1], "x", 1) == 1 && epoll_wait(set[4], &e, 1, 0) == 0);
	CHECK(epoll_wait(set[1], &e, 1, 0) == 1);
	other = open("/proc/self/exe", O_RDONLY);
	if (other < 0)
		other = open("/dev/null", O_RDONLY);
	else
		FAILS(change(set[6], EPOLL_CTL_ADD, other, EPOLLIN, 5),
		      EPERM); /* a file of a disk */
	close(other), close(p[0]), close(p[1]);
	for (int i = 0; i < 7; i++)
		close(set[i]);
}

static void masked_waits(void)
{
	const uint32_t none[2] = { 0, 0 };
	struct epoll_event e;
	int set = epoll_create1(0);

	catch (SIGALRM, 0);
	CHECK(!sigprocmask(SIG_BLOCK, &(sigset_t){ { 1 << (SIGALRM - 1) } }, NULL));
	CHECK(!raise(SIGALRM) && !caught);
	CHECK(syscall(SYS_epoll_pwait, set, &e, 1, 2, NULL, 0) == 0);
	FAILS((int)syscall(SYS_epoll_pwait, set, &e, 1, 2, none, 4), EINVAL);
	FAILS((int)syscall(SYS_epoll_pwait, set, &e, 1, 2, nowhere, 8), EFAULT);
	FAILS((int)syscall(SYS_epoll_pwait, set, &e, 1, -1, none, 8), EINTR);
	CHECK(caught_times == 1 && !raise(SIGALRM) && caught_times == 1);
	CHECK(!sigprocmask(SIG_SETMASK, &(sigset_t){ { 0 } }, NULL) && caught_times == 2);
	close(set);
}

/* ---- counters ---- */

static void counters(void)
{
	const uint64_t most = ~0ull - 1, all = ~0ull, one = 1, many = 0x123456789;
	struct pollfd f = { .events = POLLIN | POLLOUT };
	uint64_t n = 0, room[16];
	int fd = (int)syscall(SYS_eventfd, 7), semaphore;

	CHECK(fd >= 0 && fcntl(fd, F_GETFL) == O_RDWR && fcntl(fd, F_GETFD) == 0);
	CHECK(read(fd, &n, 8) == 8 && n == 7 && !nonblocking(fd));
	FAILS(read(fd, &n, 8), EAGAIN);
	FAILS(read(fd, &n, 7), EINVAL);
	FAILS(write(fd, &n, 7), EINVAL);
	FAILS(write(fd, nowhere, 8), EFAULT);
	FAILS(write(fd, &all, 8), EINVAL);
	CHECK(write(fd, &many, 8) == 8 && write(fd, &many, 8) == 8);
	CHECK(read(fd, &n, 8) == 8 && n == 2 * many);
	f.fd = fd;
	CHECK(poll(&f, 1, 0) == 1 && f.revents == POLLOUT);
	CHECK(write(fd, &most, 8) == 8 && poll(&f, 1, 0) == 1 && f.revents == POLLIN);
	FAILS(write(fd, &one, 8), EAGAIN);
	n = 0;
	CHECK(write(fd, &n, 8) == 8 && read(fd, room, 100) == 8 && room[0] == most);
	n = most - 1;
	CHECK(write(fd, &n, 8) == 8 && poll(&f, 1, 0) == 1 && f.revents == (POLLIN | POLLOUT));
	close(fd);
	semaphore = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(fcntl(semaphore, F_GETFL) == (O_RDWR | O_NONBLOCK) && fcntl(semaphore, F_GETFD) == 1);
	for (int i = 0; i < 3; i++)
		CHECK(read(semaphore, &n, 8) == 8 && n == 1);
	FAILS(read(semaphore, &n, 8), EAGAIN);
	close(semaphore);
	FAILS(eventfd(0, 2), EINVAL);
}

int main(void)
{
	hurry();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	pairs();
	calls();
	messages();
	ends();
	datagrams();
	watching();
	nesting();
	masked_waits();
	counters();
	return 0;
}
