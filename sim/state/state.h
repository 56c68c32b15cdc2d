/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h: of a page's entry what a snapshot and a digest have; what a computer keeps of its snapshots goes with it. */
#ifndef SIM_STATE_STATE_H
#define SIM_STATE_STATE_H

#include "sim/cpu/cpu.h"

#define RIGHTS  (PTE_PRESENT | PTE_WRITE | PTE_USER)
/* The page's clean copy may be another's. */
#define CHANGED (PTE_DIRTY | PTE_SHARED)

void sim_state_close(struct sim *s);

#endif
