/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c: the calls that only give data, which the host answers: every number that the call table
 * gives to nobody else. The host knows open files by handles, so descriptors are translated
 * here, and what it has opened gets one.
 */
#include "file/private.h"

asmlinkage int32_t sys_host(struct pt_regs regs);
asmlinkage int32_t sys_read(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_file_write(uint32_t fd, uint32_t buf, uint32_t count);
asmlinkage int32_t sys_readv(uint32_t fd, uint32_t iov, uint32_t count);
asmlinkage int32_t sys_writev(uint32_t fd, uint32_t iov, uint32_t count);
asmlinkage int32_t sys_ioctl(uint32_t fd, uint32_t request, uint32_t arg);
asmlinkage int32_t sys_old_mmap(uint32_t args);

/* ---- which arguments are descriptors ---- */

#define NONE 7 /* the result is no descriptor */
#define A(n) (1u << (n))

static const struct {
	uint16_t nr;
	uint8_t fds;   /* bit n: argument n */
	uint8_t flags; /* the argument with O_CLOEXEC, if the result is a new descriptor */
} calls[] = {
	{ 5, 0, 1 },                /* open */
	{ 8, 0, 6 },                /* creat: no flags */
	{ 19, A(0), NONE },         /* lseek */
	{ 28, A(0), NONE },         /* oldfstat */
	{ 93, A(0), NONE },         /* ftruncate */
	{ 94, A(0), NONE },         /* fchmod */
	{ 95, A(0), NONE },         /* fchown */
	{ 100, A(0), NONE },        /* fstatfs */
	{ 108, A(0), NONE },        /* fstat */
	{ 118, A(0), NONE },        /* fsync */
	{ 133, A(0), NONE },        /* fchdir */
	{ 140, A(0), NONE },        /* _llseek */
	{ 141, A(0), NONE },        /* getdents */
	{ 143, A(0), NONE },        /* flock */
	{ 148, A(0), NONE },        /* fdatasync */
	{ 180, A(0), NONE },        /* pread64 */
	{ 181, A(0), NONE },        /* pwrite64 */
	{ 187, A(0) | A(1), NONE }, /* sendfile */
	{ 192, A(4), NONE },        /* mmap2 */
	{ 194, A(0), NONE },        /* ftruncate64 */
	{ 197, A(0), NONE },        /* fstat64 */
	{ 207, A(0), NONE },        /* fchown32 */
	{ 220, A(0), NONE },        /* getdents64 */
	{ 225, A(0), NONE },        /* readahead */
	{ 231, A(0), NONE },        /* fgetxattr */
	{ 239, A(0) | A(1), NONE }, /* sendfile64 */
	{ 250, A(0), NONE },        /* fadvise64 */
	{ 269, A(0), NONE },        /* fstatfs64 */
	{ 272, A(0), NONE },        /* fadvise64_64 */
	{ 291, 0, 6 },              /* inotify_init */
	{ 292, A(0), NONE },        /* inotify_add_watch */
	{ 293, A(0), NONE },        /* inotify_rm_watch */
	{ 295, A(0), 2 },           /* openat */
	{ 296, A(0), NONE },        /* mkdirat */
	{ 297, A(0), NONE },        /* mknodat */
	{ 298, A(0), NONE },        /* fchownat */
	{ 299, A(0), NONE },        /* futimesat */
	{ 300, A(0), NONE },        /* fstatat64 */
	{ 301, A(0), NONE },        /* unlinkat */
	{ 302, A(0) | A(2), NONE }, /* renameat */
	{ 303, A(0) | A(2), NONE }, /* linkat */
	{ 304, A(1), NONE },        /* symlinkat */
	{ 305, A(0), NONE },        /* readlinkat */
	{ 306, A(0), NONE },        /* fchmodat */
	{ 307, A(0), NONE },        /* faccessat */
	{ 320, A(0), NONE },        /* utimensat */
	{ 324, A(0), NONE },        /* fallocate */
	{ 332, 0, 0 },              /* inotify_init1 */
	{ 333, A(0), NONE },        /* preadv */
	{ 334, A(0), NONE },        /* pwritev */
	{ 353, A(0) | A(2), NONE }, /* renameat2 */
	{ 356, 0, 1 },              /* memfd_create */
	{ 383, A(0), NONE },        /* statx */
	{ 412, A(0), NONE },        /* utimensat_time64 */
	{ 439, A(0), NONE },        /* faccessat2 */
};

/* The host's handle of the descriptor; a negative one (AT_FDCWD, -1) is none. -EBADF. */
static int32_t translate(uint32_t *arg)
{
	const struct file *f;

	if ((int32_t)*arg < 0)
		return 0;
	f = file_of(*arg);
	if (!f)
		return -EBADF;
	*arg = (uint32_t)f->handle;
	return 0;
}

/* memfd_create has a flag of its own for close-on-exec. */
static uint32_t cloexec_of(int32_t nr, uint32_t flags)
{
	return nr == 356 ? flags & 1 : flags & O_CLOEXEC;
}

static int32_t new_descriptor(int32_t handle, uint32_t flags, uint32_t cloexec)
{
	struct file *f;

	if (handle < 0)
		return handle;
	f = file_new(NULL, handle, flags, NULL);
	if (f)
		return fd_install(f, 0, cloexec);
	ask_host(HOST_CLOSE, (uint32_t)handle, 0, 0, 0, 0, 0);
	return -ENFILE;
}

static int32_t ask(int32_t nr, uint32_t arg[6])
{
	return ask_host(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

static int32_t forward(const struct pt_regs *regs)
{
	uint32_t arg[6] = { regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ebp };
	uint32_t flags_at = NONE, flags;
	int32_t nr = regs->orig_eax;

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].nr != nr)
			continue;
		for (unsigned n = 0; n < 6; n++)
			if ((calls[i].fds & A(n)) && translate(&arg[n]))
				return -EBADF;
		flags_at = calls[i].flags;
	}
	if (flags_at == NONE)
		return ask(nr, arg);
	flags = flags_at < 6 ? arg[flags_at] : nr == 8 ? O_WRONLY : 0;
	return new_descriptor(ask(nr, arg), flags, cloexec_of(nr, flags));
}

