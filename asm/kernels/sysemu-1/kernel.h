/* SPDX-License-Identifier: GPL-2.0-only */
/* sysemu-1: 2.6.11 with part 1 of the patch (part 2 only renames). Every resume sets both flags. */
#ifndef KERNEL_NAME
#define KERNEL_NAME "sysemu-1"
#endif
#define RESUME_RULES(X)                                          \
	X(PTRACE_SYSEMU, _TIF_SYSCALL_EMU, _TIF_SYSCALL_TRACE)   \
	X(PTRACE_SYSCALL, _TIF_SYSCALL_TRACE, _TIF_SYSCALL_EMU)  \
	X(PTRACE_CONT, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU) \
	X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)
#include "../sysemu/kernel.h"
