/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-1b38f00.c: do_syscall_trace of 1b38f0064e4, the third commit, which brings SYSEMU_SINGLESTEP: S says
 * nothing while EMU is set, EMU at an exit nothing either; a skipped call gets orig_eax = -1, so that nothing
 * restarts it. What the fourth, ab1c23c2447, adds for audit and steps: trace-2.6.14.c.
 */
#include "process/process.h"
#include "trace/trace.h"

static int out(struct pt_regs *regs, int where, int skip)
{
	if (current->audit_context && !where)
		audit_syscall_entry(current, regs);
	if (!skip)
		return 0;
	regs->orig_eax = -1;
	if (current->audit_context)
		audit_syscall_exit(current, regs);
	return 1;
}

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t emulated = test_thread_flag(_TIF_SYSCALL_EMU);
	int stepped = !emulated && test_thread_flag(_TIF_SINGLESTEP);

	if (self->audit_context && where)
		audit_syscall_exit(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return out(regs, where, 0);
	if (where && emulated)
		return 0;
	if (stepped)
		send_sigtrap(self, regs, 0);
	if (!emulated && !test_thread_flag(_TIF_SYSCALL_TRACE))
		return out(regs, where, 0);

	notify_syscall_stop(self);
	return out(regs, where, emulated != 0);
}
