/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.c: wait4 and waitid: what a parent or a tracer learns of its children. A status is given
 * once: the stop's exit_code is exchanged with 0. A program sleeps until there is something to
 * learn. The tracer that is the host has its own CPU and cannot sleep on this one: its call says
 * -ERESTARTSYS.
 */
#include "process/process.h"

#define WNOHANG    0x00000001u
#define WUNTRACED  0x00000002u
#define WEXITED    0x00000004u
#define WCONTINUED 0x00000008u
#define WNOWAIT    0x01000000u
#define WNOTHREAD  0x20000000u
#define WALL       0x40000000u
#define WCLONE     0x80000000u

#define P_ALL  0
#define P_PID  1
#define P_PGID 2

asmlinkage int32_t sys_wait4(int32_t pid, uint32_t status, uint32_t options, uint32_t usage);
asmlinkage int32_t sys_waitpid(int32_t pid, uint32_t status, uint32_t options);
asmlinkage int32_t sys_waitid(int32_t type, int32_t id, uint32_t info, uint32_t options,
			      uint32_t usage);

/* A wait: whom for, and what became of it. */
struct wait {
	struct task_struct *self;
	int32_t pid; /* as wait4 has it: > 0 one, -1 any, 0 the own group, < -1 that group */
	uint32_t options;
	uint32_t status; /* where wait4's goes, or 0 */
	uint32_t usage;
	uint32_t info; /* waitid's */
};

/* A child by exit_signal other than SIGCHLD is a clone, which WCLONE or WALL asks for. */
static int eligible(const struct task_struct *t, const struct wait *w)
{
	if (t->state > TASK_ZOMBIE)
		return 0;
	if (w->pid > 0 && t->pid != w->pid)
		return 0;
	if (w->pid <= 0 && w->pid != -1 && with_processes &&
	    t->leader->group.pgrp != (w->pid ? -w->pid : w->self->leader->group.pgrp))
		return 0;
	if (t->exit_signal == -1 && !(t->ptrace & PT_PTRACED))
		return 0;
	return (w->options & WALL) || (t->exit_signal != SIGCHLD) == ((w->options & WCLONE) != 0);
}

/* Children of any thread of the process are its own, unless WNOTHREAD. */
static int is_mine(const struct task_struct *who, const struct wait *w)
{
	return who == w->self || (!(w->options & WNOTHREAD) && same_group(who, w->self));
}

static int is_child(const struct task_struct *t, const struct wait *w)
{
	return t != w->self && (is_mine(t->parent, w) || is_mine(t->real_parent, w));
}

/* waitid's struct siginfo, which is all zeros if WNOHANG found nothing. */
static int put_info(uint32_t at, const struct siginfo *info)
{
	uint32_t words[SIGINFO_SIZE / 4] = { 0 };

	__builtin_memcpy(words, info, sizeof(*info));
	return copy_to_user(at, words, SIGINFO_SIZE / 4);
}

/* Of a struct rusage the times alone are more than 0, and they are not kept so exactly. */
static int put_usage(uint32_t at)
{
	static const uint32_t zeros[18];

	return copy_to_user(at, zeros, 18);
}

/* Tells the status, and who: t's pid, or -EFAULT. */
static int32_t tell(const struct wait *w, const struct task_struct *t, uint32_t status,
		    int32_t code, int32_t value)
{
	const struct siginfo info = { .si_signo = SIGCHLD,
				      .si_code = code,
				      .si_pid = (uint32_t)t->pid,
				      .si_uid = t->uid,
				      .si_status = value };

	if ((w->usage && put_usage(w->usage)) || (w->status && put_user(status, w->status)) ||
	    (w->info && put_info(w->info, &info)))
		return -EFAULT;
	return t->pid;
}

/* pid if there is something to tell, 0 if not, -EFAULT. */
static int32_t stopped_status(struct task_struct *t, struct wait *w)
{
	int traced = t->ptrace & PT_PTRACED;
	int32_t code = t->exit_code;

	if (t->state != TASK_TRACED && t->state != TASK_STOPPED)
		return 0;
	if (!traced && !(w->options & WUNTRACED))
		return 0;
	if (with_processes && !traced && t->leader->group.stop_count)
		return 0; /* some of it still run */
	if (!code)
		return 0; /* told already */
	if (!(w->options & WNOWAIT))
		t->exit_code = 0;
	return tell(w, t, (uint32_t)((code << 8) | 0x7f), traced ? CLD_TRAPPED : CLD_STOPPED, code);
}

