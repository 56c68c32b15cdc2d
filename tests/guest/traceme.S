/* SPDX-License-Identifier: GPL-2.0-only */
/* traceme.S: makes whoever started it its tracer, lets a child write, and stops. */
	.text
	.globl	_start
_start:
	movl	$26, %eax		# ptrace(PTRACE_TRACEME)
	xorl	%ebx, %ebx
	int	$0x80
	movl	$2, %eax		# fork
	int	$0x80
	testl	%eax, %eax
	jz	1f
	movl	$20, %eax		# kill(getpid(), SIGSTOP)
	int	$0x80
	movl	%eax, %ebx
	movl	$19, %ecx
	movl	$37, %eax
	int	$0x80
	movl	$1, %eax
	int	$0x80
1:	movl	$4, %eax
	movl	$1, %ebx
	movl	$text, %ecx
	movl	$6, %edx
	int	$0x80
	movl	$1, %eax
	xorl	%ebx, %ebx
	int	$0x80

	.section .rodata
text:	.ascii	"child\n"
