/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * insn.c: the parts of an instruction. Whether it has a ModRM byte and where the next one begins
 * is length.c's to say; where the parts lie follows, and what has no form is unknown.
 */
#include "sim/code/code.h"
#include "sim/timing/timing.h"

#include <string.h>

enum { ES, CS, SS, DS, FS, GS };

/* ---- prefixes ---- */

static void take_prefix(struct sim_insn *out, uint8_t byte)
{
	static const uint8_t segments[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 };
	const uint8_t *segment = memchr(segments, byte, sizeof(segments));

	if (segment) {
		out->flags |= SIM_INSN_SEGMENT;
		out->segment = (uint8_t)(segment - segments);
	} else if (byte == 0x66) {
		out->flags |= SIM_INSN_OPSIZE;
	} else if (byte == 0x67) {
		out->flags |= SIM_INSN_ADDRSIZE;
	} else if (byte == 0xf0) {
		out->flags |= SIM_INSN_LOCK;
	} else {
		out->flags |= SIM_INSN_REP;
		out->rep = byte;
	}
}

/* ---- the memory operand ---- */

static void take_base16(struct sim_insn *out)
{
	static const uint8_t base[8] = { 3, 3, 5, 5, 6, 7, 5, 3 }; /* bx bx bp bp si di bp bx */
	static const uint8_t index[4] = { 6, 7, 6, 7 };

	uint8_t rm = out->modrm & 7;

	if (rm == 6 && out->modrm < 0x40)
		return;
	out->base = base[rm];
	if (rm < 4)
		out->index = index[rm];
}

static void take_base32(struct sim_insn *out)
{
	uint8_t rm = out->modrm & 7;

	if (rm == 4) {
		out->scale = out->sib >> 6;
		if ((out->sib >> 3 & 7) != 4)
			out->index = out->sib >> 3 & 7;
		rm = out->sib & 7;
	}
	if (rm != 5 || out->modrm >= 0x40)
		out->base = rm;
}

static uint8_t displacement_size(const struct sim_insn *out)
{
	uint8_t mod = out->modrm >> 6, rm = out->modrm & 7;

	if (out->flags & SIM_INSN_SIB)
		rm = out->sib & 7;
	if (mod == 2 || (mod == 0 && rm == (out->address_size == 4 ? 5 : 6)))
		return out->address_size;
	return mod == 1;
}

static uint32_t sign_extended(const uint8_t *code, uint8_t size)
{
	uint32_t value = 0;

	memcpy(&value, code, size);
	return size == 1 ? (uint32_t)(int8_t)value : size == 2 ? (uint32_t)(int16_t)value : value;
}

static void take_memory(const uint8_t *code, uint32_t *at, struct sim_insn *out)
{
	if (out->modrm >= 0xc0)
		return;
	if (out->address_size == 4 && (out->modrm & 7) == 4) {
		out->flags |= SIM_INSN_SIB;
		out->sib = code[(*at)++];
	}
	out->disp_size = displacement_size(out);
	(out->address_size == 4 ? take_base32 : take_base16)(out);
	/* ebp and esp as a base mean the stack segment. */
	if (!(out->flags & SIM_INSN_SEGMENT) && (out->base == 5 || out->base == 4) &&
	    !(out->address_size == 2 && out->base == 4))
		out->segment = SS;
	out->disp = sign_extended(code + *at, out->disp_size);
	*at += out->disp_size;
}

/* ---- how it leaves ---- */

static uint8_t leaves(const struct sim_insn *i)
{
	uint8_t reg = i->modrm >> 3 & 7;

	if (i->map == 1) {
		if ((i->opcode & 0xf0) == 0x80)
			return SIM_JCC;
		return i->opcode == 0x34 || i->opcode == 0x35 || i->opcode == 0x05 ||
				       i->opcode == 0x07 ?
			       SIM_GATE :
			       SIM_GOES_ON;
	}
	if (i->map)
		return SIM_GOES_ON;
	switch (i->opcode) {
	case 0x70 ... 0x7f:
	case 0xe0 ... 0xe3: return SIM_JCC;
	case 0xc2 ... 0xc3:
	case 0xe8 ... 0xe9:
	case 0xeb: return SIM_JUMP;
	case 0x9a:
	case 0xca ... 0xcf:
	case 0xea:
	case 0xf1: return SIM_GATE;
	case 0xff:
		return reg == 2 || reg == 4 ? SIM_JUMP :
		       reg == 3 || reg == 5 ? SIM_GATE :
					      SIM_GOES_ON;
	default: return SIM_GOES_ON;
	}
}

