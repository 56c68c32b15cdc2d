/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exit_test.c: the end of a task among others that are drawn at random: who inherits its children and hears of those that have
 * ended, whose tracer it was, which groups nobody can continue any more, who is told, whom its slot waits for. Called by
 * itself, up to where it gives up the CPU for ever, and compared in every word. Expectations: _exit(2), wait(2), prctl(2),
 * setpgid(2), docs/kernels.md. Every kernel of 2005.
 */
#include "tests/functions/task_world.h"

#include <string.h>

enum { CALLS = 1500, O_EXIT = 0x200, CAP_KILL = 0x20 };

/* Where the program's word is that CLONE_CHILD_CLEARTID names. */
enum { TID_AT = SYSEMU_CODE_BASE + 0x800 };

/* ---- questions to the host, which this machine does not answer ---- */

static void expect_question(const struct task_world *w, uint32_t nr, uint32_t a)
{
	struct sim_regs cpu = expect_call(w, "ask_host", 0);

	assert_int_equal(cpu.eax, nr);
	assert_int_equal(cpu.edx, a);
}

/* ---- the model ---- */

/* Everything of the process's clocks, when its last thread goes. */
static void no_clocks(struct group *g)
{
	g->alarm = g->interval = 0;
	memset(g->virt, 0, sizeof(g->virt));
	memset(g->prof, 0, sizeof(g->prof));
}

static void leaves_its_space(struct task_world *w)
{
	struct task_struct *self = &w->task[w->self];
	uint32_t space = self->space;
	bool used = false;

	if (!others_live(w, w->self))
		no_clocks(&leader_of(w, w->self)->group);
	if (self->clear_child_tid) /* who waits for that futex is found by its page */
		expect_question(w, HOST_PAGE, TID_AT & -4096u);
	self->clear_child_tid = 0;
	for (unsigned i = 0; i < w->n; i++)
		if (w->task[i].vfork_child == task_at(w, w->self)) {
			w->task[i].vfork_child = 0;
			if (w->task[i].state == TASK_UNINTERRUPTIBLE)
				w->task[i].state = RUNNING;
		}
	assert_int_equal(expect_call(w, "files_put", 0).eax, self->files);
	self->files = 0;
	expect_question(w, HOST_EXIT, (uint32_t)self->pid);
	self->space = 0;
	for (unsigned i = 0; i < w->n; i++)
		used |= w->task[i].space == space;
	if (!used)
		expect_question(w, HOST_SPACE_FREE, space);
}

static void is_no_tracer_any_more(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	t->ptrace = 0;
	t->parent = t->real_parent;
	if (is_2_6_14(w->kernel))
		w->tif[i] &= ~(uint32_t)(T | E);
	if (t->state != TRACED)
		return;
	if (leader_of(w, i)->group.flags & GROUP_STOPPED)
		t->state = STOPPED;
	else
		model_wake_for_signal(w, i, true);
}

static void hangs_up(struct task_world *w, int32_t pgrp)
{
	bool stopped = false;

	if (!model_is_orphaned(w, pgrp))
		return;
	for (unsigned i = 0; i < w->n; i++)
		stopped |= is_there(w, i) && is_first(w, i) && w->task[i].group.pgrp == pgrp &&
			   w->task[i].state == STOPPED;
	for (unsigned k = 0; stopped && k < 2; k++)
		for (unsigned i = 0; i < w->n; i++)
			if (is_there(w, i) && is_first(w, i) && w->task[i].group.pgrp == pgrp)
				model_kernel_kill(w, i, k ? SIGCONT : SIGHUP);
}

/* Two groups of one session. */
static bool connects(const struct group *a, const struct group *b)
{
	return a->pgrp != b->pgrp && a->session == b->session;
}

static bool may_kill(const struct task_world *w, unsigned i, int sig)
{
	struct task_world *v = (struct task_world *)w;
	const struct task_struct *self = &w->task[w->self], *t = &w->task[i];

	if (self->euid == 0 || (self->cap_effective & CAP_KILL))
		return true;
	if (sig == SIGCONT &&
	    leader_of(v, i)->group.session == leader_of(v, w->self)->group.session)
		return true;
	return self->euid == t->suid || self->euid == t->uid || self->uid == t->suid ||
	       self->uid == t->uid;
}

static void is_told_anew(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	if (t->ptrace & PTRACED)
		is_no_tracer_any_more(w, i);
	if (t->state != ZOMBIE || others_live(w, i))
		return;
	if (t->exit_signal != -1)
		model_tell_end(w, i, t->exit_signal);
	if (t->exit_signal == -1)
		model_release(w, i);
}

