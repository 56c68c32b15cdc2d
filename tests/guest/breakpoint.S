/* SPDX-License-Identifier: GPL-2.0-only */
/* breakpoint.S: dies of the SIGTRAP of its own int3, which is not a stop of a call. */
	.text
	.globl	_start
_start:
	int3
