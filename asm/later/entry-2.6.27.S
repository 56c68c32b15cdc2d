/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-2.6.27.S: the way in and out from 2.6.27 to 4.3, in the order the CPU runs it. Against
 * entry-2.6.20.S: a stepped task takes the slow way in, so the TF test is gone; what a tracer sees are two
 * functions; the first says which call is made, and one that is not, leaves as any other does: its exit
 * stops. SYSENTER reads its sixth argument when all is saved, and has an audit path of its own.
 *
 * Counted:   the column N in the margin is the instruction's place on the int 0x80 and the SYSENTER
 *            fast path: 2.6.27. From 2.6.30 on the frame has one word more. TEST_FLAGS: kernels/K/kernel.h.
 */
#include "abi.h"
#include "kernel.h"
#include "later/frame.h"
#include "later/common.h"

	.text
	RET_FROM_FORK
	RET_FROM_EXCEPTION

/* SYSENTER. From: __kernel_vsyscall, ring 3. ebp: the program's stack. Fast exit: sysexit. */
ENTRY sysenter_entry
	movl	TSS_sysenter_esp0(%esp), %esp	/*  1 */
sysenter_past_esp:
	pushl	$USER_DS			/*  2  oldss */
	pushl	%ebp				/*  3  oldesp */
	pushfl					/*  4  eflags, but for */
	orl	$X86_EFLAGS_IF, (%esp)		/*  5  IF */
	pushl	$USER_CS			/*  6 */
	pushl	$SYSENTER_RETURN		/*  7  eip */
	pushl	%eax				/*  8  orig_eax */
	SAVE_ALL				/*  9 to 24 */
	sti					/* 25 */

	cmpl	$PAGE_OFFSET - 3, %ebp		/* 26  all four bytes must be the user's */
	jae	syscall_fault			/* 27 */
1:	movl	(%ebp), %ebp			/* 28 */
	movl	%ebp, PT_EBP(%esp)		/* 29 */
	EX_TABLE 1b, syscall_fault
	GET_THREAD_INFO %ebp			/* 30, 31 */

	TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 32 */
	jnz	sysenter_audit			/* 33 */
sysenter_do_call:
	cmpl	$NR_SYSCALLS, %eax; .Lrange_1:	/* 34 */
	jae	syscall_badsys			/* 35 */
	call	*sys_call_table(,%eax,4)	/* 36 */
	movl	%eax, PT_EAX(%esp)		/* 37 */
	cli					/* 38 */
	movl	TI_FLAGS(%ebp), %ecx		/* 39 */
	TEST_EXIT_WORK				/* 40 */
	jne	sysexit_audit			/* 41 */
sysenter_exit:
	movl	PT_EIP(%esp), %edx		/* 42  sysexit takes eip from edx */
	movl	PT_OLDESP(%esp), %ecx		/* 43  and esp from ecx */
	xorl	%ebp, %ebp			/* 44 */
1:	mov	PT_FS(%esp), %fs		/* 45 */
	sti					/* 46  acts behind the next instruction */
	sysexit					/* 47 */
	.pushsection .fixup, "ax"
2:	movl	$0, PT_FS(%esp)
	jmp	1b
	.popsection
	EX_TABLE 1b, 2b

/* A alone: audit is told, and the rest of the way stays fast. What C has used comes from the frame again. */
sysenter_audit:
	testl	$(_TIF_ENTRY_WORK & ~_TIF_SYSCALL_AUDIT), TI_FLAGS(%ebp)
	jnz	syscall_trace_entry
	movl	%esp, %eax
	call	audit_sysenter_entry
	movl	PT_ORIG_EAX(%esp), %eax
	jmp	sysenter_do_call
sysexit_audit:
	testl	$(_TIF_ALLWORK_MASK & ~_TIF_SYSCALL_AUDIT), %ecx
	jne	syscall_exit_work
	sti
	movl	%esp, %eax
	call	audit_sysenter_exit
	cli
	movl	PT_EBX(%esp), %ebx
	movl	PT_ESI(%esp), %esi
	movl	PT_EDI(%esp), %edi
	movl	TI_FLAGS(%ebp), %ecx
	testl	$(_TIF_ALLWORK_MASK & ~_TIF_SYSCALL_AUDIT), %ecx
	jne	syscall_exit_work
	movl	PT_EAX(%esp), %eax
	jmp	sysenter_exit
END sysenter_entry

/* int $0x80. From: ring 3 through a trap gate of DPL 3. eax: the call's number. Leaves by iret. */
ENTRY system_call
	pushl	%eax				/*  1  orig_eax */
	SAVE_ALL				/*  2 to 17 */
	GET_THREAD_INFO %ebp			/* 18, 19 */
	TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 20 */
	jnz	syscall_trace_entry		/* 21 */
	cmpl	$NR_SYSCALLS, %eax; .Lrange_2:	/* 22 */
	jae	syscall_badsys			/* 23 */
ENTRY syscall_call
	call	*sys_call_table(,%eax,4)	/* 24 */
	movl	%eax, PT_EAX(%esp)		/* 25 */
ENTRY syscall_exit
	cli					/* 26  no flag may be set between this look and iret */
	movl	TI_FLAGS(%ebp), %ecx		/* 27 */
	TEST_EXIT_WORK				/* 28 */
	jne	syscall_exit_work		/* 29 */
ENTRY restore_all
	TEST_16BIT_STACK			/* 30 to 34 */
	je	ldt_ss				/* 35 */
ENTRY restore_nocheck
	RESTORE_REGS				/* 36 to 46 */
	RETURN_TO_USER				/* 47 */
END restore_nocheck
END restore_all
END syscall_exit
END syscall_call
END system_call

	WORK_PENDING

/* T, E, A or S. eax behind the call: the number to be made, -1: none. Both leave by syscall_exit. */
ENTRY syscall_trace_entry
	movl	$-ENOSYS, PT_EAX(%esp)
	movl	%esp, %eax
	call	syscall_trace_enter
	cmpl	$NR_SYSCALLS, %eax; .Lrange_3:
	jnae	syscall_call
	jmp	syscall_exit
END syscall_trace_entry

ENTRY syscall_exit_work
	TEST_EXIT_TRACE
	jz	work_pending
	sti
	movl	%esp, %eax
	call	syscall_trace_leave
	jmp	resume_userspace
END syscall_exit_work

/* From: sysenter_entry alone: ebp is no user pointer. Skips entry tracing, and SYSEMU. */
ENTRY syscall_fault
	GET_THREAD_INFO %ebp
	movl	$-EFAULT, PT_EAX(%esp)
	jmp	resume_userspace
END syscall_fault

	SYSCALL_BADSYS
	TRAPS
