/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal.c: signals as far as ptrace and the entry path see them: queueing, the stops of a
 * traced task, default actions, and the restart of interrupted calls.
 * Handlers: sigframe.c. Read next: trace.c.
 */
#include "process/process.h"

#define IGNORED_BY_DEFAULT (SIGBIT(SIGCONT) | SIGBIT(SIGCHLD) | SIGBIT(SIGWINCH) | SIGBIT(SIGURG))
#define STOPS_BY_DEFAULT   (SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))

/* P says: a signal that is not blocked is queued. */
static inline void recalc(struct task_struct *t)
{
	if ((t->sigpending | t->sigshared) & ~t->sigblocked)
		set_tsk_thread_flags(t, _TIF_SIGPENDING);
	else
		clear_tsk_thread_flags(t, _TIF_SIGPENDING);
}

void recalc_sigpending(struct task_struct *t)
{
	recalc(t);
}

/* A stopped task is woken by SIGKILL alone; the others find it when they next look. */
static void signal_wake_up(struct task_struct *t, int sig)
{
	set_tsk_thread_flags(t, _TIF_SIGPENDING);
	if (t->state == TASK_INTERRUPTIBLE ||
	    (sig == SIGKILL && (t->state == TASK_STOPPED || t->state == TASK_TRACED)))
		wake_up_process(t);
}

static int sig_ignored(const struct task_struct *t, int sig)
{
	uint32_t handler = t->action[sig - 1].handler;

	if (t->ptrace & PT_PTRACED)
		return 0; /* the tracer is to see it */
	if (t->sigblocked & SIGBIT(sig))
		return 0;
	return handler == SIG_IGN || (handler == SIG_DFL && (IGNORED_BY_DEFAULT & SIGBIT(sig)));
}

/*
 * Below 32 a signal is queued once; a second one is dropped without a word. There are two
 * queues: the task's own, for what the kernel and a tracer send, and the process's, for kill.
 */
static int queue_signal(int sig, const struct siginfo *info, struct task_struct *t, int shared)
{
	uint32_t *queue = shared ? &t->sigshared : &t->sigpending;

	if (sig_ignored(t, sig) || (*queue & SIGBIT(sig)))
		return 0;
	(shared ? t->shared_siginfo : t->siginfo)[sig - 1] = *info;
	*queue |= SIGBIT(sig);
	if (!(t->sigblocked & SIGBIT(sig)))
		signal_wake_up(t, sig);
	return 0;
}

static int valid_signal(int sig)
{
	return MIN_MAX(sig, 1, 32); /* the real-time ones are not modelled */
}

int send_sig(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	return valid_signal(sig) ? queue_signal(sig, &info, t, 0) : -EINVAL;
}

/* A stop signal and SIGCONT take back what is queued of the other; SIGCONT, even if it is
 * ignored or blocked, ends a group stop. */
static void handle_stop_signal(int sig, struct task_struct *t)
{
	uint32_t revoked = 0;

	if (SIGBIT(sig) & STOPS_BY_DEFAULT)
		revoked = SIGBIT(SIGCONT);
	else if (sig == SIGCONT)
		revoked = STOPS_BY_DEFAULT;
	t->sigpending &= ~revoked;
	t->sigshared &= ~revoked;
	if (sig == SIGCONT && t->state == TASK_STOPPED)
		wake_up_process(t);
}

int kill_task(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig,
				.si_code = SI_USER,
				.si_pid = (uint32_t)current->pid,
				.si_uid = current->uid };

	if (!valid_signal(sig))
		return -EINVAL;
	handle_stop_signal(sig, t);
	return queue_signal(sig, &info, t, 1);
}

static void __attribute__((noinline))
tell_parent(struct task_struct *parent, const struct task_struct *self, int code, int32_t status)
{
	const struct sigaction *action = &parent->action[SIGCHLD - 1];
	const struct siginfo info = { .si_signo = SIGCHLD,
				      .si_code = code,
				      .si_pid = (uint32_t)self->pid,
				      .si_uid = self->uid,
				      .si_status = status };

	if (!(code == CLD_STOPPED || code == CLD_TRAPPED) ||
	    !(action->handler == SIG_IGN || (action->flags & SA_NOCLDSTOP)))
		queue_signal(SIGCHLD, &info, parent, 1);
	if (parent->state == TASK_INTERRUPTIBLE)
		wake_up_process(parent);
}

/* SIGCHLD, and if it sleeps in wait4 it is woken in any case. The tracer, which is outside,
 * hears of it by the stop port; its task gets none, and that at no cost: stores are dear. */
void notify_parent(struct task_struct *self, int code, int32_t status)
{
	struct task_struct *parent = self->parent;

	if (parent >= &tasks[TASK_PROGRAM] && parent->pid && parent->state < TASK_ZOMBIE)
		tell_parent(parent, self, code, status);
}

/* A signal that may be neither blocked nor ignored: it falls back to the default. If it was
 * queued all the time, P is what was missing. */
