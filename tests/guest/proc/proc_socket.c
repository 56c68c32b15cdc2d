/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_socket.c: pairs of sockets: both ways, messages, half a shutdown. */
#include "proc.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void both_ways(void)
{
	char got[8] = { 0 };
	int s[2], type = 0;
	socklen_t size = sizeof(type);
	pid_t pid;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s));
	CHECK(fcntl(s[0], F_GETFD) == FD_CLOEXEC && (fcntl(s[0], F_GETFL) & O_ACCMODE) == O_RDWR);
	CHECK(!getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_STREAM);
	CHILD(pid)
	{
		close(s[0]);
		CHECK(read(s[1], got, 8) == 4 && !memcmp(got, "ping", 4));
		CHECK(write(s[1], "pong", 4) == 4);
		CHECK(read(s[1], got, 8) == 0);
	}
	close(s[1]);
	CHECK(write(s[0], "ping", 4) == 4);
	CHECK(recv(s[0], got, 8, 0) == 4 && !memcmp(got, "pong", 4));
	close(s[0]);
	expect_exit(pid, 0);
}

static void a_stream_is_cut_anywhere_a_message_nowhere(void)
{
	char got[8];
	int s[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(send(s[0], "abc", 3, 0) == 3 && send(s[0], "def", 3, 0) == 3);
	CHECK(recv(s[1], got, 2, 0) == 2 && recv(s[1], got, 8, 0) == 4 && !memcmp(got, "cdef", 4));
	close(s[0]), close(s[1]);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	CHECK(send(s[0], "abc", 3, 0) == 3 && send(s[0], "", 0, 0) == 0);
	CHECK(send(s[0], "defg", 4, 0) == 4 && send(s[0], "h", 1, 0) == 1);
	CHECK(recv(s[1], got, 8, 0) == 3);
	CHECK(recv(s[1], got, 8, 0) == 0);
	CHECK(recv(s[1], got, 2, 0) == 2 && !memcmp(got, "de", 2)); /* the rest is lost */
	CHECK(recv(s[1], got, 8, 0) == 1 && got[0] == 'h');
	FAILS(recv(s[1], got, 8, MSG_DONTWAIT), EAGAIN);
	close(s[0]), close(s[1]);
}

static void a_great_message(void)
{
	static char out[10000], in[20000];
	int s[2];

	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 3);
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
	CHECK(write(s[1], out, 10000) == 10000 && write(s[1], out, 5) == 5);
	CHECK(read(s[0], in, 20000) == 10000 && !memcmp(in, out, 10000));
	CHECK(read(s[0], in, 20000) == 5);
	close(s[1]);
	CHECK(read(s[0], in, 20000) == 0);
	close(s[0]);
}

static void messages_in_pieces(void)
{
	char a[2], b[8];
	struct iovec out[2] = { { "one", 3 }, { "two", 3 } }, in[2] = { { a, 2 }, { b, 8 } };
	struct msghdr m = { .msg_iov = out, .msg_iovlen = 2 };
	int s[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(sendmsg(s[0], &m, 0) == 6);
	m.msg_iov = in;
	m.msg_flags = -1;
	CHECK(recvmsg(s[1], &m, 0) == 6 && !memcmp(a, "on", 2) && !memcmp(b, "etwo", 4));
	CHECK(m.msg_flags == 0 && m.msg_namelen == 0);
	close(s[0]), close(s[1]);
}

static int state(int fd)
{
	struct pollfd f = { fd, POLLIN | POLLOUT, 0 };

	CHECK(poll(&f, 1, 0) >= 0);
	return f.revents;
}

static void shut(void)
{
	char c;
	int s[2], n;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(state(s[0]) == POLLOUT);
	CHECK(write(s[1], "xy", 2) == 2 && state(s[0]) == (POLLIN | POLLOUT));
	CHECK(!ioctl(s[0], FIONREAD, &n) && n == 2);
	CHECK(!shutdown(s[1], SHUT_WR));
	catch (SIGPIPE, 0);
	FAILS(write(s[1], "z", 1), EPIPE);
	CHECK(caught == SIGPIPE);
	catch (SIGPIPE, 0);
	FAILS(send(s[1], "z", 1, MSG_NOSIGNAL), EPIPE);
	CHECK(!caught);
	CHECK(read(s[0], &c, 1) == 1 && read(s[0], &c, 1) == 1 && read(s[0], &c, 1) == 0);
	CHECK(write(s[0], "w", 1) == 1 && read(s[1], &c, 1) == 1 &&
	      c == 'w'); /* the other way goes on */
	CHECK(state(s[0]) == (POLLIN | POLLOUT));
	FAILS(shutdown(s[0], 3), EINVAL);
	close(s[1]);
	CHECK(state(s[0]) == (POLLIN | POLLOUT | POLLHUP));
	FAILS(send(s[0], "z", 1, MSG_NOSIGNAL), EPIPE);
	close(s[0]);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	close(s[1]);
	catch (SIGPIPE, 0);
	FAILS(write(s[0], "z", 1), ECONNREFUSED);
	CHECK(!caught);
	close(s[0]);
}

static void names_and_refusals(void)
{
	struct sockaddr_un name;
	socklen_t size = sizeof(name);
	int s[2], p[2];
	char c;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s) && !pipe(p));
	CHECK(!getsockname(s[0], (struct sockaddr *)&name, &size) && size == 2);
	CHECK(name.sun_family == AF_UNIX);
	size = sizeof(name);
	CHECK(!getpeername(s[0], (struct sockaddr *)&name, &size) && size == 2);
	FAILS(send(p[1], "x", 1, 0), ENOTSOCK);
	FAILS(recv(99, &c, 1, 0), EBADF);
	FAILS(socketpair(AF_UNIX, 99, 0, s), EINVAL);
	close(s[0]), close(s[1]), close(p[0]), close(p[1]);
}

int main(void)
{
	hurry();
	both_ways();
	a_stream_is_cut_anywhere_a_message_nowhere();
	a_great_message();
	messages_in_pieces();
	shut();
	names_and_refusals();
	return 0;
}
