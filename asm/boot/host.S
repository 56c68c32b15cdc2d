/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.S: the doors between the guest and its host: two by which the host sends the CPU into
 * the kernel, and the stop port, where the kernel speaks to the host. Read next: sched.c.
 */
#include "abi.h"

	.text
/* From: the host, esp at a pt_regs that it built, on the program's stack. Into user mode. */
	.globl	start_user
	.type	start_user, @function
start_user:
	jmp	restore_all
	.size	start_user, . - start_user

/*
 * The tracer's kernel side: the host, being its user program, makes a system call. From: the
 * host, esp at the function's address and its arguments. Halts with its value.
 */
	.globl	tracer_call
	.type	tracer_call, @function
tracer_call:
	popl	%eax
	call	*%eax
	movl	%eax, %edx
	movl	$STOP_RETURN, %eax	/* on to the stop port; nobody returns from there */
	.size	tracer_call, . - tracer_call

/* How the guest speaks to the host (abi.h): eax the reason, edx a value. */
	.globl	stop_port
	.type	stop_port, @function
stop_port:
	hlt
	ret
	.size	stop_port, . - stop_port
