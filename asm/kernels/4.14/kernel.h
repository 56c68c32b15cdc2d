/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.14: from 4.3 on the entry is C, here in the form of 4.6 to 5.8: SYSENTER keeps TF in the frame, a killed
 * tracee makes no call, a handler begins unstepped.
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
