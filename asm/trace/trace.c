/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.c: do_syscall_trace, the whole patch with its defect mended.
 *
 * The order is the point: the three flags are sampled before the tracer is told, and the
 * decision is made on the samples, for a tracer changes the flags while it is told.
 * Earlier forms, each with the test that catches it: history/trace-*.c.
 */
#include "trace/trace.h"
#include "process/process.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t flags, emulated, traced, stepped;

	if (self->audit_context)
		(where ? audit_syscall_exit : audit_syscall_entry)(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return 0;

	flags = current_thread_info()->flags;
	emulated = flags & _TIF_SYSCALL_EMU;
	traced = flags & _TIF_SYSCALL_TRACE;
	stepped = flags & _TIF_SINGLESTEP;

	/* Resumed by SYSCALL or SINGLESTEP behind an emulated call: this is the exit of a
	 * call that never ran, which nobody is to see (parts 4 and 5). */
	if (emulated && (traced || stepped)) {
		clear_tsk_thread_flags(self, _TIF_SYSCALL_EMU);
		return 0;
	}
	if (stepped)
		send_sigtrap(self, regs, 0);
	if (!traced && !emulated)
		return 0;

	notify_syscall_stop(self);
	return emulated != 0;
}
