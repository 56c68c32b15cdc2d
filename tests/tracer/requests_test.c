/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * requests_test.c: sys_ptrace in states that are drawn at random: any flags, ids, registers, parents, memory at the ends of
 * pages and of the tracer's window; and what it leaves of them, in every word of the tasks, against
 * helpers/ptrace_model.h. Every kernel of 2005.
 */
#include "tests/helpers/function.h"
#include "tests/helpers/names.h"
#include "tests/helpers/ptrace_model.h"

#include <stdlib.h>
#include <string.h>

enum { CALLS = 12000 };

#define WINDOW_END (TRACER_WINDOW + TRACER_WINDOW_SIZE)

/* Mostly `usual`. */
static uint32_t mostly(uint32_t usual, uint32_t other)
{
	return below(8) ? usual : other;
}

/* ---- what is drawn ---- */

/* Of one byte alone, or of all but it, or anything: a word that is looked at a byte beside its place is another. */
static uint32_t word(void)
{
	return ONE_OF(0, 0xffu << 8 * below(4), any(), any() & any() & any(), 1u << below(32));
}

static void draw_ids(struct world *w)
{
	struct task_struct *self = &w->task[TASK_TRACER], *t = &w->task[TASK_PROGRAM];
	uint32_t *ids = &t->uid;

	self->uid = ONE_OF(0, 1000, any());
	self->gid = ONE_OF(0, 1000, any());
	self->euid = self->suid = any(); /* not asked */
	self->egid = self->sgid = any();
	for (unsigned i = 0; i < 6; i++)
		ids[i] = i < 3 ? self->uid : self->gid;
	if (below(2))
		ids[below(6)] += ONE_OF(1, 0x100, 0x1000000, any());
	self->cap_effective = ONE_OF(0, CAP_SYS_PTRACE_BIT, ~(uint32_t)CAP_SYS_PTRACE_BIT, any(),
				     ALL_CAPABILITIES);
	t->cap_effective = any();
	t->mm = mostly(1u << below(32), 0);
	t->dumpable = mostly(1u << below(32), 0);
}

static void draw_task(struct world *w, int32_t request)
{
	struct task_struct *t = &w->task[TASK_PROGRAM];
	uint32_t size = sizeof(*t), tracer = w->tasks + TASK_TRACER * size, init = w->tasks;

	draw_ids(w);
	t->state = ONE_OF(TRACED, TRACED, TRACED, TRACED, STOPPED, STOPPED, RUNNING,
			  TASK_INTERRUPTIBLE, ZOMBIE, TASK_DEAD);
	t->ptrace = any() & 0x7ff;
	t->ptrace = (request == ATTACH) == !below(8) ? t->ptrace | PTRACED :
						       t->ptrace & ~(uint32_t)PTRACED;
	t->parent = mostly(tracer, init);
	t->real_parent = ONE_OF(tracer, init);
	if (below(4))
		t->ptrace &= ~(uint32_t)ATTACHED;
	t->exit_code = (int32_t)word();
	t->ptrace_message = any();
	t->last_siginfo = mostly(
		w->tasks + TASK_PROGRAM * size + (uint32_t)offsetof(struct task_struct, notice), 0);
	for (unsigned i = 0; i < sizeof(t->notice) / 4; i++)
		((uint32_t *)&t->notice)[i] = any();
	for (unsigned i = 0; i < 8; i++)
		t->thread.debugreg[i] = any();
	t->thread.cr2 = any();
	t->thread.trap_no = any();
	t->thread.error_code = any();
	t->thread.fs = any() & 0xffff;
	t->thread.gs = any() & 0xffff;
	t->sigblocked = any() & any();
	t->sigpending = any() & any();
	t->siginfo[SIGSTOP - 1].si_pid = any();
	w->stop_action[0] = ONE_OF(0, 0, 1, 0x8048000);
	w->task[TASK_TRACER].ptrace = below(8) ? 0 : PTRACED;
	w->tif[TASK_PROGRAM] = any() & 0x301ff;
}

static void draw_frame(struct world *w, uint32_t code)
{
	uint32_t *words = (uint32_t *)&w->frame;

	for (unsigned i = 0; i < sizeof(w->frame) / 4; i++)
		words[i] = any();
	w->frame.eflags = any() & 0x3fffff;
	w->frame.eip = ONE_OF(code + below(0x40), code + 0x1000 - 1 - below(20), any());
}

/* Where memory begins, ends or changes. */
static uint32_t draw_address(uint32_t code)
{
	uint32_t at = ONE_OF(code, code + 0x1000, TRACER_WINDOW, WINDOW_END, LAUNCH_PAGE, STACK_TOP,
			     STACK_TOP - 0x1000, VSYSCALL_BASE, VSYSCALL_BASE + 0x1000,
			     PAGE_OFFSET + 0x100000, 0, any());

	return at + below(12) - 6;
}

