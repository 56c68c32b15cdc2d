/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit.c: the end of a task, of a process, and who inherits its children. A task that has ended
 * keeps its slot until somebody has waited for it; one that nobody will wait for frees it itself.
 */
#include "process/process.h"

asmlinkage int32_t sys_exit(uint32_t code);
asmlinkage int32_t sys_exit_group(uint32_t code);

static struct sighand sighands[NR_TASKS + 1]; /* execve holds two for a moment */

/* ---- what tasks share ---- */

struct sighand *sighand_new(const struct sighand *like)
{
	for (struct sighand *s = sighands; s != &sighands[NR_TASKS + 1]; s++) {
		if (s->users)
			continue;
		if (like)
			*s = *like;
		s->users = 1;
		return s;
	}
	return NULL;
}

void sighand_put(struct sighand *s)
{
	s->users--;
}

int group_is_alone(const struct task_struct *self)
{
	for_each_task(t) if (t != self && same_group(t, self) && t->state < TASK_ZOMBIE) return 0;
	return 1;
}

static int space_is_used(uint32_t space)
{
	for_each_task(t) if (t->space == space) return 1;
	return 0;
}

void drop_space(uint32_t space)
{
	if (!space_is_used(space))
		ask_host(HOST_SPACE_FREE, space, 0, 0, 0, 0, 0);
}

/* Before the space is left: robust futexes, the word that a joiner waits for, a vfork's parent. */
void leave_space(struct task_struct *self)
{
	exit_robust_list(self);
	if (self->clear_child_tid) {
		uint32_t at = self->clear_child_tid;

		self->clear_child_tid = 0;
		put_user(0, at);
		futex_wake(at, 1);
	}
	for_each_task(t)
	{
		if (t->vfork_child != self)
			continue;
		t->vfork_child = NULL;
		if (t->state == TASK_UNINTERRUPTIBLE) /* and not still in its stop */
			wake_up_process(t);
	}
}

/* ---- the slot ---- */

/* A leader that had ended before its threads is told of by the last of them. */
static void last_of_group(struct task_struct *leader)
{
	if (leader->state != TASK_ZOMBIE || !group_is_alone(leader))
		return;
	if (leader->exit_signal != -1)
		notify_exit(leader, leader->exit_signal);
	if (leader->exit_signal == -1 && !(leader->ptrace & PT_PTRACED))
		release_task(leader);
}

/* The host still reads the first program, and its own task: these stay as they are. */
void release_task(struct task_struct *t)
{
	struct task_struct *leader = t->leader;

	flush_queues(t);
	t->ptrace = 0;
	if (t == &tasks[TASK_PROGRAM])
		t->state = TASK_DEAD;
	else
		slot_free(t);
	if (leader != t)
		last_of_group(leader);
}

/* ---- tracing ends ---- */

/* A task that was stopped for its tracer goes on, or is stopped with its group. */
static void ptrace_unlink(struct task_struct *t)
{
	t->ptrace = 0;
	t->parent = t->real_parent;
	clear_tsk_thread_flags(t, DETACH_CLEARS);
	if (t->state != TASK_TRACED)
		return;
	if (!GROUP_STOP_IS_A_TRAP && (t->leader->group.flags & GROUP_STOPPED)) {
		t->state = TASK_STOPPED;
		return;
	}
	if (GROUP_STOP_IS_A_TRAP && group_is_stopped(t))
		is_to_stop(t, stop_signal(t), JOBCTL_STOP_PENDING);
	signal_wake_up(t, 1);
}

/* ---- orphans ---- */

/* Another thread of the same process, or init. */
static struct task_struct *reaper_of(struct task_struct *self)
{
	if (with_processes)
		for_each_task(t) if (t != self && same_group(t, self) &&
				     t->state < TASK_ZOMBIE) return t;
	return &tasks[TASK_INIT];
}

/* Its new parent hears of the end that the old one has not waited for. */
static void told_anew(struct task_struct *child)
{
	if (child->ptrace & PT_PTRACED)
		ptrace_unlink(child);
	if (child->state != TASK_ZOMBIE || !group_is_alone(child))
		return;
	if (child->exit_signal != -1)
		notify_exit(child, child->exit_signal);
	if (child->exit_signal == -1)
		release_task(child);
}

/* A group in whose session `self` was, and from another one of whose groups it could be continued. */
static int connects(const struct task_struct *self, const struct group *g)
{
	const struct group *own = &self->leader->group;

	return own->pgrp != g->pgrp && own->session == g->session;
}

static void inherit(struct task_struct *child, struct task_struct *self, struct task_struct *reaper)
{
	int traced_by_other = (child->ptrace & PT_PTRACED) && child->parent != self;

	child->real_parent = reaper;
	if (!traced_by_other)
		child->parent = reaper;
	if (!with_processes)
		return;
	if (child->pdeath_signal) /* of this thread's end, whoever else of its process lives */
		kill_one(child, (int32_t)child->pdeath_signal);
	if (same_group(reaper, self))
		return;
	if (child->exit_signal != -1)
		child->exit_signal = SIGCHLD;
	if (!traced_by_other)
		told_anew(child);
	if (connects(self, &child->leader->group))
		hang_up_orphans(child->leader->group.pgrp);
}

