/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_files_test.c: host files, of which a program sees those below the root and no
 * others, and can change none. Each test has a tree of its own:
 *
 *	secret			outside
 *	root/etc/passwd		"ours"		root/bin/run	executable
 *	root/fifo				root/tmp/	a directory
 *	root/absolute -> /etc/passwd		root/up -> ../../../../etc/passwd
 *	root/out -> the secret's host name	root/loop -> loop
 *	root/tmp/dir -> ../etc
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/helpers/serving.h"

enum {
	NR_read = 3,
	NR_open = 5,
	NR_close = 6,
	NR_lseek = 19,
	NR_access = 33,
	NR_readlink = 85,
	NR_llseek = 140,
	NR_pread64 = 180,
	NR_getcwd = 183,
	NR_mmap2 = 192,
	NR_stat64 = 195,
	NR_lstat64 = 196,
	NR_fstat64 = 197,
	NR_openat = 295,
	NR_fstatat64 = 300,
	NR_readlinkat = 305,
	NR_faccessat = 307,
	NR_dup = 41,
	NR_dup2 = 63,
	NR_dup3 = 330,
	NR_getdents64 = 220,
	NR_fcntl64 = 221,
	NR_statx = 383,

	RDONLY = 0,
	WRONLY = 1,
	CREAT = 0100,
	EXCL = 0200,
	TRUNC = 01000,
	DIRECTORY = 0200000,
	NOFOLLOW = 0400000,
	CWD = -100,
	EMPTY_PATH = 0x1000,
	NOFOLLOW_AT = 0x100,

	NAME = DATA,         /* where the tests put names, */
	OUT = DATA + 0x2000, /* and where answers go */
	EPOCH = 1109764800,
};

struct tree {
	char base[64], root[80];
	struct world w;
	sysemu_machine *m;
};

static void make_file(const struct tree *t, const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", t->base, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_link(const struct tree *t, const char *name, const char *target)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", t->base, name);
	assert_int_equal(symlink(target, path), 0);
}

