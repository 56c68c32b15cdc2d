/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spots.c: single instructions that have a hook: guards, breakpoints, clocks, and what links two
 * of a block; and the hook of every instruction, for who wants to be told. What they do there:
 * sim/run/spots.c.
 */
#include "sim/code/code.h"
#include "sim/cpu/cpu.h"

#include <stdlib.h>
#include <unicorn/unicorn.h>

/* More than the engine puts into one block. */
#define MAX_GUARDS 520u

static struct sim_spot *new_spot(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->cpu.spot_index[addr % 256];

	while (spot && spot->addr != addr) /* a retired one is taken again */
		spot = spot->same;
	if (spot)
		return spot;
	spot = calloc(1, sizeof(*spot));
	if (spot) {
		*spot = (struct sim_spot){ s, s->cpu.spot_index[addr % 256], addr, 0, 0 };
		s->cpu.spot_index[addr % 256] = spot;
	}
	return spot;
}

static bool is_guard(unsigned flags)
{
	return flags & ~(unsigned)SIM_SPOT_BREAK;
}

static void set_flags(struct sim_spot *spot, unsigned flags)
{
	spot->s->cpu.nguards += is_guard(flags);
	spot->s->cpu.nguards -= is_guard(spot->flags);
	spot->flags = flags;
}

static bool hook_spot(struct sim *s, struct sim_spot *spot)
{
	return sim_engine_hook(s, &spot->hook, s->cpu.hooks->spot, spot, spot->addr, spot->addr);
}

bool sim_spot_add(struct sim *s, uint32_t addr, unsigned flag, bool *failed)
{
	struct sim_spot *spot = sim_spot_find(s, addr);

	*failed = false;
	if (spot) {
		set_flags(spot, spot->flags | flag);
		return false;
	}
	spot = new_spot(s, addr);
	if (!spot || !hook_spot(s, spot)) {
		*failed = s->no_memory = true;
		return false;
	}
	set_flags(spot, flag);
	return true;
}

bool sim_spot_at(struct sim *s, uint32_t addr)
{
	return sim_spot_find(s, addr) != NULL;
}

bool sim_spot_known(struct sim *s, uint32_t addr)
{
	const struct sim_spot *spot = sim_spot_find(s, addr);

	return spot && (spot->flags & SIM_SPOT_GUARD);
}

bool sim_spot_guard(struct sim *s, uint32_t addr)
{
	bool failed, added;

	if (sim_spot_known(s, addr))
		return false;
	added = sim_spot_add(s, addr, SIM_SPOT_GUARD, &failed);
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	if (s->cpu.nguards > MAX_GUARDS)
		s->space.drop_all = true;
	return added;
}

/*
 * 2.0.1 brings EFLAGS up to date for a hook only if the kind of the last operation differs from
 * that at the hook before it in the same block; what lies between may have changed what it keeps
 * of the flags. So between two hooks of a block each instruction has one.
 */
bool sim_spots_link(struct sim *s, uint32_t addr, uint32_t size)
{
	uint32_t at, last = 0;
	bool failed = false, begun = false, added = false;

	for (at = 0; at < size; at += sim_insn_length(s->space.ram + addr + at, SIM_INSN_ROOM))
		last = sim_spot_find(s, addr + at) ? at : last;
	for (at = 0; at < last && !failed;
	     at += sim_insn_length(s->space.ram + addr + at, SIM_INSN_ROOM)) {
		if (sim_spot_find(s, addr + at)) {
			begun = true;
		} else if (begun) {
			added |= sim_spot_add(s, addr + at, SIM_SPOT_LINK, &failed);
		}
	}
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	return added;
}

bool sim_spot_clock(struct sim *s, uint32_t addr)
{
	bool failed, added = sim_spot_add(s, addr, SIM_SPOT_CLOCK, &failed);

	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	return added;
}

/* A translation that could not be dropped may still call the spot, so its memory stays until the
 * computer is closed. */
void sim_spot_remove(struct sim *s, struct sim_spot *spot, unsigned flag)
{
	set_flags(spot, spot->flags & ~flag);
	if (!spot->flags)
		sim_engine_unhook(s, spot->hook);
}

void sim_spots_collect(struct sim *s)
{
	for (unsigned i = 0; i < 256; i++) {
		for (struct sim_spot *spot = s->cpu.spot_index[i]; spot; spot = spot->same) {
			if (is_guard(spot->flags))
				sim_spot_remove(s, spot, ~(unsigned)SIM_SPOT_BREAK);
		}
	}
}

void sim_spots_drop(struct sim *s, uint32_t page)
{
	for (unsigned i = 0; s->cpu.nguards && i < 256; i++) {
		for (struct sim_spot *spot = s->cpu.spot_index[i]; spot; spot = spot->same) {
			if (spot->addr / SIM_PAGE == page && is_guard(spot->flags))
				sim_spot_remove(s, spot, ~(unsigned)SIM_SPOT_BREAK);
		}
	}
}

static bool hook_trace(struct sim *s)
{
	return sim_engine_hook(s, &s->cpu.trace_hook, s->cpu.hooks->trace, s, 1, 0);
}

bool sim_spots_renew(struct sim *s)
{
	for (unsigned i = 0; i < 256; i++) {
		for (struct sim_spot *spot = s->cpu.spot_index[i]; spot; spot = spot->same) {
			if (spot->flags && !hook_spot(s, spot))
				return false;
		}
	}
	return !s->cpu.tracing || hook_trace(s);
}

void sim_spots_trace(struct sim *s)
{
	bool wanted =
		s->insn_fn || s->clock.addresses || s->single || s->exact || s->cpu.debug.used;

	if (wanted == s->cpu.tracing)
		return;
	if (wanted) {
		if (!hook_trace(s))
			return;
	} else {
		sim_engine_unhook(s, s->cpu.trace_hook);
	}
	s->cpu.tracing = wanted;
	s->space.drop_all = true;
}

void sim_spots_close(struct sim *s)
{
	for (unsigned i = 0; i < 256; i++) {
		while (s->cpu.spot_index[i]) {
			struct sim_spot *spot = s->cpu.spot_index[i];

			s->cpu.spot_index[i] = spot->same;
			free(spot);
		}
	}
}
