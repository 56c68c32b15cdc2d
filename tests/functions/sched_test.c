/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_test.c: who gets the CPU among tasks that are drawn at random, and what of the one that gives it up is saved and comes
 * back: the descriptors of its thread-local data, fs and gs, the FPU and DR7. Who is next is ours: the next one behind who runs
 * that can run, in the table's order, or who the host says; a tracer that is the host is told of a stop before. Every kernel of
 * 2005.
 */
#include "tests/functions/task_world.h"

#include <string.h>

enum { CALLS = 1500, FIRST_TLS = 6, DATA = 0x7b, PRESENT = 0x8000, XMM = 40, XMM_END = 72 };

enum { TID_AT = SYSEMU_CODE_BASE + 0x800 };

enum call { SCHEDULE, YIELD };

struct turn {
	enum call call;
	bool asks; /* the host says who is next */
	uint32_t space, owner;
	uint32_t fs, gs;
	uint32_t saved[128]; /* what the FPU has, as the one that gives it up */
};

/* ---- words of the kernel ---- */

static uint32_t name_word(const struct task_world *w, const char *name)
{
	return guest_word(w->caller.m, symbol(w->caller.m, name));
}

static void put_word(const struct task_world *w, uint32_t at, uint32_t word)
{
	OK(w->caller.m, sysemu_write(w->caller.m, at, &word, sizeof(word)));
}

static void put_name(const struct task_world *w, const char *name, uint32_t word)
{
	OK(w->caller.m, sysemu_write(w->caller.m, symbol(w->caller.m, name), &word, sizeof(word)));
}

/* ---- the model ---- */

static bool can_run(const struct task_world *w, unsigned i)
{
	return w->task[i].pid && w->task[i].state == RUNNING;
}

/* In their order, who runs the last; how many. */
static unsigned who_can(const struct task_world *w, unsigned who[WORLD_TASKS])
{
	unsigned n = 0, programs = w->n - TASK_PROGRAM;

	for (unsigned k = 1; k <= programs; k++) {
		unsigned i = TASK_PROGRAM + (w->self - TASK_PROGRAM + k) % programs;

		if (can_run(w, i))
			who[n++] = i;
	}
	return n;
}

/* Nobody can: time passes up to a timer, or the host has something; somebody can then. */
static void waits(struct task_world *w)
{
	bool timer = below(2);

	expect_call(w, "next_timer", timer);
	if (timer) {
		expect_call(w, "skip_time", 0);
		expect_call(w, "run_timers", 0);
	} else {
		struct sim_regs cpu = expect_call(w, "stop_port", 0);

		assert_int_equal(cpu.eax, STOP_IDLE);
		if (w->processes)
			expect_call(w, "input_arrived", 0);
	}
}

static void wakes_one(struct task_world *w)
{
	unsigned i = TASK_PROGRAM + below(w->n - TASK_PROGRAM);

	if (!w->task[i].pid || below(4) == 0)
		return;
	w->task[i].state = RUNNING;
	OK(w->caller.m,
	   sysemu_write(w->caller.m, task_at(w, i) + (uint32_t)offsetof(struct task_struct, state),
			&w->task[i].state, sizeof(w->task[i].state)));
}

/* The host chooses: how it is asked, and of whom. */
static unsigned host_says(struct task_world *w, const struct turn *t)
{
	uint32_t how = t->call == YIELD ? CHOOSE_YIELD : 0;

	for (;;) {
		unsigned who[WORLD_TASKS], n = who_can(w, who), answer;
		bool timer = below(2);
		struct sim_regs cpu;

		how |= can_run(w, w->self) ? CHOOSE_STAY : 0;
		expect_call(w, "next_timer", timer);
		how |= timer ? CHOOSE_TIMER : 0;
		if (!n) {
			how = 0;
			waits(w);
			wakes_one(w);
			continue;
		}
		if (n == 1 && !(how & CHOOSE_TIMER))
			return who[0];
		answer = below(n + 2);
		expect_at(w, "ask_host");
		cpu = kernel_regs(w->caller.m);
		assert_int_equal(cpu.eax, HOST_CHOOSE);
		assert_int_equal(cpu.edx, how);
		assert_int_equal(cpu.ecx, n);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(guest_word(w->caller.m,
						    guest_word(w->caller.m, cpu.esp + 4) + 4 * i),
					 w->task[who[i]].pid);
		leave_function(w->caller.m, answer);
		if (answer < n)
			return who[answer];
		if (answer != n || !(how & CHOOSE_TIMER))
			return who[0];
		expect_call(w, "skip_time", 0);
		expect_call(w, "run_timers", 0);
		how = 0;
	}
}

