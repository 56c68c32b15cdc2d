/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.14: SYSEMU as Linux took it. Each resume sets or clears both flags; a skipped call
 * gets orig_eax = -1 and leaves by resume_userspace; SYSEMU_SINGLESTEP; DETACH clears both.
 */
#ifndef KERNEL_H
#define KERNEL_H

#ifndef KERNEL_NAME
#define KERNEL_NAME		"2.6.14"
#define KERNEL_ERA		0x02060e
#define NR_SYSCALLS		NR_SYSCALLS_2_6_14
#endif

#define _TIF_ENTRY_WORK		(_TIF_SYSCALL_EMU | _TIF_SYSCALL_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_AUDIT)
#define _TIF_EXIT_TRACE		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK	(0xffff & ~_TIF_SECCOMP)
#ifndef _TIF_WORK_MASK
#define _TIF_WORK_MASK		(0xffff & ~(_TIF_EXIT_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#endif
#define FORK_CLEARS		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)
#ifndef DETACH_CLEARS
#define DETACH_CLEARS		(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)
#endif
#define STACK_RESERVE		8		/* esp0 lies that far below the stack's top */
#define SIGNAL_STOP_ENDS_STEP	1		/* any signal stop takes ptrace's TF back, not do_debug */
#define MASK_WITH_NODEFER	1		/* is sa_mask blocked under SA_NODEFER? */
#define MASK_WITHOUT_FRAME	0		/* and when the handler's frame has no room? */

#ifdef __ASSEMBLER__
#ifndef SKIPPED_CALL_TO
#define SKIPPED_CALL_TO	resume_userspace
#endif
.macro SKIP_EMULATED_CALL
	cmpl	$0, %eax
	jne	SKIPPED_CALL_TO
.endm
#include "history/entry-2.6.14.h"
#elif !defined(RESUME_RULES)
#define RESUME_RULES(X)                                                         \
	X(PTRACE_SYSEMU, _TIF_SYSCALL_EMU, _TIF_SYSCALL_TRACE)                  \
	X(PTRACE_SYSCALL, _TIF_SYSCALL_TRACE, _TIF_SYSCALL_EMU)                 \
	X(PTRACE_CONT, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)                \
	X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)          \
	X(PTRACE_SYSEMU_SINGLESTEP, _TIF_SYSCALL_EMU, _TIF_SYSCALL_TRACE)
#endif
#endif
