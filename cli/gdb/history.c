/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * history.c: snapshots by their moments, of which each other one goes when they take too much. Those of
 * an edit stay as long as they can, since nothing before leads to them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/world.h"

#define MOST_KEPT 4096u

static void drop(struct kept *k)
{
	sysemu_snapshot_free(k->snapshot);
	k->snapshot = NULL;
}

static void drop_near(struct history *h)
{
	drop(&h->near);
}

void history_free(struct world *w)
{
	struct history *h = &w->history;

	for (size_t i = 0; i < h->n; i++)
		drop(&h->list[i]);
	drop_near(h);
	free(h->list);
	*h = (struct history){ 0 };
}

/* How many are not later than `moment`. */
static size_t up_to(const struct history *h, uint64_t moment)
{
	size_t low = 0, high = h->n;

	if (high && h->list[high - 1].moment <= moment)
		return high; /* where it goes on, as a rule */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->list[middle].moment <= moment)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct kept *history_before(struct world *w, uint64_t moment)
{
	struct history *h = &w->history;
	size_t n = up_to(h, moment);
	struct kept *k = n ? &h->list[n - 1] : NULL;

	if (k && h->near.snapshot && h->near.moment <= moment && h->near.moment > k->moment)
		return &h->near;
	return k;
}

struct kept *history_edit_after(struct world *w, uint64_t moment)
{
	struct history *h = &w->history;

	for (size_t i = up_to(h, moment); i < h->n; i++)
		if (h->list[i].edited)
			return &h->list[i];
	return NULL;
}

bool history_go(struct world *w, const struct kept *k, sysemu_machine *m)
{
	if (sysemu_restore(m, k->snapshot) != SYSEMU_OK) {
		w->m = m; /* whose sentence it is */
		return false;
	}
	w->m = m;
	w->moment_known = false;
	w->now = k->state;
	return true;
}

/* ---- thinning ---- */

static size_t bytes_of(const struct history *h)
{
	size_t bytes = 0;

	for (size_t i = 0; i < h->n; i++)
		bytes += sysemu_snapshot_bytes(h->list[i].snapshot);
	return bytes;
}

/* Each second goes, but the first and those of edits. */
static void thin(struct history *h)
{
	size_t kept = 0;
	bool other = false;

	for (size_t i = 0; i < h->n; i++) {
		other = !other;
		if (h->list[i].edited || other)
			h->list[kept++] = h->list[i];
		else
			drop(&h->list[i]);
	}
	h->n = kept;
	h->interval *= 2;
}

/* What is left are edits: history begins later. The last one, where one is, stays. */
static void forget_first(struct history *h)
{
	drop(&h->list[0]);
	memmove(&h->list[0], &h->list[1], --h->n * sizeof(h->list[0]));
	h->list[0].edited = true;
}

static void bound(struct history *h)
{
	if (h->n <= MOST_KEPT && h->guess <= h->most)
		return;
	while (h->n > 1 && (h->n > MOST_KEPT || bytes_of(h) > h->most)) {
		size_t before = h->n;

		thin(h);
		if (h->n == before)
			forget_first(h);
	}
	h->guess = bytes_of(h);
}

/* ---- keeping ---- */

bool history_take(struct world *w, struct kept *k, bool edited)
{
	*k = (struct kept){ .moment = gdb_moment(w), .state = w->now, .edited = edited };
	return sysemu_save(w->m, &k->snapshot) == SYSEMU_OK;
}

static bool make_room(struct history *h)
{
	size_t room = h->room ? 2 * h->room : 64;
	void *list;

	if (h->n < h->room)
		return true;
	list = realloc(h->list, room * sizeof(*h->list));
	if (!list)
		return false;
	h->list = list;
	h->room = room;
	return true;
}

bool history_keep(struct world *w, bool edited)
{
	struct history *h = &w->history;
	struct kept k;
	size_t at;

	if (!make_room(h) || !history_take(w, &k, edited))
		return false;
	at = up_to(h, k.moment);
	if (at && h->list[at - 1].moment == k.moment) {
		k.edited |= h->list[at - 1].edited;
		drop(&h->list[at - 1]);
		h->list[at - 1] = k;
	} else {
		memmove(&h->list[at + 1], &h->list[at], (h->n - at) * sizeof(h->list[0]));
		h->list[at] = k;
		h->n++;
	}
	/* To look at all of them takes a while. A page that the machine still has is later its alone. */
	h->guess += 2 * sysemu_snapshot_bytes(k.snapshot);
	bound(h);
	return true;
}

void history_note(struct world *w, uint64_t now)
{
	struct history *h = &w->history;
	size_t n = up_to(h, now);

	if (!n || w->now.phase == WORLD_CALLS || w->now.phase == WORLD_ENDED)
		return;
	if (now - h->list[n - 1].moment >= h->interval)
		history_keep(w, false); /* without one, the way back is longer */
	else if (w->quiet && now - history_before(w, now)->moment > WORLD_NEAR) {
		drop_near(h);
		history_take(w, &h->near, false);
	}
}

void history_cut(struct world *w, uint64_t moment)
{
	struct history *h = &w->history;

	while (h->n && h->list[h->n - 1].moment >= moment)
		drop(&h->list[--h->n]);
	drop_near(h);
}

bool history_edit(struct world *w)
{
	history_cut(w, gdb_moment(w) + 1);
	answers_forget(w);
	return history_keep(w, true);
}
