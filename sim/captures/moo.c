/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * moo.c: captures, chunk by chunk. Each length is checked against what holds it before
 * anything behind it is looked at; chunks of unknown tags are passed over, as the format asks.
 * A file that ends early is wrong wherever it ends: between two tests the head's count tells.
 */
#include "sim/captures/moo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A run of bytes of the file; errors name places by `base`. */
struct part {
	const uint8_t *data;
	size_t size, base;
};

struct chunk {
	char tag[5];
	struct part body;
};

enum { HEAD = 8, RAM_ENTRY = 5, CYCLE = 15 };

__attribute__((format(printf, 3, 4))) static enum sim_status wrong(struct sim_error *err, size_t at,
								   const char *format, ...)
{
	char what[160];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(err->text, sizeof(err->text), "captures: byte %zu: %s", at, what);
	return SIM_ELOAD;
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* ---- chunks ---- */

/* Takes the chunk at *at, which is moved behind it. */
static enum sim_status take_chunk(const struct part *in, size_t *at, struct chunk *out,
				  struct sim_error *err)
{
	size_t left = in->size - *at, place = in->base + *at;
	uint32_t length;

	if (left < HEAD)
		return wrong(err, place, "%zu bytes are left, a chunk's head has 8", left);
	memcpy(out->tag, in->data + *at, 4);
	out->tag[4] = '\0';
	for (int i = 0; i < 4; i++)
		if (out->tag[i] < ' ' || out->tag[i] > '~')
			return wrong(err, place, "a chunk's tag is not four letters");
	length = word(in->data + *at + 4);
	if (length > left - HEAD)
		return wrong(err, place, "the chunk \"%s\" has %u bytes, %zu are left", out->tag,
			     length, left - HEAD);
	out->body = (struct part){ in->data + *at + HEAD, length, place + HEAD };
	*at += HEAD + (size_t)length;
	return SIM_OK;
}

static bool is(const struct chunk *c, const char *tag)
{
	return !strcmp(c->tag, tag);
}

/* A count, and so many things of `each` bytes: exactly what the chunk holds. */
static enum sim_status take_list(const struct chunk *c, size_t each, const uint8_t **out,
				 uint32_t *count, struct sim_error *err)
{
	const struct part *p = &c->body;

	if (*out)
		return wrong(err, p->base, "a second \"%s\"", c->tag);
	if (p->size < 4)
		return wrong(err, p->base, "\"%s\" has no count", c->tag);
	*count = word(p->data);
	if (*count != (p->size - 4) / each || (p->size - 4) % each)
		return wrong(err, p->base, "\"%s\" counts %u entries of %zu bytes in %zu bytes",
			     c->tag, *count, each, p->size - 4);
	*out = p->data + 4;
	return SIM_OK;
}

/* ---- registers and memory ---- */

static enum sim_status take_regs(const struct chunk *c, struct moo_regs *out, struct sim_error *err)
{
	const struct part *p = &c->body;
	size_t at = 4;

	if (p->size < 4)
		return wrong(err, p->base, "\"%s\" has no bits", c->tag);
	out->present = word(p->data);
	if (out->present >> MOO_REGS)
		return wrong(err, p->base, "\"%s\" has registers beyond the twentieth", c->tag);
	for (int reg = 0; reg < MOO_REGS; reg++) {
		if (!(out->present >> reg & 1))
			continue;
		if (p->size - at < 4)
			return wrong(err, p->base, "\"%s\" has fewer values than bits", c->tag);
		out->value[reg] = word(p->data + at);
		at += 4;
	}
	if (at != p->size)
		return wrong(err, p->base, "\"%s\" has more values than bits", c->tag);
	return SIM_OK;
}

static enum sim_status take_state(const struct chunk *c, struct moo_state *out,
				  struct moo_regs *mask, struct sim_error *err)
{
	enum sim_status status = SIM_OK;
	struct chunk inner;
	size_t at = 0;

	while (status == SIM_OK && at < c->body.size) {
		status = take_chunk(&c->body, &at, &inner, err);
		if (status != SIM_OK)
			break;
		if (is(&inner, "RG32"))
			status = take_regs(&inner, &out->regs, err);
		else if (is(&inner, "RM32"))
			status = take_regs(&inner, mask, err);
		else if (is(&inner, "RAM "))
			status = take_list(&inner, RAM_ENTRY, &out->ram, &out->ram_count, err);
	}
	return status;
}

struct moo_byte moo_byte_at(const struct moo_state *s, uint32_t n)
{
	const uint8_t *at = s->ram + (size_t)n * RAM_ENTRY;

	return (struct moo_byte){ word(at), at[4] };
}

/* ---- a test ---- */

struct moo_cycle moo_cycle_at(const struct moo_test *t, uint32_t n)
{
	const uint8_t *at = t->cycles + (size_t)n * CYCLE;

	/* pins, address, segment, memory, io, pins, data (2), bus, T, queue op, queue byte */
	return (struct moo_cycle){ .addr = word(at + 1), .bus = at[11] & 7, .t = at[12] };
}

static enum sim_status take_exception(const struct chunk *c, struct moo_test *out,
				      struct sim_error *err)
{
	if (c->body.size < 5)
		return wrong(err, c->body.base, "\"EXCP\" has %zu bytes of 5", c->body.size);
	out->exception = true;
	out->vector = c->body.data[0];
	out->flags_at = word(c->body.data + 1);
	return SIM_OK;
}

static enum sim_status take_part(const struct chunk *c, struct moo_test *out, struct sim_error *err)
{
	if (is(c, "NAME"))
		return take_list(c, 1, &out->name, &out->name_size, err);
	if (is(c, "BYTS"))
		return take_list(c, 1, &out->bytes, &out->size, err);
	if (is(c, "CYCL"))
		return take_list(c, CYCLE, &out->cycles, &out->ncycles, err);
	if (is(c, "INIT"))
		return take_state(c, &out->init, &out->mask, err);
	if (is(c, "FINA"))
		return take_state(c, &out->final, &out->mask, err);
	if (is(c, "EXCP"))
		return take_exception(c, out, err);
	return SIM_OK;
}

static enum sim_status check(const struct moo_test *t, struct sim_error *err)
{
	if (!t->name || !t->bytes || !t->cycles)
		return wrong(err, t->offset, "a test without \"%s\"",
			     !t->name  ? "NAME" :
			     !t->bytes ? "BYTS" :
					 "CYCL");
	if (!t->size || !t->ncycles)
		return wrong(err, t->offset, "a test without %s", t->size ? "clocks" : "bytes");
	if (t->init.regs.present != (1u << MOO_REGS) - 1)
		return wrong(err, t->offset, "a test that begins without all registers");
	if (!t->init.ram)
		return wrong(err, t->offset, "a test that begins without memory");
	return SIM_OK;
}

enum sim_status moo_next(struct moo_file *f, struct moo_test *out, bool *more,
			 struct sim_error *err)
{
	struct part whole = { f->data, f->size, 0 };
	enum sim_status status;
	struct chunk test, part;
	size_t at = 4;

	*more = false;
	do {
		if (f->at == f->size) {
			if (f->seen != f->tests)
				return wrong(err, f->at, "the file ends behind %u of %u tests",
					     f->seen, f->tests);
			return SIM_OK;
		}
		status = take_chunk(&whole, &f->at, &test, err);
		if (status == SIM_OK && is(&test, "RM32"))
			status = take_regs(&test, &f->mask, err);
		if (status != SIM_OK)
			return status;
	} while (!is(&test, "TEST"));
	if (f->seen++ == f->tests)
		return wrong(err, test.body.base, "more than %u tests", f->tests);
	if (test.body.size < 4)
		return wrong(err, test.body.base, "a test without an index");
	*out = (struct moo_test){ .offset = test.body.base,
				  .index = word(test.body.data),
				  .mask = f->mask };
	while (at < test.body.size) {
		status = take_chunk(&test.body, &at, &part, err);
		if (status == SIM_OK)
			status = take_part(&part, out, err);
		if (status != SIM_OK)
			return status;
	}
	*more = true;
	return check(out, err);
}

/* ---- the file ---- */

enum sim_status moo_open(const void *data, size_t size, struct moo_file *out, struct sim_error *err)
{
	struct part whole = { data, size, 0 };
	enum sim_status status;
	struct chunk head;

	*out = (struct moo_file){ .data = data, .size = size };
	if (size < 4 || memcmp(data, "MOO ", 4) != 0)
		return wrong(err, 0, "not a file of captures: it does not begin with \"MOO \"");
	status = take_chunk(&whole, &out->at, &head, err);
	if (status != SIM_OK)
		return status;
	if (head.body.size < 12)
		return wrong(err, head.body.base, "the head has %zu bytes of 12", head.body.size);
	if (head.body.data[0] != 1)
		return wrong(err, head.body.base, "version %u.%u; 1.x is known", head.body.data[0],
			     head.body.data[1]);
	if (memcmp(head.body.data + 8, "386E", 4) != 0)
		return wrong(err, head.body.base + 8, "not captures of a 386EX");
	out->tests = word(head.body.data + 4);
	return SIM_OK;
}
