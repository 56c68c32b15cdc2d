/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * many.S: what inside/memory runs: 40 processes that wait for ever, of four pages each; a byte of output when there is
 * none of them yet, and when there are all.
 */
#include "syscall.h"

	.text
	.globl	_start
_start:
	xorl	%edi, %edi
	jmp	2f
1:	syscall	2			# fork
	testl	%eax, %eax
	jz	3f
	syscall	158			# sched_yield: it runs, and waits
	incl	%edi
	cmpl	$40, %edi
	jne	1b
2:	movl	$1, %ebx
	movl	$mark, %ecx
	movl	$1, %edx
	syscall	4			# write
	cmpl	$40, %edi
	jne	1b
	xorl	%ebx, %ebx
	syscall	252			# exit_group
3:	syscall	29			# pause
	jmp	3b

	.data
mark:	.byte	'.'
