/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-5.10.h: what entry-4.14.S does otherwise from 5.9 on: SYSENTER's frame is mended in C, and a
 * function of the table gets the frame, from which its own stub takes what arguments it has.
 */
#define SYSENTER_CALL	do_SYSENTER_32
#define INT80_CALL	do_int80_syscall_32

.macro SYSENTER_STACK
	pushl	$0				/* C has it in ebp */
.endm

.macro SYSENTER_FLAGS
.endm

.macro CALL_BY_TABLE
	jmp	*sys_call_table(,%edx,4)
.endm

#define CALLS_BY_FRAME
.macro CALLS function				/* for syscalls.S */
	.ifndef	call_\function
	.type	call_\function, @function
call_\function:
	pushl	PT_EBP(%eax)
	pushl	PT_EDI(%eax)
	pushl	PT_ESI(%eax)
	pushl	PT_EDX(%eax)
	pushl	PT_ECX(%eax)
	pushl	PT_EBX(%eax)
	call	\function
	addl	$24, %esp
	ret
	.size	call_\function, . - call_\function
	.endif
.endm
