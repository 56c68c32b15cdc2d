/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket.c: pairs of connected sockets, each of which is two pipes. There are no others: whoever
 * asks for one hears that the address family is not supported.
 */
#include "file/private.h"

#define NR_ENDS        64u
#define AF_UNIX        1u
#define SOCK_STREAM    1u
#define SOCK_DGRAM     2u
#define SOCK_RAW       3u
#define SOCK_SEQPACKET 5u
#define SOCK_PACKET    10u
#define SHUT_RD        1u /* it does not read any more, */
#define SHUT_WR        2u /* or write */
#define MSG_PEEK       0x2u
#define MSG_DONTWAIT   0x40u
#define MSG_NOSIGNAL   0x4000u
#define SOL_SOCKET     1u
#define SO_TYPE        3u
#define SO_ERROR       4u
#define FIONREAD       0x541bu

/* It reads from one pipe and writes into the other. */
struct end {
	uint32_t used, type;
	uint32_t shut; /* a datagram's: SHUT_WR; of all others, the pipes know it */
	int32_t error; /* to be told once */
	struct pipe *in, *out;
	struct end *peer; /* NULL: gone */
};

static struct end ends[NR_ENDS];

asmlinkage int32_t sys_socketcall(uint32_t call, uint32_t args);
asmlinkage int32_t sys_socket_by_number(struct pt_regs regs);

/* ---- an end as a file ---- */

static int is_datagram(const struct end *e)
{
	return e->type == SOCK_DGRAM;
}

static int32_t take_error(struct end *e)
{
	int32_t error = e->error;

	e->error = 0;
	return -error;
}

static int32_t end_receive(struct file *f, struct span *to, int now)
{
	struct end *e = f->object;
	int32_t result;

	if (e->error && e->type != SOCK_STREAM)
		return take_error(e);
	if (!to->left)
		return 0;
	if (is_datagram(e) && now && !e->in->count) /* even if there will never be one */
		return -EAGAIN;
	result = pipe_receive(e->in, f, to, now);
	return result || !e->error ? result : take_error(e);
}

/* That the other end is gone it hears once; then it has none, and what came from there is lost. */
static int32_t disconnect(struct end *e)
{
	e->peer = NULL;
	e->in->count = 0;
	return -ECONNREFUSED;
}

/* Only a stream's break is a signal. */
static int32_t end_send(struct file *f, struct span *from, int now, int quiet)
{
	struct end *e = f->object;

	if (e->error && e->type == SOCK_SEQPACKET)
		return take_error(e);
	if (is_datagram(e)) {
		if (!e->peer)
			return -ENOTCONN;
		if (e->shut & SHUT_WR)
			return -EPIPE;
		if (!e->out->reader)
			return disconnect(e);
	}
	return pipe_send(e->out, f, from, now, quiet || e->type != SOCK_STREAM);
}

static int32_t end_read(struct file *f, struct span *to)
{
	return end_receive(f, to, no_wait(f));
}

/* An empty message is sent by send alone. */
static int32_t end_write(struct file *f, struct span *from)
{
	return from->left ? end_send(f, from, no_wait(f), 0) : 0;
}

static uint32_t end_poll(struct file *f)
{
	const struct end *e = f->object;
	uint32_t silent = is_datagram(e) ? e->shut & SHUT_WR : e->out->ended, events = 0;

	if (e->in->ended || e->in->count)
		events |= POLLIN | POLLRDNORM;
	if (e->out->ended || !e->out->reader || e->out->count < PIPE_SLOTS)
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	if (e->in->ended && silent)
		events |= POLLHUP;
	return events | (e->error ? POLLERR : 0);
}

/* Of a datagram's shutdown the other end hears nothing but refusals. */
static void end_shut(struct end *e, uint32_t what)
{
	if (what & SHUT_RD)
		pipe_end(e->in);
	if (!(what & SHUT_WR))
		return;
	if (is_datagram(e))
		e->shut |= SHUT_WR;
	else
		pipe_end(e->out);
}

static void end_release(struct file *f)
{
	struct end *e = f->object;

	if (!is_datagram(e)) {
		if (e->in->count && e->peer) /* what was sent is lost */
			e->peer->error = ECONNRESET;
		pipe_end(e->in);
		pipe_end(e->out);
		if (e->peer)
			e->peer->peer = NULL;
	}
	pipe_leave(e->in, &e->in->reader);
	pipe_leave(e->out, &e->out->writer);
	e->used = 0;
}

