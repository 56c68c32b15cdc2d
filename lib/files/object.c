/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.c: a file, directory or link of the overlay: its content, and what that was when it was kept.
 * It includes no header of ours but its own, as host.c.
 */
#define _GNU_SOURCE /* memfd_create, fallocate */
#include "lib/files/overlay_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OBJECT_MOST (UINT64_C(256) << 20) /* bytes of a file, */
#define ALL_MOST    (UINT64_C(1) << 30)   /* and of all of an overlay */

struct content {
	uint32_t refs;
	uint64_t size; /* of the memory, which may be more than the file's */
	uint8_t bytes[];
};

struct object *object_new(struct overlay *o, uint32_t mode, const char *path)
{
	struct object *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	*b = (struct object){ .refs = 1, .mode = mode, .number = ++o->objects, .fd = -1, .of = o };
	b->next = o->all;
	b->link = &o->all;
	if (b->next)
		b->next->link = &b->next;
	o->all = b;
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
	if (b->of)
		b->of->held -= b->held;
	*b->link = b->next;
	if (b->next)
		b->next->link = b->link;
	if (b->fd >= 0)
		close(b->fd);
	content_put(b->content);
	free(b->target);
	free(b->path);
	free(b);
}

static void changes(struct object *b)
{
	content_put(b->content);
	b->content = NULL;
}

uint64_t object_size(const struct object *b)
{
	return b->target ? strlen(b->target) : b->size;
}

static int32_t result_of(ssize_t n)
{
	return n >= 0 ? (int32_t)n : error_of_host(errno);
}

int32_t object_read(const struct object *b, void *buf, uint32_t size, uint64_t offset)
{
	if (offset >= b->size)
		return 0;
	if (size > b->size - offset)
		size = (uint32_t)(b->size - offset);
	return result_of(pread(b->fd, buf, size, (off_t)offset));
}

/* Its memory grows to so many bytes, if there is room. 0 or -errno. */
static int32_t hold(struct object *b, uint64_t bytes)
{
	if (bytes > OBJECT_MOST)
		return -EFBIG;
	if (bytes <= b->held || !b->of)
		return 0;
	if (bytes - b->held > ALL_MOST - b->of->held)
		return -ENOSPC;
	b->of->held += bytes - b->held;
	b->held = bytes;
	return 0;
}

int32_t object_write(struct object *b, const void *buf, uint32_t size, uint64_t offset)
{
	int32_t n = offset > OBJECT_MOST ? -EFBIG : hold(b, offset + size);

	if (n)
		return n;
	changes(b);
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
		return error_of_host(errno);
	if ((uint64_t)st.st_size >= bytes)
		return 0;
	changes(b);
	return ftruncate(b->fd, (off_t)bytes) == 0 ? 0 : error_of_host(errno);
}

/* Memory that is mapped must not go away under the engine: what is no more the file's becomes zeros. */
int32_t object_resize(struct object *b, uint64_t size)
{
	uint64_t from = size < b->size ? size : b->size;
	struct stat st;

	if (size > OBJECT_MOST)
		return -EFBIG;
	if (fstat(b->fd, &st) < 0)
		return error_of_host(errno);
	changes(b);
	if ((uint64_t)st.st_size > from &&
	    fallocate(b->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      st.st_size - (off_t)from) < 0)
		return error_of_host(errno);
	b->size = size;
	return object_room(b, size);
}

/* ---- what it was ---- */

void content_put(struct content *c)
{
	if (c && --c->refs == 0)
		free(c);
}

static bool read_all(int fd, uint8_t *bytes, uint64_t size)
{
	for (uint64_t at = 0; at < size;) {
		ssize_t n = pread(fd, bytes + at, size - at, (off_t)at);

		if (n <= 0)
			return false;
		at += (uint64_t)n;
	}
	return true;
}

/* What the object's memory has now, with a reference for the caller. */
struct content *content_of(struct object *b)
{
	struct stat st;
	struct content *c = b->content;

	if (c && !b->mapped) {
		c->refs++;
		return c;
	}
	if (fstat(b->fd, &st) < 0)
		return NULL;
	c = malloc(sizeof(*c) + (size_t)st.st_size);
	if (!c || !read_all(b->fd, c->bytes, (uint64_t)st.st_size)) {
		free(c);
		return NULL;
	}
	c->size = (uint64_t)st.st_size;
	c->refs = 2; /* the object's, too */
	content_put(b->content);
	b->content = c;
	return c;
}

static bool write_all(int fd, const struct content *c)
{
	for (uint64_t at = 0; at < c->size;) {
		ssize_t n = pwrite(fd, c->bytes + at, c->size - at, (off_t)at);

		if (n <= 0)
			return false;
		at += (uint64_t)n;
	}
	return true;
}

/* Memory that has grown since becomes zeros: it may be mapped. */
bool content_back(struct object *b, struct content *c)
{
	if (b->content == c && !b->mapped)
		return true;
	if (object_resize(b, 0) || object_room(b, c->size) || !write_all(b->fd, c))
		return false;
	content_put(b->content);
	c->refs++;
	b->content = c;
	return true;
}
