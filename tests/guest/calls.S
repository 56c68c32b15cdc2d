/* SPDX-License-Identifier: GPL-2.0-only */
/* calls.S: getpid, getppid, exit 3: three calls that can be told apart, five bytes and an
 * int $0x80 each, for traces. */
	.text
	.globl	_start
_start:
	movl	$20, %eax
	int	$0x80
	movl	$64, %eax
	int	$0x80
	movl	$3, %ebx
	movl	$1, %eax
	int	$0x80