static void make_directory(const struct tree *t, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", t->base, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int make_tree(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	char path[PATH_MAX];

	strcpy(t->base, "/tmp/sysemu-files-XXXXXX");
	assert_non_null(mkdtemp(t->base));
	snprintf(t->root, sizeof(t->root), "%s/root", t->base);
	make_file(t, "secret", "theirs", 0644);
	make_directory(t, "root");
	make_directory(t, "root/etc");
	make_directory(t, "root/bin");
	make_directory(t, "root/tmp");
	make_file(t, "root/etc/passwd", "ours", 0640);
	make_file(t, "root/bin/run", "#!", 0755);
	make_link(t, "root/absolute", "/etc/passwd");
	make_link(t, "root/up", "../../../../etc/passwd");
	snprintf(path, sizeof(path), "%s/secret", t->base);
	make_link(t, "root/out", path);
	make_link(t, "root/loop", "loop");
	make_link(t, "root/tmp/dir", "../etc");
	snprintf(path, sizeof(path), "%s/fifo", t->root);
	assert_int_equal(mkfifo(path, 0644), 0);
	t->m = open_serving(&t->w, t->root, false);
	*state = t;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

static int remove_tree(void **state)
{
	struct tree *t = *state;

	sysemu_close(t->m);
	nftw(t->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

static int32_t open_name(sysemu_machine *m, const char *name, uint32_t flags)
{
	return call(m, NR_open, put_text(m, NAME, name), flags, 0644);
}

/* The file's content is `text`, read by open, read and close. */
static void assert_reads(sysemu_machine *m, const char *name, const char *text)
{
	int32_t fd = open_name(m, name, RDONLY);
	char bytes[64] = { 0 };

	assert_between(fd, 3, 63);
	assert_int_equal(call(m, NR_read, fd, OUT, sizeof(bytes) - 1), strlen(text));
	OK(m, sysemu_read(m, OUT, bytes, strlen(text)));
	assert_string_equal(bytes, text);
	assert_int_equal(call(m, NR_read, fd, OUT, 1), 0);
	assert_int_equal(call(m, NR_close, fd), 0);
	assert_int_equal(call(m, NR_close, fd), -EBADF);
}

/* ---- names ---- */

static void files_below_the_root_can_be_read(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;

	assert_reads(m, "/etc/passwd", "ours");
	assert_reads(m, "etc/passwd", "ours");
	assert_reads(m, "//etc/./passwd", "ours");
	assert_reads(m, "/tmp/dir/passwd", "ours");
	assert_int_equal(open_name(m, "/nothing", RDONLY), -ENOENT);
	assert_int_equal(open_name(m, "", RDONLY), -ENOENT);
	assert_int_equal(open_name(m, "/etc/passwd/", RDONLY), -ENOTDIR);
	assert_int_equal(open_name(m, "/etc/passwd/x", RDONLY), -ENOTDIR);
}

static void dots_and_symlinks_end_at_the_root(void **state)
{
	struct tree *t = *state;
	int32_t etc = open_name(t->m, "/etc", RDONLY | DIRECTORY);
	char path[PATH_MAX];

	assert_reads(t->m, "/../../../etc/passwd", "ours");
	assert_reads(t->m, "../etc/../../etc/passwd", "ours");
	assert_reads(t->m, "/absolute", "ours");
	assert_reads(t->m, "/up", "ours");
	assert_int_equal(open_name(t->m, "/out", RDONLY), -ENOENT);
	assert_int_equal(open_name(t->m, "/../secret", RDONLY), -ENOENT);
	snprintf(path, sizeof(path), "%s/secret", t->base);
	assert_int_equal(open_name(t->m, path, RDONLY), -ENOENT);
	assert_int_equal(open_name(t->m, "/loop", RDONLY), -ELOOP);
	assert_int_equal(open_name(t->m, "/absolute", RDONLY | NOFOLLOW), -ELOOP);
	/* From a directory's descriptor too, which must not become a root itself. */
	put_text(t->m, NAME, "../../secret");
	assert_int_equal(call(t->m, NR_openat, etc, NAME, RDONLY), -ENOENT);
	put_text(t->m, NAME, "../absolute");
	assert_between(call(t->m, NR_openat, etc, NAME, RDONLY), 4, 63);
	put_text(t->m, NAME, "passwd");
	assert_between(call(t->m, NR_openat, etc, NAME, RDONLY), 4, 63);
	assert_int_equal(call(t->m, NR_openat, 1, NAME, RDONLY), -ENOTDIR);
	assert_int_equal(call(t->m, NR_openat, 60, NAME, RDONLY), -EBADF);
	assert_int_equal(call(t->m, NR_openat, CWD, NAME, RDONLY), -ENOENT);
}

static void links_of_proc_lead_nowhere_and_the_emulator_has_no_name(void **state)
{
	struct tree *t = *state;
	sysemu_machine *m = open_serving(&t->w, "/", false);
	int32_t got = open_name(m, "/proc/self/root/etc/passwd", RDONLY);

	/* -ENOENT where the host has no /proc */
	assert_true(got == -ELOOP || got == -ENOENT);
	put_text(m, NAME, "/proc/self/exe");
	assert_int_equal(call(m, NR_readlink, NAME, OUT, 100), -ENOENT);
	sysemu_close(m);
}

static void a_name_that_is_too_long_or_has_no_end_is_refused(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	char *name = malloc(4097);

	memset(name, 'x', 4096);
	name[4096] = '\0';
	assert_int_equal(open_name(m, name, RDONLY), -ENAMETOOLONG);
	name[4095] = '\0'; /* and with the working directory before it */
	assert_int_equal(open_name(m, name, RDONLY), -ENAMETOOLONG);
	OK(m, sysemu_write(m, READ_ONLY + 4096 - 3, "abc", 3));
	assert_int_equal(call(m, NR_open, READ_ONLY + 4096 - 3, RDONLY), -EFAULT);
	free(name);
}

/* ---- what may be opened, and how ---- */

static void nothing_can_be_written(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;

	assert_int_equal(open_name(m, "/etc/passwd", WRONLY), -EROFS);
	assert_int_equal(open_name(m, "/etc/passwd", 2), -EROFS);
	assert_int_equal(open_name(m, "/etc/passwd", RDONLY | TRUNC), -EROFS);
	assert_int_equal(open_name(m, "/etc/new", WRONLY | CREAT), -EROFS);
	assert_int_equal(open_name(m, "/etc/new", RDONLY | CREAT), -EROFS);
	assert_int_equal(open_name(m, "/etc/new", WRONLY), -ENOENT);
	assert_int_equal(open_name(m, "/etc/passwd", RDONLY | CREAT | EXCL), -EEXIST);
	assert_int_equal(open_name(m, "/etc", WRONLY), -EISDIR);
	assert_reads(m, "/etc/passwd", "ours");
}

static void only_files_and_directories_open_and_a_fifo_never_blocks(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/etc", RDONLY);

	assert_int_equal(fd, 3);
	assert_int_equal(call(m, NR_read, fd, OUT, 1), -EISDIR);
	assert_int_equal(open_name(m, "/fifo", RDONLY), -EACCES);
	assert_int_equal(open_name(m, "/fifo", WRONLY), -EACCES);
	assert_int_equal(open_name(m, "/etc/passwd", RDONLY | DIRECTORY), -ENOTDIR);
}

static void at_most_64_descriptors_are_open(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;

	for (int fd = 3; fd < 64; fd++)
		assert_int_equal(open_name(m, "/etc/passwd", RDONLY), fd);
	assert_int_equal(open_name(m, "/etc/passwd", RDONLY), -EMFILE);
	assert_int_equal(call(m, NR_close, 30), 0);
	assert_int_equal(open_name(m, "/etc/passwd", RDONLY), 30);
}

static void numbers_made_by_dup_share_one_position(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/etc/passwd", RDONLY);

	assert_int_equal(call(m, NR_dup, fd), 4);
	assert_int_equal(call(m, NR_dup2, fd, 0), 0);
	assert_int_equal(call(m, NR_dup2, fd, fd), fd);
	assert_int_equal(call(m, NR_dup3, fd, 20, 02000000), 20);
	assert_int_equal(call(m, NR_fcntl64, 20, 1), 1);
	assert_int_equal(call(m, NR_fcntl64, fd, 1), 0);
	assert_int_equal(call(m, NR_fcntl64, fd, 0, 20), 21);
	assert_int_equal(call(m, NR_fcntl64, fd, 1030, 63), 63);
	assert_int_equal(call(m, NR_fcntl64, fd, 0, 63), -EMFILE);
	assert_int_equal(call(m, NR_fcntl64, fd, 0, 64), -EINVAL);
	assert_int_equal(call(m, NR_dup3, fd, fd, 0), -EINVAL);
	assert_int_equal(call(m, NR_dup2, fd, 64), -EBADF);
	assert_int_equal(call(m, NR_dup2, 50, 50), -EBADF);
	assert_int_equal(call(m, NR_dup, 50), -EBADF);
	assert_int_equal(call(m, NR_read, fd, OUT, 1), 1);
	assert_int_equal(call(m, NR_read, 4, OUT + 1, 1), 1);
	assert_int_equal(call(m, NR_close, fd), 0);
	assert_int_equal(call(m, NR_read, 0, OUT + 2, 9), 2);
	assert_int_equal(get_word(m, OUT), 'o' | 'u' << 8 | 'r' << 16 | 's' << 24);
	assert_int_equal(call(m, NR_read, fd, OUT, 1), -EBADF);
}

/* ---- content ---- */

static void the_position_can_be_set(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/etc/passwd", RDONLY);

	assert_int_equal(call(m, NR_lseek, fd, -1, 2), 3);
	assert_int_equal(call(m, NR_read, fd, OUT, 9), 1);
	assert_int_equal(call(m, NR_lseek, fd, -2, 1), 2);
	assert_int_equal(call(m, NR_lseek, fd, 0, 1), 2);
	assert_int_equal(call(m, NR_lseek, fd, -1, 0), -EINVAL);
	assert_int_equal(call(m, NR_lseek, fd, 0, 3), -EINVAL);
	assert_int_equal(call(m, NR_lseek, 50, 0, 0), -EBADF);
	assert_int_equal(call(m, NR_llseek, fd, 1, 2, OUT, 0), 0);
	assert_int_equal(get_word(m, OUT), 2);
	assert_int_equal(get_word(m, OUT + 4), 1);
	assert_int_equal(call(m, NR_read, fd, OUT, 9), 0);
	assert_int_equal(call(m, NR_lseek, fd, 0, 1), -EOVERFLOW);
	assert_int_equal(call(m, NR_llseek, fd, 0x7fffffff, 0xffffffff, OUT, 0), -EOVERFLOW);
	assert_int_equal(call(m, NR_llseek, fd, 0, 0, UNMAPPED, 0), -EFAULT);
	assert_int_equal(call(m, NR_pread64, fd, OUT, 9, 1, 0), 3);
	assert_int_equal(call(m, NR_pread64, fd, OUT, 9, 0, 1), 0);
	assert_int_equal(call(m, NR_pread64, fd, OUT, 9, 0, -1), -EINVAL);
	assert_int_equal(call(m, NR_pread64, 0, OUT, 9, 0, 0), -ESPIPE);
}

static void a_file_maps_as_a_private_copy(void **state)
{
	enum { READ = 1, WRITE = 2, SHARED = 1, PRIVATE = 2 };
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/etc/passwd", RDONLY);
	uint32_t at = (uint32_t)call(m, NR_mmap2, 0, 8192, READ | WRITE, PRIVATE, fd, 0);

	assert_int_equal(get_word(m, at), 'o' | 'u' << 8 | 'r' << 16 | 's' << 24);
	assert_int_equal(get_word(m, at + 4), 0);
	assert_int_equal(sysemu_page_prot(m, at + 4096), 3);
	at = (uint32_t)call(m, NR_mmap2, 0, 4, READ, SHARED, fd, 0);
	assert_int_equal(get_word(m, at) & 0xff, 'o');
	assert_int_equal(sysemu_page_prot(m, at), 1);
	at = (uint32_t)call(m, NR_mmap2, 0, 4, READ, PRIVATE, fd, 0xffffffff);
	assert_int_equal(get_word(m, at), 0);
	assert_int_equal(call(m, NR_mmap2, 0, 4, READ | WRITE, SHARED, fd, 0), -EACCES);
	fd = open_name(m, "/etc", RDONLY);
	assert_int_equal(call(m, NR_mmap2, 0, 4, READ, PRIVATE, fd, 0), -ENODEV);
}

static void an_open_file_and_its_position_are_in_a_snapshot(void **state)
{
	struct tree *t = *state;
	int32_t fd = open_name(t->m, "/etc/passwd", RDONLY);
	sysemu_machine *n = open_serving(&t->w, NULL, false);
	sysemu_snapshot *snapshot;

	assert_int_equal(call(t->m, NR_read, fd, OUT, 1), 1);
	OK(t->m, sysemu_save(t->m, &snapshot));
	assert_int_equal(call(t->m, NR_read, fd, OUT, 9), 3);
	assert_int_equal(call(t->m, NR_close, fd), 0);
	OK(t->m, sysemu_restore(t->m, snapshot));
	assert_int_equal(call(t->m, NR_read, fd, OUT, 9), 3);
	/* Also for a machine without files of its own. */
	OK(n, sysemu_restore(n, snapshot));
	sysemu_snapshot_free(snapshot);
	assert_int_equal(call(n, NR_read, fd, OUT, 1), 1);
	assert_int_equal(get_word(n, OUT) & 0xff, 'u');
	assert_int_equal(open_name(n, "/etc/passwd", RDONLY), -ENOENT);
	sysemu_close(n);
}

/* ---- what is said about files ---- */

/* The words of struct stat64. */
enum {
	ST_DEV = 0,
	ST_MODE = 16,
	ST_NLINK = 20,
	ST_UID = 24,
	ST_SIZE = 44,
	ST_ATIME = 64,
	ST_MTIME = 72,
	ST_CTIME = 80,
	ST_INO = 88
};

static void stat_is_true_in_type_mode_and_size_and_the_same_on_every_host(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	uint32_t inode;

	put_text(m, NAME, "/etc/passwd");
	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0100640);
	assert_int_equal(get_word(m, OUT + ST_SIZE), 4);
	assert_int_equal(get_word(m, OUT + ST_NLINK), 1);
	assert_int_equal(get_word(m, OUT + ST_UID) | get_word(m, OUT + ST_DEV), 0);
	assert_int_equal(get_word(m, OUT + ST_ATIME), EPOCH);
	assert_int_equal(get_word(m, OUT + ST_MTIME), EPOCH);
	assert_int_equal(get_word(m, OUT + ST_CTIME), EPOCH);
	inode = get_word(m, OUT + ST_INO);
	put_text(m, NAME, "tmp/../etc//./passwd");
	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_INO), inode);
	put_text(m, NAME, "/bin/run");
	assert_int_equal(call(m, NR_fstatat64, CWD, NAME, OUT, 0), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0100755);
	assert_int_not_equal(get_word(m, OUT + ST_INO), inode);
	put_text(m, NAME, "/etc");
	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0040755);
	assert_int_equal(get_word(m, OUT + ST_SIZE), 4096);
	put_text(m, NAME, "/fifo"); /* may be looked at */
	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0010644);
	put_text(m, NAME, "/none");
	assert_int_equal(call(m, NR_stat64, NAME, OUT), -ENOENT);
	assert_int_equal(call(m, NR_stat64, NAME, UNMAPPED), -ENOENT);
}

