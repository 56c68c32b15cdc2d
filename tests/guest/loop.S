/* SPDX-License-Identifier: GPL-2.0-only */
/* loop.S: runs for ever, without a call. */
	.text
	.globl	_start
_start:
	jmp	_start
