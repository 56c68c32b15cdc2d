/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.25: i386 and x86_64 have become one: FORCED_TF in PT_DTRACE's place, and not for a moment: TF that ptrace has
 * set is hidden from GETREGS. A program's own TF is still mistaken where SYSENTER has taken it away (2.6.27).
 */
#define KERNEL_NAME       "2.6.25"
#define KERNEL_ERA        0x020619
#define NR_SYSCALLS       327
#define STEP_FORGETS_TF   1
#define _TIF_ENTRY_WORK   (_TIF_SYSCALL_EMU | _TIF_SYSCALL_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_AUDIT)
#define _TIF_EXIT_TRACE   (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK (0xffff & ~_TIF_SECCOMP)
#define _TIF_WORK_MASK \
	(0xffff & ~(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#include "rules/rules-2.6.25.h"
