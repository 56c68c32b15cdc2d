/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait_test.c: wait4, waitpid and waitid among tasks that are drawn at random: whom a parent, a tracer or a thread of either
 * hears of, once, and what is left of them then, in every word. Expectations: wait(2), docs/kernels.md §7. Who sleeps is left in
 * schedule, and finds other tasks when it comes back. Every kernel of 2005.
 */
#include "tests/functions/task_world.h"

#include <string.h>

enum { CALLS = 1500 };

enum {
	WNOHANG = 1,
	WUNTRACED = 2,
	WEXITED = 4,
	WCONTINUED = 8,
	WNOWAIT = 0x1000000,
	WNOTHREAD = 0x20000000,
	WALL = 0x40000000,
	WCLONE = 0x80000000u
};

/* In the program's page: what the call writes, and a place where nothing may be written. */
enum { STATUS = SYSEMU_CODE_BASE + 0x800, USAGE = STATUS + 0x10, INFO = STATUS + 0x100 };

enum { USAGE_WORDS = 18, INFO_WORDS = 32, ROOM = 0x200 };

enum call { WAIT4, WAITPID, WAITID };

struct wait {
	enum call call;
	int32_t type, pid; /* of waitid alone: P_ALL, P_PID, P_PGID */
	uint32_t options, status, usage, info;
	bool untold; /* its -EFAULT comes late: what was told stays told */
};

/* ---- the model ---- */

/* What is told of one child. */
struct told {
	int32_t pid; /* 0: nothing */
	uint32_t status, uid;
	int32_t code, value;
};

static bool of_mine(const struct task_world *w, const struct wait *c, uint32_t who)
{
	if (who == task_at(w, w->self))
		return true;
	return !(c->options & WNOTHREAD) &&
	       w->task[slot_of(w, who)].leader == w->task[w->self].leader;
}

static bool is_asked_for(struct task_world *w, const struct wait *c, unsigned i)
{
	const struct task_struct *t = &w->task[i];
	int32_t own = leader_of(w, w->self)->group.pgrp, pgrp = leader_of(w, i)->group.pgrp;
	bool clone = t->exit_signal != SIGCHLD;

	if (c->pid > 0 && t->pid != c->pid)
		return false;
	if (w->processes && c->pid <= 0 && c->pid != -1 && pgrp != (c->pid ? -c->pid : own))
		return false;
	if (t->exit_signal == -1 && !(t->ptrace & PTRACED))
		return false;
	return (c->options & WALL) || clone == !!(c->options & WCLONE);
}

/* The first of its process has ended, and others go on: nobody hears of that end yet. */
static bool waits_for_threads(const struct task_world *w, unsigned i)
{
	return w->processes && w->task[i].state == ZOMBIE && is_first(w, i) && others_live(w, i);
}

static struct told of_stop(struct task_world *w, const struct wait *c, unsigned i)
{
	struct task_struct *t = &w->task[i];
	bool traced = t->ptrace & PTRACED;
	struct told told = { 0 };

	if ((!traced && !(c->options & WUNTRACED)) || !t->exit_code)
		return told;
	if (w->processes && !traced && leader_of(w, i)->group.stop_count)
		return told;
	told = (struct told){ t->pid, (uint32_t)t->exit_code << 8 | 0x7f, t->uid, traced ? 4 : 5,
			      t->exit_code };
	if (!(c->options & WNOWAIT))
		t->exit_code = 0;
	return told;
}

static struct told of_going_on(struct task_world *w, const struct wait *c, unsigned i)
{
	struct task_struct *t = &w->task[i];

	if (!(c->options & WCONTINUED) || !is_first(w, i) || !(t->group.flags & GROUP_CONTINUED))
		return (struct told){ 0 };
	if (!(c->options & WNOWAIT))
		t->group.flags &= ~(uint32_t)GROUP_CONTINUED;
	return (struct told){ t->pid, 0xffff, t->uid, 6, SIGCONT };
}

static struct told of_end(struct task_world *w, const struct wait *c, unsigned i)
{
	struct task_struct *t = &w->task[i];
	int32_t code = t->exit_code;
	struct told told;

	if (w->processes && is_first(w, i) && (t->group.flags & GROUP_EXIT))
		code = t->group.exit_code;
	told = (struct told){ t->pid, (uint32_t)code, t->uid, code & 0x7f ? 2 : 1,
			      code & 0x7f ? code & 0x7f : code >> 8 };
	if ((c->options & WNOWAIT) || c->untold)
		return told;
	if (t->parent == t->real_parent) {
		model_release(w, i);
		return told;
	}
	t->parent = t->real_parent; /* the tracer has heard of it, now its parent is to */
	t->ptrace = 0;
	if (!w->processes)
		return told;
	if (t->exit_signal != -1)
		model_tell_end(w, i, t->exit_signal);
	if (t->exit_signal == -1)
		model_release(w, i);
	return told;
}

