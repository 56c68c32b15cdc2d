/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.c: giving up the CPU, and the end of a task.
 *
 * One program runs on this CPU; its tracer is thought to run on another one, which the host
 * plays with the same engine. So a task that stops halts the CPU here, in schedule(), and
 * the host continues it there once the tracer's request has woken it.
 */
#include "guest.h"

struct task_struct *find_task_by_pid(int32_t pid)
{
	if (pid <= 0)
		return NULL;
	for (unsigned i = 0; i < NR_TASKS; i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	return NULL;
}

static inline uint32_t read_fs(void)
{
	uint32_t sel;

	__asm__ volatile("movl %%fs, %0" : "=r"(sel));
	return sel;
}

static inline uint32_t read_gs(void)
{
	uint32_t sel;

	__asm__ volatile("movl %%gs, %0" : "=r"(sel));
	return sel;
}

/* A selector that cannot be loaded any more becomes 0. */
#define LOAD_SEGMENT(seg, value)                                                \
	__asm__ volatile("1: movl %0, %%" #seg "\n"                             \
			 ".pushsection .fixup, \"ax\"\n"                        \
			 "2: pushl $0\n"                                        \
			 "popl %%" #seg "\n"                                    \
			 "jmp 3f\n"                                             \
			 ".popsection\n"                                        \
			 ".pushsection __ex_table, \"a\"\n"                     \
			 ".balign 4\n"                                          \
			 ".long 1b, 2b\n"                                       \
			 ".popsection\n"                                        \
			 "3:" : : "r"(value))

/* fs and gs are not in pt_regs: they live in the thread while it does not run. */
static void save_segments(struct thread_struct *t)
{
	uint32_t fs = read_fs(), gs = read_gs();

	/* A store costs forty loads on this engine: write what changed. */
	if (t->fs != fs)
		t->fs = fs;
	if (t->gs != gs)
		t->gs = gs;
}

#define DESC_ACCESSED 0x100 /* in the descriptor's second word, set by the CPU itself */

static void load_segments(const struct thread_struct *t)
{
	uint32_t *gdt = &gdt_table[2 * GDT_ENTRY_TLS_MIN];
	int changed = 0;

	for (unsigned i = 0; i < 6; i++)
		if ((gdt[i] ^ t->tls_array[i]) & ~(i & 1 ? DESC_ACCESSED : 0)) {
			gdt[i] = t->tls_array[i];
			changed = 1;
		}
	if (changed || read_fs() != t->fs)
		LOAD_SEGMENT(fs, t->fs);
	if (changed || read_gs() != t->gs)
		LOAD_SEGMENT(gs, t->gs);
}

void schedule(void)
{
	struct task_struct *self = current;

	if (test_thread_flag(_TIF_NEED_RESCHED))
		clear_tsk_thread_flags(self, _TIF_NEED_RESCHED);
	if (self->state == TASK_RUNNING)
		return; /* nobody else wants this CPU */
	save_segments(&self->thread);
	stop_port(STOP_TASK, (uint32_t)self);
	load_segments(&self->thread);
}

asmlinkage void schedule_tail(struct task_struct *previous)
{
	(void)previous;
}

void wake_up_process(struct task_struct *t)
{
	t->state = TASK_RUNNING;
}

asmlinkage void do_exit(int32_t code)
{
	struct task_struct *self = current;

	self->exit_code = code;
	self->state = TASK_ZOMBIE;
	for (;;)
		stop_port(STOP_DEAD, (uint32_t)self);
}

void panic(const char *text)
{
	for (;;)
		stop_port(STOP_PANIC, (uint32_t)text);
}

/* fork's: a free slot with a copy of the parent on a stack of its own, or NULL. */
struct task_struct *new_task(struct task_struct *parent)
{
	static int32_t last_pid = PID_PROGRAM;

	for (unsigned i = TASK_PROGRAM + 1; i < NR_TASKS; i++) {
		struct task_struct *t = &tasks[i];
		struct thread_info *ti;

		if (t->pid)
			continue;
		ti = (struct thread_info *)stacks[i];
		*ti = *parent->thread_info;
		*t = *parent;
		t->thread_info = ti;
		ti->task = t;
		t->pid = ++last_pid;
		t->tgid = t->pid;
		t->thread.esp0 = (uint32_t)stacks[i + 1] - STACK_RESERVE;
		t->parent = parent;
		t->real_parent = parent;
		save_segments(&t->thread);
		return t;
	}
	return NULL;
}
