/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h: a run: the loop (loop.c), what must be in order before it (sync.c), and what the engine
 * calls back on the way: hooks.c, spots.c, fetch.c for what it reads, watch.c for code that its
 * program can change.
 */
#ifndef SIM_RUN_RUN_H
#define SIM_RUN_RUN_H

#include "sim/code/code.h"
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/delivery/delivery.h"
#include "sim/memory/memory.h"

extern const struct sim_hooks sim_run_hooks; /* for sim_cpu_open */

/* sim_run, executed whatever is remembered. */
enum sim_stop sim_run_engine(struct sim *s, uint64_t max_insns);

/* ---- sync.c ---- */

/* Writes back what changed behind the CPU: translations and the TLB. */
void sim_memory_sync(struct sim *s);
/* All of the engine's translations. Before it is closed, too: it forgets to free what it knows of
 * pages that were code and data. */
void sim_memory_drop_code(struct sim *s);

/* ---- hooks.c ---- */

/* Behind a run that was to end at split_at; it may have ended elsewhere. */
void sim_split_end(struct sim *s);

/* ---- spots.c ---- */

void sim_run_spot(struct uc_struct *uc, uint64_t address, uint32_t size, void *user);
void sim_run_trace(struct uc_struct *uc, uint64_t address, uint32_t size, void *user);
/* In a hook before the instruction at addr: it may fault. */
static inline void sim_keep_flags(struct sim *s, uint32_t addr)
{
	s->run.kept_flags = s->cpu.layout->keep_flags;
	if (!s->run.kept_flags)
		return;
	s->run.kept_at = addr;
	s->run.kept_eflags = sim_reg_get(s, SIM_EFLAGS);
}

/* ---- fetch.c ---- */

bool sim_run_fetch(struct uc_struct *uc, int type, uint64_t address, int size, int64_t value,
		   void *user);
/* The block is translated: memory is as it was again. To be called before anything runs. */
static inline void sim_shield_lift(struct sim *s)
{
	if (!s->cpu.shielded)
		return;
	__builtin_memcpy(s->space.ram + s->cpu.shield_addr, s->cpu.shield_saved, 2);
	s->cpu.shielded = false;
}

/* ---- exact.c ---- */

/* Before an instruction, not the first of its run nor a round of the last: is the run to end here?
 * SIM_BREAK, SIM_BUDGET, or -1. */
int sim_exact_stops(struct sim *s, uint32_t addr);
/* What the instruction at `addr` is about to touch; first: of its run. */
void sim_exact_before(struct sim *s, uint32_t addr, bool first);

/* ---- watch.c ---- */

/* The engine reads bytes that it translates. False: not yet; the run is to be left. */
bool sim_watch_read(struct sim *s, uint32_t addr, uint32_t size);
/* The page's translations are gone. */
void sim_watch_forget(struct sim *s, uint32_t page);
/* All of them, in another engine. False: refused. */
bool sim_watch_renew(struct sim *s);
void sim_watch_close(struct sim *s);

#endif