static int32_t end_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	const struct end *e = f->object;

	if (request != FIONREAD)
		return -EINVAL;
	return put_user(pipe_bytes(e->in, is_datagram(e)), arg);
}

static const struct file_ops end_ops = { .read = end_read,
					 .write = end_write,
					 .poll = end_poll,
					 .release = end_release,
					 .ioctl = end_ioctl };

static struct file *end_new(struct pipe *in, struct pipe *out, uint32_t type, uint32_t flags)
{
	for (unsigned i = 0; i < NR_ENDS; i++) {
		struct end *e = &ends[i];
		struct file *f;

		if (e->used)
			continue;
		f = file_new(&end_ops, (int32_t)(SOCKET_HANDLE + i), O_RDWR | (flags & O_NONBLOCK),
			     e);
		if (!f)
			break;
		*e = (struct end){ .used = 1, .type = type, .in = in, .out = out };
		in->reader = out->writer = f;
		return f;
	}
	return NULL;
}

static int32_t make_pair(uint32_t family, uint32_t type, uint32_t protocol, uint32_t fds)
{
	uint32_t flags = type & (O_NONBLOCK | O_CLOEXEC);
	struct pipe *there, *back;
	struct file *a, *b;

	type &= ~(O_NONBLOCK | O_CLOEXEC);
	if (type > SOCK_PACKET)
		return -EINVAL;
	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	if (protocol > AF_UNIX)
		return -EPROTONOSUPPORT;
	if (type == SOCK_RAW)
		type = SOCK_DGRAM;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	there = pipe_new(type != SOCK_STREAM);
	back = pipe_new(type != SOCK_STREAM);
	a = there && back ? end_new(back, there, type, flags) : NULL;
	b = a ? end_new(there, back, type, flags) : NULL;
	if (!a && there)
		there->used = 0;
	if (!a && back)
		back->used = 0;
	if (b) {
		((struct end *)a->object)->peer = b->object;
		((struct end *)b->object)->peer = a->object;
	}
	return install_two(a, b, flags & O_CLOEXEC, fds);
}

/* ---- calls ---- */

enum {
	SOCKET = 1,
	BIND,
	CONNECT,
	LISTEN,
	ACCEPT,
	GETSOCKNAME,
	GETPEERNAME,
	SOCKETPAIR,
	SEND,
	RECV,
	SENDTO,
	RECVFROM,
	SHUTDOWN,
	SETSOCKOPT,
	GETSOCKOPT,
	SENDMSG,
	RECVMSG,
	ACCEPT4
};

struct message { /* struct msghdr */
	uint32_t name, name_size, iov, pieces, control, control_size, flags;
};

/* Neither end has a name: a family and no more. */
static int32_t tell_name(uint32_t at, uint32_t size_at)
{
	const uint16_t family = AF_UNIX;
	uint32_t size;

	if (get_user(&size, size_at))
		return -EFAULT;
	if ((int32_t)size < 0)
		return -EINVAL;
	if (put_user_bytes(at, &family, size < 2 ? size : 2))
		return -EFAULT;
	return put_user(2, size_at);
}

