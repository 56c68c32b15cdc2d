/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insn.c: an instruction's parts, of those that entry code and compilers use: the prefixes
 * are skipped but for 66, lengths come from the library.
 */
#include <string.h>

#include "cli/lint/lint.h"

#define TI_FLAGS 8 /* thread_info.flags */

/* ---- immediates ---- */

/* How many bytes the immediate has that ends the instruction. */
static unsigned immediate(const struct lint_insn *i)
{
	unsigned wide = i->width == 2 ? 2 : 4;

	if (i->op >= 0x0f80 && i->op <= 0x0f8f)
		return 4;
	if (i->op == 0x0fba)
		return 1;
	switch (i->op) {
	case 0x6a:
	case 0x6b:
	case 0x80:
	case 0x83:
	case 0xa8:
	case 0xc0:
	case 0xc1:
	case 0xc6:
	case 0xcd:
	case 0xe0:
	case 0xe1:
	case 0xe2:
	case 0xe3:
	case 0xeb: return 1;
	case 0x68:
	case 0x69:
	case 0x81:
	case 0xa9:
	case 0xc7: return wide;
	case 0xe8:
	case 0xe9: return 4;
	case 0xc2: return 2;
	case 0xf6: return i->reg < 2 ? 1 : 0;
	case 0xf7: return i->reg < 2 ? wide : 0;
	default: break;
	}
	if (i->op < 0x40 && (i->op & 7) >= 4 && (i->op & 7) <= 5) /* an operation on al, eax */
		return i->op & 1 ? wide : 1;
	if (i->op >= 0x70 && i->op <= 0x7f)
		return 1;
	if (i->op >= 0xb0 && i->op <= 0xbf)
		return i->op < 0xb8 ? 1 : wide;
	return 0;
}

/* Immediates of these are extended by their sign. */
static bool is_signed(uint16_t op)
{
	return op == 0x83 || op == 0x6a || op == 0x6b || op == 0xeb || (op >= 0x70 && op <= 0x7f) ||
	       (op >= 0xe0 && op <= 0xe3);
}

/* ---- operands ---- */

static bool has_modrm(uint16_t op)
{
	if (op >= 0x0f00)
		return op != 0x0f34 && op != 0x0f35 && op != 0x0f0b && op != 0x0fa2 &&
		       (op & 0xfff0) != 0x0f80 && (op & 0xfff6) != 0x0fa0 && op != 0x0f31 &&
		       (op < 0x0fc8 || op > 0x0fcf);
	if (op < 0x40)
		return (op & 7) < 4;
	return (op >= 0x80 && op <= 0x8f) || op == 0x62 || op == 0x63 || op == 0x69 || op == 0x6b ||
	       (op >= 0xc0 && op <= 0xc1) || (op >= 0xc4 && op <= 0xc7) ||
	       (op >= 0xd0 && op <= 0xd3) || (op >= 0xd8 && op <= 0xdf) || op == 0xf6 ||
	       op == 0xf7 || op == 0xfe || op == 0xff;
}

static bool is_of_bytes(uint16_t op)
{
	if (op < 0x40)
		return (op & 1) == 0 && (op & 7) < 6;
	return op == 0x80 || op == 0x84 || op == 0x86 || op == 0x88 || op == 0x8a || op == 0xa8 ||
	       op == 0xc0 || op == 0xc6 || op == 0xd0 || op == 0xd2 || op == 0xf6 || op == 0xfe ||
	       (op >= 0xb0 && op <= 0xb7) || (op & 0xfff0) == 0x0f90;
}