/* prctl(2): the signal comes when the thread ends that is the parent, whoever of its process goes on. */
static void inherits(struct task_world *w, unsigned reaper, unsigned i)
{
	struct task_struct *t = &w->task[i];
	bool others = (t->ptrace & PTRACED) && t->parent != task_at(w, w->self);
	struct group *g = &leader_of(w, i)->group;

	t->real_parent = task_at(w, reaper);
	if (!others)
		t->parent = t->real_parent;
	if (!w->processes)
		return;
	if (t->pdeath_signal && may_kill(w, i, (int)t->pdeath_signal))
		model_kill(w, i, (int)t->pdeath_signal);
	if (same_process(w, reaper, w->self))
		return;
	if (t->exit_signal != -1)
		t->exit_signal = SIGCHLD;
	if (!others)
		is_told_anew(w, i);
	if (connects(g, &leader_of(w, w->self)->group))
		hangs_up(w, g->pgrp);
}

static void leaves_its_tracee(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	is_no_tracer_any_more(w, i);
	if (t->state != ZOMBIE)
		return;
	if (t->exit_signal == -1)
		model_release(w, i);
	else if (!others_live(w, i))
		model_tell_end(w, i, t->exit_signal);
}

static void leaves_its_children(struct task_world *w)
{
	uint32_t me = task_at(w, w->self);
	unsigned reaper = TASK_INIT;

	for (unsigned i = w->n; w->processes && i-- > 0;)
		if (i != w->self && same_process(w, i, w->self) && lives(w, i))
			reaper = i;
	for (unsigned i = TASK_PROGRAM; i < w->n; i++) {
		struct task_struct *t = &w->task[i];

		if (!t->pid || i == w->self)
			continue;
		if (t->real_parent == me)
			inherits(w, reaper, i);
		else if (w->processes && (t->ptrace & PTRACED) && t->parent == me)
			leaves_its_tracee(w, i);
	}
}

/* Others of its process: what waits for the process is theirs, and one that waits in execve goes on. */
static void threads_go_on(struct task_world *w)
{
	uint64_t shared = leader_of(w, w->self)->sigshared;

	for (unsigned i = 0; i < w->n; i++) {
		struct task_struct *t = &w->task[i];

		if (i == w->self || !same_process(w, i, w->self) || !lives(w, i))
			continue;
		if (shared & ~t->sigblocked)
			model_wake_for_signal(w, i, false);
		if (w->processes && t->state == TASK_UNINTERRUPTIBLE && t->channel == t->leader)
			t->state = RUNNING;
	}
}

/* True: somebody will wait for it. */
static bool tells_of_it(struct task_world *w)
{
	struct task_struct *self = &w->task[w->self];
	const struct task_struct *parent = &w->task[slot_of(w, self->real_parent)];

	if (self->exit_signal != SIGCHLD && self->exit_signal != -1 &&
	    self->parent_exec_count != parent->exec_count)
		self->exit_signal = SIGCHLD;
	if (self->exit_signal != -1 && is_first(w, w->self) && !others_live(w, w->self))
		model_tell_end(w, w->self,
			       self->parent == self->real_parent ? self->exit_signal : SIGCHLD);
	else if (self->ptrace & PTRACED)
		model_tell_end(w, w->self, SIGCHLD);
	return self->exit_signal != -1 || (self->ptrace & PTRACED);
}

/* PTRACE_O_TRACEEXIT: GETEVENTMSG tells the status. */
static void stops_for_its_tracer(struct task_world *w, int32_t code)
{
	struct task_struct *self = &w->task[w->self];

	self->ptrace_message = (uint32_t)code;
	self->notice = (struct siginfo){ .si_signo = SIGTRAP,
					 .si_code = 0x605,
					 .si_pid = (uint32_t)self->pid,
					 .si_uid = self->uid };
	self->last_siginfo = task_at(w, w->self) + (uint32_t)offsetof(struct task_struct, notice);
	self->exit_code = 0x605;
	self->state = TRACED;
	model_tell_parent(w, w->self, slot_of(w, self->parent), 4, SIGTRAP);
	expect_at(w, "schedule");
	expect_world(w);
	self->state = RUNNING;
	self->exit_code = (int32_t)any();
	leave_schedule(w);
	model_look_for_signals(w, w->self);
}

