/* SPDX-License-Identifier: GPL-2.0-only */
/* segv.S: dies of SIGSEGV at once. */
	.text
	.globl	_start
_start:
	movl	0, %eax