void force_sig_info(int sig, const struct siginfo *info, struct task_struct *t)
{
	if ((t->sigblocked & SIGBIT(sig)) || t->action[sig - 1].handler == SIG_IGN) {
		t->action[sig - 1].handler = SIG_DFL;
		t->sigblocked &= ~SIGBIT(sig);
		recalc_sigpending(t);
	}
	queue_signal(sig, info, t, 0);
}

void force_sig(int sig, struct task_struct *t)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	force_sig_info(sig, &info, t);
}

/* The SIGTRAP of a single step; si_addr (in si_pid's place) is the program's eip. */
void send_sigtrap(struct task_struct *t, struct pt_regs *regs, int error_code)
{
	struct siginfo info = { .si_signo = SIGTRAP, .si_code = TRAP_BRKPT };

	t->thread.trap_no = 1;
	t->thread.error_code = (uint32_t)error_code;
	if (user_mode(regs))
		info.si_pid = regs->eip;
	force_sig_info(SIGTRAP, &info, t);
}

/*
 * Stops until the tracer's request has woken us; exit_code is then its answer. Without a
 * tracer there is no stop, and the answer is `untraced`. Each traced call comes here: nothing
 * is kept over schedule(), so that nothing is pushed.
 */
static inline void ptrace_stop(int32_t code, int32_t untraced, struct siginfo *info)
{
	struct task_struct *self = current;

	if (self->last_siginfo != info)
		self->last_siginfo = info;
	if (self->ptrace & PT_PTRACED) {
		self->exit_code = code;
		self->state = TASK_TRACED;
		if (self->parent >= &tasks[TASK_PROGRAM]) /* our tracer takes no signals */
			notify_parent(self, CLD_TRAPPED, code & 0x7f);
		schedule();
	} else {
		self->exit_code = untraced;
	}
	recalc(current); /* so a P that nothing is queued for goes away here */
}

static inline void put(void *word, uint32_t value)
{
	if (*(uint32_t *)word != value)
		*(uint32_t *)word = value;
}

/* What is told is mostly the same as at the stop before. */
void ptrace_notify(int32_t exit_code)
{
	struct task_struct *self = current;
	struct siginfo *info = &self->notice;

	put(&info->si_signo, SIGTRAP);
	put(&info->si_errno, 0);
	put(&info->si_code, (uint32_t)exit_code);
	put(&info->si_pid, (uint32_t)self->pid);
	put(&info->si_uid, self->uid);
	put(&info->si_status, 0);
	ptrace_stop(exit_code, 0, info);
}

static __attribute__((noinline)) void take_answer(void)
{
	struct task_struct *self = current;

	send_sig(self->exit_code, self);
	self->exit_code = 0;
}

/*
 * A syscall stop: SIGTRAP, with bit 7 under TRACESYSGOOD. The answer may carry a signal, which
 * waits for the way out of the kernel.
 */
void notify_syscall_stop(struct task_struct *self)
{
	ptrace_notify(SIGTRAP | (self->ptrace & PT_TRACESYSGOOD ? 0x80 : 0));
	if (current->exit_code)
		take_answer();
}

static int take_lowest(uint32_t *queue, uint32_t blocked)
{
	uint32_t ready = *queue & ~blocked;
	int sig = ready ? __builtin_ctz(ready) + 1 : 0;

	if (sig)
		*queue &= ~SIGBIT(sig);
	return sig;
}

/* The lowest signal that is queued and not blocked, the task's own before kill's; 0: none. */
static int dequeue_signal(struct task_struct *self, struct siginfo *info)
{
	int sig = take_lowest(&self->sigpending, self->sigblocked);

	if (sig) {
		*info = self->siginfo[sig - 1];
	} else {
		sig = take_lowest(&self->sigshared, self->sigblocked);
		if (sig)
			*info = self->shared_siginfo[sig - 1];
	}
	recalc_sigpending(self);
	return sig;
}

/* The tracer sees the signal first, and says which one is to be delivered; 0: none. */
static int ptrace_signal(struct task_struct *self, int sig, struct siginfo *info)
{
	if (SIGNAL_STOP_ENDS_STEP && (self->ptrace & PT_DTRACE)) {
		self->ptrace &= ~(uint32_t)PT_DTRACE;
		task_regs(self)->eflags &= ~(uint32_t)X86_EFLAGS_TF;
	}
	ptrace_stop(sig, sig, info);
	sig = self->exit_code;
	if (!sig)
		return 0;
	if (sig != info->si_signo) {
		*info = (struct siginfo){ .si_signo = sig,
					  .si_code = SI_USER,
					  .si_pid = (uint32_t)self->parent->pid,
					  .si_uid = self->parent->uid };
	}
	self->exit_code = 0;
	if (!valid_signal(sig))
		return 0;
	if (self->sigblocked & SIGBIT(sig)) { /* not now */
		queue_signal(sig, info, self, 0);
		return 0;
	}
	return sig;
}

static void do_signal_stop(struct task_struct *self, int sig)
{
	self->last_siginfo = NULL;
	self->exit_code = sig;
	self->state = TASK_STOPPED;
	notify_parent(self, CLD_STOPPED, sig);
	schedule();
	self->exit_code = 0; /* what a request gave along is not looked at */
}

