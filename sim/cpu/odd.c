/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * odd.c: instructions that the engine does not treat as the processor does, by their bytes.
 *
 * Unicorn 2.0.1 calls abort() on far jumps and calls through a register, and on a lock
 * prefix where none is allowed (2.1 on some), and it knows VEX, SSSE3 and SSE4 (2.1.4 more of
 * them); the CPU that CPUID tells of raises #UD on all of them.
 */
#include "sim/code/code.h"
#include "sim/cpu/cpu.h"

#include <string.h>

/* ---- guards: which ---- */

/* in, out, ins, outs, rdtsc, rdtscp, sysenter, syscall, mov to a control or debug register,
 * cmpxchg8b, iret; rcl, rcr and setcc of memory, which spoil the flags when they fault; loopz and
 * loopnz, which lose them at ecx 0; far calls and returns, which use any stack; int with prefixes,
 * whose start the engine does not tell. */
bool sim_wants_guard(const uint8_t *code, uint32_t prefixes)
{
	uint8_t next = code[1];

	switch (code[0]) {
	case 0xc0 ... 0xc1:
	case 0xd0 ... 0xd3: return next < 0xc0 && (next & 0x30) == 0x10; /* rcl, rcr */
	case 0xcc ... 0xce: return prefixes > 0;                         /* int */
	case 0x9a:                                                       /* lcall */
	case 0xca ... 0xcb:                                              /* lret */
	case 0xcf:                                                       /* iret */
	case 0xe0 ... 0xe1:                                              /* loopnz, loopz */
	case 0x6c ... 0x6f:                                              /* ins, outs */
	case 0xe4 ... 0xe7:                                              /* in, out */
	case 0xec ... 0xef: return true;
	case 0xff: return next < 0xc0 && (next & 0x38) == 0x18; /* lcall */
	case 0x0f:
		return next == 0x05 || next == 0x22 || next == 0x23 || next == 0x31 ||
		       next == 0x34 || (next == 0x01 && code[2] == 0xf9) ||
		       (next == 0xc7 && (code[2] & 0x38) == 0x08 && code[2] < 0xc0) ||
		       ((next & 0xf0) == 0x90 && code[2] < 0xc0);
	default: return false;
	}
}

/* ---- poison: which ---- */

static bool lock_allowed_0f(uint8_t op, uint8_t reg)
{
	switch (op) {
	case 0xab:
	case 0xb3:
	case 0xbb:                       /* bts, btr, btc */
	case 0xb0 ... 0xb1:              /* cmpxchg */
	case 0xc0 ... 0xc1: return true; /* xadd */
	case 0xba: return reg >= 5;
	case 0xc7: return reg == 1; /* cmpxchg8b */
	default: return false;
	}
}

static bool lock_allowed(uint8_t op, uint8_t reg)
{
	switch (op) {
	case 0x00 ... 0x37: return (op & 7) < 2; /* add to xor, into memory */
	case 0x80 ... 0x83: return reg != 7;
	case 0x86 ... 0x87: return true;
	case 0xf6 ... 0xf7: return reg == 2 || reg == 3;
	case 0xfe ... 0xff: return reg < 2;
	default: return false;
	}
}

bool sim_is_poison(const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, 14);
	bool lock = memchr(code, 0xf0, n);
	uint8_t op = code[n], modrm = code[n + 1], reg;

	if ((op == 0xc4 || op == 0xc5) && modrm >= 0xc0)
		return true;
	if (op == 0x0f && (modrm == 0x38 || modrm == 0x3a))
		return true;
	if (!lock)
		return op == 0xff && modrm >= 0xc0 &&
		       ((modrm >> 3 & 7) == 3 || (modrm >> 3 & 7) == 5);
	if (op == 0x0f)
		modrm = code[n + 2];
	reg = modrm >> 3 & 7;
	return modrm >= 0xc0 ||
	       !(op == 0x0f ? lock_allowed_0f(code[n + 1], reg) : lock_allowed(op, reg));
}
