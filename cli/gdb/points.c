/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * points.c: breakpoints and watchpoints: what is wanted, and what the machines have. A client takes all away
 * at each stop and sets them again; a machine learns of what is different when it runs.
 */
#include <string.h>

#include "cli/gdb/world.h"

static size_t find(const struct world *w, uint32_t addr, uint32_t size, unsigned kinds)
{
	size_t i = 0;

	while (i < w->npoints && (w->points[i].addr != addr || w->points[i].kinds != kinds ||
				  (kinds && w->points[i].size != size)))
		i++;
	return i;
}

static size_t count(const struct world *w, bool watches)
{
	size_t n = 0;

	for (size_t i = 0; i < w->npoints; i++)
		n += (w->points[i].kinds != 0) == watches;
	return n;
}

bool points_watching(const struct world *w)
{
	return count(w, true) != 0;
}

bool points_breaking(const struct world *w)
{
	return count(w, false) != 0;
}

bool points_set(struct world *w, uint32_t addr, uint32_t size, unsigned kinds)
{
	bool watch = kinds != 0;

	if (find(w, addr, size, kinds) < w->npoints)
		return true;
	if (w->npoints == WORLD_POINTS ||
	    (watch && (count(w, true) == sizeof(w->watched) / sizeof(w->watched[0]) || !size ||
		       size > 64 || addr + (size - 1) < addr)))
		return false;
	w->points[w->npoints++] = (struct world_point){ addr, size, kinds };
	return true;
}

bool points_clear(struct world *w, uint32_t addr, uint32_t size, unsigned kinds)
{
	size_t i = find(w, addr, size, kinds);

	if (i == w->npoints)
		return false;
	w->points[i] = w->points[--w->npoints];
	return true;
}

static bool is_wanted(const struct world *w, uint32_t addr)
{
	return find(w, addr, 0, 0) < w->npoints;
}

static bool has(const uint32_t *set, size_t n, uint32_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] == addr)
			return true;
	return false;
}

static bool sync_breaks(struct world *w)
{
	unsigned which = w->m == w->exact;
	uint32_t *set = w->set[which];
	size_t *n = &w->nset[which];

	for (size_t i = 0; i < *n;) {
		if (is_wanted(w, set[i])) {
			i++;
			continue;
		}
		sysemu_break_clear(w->m, set[i]);
		set[i] = set[--*n];
	}
	for (size_t i = 0; i < w->npoints; i++) {
		uint32_t addr = w->points[i].addr;

		if (w->points[i].kinds || has(set, *n, addr))
			continue;
		if (sysemu_break_set(w->m, addr) != SYSEMU_OK)
			return false;
		set[(*n)++] = addr;
	}
	return true;
}

/* These cost nothing to set, so they are set anew. */
static bool sync_watches(struct world *w)
{
	for (size_t i = 0; i < w->nwatched; i++)
		sysemu_watch_clear(w->m, w->watched[i].addr, w->watched[i].size,
				   w->watched[i].kinds);
	w->nwatched = 0;
	for (size_t i = 0; i < w->npoints && !w->quiet; i++) {
		const struct world_point *p = &w->points[i];

		if (!p->kinds)
			continue;
		if (sysemu_watch_set(w->m, p->addr, p->size, p->kinds) != SYSEMU_OK)
			return false;
		w->watched[w->nwatched++] = (sysemu_watch){ p->addr, p->size, p->kinds };
	}
	return true;
}

bool points_sync(struct world *w)
{
	return sync_breaks(w) && (w->m != w->exact || sync_watches(w));
}
