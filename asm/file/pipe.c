/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe.c: pipes, as 2.6.11 has them: 16 slots of a page each. What is written goes into slots of
 * its own, but its odd bytes behind those of the last slot, if they fit: so a write of PIPE_BUF
 * bytes and less is never divided, and how much a pipe holds depends on the sizes of the writes.
 * Read next: socket.c.
 */
#include "file/private.h"

#define NR_PIPES 64u
#define O_DIRECT 040000u
#define FIONREAD 0x541bu

static struct pipe pipes[NR_PIPES];

asmlinkage int32_t sys_pipe(uint32_t fds);
asmlinkage int32_t sys_pipe2(uint32_t fds, uint32_t flags);

struct pipe *pipe_new(uint32_t messages)
{
	for (unsigned i = 0; i < NR_PIPES; i++) {
		struct pipe *p = &pipes[i];

		if (p->used)
			continue;
		p->used = 1;
		p->messages = messages;
		p->reader = p->writer = NULL;
		p->ended = p->waiting = p->first = p->count = 0;
		return p;
	}
	return NULL;
}

void pipe_end(struct pipe *p)
{
	p->ended = 1;
	file_changed(p->reader);
	file_changed(p->writer);
}

void pipe_leave(struct pipe *p, struct file **side)
{
	*side = NULL;
	p->used = p->reader || p->writer;
	file_changed(p->reader);
	file_changed(p->writer);
}

uint32_t pipe_bytes(const struct pipe *p, int of_message)
{
	uint32_t bytes = 0, last = 0;

	for (uint32_t i = 0; i < p->count && !last; i++) {
		const struct pipe_slot *s = &p->slot[(p->first + i) % PIPE_SLOTS];

		bytes += s->bytes;
		last = of_message && s->ends;
	}
	return bytes;
}

/* ---- out of it ---- */

static void next_slot(struct pipe *p)
{
	p->first = (p->first + 1) % PIPE_SLOTS;
	p->count--;
}

/* From the oldest slot: how many bytes, or -EFAULT and they are still there. */
static int32_t take(struct pipe *p, struct span *to)
{
	struct pipe_slot *s = &p->slot[p->first];
	uint32_t bytes = s->bytes < to->left ? s->bytes : to->left;

	if (span_put(to, p->page[p->first] + s->first, bytes) < bytes)
		return -EFAULT;
	s->first += bytes;
	s->bytes -= bytes;
	return (int32_t)bytes;
}

/* All slots of it go, whatever was asked for. */
static int32_t take_message(struct pipe *p, struct span *to)
{
	int32_t done = 0;
	uint32_t last = 0;

	for (; !last; next_slot(p)) {
		int32_t n = done < 0 ? done : take(p, to);

		done = n < 0 ? n : done + n;
		last = p->slot[p->first].ends;
	}
	file_changed(p->writer);
	return done;
}

/* What there is, up to what is wanted: how many bytes, or -EFAULT. */
static int32_t take_bytes(struct pipe *p, struct span *to)
{
	uint32_t before = p->count;
	int32_t done = 0;

	while (p->count && to->left) {
		int32_t n = take(p, to);

		if (n < 0) {
			done = done ? done : n;
			break;
		}
		done += n;
		if (!p->slot[p->first].bytes)
			next_slot(p);
	}
	if (p->count < before)
		file_changed(p->writer);
	return done;
}

/*
 * now: not to sleep. But for a writer that sleeps itself a reader waits in any case, as it will not
 * be long: so one read gets all that one great write has for it.
 */
