/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigframe.c: a program's signal handlers: the frame on its stack, and sigreturn. With processes
 * the frame has the FPU's registers; without, a handler shares them with the program (QUIRKS.md).
 */
#include "process/process.h"

#define SIGRETURN_EFLAGS (0x40dd5u | SIGRETURN_RF) /* CF PF AF ZF SF TF DF OF AC */
#define FRAME_ALIGN      8u

/* As user space has them, in the i386 order. */
struct sigcontext {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t trapno, err, eip, cs, eflags, esp_at_signal, ss;
	uint32_t fpstate, oldmask, cr2;
};
static_assert(sizeof(struct sigcontext) == 88, "sigcontext");

struct sigframe {
	uint32_t pretcode, sig;
	struct sigcontext sc;
	uint32_t extramask;
};

struct ucontext {
	uint32_t flags, link, stack_sp, stack_flags, stack_size;
	struct sigcontext sc;
	uint32_t mask[2];
};

struct rt_sigframe {
	uint32_t pretcode, sig, pinfo, puc;
	uint32_t info[SIGINFO_SIZE / 4];
	struct ucontext uc;
};

#define WORDS(type) (sizeof(type) / 4)

asmlinkage int32_t sys_sigreturn(struct pt_regs regs);
asmlinkage int32_t sys_rt_sigreturn(struct pt_regs regs);

/* ---- into a handler ---- */

/* What a frame is made from, besides the registers. */
struct made_of {
	int sig;
	const struct sigaction *action;
	uint64_t mask;
	uint32_t stack, fpstate; /* where to begin; 0: none */
};

static void fill_sigcontext(struct sigcontext *sc, const struct made_of *of,
			    const struct pt_regs *regs)
{
	const struct task_struct *self = current;

	*sc = (struct sigcontext){
		.gs = read_gs(),
		.fs = OWN_FS(),
		.es = regs->xes,
		.ds = regs->xds,
		.edi = regs->edi,
		.esi = regs->esi,
		.ebp = regs->ebp,
		.esp = regs->esp,
		.ebx = regs->ebx,
		.edx = regs->edx,
		.ecx = regs->ecx,
		.eax = regs->eax,
		.trapno = self->thread.trap_no,
		.err = self->thread.error_code,
		.eip = regs->eip,
		.cs = regs->xcs,
		.eflags = regs->eflags,
		.esp_at_signal = regs->esp,
		.ss = regs->xss,
		.fpstate = of->fpstate,
		.oldmask = (uint32_t)of->mask,
		.cr2 = self->thread.cr2,
	};
}

static uint32_t return_address(const struct sigaction *action, uint32_t fallback)
{
	return action->flags & SA_RESTORER ? action->restorer : fallback;
}

static uint32_t put_frame(const struct made_of *of, const struct pt_regs *regs)
{
	struct sigframe frame = { .pretcode = return_address(of->action, VSYSCALL_SIGRETURN),
				  .sig = (uint32_t)of->sig,
				  .extramask = (uint32_t)(of->mask >> 32) };
	uint32_t at = (of->stack - sizeof(frame)) & -FRAME_ALIGN;

	fill_sigcontext(&frame.sc, of, regs);
	return copy_to_user(at, &frame, WORDS(frame)) ? 0 : at;
}

static uint32_t put_rt_frame(const struct made_of *of, const struct siginfo *info,
			     const struct pt_regs *regs)
{
	struct rt_sigframe frame = { .pretcode = return_address(of->action, VSYSCALL_RT_SIGRETURN),
				     .sig = (uint32_t)of->sig };
	uint32_t at = (of->stack - sizeof(frame)) & -FRAME_ALIGN;

	frame.pinfo = at + offsetof(struct rt_sigframe, info);
	frame.puc = at + offsetof(struct rt_sigframe, uc);
	__builtin_memcpy(frame.info, info, sizeof(*info));
	fill_sigcontext(&frame.uc.sc, of, regs);
	frame.uc.stack_sp = current->altstack;
	frame.uc.stack_size = current->altstack_size;
	frame.uc.stack_flags = altstack_state(current, regs->esp);
	frame.uc.mask[0] = (uint32_t)of->mask;
	frame.uc.mask[1] = (uint32_t)(of->mask >> 32);
	return copy_to_user(at, &frame, WORDS(frame)) ? 0 : at;
}

