/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-3.c: do_syscall_trace up to part 3: the flags are sampled before the tracer is told.
 *
 * What is missing: behind a skipped call, SYSCALL reports an exit that never was, and SINGLESTEP
 * a trap. Caught by stops_test, "sysemu-3: ...". Mended by parts 4 and 5 (trace-4.c, ../trace.c).
 */
#include "process/process.h"
#include "trace/trace.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t flags;

	if (self->audit_context)
		(where ? audit_syscall_exit : audit_syscall_entry)(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return 0;

	flags = current_thread_info()->flags;
	if (flags & _TIF_SINGLESTEP)
		send_sigtrap(self, regs, 0);
	if (!(flags & (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)))
		return 0;

	notify_syscall_stop(self);
	return (flags & _TIF_SYSCALL_EMU) != 0;
}
