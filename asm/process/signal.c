/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal.c: signals that arrive: the stops of a traced task, those of a process, default actions,
 * and the restart of interrupted calls. Sending: queue.c. Handlers: sigframe.c. Read next: trace.c.
 */
#include "process/process.h"

/* ---- telling the parent ---- */

static void __attribute__((noinline))
tell_parent(struct task_struct *parent, const struct task_struct *self, int sig, int code,
	    int32_t status)
{
	const struct sigaction *action = &parent->sighand->action[SIGCHLD - 1];
	const struct siginfo info = { .si_signo = sig,
				      .si_code = code,
				      .si_pid = (uint32_t)self->pid,
				      .si_uid = self->uid,
				      .si_status = status };

	if (sig &&
	    (code <= CLD_DUMPED || !(action->handler == SIG_IGN || (action->flags & SA_NOCLDSTOP))))
		group_signal(sig, &info, parent);
	wake_parent(parent);
}

static int hears(const struct task_struct *parent)
{
	return parent >= &tasks[TASK_PROGRAM] && parent->state < TASK_ZOMBIE;
}

/* SIGCHLD, and if it sleeps in wait4 it is woken in any case. The tracer that is the host
 * hears of it by the stop port; its task gets none, and that at no cost: stores are dear. */
void notify_parent(struct task_struct *self, int code, int32_t status)
{
	struct task_struct *parent = self->parent;

	if (hears(parent))
		tell_parent(parent, self, SIGCHLD, code, status);
}

/* A stop of all: a traced thread's tracer hears of that one; a parent of its process, whichever thread was the last. */
static void notify_stop(struct task_struct *self, int sig)
{
	const int traced = self->ptrace & PT_PTRACED;
	struct task_struct *who = traced ? self : self->leader;
	struct task_struct *parent = traced ? who->parent : who->real_parent;

	if (hears(parent))
		tell_parent(parent, who, SIGCHLD, CLD_STOPPED, sig);
}

/* The end. A parent that ignores SIGCHLD, or says so by SA_NOCLDWAIT, waits for nobody; and what
 * init has inherited it does not keep. */
void notify_exit(struct task_struct *self, int sig)
{
	struct task_struct *parent = self->parent;
	int32_t code = self->exit_code;
	const struct sigaction *action;

	if (with_processes && parent == &tasks[TASK_INIT])
		self->exit_signal = -1;
	if (!hears(parent))
		return;
	action = &parent->sighand->action[SIGCHLD - 1];
	if (with_processes && !(self->ptrace & PT_PTRACED) && sig == SIGCHLD &&
	    (action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT))) {
		self->exit_signal = -1;
		if (action->handler == SIG_IGN)
			sig = 0;
	}
	if (code & 0x7f)
		tell_parent(parent, self, sig, CLD_KILLED, code & 0x7f);
	else
		tell_parent(parent, self, sig, CLD_EXITED, code >> 8);
}

/* ---- a traced task's stops ---- */

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
	if ((self->ptrace & PT_PTRACED) && !(FATAL_ENDS_STOP && fatal_signal_pending(self))) {
		self->exit_code = code;
		self->state = TASK_TRACED;
		if (self->parent >= &tasks[TASK_PROGRAM]) /* our tracer takes no signals */
			notify_parent(self, CLD_TRAPPED, code & 0x7f);
		schedule();
	} else {
		self->exit_code = untraced;
	}
	if (STOP_KEEPS_P && test_thread_flag(_TIF_SIGPENDING))
		return;
	recalc_sigpending(current); /* so a P that nothing is queued for goes away here */
}

/* The tracer's events: SIGTRAP, the event above it, and what it may ask for by GETEVENTMSG. */
void ptrace_event(int event, uint32_t message)
{
	static const uint16_t asked_by[] = { 0,
					     PT_TRACE_FORK,
					     PT_TRACE_VFORK,
					     PT_TRACE_CLONE,
					     PT_TRACE_EXEC,
					     PT_TRACE_VFORK_DONE,
					     PT_TRACE_EXIT };
	struct task_struct *self = current;

	if (!(self->ptrace & PT_PTRACED) || !(self->ptrace & asked_by[event]))
		return;
	self->ptrace_message = message;
	ptrace_notify(event << 8 | SIGTRAP);
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
	if (FATAL_ENDS_STOP && fatal_signal_pending(self))
		return 0; /* it was that which has ended the stop */
	if (sig != info->si_signo) {
		*info = (struct siginfo){ .si_signo = sig,
					  .si_code = SI_USER,
					  .si_pid = (uint32_t)self->parent->pid,
					  .si_uid = self->parent->uid };
	}
	self->exit_code = 0;
	if (!valid_signal(sig))
		return 0;
	if (set_has(&self->sigblocked, sig)) { /* not now */
		queue_again(sig, info, self);
		return 0;
	}
	return sig;
}

/* ---- a process's stops ---- */

static void stop_here(struct task_struct *self, int sig, int tell)
{
	self->last_siginfo = NULL;
	self->exit_code = sig;
	self->state = TASK_STOPPED;
	if (tell)
		notify_stop(self, sig);
	else if (GROUP_STOP_IS_A_TRAP && hears(self->parent))
		wake_parent(self->parent); /* it may wait for one that was let go in its stop */
	schedule();
	self->exit_code = 0; /* what a request gave along is not looked at */
}

/* It counts as stopped already: up to 3.0 for its tracer, too. */
static int stands(const struct task_struct *t)
{
	if (!GROUP_STOP_IS_A_TRAP)
		return t->state >= TASK_STOPPED;
	return t->state >= TASK_ZOMBIE || (t->state == TASK_STOPPED && !(t->ptrace & PT_PTRACED));
}

