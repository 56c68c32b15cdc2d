/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.4, and 4.5: the entry has become C, what leads to it is as before: int $0x80 comes by a trap gate, SYSENTER
 * takes the program's NT and AC along, loses its TF to #DB, which makes S of it, and gives back the kernel's flags.
 */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME "4.4"
#define KERNEL_ERA  0x040400
#define NR_SYSCALLS 377
#define INT80_GATE  GATE_TRAP
#include "rules/rules-4.14.h"
#ifdef __ASSEMBLER__
#include "rules/entry-4.4.h"
#endif
#endif
