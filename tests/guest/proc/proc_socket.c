/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_socket.c: pairs of sockets: both ways, messages, half a shutdown, options; by socketcall(2) and by number. */
#include "proc.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
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

/* ---- each call, by both its ways ---- */

static int by_memory; /* which way */

static long make_call(int call, long nr, long a, long b, long c, long d, long e, long f)
{
#ifdef SYS_socketcall
	long arg[6] = { a, b, c, d, e, f };

	if (by_memory)
		return syscall(SYS_socketcall, call, arg);
#endif
	(void)call;
	return syscall(nr, a, b, c, d, e, f);
}

#ifdef __i386__ /* which has had numbers for each since 4.3 */
enum {
	N_PAIR = 360,
	N_LISTEN = 363,
	N_ACCEPT4,
	N_GETOPT,
	N_SETOPT,
	N_NAME,
	N_PEER,
	N_SENDTO,
	N_SENDMSG,
	N_RECVFROM,
	N_RECVMSG,
	N_SHUTDOWN
};
#else
enum {
	N_PAIR = SYS_socketpair,
	N_LISTEN = SYS_listen,
	N_ACCEPT4 = SYS_accept4,
	N_GETOPT = SYS_getsockopt,
	N_SETOPT = SYS_setsockopt,
	N_NAME = SYS_getsockname,
	N_PEER = SYS_getpeername,
	N_SENDTO = SYS_sendto,
	N_SENDMSG = SYS_sendmsg,
	N_RECVFROM = SYS_recvfrom,
	N_RECVMSG = SYS_recvmsg,
	N_SHUTDOWN = SYS_shutdown
};
#endif

#define PAIR(s, type) make_call(8, N_PAIR, AF_UNIX, type, 0, (long)(s), 0, 0)
#define OPTION(fd, name, at, len) \
	make_call(15, N_GETOPT, fd, SOL_SOCKET, name, (long)(at), (long)(len), 0)
#define NAME(fd, at, len)      make_call(6, N_NAME, fd, (long)(at), (long)(len), 0, 0, 0)
#define PEER(fd, at, len)      make_call(7, N_PEER, fd, (long)(at), (long)(len), 0, 0, 0)
#define SEND(fd, at, n, flags) make_call(11, N_SENDTO, fd, (long)(at), n, flags, 0, 0)
#define RECEIVE(fd, at, n, flags, name, len) \
	make_call(12, N_RECVFROM, fd, (long)(at), n, flags, (long)(name), (long)(len))

/* getsockopt(2): so many bytes as there is room for; the size is what was told. */
static void options(int fd, int type)
{
	const int size_of[] = { 0, 1, 2, 3, 4, 5, 400 };
	unsigned char at[8];
	socklen_t size;
	int word;

	for (unsigned i = 0; i < sizeof(size_of) / sizeof(size_of[0]); i++) {
		const int told = size_of[i] < 4 ? size_of[i] : 4;

		memset(at, 0xee, sizeof(at));
		size = (socklen_t)size_of[i];
		CHECK(OPTION(fd, SO_TYPE, at, &size) == 0 && size == (socklen_t)told);
		for (int j = 0; j < 8; j++)
			CHECK(at[j] == (j >= told ? 0xee : j == 0 ? type : 0));
	}
	size = (socklen_t)-1;
	FAILS(OPTION(fd, SO_TYPE, at, &size), EINVAL);
	size = sizeof(word);
	CHECK(OPTION(fd, SO_ERROR, &word, &size) == 0 && word == 0 && size == 4);
	FAILS(OPTION(fd, 9999, &word, &size), ENOPROTOOPT);
	FAILS(OPTION(fd, SO_TYPE, nowhere, &size), EFAULT);
	FAILS(OPTION(fd, SO_TYPE, &word, nowhere), EFAULT);
	word = 1;
	CHECK(make_call(14, N_SETOPT, fd, SOL_SOCKET, SO_PASSCRED, (long)&word, sizeof(word), 0) ==
	      0);
	word = 0;
	CHECK(make_call(14, N_SETOPT, fd, SOL_SOCKET, SO_PASSCRED, (long)&word, sizeof(word), 0) ==
	      0);
}

/* unix(7): of a pair neither has a name: a family, and the size of that. */
static void no_names(int fd)
{
	unsigned char at[8];
	socklen_t size;

	for (int peer = 0; peer < 2; peer++) {
		for (unsigned room = 0; room < 6; room++) {
			memset(at, 0xee, sizeof(at));
			size = room;
			CHECK((peer ? PEER(fd, at, &size) : NAME(fd, at, &size)) == 0 && size == 2);
			CHECK(at[0] == (room > 0 ? AF_UNIX : 0xee) &&
			      at[1] == (room > 1 ? 0 : 0xee) && at[2] == 0xee);
		}
		size = (socklen_t)-1;
		FAILS(peer ? PEER(fd, at, &size) : NAME(fd, at, &size), EINVAL);
		FAILS(peer ? PEER(fd, at, nowhere) : NAME(fd, at, nowhere), EFAULT);
		size = 2;
		FAILS(peer ? PEER(fd, nowhere, &size) : NAME(fd, nowhere, &size), EFAULT);
	}
}

