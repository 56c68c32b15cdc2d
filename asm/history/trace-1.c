/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-1.c: do_syscall_trace of part 1 (and 2), but for the printed test's defect.
 *
 * Whether to execute the call is asked of the flag *after* the tracer was told, that is of
 * the tracer's next request: SYSEMU then SYSCALL, CONT or SINGLESTEP executes the call, SYSCALL
 * then SYSEMU skips it. Caught by stops_test, "sysemu-1: ...". Mended by part 3 (trace-3.c).
 */
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
	if (!test_thread_flag(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU))
		return 0;

	notify_syscall_stop(self);
	return test_thread_flag(_TIF_SYSCALL_EMU) != 0; /* the defect: too late */
}
