/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fpu.c: the FPU's and SSE's registers in fxsave's form, in place. By its own instructions the engine takes forty
 * accesses of memory each way, all of them the long way, which is most of a switch of tasks.
 *
 * The registers are found by marks, as the others are (probe_place.c), and used only if the
 * self-test sees the engine's own fxsave and fxrstor make the same of them.
 */
#include "sim/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

/* Of an image: control, status and tag word, a word that is left as it is; 16 bytes of 0; MXCSR and
 * its mask; the registers. */
enum { STATUS = 2, TAGS = 4, ZEROS = 8, MXCSR = 24, ST = 32, ST_STEP = 16, XMM = 160 };

#define TOP       0x3800u
#define MXCSR_ALL 0xffffu
#define CR0_EM_TS 0xcu
#define CR4_FXSR  0x200u

/* ---- where ---- */

struct marks {
	uint64_t st[8], xmm[8];
	uint32_t control, status, mxcsr;
};

static struct marks marks_of(unsigned sample)
{
	struct marks m = { .control = sample ? 0x27f : 0xb7f,
			   .status = sample ? 0x4123 : 0x0246,
			   .mxcsr = sample ? 0x3fa4 : 0x5f89 };

	for (unsigned i = 0; i < 8; i++) {
		m.st[i] = UINT64_C(0x9d31406b00002b17) + ((uint64_t)i << 12) + sample;
		m.xmm[i] = UINT64_C(0x35c27f9100004d05) + ((uint64_t)i << 12) + sample;
	}
	return m;
}

static bool write_marks(struct sim *s, const struct marks *m)
{
	bool ok = true;

	for (int i = 0; i < 8; i++) {
		uint64_t st[2] = { m->st[i], 0x3fff }, xmm[2] = { m->xmm[i], ~m->xmm[i] };

		ok = ok && uc_reg_write(s->cpu.engine, UC_X86_REG_ST0 + i, st) == UC_ERR_OK &&
		     uc_reg_write(s->cpu.engine, UC_X86_REG_XMM0 + i, xmm) == UC_ERR_OK;
	}
	sim_reg_set(s, SIM_FPCW, m->control);
	sim_reg_set(s, SIM_FPSW, m->status);
	sim_reg_set(s, SIM_MXCSR, m->mxcsr);
	return ok;
}

struct search {
	const uint8_t *bytes[2];
	size_t size;
	unsigned missed;
};

/* Where both samples have theirs, and nowhere else. */
static int find(struct search *in, size_t size, uint64_t a, uint64_t b)
{
	unsigned found = 0;
	int place = 0;

	for (size_t at = 0; at + size <= in->size; at += 4) {
		if (memcmp(in->bytes[0] + at, &a, size) || memcmp(in->bytes[1] + at, &b, size))
			continue;
		place = (int)at;
		found++;
	}
	in->missed += found != 1;
	return place;
}

static bool find_all(struct search *in, struct sim_fpu_layout *at)
{
	struct marks a = marks_of(0), b = marks_of(1);

	for (unsigned i = 0; i < 8; i++) {
		at->st[i] = find(in, 8, a.st[i], b.st[i]);
		at->xmm[i] = find(in, 8, a.xmm[i], b.xmm[i]);
	}
	at->status = find(in, 4, a.status | a.control << 16, b.status | b.control << 16);
	at->mxcsr = find(in, 4, a.mxcsr, b.mxcsr);
	return !in->missed;
}

bool sim_fpu_find(struct sim *s, struct sim_fpu_layout *at)
{
	struct search in = { .size = sim_context_bytes(s) };
	uint8_t *copy = malloc(2 * in.size);
	bool ok = s->cpu.state && copy;

	s->no_memory |= !copy;
	for (unsigned i = 0; ok && i < 2; i++) {
		struct marks m = marks_of(i);

		ok = write_marks(s, &m);
		memcpy(copy + i * in.size, s->cpu.state, in.size);
		in.bytes[i] = copy + i * in.size;
	}
	ok = ok && find_all(&in, at);
	free(copy);
	return ok;
}

/* ---- images ---- */

/* Beside the status word: before it the top of the stack, behind it the control word and a byte for
 * each register that is empty. */
struct control {
	uint32_t top;
	uint16_t status, control;
	uint8_t empty[8];
};

static struct control control_of(const struct sim *s)
{
	struct control c;

	memcpy(&c, s->cpu.state + s->cpu.layout->fpu.status - 4, sizeof(c));
	return c;
}

/* What the engine would refuse, or do otherwise, it is to do itself. */
static bool is_usual(struct sim *s)
{
	return s->cpu.state && s->cpu.layout->fpu.known && !(sim_reg_get(s, SIM_CR0) & CR0_EM_TS) &&
	       (sim_reg_get(s, SIM_CR4) & CR4_FXSR);
}

static void put16(uint8_t *at, uint32_t value)
{
	const uint16_t half = (uint16_t)value;

	memcpy(at, &half, 2);
}

bool sim_fpu_save(struct sim *s, uint8_t image[SIM_FPU_IMAGE])
{
	const struct sim_fpu_layout *at = &s->cpu.layout->fpu;
	const uint32_t mask = MXCSR_ALL;
	struct control c;
	uint32_t full = 0;

	if (!is_usual(s))
		return false;
	c = control_of(s);
	for (unsigned i = 0; i < 8; i++)
		full |= (uint32_t)!c.empty[i] << i;
	put16(image, c.control);
	put16(image + STATUS, (c.status & ~TOP) | (c.top & 7) << 11);
	put16(image + TAGS, full);
	memset(image + ZEROS, 0, 16);
	memcpy(image + MXCSR, s->cpu.state + at->mxcsr, 4);
	memcpy(image + MXCSR + 4, &mask, 4);
	for (unsigned i = 0; i < 8; i++) {
		memcpy(image + ST + ST_STEP * i, s->cpu.state + at->st[(c.top + i) & 7], 10);
		memcpy(image + XMM + (size_t)16 * i, s->cpu.state + at->xmm[i], 16);
	}
	return true;
}

/* Another rounding would change more than the two words that say so. */
bool sim_fpu_load(struct sim *s, const uint8_t image[SIM_FPU_IMAGE])
{
	const struct sim_fpu_layout *at = &s->cpu.layout->fpu;
	struct control c, now;
	uint16_t tags;

	if (!is_usual(s))
		return false;
	now = control_of(s);
	memcpy(&c.control, image, 2);
	memcpy(&c.status, image + STATUS, 2);
	memcpy(&tags, image + TAGS, 2);
	if (c.control != now.control || memcmp(image + MXCSR, s->cpu.state + at->mxcsr, 4) != 0)
		return false;
	c.top = c.status >> 11 & 7;
	c.status &= (uint16_t)~TOP;
	for (unsigned i = 0; i < 8; i++)
		c.empty[i] = !(tags >> i & 1);
	memcpy(s->cpu.state + at->status - 4, &c, sizeof(c));
	for (unsigned i = 0; i < 8; i++) {
		memcpy(s->cpu.state + at->st[(c.top + i) & 7], image + ST + ST_STEP * i, 10);
		memcpy(s->cpu.state + at->xmm[i], image + XMM + (size_t)16 * i, 16);
	}
	return true;
}
