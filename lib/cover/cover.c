/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.c: collections of coverage. Each kernel that is asked for gets a table of its
 * instructions, read from its image once; a machine that is closed adds to it what sim/counting/cover.c
 * has counted. Read next: include/libsysemu/cover.h.
 */
#include <pthread.h>
#include <stdlib.h>

#include "lib/cover/cover.h"

struct table {
	const struct kernel *kernel;
	struct table *next;
	size_t n;
	sysemu_covered *insns; /* by address */
};

struct sysemu_cover {
	pthread_mutex_t lock;
	struct table *tables;
};

static _Thread_local sysemu_cover *here;

void sysemu_cover_here(sysemu_cover *c)
{
	here = c;
}

sysemu_status sysemu_cover_new(sysemu_cover **out)
{
	sysemu_cover *c;

	REQUIRE_ARGUMENT(NULL, out);
	c = calloc(1, sizeof(*c));
	if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return fail(NULL, SYSEMU_ENOMEM, "no memory for a collection of coverage");
	}
	*out = c;
	return SYSEMU_OK;
}

static void table_free(struct table *t)
{
	free(t->insns);
	free(t);
}

void sysemu_cover_free(sysemu_cover *c)
{
	struct table *next;

	if (!c)
		return;
	for (struct table *t = c->tables; t; t = next) {
		next = t->next;
		table_free(t);
	}
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- tables ---- */

/* The bytes at addr, which the image has. */
static const uint8_t *code_at(const struct sim_image *image, uint32_t addr, uint32_t *left)
{
	for (size_t i = 0; i < image->nsegments; i++) {
		const struct sim_segment *s = &image->segments[i];

		if (addr >= s->vaddr && addr - s->vaddr < s->filesz) {
			*left = s->filesz - (addr - s->vaddr);
			return image->data + s->offset + (addr - s->vaddr);
		}
	}
	return NULL;
}

static bool table_add(struct table *t, size_t *room, const sysemu_covered *insn)
{
	if (t->n == *room) {
		size_t more = *room ? 2 * *room : 4096;
		void *insns = realloc(t->insns, more * sizeof(*t->insns));

		if (!insns)
			return false;
		t->insns = insns;
		*room = more;
	}
	t->insns[t->n++] = *insn;
	return true;
}

/* A region is code from its first byte to its last. */
static bool read_region(struct table *t, size_t *room, const struct sim_image *image,
			const struct sim_range *range)
{
	sysemu_covered insn = { .region = (sysemu_region)range->region };
	const uint8_t *code;
	uint32_t left;

	for (insn.addr = range->start; insn.addr < range->end; insn.addr += insn.size) {
		code = code_at(image, insn.addr, &left);
		if (!code)
			return true;
		if (left > range->end - insn.addr)
			left = range->end - insn.addr;
		insn.size = sim_insn_length(code, left);
		insn.branch = sim_is_branch(code, insn.size, insn.addr, &insn.target);
		if (!table_add(t, room, &insn))
			return false;
	}
	return true;
}

static bool read_image(struct table *t, const struct sim_image *image)
{
	struct sim_range ranges[SYSEMU_REGIONS];
	size_t n = kernel_regions(image, ranges), room = 0;

	for (size_t i = 0; i < n; i++)
		if (!read_region(t, &room, image, &ranges[i]))
			return false;
	return true;
}

/* Of an image that has been booted, or would be. */
static struct table *table_new(const struct kernel *k)
{
	struct table *t = calloc(1, sizeof(*t));
	struct sim_image image;
	struct sim_error err;
	bool good =
		t && sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &image, &err) == SIM_OK;

	if (good) {
		t->kernel = k;
		good = read_image(t, &image);
		sim_image_free(&image);
	}
	if (!good && t) {
		table_free(t);
		t = NULL;
	}
	return t;
}

/* With the lock held; NULL: no memory. */
static struct table *table_of(sysemu_cover *c, const struct kernel *k)
{
	struct table *t = c->tables;

	while (t && t->kernel != k)
		t = t->next;
	if (!t) {
		t = table_new(k);
		if (t) {
			t->next = c->tables;
			c->tables = t;
		}
	}
	return t;
}

/* The first instruction at or behind addr; n: there is none. */
static size_t find(const struct table *t, uint32_t addr)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->insns[mid].addr < addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* ---- machines ---- */

