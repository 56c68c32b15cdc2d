/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-2.6.11.h: entry.S as it was from 2.6.11 to the patch. What 2.6.14 does in each place:
 * entry-2.6.14.h. Included by kernels/K/kernel.h.
 */

.macro TEST_ENTRY_WORK flags
	testb	$_TIF_ENTRY_WORK, \flags	/* all three bits lie below 8 (abi.h) */
.endm

.macro TF_MEANS_STEP				/* 2.6.17 */
.endm

.macro CHECK_16BIT_STACK
.endm

.macro LEAVE_16BIT_STACK
	movl	%es, %ecx
.endm

/* work_notifysig: straight out, no second look at the flags. */
.macro AFTER_NOTIFY
	jmp	restore_all
.endm

/*
 * The #DB and int3 stubs look at eax after a handler that returns nothing. Ours return 0, so
 * the signal work of this return is done; with junk in eax it waits for the next kernel exit.
 * Taken out in 2.6.12-rc4.
 */
.macro AFTER_DEBUG_TRAP
	testl	%eax, %eax
	jnz	restore_all
.endm

/* The program's cs, eip or ss cannot be returned to: it dies as of SIGSEGV. */
.macro IRET_FAULT
	sti
	movl	$USER_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	movl	$11, %eax
	call	do_exit
.endm

.macro MORE_ENTRY_CODE
.endm
