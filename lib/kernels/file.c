/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c: a kernel out of a file: a profile, which names its image, or an image that carries its
 * profile in the section .sysemu.profile. Read next: text.c, sound.c.
 */
#define _GNU_SOURCE /* memfd_create */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/kernels/kernels.h"

#define FILE_MAX (256u << 20)

#define WHY_SIZE 256

static void tell(char *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void tell(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, WHY_SIZE, format, args);
	va_end(args);
}

/* A file's bytes, and a NUL. Many are in memory of their own, which machines map: they need not be copied
 * for each, and nobody else can change them. */
struct bytes {
	char *data;
	size_t size;
	int fd; /* 0: they are malloc'ed */
};
#define MANY (1u << 20)

static void drop_bytes(struct bytes *b)
{
	if (b->fd) {
		munmap(b->data, b->size + 1);
		close(b->fd);
	} else {
		free(b->data);
	}
	*b = (struct bytes){ 0 };
}

static bool many_bytes(struct bytes *b, size_t size)
{
	int fd = size > MANY ? memfd_create("kernel", MFD_CLOEXEC) : -1;
	void *data = MAP_FAILED;

	if (fd > 0 && ftruncate(fd, (off_t)size + 1) == 0)
		data = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED && fd >= 0)
		close(fd);
	*b = data != MAP_FAILED ? (struct bytes){ data, size, fd } :
				  (struct bytes){ malloc(size + 1), size, 0 };
	return b->data != NULL;
}

