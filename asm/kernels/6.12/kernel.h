/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.12: also 6.1, all between, and up to the rework of July 2026 (2026-after): nothing that a tracer of a 32-bit
 * program sees differs, nor a cost that is modelled. Numbers beyond
 * the table, sixth arguments: generic/call-6.1.c. PTRACE_KILL is a signal, and -1 alone is no call.
 */
#ifndef KERNEL_H
#define KERNEL_H

#ifndef KERNEL_NAME
#define KERNEL_NAME "6.12"
#define KERNEL_ERA  0x060c00
#endif
#define NR_SYSCALLS           463
#define NO_CALL(nr)           ((nr) == -1)
#define KILL_IS_A_SIGNAL      1
#define REQUEUED_WHERE_IT_WAS 1
#include "rules/rules-5.11.h"
#ifdef __ASSEMBLER__
#include "rules/entry-5.10.h"
#endif
#endif
