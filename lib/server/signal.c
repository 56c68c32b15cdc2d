/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal.c: a program's actions and masks, signals that it sends to itself, and
 * its end. Under SYSEMU the guest kernel sees none of this, so the server keeps it, and
 * like UML builds the frames of handlers on the program's stack itself. Signals that
 * the guest kernel raises (a fault in the program) are its own, with default action.
 */
#include <string.h>

#include "lib/server/private.h"

#define SIGSET_SIZE 8u

#define SI_TKILL (-6)

static uint64_t bit(int signal)
{
	return (uint64_t)1 << (signal - 1);
}

#define UNBLOCKABLE (bit(SIGKILL) | bit(SIGSTOP))

/* ---- what the program asks for ---- */

/* struct sigaction of rt_sigaction on i386. */
struct rt_action {
	uint32_t handler, flags, restorer, mask[2];
};

int32_t serve_rt_sigaction(struct call *c)
{
	uint32_t signal = c->arg[0];
	struct action *action = &c->s->st.action[signal <= SIGNALS ? signal : 0], old = *action;
	const struct rt_action out = { old.handler,
				       old.flags,
				       old.restorer,
				       { (uint32_t)old.mask, (uint32_t)(old.mask >> 32) } };
	struct rt_action in;

	if (c->arg[3] != SIGSET_SIZE || signal < 1 || signal > SIGNALS)
		return -EINVAL;
	if (c->arg[1]) {
		if (bit((int)signal) & UNBLOCKABLE)
			return -EINVAL;
		if (user_get(c, c->arg[1], &in, sizeof(in)))
			return -EFAULT;
	}
	if (c->arg[2] && user_put(c, c->arg[2], &out, sizeof(out)))
		return -EFAULT;
	if (c->arg[1])
		*action =
			(struct action){ in.handler, in.flags, in.restorer,
					 (in.mask[0] | (uint64_t)in.mask[1] << 32) & ~UNBLOCKABLE };
	return 0;
}

int32_t serve_rt_sigprocmask(struct call *c)
{
	enum { BLOCK, UNBLOCK, SETMASK };
	uint64_t old = c->s->st.blocked, set = 0, blocked = old;

	if (c->arg[3] != SIGSET_SIZE)
		return -EINVAL;
	if (c->arg[1]) {
		if (user_get(c, c->arg[1], &set, sizeof(set)))
			return -EFAULT;
		if (c->arg[0] > SETMASK)
			return -EINVAL;
		blocked = c->arg[0] == BLOCK ? old | set : c->arg[0] == UNBLOCK ? old & ~set : set;
	}
	if (c->arg[2] && user_put(c, c->arg[2], &old, sizeof(old)))
		return -EFAULT;
	c->s->st.blocked = blocked & ~UNBLOCKABLE;
	return 0;
}

int32_t serve_rt_sigpending(struct call *c)
{
	uint64_t pending = c->s->st.pending & c->s->st.blocked;

	if (c->arg[1] > SIGSET_SIZE)
		return -EINVAL;
	return user_put(c, c->arg[0], &pending, c->arg[1]);
}

static bool on_altstack(const struct call *c)
{
	return c->regs.esp - c->s->st.altstack.sp - 1 < c->s->st.altstack.size;
}

int32_t serve_sigaltstack(struct call *c)
{
	enum { ONSTACK = 1, DISABLE = 2, SMALLEST = 2048 };
	struct altstack in, out = c->s->st.altstack;

	if (out.size == 0)
		out.flags = DISABLE;
	else if (on_altstack(c))
		out.flags |= ONSTACK;
	if (c->arg[0]) {
		if (user_get(c, c->arg[0], &in, sizeof(in)))
			return -EFAULT;
		if (on_altstack(c))
			return -EPERM;
		if (in.flags & ~(uint32_t)(ONSTACK | DISABLE))
			return -EINVAL;
		if (!(in.flags & DISABLE) && in.size < SMALLEST)
			return -ENOMEM;
	}
	if (c->arg[1] && user_put(c, c->arg[1], &out, sizeof(out)))
		return -EFAULT;
	if (c->arg[0])
		c->s->st.altstack = in.flags & DISABLE ? (struct altstack){ 0 } :
							 (struct altstack){ in.sp, 0, in.size };
	return 0;
}

