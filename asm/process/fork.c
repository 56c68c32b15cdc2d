/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork.c: fork, vfork and clone. The child's frame is the parent's with eax = 0. Its T, E and P
 * are cleared, S and TF are not, so a child forked under SINGLESTEP starts with both. Without
 * processes it runs in its parent's memory (QUIRKS.md), and untraced.
 */
#include "process/process.h"

extern void ret_from_fork(void);

asmlinkage int32_t sys_fork(struct pt_regs regs);
asmlinkage int32_t sys_vfork(struct pt_regs regs);
asmlinkage int32_t sys_clone(struct pt_regs regs);
asmlinkage int32_t sys_set_tid_address(uint32_t address);

static int32_t last_pid = PID_PROGRAM;

struct task_struct *tasks_end = &tasks[TASK_PROGRAM + 1];

static struct task_struct *free_slot(void)
{
	for_each_program(t) if (!t->pid) return t;
	return tasks_end < tasks + nr_tasks ? tasks_end : NULL;
}

/* The first program's slot keeps its pid, so there is an end. */
void slot_free(struct task_struct *t)
{
	t->pid = 0;
	t->state = TASK_DEAD;
	t->space = 0;
	t->group.alarm = 0;
	while (!tasks_end[-1].pid)
		tasks_end--;
}

/* A copy of the parent in that slot, on a stack of its own. */
static void copy_task(struct task_struct *t, struct task_struct *parent)
{
	uint8_t *stack = stacks[t - tasks];
	struct thread_info *ti = (struct thread_info *)stack;

	if (fpu_owner == parent)
		fpu_save(parent);
	save_segments(&parent->thread);
	*ti = *parent->thread_info;
	*t = *parent;
	t->thread_info = ti;
	ti->task = t;
	t->pid = ++last_pid;
	if (t == tasks_end)
		tasks_end++;
	t->tgid = t->pid;
	t->thread.esp0 = (uint32_t)stack + THREAD_SIZE - STACK_RESERVE;
	t->parent = parent;
	t->real_parent = parent;
}

/* The child begins in ret_from_fork, with that frame. */
static struct pt_regs *copy_frame(struct task_struct *child, const struct pt_regs *regs)
{
	struct pt_regs *frame = task_regs(child);
	uint32_t *stack =
		(uint32_t *)frame - 5; /* what switch_to pops: four registers, then where to */

	*frame = *regs;
	frame->eax = 0;
	stack[4] = (uint32_t)ret_from_fork;
	child->thread.esp = (uint32_t)stack;
	return frame;
}

/* What a child does not have of its parent. */
static void begin_anew(struct task_struct *child)
{
	child->ptrace = 0;
	child->exit_code = 0;
	child->sigpending = 0;
	is_to_stop(child, 0, 0);
	child->sigshared = 0;
	child->queued = NULL;
	child->shared_queued = NULL;
	child->audit_entries = 0;
	child->audit_exits = 0;
	child->audit_call = -1;
	child->last_siginfo = NULL;
	child->real_blocked = 0;
	child->mask_is_saved = 0;
	child->vfork_child = NULL;
	child->set_child_tid = 0;
	child->clear_child_tid = 0;
	child->robust_list = 0;
	child->pdeath_signal = 0;
	child->utime = child->stime = 0;
	child->parent_exec_count = current->exec_count;
	if (CALLS_IN_A_WORD)
		clear_call_flags(child, FORK_CLEARS);
	clear_tsk_thread_flags(child, (CALLS_IN_A_WORD ? 0 : FORK_CLEARS) | _TIF_SIGPENDING);
}

/* The group: a new one, or its parent's. */
static void join_group(struct task_struct *child, uint32_t flags)
{
	struct group *g = &child->group;

	if (flags & CLONE_THREAD) {
		child->leader = current->leader;
		child->tgid = current->tgid;
		child->exit_signal = -1; /* nobody waits for it */
		return;
	}
	child->leader = child;
	child->exit_signal = (int32_t)(flags & CSIGNAL);
	g->flags = 0;
	g->stop_count = 0;
	g->pgrp = current->leader->group.pgrp;
	g->session = current->leader->group.session;
	g->tty = current->leader->group.tty;
	g->tty_old_pgrp = 0;
	timers_forget(child);
}

/* Another's things, by the flags: 0, or -errno and nothing is held. */
static int copy_things(struct task_struct *child, uint32_t flags)
{
	if (flags & CLONE_SIGHAND) {
		child->sighand->users++;
	} else {
		child->sighand = sighand_new(current->sighand);
		if (!child->sighand)
			return -EAGAIN;
	}
	if (!with_processes)
		return 0;
	child->files =
		flags & CLONE_FILES ? files_share(current->files) : files_copy(current->files);
	if (!child->files) {
		sighand_put(child->sighand);
		return -ENOMEM;
	}
	if (flags & CLONE_VM)
		return 0;
	child->space = (uint32_t)ask_host(HOST_SPACE_COPY, 0, 0, 0, 0, 0, 0);
	if ((int32_t)child->space > 0)
		return 0;
	files_put(child->files);
	sighand_put(child->sighand);
	return -ENOMEM;
}

