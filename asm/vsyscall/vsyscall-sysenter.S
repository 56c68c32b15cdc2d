/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall-sysenter.S: __kernel_vsyscall by SYSENTER, which saves nothing: what the kernel
 * gives up (ecx, edx for sysexit, ebp for the stack) is kept here. The kernel returns to
 * SYSENTER_RETURN; a restarted call has eip moved back by two, onto the jump before it.
 */
#include "vsyscall.h"

#ifndef RESTART				/* vsyscall-sysenter-4.4.S has another */
#define RESTART	jmp .Lenter
#endif

	.text
	FUNCTION __kernel_vsyscall
	pushl	%ecx
	.cfi_adjust_cfa_offset 4
	pushl	%edx
	.cfi_adjust_cfa_offset 4
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset ebp, 0
.Lenter:
	movl	%esp, %ebp
	sysenter
	.fill	7, 1, 0x90		/* SYSENTER_RETURN keeps its old place */
	RESTART				/* SYSENTER_RETURN - 2 */
	.globl	SYSENTER_RETURN_HERE
SYSENTER_RETURN_HERE:
	popl	%ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore ebp
	popl	%edx
	.cfi_adjust_cfa_offset -4
	popl	%ecx
	.cfi_adjust_cfa_offset -4
	ret
	END_FUNCTION __kernel_vsyscall
	SIGNAL_TRAMPOLINES
