/* SPDX-License-Identifier: GPL-2.0-only */
/* queue_draw.c: see queue_draw.h. */
#include "tests/functions/queue_draw.h"

#include <string.h>

uint64_t any_set(void)
{
	return (uint64_t)any() << 32 | any();
}

/* The ones that are something of their own, or any. */
int draw_signal(void)
{
	return (int)ONE_OF(SIGKILL, SIGSTOP, SIGCONT, SIGTSTP, SIGTTIN + below(2), SIGCHLD, SIGTRAP,
			   SIGTERM, 31, SIGRTMIN, 33, SIGNALS, 1 + below(SIGNALS),
			   1 + below(SIGNALS), SIGRTMIN + below(33));
}

struct siginfo draw_info(int sig)
{
	return (struct siginfo){ .si_signo = sig,
				 .si_errno = (int)any(),
				 .si_code = (int)ONE_OF(0, BY_KERNEL, (uint32_t)QUEUE_BY_PROGRAM,
							(uint32_t)BY_TKILL, any()),
				 .si_pid = any(),
				 .si_uid = any(),
				 .si_status = (int)any() };
}

/* ---- the world ---- */

static void draw_queue(struct waiting *list, uint64_t *set)
{
	uint64_t without_room = any_set() & any_set() & any_set() & any_set();

	*set = below(3) ? without_room : 0;
	list->n = below(2) ? 0 : below(4);
	for (unsigned i = 0; i < list->n; i++) {
		int sig = SIGRTMIN + (int)below(33); /* mostly some more than once */

		if (i && below(2))
			sig = list->info[0].si_signo;
		list->info[i] = draw_info(sig);
		*set |= queue_bit(sig);
	}
}

static void draw_hands(struct signals *w)
{
	for (unsigned h = 0; h < QUEUE_HANDS; h++) {
		w->hand[h].users = any();
		for (int sig = 1; sig <= SIGNALS; sig++) {
			struct sigaction *a = &w->hand[h].action[sig - 1];

			*a = (struct sigaction){ .handler = ONE_OF(0, 0, 1, 2, 0x100, 0x1000000),
						 .flags = any(),
						 .restorer = any(),
						 .mask = { any(), any() } };
			if (sig == SIGKILL || sig == SIGSTOP)
				a->handler = 0;
		}
	}
}

static uint64_t draw_blocked(void)
{
	uint64_t set = below(2) ? any_set() : below(2) ? any_set() & any_set() & any_set() : 0;

	return set & ~(queue_bit(SIGKILL) | queue_bit(SIGSTOP));
}

static void draw_group(struct signals *w, unsigned i)
{
	struct group *g = &w->task[i].group;

	g->flags = ONE_OF(0, 0, 0, GROUP_EXIT, GROUP_STOPPED, GROUP_STOPPED, GROUP_CONTINUED);
	if (!below(4))
		g->flags ^= any() & any();
	g->stop_count = below(4) ? 0 : 1u << below(32);
	g->exit_code = (int)any();
	g->pgrp = w->task[TASK_PROGRAM + below(3)].pid;
	g->session = (int)ONE_OF(5, 5, 5 + 256, any());
}

