/* SPDX-License-Identifier: GPL-2.0-only */
/* layout-3.2.h: 2.6.30's frame; of each task whether it has to stop with its group, and by which signal. Included by
 * abi.h. */
#include "rules/layout-2.6.30.h"
#define JOBCTL(t) ((t)->jobctl)
#ifndef TASK_MORE
#define TASK_MORE uint32_t jobctl;
#endif
