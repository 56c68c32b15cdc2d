/* SPDX-License-Identifier: GPL-2.0-only */
/* private.h: what the files of asm/file/ share: an open file, and what each kind of it can do. */
/* clang-format off */
#ifndef ASM_FILE_PRIVATE_H
#define ASM_FILE_PRIVATE_H

#include "file/file.h"

#define EBADF		9
#define ENFILE		23
#define EMFILE		24
#define ESPIPE		29
#define EPIPE		32
#define ELOOP		40
#define EEXIST		17
#define ENOENT		2
#define ENOTTY		25
#define ENOTSOCK	88
#define EAFNOSUPPORT	97

#define O_ACCMODE	3u
#define O_RDONLY	0u
#define O_WRONLY	1u
#define O_RDWR		2u
#define O_APPEND	02000u
#define O_NONBLOCK	04000u
#define O_CLOEXEC	02000000u

#define POLLIN		0x001u
#define POLLPRI		0x002u
#define POLLOUT		0x004u
#define POLLERR		0x008u
#define POLLHUP		0x010u
#define POLLNVAL	0x020u
#define POLLRDNORM	0x040u
#define POLLWRNORM	0x100u

#define NR_FDS		256u		/* a process */
#define NR_OPEN		1024u		/* a machine */

struct file;

/* What a kind of file can do. NULL: it cannot, -EINVAL; read and write NULL: the host does it. */
struct file_ops {
	int32_t (*read)(struct file *f, uint32_t buf, uint32_t count);
	int32_t (*write)(struct file *f, uint32_t buf, uint32_t count);
	uint32_t (*poll)(struct file *f);	/* POLL* that hold now */
	void (*release)(struct file *f);	/* its last user has gone */
	int32_t (*ioctl)(struct file *f, uint32_t request, uint32_t arg);
};

struct file {				/* an open file: after dup and fork several numbers mean it */
	uint32_t users;
	const struct file_ops *ops;	/* NULL: it is the host's */
	int32_t handle;			/* the host's number; of others, what fstat is to see */
	uint32_t flags;			/* O_* */
	void *object;			/* pipe, epoll set, ... */
	uint32_t owner, signal;		/* F_SETOWN, F_SETSIG */
};

/* Handles that the host knows as what they are; + which. */
#define PIPE_HANDLE	0x10000
#define SOCKET_HANDLE	0x20000
#define EPOLL_HANDLE	0x30000
#define EVENT_HANDLE	0x40000

struct file *file_of(uint32_t fd);	/* NULL: -EBADF */
struct file *file_new(const struct file_ops *ops, int32_t handle, uint32_t flags, void *object); /* NULL: -ENFILE */
void file_put(struct file *f);
/* A free number for it, the lowest from `from` on: the number, or -EMFILE, and then it is put. */
int32_t fd_install(struct file *f, uint32_t from, uint32_t cloexec);
void fd_close(uint32_t fd);		/* of one that is open */
int32_t fd_set_cloexec(uint32_t fd, uint32_t on);	/* of one that is open; 0 */
uint32_t file_poll(struct file *f);	/* whatever kind it is */

#endif