/* Reads all of it; what is written by a descriptor needs no page of ours. */
static bool fill_bytes(struct bytes *b, FILE *in)
{
	size_t done = 0;

	if (!b->fd) {
		b->size = fread(b->data, 1, b->size, in);
		b->data[b->size] = 0;
		return true;
	}
	while (done < b->size) {
		ssize_t n = sendfile(b->fd, fileno(in), NULL, b->size - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* False: told. */
static bool read_file(const char *path, struct bytes *b, char *why)
{
	FILE *in = fopen(path, "rb");
	struct stat st;
	bool good = false;

	if (!in || fstat(fileno(in), &st) != 0 || S_ISDIR(st.st_mode))
		tell(why, "%s: %s", path, strerror(in ? EISDIR : errno));
	else if (st.st_size < 0 || st.st_size > (off_t)FILE_MAX)
		tell(why, "%s: more than %u bytes", path, FILE_MAX);
	else if (!many_bytes(b, (size_t)st.st_size))
		tell(why, "%s: out of memory", path);
	else if (!fill_bytes(b, in))
		tell(why, "%s: it became shorter while it was read", path);
	else
		good = true;
	if (in)
		fclose(in);
	return good;
}

/* A kernel on its way. */
struct reading {
	const char *path;
	char *text; /* the profile's */
	size_t text_size;
	struct bytes file, image_file; /* the file's, and the image's, which may be the same */
	struct profile_head head;
	struct profile profile;
	struct sim_image image;
	struct kernel *kernel;
	char *why;
};

static void say(const struct reading *r, const struct profile_error *e)
{
	if (e->line)
		tell(r->why, "%s:%u: %s", r->path, e->line, e->text);
	else
		tell(r->why, "%s: %s", r->path, e->text);
}

/* `name` beside the file `path`. */
static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	int folder = slash && *name != '/' ? (int)(slash - path) + 1 : 0;
	size_t size = (size_t)folder + strlen(name) + 1;
	char *joined = malloc(size);

	if (joined)
		snprintf(joined, size, "%.*s%s", folder, path, name);
	return joined;
}

/* The file is an image: its profile is a section of it. */
static bool take_image(struct reading *r)
{
	struct profile_error e = { 0 };
	struct sim_error err;
	const uint8_t *text;

	r->image_file = r->file;
	r->file = (struct bytes){ 0 };
	if (sim_image_parse(r->image_file.data, r->image_file.size, &r->image, &err) != SIM_OK) {
		tell(r->why, "%s: %s", r->path, err.text);
		return false;
	}
	text = sim_image_section(&r->image, ".sysemu.profile", &r->text_size);
	if (!text) {
		tell(r->why,
		     "%s: an image without a profile: no section .sysemu.profile; write one with the "
		     "line `image %s`, or make one with `sysemu kernel import`",
		     r->path, r->path);
		return false;
	}
	r->text = strndup((const char *)text, r->text_size);
	r->text_size = r->text ? strlen(r->text) : 0;
	if (r->text && profile_read_head(r->text, r->text_size, &r->head, &e))
		return true;
	say(r, &e);
	return false;
}

static bool take_profile(struct reading *r)
{
	struct profile_error e = { 0 };
	struct sim_error err;
	char *path, why[WHY_SIZE] = "out of memory";

	r->text = strndup(r->file.data, r->file.size);
	r->text_size = r->file.size;
	if (!r->text) {
		tell(r->why, "%s: out of memory", r->path);
		return false;
	}
	if (!profile_read_head(r->text, r->text_size, &r->head, &e)) {
		say(r, &e);
		return false;
	}
	if (!r->head.image) {
		tell(r->why, "%s: no line `image FILE`", r->path);
		return false;
	}
	path = beside(r->path, r->head.image);
	if (!path || !read_file(path, &r->image_file, why)) {
		tell(r->why, "%s:%u: image: %s", r->path, r->head.image_line, why);
	} else if (sim_image_parse(r->image_file.data, r->image_file.size, &r->image, &err) !=
		   SIM_OK) {
		tell(r->why, "%s:%u: image %s: %s", r->path, r->head.image_line, path, err.text);
		drop_bytes(&r->image_file);
	}
	free(path);
	return r->image_file.data != NULL;
}

static bool find_like(struct reading *r, const struct kernel **like)
{
	char text[200];

	*like = r->head.like ? kernel_find(r->head.like) : NULL;
	if (!r->head.like || !strcmp(r->head.like, KERNEL_MODERN) || (*like && !(*like)->path))
		return true;
	tell(r->why, "%s:%u: like: %s", r->path, r->head.like_line,
	     *like ? "that is a kernel of a file, too" :
		     sysemu_kernel_unknown(r->head.like, text, sizeof(text)));
	return false;
}

static bool finish(struct reading *r)
{
	uint32_t *lines = calloc(profile_words(), sizeof(*lines));
	struct profile *p = malloc(sizeof(*p));
	struct kernel *k = calloc(1, sizeof(*k));
	const struct kernel *like = NULL;
	struct profile_error e = { 0 };
	bool good = lines && p && k;

	if (!good)
		tell(r->why, "%s: out of memory", r->path);
	good = good && find_like(r, &like);
	if (good && (!profile_read_words(r->text, r->text_size, &r->image, p, lines, &e) ||
		     !profile_sound(p, lines, &r->image, like, &e))) {
		say(r, &e);
		good = false;
	}
	if (!good) {
		free(lines);
		free(p);
		free(k);
		return false;
	}
	*k = (struct kernel){ .name = strdup(r->head.name),
			      .about = strdup(r->head.about ? r->head.about : "of a file"),
			      .elf = (const uint8_t *)r->image_file.data,
			      .fd = r->image_file.fd,
			      .profile = p,
			      .like = like         ? like->name :
				      r->head.like ? KERNEL_MODERN :
						     NULL,
			      .path = strdup(r->path),
			      .lines = lines };
	k->elf_end = k->elf + r->image_file.size;
	k->image = r->image;
	r->image = (struct sim_image){ 0 };
	r->image_file = (struct bytes){ 0 };
	r->kernel = k;
	if (k->name && k->about && k->path)
		return true;
	tell(r->why, "%s: out of memory", r->path);
	kernel_free(k);
	r->kernel = NULL;
	return false;
}

struct kernel *kernel_read(const char *path, char why[256])
{
	struct reading r = { .path = path, .why = why };

	if (!read_file(path, &r.file, why)) {
		drop_bytes(&r.file);
		return NULL;
	}
	if (r.file.size >= 4 && !memcmp(r.file.data, "\177ELF", 4) ? take_image(&r) :
								     take_profile(&r))
		finish(&r);
	sim_image_free(&r.image);
	profile_head_free(&r.head);
	free(r.text);
	drop_bytes(&r.file);
	drop_bytes(&r.image_file);
	return r.kernel;
}

void kernel_free(struct kernel *k)
{
	struct bytes bytes;

	if (!k)
		return;
	bytes = (struct bytes){ (char *)(uintptr_t)k->elf, (size_t)(k->elf_end - k->elf), k->fd };
	free((void *)(uintptr_t)k->name);
	free((void *)(uintptr_t)k->about);
	free((void *)(uintptr_t)k->path);
	drop_bytes(&bytes);
	free((void *)(uintptr_t)k->profile);
	free((void *)(uintptr_t)k->lines);
	sim_image_free(&k->image);
	free(k);
}
