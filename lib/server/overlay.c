/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay.c: see overlay.h. It includes no header of ours but its own, as host.c. */
#define _GNU_SOURCE /* memfd_create, fallocate */
#include "lib/server/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OBJECT_MOST (UINT64_C(256) << 20) /* bytes of a file, */
#define TOTAL_MOST  (UINT64_C(1) << 30)   /* and of all of a machine */

struct overlay_total {
	unsigned refs; /* the overlay, and its objects, which may outlive it */
	uint64_t bytes;
};

struct entry {
	char *path;
	struct object *object; /* NULL: gone */
};

struct overlay {
	struct entry *entries; /* sorted by path */
	size_t n, room;
	uint32_t objects;
	struct overlay_total *total;
};

/* ---- how much memory all take ---- */

static void total_unref(struct overlay_total *t)
{
	if (t && --t->refs == 0)
		free(t);
}

/* The file's memory grows to so many bytes, if there is room. 0 or -errno. */
static int32_t hold(struct object *b, uint64_t bytes)
{
	if (bytes > OBJECT_MOST)
		return -EFBIG;
	if (bytes <= b->held)
		return 0;
	if (bytes - b->held > TOTAL_MOST - b->total->bytes)
		return -ENOSPC;
	b->total->bytes += bytes - b->held;
	b->held = bytes;
	return 0;
}

/* ---- objects ---- */

struct object *object_new(struct overlay *o, uint32_t mode, const char *path)
{
	struct object *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	*b = (struct object){
		.refs = 1, .mode = mode, .number = ++o->objects, .fd = -1, .total = o->total
	};
	o->total->refs++;
	b->path = strdup(path);
	if (S_ISREG(mode))
		b->fd = memfd_create("file", MFD_CLOEXEC);
	if (b->path && (!S_ISREG(mode) || b->fd >= 0))
		return b;
	object_unref(b);
	return NULL;
}

struct object *object_ref(struct object *b)
{
	b->refs++;
	return b;
}

void object_unref(struct object *b)
{
	if (!b || --b->refs)
		return;
	if (b->fd >= 0)
		close(b->fd);
	b->total->bytes -= b->held;
	total_unref(b->total);
	free(b->target);
	free(b->path);
	free(b);
}

uint64_t object_size(const struct object *b)
{
	return b->target ? strlen(b->target) : b->size;
}

static int32_t result_of(ssize_t n)
{
	return n >= 0 ? (int32_t)n : -errno;
}

int32_t object_read(const struct object *b, void *buf, uint32_t size, uint64_t offset)
{
	if (offset >= b->size)
		return 0;
	if (size > b->size - offset)
		size = (uint32_t)(b->size - offset);
	return result_of(pread(b->fd, buf, size, (off_t)offset));
}

int32_t object_write(struct object *b, const void *buf, uint32_t size, uint64_t offset)
{
	int32_t n = offset > OBJECT_MOST ? -EFBIG : hold(b, offset + size);

	if (n)
		return n;
	n = result_of(pwrite(b->fd, buf, size, (off_t)offset));
	if (n > 0 && offset + (uint32_t)n > b->size)
		b->size = offset + (uint32_t)n;
	return n;
}

int32_t object_room(struct object *b, uint64_t bytes)
{
	struct stat st;
	int32_t error = hold(b, bytes);

	if (error)
		return error;
	if (fstat(b->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size >= bytes)
		return 0;
	return ftruncate(b->fd, (off_t)bytes) == 0 ? 0 : -errno;
}

/* Memory that is mapped must not go away under the engine: what is no more the file's becomes zeros. */
int32_t object_resize(struct object *b, uint64_t size)
{
	uint64_t from = size < b->size ? size : b->size;
	struct stat st;

	if (size > OBJECT_MOST)
		return -EFBIG;
	if (fstat(b->fd, &st) < 0)
		return -errno;
	if ((uint64_t)st.st_size > from &&
	    fallocate(b->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      st.st_size - (off_t)from) < 0)
		return -errno;
	b->size = size;
	return object_room(b, size);
}

/* ---- names ---- */

struct overlay *overlay_new(void)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->total = calloc(1, sizeof(*o->total));
	if (o->total) {
		o->total->refs = 1;
		return o;
	}
	free(o);
	return NULL;
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++) {
		free(o->entries[i].path);
		object_unref(o->entries[i].object);
	}
	free(o->entries);
	total_unref(o->total);
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
