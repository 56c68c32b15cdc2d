/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * private.h: what the files of asm/file/ share. An open file is the host's, or of a kind that the
 * guest has; who waits for it sleeps on it, or polls it, and hears of its changes.
 */
/* clang-format off */
#ifndef ASM_FILE_PRIVATE_H
#define ASM_FILE_PRIVATE_H

#include "file/file.h"

#define ENXIO		6
#define EBADF		9
#define ENFILE		23
#define EMFILE		24
#define ESPIPE		29
#define EPIPE		32
#define ELOOP		40
#define EEXIST		17
#define ENOENT		2
#define ENOTTY		25
#define ENODEV		19
#define ENOTDIR		20
#define ENOTSOCK	88
#define EMSGSIZE	90
#define ENOPROTOOPT	92
#define EPROTONOSUPPORT	93
#define ESOCKTNOSUPPORT	94
#define EOPNOTSUPP	95
#define ECONNRESET	104
#define EISCONN		106
#define ENOTCONN	107
#define ECONNREFUSED	111
#define EAFNOSUPPORT	97

#define O_ACCMODE	3u
#define O_RDONLY	0u
#define O_WRONLY	1u
#define O_RDWR		2u
#define O_NOCTTY	0400u
#define O_APPEND	02000u
#define O_NONBLOCK	04000u
#define O_CLOEXEC	02000000u
/* What F_GETFL does not tell: O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC. */
#define ONLY_FOR_OPEN	01700u

#define POLLIN		0x001u
#define POLLPRI		0x002u
#define POLLOUT		0x004u
#define POLLERR		0x008u
#define POLLHUP		0x010u
#define POLLNVAL	0x020u
#define POLLRDNORM	0x040u
#define POLLRDBAND	0x080u
#define POLLWRNORM	0x100u
#define POLLWRBAND	0x200u

#define NR_FDS		256u		/* a process */
#define NR_OPEN		1024u		/* a machine */

/* ---- files.c: an open file, and what each kind of it can do ---- */

struct file;
struct span;

struct file_ops {			/* NULL: it cannot, -EINVAL */
	int32_t (*read)(struct file *f, struct span *to);
	int32_t (*write)(struct file *f, struct span *from);
	uint32_t (*poll)(struct file *f);	/* POLL* that hold now */
	void (*release)(struct file *f);	/* its last user has gone */
	int32_t (*ioctl)(struct file *f, uint32_t request, uint32_t arg);
};

struct file {				/* after dup and fork several numbers mean it */
	uint32_t users;
	const struct file_ops *ops;	/* NULL: it is the host's */
	int32_t handle;			/* the host's number; of others, what fstat is to see */
	uint32_t flags;			/* O_* */
	void *object;			/* pipe, epoll set, ... */
	uint32_t owner, signal;		/* F_SETOWN, F_SETSIG */
	uint32_t sleepers;		/* in file_sleep */
	struct watch *watches;		/* of the epoll sets that have it */
};

/* Handles that the host knows as what they are; + which. */
#define PIPE_HANDLE	0x10000
#define SOCKET_HANDLE	0x20000
#define EPOLL_HANDLE	0x30000
#define EVENT_HANDLE	0x40000
#define TIMER_HANDLE	0x50000
#define PTMX_HANDLE	HOST_PTMX
#define PTY_HANDLE	HOST_PTY
#define INOTIFY_HANDLE	0x80000

struct file *file_of(uint32_t fd);	/* NULL: -EBADF */
struct file *file_new(const struct file_ops *ops, int32_t handle, uint32_t flags, void *object); /* NULL: -ENFILE */
void file_put(struct file *f);
/* A free number for it, the lowest from `from` on: the number, or -EMFILE, and then it is put. */
int32_t fd_install(struct file *f, uint32_t from, uint32_t cloexec);
int fd_is_left(void);			/* is any number free? */
void fd_close(uint32_t fd);		/* of one that is open */
int32_t fd_set_cloexec(uint32_t fd, uint32_t on);	/* of one that is open; 0 */
uint32_t file_poll(struct file *f);	/* whatever kind it is */
/* sleep_on, until file_changed: what poll tells of it may be another. Those that poll it hear it, too. */
int file_sleep(struct file *f, uint64_t until);
int poll_sleep(uint64_t until);		/* until any file has changed */
void file_changed(struct file *f);	/* NULL: nothing */
void files_changed(const void *object);	/* all that are open of it */
static inline int no_wait(const struct file *f)
{
	return (f->flags & O_NONBLOCK) != 0;
}