static int32_t continued_status(struct task_struct *t, struct wait *w)
{
	struct group *g = &t->leader->group;

	if (!(w->options & WCONTINUED) || !(g->flags & GROUP_CONTINUED) || !is_leader(t))
		return 0;
	if (!GROUP_STOP_IS_A_TRAP && (t->state == TASK_STOPPED || t->state == TASK_TRACED))
		return 0; /* until it runs nobody looks for that */
	if (!(w->options & WNOWAIT))
		g->flags &= ~(uint32_t)GROUP_CONTINUED;
	return tell(w, t, 0xffff, CLD_CONTINUED, SIGCONT);
}

/* The tracer has heard of it; now its parent is to. */
static void pass_on(struct task_struct *t)
{
	t->parent = t->real_parent;
	t->ptrace = 0;
	if (!with_processes)
		return;
	if (t->exit_signal != -1)
		notify_exit(t, t->exit_signal);
	if (t->exit_signal == -1)
		release_task(t);
}

/* For good: of a leader whose threads go on nobody hears yet. */
static int has_ended(const struct task_struct *t)
{
	return t->state == TASK_ZOMBIE && !(with_processes && is_leader(t) && !group_is_alone(t));
}

/* A zombie is told and gone: first to its tracer, and then to its real parent. */
static int32_t zombie_status(struct task_struct *t, struct wait *w)
{
	int32_t code = t->exit_code, pid;

	if (!has_ended(t))
		return 0;
	if (with_processes && is_leader(t) && (t->group.flags & GROUP_EXIT))
		code = t->group.exit_code;
	pid = tell(w, t, (uint32_t)code, code & 0x7f ? CLD_KILLED : CLD_EXITED,
		   code & 0x7f ? code & 0x7f : code >> 8);
	if (pid < 0 || (w->options & WNOWAIT))
		return pid;
	if (t->real_parent != t->parent) {
		pass_on(t);
		return pid;
	}
	release_task(t);
	return pid;
}

/* One look: a pid, -EFAULT, -ECHILD, or 0 if no child has anything to tell. */
static int32_t look(struct wait *w)
{
	int children = 0;

	for_each_program(t)
	{
		int32_t told;

		if (!eligible(t, w) || !is_child(t, w))
			continue;
		if (!is_mine(t->parent, w)) {
			children = 1;
			continue; /* its tracer hears of it first */
		}
		if (has_ended(t) && !(w->options & WEXITED))
			continue; /* nothing else will come of it */
		children = 1;
		told = stopped_status(t, w);
		if (!told)
			told = zombie_status(t, w);
		if (!told)
			told = continued_status(t, w);
		if (told)
			return told;
	}
	return children ? 0 : -ECHILD;
}

/* Whoever waits sleeps on its group's leader. */
void wake_parent(struct task_struct *parent)
{
	wake_up(parent->leader);
}

static int32_t wait_for_child(struct wait *w)
{
	int sleeps = w->self != &tasks[TASK_TRACER] && !(w->options & WNOHANG);
	int32_t told;

	for (;;) {
		told = look(w);
		if (told || !sleeps || signal_pending())
			break;
		sleep_on(w->self->leader, NO_TIMEOUT); /* whatever ends it: look again */
	}
	return told || (w->options & WNOHANG) ? told : -ERESTARTSYS;
}

asmlinkage int32_t sys_wait4(int32_t pid, uint32_t status, uint32_t options, uint32_t usage)
{
	struct wait w = { .self = current,
			  .pid = pid,
			  .options = options | WEXITED,
			  .status = status,
			  .usage = with_processes ? usage : 0 };

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL))
		return -EINVAL;
	return no_jump(wait_for_child(&w));
}

asmlinkage int32_t sys_waitpid(int32_t pid, uint32_t status, uint32_t options)
{
	return no_jump(sys_wait4(pid, status, options, 0));
}

static int32_t wait_id(int32_t type, int32_t id, uint32_t info, uint32_t options, uint32_t usage)
{
	struct wait w = { .self = current, .options = options, .usage = usage, .info = info };
	const struct siginfo nobody = { .si_signo = 0 };
	int32_t told;

	if (options &
	    ~(WNOHANG | WUNTRACED | WEXITED | WCONTINUED | WNOWAIT | WNOTHREAD | WCLONE | WALL))
		return -EINVAL;
	if (!(options & (WUNTRACED | WEXITED | WCONTINUED)))
		return -EINVAL;
	if (type < P_ALL || type > P_PGID || (type != P_ALL && id <= 0))
		return -EINVAL;
	w.pid = type == P_ALL ? -1 : type == P_PID ? id : -id;
	told = wait_for_child(&w);
	if (told)
		return told < 0 ? told : 0;
	return info && put_info(info, &nobody) ? -EFAULT : 0;
}

asmlinkage int32_t sys_waitid(int32_t type, int32_t id, uint32_t info, uint32_t options,
			      uint32_t usage)
{
	return no_jump(wait_id(type, id, info, options, usage));
}
