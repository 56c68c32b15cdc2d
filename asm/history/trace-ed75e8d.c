/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-ed75e8d.c: do_syscall_trace of ed75e8d5801, the first of 2.6.14-rc1's commits: trace.c's, with audit as
 * 2.6.13 tells it: at an entry behind the stop, and of a skipped call alone its start.
 */
#include "process/process.h"
#include "trace/trace.h"

static int out(struct pt_regs *regs, int where, int skip)
{
	if (current->audit_context && !where)
		audit_syscall_entry(current, regs);
	return skip;
}

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t flags, emulated, traced, stepped;

	if (self->audit_context && where)
		audit_syscall_exit(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return out(regs, where, 0);

	flags = current_thread_info()->flags;
	emulated = flags & _TIF_SYSCALL_EMU;
	traced = flags & _TIF_SYSCALL_TRACE;
	stepped = flags & _TIF_SINGLESTEP;
	if (emulated && (traced || stepped)) {
		clear_tsk_thread_flags(self, _TIF_SYSCALL_EMU);
		return out(regs, where, 0);
	}
	if (stepped)
		send_sigtrap(self, regs, 0);
	if (!traced && !emulated)
		return out(regs, where, 0);

	notify_syscall_stop(self);
	return out(regs, where, emulated != 0);
}
