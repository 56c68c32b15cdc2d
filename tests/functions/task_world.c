/* SPDX-License-Identifier: GPL-2.0-only */
/* task_world.c: see task_world.h. */
#include "tests/functions/task_world.h"

#include <string.h>

enum { STACK = 8192, HANDS = 20 };

/* ---- addresses ---- */

uint32_t task_at(const struct task_world *w, unsigned slot)
{
	return w->tasks + slot * (uint32_t)sizeof(struct task_struct);
}

unsigned slot_of(const struct task_world *w, uint32_t at)
{
	unsigned slot = (at - w->tasks) / (uint32_t)sizeof(struct task_struct);

	assert_true(slot < w->n && task_at(w, slot) == at);
	return slot;
}

struct task_struct *leader_of(struct task_world *w, unsigned slot)
{
	return &w->task[slot_of(w, w->task[slot].leader)];
}

/* In the stack of a task that there is not; six fit there. */
uint32_t hand_at(const struct task_world *w, unsigned slot)
{
	return symbol(w->caller.m, "stacks") + (HANDS + slot / 4) * STACK +
	       slot % 4 * (uint32_t)sizeof(struct sighand);
}

struct sigaction *action_of(struct task_world *w, unsigned slot, int sig)
{
	for (unsigned i = 0; i < w->n; i++)
		if (hand_at(w, i) == w->task[slot].sighand)
			return &w->hand[i].action[sig - 1];
	fail_msg("slot %u has no handlers", slot);
	return NULL;
}

/* Who runs has the stack that the caller stands on. */
uint32_t info_at(const struct task_world *w, unsigned slot)
{
	uint32_t own = w->caller.cpu.esp & -8192u;

	if (slot == w->self)
		return own;
	return slot == TASK_PROGRAM ? symbol(w->caller.m, "stacks") + w->self * STACK :
				      symbol(w->caller.m, "stacks") + slot * STACK;
}

/* ---- the machine ---- */

struct task_world open_world(const char *kernel)
{
	struct task_world w = { .kernel = kernel };
	struct emit p = { 0 };

	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "cd80");
	emit(&p, "ebf7");
	w.caller =
		caller_in_program(emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED));
	w.tasks = symbol(w.caller.m, "tasks");
	return w;
}

void close_world(struct task_world *w)
{
	sysemu_close(w->caller.m);
}

static void put_word(const struct task_world *w, uint32_t at, uint32_t word)
{
	OK(w->caller.m, sysemu_write(w->caller.m, at, &word, sizeof(word)));
}

void put_world(const struct task_world *w)
{
	sysemu_machine *m = w->caller.m;

	OK(m, sysemu_write(m, w->tasks, w->task, w->n * sizeof(w->task[0])));
	for (unsigned i = 0; i < w->n; i++) {
		put_word(w, info_at(w, i) + TI_FLAGS, w->tif[i]);
		put_word(w, info_at(w, i) + TI_TASK, task_at(w, i));
		OK(m, sysemu_write(m, hand_at(w, i), &w->hand[i], sizeof(w->hand[i])));
	}
	put_word(w, symbol(m, "tasks_end"), task_at(w, w->n));
	put_word(w, symbol(m, "nr_tasks"), w->processes ? NR_TASKS : NR_TASKS_ALONE);
	put_word(w, symbol(m, "with_processes"), w->processes);
}

void get_world(struct task_world *w)
{
	sysemu_machine *m = w->caller.m;

	OK(m, sysemu_read(m, w->tasks, w->task, w->n * sizeof(w->task[0])));
	for (unsigned i = 0; i < w->n; i++) {
		w->tif[i] = guest_word(m, info_at(w, i) + TI_FLAGS);
		OK(m, sysemu_read(m, hand_at(w, i), &w->hand[i], sizeof(w->hand[i])));
	}
}

