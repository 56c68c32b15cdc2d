/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-4.14.S: the way in and out from 4.4 on, when what was labels here became C: call-*.c has what
 * is done between the two, trace-*.c what a tracer sees of it. What this file does: save, call, restore.
 *
 * See it:    sysemu count --kernel 6.12 --disasm
 * Counted:   the column N in the margin is the instruction's place on the int 0x80 and the SYSENTER
 *            fast path, of this file alone; C calls in between are counted with it by docs/entry-cost.md.
 * Left out:  the entry stack and its copies, page tables of the kernel's own, flushes of buffers and
 *            predictors, stack randomization, SMAP, lockdep (docs/later-kernels.md).
 */
#include "abi.h"
#include "kernel.h"
#include "later/frame.h"
#include "later/common.h"

	.text

/*
 * int $0x80. From: ring 3 through an interrupt gate (4.4: a trap gate): IF clear, five words on the stack. eax: the call's
 * number. The result is -ENOSYS until something says otherwise. Leaves by iret.
 */
ENTRY entry_INT80_32
ENTRY system_call
	pushl	%eax				/*  1  orig_eax */
	SAVE_ALL ax=$-ENOSYS			/*  2 to 18 */
	movl	%esp, %eax			/* 19 */
	call	INT80_CALL			/* 20 */
.Lsyscall_32_done:

/* Everything leaves here but a fast SYSENTER. From: above, every exception of user mode. IF clear, and
 * nothing is left to be done. */
ENTRY restore_all_switch_stack
ENTRY restore_all
	TEST_16BIT_STACK			/* 21 to 25 */
	je	ldt_ss				/* 26 */
ENTRY restore_nocheck
	RESTORE_REGS				/* 27 to 37 */
	RETURN_TO_USER				/* 38 */
END restore_nocheck
END restore_all
END restore_all_switch_stack
END system_call
END entry_INT80_32

	LDT_SS

/*
 * SYSENTER. From: __kernel_vsyscall, ring 3; ESP is the end of the TSS, IF clear, and TF as the program
 * had it: then each instruction traps from here on, up to where the flags are mended, and exc_debug_kernel
 * takes no notice. ebp: the program's stack.
 */
	.globl	__begin_SYSENTER_singlestep_region
__begin_SYSENTER_singlestep_region:
ENTRY entry_SYSENTER_32
ENTRY sysenter_entry
	movl	TSS_sysenter_esp0(%esp), %esp	/*  1 */
#ifdef SYSENTER_LOSES_FLAGS
sysenter_past_esp:
#endif
	pushl	$USER_DS			/*  2  oldss */
	SYSENTER_STACK				/*  3  oldesp */
	pushfl					/*  4  eflags, but for IF */
	SYSENTER_FLAGS				/*     up to 4.x: IF */
	pushl	$USER_CS			/*  5 */
	pushl	$0				/*  6  eip: C knows it */
	pushl	%eax				/*  7  orig_eax */
	SAVE_ALL ax=$-ENOSYS			/*  8 to 24 */
#ifndef SYSENTER_LOSES_FLAGS
	testl	$(X86_EFLAGS_NT | X86_EFLAGS_AC | X86_EFLAGS_TF), PT_EFLAGS(%esp) /* 25 */
	jnz	.Lsysenter_fix_flags		/* 26 */
.Lsysenter_flags_fixed:
#endif
	movl	%esp, %eax			/* 27 */
	call	SYSENTER_CALL			/* 28 */
	testl	%eax, %eax			/* 29  0: by iret */
	jz	.Lsyscall_32_done		/* 30 */

	movl	PT_EIP(%esp), %edx		/* 31  sysexit takes eip from edx */
	movl	PT_OLDESP(%esp), %ecx		/* 32  and esp from ecx */
1:	mov	PT_FS(%esp), %fs		/* 33 */
	popl	%ebx				/* 34 */
	addl	$8, %esp			/* 35  ecx and edx are the page's to pop */
	popl	%esi				/* 36 */
	popl	%edi				/* 37 */
	popl	%ebp				/* 38 */
	popl	%eax				/* 39 */
#ifndef SYSENTER_LOSES_FLAGS
	addl	$PT_EFLAGS - PT_DS, %esp	/* 40 */
	btrl	$9, (%esp)			/* 41  IF comes by the sti */
	popfl					/* 42 */
#endif
	sti					/* 43  acts behind the next instruction */
	sysexit					/* 44 */
	.pushsection .fixup, "ax"
2:	movl	$0, PT_FS(%esp)
	jmp	1b
	.popsection
	EX_TABLE 1b, 2b

#ifndef SYSENTER_LOSES_FLAGS
/* A program's NT would spoil our iret, AC and TF are not for the kernel: they stay in the frame. */
.Lsysenter_fix_flags:
	pushl	$X86_EFLAGS_FIXED
	popfl
	jmp	.Lsysenter_flags_fixed
#endif
	.globl	__end_SYSENTER_singlestep_region
__end_SYSENTER_singlestep_region:
END sysenter_entry
END entry_SYSENTER_32

/*
 * A new process's first steps. From: schedule, on the child's stack, with fork's frame on it and the task
 * switched from in eax. Leaves as any call does.
 */
ENTRY ret_from_fork
	pushl	%eax
	call	schedule_tail
	popl	%eax
	movl	%esp, %eax
	call	syscall_exit_to_user_mode
	jmp	.Lsyscall_32_done
END ret_from_fork

/* The end of every exception and interrupt: into user mode the way out looks for work. */
ENTRY ret_from_exception
	movl	PT_EFLAGS(%esp), %eax		/* VM, and the CPL in cs, in one test */
	movb	PT_CS(%esp), %al
	testl	$(X86_EFLAGS_VM | 3), %eax
	jz	restore_nocheck			/* into the kernel */
	movl	%esp, %eax
	call	irqentry_exit_to_user_mode
	jmp	restore_all_switch_stack
END ret_from_exception

	RESCHEDULE_INTERRUPT

	ERROR_CODE
	EXCEPTIONS

/*
 * #DB. From user mode it is a step, a breakpoint or a watchpoint. From the kernel it is one of SYSENTER's
 * instructions under TF, on whatever stack that is: thread_info cannot be found there.
 */
ENTRY debug
#ifdef SYSENTER_LOSES_FLAGS
	SYSENTER_DEBUG_STACK
#endif
	pushl	$-1				/* orig_eax: no system call */
	SAVE_ALL
	xorl	%edx, %edx
	movl	%esp, %eax
	testb	$3, PT_CS(%esp)
	jz	1f
	call	exc_debug_user
	jmp	ret_from_exception
1:	call	exc_debug_kernel
	jmp	restore_nocheck
END debug

	INT3

/*
 * The call itself. From: C, the frame in eax, the number, which is in the table, in edx. How a function
 * gets its arguments: CALL_BY_TABLE, of kernel.h.
 */
ENTRY ia32_sys_call
	CALL_BY_TABLE
END ia32_sys_call

	/* Behind the range check, whose last word is the bound: with processes it is another. */
	.section .rodata
	.globl	range_checks
	.balign	4
range_checks:
	.long	range_check, range_check, range_check
