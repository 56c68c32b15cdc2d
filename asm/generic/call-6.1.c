/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call-6.1.c: a call between entry and exit, from 5.14 to the rework of 2026. Against call-5.10.c: a number
 * beyond the table gives -ENOSYS whatever a tracer has put there, unless it is -1; behind a sixth argument
 * that cannot be read there is no exit stop of a call that had no entry stop.
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

#define WORK       (current_thread_info()->syscall_work)
#define WORK_ENTER (WORK_SYSCALL_TRACE | WORK_SYSCALL_EMU | WORK_SYSCALL_AUDIT | WORK_SECCOMP)
#define WORK_EXIT  (WORK_SYSCALL_TRACE | WORK_SYSCALL_AUDIT | WORK_EXIT_TRAP)

static inline int32_t syscall_enter_from_user_mode_work(struct pt_regs *regs, int32_t nr)
{
	uint32_t work = WORK;

	return work & WORK_ENTER ? syscall_trace_enter(regs, nr, work) : nr;
}

static __attribute__((noinline)) void do_syscall_32_irqs_on(struct pt_regs *regs, int32_t nr)
{
	if (in_call_table((uint32_t)nr))
		regs->eax = (uint32_t)ia32_sys_call(regs, (uint32_t)nr);
	else if (nr != -1)
		regs->eax = (uint32_t)-ENOSYS;
}

#include "generic/way-out.h"

void do_int80_syscall_32(struct pt_regs *regs)
{
	irqs_on();
	do_syscall_32_irqs_on(regs, syscall_enter_from_user_mode_work(regs, regs->orig_eax));
	syscall_exit_to_user_mode(regs);
}

static inline int __do_fast_syscall_32(struct pt_regs *regs)
{
	irqs_on();
	if (fetch_sixth_argument(regs)) {
		regs->eax = (uint32_t)-EFAULT;
		irqentry_exit_to_user_mode(regs);
		return 0;
	}
	do_syscall_32_irqs_on(regs, syscall_enter_from_user_mode_work(regs, regs->orig_eax));
	syscall_exit_to_user_mode(regs);
	return 1;
}

int do_fast_syscall_32(struct pt_regs *regs)
{
	regs->eip = SYSENTER_RETURN;
	return __do_fast_syscall_32(regs) && goes_by_sysexit(regs);
}

int do_SYSENTER_32(struct pt_regs *regs)
{
	mend_sysenter_frame(regs);
	return do_fast_syscall_32(regs);
}