void expect_world(const struct task_world *w)
{
	struct task_world now = *w;
	uint32_t end = guest_word(w->caller.m, symbol(w->caller.m, "tasks_end"));
	unsigned n = w->n;

	get_world(&now);
	/* Its own accesses to user memory are told there, as any page fault's. */
	now.task[w->self].thread.cr2 = w->task[w->self].thread.cr2;
	for (unsigned i = 0; i < w->n; i++) {
		/* Which of its sleeps it was is a number that sleep.c counts. */
		now.task[i].asleep_since = w->task[i].asleep_since;
		expect_words_of("the task", i, &now.task[i], &w->task[i], sizeof(now.task[i]));
		expect_words_of("the handlers", i, &now.hand[i], &w->hand[i], sizeof(now.hand[i]));
		if (now.tif[i] != w->tif[i])
			fail_msg("slot %u has flags 0x%x, not 0x%x", i, now.tif[i], w->tif[i]);
	}
	while (!w->task[n - 1].pid)
		n--;
	assert_int_equal(end, task_at(w, n));
}

void expect_at(const struct task_world *w, const char *name)
{
	uint32_t at = symbol(w->caller.m, name);

	assert_int_equal(run_to(w->caller.m, at).eip, at);
}

void leave_schedule(const struct task_world *w)
{
	put_world(w);
	leave_function(w->caller.m, 0);
}

struct sim_regs expect_call(const struct task_world *w, const char *name, uint32_t answer)
{
	expect_at(w, name);
	return leave_function(w->caller.m, answer);
}

/* ---- drawing ---- */

static uint32_t any_state(void)
{
	return ONE_OF(RUNNING, TASK_INTERRUPTIBLE, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE,
		      STOPPED, STOPPED, TRACED, ZOMBIE, ZOMBIE, TASK_DEAD);
}

/* A status of wait4's: an exit's, or a death's. */
static int32_t any_end(void)
{
	return (int32_t)(below(2) ? below(256) << 8 : 1 + below(64));
}

static void draw_signals(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	t->sigpending = any() & any() & any();
	t->sigshared = below(2) ? 0 : any() & any() & any();
	t->sigblocked = below(3) ? any() & any() & any() & ~(BIT(SIGKILL) | BIT(SIGSTOP)) : 0;
	if (below(2)) {
		t->sigpending |= (uint64_t)any() << 32;
		t->sigblocked |= (uint64_t)any() << 32;
	}
	t->real_blocked = below(4) ? 0 : any();
	t->queued = t->shared_queued = 0;
	for (unsigned k = 0; k < SIGRTMIN; k++) {
		memset(&t->siginfo[k], (int)any(), sizeof(t->siginfo[k]));
		memset(&t->shared_siginfo[k], (int)any(), sizeof(t->shared_siginfo[k]));
	}
	for (unsigned k = 0; k < _NSIG; k++)
		w->hand[i].action[k] =
			(struct sigaction){ ONE_OF(0, 0, 1, SYSEMU_CODE_BASE + 64),
					    ONE_OF(0, 0, 1, 2, 3, 4, 0x40000000, any()),
					    any(),
					    { any(), any() } };
	w->hand[i].users = WORLD_TASKS;
}

/* A process of its own, or a thread of one that is there. */
static void draw_group(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];
	unsigned leader = i;

	if (w->processes && i > TASK_PROGRAM && below(2)) {
		leader = TASK_PROGRAM + below(i - TASK_PROGRAM);
		leader = slot_of(w, w->task[leader].leader);
	}
	t->leader = task_at(w, leader);
	t->tgid = w->task[leader].pid;
	t->sighand = hand_at(w, leader);
	t->group.pgrp = (int32_t)ONE_OF(PROGRAM, PROGRAM, 7, 8);
	t->group.session = (int32_t)ONE_OF(PROGRAM, PROGRAM, PROGRAM, 7);
	t->group.flags = ONE_OF(0, 0, GROUP_EXIT, GROUP_STOPPED, GROUP_CONTINUED);
	t->group.exit_code = any_end();
	t->group.stop_count = below(3) ? 0 : 1 + below(3);
	t->exit_signal = (int32_t)ONE_OF(SIGCHLD, SIGCHLD, SIGCHLD, 0, SIGUSR1, SIGTERM, -1u);
	if (leader != i)
		t->exit_signal = -1;
}

