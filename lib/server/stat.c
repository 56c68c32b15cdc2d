/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stat.c: names and what is said about files. Type, permissions and size are
 * true, but for a directory's size. All that would show the host is made up, so that a
 * run gives the same elsewhere: device 0, one link, owner root, times = the epoch of
 * the config, and as inode a hash of the name, "." and ".." taken out of it.
 */
#include <stdio.h>
#include <string.h>

#include "lib/server/private.h"

#define G_S_IXALL 0111u

#define BLOCK           4096u   /* st_blksize, and a directory's size */
#define TERMINAL_DEVICE 0x8800u /* 136:0, the first pty */

/* FNV-1a over the name's parts, 31 bits, never 0. */
static uint32_t inode_of(const char *path, uint32_t type)
{
	uint32_t hash[PATH_LIMIT + 1]; /* by depth; a part takes two bytes */
	size_t depth = 0;

	hash[0] = 2166136261u ^ type;
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && path[0] == '.' && path[1] == '.') {
			depth -= depth > 0;
		} else if (length > 0 && !(length == 1 && path[0] == '.')) {
			uint32_t h = (hash[depth] ^ '/') * 16777619u;

			for (size_t i = 0; i < length; i++)
				h = (h ^ (uint8_t)path[i]) * 16777619u;
			hash[++depth] = h;
		}
		path += length + (path[length] == '/');
	}
	return (hash[depth] & 0x7fffffff) | 1;
}

/* ---- facts about a file ---- */

struct facts {
	uint32_t mode, inode, device; /* device: of a character device, else 0 */
	uint32_t links;               /* 0: one */
	uint64_t size;
};

static struct facts facts_of(const char *path, const struct host_stat *st)
{
	struct facts f = { .mode = st->mode, .size = st->size };

	f.inode = inode_of(path, st->mode & G_S_IFMT);
	if ((st->mode & G_S_IFMT) == G_S_IFDIR)
		f.size = BLOCK;
	return f;
}

static struct facts facts_of_device(const struct device *device)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/%s", device->name);
	return (struct facts){ .mode = G_S_IFCHR | (device->guest >= HOST_PTY ? 0620 : 0666),
			       .inode = inode_of(path, G_S_IFCHR),
			       .device = device->number };
}

static struct facts facts_of_object(const struct object *b)
{
	return (struct facts){ .mode = b->mode,
			       .inode = 0x40000000u + b->number,
			       .links = b->links,
			       .size = (b->mode & G_S_IFMT) == G_S_IFDIR ? BLOCK : object_size(b) };
}

/* A pipe, a socket, or another file of the guest's own. */
static struct facts facts_of_guest(const struct descriptor *d)
{
	uint32_t kind = (uint32_t)d->offset >> 16;
	const struct device *device = kind == HOST_PTMX >> 16 || kind == HOST_PTY >> 16 ?
					      device_of_guest((uint32_t)d->offset) :
					      NULL;

	if (device)
		return facts_of_device(device);
	return (struct facts){ .mode = kind == 1 ? G_S_IFIFO | 0600 :
				       kind == 2 ? G_S_IFSOCK | 0777 :
						   0600,
			       .inode = (uint32_t)d->offset };
}

static struct facts facts_of_descriptor(const struct call *c, const struct descriptor *d)
{
	if (d->kind == FD_FILE)
		return facts_of(d->file->path, &d->file->stat);
	if (d->kind == FD_DEVICE)
		return facts_of_device(d->device);
	if (d->kind == FD_OBJECT)
		return facts_of_object(d->object);
	if (d->kind == FD_GUEST)
		return facts_of_guest(d);
	if (c->s->host.terminal)
		return (struct facts){ .mode = G_S_IFCHR | 0620,
				       .inode = 3,
				       .device = TERMINAL_DEVICE };
	return (struct facts){ .mode = G_S_IFIFO | 0600, .inode = 5 + 2 * d->stream };
}

