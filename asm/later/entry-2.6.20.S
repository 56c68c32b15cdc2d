/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-2.6.20.S: the way in and out from 2.6.20 to 2.6.26, in the order the CPU runs it. Against entry.S:
 * the frame has the program's fs; a program's own TF becomes S, so that the trap behind a call is not lost:
 * up to 2.6.21 on the way in, from 2.6.22 on on the way out.
 *
 * Counted:   the column N in the margin is the instruction's place on the int 0x80 and the SYSENTER
 *            fast path. TF_MEANS_STEP_* come from kernels/K/kernel.h.
 */
#include "abi.h"
#include "kernel.h"
#include "later/frame.h"
#include "later/common.h"

/* Two instructions, if TF is clear. A program's step stops behind the call, not one instruction later. */
.macro TF_MEANS_STEP
	testl	$X86_EFLAGS_TF, PT_EFLAGS(%esp)
	jz	.Lno_singlestep
	orl	$_TIF_SINGLESTEP, TI_FLAGS(%ebp)
.Lno_singlestep:
.endm

	.text
	RET_FROM_FORK
	RET_FROM_EXCEPTION

/* SYSENTER. From: __kernel_vsyscall, ring 3. ebp: the program's stack. Fast exit: sysexit. */
ENTRY sysenter_entry
	movl	TSS_sysenter_esp0(%esp), %esp	/*  1 */
sysenter_past_esp:
	sti					/*  2 */
	pushl	$USER_DS			/*  3  oldss */
	pushl	%ebp				/*  4  oldesp */
	pushfl					/*  5  eflags, IF set by the sti */
	pushl	$USER_CS			/*  6 */
	pushl	$SYSENTER_RETURN		/*  7  eip */

	cmpl	$PAGE_OFFSET - 3, %ebp		/*  8  all four bytes must be the user's */
	jae	syscall_fault			/*  9 */
1:	movl	(%ebp), %ebp			/* 10 */
	EX_TABLE 1b, syscall_fault

	pushl	%eax				/* 11  orig_eax */
	SAVE_ALL				/* 12 to 27 */
	GET_THREAD_INFO %ebp			/* 28, 29 */

	testw	$_TIF_ENTRY_WORK, TI_FLAGS(%ebp)	/* 30 */
	jnz	syscall_trace_entry		/* 31 */
	cmpl	$NR_SYSCALLS, %eax; .Lrange_1:	/* 32 */
	jae	syscall_badsys			/* 33 */
	call	*sys_call_table(,%eax,4)	/* 34 */
	movl	%eax, PT_EAX(%esp)		/* 35 */
	cli					/* 36 */
	movl	TI_FLAGS(%ebp), %ecx		/* 37 */
	testw	$_TIF_ALLWORK_MASK, %cx		/* 38 */
	jne	syscall_exit_work		/* 39 */
	movl	PT_EIP(%esp), %edx		/* 40  sysexit takes eip from edx */
	movl	PT_OLDESP(%esp), %ecx		/* 41  and esp from ecx */
	xorl	%ebp, %ebp			/* 42 */
1:	mov	PT_FS(%esp), %fs		/* 43 */
	sti					/* 44  acts behind the next instruction */
	sysexit					/* 45 */
	.pushsection .fixup, "ax"
2:	movl	$0, PT_FS(%esp)
	jmp	1b
	.popsection
	EX_TABLE 1b, 2b
END sysenter_entry

/* int $0x80. From: ring 3 through a trap gate of DPL 3. eax: the call's number. Leaves by iret. */
ENTRY system_call
	pushl	%eax				/*  1  orig_eax */
	SAVE_ALL				/*  2 to 17 */
	GET_THREAD_INFO %ebp			/* 18, 19 */
#ifdef TF_MEANS_STEP_IN
	TF_MEANS_STEP				/* 20, 21 up to 2.6.21 */
#endif
	testw	$_TIF_ENTRY_WORK, TI_FLAGS(%ebp)	/* 20 */
	jnz	syscall_trace_entry		/* 21 */
	cmpl	$NR_SYSCALLS, %eax; .Lrange_2:	/* 22 */
	jae	syscall_badsys			/* 23 */
ENTRY syscall_call
	call	*sys_call_table(,%eax,4)	/* 24 */
	movl	%eax, PT_EAX(%esp)		/* 25 */
ENTRY syscall_exit
	cli					/* 26  no flag may be set between this look and iret */
#ifndef TF_MEANS_STEP_IN
	TF_MEANS_STEP				/* 27, 28 */
#endif
	movl	TI_FLAGS(%ebp), %ecx		/* 29 */
	testw	$_TIF_ALLWORK_MASK, %cx		/* 30 */
	jne	syscall_exit_work		/* 31 */
ENTRY restore_all
	TEST_16BIT_STACK			/* 32 to 36 */
	je	ldt_ss				/* 37 */
ENTRY restore_nocheck
	RESTORE_REGS				/* 38 to 48 */
	RETURN_TO_USER				/* 49 */
END restore_nocheck
END restore_all
END syscall_exit
END syscall_call
END system_call

	WORK_PENDING

/* T, E or A: the tracer sees the call before it runs. Not 0: it is skipped, and so is its exit. */
ENTRY syscall_trace_entry
	movl	$-ENOSYS, PT_EAX(%esp)
	movl	%esp, %eax
	xorl	%edx, %edx
	call	do_syscall_trace
	cmpl	$0, %eax
	jne	resume_userspace
	movl	PT_ORIG_EAX(%esp), %eax
	cmpl	$NR_SYSCALLS, %eax; .Lrange_3:
	jnae	syscall_call
	jmp	syscall_exit
END syscall_trace_entry

ENTRY syscall_exit_work
	testb	$_TIF_EXIT_TRACE, %cl
	jz	work_pending
	sti
	movl	%esp, %eax
	movl	$1, %edx
	call	do_syscall_trace
	jmp	resume_userspace
END syscall_exit_work

/* From: sysenter_entry alone: ebp is no user pointer. Skips entry tracing, and SYSEMU. */
ENTRY syscall_fault
	pushl	%eax
	SAVE_ALL
	GET_THREAD_INFO %ebp
	movl	$-EFAULT, PT_EAX(%esp)
	jmp	resume_userspace
END syscall_fault

	SYSCALL_BADSYS
	TRAPS
