/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe.c: pipes, and pairs of connected sockets, which are two of them. A pipe has 16 pages; a write
 * of PIPE_BUF bytes and less is never divided. Readers and writers sleep on the pipe.
 */
#include "file/private.h"

#define NR_PIPES     64u
#define PIPE_BUF     4096u
#define PIPE_ROOM    65536u
#define SHUT_RD      1u /* of a pair's end: it does not read any more, */
#define SHUT_WR      2u /* or write */
#define AF_UNIX      1u
#define MSG_DONTWAIT 0x40u
#define MSG_NOSIGNAL 0x4000u
#define FIONREAD     0x541b

struct pipe {
	uint32_t used, readers, writers;
	uint32_t first, bytes; /* in the ring: where they begin, how many */
	uint8_t ring[PIPE_ROOM];
};

/* A pair's end reads from one pipe and writes into the other. */
struct pair_end {
	uint32_t used;
	struct pipe *in, *out;
};

static struct pipe pipes[NR_PIPES];
static struct pair_end ends[NR_PIPES];

asmlinkage int32_t sys_pipe(uint32_t fds);
asmlinkage int32_t sys_pipe2(uint32_t fds, uint32_t flags);
asmlinkage int32_t sys_socketpair(uint32_t family, uint32_t type, uint32_t protocol, uint32_t fds);
asmlinkage int32_t sys_socketcall(uint32_t call, uint32_t args);

/* ---- the ring ---- */

static struct pipe *pipe_new(void)
{
	for (unsigned i = 0; i < NR_PIPES; i++) {
		struct pipe *p = &pipes[i];

		if (p->used)
			continue;
		p->used = p->readers = p->writers = 1;
		p->first = p->bytes = 0;
		return p;
	}
	return NULL;
}

static void changed(struct pipe *p)
{
	wake_up(p);
	wake_up(&poll_channel);
}

/* One of its two sides is gone; with the other, so is the pipe. */
static void leave(struct pipe *p, uint32_t *side)
{
	--*side;
	p->used = p->readers || p->writers;
	changed(p);
}

/* As much as is there and wanted, up to a bad address: how many bytes. */
static uint32_t take(struct pipe *p, uint32_t buf, uint32_t count)
{
	uint32_t done = 0;

	while (done < count && p->bytes) {
		uint32_t run = PIPE_ROOM - p->first, left;

		if (run > p->bytes)
			run = p->bytes;
		if (run > count - done)
			run = count - done;
		left = put_user_bytes(buf + done, p->ring + p->first, run);
		run -= left;
		p->first = (p->first + run) % PIPE_ROOM;
		p->bytes -= run;
		done += run;
		if (left)
			break;
	}
	return done;
}

static uint32_t give(struct pipe *p, uint32_t buf, uint32_t count)
{
	uint32_t done = 0;

	while (done < count && p->bytes < PIPE_ROOM) {
		uint32_t at = (p->first + p->bytes) % PIPE_ROOM, run = PIPE_ROOM - at, left;

		if (run > PIPE_ROOM - p->bytes)
			run = PIPE_ROOM - p->bytes;
		if (run > count - done)
			run = count - done;
		left = get_user_bytes(p->ring + at, buf + done, run);
		run -= left;
		p->bytes += run;
		done += run;
		if (left)
			break;
	}
	return done;
}

