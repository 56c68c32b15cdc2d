/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysemu: 2.6.11 with the whole PTRACE_SYSEMU patch, its do_syscall_trace corrected.
 * Against 2.6.11 no instruction is added to the fast path: two masks change.
 */
#ifndef KERNEL_H
#define KERNEL_H

#ifndef KERNEL_NAME
#define KERNEL_NAME		"sysemu"
#endif
#define KERNEL_ERA		0x02060b
#define NR_SYSCALLS		NR_SYSCALLS_2_6_11

#define _TIF_ENTRY_WORK		(_TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SYSCALL_TRACE)
#define _TIF_EXIT_TRACE		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK	0xffff
#define _TIF_WORK_MASK		(0xffff & ~(_TIF_EXIT_TRACE | _TIF_SYSCALL_EMU))
#define FORK_CLEARS		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)
#define DETACH_CLEARS		0
#define STACK_RESERVE		0		/* esp0 is exactly the stack's top */
#define SIGNAL_STOP_ENDS_STEP	0		/* do_debug takes ptrace's TF back */
#define MASK_WITH_NODEFER	0		/* is sa_mask blocked under SA_NODEFER? */
#define MASK_WITHOUT_FRAME	1		/* and when the handler's frame has no room? */

#ifdef __ASSEMBLER__
.macro SKIP_EMULATED_CALL			/* part 1: non-zero, do not execute it */
	cmpl	$0, %eax
	jne	syscall_exit
.endm
#include "history/entry-2.6.11.h"
#elif !defined(RESUME_RULES)
/*
 * What each way to resume does to the flags: request, set, clear. SYSCALL and SINGLESTEP
 * leave EMU alone (parts 4 and 5): it then remembers that the call now ending was skipped.
 */
#define RESUME_RULES(X)                                                         \
	X(PTRACE_SYSEMU, _TIF_SYSCALL_EMU, _TIF_SYSCALL_TRACE)                  \
	X(PTRACE_SYSCALL, _TIF_SYSCALL_TRACE, 0)                                \
	X(PTRACE_CONT, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)                \
	X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE)
#endif
#endif
