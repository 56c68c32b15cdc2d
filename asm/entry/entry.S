/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.S: the way into the kernel and back, in the order the CPU runs it.
 *
 * See it:    sysemu count --disasm            (the path taken, numbered)
 *            sysemu count --flags EMU --disasm --entry sysenter
 * Counted:   the column N in the margin is the instruction's place on the int 0x80
 *            and the sysenter fast path; tests/kernels/count_test.c holds every total.
 * By kernel: masks and SKIP_EMULATED_CALL come from kernels/K/kernel.h; where 2.6.14 differs
 *            from 2.6.11 a macro of history/entry-2.6.1*.h stands (no instruction in 2.6.11).
 * May know:  abi.h and kernel.h. Read next: trace.c.
 */
#include "abi.h"
#include "kernel.h"
#include "entry/macros.h"

/*
 * The kernel stack in every handler below, from %esp upwards. An entry builds it from the
 * top: the CPU (or sysenter_entry, in its place) pushes the last five words.
 *
 *	 0 ebx    4 ecx    8 edx    c esi   10 edi   14 ebp   18 eax
 *	1c ds    20 es    24 orig_eax (call number; -1: not a system call)
 *	28 eip   2c cs    30 eflags   34 oldesp   38 oldss
 */

.macro SAVE_ALL				/* 13 instructions; clobbers edx (saved) */
	cld
	pushl	%es
	pushl	%ds
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	movl	$USER_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
.endm

/* The segments are the program's own choice (SETREGS, a far load): one that cannot be
 * loaded becomes 0, and the pop is tried again. */
.macro RESTORE_REGS			/* 9 */
	RESTORE_INT_REGS
1:	popl	%ds
2:	popl	%es
	.pushsection .fixup, "ax"
3:	movl	$0, (%esp)
	jmp	1b
4:	movl	$0, (%esp)
	jmp	2b
	.popsection
	EX_TABLE 1b, 3b
	EX_TABLE 2b, 4b
.endm

.macro RESTORE_ALL			/* 11 */
	RESTORE_REGS
	addl	$4, %esp		/* orig_eax */
1:	iret
	.pushsection .fixup, "ax"
2:	IRET_FAULT
	.popsection
	EX_TABLE 1b, 2b
.endm

	.text

/*
 * A new process's first steps. From: schedule, on the child's stack, with fork's frame
 * on it and the task switched from in eax. IF clear. Leaves as any system call does.
 */
ENTRY ret_from_fork
	pushl	%eax
	call	schedule_tail
	GET_THREAD_INFO %ebp
	popl	%eax
	jmp	syscall_exit
END ret_from_fork

/*
 * The end of every exception. From: the stubs at the end of this file, frame complete.
 * Into user mode it looks for work; into the kernel it does not.
 */
ENTRY ret_from_exception
	GET_THREAD_INFO %ebp
	movl	PT_EFLAGS(%esp), %eax	/* VM, and the CPL in cs, in one test */
	movb	PT_CS(%esp), %al
	testl	$(X86_EFLAGS_VM | 3), %eax
	jz	restore_nocheck			/* into the kernel: no work, no check */
	nop				/* the kernel pads here to align resume_userspace */
END ret_from_exception

/*
 * Back to user mode by way of the work flags. From: above, after exit tracing, a bad call
 * number or a bad sixth argument. ebp: thread_info. T, A, S and E do not count here: what
 * they ask for has been done.
 */
ENTRY resume_userspace
	cli				/* no flag may be set between this look and iret */
	movl	TI_FLAGS(%ebp), %ecx
	andl	$_TIF_WORK_MASK, %ecx
	jne	work_pending
	jmp	restore_all
END resume_userspace

/*
 * SYSENTER. From: __kernel_vsyscall, ring 3. CS, SS and EIP are set, ESP is the end of the
 * TSS, a small stack that a #DB may use; nothing is saved; IF clear, TF as the program had it.
 * ebp: the program's stack, (%ebp): its ebp, the sixth argument. Fast exit: sysexit.
 * With any work it joins int 0x80's labels and leaves by iret.
 */
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
	SAVE_ALL				/* 12 to 24 */
	GET_THREAD_INFO %ebp			/* 25, 26 */

	TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 27 */
	jnz	syscall_trace_entry		/* 28 */
	cmpl	$NR_SYSCALLS, %eax; .Lrange_1:		/* 29 */
	jae	syscall_badsys			/* 30 */
	call	*sys_call_table(,%eax,4)	/* 31 */
	movl	%eax, PT_EAX(%esp)		/* 32 */
	cli					/* 33 */
	movl	TI_FLAGS(%ebp), %ecx		/* 34 */
	testw	$_TIF_ALLWORK_MASK, %cx		/* 35 */
	jne	syscall_exit_work		/* 36 */
	movl	PT_EIP(%esp), %edx		/* 37  sysexit takes eip from edx */
	movl	PT_OLDESP(%esp), %ecx		/* 38  and esp from ecx */
	xorl	%ebp, %ebp			/* 39 */
	sti					/* 40  acts behind the next instruction */
	sysexit					/* 41 */
END sysenter_entry

/*
 * int $0x80. From: ring 3 through a trap gate of DPL 3: on the task's own stack, with five
 * words on it, IF as it was. eax: the call's number. Leaves by iret.
 */
ENTRY system_call
	pushl	%eax				/*  1  orig_eax */
	SAVE_ALL				/*  2 to 14 */
	GET_THREAD_INFO %ebp			/* 15, 16 */
	TF_MEANS_STEP
	TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 17 */
	jnz	syscall_trace_entry		/* 18 */
	cmpl	$NR_SYSCALLS, %eax; .Lrange_2:		/* 19 */
	jae	syscall_badsys			/* 20 */
