/* SPDX-License-Identifier: GPL-2.0-only */
/* trace.h: what a tracer sees of a call, from 2.6.27 on in two functions: trace-*.c. */
#ifndef HISTORY_TRACE_H
#define HISTORY_TRACE_H

#include "guest.h"

/* From 2.6.27 on they ask thread_info; from 4.4 on they are told what was sampled. */
#ifndef ENTRY_IN_C
int32_t syscall_trace_enter(struct pt_regs *regs);
void syscall_trace_leave(struct pt_regs *regs);
void audit_sysenter_entry(struct pt_regs *regs);
void audit_sysenter_exit(struct pt_regs *regs);
#else
int32_t syscall_trace_enter(struct pt_regs *regs, int32_t nr, uint32_t work);
void syscall_exit_work(struct pt_regs *regs, uint32_t work);
#endif

#endif
