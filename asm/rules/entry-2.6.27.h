/* SPDX-License-Identifier: GPL-2.0-only */
/* entry-2.6.27.h: flags of 16 bits, in entry-2.6.27.S. 2.6.30's, which no longer fit: entry-2.6.30.h. */
.macro TEST_ENTRY_WORK flags
	testw	$_TIF_ENTRY_WORK, \flags
.endm

.macro TEST_EXIT_WORK
	testw	$_TIF_ALLWORK_MASK, %cx
.endm

.macro TEST_EXIT_TRACE
	testb	$_TIF_EXIT_TRACE, %cl
.endm
