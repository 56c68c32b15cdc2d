/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * files.c: descriptors: open, close, dup, read, write, seek. 0, 1 and 2 are the
 * caller's callbacks, all others are regular files and directories below the root,
 * read-only, and devices. No length from the program is believed: all goes in chunks.
 * Names and what is said about files: stat.c; devices: device.c.
 */
#include <string.h>

#include "lib/server/private.h"

/* ---- descriptors ---- */

/* One that has no position, and gives what there is. */
static bool is_stream(const struct descriptor *d)
{
	return d->kind == FD_STREAM || (d->kind == FD_DEVICE && d->device->terminal);
}

static void set_cloexec(struct call *c, uint32_t fd, bool cloexec)
{
	uint64_t bit = (uint64_t)1 << fd % 64, *word = &c->s->st.cloexec[fd / 64];

	*word = cloexec ? *word | bit : *word & ~bit;
}

/* The lowest free number from `from` on; fd_limit if there is none. */
static uint32_t free_number(const struct call *c, uint32_t from)
{
	while (from < fd_limit(c) && c->s->st.fd[from])
		from++;
	return from;
}

static int32_t close_number(struct call *c, uint32_t fd)
{
	struct descriptor *d = descriptor_get(c, fd);

	if (!d)
		return -G_EBADF;
	c->s->st.fd[fd] = 0;
	set_cloexec(c, fd, false);
	if (--d->users == 0)
		descriptor_drop(d);
	return 0;
}

int32_t serve_close(struct call *c)
{
	return close_number(c, c->arg[0]);
}

/* ---- dup ---- */

/* `fd` is free and means from now on what `old` means. */
static int32_t share(struct call *c, uint32_t old, uint32_t fd, bool cloexec)
{
	descriptor_get(c, old)->users++;
	c->s->st.fd[fd] = c->s->st.fd[old];
	set_cloexec(c, fd, cloexec);
	return (int32_t)fd;
}

static int32_t dup_from(struct call *c, uint32_t old, uint32_t from, bool cloexec)
{
	uint32_t fd = free_number(c, from);

	if (!descriptor_get(c, old))
		return -G_EBADF;
	return fd < fd_limit(c) ? share(c, old, fd, cloexec) : -G_EMFILE;
}

static int32_t dup_to(struct call *c, uint32_t old, uint32_t fd, bool cloexec)
{
	if (!descriptor_get(c, old) || fd >= fd_limit(c))
		return -G_EBADF;
	close_number(c, fd);
	return share(c, old, fd, cloexec);
}

int32_t serve_dup(struct call *c)
{
	return dup_from(c, c->arg[0], 0, false);
}

int32_t serve_dup2(struct call *c)
{
	if (c->arg[0] == c->arg[1])
		return descriptor_get(c, c->arg[0]) ? (int32_t)c->arg[0] : -G_EBADF;
	return dup_to(c, c->arg[0], c->arg[1], false);
}

int32_t serve_dup3(struct call *c)
{
	if (c->arg[0] == c->arg[1] || (c->arg[2] & ~G_O_CLOEXEC))
		return -EINVAL;
	return dup_to(c, c->arg[0], c->arg[1], c->arg[2] & G_O_CLOEXEC);
}

/* ---- open ---- */

/* Takes over what it refers to. */
static int32_t install(struct call *c, struct descriptor d, bool cloexec)
{
	struct descriptor *open = c->s->st.open;
	uint32_t fd = free_number(c, 0), i = 0;

	if (fd == fd_limit(c)) {
		descriptor_drop(&d);
		return -G_EMFILE;
	}
	while (open[i].kind != FD_FREE) /* no more are open than numbers are taken */
		i++;
	d.users = 1;
	open[i] = d;
	c->s->st.fd[fd] = (uint16_t)(i + 1);
	set_cloexec(c, fd, cloexec);
	return (int32_t)fd;
}

