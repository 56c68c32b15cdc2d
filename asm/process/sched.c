/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.c: giving up the CPU, and who gets it.
 *
 * All programs share one CPU. A tracer that is the host is thought to run on another one, with
 * the same engine: a task of its own that stops or dies tells it at stop_port() and halts there;
 * continued, the CPU goes to whoever can run.
 */
#include "boot/boot.h"
#include "host.h"
#include "process/process.h"

#define DESC_ACCESSED 0x100 /* in the descriptor's second word, set by the CPU itself */

struct task_struct *fpu_owner = &tasks[TASK_PROGRAM];
uint32_t nr_tasks = NR_TASKS_ALONE;
uint32_t asks_who_runs, time_jumps;
static uint32_t yields; /* the task that gives way has asked for it */
static uint32_t active_space = 1;

/* ---- what is not in pt_regs, and belongs to the task that runs ---- */

/* A store costs forty loads on this engine: here and below, write what has changed. */
void save_segments(struct thread_struct *t)
{
	uint32_t fs = OWN_FS(), gs = read_gs();

	if (t->fs != fs)
		t->fs = fs;
	if (t->gs != gs)
		t->gs = gs;
}

static __attribute__((noinline)) void load_all_segments(const struct thread_struct *t)
{
	for (unsigned i = 0; i < 6; i++)
		gdt_table[2 * GDT_ENTRY_TLS_MIN + i] = t->tls_array[i];
	LOAD_OWN_FS(t->fs);
	LOAD_SEGMENT(gs, t->gs);
}

static inline void load_segments(const struct thread_struct *t)
{
	const uint32_t *gdt = &gdt_table[2 * GDT_ENTRY_TLS_MIN];
	uint32_t changed = 0;

#pragma GCC unroll 6
	for (unsigned i = 0; i < 6; i++)
		changed |= (gdt[i] ^ t->tls_array[i]) & ~(i & 1 ? DESC_ACCESSED : 0);
	if (changed) {
		load_all_segments(t);
		return;
	}
	if (OWN_FS() != t->fs)
		LOAD_OWN_FS(t->fs);
	if (read_gs() != t->gs)
		LOAD_SEGMENT(gs, t->gs);
}

static __attribute__((noinline)) void load_debug_registers(const struct thread_struct *t)
{
	__asm__ volatile("movl %0, %%db0" : : "r"(t->debugreg[0]));
	__asm__ volatile("movl %0, %%db1" : : "r"(t->debugreg[1]));
	__asm__ volatile("movl %0, %%db2" : : "r"(t->debugreg[2]));
	__asm__ volatile("movl %0, %%db3" : : "r"(t->debugreg[3]));
	__asm__ volatile("movl %0, %%db6" : : "r"(t->debugreg[6]));
	__asm__ volatile("movl %0, %%db7" : : "r"(t->debugreg[7]));
}

/* What a tracer may have changed while this task did not run. */
static inline void load_the_rest(struct task_struct *self)
{
	if (fpu_owner != self)
		fpu_load(self);
	if (self->thread.debugreg[7])
		load_debug_registers(&self->thread);
}

static inline void load_thread(struct task_struct *self)
{
	load_segments(&self->thread);
	load_the_rest(self);
}

/* ---- who runs next ---- */

static inline int is_ready(const struct task_struct *t)
{
	return t->state == TASK_RUNNING;
}

/* Round robin: the next one behind `self`, which is the last choice; NULL: nobody can run. */
static struct task_struct *pick_next(struct task_struct *self)
{
	for (struct task_struct *t = self + 1; t < tasks_end; t++)
		if (is_ready(t))
			return t;
	for_each_program(t) if (is_ready(t)) return t; /* behind `self` none is */
	return NULL;
}

/* Up to a timer, which rings. */
static void pass_time(uint64_t when)
{
	uint32_t flags;

	skip_time(when);
	/* A tick in the midst of it would ring what rings already, and its signal would come twice. */
	__asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
	run_timers();
	__asm__ volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc");
}

/* All sleep: up to the next timer, and if there is none until the host has something. */
static __attribute__((noinline)) void idle(void)
{
	uint64_t when;

	if (next_timer(&when)) {
		pass_time(when);
		return;
	}
	stop_port(STOP_IDLE, 0);
	if (with_processes)
		input_arrived();
}

/* Those that can run, in pick_next's order. */
static uint32_t list_ready(const struct task_struct *self, int32_t pids[NR_TASKS])
{
	uint32_t n = 0;

	for (const struct task_struct *t = self + 1; t < tasks_end; t++)
		if (is_ready(t))
			pids[n++] = t->pid;
	for_each_program(t) if (t <= self && is_ready(t)) pids[n++] = t->pid;
	return n;
}

