/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_words_test.c: fork, vfork and clone among tasks that are drawn at random: in every word what a child has of its parent
 * and what it begins anew, where it lies, whose child it is and who traces it, what each flag shares, and what is left of one
 * that is refused. Files, handlers and spaces are copied by others, whose calls are seen and answered here. Expectations:
 * clone(2), fork(2), vfork(2), ptrace(2), docs/kernels.md §10. Every kernel of 2005.
 */
#include "tests/functions/fork_draw.h"

#include <string.h>

enum { CALLS = 1500, FRAME_WORDS = PT_REGS_SIZE / 4 };

/* PTRACE_O_TRACE*, as task_struct.ptrace has them, and their events. */
enum { O_FORK = 0x10, O_VFORK = 0x20, O_CLONE = 0x40 };
enum { EVENT_NONE, EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_VFORK_DONE };

/* ---- the model ---- */

/* What the tracer is told, if it has asked for that kind of a child. */
static unsigned event_of(const struct task_struct *self, uint32_t flags)
{
	uint32_t asked = self->ptrace & PTRACED ? self->ptrace : 0;

	if (flags & CLONE_UNTRACED)
		return EVENT_NONE;
	if (flags & CLONE_VFORK)
		return asked & O_VFORK ? EVENT_VFORK : EVENT_NONE;
	if ((flags & 0xff) == SIGCHLD)
		return asked & O_FORK ? EVENT_FORK : EVENT_NONE;
	return asked & O_CLONE ? EVENT_CLONE : EVENT_NONE;
}

static bool is_senseless(uint32_t flags)
{
	if ((flags & CLONE_NEWNS) && (flags & CLONE_FS))
		return true;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return true;
	return (flags & CLONE_SIGHAND) && !(flags & CLONE_VM);
}

/* set_thread_area(2)'s descriptor in the child's place of it. */
static void has_tls(struct task_struct *child, const struct user_desc *u)
{
	uint32_t *d = &child->thread.tls_array[2 * (u->entry_number - FIRST_TLS)], b = u->bits;

	d[0] = u->base_addr << 16 | (u->limit & 0xffff);
	d[1] = (u->base_addr & 0xff000000) | (u->base_addr >> 16 & 0xff) | (u->limit & 0xf0000);
	d[1] |= 0x7000; /* of ring 3 */
	d[1] |= b & 8 ? 0 : 0x200;
	d[1] |= (b >> 1 & 3) << 10;
	d[1] |= b & 32 ? 0 : 0x8000;
	d[1] |= (b & 1) << 22 | (b >> 4 & 1) << 23 | (b >> 6 & 1) << 20;
}

/* Of its parent it has all but this. */
static void begins_anew(struct task_struct *t)
{
	t->ptrace = 0;
	t->exit_code = 0;
	t->sigpending = t->sigshared = t->real_blocked = 0;
	t->queued = t->shared_queued = 0;
	t->audit_entries = t->audit_exits = 0;
	t->audit_call = -1;
	t->last_siginfo = 0;
	t->mask_is_saved = 0;
	t->vfork_child = 0;
	t->set_child_tid = t->clear_child_tid = t->robust_list = 0;
	t->pdeath_signal = 0;
	t->utime = t->stime = 0;
}

static void is_of_its_process(struct task_world *w, const struct fork *f, struct task_struct *t)
{
	const struct task_struct *self = &w->task[w->self];
	const struct group *own = &leader_of(w, w->self)->group;
	struct group *g = &t->group;

	t->parent = t->real_parent = task_at(w, w->self);
	if (f->flags & (CLONE_PARENT | CLONE_THREAD))
		t->parent = t->real_parent = self->real_parent;
	if (f->flags & CLONE_THREAD) {
		t->leader = self->leader;
		t->tgid = self->tgid;
		t->exit_signal = -1;
		return;
	}
	t->leader = task_at(w, f->child);
	t->tgid = t->pid;
	t->exit_signal = (int32_t)(f->flags & 0xff);
	g->flags = 0;
	g->stop_count = 0;
	g->pgrp = own->pgrp;
	g->session = own->session;
	g->tty = own->tty;
	g->tty_old_pgrp = 0;
	g->alarm = g->interval = 0;
	memset(g->virt, 0, sizeof(g->virt));
	memset(g->prof, 0, sizeof(g->prof));
}

