/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigframe.c: a program's signal handlers: the frame on its stack, sigreturn, and the calls
 * that install a handler or block a signal. Signals above 32 are not modelled; neither is the
 * FPU in the frame, which a handler shares with the program (QUIRKS.md).
 */
#include "process/process.h"

#define SIGRETURN_EFLAGS 0x40dd5u /* CF PF AF ZF SF TF DF OF AC */
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

asmlinkage int32_t sys_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act);
asmlinkage int32_t sys_rt_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act, uint32_t size);
asmlinkage int32_t sys_sigprocmask(int32_t how, uint32_t set, uint32_t old_set);
asmlinkage int32_t sys_rt_sigprocmask(int32_t how, uint32_t set, uint32_t old_set, uint32_t size);
asmlinkage int32_t sys_sigreturn(struct pt_regs regs);
asmlinkage int32_t sys_rt_sigreturn(struct pt_regs regs);

/* ---- into a handler ---- */

static void fill_sigcontext(struct sigcontext *sc, const struct pt_regs *regs)
{
	const struct task_struct *self = current;

	*sc = (struct sigcontext){
		.gs = read_gs(),
		.fs = read_fs(),
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
		.oldmask = self->sigblocked,
		.cr2 = self->thread.cr2,
	};
}

static uint32_t return_address(const struct sigaction *action, uint32_t fallback)
{
	return action->flags & SA_RESTORER ? action->restorer : fallback;
}

static uint32_t put_frame(int sig, const struct sigaction *action, const struct pt_regs *regs)
{
	struct sigframe frame = { .pretcode = return_address(action, VSYSCALL_SIGRETURN),
				  .sig = (uint32_t)sig };
	uint32_t at = (regs->esp - sizeof(frame)) & -FRAME_ALIGN;

	fill_sigcontext(&frame.sc, regs);
	return copy_to_user(at, &frame, WORDS(frame)) ? 0 : at;
}

static uint32_t put_rt_frame(int sig, const struct sigaction *action, const struct siginfo *info,
			     const struct pt_regs *regs)
{
	struct rt_sigframe frame = { .pretcode = return_address(action, VSYSCALL_RT_SIGRETURN),
				     .sig = (uint32_t)sig };
	uint32_t at = (regs->esp - sizeof(frame)) & -FRAME_ALIGN;

	frame.pinfo = at + offsetof(struct rt_sigframe, info);
	frame.puc = at + offsetof(struct rt_sigframe, uc);
	__builtin_memcpy(frame.info, info, sizeof(*info));
	fill_sigcontext(&frame.uc.sc, regs);
	frame.uc.mask[0] = current->sigblocked;
	return copy_to_user(at, &frame, WORDS(frame)) ? 0 : at;
}

/*
 * The program goes on in its handler. TF is not for the handler, but a tracer that steps is
 * told, with eip at the handler; what it answers is not looked at.
 */
int setup_frame(int sig, const struct siginfo *info, struct pt_regs *regs)
{
	const struct sigaction *action = &current->action[sig - 1];
	uint32_t at = action->flags & SA_SIGINFO ? put_rt_frame(sig, action, info, regs) :
						   put_frame(sig, action, regs);

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
	regs->eflags &= ~X86_EFLAGS_TF;
	if (test_thread_flag(_TIF_SINGLESTEP))
		ptrace_notify(SIGTRAP);
	return 0;
}

/* ---- and back ---- */

static void set_blocked(struct task_struct *self, uint32_t mask)
{
	self->sigblocked = mask & ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	recalc_sigpending(self);
}

static int32_t restore_sigcontext(const struct sigcontext *sc, struct pt_regs *regs)
{
	LOAD_SEGMENT(gs, sc->gs & 0xffff);
	LOAD_SEGMENT(fs, sc->fs & 0xffff);
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
	return (int32_t)sc->eax;
}