static unsigned next_of(struct task_world *w, const struct turn *t)
{
	unsigned who[WORLD_TASKS];

	if (t->asks)
		return host_says(w, t);
	while (!who_can(w, who)) {
		waits(w);
		wakes_one(w);
	}
	return who[0];
}

/* The FPU of who goes is in its image then, whoever has saved it. */
static void goes_to(struct task_world *w, struct turn *t, unsigned next)
{
	struct task_struct *self = &w->task[w->self];
	bool elsewhere = w->task[next].space && w->task[next].space != t->space;
	struct sim_regs cpu;

	if (elsewhere) {
		bool saves = t->owner == task_at(w, w->self), loads = t->owner != task_at(w, next);
		uint32_t to[3], zero[2] = { 0, 0 };

		expect_at(w, "stop_port");
		cpu = kernel_regs(w->caller.m);
		assert_int_equal(cpu.eax, STOP_SPACE);
		OK(w->caller.m, sysemu_read(w->caller.m, cpu.edx, to, sizeof(to)));
		assert_int_equal(to[0], w->task[next].space);
		assert_int_equal(to[1], saves ? task_at(w, w->self) : 0);
		assert_int_equal(to[2], loads ? task_at(w, next) : 0);
		/* The host has done the one or the other, or neither. */
		if (below(2) && loads) {
			OK(w->caller.m, sysemu_write(w->caller.m, cpu.edx + 8, zero, 4));
			loads = false;
		}
		if (below(2) && saves) {
			OK(w->caller.m, sysemu_write(w->caller.m, cpu.edx + 4, zero, 4));
			saves = false;
		}
		if (saves)
			memcpy(self->thread.i387, t->saved, sizeof(t->saved));
		if (!loads)
			t->owner = task_at(w, next);
		leave_function(w->caller.m, 0);
		t->space = w->task[next].space;
	} else if (t->owner == task_at(w, w->self)) {
		memcpy(self->thread.i387, t->saved, sizeof(t->saved));
	}
	cpu = expect_call(w, "set_esp0", 0);
	assert_int_equal(cpu.eax, w->task[next].thread.esp0);
	expect_at(w, "switch_to");
	cpu = kernel_regs(w->caller.m);
	assert_int_equal(cpu.eax, task_at(w, w->self));
	assert_int_equal(cpu.edx, task_at(w, next));
	expect_world(w);
	assert_int_equal(name_word(w, "active_space"), t->space);
	assert_int_equal(name_word(w, "fpu_owner"), t->owner);
	leave_function(w->caller.m, 0);
}

/* A selector whose descriptor is not present, or is none, becomes 0 (the processor's manual: #NP, #GP). */
static uint32_t loaded(const struct thread_struct *t, uint32_t selector)
{
	uint32_t entry = selector / 8 - FIRST_TLS;

	return entry < 3 && !(t->tls_array[2 * entry + 1] & PRESENT) ? 0 : selector;
}

static void expect_segments(const struct task_world *w, unsigned slot)
{
	const struct thread_struct *t = &w->task[slot].thread;
	uint32_t gdt = symbol(w->caller.m, "gdt_table") + 8 * FIRST_TLS;
	struct sim_regs cpu = kernel_regs(w->caller.m);

	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(guest_word(w->caller.m, gdt + 4 * i), t->tls_array[i]);
	assert_int_equal(cpu.fs, loaded(t, t->fs));
	assert_int_equal(cpu.gs, loaded(t, t->gs));
}

/* What the CPU has belongs to whoever runs then. */
static void expect_loaded(struct task_world *w, struct turn *t)
{
	struct task_struct *self = &w->task[w->self];
	uint32_t image[128];

	expect_segments(w, w->self);
	assert_int_equal(name_word(w, "fpu_owner"), task_at(w, w->self));
	if (self->thread.debugreg[7]) {
		assert_int_equal(debug_state(w->caller.m).dr7, self->thread.debugreg[7]);
		assert_int_equal(debug_state(w->caller.m).dr6, self->thread.debugreg[6]);
	}
	if (t->owner == task_at(w, w->self))
		return; /* it has not lost them */
	call_function(&w->caller, "fpu_save", task_at(w, w->self), 0, 0);
	OK(w->caller.m, sysemu_read(w->caller.m, task_at(w, w->self), image, sizeof(image)));
	expect_words("the FPU", image + XMM, self->thread.i387 + XMM, 4 * (XMM_END - XMM));
}

