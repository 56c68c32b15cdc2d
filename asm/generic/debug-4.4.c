/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debug-4.4.c: #DB in 4.4 and 4.5. Against debug-5.8.c: a step in the kernel, which is a SYSENTER under TF, becomes S
 * and goes on without TF, as in all kernels before; trace-4.4.c gives TF back, and S stays.
 */
#define EXC_DEBUG_KERNEL
#include "generic/debug-5.8.c"

void exc_debug_kernel(struct pt_regs *regs)
{
	if (!(take_dr6() & DR_STEP))
		return;
	set_tsk_thread_flags(current, _TIF_SINGLESTEP);
	regs->eflags &= ~(uint32_t)X86_EFLAGS_TF;
}