static void stat_follows_symlinks_and_lstat_does_not(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;

	put_text(m, NAME, "/absolute");
	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0100640);
	assert_int_equal(call(m, NR_lstat64, NAME, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0120777);
	assert_int_equal(get_word(m, OUT + ST_SIZE), strlen("/etc/passwd"));
	assert_int_equal(call(m, NR_fstatat64, CWD, NAME, OUT, NOFOLLOW_AT), 0);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0120777);
}

static void statx_and_fstat_agree_with_stat(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/etc/passwd", RDONLY);
	uint32_t inode, empty = put_text(m, NAME + 0x100, "");

	assert_int_equal(call(m, NR_stat64, NAME, OUT), 0);
	inode = get_word(m, OUT + ST_INO);
	assert_int_equal(call(m, NR_fstat64, fd, OUT), 0);
	assert_int_equal(get_word(m, OUT + ST_INO), inode);
	assert_int_equal(get_word(m, OUT + ST_MODE), 0100640);
	assert_int_equal(call(m, NR_fstatat64, fd, empty, OUT, EMPTY_PATH), 0);
	assert_int_equal(get_word(m, OUT + ST_INO), inode);
	assert_int_equal(call(m, NR_fstatat64, fd, empty, OUT, 0), -ENOENT);
	assert_int_equal(call(m, NR_fstatat64, 50, empty, OUT, EMPTY_PATH), -EBADF);
	assert_int_equal(call(m, NR_statx, fd, empty, EMPTY_PATH, 0x7ff, OUT), 0);
	assert_int_equal(get_word(m, OUT), 0x7ff);
	assert_int_equal(get_word(m, OUT + 28) & 0xffff, 0100640);
	assert_int_equal(get_word(m, OUT + 32), inode);
	assert_int_equal(get_word(m, OUT + 40), 4);
	assert_int_equal(get_word(m, OUT + 64), EPOCH);
	assert_int_equal(call(m, NR_statx, CWD, NAME, 0, 0x7ff, OUT), 0);
	assert_int_equal(get_word(m, OUT + 32), inode);
	assert_int_equal(call(m, NR_fstat64, 50, OUT), -EBADF);
}