static void is_born(struct task_world *w, const struct fork *f)
{
	struct task_struct *self = &w->task[w->self], *t = &w->task[f->child];
	uint32_t not_its = strcmp(w->kernel, "2.6.11") != 0 ? T | E : T;

	self->thread.fs = f->fs;
	self->thread.gs = f->gs;
	if (f->has_fpu)
		memcpy(self->thread.i387, f->image, sizeof(f->image));
	*t = *self;
	t->thread_info = info_at(w, f->child);
	t->thread.esp0 = fork_frame_end(w, f);
	t->pid = f->pid;
	t->parent_exec_count = self->exec_count;
	begins_anew(t);
	is_of_its_process(w, f, t);
	if ((f->flags & CLONE_VM) && !(f->flags & CLONE_VFORK))
		t->altstack = t->altstack_size = 0;
	w->tif[f->child] = w->tif[w->self] & ~(not_its | P);
}

/* Those before it are undone when one of them is refused; 0, or -errno. */
static int32_t has_its_things(struct task_world *w, const struct fork *f)
{
	struct task_struct *self = &w->task[w->self], *t = &w->task[f->child];
	struct sighand *hand = &w->hand[f->child];
	uint32_t files = below(8) ? any() | 1 : 0,
		 space = below(8) ? 2 + below(1000) : (uint32_t)-ENOMEM;

	if (f->flags & CLONE_SIGHAND) {
		for (unsigned i = 0; i < w->n; i++)
			if (hand_at(w, i) == self->sighand)
				hand = &w->hand[i];
		hand->users++;
	} else {
		t->sighand = below(16) ? hand_at(w, f->child) : 0;
		assert_int_equal(expect_call(w, "sighand_new", t->sighand).eax, self->sighand);
		if (!t->sighand)
			return -EAGAIN;
	}
	if (!w->processes)
		return 0;
	t->files = files;
	assert_int_equal(
		expect_call(w, f->flags & CLONE_FILES ? "files_share" : "files_copy", files).eax,
		self->files);
	if (files && (f->flags & CLONE_VM))
		return 0;
	if (files) {
		space = below(16) ? space : 0;
		t->space = space;
		assert_int_equal(expect_call(w, "ask_host", space).eax, HOST_SPACE_COPY);
		if ((int32_t)space > 0)
			return 0;
		assert_int_equal(expect_call(w, "files_put", 0).eax, files);
	}
	hand->users--;
	return -ENOMEM;
}

/* Its tracer is its parent's, and finds it in a stop. */
static void is_traced_too(struct task_world *w, const struct fork *f, unsigned event)
{
	struct task_struct *self = &w->task[w->self], *t = &w->task[f->child];

	if (event || (f->flags & CLONE_PTRACE)) {
		t->ptrace = self->ptrace;
		t->parent = self->parent;
	}
	if (!(t->ptrace & PTRACED) && !(f->flags & CLONE_STOPPED))
		return;
	t->sigpending = BIT(SIGSTOP);
	t->siginfo[SIGSTOP - 1] = (struct siginfo){ .si_signo = SIGSTOP };
	w->tif[f->child] |= P;
}

/* ---- what becomes of it ---- */

static void expect_info(const struct task_world *w, const struct fork *f)
{
	uint32_t info[INFO_WORDS], expected[INFO_WORDS];

	memcpy(expected, f->info, sizeof(expected));
	expected[TI_TASK / 4] = task_at(w, f->child);
	expected[TI_FLAGS / 4] = w->tif[f->child];
	OK(w->caller.m, sysemu_read(w->caller.m, info_at(w, f->child), info, sizeof(info)));
	expect_words("the child's thread_info", info, expected, sizeof(info));
}

