/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-2.6.27.c: what a tracer sees of a call, from 2.6.27 to 2.6.32, when do_syscall_trace became two
 * functions: the first says which call is made, -1 for none. A skipped call is no exception any more:
 * answered with SYSCALL it has its exit stop, with SINGLESTEP its trap at ret+0. The flags of the exit are
 * asked for where they are needed, so a stop may change what comes behind it.
 */
#include "later/trace-2.6.27.h"
#include "process/process.h"
#include "trace/trace.h"

static inline void report(struct task_struct *self)
{
	if (self->ptrace & PT_PTRACED)
		notify_syscall_stop(self);
}

int32_t syscall_trace_enter(struct pt_regs *regs)
{
	struct task_struct *self = current;
	int emulated;

	/* A SYSENTER under TF: its trap in the kernel has cleared TF and set S. */
	if (test_thread_flag(_TIF_SINGLESTEP))
		regs->eflags |= X86_EFLAGS_TF;
	emulated = test_thread_flag(_TIF_SYSCALL_EMU) != 0;
	if (emulated || test_thread_flag(_TIF_SYSCALL_TRACE))
		report(self);
	if (self->audit_context)
		audit_syscall_entry(self, regs);
	return emulated ? -1 : regs->orig_eax;
}

#ifndef SYSCALL_TRACE_LEAVE /* trace-2.6.38.c has its own */
void syscall_trace_leave(struct pt_regs *regs)
{
	struct task_struct *self = current;

	if (self->audit_context)
		audit_syscall_exit(self, regs);
	if (test_thread_flag(_TIF_SYSCALL_TRACE))
		report(self);
	/* S under EMU is SYSEMU_SINGLESTEP, which has been told at the entry. */
	if (test_thread_flag(_TIF_SYSCALL_EMU))
		return;
	if (test_thread_flag(_TIF_SINGLESTEP) && (self->ptrace & PT_PTRACED))
		send_sigtrap(self, regs, 0);
}

#endif

/* SYSENTER's own way, under A alone. */
void audit_sysenter_entry(struct pt_regs *regs)
{
	if (current->audit_context)
		audit_syscall_entry(current, regs);
}

void audit_sysenter_exit(struct pt_regs *regs)
{
	if (current->audit_context)
		audit_syscall_exit(current, regs);
}
