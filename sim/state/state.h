/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h: what a computer keeps of its snapshots goes with it. */
#ifndef SIM_STATE_STATE_H
#define SIM_STATE_STATE_H

#include "sim/cpu/cpu.h"

void sim_state_close(struct sim *s);

#endif
