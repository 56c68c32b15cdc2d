/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files.c: descriptor tables, and open files, which several numbers of several processes can mean.
 * Both are static pools: a machine that has no more says so. Read next: host.c, rw.c, pipe.c.
 */
#include "file/private.h"

struct files {
	uint32_t users;
	uint32_t end; /* behind the last number that is open */
	struct file *fd[NR_FDS];
	uint32_t cloexec[NR_FDS / 32];
};

static struct files tables[NR_TASKS + 1]; /* execve holds two for a moment */
static struct file open_files[NR_OPEN];

asmlinkage int32_t sys_close(uint32_t fd);
asmlinkage int32_t sys_close_range(uint32_t first, uint32_t last, uint32_t flags);
asmlinkage int32_t sys_dup(uint32_t fd);
asmlinkage int32_t sys_dup2(uint32_t fd, uint32_t other);
asmlinkage int32_t sys_dup3(uint32_t fd, uint32_t other, uint32_t flags);
asmlinkage int32_t sys_fcntl64(uint32_t fd, uint32_t command, uint32_t arg);

/* ---- open files ---- */

struct file *file_new(const struct file_ops *ops, int32_t handle, uint32_t flags, void *object)
{
	for (unsigned i = 0; i < NR_OPEN; i++) {
		struct file *f = &open_files[i];

		if (f->users)
			continue;
		*f = (struct file){ .users = 1,
				    .ops = ops,
				    .handle = handle,
				    .flags = flags & ~O_CLOEXEC,
				    .object = object };
		return f;
	}
	return NULL;
}

void file_put(struct file *f)
{
	if (--f->users)
		return;
	watches_forget(f);
	if (!f->ops)
		ask_host(HOST_CLOSE, (uint32_t)f->handle, 0, 0, 0, 0, 0);
	else if (f->ops->release)
		f->ops->release(f);
}

uint32_t file_poll(struct file *f)
{
	if (f->ops)
		return f->ops->poll ? f->ops->poll(f) : POLLIN | POLLOUT;
	return (uint32_t)ask_host(HOST_READY, (uint32_t)f->handle, 0, 0, 0, 0, 0);
}

int file_sleep(struct file *f, uint64_t until)
{
	int result;

	f->sleepers++;
	result = sleep_on(f, until);
	f->sleepers--;
	return result;
}

static uint32_t pollers;

int poll_sleep(uint64_t until)
{
	int result;

	pollers++;
	result = sleep_on(&poll_channel, until);
	pollers--;
	return result;
}

void file_changed(struct file *f)
{
	if (!f)
		return;
	if (f->sleepers)
		wake_up(f);
	if (pollers)
		wake_up(&poll_channel);
	watches_tell(f->watches);
}

void files_changed(const void *object)
{
	for (struct file *f = open_files; f < open_files + NR_OPEN; f++)
		if (f->users && f->object == object)
			file_changed(f);
}

/* ---- tables ---- */

static void set_cloexec(struct files *t, uint32_t fd, uint32_t on)
{
	uint32_t bit = 1u << fd % 32;

	if (on)
		t->cloexec[fd / 32] |= bit;
	else if (t->cloexec[fd / 32] & bit)
		t->cloexec[fd / 32] &= ~bit;
}

static uint32_t is_cloexec(const struct files *t, uint32_t fd)
{
	return t->cloexec[fd / 32] >> fd % 32 & 1;
}

static void open_fd(struct files *t, uint32_t fd, struct file *f, uint32_t cloexec)
{
	t->fd[fd] = f;
	if (cloexec) /* a number that is free has none: close_fd */
		set_cloexec(t, fd, 1);
	if (t->end <= fd)
		t->end = fd + 1;
}

static void close_fd(struct files *t, uint32_t fd)
{
	struct file *f = t->fd[fd];

	t->fd[fd] = NULL;
	set_cloexec(t, fd, 0);
	while (t->end && !t->fd[t->end - 1])
		t->end--;
	file_put(f);
}