/* From the ModRM byte on, all of which the length has shown to be there. */
static void operands(struct lint_insn *i, const uint8_t *at)
{
	uint8_t mod = at[0] >> 6, rm = at[0] & 7;

	i->modrm = true;
	i->reg = at[0] >> 3 & 7;
	i->rm = rm;
	i->memory = mod != 3;
	if (!i->memory)
		return;
	at++;
	i->base = rm;
	if (rm == 4) {
		i->base = at[0] & 7;
		i->index = (at[0] >> 3 & 7) == 4 ? LINT_NONE : at[0] >> 3 & 7;
		at++;
	}
	if (mod == 0 && i->base == LINT_EBP)
		i->base = LINT_NONE;
	if (mod == 1)
		i->disp = (int8_t)at[0];
	else if (mod == 2 || i->base == LINT_NONE)
		memcpy(&i->disp, at, sizeof(i->disp));
}

bool lint_decode(const struct lint_image *img, uint32_t addr, struct lint_insn *out)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					    0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	uint32_t left, at = 0;
	const uint8_t *code = lint_bytes(img, addr, &left);
	uint8_t padded[32] = { 0 }; /* what a wrong length could read beyond the end */
	sysemu_listing l;
	unsigned n;

	*out = (struct lint_insn){
		.addr = addr, .width = 4, .base = LINT_NONE, .index = LINT_NONE
	};
	if (!code)
		return false;
	left = left < 16 ? left : 16;
	out->size = (uint8_t)sysemu_timing_list("insn", code, left, addr, &l);
	if (!out->size)
		return false;
	memcpy(padded, code, out->size);
	memcpy(out->text, l.text, sizeof(out->text));
	for (; at < out->size && memchr(prefixes, padded[at], sizeof(prefixes)); at++)
		if (padded[at] == 0x66)
			out->width = 2;
	out->op = padded[at++];
	if (out->op == 0x0f)
		out->op = (uint16_t)(0x0f00 | padded[at++]);
	if (is_of_bytes(out->op))
		out->width = 1;
	if (has_modrm(out->op))
		operands(out, padded + at);
	n = immediate(out);
	if (n && n <= out->size)
		memcpy(&out->imm, padded + out->size - n, n);
	if (n == 1 && is_signed(out->op))
		out->imm = (uint32_t)(int8_t)out->imm;
	return true;
}

/* ---- what it is ---- */

bool lint_is_jcc(const struct lint_insn *i)
{
	return (i->op & 0xfff0) == 0x70 || (i->op & 0xfff0) == 0x0f80;
}

bool lint_is_jmp(const struct lint_insn *i)
{
	return i->op == 0xe9 || i->op == 0xeb;
}

bool lint_is_call(const struct lint_insn *i)
{
	return i->op == 0xe8 || (i->op == 0xff && i->reg == 2);
}

uint32_t lint_target(const struct lint_insn *i)
{
	return lint_is_jcc(i) || lint_is_jmp(i) || i->op == 0xe8 ? lint_next(i) + i->imm : 0;
}

static uint32_t in_width(const struct lint_insn *i)
{
	return i->width == 1 ? i->imm & 0xff : i->width == 2 ? i->imm & 0xffff : i->imm;
}

bool lint_is_test(const struct lint_insn *i, uint32_t *mask)
{
	*mask = in_width(i);
	return ((i->op == 0xf6 || i->op == 0xf7) && i->reg < 2) || i->op == 0xa8 || i->op == 0xa9;
}

bool lint_is_and(const struct lint_insn *i, uint32_t *mask)
{
	*mask = in_width(i);
	return ((i->op == 0x80 || i->op == 0x81 || i->op == 0x83) && i->reg == 4) ||
	       i->op == 0x24 || i->op == 0x25;
}

static bool is_flags(const struct lint_insn *i)
{
	return i->memory && i->base != LINT_NONE && i->base != LINT_ESP && i->index == LINT_NONE &&
	       i->disp == TI_FLAGS;
}

bool lint_loads_flags(const struct lint_insn *i)
{
	uint32_t mask;

	return is_flags(i) && (i->op == 0x8b || i->op == 0x8a || lint_is_test(i, &mask));
}

bool lint_stores_flags(const struct lint_insn *i)
{
	return is_flags(i) && (i->op == 0x89 || i->op == 0x88);
}
