/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c: the exploration itself: level by level, with any number of threads.
 *
 * A level is a list of items: a node and a snapshot that stands for it. Threads take items
 * and make all choices in each; the results are merged in the order of the items, so that it
 * does not matter which thread made them. A node's first snapshot finds its edges; `again`
 * further ones, from other nodes' edges into it, must find the same: else a field is missing.
 * Read next: level.c.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/choice/level.h"
#include "lib/kernels/kernels.h"

#define BATCH 512u /* items */

static void found_free(struct found *f)
{
	sysemu_snapshot_free(f->snapshot);
	free(f->path);
}

static void items_free(struct item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sysemu_snapshot_free(items[i].snapshot);
	free(items);
}

static bool items_add(struct level *l, uint32_t node, bool again, uint32_t by_edge,
		      sysemu_snapshot *snapshot)
{
	if (l->n_next == l->room_next) {
		size_t room = l->room_next ? 2 * l->room_next : 256;
		struct item *next = realloc(l->next, room * sizeof(*next));

		if (!next)
			return false;
		l->next = next;
		l->room_next = room;
	}
	l->next[l->n_next++] = (struct item){
		.node = node, .again = again, .by_edge = by_edge, .snapshot = snapshot
	};
	return true;
}

/* ---- the merge, in the order of the items ---- */

static void differ(sysemu_exploration *x, const sysemu_edge *first_edge, const struct item *item,
		   const char *what, const char *first, const char *again)
{
	if (x->differences++ == 0)
		snprintf(x->difference, sizeof(x->difference),
			 "node %u, %s: %s is %s from its first way and %s from the way of edge %u",
			 item->node, sysemu_choice_name(first_edge->choice), what, first, again,
			 item->by_edge);
}

/* Names what is not the same the second time; false: all is. Where the entry is in C a call and an exception
 * come to the work before iret by functions of their own: then what is left of the entry is another number. */
static bool compare(sysemu_exploration *x, const struct item *item, const sysemu_edge *first,
		    const struct found *again)
{
	const sysemu_node *to = &x->nodes[first->to].node;
	const sysemu_edge *e = &again->edge;
	bool one_way_out = x->nodes[item->node].way_out == item->way_out;
	char a[32], b[32];

	for (unsigned f = 0; f < SYSEMU_FIELDS; f++) {
		if (to->field[f] == again->to.field[f])
			continue;
		differ(x, first, item, sysemu_field_name(f),
		       sysemu_field_text(f, to->field[f], a, sizeof(a)),
		       sysemu_field_text(f, again->to.field[f], b, sizeof(b)));
		return true;
	}
	const struct {
		const char *name;
		unsigned first, again;
	} seen[] = {
		{ "event", first->event, e->event },
		{ "status", first->status, e->status },
		{ "result", (unsigned)first->result, (unsigned)e->result },
		{ "entered", first->entered, e->entered },
		{ "ran_before", first->ran_before, e->ran_before },
		{ "ran_after", first->ran_after, e->ran_after },
		{ "user", first->user, e->user },
		{ "entry", one_way_out ? first->entry : e->entry, e->entry },
		{ "mode", first->mode, e->mode },
		{ "audit_entries", first->audit_entries, e->audit_entries },
		{ "audit_exits", first->audit_exits, e->audit_exits },
		{ "broke", first->broke, e->broke },
		{ "child_flags", first->child_flags, e->child_flags },
	};

	for (unsigned i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		if (seen[i].first == seen[i].again)
			continue;
		snprintf(a, sizeof(a), "%d", (int)seen[i].first);
		snprintf(b, sizeof(b), "%d", (int)seen[i].again);
		differ(x, first, item, seen[i].name, a, b);
		return true;
	}
	return false;
}

static void merge_again(sysemu_exploration *x, const struct item *item)
{
	const struct graph_node *n = &x->nodes[item->node];

	if (n->edges == EXPLORE_NONE) /* at the depth's end: nothing to compare with */
		return;
	x->runs += item->n_found;
	x->ways++;
	for (size_t i = 0; i < item->n_found && i < n->edges; i++)
		compare(x, item, &x->edges[n->first_edge + i], &item->found[i]);
}

/* A node that is not new may want another representative; the first is its own. */
static bool take_way(struct level *l, const struct item *item, struct found *f, uint32_t to,
		     bool new_node)
{
	struct graph_node *n = &l->x->nodes[to];
	bool again = !new_node;

	if (!f->snapshot || to == item->node)
		return true;
	if (again) {
		if (n->ways > l->config->again)
			return true;
		n->ways++;
	}
	if (!items_add(l, to, again, (uint32_t)l->x->n_edges - 1, f->snapshot))
		return false;
	f->snapshot = NULL;
	return true;
}