/* As pick_next; but the host decides, and may let time pass before. */
static __attribute__((noinline)) struct task_struct *choose_next(const struct task_struct *self)
{
	int32_t pids[NR_TASKS];
	uint32_t n, which, how = yields ? CHOOSE_YIELD : 0;
	uint64_t when;

	yields = 0;
	for (;;) {
		n = list_ready(self, pids);
		if (self->state == TASK_RUNNING)
			how |= CHOOSE_STAY;
		if (next_timer(&when))
			how |= CHOOSE_TIMER;
		if (!n)
			return NULL;
		if (n == 1 && !(how & CHOOSE_TIMER))
			return find_task_by_pid(pids[0]);
		which = (uint32_t)ask_host(HOST_CHOOSE, how, n, (uint32_t)pids, 0, 0, 0);
		if (which != n || !(how & CHOOSE_TIMER))
			return find_task_by_pid(pids[which < n ? which : 0]);
		pass_time(when);
		how = 0;
	}
}

/* Into the space of `next`, with its FPU; NULL: of a new program. An fxsave and an fxrstor are eighty accesses of
 * memory: what the host can do of them on the way, it does. */
static void change_space(uint32_t space, struct task_struct *self, struct task_struct *next)
{
	volatile struct host_space to;

	to.space = space;
	to.save = to.load = 0;
	if (next && fpu_owner == self)
		to.save = (uint32_t)self->thread.i387;
	if (next && fpu_owner != next)
		to.load = (uint32_t)next->thread.i387;
	active_space = space;
	stop_port(STOP_SPACE, (uint32_t)&to);
	if (next && to.save)
		fpu_save(self);
	if (next && !to.load)
		fpu_owner = next;
}

/* One that ends has none any more, and goes on in whichever there is. */
static int is_elsewhere(const struct task_struct *t)
{
	return t->space && t->space != active_space;
}

static __attribute__((noinline)) void switch_away(struct task_struct *self)
{
	struct task_struct *next;

	while (!(next = asks_who_runs ? choose_next(self) : pick_next(self)))
		idle();
	if (next == self)
		return;
	save_segments(&self->thread);
	if (is_elsewhere(next))
		change_space(next->space, self, next);
	else if (fpu_owner == self)
		fpu_save(self);
	set_esp0(next->thread.esp0);
	switch_to(self, next);
}

/* A tracer that is the host hears of a stop or a death by the stop port; nobody else needs to. */
static inline int host_is_told(const struct task_struct *self)
{
	return self->parent == &tasks[TASK_TRACER] || !with_processes;
}

static inline void stop_if_asked(struct task_struct *self)
{
	if (self->state != TASK_STOPPED && self->state != TASK_TRACED)
		return;
	save_segments(&self->thread);
	if (host_is_told(self))
		stop_port(STOP_TASK, (uint32_t)self);
}

static __attribute__((noinline)) void yield_cpu(struct task_struct *self)
{
	clear_tsk_thread_flags(self, _TIF_NEED_RESCHED);
	save_segments(&self->thread); /* if it goes on itself, nobody else does */
	stop_if_asked(self);
	switch_away(self);
	load_thread(self);
}

/* Keeps nothing over the stop, so that nothing is pushed: each traced call comes here. */
void schedule(void)
{
	if (test_thread_flag(_TIF_NEED_RESCHED)) {
		yield_cpu(current);
		return;
	}
	stop_if_asked(current);
	if (current->state != TASK_RUNNING)
		switch_away(current);
	load_thread(current);
}

void yield(void)
{
	yields = 1;
	set_tsk_thread_flags(current, _TIF_NEED_RESCHED);
	schedule();
}

/* The last thing that a task does; `told`: it is a zombie, which somebody may wait for. */
void schedule_for_ever(struct task_struct *self, int told)
{
	if (told && host_is_told(self))
		stop_port(STOP_DEAD, (uint32_t)self);
	for (;;)
		switch_away(self);
}

/* A child's first steps, from ret_from_fork. */
asmlinkage void schedule_tail(struct task_struct *previous)
{
	struct task_struct *self = current;

	(void)previous;
	load_all_segments(&self->thread);
	load_the_rest(self);
	if (self->set_child_tid)
		put_user((uint32_t)self->pid, self->set_child_tid);
}

/* From outside: another task is to have the CPU soon. */
asmlinkage void resched_task(struct task_struct *t)
{
	set_tsk_thread_flags(t, _TIF_NEED_RESCHED);
}

void panic(const char *text)
{
	for (;;)
		stop_port(STOP_PANIC, (uint32_t)text);
}

void load_own_tls(const struct task_struct *self)
{
	load_all_segments(&self->thread);
}

/* ---- a new program in the task ---- */

/* What the old one had set up is gone; the space is the new one's. */
void flush_thread(struct task_struct *self)
{
	struct thread_struct *t = &self->thread;

	__builtin_memset(t->tls_array, 0, sizeof(t->tls_array));
	__builtin_memset(t->debugreg, 0, sizeof(t->debugreg));
	__asm__ volatile("movl %0, %%db7" : : "r"(0));
	t->fs = t->gs = 0;
	fpu_init(self);
	if (is_elsewhere(self))
		change_space(self->space, self, NULL);
	load_all_segments(t);
}
