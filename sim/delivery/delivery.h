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

/* deliver.c */
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
