/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch.c: what the engine is about to translate: instructions that it does not treat as
 * the processor does.
 *
 * The engine's memory is "not executable", so it asks for each byte that it translates. An
 * instruction that needs a hook of its own (a guard, hooks.c) gets it here; since the engine
 * has looked for hooks before it asks for the first byte, it is told to begin the block again.
 *
 * Unicorn 2.0.1 calls abort() on far jumps and calls through a register, and on a lock
 * prefix where none is allowed (2.1 on some), and it knows VEX, SSSE3 and SSE4 (2.1.4 more of
 * them); the CPU that CPUID tells of raises #UD on all of them. Where it is about to read such
 * an instruction it finds ud2; a hook at the block's start mends memory before anything runs.
 */
#include "sim/computer.h"

#include <string.h>
#include <unicorn/unicorn.h>

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

static bool may_poison(uint8_t byte)
{
	return byte == 0x0f || byte == 0xf0 || byte == 0xff || byte == 0xc4 || byte == 0xc5;
}

/* Does an instruction begin here, in what the engine has read since `start`? */
static bool begins_at(const struct sim *s, uint32_t start, uint32_t addr)
{
	return sim_whole_insns(s->ram + start, addr - start) == addr - start;
}

/* ---- the engine reads ---- */

/* The first byte that a prefix of the opcode at `addr` may be. */
static uint32_t first_prefix(const struct sim *s, uint32_t start, uint32_t addr)
{
	uint32_t first = addr;

	while (first > start && addr - first < 14 && sim_prefixes(s->ram + first - 1, 1))
		first--;
	return first;
}

/* They need a hook in ring 3 alone; iret in ring 0, too, where we can do it. */
static bool is_far(uint8_t op)
{
	return op == 0x9a || op == 0xca || op == 0xcb || op == 0xcf || op == 0xff;
}

/* True: there is a new hook for the instruction whose opcode is at `addr`. */
static bool guard_at(struct sim *s, uint32_t start, uint32_t addr)
{
	const uint8_t *code = s->ram + addr;

	if (!sim_wants_guard(code, 1) ||
	    (is_far(code[0]) && !(s->pte[start / SIM_PAGE] & PTE_USER) &&
	     !(code[0] == 0xcf && s->state)))
		return false;
	for (uint32_t first = first_prefix(s, start, addr); first - 1 != addr; first++) {
		if (sim_wants_guard(code, addr - first) && !sim_spot_known(s, first) &&
		    begins_at(s, start, first))
			return sim_spot_guard(s, first);
	}
	return false;
}

/* True: there are new hooks between this one and others of the block. */
static bool links_at(struct sim *s, uint32_t start, uint32_t addr)
{
	return addr != start && sim_spot_at(s, addr) && begins_at(s, start, addr) &&
	       sim_spots_link(s, start, addr - start + 1);
}

static bool poison_at(struct sim *s, uint32_t start, uint32_t addr)
{
	if (!may_poison(s->ram[addr]))
		return false;
	for (uint32_t first = first_prefix(s, start, addr); first - 1 != addr; first++) {
		if (sim_is_poison(s->ram + first) && begins_at(s, start, first))
			return true;
	}
	return false;
}

/* False: the engine gives up the block, and the run. */
static bool on_fetch(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *user)
{
	uint32_t addr = (uint32_t)address, start;
	struct sim *s = user;
	bool again;

	(void)uc;
	(void)type;
	(void)value;
	if (s->firmware_runs)
		return true;
	start = sim_reg_get(s, SIM_EIP);
	if (addr == start)
		sim_shield_lift(s);
	s->fetch_start = start;
	s->fetch_last = addr;
	if (s->pte[addr / SIM_PAGE] & PTE_PRESENT)
		s->pte[addr / SIM_PAGE] |= PTE_CODE;
	if (!sim_watch_read(s, addr, (uint32_t)size)) {
		sim_leave_and_return(s, start);
		return false;
	}
	if (size != 1 || s->shielded)
		return true;
	again = guard_at(s, start, addr) || links_at(s, start, addr);
	if (!again && poison_at(s, start, addr)) {
		again = sim_spot_guard(s, start);
		s->shielded = true;
		s->shield_addr = addr;
		memcpy(s->shield_saved, s->ram + addr, 2);
		memcpy(s->ram + addr, "\x0f\x0b", 2); /* ud2 */
	}
	if (again)
		sim_leave_and_return(s, start);
	return !again && s->stop < 0;
}

void sim_shield_put_back(struct sim *s)
{
	memcpy(s->ram + s->shield_addr, s->shield_saved, 2);
	s->shielded = false;
}

bool sim_fetch_open(struct sim *s)
{
	uc_hook hook;

	return uc_hook_add(s->engine, &hook, UC_HOOK_MEM_FETCH_PROT, (void *)on_fetch, s,
			   (uint64_t)1, (uint64_t)0) == UC_ERR_OK;
}
