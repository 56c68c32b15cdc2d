/* SPDX-License-Identifier: GPL-2.0-only */
/* trace.h: what is told of a system call: to the tracer, to audit. */
/* clang-format off */
#ifndef ASM_TRACE_H
#define ASM_TRACE_H

#include "guest.h"

/* ---- trace.c, or its form in history/ ---- */
/* where: 0 entry, 1 exit. Entry: non-zero says that the call is not to be executed. */
int do_syscall_trace(struct pt_regs *regs, int where);

/* ---- audit.c ---- */
asmlinkage void audit_set(struct task_struct *t, uint32_t on);
void audit_syscall_entry(struct task_struct *t, const struct pt_regs *regs);
void audit_syscall_exit(struct task_struct *t, const struct pt_regs *regs);

#endif
