/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-4.c: do_syscall_trace up to part 4: no exit stop behind a skipped call under SYSCALL.
 *
 * What is missing: the same for SINGLESTEP, which still traps at an unchanged eip. Caught by
 * stops_test, "sysemu-4: ...". Mended by part 5 (../trace.c).
 */
#include "process/process.h"
#include "trace/trace.h"

int do_syscall_trace(struct pt_regs *regs, int where)
{
	struct task_struct *self = current;
	uint32_t flags, emulated, traced;

	if (self->audit_context)
		(where ? audit_syscall_exit : audit_syscall_entry)(self, regs);
	if (!(self->ptrace & PT_PTRACED))
		return 0;

	flags = current_thread_info()->flags;
	emulated = flags & _TIF_SYSCALL_EMU;
	traced = flags & _TIF_SYSCALL_TRACE;
	if (emulated && traced) {
		clear_tsk_thread_flags(self, _TIF_SYSCALL_EMU);
		return 0;
	}
	if (flags & _TIF_SINGLESTEP)
		send_sigtrap(self, regs, 0);
	if (!traced && !emulated)
		return 0;

	notify_syscall_stop(self);
	return emulated != 0;
}
