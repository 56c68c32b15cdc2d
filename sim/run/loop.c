/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * loop.c: the run loop, and how a run is prepared: from a place of the host's choosing, behind an
 * interrupt from outside, at a breakpoint.
 */
#include "sim/run/run.h"

/* ---- where it goes on ---- */

void sim_enter_kernel(struct sim *s, uint32_t cs, uint32_t ss, uint32_t eip, uint32_t esp,
		      uint32_t eflags)
{
	struct sim_flat code, stack;

	s->cpu.no_segments = !sim_segment_loadable(s, (uint16_t)cs, 0, true, &code) ||
			     !sim_segment_loadable(s, (uint16_t)ss, 0, false, &stack);
	if (!s->cpu.no_segments && !sim_cpu_to_kernel(s, &code, &stack)) {
		sim_memory_sync(s); /* the engine reads the descriptors */
		sim_cpu_to_ring0(s, &code, &stack);
		sim_cpu_load(s, SIM_DS, (uint16_t)ss);
		sim_cpu_load(s, SIM_ES, (uint16_t)ss);
	}
	sim_jump(s, eip, esp, eflags);
}

void sim_jump(struct sim *s, uint32_t eip, uint32_t esp, uint32_t eflags)
{
	sim_reg_set(s, SIM_EFLAGS, eflags | 2);
	sim_reg_set(s, SIM_ESP, esp);
	sim_reg_set(s, SIM_EIP, eip);
	sim_no_block(s);
}

bool sim_interruptible(struct sim *s)
{
	return sim_reg_get(s, SIM_EFLAGS) & EFLAGS_IF;
}

bool sim_interrupt(struct sim *s, unsigned vector)
{
	if (!sim_interruptible(s))
		return false;
	sim_memory_sync(s);
	s->run.stop = -1;
	sim_deliver_fault(s, vector, 0, sim_reg_get(s, SIM_EIP));
	return s->run.stop < 0;
}

/* ---- run ---- */

/* The engine says "done" for a hlt and for any of our stops; only the latter are marked. */
static void run_once(struct sim *s)
{
	uint32_t eip = sim_reg_get(s, SIM_EIP);
	const char *wrong;

	s->run.restart = s->run.rewind = false;
	sim_stores_tick(s);
	wrong = sim_engine_run(s, eip);
	sim_shield_lift(s);
	if (s->cpu.split)
		sim_split_end(s);
	if (s->run.stop >= 0) {
		sim_reg_set(s, SIM_EIP, s->run.stop_eip);
		return;
	}
	if (wrong) {
		sim_stop_now(s, SIM_BROKEN, "the engine stopped at %08x: %s",
			     sim_reg_get(s, SIM_EIP), wrong);
		return;
	}
	if (s->run.rewind)
		sim_reg_set(s, SIM_EIP, s->run.stop_eip);
	eip = sim_reg_get(s, SIM_EIP);
	/* Behind an invalid opcode 2.0.1 leaves before the handler's first block, 2.1 does not. */
	if (s->run.rewind || (s->run.restart && !sim_in_block(s) && eip == s->run.invalid_eip))
		return;
	if (sim_cpl(s) == 0 && s->space.ram[(uint32_t)(eip - 1)] == 0xf4)
		sim_stop_is(s, SIM_HALT);
	else
		sim_stop_now(s, SIM_BROKEN, "the engine stopped at %08x without a reason", eip);
}

static void end_clocks(struct sim *s, uint32_t eip)
{
	if (s->run.stop == SIM_BUDGET && sim_in_block(s) && s->run.cur.block->rep == eip)
		sim_count_settle(s, eip); /* in the middle of a rep: sim_limit_rounds */
	sim_clock_end(s, eip);
}

enum sim_stop sim_run_engine(struct sim *s, uint64_t max_insns)
{
	s->space.undo.whole = false;
	s->run.stop = -1;
	s->run.why[0] = '\0';
	s->run.budget = max_insns && max_insns < SIM_NO_LIMIT ? (int64_t)max_insns : SIM_NO_LIMIT;
	s->run.end = s->counts->total + (uint64_t)s->run.budget;
	s->run.first_block = true;
	s->run.delivered = 0;
	if (s->clock.timing.model)
		s->clock.ring = (uint8_t)sim_cpl(s);
	s->run.resume_eip = sim_reg_get(s, SIM_EIP);
	sim_resumed_here(s);
	sim_no_block(s);
	s->run.kept_flags = false;
	s->run.traced = s->run.begun = s->run.left = UINT64_MAX;
	s->run.cr2 = sim_reg_get(s, SIM_CR2);
	if (s->cpu.no_segments)
		sim_stop_now(s, SIM_BROKEN,
			     "the kernel's segments cannot be loaded: no such GDT entries");
	while (s->run.stop < 0) {
		sim_debug_sync(s);
		sim_memory_sync(s);
		if (s->run.stop < 0)
			run_once(s);
	}
	if (s->clock.timing.model)
		end_clocks(s, sim_reg_get(s, SIM_EIP));
	s->counts->total = s->run.end - (uint64_t)s->run.budget;
	if (s->covered)
		sim_cover_end(s, sim_reg_get(s, SIM_EIP));
	if (s->cpu.debug.hits)
		sim_debug_end(s);
	return (enum sim_stop)s->run.stop;
}

enum sim_stop sim_run(struct sim *s, uint64_t max_insns)
{
	return s->memo ? s->answer(s, max_insns) : sim_run_engine(s, max_insns);
}

enum sim_stop sim_run_past_breaks(struct sim *s, uint64_t max_insns)
{
	enum sim_stop stop;

	s->run.passes_breaks = true;
	stop = sim_run(s, max_insns);
	s->run.passes_breaks = false;
	return stop;
}
