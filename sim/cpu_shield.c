/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_shield.c: keeps the engine from translating what would make it abort the process.
 *
 * Unicorn 2.0.1 calls abort() on far jumps and calls through a register, and on a lock
 * prefix where none is allowed, and it knows VEX; an i386 raises #UD on all of them. The
 * engine's memory is "not executable", so it asks for each byte that it translates. Where
 * it is about to read such an instruction it finds ud2; memory is mended before anything
 * runs. In the same way a block is cut before an instruction whose end cannot be fetched.
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

/* May an instruction start here, in what the engine has read since `start`? It may also where
 * the decoder cannot say: code that nobody can read gets #UD rather than an abort. */
static bool may_start(const struct sim *s, uint32_t start, uint32_t addr)
{
	const uint8_t *code = s->ram + start;
	char text[4];
	size_t done;

	sim_decode_count(code, addr - start, start, &done);
	return done == addr - start ||
	       sim_disasm(code + done, 15, start + (uint32_t)done, text, sizeof(text)) == 0;
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
		if (!s->cut_now)
			sim_shield_lift(s);
		s->cut_now = false;
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

/* ---- blocks that are cut ----
 *
 * The engine translates a block to its end before it runs any of it. When the last instruction
 * reaches into a page that is not there, it raises the page fault at the block's start. A
 * processor runs what comes before, so the block is made to end there with an invalid opcode.
 */

bool sim_shield_cut(struct sim *s, uint32_t eip, uint32_t cr2)
{
	uint32_t addr;
	size_t done;

	/* In the middle of a translation, at the page behind the one that the block starts in? */
	if (s->fetch_new || s->fetch_start != eip || cr2 != (eip | (SIM_PAGE - 1)) + 1)
		return false;
	sim_decode_count(s->ram + eip, cr2 - eip, eip, &done);
	addr = eip + (uint32_t)done;
	if (done == 0 || cr2 - addr > 14 || cr2 == addr || s->shielded)
		return false;
	if (s->cut && s->cut_addr != addr)
		uc_ctl_remove_cache(s->engine, (uint64_t)s->cut_addr, (uint64_t)s->cut_addr + 1);
	s->cut = s->cut_now = s->shielded = true;
	s->cut_addr = s->shield_addr = addr;
	s->fetch_new = true;
	memcpy(s->shield_saved, s->ram + addr, 2);
	s->ram[addr] = 0xf1; /* unknown to the engine; a single byte */
	return true;
}

bool sim_shield_is_cut(struct sim *s, uint32_t eip)
{
	size_t done;

	if (!s->cut || s->cut_addr != eip)
		return false;
	s->cut = false;
	/* Other code may be there by now. */
	sim_decode_count(s->ram + eip, SIM_PAGE - eip % SIM_PAGE, eip, &done);
	return done == 0;
}

bool sim_shield_open(struct sim *s)
{
	uc_hook hook;

	s->fetch_new = true;
	return uc_hook_add(s->engine, &hook, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch, s,
			   (uint64_t)1, (uint64_t)0) == UC_ERR_OK;
}
