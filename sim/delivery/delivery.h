/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * delivery.h: what a processor does between an event and its handler (deliver.c), and what is done
 * in the engine's place at single instructions (guard.c, cmpxchg8b.c).
 */
#ifndef SIM_DELIVERY_DELIVERY_H
#define SIM_DELIVERY_DELIVERY_H

#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

/* guard.c: before the instruction at addr, in a hook. */
void sim_guard(struct sim *s, uint32_t addr);

/* cmpxchg8b.c: the address behind it; 0: the engine is to execute (or refuse) it. */
uint32_t sim_run_cmpxchg8b(struct sim *s, uint32_t addr, uint32_t prefixes);

/* ---- debugreg.c ---- */

/* DR7 has been written, by whomever: does it enable anything? */
void sim_debug_changed(struct sim *s);
/* Before the engine runs: if it does, each instruction gets its hook. */
void sim_debug_sync(struct sim *s);
/* In that hook, before the instruction at addr. True: it does not run, its breakpoint's #DB has been
 * delivered. */
bool sim_debug_before(struct sim *s, uint32_t addr);
/* Behind an instruction that had hits, with `eip` next: is their #DB due? Not if the instruction
 * did not run, and not yet if it is a rep in its last round. */
bool sim_debug_due(struct sim *s, uint32_t eip);
/* #DB, with what is due and these bits of DR6. Counts have been settled. */
void sim_debug_deliver(struct sim *s, uint32_t bits, uint32_t eip);
/* The instruction at eip has faulted, and so not been made. */
static inline void sim_debug_faulted(struct sim *s, uint32_t eip)
{
	if (eip == s->cpu.debug.at)
		s->cpu.debug.hits = 0;
}
/* A run ends where a trap may be due. */
void sim_debug_end(struct sim *s);
/* For a #DB that is delivered now: DR6 says `bits`, and what the instruction before it has hit. */
static inline void sim_debug_tell(struct sim *s, uint32_t bits)
{
	sim_reg_set(s, SIM_DR6, (sim_reg_get(s, SIM_DR6) & ~DR6_HITS) | bits | s->cpu.debug.hits);
	s->cpu.debug.hits = 0;
}
/* The space begins anew: no hooks. */
void sim_debug_forget(struct sim *s);

/* ---- deliver.c ---- */

void sim_deliver_fault(struct sim *s, unsigned vector, uint32_t error, uint32_t eip);
void sim_deliver_software(struct sim *s, unsigned vector, uint32_t next);
/* Behind an instruction that we ran in the engine's place, with `eflags` at its beginning: on at
 * `eip`, or to the handler of its single step. */
void sim_deliver_go_on(struct sim *s, uint32_t eip, uint32_t eflags);
void sim_deliver_sysenter(struct sim *s, uint32_t eip);
/* iret from ring 0 into the usual segments of ring 3. False, and nothing changed: the engine is to
 * do it, or to refuse. */
bool sim_deliver_return(struct sim *s);

#endif
