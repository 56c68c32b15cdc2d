/* SPDX-License-Identifier: GPL-2.0-only */
/* p5.h: the two halves of the model p5, which share t->state. */
#ifndef SIM_TIMING_P5_H
#define SIM_TIMING_P5_H

#include "sim/timing/models.h"

enum { SIM_P5_BTB = 16 }; /* where the branch target buffer begins in t->state (p5_btb.c) */

/* Was this jump, taken or not, what the buffer had expected? The buffer learns. */
bool sim_p5_predicts(uint32_t *btb, const struct sim_retired *r);

#endif
