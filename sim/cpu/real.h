/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * real.h: a small computer in real mode: 1 MiB and 64 KiB, no pages, no counters. It runs from a
 * state to a hlt; exceptions go through the interrupt vectors as the CPU sends them. What
 * hardware captures are compared with (sim/captures/captures.c).
 */
#ifndef SIM_REAL_H
#define SIM_REAL_H

#include "sim/sim.h"

#define SIM_REAL_MEMORY 0x110000u /* up to ffff:ffff */

struct sim_real;

enum sim_real_stop {
	SIM_REAL_HALT,
	SIM_REAL_ENDLESS, /* no hlt among the first 100,000 instructions */
	SIM_REAL_BROKEN,  /* the engine gave up */
};

/* Behind sim_probe (sim/power/). */
enum sim_status sim_real_open(struct sim_real **out, struct sim_error *err);
void sim_real_close(struct sim_real *r);
/* SIM_REAL_MEMORY bytes. Whoever changes code tells sim_real_changed. */
uint8_t *sim_real_memory(struct sim_real *r);
void sim_real_changed(struct sim_real *r, uint32_t first, uint32_t last);
/* Runs to a hlt, `regs` before and behind it; *vectors: a bit for each exception below 32. */
enum sim_real_stop sim_real_run(struct sim_real *r, struct sim_regs *regs, uint32_t *vectors);

#endif