/* 1: it is the host's, at `path`. */
static int32_t facts_in_tree(struct call *c, char path[PATH_LIMIT], bool follow, struct facts *out)
{
	struct object *b;
	int32_t found = tree_find(c, path, follow, &b);

	if (found < 0)
		return found;
	if (!b)
		return 1;
	*out = facts_of_object(b);
	object_unref(b);
	return 0;
}

static int32_t facts_at(struct call *c, int32_t dirfd, uint32_t name, uint32_t flags,
			struct facts *out)
{
	const struct device *device;
	struct descriptor *self;
	struct host_stat st;
	char path[PATH_LIMIT];
	int32_t status = path_at(c, dirfd, name, flags, path, &self);

	if (status)
		return status;
	if (self) {
		*out = facts_of_descriptor(c, self);
		return 0;
	}
	status = device_find(c, path, &device);
	if (!status)
		*out = facts_of_device(device);
	if (status == -G_ENOENT && c->s->overlay) {
		status = facts_in_tree(c, path, !(flags & G_AT_SYMLINK_NOFOLLOW), out);
		if (status <= 0)
			return status;
		status = -G_ENOENT;
	}
	if (status != -G_ENOENT || files_root(c) < 0)
		return status;
	status = host_stat(files_root(c), path, !(flags & G_AT_SYMLINK_NOFOLLOW), &st);
	if (!status)
		*out = facts_of(path, &st);
	return status;
}

/* ---- struct stat64 and struct statx ---- */

struct stat64 {
	uint64_t dev;
	uint32_t pad0, ino32, mode, nlink, uid, gid;
	uint64_t rdev;
	uint32_t pad1;
	uint32_t size[2];
	uint32_t blksize;
	uint32_t blocks[2];
	uint32_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	uint32_t ino[2];
} __attribute__((packed));
static_assert(sizeof(struct stat64) == 96, "struct stat64 of i386");

static int32_t put_stat64(struct call *c, uint32_t addr, const struct facts *f)
{
	uint64_t blocks = (f->size + 511) / 512;
	uint32_t epoch = (uint32_t)c->m->config.epoch;
	const struct stat64 st = {
		.ino32 = f->inode,
		.mode = f->mode,
		.nlink = f->links ? f->links : 1,
		.rdev = f->device,
		.size = { (uint32_t)f->size, (uint32_t)(f->size >> 32) },
		.blksize = BLOCK,
		.blocks = { (uint32_t)blocks, (uint32_t)(blocks >> 32) },
		.atime = epoch,
		.mtime = epoch,
		.ctime = epoch,
		.ino = { f->inode, 0 },
	};

	return user_put(c, addr, &st, sizeof(st));
}

struct statx_time {
	int64_t sec;
	uint32_t nsec, pad;
};

struct statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad0;
	uint64_t ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t spare[14];
};
static_assert(sizeof(struct statx) == 256, "struct statx");

int32_t serve_statx(struct call *c)
{
	enum { BASIC_STATS = 0x7ff };
	struct statx_time epoch = { .sec = c->m->config.epoch };
	struct facts f;
	struct statx st;
	int32_t status = facts_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[2], &f);

	if (status)
		return status;
	st = (struct statx){
		.mask = BASIC_STATS,
		.blksize = BLOCK,
		.nlink = f.links ? f.links : 1,
		.mode = (uint16_t)f.mode,
		.ino = f.inode,
		.size = f.size,
		.blocks = (f.size + 511) / 512,
		.atime = epoch,
		.ctime = epoch,
		.mtime = epoch,
		.rdev_major = f.device >> 8,
		.rdev_minor = f.device & 0xff,
	};
	return user_put(c, c->arg[4], &st, sizeof(st));
}

