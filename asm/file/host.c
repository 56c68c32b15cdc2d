/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c: the calls that only give data, which the host answers: every number that the call table
 * gives to nobody else. The host knows open files by handles, so descriptors are translated
 * here, and what it has opened gets one.
 */
#include "file/private.h"

asmlinkage int32_t sys_host(struct pt_regs regs);
asmlinkage int32_t sys_old_mmap(uint32_t args);

/* ---- which arguments are descriptors ---- */

#define NONE 7 /* the result is no descriptor */
#define A(n) (1u << (n))

#define NR_CREAT        8
#define NR_MEMFD_CREATE 356
#define NR_OPENAT2      437
#define NR_READLINK     85
#define NR_READLINKAT   305
#define MFD_CLOEXEC     1u
#define MAP_ANONYMOUS   0x20u

static const struct {
	uint16_t nr;
	uint8_t fds; /* bit n: argument n */
	uint8_t flags; /* the argument with O_CLOEXEC, if the result is a new descriptor; 6: no such */
	uint8_t others; /* the errno of a file that is not the host's; 0: the host knows it */
} calls[] = {
	/* by their numbers */
	{ 5, 0, 1, 0 }, /* open */
	{ NR_CREAT, 0, 6, 0 },
	{ 19, A(0), NONE, ESPIPE },         /* lseek */
	{ 28, A(0), NONE, 0 },              /* oldfstat */
	{ 93, A(0), NONE, EINVAL },         /* ftruncate */
	{ 94, A(0), NONE, 0 },              /* fchmod */
	{ 95, A(0), NONE, 0 },              /* fchown */
	{ 100, A(0), NONE, 0 },             /* fstatfs */
	{ 108, A(0), NONE, 0 },             /* fstat */
	{ 118, A(0), NONE, EINVAL },        /* fsync */
	{ 133, A(0), NONE, ENOTDIR },       /* fchdir */
	{ 140, A(0), NONE, ESPIPE },        /* _llseek */
	{ 141, A(0), NONE, ENOTDIR },       /* getdents */
	{ 143, A(0), NONE, EINVAL },        /* flock */
	{ 148, A(0), NONE, EINVAL },        /* fdatasync */
	{ 180, A(0), NONE, ESPIPE },        /* pread64 */
	{ 181, A(0), NONE, ESPIPE },        /* pwrite64 */
	{ 187, A(0) | A(1), NONE, EINVAL }, /* sendfile */
	{ __NR_mmap2, A(4), NONE, ENODEV },
	{ 194, A(0), NONE, EINVAL },         /* ftruncate64 */
	{ 197, A(0), NONE, 0 },              /* fstat64 */
	{ 207, A(0), NONE, 0 },              /* fchown32 */
	{ 220, A(0), NONE, ENOTDIR },        /* getdents64 */
	{ 225, A(0), NONE, EINVAL },         /* readahead */
	{ 228, A(0), NONE, EOPNOTSUPP },     /* fsetxattr */
	{ 231, A(0), NONE, EOPNOTSUPP },     /* fgetxattr */
	{ 234, A(0), NONE, EOPNOTSUPP },     /* flistxattr */
	{ 237, A(0), NONE, EOPNOTSUPP },     /* fremovexattr */
	{ 239, A(0) | A(1), NONE, EINVAL },  /* sendfile64 */
	{ 250, A(0), NONE, ESPIPE },         /* fadvise64 */
	{ 269, A(0), NONE, 0 },              /* fstatfs64 */
	{ 272, A(0), NONE, ESPIPE },         /* fadvise64_64 */
	{ 291, 0, 6, 0 },                    /* inotify_init */
	{ 292, A(0), NONE, EINVAL },         /* inotify_add_watch */
	{ 293, A(0), NONE, EINVAL },         /* inotify_rm_watch */
	{ 295, A(0), 2, ENOTDIR },           /* openat */
	{ 296, A(0), NONE, ENOTDIR },        /* mkdirat */
	{ 297, A(0), NONE, ENOTDIR },        /* mknodat */
	{ 298, A(0), NONE, 0 },              /* fchownat */
	{ 299, A(0), NONE, ENOTDIR },        /* futimesat */
	{ 300, A(0), NONE, 0 },              /* fstatat64 */
	{ 301, A(0), NONE, ENOTDIR },        /* unlinkat */
	{ 302, A(0) | A(2), NONE, ENOTDIR }, /* renameat */
	{ 303, A(0) | A(2), NONE, ENOTDIR }, /* linkat */
	{ 304, A(1), NONE, ENOTDIR },        /* symlinkat */
	{ NR_READLINKAT, A(0), NONE, ENOTDIR },
	{ 306, A(0), NONE, ENOTDIR },        /* fchmodat */
	{ 307, A(0), NONE, ENOTDIR },        /* faccessat */
	{ 313, A(0) | A(2), NONE, EINVAL },  /* splice */
	{ 314, A(0), NONE, ESPIPE },         /* sync_file_range */
	{ 315, A(0) | A(1), NONE, EINVAL },  /* tee */
	{ 316, A(0), NONE, EINVAL },         /* vmsplice */
	{ 320, A(0), NONE, ENOTDIR },        /* utimensat */
	{ 324, A(0), NONE, ESPIPE },         /* fallocate */
	{ 332, 0, 0, 0 },                    /* inotify_init1 */
	{ 333, A(0), NONE, ESPIPE },         /* preadv */
	{ 334, A(0), NONE, ESPIPE },         /* pwritev */
	{ 344, A(0), NONE, 0 },              /* syncfs */
	{ 353, A(0) | A(2), NONE, ENOTDIR }, /* renameat2 */
	{ NR_MEMFD_CREATE, 0, 1, 0 },
	{ 377, A(0) | A(2), NONE, EINVAL }, /* copy_file_range */
	{ 378, A(0), NONE, ESPIPE },        /* preadv2 */
	{ 379, A(0), NONE, ESPIPE },        /* pwritev2 */
	{ 383, A(0), NONE, 0 },             /* statx */
	{ 412, A(0), NONE, ENOTDIR },       /* utimensat_time64 */
	{ NR_OPENAT2, A(0), 2, ENOTDIR },
	{ 439, A(0), NONE, ENOTDIR }, /* faccessat2 */
};

