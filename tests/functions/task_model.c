/* SPDX-License-Identifier: GPL-2.0-only */
/* task_model.c: what becomes of the tasks of task_world.h. */
#include "tests/functions/task_world.h"

#define DEFAULT_IGNORED (BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH))
#define DEFAULT_STOPS   (BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))
/* QUIT, ILL, TRAP, ABRT, BUS, FPE, SEGV, XCPU, XFSZ, SYS: signal(7) */
#define DEFAULT_DUMPS                                                                        \
	(BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(11) | BIT(24) | BIT(25) | \
	 BIT(31))

/* ---- who is who ---- */

bool is_there(const struct task_world *w, unsigned slot)
{
	return w->task[slot].pid != 0 && w->task[slot].state != TASK_DEAD;
}

bool lives(const struct task_world *w, unsigned slot)
{
	return is_there(w, slot) && w->task[slot].state < ZOMBIE;
}

bool same_process(const struct task_world *w, unsigned a, unsigned b)
{
	return w->task[a].leader == w->task[b].leader;
}

bool is_first(const struct task_world *w, unsigned slot)
{
	return w->task[slot].leader == task_at(w, slot);
}

bool others_live(const struct task_world *w, unsigned slot)
{
	for (unsigned i = 0; i < w->n; i++)
		if (i != slot && same_process(w, i, slot) && lives(w, i))
			return true;
	return false;
}

/* ---- signals ---- */

static bool in(uint64_t set, int sig)
{
	return set >> (sig - 1) & 1;
}

void model_look_for_signals(struct task_world *w, unsigned slot)
{
	struct task_struct *t = &w->task[slot], *leader = leader_of(w, slot);

	w->tif[slot] &= ~(uint32_t)P;
	if (((t->sigpending | leader->sigshared) & ~t->sigblocked) || leader->group.stop_count)
		w->tif[slot] |= P;
}

void model_wake_for_signal(struct task_world *w, unsigned slot, bool even_stopped)
{
	struct task_struct *t = &w->task[slot];

	w->tif[slot] |= P;
	if (t->state == TASK_INTERRUPTIBLE)
		t->state = RUNNING;
	if (even_stopped && (t->state == STOPPED || t->state == TRACED))
		t->state = RUNNING;
}

static bool is_ignored(struct task_world *w, unsigned slot, int sig)
{
	struct task_struct *t = &w->task[slot];
	uint32_t handler = action_of(w, slot, sig)->handler;

	if ((t->ptrace & PTRACED) || in(t->sigblocked, sig))
		return false;
	return handler == 1 || (handler == 0 && in(DEFAULT_IGNORED, sig));
}

/* docs/kernels.md §7; the order among threads is ours. */
static bool takes(const struct task_world *w, unsigned slot, int sig)
{
	const struct task_struct *t = &w->task[slot];

	if (!lives(w, slot) || in(t->sigblocked, sig) || (w->processes && !t->files))
		return false;
	if (sig == SIGKILL && is_2_6_14(w->kernel))
		return true;
	if (sig != SIGKILL && (t->state == STOPPED || t->state == TRACED))
		return false;
	return slot == w->self || !(w->tif[slot] & P);
}

static bool ends_it(struct task_world *w, unsigned slot, int sig)
{
	if (leader_of(w, slot)->group.flags & GROUP_EXIT)
		return false;
	if (sig == SIGKILL)
		return true;
	return action_of(w, slot, sig)->handler == 0 && !(w->task[slot].ptrace & PTRACED) &&
	       !in(w->task[slot].real_blocked, sig) &&
	       !in(DEFAULT_IGNORED | DEFAULT_STOPS | DEFAULT_DUMPS, sig);
}

static void all_die(struct task_world *w, unsigned slot, int sig)
{
	struct group *g = &leader_of(w, slot)->group;

	g->flags = GROUP_EXIT;
	g->exit_code = sig;
	g->stop_count = 0;
	for (unsigned i = 0; i < w->n; i++)
		if (same_process(w, i, slot) && lives(w, i)) {
			w->task[i].sigpending |= BIT(SIGKILL);
			model_wake_for_signal(w, i, true);
		}
}

void model_signal_process(struct task_world *w, unsigned slot, const struct siginfo *info)
{
	struct task_struct *leader = leader_of(w, slot);
	int sig = info->si_signo, chosen = -1;

	assert_true(sig < SIGRTMIN);
	if (leader->state >= ZOMBIE && !others_live(w, slot_of(w, w->task[slot].leader)))
		return;
	if (is_ignored(w, slot, sig) || in(leader->sigshared, sig))
		return;
	leader->sigshared |= BIT(sig);
	leader->shared_siginfo[sig - 1] = *info;
	if (takes(w, slot, sig))
		chosen = (int)slot;
	for (unsigned i = 0; chosen < 0 && i < w->n; i++)
		if (same_process(w, i, slot) && takes(w, i, sig))
			chosen = (int)i;
	if (chosen >= 0 && ends_it(w, (unsigned)chosen, sig))
		all_die(w, (unsigned)chosen, sig);
	else if (chosen >= 0)
		model_wake_for_signal(w, (unsigned)chosen, sig == SIGKILL);
	else if (!w->processes && !in(w->task[slot].sigblocked, sig))
		model_wake_for_signal(w, slot, sig == SIGKILL); /* the host's tracer sees P */
}

void model_signal_task(struct task_world *w, unsigned slot, const struct siginfo *info)
{
	struct task_struct *t = &w->task[slot];
	int sig = info->si_signo;

	assert_true(sig < SIGRTMIN); /* these have a queue */
	if (is_ignored(w, slot, sig) || in(t->sigpending, sig))
		return;
	t->sigpending |= BIT(sig);
	t->siginfo[sig - 1] = *info;
	if (!in(t->sigblocked, sig))
		model_wake_for_signal(w, slot, sig == SIGKILL);
}

