/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call-4.4.c: a call between entry and exit in 4.4 and 4.5. Against call-4.14.c: int $0x80 has IF set already, so its
 * way in leads to do_syscall_32_irqs_on at once; a step is work on the way in, too (trace-4.4.c says for whom).
 */
#include "generic/generic.h"

#define WORK_ENTER                                                                   \
	(_TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU | _TIF_SYSCALL_AUDIT | _TIF_SECCOMP | \
	 _TIF_SINGLESTEP)
#define ONLY_HERE __attribute__((noinline))
#include "generic/call-4.14.c"
