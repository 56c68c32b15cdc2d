/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sleep_test.c: who sleeps, who is woken and when the clock is next wanted, with tasks that are drawn at random; and what a tick
 * does. Expectations: getitimer(2), alarm(2), setitimer's signals in signal(7), asm/guest.h on sleep_on. Every kernel of 2005.
 */
#include "tests/functions/task_world.h"

#include <string.h>

enum { CALLS = 1500, BY_SIGNAL = 0, BY_CHANNEL, BY_CLOCK, KERNEL_CODE = 0x80, VTALRM = 26, PROF };
enum { SPARE = 0x800 /* behind a thread_info of the world's */ };

#define FOR_EVER (~(uint64_t)0)

static struct task_world w;
static uint64_t
	now; /* the clock, when the function begins; some hundred instructions later it is as much more */

static void put(uint32_t at, const void *data, size_t size)
{
	OK(w.caller.m, sysemu_write(w.caller.m, at, data, size));
}

static uint64_t clock_skew(void)
{
	uint64_t skew;

	OK(w.caller.m,
	   sysemu_read(w.caller.m, symbol(w.caller.m, "clock_skew"), &skew, sizeof(skew)));
	return skew;
}

/* The clock is at `t`, now. */
static void set_clock(uint64_t t)
{
	uint64_t skew = 0;

	put(symbol(w.caller.m, "clock_skew"), &skew, sizeof(skew));
	skew = t - call_function(&w.caller, "clock_ns", 0, 0, 0);
	put(symbol(w.caller.m, "clock_skew"), &skew, sizeof(skew));
	now = t;
}

/* A time that has come, or comes much later than the function ends. */
static uint64_t draw_time(void)
{
	switch (below(5)) {
	case 0: return now - below(1000);
	case 1: return now + 100000 + below(100000);
	case 2: return now ^ (uint64_t)1 << (20 + below(40));
	case 3: return FOR_EVER;
	default:
		return below(2) ? now - ((uint64_t)any() << 8) :
				  now + ((uint64_t)(1 + any()) << 20);
	}
}

static void draw(void)
{
	draw_world(&w);
	now = (uint64_t)(1 + below(0x10000)) << (28 + below(8)) | any();
	for (unsigned i = 0; i < w.n; i++) {
		struct task_struct *t = &w.task[i];

		if (i >= TASK_PROGRAM && i != w.self && t->pid && below(2))
			t->state = TASK_INTERRUPTIBLE;
		t->until = draw_time();
		if (below(2))
			t->group.alarm = draw_time();
		if (below(2))
			t->group.interval = 1000000 + any();
		t->group.virt[0] = below(4);
		t->group.prof[0] = below(4);
		t->group.virt[1] = any();
		t->group.prof[1] = any();
		t->utime = any();
		t->stime = any();
	}
	put_world(&w);
	set_clock(now);
	put_world(&w);
}

static bool is_asleep(unsigned i)
{
	return w.task[i].state == TASK_INTERRUPTIBLE;
}

static bool has_alarm(unsigned i)
{
	return w.task[i].leader == task_at(&w, i) && w.task[i].group.alarm;
}

/* An answer of 64 bits. */
static struct sim_regs catch_wide(const char *name, uint64_t answer)
{
	struct sim_regs called = expect_call(&w, name, (uint32_t)answer),
			cpu = kernel_regs(w.caller.m);

	cpu.edx = (uint32_t)(answer >> 32);
	cpu.ecx = any();
	set_kernel_regs(w.caller.m, &cpu);
	return called;
}

static void who_sleeps_on_a_channel_is_woken_by_it(void **state)
{
	w = open_world(*state);
	draw_from(501);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		uint32_t channel;

		draw();
		channel = w.task[below(w.n)].channel;
		for (unsigned i = 0; i < w.n; i++)
			if (!below(4))
				w.task[i].channel = channel ^ 1u << below(32);
		put_world(&w);
		call_function(&w.caller, "wake_up", channel, any(), any());
		for (unsigned i = 0; i < w.n; i++)
			if (is_asleep(i) && w.task[i].channel == channel) {
				w.task[i].state = RUNNING;
				w.task[i].woken = BY_CHANNEL;
			}
		expect_world(&w);
	}
	close_world(&w);
}

