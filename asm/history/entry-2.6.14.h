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

/*
 * iret to a 16-bit stack leaves the upper half of esp to the kernel; such a stack needs an LDT,
 * which this kernel does not have, so the branch finds no such segment and comes back.
 */
.macro CHECK_16BIT_STACK
	movl	PT_EFLAGS(%esp), %eax		/* VM, and the CPLs of cs and ss, in one word */
	movb	PT_OLDSS(%esp), %ah
	movb	PT_CS(%esp), %al
	andl	$(X86_EFLAGS_VM | (4 << 8) | 3), %eax
	cmpl	$((4 << 8) | 3), %eax		/* an LDT stack, and a user's cs */
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
	pushl	$0
	pushl	$do_iret_error
	jmp	error_code
.endm

.macro MORE_ENTRY_CODE
	SKIP_CODE
ENTRY ldt_ss					/* from CHECK_16BIT_STACK */
	larl	PT_OLDSS(%esp), %eax
	jnz	restore_nocheck			/* no such descriptor: iret will say so */
	ud2					/* there is no LDT to find one in */
END ldt_ss
.endm
