/* SPDX-License-Identifier: GPL-2.0-only */
/* native_child.S: what the native rows trace: getpid by int $0x80, for ever. */
	.text
	.globl	_start
_start:
	movl	$20, %eax
	int	$0x80
	jmp	_start