/* Of the edge that was added last. */
static bool take_path(sysemu_exploration *x, struct found *f)
{
	uint32_t *path = f->path;

	f->path = NULL;
	return !path || paths_add(&x->paths, x->n_edges - 1, path, f->n_path);
}

static bool merge_first(struct level *l, const struct item *item)
{
	sysemu_exploration *x = l->x;
	uint32_t depth = x->nodes[item->node].depth;

	x->nodes[item->node].first_edge = (uint32_t)x->n_edges;
	x->nodes[item->node].edges = (uint32_t)item->n_found;
	x->nodes[item->node].way_out = item->way_out;
	for (size_t i = 0; i < item->n_found; i++) {
		struct found *f = &item->found[i];
		uint32_t to = graph_find(x, &f->to);
		bool new_node = to == EXPLORE_NONE;

		if (new_node)
			to = graph_add(x, &f->to, depth + 1, (uint32_t)x->n_edges);
		if (to == EXPLORE_NONE)
			return false;
		f->edge.from = item->node;
		f->edge.to = to;
		if (!graph_add_edge(x, &f->edge) || !take_path(x, f) ||
		    !take_way(l, item, f, to, new_node))
			return false;
	}
	return true;
}

static bool merge(struct level *l)
{
	bool ok = true;

	for (size_t i = l->first; i < l->behind; i++) {
		struct item *item = &l->items[i];

		sysemu_snapshot_free(item->snapshot);
		item->snapshot = NULL;
		if (l->only_again && !item->again)
			continue;
		if (!item->again) {
			l->x->runs += item->n_found;
			ok = ok && merge_first(l, item);
		} else {
			merge_again(l->x, item);
		}
		for (size_t k = 0; k < item->n_found; k++)
			found_free(&item->found[k]);
		free(item->found);
		item->found = NULL;
		item->n_found = 0;
	}
	return ok;
}

/* ---- levels ---- */

static void next_level(struct level *l)
{
	items_free(l->items, l->n_items);
	l->items = l->next;
	l->n_items = l->n_next;
	l->next = NULL;
	l->n_next = l->room_next = 0;
}

static bool run_batch(struct level *l)
{
	unsigned started = 0;

	l->taken = l->first;
	for (unsigned i = 0; i < l->n_workers; i++)
		l->workers[i].ok = true;
	for (unsigned i = 1; i < l->n_workers; i++, started++)
		if (pthread_create(&l->workers[i].thread, NULL, level_work, &l->workers[i]) != 0)
			break;
	level_work(&l->workers[0]); /* without help, if there is none to be had */
	for (unsigned i = 1; i <= started; i++)
		pthread_join(l->workers[i].thread, NULL);
	for (unsigned i = 0; i < l->n_workers; i++)
		if (!l->workers[i].ok) {
			snprintf(l->text, sizeof(l->text), "%s", l->workers[i].world.text);
			return false;
		}
	return true;
}

static sysemu_status tell(struct level *l, uint32_t level)
{
	const sysemu_explore_config *c = l->config;

	if (!c->progress || c->progress(c->user, level, l->x->n_nodes, l->x->n_edges))
		return SYSEMU_OK;
	snprintf(l->text, sizeof(l->text), "ended by the caller");
	return SYSEMU_ESTATE;
}

/* In batches, so that what was found and not yet merged is never much. */
static sysemu_status run_level(struct level *l, uint32_t level)
{
	sysemu_status status = SYSEMU_OK;

	for (l->first = 0; l->first < l->n_items && !status; l->first = l->behind) {
		l->behind = l->n_items - l->first < BATCH ? l->n_items : l->first + BATCH;
		if (!run_batch(l))
			return SYSEMU_EENGINE;
		if (!merge(l)) {
			snprintf(l->text, sizeof(l->text), "no memory for more nodes");
			return SYSEMU_ENOMEM;
		}
		status = tell(l, level);
	}
	return status;
}

static sysemu_status explore_levels(struct level *l)
{
	const sysemu_explore_config *c = l->config;
	sysemu_status status;

	for (uint32_t depth = 0; l->n_items; depth++) {
		/* Ways found in the last level may still want their check; new nodes wait. */
		l->only_again = c->depth && depth >= c->depth;
		status = run_level(l, depth + 1);
		if (status)
			return status;
		next_level(l);
		if (l->only_again)
			break;
	}
	l->x->closed = graph_is_closed(l->x);
	return SYSEMU_OK;
}

/* ---- begin and end ---- */

