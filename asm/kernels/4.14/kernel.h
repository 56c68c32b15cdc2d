/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.14: the entry in C of 4.8 to 5.8. Against 4.4: SYSENTER's TF stays in the frame (4.6), its flags are the program's
 * again behind a fast way out (4.6), and audit is told of no call that is skipped (4.8).
 */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME "4.14"
#define KERNEL_ERA  0x040e00
#define NR_SYSCALLS 385
#include "rules/rules-4.14.h"
#ifdef __ASSEMBLER__
#include "rules/entry-4.14.h"
#endif
#endif