/* It begins as its parent goes on, but with 0, on the stack that it was given. */
static void expect_frame(const struct task_world *w, const struct fork *f)
{
	uint32_t top = fork_frame_end(w, f), below[5], expected[5];
	struct pt_regs frame, child = f->frame;

	child.eax = 0;
	if (f->stack)
		child.esp = f->stack;
	OK(w->caller.m, sysemu_read(w->caller.m, top - PT_REGS_SIZE, &frame, sizeof(frame)));
	expect_words("the child's frame", &frame, &child, sizeof(frame));
	memcpy(expected, f->below, sizeof(expected));
	expected[4] = symbol(w->caller.m, "ret_from_fork");
	OK(w->caller.m,
	   sysemu_read(w->caller.m, top - PT_REGS_SIZE - sizeof(below), below, sizeof(below)));
	expect_words("under the child's frame", below, expected, sizeof(below));
}

static void host_hears(const struct task_world *w, const struct fork *f)
{
	const struct task_struct *t = &w->task[f->child];
	struct sim_regs cpu = expect_call(w, "ask_host", 0);

	assert_int_equal(cpu.eax, HOST_FORK);
	assert_int_equal(cpu.edx, t->pid);
	assert_int_equal(cpu.ecx, t->tgid);
	assert_int_equal(guest_word(w->caller.m, cpu.esp + 4), t->space);
	assert_int_equal(guest_word(w->caller.m, cpu.esp + 8), f->flags);
}

static void tracer_hears(const struct task_world *w, const struct fork *f, unsigned event)
{
	struct sim_regs cpu;

	expect_at(w, "ptrace_event");
	expect_world(w); /* all is done by then */
	cpu = leave_function(w->caller.m, 0);
	assert_int_equal(cpu.eax, event);
	assert_int_equal(cpu.edx, f->pid);
}

static void put_end(const struct task_world *w)
{
	unsigned n = w->n;

	while (!w->task[n - 1].pid)
		n--;
	fork_put_name(w, "tasks_end", task_at(w, n));
}

/* Whatever else wakes it: it sleeps until its child says that it has its own memory, or none any more. */
static void sleeps_for_vfork(struct task_world *w, const struct fork *f)
{
	struct task_struct *self = &w->task[w->self];

	do {
		self->channel = 0;
		self->state = TASK_UNINTERRUPTIBLE;
		expect_at(w, "schedule");
		expect_world(w);
		self->state = RUNNING;
		self->channel = any();
		self->vfork_child = below(2) ? 0 : task_at(w, f->child);
		leave_schedule(w);
		put_end(w);
	} while (self->vfork_child);
}

