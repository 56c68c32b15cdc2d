/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fpu.c: the FPU and SSE registers of a task that does not run, and the two forms in which a
 * tracer sees them: GETFPREGS' 108 bytes of fsave, GETFPXREGS' 512 of fxsave.
 *
 * A tracer's change goes to the image; the CPU's registers are then nobody's, and the task
 * loads its own in schedule() before it goes on.
 */
#include "process/process.h"

#define FSAVE_WORDS  27 /* 7 words of environment, then eight registers of 10 bytes */
#define FXSAVE_WORDS 128
#define MXCSR_MASK   0xffbf

void fpu_save(struct task_struct *t)
{
	__asm__ volatile("fxsave (%0)" : : "r"(t->thread.i387) : "memory");
}

void fpu_load(struct task_struct *t)
{
	__asm__ volatile("fxrstor (%0)" : : "r"(t->thread.i387));
	fpu_owner = t;
}

/* The child's image, up to date. */
static uint32_t *image(struct task_struct *child)
{
	if (fpu_owner == child)
		fpu_save(child);
	return child->thread.i387;
}

static void changed(struct task_struct *child)
{
	if (fpu_owner == child)
		fpu_owner = NULL;
}

/* One register's tag in fsave's form: 0 valid, 1 zero, 2 special, 3 empty. */
static uint32_t tag_of(const uint32_t *reg)
{
	uint32_t exponent = reg[2] & 0x7fff;

	if (exponent == 0x7fff)
		return 2;
	if (exponent == 0)
		return reg[0] | reg[1] ? 2 : 1;
	return reg[1] & 0x80000000 ? 0 : 2;
}

/* fxsave keeps one bit a register ("not empty"), by number; the registers by stack place. */
static uint32_t full_tags(const uint32_t *fx)
{
	uint32_t bits = fx[1] & 0xff, top = (fx[0] >> (16 + 11)) & 7, tags = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint32_t tag = 3;

		if (bits & (1u << i))
			tag = tag_of(&fx[8 + 4 * ((i - top) & 7)]);
		tags |= tag << (2 * i);
	}
	return tags;
}

static uint32_t short_tags(uint32_t tags)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < 8; i++)
		if (((tags >> (2 * i)) & 3) != 3)
			bits |= 1u << i;
	return bits;
}

static void to_fsave(const uint32_t *fx, uint32_t out[FSAVE_WORDS])
{
	uint16_t *registers = (uint16_t *)&out[7];

	out[0] = (fx[0] & 0xffff) | 0xffff0000; /* control */
	out[1] = (fx[0] >> 16) | 0xffff0000;    /* status */
	out[2] = full_tags(fx) | 0xffff0000;
	out[3] = fx[2];                                    /* instruction */
	out[4] = (fx[3] & 0xffff) | ((fx[1] >> 16) << 16); /* its segment, opcode */
	out[5] = fx[4];                                    /* operand */
	out[6] = (fx[5] & 0xffff) | 0xffff0000;
	for (unsigned r = 0; r < 8; r++)
		for (unsigned i = 0; i < 5; i++)
			registers[5 * r + i] = ((const uint16_t *)&fx[8 + 4 * r])[i];
}

static void from_fsave(uint32_t *fx, const uint32_t in[FSAVE_WORDS])
{
	const uint16_t *registers = (const uint16_t *)&in[7];

	fx[0] = (in[0] & 0xffff) | (in[1] << 16);
	fx[1] = short_tags(in[2]) | ((in[4] >> 16) << 16);
	fx[2] = in[3];
	fx[3] = in[4] & 0xffff;
	fx[4] = in[5];
	fx[5] = in[6] & 0xffff;
	for (unsigned r = 0; r < 8; r++)
		for (unsigned i = 0; i < 5; i++)
			((uint16_t *)&fx[8 + 4 * r])[i] = registers[5 * r + i];
}

/* A page that is not there is no error to the old pair of requests, as with GETREGS. */
int32_t getfpregs(struct task_struct *child, uint32_t data)
{
	const uint32_t *fx = image(child);
	uint32_t out[FSAVE_WORDS];

	if (!access_ok(data, sizeof(out)))
		return -EIO;
	to_fsave(fx, out);
	copy_to_user(data, out, FSAVE_WORDS);
	return 0;
}

int32_t setfpregs(struct task_struct *child, uint32_t data)
{
	uint32_t in[FSAVE_WORDS];

	if (!access_ok(data, sizeof(in)))
		return -EIO;
	if (copy_from_user(in, data, FSAVE_WORDS))
		return 0;
	from_fsave(image(child), in);
	changed(child);
	return 0;
}

int32_t getfpxregs(struct task_struct *child, uint32_t data)
{
	if (!access_ok(data, 4 * FXSAVE_WORDS))
		return -EIO;
	return copy_to_user(data, image(child), FXSAVE_WORDS) ? -EFAULT : 0;
}

/* Reserved bits of MXCSR would make fxrstor fault: they are dropped. */
int32_t setfpxregs(struct task_struct *child, uint32_t data)
{
	uint32_t in[FXSAVE_WORDS], *fx = image(child);

	if (!access_ok(data, sizeof(in)))
		return -EIO;
	if (copy_from_user(in, data, FXSAVE_WORDS))
		return -EFAULT;
	for (unsigned i = 0; i < FXSAVE_WORDS; i++)
		fx[i] = in[i];
	fx[6] &= MXCSR_MASK;
	changed(child);
	return 0;
}

/* ---- in a signal's frame: fsave's form, a word of status, fxsave's form ---- */

int save_fpstate(struct task_struct *self, uint32_t at)
{
	uint32_t out[FSAVE_WORDS + 1];
	const uint32_t *fx = image(self);

	to_fsave(fx, out);
	out[FSAVE_WORDS] = fx[0] >> 16; /* status, and above it 0: fxsave's form follows */
	if (copy_to_user(at, out, FSAVE_WORDS + 1) ||
	    copy_to_user(at + 4 * (FSAVE_WORDS + 1), fx, FXSAVE_WORDS))
		return -EFAULT;
	return 0;
}

int restore_fpstate(struct task_struct *self, uint32_t at)
{
	uint32_t in[FSAVE_WORDS], fx[FXSAVE_WORDS], *into = image(self);

	if (copy_from_user(in, at, FSAVE_WORDS) ||
	    copy_from_user(fx, at + 4 * (FSAVE_WORDS + 1), FXSAVE_WORDS))
		return -EFAULT;
	__builtin_memcpy(into, fx, sizeof(fx));
	into[6] &= MXCSR_MASK;
	from_fsave(into, in);
	fpu_load(self);
	return 0;
}

/* As fninit and a reset leave them. */
void fpu_init(struct task_struct *t)
{
	__builtin_memset(t->thread.i387, 0, sizeof(t->thread.i387));
	t->thread.i387[0] = 0x37f;
	t->thread.i387[6] = 0x1f80;
	fpu_load(t);
}
