/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * descriptors.h: file_world.h's files and table, and all other tables, for tests of asm/file/files.c: who is the last that has a
 * file, and what its end is. Written from dup(2), close(2), fork(2), fcntl(2).
 */
#ifndef TESTS_FILES_DESCRIPTORS_H
#define TESTS_FILES_DESCRIPTORS_H

#include "tests/files/file_world.h"

enum { TABLES = NR_TASKS + 1, MY_TABLE = 2, LAST_FILE = 1023, CLOEXEC = 02000000 };

struct descriptors {
	struct file_world files;
	uint32_t tables, kind;  /* of files whose release counts in their word `owner` */
	struct guest_file last; /* the guest's last one; all between it and the world's are open */
	struct guest_table table[TABLES]; /* but for MY_TABLE, which is files.table */
};

void open_descriptors(struct descriptors *w, const char *kernel);
/* Files of all kinds, each of which is in epoll sets that nobody may look at, and numbers for them. */
void draw_descriptors(struct descriptors *w);
void put_descriptors(const struct descriptors *w);
void expect_descriptors(struct descriptors *w);

/* A file that is open; of those, mostly one that has a number. */
unsigned draw_open_file(const struct descriptors *w);
/* The first that is free, which would be the next: WORLD_FILES: the last; LAST_FILE: none. */
unsigned free_file(const struct descriptors *w);
uint32_t new_file_at(const struct descriptors *w, unsigned i);

void model_close(struct descriptors *w, struct guest_table *t, uint32_t fd);
void model_put(struct descriptors *w, unsigned file);
void model_open(struct descriptors *w, struct guest_table *t, uint32_t fd, unsigned file,
		bool cloexec);
void model_set_cloexec(struct guest_table *t, uint32_t fd, bool on);
bool model_is_cloexec(const struct guest_table *t, uint32_t fd);
/* The lowest number from there on, whose user the file has already: or it loses one, -EMFILE. */
int32_t model_install(struct descriptors *w, unsigned file, uint32_t from, bool cloexec);

/* A copy of the table, by the first that is free: which; TABLES: none is. */
unsigned model_copy(struct descriptors *w);

#endif