static int32_t forks(struct task_world *w, struct fork *f)
{
	struct task_struct *self = &w->task[w->self], *t = &w->task[f->child];
	unsigned event = event_of(self, f->flags);
	int32_t error;

	if (is_senseless(f->flags))
		return -EINVAL;
	if (f->child == f->room)
		return -EAGAIN;
	is_born(w, f);
	f->born = true;
	if (f->flags & CLONE_SETTLS) {
		if (f->frame.esi != TLS_AT)
			return -EFAULT;
		if (f->tls.entry_number < FIRST_TLS || f->tls.entry_number > LAST_TLS)
			return -EINVAL;
		has_tls(t, &f->tls);
	}
	error = has_its_things(w, f);
	if (error)
		return error;
	t->thread.esp = fork_frame_end(w, f) - PT_REGS_SIZE - 20;
	is_traced_too(w, f, event);
	if (f->flags & CLONE_PARENT_SETTID)
		f->tid = (uint32_t)f->pid;
	if (f->flags & CLONE_CHILD_SETTID)
		t->set_child_tid = f->frame.edi;
	if (f->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = f->frame.edi;
	if (w->processes)
		host_hears(w, f);
	t->state = f->flags & CLONE_STOPPED ? STOPPED : RUNNING;
	if (f->flags & CLONE_VFORK)
		self->vfork_child = task_at(w, f->child);
	if (event)
		tracer_hears(w, f, event);
	if (f->flags & CLONE_VFORK) {
		sleeps_for_vfork(w, f);
		tracer_hears(w, f, EVENT_VFORK_DONE);
	}
	return f->pid;
}

/* Nobody has a slot whose child was refused. */
static void is_free_again(struct task_world *w, const struct fork *f)
{
	struct task_struct *t = &w->task[f->child];
	uint32_t at = task_at(w, f->child);

	OK(w->caller.m, sysemu_read(w->caller.m, at, t, sizeof(*t)));
	assert_int_equal(t->pid, 0);
	assert_int_equal(t->state, TASK_DEAD);
	assert_int_equal(t->space, 0);
	assert_int_equal(t->group.alarm, 0); /* timers are looked for in all slots */
	w->tif[f->child] = guest_word(w->caller.m, info_at(w, f->child) + TI_FLAGS);
}

/* ---- one call ---- */

static void one_fork(const struct task_world *usual)
{
	static const char *const names[] = { "sys_fork", "sys_vfork", "sys_clone" };
	struct task_world w = *usual;
	struct fork f = { 0 };
	int32_t expected, result;

	fork_draw(&w, &f);
	fork_look_at_fpu(&w, &f);
	fork_put(&w, &f);
	function_begin_on_stack(&w.caller, names[f.call], (const uint32_t *)&f.frame, FRAME_WORDS);
	expected = forks(&w, &f);
	result = (int32_t)function_end_on_stack(&w.caller, FRAME_WORDS);
	if (result != expected)
		fail_msg("%s(0x%x) is %d, not %d", names[f.call], f.flags, result, expected);
	if (result > 0) {
		expect_info(&w, &f);
		expect_frame(&w, &f);
	} else if (f.born) {
		is_free_again(&w, &f);
	}
	expect_world(&w);
	assert_int_equal(guest_word(w.caller.m, TID_AT), f.tid);
	/* Its words on the stack are the parent's own frame, which nobody has changed. */
	assert_int_equal(guest_word(w.caller.m, w.caller.cpu.esp - 4 * FRAME_WORDS + 4),
			 f.frame.ebx);
}

static void each_child_is_as_the_model_says(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2611);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_fork(&w);
	close_world(&w);
}

/* ---- a slot that is given back ---- */

/* The table ends behind the last one that somebody has. */
static void a_slot_that_is_free_means_nothing(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2613);
	for (unsigned i = 0; i < 200; i++) {
		unsigned slot = TASK_PROGRAM + 1;
		struct fork f = { 0 };

		fork_draw(&w, &f);
		fork_put(&w, &f);
		slot = below(2) ? f.end - 1 : slot + below(f.end - slot);
		if (slot <= TASK_PROGRAM)
			continue;
		call_function(&w.caller, "slot_free", task_at(&w, slot), any(), any());
		w.task[slot].pid = 0;
		w.task[slot].state = TASK_DEAD;
		w.task[slot].space = 0;
		w.task[slot].group.alarm = 0;
		expect_world(&w);
	}
	close_world(&w);
}

/* ---- set_tid_address(2) ---- */

static void a_task_says_where_its_end_is_told(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2612);
	for (unsigned i = 0; i < 20; i++) {
		uint32_t at = any();

		draw_world(&w);
		put_world(&w);
		assert_int_equal(call_on_stack(&w.caller, "sys_set_tid_address", at, any()),
				 w.task[w.self].pid);
		w.task[w.self].clear_child_tid = at;
		expect_world(&w);
	}
	close_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_child_is_as_the_model_says),
		ON_KERNELS(a_slot_that_is_free_means_nothing),
		ON_KERNELS(a_task_says_where_its_end_is_told),
	};

	return run_on_kernels("fork_words", tests, sizeof(tests) / sizeof(tests[0]));
}