/* What is written lies in memory, and so is a tmpfs; of the host's own nothing shows. */
static int32_t put_statfs64(struct call *c, uint32_t size, uint32_t addr)
{
	const uint32_t pages = c->m->config.user_pages;
	const struct {
		uint32_t type, bsize;
		uint64_t blocks, bfree, bavail, files, ffree;
		uint32_t fsid[2], namelen, frsize, flags, spare[4];
	} __attribute__((packed)) st = {
		.type = 0x01021994,
		.bsize = PAGE_SIZE,
		.blocks = pages,
		.bfree = pages / 2,
		.bavail = pages / 2,
		.files = pages,
		.ffree = pages / 2,
		.namelen = 255,
		.frsize = PAGE_SIZE,
	};

	static_assert(sizeof(st) == 84, "struct statfs64 of i386");
	return size == sizeof(st) ? user_put(c, addr, &st, sizeof(st)) : -EINVAL;
}

int32_t serve_statfs64(struct call *c)
{
	struct facts f;
	int32_t status = facts_at(c, G_AT_FDCWD, c->arg[0], 0, &f);

	return status ? status : put_statfs64(c, c->arg[1], c->arg[2]);
}

int32_t serve_fstatfs64(struct call *c)
{
	return descriptor_get(c, c->arg[0]) ? put_statfs64(c, c->arg[1], c->arg[2]) : -G_EBADF;
}

static int32_t stat64_at(struct call *c, int32_t dirfd, uint32_t name, uint32_t flags, uint32_t out)
{
	struct facts f;
	int32_t status = facts_at(c, dirfd, name, flags, &f);

	return status ? status : put_stat64(c, out, &f);
}

int32_t serve_fstatat64(struct call *c)
{
	return stat64_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[3], c->arg[2]);
}

int32_t serve_stat64(struct call *c)
{
	return stat64_at(c, G_AT_FDCWD, c->arg[0], 0, c->arg[1]);
}

int32_t serve_lstat64(struct call *c)
{
	return stat64_at(c, G_AT_FDCWD, c->arg[0], G_AT_SYMLINK_NOFOLLOW, c->arg[1]);
}

int32_t serve_fstat64(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	struct facts f;

	if (!d)
		return -G_EBADF;
	f = facts_of_descriptor(c, d);
	return put_stat64(c, c->arg[1], &f);
}

/* ---- directories: sorted, so that every host lists them alike ---- */

struct dirent64 {
	uint64_t ino, next;
	uint16_t length;
	uint8_t type;
	char name[256 + 8]; /* as much as its length says */
};

/* The length of the entry in *out: a multiple of 8, with the name's end. */
static uint32_t make_dirent(const char *directory, const struct host_entry *e, uint64_t next,
			    struct dirent64 *out)
{
	char path[2 * PATH_LIMIT];

	snprintf(path, sizeof(path), "%s/%s", directory, e->name);
	*out = (struct dirent64){ .ino = inode_of(path, e->mode),
				  .next = next,
				  .type = (uint8_t)(e->mode >> 12) };
	snprintf(out->name, 256, "%s", e->name);
	out->length = (uint16_t)((offsetof(struct dirent64, name) + strlen(out->name) + 8) & ~7u);
	return out->length;
}

/* As many whole entries as there is room for: their bytes or -errno. */
static int32_t put_entries(struct call *c, struct descriptor *d, const struct host_entry *entries,
			   int32_t n)
{
	uint32_t done = 0, length, room = c->arg[2];
	struct dirent64 entry;

	for (; d->offset < (uint64_t)n; d->offset++, done += length) {
		length =
			make_dirent(descriptor_path(d), &entries[d->offset], d->offset + 1, &entry);
		if (length > room - done)
			return done ? (int32_t)done : -EINVAL;
		if (user_put(c, c->arg[1] + done, &entry, length))
			return done ? (int32_t)done : -EFAULT;
	}
	return (int32_t)done;
}

