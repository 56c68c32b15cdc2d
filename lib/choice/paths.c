/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paths.c: which instructions of the kernel a task ran from one place to the next, in their order: each way
 * once, and of each edge which it was.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/choice/explore.h"

#define KERNEL_FROM 0xc0000000u
#define MOST        EXPLORE_BUDGET

void path_note(void *log, uint32_t addr, uint32_t size)
{
	struct path_log *l = log;

	(void)size;
	if (!l->on || addr < KERNEL_FROM || l->n == MOST)
		return;
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		uint32_t *more = realloc(l->addr, room * sizeof(*more));

		l->failed |= !more;
		if (!more)
			return;
		l->addr = more;
		l->room = room;
	}
	l->addr[l->n++] = addr;
}

static uint64_t hash_of(const uint32_t *addr, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ addr[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

static size_t slot_of(const struct paths *p, const uint32_t *addr, size_t n)
{
	size_t i = hash_of(addr, n) & (p->table_size - 1);

	for (; p->table[i]; i = (i + 1) & (p->table_size - 1)) {
		const struct path *q = &p->list[p->table[i] - 1];

		if (q->n == n && memcmp(q->addr, addr, n * sizeof(*addr)) == 0)
			break;
	}
	return i;
}

static bool grow(struct paths *p)
{
	size_t size = p->table_size ? 2 * p->table_size : 1024;
	struct path *list = realloc(p->list, size / 2 * sizeof(*list));
	uint32_t *table = calloc(size, sizeof(*table));

	if (list)
		p->list = list;
	if (!list || !table) {
		free(table);
		return false;
	}
	free(p->table);
	p->table = table;
	p->table_size = size;
	for (size_t i = 0; i < p->n; i++)
		table[slot_of(p, p->list[i].addr, p->list[i].n)] = (uint32_t)i + 1;
	return true;
}

/* Takes over `addr`. EXPLORE_NONE: no memory. */
static uint32_t find(struct paths *p, uint32_t *addr, size_t n)
{
	size_t slot;

	if (2 * p->n >= p->table_size && !grow(p)) {
		free(addr);
		return EXPLORE_NONE;
	}
	slot = slot_of(p, addr, n);
	if (p->table[slot]) {
		free(addr);
		return p->table[slot] - 1;
	}
	p->list[p->n++] = (struct path){ addr, n };
	p->table[slot] = (uint32_t)p->n;
	return (uint32_t)p->n - 1;
}

bool paths_add(struct paths *p, size_t edge, uint32_t *addr, size_t n)
{
	uint32_t number;

	if (edge >= p->room) {
		size_t room = p->room ? 2 * p->room : 4096;
		uint32_t *more;

		while (room <= edge)
			room *= 2;
		more = realloc(p->of_edge, room * sizeof(*more));
		if (!more) {
			free(addr);
			return false;
		}
		p->of_edge = more;
		p->room = room;
	}
	number = find(p, addr, n);
	p->of_edge[edge] = number;
	p->edges = edge + 1;
	return number != EXPLORE_NONE;
}

void paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].addr);
	free(p->list);
	free(p->table);
	free(p->of_edge);
}

sysemu_status sysemu_edge_path(const sysemu_exploration *x, size_t edge, uint32_t *number,
			       const uint32_t **addrs, size_t *n)
{
	REQUIRE_ARGUMENT(NULL, x);
	REQUIRE_ARGUMENT(NULL, number);
	REQUIRE_ARGUMENT(NULL, addrs);
	REQUIRE_ARGUMENT(NULL, n);
	if (edge >= x->paths.edges)
		return fail(NULL, SYSEMU_ENOENT, "edge %zu: there are the paths of %zu", edge,
			    x->paths.edges);
	*number = x->paths.of_edge[edge];
	*addrs = x->paths.list[*number].addr;
	*n = x->paths.list[*number].n;
	return SYSEMU_OK;
}
