/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptors.c: see descriptors.h. */
#include "tests/files/descriptors.h"

#include <string.h>

#include "asm/host.h"

enum { KIND = 0x80, RELEASE = 0xa0, POLL = 2 };

void open_descriptors(struct descriptors *w, const char *kernel)
{
	static const uint8_t code[] = { 0xff, 0x40, 0x14, /* incl 20(%eax) */
					0x83, 0xc8, 0xff, 0x83, 0xcb, 0xff, 0x83, 0xce, 0xff, 0x83,
					0xcf, 0xff, 0x83, 0xc9, 0xff, 0x83, 0xca, 0xff, 0xc3 };
	uint32_t spare;

	memset(w, 0, sizeof(*w));
	w->files = open_file_world(kernel);
	spare = spare_memory(w->files.caller.m);
	w->tables = symbol(w->files.caller.m, "tables");
	w->kind = spare + KIND;
	put_words(
		&w->files, w->kind,
		(uint32_t[5]){ 0, 0, word_at(&w->files, w->files.own + 4 * POLL), spare + RELEASE },
		20);
	put_words(&w->files, spare + RELEASE, code, sizeof(code));
	for (unsigned i = WORLD_FILES; i < LAST_FILE; i++)
		put_words(&w->files, file_at(&w->files, i),
			  &(struct guest_file){ .users = 1, .ops = w->kind, .object = 1 },
			  sizeof(struct guest_file));
}

/* ---- drawing ---- */

static void thin_out(struct descriptors *w)
{
	struct guest_table *t = &w->files.table;
	unsigned keep = 1 + below(16);

	for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
		if (t->fd[fd] && below(keep)) {
			w->files.file[file_of_fd(&w->files, fd)].users--;
			t->fd[fd] = 0;
			model_set_cloexec(t, fd, false);
		}
	while (t->end && !t->fd[t->end - 1])
		t->end--;
}

void draw_descriptors(struct descriptors *w)
{
	draw_files(&w->files);
	if (below(2))
		thin_out(w);
	for (unsigned i = 0; i < WORLD_FILES; i++) {
		struct guest_file *f = &w->files.file[i];

		if (!f->users)
			continue;
		f->ops = ONE_OF(w->kind, w->kind, w->files.own_mute, 0, 0);
		f->watches = any() | 1;
		f->sleepers = below(3) ? 0 : 1u << below(32);
		if (f->users > 1 && below(5))
			f->users--;
		if (!below(16))
			f->users += 0x100;
	}
	w->last = below(2) ? (struct guest_file){ .users = 1 + below(2),
						  .ops = w->kind,
						  .object = any(),
						  .watches = any() | 1 } :
			     (struct guest_file){ .object = any() };
	memset(w->table, 0, sizeof(w->table));
	for (unsigned i = 0, full = below(8); i < TABLES; i++)
		w->table[i].users = i != MY_TABLE && (!full || below(4)) ? 1 + below(3) : 0;
	w->files.caller.cpu.ebp = any();
}

void put_descriptors(const struct descriptors *w)
{
	put_words(&w->files, w->tables, w->table, sizeof(w->table));
	put_files(&w->files);
	put_words(&w->files, file_at(&w->files, LAST_FILE), &w->last, sizeof(w->last));
}

void expect_descriptors(struct descriptors *w)
{
	static struct guest_table is[TABLES];
	struct guest_file last;

	expect_files(&w->files);
	get_words(&w->files, file_at(&w->files, LAST_FILE), &last, sizeof(last));
	expect_words("the last file", &last, &w->last, sizeof(last));
	get_words(&w->files, w->tables, is, sizeof(is));
	w->table[MY_TABLE] = w->files.table;
	for (unsigned i = 0; i < TABLES; i++)
		expect_words_of("the table", i, &is[i], &w->table[i], sizeof(is[i]));
}

unsigned draw_open_file(const struct descriptors *w)
{
	unsigned file = WORLD_FILES;

	if (below(3))
		file = file_of_fd(&w->files, draw_fd(&w->files));
	if (file == WORLD_FILES)
		file = below(WORLD_FILES);
	for (unsigned i = 0; i < WORLD_FILES && !w->files.file[file].users; i++)
		file = (file + 1) % WORLD_FILES;
	return file;
}

unsigned free_file(const struct descriptors *w)
{
	unsigned i = 0;

	while (i < WORLD_FILES && w->files.file[i].users)
		i++;
	return i == WORLD_FILES && w->last.users ? LAST_FILE : i;
}

uint32_t new_file_at(const struct descriptors *w, unsigned i)
{
	return i == LAST_FILE ? 0 : file_at(&w->files, i == WORLD_FILES ? LAST_FILE : i);
}

/* ---- what is done ---- */

void model_put(struct descriptors *w, unsigned file)
{
	struct guest_file *f = &w->files.file[file];
	struct sim_regs called;

	if (--f->users)
		return;
	called = catch_call(&w->files, "watches_forget", any());
	assert_int_equal(called.eax, file_at(&w->files, file));
	if (!f->ops) {
		expect_asked(&w->files, HOST_CLOSE, &f->handle, 1, any());
	} else if (f->ops == w->kind) {
		f->owner++;
	}
}

bool model_is_cloexec(const struct guest_table *t, uint32_t fd)
{
	return t->cloexec[fd / 32] & 1u << fd % 32;
}

void model_set_cloexec(struct guest_table *t, uint32_t fd, bool on)
{
	t->cloexec[fd / 32] &= ~(1u << fd % 32);
	if (on)
		t->cloexec[fd / 32] |= 1u << fd % 32;
}

void model_close(struct descriptors *w, struct guest_table *t, uint32_t fd)
{
	unsigned file = file_index(&w->files, t->fd[fd]);

	t->fd[fd] = 0;
	model_set_cloexec(t, fd, false);
	for (t->end = DESCRIPTORS; t->end && !t->fd[t->end - 1];)
		t->end--;
	model_put(w, file);
}

void model_open(struct descriptors *w, struct guest_table *t, uint32_t fd, unsigned file,
		bool cloexec)
{
	t->fd[fd] = file_at(&w->files, file);
	model_set_cloexec(t, fd, cloexec);
	if (t->end <= fd)
		t->end = fd + 1;
}

int32_t model_install(struct descriptors *w, unsigned file, uint32_t from, bool cloexec)
{
	for (uint32_t fd = from; fd < DESCRIPTORS; fd++)
		if (!w->files.table.fd[fd]) {
			model_open(w, &w->files.table, fd, file, cloexec);
			return (int32_t)fd;
		}
	model_put(w, file);
	return -EMFILE;
}

unsigned model_copy(struct descriptors *w)
{
	unsigned i = 0;

	while (i < TABLES && (i == MY_TABLE || w->table[i].users))
		i++;
	if (i == TABLES)
		return i;
	w->table[i] = w->files.table;
	w->table[i].users = 1;
	for (uint32_t fd = 0; fd < DESCRIPTORS; fd++)
		if (w->table[i].fd[fd])
			w->files.file[file_of_fd(&w->files, fd)].users++;
	return i;
}
