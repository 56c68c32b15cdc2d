/* SPDX-License-Identifier: GPL-2.0-only */
/* syscalls.S: the call table. What it does not name is sys_ni_syscall. Read next: leaf.c. */
#include "abi.h"
#include "kernel.h"

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
	.long	sys_exit
	.long	sys_fork
	.long	sys_ni_syscall
	.long	sys_write			/* 4 */
	HOLES	(__NR_getpid - __NR_write - 1)
	.long	sys_getpid			/* 20 */
	HOLES	(__NR_ptrace - __NR_getpid - 1)
	.long	sys_ptrace			/* 26 */
	HOLES	(__NR_kill - __NR_ptrace - 1)
	.long	sys_kill			/* 37 */
	HOLES	(__NR_getppid - __NR_kill - 1)
	.long	sys_getppid			/* 64 */
	HOLES	(__NR_sigaction - __NR_getppid - 1)
	.long	sys_sigaction			/* 67 */
	HOLES	(__NR_wait4 - __NR_sigaction - 1)
	.long	sys_wait4			/* 114 */
	HOLES	(__NR_sigreturn - __NR_wait4 - 1)
	.long	sys_sigreturn			/* 119 */
	HOLES	(__NR_sigprocmask - __NR_sigreturn - 1)
	.long	sys_sigprocmask			/* 126 */
	HOLES	(__NR_rt_sigreturn - __NR_sigprocmask - 1)
	.long	sys_rt_sigreturn		/* 173 */
	.long	sys_rt_sigaction
	.long	sys_rt_sigprocmask
	HOLES	(__NR_exit_group - __NR_rt_sigprocmask - 1)
	.long	sys_exit			/* 252: one thread, so the group is the task */
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
