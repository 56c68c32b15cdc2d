/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h: the host's files below one directory, read-only. Knows no machine and
 * no guest. Errors are -errno of the host, whose numbers are Linux' common ones.
 */
#ifndef LIB_FILES_HOST_H
#define LIB_FILES_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/files/shortage.h"

struct host_stat {
	uint32_t mode; /* type and permissions */
	uint64_t size;
};

/* An open file, immutable and shared: references may be counted in any thread. */
struct host_file {
	_Atomic uint32_t refs;
	int fd;
	struct host_stat stat; /* as it was when it was opened */
	char path[];           /* the name by which the guest opened it */
};

/* The directory that becomes "/": a descriptor or -errno. */
int host_root_open(const char *path);
void host_root_close(int root);
/* 0 if names can be resolved below root; -ENOSYS where openat2 is missing. */
int host_root_check(int root);

int host_stat(int root, const char *path, bool follow, struct host_stat *out);
/* Regular files and directories only, else -EACCES; never waits. */
int host_open(int root, const char *path, bool follow, struct host_file **out);
struct host_file *host_file_ref(struct host_file *f);
void host_file_unref(struct host_file *f); /* NULL is allowed */
int32_t host_pread(const struct host_file *f, void *buf, uint32_t size, uint64_t offset);
/* The entries of a directory, sorted by name: their number or -errno. */
struct host_entry {
	char *name;
	uint32_t mode; /* its type bits */
};
int32_t host_list(const struct host_file *directory, struct host_entry **out);
void host_list_free(struct host_entry *entries, int32_t n);
/* The target's length, cut to size, without a NUL. */
int32_t host_readlink(int root, const char *path, char *buf, uint32_t size);

#endif
