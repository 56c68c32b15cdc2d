/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.17: a program's own TF at int $0x80 becomes S, so that its trap comes behind the call: 2.6.16 had lost it. S
 * is work for any way out, which turns it into TF; ptrace sets RF, and no longer NT.
 */
#define KERNEL_NAME		"2.6.17"
#define KERNEL_ERA		0x020611
#define NR_SYSCALLS		317
#define _TIF_WORK_MASK		(0xffff & ~(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | _TIF_SYSCALL_EMU))
#undef EFLAGS_PTRACE_MASK
#define EFLAGS_PTRACE_MASK	0x00050dd5
#define SIGRETURN_RF		X86_EFLAGS_RF
#ifdef __ASSEMBLER__
#define TF_MEANS_STEP_IN
.macro TF_MEANS_STEP				/* 2, if TF is clear */
	testl	$X86_EFLAGS_TF, PT_EFLAGS(%esp)
	jz	.Lno_singlestep
	orl	$_TIF_SINGLESTEP, TI_FLAGS(%ebp)
.Lno_singlestep:
.endm
#endif
#include "../2.6.14/kernel.h"
