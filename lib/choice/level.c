/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * level.c: what a thread does with an item: restore its snapshot, make a choice, look,
 * and so for all choices. It keeps a snapshot of a node that may want one: a thread takes items
 * in rising order, so its first ones of a node are all that the merge can ask for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/choice/level.h"

static struct seen_slot *seen_slot(struct seen *s, const sysemu_node *n)
{
	size_t i = node_hash(n) & (s->size - 1);

	while (s->slots[i].count && memcmp(&s->slots[i].node, n, sizeof(*n)) != 0)
		i = (i + 1) & (s->size - 1);
	return &s->slots[i];
}

static bool seen_grow(struct seen *s)
{
	struct seen bigger = { .size = s->size ? 2 * s->size : 256, .used = s->used };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i].count)
			*seen_slot(&bigger, &s->slots[i].node) = s->slots[i];
	free(s->slots);
	*s = bigger;
	return true;
}

static void seen_clear(struct seen *s)
{
	if (s->used)
		memset(s->slots, 0, s->size * sizeof(*s->slots));
	s->used = 0;
}

/* May this be one of the snapshots that the merge takes? NULL of memory: *ok. */
static bool wanted(struct worker *k, const struct item *item, const sysemu_node *to, bool *ok)
{
	const struct level *l = k->level;
	uint8_t place = to->field[SYSEMU_FIELD_PLACE];
	uint32_t known, ways = 0;
	struct seen_slot *slot;

	*ok = true;
	if (item->again || (place != SYSEMU_NODE_HOME && !place_is_stop(place)))
		return false;
	known = graph_find(l->x, to);
	if (known == item->node)
		return false;
	if (known != EXPLORE_NONE)
		ways = l->x->nodes[known].ways;
	if (ways > l->config->again)
		return false;
	if (2 * k->seen.used >= k->seen.size && !seen_grow(&k->seen)) {
		*ok = false;
		return false;
	}
	slot = seen_slot(&k->seen, to);
	if (slot->count + ways > l->config->again)
		return false;
	if (!slot->count) {
		slot->node = *to;
		k->seen.used++;
	}
	slot->count++;
	return true;
}

static bool failed(struct world *w)
{
	snprintf(w->text, sizeof(w->text), "%s", sysemu_errmsg(w->m));
	return false;
}

static bool keep_path(struct worker *k, struct found *f)
{
	size_t bytes = k->log.n * sizeof(*f->path);

	f->path = malloc(bytes ? bytes : 1);
	f->n_path = k->log.n;
	if (f->path && bytes)
		memcpy(f->path, k->log.addr, bytes);
	return f->path != NULL;
}

static bool make(struct worker *k, struct item *item, unsigned choice)
{
	const sysemu_node *from = &k->level->x->nodes[item->node].node;
	struct found *f = &item->found[item->n_found];
	struct world *w = &k->world;
	bool ok;

	f->snapshot = NULL;
	f->path = NULL;
	k->log.n = 0;
	if (sysemu_restore(w->m, item->snapshot) != SYSEMU_OK)
		return failed(w);
	if (!world_way_out(w, from, &item->way_out) ||
	    !world_step(w, from, choice, &f->to, &f->edge))
		return false;
	if (w->log && !keep_path(k, f))
		return false;
	if (wanted(k, item, &f->to, &ok) && sysemu_save(w->m, &f->snapshot) != SYSEMU_OK) {
		free(f->path);
		return failed(w);
	}
	item->n_found++;
	return ok;
}

static bool expand(struct worker *k, struct item *item)
{
	const struct level *l = k->level;
	const sysemu_node *from = &l->x->nodes[item->node].node;
	int32_t first = l->config->first, n = 0;

	item->found = malloc(choice_count * sizeof(*item->found));
	if (!item->found)
		return false;
	for (unsigned c = 0; c < choice_count; c++) {
		if (!graph_offers(l->x, from, &choices[c]))
			continue;
		if (item->node == 0 && first >= 0 && n++ != first)
			continue;
		if (!make(k, item, c))
			return false;
	}
	return true;
}

void *level_work(void *worker)
{
	struct worker *k = worker;
	struct level *l = k->level;
	size_t i;

	seen_clear(&k->seen);
	while (k->ok && (i = atomic_fetch_add(&l->taken, 1)) < l->behind)
		if (!l->only_again ||
		    (l->items[i].again && l->x->nodes[l->items[i].node].edges != EXPLORE_NONE))
			k->ok = expand(k, &l->items[i]);
	return NULL;
}
