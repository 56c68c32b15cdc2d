/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-2.6.14.c: do_syscall_trace as Linux took it: EMU means one thing again, a step is not
 * reported while EMU is set, and a skipped call gets orig_eax = -1, so that no pending signal
 * restarts it. Audit is told of the call, and at once of its end when it is skipped.
 */
#include "process/process.h"
#include "trace/trace.h"

static int skip(struct pt_regs *regs, uint32_t emulated, int where)
{
	struct task_struct *self = current;

	if (where == 0 && self->audit_context)
		audit_syscall_entry(self, regs);
	if (!emulated)
		return 0;
	regs->orig_eax = -1;
	if (self->audit_context)
		audit_syscall_exit(self, regs);
	return 1;
}

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t emulated = test_thread_flag(_TIF_SYSCALL_EMU);
	int stepped = !emulated && test_thread_flag(_TIF_SINGLESTEP);

	if (self->audit_context) {
		if (where)
			audit_syscall_exit(self, regs);
		else if (stepped)
			return skip(regs, 0, where); /* the trap belongs to the exit */
	}
	if (!(self->ptrace & PT_PTRACED))
		return skip(regs, 0, where);
	if (where && emulated)
		return 0;
	if (stepped)
		send_sigtrap(self, regs, 0);
	if (!emulated && !test_thread_flag(_TIF_SYSCALL_TRACE))
		return skip(regs, 0, where);

	notify_syscall_stop(self);
	return skip(regs, emulated, where);
}
