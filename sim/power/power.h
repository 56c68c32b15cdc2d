/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * power.h: opening a computer (open.c), and what comes before the first of a process: does the
 * engine do all that is taken from it (selftest.c)? Also the bare computer of sim.h (bare.c).
 */
#ifndef SIM_POWER_POWER_H
#define SIM_POWER_POWER_H

#include "sim/sim.h"

/* Everything that must be known before the first computer: sim_layout, then the self-test. */
enum sim_status sim_probe(struct sim_error *err);
/* `first`: NULL, or the first space of the computer that this one is a space of. */
enum sim_status sim_power_up(const struct sim_config *config, struct sim *first, struct sim **out,
			     struct sim_error *err);
enum sim_status sim_selftest(struct sim_error *err);

#endif
