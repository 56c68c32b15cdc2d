/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * audit.c: what the audit hooks of do_syscall_trace would tell an auditor, as counters that
 * a test can read: how many entries and exits of calls it saw, and the call it thinks is running.
 */
#include "trace/trace.h"

/* From outside: what audit_alloc does at a fork while auditing is on; both at once. */
asmlinkage void audit_set(struct task_struct *t, uint32_t on)
{
	t->audit_context = on;
	t->audit_call = -1;
	if (on)
		set_call_flags(t, CALL_AUDIT);
	else
		clear_call_flags(t, CALL_AUDIT);
}

void audit_syscall_entry(struct task_struct *t, const struct pt_regs *regs)
{
	t->audit_entries++;
	t->audit_call = regs->orig_eax;
}

void audit_syscall_exit(struct task_struct *t, const struct pt_regs *regs)
{
	(void)regs;
	t->audit_exits++;
	t->audit_call = -1;
}
