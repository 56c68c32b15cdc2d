/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-2.6.14.h: what entry.S does otherwise in 2.6.14. The same places in 2.6.11:
 * entry-2.6.11.h. Included by kernels/K/kernel.h.
 */

#define ESPFIX_SS	0xd8

#ifndef SKIP_CODE_OF_ITS_OWN
.macro SKIP_CODE				/* c8c86cecd1d, and two behind it, have a label of their own */
.endm
#endif

.macro TEST_ENTRY_WORK flags
	testw	$_TIF_ENTRY_WORK, \flags	/* SECCOMP is bit 8 */
.endm

#ifndef TF_MEANS_STEP_IN
.macro TF_MEANS_STEP
.endm
#endif

.macro CHECK_16BIT_STACK
	TEST_16BIT_STACK
	je	ldt_ss
.endm

/* An exception on the kernel's own 16-bit stack would have to leave it first. */
.macro LEAVE_16BIT_STACK
	pushl	%es
	pushl	%eax
	movl	%ss, %eax
	cmpw	$ESPFIX_SS, %ax
	jne	1f
	ud2					/* no such segment is ever loaded */
1:	popl	%eax
	popl	%ecx
.endm

/* work_notifysig: looks again; a WORK bit that nobody clears then loops for ever. c3ff8ec31c1, a week
 * behind SYSEMU; up to then as 2.6.11. */
#ifndef AFTER_NOTIFY_TO
#define AFTER_NOTIFY_TO	resume_userspace
#endif
.macro AFTER_NOTIFY
	jmp	AFTER_NOTIFY_TO
.endm

.macro AFTER_DEBUG_TRAP
.endm

/* The program's cs, eip or ss cannot be returned to: a signal, and another try. */
.macro IRET_FAULT
	sti
	pushl	$0
	pushl	$do_iret_error
	jmp	error_code
.endm

.macro MORE_ENTRY_CODE
	SKIP_CODE
	LDT_SS
.endm