static void forget_tracee(struct task_struct *t)
{
	int ended = t->state == TASK_ZOMBIE;

	ptrace_unlink(t);
	if (!ended)
		return;
	if (t->exit_signal == -1)
		release_task(t);
	else if (group_is_alone(t))
		notify_exit(t, t->exit_signal);
}

static void forget_original_parent(struct task_struct *self)
{
	struct task_struct *reaper = reaper_of(self);

	/* Who goes now may have been the last: the end comes nearer. */
	for (struct task_struct *t = &tasks[TASK_PROGRAM]; t < tasks_end; t++) {
		if (!t->pid || t == self)
			continue;
		if (t->real_parent == self)
			inherit(t, self, reaper);
		else if (with_processes && (t->ptrace & PT_PTRACED) && t->parent == self)
			forget_tracee(t);
	}
	/* Its own group, of which it was the one that could be continued from outside. */
	if (with_processes && group_is_alone(self) &&
	    connects(self->real_parent, &self->leader->group))
		hang_up_orphans(self->leader->group.pgrp);
}

/* ---- the end ---- */

/* Signals for the process that this thread would have taken are another's to take. */
static void hand_on_signals(struct task_struct *self)
{
	for_each_task(t) if (t != self && same_group(t, self) && t->state < TASK_ZOMBIE &&
			     (self->leader->sigshared & ~t->sigblocked)) signal_wake_up(t, 0);
}

/* One of its threads executes a program, and waits for the others' end. */
static void tell_execve(const struct task_struct *self)
{
	for_each_task(t) if (t->state == TASK_UNINTERRUPTIBLE && t->channel == self->leader &&
			     same_group(t, self)) wake_up_process(t);
}

/* Tells whoever is to know. True: nobody is going to wait. */
static int tell_of_end(struct task_struct *self)
{
	int alone = group_is_alone(self);

	if (self->exit_signal != SIGCHLD && self->exit_signal != -1 &&
	    self->parent_exec_count != self->parent->exec_count)
		self->exit_signal = SIGCHLD; /* its parent is another program now */
	if (self->exit_signal != -1 && alone && is_leader(self))
		notify_exit(self, self->parent == self->real_parent ? self->exit_signal : SIGCHLD);
	else if (self->ptrace & PT_PTRACED)
		notify_exit(self, SIGCHLD);
	return self->exit_signal == -1 && !(self->ptrace & PT_PTRACED);
}

static void leave_things(struct task_struct *self)
{
	uint32_t space = self->space;
	struct files *files = self->files;

	if (group_is_alone(self))
		timers_forget(self->leader);
	leave_space(self);
	self->files =
		NULL; /* Linux' PF_EXITING: a hang-up of its own terminal is none of its end */
	files_put(files);
	ask_host(HOST_EXIT, (uint32_t)self->pid, (uint32_t)self->tgid, 0, 0, 0, 0);
	self->space = 0;
	drop_space(space);
}

/* A thread's end; of the whole process where it is alone. code: as wait4 tells it. */
void do_exit(int32_t code)
{
	struct task_struct *self = current;
	int nobody;

	ptrace_event(PTRACE_EVENT_EXIT, (uint32_t)code);
	if (with_processes)
		leave_things(self);
	self->exit_code = code;
	self->state = TASK_ZOMBIE;
	hand_on_signals(self);
	if (with_processes && group_is_alone(self))
		leave_terminal(self->leader, 1); /* whose SIGHUP is not for who ends */
	if (with_processes)
		tell_execve(self);
	forget_original_parent(self);
	nobody = tell_of_end(self);
	if (fpu_owner == self)
		fpu_owner = NULL;
	sighand_put(self->sighand);
	if (nobody && with_processes)
		release_task(self);
	schedule_for_ever(self, !nobody);
}

/* SIGKILL to all others, whose exit status is this one's; a leader's, too, that has ended before. */
void do_group_exit(int32_t code)
{
	struct task_struct *self = current;
	struct group *g = &self->leader->group;

	if (g->flags & GROUP_EXIT) {
		code = g->exit_code;
	} else if (!group_is_alone(self) || !is_leader(self)) {
		g->flags = GROUP_EXIT;
		g->exit_code = code;
		for_each_task(t)
		{
			if (t == self || !same_group(t, self) || t->state >= TASK_ZOMBIE)
				continue;
			t->sigpending |= SIGBIT(SIGKILL);
			signal_wake_up(t, 1);
		}
	}
	do_exit(code);
}

asmlinkage int32_t sys_exit(uint32_t code)
{
	do_exit((int32_t)(code & 0xff) << 8);
}

asmlinkage int32_t sys_exit_group(uint32_t code)
{
	do_group_exit((int32_t)(code & 0xff) << 8);
}
