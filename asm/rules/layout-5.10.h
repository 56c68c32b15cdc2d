/* SPDX-License-Identifier: GPL-2.0-only */
/* layout-5.10.h: as 3.2 has it; of each pending signal when it came, and of the last one that was taken whose
 * queue it was in. Included by abi.h. */
#define TASK_MORE           uint32_t jobctl, arrivals, arrival[SIGRTMIN], from_group;
#define ARRIVED(t, sig)     ((sig) < SIGRTMIN ? (void)((t)->arrival[sig] = ++(t)->arrivals) : (void)0)
#define FROM_GROUP(t)       ((t)->from_group)
#define HAS_ARRIVED(t, sig) ((t)->arrival[sig])
#include "rules/layout-3.2.h"
