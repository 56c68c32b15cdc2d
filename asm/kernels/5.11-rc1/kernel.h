/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.11-rc1: the flags of calls in a word of their own, and the step's trap lost in two ways (generic/trace-5.11-rc1.c).
 */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME "5.11-rc1"
#define KERNEL_ERA  0x050b00
#define NR_SYSCALLS 442
#define WORK_IS_A_WORD
#define CALL_EXIT_TRAP 0
#include "rules/rules-5.11.h"
#ifdef __ASSEMBLER__
#include "rules/entry-5.10.h"
#endif
#endif