/* The names that one getdents64 of `room` bytes gives, each behind its type. */
static int32_t list(sysemu_machine *m, int32_t fd, uint32_t room, char *names)
{
	int32_t n = call(m, NR_getdents64, fd, OUT, room);
	uint8_t bytes[4096];

	*names = '\0';
	for (int32_t at = 0; at < n; at += bytes[at + 16] | bytes[at + 17] << 8) {
		OK(m, sysemu_read(m, OUT, bytes, (size_t)n));
		sprintf(names + strlen(names), "%d:%s ", bytes[at + 18], bytes + at + 19);
	}
	return n;
}

static void directories_are_listed_in_the_order_of_names(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	int32_t fd = open_name(m, "/", RDONLY | DIRECTORY);
	char names[4096];

	list(m, fd, 4096, names);
	assert_string_equal(names,
			    "4:. 4:.. 10:absolute 4:bin 4:etc 1:fifo 10:loop 10:out 4:tmp 10:up ");
	assert_int_equal(list(m, fd, 4096, names), 0);
	assert_int_equal(call(m, NR_lseek, fd, 3, 0), 3);
	assert_int_equal(list(m, fd, 24, names), 24);
	assert_string_equal(names, "4:bin ");
	assert_int_equal(list(m, fd, 71, names), 48);
	assert_string_equal(names, "4:etc 1:fifo ");
	assert_int_equal(list(m, fd, 23, names), -EINVAL);
	assert_int_equal(call(m, NR_getdents64, fd, UNMAPPED, 100), -EFAULT);
	assert_int_equal(list(m, fd, 24, names), 24);
	assert_string_equal(names, "10:loop ");
	/* The inode is the one that stat gives. */
	assert_int_equal(call(m, NR_lseek, fd, 4, 0), 4);
	assert_int_equal(list(m, fd, 24, names), 24);
	put_text(m, NAME, "/etc");
	assert_int_equal(call(m, NR_stat64, NAME, OUT + 0x100), 0);
	assert_int_equal(get_word(m, OUT), get_word(m, OUT + 0x100 + ST_INO));
	assert_int_equal(call(m, NR_getdents64, 1, OUT, 100), -ENOTDIR);
	assert_int_equal(call(m, NR_getdents64, 50, OUT, 100), -EBADF);
}

