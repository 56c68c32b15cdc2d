/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.10: the generic entry, of 5.9: the architecture's own part is small. Of a SYSENTER whose sixth argument
 * cannot be read the exit is told, though the entry was not.
 */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME       "5.10"
#define KERNEL_ERA        0x050a00
#define NR_SYSCALLS       441
#define SYNCHRONOUS_FIRST 1
#define SAVE_FS_EARLY     1
#include "rules/rules-4.14.h"
#ifdef __ASSEMBLER__
#include "rules/entry-5.10.h"
#endif
#endif