static int32_t open_device(struct call *c, const struct device *device, uint32_t flags)
{
	const uint32_t kept = G_O_ACCMODE | G_O_APPEND | G_O_NONBLOCK | G_O_LARGEFILE;
	struct descriptor d = { .kind = FD_DEVICE, .device = device, .flags = flags & kept };

	if ((flags & G_O_CREAT) && (flags & G_O_EXCL))
		return -G_EEXIST;
	if (flags & G_O_DIRECTORY)
		return -G_ENOTDIR;
	if (device->guest)
		return (int32_t)device->guest;
	if (device->terminal) {
		if (!c->s->host.terminal)
			return -G_ENXIO; /* the program has none */
		d.stream = 1;            /* what is written goes there */
	}
	return install(c, d, flags & G_O_CLOEXEC);
}

static int32_t install_object(struct call *c, struct object *b, uint32_t flags)
{
	return install(c, (struct descriptor){ .kind = FD_OBJECT, .object = b, .flags = flags },
		       flags & G_O_CLOEXEC);
}

/* A host's file that is only read stays the host's. */
static int32_t open_of_host(struct call *c, const char *path, uint32_t flags)
{
	struct host_file *file;
	int32_t status;

	if (files_root(c) < 0)
		return -G_ENOENT;
	status = host_open(files_root(c), path, !(flags & G_O_NOFOLLOW), &file);
	if (status)
		return status;
	return install(c, (struct descriptor){ .kind = FD_FILE, .file = file },
		       flags & G_O_CLOEXEC);
}

/* With processes: what is written lies in the overlay. */
static int32_t open_in_tree(struct call *c, char path[PATH_LIMIT], uint32_t flags, uint32_t mode)
{
	bool writes = (flags & G_O_ACCMODE) != 0 || (flags & G_O_TRUNC);
	struct host_stat st = { 0 };
	struct object *b = NULL;
	int32_t found = tree_find(c, path, !(flags & G_O_NOFOLLOW), &b), status = 0;
	bool is_directory;

	if (found == OVERLAY_UNKNOWN)
		status = files_root(c) < 0 ? -G_ENOENT : host_stat(files_root(c), path, true, &st);
	if (found < 0 || status) {
		status = found < 0 ? found : status;
		if (status != -G_ENOENT || !(flags & G_O_CREAT))
			return status;
		status = tree_make(c, path, G_S_IFREG | (mode & 07777 & ~place_now(c)->umask), &b);
		return status ? status : install_object(c, b, flags);
	}
	is_directory = ((b ? b->mode : st.mode) & G_S_IFMT) == G_S_IFDIR;
	if ((flags & G_O_CREAT) && (flags & G_O_EXCL))
		status = -G_EEXIST;
	else if ((flags & G_O_DIRECTORY) && !is_directory)
		status = -G_ENOTDIR;
	else if (is_directory && (writes || (flags & G_O_CREAT)))
		status = -G_EISDIR;
	else if (b && (b->mode & G_S_IFMT) == G_S_IFLNK)
		status = -G_ELOOP;
	if (!status && !b && !writes)
		return open_of_host(c, path, flags);
	if (!status && !b)
		status = tree_own(c, path, &b);
	if (status) {
		object_unref(b);
		return status;
	}
	if (flags & G_O_TRUNC)
		object_resize(b, 0);
	return install_object(c, b, flags);
}