/* ---- rw.c: user memory that a call moves bytes to or from ---- */

struct span {				/* a piece, and those that an iovec has behind it */
	uint32_t at, bytes;		/* what is left of the piece */
	uint32_t iov, pieces;		/* the others */
	uint32_t left;			/* in all */
};

int32_t span_of(struct span *s, uint32_t iov, uint32_t pieces);	/* 0, -EINVAL, -EFAULT */
uint32_t span_put(struct span *to, const void *from, uint32_t bytes);	/* moved; fewer: a bad address */
uint32_t span_get(struct span *from, void *to, uint32_t bytes);

/* ---- host.c ---- */

int32_t wait_for_input(struct file *f);	/* of the host's: until it can be read; 0, -EAGAIN, -ERESTARTSYS */

/* ---- pipe.c, which socket.c uses, too ---- */

#define PIPE_SLOTS	16u

struct pipe_slot {
	uint16_t first, bytes;
	uint32_t ends;			/* a message, which no other is added to */
};

struct pipe {
	uint32_t used;
	struct file *reader, *writer;	/* NULL: gone */
	uint32_t ended;			/* what is written is refused; what is there can be read */
	uint32_t messages;		/* what is written at once is read at once, or the rest of it lost */
	uint32_t waiting;		/* writers asleep */
	uint32_t first, count;		/* slots that have something */
	struct pipe_slot slot[PIPE_SLOTS];
	uint8_t page[PIPE_SLOTS][PAGE_SIZE];
};

struct pipe *pipe_new(uint32_t messages);	/* NULL: no room */
/* By that file of it, whose users are counted up. now: do not wait; quiet: no SIGPIPE. */
int32_t pipe_receive(struct pipe *p, struct file *f, struct span *to, int now);
int32_t pipe_send(struct pipe *p, struct file *f, struct span *from, int now, int quiet);
void pipe_end(struct pipe *p);
void pipe_leave(struct pipe *p, struct file **side);	/* &p->reader or &p->writer */
int32_t pipe_broken(int quiet);		/* -EPIPE */
uint32_t pipe_bytes(const struct pipe *p, int of_message);	/* that can be read: in all, or of the next message */
/* Two files get numbers, which go to fds[2]: 0, or -errno and neither is left. NULL: -ENFILE. */
int32_t install_two(struct file *a, struct file *b, uint32_t cloexec, uint32_t fds);

/* ---- poll.c ---- */

uint64_t milliseconds_from_now(int32_t milliseconds);	/* likewise; negative: for ever */
int set_mask(uint32_t mask, uint32_t size);	/* of a call that waits under another one, if any */
int32_t end_with_mask(int32_t result);	/* and its end */

/* ---- epoll.c ---- */

void watches_tell(struct watch *first);	/* of a file that has changed */
void watches_forget(struct file *f);	/* which nobody has any more */
void watches_of_input(void);		/* some file of the host's may have changed */

/* ---- pty.c ---- */

int32_t pty_open(uint32_t handle, uint32_t flags);	/* what the host answers for its names -> a descriptor */
int has_pty(void);			/* as its own terminal, this process */
int32_t pty_open_own(uint32_t flags);	/* that one, by /dev/tty */
uint32_t pty_name(const struct file *f, char name[16]);	/* its bytes; 0: that is no pseudo terminal */

/* ---- event.c ---- */

uint64_t timer_due(uint64_t until);	/* that, or when a timerfd is sooner due */
void timers_tell(void);			/* those that are due have changed */

#endif
