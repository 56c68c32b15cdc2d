/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_delivery_test.c: do_notify_resume, called by itself with frames and tasks that are drawn at random: which signal is
 * taken, what a tracer or a parent hears of it, stops of a process, the call that is made again, the mask. The frame that a
 * handler gets is sigframe.c's: setup_frame is answered here. Expectations: docs/kernels.md §7 and §8. Every kernel of 2005.
 */
#include "tests/functions/task_world.h"

#include <string.h>

enum { CALLS = 1500 };

/* What a test of delivery adds to the world. */
struct delivery {
	struct task_world w;
	struct pt_regs frame;
	uint32_t frame_at;
};

static bool in(uint64_t set, int sig)
{
	return set >> (sig - 1) & 1;
}

static struct task_struct *self_of(struct delivery *d)
{
	return &d->w.task[d->w.self];
}

static void put_delivery(const struct delivery *d)
{
	put_world(&d->w);
	OK(d->w.caller.m, sysemu_write(d->w.caller.m, d->frame_at, &d->frame, sizeof(d->frame)));
}

static void expect_delivery(const struct delivery *d)
{
	struct pt_regs now;

	expect_world(&d->w);
	OK(d->w.caller.m, sysemu_read(d->w.caller.m, d->frame_at, &now, sizeof(now)));
	for (unsigned i = 0; i < sizeof(now) / 4; i++)
		assert_int_equal(((uint32_t *)&now)[i], ((const uint32_t *)&d->frame)[i]);
}

static void expect_info(const struct delivery *d, uint32_t at, const struct siginfo *expected)
{
	struct siginfo now;

	OK(d->w.caller.m, sysemu_read(d->w.caller.m, at, &now, sizeof(now)));
	assert_memory_equal(&now, expected, sizeof(now));
}

/* ---- stops ---- */

/* None of the real-time ones is blocked then: it would be queued again, which is queue.c's. */
static void more_signals(struct delivery *d)
{
	struct task_struct *self = self_of(d);

	if (below(3) == 0)
		self->sigpending |= 1u << below(32);
	if (below(4) == 0)
		self->sigblocked = any() & any() & ~(BIT(SIGKILL) | BIT(SIGSTOP) | BIT(32));
}

/* By SIGCONT, or by a tracer. */
static void goes_on(struct delivery *d)
{
	struct group *g = &leader_of(&d->w, d->w.self)->group;

	self_of(d)->state = RUNNING;
	self_of(d)->exit_code = (int32_t)any();
	g->stop_count = 0;
	g->flags = ONE_OF(0, GROUP_CONTINUED, GROUP_CONTINUED, GROUP_EXIT);
	more_signals(d);
	put_delivery(d);
	leave_function(d->w.caller.m, any());
	self_of(d)->exit_code = 0;
}

static void stands(struct delivery *d, int sig, bool told)
{
	struct task_struct *self = self_of(d);
	bool traced = self->ptrace & PTRACED;
	unsigned who = traced ? d->w.self : slot_of(&d->w, self->leader);

	self->last_siginfo = 0;
	self->exit_code = sig;
	self->state = STOPPED;
	if (told)
		model_tell_parent(
			&d->w, who,
			slot_of(&d->w, traced ? d->w.task[who].parent : d->w.task[who].real_parent),
			5, sig);
	expect_at(&d->w, "schedule");
	expect_delivery(d);
	goes_on(d);
}

/* All threads stop; each looks for it by P, and the last one tells. */
static void stops_all(struct delivery *d, int sig)
{
	struct task_world *w = &d->w;
	struct group *g = &leader_of(w, w->self)->group;

	if (g->flags & GROUP_EXIT)
		return;
	if (!w->processes) {
		stands(d, sig, true);
		return;
	}
	if (!g->stop_count) {
		g->exit_code = sig;
		g->stop_count = 1;
		for (unsigned i = 0; i < w->n; i++)
			if (i != w->self && same_process(w, i, w->self) && lives(w, i) &&
			    w->task[i].state < STOPPED) {
				g->stop_count++;
				model_wake_for_signal(w, i, false);
			}
	}
	if (--g->stop_count == 0)
		g->flags = GROUP_STOPPED;
	stands(d, sig, (self_of(d)->ptrace & PTRACED) || !g->stop_count);
}