static void access_answers_for_root_on_a_read_only_system(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;

	put_text(m, NAME, "/etc/passwd");
	assert_int_equal(call(m, NR_access, NAME, 0), 0);
	assert_int_equal(call(m, NR_access, NAME, 4), 0);
	assert_int_equal(call(m, NR_access, NAME, 2), -EROFS);
	assert_int_equal(call(m, NR_access, NAME, 1), -EACCES);
	assert_int_equal(call(m, NR_access, NAME, 8), -EINVAL);
	put_text(m, NAME, "bin/run");
	assert_int_equal(call(m, NR_faccessat, CWD, NAME, 1), 0);
	put_text(m, NAME, "/none");
	assert_int_equal(call(m, NR_access, NAME, 0), -ENOENT);
}

static void readlink_gives_the_target_as_it_is_written(void **state)
{
	sysemu_machine *m = ((struct tree *)*state)->m;
	char target[16] = { 0 };

	put_text(m, NAME, "/up");
	assert_int_equal(call(m, NR_readlink, NAME, OUT, 4096), strlen("../../../../etc/passwd"));
	assert_int_equal(call(m, NR_readlinkat, CWD, NAME, OUT, 11), 11);
	OK(m, sysemu_read(m, OUT, target, 11));
	assert_string_equal(target, "../../../..");
	assert_int_equal(call(m, NR_readlink, NAME, OUT, 0), -EINVAL);
	assert_int_equal(call(m, NR_readlink, NAME, UNMAPPED, 9), -EFAULT);
	put_text(m, NAME, "/etc/passwd");
	assert_int_equal(call(m, NR_readlink, NAME, OUT, 9), -EINVAL);
	assert_int_equal(call(m, NR_getcwd, OUT, 100), 2);
	assert_int_equal(get_word(m, OUT) & 0xffff, '/');
	assert_int_equal(call(m, NR_getcwd, OUT, 1), -ERANGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_below_the_root_can_be_read),
		TEST(dots_and_symlinks_end_at_the_root),
		TEST(links_of_proc_lead_nowhere_and_the_emulator_has_no_name),
		TEST(a_name_that_is_too_long_or_has_no_end_is_refused),
		TEST(nothing_can_be_written),
		TEST(only_files_and_directories_open_and_a_fifo_never_blocks),
		TEST(at_most_64_descriptors_are_open),
		TEST(numbers_made_by_dup_share_one_position),
		TEST(the_position_can_be_set),
		TEST(a_file_maps_as_a_private_copy),
		TEST(an_open_file_and_its_position_are_in_a_snapshot),
		TEST(stat_is_true_in_type_mode_and_size_and_the_same_on_every_host),
		TEST(stat_follows_symlinks_and_lstat_does_not),
		TEST(statx_and_fstat_agree_with_stat),
		TEST(directories_are_listed_in_the_order_of_names),
		TEST(access_answers_for_root_on_a_read_only_system),
		TEST(readlink_gives_the_target_as_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
