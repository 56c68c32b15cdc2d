/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.11 to 2.6.12-rc3: the #DB and int3 stubs look at eax after a handler that returns
 * nothing. Ours return 0, so the signal work of this return is done; with junk in eax it
 * waits for the next kernel exit. Taken out in 2.6.12-rc4.
 */
.macro AFTER_DEBUG_TRAP
	testl	%eax, %eax
	jnz	restore_all
.endm
