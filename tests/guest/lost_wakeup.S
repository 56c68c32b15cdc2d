/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lost_wakeup.S: looks whether a signal has come, and waits for it if not: a signal that comes between
 * the two is waited for for ever. Its child sends the signal.
 */
	.text
	.globl	_start
_start:
	movl	$48, %eax		/* signal(SIGUSR1, handler) */
	movl	$10, %ebx
	movl	$handler, %ecx
	int	$0x80
	movl	$20, %eax		/* getpid */
	int	$0x80
	movl	%eax, %esi
	movl	$2, %eax		/* fork */
	int	$0x80
	testl	%eax, %eax
	jnz	parent
	movl	$37, %eax		/* kill(parent, SIGUSR1) */
	movl	%esi, %ebx
	movl	$10, %ecx
	int	$0x80
	jmp	leave
parent:
	cmpl	$0, come
	jne	leave
	movl	$29, %eax		/* pause */
	int	$0x80
leave:
	movl	$1, %eax		/* exit(0) */
	xorl	%ebx, %ebx
	int	$0x80
handler:
	movl	$1, come
	ret
	.data
come:	.long	0
