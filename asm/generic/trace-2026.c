/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-2026.c: what a tracer sees of a call in the rework of July 2026. Against trace-5.11.c: whether the call is
 * made is said for itself, true or false, and its number is read from the frame again afterwards (call-2026.c). So
 * -1 is a number that no call has, and nothing else.
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work)
{
	(void)nr;
	if (work & (WORK_SYSCALL_TRACE | WORK_SYSCALL_EMU)) {
		if (ptrace_report_syscall() || (work & WORK_SYSCALL_EMU))
			return 0;
	}
	audit_entry(regs);
	return 1;
}

/* Under EMU a step has been told at the entry. */
static inline int report_single_step(uint32_t work)
{
	return !(work & WORK_SYSCALL_EMU) && (work & WORK_EXIT_TRAP);
}

void syscall_exit_work(struct pt_regs *regs, uint32_t work)
{
	audit_exit(regs);
	if (report_single_step(work))
		user_single_step_report(regs);
	else if (work & WORK_SYSCALL_TRACE)
		ptrace_report_syscall();
}