/* Is what follows the opcode an address or a distance, not an immediate? */
static bool displaces(const struct sim_insn *i)
{
	return i->leaves == SIM_JCC ||
	       (!i->map && i->opcode >= 0xe8 && i->opcode <= 0xeb && i->opcode != 0xea) ||
	       (!i->map && i->opcode >= 0xa0 && i->opcode <= 0xa3);
}

/* ---- words in memory ---- */

/* How many do not depend on the registers, only where. */
static void count_words(struct sim_insn *i)
{
	static const struct sim_regs regs;
	static const uint32_t base[6];
	bool x87 = !i->map && i->opcode >= 0xd8 && i->opcode <= 0xdf;
	uint32_t word = x87 ? 4 : i->operand_size;
	struct sim_access access[SIM_ACCESSES];
	unsigned n = sim_insn_accesses(i, &regs, base, access);

	for (unsigned a = 0; a < n; a++) {
		uint32_t words = access[a].size <= 4 ? 1 : (access[a].size + word - 1) / word;
		uint8_t *count = access[a].write ? &i->writes : &i->reads;
		uint32_t all = *count + words;

		*count = (uint8_t)(all < 255 ? all : 255);
		i->wide |= word == 4 && access[a].size >= 4;
	}
}

/* ---- the whole ---- */

void sim_insn_decode(const uint8_t *code, size_t size, uint32_t addr, bool bits16,
		     struct sim_insn *out)
{
	bool modrm;
	uint32_t at = 0;
	uint8_t rest;

	memset(out, 0, sizeof(*out));
	out->addr = addr;
	out->base = out->index = SIM_NO_REG;
	out->segment = DS;
	out->size = (uint8_t)sim_insn_measure(code, (uint32_t)size, bits16, &modrm);
	out->prefixes = (uint8_t)sim_prefixes(code, out->size);
	while (at < out->prefixes)
		take_prefix(out, code[at++]);
	out->operand_size = bits16 == !(out->flags & SIM_INSN_OPSIZE) ? 2 : 4;
	out->address_size = bits16 == !(out->flags & SIM_INSN_ADDRSIZE) ? 2 : 4;
	if (at < out->size && code[at] == 0x0f) {
		out->map = 1;
		if (at + 1 < out->size && (code[at + 1] == 0x38 || code[at + 1] == 0x3a))
			out->map = code[++at] == 0x38 ? 2 : 3;
		at++;
	}
	out->opcode = at < out->size ? code[at++] : 0;
	if (modrm && at < out->size) {
		out->flags |= SIM_INSN_MODRM;
		out->modrm = code[at++];
		take_memory(code, &at, out);
	}
	out->leaves = leaves(out);
	rest = (uint8_t)(out->size > at ? out->size - at : 0);
	if (at > out->size) /* cut: what is no instruction the engine reads in part */
		out->disp_size = (uint8_t)(out->disp_size - (at - out->size));
	if (displaces(out)) {
		out->disp_size = rest;
		out->disp = sign_extended(code + at, rest > 4 ? 4 : rest);
	} else {
		out->imm_size = rest;
		out->imm = sign_extended(code + at, rest > 4 ? 4 : rest);
	}
	out->components = (uint8_t)(out->size - out->disp_size - out->imm_size + !!out->disp_size +
				    !!out->imm_size);
	out->form = sim_form_of(out);
	if (!out->form)
		out->flags |= SIM_INSN_UNKNOWN;
	count_words(out);
}