/* As a read-only file system answers, without processes. */
static int32_t open_at(struct call *c, int32_t dirfd, uint32_t name, uint32_t flags, uint32_t mode)
{
	bool writes = (flags & G_O_ACCMODE) != 0 || (flags & G_O_TRUNC);
	const struct device *device;
	struct host_file *file;
	char path[PATH_LIMIT];
	int32_t status;

	status = path_at(c, dirfd, name, 0, path, NULL);
	if (!status) {
		status = device_find(c, path, &device);
		if (!status)
			return open_device(c, device, flags);
	}
	if (status == -G_ENOENT && c->s->overlay)
		return open_in_tree(c, path, flags, mode);
	if (status == -G_ENOENT && files_root(c) >= 0)
		status = host_open(files_root(c), path, !(flags & G_O_NOFOLLOW), &file);
	if (status)
		return status == -G_ENOENT && (flags & G_O_CREAT) ? -G_EROFS : status;
	if ((flags & G_O_CREAT) && (flags & G_O_EXCL))
		status = -G_EEXIST;
	else if ((file->stat.mode & G_S_IFMT) == G_S_IFDIR)
		status = writes || (flags & G_O_CREAT) ? -G_EISDIR : 0;
	else if (flags & G_O_DIRECTORY)
		status = -G_ENOTDIR;
	else if (writes)
		status = -G_EROFS;
	if (status) {
		host_file_unref(file);
		return status;
	}
	return install(c, (struct descriptor){ .kind = FD_FILE, .file = file },
		       flags & G_O_CLOEXEC);
}

int32_t serve_creat(struct call *c)
{
	return open_at(c, G_AT_FDCWD, c->arg[0], G_O_CREAT | G_O_WRONLY | G_O_TRUNC, c->arg[1]);
}

int32_t serve_open(struct call *c)
{
	return open_at(c, G_AT_FDCWD, c->arg[0], c->arg[1], c->arg[2]);
}

int32_t serve_openat(struct call *c)
{
	return open_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[2], c->arg[3]);
}

/* ---- read ---- */

/* One chunk from d into buf: a count or -errno. *offset is a file's; moved by the caller. */
static int32_t read_chunk(struct call *c, struct descriptor *d, uint64_t offset, void *buf,
			  uint32_t size)
{
	if (d->kind == FD_FILE)
		return host_pread(d->file, buf, size, offset);
	if (d->kind == FD_OBJECT && d->object->memory_of)
		return proc_memory(c, d->object->memory_of, buf, size, offset, false);
	if (d->kind == FD_OBJECT) {
		int32_t status = d->object->proc && offset == 0 ? proc_again(c, d->object) : 0;

		return status ? status : object_read(d->object, buf, size, offset);
	}
	if (d->kind == FD_DEVICE)
		return d->device->read(c, buf, size);
	if (c->m->spaces)
		c->m->spaces->input = false; /* whether there is more is another question */
	return input_read(c->s, buf, size);
}

/* Memory that is looked at no further: that it lies below the kernel's is checked always. */
static bool is_user_range(const struct call *c, uint32_t addr, uint32_t size)
{
	return addr <= c->m->profile->task_size && size <= c->m->profile->task_size - addr;
}

/* Up to `size` bytes to the program; short at a bad page, at a chunk's end of standard
 * input, and at the file's end. */
static int32_t read_to(struct call *c, struct descriptor *d, uint64_t offset, uint32_t addr,
		       uint32_t size)
{
	uint8_t chunk[CHUNK];
	uint32_t done = 0, want;
	int32_t n;

	if (!may_read(d))
		return -G_EBADF;
	if (is_directory(d))
		return -G_EISDIR;
	if (d->kind == FD_DEVICE && !d->device->read)
		return is_user_range(c, addr, size) ? 0 : -EFAULT;
	while (done < size && done < INT32_MAX - CHUNK) {
		want = size - done < CHUNK ? size - done : CHUNK;
		want = user_span(c, addr + done, want, true);
		if (want == 0)
			return done ? (int32_t)done : -EFAULT;
		n = read_chunk(c, d, offset + done, chunk, want);
		if (n < 0)
			return done ? (int32_t)done : n;
		user_put(c, addr + done, chunk, (uint32_t)n);
		done += (uint32_t)n;
		if ((uint32_t)n < want || is_stream(d))
			break;
	}
	return (int32_t)done;
}

