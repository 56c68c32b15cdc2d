/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work_test.c: the way out of entry.S: each thread flag is work where its mask says so, what is
 * called for it is given what it needs, and no interrupt comes between the last look at the
 * flags and user mode. Expectations: docs/kernels.md §2 to §4. Every test runs on every kernel.
 */
#include "tests/helpers/own_registers.h"

#include <string.h>

/* ---- interrupts between the last look and user mode ---- */

/* From the look at the flags on no interrupt may set one, so IF is clear whichever way leads to
 * restore_all: from a call, by each kind of work, from an exception; and before sysexit's sti. */
static void interrupts_are_off_between_the_last_look_and_iret(void **state)
{
	static const uint32_t work[] = { 0, R, P, I, T, A, S, R | P };

	for (unsigned i = 0; i < 2 * sizeof(work) / sizeof(work[0]); i++) {
		struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, i % 2 ? NR_GETPID : 400);
		uint32_t out = symbol(c.m, "restore_all");

		OK(c.m, sysemu_set_tif(c.m, work[i / 2]));
		assert_int_equal(run_to(c.m, out).eip, out);
		assert_int_equal(kernel_regs(c.m).eflags & IF, 0);
		assert_int_equal(run_to(c.m, c.behind).eip, c.behind);
		expect_own_cpu(c.m, i % 2 ? PROGRAM : (uint32_t)-ENOSYS, false);
		sysemu_close(c.m);
	}
}

static void c_code_that_may_sleep_at_the_exit_runs_with_interrupts_on(void **state)
{
	static const uint32_t traced[] = { T, A, S };

	for (unsigned i = 0; i < 3; i++) {
		struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
		uint32_t exit = symbol(c.m, "syscall_exit_work");
		uint32_t trace = symbol(c.m, "do_syscall_trace");
		struct sim_regs cpu;

		OK(c.m, sysemu_set_tif(c.m, traced[i]));
		assert_int_equal(run_to(c.m, exit).eip, exit);
		assert_int_equal(run_to(c.m, trace).eip, trace);
		cpu = kernel_regs(c.m);
		assert_int_equal(cpu.eflags & IF, IF);
		assert_int_equal(cpu.eax, cpu.esp + 4);
		assert_int_equal(cpu.edx, 1);
		sysemu_close(c.m);
	}
}

static uint32_t find_bytes(sysemu_machine *m, uint32_t from, const void *bytes, size_t size)
{
	uint8_t code[0x200];
	size_t at = 0;

	OK(m, sysemu_read(m, from, code, sizeof(code)));
	while (memcmp(code + at, bytes, size) != 0)
		assert_true(++at < sizeof(code) - size);
	return from + (uint32_t)at;
}

/* sysexit takes eip from edx and esp from ecx; ebp is 0; IF comes on with it and not before. */
static void sysexit_goes_back_with_what_it_takes(void **state)
{
	struct call c = open_own_call(*state, SYSEMU_ENTRY_SYSENTER, NR_GETPID);
	uint32_t at = find_bytes(c.m, symbol(c.m, "sysenter_entry"), "\xfb\x0f\x35", 3);
	struct sim_regs cpu;

	assert_int_equal(run_to(c.m, at).eip, at);
	assert_int_equal(kernel_regs(c.m).eflags & IF, 0);
	assert_int_equal(run_to(c.m, c.behind).eip, c.behind);
	cpu = kernel_regs(c.m);
	assert_int_equal(cpu.edx, c.behind);
	assert_int_equal(cpu.ecx, c.esp - 16);
	assert_int_equal(cpu.esp, c.esp - 16);
	assert_int_equal(cpu.ebp, 0);
	assert_int_equal(cpu.eflags & IF, IF);
	sysemu_close(c.m);
}

/* ---- which flags are work ---- */

enum { ENTRY_TRACE = 1, EXIT_TRACE = 2, NOTIFY = 4, RESCHED = 8 };

/* docs/kernels.md §2 and §3, as the masks are there. */
struct masks {
	uint32_t entry, any, exit, work;
};

