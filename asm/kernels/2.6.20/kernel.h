/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.20: the program's fs lies in the frame (it was gs up to 2.6.21, which nobody sees); a step over iret,
 * too, has its TF from the stack.
 */
#define KERNEL_NAME "2.6.20"
#define KERNEL_ERA  0x020614
#define NR_SYSCALLS 320
#define TF_MEANS_STEP_IN
#define IRET_SETS_TF      1
#define _TIF_ENTRY_WORK   (_TIF_SYSCALL_EMU | _TIF_SYSCALL_TRACE | _TIF_SECCOMP | _TIF_SYSCALL_AUDIT)
#define _TIF_EXIT_TRACE   (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)
#define _TIF_ALLWORK_MASK (0xffff & ~_TIF_SECCOMP)
#define _TIF_WORK_MASK \
	(0xffff & ~(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#define SIGNAL_STOP_ENDS_STEP 1
#include "rules/rules-2.6.20.h"