static int32_t pipe_receive(struct pipe *p, uint32_t buf, uint32_t count, int no_wait)
{
	uint32_t done;

	if (!count)
		return 0;
	while (!p->bytes) {
		if (!p->writers)
			return 0;
		if (no_wait)
			return -EAGAIN;
		if (sleep_on(p, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	done = take(p, buf, count);
	if (!done)
		return -EFAULT;
	changed(p);
	return (int32_t)done;
}

static int has_room(const struct pipe *p, uint32_t count)
{
	uint32_t room = PIPE_ROOM - p->bytes;

	return count <= PIPE_BUF ? room >= count : room > 0;
}

static int32_t broken(int quiet)
{
	if (!quiet)
		send_sig(SIGPIPE, current);
	return -EPIPE;
}

static int32_t pipe_send(struct pipe *p, uint32_t buf, uint32_t count, int no_wait, int quiet)
{
	uint32_t done = 0;

	while (done < count) {
		uint32_t n;

		if (!p->readers)
			return done ? (int32_t)done : broken(quiet);
		if (!has_room(p, count - done)) {
			if (no_wait)
				return done ? (int32_t)done : -EAGAIN;
			if (sleep_on(p, NO_TIMEOUT) == -ERESTARTSYS)
				return done ? (int32_t)done : -ERESTARTSYS;
			continue;
		}
		n = give(p, buf + done, count - done);
		if (!n)
			return done ? (int32_t)done : -EFAULT;
		done += n;
		changed(p);
	}
	return (int32_t)done;
}

/* ---- a pipe's two files ---- */

static int32_t reader_read(struct file *f, uint32_t buf, uint32_t count)
{
	return pipe_receive(f->object, buf, count, (f->flags & O_NONBLOCK) != 0);
}

static uint32_t reader_poll(struct file *f)
{
	const struct pipe *p = f->object;

	return (p->bytes ? POLLIN | POLLRDNORM : 0) | (p->writers ? 0 : POLLHUP);
}

static int32_t tell_bytes(const struct pipe *p, uint32_t request, uint32_t arg)
{
	return request == FIONREAD ? put_user(p->bytes, arg) : -ENOTTY;
}

static int32_t pipe_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	return tell_bytes(f->object, request, arg);
}

static void reader_release(struct file *f)
{
	struct pipe *p = f->object;

	leave(p, &p->readers);
}

static int32_t writer_write(struct file *f, uint32_t buf, uint32_t count)
{
	return pipe_send(f->object, buf, count, (f->flags & O_NONBLOCK) != 0, 0);
}

static uint32_t writer_poll(struct file *f)
{
	const struct pipe *p = f->object;

	return (has_room(p, PIPE_BUF) ? POLLOUT | POLLWRNORM : 0) | (p->readers ? 0 : POLLERR);
}

static void writer_release(struct file *f)
{
	struct pipe *p = f->object;

	leave(p, &p->writers);
}

static const struct file_ops reader_ops = {
	.read = reader_read, .poll = reader_poll, .release = reader_release, .ioctl = pipe_ioctl
};
static const struct file_ops writer_ops = {
	.write = writer_write, .poll = writer_poll, .release = writer_release, .ioctl = pipe_ioctl
};

/* Two files get numbers, which go to fds[2]: 0, or -errno and neither is left. */
static int32_t install_two(struct file *a, struct file *b, uint32_t cloexec, uint32_t fds)
{
	int32_t fd[2];

	if (!a || !b) {
		if (a)
			file_put(a);
		if (b)
			file_put(b);
		return -ENFILE;
	}
	fd[0] = fd_install(a, 0, cloexec);
	if (fd[0] < 0) {
		file_put(b);
		return fd[0];
	}
	fd[1] = fd_install(b, 0, cloexec);
	if (fd[1] >= 0 && !copy_to_user(fds, fd, 2))
		return 0;
	fd_close((uint32_t)fd[0]);
	if (fd[1] < 0)
		return fd[1];
	fd_close((uint32_t)fd[1]);
	return -EFAULT;
}

static int32_t make_pipe(uint32_t fds, uint32_t flags)
{
	struct pipe *p = pipe_new();
	int32_t handle;

	if (!p)
		return -ENFILE;
	handle = (int32_t)(PIPE_HANDLE + (p - pipes));
	flags &= O_NONBLOCK | O_CLOEXEC;
	return install_two(file_new(&reader_ops, handle, O_RDONLY | flags, p),
			   file_new(&writer_ops, handle, O_WRONLY | flags, p), flags & O_CLOEXEC,
			   fds);
}

asmlinkage int32_t sys_pipe(uint32_t fds)
{
	return no_jump(make_pipe(fds, 0));
}

asmlinkage int32_t sys_pipe2(uint32_t fds, uint32_t flags)
{
	if (flags & ~(O_NONBLOCK | O_CLOEXEC | 040000u))
		return -EINVAL;
	return no_jump(make_pipe(fds, flags));
}

/* ---- pairs of sockets ---- */

static int32_t end_read(struct file *f, uint32_t buf, uint32_t count)
{
	struct pair_end *e = f->object;

	return e->in ? pipe_receive(e->in, buf, count, (f->flags & O_NONBLOCK) != 0) : 0;
}

static int32_t end_write(struct file *f, uint32_t buf, uint32_t count)
{
	struct pair_end *e = f->object;

	if (!e->out)
		return broken(0);
	return pipe_send(e->out, buf, count, (f->flags & O_NONBLOCK) != 0, 0);
}

static uint32_t end_poll(struct file *f)
{
	const struct pair_end *e = f->object;
	uint32_t events = 0;

	if (!e->in || e->in->bytes || !e->in->writers)
		events |= POLLIN | POLLRDNORM;
	if (!e->out || !e->out->readers || has_room(e->out, PIPE_BUF))
		events |= POLLOUT | POLLWRNORM;
	if (e->in && !e->in->writers && e->out && !e->out->readers)
		events |= POLLHUP;
	return events;
}

static void end_shut(struct pair_end *e, uint32_t what)
{
	if ((what & SHUT_RD) && e->in) {
		leave(e->in, &e->in->readers);
		e->in = NULL;
	}
	if ((what & SHUT_WR) && e->out) {
		leave(e->out, &e->out->writers);
		e->out = NULL;
	}
}

static void end_release(struct file *f)
{
	struct pair_end *e = f->object;

	end_shut(e, SHUT_RD | SHUT_WR);
	e->used = 0;
}

static int32_t end_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	const struct pair_end *e = f->object;

	return e->in ? tell_bytes(e->in, request, arg) : -ENOTTY;
}

static const struct file_ops end_ops = { .read = end_read,
					 .write = end_write,
					 .poll = end_poll,
					 .release = end_release,
					 .ioctl = end_ioctl };

static struct file *end_new(struct pipe *in, struct pipe *out, uint32_t flags)
{
	for (unsigned i = 0; i < NR_PIPES; i++) {
		struct pair_end *e = &ends[i];

		if (e->used)
			continue;
		*e = (struct pair_end){ .used = 1, .in = in, .out = out };
		return file_new(&end_ops, (int32_t)(SOCKET_HANDLE + i), O_RDWR | flags, e);
	}
	return NULL;
}

static int32_t make_pair(uint32_t family, uint32_t type, uint32_t fds)
{
	uint32_t flags = type & (O_NONBLOCK | O_CLOEXEC);
	struct pipe *a, *b;

	if (family != AF_UNIX)
		return -EAFNOSUPPORT;
	a = pipe_new();
	b = pipe_new();
	if (!a || !b) {
		if (a)
			a->used = 0;
		return -ENFILE;
	}
	return install_two(end_new(a, b, flags), end_new(b, a, flags), flags & O_CLOEXEC, fds);
}

asmlinkage int32_t sys_socketpair(uint32_t family, uint32_t type, uint32_t protocol, uint32_t fds)
{
	(void)protocol;
	return no_jump(make_pair(family, type, fds));
}

enum { SOCKETPAIR = 8, SEND = 9, RECV = 10, SENDTO = 11, RECVFROM = 12, SHUTDOWN = 13 };

/* send, recv and shutdown of a pair's end. */
static int32_t on_socket(uint32_t call, const uint32_t arg[6])
{
	struct file *f = file_of(arg[0]);
	struct pair_end *e;
	int no_wait;

	if (!f)
		return -EBADF;
	if (f->ops != &end_ops)
		return -ENOTSOCK;
	e = f->object;
	no_wait = (f->flags & O_NONBLOCK) || (arg[3] & MSG_DONTWAIT);
	switch (call) {
	case SEND:
	case SENDTO:
		return e->out ? pipe_send(e->out, arg[1], arg[2], no_wait,
					  (arg[3] & MSG_NOSIGNAL) != 0) :
				broken((arg[3] & MSG_NOSIGNAL) != 0);
	case RECV:
	case RECVFROM: return e->in ? pipe_receive(e->in, arg[1], arg[2], no_wait) : 0;
	default:
		if (arg[1] > 2)
			return -EINVAL;
		end_shut(e, arg[1] + 1);
		return 0;
	}
}

static int32_t socket_call(uint32_t call, uint32_t args)
{
	uint32_t arg[6] = { 0 };
	uint32_t words = call == SOCKETPAIR || call == SEND || call == RECV ? 4 :
			 call == SHUTDOWN                                   ? 2 :
			 call == SENDTO || call == RECVFROM                 ? 6 :
									      0;

	if (!words)
		return -EAFNOSUPPORT;
	if (copy_from_user(arg, args, words))
		return -EFAULT;
	return call == SOCKETPAIR ? make_pair(arg[0], arg[1], arg[3]) : on_socket(call, arg);
}

asmlinkage int32_t sys_socketcall(uint32_t call, uint32_t args)
{
	return no_jump(socket_call(call, args));
}