static struct masks masks_of(const char *kernel)
{
	if (is_2_6_14(kernel))
		return (struct masks){ 0x1c1, 0xfeff, 0x91, 0xfe2e };
	if (strcmp(kernel, "2.6.11") == 0)
		return (struct masks){ 0x81, 0xffff, 0x91, 0xff6e };
	return (struct masks){ 0xc1, 0xffff, 0x91, 0xff2e };
}

/* A work flag that nobody clears never lets a task of 2.6.14 go. */
static bool sticks(const char *kernel, uint32_t flag, unsigned way)
{
	return is_2_6_14(kernel) && (way & NOTIFY) && (flag & ~(uint32_t)(R | P | I));
}

/* What a call under one flag passes on its way, by the section's words. */
static unsigned way_of_a_call(const struct masks *m, uint32_t flag, bool bad_number)
{
	bool traced = m->entry & flag;
	unsigned way = traced ? ENTRY_TRACE : 0;

	if (bad_number && !traced) /* badsys: resume_userspace */
		return flag & m->work ? (flag & R ? RESCHED : NOTIFY) : 0;
	if (!(flag & m->any))
		return way;
	if (flag & m->exit)
		return way | EXIT_TRACE; /* T, S and A are in no work mask */
	return way | (flag & R ? RESCHED : NOTIFY);
}

/* With `stuck` only as far as do_notify_resume. */
static unsigned way_seen(sysemu_machine *m, uint32_t spin, bool stuck)
{
	const struct {
		uint32_t at;
		unsigned is;
	} labels[] = { { symbol(m, "syscall_trace_entry"), ENTRY_TRACE },
		       { symbol(m, "do_syscall_trace"), EXIT_TRACE }, /* without the one before */
		       { symbol(m, "do_notify_resume"), NOTIFY },
		       { symbol(m, "schedule"), RESCHED } };
	unsigned way = 0;
	bool entering = false;

	for (unsigned i = 0; i < 4; i++)
		OK(m, sysemu_break_set(m, labels[i].at));
	for (uint32_t eip; !(stuck && (way & NOTIFY)) && (eip = run_to(m, spin).eip) != spin;) {
		unsigned is = 0;

		for (unsigned i = 0; i < 4; i++)
			is |= labels[i].at == eip ? labels[i].is : 0;
		assert_true(is);
		if (is == EXIT_TRACE) {
			assert_int_equal(kernel_regs(m).edx, !entering);
			is = entering ? 0 : EXIT_TRACE;
		}
		entering = is == ENTRY_TRACE;
		way |= is;
	}
	return way;
}

/* A flag that is set while the call runs is seen at its exit alone. */
static void a_flag_set_during_the_call_is_work_at_its_exit(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int round = 0; round < 2 * 32; round++) {
		const uint32_t flag = 1u << round % 32;
		const sysemu_entry entry = round & 32 ? SYSEMU_ENTRY_SYSENTER : SYSEMU_ENTRY_INT80;
		const struct masks at_exit = { 0, masks.any, masks.exit, masks.work };
		unsigned expected = way_of_a_call(&at_exit, flag, false);
		struct call c;
		uint32_t getpid;

		c = open_own_call(*state, entry, NR_GETPID);
		getpid = symbol(c.m, "sys_getpid");
		assert_int_equal(run_to(c.m, getpid).eip, getpid);
		OK(c.m, sysemu_set_tif(c.m, flag));
		assert_int_equal(
			way_seen(c.m, c.at + (entry ? 10 : 7), sticks(*state, flag, expected)),
			expected);
		sysemu_close(c.m);
	}
}

/* Behind schedule the flags are looked at again, by the work mask; what is left goes to
 * do_notify_resume. */
