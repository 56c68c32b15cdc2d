/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_shield.c: keeps the engine from translating what would make it abort the process.
 *
 * Unicorn 2.0.1 calls abort() on far jumps and calls through a register, and on a lock
 * prefix where none is allowed, and it knows VEX; an i386 raises #UD on all of them. The
 * engine's memory is "not executable", so it asks for each byte that it translates. Where
 * it is about to read such an instruction it finds ud2; memory is mended before anything runs.
 */
#include "sim/internal.h"

#include <string.h>
#include <unicorn/unicorn.h>

/* ---- which ---- */

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

/* An instruction, prefixes first. Reads up to 17 bytes. */
static bool is_poison(const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, 14);
	bool lock = memchr(code, 0xf0, n);
	uint8_t op = code[n], modrm = code[n + 1], reg;

	if ((op == 0xc4 || op == 0xc5) && modrm >= 0xc0)
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

static bool may_poison(uint8_t byte)
{
	return byte == 0xf0 || byte == 0xff || byte == 0xc4 || byte == 0xc5;
}

/* The nops with a ModRM byte, of which Capstone 4.0.2 does not know the register forms. */
static uint32_t hint_nop(const uint8_t *code)
{
	uint32_t n = sim_prefixes(code, SIM_INSN_ROOM - 2);

	return code[n] == 0x0f && (code[n + 1] & 0xf8) == 0x18 ?
		       sim_unknown_length(code, SIM_INSN_ROOM) :
		       0;
}

/* May an instruction start here, in what the engine has read since `start`? Behind one that the
 * decoder does not know it may anywhere: #UD too early is better than an abort. */
static bool may_start(const struct sim *s, uint32_t start, uint32_t addr)
{
	const uint8_t *code = s->ram + start;
	uint32_t size = addr - start, nop;
	size_t known, ignored;

	do {
		sim_decode_count(code, size, start, &known);
		if (known == size)
			return true;
		code += known;
		size -= (uint32_t)known;
		if (sim_decode_count(code, SIM_INSN_ROOM, start, &ignored))
			return false; /* in the middle of one */
		nop = hint_nop(code);
		if (nop > size)
			return false;
		code += nop;
		size -= nop;
	} while (nop);
	return size >= sim_prefixes(code, SIM_INSN_ROOM) + 2; /* opcode, ModRM */
}

/* ---- the engine reads ---- */

static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *user)
{
	uint32_t addr = (uint32_t)address, first;
	struct sim *s = user;

	(void)uc;
	(void)type;
	(void)value;
	if (s->fetch_new || addr <= s->fetch_start) {
		sim_shield_lift(s);
		s->fetch_new = false;
		s->fetch_start = addr;
	}
	if (size != 1 || s->shielded || !may_poison(s->ram[addr]))
		return true;
	first = addr;
	while (first > s->fetch_start && addr - first < 14 && sim_prefixes(s->ram + first - 1, 1))
		first--;
	for (; first - 1 != addr; first++) {
		if (is_poison(s->ram + first) && may_start(s, s->fetch_start, first)) {
			s->shielded = true;
			s->shield_addr = addr;
			memcpy(s->shield_saved, s->ram + addr, 2);
			memcpy(s->ram + addr, "\x0f\x0b", 2); /* ud2 */
			break;
		}
	}
	return true;
}

void sim_shield_put_back(struct sim *s)
{
	memcpy(s->ram + s->shield_addr, s->shield_saved, 2);
	s->shielded = false;
}

bool sim_shield_open(struct sim *s)
{
	uc_hook hook;

	s->fetch_new = true;
	return uc_hook_add(s->engine, &hook, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch, s,
			   (uint64_t)1, (uint64_t)0) == UC_ERR_OK;
}
