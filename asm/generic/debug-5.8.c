/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debug-5.8.c: #DB from 4.6 on, in the form of 5.8: from user mode it is a signal; from the
 * kernel it is a SYSENTER under TF, of which nothing is to be seen: TF stays in the program's frame, so
 * that no step is lost and none is left over (S for ever, up to 2.6.16).
 */
#include "generic/generic.h"

#define DR_STEP    0x4000
#define DR_TRAPS   0xf
#define TRAP_TRACE 2

extern const char __begin_SYSENTER_singlestep_region[], __end_SYSENTER_singlestep_region[];

static inline uint32_t take_dr6(void)
{
	uint32_t dr6;

	__asm__ volatile("movl %%db6, %0" : "=r"(dr6));
	__asm__ volatile("movl %0, %%db6" : : "r"(0));
	return dr6;
}

/* A breakpoint's name goes before a step's. */
void exc_debug_user(struct pt_regs *regs)
{
	struct task_struct *self = current;
	uint32_t dr6 = take_dr6();
	struct siginfo info = { .si_signo = SIGTRAP,
				.si_code = dr6 & DR_STEP ? TRAP_TRACE : TRAP_BRKPT,
				.si_pid = regs->eip };

	self->thread.debugreg[6] = dr6;
	irqs_on();
	self->thread.trap_no = 1;
	self->thread.error_code = 0;
	if (dr6 & (DR_STEP | DR_TRAPS))
		force_sig_info(SIGTRAP, &info, self);
	irqs_off();
}

#ifndef EXC_DEBUG_KERNEL /* debug-4.4.c has its own */
void exc_debug_kernel(struct pt_regs *regs)
{
	uint32_t dr6 = take_dr6();

	if ((dr6 & DR_STEP) && regs->eip >= (uint32_t)__begin_SYSENTER_singlestep_region &&
	    regs->eip < (uint32_t)__end_SYSENTER_singlestep_region)
		return;
	if (dr6 & DR_STEP)
		panic("a single step in the kernel");
}
#endif
