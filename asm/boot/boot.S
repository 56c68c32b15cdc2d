/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot.S: from power-on to the first halt. The computer hands over in protected mode, paging
 * on (sim/sim.h). Read next: boot.c.
 */
#include "abi.h"

#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176

	.text
/* From: the host, once. Everything undefined but CS, SS (flat), paging and IF (clear). */
	.globl	startup
	.type	startup, @function
startup:
	lgdt	gdt_descriptor
	movl	$KERNEL_DS, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	ljmp	$KERNEL_CS, $1f
1:	movl	$stacks + (TASK_TRACER + 1) * THREAD_SIZE, %esp
	call	start_kernel			/* the IDT, the TSS and the tasks */
	lidt	idt_descriptor
	movl	$8 * GDT_ENTRY_TSS, %eax
	ltr	%ax

	xorl	%edx, %edx
	movl	$MSR_SYSENTER_CS, %ecx
	movl	$KERNEL_CS, %eax
	wrmsr
	movl	$MSR_SYSENTER_ESP, %ecx
	movl	$init_tss_end, %eax
	wrmsr
	movl	$MSR_SYSENTER_EIP, %ecx
	movl	$sysenter_entry, %eax
	wrmsr
	movl	$STOP_BOOTED, %eax
	call	stop_port
	ud2
	.size	startup, . - startup

	.data
	.balign	8
	.globl	gdt_table
gdt_table:
	.fill	12, 8, 0
	.quad	0x00cf9a000000ffff		/* KERNEL_CS 0x60 */
	.quad	0x00cf92000000ffff		/* KERNEL_DS 0x68 */
	.quad	0x00cffa000000ffff		/* USER_CS 0x73 */
	.quad	0x00cff2000000ffff		/* USER_DS 0x7b */
	.quad	0				/* 16: the TSS, filled in by start_kernel */
	.fill	GDT_ENTRIES - 17, 8, 0

	.globl	idt_table
idt_table:
	.fill	256, 8, 0
	.balign	4
	.word	0
gdt_descriptor:
	.word	GDT_ENTRIES * 8 - 1
	.long	gdt_table
	.word	0
idt_descriptor:
	.word	256 * 8 - 1
	.long	idt_table
