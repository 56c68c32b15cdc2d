/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * launch.S: what a traced program's process does before execve, as UML's and strace's
 * children do. Flat code at LAUNCH_PAGE. It never comes back from the SIGSTOP: at that stop
 * the host puts the program's first eip and esp into the frame, and this page is gone.
 */
#include "abi.h"

	.text
	xorl	%ebx, %ebx			/* PTRACE_TRACEME */
	movl	$__NR_ptrace, %eax
	int	$0x80
	movl	$__NR_getpid, %eax
	int	$0x80
	movl	%eax, %ebx
	movl	$SIGSTOP, %ecx
	movl	$__NR_kill, %eax
	int	$0x80
	ud2