/* As set_thread_area would set it for the parent. */
static int set_child_tls(struct task_struct *child, uint32_t at)
{
	uint32_t index;

	if (get_user(&index, at))
		return -EFAULT;
	return set_tls(&child->thread, (int32_t)index, at);
}

/* Which of the tracer's events it is. */
static int event_of(const struct task_struct *self, uint32_t flags)
{
	if (!(self->ptrace & PT_PTRACED) || (flags & CLONE_UNTRACED))
		return 0;
	if (flags & CLONE_VFORK)
		return self->ptrace & PT_TRACE_VFORK ? PTRACE_EVENT_VFORK : 0;
	if ((flags & CSIGNAL) != SIGCHLD)
		return self->ptrace & PT_TRACE_CLONE ? PTRACE_EVENT_CLONE : 0;
	return self->ptrace & PT_TRACE_FORK ? PTRACE_EVENT_FORK : 0;
}

static int bad_flags(uint32_t flags)
{
	return (flags & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS) ||
	       ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
	       ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM));
}

/* The child is traced by its parent's tracer, and stops before its first instruction. */
static void trace_too(struct task_struct *child)
{
	child->ptrace = current->ptrace;
	child->parent = current->parent;
}

static int make_child(struct task_struct *child, const struct pt_regs *regs, uint32_t flags)
{
	int error;

	copy_task(child, current);
	begin_anew(child);
	join_group(child, flags);
	if (flags & (CLONE_PARENT | CLONE_THREAD))
		child->parent = child->real_parent = current->real_parent;
	if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		child->altstack = child->altstack_size = 0;
	if (flags & CLONE_SETTLS) {
		error = set_child_tls(child, regs->esi);
		if (error)
			return error;
	}
	return copy_things(child, flags);
}

static void wait_for_vfork(struct task_struct *self)
{
	while (self->vfork_child) {
		self->channel = NULL;
		self->state = TASK_UNINTERRUPTIBLE;
		schedule();
	}
}

/* edi, esi, edx: the TID words and the TLS, as clone(2) has them. */
static int32_t do_fork(uint32_t flags, uint32_t esp, const struct pt_regs *regs)
{
	struct task_struct *self = current, *child = free_slot();
	int event = event_of(self, flags), error;
	struct pt_regs *frame;
	int32_t pid;

	if (bad_flags(flags))
		return -EINVAL;
	if (!child)
		return -EAGAIN;
	error = make_child(child, regs, flags);
	if (error) {
		slot_free(child);
		return error;
	}
	pid = child->pid;
	frame = copy_frame(child, regs);
	if (FORK_ENDS_STEP)
		clear_singlestep(child);
	if (esp)
		frame->esp = esp;
	if (event || (flags & CLONE_PTRACE))
		trace_too(child);
	if (flags & CLONE_PARENT_SETTID)
		put_user((uint32_t)pid, regs->edx);
	if (flags & CLONE_CHILD_SETTID)
		child->set_child_tid = regs->edi;
	if (flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = regs->edi;
	if ((child->ptrace & PT_PTRACED) || (flags & CLONE_STOPPED)) {
		child->sigpending |= SIGBIT(SIGSTOP);
		child->siginfo[SIGSTOP - 1] = (struct siginfo){ .si_signo = SIGSTOP };
		set_tsk_thread_flags(child, _TIF_SIGPENDING);
	}
	if (with_processes)
		ask_host(HOST_FORK, (uint32_t)pid, (uint32_t)child->tgid, child->space, flags, 0,
			 0);
	child->state = flags & CLONE_STOPPED ? TASK_STOPPED : TASK_RUNNING;
	if (flags & CLONE_VFORK)
		self->vfork_child = child; /* which may be gone before the tracer lets us wait */
	if (event)
		ptrace_event(event, (uint32_t)pid);
	if (flags & CLONE_VFORK) {
		wait_for_vfork(self);
		ptrace_event(PTRACE_EVENT_VFORK_DONE, (uint32_t)pid);
	}
	return pid;
}

asmlinkage int32_t sys_fork(struct pt_regs regs)
{
	return do_fork(SIGCHLD, 0, CALL_FRAME(regs));
}

asmlinkage int32_t sys_vfork(struct pt_regs regs)
{
	return do_fork(CLONE_VFORK | CLONE_VM | SIGCHLD, 0, CALL_FRAME(regs));
}

asmlinkage int32_t sys_clone(struct pt_regs regs)
{
	return do_fork(CALL_FRAME(regs)->ebx, CALL_FRAME(regs)->ecx, CALL_FRAME(regs));
}

asmlinkage int32_t sys_set_tid_address(uint32_t address)
{
	current->clear_child_tid = address;
	return current->pid;
}