int32_t signals_mask(struct call *c, uint32_t set, uint32_t size)
{
	uint64_t mask;

	if (!set)
		return 0;
	if (size != SIGSET_SIZE)
		return -EINVAL;
	if (user_get(c, set, &mask, sizeof(mask)))
		return -EFAULT;
	c->masked = true;
	c->mask_before = c->s->st.blocked;
	c->s->st.blocked = mask & ~UNBLOCKABLE;
	return 0;
}

static void mask_back(struct call *c)
{
	if (c->masked)
		c->s->st.blocked = c->mask_before;
	c->masked = false;
}

void signals_unmask(struct call *c, int32_t result)
{
	if (result != -EINTR || !signals_wait(c))
		mask_back(c);
}

/* ---- signals to itself ---- */

static bool is_ignored(const struct call *c, int signal)
{
	uint32_t handler = c->s->st.action[signal].handler;

	return handler == SIG_IGN ||
	       (handler == SIG_DFL &&
		(signal == SIGCHLD || signal == SIGCONT || signal == SIGURG || signal == SIGWINCH));
}

static int32_t own_pid(const struct call *c)
{
	return (int32_t)c->m->profile->pid_program;
}

static int32_t send(struct call *c, int32_t pid, uint32_t signal)
{
	if (signal > SIGNALS)
		return -EINVAL;
	if (pid != own_pid(c))
		return -ESRCH;
	if (signal && !is_ignored(c, (int)signal))
		c->s->st.pending |= bit((int)signal);
	return 0;
}

/* 0 and its own, negative: its process group, in which it is alone. */
int32_t serve_kill(struct call *c)
{
	int32_t pid = (int32_t)c->arg[0];

	return send(c, pid == 0 || pid == -own_pid(c) ? own_pid(c) : pid, c->arg[1]);
}

int32_t serve_tkill(struct call *c)
{
	return (int32_t)c->arg[0] <= 0 ? -EINVAL : send(c, (int32_t)c->arg[0], c->arg[1]);
}

int32_t serve_tgkill(struct call *c)
{
	if ((int32_t)c->arg[0] <= 0 || (int32_t)c->arg[1] <= 0)
		return -EINVAL;
	return c->arg[0] != c->m->profile->pid_program ? -ESRCH :
							 send(c, (int32_t)c->arg[1], c->arg[2]);
}

static bool stops(int signal)
{
	return signal >= SIGSTOP && signal <= SIGTTOU;
}

bool signals_wait(const struct call *c)
{
	const struct server_state *st = &c->s->st;

	for (int signal = 1; signal <= (int)SIGNALS; signal++) {
		if ((st->pending & ~st->blocked & bit(signal)) && !is_ignored(c, signal) &&
		    !(st->action[signal].handler == SIG_DFL && stops(signal)))
			return true;
	}
	return false;
}

/* ---- the end ---- */

int32_t serve_exit(struct call *c)
{
	c->ended = true;
	c->status = (c->arg[0] & 0xff) << 8;
	return 0;
}

/* No core is ever written, here as in the guest's kernel, so 0x80 is not added. */
static void end_by(struct call *c, int signal)
{
	c->ended = true;
	c->status = (uint32_t)signal;
}

/* ---- frames of handlers ---- */

struct sigcontext {
	uint32_t gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax, trapno, err, eip, cs;
	uint32_t eflags, esp_at_signal, ss, fpstate, oldmask, cr2;
};

struct ucontext {
	uint32_t flags, link;
	struct altstack stack;
	struct sigcontext regs;
	uint32_t mask[2];
};

/* The FPU as fsave and as fxsave write it; magic 0: both are there. */
struct fpstate {
	uint32_t fsave[27];
	uint16_t status, magic;
	uint32_t fxsave[128];
};
static_assert(sizeof(struct fpstate) == 624, "struct _fpstate");

struct frame {
	uint32_t return_to, signal;
	struct sigcontext regs;
	struct fpstate fpu;
	uint32_t mask_high;
	uint8_t code[8];
};

struct rt_frame {
	uint32_t return_to, signal, info_at, context_at;
	int32_t info[32];
	struct ucontext context;
	struct fpstate fpu;
	uint8_t code[8];
};

/* What Linux leaves on the stack for debuggers; the way back is on the vsyscall page. */
static const uint8_t sigreturn_code[8] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };
static const uint8_t rt_sigreturn_code[8] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0 };

