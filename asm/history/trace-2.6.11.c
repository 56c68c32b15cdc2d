/* SPDX-License-Identifier: GPL-2.0-only */
/* trace-2.6.11.c: do_syscall_trace before the patch; its caller takes no answer. */
#include "process/process.h"
#include "trace/trace.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;

	if (self->audit_context)
		(where ? audit_syscall_exit : audit_syscall_entry)(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return 0;
	if (test_thread_flag(_TIF_SINGLESTEP))
		send_sigtrap(self, regs, 0);
	if (!test_thread_flag(_TIF_SYSCALL_TRACE))
		return 0;

	notify_syscall_stop(self);
	return 0;
}