static uint32_t draw_buffer(uint32_t size)
{
	return ONE_OF(TRACER_WINDOW + 64 + 4 * below(256), TRACER_WINDOW + below(200),
		      WINDOW_END - size - 8 + below(size + 16), TRACER_WINDOW - below(size + 8),
		      TASK_SIZE - size - 2 + below(5), SYSEMU_CODE_BASE, any());
}

struct drawn {
	int32_t request, pid;
	uint32_t addr, data;
};

static struct drawn draw_call(uint32_t code)
{
	static const int32_t requests[] = {
		0,      1,  2,  3,  3,      4,      5,      6,      6,  6,  7,  8,  9,      10,
		11,     12, 12, 13, 13,     16,     16,     16,     16, 16, 17, 17, 21,     0x4200,
		0x4201, 24, 31, 32, 0x4202, 0x4202, 0x4203, 0x4203, 22, 27, 30, 33, 0x4204, -1
	};
	struct drawn d = { requests[below(sizeof(requests) / sizeof(requests[0]))],
			   (int32_t)ONE_OF(PROGRAM, PROGRAM, PROGRAM, PROGRAM, PROGRAM, PROGRAM,
					   PROGRAM, PROGRAM, PROGRAM, PROGRAM, INIT, TRACER, 0,
					   4711, (uint32_t)-PROGRAM),
			   draw_address(code), any() };
	bool sets = d.request == 6 || d.request == 4 || d.request == 5;

	if (d.request == 3 || d.request == 6)
		d.addr = ONE_OF(4 * below(17), 4 * below(17), 252 + 4 * below(8), 280, below(300),
				4 * below(75), any());
	if (d.request == 6)
		d.data = ONE_OF(word(), any(), TASK_SIZE - 5 + below(6), any() & 0xffff0000,
				any() & 0x33330000, below(0x10000), any() | 3);
	if (!sets)
		d.data = draw_buffer(d.request == 12 || d.request == 13         ? 68 :
				     d.request == 0x4202 || d.request == 0x4203 ? 128 :
										  4);
	switch (d.request) {
	case CONT:
	case STEP:
	case SYSCALL:
	case SYSEMU:
	case SYSEMU_STEP:
	case DETACH: d.data = ONE_OF(0, below(65), 63 + below(4), any()); break;
	case 21:
	case 0x4200: d.data = ONE_OF(below(128), 1u << below(32), any()); break;
	default: break;
	}
	return d;
}

/* ---- what has become of it ---- */

/* Bytes around a place, those that there are. */
struct view {
	uint32_t from;
	int flags;
	uint8_t byte[160], there[160];
};

static void view(sysemu_machine *m, struct view *v, uint32_t around)
{
	v->from = around - 8;
	v->flags = page_flags(m, around);
	for (uint32_t i = 0; i < sizeof(v->byte); i++) {
		v->there[i] = page_flags(m, v->from + i) >= 0;
		if (v->there[i])
			OK(m, sysemu_read(m, v->from + i, &v->byte[i], 1));
	}
}

static void expect_stores(const struct world *w, struct view *before)
{
	struct view now;

	for (unsigned i = 0; i < w->nstored; i++) {
		uint32_t at = w->stored[i].addr - before->from;

		if (at < sizeof(before->byte))
			before->byte[at] = w->stored[i].value;
	}
	view(w->m, &now, before->from + 8);
	assert_int_equal(now.flags, before->flags);
	for (unsigned i = 0; i < sizeof(now.byte); i++)
		if (now.there[i] && now.byte[i] != before->byte[i])
			fail_msg("0x%08x has 0x%02x, not 0x%02x", now.from + i, now.byte[i],
				 before->byte[i]);
}

static void expect_world(const struct world *w)
{
	struct world now = *w;

	world_read(&now);
	/* The caller's own accesses to its buffer are told there, as any page fault's. */
	now.task[TASK_TRACER].thread.cr2 = w->task[TASK_TRACER].thread.cr2;
	expect_words("init", &now.task[0], &w->task[0], sizeof(now.task[0]));
	expect_words("the tracer", &now.task[1], &w->task[1], sizeof(now.task[1]));
	expect_words("the program", &now.task[2], &w->task[2], sizeof(now.task[2]));
	expect_words("flags", now.tif, w->tif, sizeof(now.tif));
	expect_words("the frame", &now.frame, &w->frame, sizeof(now.frame));
	expect_words("SIGSTOP's action", now.stop_action, w->stop_action, sizeof(now.stop_action));
}

static struct world open_world(const char *kernel, const uint8_t *page)
{
	struct world w = { .kernel = kernel };

	w.m = open_code(kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, page, SIM_PAGE);
	assert_int_equal(run(w.m).status, STOPPED_BY_SIGSTOP);
	w.tasks = symbol(w.m, "tasks");
	world_read(&w);
	return w;
}

