/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call-4.14.c: a call between entry and exit, when the entry had become C (4.4 to 5.8; call-4.4.c is made of it). A
 * number beyond the table makes no call, and the result is whatever stands there: -ENOSYS from the way in, or what a
 * tracer has put.
 */
#include "generic/generic.h"
#include "later/trace-2.6.27.h"

#ifndef WORK_ENTER
#define WORK_ENTER (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP)
#define ONLY_HERE  static __attribute__((noinline))
#endif
#define WORK_EXIT (_TIF_SYSCALL_TRACE | _TIF_SYSCALL_AUDIT | _TIF_SINGLESTEP)

/* What is done once a call, and then what any way out has. */
void syscall_exit_to_user_mode(struct pt_regs *regs)
{
	uint32_t work = current_thread_info()->flags;

	if (work & WORK_EXIT)
		syscall_exit_work(regs, work);
	irqs_off();
	exit_to_user_mode_prepare(regs);
}

void irqentry_exit_to_user_mode(struct pt_regs *regs)
{
	irqs_off();
	exit_to_user_mode_prepare(regs);
}

ONLY_HERE void do_syscall_32_irqs_on(struct pt_regs *regs)
{
	uint32_t nr = (uint32_t)regs->orig_eax, work = current_thread_info()->flags;

	if (work & WORK_ENTER)
		nr = (uint32_t)syscall_trace_enter(regs, (int32_t)nr, work);
	if (in_call_table(nr))
		regs->eax = (uint32_t)ia32_sys_call(regs, nr);
	syscall_exit_to_user_mode(regs);
}

void do_int80_syscall_32(struct pt_regs *regs)
{
	irqs_on();
	do_syscall_32_irqs_on(regs);
}

int do_fast_syscall_32(struct pt_regs *regs)
{
	regs->eip = SYSENTER_RETURN;
	irqs_on();
	if (fetch_sixth_argument(regs)) {
		regs->eax = (uint32_t)-EFAULT;
		irqentry_exit_to_user_mode(regs);
		return 0;
	}
	do_syscall_32_irqs_on(regs);
	return goes_by_sysexit(regs);
}
