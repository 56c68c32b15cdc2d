/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hooks.c: what the engine calls back: blocks, interrupts, invalid opcodes, ports,
 * CPUID, and the single instructions that have a hook of their own ("spots").
 *
 * A hook that writes EIP makes the engine leave the block and go on there; it then
 * forgets a stop asked for in the same hook, so no hook does both. Hooks added after a
 * block was translated are not in it: its translation must be dropped. Uncounted
 * (sim_config) there is no hook for blocks, and nothing here relies on one.
 */
#include "sim/run/run.h"

#include <string.h>

/* A stop that the engine has not obeyed yet is asked for again. */
static bool stopping(struct sim *s)
{
	if (s->run.stop >= 0)
		sim_engine_stop(s);
	return s->run.stop >= 0;
}

/* ---- blocks ---- */

static bool new_spots(struct sim *s, uint32_t addr, uint32_t size)
{
	bool added = s->clock.timing.model && sim_clock_guard(s, addr);

	return sim_spots_link(s, addr, size) || added;
}

/* The first sight of a block. False: it cannot run yet, but must be translated again, with
 * hooks, or not at all. */
static bool first_sight(struct sim *s, uint32_t addr, uint32_t size)
{
	if (!sim_block_learn(s, addr, size)) {
		sim_stop_now(s, SIM_BROKEN, "out of memory counting the block at %08x", addr);
		return false;
	}
	if (!new_spots(s, addr, size) || s->run.stop >= 0)
		return s->run.stop < 0;
	if (s->space.drop_all) {
		sim_leave_and_return(s, addr);
		return false;
	}
	sim_engine_forget(s, addr, size);
	sim_reg_set(s, SIM_EIP, addr);
	return false;
}

/* Apart, with the same arguments, so that the short ways call nothing and save no registers. */
static __attribute__((noinline, used)) void other_block(struct uc_struct *uc, uint64_t address,
							uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;
	enum sim_entry entry;

	(void)uc;
	if (s->cpu.firmware_runs || stopping(s))
		return;
	sim_stores_tick(s);
	if (size == 0 || size > SIM_BLOCK_MAX)
		size = 1; /* an instruction the engine gives up at once; it raises #UD */
	entry = sim_block_enter(s, addr, size);
	if (entry == SIM_UNKNOWN && first_sight(s, addr, size))
		entry = sim_block_enter(s, addr, size);
	if (entry == SIM_TOO_LONG) {
		sim_stop_is(s, SIM_BUDGET);
		s->run.stop_eip = addr;
		sim_engine_stop(s);
	}
}

static __attribute__((noinline, used)) void timed_block(struct uc_struct *uc, uint64_t address,
							uint32_t size, void *user)
{
	if (!sim_block_timed(user, (uint32_t)address, size))
		other_block(uc, address, size, user);
}

static void on_block(struct uc_struct *uc, uint64_t address, uint32_t size, void *user)
{
	if (!sim_block_quick(user, (uint32_t)address, size, false))
		timed_block(uc, address, size, user);
}

static void on_covered_block(struct uc_struct *uc, uint64_t address, uint32_t size, void *user)
{
	if (!sim_block_quick(user, (uint32_t)address, size, true))
		other_block(uc, address, size, user);
}

/* ---- interrupts and exceptions ---- */

/*
 * The engine reads a whole block before it runs any of it, and reports a page fault on the way
 * at the block's start. A processor first runs the instructions that are there: so the engine
 * is told to end the block behind them, and meets the fault again at the first that is not.
 */
static bool run_up_to_fault(struct sim *s, uint32_t eip)
{
	uint32_t cr2 = sim_reg_get(s, SIM_CR2), size = cr2 - eip;
	bool begun = sim_in_block(s) && s->run.cur.block->addr == eip;

	/* Uncounted, the block may have begun, and its first instruction may want just the byte
	 * behind it: then this is tried once, in vain. */
	if (s->cpu.fetch_start != eip || cr2 - s->cpu.fetch_last > 8 || begun || size == 0 ||
	    size > SIM_BLOCK_MAX || (s->cpu.split && s->cpu.split_from == eip))
		return false;
	if (s->cpu.split) { /* a handler came between, and there is a second such block */
		sim_reg_set(s, SIM_CR2, s->run.cr2);
		sim_leave_and_return(s, eip);
		return true;
	}
	size = sim_whole_insns(s->space.ram + eip, size);
	if (size == 0 || !sim_engine_end_at(s, (uint64_t)eip + size))
		return false;
	s->cpu.split = true;
	s->cpu.split_from = eip;
	s->cpu.split_at = eip + size;
	sim_reg_set(s, SIM_CR2, s->run.cr2);
	sim_reg_set(s, SIM_EIP, eip);
	return true;
}

