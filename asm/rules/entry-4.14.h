/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-4.14.h: what entry-4.14.S does otherwise up to 5.8: SYSENTER's stack and IF go into the frame at
 * once, and a function of the table gets six words, which are the frame's first six again.
 */
#define SYSENTER_CALL	do_fast_syscall_32
#ifndef INT80_CALL
#define INT80_CALL	do_int80_syscall_32
#endif

.macro SYSENTER_STACK
	pushl	%ebp
.endm

.macro SYSENTER_FLAGS
	orl	$X86_EFLAGS_IF, (%esp)
.endm

/* The function may use all of them; thread_info in ebp is what syscalls.S's calls want. */
.macro CALL_BY_TABLE
	pushl	%ebp
	pushl	PT_EBP(%eax)
	pushl	PT_EDI(%eax)
	pushl	PT_ESI(%eax)
	pushl	PT_EDX(%eax)
	pushl	PT_ECX(%eax)
	pushl	PT_EBX(%eax)
	GET_THREAD_INFO %ebp
	call	*sys_call_table(,%edx,4)
	addl	$24, %esp
	popl	%ebp
	ret
.endm