static void a_flag_beside_need_resched_is_looked_at_behind_schedule(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int bit = 0; bit < 32; bit++) {
		const uint32_t flag = 1u << bit;
		unsigned expected = RESCHED | (flag & masks.work && flag != R ? NOTIFY : 0);
		struct call c;
		uint32_t getpid;

		if (flag & masks.exit) /* the exit's tracing comes first, and then the mask */
			expected |= EXIT_TRACE;
		c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
		getpid = symbol(c.m, "sys_getpid");
		assert_int_equal(run_to(c.m, getpid).eip, getpid);
		OK(c.m, sysemu_set_tif(c.m, flag | R));
		assert_int_equal(way_seen(c.m, c.at + 7, sticks(*state, flag, expected)), expected);
		sysemu_close(c.m);
	}
}

/* The exit's tracing flags alone may not be taken for what is left behind schedule. */
static void a_trace_flag_set_in_schedule_is_not_its_work(void **state)
{
	static const uint32_t flags[] = { T, E, S, A, R };
	const struct masks masks = masks_of(*state);

	for (unsigned i = 0; i < 5; i++) {
		struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
		uint32_t at[] = { symbol(c.m, "schedule"), 0 };
		unsigned seen;

		OK(c.m, sysemu_set_tif(c.m, R));
		assert_int_equal(run_to(c.m, at[0]).eip, at[0]);
		OK(c.m, sysemu_read(c.m, kernel_regs(c.m).esp, &at[1], 4));
		assert_int_equal(run_to(c.m, at[1]).eip, at[1]);
		OK(c.m, sysemu_set_tif(c.m, flags[i]));
		seen = way_seen(c.m, c.at + 7, false);
		assert_int_equal(seen, flags[i] == R         ? RESCHED :
				       flags[i] & masks.work ? NOTIFY :
							       0);
		sysemu_close(c.m);
	}
}

/* The loop is call, cli, the flags, and, jz, testb, jnz: seven instructions more than once
 * (docs/kernels.md §11: 46, or 52). */
static void each_round_of_the_reschedule_loop_costs_seven(void **state)
{
	const uint64_t once = is_2_6_14(*state) ? 52 : 46;

	for (unsigned rounds = 1; rounds < 4; rounds++) {
		struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
		uint32_t schedule = symbol(c.m, "schedule");
		sysemu_event before = { 0 }, after;

		OK(c.m, sysemu_set_tif(c.m, R));
		OK(c.m, sysemu_get_counts(c.m, &before.counts));
		for (unsigned i = 1; i < rounds; i++) {
			uint32_t back;

			assert_int_equal(run_to(c.m, schedule).eip, schedule);
			OK(c.m, sysemu_read(c.m, kernel_regs(c.m).esp, &back, 4));
			assert_int_equal(run_to(c.m, back).eip, back);
			OK(c.m, sysemu_set_tif(c.m, R));
		}
		after = run_to(c.m, c.behind);
		assert_int_equal(after.eip, c.behind);
		assert_int_equal(entry_insns(&before, &after), once + 7 * (rounds - 1));
		sysemu_close(c.m);
	}
}

/* regs, 0, and the flags: the whole word from the exit, where a mask was before it the masked
 * one. Flags of the program's (here all it can set, or none) are no virtual-8086 frame. */
static void do_notify_resume_is_given_regs_0_and_flags(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int round = 0; round < 4; round++) {
		const bool bad = round & 1, all = round & 2;
		struct emit p = { 0 };
		uint32_t at, notify, eflags = all ? 0x247fd7 & ~(uint32_t)TF : 0x202;
		struct sim_regs cpu;
		sysemu_machine *m;

		emit(&p, "68");
		emit_word(&p, eflags);
		emit_mov(&p, EMIT_EAX, bad ? 400 : NR_GETPID);
		emit(&p, "9d"); /* popf */
		at = emit_here(&p);
		emit(&p, "cd80");
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		assert_int_equal(run_to(m, at).eip, at);
		eflags = kernel_regs(m).eflags;
		OK(m, sysemu_set_tif(m, P | POLLING));
		notify = symbol(m, "do_notify_resume");
		assert_int_equal(run_to(m, notify).eip, notify);
		cpu = kernel_regs(m);
		assert_int_equal(cpu.eax, cpu.esp + 4);
		assert_int_equal(cpu.edx, 0);
		assert_int_equal(cpu.ecx, bad ? P & masks.work : P | POLLING);
		assert_int_equal(cpu.eflags & IF, 0);
		assert_int_equal(frame_at(m, cpu.eax).eflags, eflags);
		assert_int_equal(run_to(m, at + 2).eip, at + 2);
		assert_int_equal(kernel_regs(m).eflags, eflags);
		sysemu_close(m);
	}
}

