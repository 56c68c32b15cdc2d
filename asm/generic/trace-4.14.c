/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-4.14.c: what a tracer sees of a call, when the entry had become C, and in the generic entry of 5.9 and
 * 5.10: what is to be done is sampled once, before the stop. Against trace-2.6.38.c: TF is not touched, since
 * SYSENTER keeps it; audit is told of no call that is skipped; a killed tracee's call is not made.
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

#ifndef SYSCALL_TRACE_ENTER /* trace-4.4.c has its own */
int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work)
{
	(void)nr; /* the tracer may have changed it */
	if (work & (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)) {
		if (ptrace_report_syscall() || (work & _TIF_SYSCALL_EMU))
			return -1;
	}
	audit_entry(regs);
	return regs->orig_eax;
}
#endif

/* Under EMU a step has been told at the entry. */
static inline int report_single_step(uint32_t work)
{
	return (work & (_TIF_SINGLESTEP | _TIF_SYSCALL_EMU)) == _TIF_SINGLESTEP;
}

void syscall_exit_work(struct pt_regs *regs, uint32_t work)
{
	audit_exit(regs);
	if (report_single_step(work))
		user_single_step_report(regs);
	else if (work & _TIF_SYSCALL_TRACE)
		ptrace_report_syscall();
}
