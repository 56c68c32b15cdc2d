/* SPDX-License-Identifier: GPL-2.0-only */
/* trace-2.6.11.c: do_syscall_trace before the patch; its caller takes no answer. */
#include "guest.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;

	(void)where;
	if (!(self->ptrace & PT_PTRACED))
		return 0;
	if (test_thread_flag(_TIF_SINGLESTEP))
		send_sigtrap(self, regs, 0);
	if (!test_thread_flag(_TIF_SYSCALL_TRACE))
		return 0;

	ptrace_notify(SIGTRAP | (self->ptrace & PT_TRACESYSGOOD ? 0x80 : 0));
	if (self->exit_code) {
		send_sig(self->exit_code, self, 1);
		self->exit_code = 0;
	}
	return 0;
}
