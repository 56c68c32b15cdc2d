/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay.c: the names, sorted; see overlay.h. */
#include "lib/files/overlay_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

struct overlay *overlay_new(void)
{
	return calloc(1, sizeof(struct overlay));
}

void entries_free(struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(entries[i].path);
		object_unref(entries[i].object);
	}
	free(entries);
}

void overlay_free(struct overlay *o)
{
	struct object *b, *next;

	if (!o)
		return;
	entries_free(o->entries, o->n);
	/* What snapshots still have is in a list that nobody reads. */
	for (b = o->all; b; b = next) {
		next = b->next;
		b->of = NULL;
		b->next = NULL;
		b->link = &b->next;
	}
	free(o);
}

/* Where the path is, or would be. */
static size_t place(const struct overlay *o, const char *path, bool *found)
{
	size_t low = 0, high = o->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(o->entries[middle].path, path);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = false;
	return low;
}

/* Is a directory above it gone? One that was made anew hides what the host has there, too. */
static bool is_below_gone(const struct overlay *o, const char *path)
{
	char *above = strdup(path), *slash;
	bool found = false;

	while (above && !found && (slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		place(o, above, &found);
	}
	free(above);
	return found;
}

enum overlay_answer overlay_find(const struct overlay *o, const char *path, struct object **out)
{
	bool found;
	size_t i;

	if (!o->n)
		return OVERLAY_UNKNOWN;
	i = place(o, path, &found);
	if (found && o->entries[i].object) {
		*out = o->entries[i].object;
		return OVERLAY_HERE;
	}
	return found || is_below_gone(o, path) ? OVERLAY_GONE : OVERLAY_UNKNOWN;
}

bool overlay_set(struct overlay *o, const char *path, struct object *b)
{
	bool found;
	size_t i = place(o, path, &found);

	if (!found) {
		char *copy = strdup(path);

		if (o->n == o->room) {
			size_t room = o->room ? 2 * o->room : 16;
			struct entry *more = realloc(o->entries, room * sizeof(*more));

			if (!more) {
				free(copy);
				return false;
			}
			o->entries = more;
			o->room = room;
		}
		if (!copy)
			return false;
		memmove(o->entries + i + 1, o->entries + i, (o->n - i) * sizeof(*o->entries));
		o->entries[i] = (struct entry){ .path = copy };
		o->n++;
	}
	if (b) {
		object_ref(b);
		b->links++;
	}
	if (o->entries[i].object)
		o->entries[i].object->links--;
	object_unref(o->entries[i].object);
	o->entries[i].object = b;
	return true;
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

bool overlay_move_below(struct overlay *o, const char *from, const char *to)
{
	for (size_t i = 0; i < o->n;) {
		struct object *b = o->entries[i].object;
		char *path;
		bool good;

		if (!b || !is_below(o->entries[i].path, from)) {
			i++;
			continue;
		}
		path = malloc(strlen(to) + strlen(o->entries[i].path) - strlen(from) + 1);
		if (!path)
			return false;
		strcpy(path, to);
		strcat(path, o->entries[i].path + strlen(from));
		object_ref(b);
		good = overlay_set(o, o->entries[i].path, NULL) && overlay_set(o, path, b);
		object_unref(b);
		free(path);
		if (!good)
			return false;
		i = 0; /* entries have moved */
	}
	return true;
}

void overlay_each(const struct overlay *o, const char *directory,
		  void (*fn)(void *user, const char *name, const struct object *b), void *user)
{
	const char *base = strcmp(directory, "/") == 0 ? "" : directory;

	for (size_t i = 0; i < o->n; i++) {
		const char *path = o->entries[i].path;

		if (is_below(path, base) && !strchr(path + strlen(base) + 1, '/'))
			fn(user, path + strlen(base) + 1, o->entries[i].object);
	}
}

void overlay_state(const struct overlay *o, void (*add)(void *ctx, const void *bytes, size_t size),
		   void *ctx)
{
	uint8_t chunk[4096];

	for (size_t i = 0; i < o->n; i++) {
		const struct object *b = o->entries[i].object;
		uint64_t facts[3] = { b != NULL, b ? b->mode : 0, b ? b->number : 0 };
		int32_t n;

		add(ctx, o->entries[i].path, strlen(o->entries[i].path) + 1);
		add(ctx, facts, sizeof(facts));
		if (b && b->target)
			add(ctx, b->target, strlen(b->target));
		for (uint64_t at = 0; b && b->fd >= 0; at += (uint64_t)n) {
			n = object_read(b, chunk, sizeof(chunk), at);
			if (n <= 0)
				break;
			add(ctx, chunk, (size_t)n);
		}
	}
}
