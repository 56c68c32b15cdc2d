/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * way-out.h: the ways out of the generic entry, the same from 5.10 to the rework of 2026: what is done once a
 * call, and then what any way out has. For call-*.c, which say where the work stands (WORK) and what of it
 * is for a call's exit (WORK_EXIT).
 */
void syscall_exit_to_user_mode(struct pt_regs *regs)
{
	uint32_t work = WORK;

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
