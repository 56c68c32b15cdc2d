/* SPDX-License-Identifier: GPL-2.0-only */
/* syscall.h: a call, for programs of bench inside. */
	.macro	syscall nr
	movl	$\nr, %eax
	int	$0x80
	.endm