static void takes_turns(struct task_world *w, struct turn *t)
{
	struct task_struct *self = &w->task[w->self];
	bool stops = self->state == STOPPED || self->state == TRACED, gives = false;
	unsigned next;

	if (t->call == YIELD)
		w->tif[w->self] |= R;
	if (w->tif[w->self] & R) {
		w->tif[w->self] &= ~(uint32_t)R;
		gives = true;
	}
	if (stops || gives) {
		self->thread.fs = t->fs;
		self->thread.gs = t->gs;
	}
	if (stops && (!w->processes || self->parent == task_at(w, TASK_TRACER))) {
		struct sim_regs cpu;

		expect_at(w, "stop_port");
		expect_world(w);
		cpu = leave_function(w->caller.m, 0);
		assert_int_equal(cpu.eax, STOP_TASK);
		assert_int_equal(cpu.edx, task_at(w, w->self));
		wakes_one(w);
	}
	if (!gives && self->state == RUNNING)
		return;
	next = next_of(w, t);
	if (next == w->self)
		return;
	self->thread.fs = t->fs;
	self->thread.gs = t->gs;
	goes_to(w, t, next);
}

/* ---- drawing ---- */

/* A program's data segment, which has been used. */
static void draw_thread(struct task_struct *t, const uint32_t image[128])
{
	for (unsigned i = 0; i < 6; i++)
		t->thread.tls_array[i] =
			i & 1 ? (any() & 0xffdf00ff) | (below(8) ? 0xf300 : 0x7300) : any();
	t->thread.fs = ONE_OF(0, DATA, 0x33, 0x3b, 0x43);
	t->thread.gs = ONE_OF(0, DATA, 0x33, 0x3b, 0x43);
	t->thread.esp0 = any();
	memset(t->thread.debugreg, 0, sizeof(t->thread.debugreg));
	t->thread.debugreg[7] = below(2) ? 0 : 0x400 | (any() & 0xf0000); /* none is enabled */
	t->thread.debugreg[6] = 0xffff0ff0 | below(16);
	memcpy(t->thread.i387, image, sizeof(t->thread.i387));
	for (unsigned i = XMM; i < XMM_END; i++)
		t->thread.i387[i] = any();
}

/* Who runs finds its descriptors as it has left them, or all but one word. */
static void draw_same_descriptors(struct task_world *w)
{
	uint32_t gdt = symbol(w->caller.m, "gdt_table") + 8 * FIRST_TLS, is[6];

	OK(w->caller.m, sysemu_read(w->caller.m, gdt, is, sizeof(is)));
	for (unsigned i = 1; i < 6; i += 2)
		if ((is[i] & 0x7f00) != 0x7300)
			return; /* execve was there */
	if (below(4))
		is[below(6)] ^= 1u << ONE_OF(0, 5, 7, 24, 28, 31);
	memcpy(w->task[w->self].thread.tls_array, is, sizeof(is));
}

static void draw_turn(struct task_world *w, struct turn *t)
{
	uint32_t image[128];

	call_function(&w->caller, "fpu_save", task_at(w, TASK_PROGRAM), 0, 0);
	OK(w->caller.m, sysemu_read(w->caller.m, task_at(w, TASK_PROGRAM), image, sizeof(image)));
	draw_world(w);
	for (unsigned i = 0; i < w->n; i++) {
		draw_thread(&w->task[i], image);
		w->task[i].space = below(4);
	}
	if (below(4))
		draw_same_descriptors(w);
	w->task[w->self].state = ONE_OF(RUNNING, RUNNING, TASK_INTERRUPTIBLE, STOPPED, TRACED);
	if (below(2))
		w->task[w->self].parent = task_at(w, TASK_TRACER);
	w->tif[w->self] |= below(2) ? R : 0;
	t->call = below(4) ? SCHEDULE : YIELD;
	t->asks = below(2);
	t->space = 1 + below(3);
	t->owner = ONE_OF(0, task_at(w, w->self), task_at(w, below(w->n)));
	put_world(w);
	call_function(&w->caller, "fpu_save", task_at(w, w->self), 0, 0);
	OK(w->caller.m, sysemu_read(w->caller.m, task_at(w, w->self), t->saved, sizeof(t->saved)));
	put_world(w);
	put_name(w, "asks_who_runs", t->asks);
	put_name(w, "yields", 0);
	put_name(w, "active_space", t->space);
	put_name(w, "fpu_owner", t->owner);
	t->fs = kernel_regs(w->caller.m).fs;
	t->gs = kernel_regs(w->caller.m).gs;
}

static void one_turn(const struct task_world *usual)
{
	struct task_world w = *usual;
	struct turn t;

	draw_turn(&w, &t);
	function_begin(&w.caller, t.call == YIELD ? "yield" : "schedule", any(), any());
	takes_turns(&w, &t);
	function_end(&w.caller);
	expect_world(&w);
	expect_loaded(&w, &t);
}

