/* SPDX-License-Identifier: GPL-2.0-only */
/* fork_draw.c: see fork_draw.h. */
#include "tests/functions/fork_draw.h"

#include <string.h>

enum { ALL_FLAGS = 0x3bbef00 };

void fork_put_name(const struct task_world *w, const char *name, uint32_t word)
{
	OK(w->caller.m, sysemu_write(w->caller.m, symbol(w->caller.m, name), &word, sizeof(word)));
}

uint32_t fork_frame_end(const struct task_world *w, const struct fork *f)
{
	return info_at(w, f->child) + STACK - (is_2_6_14(w->kernel) ? 8 : 0);
}

/* ---- drawing ---- */

static void fill(void *words, size_t size)
{
	for (size_t i = 0; i < size / 4; i++)
		((uint32_t *)words)[i] = any();
}

/* A slot that nobody has and nobody means. */
static void free_slot(struct task_world *w, unsigned slot)
{
	uint32_t at = task_at(w, slot);

	for (unsigned i = 0; i < w->n; i++)
		if (i != slot && w->task[i].leader == at)
			return;
	if (slot == w->self || slot <= TASK_PROGRAM)
		return;
	for (unsigned i = 0; i < w->n; i++)
		if (w->task[i].parent == at || w->task[i].real_parent == at) {
			w->task[i].parent = w->task[i].real_parent = task_at(w, TASK_INIT);
			w->task[i].ptrace = 0;
		}
	fill(&w->task[slot], sizeof(w->task[slot]));
	w->task[slot].pid = 0;
	w->task[slot].state = TASK_DEAD;
	w->task[slot].space = 0;
}

/* What draw_world leaves as it is: words that mean nothing to others. */
static void draw_self(struct task_world *w)
{
	struct task_struct *t = &w->task[w->self], *leader = leader_of(w, w->self);

	fill(&t->thread, sizeof(t->thread));
	t->thread.i387[6] = 0x1f80; /* a wrong MXCSR would be no image */
	fill(&t->notice, sizeof(t->notice));
	t->gid = any();
	t->egid = any();
	t->sgid = any();
	t->mm = any();
	t->dumpable = any();
	t->ptrace_message = any();
	t->audit_context = any();
	t->audit_entries = any();
	t->audit_exits = any();
	t->audit_call = (int32_t)any();
	t->queued = any();
	t->shared_queued = any();
	t->saved_mask = any() * 0x100000001u;
	t->mask_is_saved = any();
	t->altstack = any();
	t->altstack_size = any();
	t->asleep_since = any();
	t->vfork_child = 0;
	t->set_child_tid = any();
	t->clear_child_tid = any();
	t->robust_list = any();
	t->utime = any();
	t->stime = any();
	t->files = any();
	t->space = 1 + below(5);
	t->exec_count = any();
	t->parent_exec_count = any();
	t->real_blocked = any();
	t->exit_code = (int32_t)any();
	fill(t->comm, sizeof(t->comm));
	for (unsigned i = 0; i < 2; i++) { /* its own group's words, and its process's */
		struct group *g = i ? &leader->group : &t->group;

		g->alarm = any();
		g->interval = any();
		fill(g->virt, sizeof(g->virt));
		fill(g->prof, sizeof(g->prof));
		g->tty = any();
		g->tty_old_pgrp = (int32_t)any();
		g->pgrp = (int32_t)any();
		g->session = (int32_t)any();
	}
	w->tif[w->self] |= below(2) ? R : 0;
}

static void draw_flags(struct task_world *w, struct fork *f)
{
	uint32_t *flags = &f->flags;

	f->call = ONE_OF(FORK, DO_VFORK, CLONE, CLONE, CLONE, CLONE);
	f->stack = 0;
	*flags = SIGCHLD;
	if (f->call == DO_VFORK)
		*flags = CLONE_VFORK | CLONE_VM | SIGCHLD;
	if (f->call != CLONE)
		return;
	f->stack = below(2) ? any() : 0;
	*flags = any() & ONE_OF(any(), ~0u) & ALL_FLAGS;
	*flags |= ONE_OF(SIGCHLD, SIGCHLD, 0, SIGUSR1, any() & 0xff);
	if (below(8)) {
		*flags |= *flags & CLONE_THREAD ? CLONE_SIGHAND : 0;
		*flags |= *flags & CLONE_SIGHAND ? CLONE_VM : 0;
		*flags &= *flags & CLONE_NEWNS ? ~(uint32_t)CLONE_FS : ~0u;
	}
	/* Of these two the guest and Linux say different things: they are not asked. */
	if (!(w->task[w->self].ptrace & PTRACED))
		*flags &= ~(uint32_t)CLONE_PTRACE;
	if (*flags & CLONE_THREAD) {
		leader_of(w, w->self)->group.flags &= ~(uint32_t)GROUP_EXIT;
		leader_of(w, w->self)->group.stop_count = 0;
	}
}

