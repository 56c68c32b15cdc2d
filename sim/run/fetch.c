/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch.c: what the engine is about to translate: instructions that it does not treat as
 * the processor does.
 *
 * The engine's memory is "not executable", so it asks for each byte that it translates. An
 * instruction that needs a hook of its own (a guard, hooks.c) gets it here; since the engine
 * has looked for hooks before it asks for the first byte, it is told to begin the block again.
 *
 * Where it is about to read what would harm it (sim/cpu/odd.c) it finds ud2; a hook at the
 * block's start mends memory before anything runs.
 */
#include "sim/run/run.h"

#include <string.h>

/* ---- which ---- */

static bool may_poison(uint8_t byte)
{
	return byte == 0x0f || byte == 0xf0 || byte == 0xff || byte == 0xc4 || byte == 0xc5;
}

/* Does an instruction begin here, in what the engine has read since `start`? */
static bool begins_at(const struct sim *s, uint32_t start, uint32_t addr)
{
	return sim_whole_insns(s->space.ram + start, addr - start) == addr - start;
}

/* ---- the engine reads ---- */

/* The first byte that a prefix of the opcode at `addr` may be. */
static uint32_t first_prefix(const struct sim *s, uint32_t start, uint32_t addr)
{
	uint32_t first = addr;

	while (first > start && addr - first < 14 && sim_prefixes(s->space.ram + first - 1, 1))
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
	const uint8_t *code = s->space.ram + addr;

	if (!sim_wants_guard(code, 1) ||
	    (is_far(code[0]) && !(s->space.pte[start / SIM_PAGE] & PTE_USER) &&
	     !(code[0] == 0xcf && s->cpu.state)))
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
	if (!may_poison(s->space.ram[addr]))
		return false;
	for (uint32_t first = first_prefix(s, start, addr); first - 1 != addr; first++) {
		if (sim_is_poison(s->space.ram + first) && begins_at(s, start, first))
			return true;
	}
	return false;
}

/* False: the engine gives up the block, and the run. */
bool sim_run_fetch(struct uc_struct *uc, int type, uint64_t address, int size, int64_t value,
		   void *user)
{
	uint32_t addr = (uint32_t)address, start;
	struct sim *s = user;
	bool again;

	(void)uc;
	(void)type;
	(void)value;
	if (s->cpu.firmware_runs)
		return true;
	start = sim_reg_get(s, SIM_EIP);
	if (addr == start) {
		sim_shield_lift(s);
		if (sim_engine_is_full(s)) {
			sim_leave_and_return(s, start); /* for another engine: sim_memory_sync */
			return false;
		}
	}
	s->cpu.translated += (uint32_t)size;
	s->cpu.fetch_start = start;
	s->cpu.fetch_last = addr;
	sim_stores_keep(s, addr / SIM_PAGE);
	if (s->space.pte[addr / SIM_PAGE] & PTE_PRESENT)
		s->space.pte[addr / SIM_PAGE] |= PTE_CODE;
	if (!sim_watch_read(s, addr, (uint32_t)size)) {
		sim_leave_and_return(s, start);
		return false;
	}
	if (size != 1 || s->cpu.shielded)
		return true;
	again = guard_at(s, start, addr) || links_at(s, start, addr);
	if (!again && poison_at(s, start, addr)) {
		again = sim_spot_guard(s, start);
		s->cpu.shielded = true;
		s->cpu.shield_addr = addr;
		memcpy(s->cpu.shield_saved, s->space.ram + addr, 2);
		memcpy(s->space.ram + addr, "\x0f\x0b", 2); /* ud2 */
	}
	if (again)
		sim_leave_and_return(s, start);
	return !again && s->run.stop < 0;
}