ENTRY syscall_call
	call	*sys_call_table(,%eax,4)	/* 21 */
	movl	%eax, PT_EAX(%esp)		/* 22 */
ENTRY syscall_exit
	cli					/* 23  no flag may be set between this look and iret */
	movl	TI_FLAGS(%ebp), %ecx		/* 24 */
	testw	$_TIF_ALLWORK_MASK, %cx		/* 25 */
	jne	syscall_exit_work		/* 26 */
ENTRY restore_all
	CHECK_16BIT_STACK
ENTRY restore_nocheck
	RESTORE_ALL				/* 27 to 37 */
END restore_nocheck
END restore_all
END syscall_exit
END syscall_call
END system_call

/*
 * Something is to be done before iret. ecx: the flags, all 32 bits from syscall_exit_work,
 * masked from elsewhere. ebp: thread_info. IF clear.
 */
ENTRY work_pending
	testb	$_TIF_NEED_RESCHED, %cl
	jz	work_notifysig
work_resched:
	call	schedule
	cli
	movl	TI_FLAGS(%ebp), %ecx
	andl	$_TIF_WORK_MASK, %ecx
	jz	restore_all			/* nothing left */
	testb	$_TIF_NEED_RESCHED, %cl
	jnz	work_resched
work_notifysig:
	testl	$X86_EFLAGS_VM, PT_EFLAGS(%esp)
	movl	%esp, %eax
	jne	work_notifysig_v86
	xorl	%edx, %edx
	call	do_notify_resume		/* (regs, 0, flags) */
	AFTER_NOTIFY
work_notifysig_v86:
	pushl	%ecx
	call	save_v86_state
	popl	%ecx
	movl	%eax, %esp
	xorl	%edx, %edx
	call	do_notify_resume
	AFTER_NOTIFY
END work_pending

/*
 * T, E or A is set: the tracer sees the call before it runs. From: either entry, eax the
 * number. do_syscall_trace stops there; afterwards the number is what the tracer left in
 * orig_eax. The range is checked behind the stop, so a number outside it stops too.
 */
ENTRY syscall_trace_entry
	movl	$-ENOSYS, PT_EAX(%esp)		/* what the tracer finds, and a bad number's result */
	movl	%esp, %eax
	xorl	%edx, %edx			/* 0: entry */
	call	do_syscall_trace
	SKIP_EMULATED_CALL
	movl	PT_ORIG_EAX(%esp), %eax
	cmpl	$NR_SYSCALLS, %eax; .Lrange_3:
	jnae	syscall_call
	jmp	syscall_exit
END syscall_trace_entry

/* From: both exits, ecx the flags. T, A or S: the exit stop; E does not ask for one. */
ENTRY syscall_exit_work
	testb	$_TIF_EXIT_TRACE, %cl
	jz	work_pending
	sti
	movl	%esp, %eax
	movl	$1, %edx			/* 1: exit */
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

/* From: both entries, an untraced call out of range. */
ENTRY syscall_badsys
	movl	$-ENOSYS, PT_EAX(%esp)
	jmp	resume_userspace
END syscall_badsys

/*
 * The interrupt by which another CPU asks this one to look at its flags. It does nothing but
 * come back: the way out looks. orig_eax: the vector, made negative, as for any interrupt.
 */
ENTRY reschedule_interrupt
	pushl	$RESCHEDULE_VECTOR - 256
	SAVE_ALL
	jmp	ret_from_exception
END reschedule_interrupt

/*
 * Exceptions. error_code builds the same frame from (handler, CPU's error code) on the stack:
 * the handler's address lies in es's place, the code in orig_eax's. orig_eax becomes -1, so
 * no exception is ever taken for a call to restart. C handler: (regs, error code).
 */
ENTRY error_code
	pushl	%ds
	pushl	%eax
	xorl	%eax, %eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	decl	%eax				/* -1 */
	pushl	%ecx
	pushl	%ebx
	cld
	LEAVE_16BIT_STACK		/* ecx: the program's es */
	movl	PT_ES(%esp), %edi		/* the handler */
	movl	PT_ORIG_EAX(%esp), %edx		/* the CPU's error code */
	movl	%eax, PT_ORIG_EAX(%esp)
	movl	%ecx, PT_ES(%esp)
	movl	$USER_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%esp, %eax
	call	*%edi
	jmp	ret_from_exception
END error_code

	EXCEPTIONS

/*
 * #DB. A program may execute sysenter with TF set: the trap then comes at sysenter_entry, on
 * the TSS's small stack, with three words on it. Then the stack is the first thing to mend:
 * take the real one, and build the frame that a trap one instruction later would have made.
 */
ENTRY debug
	cmpl	$sysenter_entry, (%esp)
	jne	debug_stack_correct
	cmpw	$KERNEL_CS, 4(%esp)
	jne	debug_stack_correct
	movl	TSS_sysenter_esp0 + 12(%esp), %esp
	pushfl
	pushl	$KERNEL_CS
	pushl	$sysenter_past_esp
debug_stack_correct:
	pushl	$-1				/* orig_eax: no system call */
	SAVE_ALL
	xorl	%edx, %edx
	movl	%esp, %eax
	call	do_debug
	AFTER_DEBUG_TRAP
	jmp	ret_from_exception
END debug

ENTRY int3
	pushl	$-1
	SAVE_ALL
	xorl	%edx, %edx
	movl	%esp, %eax
	call	do_int3
	AFTER_DEBUG_TRAP
	jmp	ret_from_exception
END int3

	MORE_ENTRY_CODE

	/* Behind each range check, whose last word is the bound: with processes it is another. */
	.section .rodata
	.globl	range_checks
	.balign	4
range_checks:
	.long	.Lrange_1, .Lrange_2, .Lrange_3
