/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keep.c: the overlay as it was: names, and what each object was. Contents that did not change
 * between two are one. As overlay.c, it includes no header of ours but its own.
 */
#include "lib/files/overlay_private.h"

#include <stdlib.h>
#include <string.h>

struct kept_object {
	struct object *object; /* a reference */
	uint32_t mode, links;
	uint64_t size;
	char *target;
	struct content *content; /* a reference; NULL: it has none */
};

struct kept_overlay {
	const struct overlay *of;
	struct entry *entries;
	size_t n;
	uint32_t objects; /* made so far */
	size_t nkept;
	struct kept_object kept[];
};

/* ---- keep ---- */

static bool copy_entries(const struct entry *from, size_t n, struct entry **out)
{
	struct entry *to = calloc(n ? n : 1, sizeof(*to));

	for (size_t i = 0; to && i < n; i++) {
		to[i].path = strdup(from[i].path);
		if (from[i].object)
			to[i].object = object_ref(from[i].object);
		if (!to[i].path) {
			entries_free(to, i + 1);
			to = NULL;
		}
	}
	*out = to;
	return to != NULL;
}

static bool keep_object(struct object *b, struct kept_object *k)
{
	*k = (struct kept_object){
		.object = object_ref(b), .mode = b->mode, .links = b->links, .size = b->size
	};
	if (b->target && !(k->target = strdup(b->target)))
		return false;
	return b->fd < 0 || (k->content = content_of(b)) != NULL;
}

struct kept_overlay *overlay_keep(struct overlay *o)
{
	struct kept_overlay *k;
	size_t n = 0;

	for (const struct object *b = o->all; b; b = b->next)
		n++;
	k = calloc(1, sizeof(*k) + n * sizeof(k->kept[0]));
	if (!k)
		return NULL;
	k->of = o;
	k->objects = o->objects;
	for (struct object *b = o->all; b; b = b->next) {
		if (!keep_object(b, &k->kept[k->nkept++])) {
			kept_overlay_free(k);
			return NULL;
		}
	}
	k->n = o->n;
	if (!copy_entries(o->entries, o->n, &k->entries)) {
		k->n = 0;
		kept_overlay_free(k);
		return NULL;
	}
	return k;
}

void kept_overlay_free(struct kept_overlay *k)
{
	if (!k)
		return;
	entries_free(k->entries, k->n);
	for (size_t i = 0; i < k->nkept; i++) {
		content_put(k->kept[i].content);
		free(k->kept[i].target);
		object_unref(k->kept[i].object);
	}
	free(k);
}

/* ---- back ---- */

static bool object_back(const struct kept_object *k)
{
	struct object *b = k->object;
	char *target = k->target ? strdup(k->target) : NULL;

	if (k->target && !target)
		return false;
	free(b->target);
	b->target = target;
	b->mode = k->mode;
	b->links = k->links;
	if (k->content && !content_back(b, k->content))
		return false;
	b->size = k->size;
	return true;
}

bool overlay_back(struct overlay *o, const struct kept_overlay *k)
{
	struct entry *entries, *old = o->entries;
	size_t n = o->n;

	if (k->of != o || !copy_entries(k->entries, k->n, &entries))
		return false;
	o->entries = entries;
	o->n = o->room = k->n;
	o->objects = k->objects;
	entries_free(old, n);
	for (size_t i = 0; i < k->nkept; i++)
		if (!object_back(&k->kept[i]))
			return false;
	return true;
}
