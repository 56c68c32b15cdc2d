/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-as-printed.c: do_syscall_trace as the patch was printed.
 *
 * The test before the stop still asks for TRACE alone, and asks the live flag; SYSEMU clears
 * TRACE. So nothing stops and the call runs. Caught by stops_test: "as-printed: ...".
 */
#include "process/process.h"
#include "trace/trace.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t flags, emulated;

	if (self->audit_context)
		(where ? audit_syscall_exit : audit_syscall_entry)(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return 0;

	flags = current_thread_info()->flags;
	emulated = flags & _TIF_SYSCALL_EMU;
	if (emulated && (flags & (_TIF_SYSCALL_TRACE | _TIF_SINGLESTEP))) {
		clear_tsk_thread_flags(self, _TIF_SYSCALL_EMU);
		return 0;
	}
	if (flags & _TIF_SINGLESTEP)
		send_sigtrap(self, regs, 0);
	if (!test_thread_flag(_TIF_SYSCALL_TRACE)) /* the defect */
		return 0;

	notify_syscall_stop(self);
	return emulated != 0;
}