static void each_flag_is_work_where_its_mask_says(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int round = 0; round < 4 * 32; round++) {
		const uint32_t flag = 1u << round % 32;
		const bool bad = round & 32;
		const sysemu_entry entry = round & 64 ? SYSEMU_ENTRY_SYSENTER : SYSEMU_ENTRY_INT80;
		unsigned expected = way_of_a_call(&masks, flag, bad), seen;
		bool stuck = sticks(*state, flag, expected);
		struct call c;
		uint32_t spin;

		c = open_own_call(*state, entry, bad ? 400 : NR_GETPID);
		spin = c.at + (entry ? 10 : 7);
		OK(c.m, sysemu_set_tif(c.m, flag));
		seen = way_seen(c.m, spin, stuck);
		if (seen != expected)
			print_error("bit %d, %s number\n", round % 32, bad ? "bad" : "good");
		assert_int_equal(seen, expected);
		if (!stuck)
			assert_int_equal((int32_t)kernel_regs(c.m).eax, bad ? -ENOSYS : PROGRAM);
		sysemu_close(c.m);
	}
}

/* A bad ebp passes by the entry's tracing and the exit's: only the work mask counts. */
static void a_bad_ebp_has_the_work_masks_work_alone(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int bit = 0; bit < 32; bit++) {
		const uint32_t flag = 1u << bit;
		unsigned expected =
			way_of_a_call(&(struct masks){ .work = masks.work }, flag, true);
		struct emit p = { 0 };
		sysemu_machine *m;
		uint32_t at;

		emit_mov(&p, EMIT_EBP, 0xc0000000);
		at = emit_here(&p);
		emit(&p, "0f34");
		m = emit_open(&p, *state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED);
		assert_int_equal(run_to(m, at).eip, at);
		OK(m, sysemu_set_tif(m, flag));
		assert_int_equal(way_seen(m, 0xffffe410, sticks(*state, flag, expected)), expected);
		sysemu_close(m);
	}
}

enum { VM = 1 << 17, FRAME_CS = 0x2c, FRAME_EFLAGS = 0x30, FRAME_SS = 0x38 };

static void add_to_word(sysemu_machine *m, uint32_t addr, uint32_t bits)
{
	uint32_t word = guest_word(m, addr) | bits;

	OK(m, sysemu_write(m, addr, &word, sizeof(word)));
}

static void expect_a_virtual_8086_frame(sysemu_machine *m, uint32_t frame)
{
	uint32_t save = symbol(m, "save_v86_state");
	struct sim_regs cpu;
	sysemu_event e;

	assert_int_equal(run_to(m, save).eip, save);
	cpu = kernel_regs(m);
	assert_int_equal(cpu.eax, frame);
	assert_int_equal(cpu.esp, frame - 8); /* the flags and the return address */
	assert_int_equal(guest_word(m, cpu.esp + 4), P);
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_FAULT); /* such frames are not simulated: QUIRKS.md */
	assert_string_equal(sysemu_errmsg(m) + 12, "a virtual-8086 frame");
}

/* Nobody gets VM into a frame here but by writing it there. Then signal work is for
 * save_v86_state first. */
static void a_virtual_8086_frame_is_saved_before_its_signals(void **state)
{
	struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
	uint32_t getpid = symbol(c.m, "sys_getpid"), frame;

	OK(c.m, sysemu_set_tif(c.m, P));
	assert_int_equal(run_to(c.m, getpid).eip, getpid);
	frame = kernel_regs(c.m).esp + 4;
	add_to_word(c.m, frame + FRAME_EFLAGS, VM);
	expect_a_virtual_8086_frame(c.m, frame);
	sysemu_close(c.m);
}

