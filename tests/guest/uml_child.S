/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uml_child.S: the child with which User Mode Linux tests its host: TRACEME, SIGSTOP to
 * itself, getpid; exit 1 if that was its own pid, 0 if its parent's, 2 otherwise.
 */
	.globl	_start
_start:
	xorl	%ebx, %ebx		/* PTRACE_TRACEME */
	movl	$26, %eax
	int	$0x80
	movl	$64, %eax		/* getppid */
	int	$0x80
	movl	%eax, %edi
	movl	$20, %eax		/* getpid */
	int	$0x80
	movl	%eax, %esi
	movl	%esi, %ebx
	movl	$19, %ecx		/* SIGSTOP */
	movl	$37, %eax		/* kill */
	int	$0x80

	movl	$20, %eax		/* the call that the tracer answers */
	int	$0x80
	movl	$1, %ebx
	cmpl	%esi, %eax
	je	1f
	movl	$0, %ebx
	cmpl	%edi, %eax
	je	1f
	movl	$2, %ebx
1:	movl	$1, %eax		/* exit */
	int	$0x80