/* What a signal does when the program has no handler for it. */
static void default_action(struct task_struct *self, int sig)
{
	if (IGNORED_BY_DEFAULT & SIGBIT(sig))
		return;
	if (STOPS_BY_DEFAULT & SIGBIT(sig))
		do_signal_stop(self, sig);
	else if (self->sigshared & SIGBIT(SIGKILL))
		do_exit(SIGKILL); /* which had decided it when it was sent */
	else
		do_exit(sig); /* no core is ever written, so 0x80 is not added */
}

/* The next signal that is to be handled by the program itself; 0: none is left. */
static int get_signal_to_deliver(struct task_struct *self, struct siginfo *info)
{
	int sig;

	while ((sig = dequeue_signal(self, info)) != 0) {
		if ((self->ptrace & PT_PTRACED) && sig != SIGKILL)
			sig = ptrace_signal(self, sig, info);
		if (!sig || self->action[sig - 1].handler == SIG_IGN)
			continue;
		if (self->action[sig - 1].handler != SIG_DFL)
			return sig;
		default_action(self, sig);
	}
	return 0;
}

/* An interrupted call is made again, by moving eip back over its two bytes. */
static void call_again(struct pt_regs *regs, uint32_t nr)
{
	regs->eax = nr;
	regs->eip -= 2;
}

static void restart_without_handler(struct pt_regs *regs)
{
	if (regs->orig_eax < 0)
		return;
	switch ((int32_t)regs->eax) {
	case -ERESTARTNOHAND:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR: call_again(regs, (uint32_t)regs->orig_eax); break;
	case -ERESTART_RESTARTBLOCK: call_again(regs, __NR_restart_syscall); break;
	}
}

/* Before a handler runs; the call that its sigreturn goes back to is this one. */
static void restart_with_handler(struct pt_regs *regs, uint32_t sa_flags)
{
	if (regs->orig_eax < 0)
		return;
	switch ((int32_t)regs->eax) {
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND: regs->eax = (uint32_t)-EINTR; break;
	case -ERESTARTSYS:
		if (!(sa_flags & SA_RESTART)) {
			regs->eax = (uint32_t)-EINTR;
			break;
		}
		/* fall through */
	case -ERESTARTNOINTR: call_again(regs, (uint32_t)regs->orig_eax); break;
	}
}

static void handle_signal(struct task_struct *self, int sig, const struct siginfo *info,
			  struct pt_regs *regs)
{
	struct sigaction *action = &self->action[sig - 1];
	uint32_t flags = action->flags;
	int failed;

	restart_with_handler(regs, flags);
	/* From 2.6.12 on the frame shows the program's own TF alone. */
	if (SIGNAL_STOP_ENDS_STEP && (self->ptrace & PT_DTRACE) && (regs->eflags & X86_EFLAGS_TF)) {
		self->ptrace &= ~(uint32_t)PT_DTRACE;
		regs->eflags &= ~(uint32_t)X86_EFLAGS_TF;
	}
	failed = setup_frame(sig, info, regs);
	if (failed) {
		if (sig == SIGSEGV)
			action->handler = SIG_DFL; /* its own handler cannot run */
		force_sig(SIGSEGV, self);
	} else if (flags & SA_RESETHAND) {
		action->handler = SIG_DFL;
	}
	if (failed && !MASK_WITHOUT_FRAME)
		return;
	if (MASK_WITH_NODEFER || !(flags & SA_NODEFER))
		self->sigblocked |= action->mask;
	if (!(flags & SA_NODEFER))
		self->sigblocked |= SIGBIT(sig);
	recalc_sigpending(self);
}

static __attribute__((noinline)) void do_signal(struct pt_regs *regs)
{
	struct task_struct *self = current;
	struct siginfo info;
	int sig;

	if ((regs->xcs & 3) != 3)
		return; /* on the way into the kernel: no frame to touch */
	sig = get_signal_to_deliver(self, &info);
	if (!sig) {
		restart_without_handler(regs);
		return;
	}
	/* A watchpoint that fired turned itself off. */
	if (self->thread.debugreg[7])
		__asm__ volatile("movl %0, %%db7" : : "r"(self->thread.debugreg[7]));
	handle_signal(self, sig, &info, regs);
}

/* From: work_notifysig. flags: as the entry code read them. */
void do_notify_resume(struct pt_regs *regs, void *oldset, uint32_t flags)
{
	struct task_struct *self = current;

	(void)oldset;
	if (flags & _TIF_SINGLESTEP) {
		regs->eflags |= X86_EFLAGS_TF;
		clear_tsk_thread_flags(self, _TIF_SINGLESTEP);
	}
	if (flags & _TIF_SIGPENDING)
		do_signal(regs);
	clear_tsk_thread_flags(current, _TIF_IRET);
}

/* The path from a virtual-8086 frame; nothing here can set EFLAGS.VM. */
struct pt_regs *save_v86_state(struct pt_regs *regs);
struct pt_regs *save_v86_state(struct pt_regs *regs)
{
	(void)regs;
	panic("a virtual-8086 frame");
}
