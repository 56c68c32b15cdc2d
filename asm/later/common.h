/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * common.h: what lies beside the fast paths in entry-2.6.20.S and entry-2.6.27.S, in both the same: the way
 * out of exceptions, work before iret, traps (#DB's stack in 4.4, too). As in entry.S, whose comments say what for.
 */

/* From: schedule, on the child's stack. From 2.6.25 on the child's kernel flags are reset, too. */
.macro RET_FROM_FORK
ENTRY ret_from_fork
	pushl	%eax
	call	schedule_tail
	GET_THREAD_INFO %ebp
	popl	%eax
	jmp	syscall_exit
END ret_from_fork
.endm

/* From: every exception, frame complete. */
.macro RET_FROM_EXCEPTION
ENTRY ret_from_exception
	GET_THREAD_INFO %ebp
	movl	PT_EFLAGS(%esp), %eax		/* VM, and the CPL in cs, in one test */
	movb	PT_CS(%esp), %al
	andl	$(X86_EFLAGS_VM | 3), %eax
	cmpl	$3, %eax
	jb	restore_nocheck			/* into the kernel */
ENTRY resume_userspace				/* ebp: thread_info; T, A and E have had their say */
	cli
	movl	TI_FLAGS(%ebp), %ecx
	andl	$_TIF_WORK_MASK, %ecx
	jne	work_pending
	jmp	restore_all
END resume_userspace
END ret_from_exception
.endm

/* From: syscall_exit, the flags in ecx, all of them; resume_userspace, masked. IF clear. */
.macro WORK_PENDING
ENTRY work_pending
	testb	$_TIF_NEED_RESCHED, %cl
	jz	work_notifysig
work_resched:
	call	schedule
	cli
	movl	TI_FLAGS(%ebp), %ecx
	andl	$_TIF_WORK_MASK, %ecx
	jz	restore_all
	testb	$_TIF_NEED_RESCHED, %cl
	jnz	work_resched
work_notifysig:
	testl	$X86_EFLAGS_VM, PT_EFLAGS(%esp)
	movl	%esp, %eax
	jne	work_notifysig_v86
	xorl	%edx, %edx
	call	do_notify_resume		/* (regs, 0, flags) */
	jmp	resume_userspace
work_notifysig_v86:
	pushl	%ecx
	call	save_v86_state
	popl	%ecx
	movl	%eax, %esp
	xorl	%edx, %edx
	call	do_notify_resume
	jmp	resume_userspace
END work_pending
.endm

.macro SYSCALL_BADSYS
ENTRY syscall_badsys
	movl	$-ENOSYS, PT_EAX(%esp)
	jmp	resume_userspace
END syscall_badsys
.endm

/* A SYSENTER under TF traps on the TSS's small stack: the real one first (entry.S: debug). */
.macro SYSENTER_DEBUG_STACK
	cmpl	$sysenter_entry, (%esp)
	jne	debug_stack_correct
	cmpw	$KERNEL_CS, 4(%esp)
	jne	debug_stack_correct
	movl	TSS_sysenter_esp0 + 12(%esp), %esp
	pushfl
	pushl	$KERNEL_CS
	pushl	$sysenter_past_esp
debug_stack_correct:
.endm

.macro TRAPS
	RESCHEDULE_INTERRUPT

	ERROR_CODE
	EXCEPTIONS

ENTRY debug
	SYSENTER_DEBUG_STACK
	pushl	$-1				/* orig_eax: no system call */
	SAVE_ALL
	xorl	%edx, %edx
	movl	%esp, %eax
	call	do_debug
	jmp	ret_from_exception
END debug

	INT3
	LDT_SS

	/* Behind each range check, whose last word is the bound: with processes it is another. */
	.section .rodata
	.globl	range_checks
	.balign	4
range_checks:
	.long	.Lrange_1, .Lrange_2, .Lrange_3
.endm