static void the_next_timer_is_the_first_of_all(void **state)
{
	w = open_world(*state);
	draw_from(502);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		uint64_t first, is;
		uint32_t at = spare_memory(w.caller.m) + SPARE;

		draw();
		first = below(2) ? FOR_EVER : draw_time();
		if (!below(4)) /* nearly nobody */
			for (unsigned i = 0; i < w.n; i++) {
				w.task[i].until = FOR_EVER;
				w.task[i].group.alarm = below(8) ? 0 : draw_time();
			}
		put_world(&w);
		function_begin(&w.caller, "next_timer", at, any());
		catch_wide("first_timer", first);
		for (unsigned i = 0; i < w.n; i++) {
			if (is_asleep(i) && w.task[i].until < first)
				first = w.task[i].until;
			if (has_alarm(i) && w.task[i].group.alarm < first)
				first = w.task[i].group.alarm;
		}
		assert_int_equal(function_end(&w.caller), first != FOR_EVER);
		OK(w.caller.m, sysemu_read(w.caller.m, at, &is, sizeof(is)));
		assert_true(is == first);
		expect_world(&w);
	}
	close_world(&w);
}

/* That signal, from the kernel, to all of a process. */
static void expect_signal(int sig, uint32_t leader)
{
	struct siginfo is, expected = { .si_signo = sig, .si_code = KERNEL_CODE };
	struct sim_regs cpu = expect_call(&w, "group_signal", any());

	assert_int_equal(cpu.eax, sig);
	OK(w.caller.m, sysemu_read(w.caller.m, cpu.edx, &is, sizeof(is)));
	expect_words("the signal", &is, &expected, sizeof(is));
	assert_int_equal(cpu.ecx, leader);
}

static void rings(unsigned i, uint64_t at)
{
	struct group *g = &w.task[i].group;

	if (g->interval)
		while (g->alarm <= at)
			g->alarm += g->interval;
	else
		g->alarm = 0;
	expect_signal(SIGALRM, task_at(&w, i));
}

static void what_the_clock_has_reached_rings(void **state)
{
	w = open_world(*state);
	draw_from(503);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		uint32_t others = below(3), rung = others;
		struct sim_regs cpu;
		uint64_t at;

		draw();
		for (unsigned i = 0; i < w.n;
		     i++) /* an interval that would have to be added for hours */
			if (w.task[i].group.interval && w.task[i].group.alarm < now - 1000)
				w.task[i].group.alarm = now - below(1000);
		put_world(&w);
		function_begin(&w.caller, "run_timers", any(), any());
		cpu = expect_call(&w, "ring_timers", others);
		at = cpu.eax | (uint64_t)cpu.edx << 32;
		assert_true(at >= now && at < now + 1000);
		for (unsigned i = 0; i < w.n; i++) {
			if (is_asleep(i) && w.task[i].until <= at) {
				w.task[i].state = RUNNING;
				w.task[i].woken = BY_CLOCK;
				rung++;
			}
			if (has_alarm(i) && w.task[i].group.alarm <= at) {
				rings(i, at);
				rung++;
			}
		}
		assert_int_equal(function_end(&w.caller), rung);
		expect_world(&w);
	}
	close_world(&w);
}

/* ---- a tick ---- */

static void counts_down(uint32_t timer[2], int sig)
{
	if (!timer[0] || --timer[0])
		return;
	timer[0] = timer[1];
	expect_signal(sig, w.task[w.self].leader);
}