int32_t pipe_receive(struct pipe *p, struct file *f, struct span *to, int now)
{
	int32_t done = 0;

	while (to->left && p->reader == f) {
		if (p->count && p->messages)
			return take_message(p, to);
		if (p->count) {
			int32_t n = take_bytes(p, to);

			if (n < 0)
				return done ? done : n;
			done += n;
		}
		if (!to->left || p->ended || (done && !p->waiting))
			break;
		if (now && !p->waiting)
			return -EAGAIN;
		if (file_sleep(f, NO_TIMEOUT) == -ERESTARTSYS)
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

/* ---- into it ---- */

int32_t pipe_broken(int quiet)
{
	if (!quiet)
		send_sig(SIGPIPE, current);
	return -EPIPE;
}

/* The odd bytes, behind the last slot's, if there is room: how many, or -EFAULT. */
static int32_t add(struct pipe *p, struct span *from)
{
	uint32_t at = (p->first + p->count - 1) % PIPE_SLOTS, odd = from->left % PAGE_SIZE;
	struct pipe_slot *s = &p->slot[at];

	if (!p->count || s->first + s->bytes + odd > PAGE_SIZE)
		return 0;
	if (span_get(from, p->page[at] + s->first + s->bytes, odd) < odd)
		return -EFAULT;
	s->bytes += odd;
	file_changed(p->reader);
	return (int32_t)odd;
}

/* A slot of its own; likewise. */
static int32_t fill(struct pipe *p, struct span *from)
{
	uint32_t at = (p->first + p->count) % PIPE_SLOTS;
	uint32_t bytes = from->left < PAGE_SIZE ? from->left : PAGE_SIZE;

	if (span_get(from, p->page[at], bytes) < bytes)
		return -EFAULT;
	p->slot[at] = (struct pipe_slot){ .bytes = (uint16_t)bytes, .ends = !from->left };
	p->count++;
	file_changed(p->reader);
	return (int32_t)bytes;
}

/* All of it in slots that there are. */
static int32_t fill_message(struct pipe *p, struct span *from)
{
	uint32_t before = p->count;
	int32_t done = 0;

	do {
		int32_t n = fill(p, from);

		if (n < 0) {
			p->count = before;
			return n;
		}
		done += n;
	} while (from->left);
	return done;
}

/* Until there are so many slots: 0, or -errno. */
static int32_t wait_for_room(struct pipe *p, struct file *f, uint32_t slots, int now, int quiet)
{
	for (;;) {
		int slept;

		if (!p->reader || p->writer != f || p->ended)
			return pipe_broken(quiet);
		if (p->count + slots <= PIPE_SLOTS)
			return 0;
		if (now)
			return -EAGAIN;
		p->waiting++;
		slept = file_sleep(f, NO_TIMEOUT);
		p->waiting--;
		if (slept == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
}

static int32_t send_bytes(struct pipe *p, struct file *f, struct span *from, int now, int quiet)
{
	int32_t done = 0, n = p->reader && !p->ended ? add(p, from) : 0;

	while (n >= 0) {
		done += n;
		if (!from->left)
			break;
		n = wait_for_room(p, f, 1, now, quiet);
		if (!n)
			n = fill(p, from);
	}
	return done ? done : n;
}

static int32_t send_message(struct pipe *p, struct file *f, struct span *from, int now, int quiet)
{
	uint32_t slots = from->left ? (from->left + PAGE_SIZE - 1) / PAGE_SIZE : 1;
	int32_t result;

	if (slots > PIPE_SLOTS)
		return -EMSGSIZE;
	result = wait_for_room(p, f, slots, now, quiet);
	return result ? result : fill_message(p, from);
}

int32_t pipe_send(struct pipe *p, struct file *f, struct span *from, int now, int quiet)
{
	if (p->messages)
		return send_message(p, f, from, now, quiet);
	return from->left ? send_bytes(p, f, from, now, quiet) : 0;
}

/* ---- a pipe's two files ---- */

static int32_t reader_read(struct file *f, struct span *to)
{
	return pipe_receive(f->object, f, to, no_wait(f));
}

static uint32_t reader_poll(struct file *f)
{
	const struct pipe *p = f->object;

	return (p->count ? POLLIN | POLLRDNORM : 0) | (p->ended ? POLLHUP : 0);
}

static void reader_release(struct file *f)
{
	struct pipe *p = f->object;

	pipe_leave(p, &p->reader);
}

static int32_t writer_write(struct file *f, struct span *from)
{
	return pipe_send(f->object, f, from, no_wait(f), 0);
}

static uint32_t writer_poll(struct file *f)
{
	const struct pipe *p = f->object;

	return (p->count < PIPE_SLOTS ? POLLOUT | POLLWRNORM : 0) | (p->reader ? 0 : POLLERR);
}

static void writer_release(struct file *f)
{
	struct pipe *p = f->object;

	p->ended = 1;
	pipe_leave(p, &p->writer);
}

static int32_t pipe_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	return request == FIONREAD ? put_user(pipe_bytes(f->object, 0), arg) : -EINVAL;
}

static const struct file_ops reader_ops = {
	.read = reader_read, .poll = reader_poll, .release = reader_release, .ioctl = pipe_ioctl
};
static const struct file_ops writer_ops = {
	.write = writer_write, .poll = writer_poll, .release = writer_release, .ioctl = pipe_ioctl
};

int32_t install_two(struct file *a, struct file *b, uint32_t cloexec, uint32_t fds)
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
	struct pipe *p = pipe_new(0);
	int32_t handle;

	if (!p)
		return -ENFILE;
	handle = (int32_t)(PIPE_HANDLE + (p - pipes));
	p->reader = file_new(&reader_ops, handle, O_RDONLY | flags, p);
	p->writer = file_new(&writer_ops, handle, O_WRONLY | flags, p);
	if (!p->reader && !p->writer)
		p->used = 0;
	return install_two(p->reader, p->writer, flags & O_CLOEXEC, fds);
}

asmlinkage int32_t sys_pipe(uint32_t fds)
{
	return no_jump(make_pipe(fds, 0));
}

asmlinkage int32_t sys_pipe2(uint32_t fds, uint32_t flags)
{
	if (flags & ~(O_NONBLOCK | O_CLOEXEC | O_DIRECT))
		return -EINVAL;
	return no_jump(make_pipe(fds, flags & ~O_DIRECT));
}
