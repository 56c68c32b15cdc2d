/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * macros.h: what the entry code of every era is written with: names, the exception table, where
 * thread_info is. Read next: entry.S, and for kernels from 2.6.20 on later/frame.h.
 */
/* Where tss.esp0 lies, seen from the end of the TSS, which is SYSENTER's %esp. */
#define TSS_SIZE		8704
#define TSS_ESP0		4
#define TSS_sysenter_esp0	(TSS_ESP0 - TSS_SIZE)

/* An instruction at `insn` may fault: go on at `fixup`. */
.macro EX_TABLE insn, fixup
	.pushsection __ex_table, "a"
	.balign	4
	.long	\insn, \fixup
	.popsection
.endm

.macro RESTORE_INT_REGS			/* 7 */
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
	popl	%eax
.endm

.macro GET_THREAD_INFO reg		/* 2: the stack's lowest bytes */
	movl	$-THREAD_SIZE, \reg
	andl	%esp, \reg
.endm

.macro ENTRY name
	.globl	\name
	.type	\name, @function
\name:
.endm

.macro END name
	.size	\name, . - \name
.endm

/*
 * From 2.6.13 on: iret to a 16-bit stack leaves the upper half of esp to the kernel; such a stack needs an LDT, which
 * these kernels do not have, so LDT_SS, which the branch behind this leads to, finds no such segment and comes back.
 */
.macro TEST_16BIT_STACK			/* 5 */
	movl	PT_EFLAGS(%esp), %eax		/* VM, and the CPLs of cs and ss, in one word */
	movb	PT_OLDSS(%esp), %ah
	movb	PT_CS(%esp), %al
	andl	$(X86_EFLAGS_VM | (4 << 8) | 3), %eax
	cmpl	$((4 << 8) | 3), %eax		/* an LDT stack, and a user's cs */
.endm

.macro LDT_SS
ENTRY ldt_ss
	larl	PT_OLDSS(%esp), %eax
	jnz	restore_nocheck			/* no such descriptor: iret will say so */
	ud2					/* there is no LDT to find one in */
END ldt_ss
.endm

/* What leads an exception to its C handler, by error_code. own_code: the CPU pushes a code itself. */
.macro EXCEPTION name, handler, own_code=0
ENTRY \name
	.if !\own_code
	pushl	$0
	.endif
	pushl	$\handler
	jmp	error_code
END \name
.endm

.macro EXCEPTIONS
	EXCEPTION divide_error, do_divide_error
	EXCEPTION overflow, do_overflow
	EXCEPTION bounds, do_bounds
	EXCEPTION invalid_op, do_invalid_op
	EXCEPTION device_not_available, do_device_not_available
	EXCEPTION coprocessor_segment_overrun, do_coprocessor_segment_overrun
	EXCEPTION invalid_TSS, do_invalid_TSS, 1
	EXCEPTION segment_not_present, do_segment_not_present, 1
	EXCEPTION stack_segment, do_stack_segment, 1
	EXCEPTION general_protection, do_general_protection, 1
	EXCEPTION page_fault, do_page_fault, 1
	EXCEPTION coprocessor_error, do_coprocessor_error
	EXCEPTION alignment_check, do_alignment_check, 1
	EXCEPTION simd_coprocessor_error, do_simd_coprocessor_error
.endm
