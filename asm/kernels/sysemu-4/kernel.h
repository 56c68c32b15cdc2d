/* SPDX-License-Identifier: GPL-2.0-only */
/* sysemu-4: parts 1 to 4: SYSCALL leaves EMU, which then remembers that the call was skipped. */
#define KERNEL_NAME "sysemu-4"
#define RESUME_RULES(X)                                          \
	X(PTRACE_SYSEMU, _TIF_SYSCALL_EMU, _TIF_SYSCALL_TRACE)   \
	X(PTRACE_SYSCALL, _TIF_SYSCALL_TRACE, 0)                 \
	X(PTRACE_CONT, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU) \
	X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)
#include "../sysemu/kernel.h"