/* SIGCONT lets all go on, whatever becomes of itself, and no stop that waits is left; a stop takes SIGCONT back. */
static void stops_and_goes_on(struct task_world *w, unsigned slot, int sig)
{
	struct task_struct *leader = leader_of(w, slot);
	struct group *g = &leader->group;
	uint32_t back = sig == SIGCONT ? DEFAULT_STOPS : BIT(SIGCONT);

	if (sig != SIGCONT && !in(DEFAULT_STOPS, sig))
		return;
	if (sig == SIGCONT && w->processes && ((g->flags & GROUP_STOPPED) || g->stop_count)) {
		unsigned first = slot_of(w, w->task[slot].leader);

		g->flags = GROUP_CONTINUED;
		g->exit_code = 0;
		model_tell_parent(w, first, slot_of(w, leader->parent), 6, SIGCONT);
	}
	if (sig == SIGCONT)
		g->stop_count = 0;
	for (unsigned i = 0; i < w->n; i++) {
		if (!same_process(w, i, slot) || !lives(w, i))
			continue;
		w->task[i].sigpending &= ~(uint64_t)back;
		leader->sigshared &= ~(uint64_t)back;
		if (sig == SIGCONT && w->task[i].state == STOPPED)
			w->task[i].state = RUNNING;
	}
}

void model_kill(struct task_world *w, unsigned slot, int sig)
{
	struct siginfo info = { .si_signo = sig,
				.si_pid = (uint32_t)w->task[w->self].tgid,
				.si_uid = w->task[w->self].uid };

	stops_and_goes_on(w, slot, sig);
	model_signal_process(w, slot, &info);
}

void model_kernel_kill(struct task_world *w, unsigned slot, int sig)
{
	struct siginfo info = { .si_signo = sig, .si_code = 0x80 };

	stops_and_goes_on(w, slot, sig);
	model_signal_process(w, slot, &info);
}

/* ---- parents ---- */

void model_wake_parent(struct task_world *w, unsigned parent)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->task[i].state == TASK_INTERRUPTIBLE &&
		    w->task[i].channel == w->task[parent].leader) {
			w->task[i].state = RUNNING;
			w->task[i].woken = 1;
		}
}

static bool hears(const struct task_world *w, unsigned parent)
{
	return parent >= TASK_PROGRAM && lives(w, parent);
}

static struct siginfo of_child(const struct task_struct *t, int sig, int code, int status)
{
	return (struct siginfo){ .si_signo = sig,
				 .si_code = code,
				 .si_pid = (uint32_t)t->pid,
				 .si_uid = t->uid,
				 .si_status = status };
}

void model_tell_parent(struct task_world *w, unsigned slot, unsigned parent, int code, int status)
{
	struct siginfo info = of_child(&w->task[slot], SIGCHLD, code, status);
	const struct sigaction *action;

	if (!hears(w, parent))
		return;
	action = action_of(w, parent, SIGCHLD);
	if (action->handler != 1 && !(action->flags & 1)) /* SIG_IGN, SA_NOCLDSTOP */
		model_signal_process(w, parent, &info);
	model_wake_parent(w, parent);
}

void model_tell_end(struct task_world *w, unsigned slot, int sig)
{
	struct task_struct *t = &w->task[slot];
	unsigned parent = slot_of(w, t->parent);
	int killed = t->exit_code & 0x7f;
	struct siginfo info;

	if (w->processes && parent == TASK_INIT)
		t->exit_signal = -1; /* init waits at once */
	if (!hears(w, parent))
		return;
	if (w->processes && sig == SIGCHLD && !(t->ptrace & PTRACED)) {
		const struct sigaction *action = action_of(w, parent, SIGCHLD);

		if (action->handler == 1 || (action->flags & 2)) /* SA_NOCLDWAIT */
			t->exit_signal = -1;
		if (action->handler == 1)
			sig = 0;
	}
	info = of_child(t, sig, killed ? 2 : 1, killed ? killed : t->exit_code >> 8);
	if (sig)
		model_signal_process(w, parent, &info);
	model_wake_parent(w, parent);
}

/* A leader that ended before is told of by the last of its threads. */
void model_release(struct task_world *w, unsigned slot)
{
	struct task_struct *t = &w->task[slot];
	unsigned leader = slot_of(w, t->leader);

	t->sigpending = 0;
	if (leader == slot)
		t->sigshared = 0;
	t->ptrace = 0;
	t->state = TASK_DEAD;
	if (slot != TASK_PROGRAM) {
		t->pid = 0;
		t->space = 0;
		t->group.alarm = 0;
	}
	if (leader == slot || w->task[leader].state != ZOMBIE || others_live(w, leader))
		return;
	if (w->task[leader].exit_signal != -1)
		model_tell_end(w, leader, w->task[leader].exit_signal);
	if (w->task[leader].exit_signal == -1 && !(w->task[leader].ptrace & PTRACED))
		model_release(w, leader);
}

/* ---- process groups ---- */

bool model_is_orphaned(struct task_world *w, int32_t pgrp)
{
	for (unsigned i = TASK_PROGRAM; i < w->n; i++) {
		const struct task_struct *t = &w->task[i], *parent;

		if (!lives(w, i) || !is_first(w, i) || t->group.pgrp != pgrp)
			continue;
		parent = leader_of(w, slot_of(w, t->real_parent));
		if (parent != &w->task[TASK_INIT] && parent->group.pgrp != pgrp &&
		    parent->group.session == t->group.session)
			return false;
	}
	return true;
}
