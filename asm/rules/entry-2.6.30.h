/* SPDX-License-Identifier: GPL-2.0-only */
/* entry-2.6.30.h: flags of 32 bits, in entry-2.6.27.S: a tracepoint's lies beyond the 16th. */
.macro TEST_ENTRY_WORK flags
	testl	$_TIF_ENTRY_WORK, \flags
.endm

.macro TEST_EXIT_WORK
	testl	$_TIF_ALLWORK_MASK, %ecx
.endm

.macro TEST_EXIT_TRACE
	testl	$_TIF_EXIT_TRACE, %ecx
.endm
