/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.c: the only file that opens files of the host. Every name is resolved by
 * openat2 with RESOLVE_IN_ROOT: "..", absolute names and symlinks, absolute ones too,
 * end at the root; links of /proc that jump elsewhere are refused. Nothing is written.
 * It includes no header of ours but its own: <sys/syscall.h> and uapi.h disagree.
 */
#define _GNU_SOURCE
#include "lib/files/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#define LIST_STEP 64
#define LIST_MOST 65536 /* entries of a directory; the rest is not seen */
#define RETRIES   8     /* -EAGAIN: somebody renames directories of the path meanwhile */

static int resolve(int root, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int i = 0; i < RETRIES; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd >= 0 ? (int)fd : error_of_host(errno);
}

int host_root_open(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

void host_root_close(int root)
{
	if (root >= 0)
		close(root);
}

int host_root_check(int root)
{
	int fd = resolve(root, ".", O_PATH);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int stat_of(int fd, struct host_stat *out)
{
	struct stat st;

	if (fstat(fd, &st))
		return error_of_host(errno);
	*out = (struct host_stat){ .mode = st.st_mode, .size = (uint64_t)st.st_size };
	return 0;
}

int host_stat(int root, const char *path, bool follow, struct host_stat *out)
{
	int fd = resolve(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW)), status;

	if (fd < 0)
		return fd;
	status = stat_of(fd, out);
	close(fd);
	return status;
}

static bool may_open(const struct host_stat *st)
{
	return S_ISREG(st->mode) || S_ISDIR(st->mode);
}

/* First looked at through O_PATH, since opening a fifo or a device is an act already;
 * and looked at again, since the name may mean something else by then. */
int host_open(int root, const char *path, bool follow, struct host_file **out)
{
	uint64_t nofollow = follow ? 0 : O_NOFOLLOW;
	struct host_file *f;
	struct host_stat st;
	int fd, status;

	status = host_stat(root, path, follow, &st);
	if (status)
		return status;
	if (S_ISLNK(st.mode))
		return -ELOOP;
	if (!may_open(&st))
		return -EACCES;
	fd = resolve(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | nofollow);
	if (fd < 0)
		return fd;
	status = stat_of(fd, &st);
	if (!status && !may_open(&st))
		status = -EACCES;
	f = status ? NULL : malloc(sizeof(*f) + strlen(path) + 1);
	if (!f) {
		close(fd);
		return status ? status : -NO_MEMORY;
	}
	f->refs = 1;
	f->fd = fd;
	f->stat = st;
	strcpy(f->path, path);
	*out = f;
	return 0;
}

struct host_file *host_file_ref(struct host_file *f)
{
	f->refs++;
	return f;
}

void host_file_unref(struct host_file *f)
{
	if (f && --f->refs == 0) {
		close(f->fd);
		free(f);
	}
}

int32_t host_pread(const struct host_file *f, void *buf, uint32_t size, uint64_t offset)
{
	ssize_t n;

	if (offset > (uint64_t)INT64_MAX - size)
		return -EINVAL;
	do
		n = pread(f->fd, buf, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? (int32_t)n : error_of_host(errno);
}

/* ---- directories ---- */

static int compare_entries(const void *left, const void *right)
{
	const struct host_entry *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void host_list_free(struct host_entry *entries, int32_t n)
{
	for (int32_t i = 0; i < n; i++)
		free(entries[i].name);
	free(entries);
}

static bool add_entry(struct host_entry **entries, int32_t *n, int dir, const char *name)
{
	struct host_entry *more, entry = { .name = strdup(name) };
	struct stat st;

	if (*n % LIST_STEP == 0) {
		more = realloc(*entries, (size_t)(*n + LIST_STEP) * sizeof(**entries));
		if (!more) {
			free(entry.name);
			return false;
		}
		*entries = more;
	}
	if (!entry.name)
		return false;
	/* Gone since it was listed: an entry without a type. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		entry.mode = st.st_mode & S_IFMT;
	(*entries)[(*n)++] = entry;
	return true;
}

/* Through a descriptor of its own, since the file's position is not the guest's. */
int32_t host_list(const struct host_file *directory, struct host_entry **out)
{
	int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct host_entry *entries = NULL;
	struct dirent *e;
	bool good = true;
	int32_t n = 0;

	if (!dir) {
		n = error_of_host(errno);
		if (fd >= 0)
			close(fd);
		return n;
	}
	while (good && n < LIST_MOST && (e = readdir(dir)) != NULL)
		good = add_entry(&entries, &n, dirfd(dir), e->d_name);
	closedir(dir);
	if (!good) {
		host_list_free(entries, n);
		return -NO_MEMORY;
	}
	if (n)
		qsort(entries, (size_t)n, sizeof(*entries), compare_entries);
	*out = entries;
	return n;
}

int32_t host_readlink(int root, const char *path, char *buf, uint32_t size)
{
	int fd = resolve(root, path, O_PATH | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", buf, size);
	if (n < 0)
		n = errno == ENOENT ? -EINVAL : error_of_host(errno); /* ENOENT: not a symlink */
	close(fd);
	return (int32_t)n;
}
