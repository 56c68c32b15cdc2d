/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spots.c: single instructions that have a hook: guards (guard.c), breakpoints, clocks; and the
 * hook of every instruction, for who wants to be told (sim_on_insn).
 */
#include "sim/computer.h"

#include <stdlib.h>
#include <unicorn/unicorn.h>

/* More than the engine puts into one block. */
#define MAX_GUARDS 520u

static bool is_break(struct sim *s, const struct sim_spot *spot)
{
	/* A further round of a rep is no instruction of its own. */
	bool round = s->in_round && s->cur.valid && s->cur.block->rep == spot->addr;
	bool skip = round || s->passes_breaks || (s->resumed && spot->addr == s->resume_eip);

	s->resumed = false;
	return (spot->flags & SIM_SPOT_BREAK) && !skip;
}

static void stop_at_break(struct sim *s, uint32_t addr)
{
	sim_count_settle(s, addr);
	sim_stop_is(s, SIM_BREAK);
	s->stop_eip = addr;
	uc_emu_stop(s->engine);
}

static void pass(struct sim *s, const struct sim_spot *spot)
{
	sim_keep_flags(s, spot->addr);
	if (spot->flags & SIM_SPOT_CLOCK)
		sim_clock_before(s, spot->addr);
	if (spot->flags & SIM_SPOT_GUARD)
		sim_guard(s, spot->addr);
}

static void on_spot(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct sim_spot *spot = user;
	struct sim *s = spot->s;

	(void)uc;
	(void)address;
	(void)size;
	sim_shield_lift(s);
	if (s->tracing || s->stop >= 0 || s->rewind || !spot->flags)
		return; /* or on_trace does it */
	if (is_break(s, spot))
		stop_at_break(s, spot->addr);
	else
		pass(s, spot);
}

static struct sim_spot *find_spot(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->spot_index[addr % 256];

	while (spot && (spot->addr != addr || !spot->flags))
		spot = spot->same;
	return spot;
}

/* Twice in a row: the next round of a rep, or begun anew, as in count.c. */
static bool told(struct sim *s, uint32_t addr)
{
	const uint8_t *code = s->ram + addr;
	bool back = addr == s->left; /* once: a jump may lead to itself afterwards */

	s->left = UINT64_MAX;
	return addr == s->traced &&
	       (back || !sim_is_jump(code) ||
		(sim_is_call(code) && s->traced_esp == sim_reg_get(s, SIM_ESP)));
}

static void on_trace(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;
	struct sim_spot *spot;

	(void)uc;
	sim_shield_lift(s);
	if (s->firmware_runs || s->stop >= 0 || s->rewind || !s->tracing)
		return;
	spot = find_spot(s, addr);
	if (spot && is_break(s, spot)) {
		stop_at_break(s, addr);
		return;
	}
	if (s->insn_fn && !told(s, addr))
		s->insn_fn(s->insn_user, addr, size <= 15 ? size : 0);
	s->traced = addr;
	s->traced_esp = sim_reg_get(s, SIM_ESP);
	if (s->clock.addresses)
		sim_clock_before(s, addr);
	if (spot)
		pass(s, spot);
	else
		sim_keep_flags(s, addr);
}

static struct sim_spot *new_spot(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = s->spot_index[addr % 256];

	while (spot && spot->addr != addr) /* a retired one is taken again */
		spot = spot->same;
	if (spot)
		return spot;
	spot = calloc(1, sizeof(*spot));
	if (spot) {
		*spot = (struct sim_spot){ s, s->spot_index[addr % 256], addr, 0, 0 };
		s->spot_index[addr % 256] = spot;
	}
	return spot;
}

/* True: the spot has a new hook, so translations that hold its address are too old. */
static bool add_spot(struct sim *s, uint32_t addr, unsigned flag, bool *failed)
{
	struct sim_spot *spot = find_spot(s, addr);

	*failed = false;
	if (spot) {
		spot->flags |= flag;
		return false;
	}
	spot = new_spot(s, addr);
	if (!spot || uc_hook_add(s->engine, &spot->hook, UC_HOOK_CODE, (void *)on_spot, spot,
				 (uint64_t)addr, (uint64_t)addr) != UC_ERR_OK) {
		*failed = s->no_memory = true;
		return false;
	}
	spot->flags = flag;
	return true;
}

bool sim_spot_at(struct sim *s, uint32_t addr)
{
	return find_spot(s, addr) != NULL;
}

bool sim_spot_known(struct sim *s, uint32_t addr)
{
	const struct sim_spot *spot = find_spot(s, addr);

	return spot && (spot->flags & SIM_SPOT_GUARD);
}

