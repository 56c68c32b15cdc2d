/* SPDX-License-Identifier: GPL-2.0-only */
/* 2.6.27: where the rules of 2005 end: a skipped call leaves as any other does (later/trace-2.6.27.c). */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME "2.6.27"
#define KERNEL_ERA  0x02061b
#define NR_SYSCALLS 333
#define _TIF_ENTRY_WORK                                                              \
	(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | \
	 _TIF_SINGLESTEP)
#define _TIF_EXIT_TRACE     (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK   (0xffff & ~_TIF_SECCOMP)
#define _TIF_WORK_MASK      (0xffff & ~(_TIF_EXIT_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#define NOTIFY_SETS_TF      0
#define INIT_IS_LIKE_OTHERS 1
#define FATAL_ENDS_STOP     1
#include "rules/rules-2.6.25.h"
#ifdef __ASSEMBLER__
#include "rules/entry-2.6.27.h"
#endif
#endif