static int32_t read_on(struct call *c, struct descriptor *d, uint32_t addr, uint32_t size)
{
	int32_t n = read_to(c, d, d->offset, addr, size);

	if (n > 0 && (d->kind == FD_FILE || d->kind == FD_OBJECT))
		d->offset += (uint32_t)n;
	return n;
}

int32_t serve_read(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	return d ? read_on(c, d, c->arg[1], c->arg[2]) : -G_EBADF;
}

int32_t serve_pread64(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	uint64_t offset = c->arg[3] | (uint64_t)c->arg[4] << 32;

	if (!d)
		return -G_EBADF;
	if (is_stream(d))
		return -G_ESPIPE;
	if (offset > INT64_MAX - UINT32_MAX)
		return -EINVAL;
	return read_to(c, d, offset, c->arg[1], c->arg[2]);
}

/* ---- write ---- */

#define WRITE_MOST 0x7ffff000u /* of one call that takes all */

static int32_t write_chunk(struct call *c, struct descriptor *d, const void *buf, uint32_t size)
{
	int32_t n;

	if (d->kind == FD_OBJECT) {
		if (d->flags & G_O_APPEND)
			d->offset = object_size(d->object);
		n = d->object->memory_of ? proc_memory(c, d->object->memory_of, (void *)buf, size,
						       d->offset, true) :
					   object_write(d->object, buf, size, d->offset);
		d->offset += n > 0 ? (uint32_t)n : 0;
		return n;
	}
	if (!c->s->host.write || !is_stream(d))
		return (int32_t)size;
	*c->s->inside = true;
	n = c->s->host.write(c->s->host.user, (int)d->stream, buf, size);
	*c->s->inside = false;
	return n < -MAX_ERRNO || (n > 0 && (uint32_t)n > size) ? -EIO : n;
}

static int32_t write_from(struct call *c, struct descriptor *d, uint32_t addr, uint32_t size)
{
	uint8_t chunk[CHUNK];
	uint32_t done = 0, want;
	int32_t n;

	if (!may_write(d))
		return -G_EBADF;
	if (d->kind == FD_DEVICE && d->device->sink != SINK) {
		if (!is_user_range(c, addr, size))
			return -EFAULT;
		if (d->device->sink == SINK_FULL)
			return -G_ENOSPC;
		return (int32_t)(size < WRITE_MOST ? size : WRITE_MOST);
	}
	while (done < size && done < INT32_MAX - CHUNK) {
		want = size - done < CHUNK ? size - done : CHUNK;
		want = user_span(c, addr + done, want, false);
		if (want == 0)
			return done ? (int32_t)done : -EFAULT;
		user_get(c, addr + done, chunk, want);
		n = write_chunk(c, d, chunk, want);
		if (n < 0)
			return done ? (int32_t)done : n;
		done += (uint32_t)n;
		if ((uint32_t)n < want)
			break;
	}
	return (int32_t)done;
}

int32_t serve_write(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	return d ? write_from(c, d, c->arg[1], c->arg[2]) : -G_EBADF;
}

int32_t serve_pwrite64(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	uint64_t offset = c->arg[3] | (uint64_t)c->arg[4] << 32, kept;
	int32_t n;

	if (!d)
		return -G_EBADF;
	if (is_stream(d) || d->kind == FD_GUEST)
		return -G_ESPIPE;
	if (offset > INT64_MAX - UINT32_MAX)
		return -EINVAL;
	kept = d->offset;
	d->offset = offset;
	n = write_from(c, d, c->arg[1], c->arg[2]);
	d->offset = kept;
	return n;
}

/* ---- readv and writev ---- */

typedef int32_t (*transfer)(struct call *c, struct descriptor *d, uint32_t addr, uint32_t size);