/* Each bit of eflags but VM may be there. */
static void other_flags_make_no_virtual_8086_frame(void **state)
{
	struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
	uint32_t getpid = symbol(c.m, "sys_getpid"), notify = symbol(c.m, "do_notify_resume");

	OK(c.m, sysemu_set_tif(c.m, P));
	assert_int_equal(run_to(c.m, getpid).eip, getpid);
	add_to_word(c.m, kernel_regs(c.m).esp + 4 + FRAME_EFLAGS, ~(uint32_t)VM);
	OK(c.m, sysemu_break_set(c.m, symbol(c.m, "save_v86_state")));
	assert_int_equal(run_to(c.m, notify).eip, notify);
	sysemu_close(c.m);
}

/* 2.6.14 asks for a stack in an LDT under a user's cs: a 16-bit one would need more than iret.
 * There is no LDT here, so iret says what is wrong. */
static void only_an_ldt_stack_is_asked_for_its_size(void **state)
{
	static const struct {
		uint32_t ss, eflags;
		bool asked;
	} rows[] = { { 0x7f, 0x202, true },
		     { 0x7f, 0xfd7, true },
		     { 0x7b, 0xfd7, false },
		     { 0x7b, 0x202, false },
		     { 0x7f, VM | 0x202, false } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c = open_own_call(*state, SYSEMU_ENTRY_INT80, NR_GETPID);
		uint32_t out = symbol(c.m, "restore_all"), frame;
		uint32_t nocheck = symbol(c.m, "restore_nocheck"), ask = symbol(c.m, "ldt_ss");

		assert_int_equal(run_to(c.m, out).eip, out);
		frame = kernel_regs(c.m).esp;
		OK(c.m, sysemu_write(c.m, frame + FRAME_EFLAGS, &rows[i].eflags, 4));
		OK(c.m, sysemu_write(c.m, frame + FRAME_SS, &rows[i].ss, 4));
		if (rows[i].asked)
			assert_int_equal(run_to(c.m, ask).eip, ask);
		else
			OK(c.m, sysemu_break_set(c.m, ask));
		assert_int_equal(run_to(c.m, nocheck).eip, nocheck);
		sysemu_close(c.m);
	}
}

/* In virtual-8086 mode cs says nothing of the ring: VM alone makes it the way to user mode. */
static void an_exception_of_virtual_8086_mode_looks_for_work(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t handler, frame, cs = 0x1000;

	emit(&p, "0f0b");
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	handler = symbol(m, "ret_from_exception");
	assert_int_equal(run_to(m, handler).eip, handler);
	frame = kernel_regs(m).esp;
	OK(m, sysemu_write(m, frame + FRAME_CS, &cs, sizeof(cs)));
	add_to_word(m, frame + FRAME_EFLAGS, VM);
	expect_a_virtual_8086_frame(m, frame);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(interrupts_are_off_between_the_last_look_and_iret),
		ON_KERNELS(c_code_that_may_sleep_at_the_exit_runs_with_interrupts_on),
		ON_KERNELS(sysexit_goes_back_with_what_it_takes),
		ON_KERNELS(a_flag_set_during_the_call_is_work_at_its_exit),
		ON_KERNELS(a_flag_beside_need_resched_is_looked_at_behind_schedule),
		ON_KERNELS(a_trace_flag_set_in_schedule_is_not_its_work),
		ON_KERNELS(a_bad_ebp_has_the_work_masks_work_alone),
		ON_KERNELS(a_virtual_8086_frame_is_saved_before_its_signals),
		ON_KERNELS(other_flags_make_no_virtual_8086_frame),
		ON_KERNELS_IF(only_an_ldt_stack_is_asked_for_its_size, is_2_6_14),
		ON_KERNELS(an_exception_of_virtual_8086_mode_looks_for_work),
		ON_KERNELS(each_round_of_the_reschedule_loop_costs_seven),
		ON_KERNELS(do_notify_resume_is_given_regs_0_and_flags),
		ON_KERNELS(each_flag_is_work_where_its_mask_says),
	};

	return run_on_kernels("work", tests, sizeof(tests) / sizeof(tests[0]));
}
