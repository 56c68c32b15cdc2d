/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race.S: the small test of two processes that inside/schedule plays: each writes its letter into
 * a pipe, and the exit status is the letter that came first. Some 5,000 instructions, the kernel's among them.
 */
#include "syscall.h"

	.text
	.globl	_start
_start:
	movl	$fds, %ebx
	syscall 42			# pipe
	syscall 2			# fork
	testl	%eax, %eax
	jz	1f
	movl	$'a', %esi
	call	put
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	movl	$-1, %ebx
	syscall 7			# waitpid
	movl	fds, %ebx
	movl	$letter, %ecx
	movl	$1, %edx
	syscall 3			# read
	movzbl	letter, %ebx
	syscall 252			# exit_group
1:	movl	$'b', %esi
	call	put
	xorl	%ebx, %ebx
	syscall 252

put:	movl	%esi, letter
	movl	fds + 4, %ebx
	movl	$letter, %ecx
	movl	$1, %edx
	syscall 4
	ret

	.bss
fds:	.long	0, 0
letter:	.long	0
