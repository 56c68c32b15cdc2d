/* SPDX-License-Identifier: GPL-2.0-only */
/* 2.6.11: before the patch. PTRACE_SYSEMU is refused with -EIO. */
#ifndef KERNEL_H
#define KERNEL_H

#define KERNEL_NAME		"2.6.11"
#define KERNEL_ERA		0x02060b
#define NR_SYSCALLS		NR_SYSCALLS_2_6_11

#define _TIF_ENTRY_WORK		(_TIF_SYSCALL_AUDIT | _TIF_SYSCALL_TRACE)
#define _TIF_EXIT_TRACE		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK	0xffff
#define _TIF_WORK_MASK		(0xffff & ~_TIF_EXIT_TRACE)
#define FORK_CLEARS		_TIF_SYSCALL_TRACE
#define DETACH_CLEARS		0
#define STACK_RESERVE		0		/* esp0 is exactly the stack's top */
#define SIGNAL_STOP_ENDS_STEP	0		/* do_debug takes ptrace's TF back */
#define MASK_WITH_NODEFER	0		/* is sa_mask blocked under SA_NODEFER? */
#define MASK_WITHOUT_FRAME	1		/* and when the handler's frame has no room? */

#ifdef __ASSEMBLER__
.macro SKIP_EMULATED_CALL
.endm
#include "history/entry-2.6.11.h"
#else
/* What each way to resume does to the flags: request, set, clear. */
#define RESUME_RULES(X)                                                         \
	X(PTRACE_SYSCALL, _TIF_SYSCALL_TRACE, 0)                                \
	X(PTRACE_CONT, 0, _TIF_SYSCALL_TRACE)                                   \
	X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE)
#endif
#endif
