/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simd.c: the memory operands of MMX, SSE and SSE2, by opcode and prefix: how many bytes, and
 * whether they are written. The Intel manual's volume 2.
 */
#include "sim/timing/models.h"

/* What stands before 0f: a rep prefix counts, whatever else there is. */
enum { NONE, P66, PF3, PF2 };

static unsigned prefix(const struct sim_insn *i)
{
	if (i->rep)
		return i->rep == 0xf3 ? PF3 : PF2;
	return i->flags & SIM_INSN_OPSIZE ? P66 : NONE;
}

uint32_t sim_simd_size(const struct sim_insn *i)
{
	static const uint8_t usual[4] = { 16, 16, 4, 8 };     /* ps pd ss sd */
	static const uint8_t to_integer[4] = { 8, 16, 4, 8 }; /* cvtps2pi, cvtpd2pi, and of one */
	static const uint8_t integer[4] = { 8, 16, 16, 16 };
	unsigned p = prefix(i);

	switch (i->opcode) {
	case 0x12 ... 0x13:
	case 0x16 ... 0x17: return 8;
	case 0x14 ... 0x15:
	case 0x28 ... 0x29:
	case 0x2b:
	case 0x54 ... 0x57:
	case 0x5b:
	case 0xc6: return 16;
	case 0x2a: return p >= PF3 ? 4 : 8;
	case 0x2c ... 0x2d:
	case 0x5a: return to_integer[p];
	case 0x2e ... 0x2f: return p == P66 ? 8 : 4;
	case 0x10 ... 0x11:
	case 0x50 ... 0x53:
	case 0x58 ... 0x59:
	case 0x5c ... 0x5f:
	case 0xc2: return usual[p];
	case 0x60 ... 0x62: return p == P66 ? 16 : 4;
	case 0x6e:
	case 0xc3: return 4;
	case 0x7e: return p == PF3 ? 8 : 4;
	case 0xae: return (i->modrm >> 3 & 7) == 7 ? 0 : 4; /* clflush; ldmxcsr, stmxcsr */
	case 0xc4: return 2;
	case 0xd6: return 8;
	case 0xe6: return p == PF3 ? 8 : 16;
	default: return integer[p];
	}
}

bool sim_simd_writes(const struct sim_insn *i)
{
	switch (i->opcode) {
	case 0x11:
	case 0x13:
	case 0x17:
	case 0x29:
	case 0x2b:
	case 0x7f:
	case 0xc3:
	case 0xd6:
	case 0xe7: return true;
	case 0x7e: return prefix(i) != PF3;
	case 0xae: return (i->modrm >> 3 & 7) == 3;
	default: return false;
	}
}
