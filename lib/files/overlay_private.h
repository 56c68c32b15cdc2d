/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay_private.h: what object.c, overlay.c and keep.c share. */
#ifndef LIB_FILES_OVERLAY_PRIVATE_H
#define LIB_FILES_OVERLAY_PRIVATE_H

#include "lib/files/overlay.h"

struct entry {
	char *path;
	struct object *object; /* NULL: gone */
};

struct overlay {
	struct entry *entries; /* sorted by path */
	size_t n, room;
	uint32_t objects;
	struct object *all; /* that anybody has, the newest first */
	uint64_t held;      /* bytes of memory that they have */
};

void entries_free(struct entry *entries, size_t n);
/* What the object's memory has now, with a reference for the caller; NULL: no memory. */
struct content *content_of(struct object *b);
bool content_back(struct object *b, struct content *c);
void content_put(struct content *c); /* NULL is allowed */

#endif
