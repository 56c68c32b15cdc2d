/* SPDX-License-Identifier: GPL-2.0-only */
/* layout-5.10.h: 2.6.30's frame; and of each pending signal when it came. Included by abi.h. */
#include "later/layout-2.6.30.h"
#define TASK_MORE		uint32_t arrivals, arrival[SIGRTMIN];
#define ARRIVED(t, sig)		((sig) < SIGRTMIN ? (void)((t)->arrival[sig] = ++(t)->arrivals) : (void)0)
#define HAS_ARRIVED(t, sig)	((t)->arrival[sig])