/* One look at all of them: is there anybody to wait for? */
static struct told look(struct task_world *w, const struct wait *c, bool *anybody)
{
	struct told told = { 0 };

	*anybody = false;
	for (unsigned i = TASK_PROGRAM; i < w->n && !told.pid; i++) {
		struct task_struct *t = &w->task[i];

		if (!is_there(w, i) || i == w->self || !is_asked_for(w, c, i))
			continue;
		if (!of_mine(w, c, t->parent)) { /* its tracer's, for as long as it has one */
			*anybody |= of_mine(w, c, t->real_parent);
			continue;
		}
		if (t->state == ZOMBIE && !waits_for_threads(w, i)) {
			if (!(c->options & WEXITED))
				continue; /* it will never do anything else */
			told = of_end(w, c, i);
		} else if (t->state == STOPPED || t->state == TRACED) {
			told = of_stop(w, c, i);
		} else {
			told = of_going_on(w, c, i);
		}
		*anybody = true;
	}
	return told;
}

/* ---- drawing ---- */

static uint32_t draw_place(uint32_t at)
{
	return ONE_OF(at, at, at, at, 0, 0x1000, TASK_SIZE);
}

static struct wait draw_wait(const struct task_world *w)
{
	const uint32_t of_waitid = WEXITED | WNOWAIT;
	struct wait c = { .call = below(3) };

	c.pid = (int32_t)ONE_OF(-1u, -1u, -1u, 0, -7u, -8u, (uint32_t)-PROGRAM,
				(uint32_t)w->task[below(w->n)].pid, PROGRAM + 1 + below(8));
	c.options = any() & (WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE);
	c.options &= below(2) ? ~(uint32_t)WCLONE : ~0u;
	c.options |= below(2) ? WNOHANG : 0;
	if (below(16) == 0) /* one that it does not know */
		c.options |= 1u << below(32);
	if (c.call == WAITID) {
		c.options |= any() & of_waitid;
		c.options |= below(2) ? WEXITED : 0;
		c.type = (int32_t)ONE_OF(0, 0, 1, 2, 1, 2, below(4), -1u, 3);
		if (below(16))
			c.pid = c.pid < -1 ? -c.pid : c.pid;
		c.info = ONE_OF(INFO, INFO, INFO, 0x1000, TASK_SIZE);
	} else {
		c.status = draw_place(STATUS);
	}
	c.usage = c.call == WAITPID || below(2) ? 0 : draw_place(USAGE);
	return c;
}

/* A thread is never told of as going on; a leader's end without its own and its group's number is not asked for. */
static void draw_tasks(struct task_world *w)
{
	draw_world(w);
	for (unsigned i = TASK_PROGRAM; i < w->n; i++) {
		struct task_struct *t = &w->task[i];

		if (t->state == TRACED || t->state == STOPPED)
			t->exit_code = below(4) ? t->exit_code : 0;
		if (t->group.flags & GROUP_EXIT)
			t->exit_code = below(2) ? t->exit_code : t->group.exit_code;
	}
}

/* ---- one call ---- */

static const uint32_t known = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE;

/* Refused before anybody is looked at. */
static bool is_refused(struct wait *c)
{
	if (c->call != WAITID) {
		if (c->options & ~known)
			return true;
		c->options |= WEXITED;
		return false;
	}
	if ((c->options & ~(known | WEXITED | WNOWAIT)) ||
	    !(c->options & (WEXITED | WUNTRACED | WCONTINUED)))
		return true;
	if (c->type < 0 || c->type > 2 || (c->type && c->pid <= 0))
		return true;
	c->pid = c->type == 0 ? -1 : c->type == 1 ? c->pid : -c->pid;
	return false;
}

static void begin(const struct task_world *w, const struct wait *c)
{
	uint32_t words[5] = { (uint32_t)c->pid, c->status, c->options, c->usage };
	static const char *const names[] = { "sys_wait4", "sys_waitpid", "sys_waitid" };

	if (c->call == WAITID) {
		words[0] = (uint32_t)c->type;
		words[1] = (uint32_t)c->pid;
		words[2] = c->info;
		words[3] = c->options;
		words[4] = c->usage;
	}
	function_begin_on_stack(&w->caller, names[c->call], words, 5);
}

