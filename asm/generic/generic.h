/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * generic.h: the way in and out in C, from 4.4 on: what all its forms are made of. Each form is a
 * call-*.c and a trace-*.c; what their functions are for is said here.
 */
#ifndef HISTORY_GENERIC_H
#define HISTORY_GENERIC_H

#include "process/process.h"
#include "trace/trace.h"

/* ---- from entry-4.14.S ---- */
void do_int80_syscall_32(struct pt_regs *regs);
int do_SYSENTER_32(struct pt_regs *regs); /* 0: not by sysexit */
int do_fast_syscall_32(struct pt_regs *regs);
void syscall_exit_to_user_mode(struct pt_regs *regs);
void irqentry_exit_to_user_mode(struct pt_regs *regs);
void exc_debug_user(struct pt_regs *regs);
void exc_debug_kernel(struct pt_regs *regs);

/* ---- to it: arguments and number in the registers that regparm(3) has them in ---- */
int32_t ia32_sys_call(const struct pt_regs *regs, uint32_t nr);

static inline void irqs_on(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irqs_off(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* Is there such a call? With processes the host writes another bound. Where this is used once, the
 * label is one. */
static inline int in_call_table(uint32_t nr)
{
	int less;

	__asm__("xorl %0, %0\n\t"
		"cmpl %2, %1\n"
		".globl range_check\n"
		"range_check:\n\t"
		"adcl $0, %0"
		: "=&r"(less)
		: "a"(nr), "i"(NR_SYSCALLS)
		: "cc");
	return less;
}

/* ---- the work that any way out has, until none is left ---- */
#define EXIT_TO_USER_MODE_WORK (_TIF_SIGPENDING | _TIF_NOTIFY_RESUME | _TIF_NEED_RESCHED)

static inline void exit_to_user_mode_prepare(struct pt_regs *regs)
{
	uint32_t work;

	while ((work = current_thread_info()->flags) & EXIT_TO_USER_MODE_WORK) {
		irqs_on();
		if (work & _TIF_NEED_RESCHED)
			schedule();
		if (work & _TIF_SIGPENDING)
			do_notify_resume(regs, NULL, _TIF_SIGPENDING);
		if (work & _TIF_NOTIFY_RESUME)
			clear_tsk_thread_flags(current, _TIF_NOTIFY_RESUME);
		irqs_off();
	}
}

/* ---- SYSENTER ---- */

/* The stack and the flags that it has lost; from 5.9 on in C. */
static inline void mend_sysenter_frame(struct pt_regs *regs)
{
	regs->esp = regs->ebp;
	regs->eflags |= X86_EFLAGS_IF;
}

/* The sixth argument, which the page has put where ebp points. */
static inline int fetch_sixth_argument(struct pt_regs *regs)
{
	uint32_t word = 0;
	int error = 0;

	if (regs->esp > TASK_SIZE - 4)
		return -EFAULT;
	__asm__ volatile("1: movl (%3), %1\n"
			 ".pushsection .fixup, \"ax\"\n"
			 "2: movl %2, %0\n"
			 "jmp 3f\n"
			 ".popsection\n"
			 ".pushsection __ex_table, \"a\"\n"
			 ".balign 4\n"
			 ".long 1b, 2b\n"
			 ".popsection\n"
			 "3:"
			 : "+r"(error), "+r"(word)
			 : "i"(-EFAULT), "r"(regs->esp));
	if (!error)
		regs->ebp = word;
	return error;
}

/* May sysexit do it? */
static inline int goes_by_sysexit(const struct pt_regs *regs)
{
	return regs->xcs == USER_CS && regs->xss == USER_DS && regs->eip == SYSENTER_RETURN &&
	       !(regs->eflags & (X86_EFLAGS_RF | X86_EFLAGS_TF | X86_EFLAGS_VM));
}

/* ---- stops ---- */

/* Entry or exit of a call. Not 0: the tracer has killed it, and the call is not to be made. */
static inline int ptrace_report_syscall(void)
{
	if (!(current->ptrace & PT_PTRACED))
		return 0;
	notify_syscall_stop(current);
	return fatal_signal_pending(current);
}

/* The trap behind a stepped call. */
static inline void user_single_step_report(struct pt_regs *regs)
{
	send_sigtrap(current, regs, 0);
}

static inline void audit_entry(const struct pt_regs *regs)
{
	if (current->audit_context)
		audit_syscall_entry(current, regs);
}

static inline void audit_exit(const struct pt_regs *regs)
{
	if (current->audit_context)
		audit_syscall_exit(current, regs);
}

#endif
