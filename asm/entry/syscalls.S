/* SPDX-License-Identifier: GPL-2.0-only */
/* syscalls.S: the call table. What it does not name is sys_ni_syscall. Read next: leaf.c. */
#include "abi.h"
#include "kernel.h"

/*
 * No function of this kernel saves a register but ebp (cmake/guest.cmake), while entry.S takes
 * ebx, esi and edi for saved, and SYSENTER's way out gives them back as they are. So a call whose
 * function uses them is made from here, behind which they are taken from the frame.
 * From: entry.S, its return address on the stack, the frame above. ebp: thread_info.
 */
#ifndef CALLS_BY_FRAME			/* history/entry-5.10.h has its own */
	.macro	CALLS function
	.ifndef	call_\function
	.type	call_\function, @function
call_\function:
	popl	TI_PREVIOUS_ESP(%ebp)		/* nothing may lie between function and frame */
	call	\function
	pushl	TI_PREVIOUS_ESP(%ebp)
	movl	$0, TI_PREVIOUS_ESP(%ebp)
	movl	4 + PT_EBX(%esp), %ebx
	movl	4 + PT_ESI(%esp), %esi
	movl	4 + PT_EDI(%esp), %edi
	ret
	.size	call_\function, . - call_\function
	.endif
	.endm
#define CALL_SYS_EXIT	sys_exit
#else
#define CALL_SYS_EXIT	call_sys_exit
#endif

	.text
#define CALL(nr, function) CALLS function
#include "entry/calls.def"
#undef CALL
	CALLS	sys_write
	CALLS	sys_host

	.macro	HOLES count
	.rept	\count
	.long	sys_ni_syscall
	.endr
	.endm

	.section .rodata
	.balign	32
	.globl	sys_call_table
	.type	sys_call_table, @object
sys_call_table:
	.long	sys_restart_syscall		/* 0 */
	.long	CALL_SYS_EXIT
	.long	call_sys_fork
	.long	sys_ni_syscall
	.long	call_sys_write			/* 4 */
	HOLES	(__NR_getpid - __NR_write - 1)
	.long	sys_getpid			/* 20 */
	HOLES	(__NR_ptrace - __NR_getpid - 1)
	.long	call_sys_ptrace			/* 26 */
	HOLES	(__NR_kill - __NR_ptrace - 1)
	.long	call_sys_kill			/* 37 */
	HOLES	(__NR_getppid - __NR_kill - 1)
	.long	sys_getppid			/* 64 */
	HOLES	(__NR_sigaction - __NR_getppid - 1)
	.long	call_sys_sigaction			/* 67 */
	HOLES	(__NR_wait4 - __NR_sigaction - 1)
	.long	call_sys_wait4			/* 114 */
	HOLES	(__NR_sigreturn - __NR_wait4 - 1)
	.long	call_sys_sigreturn			/* 119 */
	HOLES	(__NR_sigprocmask - __NR_sigreturn - 1)
	.long	call_sys_sigprocmask			/* 126 */
	HOLES	(__NR_rt_sigreturn - __NR_sigprocmask - 1)
	.long	call_sys_rt_sigreturn		/* 173 */
	.long	call_sys_rt_sigaction
	.long	call_sys_rt_sigprocmask
	HOLES	(__NR_exit_group - __NR_rt_sigprocmask - 1)
	.long	CALL_SYS_EXIT			/* 252: one thread, so the group is the task */
	HOLES	(__NR_test_restartsys - __NR_exit_group - 1)
	.long	sys_test_restartsys		/* 284 */
	.long	sys_test_restartnointr
	.long	sys_test_restartnohand
	.long	sys_test_restartblock
	HOLES	(NR_SYSCALLS - __NR_test_restartblock - 1)
	.size	sys_call_table, . - sys_call_table
	.if	. - sys_call_table - 4 * NR_SYSCALLS
	.error	"sys_call_table does not have NR_SYSCALLS entries"
	.endif
	/* Room for what a machine with processes has in its place, beyond what the range allows. */
	.fill	MAX_CALLS - NR_SYSCALLS, 4, 0

	.macro	ENTRY nr, function
	.rept	\nr - next
	.long	call_sys_host
	.endr
	.long	call_\function
	.set	next, \nr + 1
	.endm

	.globl	process_call_table
	.type	process_call_table, @object
process_call_table:
	.set	next, 0
#define CALL(nr, function) ENTRY nr, function
#include "entry/calls.def"
#undef CALL
	.rept	MAX_CALLS - next
	.long	call_sys_host
	.endr
	.size	process_call_table, . - process_call_table