static void one_call(const struct world *usual, uint32_t code)
{
	struct world w = *usual;
	struct drawn d = draw_call(code);
	struct view at_addr, at_data;
	int32_t expected, result = -1000;

	draw_task(&w, d.request);
	draw_frame(&w, code);
	world_write(&w);
	view(w.m, &at_addr, d.addr);
	view(w.m, &at_data, d.data);
	expected = model_ptrace(&w, d.request, d.pid, d.addr, d.data);
	OK(w.m, sysemu_ptrace_pid(w.m, d.request, d.pid, d.addr, d.data, &result));
	if (result != expected)
		fail_msg("ptrace(%d, %d, 0x%x, 0x%x) is %d, not %d", d.request, d.pid, d.addr,
			 d.data, result, expected);
	expect_world(&w);
	expect_stores(&w, &at_addr);
	expect_stores(&w, &at_data);
}

static void each_request_is_as_the_model_says(void **state)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					    0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	uint8_t page[SIM_PAGE];
	struct world w;

	draw_from(20051);
	for (unsigned i = 0; i < sizeof(page); i++)
		page[i] = below(3) ? prefixes[below(11)] : below(3) ? 0x9d : (uint8_t)any();
	w = open_world(*state, page);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_call(&w, SYSEMU_CODE_BASE);
	sysemu_close(w.m);
}

/* ---- what a random draw meets too seldom ---- */

/* A step from there, of a program that has no TF of its own. */
static void expect_step(const struct world *usual, uint32_t eip, bool popf)
{
	struct world w = *usual;

	w.frame.eip = eip;
	w.frame.eflags = 0x246;
	w.task[TASK_PROGRAM].ptrace = PTRACED;
	w.tif[TASK_PROGRAM] = 0;
	world_write(&w);
	assert_int_equal(ptrace_raw(w.m, STEP, 0, 0), 0);
	world_read(&w);
	assert_int_equal(w.task[TASK_PROGRAM].ptrace, PTRACED | (popf ? 0 : DTRACE));
	assert_int_equal(w.tif[TASK_PROGRAM], S);
	assert_int_equal(w.frame.eflags, 0x346);
}

static void popf_is_seen_behind_its_prefixes_and_nothing_else(void **state)
{
	static const uint8_t prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					    0x66, 0x67, 0xf0, 0xf2, 0xf3 };
	uint8_t page[SIM_PAGE] = { 0 };
	struct world w = open_world(*state, page);
	uint32_t at = SYSEMU_CODE_BASE + 0x100, end = SYSEMU_CODE_BASE + SIM_PAGE;

	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t insn[3] = { (uint8_t)byte, 0x9d, 0x9d };
		bool is_prefix = memchr(prefixes, (int)byte, sizeof(prefixes));

		OK(w.m, sysemu_write(w.m, at, insn, 3));
		expect_step(&w, at, is_prefix || byte == 0x9d);
		OK(w.m, sysemu_write(w.m, end - 2, insn, 2));
		expect_step(&w, end - 2, is_prefix || byte == 0x9d);
		insn[1] = 0x90;
		OK(w.m, sysemu_write(w.m, at, insn, 3));
		expect_step(&w, at, byte == 0x9d);
	}
	for (uint32_t n = 0; n < 20;
	     n++) { /* so many in front: an instruction has fifteen bytes, sixteen are looked at */
		for (uint32_t i = 0; i < n; i++)
			OK(w.m, sysemu_write(w.m, at + i, &prefixes[i % 11], 1));
		OK(w.m, sysemu_write(w.m, at + n, &(uint8_t){ 0x9d }, 1));
		expect_step(&w, at, n < 16);
		OK(w.m, sysemu_write(w.m, end - 1 - n, &prefixes[n % 11], 1));
		expect_step(&w, end - 1 - n, false); /* nothing behind them */
	}
	sysemu_close(w.m);
}

static uint64_t cost_of(sysemu_machine *m, int request, uint32_t data)
{
	sysemu_counts before, after;
	uint64_t n = 0;

	OK(m, sysemu_get_counts(m, &before));
	assert_int_equal(ptrace_raw(m, request, 0, data), 0);
	OK(m, sysemu_get_counts(m, &after));
	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		n += after.insns[i] - before.insns[i];
	return n;
}

/* Each traced call asks for all registers: that is made without a loop, and costs a third of what it costs by words. */
static void all_registers_cost_one_price(void **state)
{
	uint8_t page[SIM_PAGE] = { 0 };
	struct world w = open_world(*state, page);
	uint64_t price = cost_of(w.m, 12, TRACER_WINDOW);

	for (uint32_t at = 0; at <= TRACER_WINDOW_SIZE - 68; at += 4)
		if (at < 400 || at > TRACER_WINDOW_SIZE - 400 || at % 1024 == 0)
			assert_int_equal(cost_of(w.m, 12, TRACER_WINDOW + at), price);
	assert_true(3 * price < cost_of(w.m, 12, TRACER_WINDOW - 4));
	assert_true(3 * price < cost_of(w.m, 12, WINDOW_END - 64));
	sysemu_close(w.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_request_is_as_the_model_says),
		ON_KERNELS(popf_is_seen_behind_its_prefixes_and_nothing_else),
		ON_KERNELS(all_registers_cost_one_price),
	};

	return run_on_kernels("requests", tests, sizeof(tests) / sizeof(tests[0]));
}
