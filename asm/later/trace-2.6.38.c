/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-2.6.38.c: what a tracer sees of a call, from 2.6.33 on. Against trace-2.6.27.c: a step that ends with the
 * call is told in place of the exit stop, not behind it.
 */
#define SYSCALL_TRACE_LEAVE
#include "later/trace-2.6.27.c"

void syscall_trace_leave(struct pt_regs *regs)
{
	struct task_struct *self = current;

	if (self->audit_context)
		audit_syscall_exit(self, regs);
	if (test_thread_flag(_TIF_SINGLESTEP) && !test_thread_flag(_TIF_SYSCALL_EMU))
		send_sigtrap(self, regs, 0);
	else if (test_thread_flag(_TIF_SYSCALL_TRACE))
		report(self);
}