asmlinkage int32_t sys_sigreturn(struct pt_regs regs)
{
	struct sigframe in;

	/* The handler's ret has popped pretcode, the trampoline sig. */
	if (copy_from_user(&in, regs.esp - 8, WORDS(in))) {
		force_sig(SIGSEGV, current);
		return 0;
	}
	set_blocked(current, in.sc.oldmask);
	return restore_sigcontext(&in.sc, task_regs(current));
}

asmlinkage int32_t sys_rt_sigreturn(struct pt_regs regs)
{
	struct rt_sigframe in;

	if (copy_from_user(&in, regs.esp - 4, WORDS(in))) {
		force_sig(SIGSEGV, current);
		return 0;
	}
	set_blocked(current, in.uc.mask[0]);
	return restore_sigcontext(&in.uc.sc, task_regs(current));
}

/* ---- handlers and masks ---- */

static int32_t set_action(int32_t sig, const struct sigaction *new_act)
{
	struct sigaction *action = &current->action[sig - 1];

	if (sig == SIGKILL || sig == SIGSTOP)
		return -EINVAL;
	*action = *new_act;
	action->mask &= ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	return 0;
}

/* An action as user space has it, in words: the handler, and these in an order of the call's own. */
struct action_layout {
	uint8_t flags, restorer, mask, words;
};

static int32_t change_action(int32_t sig, uint32_t new_act, uint32_t old_act,
			     struct action_layout at)
{
	uint32_t in[5], out[5] = { 0 };
	struct sigaction old;

	if (!MIN_MAX(sig, 1, 32))
		return -EINVAL;
	old = current->action[sig - 1];
	if (new_act) {
		struct sigaction act;
		int32_t error;

		if (copy_from_user(in, new_act, at.words))
			return -EFAULT;
		act = (struct sigaction){ .handler = in[0],
					  .flags = in[at.flags],
					  .restorer = in[at.restorer],
					  .mask = in[at.mask] };
		error = set_action(sig, &act);
		if (error)
			return error;
	}
	if (!old_act)
		return 0;
	out[0] = old.handler;
	out[at.flags] = old.flags;
	out[at.restorer] = old.restorer;
	out[at.mask] = old.mask;
	return copy_to_user(old_act, out, at.words);
}

/* A call's arguments are the program's registers in the frame: a jump to another function, which
 * would build its own arguments there, must not take the place of a call. */
static inline int32_t no_jump(int32_t result)
{
	__asm__ volatile("" : "+r"(result));
	return result;
}

asmlinkage int32_t sys_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act)
{
	return no_jump(change_action(
		sig, new_act, old_act,
		(struct action_layout){ .mask = 1, .flags = 2, .restorer = 3, .words = 4 }));
}

asmlinkage int32_t sys_rt_sigaction(int32_t sig, uint32_t new_act, uint32_t old_act, uint32_t size)
{
	if (size != 8)
		return -EINVAL;
	return no_jump(change_action(
		sig, new_act, old_act,
		(struct action_layout){ .flags = 1, .restorer = 2, .mask = 3, .words = 5 }));
}

static int32_t change_mask(int32_t how, uint32_t set, uint32_t old_set, uint32_t words)
{
	struct task_struct *self = current;
	uint32_t in[2], out[2] = { self->sigblocked, 0 };

	if (set) {
		if (copy_from_user(in, set, words))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK: set_blocked(self, self->sigblocked | in[0]); break;
		case SIG_UNBLOCK: set_blocked(self, self->sigblocked & ~in[0]); break;
		case SIG_SETMASK: set_blocked(self, in[0]); break;
		default: return -EINVAL;
		}
	}
	return old_set ? copy_to_user(old_set, out, words) : 0;
}

asmlinkage int32_t sys_sigprocmask(int32_t how, uint32_t set, uint32_t old_set)
{
	return no_jump(change_mask(how, set, old_set, 1));
}

asmlinkage int32_t sys_rt_sigprocmask(int32_t how, uint32_t set, uint32_t old_set, uint32_t size)
{
	return size == 8 ? no_jump(change_mask(how, set, old_set, 2)) : -EINVAL;
}