/* The program's FPU into the frame; the handler starts with a fresh one. */
static int32_t save_fpu(struct call *c, struct fpstate *out)
{
	uint32_t fresh[128] = { [0] = 0x37f, [6] = 0x1f80 };
	int32_t status;

	status = tracer_request(c, SYSEMU_PTRACE_GETFPREGS, 0, out->fsave, sizeof(out->fsave));
	if (!status)
		status = tracer_request(c, SYSEMU_PTRACE_GETFPXREGS, 0, out->fxsave,
					sizeof(out->fxsave));
	if (!status)
		status = tracer_request(c, SYSEMU_PTRACE_SETFPXREGS, 0, fresh, sizeof(fresh));
	out->status = (uint16_t)out->fsave[1];
	return status;
}

static int32_t restore_fpu(struct call *c, uint32_t at)
{
	struct fpstate fpu;

	if (at == 0)
		return 0;
	if (user_get(c, at, &fpu, sizeof(fpu)))
		return -EFAULT;
	if (fpu.magic != 0)
		return tracer_request(c, SYSEMU_PTRACE_SETFPREGS, 0, fpu.fsave, sizeof(fpu.fsave));
	return tracer_request(c, SYSEMU_PTRACE_SETFPXREGS, 0, fpu.fxsave, sizeof(fpu.fxsave));
}

static struct sigcontext context_of(const sysemu_regs *r, uint32_t fpstate, uint64_t mask)
{
	return (struct sigcontext){
		.gs = r->gs,
		.fs = r->fs,
		.es = r->es,
		.ds = r->ds,
		.edi = r->edi,
		.esi = r->esi,
		.ebp = r->ebp,
		.esp = r->esp,
		.ebx = r->ebx,
		.edx = r->edx,
		.ecx = r->ecx,
		.eax = r->eax,
		.eip = r->eip,
		.cs = r->cs,
		.eflags = r->eflags,
		.esp_at_signal = r->esp,
		.ss = r->ss,
		.fpstate = fpstate,
		.oldmask = (uint32_t)mask,
	};
}

static uint32_t way_back(const struct action *action, uint32_t otherwise)
{
	return action->flags & SA_RESTORER ? action->restorer : otherwise;
}

/* What the first handler's return leaves behind the call. */
static uint64_t mask_of_frame(const struct call *c)
{
	return c->masked ? c->mask_before : c->s->st.blocked;
}

static int32_t put_frame(struct call *c, uint32_t at, int signal, const struct action *action)
{
	uint64_t mask = mask_of_frame(c);
	struct frame f = {
		.return_to = way_back(action, c->m->profile->vsyscall_sigreturn),
		.signal = (uint32_t)signal,
		.regs = context_of(&c->regs, at + (uint32_t)offsetof(struct frame, fpu), mask),
		.mask_high = (uint32_t)(mask >> 32),
	};

	memcpy(f.code, sigreturn_code, sizeof(f.code));
	return save_fpu(c, &f.fpu) ? -EFAULT : user_put(c, at, &f, sizeof(f));
}

static int32_t put_rt_frame(struct call *c, uint32_t at, int signal, const struct action *action)
{
	uint64_t mask = mask_of_frame(c);
	struct rt_frame f = {
		.return_to = way_back(action, c->m->profile->vsyscall_rt_sigreturn),
		.signal = (uint32_t)signal,
		.info_at = at + (uint32_t)offsetof(struct rt_frame, info),
		.context_at = at + (uint32_t)offsetof(struct rt_frame, context),
		.info = { signal, 0, SI_TKILL, c->m->profile->pid_program, 0 },
		.context = { .stack = c->s->st.altstack,
			     .regs = context_of(
				     &c->regs, at + (uint32_t)offsetof(struct rt_frame, fpu), mask),
			     .mask = { (uint32_t)mask, (uint32_t)(mask >> 32) } },
	};

	memcpy(f.code, rt_sigreturn_code, sizeof(f.code));
	return save_fpu(c, &f.fpu) ? -EFAULT : user_put(c, at, &f, sizeof(f));
}

/* As a call's return address would lie: 4 below a multiple of 16. */
static uint32_t frame_place(const struct call *c, const struct action *action, uint32_t size)
{
	uint32_t esp = c->regs.esp;

	if (action->flags & SA_ONSTACK && c->s->st.altstack.size && !on_altstack(c))
		esp = c->s->st.altstack.sp + c->s->st.altstack.size;
	return ((esp - size + 4) & ~15u) - 4;
}