/* Signal stops end a step from 2.6.12 on. */
static bool ends_steps(const struct delivery *d)
{
	return strcmp(d->w.kernel, "2.6.11") != 0 && is_2_6_14(d->w.kernel);
}

static int traced(struct delivery *d, int sig, struct siginfo *info)
{
	struct task_struct *self = self_of(d);
	unsigned parent = slot_of(&d->w, self->parent);
	uint32_t at;

	if (ends_steps(d) && (self->ptrace & DTRACE)) {
		self->ptrace &= ~(uint32_t)DTRACE;
		d->frame.eflags &= ~(uint32_t)TF;
	}
	self->exit_code = sig;
	self->state = TRACED;
	model_tell_parent(&d->w, d->w.self, parent, 4, sig);
	expect_at(&d->w, "schedule");
	at = guest_word(d->w.caller.m,
			task_at(&d->w, d->w.self) +
				(uint32_t)offsetof(struct task_struct, last_siginfo));
	expect_info(d, at, info);
	self->last_siginfo = at;
	expect_delivery(d);

	self->state = RUNNING;
	self->exit_code = (int32_t)ONE_OF(0, (uint32_t)sig, (uint32_t)sig, 1 + below(31), 65);
	more_signals(d);
	put_delivery(d);
	leave_function(d->w.caller.m, any());
	model_look_for_signals(&d->w, d->w.self);
	sig = self->exit_code;
	self->exit_code = 0;
	if (sig && sig != info->si_signo)
		*info = (struct siginfo){ .si_signo = sig,
					  .si_pid = (uint32_t)d->w.task[parent].pid,
					  .si_uid = d->w.task[parent].uid };
	if (sig == 0 || sig > 64)
		return 0;
	if (in(self->sigblocked, sig)) {
		model_signal_task(&d->w, d->w.self, info);
		return 0;
	}
	return sig;
}

/* ---- which one ---- */

static int lowest(uint64_t set)
{
	for (int sig = 1; sig <= 64; sig++)
		if (in(set, sig))
			return sig;
	return 0;
}

/* Its own before its process's; of a real-time one that nobody has queued nothing is known. */
static int takes(struct delivery *d, struct siginfo *info)
{
	struct task_struct *self = self_of(d), *leader = leader_of(&d->w, d->w.self);
	int own = lowest(self->sigpending & ~self->sigblocked);
	int sig = own ? own : lowest(leader->sigshared & ~self->sigblocked);

	if (sig && sig < 32)
		*info = own ? self->siginfo[sig - 1] : leader->shared_siginfo[sig - 1];
	else
		*info = (struct siginfo){ .si_signo = sig };
	if (sig && own)
		self->sigpending &= ~((uint64_t)1 << (sig - 1));
	else if (sig)
		leader->sigshared &= ~((uint64_t)1 << (sig - 1));
	model_look_for_signals(&d->w, d->w.self);
	return sig;
}