static void draw_words(struct task_world *w, struct fork *f)
{
	fill(&f->frame, sizeof(f->frame));
	f->frame.edx = TID_AT;
	f->frame.esi = below(8) ? TLS_AT : ONE_OF(0x1000, SYSEMU_CODE_BASE + SIM_PAGE - 8, 0);
	if (f->call == CLONE) {
		f->frame.ebx = f->flags;
		f->frame.ecx = f->stack;
	}
	fill(&f->tls, sizeof(f->tls));
	f->tls.limit |= 1; /* not an empty one, which Linux refuses */
	f->tls.entry_number = below(4) ? FIRST_TLS + below(3) : ONE_OF(5, 9, any(), -1u, 0);
	fill(f->info, sizeof(f->info));
	f->info[TI_ADDR_LIMIT / 4] = guest_word(w->caller.m, info_at(w, w->self) + TI_ADDR_LIMIT);
	fill(f->below, sizeof(f->below));
	f->tid = any();
}

void fork_draw(struct task_world *w, struct fork *f)
{
	draw_world(w);
	for (unsigned i = below(4); i-- > 0;)
		free_slot(w, TASK_PROGRAM + below(w->n - TASK_PROGRAM));
	if (below(4))
		free_slot(w, w->n - 1);
	draw_self(w);
	draw_flags(w, f);
	draw_words(w, f);
	for (f->end = w->n; !w->task[f->end - 1].pid;)
		f->end--;
	f->room = f->end < w->n && below(4) ? w->n : f->end;
	for (f->child = TASK_PROGRAM; f->child < f->end && w->task[f->child].pid;)
		f->child++;
	f->pid = 1000 + (int32_t)below(20000);
}

void fork_put(const struct task_world *w, const struct fork *f)
{
	sysemu_machine *m = w->caller.m;
	uint32_t own = info_at(w, w->self), top = fork_frame_end(w, f), junk[40];

	if (f->child < f->room) {
		fill(junk, sizeof(junk));
		OK(m, sysemu_write(m, top - sizeof(junk), junk, sizeof(junk)));
		OK(m, sysemu_write(m, top - PT_REGS_SIZE - sizeof(f->below), f->below,
				   sizeof(f->below)));
		OK(m, sysemu_write(m, info_at(w, f->child), junk, TI_SIZE));
	}
	OK(m, sysemu_write(m, own, f->info, sizeof(f->info)));
	put_world(w);
	OK(m, sysemu_write(m, TID_AT, &f->tid, sizeof(f->tid)));
	OK(m, sysemu_write(m, TLS_AT, &f->tls, sizeof(f->tls)));
	fork_put_name(w, "tasks_end", task_at(w, f->end));
	fork_put_name(w, "nr_tasks", f->room);
	fork_put_name(w, "last_pid", (uint32_t)f->pid - 1);
	fork_put_name(w, "fpu_owner", f->has_fpu ? task_at(w, w->self) : 0);
}

/* fxsave leaves words of an image as they are: this is what it makes of that one. */
void fork_look_at_fpu(const struct task_world *w, struct fork *f)
{
	uint32_t at = task_at(w, w->self);

	f->has_fpu = below(2);
	put_world(w);
	call_function(&w->caller, "fpu_save", at, 0, 0);
	OK(w->caller.m, sysemu_read(w->caller.m, at, f->image, sizeof(f->image)));
	f->fs = kernel_regs(w->caller.m).fs;
	f->gs = kernel_regs(w->caller.m).gs;
}