static void each_turn_is_as_the_model_says(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2614);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_turn(&w);
	close_world(&w);
}

/* ---- others that give a task the CPU, or take it ---- */

static void a_child_begins_with_its_own(struct task_world *w, struct turn *t)
{
	struct task_struct *self = &w->task[w->self];
	uint32_t tid = any();

	self->set_child_tid = below(2) ? TID_AT : 0;
	put_word(w, task_at(w, w->self) + (uint32_t)offsetof(struct task_struct, set_child_tid),
		 self->set_child_tid);
	put_word(w, TID_AT, tid);
	call_on_stack(&w->caller, "schedule_tail", any(), any());
	assert_int_equal(guest_word(w->caller.m, TID_AT),
			 self->set_child_tid ? (uint32_t)self->pid : tid);
	expect_world(w);
	expect_loaded(w, t);
}

static void descriptors_alone(struct task_world *w, struct turn *t)
{
	unsigned slot = below(w->n);

	call_function(&w->caller, "load_own_tls", task_at(w, slot), any(), any());
	expect_segments(w, slot);
	expect_world(w);
	assert_int_equal(name_word(w, "fpu_owner"), t->owner);
}

static void another_is_to_have_it(struct task_world *w)
{
	unsigned slot = below(w->n);

	call_on_stack(&w->caller, "resched_task", task_at(w, slot), any());
	w->tif[slot] |= R;
	expect_world(w);
}

/* execve(2): nothing of the old program's registers is left. */
static void a_program_begins(struct task_world *w, struct turn *t)
{
	struct task_struct *self = &w->task[w->self];
	struct thread_struct *th = &self->thread;
	uint32_t to[3], space = self->space;

	function_begin(&w->caller, "flush_thread", task_at(w, w->self), any());
	if (space && space != t->space) {
		struct sim_regs cpu;

		expect_at(w, "stop_port");
		cpu = leave_function(w->caller.m, 0);
		assert_int_equal(cpu.eax, STOP_SPACE);
		OK(w->caller.m, sysemu_read(w->caller.m, cpu.edx, to, sizeof(to)));
		assert_int_equal(to[0], space);
		assert_int_equal(to[1], 0);
		assert_int_equal(to[2], 0);
		t->space = space;
	}
	function_end(&w->caller);
	memset(th->tls_array, 0, sizeof(th->tls_array));
	memset(th->debugreg, 0, sizeof(th->debugreg));
	memset(th->i387, 0, sizeof(th->i387));
	th->i387[0] = 0x37f; /* the processor's manual: FINIT, and MXCSR at the start */
	th->i387[6] = 0x1f80;
	th->fs = th->gs = 0;
	expect_world(w);
	expect_segments(w, w->self);
	assert_int_equal(name_word(w, "active_space"), t->space);
	assert_int_equal(debug_state(w->caller.m).dr7 & 0xffff03ff, 0);
	t->owner = 0; /* and they are loaded */
	expect_loaded(w, t);
}

static void never_comes_back(struct task_world *w, struct turn *t)
{
	struct task_struct *self = &w->task[w->self];
	bool told = below(2);
	unsigned next;

	self->state = ZOMBIE;
	put_word(w, task_at(w, w->self) + (uint32_t)offsetof(struct task_struct, state), ZOMBIE);
	function_begin(&w->caller, "schedule_for_ever", task_at(w, w->self), told);
	if (told && (!w->processes || self->parent == task_at(w, TASK_TRACER))) {
		struct sim_regs cpu = expect_call(w, "stop_port", 0);

		assert_int_equal(cpu.eax, STOP_DEAD);
		assert_int_equal(cpu.edx, task_at(w, w->self));
	}
	t->call = SCHEDULE;
	next = next_of(w, t);
	if (next == w->self)
		return; /* somebody has woken a zombie */
	self->thread.fs = t->fs;
	self->thread.gs = t->gs;
	goes_to(w, t, next);
}

static void each_beginning_and_end_is_as_the_model_says(void **state)
{
	struct task_world usual = open_world(*state);

	draw_from(2615);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct task_world w = usual;
		struct turn t;

		draw_turn(&w, &t);
		switch (below(5)) {
		case 0: a_child_begins_with_its_own(&w, &t); break;
		case 1: descriptors_alone(&w, &t); break;
		case 2: another_is_to_have_it(&w); break;
		case 3: a_program_begins(&w, &t); break;
		default: never_comes_back(&w, &t); break;
		}
	}
	close_world(&usual);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_turn_is_as_the_model_says),
		ON_KERNELS(each_beginning_and_end_is_as_the_model_says),
	};

	return run_on_kernels("sched", tests, sizeof(tests) / sizeof(tests[0]));
}
