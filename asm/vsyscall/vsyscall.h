/* SPDX-License-Identifier: GPL-2.0-only */
/* vsyscall.h: what both flavours of the vsyscall page share: the signal trampolines. */
#include "abi.h"

	.macro	FUNCTION name
	.globl	\name
	.type	\name, @function
\name:
	.cfi_startproc
	.endm

	.macro	END_FUNCTION name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.macro	SIGNAL_TRAMPOLINES
	.balign	32, 0x90
	FUNCTION __kernel_sigreturn
	popl	%eax
	movl	$__NR_sigreturn, %eax
	int	$0x80
	END_FUNCTION __kernel_sigreturn
	.balign	32, 0x90
	FUNCTION __kernel_rt_sigreturn
	movl	$__NR_rt_sigreturn, %eax
	int	$0x80
	END_FUNCTION __kernel_rt_sigreturn
	.endm
