/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rw.c: reading and writing, in one piece or in many, and ioctl. The bytes of the host's files it
 * moves itself; what the guest has gets a span. Read next: pipe.c.
 */
#include "file/private.h"

asmlinkage int32_t sys_read(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_file_write(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_readv(uint32_t fd, uint32_t iov, uint32_t count);
asmlinkage int32_t sys_writev(uint32_t fd, uint32_t iov, uint32_t count);
asmlinkage int32_t sys_ioctl(uint32_t fd, uint32_t request, uint32_t arg);

/* ---- spans ---- */

#define MOST_PIECES 1024u

int32_t span_of(struct span *s, uint32_t iov, uint32_t pieces)
{
	int32_t error = 0;

	*s = (struct span){ .iov = iov, .pieces = pieces };
	if (pieces > MOST_PIECES)
		return -EINVAL;
	for (uint32_t i = 0; i < pieces; i++) {
		uint32_t piece[2];

		if (copy_from_user(piece, iov + 8 * i, 2))
			return -EFAULT; /* whatever lengths are before */
		s->left += piece[1];
		if ((int32_t)piece[1] < 0 || (int32_t)s->left < 0)
			error = -EINVAL;
	}
	return error;
}

/* The piece at hand has bytes; 0: there is none. */
static int next_piece(struct span *s)
{
	while (!s->bytes) {
		uint32_t piece[2];

		if (!s->pieces || copy_from_user(piece, s->iov, 2))
			return 0;
		s->at = piece[0];
		s->bytes = piece[1];
		s->iov += 8;
		s->pieces--;
	}
	return 1;
}

static uint32_t move(struct span *s, uint8_t *kernel, uint32_t bytes, int put)
{
	uint32_t done = 0;

	while (done < bytes && next_piece(s)) {
		uint32_t run = bytes - done < s->bytes ? bytes - done : s->bytes, missed;

		missed = put ? put_user_bytes(s->at, kernel + done, run) :
			       get_user_bytes(kernel + done, s->at, run);
		run -= missed;
		s->at += run;
		s->bytes -= run;
		done += run;
		if (missed)
			break;
	}
	s->left -= done;
	return done;
}

uint32_t span_put(struct span *to, const void *from, uint32_t bytes)
{
	return move(to, (uint8_t *)from, bytes, 1);
}

uint32_t span_get(struct span *from, void *to, uint32_t bytes)
{
	return move(from, to, bytes, 0);
}

/* ---- read, write ---- */

/* Whoever sleeps in a file keeps it, even if all its numbers are closed meanwhile. */
static int32_t transfer(struct file *f, int32_t (*how)(struct file *, struct span *),
			struct span *s)
{
	int32_t result;

	if (!how)
		return -EINVAL;
	f->users++;
	result = how(f, s);
	file_put(f);
	return result;
}

static int32_t read_from_host(struct file *f, int32_t nr, uint32_t at, uint32_t count)
{
	int32_t result;

	f->users++;
	result = wait_for_input(f);
	if (!result)
		result = ask_host(nr, (uint32_t)f->handle, at, count, 0, 0, 0);
	file_put(f);
	return result;
}

/* What the host writes into may have lost its reader, too. */
static int32_t write_to_host(struct file *f, int32_t nr, uint32_t at, uint32_t count)
{
	int32_t result = ask_host(nr, (uint32_t)f->handle, at, count, 0, 0, 0);

	return result == -EPIPE ? pipe_broken(0) : result;
}

static struct file *readable(uint32_t fd)
{
	struct file *f = file_of(fd);

	return f && (f->flags & O_ACCMODE) != O_WRONLY ? f : NULL;
}

static struct file *writable(uint32_t fd)
{
	struct file *f = file_of(fd);

	return f && (f->flags & O_ACCMODE) != O_RDONLY ? f : NULL;
}

static int32_t read_file(uint32_t fd, uint32_t buf, uint32_t count)
{
	struct span to = { .at = buf, .bytes = count, .left = count };
	struct file *f = readable(fd);

	if (!f)
		return -EBADF;
	if ((int32_t)count < 0)
		return -EINVAL;
	return f->ops ? transfer(f, f->ops->read, &to) : read_from_host(f, __NR_read, buf, count);
}

static int32_t write_file(uint32_t fd, uint32_t buf, uint32_t count)
{
	struct span from = { .at = buf, .bytes = count, .left = count };
	struct file *f = writable(fd);

	if (!f)
		return -EBADF;
	if ((int32_t)count < 0)
		return -EINVAL;
	return f->ops ? transfer(f, f->ops->write, &from) :
			write_to_host(f, __NR_write, buf, count);
}

static int32_t read_pieces(uint32_t fd, uint32_t iov, uint32_t pieces)
{
	struct span to;
	struct file *f = readable(fd);
	int32_t error;

	if (!f)
		return -EBADF;
	error = span_of(&to, iov, pieces);
	if (error)
		return error;
	if (!f->ops)
		return read_from_host(f, __NR_readv, iov, pieces);
	return to.left || !f->ops->read ? transfer(f, f->ops->read, &to) : 0;
}

static int32_t write_pieces(uint32_t fd, uint32_t iov, uint32_t pieces)
{
	struct span from;
	struct file *f = writable(fd);
	int32_t error;

	if (!f)
		return -EBADF;
	error = span_of(&from, iov, pieces);
	if (error)
		return error;
	if (!f->ops)
		return write_to_host(f, __NR_writev, iov, pieces);
	return from.left || !f->ops->write ? transfer(f, f->ops->write, &from) : 0;
}

asmlinkage int32_t sys_read(uint32_t fd, uint32_t buf, uint32_t count)
{
	return no_jump(read_file(fd, buf, count));
}

asmlinkage int32_t sys_file_write(uint32_t fd, uint32_t buf, uint32_t count)
{
	return no_jump(write_file(fd, buf, count));
}

asmlinkage int32_t sys_readv(uint32_t fd, uint32_t iov, uint32_t count)
{
	return no_jump(read_pieces(fd, iov, count));
}

asmlinkage int32_t sys_writev(uint32_t fd, uint32_t iov, uint32_t count)
{
	return no_jump(write_pieces(fd, iov, count));
}

/* ---- ioctl: what a terminal has of job control is the guest's ---- */

#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCSCTTY 0x540e
#define TIOCNOTTY 0x5422
#define TIOCGSID  0x5429
#define FIONBIO   0x5421
#define FIONCLEX  0x5450
#define FIOCLEX   0x5451

static int32_t foreground; /* process group; 0: nobody has said */

static int32_t terminal(uint32_t request, uint32_t arg)
{
	uint32_t pgrp;

	switch (request) {
	case TIOCGPGRP:
		return put_user((uint32_t)(foreground ? foreground : current->leader->group.pgrp),
				arg);
	case TIOCGSID: return put_user((uint32_t)current->leader->group.session, arg);
	case TIOCSPGRP:
		if (get_user(&pgrp, arg))
			return -EFAULT;
		foreground = (int32_t)pgrp;
		return 0;
	default: return 0;
	}
}

static int32_t control(uint32_t fd, uint32_t request, uint32_t arg)
{
	struct file *f = file_of(fd);

	if (!f)
		return -EBADF;
	if (request == FIONBIO) {
		uint32_t on;

		if (get_user(&on, arg))
			return -EFAULT;
		f->flags = on ? f->flags | O_NONBLOCK : f->flags & ~O_NONBLOCK;
		return 0;
	}
	if (request == FIONCLEX || request == FIOCLEX)
		return fd_set_cloexec(fd, request == FIOCLEX);
	if (f->ops)
		return f->ops->ioctl ? f->ops->ioctl(f, request, arg) : -ENOTTY;
	if (request == TIOCGPGRP || request == TIOCSPGRP || request == TIOCSCTTY ||
	    request == TIOCNOTTY || request == TIOCGSID) {
		if (ask_host(HOST_TERMINAL, (uint32_t)f->handle, 0, 0, 0, 0, 0) != 1)
			return -ENOTTY;
		return terminal(request, arg);
	}
	return ask_host(__NR_ioctl, (uint32_t)f->handle, request, arg, 0, 0, 0);
}

asmlinkage int32_t sys_ioctl(uint32_t fd, uint32_t request, uint32_t arg)
{
	return no_jump(control(fd, request, arg));
}