void sim_split_end(struct sim *s)
{
	s->cpu.split = false;
	sim_engine_end_nowhere(s);
	sim_cpu_drop_code(s, (s->cpu.split_at - 1) / SIM_PAGE);
	if (s->space.pte[s->cpu.split_at / SIM_PAGE] & PTE_PRESENT)
		sim_cpu_drop_code(s, s->cpu.split_at / SIM_PAGE);
	if (s->run.stop < 0 && sim_reg_get(s, SIM_EIP) == s->cpu.split_at)
		sim_leave_and_return(s, s->cpu.split_at);
}

static void interrupt(struct sim *s, uint32_t vector)
{
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	struct sim_fault fault = { 0, true };

	if (s->cpu.firmware_runs) {
		sim_stop_now(s, SIM_BROKEN, "exception %u in the firmware", vector);
		sim_engine_stop(s);
		return;
	}
	if (stopping(s))
		return;
	if (vector > 255) {
		sim_stop_now(s, SIM_BROKEN, "the engine reports interrupt %u at %08x", vector, eip);
		return;
	}
	if (vector < 32)
		fault = sim_cpu_fault(s);
	if (vector == VEC_PF && run_up_to_fault(s, eip))
		return;
	if (s->cpu.debug.hits && vector != VEC_DB && !fault.software && sim_debug_due(s, eip)) {
		sim_reg_set(s, SIM_CR2, s->run.cr2); /* what comes next faults afterwards */
		sim_shield_lift(s);
		sim_count_settle(s, eip);
		sim_debug_deliver(s, 0, eip);
		return;
	}
	if (vector == VEC_PF)
		s->run.cr2 = sim_reg_get(s, SIM_CR2);
	if (s->run.kept_flags && s->run.kept_at == eip)
		sim_reg_set(s, SIM_EFLAGS, s->run.kept_eflags);
	s->run.kept_flags = false;
	sim_shield_lift(s);
	s->run.resumed = false;
	if (fault.software) {
		sim_deliver_software(s, vector, eip);
		s->run.int_end = 0;
		if (sim_ran_whole(s, eip))
			return;           /* as behind a jump */
		sim_count_settle(s, eip); /* into does not end its block */
	} else {
		/* The #DB of a single step comes after the instruction, unless a rep goes on. */
		if (vector != VEC_DB || (sim_in_block(s) && eip == s->run.cur.block->rep))
			sim_count_settle(s, eip);
		if (vector == VEC_DB && s->cpu.armed)
			sim_debug_tell(s, 0);
		sim_deliver_fault(s, vector, fault.error_code, eip);
	}
	sim_no_block(s);
	s->run.int_end = 0;
}

static void on_interrupt(struct uc_struct *uc, uint32_t vector, void *user)
{
	struct sim *s = user;

	(void)uc;
	s->cpu.between = true;
	if (s->run.invalid_seen) /* on_invalid has delivered it; behind an int, EIP was set anew */
		sim_reg_set(s, SIM_EIP, s->run.invalid_eip);
	else
		interrupt(s, vector);
	s->run.invalid_seen = false;
	s->cpu.between = false;
}

