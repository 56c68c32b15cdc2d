/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * length.c: how long an instruction is, as the engine reads it, so that everyone agrees where
 * the next one begins, and clocks do not change with a decoder's version. Capstone 4.0.2 does not
 * know all that the engine reads, and takes a few for longer or shorter; 5.0 has others. What the
 * engine refuses has at least the length that it reads before it does; there its block ends.
 */
#include "sim/code/code.h"

#include <string.h>

/* What follows the opcode. Z: as wide as operands; A: as wide as addresses; F: f6, f7. */
enum { M = 1, B = 2, W = 4, Z = 8, A = 16, F = 32 };

#define ROW4(x) x, x, x, x
#define ROW8(x) ROW4(x), ROW4(x)
#define ALU     ROW4(M), B, Z, 0, 0

/* clang-format off */
static const uint8_t one_byte[256] = {
	ALU, ALU, ALU, ALU, ALU, ALU, ALU, ALU,                             /* 00 */
	ROW8(0), ROW8(0), ROW8(0), ROW8(0),                                 /* 40 */
	0, 0, M, M, ROW4(0), Z, M | Z, B, M | B, ROW4(0),                   /* 60 */
	ROW8(B), ROW8(B),                                                   /* 70 */
	M | B, M | Z, M | B, M | B, ROW4(M), ROW8(M),                       /* 80 */
	ROW8(0), 0, 0, W | Z, 0, ROW4(0),                                   /* 90 */
	ROW4(A), ROW4(0), B, Z, 0, 0, ROW4(0),                              /* a0 */
	ROW8(B), ROW8(Z),                                                   /* b0 */
	M | B, M | B, W, 0, M, M, M | B, M | Z, W | B, 0, W, 0, 0, B, 0, 0, /* c0 */
	ROW4(M), B, B, 0, 0, ROW8(M),                                       /* d0 */
	ROW8(B), Z, Z, W | Z, B, ROW4(0),                                   /* e0 */
	ROW4(0), 0, 0, M | F | B, M | F | Z, ROW4(0), 0, 0, M, M,           /* f0 */
};

static const uint8_t two_bytes[256] = {
	ROW4(M), ROW8(0), 0, M, 0, M | B,                       /* 00; 0f: 3DNow! */
	ROW8(M), ROW8(M), ROW8(M), ROW8(M),                     /* 10 */
	ROW8(0), M, 0, M | B, 0, ROW4(0),                       /* 30; 38, 3a: a byte more */
	ROW8(M), ROW8(M), ROW8(M), ROW8(M), ROW8(M), ROW8(M),   /* 40 */
	ROW4(M | B), M, M, M, 0, M | W, M, ROW4(M), M, M,       /* 70; 78: extrq, insertq */
	ROW8(Z), ROW8(Z), ROW8(M), ROW8(M),                     /* 80 */
	0, 0, 0, M, M | B, M, M, M, 0, 0, 0, M, M | B, M, M, M, /* a0 */
	ROW8(M), M, M, M | B, M, ROW4(M),                       /* b0 */
	M, M, M | B, M, M | B, M | B, M | B, M, ROW8(0),        /* c0 */
	ROW8(M), ROW8(M), ROW8(M), ROW8(M), ROW8(M), ROW8(M),   /* d0 */
};
/* clang-format on */

uint32_t sim_prefixes(const uint8_t *code, uint32_t size)
{
	static const uint8_t prefix[] = { 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e,
					  0x26, 0x64, 0x65, 0x66, 0x67 };
	uint32_t n = 0;

	while (n < size && memchr(prefix, code[n], sizeof(prefix)))
		n++;
	return n;
}

struct reader {
	const uint8_t *code;
	uint32_t size, at;
};

/* Behind the end there are zeros. */
static uint8_t next_byte(struct reader *r)
{
	return r->at < r->size ? r->code[r->at++] : (r->at++, 0);
}

/* SIB and displacement behind this ModRM, where addresses have 32 bits or 16. */
static void skip_operand(struct reader *r, uint8_t modrm, bool wide)
{
	uint8_t mod = modrm >> 6, rm = modrm & 7;

	if (mod == 3)
		return;
	if (wide && rm == 4)
		rm = next_byte(r) & 7; /* the base */
	if (mod == 2 || (mod == 0 && rm == (wide ? 5 : 6)))
		r->at += wide ? 4 : 2;
	else
		r->at += mod;
}