static int32_t tell_option(struct end *e, const uint32_t arg[6])
{
	uint32_t size, value;

	if (arg[1] != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (get_user(&size, arg[4]))
		return -EFAULT;
	if ((int32_t)size < 0)
		return -EINVAL;
	if (arg[2] != SO_TYPE && arg[2] != SO_ERROR)
		return -ENOPROTOOPT;
	value = arg[2] == SO_TYPE ? e->type : (uint32_t)-take_error(e);
	size = size < 4 ? size : 4;
	if (put_user_bytes(arg[3], &value, size))
		return -EFAULT;
	return put_user(size, arg[4]);
}

static int32_t send_message(struct file *f, uint32_t at, int now, int quiet)
{
	struct message m;
	struct span from;
	int32_t error;

	if (copy_from_user(&m, at, sizeof(m) / 4))
		return -EFAULT;
	if (m.name_size || m.control_size) /* files are not passed */
		return m.name_size ? -EISCONN : -EINVAL;
	error = span_of(&from, m.iov, m.pieces);
	return error ? error : end_send(f, &from, now, quiet);
}

static int32_t receive_message(struct file *f, uint32_t at, int now)
{
	struct message m;
	struct span to;
	int32_t result;

	if (copy_from_user(&m, at, sizeof(m) / 4))
		return -EFAULT;
	result = span_of(&to, m.iov, m.pieces);
	if (!result)
		result = end_receive(f, &to, now);
	m.name_size = m.control_size = m.flags = 0;
	if (result >= 0 && copy_to_user(at, &m, sizeof(m) / 4))
		return -EFAULT;
	return result;
}

static int32_t on_end(struct file *f, uint32_t call, const uint32_t arg[6])
{
	struct span all = { .at = arg[1], .bytes = arg[2], .left = arg[2] };
	uint32_t flags = call == SENDMSG || call == RECVMSG ? arg[2] : arg[3];
	int now = no_wait(f) || (flags & MSG_DONTWAIT), quiet = (flags & MSG_NOSIGNAL) != 0;
	int32_t result;

	switch (call) {
	case SEND:
	case SENDTO: return end_send(f, &all, now, quiet);
	case SENDMSG: return send_message(f, arg[1], now, quiet);
	case RECV:
	case RECVFROM:
		if (flags & MSG_PEEK)
			return -EOPNOTSUPP;
		result = end_receive(f, &all, now);
		return result >= 0 && call == RECVFROM && arg[4] && put_user(0, arg[5]) ? -EFAULT :
											  result;
	case RECVMSG: return flags & MSG_PEEK ? -EOPNOTSUPP : receive_message(f, arg[1], now);
	case SHUTDOWN:
		if (arg[1] > 2)
			return -EINVAL;
		end_shut(f->object, arg[1] + 1);
		return 0;
	case GETPEERNAME:
		if (is_datagram(f->object) && !((struct end *)f->object)->peer)
			return -ENOTCONN;
		return tell_name(arg[1], arg[2]);
	case GETSOCKNAME: return tell_name(arg[1], arg[2]);
	case SETSOCKOPT: return 0;
	case GETSOCKOPT: return tell_option(f->object, arg);
	case CONNECT: return -EISCONN;
	default: return -EINVAL;
	}
}

static int32_t socket_call(uint32_t call, const uint32_t arg[6])
{
	struct file *f;
	int32_t result;

	if (call == SOCKET)
		return -EAFNOSUPPORT;
	if (call == SOCKETPAIR)
		return make_pair(arg[0], arg[1], arg[2], arg[3]);
	f = file_of(arg[0]);
	if (!f)
		return -EBADF;
	if (f->ops != &end_ops)
		return -ENOTSOCK;
	f->users++;
	result = on_end(f, call, arg);
	file_put(f);
	return result;
}

/* The arguments lie in memory, so many. */
static int32_t call_by_memory(uint32_t call, uint32_t args)
{
	static const uint8_t words[] = {
		[SOCKET] = 3,   [BIND] = 3,        [CONNECT] = 3,     [LISTEN] = 2,
		[ACCEPT] = 3,   [GETSOCKNAME] = 3, [GETPEERNAME] = 3, [SOCKETPAIR] = 4,
		[SEND] = 4,     [RECV] = 4,        [SENDTO] = 6,      [RECVFROM] = 6,
		[SHUTDOWN] = 2, [SETSOCKOPT] = 5,  [GETSOCKOPT] = 5,  [SENDMSG] = 3,
		[RECVMSG] = 3,  [ACCEPT4] = 4
	};
	uint32_t arg[6] = { 0 };

	if (call < SOCKET || call > ACCEPT4)
		return -EINVAL;
	if (copy_from_user(arg, args, words[call]))
		return -EFAULT;
	return socket_call(call, arg);
}

asmlinkage int32_t sys_socketcall(uint32_t call, uint32_t args)
{
	return no_jump(call_by_memory(call, args));
}

/* Each has a number of its own, too: from 359 on. */
static int32_t call_by_number(const struct pt_regs *regs)
{
	static const uint8_t calls[] = { SOCKET,  SOCKETPAIR, BIND,       CONNECT,     LISTEN,
					 ACCEPT4, GETSOCKOPT, SETSOCKOPT, GETSOCKNAME, GETPEERNAME,
					 SENDTO,  SENDMSG,    RECVFROM,   RECVMSG,     SHUTDOWN };
	const uint32_t arg[6] = {
		regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ebp
	};

	return socket_call(calls[regs->orig_eax - 359], arg);
}

asmlinkage int32_t sys_socket_by_number(struct pt_regs regs)
{
	return no_jump(call_by_number(CALL_FRAME(regs)));
}
