/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tick.S: the timer's interrupt, in a machine with processes: into the kernel and back as an exception
 * without an error code comes (entry.S).
 */
	.text
	.globl	timer_interrupt
	.type	timer_interrupt, @function
timer_interrupt:
	pushl	$0
	pushl	$do_timer_interrupt
	jmp	error_code
	.size	timer_interrupt, . - timer_interrupt
