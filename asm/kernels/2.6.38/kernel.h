/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.38: as 2.6.30 and later: 32 bits of flags, a place for gs in the frame; and from 2.6.31 to 33 on: a step that
 * ends with its call is told once, in place of the exit stop; a child is not stepped.
 */
#ifndef KERNEL_H
#define KERNEL_H

#ifndef KERNEL_NAME /* 3.2 has its own */
#define KERNEL_NAME "2.6.38"
#define KERNEL_ERA  0x020626
#define NR_SYSCALLS 341
#endif
#define _TIF_ENTRY_WORK                                                              \
	(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | \
	 _TIF_SINGLESTEP)
#define _TIF_EXIT_TRACE     (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK   (0xffff & ~_TIF_SECCOMP)
#define _TIF_WORK_MASK      (0xffff & ~(_TIF_EXIT_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#define NOTIFY_SETS_TF      0
#define INIT_IS_LIKE_OTHERS 1
#define FATAL_ENDS_STOP     1
#define FORK_ENDS_STEP      1
#define SYNCHRONOUS_LOWER   1
#include "rules/rules-2.6.25.h"
#ifdef __ASSEMBLER__
#include "rules/entry-2.6.30.h"
#endif
#endif