/* The handler's stack, and the FPU's registers at its top. False: no room for them. */
static int begin_frame(struct made_of *of, const struct pt_regs *regs)
{
	struct task_struct *self = current;

	of->stack = regs->esp;
	if (!with_processes)
		return 1;
	if ((of->action->flags & SA_ONSTACK) && altstack_state(self, regs->esp) == 0)
		of->stack = self->altstack + self->altstack_size;
	of->fpstate = (of->stack - FPSTATE_SIZE) & -16u;
	of->stack = of->fpstate;
	return !save_fpstate(self, of->fpstate);
}

/*
 * The program goes on in its handler. TF is not for the handler, but a tracer that steps is
 * told, with eip at the handler; what it answers is not looked at.
 */
int setup_frame(int sig, const struct siginfo *info, struct pt_regs *regs, uint64_t mask)
{
	const struct sigaction *action = &current->sighand->action[sig - 1];
	struct made_of of = { .sig = sig, .action = action, .mask = mask };
	uint32_t at = 0;

	if (begin_frame(&of, regs))
		at = action->flags & SA_SIGINFO ? put_rt_frame(&of, info, regs) :
						  put_frame(&of, regs);
	if (!at)
		return -EFAULT;
	regs->eax = (uint32_t)sig;
	regs->edx = 0;
	regs->ecx = 0;
	if (action->flags & SA_SIGINFO) {
		regs->edx = at + offsetof(struct rt_sigframe, info);
		regs->ecx = at + offsetof(struct rt_sigframe, uc);
	}
	regs->esp = at;
	regs->eip = action->handler;
	regs->xds = regs->xes = regs->xss = USER_DS;
	regs->xcs = USER_CS;
	regs->eflags &= ~(uint32_t)(HANDLER_EFLAGS);
	if (!HANDLER_ENDS_STEP && test_thread_flag(_TIF_SINGLESTEP))
		ptrace_notify(SIGTRAP);
	return 0;
}

/* ---- and back ---- */

static int32_t restore_sigcontext(const struct sigcontext *sc, struct pt_regs *regs)
{
	LOAD_SEGMENT(gs, sc->gs & 0xffff);
	LOAD_OWN_FS(sc->fs & 0xffff);
	regs->xes = sc->es & 0xffff;
	regs->xds = sc->ds & 0xffff;
	regs->edi = sc->edi;
	regs->esi = sc->esi;
	regs->ebp = sc->ebp;
	regs->esp = sc->esp;
	regs->ebx = sc->ebx;
	regs->edx = sc->edx;
	regs->ecx = sc->ecx;
	regs->eip = sc->eip;
	regs->xcs = (sc->cs & 0xffff) | 3;
	regs->xss = (sc->ss & 0xffff) | 3;
	regs->eflags = (regs->eflags & ~SIGRETURN_EFLAGS) | (sc->eflags & SIGRETURN_EFLAGS);
	regs->orig_eax = -1; /* nothing to restart */
	if (with_processes && sc->fpstate && restore_fpstate(current, sc->fpstate))
		force_sig(SIGSEGV, current);
	return (int32_t)sc->eax;
}

asmlinkage int32_t sys_sigreturn(struct pt_regs regs)
{
	struct sigframe in;

	/* The handler's ret has popped pretcode, the trampoline sig. */
	if (copy_from_user(&in, CALL_FRAME(regs)->esp - 8, WORDS(in))) {
		force_sig(SIGSEGV, current);
		return 0;
	}
	set_blocked(current, ((uint64_t)in.extramask << 32) | in.sc.oldmask);
	return restore_sigcontext(&in.sc, task_regs(current));
}

asmlinkage int32_t sys_rt_sigreturn(struct pt_regs regs)
{
	struct rt_sigframe in;

	if (copy_from_user(&in, CALL_FRAME(regs)->esp - 4, WORDS(in))) {
		force_sig(SIGSEGV, current);
		return 0;
	}
	set_blocked(current, ((uint64_t)in.uc.mask[1] << 32) | in.uc.mask[0]);
	if (with_processes)
		set_altstack(current, in.uc.stack_sp, in.uc.stack_flags, in.uc.stack_size,
			     CALL_FRAME(regs)->esp);
	return restore_sigcontext(&in.uc.sc, task_regs(current));
}
