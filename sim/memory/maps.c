/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maps.c: lists of shared maps, and the files that they hold: a space's, and those that snapshots
 * have of it. What their pages are: shared.c.
 */
#define _GNU_SOURCE /* F_DUPFD_CLOEXEC */
#include "sim/memory/memory.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* A descriptor that maps, their copies and snapshots have in common. */
struct sim_shared_file {
	atomic_uint refs;
	int fd;
};

struct sim_shared_file *sim_shared_new(int fd)
{
	struct sim_shared_file *file = malloc(sizeof(*file));

	if (!file)
		return NULL;
	atomic_init(&file->refs, 1);
	file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (file->fd >= 0)
		return file;
	free(file);
	return NULL;
}

void sim_shared_put(struct sim_shared_file *file)
{
	if (atomic_fetch_sub_explicit(&file->refs, 1, memory_order_acq_rel) != 1)
		return;
	close(file->fd);
	free(file);
}

int sim_shared_fd(const struct sim_shared_file *file)
{
	return file->fd;
}

struct sim_shared_map *sim_shared_list(const struct sim_shared_map *maps, unsigned n)
{
	struct sim_shared_map *list = malloc(n * sizeof(*list));

	for (unsigned i = 0; list && i < n; i++) {
		list[i] = maps[i];
		atomic_fetch_add_explicit(&list[i].file->refs, 1, memory_order_relaxed);
	}
	return list;
}

void sim_shared_list_free(struct sim_shared_map *maps, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sim_shared_put(maps[i].file);
	free(maps);
}

bool sim_shared_same(const struct sim *s, const struct sim_shared_map *maps, unsigned n)
{
	bool same = n == s->space.nmaps;

	for (unsigned i = 0; same && i < n; i++) {
		const struct sim_shared_map *a = &s->space.maps[i], *b = &maps[i];

		same = a->file == b->file && a->first == b->first && a->pages == b->pages &&
		       a->offset == b->offset;
	}
	return same;
}

bool sim_shared_take(struct sim *s, const struct sim_shared_map *maps, unsigned n)
{
	struct sim_shared_map *list = n ? sim_shared_list(maps, n) : NULL;

	if (n && !list)
		return false;
	sim_shared_close(s);
	s->space.maps = list;
	s->space.nmaps = n;
	return true;
}

void sim_shared_close(struct sim *s)
{
	sim_shared_list_free(s->space.maps, s->space.nmaps);
	s->space.maps = NULL;
	s->space.nmaps = 0;
}

bool sim_has_shared(const struct sim *s)
{
	return s->space.nmaps != 0;
}