static void enter_handler(struct call *c, int signal)
{
	struct action *action = &c->s->st.action[signal], used = *action;
	bool rt = used.flags & SA_SIGINFO;
	uint32_t at = frame_place(c, &used, rt ? sizeof(struct rt_frame) : sizeof(struct frame));

	if ((rt ? put_rt_frame : put_frame)(c, at, signal, &used)) {
		end_by(c, SIGSEGV);
		return;
	}
	c->masked = false;
	c->regs.eax = (uint32_t)signal;
	c->regs.edx = rt ? at + (uint32_t)offsetof(struct rt_frame, info) : 0;
	c->regs.ecx = rt ? at + (uint32_t)offsetof(struct rt_frame, context) : 0;
	c->regs.esp = at;
	c->regs.eip = used.handler;
	c->regs.eflags &= ~(uint32_t)(X86_EFLAGS_DF | X86_EFLAGS_TF);
	c->regs.ds = c->regs.es = c->regs.ss = c->m->profile->user_ds;
	c->regs.cs = c->m->profile->user_cs;
	c->s->st.blocked |= used.mask | (used.flags & SA_NODEFER ? 0 : bit(signal));
	if (used.flags & SA_RESETHAND)
		action->handler = SIG_DFL;
}

/* Lowest first, so that the highest's handler runs first, as frames pile up. */
void signals_deliver(struct call *c)
{
	struct server_state *st = &c->s->st;
	bool entered = false;
	uint64_t ready;

	sysemu_get_regs(c->m, &c->regs);
	while (!c->ended && (ready = st->pending & ~st->blocked) != 0) {
		int signal = __builtin_ctzll(ready) + 1;
		uint32_t handler = st->action[signal].handler;

		st->pending &= ~bit(signal);
		if (is_ignored(c, signal))
			continue;
		if (handler != SIG_DFL) {
			enter_handler(c, signal);
			entered = true;
		} else if (stops(signal)) {
			note_once(c->s, NOTE_STOP, "signal %d would stop the program: ignored",
				  signal);
		} else {
			end_by(c, signal);
		}
	}
	mask_back(c);
	if (entered && !c->ended) {
		c->regs.orig_eax = -1; /* the interrupted call is over: nothing to restart */
		sysemu_set_regs(c->m, &c->regs);
	}
}

/* ---- the way back ---- */

static int32_t return_from(struct call *c, const struct sigcontext *sc, uint64_t mask)
{
	/* Selectors as the kernel takes them: never with the kernel's privilege. */
	const sysemu_regs regs = {
		.ebx = sc->ebx,
		.ecx = sc->ecx,
		.edx = sc->edx,
		.esi = sc->esi,
		.edi = sc->edi,
		.ebp = sc->ebp,
		.eax = sc->eax,
		.ds = sc->ds & 0xffff,
		.es = sc->es & 0xffff,
		.fs = sc->fs & 0xffff,
		.gs = sc->gs & 0xffff,
		.orig_eax = -1,
		.eip = sc->eip,
		.cs = (sc->cs & 0xffff) | 3,
		.eflags = sc->eflags,
		.esp = sc->esp,
		.ss = (sc->ss & 0xffff) | 3,
	};

	c->s->st.blocked = mask & ~UNBLOCKABLE;
	if (restore_fpu(c, sc->fpstate) || sysemu_set_regs(c->m, &regs))
		end_by(c, SIGSEGV);
	c->regs_set = true;
	return (int32_t)sc->eax;
}

/* The return address and, by the code's pop, the signal's number are off the stack. */
int32_t serve_sigreturn(struct call *c)
{
	struct frame f;

	if (user_get(c, c->regs.esp - 8, &f, sizeof(f))) {
		end_by(c, SIGSEGV);
		return -EFAULT;
	}
	return return_from(c, &f.regs, f.regs.oldmask | (uint64_t)f.mask_high << 32);
}

int32_t serve_rt_sigreturn(struct call *c)
{
	struct rt_frame f;

	if (user_get(c, c->regs.esp - 4, &f, sizeof(f))) {
		end_by(c, SIGSEGV);
		return -EFAULT;
	}
	return return_from(c, &f.context.regs,
			   f.context.mask[0] | (uint64_t)f.context.mask[1] << 32);
}