void fd_close(uint32_t fd)
{
	close_fd(current->files, fd);
}

int32_t fd_set_cloexec(uint32_t fd, uint32_t on)
{
	set_cloexec(current->files, fd, on);
	return 0;
}

struct file *file_of(uint32_t fd)
{
	return fd < NR_FDS ? current->files->fd[fd] : NULL;
}

int32_t fd_install(struct file *f, uint32_t from, uint32_t cloexec)
{
	struct files *t = current->files;

	for (uint32_t fd = from; fd < NR_FDS; fd++) {
		if (t->fd[fd])
			continue;
		open_fd(t, fd, f, cloexec);
		return (int32_t)fd;
	}
	file_put(f);
	return -EMFILE;
}

int fd_is_left(void)
{
	const struct files *t = current->files;
	uint32_t fd = 0;

	while (fd < NR_FDS && t->fd[fd])
		fd++;
	return fd < NR_FDS;
}

static struct files *table_new(void)
{
	for (unsigned i = 0; i < NR_TASKS + 1; i++) {
		if (tables[i].users)
			continue;
		tables[i].users = 1;
		return &tables[i];
	}
	return NULL;
}

/* Its streams are the host's first three. */
struct files *files_init(void)
{
	struct files *t = table_new();

	for (int32_t i = 0; i < 3; i++)
		open_fd(t, (uint32_t)i, file_new(NULL, i, O_RDWR, NULL), 0);
	return t;
}

struct files *files_copy(struct files *from)
{
	struct files *t = table_new();

	if (!t)
		return NULL;
	for (uint32_t fd = 0; fd < from->end; fd++) {
		if (!from->fd[fd])
			continue;
		from->fd[fd]->users++;
		open_fd(t, fd, from->fd[fd], is_cloexec(from, fd));
	}
	return t;
}

struct files *files_share(struct files *t)
{
	t->users++;
	return t;
}

void files_put(struct files *t)
{
	if (!t || --t->users)
		return;
	for (uint32_t fd = 0; fd < t->end; fd++)
		if (t->fd[fd])
			close_fd(t, fd);
}

int files_unshare(struct task_struct *self)
{
	struct files *own;

	if (self->files->users == 1)
		return 0;
	own = files_copy(self->files);
	if (!own)
		return -ENOMEM;
	self->files->users--; /* others have it */
	self->files = own;
	return 0;
}

void files_close_on_exec(struct task_struct *self)
{
	struct files *t = self->files;

	for (uint32_t fd = 0; fd < t->end; fd++)
		if (t->fd[fd] && is_cloexec(t, fd))
			close_fd(t, fd);
}

/* ---- calls ---- */

asmlinkage int32_t sys_close(uint32_t fd)
{
	if (!file_of(fd))
		return -EBADF;
	close_fd(current->files, fd);
	return 0;
}

#define CLOSE_RANGE_UNSHARE 2u
#define CLOSE_RANGE_CLOEXEC 4u

asmlinkage int32_t sys_close_range(uint32_t first, uint32_t last, uint32_t flags)
{
	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	if ((flags & CLOSE_RANGE_UNSHARE) && files_unshare(current))
		return -ENOMEM;
	for (uint32_t fd = first; fd < current->files->end && fd <= last; fd++) {
		if (!file_of(fd))
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC)
			set_cloexec(current->files, fd, 1);
		else
			close_fd(current->files, fd);
	}
	return 0;
}

static int32_t duplicate(uint32_t fd, uint32_t from, uint32_t cloexec)
{
	struct file *f = file_of(fd);

	if (!f)
		return -EBADF;
	if (from >= NR_FDS)
		return -EINVAL;
	f->users++;
	return fd_install(f, from, cloexec);
}

asmlinkage int32_t sys_dup(uint32_t fd)
{
	return no_jump(duplicate(fd, 0, 0));
}

