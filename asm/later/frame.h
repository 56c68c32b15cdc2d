/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame.h: the frame of kernels from 2.6.20 on, as entry code builds and leaves it. What was new: the
 * kernel has a segment register of its own, fs, so the program's lies in the frame; from 2.6.30 on
 * (FRAME_SEGMENTS 2) there is a place for gs, which a kernel like ours leaves to the program.
 *
 *	 0 ebx    4 ecx    8 edx    c esi   10 edi   14 ebp   18 eax
 *	1c ds    20 es    24 fs   (28 gs)   then orig_eax, eip, cs, eflags, oldesp, oldss (abi.h)
 *
 * Read next: entry-2.6.20.S, entry-4.14.S.
 */
#include "entry/macros.h"

#ifndef SAVE_FS_EARLY
#define SAVE_FS_EARLY	0	/* 5.4: the kernel's fs is there before the rest is saved; 2 instructions */
#endif
#define IRET_FAULT_ENABLES (KERNEL_ERA < 0x020617) /* up to 2.6.22: an iret that faults goes on with interrupts */
#define KERNEL_PERCPU	0	/* one processor: its data are where the program says; an empty selector */

/* 13 instructions of 2.6.14, and 3 for fs; 1 for gs. ax: what the result is until there is one. */
.macro SAVE_ALL ax=%eax
	cld
	.if	FRAME_SEGMENTS > 1
	pushl	$0
	.endif
	pushl	%fs
	.if	SAVE_FS_EARLY
	pushl	%eax
	movl	$KERNEL_PERCPU, %eax
	movl	%eax, %fs
	popl	%eax
	.endif
	pushl	%es
	pushl	%ds
	pushl	\ax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	movl	$USER_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	.if	!SAVE_FS_EARLY
	movl	$KERNEL_PERCPU, %edx
	movl	%edx, %fs
	.endif
.endm

/* A segment that cannot be loaded becomes 0, and its pop is tried again. */
.macro POP_SEGMENT seg
1:	popl	\seg
	.pushsection .fixup, "ax"
2:	movl	$0, (%esp)
	jmp	1b
	.popsection
	EX_TABLE 1b, 2b
.endm

.macro RESTORE_REGS			/* 11: orig_eax and gs's place are left in one step */
	RESTORE_INT_REGS
	POP_SEGMENT %ds
	POP_SEGMENT %es
	POP_SEGMENT %fs
	addl	$4 * FRAME_SEGMENTS, %esp
.endm

/* The program's cs, eip or ss cannot be returned to: a signal, and another try. */
.macro RETURN_TO_USER
1:	iret
	.pushsection .fixup, "ax"
2:
	.if	IRET_FAULT_ENABLES
	sti
	.endif
	pushl	$0
	pushl	$do_iret_error
	jmp	error_code
	.popsection
	EX_TABLE 1b, 2b
.endm

/*
 * The frame of an exception, of (handler, the CPU's error code) on the stack: the handler's address
 * lies in the last segment's place. C handler: (regs, error code). Goes on at ret_from_exception.
 */
.macro ERROR_CODE
ENTRY error_code
	.if	FRAME_SEGMENTS > 1
	pushl	%fs
	.endif
	pushl	%es
	pushl	%ds
	pushl	%eax
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	cld
	.if	FRAME_SEGMENTS == 1
	pushl	%fs
	popl	%ecx				/* the program's fs */
	.else
	xorl	%ecx, %ecx			/* gs stays the program's */
	.endif
	movl	$KERNEL_PERCPU, %edx
	movl	%edx, %fs
	movl	PT_ORIG_EAX - 4(%esp), %edi	/* the handler */
	movl	PT_ORIG_EAX(%esp), %edx		/* the CPU's error code */
	movl	$-1, PT_ORIG_EAX(%esp)		/* no system call to restart */
	movl	%ecx, PT_ORIG_EAX - 4(%esp)
	movl	$USER_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%esp, %eax
	call	*%edi
	jmp	ret_from_exception
END error_code
.endm

.macro RESCHEDULE_INTERRUPT
ENTRY reschedule_interrupt
	pushl	$RESCHEDULE_VECTOR - 256
	SAVE_ALL
	jmp	ret_from_exception
END reschedule_interrupt
.endm

.macro INT3
ENTRY int3
	pushl	$-1				/* orig_eax: no system call */
	SAVE_ALL
	xorl	%edx, %edx
	movl	%esp, %eax
	call	do_int3
	jmp	ret_from_exception
END int3
.endm