static void draw_task(struct signals *w, unsigned i)
{
	struct task_struct *t = &w->task[i];

	t->state = ONE_OF(RUNNING, RUNNING, TASK_INTERRUPTIBLE, TASK_INTERRUPTIBLE,
			  TASK_UNINTERRUPTIBLE, STOPPED, STOPPED, TRACED, ZOMBIE, TASK_DEAD,
			  TASK_DEAD);
	t->ptrace = below(3) ? any() & 0x7fe : any() | PTRACED;
	t->parent = queue_task_at(w, below(QUEUE_TASKS));
	t->real_parent = below(2) ? t->parent : queue_task_at(w, below(QUEUE_TASKS));
	t->sigblocked = draw_blocked();
	t->real_blocked = below(3) ? 0 : draw_blocked();
	t->uid = ONE_OF(0, 1000, 1000 + 256, any());
	t->euid = ONE_OF(0, 1000, 1000 + 256, any());
	t->suid = ONE_OF(0, 1000, 1000 + 256, any());
	t->cap_effective = ONE_OF(0, 0, 0, 1 << 5, ~(1u << 5), ALL_CAPABILITIES);
	t->files = below(6) ? 1u << below(32) : 0;
	t->channel = ONE_OF(0, any(), queue_task_at(w, TASK_PROGRAM + below(3)));
	t->woken = any();
	draw_queue(&w->own[i], &t->sigpending);
	draw_queue(&w->shared[i], &t->sigshared);
	for (unsigned s = 0; s < SIGRTMIN; s++) {
		memset(&t->siginfo[s], (int)any(), sizeof(t->siginfo[s]));
		memset(&t->shared_siginfo[s], (int)any(), sizeof(t->shared_siginfo[s]));
	}
	draw_group(w, i);
	w->tif[i] = any() & 0x1ff;
	if (below(2))
		w->tif[i] &= ~(uint32_t)P;
}

/* Who leads itself leads others; a thread has its leader's process, and its handlers. */
static void draw_groups(struct signals *w)
{
	bool leads[QUEUE_TASKS] = { 0 };

	leads[TASK_PROGRAM + below(QUEUE_TASKS - TASK_PROGRAM)] = true;
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++)
		leads[i] |= below(3) > 0;
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++)
		w->task[i].pid = (int)(8 * (20 + below(3000)) + i);
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		unsigned l = i;

		while (!leads[l])
			l = TASK_PROGRAM + below(QUEUE_TASKS - TASK_PROGRAM);
		w->task[i].leader = queue_task_at(w, l);
		w->task[i].tgid = w->task[l].pid;
		w->task[i].sighand = w->hands + l % QUEUE_HANDS * (uint32_t)sizeof(w->hand[0]);
	}
}

/* A leader's slot is free when its last thread's is; what is in none is queued for nobody. */
static void bury(struct signals *w)
{
	w->task[QUEUE_SELF].state = RUNNING;
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		struct task_struct *l = &w->task[queue_index(w, w->task[i].leader)];

		if (w->task[i].state != TASK_DEAD && l->state == TASK_DEAD)
			l->state = ZOMBIE;
	}
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++) {
		unsigned l = queue_index(w, w->task[i].leader);

		if (l != i) /* a thread's words of a process say nothing */
			w->shared[i].n = 0;
		if (w->task[i].state == TASK_DEAD) {
			w->task[i].sigpending = w->task[i].sigshared = 0;
			w->own[i].n = w->shared[i].n = 0;
		}
	}
}

void queue_draw_world(struct signals *w)
{
	uint8_t left[256];
	unsigned n = 0;

	w->processes = below(3);
	/* What a function puts away for its caller is told from what was there before. */
	w->caller.cpu.ebp = any();
	memset(left, (int)any(), sizeof(left));
	OK(w->caller.m,
	   sysemu_write(w->caller.m, w->caller.cpu.esp - sizeof(left), left, sizeof(left)));
	draw_hands(w);
	draw_groups(w);
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++)
		draw_task(w, i);
	bury(w);
	for (unsigned i = TASK_PROGRAM; i < QUEUE_TASKS; i++)
		n += w->own[i].n + w->shared[i].n;
	w->elsewhere = below(3) ? below(NR_SIGQUEUE - n - 12) : NR_SIGQUEUE - n - below(2);
	queue_write(w);
}

unsigned draw_one(void)
{
	return below(3) ? TASK_PROGRAM + below(QUEUE_TASKS - TASK_PROGRAM) : QUEUE_SELF;
}

uint32_t draw_place(uint32_t size, bool *is_there)
{
	const uint32_t end = SYSEMU_CODE_BASE + 0x1000;

	*is_there = below(4);
	return *is_there ? ONE_OF(end - 0x800 + below(64), end - size) :
			   ONE_OF(0, end - below(size), TRACER_WINDOW);
}
