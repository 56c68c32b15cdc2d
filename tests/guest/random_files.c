/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_files.c: random operations on pipes, pairs of sockets, eventfds and epoll sets, none of
 * which waits, and what each answered: argv[1] is the seed, argv[2] how many. Two kernels that
 * agree print the same.
 */
#include "proc/proc.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define MOST 24 /* numbers in use */

static uint64_t seed;
static char bytes[70000];

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static int any_fd(void)
{
	return (int)(3 + below(MOST - 3));
}

static unsigned size(void)
{
	static const unsigned sizes[] = {
		0, 1, 5, 100, 1000, 4095, 4096, 4097, 9000, 65536, 66000
	};

	return below(2) ? sizes[below(11)] : below(6000);
}

/*
 * A socket's room differs from kernel to kernel, and so does what writing nothing into one means:
 * little goes in. Other than 8 bytes an eventfd of today does not take.
 */
static unsigned size_for(int fd)
{
	int type;
	socklen_t length = sizeof(type);

	if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
		return 1 + below(19);
	return ioctl(fd, FIONREAD, &type) && errno != EBADF ? 8 : size();
}

static unsigned sum(int n)
{
	unsigned s = 0;

	for (int i = 0; i < n; i++)
		s = s * 31 + (unsigned char)bytes[i];
	return s;
}

static void say(const char *what, int fd, int result)
{
	printf("%s %d = %d", what, fd, result < 0 ? -errno : result);
}

static void fill(void)
{
	for (int i = 0; i < 64; i++)
		bytes[below(sizeof(bytes))] = (char)below(256);
}

static void make(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int two[2] = { -1, -1 }, kind = (int)below(8), result;

	if (kind < 4)
		result = pipe2(two, O_NONBLOCK);
	else if (kind < 6)
		result = socketpair(AF_UNIX, types[below(3)] | SOCK_NONBLOCK, 0, two);
	else if (kind == 6)
		result = eventfd(below(3), EFD_NONBLOCK | (int)below(2));
	else
		result = epoll_create1(0);
	say("make", kind, result);
	printf(" %d %d", two[0], two[1]);
	if (result > MOST || two[1] > MOST) { /* too many */
		for (int fd = 3; fd < MOST + 4; fd++)
			close(fd);
		printf(" all closed");
	}
}

static void some_io(int fd)
{
	struct iovec v[3] = { { bytes, 8 } };
	unsigned n = size_for(fd), total = 0;
	int result, count = n == 8 ? 1 : (int)below(4);

	for (int i = 0; i < 3 && n != 8; i++) {
		v[i] = (struct iovec){ bytes + total, n < 20 ? below(7) : below(2) * below(3000) };
		total += (unsigned)v[i].iov_len;
	}
	fill();
	switch (below(4)) {
	case 0:
		result = (int)read(fd, bytes, size());
		say("read", fd, result);
		printf(" sum %x", sum(result));
		break;
	case 1: say("write", fd, (int)write(fd, bytes, n)); break;
	case 2:
		result = (int)readv(fd, v, count);
		say("readv", fd, result);
		printf(" sum %x", sum(result));
		break;
	default: say("writev", fd, (int)writev(fd, v, count)); break;
	}
}

static void look(void)
{
	struct pollfd f[4];
	int n, result;

	for (n = 0; n < 4; n++)
		f[n] = (struct pollfd){ any_fd(), POLLIN | POLLOUT | POLLRDNORM, 0 };
	result = poll(f, 4, 0);
	say("poll", 4, result);
	for (n = 0; n < 4; n++)
		printf(" %d:%x", f[n].fd, (unsigned)f[n].revents);
}

static void watch(int fd)
{
	static const uint32_t flags[] = { 0, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT };
	struct epoll_event e[3] = { { .events = EPOLLIN | flags[below(4)] } };
	int set = any_fd(), result;

	e[0].data.u64 = below(1000);
	if (below(3) == 0)
		e[0].events |= EPOLLOUT;
	if (below(2)) {
		say("ctl", set, epoll_ctl(set, (int)below(4), fd, e));
		printf(" %d", fd);
		return;
	}
	result = epoll_wait(set, e, 3, 0);
	say("wait", set, result);
	for (int i = 0; i < result; i++)
		printf(" %x:%u", e[i].events, (unsigned)e[i].data.u64);
}

static void others(int fd)
{
	int n = -1, to = any_fd();

	switch (below(6)) {
	case 0: say("close", fd, close(fd)); break;
	case 1: say("dup", fd, dup2(fd, to)); break;
	case 2: say("shutdown", fd, shutdown(fd, (int)below(3))); break;
	case 3:
		printf("bytes %d: %d", fd, ioctl(fd, FIONREAD, &n) ? -1 : n); /* why not, differs */
		break;
	case 4: say("flags", fd, fcntl(fd, F_GETFL) & ~0100000); break;
	default: say("cloexec", fd, fcntl(fd, F_GETFD)); break;
	}
}

int main(int argc, char **argv)
{
	int steps = argc > 2 ? atoi(argv[2]) : 1000;

	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	signal(SIGPIPE, catch_it);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	for (int i = 0; i < steps; i++) {
		unsigned what = below(16);

		printf("%d: ", i);
		if (what < 2)
			make();
		else if (what < 9)
			some_io(any_fd());
		else if (what < 11)
			look();
		else if (what < 14)
			watch(any_fd());
		else
			others(any_fd());
		printf(" %d\n", (int)caught_times);
	}
	return 0;
}