static void data(const int s[2], int type)
{
	char a[4], b[4], got[12];
	struct iovec out[2] = { { "abc", 3 }, { "defg", 4 } }, in[2] = { { a, 3 }, { b, 4 } };
	struct msghdr m = { .msg_iov = out, .msg_iovlen = 2 };
	struct sockaddr_un name;
	socklen_t size = sizeof(name);

	CHECK(SEND(s[0], "hello", 5, 0) == 5);
	CHECK(RECEIVE(s[1], got, 12, 0, &name, &size) == 5 && !memcmp(got, "hello", 5) &&
	      size == 0);
	FAILS((int)RECEIVE(s[1], got, 12, MSG_DONTWAIT, 0, 0), EAGAIN);
	CHECK(make_call(16, N_SENDMSG, s[1], (long)&m, 0, 0, 0, 0) == 7);
	CHECK(RECEIVE(s[0], got, 12, 0, 0, 0) == 7 && !memcmp(got, "abcdefg", 7));
	CHECK(SEND(s[1], "1234567", 7, MSG_NOSIGNAL) == 7);
	m.msg_iov = in;
	CHECK(make_call(17, N_RECVMSG, s[0], (long)&m, 0, 0, 0, 0) == 7);
	CHECK(!memcmp(a, "123", 3) && !memcmp(b, "4567", 4) && m.msg_controllen == 0);
	FAILS((int)make_call(17, N_RECVMSG, s[0], (long)&m, MSG_DONTWAIT, 0, 0, 0), EAGAIN);
	FAILS((int)make_call(17, N_RECVMSG, s[0], (long)nowhere, 0, 0, 0, 0), EFAULT);
	FAILS((int)make_call(16, N_SENDMSG, s[0], (long)nowhere, 0, 0, 0, 0), EFAULT);
	FAILS((int)SEND(s[0], nowhere, 3, 0), EFAULT);
	if (type != SOCK_DGRAM) {
		FAILS((int)make_call(4, N_LISTEN, s[0], 5, 0, 0, 0, 0), EINVAL);
		FAILS((int)make_call(18, N_ACCEPT4, s[0], 0, 0, 0, 0, 0), EINVAL);
	}
}

/* shutdown(2): what is shut at one end is shut for the other, too. */
static void halves(int type)
{
	char c;
	int s[2];

	for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
		const int mine = how != SHUT_RD, others = how != SHUT_WR;

		CHECK(PAIR(s, type | SOCK_NONBLOCK) == 0 && (fcntl(s[1], F_GETFL) & O_NONBLOCK));
		CHECK(make_call(13, N_SHUTDOWN, s[0], how, 0, 0, 0, 0) == 0);
		if (mine)
			FAILS((int)SEND(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
		else
			CHECK(SEND(s[0], "x", 1, MSG_NOSIGNAL) == 1);
		if (others)
			FAILS((int)SEND(s[1], "y", 1, MSG_NOSIGNAL), EPIPE);
		else
			CHECK(SEND(s[1], "y", 1, MSG_NOSIGNAL) == 1);
		CHECK(RECEIVE(s[1], &c, 1, 0, 0, 0) == !mine);
		CHECK(RECEIVE(s[0], &c, 1, 0, 0, 0) == !others);
		CHECK(!close(s[0]) && !close(s[1]));
	}
	CHECK(PAIR(s, type) == 0);
	FAILS((int)make_call(13, N_SHUTDOWN, s[0], 3, 0, 0, 0, 0), EINVAL);
	CHECK(!close(s[0]) && !close(s[1]));
}

static void both_ways_of_calling(void)
{
	const int type[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int s[2];

	for (by_memory = 0; by_memory < 2; by_memory++)
		for (int i = 0; i < 3; i++) {
			CHECK(PAIR(s, type[i]) == 0 && !(fcntl(s[0], F_GETFL) & O_NONBLOCK) &&
			      fcntl(s[1], F_GETFD) == 0);
			options(s[0], type[i]);
			no_names(s[1]);
			data(s, type[i]);
			CHECK(!close(s[0]) && !close(s[1]));
			if (type[i] == SOCK_STREAM)
				halves(type[i]);
		}
	by_memory = 0;
	FAILS((int)OPTION(1000, SO_TYPE, s, s), EBADF);
	FAILS((int)PAIR(nowhere, SOCK_STREAM), EFAULT);
	FAILS((int)PAIR(s, 77), EINVAL);
#ifdef SYS_socketcall
	FAILS((int)syscall(SYS_socketcall, 0, s), EINVAL);
	FAILS((int)syscall(SYS_socketcall, 90, s), EINVAL);
	FAILS((int)syscall(SYS_socketcall, 8, nowhere), EFAULT);
#endif
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
	both_ways_of_calling();
	return 0;
}
