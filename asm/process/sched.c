/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.c: giving up the CPU, and the end of a task.
 *
 * The program and its children share one CPU. Their tracer is thought to run on another one,
 * which the host plays with the same engine: a task that stops or dies tells the host at
 * stop_port() and halts there; continued, the CPU goes to whoever can run.
 */
#include "boot/boot.h"
#include "process/process.h"

#define DESC_ACCESSED 0x100 /* in the descriptor's second word, set by the CPU itself */

struct task_struct *fpu_owner = &tasks[TASK_PROGRAM];

/* ---- what is not in pt_regs, and belongs to the task that runs ---- */

/* A store costs forty loads on this engine: here and below, write what has changed. */
void save_segments(struct thread_struct *t)
{
	uint32_t fs = read_fs(), gs = read_gs();

	if (t->fs != fs)
		t->fs = fs;
	if (t->gs != gs)
		t->gs = gs;
}

static __attribute__((noinline)) void load_changed_tls(const struct thread_struct *t)
{
	for (unsigned i = 0; i < 6; i++)
		gdt_table[2 * GDT_ENTRY_TLS_MIN + i] = t->tls_array[i];
	LOAD_SEGMENT(fs, t->fs);
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
		load_changed_tls(t);
		return;
	}
	if (read_fs() != t->fs)
		LOAD_SEGMENT(fs, t->fs);
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
static inline void load_thread(struct task_struct *self)
{
	load_segments(&self->thread);
	if (fpu_owner != self)
		fpu_load(self);
	if (self->thread.debugreg[7])
		load_debug_registers(&self->thread);
}

/* ---- who runs next ---- */

/* Round robin: the next one behind `self`, which is the last choice; NULL: nobody can run. */
static struct task_struct *pick_next(struct task_struct *self)
{
	unsigned at = (unsigned)(self - tasks);

	for (unsigned i = 0; i < NR_TASKS; i++) {
		at = at + 1 < NR_TASKS ? at + 1 : TASK_PROGRAM;
		if (tasks[at].pid && tasks[at].state == TASK_RUNNING)
			return &tasks[at];
	}
	return NULL;
}

static __attribute__((noinline)) void switch_away(struct task_struct *self)
{
	struct task_struct *next;

	while (!(next = pick_next(self)))
		stop_port(STOP_IDLE, 0);
	if (next == self)
		return;
	if (fpu_owner == self)
		fpu_save(self);
	save_segments(&self->thread);
	set_esp0(next->thread.esp0);
	switch_to(self, next);
}

static inline void stop_if_asked(struct task_struct *self)
{
	if (self->state != TASK_STOPPED && self->state != TASK_TRACED)
		return;
	save_segments(&self->thread);
	stop_port(STOP_TASK, (uint32_t)self);
}

static __attribute__((noinline)) void yield_cpu(struct task_struct *self)
{
	clear_tsk_thread_flags(self, _TIF_NEED_RESCHED);
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

/* A child's first steps, from ret_from_fork. */
asmlinkage void schedule_tail(struct task_struct *previous)
{
	(void)previous;
	load_thread(current);
}

/* From outside: another task is to have the CPU soon. */
asmlinkage void resched_task(struct task_struct *t)
{
	set_tsk_thread_flags(t, _TIF_NEED_RESCHED);
}

/* Orphans are init's. */
static void forget_original_parent(const struct task_struct *self)
{
	for (unsigned i = TASK_PROGRAM; i < NR_TASKS; i++) {
		if (tasks[i].real_parent != self)
			continue;
		tasks[i].real_parent = &tasks[TASK_INIT];
		if (tasks[i].parent == self)
			tasks[i].parent = &tasks[TASK_INIT];
	}
}

asmlinkage void do_exit(int32_t code)
{
	struct task_struct *self = current;

	self->exit_code = code;
	self->state = TASK_ZOMBIE;
	forget_original_parent(self);
	if (code & 0x7f)
		notify_parent(self, CLD_KILLED, code & 0x7f);
	else
		notify_parent(self, CLD_EXITED, code >> 8);
	stop_port(STOP_DEAD, (uint32_t)self);
	switch_away(self);
	panic("a zombie runs");
}

void panic(const char *text)
{
	for (;;)
		stop_port(STOP_PANIC, (uint32_t)text);
}

/* ---- fork's ---- */

/* A free slot with a copy of the parent on a stack of its own, or NULL. */
struct task_struct *new_task(struct task_struct *parent)
{
	static int32_t last_pid = PID_PROGRAM;

	for (unsigned i = TASK_PROGRAM + 1; i < NR_TASKS; i++) {
		struct task_struct *t = &tasks[i];
		struct thread_info *ti = (struct thread_info *)stacks[i];

		if (t->pid)
			continue;
		if (fpu_owner == parent)
			fpu_save(parent);
		save_segments(&parent->thread);
		*ti = *parent->thread_info;
		*t = *parent;
		t->thread_info = ti;
		ti->task = t;
		t->pid = ++last_pid;
		t->tgid = t->pid;
		t->thread.esp0 = (uint32_t)stacks[i + 1] - STACK_RESERVE;
		t->parent = parent;
		t->real_parent = parent;
		return t;
	}
	return NULL;
}
