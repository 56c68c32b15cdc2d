/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overlay.h: files that a machine with processes has written, made or removed: they lie over the
 * host's, which are never changed, and are gone with the machine.
 *
 * An object is a file, directory or link; a name means one, or says that there is none any more.
 * Names are plain: absolute, without "." and "..". Their memory is a memfd, so it can be mapped.
 */
#ifndef LIB_FILES_OVERLAY_H
#define LIB_FILES_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/files/shortage.h"

struct object {
	uint32_t refs; /* names and descriptors */
	uint32_t mode; /* type and permissions */
	uint32_t
		number; /* from 1, in the order in which they were made: its inode, and a map's id */
	uint32_t links; /* names alone */
	int fd;         /* the content: a file's; -1: none. It only grows, for it may be mapped */
	uint64_t size;  /* of which so many bytes are the file's; behind them it is zeros */
	uint64_t held;  /* so many it has had */
	char *target;   /* a link's */
	char *path;     /* by which it was opened or made first */
	bool proc;      /* made by proc.c, when it was asked for */
	bool mapped;    /* its memory may change at any time */
	struct content *content;     /* what it was when it was kept last; NULL: it has changed */
	struct overlay *of;          /* NULL: that is gone */
	struct object *next, **link; /* all of the overlay */
	int32_t memory_of;           /* /proc/PID/mem: the task whose memory it is; else 0 */
};

struct overlay;

struct overlay *overlay_new(void); /* NULL: no memory */
void overlay_free(struct overlay *o);

enum overlay_answer { OVERLAY_UNKNOWN, OVERLAY_HERE, OVERLAY_GONE };
/* UNKNOWN: as the host has it. HERE: *out, of which the caller has no reference. GONE: it, or a
 * directory above it, was removed. */
enum overlay_answer overlay_find(const struct overlay *o, const char *path, struct object **out);

struct object *object_new(struct overlay *o, uint32_t mode, const char *path); /* NULL: no memory */
struct object *object_ref(struct object *b);
void object_unref(struct object *b); /* NULL is allowed */
uint64_t object_size(const struct object *b);
/* 0 or more, or -errno. */
int32_t object_read(const struct object *b, void *buf, uint32_t size, uint64_t offset);
int32_t object_write(struct object *b, const void *buf, uint32_t size, uint64_t offset);
int32_t object_resize(struct object *b, uint64_t size);
/* So many bytes of its memory can be mapped; its size stays. */
int32_t object_room(struct object *b, uint64_t bytes);

/* The name means it from now on (NULL: nothing); false: no memory. */
bool overlay_set(struct overlay *o, const char *path, struct object *b);
/* All names below a directory's are its new name's now. */
bool overlay_move_below(struct overlay *o, const char *from, const char *to);
/* Calls fn for each name directly in the directory, in order; NULL object: it is gone. */
void overlay_each(const struct overlay *o, const char *directory,
		  void (*fn)(void *user, const char *name, const struct object *b), void *user);
/* As it is, for a snapshot: names, and of each object that anybody has what it is and its content.
 * The objects stay the same ones, for descriptors and maps mean them; so it goes back only into
 * the overlay that it is of. NULL: no memory. */
struct kept_overlay *overlay_keep(struct overlay *o);
bool overlay_back(struct overlay *o, const struct kept_overlay *k); /* false: no memory */
void kept_overlay_free(struct kept_overlay *k);                     /* NULL is allowed */
/* All that makes two overlays equal, as bytes. */
void overlay_state(const struct overlay *o, void (*add)(void *ctx, const void *bytes, size_t size),
		   void *ctx);

#endif