static void begin_group_stop(struct task_struct *self, struct group *g, int sig)
{
	g->stop_count = 0;
	g->exit_code = sig;
	for_each_task(t)
	{
		if (t != self && (!same_group(t, self) || stands(t)))
			continue;
		g->stop_count++;
		is_to_stop(t, sig, JOBCTL_STOP_PENDING | JOBCTL_STOP_CONSUME);
		if (t != self)
			signal_wake_up(t, 0);
	}
}

/* All threads are to stop; the last one tells. */
static void do_signal_stop(struct task_struct *self, int sig)
{
	struct group *g = &self->leader->group;
	int last;

	if (g->flags & GROUP_EXIT)
		return; /* SIGKILL came meanwhile */
	if (!with_processes) {
		is_to_stop(self, sig, 0);
		stop_here(self, sig, 1);
		return;
	}
	if (!has_to_stop(self))
		begin_group_stop(self, g, sig);
	last = stop_taken(self) && --g->stop_count == 0;
	if (last)
		g->flags = GROUP_STOPPED;
	stop_here(self, sig, (self->ptrace & PT_PTRACED) || last);
}

/* Another thread has begun a stop of all, or its tracer has come or gone meanwhile. */
static int stop_with_group(struct task_struct *self)
{
	struct group *g = &self->leader->group;

	if (!has_to_stop(self))
		return 0;
	if (g->flags & GROUP_EXIT) {
		g->stop_count = 0;
		return 0;
	}
	do_signal_stop(self, stop_signal(self));
	return 1;
}

/* What a signal does when the program has no handler for it. */
static void default_action(struct task_struct *self, int sig)
{
	if (IGNORED_BY_DEFAULT & SIGBIT(sig))
		return;
	if (STOPS_BY_DEFAULT & SIGBIT(sig)) {
		/* Nobody could continue it. SIGSTOP is obeyed all the same. */
		if (!with_processes || sig == SIGSTOP ||
		    !group_is_orphaned(self->leader->group.pgrp, NULL))
			do_signal_stop(self, sig);
	} else {
		do_group_exit(sig); /* no core is ever written, so 0x80 is not added */
	}
}

/* The next signal that is to be handled by the program itself; 0: none is left. */
static int get_signal_to_deliver(struct task_struct *self, struct siginfo *info)
{
	int sig;

	for (;;) {
		if (FATAL_ENDS_STOP && fatal_signal_pending(self))
			do_group_exit(SIGKILL); /* whatever else is queued */
		if (stop_with_group(self))
			continue;
		sig = dequeue_signal(self, self->sigblocked, info);
		if (!sig)
			break;
		if ((self->ptrace & PT_PTRACED) && sig != SIGKILL)
			sig = ptrace_signal(self, sig, info);
		if (!sig || self->sighand->action[sig - 1].handler == SIG_IGN)
			continue;
		if (self->sighand->action[sig - 1].handler != SIG_DFL)
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
	if (NO_CALL(regs->orig_eax))
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
	if (NO_CALL(regs->orig_eax))
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

/* The frame shows the program's own TF alone, as 2.6.25 and later tell it. */
static inline void hide_step(struct task_struct *self, int all_of_it)
{
	if (all_of_it)
		clear_singlestep(self);
	else if (self->thread_info->flags & FORCED_TF) {
		clear_tsk_thread_flags(self, FORCED_TF);
		task_regs(self)->eflags &= ~(uint32_t)X86_EFLAGS_TF;
	}
}

static void handle_signal(struct task_struct *self, int sig, const struct siginfo *info,
			  struct pt_regs *regs)
{
	struct sigaction *action = &self->sighand->action[sig - 1];
	uint32_t flags = action->flags;
	uint64_t mask = self->mask_is_saved ? self->saved_mask : self->sigblocked;
	int failed, stepped = HANDLER_ENDS_STEP && test_thread_flag(_TIF_SINGLESTEP);

	restart_with_handler(regs, flags);
	/* From 2.6.12 on the frame shows the program's own TF alone. */
	if (SIGNAL_STOP_ENDS_STEP && (self->ptrace & PT_DTRACE) && (regs->eflags & X86_EFLAGS_TF)) {
		self->ptrace &= ~(uint32_t)PT_DTRACE;
		regs->eflags &= ~(uint32_t)X86_EFLAGS_TF;
	}
	if (HANDLER_ENDS_STEP ? stepped : FORCED_TF && (regs->eflags & X86_EFLAGS_TF))
		hide_step(self, stepped);
	self->mask_is_saved = 0; /* sigreturn brings it back */
	failed = setup_frame(sig, info, regs, mask);
	if (flags & SA_RESETHAND) /* whether or not it has room */
		action->handler = SIG_DFL;
	if (failed) {
		if (sig == SIGSEGV)
			action->handler = SIG_DFL; /* its own handler cannot run */
		force_sig(SIGSEGV, self);
	}
	if (failed && !MASK_WITHOUT_FRAME)
		return;
	if (MASK_WITH_NODEFER || !(flags & SA_NODEFER))
		self->sigblocked |= ((uint64_t)action->mask[1] << 32) | action->mask[0];
	if (!(flags & SA_NODEFER))
		set_add(&self->sigblocked, sig);
	recalc_sigpending(self);
	if (stepped && !failed)
		ptrace_notify(SIGTRAP);
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
		if (self->mask_is_saved) {
			self->mask_is_saved = 0;
			set_blocked(self, self->saved_mask);
		}
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
	if (NOTIFY_SETS_TF && (flags & _TIF_SINGLESTEP)) {
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