static bool open_workers(struct level *l)
{
	l->n_workers = l->config->threads ? l->config->threads : 1;
	if (l->n_workers > LEVEL_THREADS)
		l->n_workers = LEVEL_THREADS;
	for (unsigned i = 0; i < l->n_workers; i++) {
		l->workers[i].level = l;
		if (!world_open(&l->workers[i].world, l->x->kernel, l->x->entry,
				l->config->execute_all,
				l->config->paths ? &l->workers[i].log : NULL)) {
			snprintf(l->text, sizeof(l->text), "%s", l->workers[i].world.text);
			return false;
		}
	}
	return true;
}

/* Is the root's choice there that was asked for? */
static bool first_is_offered(struct level *l, const sysemu_node *root)
{
	int32_t offered = 0;

	for (unsigned c = 0; c < choice_count; c++)
		offered += graph_offers(l->x, root, &choices[c]);
	if (l->config->first < offered)
		return true;
	snprintf(l->text, sizeof(l->text), "%d: the root has %d choices, 0 to %d", l->config->first,
		 offered, offered - 1);
	return false;
}

static sysemu_status begin(struct level *l)
{
	struct world *w = &l->workers[0].world;
	sysemu_snapshot *snapshot;
	sysemu_node root;

	if (!open_workers(l))
		return SYSEMU_EENGINE;
	if (!world_root(w, &root)) {
		snprintf(l->text, sizeof(l->text), "%s", w->text);
		return SYSEMU_EENGINE;
	}
	if (!first_is_offered(l, &root))
		return SYSEMU_EINVAL;
	if (graph_add(l->x, &root, 0, EXPLORE_NONE) == EXPLORE_NONE ||
	    sysemu_save(w->m, &snapshot) != SYSEMU_OK)
		return SYSEMU_ENOMEM;
	if (!items_add(l, 0, false, EXPLORE_NONE, snapshot)) {
		sysemu_snapshot_free(snapshot);
		return SYSEMU_ENOMEM;
	}
	next_level(l);
	return SYSEMU_OK;
}

static void end(struct level *l)
{
	for (unsigned i = 0; i < l->n_workers; i++) {
		world_close(&l->workers[i].world);
		free(l->workers[i].seen.slots);
		free(l->workers[i].log.addr);
	}
	for (size_t i = 0; i < l->n_items; i++) {
		for (size_t k = 0; k < l->items[i].n_found; k++)
			found_free(&l->items[i].found[k]);
		free(l->items[i].found);
	}
	items_free(l->items, l->n_items);
	items_free(l->next, l->n_next);
}

/* NULL, or what is wrong with them. */
static const char *refused(const sysemu_explore_config *c, sysemu_exploration **out, char *buf,
			   size_t size)
{
	const char *kernel = c->kernel ? c->kernel : KERNEL_DEFAULT;

	if (!out)
		return "sysemu_explore: out is NULL";
	if (!sysemu_kernel_digest(kernel))
		return sysemu_kernel_unknown(kernel, buf, size);
	if ((unsigned)c->entry > SYSEMU_ENTRY_SYSENTER) {
		snprintf(buf, size, "sysemu_explore: no entry has number %u", (unsigned)c->entry);
		return buf;
	}
	if (c->first < -1) {
		snprintf(buf, size, "sysemu_explore: first is %d: -1 for all, or a choice's number",
			 c->first);
		return buf;
	}
	return NULL;
}

sysemu_status sysemu_explore(const sysemu_explore_config *config, sysemu_exploration **out,
			     char text[256])
{
	static const sysemu_explore_config defaults = { .again = 1, .first = -1 };
	const sysemu_explore_config *c = config ? config : &defaults;
	char unused[256], *why = text ? text : unused, buf[256];
	const char *wrong = refused(c, out, buf, sizeof(buf));
	struct level *l;
	sysemu_status status;

	snprintf(why, sizeof(unused), "%s", wrong ? wrong : "");
	if (wrong)
		return fail(NULL, SYSEMU_EINVAL, "%s", why);
	l = calloc(1, sizeof(*l));
	if (!l) {
		snprintf(why, sizeof(unused), "out of memory");
		return fail(NULL, SYSEMU_ENOMEM, "%s", why);
	}
	l->config = c;
	l->x = graph_new(c->kernel ? c->kernel : KERNEL_DEFAULT, c->entry);
	status = l->x ? begin(l) : SYSEMU_ENOMEM;
	if (!status) {
		l->x->limit = c->depth;
		status = explore_levels(l);
	}
	end(l);
	snprintf(why, sizeof(unused), "%s", status == SYSEMU_ENOMEM ? "out of memory" : l->text);
	if (status)
		sysemu_exploration_free(l->x);
	else
		*out = l->x;
	free(l);
	return status ? fail(NULL, status, "%s", why) : SYSEMU_OK;
}