bool cover_wanted(const sysemu_machine *m)
{
	return here && m->config.counting != SYSEMU_COUNT_NONE && !kernel_on_trial(m->kernel);
}

sysemu_status cover_open(sysemu_machine *m)
{
	struct table *t;
	const sysemu_covered *last;

	if (!cover_wanted(m))
		return SYSEMU_OK;
	pthread_mutex_lock(&here->lock);
	t = table_of(here, m->kernel);
	pthread_mutex_unlock(&here->lock);
	last = t && t->n ? &t->insns[t->n - 1] : NULL;
	if (!t || (last && sim_cover_start(m->sim, t->insns[0].addr, last->addr + last->size)))
		return fail(m, SYSEMU_ENOMEM, "no memory for the coverage of kernel %s",
			    m->kernel->name);
	m->cover = here;
	return SYSEMU_OK;
}

static void take(struct table *t, const struct sim_cover *seen)
{
	uint32_t at = seen->start;
	int64_t runs = 0;

	for (size_t i = 0; i < t->n; i++) {
		sysemu_covered *insn = &t->insns[i];

		while (at <= insn->addr)
			runs += seen->change[at++ - seen->start];
		insn->runs += (uint64_t)runs;
		if (insn->branch) {
			const uint64_t *left = seen->left[insn->addr + insn->size - seen->start];

			insn->passed += left[0];
			insn->taken += left[1];
		}
	}
}

void cover_close(sysemu_machine *m)
{
	const struct sim_cover *seen = m->cover ? sim_get_cover(m->sim) : NULL;

	if (!seen)
		return;
	pthread_mutex_lock(&m->cover->lock);
	take(table_of(m->cover, m->kernel), seen); /* it is there since cover_open */
	pthread_mutex_unlock(&m->cover->lock);
}

/* ---- what is in it ---- */

/* With the lock held. */
static sysemu_status table_named(sysemu_cover *c, const char *kernel, struct table **out)
{
	const struct kernel *k = kernel_find(kernel);
	char text[200];

	if (!k)
		return fail(NULL, SYSEMU_EKERNEL, "%s",
			    sysemu_kernel_unknown(kernel, text, sizeof(text)));
	*out = table_of(c, k);
	return *out ? SYSEMU_OK :
		      fail(NULL, SYSEMU_ENOMEM, "no memory for the coverage of kernel %s", kernel);
}

sysemu_status sysemu_cover_at(sysemu_cover *c, const char *kernel, uint32_t addr,
			      sysemu_covered *out)
{
	sysemu_status status;
	struct table *t;
	size_t i;

	REQUIRE_ARGUMENT(NULL, c);
	REQUIRE_ARGUMENT(NULL, kernel);
	REQUIRE_ARGUMENT(NULL, out);
	pthread_mutex_lock(&c->lock);
	status = table_named(c, kernel, &t);
	if (!status) {
		i = find(t, addr);
		if (i < t->n)
			*out = t->insns[i];
		else
			status = fail(NULL, SYSEMU_ENOENT,
				      "kernel %s has no instruction behind 0x%x", kernel, addr);
	}
	pthread_mutex_unlock(&c->lock);
	return status;
}

static sysemu_status add(struct table *t, const sysemu_covered *what)
{
	size_t i = find(t, what->addr);
	sysemu_covered *insn;

	if (i == t->n || t->insns[i].addr != what->addr)
		return fail(NULL, SYSEMU_EINVAL, "kernel %s: no instruction begins at 0x%x",
			    t->kernel->name, what->addr);
	insn = &t->insns[i];
	if ((what->taken || what->passed) && !insn->branch)
		return fail(NULL, SYSEMU_EINVAL,
			    "kernel %s: the instruction at 0x%x is no conditional jump",
			    t->kernel->name, what->addr);
	insn->runs += what->runs;
	insn->taken += what->taken;
	insn->passed += what->passed;
	return SYSEMU_OK;
}

sysemu_status sysemu_cover_add(sysemu_cover *c, const char *kernel, const sysemu_covered *what)
{
	sysemu_status status;
	struct table *t;

	REQUIRE_ARGUMENT(NULL, c);
	REQUIRE_ARGUMENT(NULL, kernel);
	REQUIRE_ARGUMENT(NULL, what);
	pthread_mutex_lock(&c->lock);
	status = table_named(c, kernel, &t);
	if (!status)
		status = add(t, what);
	pthread_mutex_unlock(&c->lock);
	return status;
}