/* Of these the engine takes ModRM for two registers, whatever it says: moves to control and debug
 * registers, movmskps, shifts of MMX, extrq, movq2dq. */
static bool has_no_memory(uint8_t op, const struct reader *prefixes)
{
	return (op >= 0x20 && op <= 0x27) || op == 0x50 || (op >= 0x71 && op <= 0x73) ||
	       op == 0x78 || (op == 0xd6 && !memchr(prefixes->code, 0x66, prefixes->at));
}

static unsigned opcode(struct reader *r, bool *registers)
{
	const struct reader prefixes = *r;
	uint8_t op = next_byte(r);

	*registers = false;
	if (op != 0x0f)
		return one_byte[op];
	op = next_byte(r);
	*registers = has_no_memory(op, &prefixes);
	if (op == 0x38 || op == 0x3a)
		next_byte(r);
	return two_bytes[op];
}

uint32_t sim_insn_measure(const uint8_t *code, uint32_t size, bool bits16, bool *has_modrm)
{
	struct reader r = { code, size, sim_prefixes(code, size) };
	bool wide = bits16 == !!memchr(code, 0x67, r.at), registers;
	uint32_t word = bits16 == !!memchr(code, 0x66, r.at) ? 4 : 2;
	unsigned rest = opcode(&r, &registers);
	uint8_t modrm;

	*has_modrm = rest & M;
	if (rest & M) {
		modrm = next_byte(&r);
		if (!registers)
			skip_operand(&r, modrm, wide);
		if ((rest & F) && (modrm & 0x30))
			rest = M; /* test alone has an immediate */
	}
	r.at += (rest & B ? 1 : 0) + (rest & W ? 2 : 0) + (rest & Z ? word : 0) +
		(rest & A ? (wide ? 4 : 2) : 0);
	return r.at < size ? r.at : size;
}

uint32_t sim_insn_length(const uint8_t *code, uint32_t size)
{
	bool modrm;

	return sim_insn_measure(code, size, false, &modrm);
}

/* ---- several in a row ---- */

uint32_t sim_count_range(const uint8_t *code, uint32_t size)
{
	uint32_t count = 0;

	for (uint32_t at = 0; at < size; count++)
		at += sim_insn_length(code + at, size - at);
	return count;
}

uint32_t sim_whole_insns(const uint8_t *code, uint32_t size)
{
	uint32_t at = 0, length;

	while (at < size) {
		length = sim_insn_length(code + at, SIM_INSN_ROOM);
		if (length > size - at)
			break; /* what is left is the beginning of one */
		at += length;
	}
	return at;
}

/* ---- what kind ---- */

static bool is_jump(uint8_t op, uint8_t next)
{
	if (op == 0xff)
		return (next >> 3 & 7) - 2u < 4; /* calls and jumps */
	return (op & 0xf0) == 0x70 || (op >= 0xe0 && op <= 0xe3) || (op >= 0xe8 && op <= 0xeb) ||
	       op == 0x9a || op == 0xc2 || op == 0xc3 || op == 0xca || op == 0xcb || op == 0xcf ||
	       (op == 0x0f && (next & 0xf0) == 0x80);
}

bool sim_is_jump(const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, 14);

	return is_jump(code[n], code[n + 1]);
}

bool sim_is_call(const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, 14);

	return code[n] == 0xe8 || code[n] == 0x9a ||
	       (code[n] == 0xff && (code[n + 1] >> 3 & 6) == 2);
}

bool sim_is_branch(const uint8_t *code, uint32_t size, uint32_t addr, uint32_t *target)
{
	uint32_t n = sim_prefixes(code, size);
	int32_t distance = (int8_t)code[size - 1];

	if (n < size && (code[n] & 0xf0) != 0x70 && (code[n] & 0xfc) != 0xe0) {
		if (n + 6 > size || code[n] != 0x0f || (code[n + 1] & 0xf0) != 0x80)
			return false;
		memcpy(&distance, code + n + 2, sizeof(distance));
	}
	*target = addr + size + (uint32_t)distance;
	return n < size;
}