/* 2.0.1 ends the run behind this hook, whatever it returns; 2.1.1 calls on_interrupt as well. */
static bool on_invalid(struct uc_struct *uc, void *user)
{
	struct sim *s = user;
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	struct sim_fault fault = sim_cpu_fault(s);

	(void)uc;
	if (s->cpu.firmware_runs || stopping(s))
		return false;
	s->run.resumed = false;
	if (fault.software) { /* int $6 */
		uint32_t prefixes = sim_prefixes(s->space.ram + eip, 13);

		sim_deliver_software(s, VEC_UD, eip + prefixes + 2);
	} else if (s->space.ram[eip] == 0xf1) { /* int1, which the engine does not know */
		sim_count_settle(s, eip + 1);
		sim_deliver_fault(s, VEC_DB, 0, eip + 1);
	} else {
		sim_count_settle(s, eip);
		sim_deliver_fault(s, VEC_UD, 0, eip);
	}
	sim_no_block(s);
	s->run.int_end = 0;
	s->run.restart = true;
	s->run.invalid_seen = s->cpu.layout->invalid_twice;
	s->run.invalid_eip = sim_reg_get(s, SIM_EIP);
	return true;
}

/* ---- ports and CPUID ---- */

static uint32_t on_in(struct uc_struct *uc, uint32_t port, int size, void *user)
{
	(void)uc;
	(void)port;
	(void)size;
	(void)user;
	return UINT32_MAX;
}

static void on_out(struct uc_struct *uc, uint32_t port, int size, uint32_t value, void *user)
{
	struct sim *s = user;

	(void)uc;
	sim_run_unfit(s);
	if (s->out_fn)
		s->out_fn(s->out_user, (uint16_t)port, value, (unsigned)size);
}

void sim_single(struct sim *s, bool on)
{
	s->single = on;
	sim_spots_trace(s);
}

void sim_on_entry(struct sim *s, sim_entry_fn fn, void *user)
{
	s->entry_fn = fn;
	s->entry_user = user;
}

void sim_on_out(struct sim *s, sim_out_fn fn, void *user)
{
	s->out_fn = fn;
	s->out_user = user;
}

enum { FEATURE_SEP = 1 << 11 };

/* FPU TSC MSR CX8 SEP CMOV MMX FXSR SSE SSE2 */
uint32_t sim_cpu_features(const struct sim *s)
{
	return s->config.no_sysenter ? 0x07808931 & ~FEATURE_SEP : 0x07808931;
}

/* A fixed identity: an Intel processor of 2005 with what the engine can do of it. The same on
 * every host. */
static int on_cpuid(struct uc_struct *uc, void *user)
{
	static const char brand[49] = "libsysemu i386 simulator";
	struct sim *s = user;
	uint32_t leaf = sim_reg_get(s, SIM_EAX), r[4] = { 0 };

	(void)uc;
	if (leaf >= 0x80000000u && leaf - 0x80000002u > 2)
		r[0] = leaf == 0x80000000u ? 0x80000004u : 0;
	else if (leaf >= 0x80000002u)
		memcpy(r, brand + 16 * (leaf - 0x80000002u), 16);
	else if (leaf == 0)
		memcpy(r, "\2\0\0\0GenuntelineI", 16);
	else if (leaf == 1)
		memcpy(r, (uint32_t[]){ 0x00000f29, 0, 0, sim_cpu_features(s) }, 16);
	else if (leaf == 2)
		memcpy(r, (uint32_t[]){ 0x665b5001, 0, 0, 0x007b7040 }, 16);
	sim_reg_set(s, SIM_EAX, r[0]);
	sim_reg_set(s, SIM_EBX, r[1]);
	sim_reg_set(s, SIM_ECX, r[2]);
	sim_reg_set(s, SIM_EDX, r[3]);
	return 1;
}

/* Spots stand before each of these, so the engine never gets there. */
static void on_unguarded(struct uc_struct *uc, void *user)
{
	struct sim *s = user;

	(void)uc;
	sim_stop_now(s, SIM_BROKEN, "sysenter or syscall ran without a guard");
}

/* ---- all of them ---- */

const struct sim_hooks sim_run_hooks = {
	.block = on_block,
	.covered_block = on_covered_block,
	.interrupt = on_interrupt,
	.invalid = on_invalid,
	.in = on_in,
	.out = on_out,
	.cpuid = on_cpuid,
	.unguarded = on_unguarded,
	.fetch = sim_run_fetch,
	.spot = sim_run_spot,
	.trace = sim_run_trace,
};
