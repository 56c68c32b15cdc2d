/* SPDX-License-Identifier: GPL-2.0-only */
/* first.c: the tasks that nobody has forked: init, the tracer that is the host, the program. */
#include "process/process.h"

static void init_task(unsigned slot, int32_t pid, struct task_struct *parent)
{
	struct task_struct *t = &tasks[slot];

	t->thread_info = (struct thread_info *)stacks[slot];
	t->thread_info->task = t;
	t->thread_info->addr_limit = TASK_SIZE;
	t->pid = pid;
	t->tgid = pid;
	t->parent = parent;
	t->real_parent = parent;
	t->exit_signal = SIGCHLD;
	t->mm = 1;
	t->dumpable = 1;
	t->thread.esp0 = (uint32_t)stacks[slot] + THREAD_SIZE - STACK_RESERVE;
	t->leader = t;
	t->sighand = sighand_new(NULL);
	t->group.pgrp = t->group.session = pid;
	t->space = 1;
}

void first_tasks(void)
{
	init_task(TASK_INIT, PID_INIT, &tasks[TASK_INIT]);
	init_task(TASK_TRACER, PID_TRACER, &tasks[TASK_INIT]);
	init_task(TASK_PROGRAM, PID_PROGRAM, &tasks[TASK_TRACER]);
	if (with_processes)
		tasks[TASK_PROGRAM].files = files_init();
}
