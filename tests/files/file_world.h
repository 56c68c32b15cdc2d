/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_world.h: open files and one table of descriptors that are drawn at random, for tests that call one function of asm/file/ by
 * itself. Some files are of the test's own kind: what a poll of such a one tells is its word `object`.
 */
#ifndef TESTS_FILE_WORLD_H
#define TESTS_FILE_WORLD_H

#include "tests/helpers/function.h"
#include "tests/helpers/names.h"

#include "asm/abi.h"

enum { WORLD_FILES = 16, DESCRIPTORS = 256 };
enum { ENOENT = 2, EBADF = 9, EEXIST = 17, ENFILE = 23, EMFILE = 24, ELOOP = 40 };
enum { POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32 };
enum { POLLRDNORM = 64, POLLRDBAND = 128, POLLWRNORM = 256, POLLWRBAND = 512 };

/* asm/file/private.h's struct file, and files.c's struct files. */
struct guest_file {
	uint32_t users, ops, handle, flags, object, owner, signal, sleepers, watches;
};

struct guest_table {
	uint32_t users, end, fd[DESCRIPTORS], cloexec[DESCRIPTORS / 32];
};

struct file_world {
	struct caller caller;
	uint32_t files, table_at; /* where they lie */
	uint32_t own, own_mute;   /* ops of the test's own kinds; the other cannot be polled */
	struct guest_file file[WORLD_FILES];
	struct guest_table table;
};

struct file_world open_file_world(const char *kernel);
void close_file_world(struct file_world *w);

/* Files of the own kind, of which several numbers may mean one; some numbers mean none. */
void draw_files(struct file_world *w);
void put_files(const struct file_world *w);
void get_files(struct file_world *w);
void expect_files(const struct file_world *w);

uint32_t file_at(const struct file_world *w, unsigned i);
unsigned file_index(const struct file_world *w, uint32_t at);
/* What a number means: WORLD_FILES: nothing. */
unsigned file_of_fd(const struct file_world *w, uint32_t fd);
/* One that is open, or not, or is no number. */
uint32_t draw_fd(const struct file_world *w);
uint32_t draw_polled(void); /* a set of POLL bits */

/* It asks the host for that, with these arguments and no others (host.h), and goes on with the answer. */
void expect_asked(const struct file_world *w, uint32_t nr, const uint32_t *args, unsigned n,
		  uint32_t answer);
/* It comes to that function, whose work is another test's, and goes on with its answer; the registers it was called with. */
struct sim_regs catch_call(const struct file_world *w, const char *name, uint64_t answer);
void put_words(const struct file_world *w, uint32_t at, const void *words, size_t size);
void get_words(const struct file_world *w, uint32_t at, void *words, size_t size);
void put_word(const struct file_world *w, uint32_t at, uint32_t word);
uint32_t word_at(const struct file_world *w, uint32_t at);
/* Of who runs. */
uint32_t task_word_at(const struct file_world *w, size_t offset);
uint32_t file_memory(const struct file_world *w); /* of the kernel, that nobody uses: a page */

#endif