int32_t serve_getdents64(struct call *c)
{
	struct descriptor *d = descriptor_get(c, c->arg[0]);
	struct host_entry *entries;
	int32_t n, result;

	if (!d)
		return -G_EBADF;
	if (!is_directory(d))
		return -G_ENOTDIR;
	n = c->s->overlay ? tree_list(c, d, &entries) : host_list(d->file, &entries);
	if (n < 0)
		return n;
	result = put_entries(c, d, entries, n);
	host_list_free(entries, n);
	return result;
}

/* ---- access, readlink, getcwd ---- */

/* The program is root, and the file system is read-only, which does not keep anybody from writing
 * to a device. */
static int32_t access_at(struct call *c, int32_t dirfd, uint32_t name, uint32_t mode,
			 uint32_t flags)
{
	enum { X_OK = 1, W_OK = 2 };
	struct facts f;
	int32_t status;

	if (mode > 7)
		return -EINVAL;
	status = facts_at(c, dirfd, name, flags, &f);
	if (status)
		return status;
	if ((mode & W_OK) && (f.mode & G_S_IFMT) != G_S_IFCHR && !c->s->overlay)
		return -G_EROFS;
	if ((mode & X_OK) && (f.mode & G_S_IFMT) != G_S_IFDIR && !(f.mode & G_S_IXALL))
		return -G_EACCES;
	return 0;
}

int32_t serve_access(struct call *c)
{
	return access_at(c, G_AT_FDCWD, c->arg[0], c->arg[1], 0);
}

int32_t serve_faccessat(struct call *c)
{
	return access_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[2], 0);
}

int32_t serve_faccessat2(struct call *c)
{
	return access_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[2], c->arg[3]);
}

/* -ENOENT: the host may have it. */
static int32_t link_in_tree(struct call *c, char path[PATH_LIMIT], uint32_t out, uint32_t size)
{
	struct object *b;
	int32_t found = tree_find(c, path, false, &b), n;

	if (found < 0)
		return found;
	if (!b)
		return -G_ENOENT;
	n = b->target ? (int32_t)strlen(b->target) : -EINVAL;
	if (n > (int32_t)size)
		n = (int32_t)size;
	if (n > 0 && user_put(c, out, b->target, (uint32_t)n))
		n = -EFAULT;
	object_unref(b);
	return n;
}

static int32_t readlink_at(struct call *c, int32_t dirfd, uint32_t name, uint32_t out, int32_t size)
{
	char path[PATH_LIMIT], target[PATH_LIMIT];
	const struct device *device;
	int32_t n = path_at(c, dirfd, name, 0, path, NULL);

	if (n)
		return n;
	if (size <= 0)
		return -EINVAL;
	n = device_find(c, path, &device);
	if (n == -G_ENOENT && c->s->overlay) {
		n = link_in_tree(c, path, out, (uint32_t)size);
		if (n != -G_ENOENT)
			return n;
	}
	if (n != -G_ENOENT || files_root(c) < 0)
		return n ? n : -EINVAL; /* a device is no symlink */
	n = host_readlink(files_root(c), path, target,
			  (uint32_t)size < PATH_LIMIT ? (uint32_t)size : PATH_LIMIT);
	return n > 0 && user_put(c, out, target, (uint32_t)n) ? -EFAULT : n;
}

int32_t serve_readlink(struct call *c)
{
	return readlink_at(c, G_AT_FDCWD, c->arg[0], c->arg[1], (int32_t)c->arg[2]);
}

int32_t serve_readlinkat(struct call *c)
{
	return readlink_at(c, (int32_t)c->arg[0], c->arg[1], c->arg[2], (int32_t)c->arg[3]);
}

/* Without processes chdir is not served, so the working directory is the root. */
int32_t serve_getcwd(struct call *c)
{
	const char *plain = c->s->overlay ? place_cwd(place_now(c)) : "",
		   *cwd = *plain ? plain : "/";
	uint32_t size = (uint32_t)strlen(cwd) + 1;

	if (c->arg[1] < size)
		return -G_ERANGE;
	return user_put(c, c->arg[0], cwd, size) ? -EFAULT : (int32_t)size;
}