static bool is_place(uint32_t at)
{
	return at >= SYSEMU_CODE_BASE && at < SYSEMU_CODE_BASE + SIM_PAGE;
}

static bool is_nowhere(uint32_t at)
{
	return at && !is_place(at);
}

/* What lies in user memory then, and the call's result. */
static int32_t tell(const struct wait *c, const struct told *told, uint32_t memory[ROOM / 4])
{
	uint32_t *info = memory + (INFO - STATUS) / 4;

	if (told->pid && is_nowhere(c->usage))
		return -EFAULT;
	if (told->pid && c->usage)
		memset(memory + (USAGE - STATUS) / 4, 0, 4 * USAGE_WORDS);
	if (told->pid && is_nowhere(c->status))
		return -EFAULT;
	if (told->pid && c->status)
		memory[0] = told->status;
	if (c->call != WAITID)
		return told->pid;
	if (c->info && !is_place(c->info))
		return -EFAULT;
	if (c->info)
		memset(info, 0, 4 * INFO_WORDS);
	if (c->info && told->pid) {
		const struct siginfo is = { .si_signo = SIGCHLD,
					    .si_code = told->code,
					    .si_pid = (uint32_t)told->pid,
					    .si_uid = told->uid,
					    .si_status = told->value };

		memcpy(info, &is, sizeof(is));
	}
	return 0;
}

/* It sleeps on its process: whoever tells that wakes all threads that wait. */
static void falls_asleep(struct task_world *w)
{
	struct task_struct *t = &w->task[w->self];

	t->channel = t->leader;
	t->until = ~(uint64_t)0;
	t->woken = 0;
	t->state = TASK_INTERRUPTIBLE;
	t->thread.fs = kernel_regs(w->caller.m).fs;
	t->thread.gs = kernel_regs(w->caller.m).gs;
	expect_at(w, "schedule");
	expect_world(w);
}

/* While it sleeps: others are others, or a signal has come. */
static void comes_back(struct task_world *w)
{
	unsigned self = w->self;

	if (below(2)) {
		for (unsigned i = TASK_PROGRAM; i < w->n; i++)
			if (i != self && w->task[i].state < TRACED && below(2)) {
				w->task[i].state = ONE_OF(STOPPED, ZOMBIE);
				w->task[i].exit_code = SIGSTOP;
			}
	} else {
		w->tif[self] |= P;
	}
	w->task[self].state = RUNNING;
	w->task[self].woken = below(3);
	leave_schedule(w);
	w->task[self].channel = 0;
}

static int32_t waited(struct task_world *w, const struct wait *c, uint32_t memory[ROOM / 4])
{
	for (;;) {
		bool anybody;
		struct told told = look(w, c, &anybody);

		if (told.pid)
			return tell(c, &told, memory);
		if (!anybody)
			return -ECHILD;
		if (c->options & WNOHANG)
			return tell(c, &told, memory);
		if (w->tif[w->self] & P)
			return -RESTARTSYS;
		falls_asleep(w);
		comes_back(w);
	}
}

static void one_call(const struct task_world *usual)
{
	struct task_world w = *usual;
	uint32_t memory[ROOM / 4], now[ROOM / 4];
	struct wait c;
	int32_t expected, result;

	draw_tasks(&w);
	c = draw_wait(&w);
	memset(memory, (int)any(), sizeof(memory));
	OK(w.caller.m, sysemu_write(w.caller.m, STATUS, memory, sizeof(memory)));
	put_world(&w);
	begin(&w, &c);
	if (!w.processes && c.call != WAITID)
		c.usage = 0; /* it is not looked at there */
	c.untold = is_nowhere(c.status) || is_nowhere(c.usage) || is_nowhere(c.info);
	expected = is_refused(&c) ? -EINVAL : waited(&w, &c, memory);
	result = (int32_t)function_end_on_stack(&w.caller, 5);
	if (result != expected)
		fail_msg("%d(%d, %d, 0x%x) is %d, not %d", c.call, c.type, c.pid, c.options, result,
			 expected);
	expect_world(&w);
	OK(w.caller.m, sysemu_read(w.caller.m, STATUS, now, sizeof(now)));
	assert_memory_equal(now, memory, sizeof(now));
}

static void each_wait_tells_what_the_model_says(void **state)
{
	struct task_world w = open_world(*state);

	draw_from(2005);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_call(&w);
	close_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_wait_tells_what_the_model_says),
	};

	return run_on_kernels("wait", tests, sizeof(tests) / sizeof(tests[0]));
}