bool sim_spot_guard(struct sim *s, uint32_t addr)
{
	bool failed, added;

	if (sim_spot_known(s, addr))
		return false;
	added = add_spot(s, addr, SIM_SPOT_GUARD, &failed);
	s->nguards += !failed;
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	if (s->nguards > MAX_GUARDS)
		s->drop_all = true;
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

	for (at = 0; at < size; at += sim_insn_length(s->ram + addr + at, SIM_INSN_ROOM))
		last = find_spot(s, addr + at) ? at : last;
	for (at = 0; at < last && !failed;
	     at += sim_insn_length(s->ram + addr + at, SIM_INSN_ROOM)) {
		if (find_spot(s, addr + at)) {
			begun = true;
		} else if (begun) {
			added |= add_spot(s, addr + at, SIM_SPOT_LINK, &failed);
			s->nguards++;
		}
	}
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	return added;
}

bool sim_spot_clock(struct sim *s, uint32_t addr)
{
	bool failed, added = add_spot(s, addr, SIM_SPOT_CLOCK, &failed);

	s->nguards += added;
	if (failed)
		sim_stop_now(s, SIM_BROKEN, "out of memory at %08x", addr);
	return added;
}

/* Outside runs. A translation that could not be dropped may still call the spot, so its
 * memory stays until the computer is closed. */
static void remove_flag(struct sim *s, struct sim_spot *spot, unsigned flag)
{
	spot->flags &= ~flag;
	if (!spot->flags) {
		sim_cpu_borrow(s);
		uc_hook_del(s->engine, spot->hook);
		sim_cpu_give_back(s);
	}
}

void sim_spots_collect(struct sim *s)
{
	s->nguards = 0;
	for (unsigned i = 0; i < 256; i++) {
		for (struct sim_spot *spot = s->spot_index[i]; spot; spot = spot->same) {
			if (spot->flags & ~(unsigned)SIM_SPOT_BREAK)
				remove_flag(s, spot, ~(unsigned)SIM_SPOT_BREAK);
		}
	}
}

void sim_spots_drop(struct sim *s, uint32_t page)
{
	for (unsigned i = 0; s->nguards && i < 256; i++) {
		for (struct sim_spot *spot = s->spot_index[i]; spot; spot = spot->same) {
			if (spot->addr / SIM_PAGE != page ||
			    !(spot->flags & ~(unsigned)SIM_SPOT_BREAK))
				continue;
			remove_flag(s, spot, ~(unsigned)SIM_SPOT_BREAK);
			s->nguards -= s->nguards > 0;
		}
	}
}

enum sim_status sim_break_set(struct sim *s, uint32_t addr)
{
	struct sim_spot *old = find_spot(s, addr);
	bool failed;

	if (old && (old->flags & SIM_SPOT_BREAK))
		return SIM_OK;
	if (s->nbreaks >= SIM_BREAKS)
		return SIM_ENOMEM;
	if (add_spot(s, addr, SIM_SPOT_BREAK, &failed))
		sim_stale_code(s, addr / SIM_PAGE);
	if (failed)
		return SIM_ENOMEM;
	s->nbreaks++;
	return SIM_OK;
}

bool sim_break_clear(struct sim *s, uint32_t addr)
{
	struct sim_spot *spot = find_spot(s, addr);

	if (!spot || !(spot->flags & SIM_SPOT_BREAK))
		return false;
	remove_flag(s, spot, SIM_SPOT_BREAK);
	s->nbreaks--;
	return true;
}

void sim_spots_trace(struct sim *s)
{
	bool wanted = s->insn_fn || s->clock.addresses;

	if (wanted == s->tracing)
		return;
	if (wanted) {
		if (uc_hook_add(s->engine, &s->trace_hook, UC_HOOK_CODE, (void *)on_trace, s,
				(uint64_t)1, (uint64_t)0) != UC_ERR_OK)
			return;
	} else {
		sim_cpu_borrow(s);
		uc_hook_del(s->engine, s->trace_hook);
		sim_cpu_give_back(s);
	}
	s->tracing = wanted;
	s->drop_all = true;
}

void sim_on_insn(struct sim *s, sim_insn_fn fn, void *user)
{
	s->insn_fn = fn;
	s->insn_user = user;
	sim_spots_trace(s);
}

void sim_spots_close(struct sim *s)
{
	for (unsigned i = 0; i < 256; i++) {
		while (s->spot_index[i]) {
			struct sim_spot *spot = s->spot_index[i];

			s->spot_index[i] = spot->same;
			free(spot);
		}
	}
}