/* One piece after the other up to the first that is short. */
static int32_t each_piece(struct call *c, transfer move)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	struct {
		uint32_t base, length;
	} iov[MAX_IOV];
	uint32_t count = c->arg[2];
	uint64_t sum = 0;
	int32_t n, done = 0;

	if (!d)
		return -G_EBADF;
	if (count > MAX_IOV)
		return -EINVAL;
	if (user_get(c, c->arg[1], iov, count * (uint32_t)sizeof(iov[0])))
		return -EFAULT;
	for (uint32_t i = 0; i < count; i++)
		sum += iov[i].length;
	if (sum > INT32_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		if (iov[i].length == 0)
			continue;
		n = move(c, d, iov[i].base, iov[i].length);
		if (n < 0)
			return done ? done : n;
		done += n;
		if ((uint32_t)n < iov[i].length)
			break;
	}
	return done;
}

int32_t serve_readv(struct call *c)
{
	return each_piece(c, read_on);
}

int32_t serve_writev(struct call *c)
{
	return each_piece(c, write_from);
}

/* ---- lseek ---- */

static uint64_t file_size(const struct descriptor *d)
{
	return d->kind == FD_OBJECT ? object_size(d->object) : d->file->stat.size;
}

/* The new position in *out. */
static int32_t seek(struct call *c, int64_t by, uint32_t whence, int64_t limit, int64_t *out)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	int64_t base;

	if (!d)
		return -G_EBADF;
	if (is_stream(d) || d->kind == FD_GUEST)
		return -G_ESPIPE;
	if (d->kind == FD_DEVICE) { /* stays where it is, whatever is asked */
		*out = 0;
		return 0;
	}
	if (whence > 2)
		return -EINVAL;
	base = whence == 0 ? 0 : (int64_t)(whence == 1 ? d->offset : file_size(d));
	if (__builtin_add_overflow(base, by, out) || *out < 0)
		return -EINVAL;
	if (*out > limit)
		return -G_EOVERFLOW;
	d->offset = (uint64_t)*out;
	return 0;
}

int32_t serve_lseek(struct call *c)
{
	int64_t at;
	int32_t status = seek(c, (int32_t)c->arg[1], c->arg[2], INT32_MAX, &at);

	return status ? status : (int32_t)at;
}

int32_t serve_llseek(struct call *c)
{
	uint64_t by = (uint64_t)c->arg[1] << 32 | c->arg[2];
	int64_t at;
	int32_t status;

	if (user_span(c, c->arg[3], sizeof(at), true) < sizeof(at))
		return -EFAULT;
	status = seek(c, (int64_t)by, c->arg[4], INT64_MAX - UINT32_MAX, &at);
	return status ? status : user_put(c, c->arg[3], &at, sizeof(at));
}

/* ---- fcntl ---- */

int32_t serve_fcntl64(struct call *c)
{
	enum { DUPFD = 0, GETFD = 1, SETFD = 2, GETFL = 3, SETFL = 4, DUPFD_CLOEXEC = 1030 };
	enum { CLOEXEC = 1 };
	struct descriptor *d = descriptor_get(c, c->arg[0]);

	if (!d)
		return -G_EBADF;
	switch (c->arg[1]) {
	case DUPFD:
	case DUPFD_CLOEXEC:
		if (c->arg[2] >= fd_limit(c))
			return -EINVAL;
		return dup_from(c, c->arg[0], c->arg[2], c->arg[1] == DUPFD_CLOEXEC);
	case GETFD: return c->s->st.cloexec[c->arg[0] / 64] >> c->arg[0] % 64 & CLOEXEC;
	case SETFD: set_cloexec(c, c->arg[0], c->arg[2] & CLOEXEC); return 0;
	case GETFL: /* O_RDONLY, or O_WRONLY for the two outputs */
		if (d->kind == FD_DEVICE || d->kind == FD_OBJECT)
			return (int32_t)d->flags;
		return d->kind == FD_FILE ? G_O_LARGEFILE : d->stream != 0;
	case SETFL: /* nothing else here ever waits or appends */
		if (d->kind == FD_OBJECT)
			d->flags = (d->flags & ~G_O_APPEND) | (c->arg[2] & G_O_APPEND);
		return 0;
	default: return -EINVAL;
	}
}