asmlinkage int32_t sys_host(struct pt_regs regs)
{
	return no_jump(forward(&regs));
}

/* mmap's six arguments lie in memory. */
static int32_t map(uint32_t at)
{
	uint32_t arg[6];

	if (copy_from_user(arg, at, 6))
		return -EFAULT;
	if (arg[5] & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!(arg[3] & 0x20) && translate(&arg[4])) /* MAP_ANONYMOUS: no file */
		return -EBADF;
	arg[5] /= PAGE_SIZE;
	return ask(__NR_mmap2, arg);
}

asmlinkage int32_t sys_old_mmap(uint32_t args)
{
	return no_jump(map(args));
}

/* ---- reading and writing, which may have to wait ---- */

static const char input_channel;

void input_arrived(void)
{
	wake_up(&input_channel);
	wake_up(&poll_channel);
}

/* A stream of the host's, or a terminal: until it can be read. */
static int32_t wait_for_input(struct file *f)
{
	while (!(file_poll(f) & (POLLIN | POLLHUP | POLLERR))) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		if (sleep_on(&input_channel, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	return 0;
}

static int32_t read_file(struct file *f, uint32_t buf, uint32_t count)
{
	int32_t error;

	if (f->ops)
		return f->ops->read ? f->ops->read(f, buf, count) : -EINVAL;
	error = wait_for_input(f);
	return error ? error : ask_host(__NR_read, (uint32_t)f->handle, buf, count, 0, 0, 0);
}

static int32_t write_file(struct file *f, uint32_t buf, uint32_t count)
{
	if (f->ops)
		return f->ops->write ? f->ops->write(f, buf, count) : -EINVAL;
	return ask_host(__NR_write, (uint32_t)f->handle, buf, count, 0, 0, 0);
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

asmlinkage int32_t sys_read(uint32_t fd, uint32_t buf, uint32_t count)
{
	struct file *f = readable(fd);

	if (!f)
		return -EBADF;
	if ((int32_t)count < 0)
		return -EINVAL;
	return no_jump(read_file(f, buf, count));
}

asmlinkage int32_t sys_file_write(uint32_t fd, uint32_t buf, uint32_t count)
{
	struct file *f = writable(fd);

	if (!f)
		return -EBADF;
	if ((int32_t)count < 0)
		return -EINVAL;
	return no_jump(write_file(f, buf, count));
}

/* Piece by piece, up to the first that is not moved whole. */
static int32_t vector(struct file *f, uint32_t iov, uint32_t count,
		      int32_t (*move)(struct file *f, uint32_t buf, uint32_t count))
{
	int32_t done = 0;

	if (count > 1024)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t piece[2];
		int32_t n;

		if (copy_from_user(piece, iov + 8 * i, 2))
			return done ? done : -EFAULT;
		if ((int32_t)piece[1] < 0 || (int32_t)((uint32_t)done + piece[1]) < 0)
			return done ? done : -EINVAL;
		if (!piece[1])
			continue;
		n = move(f, piece[0], piece[1]);
		if (n < 0)
			return done ? done : n;
		done += n;
		if ((uint32_t)n < piece[1])
			break;
	}
	return done;
}

asmlinkage int32_t sys_readv(uint32_t fd, uint32_t iov, uint32_t count)
{
	struct file *f = readable(fd);

	return f ? no_jump(vector(f, iov, count, read_file)) : -EBADF;
}

/* The host takes all pieces at once, so that its output is one. */
asmlinkage int32_t sys_writev(uint32_t fd, uint32_t iov, uint32_t count)
{
	struct file *f = writable(fd);

	if (!f)
		return -EBADF;
	if (!f->ops)
		return no_jump(ask_host(__NR_writev, (uint32_t)f->handle, iov, count, 0, 0, 0));
	return no_jump(vector(f, iov, count, write_file));
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
