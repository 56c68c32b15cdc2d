/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * glue.S: what stands beside a whole kernel that somebody else has built (`sysemu kernel import`): its
 * first instructions here, the way into a program, and doors for the host; stop port: boot/host.S.
 * Names in capitals and those of tables are the importer's (cli/kernel/import.c). Read next: glue.c.
 */
#include "abi.h"

#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176

	.text
/* From: the host, once. The tables that a booted kernel would have made are there already. */
	.globl	startup
	.type	startup, @function
startup:
	lgdt	gdt_descriptor
	lidt	idt_descriptor
	movl	$KERNEL_DS, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movl	$SELECTOR_FS, %eax
	movl	%eax, %fs
	movl	$SELECTOR_GS, %eax
	movl	%eax, %gs
	movl	$tracer_stack_top, %esp
	ljmp	$KERNEL_CS, $1f
1:	movl	$8 * GDT_ENTRY_TSS, %eax
	ltr	%ax
	xorl	%edx, %edx
	movl	$MSR_SYSENTER_CS, %ecx
	movl	$KERNEL_CS, %eax
	wrmsr
	movl	$MSR_SYSENTER_ESP, %ecx
	movl	$SYSENTER_STACK, %eax
	wrmsr
	movl	$MSR_SYSENTER_EIP, %ecx
	movl	$SYSENTER_ENTRY, %eax
	wrmsr
	movl	$STOP_BOOTED, %eax
	call	stop_port
	ud2
	.size	startup, . - startup

/* esp: a frame of this kernel's: up to es all have the same; fs and gs are in it or not (0). */
	.globl	restore_all
	.type	restore_all, @function
restore_all:
	movl	$FRAME_FS, %eax
	testl	%eax, %eax
	jz	1f
	movl	(%esp,%eax), %ecx
	movl	%ecx, %fs
1:	movl	$FRAME_GS, %eax
	testl	%eax, %eax
	jz	1f
	movl	(%esp,%eax), %ecx
	movl	%ecx, %gs
1:	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
	mov	4(%esp), %es
	mov	(%esp), %ds
	addl	$FRAME_REST, %esp
	iret
	.size	restore_all, . - restore_all

/* The tracer's calls come with a program's fs and gs. Arguments of fn are on the stack. */
	.macro	FROM_TRACER name, fn
	.globl	\name
	.type	\name, @function
\name:
	movl	$SELECTOR_FS, %eax
	movl	%eax, %fs
	movl	$SELECTOR_GS, %eax
	movl	%eax, %gs
	jmp	\fn
	.size	\name, . - \name
	.endm
	FROM_TRACER tracer_ptrace, glue_ptrace
	FROM_TRACER tracer_kill, glue_kill
	FROM_TRACER tracer_resched, glue_resched

	.data
	.balign	4
	.word	0
gdt_descriptor:
	.word	0xff
	.long	GDT
	.word	0
idt_descriptor:
	.word	256 * 8 - 1
	.long	IDT
	.globl	nr_tasks
nr_tasks:
	.long	3
