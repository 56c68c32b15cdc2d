/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.c: wait4: what a parent or a tracer learns of its children. A status is given once: the
 * stop's exit_code is exchanged with 0. A program sleeps until there is something to learn. The
 * tracer has its own CPU and cannot sleep on this one: its call says -ERESTARTSYS.
 */
#include "process/process.h"

#define WNOHANG    0x00000001u
#define WUNTRACED  0x00000002u
#define WCONTINUED 0x00000008u
#define WNOTHREAD  0x20000000u
#define WALL       0x40000000u
#define WCLONE     0x80000000u

asmlinkage int32_t sys_wait4(int32_t pid, uint32_t status, uint32_t options, uint32_t usage);

/* A child by exit_signal other than SIGCHLD is a clone, which WCLONE or WALL asks for. */
static int eligible(const struct task_struct *t, int32_t pid, uint32_t options)
{
	if (!t->pid || t->state > TASK_ZOMBIE)
		return 0;
	if (pid > 0 && t->pid != pid)
		return 0;
	return (options & WALL) || (t->exit_signal != SIGCHLD) == ((options & WCLONE) != 0);
}

static int is_child(const struct task_struct *t, const struct task_struct *self)
{
	return t != self && (t->parent == self || t->real_parent == self);
}

/* pid if there is something to tell, 0 if not, -EFAULT. */
static int32_t stopped_status(struct task_struct *t, uint32_t status, uint32_t options)
{
	int32_t code = t->exit_code;

	if (t->state != TASK_TRACED && t->state != TASK_STOPPED)
		return 0;
	if (!(t->ptrace & PT_PTRACED) && !(options & WUNTRACED))
		return 0;
	if (!code)
		return 0; /* told already */
	t->exit_code = 0;
	if (status && put_user((uint32_t)((code << 8) | 0x7f), status))
		return -EFAULT;
	return t->pid;
}

/* A zombie is told and gone: first to its tracer, and then to its real parent. */
static int32_t zombie_status(struct task_struct *t, struct task_struct *self, uint32_t status)
{
	int32_t pid = t->pid;

	if (t->state != TASK_ZOMBIE || t->parent != self)
		return 0;
	if (status && put_user((uint32_t)t->exit_code, status))
		return -EFAULT;
	if (t->real_parent != self) {
		t->parent = t->real_parent;
		t->ptrace = 0;
	} else if (t != &tasks[TASK_PROGRAM]) {
		t->pid = 0; /* the slot is free */
	} else {
		t->state =
			TASK_DEAD; /* nobody finds it any more, but the host, who still reads it */
	}
	return pid;
}

/* One look: a pid, -EFAULT, -ECHILD, or 0 if no child has anything to tell. */
static int32_t look(struct task_struct *self, int32_t pid, uint32_t status, uint32_t options)
{
	int children = 0;

	for (unsigned i = TASK_PROGRAM; i < NR_TASKS; i++) {
		struct task_struct *t = &tasks[i];
		int32_t told;

		if (!is_child(t, self) || !eligible(t, pid, options))
			continue;
		children = 1;
		if (t->parent != self)
			continue; /* its tracer hears of it first */
		told = stopped_status(t, status, options);
		if (!told)
			told = zombie_status(t, self, status);
		if (told)
			return told;
	}
	return children ? 0 : -ECHILD;
}

asmlinkage int32_t sys_wait4(int32_t pid, uint32_t status, uint32_t options, uint32_t usage)
{
	struct task_struct *self = current;
	int sleeps = self != &tasks[TASK_TRACER] && !(options & WNOHANG);
	int32_t told;

	(void)usage;
	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL))
		return -EINVAL;
	for (;;) {
		if (sleeps)
			self->state = TASK_INTERRUPTIBLE; /* before the look: a wake-up may come */
		told = look(self, pid, status, options);
		if (told || !sleeps || test_thread_flag(_TIF_SIGPENDING))
			break;
		schedule();
	}
	if (sleeps)
		self->state = TASK_RUNNING;
	return told || (options & WNOHANG) ? told : -ERESTARTSYS;
}