static int32_t replace(uint32_t fd, uint32_t other, uint32_t cloexec)
{
	struct files *t = current->files;
	struct file *f = file_of(fd);

	if (!f || other >= NR_FDS)
		return -EBADF;
	f->users++;
	if (t->fd[other])
		close_fd(t, other);
	open_fd(t, other, f, cloexec);
	return (int32_t)other;
}

asmlinkage int32_t sys_dup2(uint32_t fd, uint32_t other)
{
	if (fd == other)
		return file_of(fd) ? (int32_t)fd : -EBADF;
	return no_jump(replace(fd, other, 0));
}

asmlinkage int32_t sys_dup3(uint32_t fd, uint32_t other, uint32_t flags)
{
	if (fd == other || (flags & ~O_CLOEXEC))
		return -EINVAL;
	return no_jump(replace(fd, other, flags & O_CLOEXEC));
}

enum {
	F_DUPFD = 0,
	F_GETFD = 1,
	F_SETFD = 2,
	F_GETFL = 3,
	F_SETFL = 4,
	F_SETOWN = 8,
	F_GETOWN = 9,
	F_SETSIG = 10,
	F_GETSIG = 11,
	F_SETOWN_EX = 15, /* these two are younger; the C library asks them for F_GETOWN */
	F_GETOWN_EX = 16,
	F_DUPFD_CLOEXEC = 1030
};

#define OWNER_PID  1u
#define OWNER_PGRP 2u

/* A struct f_owner_ex: what it is, a task or a process or a group, and its number. */
static int32_t set_owner(struct file *f, uint32_t at)
{
	uint32_t owner[2];

	if (copy_from_user(owner, at, 2))
		return -EFAULT;
	if (owner[0] > OWNER_PGRP)
		return -EINVAL;
	f->owner = owner[0] == OWNER_PGRP ? -owner[1] : owner[1];
	return 0;
}

static int32_t get_owner(const struct file *f, uint32_t at)
{
	int group = (int32_t)f->owner < 0;
	uint32_t owner[2] = { group ? OWNER_PGRP : OWNER_PID, group ? -f->owner : f->owner };

	return copy_to_user(at, owner, 2) ? -EFAULT : 0;
}

#define SETFL_MASK (O_APPEND | O_NONBLOCK | 01060000u) /* and O_ASYNC, O_DIRECT, O_NOATIME */

static int32_t control(uint32_t fd, uint32_t command, uint32_t arg)
{
	struct files *t = current->files;
	struct file *f = file_of(fd);

	if (!f)
		return -EBADF;
	switch (command) {
	case F_DUPFD: return duplicate(fd, arg, 0);
	case F_DUPFD_CLOEXEC: return duplicate(fd, arg, 1);
	case F_GETFD: return (int32_t)is_cloexec(t, fd);
	case F_SETFD: set_cloexec(t, fd, arg & 1); return 0;
	case F_GETFL: return (int32_t)f->flags;
	case F_SETFL:
		f->flags = (f->flags & ~SETFL_MASK) | (arg & SETFL_MASK);
		if (!f->ops)
			ask_host(__NR_fcntl64, (uint32_t)f->handle, command, arg, 0, 0, 0);
		return 0;
	case F_SETOWN: f->owner = arg; return 0;
	case F_GETOWN: return (int32_t)f->owner;
	case F_SETSIG:
		if (arg > _NSIG)
			return -EINVAL;
		f->signal = arg;
		return 0;
	case F_SETOWN_EX: return set_owner(f, arg);
	case F_GETOWN_EX: return get_owner(f, arg);
	case F_GETSIG: return (int32_t)f->signal;
	}
	if (f->ops)
		return -EINVAL;
	return ask_host(__NR_fcntl64, (uint32_t)f->handle, command, arg, 0, 0, 0);
}

asmlinkage int32_t sys_fcntl64(uint32_t fd, uint32_t command, uint32_t arg)
{
	return no_jump(control(fd, command, arg));
}
