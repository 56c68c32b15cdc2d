/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-5.11.c: what a tracer sees of a call, from 5.11 to the rework of 2026: what is to be done is sampled
 * once, in a word of its own; a step's trap behind the call is asked for there, too (EXIT_TRAP).
 *
 * syscall_trace_enter gives the number to be made, -1 for none: the result is then whatever stands there,
 * -ENOSYS from the way in or what the tracer has put. So -1 is said by whoever skips, and by a program that
 * calls it (docs/rework-2026.md).
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work)
{
	(void)nr; /* the tracer may have changed it */
	if (work & (WORK_SYSCALL_TRACE | WORK_SYSCALL_EMU)) {
		if (ptrace_report_syscall() || (work & WORK_SYSCALL_EMU))
			return -1;
	}
	audit_entry(regs);
	return regs->orig_eax;
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