static bool ends(struct task_world *w, int32_t code)
{
	struct task_struct *self = &w->task[w->self];
	const struct group *g = &leader_of(w, w->self)->group;
	bool waits;

	if ((self->ptrace & PTRACED) && (self->ptrace & O_EXIT))
		stops_for_its_tracer(w, code);
	if (w->processes)
		leaves_its_space(w);
	self->exit_code = code;
	self->state = ZOMBIE;
	threads_go_on(w);
	if (w->processes && !others_live(w, w->self)) {
		struct sim_regs cpu = expect_call(w, "leave_terminal", 0);

		assert_int_equal(cpu.eax, self->leader);
		assert_int_equal(cpu.edx, 1);
	}
	leaves_its_children(w);
	if (w->processes && !others_live(w, w->self) &&
	    connects(g, &leader_of(w, slot_of(w, self->real_parent))->group))
		hangs_up(w, g->pgrp);
	waits = tells_of_it(w);
	for (unsigned i = 0; i < w->n; i++)
		if (hand_at(w, i) == self->sighand)
			w->hand[i].users--;
	if (!waits && w->processes)
		model_release(w, w->self);
	return waits;
}

/* All die with one status, that of who was first. */
static int32_t ends_all(struct task_world *w, int32_t code)
{
	struct group *g = &leader_of(w, w->self)->group;

	if (g->flags & GROUP_EXIT)
		return g->exit_code;
	if (!others_live(w, w->self) && is_first(w, w->self))
		return code;
	g->flags = GROUP_EXIT;
	g->exit_code = code;
	for (unsigned i = 0; i < w->n; i++)
		if (i != w->self && same_process(w, i, w->self) && lives(w, i)) {
			w->task[i].sigpending |= BIT(SIGKILL);
			model_wake_for_signal(w, i, true);
		}
	return code;
}

/* ---- one end ---- */

static void draw_tasks(struct task_world *w)
{
	struct task_struct *self;

	draw_world(w);
	self = &w->task[w->self];
	for (unsigned i = TASK_PROGRAM; i < w->n; i++) {
		struct task_struct *t = &w->task[i];

		t->group.stop_count = 0;
		t->group.alarm = any();
		t->group.interval = any();
		for (unsigned k = 0; k < 2; k++) {
			t->group.virt[k] = any();
			t->group.prof[k] = any();
		}
		t->exec_count = 1;
		t->vfork_child = below(3) ? 0 : task_at(w, w->self);
		t->uid = ONE_OF(1000, 1001, 0x3e9, any());
		t->euid = ONE_OF(1000, 1001, 0, any());
		t->suid = ONE_OF(1000, 1001, any());
		if (t->pid)
			t->space = 1 + below(5);
	}
	w->task[TASK_INIT].exec_count = w->task[TASK_TRACER].exec_count = 1;
	self->cap_effective = any() & ~(uint32_t)CAP_KILL;
	if (below(2))
		self->cap_effective = below(2) ? CAP_KILL : 0;
	self->files = below(2) ? 0 : any();
	self->clear_child_tid = below(2) ? TID_AT : 0;
}

static void one_end(const struct task_world *usual)
{
	static const char *const names[] = { "do_exit", "do_group_exit", "sys_exit",
					     "sys_exit_group" };
	struct task_world w = *usual;
	uint32_t code = any(), which = below(4), tid = any(), cleared;
	int32_t status = which < 2 ? (int32_t)code : (int32_t)(code & 0xff) << 8;
	uint32_t owner, owner_at = symbol(w.caller.m, "fpu_owner");
	struct sim_regs cpu;
	bool waits;

	draw_tasks(&w);
	owner = ONE_OF(0, task_at(&w, w.self), task_at(&w, below(w.n)));
	OK(w.caller.m, sysemu_write(w.caller.m, owner_at, &owner, sizeof(owner)));
	cleared = w.processes && w.task[w.self].clear_child_tid ? 0 : tid;
	OK(w.caller.m, sysemu_write(w.caller.m, TID_AT, &tid, sizeof(tid)));
	put_world(&w);
	if (which < 2)
		function_begin(&w.caller, names[which], code, 0);
	else
		function_begin_on_stack(&w.caller, names[which], &code, 1);
	if (which & 1)
		status = ends_all(&w, status);
	waits = ends(&w, status);
	expect_at(&w, "schedule_for_ever");
	cpu = kernel_regs(w.caller.m);
	assert_int_equal(cpu.eax, task_at(&w, w.self));
	assert_int_equal(cpu.edx, waits);
	expect_world(&w);
	assert_int_equal(guest_word(w.caller.m, TID_AT), cleared);
	assert_int_equal(guest_word(w.caller.m, owner_at),
			 owner == task_at(&w, w.self) ? 0 : owner);
}

static void each_end_is_as_the_model_says(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2005);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_end(&w);
	close_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_end_is_as_the_model_says),
	};

	return run_on_kernels("exit", tests, sizeof(tests) / sizeof(tests[0]));
}