static void draw_kin(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];
	unsigned real = below(2) ? w->self : below(w->n), tracer = real;

	if (real == i)
		real = tracer = TASK_INIT;
	t->ptrace = 0;
	if (below(3) == 0) {
		t->ptrace = PTRACED | (any() & 0x3fe);
		if (below(2))
			tracer = below(2) ? w->self : below(w->n);
	}
	if (tracer == i)
		tracer = real;
	if (tracer != real)
		t->ptrace |= ATTACHED;
	t->real_parent = task_at(w, real);
	t->parent = task_at(w, tracer);
	if (t->state == TRACED && !(t->ptrace & PTRACED))
		t->state = STOPPED;
}

static void draw_task(struct task_world *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	t->pid = i == TASK_INIT ? INIT : i == TASK_TRACER ? TRACER : (int32_t)(PROGRAM - 2 + i);
	t->state = i < TASK_PROGRAM || i == w->self ? RUNNING : any_state();
	t->thread_info = info_at(w, i);
	draw_group(w, i);
	draw_signals(w, i);
	t->exit_code = t->state >= ZOMBIE ? any_end() :
		       below(3)           ? (int32_t)ONE_OF(5, 19, 20, 0x85, 0x605, 9) :
					    0;
	t->uid = any();
	t->euid = any();
	t->suid = any();
	t->cap_effective = any();
	t->files = below(8) ? 4 : 0;
	t->channel = task_at(w, below(2) ? w->self : below(w->n));
	t->until = ~(uint64_t)0;
	t->woken = 77;
	t->last_siginfo = any();
	t->mask_is_saved = 0;
	t->vfork_child = t->clear_child_tid = t->robust_list = t->set_child_tid = 0;
	t->pdeath_signal = ONE_OF(0, 0, SIGUSR1, SIGTERM, SIGCHLD);
	t->exec_count = below(3);
	t->parent_exec_count = below(3);
	t->audit_context = 0;
	t->space = 1;
	memset(&t->group.alarm, 0, 32);
	t->group.tty = 0;
	t->group.tty_old_pgrp = 0;
	w->tif[i] = any() & 0x1fb & ~(uint32_t)R;
	w->tif[i] |= below(2) ? P : 0;
}

void draw_world(struct task_world *w)
{
	w->processes = below(4) != 0;
	w->n = WORLD_TASKS;
	if (!w->processes)
		w->n = NR_TASKS_ALONE;
	w->self = TASK_PROGRAM + below(w->n - TASK_PROGRAM);
	for (unsigned i = 0; i < w->n; i++)
		draw_task(w, i);
	for (unsigned i = TASK_PROGRAM; i < w->n; i++)
		draw_kin(w, i);
	for (unsigned i = 0; i < TASK_PROGRAM; i++) {
		w->task[i].parent = w->task[i].real_parent = task_at(w, TASK_INIT);
		w->task[i].ptrace = 0;
		w->task[i].exit_signal = SIGCHLD;
	}
	/* Free slots in between, but not the first program's, whom nobody is a thread of or has for a parent. */
	for (unsigned i = TASK_PROGRAM + 1; i < w->n; i++)
		if (w->task[i].state == TASK_DEAD) {
			bool used = false;

			for (unsigned k = 0; k < w->n; k++)
				used |= k != i && (w->task[k].leader == task_at(w, i) ||
						   w->task[k].parent == task_at(w, i) ||
						   w->task[k].real_parent == task_at(w, i));
			if (used || i == w->n - 1)
				w->task[i].state = ZOMBIE;
			else
				w->task[i].pid = 0;
		}
	/* Whose threads live has not been waited for; who has a stop to come is not yet stopped. */
	for (unsigned i = TASK_PROGRAM; i < w->n; i++) {
		struct task_struct *t = &w->task[i];

		if (t->state == TASK_DEAD && t->pid)
			t->state = ZOMBIE;
		if (t->state >= ZOMBIE)
			t->files = 0;
	}
}