static void one_tick(void)
{
	uint32_t frame = spare_memory(w.caller.m) + SPARE, jumps = below(2), timer = below(2);
	struct pt_regs regs = { .xcs = below(2) ? 0x73 : 0x60,
				.eflags = below(8) ? 0x202 : 0x20202 };
	struct task_struct *self = &w.task[w.self];
	struct group *g = &leader_of(&w, w.self)->group;
	bool user = (regs.xcs & 3) || (regs.eflags & 0x20000);
	uint64_t when = draw_time(), before, since;

	put(frame, &regs, sizeof(regs));
	put(symbol(w.caller.m, "time_jumps"), &jumps, sizeof(jumps));
	before = clock_skew();
	function_begin(&w.caller, "do_timer_interrupt", frame, any());
	if (user) {
		self->utime++;
		counts_down(g->virt, VTALRM);
	} else {
		self->stime++;
	}
	counts_down(g->prof, PROF);
	if (jumps) {
		uint32_t at = symbol(w.caller.m, "next_timer");

		assert_int_equal(run_to(w.caller.m, at).eip, at);
		put(kernel_regs(w.caller.m).eax, &when, sizeof(when));
		leave_function(w.caller.m, timer);
	}
	expect_call(&w, "run_timers", any());
	since = clock_skew() - before;
	if (jumps && timer && when > now + 10000)
		assert_true(since <= when - now && since + 10000 > when - now);
	else
		assert_true(since == 0);
	for (unsigned i = TASK_PROGRAM; i < w.n; i++)
		if (i != w.self && w.task[i].state == RUNNING)
			w.tif[w.self] |= R;
	function_end(&w.caller);
	expect_world(&w);
}

static void a_tick_counts_for_who_runs(void **state)
{
	w = open_world(*state);
	draw_from(504);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		draw();
		one_tick();
	}
	close_world(&w);
}

static void a_new_program_keeps_no_timer(void **state)
{
	w = open_world(*state);
	draw_from(505);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS / 4); k < n; k++) {
		unsigned i = TASK_PROGRAM + below(w.n ? w.n - TASK_PROGRAM : 1);
		struct group *g;

		draw();
		i = i < w.n ? i : w.self;
		g = &w.task[i].group;
		function_begin(&w.caller, "timers_forget", task_at(&w, i), any());
		g->alarm = g->interval = 0;
		memset(g->virt, 0, sizeof(g->virt));
		memset(g->prof, 0, sizeof(g->prof));
		assert_int_equal(expect_call(&w, "forget_timers", any()).eax, task_at(&w, i));
		function_end(&w.caller);
		expect_world(&w);
	}
	close_world(&w);
}

/* ---- sleeping ---- */

static void who_sleeps_is_told_why_it_wakes(void **state)
{
	w = open_world(*state);
	draw_from(506);
	for (uint64_t k = 0, n = number_from("SYSEMU_CALLS", CALLS); k < n; k++) {
		static const int32_t told[] = { -ERESTARTSYS, 0, -ETIME };
		uint32_t channel = any(), sleeps = any(), why = below(3);
		uint64_t until = (uint64_t)any() << 32 | any();
		struct task_struct *self;

		draw();
		self = &w.task[w.self];
		put(symbol(w.caller.m, "sleeps"), &sleeps, sizeof(sleeps));
		function_begin_with(
			&w.caller, "sleep_on",
			(uint32_t[]){ channel, (uint32_t)until, (uint32_t)(until >> 32) });
		self->asleep_since = sleeps + 1;
		self->until = until;
		self->woken = BY_SIGNAL;
		if (w.tif[w.self] & P) {
			self->channel = 0;
			why = BY_SIGNAL;
		} else {
			self->channel = channel;
			self->state = TASK_INTERRUPTIBLE;
			assert_int_equal(expect_call(&w, "save_segments", any()).eax,
					 task_at(&w, w.self) +
						 offsetof(struct task_struct, thread));
			expect_at(&w, "schedule");
			expect_world(&w);
			self->state = RUNNING;
			self->woken = why;
			put_world(&w);
			leave_function(w.caller.m, any());
			self->channel = 0;
		}
		assert_int_equal((int32_t)function_end(&w.caller), told[why]);
		expect_world(&w);
	}
	close_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(who_sleeps_on_a_channel_is_woken_by_it),
		ON_KERNELS(the_next_timer_is_the_first_of_all),
		ON_KERNELS(what_the_clock_has_reached_rings),
		ON_KERNELS(a_tick_counts_for_who_runs),
		ON_KERNELS(a_new_program_keeps_no_timer),
		ON_KERNELS(who_sleeps_is_told_why_it_wakes),
	};

	return run_on_kernels("sleep", tests, sizeof(tests) / sizeof(tests[0]));
}
