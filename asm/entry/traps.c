/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * traps.c: the C side of the exceptions. From user mode they become signals, from the kernel
 * they are mended by the exception table, or the kernel gives up. Read next: signal.c.
 */
#include "process/process.h"

#define DR_STEP      0x4000 /* DR6.BS */
#define DR_TRAP_BITS 0xf

struct exception_table_entry {
	uint32_t insn, fixup;
};
extern const struct exception_table_entry __start_ex_table[], __stop_ex_table[];

/* Every file adds to the table in its own order, so it is searched from end to end. */
static int fixup_exception(struct pt_regs *regs)
{
	const struct exception_table_entry *e;

	for (e = __start_ex_table; e < __stop_ex_table; e++)
		if (e->insn == regs->eip) {
			regs->eip = e->fixup;
			return 1;
		}
	return 0;
}

static void do_trap(unsigned vector, int sig, int code, uint32_t addr, struct pt_regs *regs,
		    int error_code, const char *text)
{
	struct siginfo info = { .si_signo = sig, .si_code = code, .si_pid = addr };
	struct task_struct *self = current;

	if (!user_mode(regs)) {
		if (!fixup_exception(regs))
			panic(text);
		return;
	}
	self->thread.error_code = (uint32_t)error_code;
	self->thread.trap_no = vector;
	force_sig_info(sig, &info, self);
}

/* name(regs, error code): vector, signal, si_code, si_addr, text for a kernel that dies of it */
#define TRAP(name, vector, sig, code, addr, text)                         \
	void name(struct pt_regs *regs, int error_code);                  \
	void name(struct pt_regs *regs, int error_code)                   \
	{                                                                 \
		do_trap(vector, sig, code, addr, regs, error_code, text); \
	}

TRAP(do_divide_error, 0, SIGFPE, 1, regs->eip, "divide error in the kernel")
TRAP(do_overflow, 4, SIGSEGV, SI_KERNEL, 0, "overflow in the kernel")
TRAP(do_bounds, 5, SIGSEGV, SI_KERNEL, 0, "bounds in the kernel")
TRAP(do_invalid_op, 6, SIGILL, 2, regs->eip, "invalid opcode in the kernel")
TRAP(do_device_not_available, 7, SIGFPE, SI_KERNEL, 0, "no FPU in the kernel")
TRAP(do_coprocessor_segment_overrun, 9, SIGFPE, SI_KERNEL, 0, "coprocessor segment overrun")
TRAP(do_invalid_TSS, 10, SIGSEGV, SI_KERNEL, 0, "invalid TSS")
TRAP(do_segment_not_present, 11, SIGBUS, SI_KERNEL, 0, "segment not present in the kernel")
TRAP(do_stack_segment, 12, SIGBUS, SI_KERNEL, 0, "stack segment fault in the kernel")
TRAP(do_general_protection, 13, SIGSEGV, SI_KERNEL, 0, "general protection in the kernel")
TRAP(do_coprocessor_error, 16, SIGFPE, SI_KERNEL, regs->eip, "FPU error in the kernel")
TRAP(do_alignment_check, 17, SIGBUS, 1, 0, "alignment check in the kernel")
TRAP(do_simd_coprocessor_error, 19, SIGFPE, SI_KERNEL, regs->eip, "SSE error in the kernel")

TRAP(do_iret_error, 32, IRET_FAULT_SIGNAL, 8, 0, "iret from the kernel")

/* No page is ever brought in: memory is there or it is not. */
void do_page_fault(struct pt_regs *regs, int error_code);
void do_page_fault(struct pt_regs *regs, int error_code)
{
	uint32_t address;
	int code;

	__asm__("movl %%cr2, %0" : "=r"(address));
	current->thread.cr2 = address;
	/* si_code: 1 nothing is mapped there, 2 not in this way. Of the kernel's own addresses a
	 * program learns nothing: they are all alike to it. */
	if (address >= TASK_SIZE)
		code = 1;
	else
		code = error_code & 1 ? 2 : 1;
	do_trap(14, SIGSEGV, code, address, regs, error_code | (address >= TASK_SIZE),
		"page fault in the kernel");
}

static inline void set_dr7(uint32_t value)
{
	__asm__ volatile("movl %0, %%db7" : : "r"(value));
}

/* What do_debug and do_int3 leave in eax for the stub's test (history/entry-2.6.11.h). They
 * return nothing there, so it is whatever the compiler left: 0 unless the host wants junk. */
int32_t debug_trap_eax;

/*
 * #DB. A step at CPL 0 is a TF that came in by sysenter: it is taken out of the frame, and
 * SINGLESTEP remembers it for the way out. 2.6.11: a step that ptrace asked for ends here,
 * by PT_DTRACE.
 */
int do_debug(struct pt_regs *regs, int error_code);
int do_debug(struct pt_regs *regs, int error_code)
{
	struct task_struct *self = current;
	uint32_t condition;

	__asm__ volatile("movl %%db6, %0" : "=r"(condition));
	if (regs->eflags & X86_EFLAGS_IF)
		__asm__ volatile("sti");
	if ((condition & DR_TRAP_BITS) && !self->thread.debugreg[7]) {
		set_dr7(0); /* left by another task */
		return debug_trap_eax;
	}
	self->thread.debugreg[6] = condition;
	if (condition & DR_STEP) {
		if ((regs->xcs & 3) == 0) {
			set_tsk_thread_flags(self, _TIF_SINGLESTEP);
			regs->eflags &= ~X86_EFLAGS_TF;
			return debug_trap_eax;
		}
		if (!SIGNAL_STOP_ENDS_STEP && (self->ptrace & PT_DTRACE)) {
			self->ptrace &= ~PT_DTRACE;
			regs->eflags &= ~X86_EFLAGS_TF;
		}
	}
	send_sigtrap(self, regs, error_code);
	set_dr7(0);
	return debug_trap_eax;
}

int do_int3(struct pt_regs *regs, int error_code);
int do_int3(struct pt_regs *regs, int error_code)
{
	do_trap(3, SIGTRAP, SI_KERNEL, 0, regs, error_code, "int3 in the kernel");
	return debug_trap_eax;
}
