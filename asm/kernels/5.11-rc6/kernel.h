/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.11-rc6: as -rc1, with the first of its two defects mended: 41c1a06d1d15.
 */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME "5.11-rc6"
#define KERNEL_ERA  0x050b00
#define NR_SYSCALLS 442
#define WORK_IS_A_WORD
#define CALL_EXIT_TRAP 0
#define STEP_TEST_MENDED
#include "rules/rules-5.11.h"
#ifdef __ASSEMBLER__
#include "rules/entry-5.10.h"
#endif
#endif