static bool stops_by_default(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* A signal with a handler; 0: none; -1: the process has ended. */
static int delivered(struct delivery *d, struct siginfo *info)
{
	for (;;) {
		struct group *g = &leader_of(&d->w, d->w.self)->group;
		uint32_t handler;
		int sig;

		if (g->stop_count && (g->flags & GROUP_EXIT)) {
			g->stop_count = 0;
		} else if (g->stop_count) {
			stops_all(d, g->exit_code);
			continue;
		}
		sig = takes(d, info);
		if (!sig)
			return 0;
		if ((self_of(d)->ptrace & PTRACED) && sig != SIGKILL)
			sig = traced(d, sig, info);
		if (!sig)
			continue;
		handler = action_of(&d->w, d->w.self, sig)->handler;
		if (handler > 1)
			return sig;
		if (handler == 1 || sig == SIGCHLD || sig == SIGCONT || sig == SIGURG ||
		    sig == SIGWINCH)
			continue;
		if (!stops_by_default(sig)) {
			expect_at(&d->w, "do_group_exit");
			assert_int_equal(kernel_regs(d->w.caller.m).eax, sig);
			return -1;
		}
		if (!d->w.processes || sig == SIGSTOP ||
		    !model_is_orphaned(&d->w, leader_of(&d->w, d->w.self)->group.pgrp))
			stops_all(d, sig);
	}
}

/* ---- calls that were interrupted ---- */

static void restarts(struct pt_regs *f, bool handler, bool restart)
{
	int32_t eax = (int32_t)f->eax;
	bool again = eax == -RESTARTNOINTR || (eax == -RESTARTSYS && (!handler || restart)) ||
		     (eax == -RESTARTNOHAND && !handler);

	if (f->orig_eax < 0)
		return;
	if (again) {
		f->eax = (uint32_t)f->orig_eax;
		f->eip -= 2;
	} else if (eax == -RESTARTBLOCK && !handler) {
		f->eax = 0;
		f->eip -= 2;
	} else if (eax == -RESTARTSYS || eax == -RESTARTNOHAND || eax == -RESTARTBLOCK) {
		f->eax = (uint32_t)-EINTR;
	}
}

/* ---- handlers ---- */

static void forced(struct delivery *d, int sig)
{
	struct siginfo info = { .si_signo = sig, .si_code = 0x80 };
	struct sigaction *action = action_of(&d->w, d->w.self, sig);

	if (in(self_of(d)->sigblocked, sig) || action->handler == 1) {
		action->handler = 0;
		self_of(d)->sigblocked &= ~((uint64_t)1 << (sig - 1));
		model_look_for_signals(&d->w, d->w.self);
	}
	model_signal_task(&d->w, d->w.self, &info);
}

static void has_handler(struct delivery *d, int sig, const struct siginfo *info)
{
	struct task_struct *self = self_of(d);
	struct sigaction *action = action_of(&d->w, d->w.self, sig), was = *action;
	uint64_t mask = self->mask_is_saved ? self->saved_mask : self->sigblocked;
	bool fails = below(4) == 0, late = is_2_6_14(d->w.kernel);
	struct sim_regs cpu;

	restarts(&d->frame, true, was.flags & 0x10000000);
	if (ends_steps(d) && (self->ptrace & DTRACE) && (d->frame.eflags & TF)) {
		self->ptrace &= ~(uint32_t)DTRACE;
		d->frame.eflags &= ~(uint32_t)TF;
	}
	self->mask_is_saved = 0;
	if (was.flags & 0x80000000) /* SA_RESETHAND: as soon as it is taken */
		action->handler = 0;
	expect_at(&d->w, "setup_frame");
	cpu = kernel_regs(d->w.caller.m);
	assert_int_equal(cpu.eax, sig);
	expect_info(d, cpu.edx, info);
	assert_int_equal(cpu.ecx, d->frame_at);
	assert_int_equal(guest_word(d->w.caller.m, cpu.esp + 4), (uint32_t)mask);
	assert_int_equal(guest_word(d->w.caller.m, cpu.esp + 8), (uint32_t)(mask >> 32));
	leave_function(d->w.caller.m, fails ? (uint32_t)-EFAULT : 0);
	if (fails) {
		if (sig == SIGSEGV)
			action->handler = 0;
		forced(d, SIGSEGV);
	}
	if (fails && late)
		return;
	if (late || !(was.flags & 0x40000000)) /* SA_NODEFER */
		self->sigblocked |= (uint64_t)was.mask[1] << 32 | was.mask[0];
	if (!(was.flags & 0x40000000))
		self->sigblocked |= (uint64_t)1 << (sig - 1);
	model_look_for_signals(&d->w, d->w.self);
}

/* ---- one return to user mode ---- */

static void draw(struct delivery *d)
{
	struct task_struct *self;
	struct group *g;

	draw_world(&d->w);
	self = self_of(d);
	g = &leader_of(&d->w, d->w.self)->group;
	self->thread.esp0 = d->frame_at + (uint32_t)sizeof(d->frame);
	for (unsigned i = 0; i < sizeof(d->frame) / 4; i++)
		((uint32_t *)&d->frame)[i] = any();
	d->frame.xcs = below(16) ? d->frame.xcs | 3 : d->frame.xcs;
	d->frame.eax = ONE_OF(-512u, -513u, -514u, -516u, -515u, -4u, any());
	d->frame.orig_eax = (int32_t)ONE_OF(any(), any() >> 1, -1u, 0);
	if (below(2))
		self->sigpending &= any() & any();
	if (below(4) == 0) { /* one that stops it, or would */
		int sig = (int)ONE_OF(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);

		self->sigpending = BIT(sig);
		self->sigblocked &= ~(uint64_t)BIT(sig);
		action_of(&d->w, d->w.self, sig)->handler = 0;
	}
	self->mask_is_saved = below(3) == 0;
	self->saved_mask = (uint64_t)any() << 32 | any();
	self->thread.debugreg[7] = below(2) ? 0 : 1 + below(255);
	g->stop_count = !d->w.processes || below(3) ? 0 : g->stop_count;
	if (!d->w.processes && (g->flags & GROUP_EXIT))
		g->flags = 0;
}

static void one_return(const struct delivery *usual)
{
	struct delivery d = *usual;
	uint32_t flags, dr7 = 0;
	struct siginfo info;
	int sig = 0;

	draw(&d);
	flags = d.w.tif[d.w.self];
	flags = below(4) ? flags | P : flags & ~(uint32_t)P;
	set_debug_state(d.w.caller.m, (struct debug_state){ 0, 0 });
	put_delivery(&d);
	{
		const uint32_t args[3] = { d.frame_at, any(), flags };

		function_begin_with(&d.w.caller, "do_notify_resume", args);
	}
	if (flags & S) {
		d.frame.eflags |= TF;
		d.w.tif[d.w.self] &= ~(uint32_t)S;
	}
	if ((flags & P) && (d.frame.xcs & 3) == 3) {
		sig = delivered(&d, &info);
		if (sig < 0)
			return;
		if (sig) {
			dr7 = self_of(&d)->thread.debugreg[7];
			has_handler(&d, sig, &info);
		} else {
			if (self_of(&d)->mask_is_saved) {
				self_of(&d)->mask_is_saved = 0;
				self_of(&d)->sigblocked = self_of(&d)->saved_mask &
							  ~(uint64_t)(BIT(SIGKILL) | BIT(SIGSTOP));
				model_look_for_signals(&d.w, d.w.self);
			}
			restarts(&d.frame, false, false);
		}
	}
	d.w.tif[d.w.self] &= ~(uint32_t)I;
	function_end(&d.w.caller);
	expect_delivery(&d);
	if (sig)
		assert_int_equal(debug_state(d.w.caller.m).dr7 & 0xff, dr7);
}

static void each_return_takes_signals_as_the_model_says(void **state)
{
	struct delivery d = { .w = open_world(*state) };

	draw_from(2005);
	d.frame_at = spare_memory(d.w.caller.m) + 0x200 + 20 * 8192;
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_return(&d);
	close_world(&d.w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_return_takes_signals_as_the_model_says),
	};

	return run_on_kernels("signal_delivery", tests, sizeof(tests) / sizeof(tests[0]));
}
