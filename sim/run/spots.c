/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spots.c: what happens before a single instruction that has a hook (sim/cpu/spots.c): guards,
 * breakpoints, clocks; and before every one, for who wants to be told (sim_on_insn).
 */
#include "sim/run/run.h"

static bool is_break(struct sim *s, const struct sim_spot *spot)
{
	/* A further round of a rep is no instruction of its own. */
	bool round = s->run.in_round && sim_in_block(s) && s->run.cur.block->rep == spot->addr;
	bool skip = round || s->run.passes_breaks ||
		    (s->run.resumed && s->run.budget == s->run.first_budget &&
		     spot->addr == s->run.resume_eip);

	s->run.resumed = false;
	return (spot->flags & SIM_SPOT_BREAK) && !skip;
}

static void stop_before(struct sim *s, uint32_t addr, enum sim_stop why)
{
	sim_count_settle(s, addr);
	sim_stop_is(s, why);
	s->run.stop_eip = addr;
	sim_engine_stop(s);
}

static void pass(struct sim *s, const struct sim_spot *spot)
{
	sim_keep_flags(s, spot->addr);
	if (spot->flags & SIM_SPOT_CLOCK)
		sim_clock_before(s, spot->addr);
	if (spot->flags & SIM_SPOT_GUARD)
		sim_guard(s, spot->addr);
}

void sim_run_spot(struct uc_struct *uc, uint64_t address, uint32_t size, void *user)
{
	struct sim_spot *spot = user;
	struct sim *s = spot->s;

	(void)uc;
	(void)address;
	(void)size;
	sim_shield_lift(s);
	if (s->cpu.tracing || s->run.stop >= 0 || s->run.rewind || !spot->flags)
		return; /* or sim_run_trace does it */
	if (is_break(s, spot))
		stop_before(s, spot->addr, SIM_BREAK);
	else
		pass(s, spot);
}

/* Twice in a row: the next round of a rep, or begun anew, as in count.c. */
static bool told(struct sim *s, uint32_t addr)
{
	const uint8_t *code = s->space.ram + addr;
	bool back = addr == s->run.left; /* once: a jump may lead to itself afterwards */

	s->run.left = UINT64_MAX;
	return addr == s->run.traced &&
	       (back || !sim_is_jump(code) ||
		(sim_is_call(code) && s->run.traced_esp == sim_reg_get(s, SIM_ESP)));
}

void sim_run_trace(struct uc_struct *uc, uint64_t address, uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;
	struct sim_spot *spot;
	bool again, first;
	int exact;

	(void)uc;
	sim_shield_lift(s);
	if (s->cpu.firmware_runs || s->run.stop >= 0 || s->run.rewind || !s->cpu.tracing)
		return;
	if (s->cpu.debug.hits && sim_debug_due(s, addr)) {
		sim_count_settle(s, addr);
		sim_debug_deliver(s, 0, addr);
		return;
	}
	spot = sim_spot_find(s, addr);
	again = told(s, addr);
	first = s->run.traced == UINT64_MAX;
	exact = s->exact && !again && !first ? sim_exact_stops(s, addr) : -1;
	if (exact == SIM_BREAK || (spot && is_break(s, spot))) {
		stop_before(s, addr, SIM_BREAK);
		return;
	}
	if (exact >= 0) {
		stop_before(s, addr, SIM_BUDGET);
		return;
	}
	if (s->exact && !again)
		sim_exact_before(s, addr, first);
	if (s->single && !again && !first) {
		stop_before(s, addr, SIM_BUDGET);
		return;
	}
	if (s->cpu.armed && sim_debug_before(s, addr))
		return;
	if (s->insn_fn && !again)
		s->insn_fn(s->insn_user, addr, size <= 15 ? size : 0);
	s->run.traced = addr;
	s->run.traced_esp = sim_reg_get(s, SIM_ESP);
	if (s->clock.addresses)
		sim_clock_before(s, addr);
	if (spot)
		pass(s, spot);
	else
		sim_keep_flags(s, addr);
}

enum sim_status sim_break_set(struct sim *s, uint32_t addr)
{
	struct sim_spot *old = sim_spot_find(s, addr);
	bool failed;

	if (old && (old->flags & SIM_SPOT_BREAK))
		return SIM_OK;
	if (s->cpu.nbreaks >= SIM_BREAKS)
		return SIM_ENOMEM;
	s->space.changes++;
	if (sim_spot_add(s, addr, SIM_SPOT_BREAK, &failed))
		sim_stale_code(s, addr / SIM_PAGE);
	if (failed)
		return SIM_ENOMEM;
	s->cpu.nbreaks++;
	return SIM_OK;
}

bool sim_break_clear(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = sim_spot_find(s, addr);

	if (!spot || !(spot->flags & SIM_SPOT_BREAK))
		return false;
	sim_spot_remove(s, spot, SIM_SPOT_BREAK);
	s->space.changes++;
	s->cpu.nbreaks--;
	return true;
}

void sim_on_insn(struct sim *s, sim_insn_fn fn, void *user)
{
	s->insn_fn = fn;
	s->insn_user = user;
	sim_spots_trace(s);
}
