/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-4.4.c: what a tracer sees of a call in 4.4 and 4.5: the way in has two phases, the first of which deals with
 * audit alone, and with seccomp, which ours have not. Against trace-4.14.c: a SYSENTER under TF gets it back; TRACE is
 * asked for as it is, which before the stop is as it was; audit is told of calls that are skipped, too.
 */
#define SYSCALL_TRACE_ENTER
#include "generic/trace-4.14.c"

#define WORK_SYSCALL_ENTRY                                                           \
	(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | \
	 _TIF_SINGLESTEP)

/* 0: that was all. */
static inline int syscall_trace_enter_phase1(struct pt_regs *regs)
{
	uint32_t work = test_thread_flag(WORK_SYSCALL_ENTRY & ~_TIF_SECCOMP);

	if (work == 0)
		return 0;
	if (work == _TIF_SYSCALL_AUDIT) {
		audit_entry(regs);
		return 0;
	}
	return 1;
}

static inline int32_t syscall_trace_enter_phase2(struct pt_regs *regs)
{
	uint32_t work = test_thread_flag(WORK_SYSCALL_ENTRY);
	int32_t skip = 0;

	/* A SYSENTER under TF: its trap in the kernel has cleared TF and set S. */
	if (work & _TIF_SINGLESTEP)
		regs->eflags |= X86_EFLAGS_TF;
	if (work & _TIF_SYSCALL_EMU)
		skip = -1;
	if ((skip || test_thread_flag(_TIF_SYSCALL_TRACE)) && ptrace_report_syscall())
		skip = -1;
	audit_entry(regs);
	return skip ? skip : regs->orig_eax;
}

int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work)
{
	(void)nr;
	(void)work;
	return syscall_trace_enter_phase1(regs) ? syscall_trace_enter_phase2(regs) : regs->orig_eax;
}