/* The host's handle of the descriptor; a negative one (AT_FDCWD, -1) is none. 0, or -errno. */
static int32_t translate(uint32_t *arg, int32_t others)
{
	const struct file *f;

	if ((int32_t)*arg < 0)
		return 0;
	f = file_of(*arg);
	if (!f)
		return -EBADF;
	*arg = (uint32_t)f->handle;
	return f->ops ? -others : 0;
}

/* The O_* with which it opens: 0, or -EFAULT. */
static int32_t open_flags(int32_t nr, const uint32_t arg[6], uint32_t at, uint32_t *flags)
{
	*flags = at < 6 ? arg[at] : 0;
	switch (nr) {
	case NR_CREAT: *flags = O_WRONLY; return 0;
	case NR_MEMFD_CREATE: *flags = O_RDWR | (*flags & MFD_CLOEXEC ? O_CLOEXEC : 0); return 0;
	case NR_OPENAT2: return get_user(flags, arg[at]); /* a struct open_how begins with them */
	default: return 0;
	}
}

static int32_t ask(int32_t nr, const uint32_t arg[6])
{
	return ask_host(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

/* /dev/tty, for the host, is its own; a process that has a pseudo terminal means that one. */
static int is_terminal(int32_t handle)
{
	return handle == -ENXIO ||
	       (handle >= 0 && ask_host(HOST_TERMINAL, (uint32_t)handle, 0, 0, 0, 0, 0) == 1);
}

/* What cannot get a number is not opened, or created, at all. */
static int32_t open_by_host(int32_t nr, const uint32_t arg[6], uint32_t flags_at)
{
	uint32_t flags;
	int32_t handle, error = open_flags(nr, arg, flags_at, &flags);
	struct file *f;

	if (error)
		return error;
	if (!fd_is_left())
		return -EMFILE;
	handle = ask(nr, arg);
	if (handle >= HOST_PTMX)
		return pty_open((uint32_t)handle, flags);
	if (has_pty() && is_terminal(handle)) {
		if (handle >= 0)
			ask_host(HOST_CLOSE, (uint32_t)handle, 0, 0, 0, 0, 0);
		return pty_open_own(flags);
	}
	if (handle < 0)
		return handle;
	f = file_new(NULL, handle, flags & ~ONLY_FOR_OPEN, NULL);
	if (f)
		return fd_install(f, 0, flags & O_CLOEXEC);
	ask_host(HOST_CLOSE, (uint32_t)handle, 0, 0, 0, 0, 0);
	return -ENFILE;
}

#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* Its row, or CALLS. */
static uint32_t row_of(int32_t nr)
{
	uint32_t low = 0, high = CALLS;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (calls[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < CALLS && calls[low].nr == nr ? low : CALLS;
}

/* ---- links of /proc/self/fd ---- */

/* Past that text in the program's memory; 0: something else is there. */
static uint32_t behind(uint32_t at, const char *text)
{
	uint8_t c;

	for (; at && *text; at++, text++)
		if (get_user_byte(&c, at) || c != (uint8_t)*text)
			return 0;
	return at;
}

/* A decimal number as the kernel writes it, up to a `last`: what is behind that; 0: there is none. */
static uint32_t number_at(uint32_t at, uint8_t last, uint32_t *number)
{
	uint8_t c = 0;
	int digits = 0;

	*number = 0;
	for (; at && !get_user_byte(&c, at) && MIN_MAX(c, '0', '9') && digits < 5; at++, digits++) {
		if (digits && !*number)
			return 0;
		*number = *number * 10 + c - '0';
	}
	return digits && c == last ? at + 1 : 0;
}

/* The open file of this process whose link that name is. NULL: the host is to say what it is. */
static const struct file *file_of_link(uint32_t name)
{
	uint32_t at = behind(name, "/proc/"), pid, fd;
	uint32_t self = behind(at, "self/");

	if (!self) {
		self = number_at(at, '/', &pid);
		if (pid != (uint32_t)current->tgid)
			return NULL;
	}
	return number_at(behind(self, "fd/"), 0, &fd) ? file_of(fd) : NULL;
}

/* readlink's last three arguments. 0: it is nothing that the guest knows. */
static int32_t read_link(const uint32_t arg[3])
{
	const struct file *f = file_of_link(arg[0]);
	char name[16];
	uint32_t bytes = f && f->ops ? pty_name(f, name) : 0;

	if (!bytes || (int32_t)arg[2] <= 0)
		return 0;
	if (bytes > arg[2])
		bytes = arg[2];
	return put_user_bytes(arg[1], name, bytes) ? -EFAULT : (int32_t)bytes;
}

static int32_t forward(const struct pt_regs *regs)
{
	uint32_t arg[6] = { regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ebp };
	int32_t nr = regs->orig_eax;
	uint32_t i = row_of(nr);
	int32_t link = nr == NR_READLINK   ? read_link(&arg[0]) :
		       nr == NR_READLINKAT ? read_link(&arg[1]) :
					     0;

	if (link)
		return link;
	if (i == CALLS)
		return ask(nr, arg);
	if (nr == __NR_mmap2 && (arg[3] & MAP_ANONYMOUS))
		arg[4] = ~0u;
	for (unsigned n = 0; n < 6; n++) {
		int32_t error = calls[i].fds & A(n) ? translate(&arg[n], calls[i].others) : 0;

		if (error)
			return error;
	}
	return calls[i].flags == NONE ? ask(nr, arg) : open_by_host(nr, arg, calls[i].flags);
}

asmlinkage int32_t sys_host(struct pt_regs regs)
{
	return no_jump(forward(CALL_FRAME(regs)));
}

/* mmap's six arguments lie in memory. */
static int32_t map(uint32_t at)
{
	uint32_t arg[6];
	int32_t error;

	if (copy_from_user(arg, at, 6))
		return -EFAULT;
	if (arg[5] & (PAGE_SIZE - 1))
		return -EINVAL;
	if (arg[3] & MAP_ANONYMOUS)
		arg[4] = ~0u;
	error = translate(&arg[4], ENODEV);
	arg[5] /= PAGE_SIZE;
	return error ? error : ask(__NR_mmap2, arg);
}

asmlinkage int32_t sys_old_mmap(uint32_t args)
{
	return no_jump(map(args));
}

/* ---- what may have to wait ---- */

const char input_channel = 0;

void input_arrived(void)
{
	wake_up(&input_channel);
	wake_up(&poll_channel);
	watches_of_input();
}

int32_t wait_for_input(struct file *f)
{
	while (!(file_poll(f) & (POLLIN | POLLHUP | POLLERR))) {
		if (no_wait(f))
			return -EAGAIN;
		if (sleep_on(&input_channel, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	return 0;
}
