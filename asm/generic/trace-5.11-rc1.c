/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-5.11-rc1.c: what a tracer saw of a call when EMU and TRACE had moved to a word of their own, in two ways
 * wrong. The test of a step's trap is inverted (64eb35f701f0; mended by 41c1a06d1d15, -rc6): it asks for EMU and S
 * where it has to ask for S alone. And nobody comes to that test for S's sake, since S is no bit of the word
 * that says what an exit has to do (299155244770; mended by 6342adcaa683, 5.11: trace-5.11.c): a stepped call
 * has its trap one instruction late.
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work)
{
	(void)nr;
	if (work & (WORK_SYSCALL_TRACE | WORK_SYSCALL_EMU)) {
		if (ptrace_report_syscall() || (work & WORK_SYSCALL_EMU))
			return -1;
	}
	audit_entry(regs);
	return regs->orig_eax;
}

static inline int report_single_step(uint32_t work)
{
#ifdef STEP_TEST_MENDED /* 5.11-rc6 */
	if (work & WORK_SYSCALL_EMU)
		return 0;
#else
	if (!(work & WORK_SYSCALL_EMU)) /* the first defect */
		return 0;
#endif
	return test_thread_flag(_TIF_SINGLESTEP) != 0;
}

void syscall_exit_work(struct pt_regs *regs, uint32_t work)
{
	audit_exit(regs);
	if (report_single_step(work))
		user_single_step_report(regs);
	else if (work & WORK_SYSCALL_TRACE)
		ptrace_report_syscall();
}
