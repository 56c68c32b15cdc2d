/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-c8c86ce.c: do_syscall_trace of c8c86cecd1d, the second commit: EMU means one thing again, since a skipped
 * call no longer comes by its exit: entry.S leads it to a label of its own, with flags that are not masked,
 * where S is taken for a step that is over. TRACE is asked for before the stop, and live.
 */
#include "process/process.h"
#include "trace/trace.h"

static int out(struct pt_regs *regs, int where, int skip)
{
	if (current->audit_context && !where)
		audit_syscall_entry(current, regs);
	if (skip && current->audit_context)
		audit_syscall_exit(current, regs);
	return skip;
}

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t emulated, stepped;

	if (self->audit_context && where)
		audit_syscall_exit(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return out(regs, where, 0);

	emulated = test_thread_flag(_TIF_SYSCALL_EMU);
	stepped = test_thread_flag(_TIF_SINGLESTEP);
	if (stepped)
		send_sigtrap(self, regs, 0);
	if (!test_thread_flag(_TIF_SYSCALL_TRACE) && !emulated)
		return out(regs, where, 0);

	notify_syscall_stop(self);
	return out(regs, where, emulated != 0);
}
