/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch.S: from one task's kernel stack to another's.
 * struct task_struct *switch_to(previous in eax, next in edx): returns, on the stack of a task
 * that is switched to, the one that was switched from. A new child's stack is built by fork
 * so that its first return goes to ret_from_fork.
 */
#include "abi.h"

	.text
	.globl	switch_to
	.type	switch_to, @function
switch_to:
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%ebx
	movl	%esp, THREAD_ESP(%eax)
	movl	THREAD_ESP(%edx), %esp
	popl	%ebx
	popl	%esi
	popl	%edi
	popl	%ebp
	ret				/* eax: the previous task */
	.size	switch_to, . - switch_to
