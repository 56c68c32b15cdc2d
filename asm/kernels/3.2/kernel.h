/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.2: the entry of 2.6.38; from 3.0 and 3.1 on a traced task's group stop is a trap (JOBCTL, rules/layout-3.2.h).
 */
#define KERNEL_NAME "3.2"
#define KERNEL_ERA  0x030200
#define NR_SYSCALLS 349
#include "../2.6.38/kernel.h"
