/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry_test.c: what entry.S hands to the C code behind it, and what it gives back to the
 * program: registers and segments in each handler, the frame, and every register afterwards.
 * Expectations: docs/kernels.md §3, §4 and §9 (gates, SAVE_ALL, error_code, pt_regs); a
 * program's registers are its own. Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/kernel_regs.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { DF = 0x400, IF = 0x200 };
enum { USER_CS = 0x73, USER_DS = 0x7b, KERNEL_CS = 0x60 };
enum { DS = 0, ES = USER_CS }; /* the program's own, unlike the kernel's */
enum { AX = 0xa0, BX = 0xb0, CX = 0xc0, DX = 0xd0, SI = 0x51, DI = 0xd1, BP = 0xb9 };

/* Every register has a value of its own, DF is set. */
static void emit_own_registers(struct emit *p)
{
	emit_mov(p, EMIT_EAX, ES);
	emit(p, "8ec0 31c0 8ed8 fd"); /* mov %eax, %es; ds = 0; std */
	emit_mov(p, EMIT_EAX, AX);
	emit_mov(p, EMIT_EBX, BX);
	emit_mov(p, EMIT_ECX, CX);
	emit_mov(p, EMIT_EDX, DX);
	emit_mov(p, EMIT_ESI, SI);
	emit_mov(p, EMIT_EDI, DI);
	emit_mov(p, EMIT_EBP, BP);
}

static sysemu_regs frame_at(sysemu_machine *m, uint32_t addr)
{
	uint32_t w[15];

	OK(m, sysemu_read(m, addr, w, sizeof(w)));
	return (sysemu_regs){ .ebx = w[0],
			      .ecx = w[1],
			      .edx = w[2],
			      .esi = w[3],
			      .edi = w[4],
			      .ebp = w[5],
			      .eax = w[6],
			      .ds = w[7] & 0xffff,
			      .es = w[8] & 0xffff,
			      .orig_eax = (int32_t)w[9],
			      .eip = w[10],
			      .cs = w[11] & 0xffff,
			      .eflags = w[12],
			      .esp = w[13],
			      .ss = w[14] & 0xffff };
}

static void expect_own_registers(const sysemu_regs *r, uint32_t eax)
{
	assert_int_equal(r->eax, eax);
	assert_int_equal(r->ebx, BX);
	assert_int_equal(r->ecx, CX);
	assert_int_equal(r->edx, DX);
	assert_int_equal(r->esi, SI);
	assert_int_equal(r->edi, DI);
	assert_int_equal(r->ebp, BP);
	assert_int_equal(r->ds, DS);
	assert_int_equal(r->es, ES);
	assert_int_equal(r->cs, USER_CS);
	assert_int_equal(r->ss, USER_DS);
	assert_int_equal(r->eflags & (DF | IF | TF), DF | IF);
}

/* The same of the CPU, back in user mode. Behind a sysexit the segments and DF are still as
 * SAVE_ALL left them: nothing is popped but by the stub. */
static void expect_own_cpu(sysemu_machine *m, uint32_t eax, bool by_sysexit)
{
	const struct sim_regs r = kernel_regs(m);
	sysemu_regs own = { .eax = r.eax,
			    .ebx = r.ebx,
			    .ecx = r.ecx,
			    .edx = r.edx,
			    .esi = r.esi,
			    .edi = r.edi,
			    .ebp = r.ebp,
			    .ds = r.ds,
			    .es = r.es,
			    .cs = r.cs,
			    .ss = r.ss,
			    .eflags = r.eflags };

	if (by_sysexit) {
		assert_int_equal(own.ds, USER_DS);
		assert_int_equal(own.es, USER_DS);
		assert_int_equal(own.eflags & DF, 0);
		own.ds = DS;
		own.es = ES;
		own.eflags |= DF;
	}
	expect_own_registers(&own, eax);
}

/* SAVE_ALL and error_code leave this to C. */
static void expect_kernels_segments(const struct sim_regs *r)
{
	assert_int_equal(r->ds, USER_DS);
	assert_int_equal(r->es, USER_DS);
	assert_int_equal(r->cs, KERNEL_CS);
	assert_int_equal(r->eflags & DF, 0);
}

/* ---- exceptions and interrupts ---- */

/* `code` makes it happen; where it is NULL, the vector is raised from outside, with an error code
 * of 0 where the processor pushes one. */
static const struct way {
	unsigned vector;
	const char *handler, *code;
	uint32_t error, length; /* of the instruction, if eip is behind it */
	bool closed;            /* an interrupt gate */
} ways[] = {
	{ 0, "do_divide_error", "31d2 b900000000 f7f1", 0, 0, false },
	{ 0, "do_divide_error", NULL, 0, 0, false },
	{ 3, "do_int3", "cc", 0, 1, true },
	{ 4, "do_overflow", "cd04", 0, 2, false },
	{ 5, "do_bounds", NULL, 0, 0, false },
	{ 6, "do_invalid_op", "0f0b", 0, 0, false },
	{ 7, "do_device_not_available", NULL, 0, 0, false },
	{ 9, "do_coprocessor_segment_overrun", NULL, 0, 0, false },
	{ 10, "do_invalid_TSS", NULL, 0, 0, false },
	{ 11, "do_segment_not_present", NULL, 0, 0, false },
	{ 12, "do_stack_segment", NULL, 0, 0, false },
	{ 13, "do_general_protection", "cd21", 0x21 * 8 + 2, 0, false },
	{ 14, "do_page_fault", "36a300002211", 6, 0, true },
	{ 16, "do_coprocessor_error", NULL, 0, 0, false },
	{ 17, "do_alignment_check", NULL, 0, 0, false },
	{ 19, "do_simd_coprocessor_error", NULL, 0, 0, false },
};

static sysemu_machine *open_way(const struct way *way, const char *kernel, uint32_t *at)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_own_registers(&p);
	*at = emit_here(&p);
	if (way->code)
		emit(&p, way->code);
	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	assert_int_equal(run_to(m, *at).eip, *at);
	if (!way->code)
		raise_interrupt(m, way->vector);
	return m;
}

static void every_exceptions_handler_finds_registers_code_and_frame(void **state)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];
		bool divides = way->vector == 0 && way->code;
		uint32_t at, handler;
		sysemu_machine *m = open_way(way, *state, &at);
		sysemu_regs frame;
		struct sim_regs cpu;

		handler = symbol(m, way->handler);
		assert_int_equal(run_to(m, handler).eip, handler);
		cpu = kernel_regs(m);
		expect_kernels_segments(&cpu);
		assert_int_equal(cpu.eflags & IF, way->closed ? 0 : IF);
		assert_int_equal(cpu.eax, cpu.esp + 4); /* the frame, below it the return address */
		assert_int_equal(cpu.edx, way->error);
		frame = frame_at(m, cpu.eax);
		assert_int_equal(frame.orig_eax, -1);
		if (!divides) { /* which needs registers of its own */
			expect_own_registers(&frame, AX);
			assert_int_equal(frame.eip, at + way->length);
		}
		sysemu_close(m);
	}
}

/* An iret to where the tracer says, and all registers are as the program had them. */
static void an_exception_takes_no_register(void **state)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct way *way = &ways[i];
		uint32_t at;
		sysemu_machine *m;
		sysemu_regs regs;
		sysemu_event e;

		if (way->vector == 7 || way->vector == 0)
			continue; /* 7 tells nobody; the division has changed registers */
		m = open_way(way, *state, &at);
		e = run(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		regs = regs_of(m);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		assert_int_equal(run_to(m, regs.eip).eip, regs.eip);
		expect_own_cpu(m, AX, false);
		assert_int_equal(kernel_regs(m).esp, regs.esp);
		sysemu_close(m);
	}
}

/* ---- calls ---- */

/* A call of getpid, or of another number, by either entry. By sysenter the stub's pushes stand
 * between: at the handler esp and ebp are the stub's. */
struct call {
	sysemu_machine *m;
	uint32_t at, behind, esp;
};

static struct call open_own_call(const char *kernel, sysemu_entry entry, uint32_t nr)
{
	struct emit p = { 0 };
	struct call c;

	emit_own_registers(&p);
	c.at = emit_here(&p);
	c.behind = emit_call(&p, entry, nr);
	emit_spin(&p);
	c.m = emit_open(&p, kernel, entry, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(c.m, c.at).eip, c.at);
	c.esp = kernel_regs(c.m).esp;
	return c;
}

/* The frame lies at the stack's top; asmlinkage functions find their arguments in it. */
static void a_calls_function_finds_its_frame_behind_the_return_address(void **state)
{
	const uint32_t reserve = is_2_6_14(*state) ? 8 : 0;

	for (int entry = 0; entry < 2; entry++) {
		struct call c = open_own_call(*state, (sysemu_entry)entry, NR_GETPID);
		uint32_t getpid = symbol(c.m, "sys_getpid");
		struct sim_regs cpu;
		sysemu_regs frame;

		assert_int_equal(run_to(c.m, getpid).eip, getpid);
		cpu = kernel_regs(c.m);
		expect_kernels_segments(&cpu);
		assert_int_equal(cpu.eflags & IF, IF);
		assert_int_equal((cpu.esp + 4 + 60 + reserve) % 8192, 0);
		frame = frame_at(c.m, cpu.esp + 4);
		assert_int_equal(frame.orig_eax, NR_GETPID);
		assert_int_equal(frame.eip, c.behind);
		assert_int_equal(frame.esp, entry ? c.esp - 16 : c.esp);
		expect_own_registers(&frame, NR_GETPID);
		sysemu_close(c.m);
	}
}

static void a_call_changes_eax_alone(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		struct call c = open_own_call(*state, (sysemu_entry)entry, NR_GETPID);
		uint32_t spin = c.at + (entry ? 10 : 7); /* mov, call; mov, int */

		assert_int_equal(run_to(c.m, spin).eip, spin);
		expect_own_cpu(c.m, PROGRAM, entry == SYSEMU_ENTRY_SYSENTER);
		assert_int_equal(kernel_regs(c.m).esp, c.esp);
		sysemu_close(c.m);
	}
}

/* ---- the range of numbers ---- */

static bool reaches(struct call *c, const char *function, uint32_t spin)
{
	uint32_t at = symbol(c->m, function);
	bool reached;

	OK(c->m, sysemu_break_set(c->m, at));
	reached = run_to(c->m, spin).eip == at;
	if (reached)
		assert_int_equal(run_to(c->m, spin).eip, spin);
	OK(c->m, sysemu_break_clear(c->m, at));
	return reached;
}

/* 289 calls, or 294: the last is in the table, where it has a hole; the next number is not, nor
 * is any negative one. All say -ENOSYS, traced from entry on or not. */
static void the_table_ends_with_its_last_number(void **state)
{
	const uint32_t calls = is_2_6_14(*state) ? 294 : 289;
	const uint32_t numbers[] = {
		calls - 1, calls, calls + 1, 0x7fffffff, 0x80000000, 0xffffffff
	};

	for (unsigned i = 0; i < 2 * sizeof(numbers) / sizeof(numbers[0]); i++)
		for (int entry = 0; entry < 2; entry++) {
			const uint32_t nr = numbers[i / 2];
			struct call c = open_own_call(*state, (sysemu_entry)entry, nr);
			uint32_t spin = c.at + (entry ? 10 : 7);

			if (i % 2)
				OK(c.m,
				   sysemu_set_tif(c.m, T)); /* the slow way, and nobody there */
			assert_int_equal(reaches(&c, "sys_ni_syscall", spin), nr < calls);
			expect_own_cpu(c.m, (uint32_t)-ENOSYS,
				       entry == SYSEMU_ENTRY_SYSENTER && nr < calls && i % 2 == 0);
			sysemu_close(c.m);
		}
}

/* ---- the sixth argument ---- */

/* ebp up to PAGE_OFFSET - 4: its word is the program's, and the stack's last. From - 3 on nobody
 * reads it. */
static void the_sixth_argument_lies_below_page_offset(void **state)
{
	static const uint32_t below[] = { 4, 3, 2, 1, 0 };

	for (unsigned i = 0; i < 5; i++) {
		const uint32_t ebp = 0xc0000000 - below[i];
		struct emit p = { 0 };
		sysemu_machine *m;
		uint32_t at, fault;
		sysemu_event e;

		emit_mov(&p, EMIT_EAX, NR_GETPID);
		emit_mov(&p, EMIT_EBP, ebp);
		at = emit_here(&p);
		emit(&p, "0f34");
		m = emit_open(&p, *state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED);
		assert_int_equal(run_to(m, at).eip, at);
		fault = symbol(m, "syscall_fault");
		OK(m, sysemu_break_set(m, fault));
		OK(m, sysemu_break_set(m, symbol(m, "do_page_fault")));
		e = run_to(m, 0xffffe410);
		if (below[i] >= 4) {
			assert_int_equal(e.eip, 0xffffe410);
			assert_int_equal(e.eax, PROGRAM);
		} else {
			assert_int_equal(e.eip, fault);
			e = run_to(m, 0xffffe410);
			assert_int_equal(e.eip, 0xffffe410);
			assert_int_equal((int32_t)e.eax, -EFAULT);
		}
		sysemu_close(m);
	}
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

/* What a call under one flag passes on its way, by the section's words. A work flag that nobody
 * clears never lets a task of 2.6.14 go, which is not asked here. */
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

static unsigned way_seen(sysemu_machine *m, uint32_t spin)
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
	for (uint32_t eip; (eip = run_to(m, spin).eip) != spin;) {
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

static void each_flag_is_work_where_its_mask_says(void **state)
{
	const struct masks masks = masks_of(*state);

	for (int round = 0; round < 4 * 32; round++) {
		const uint32_t flag = 1u << round % 32;
		const bool bad = round & 32;
		const sysemu_entry entry = round & 64 ? SYSEMU_ENTRY_SYSENTER : SYSEMU_ENTRY_INT80;
		unsigned expected = way_of_a_call(&masks, flag, bad), seen;
		struct call c;
		uint32_t spin;

		/* cleared by nobody: 2.6.14 looks again for ever */
		if (is_2_6_14(*state) && (flag & ~(uint32_t)(R | P | I)) && expected & NOTIFY)
			continue;
		c = open_own_call(*state, entry, bad ? 400 : NR_GETPID);
		spin = c.at + (entry ? 10 : 7);
		OK(c.m, sysemu_set_tif(c.m, flag));
		seen = way_seen(c.m, spin);
		if (seen != expected)
			print_error("bit %d, %s number\n", round % 32, bad ? "bad" : "good");
		assert_int_equal(seen, expected);
		assert_int_equal((int32_t)kernel_regs(c.m).eax, bad ? -ENOSYS : PROGRAM);
		sysemu_close(c.m);
	}
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(every_exceptions_handler_finds_registers_code_and_frame),
		ON_KERNELS(an_exception_takes_no_register),
		ON_KERNELS(a_calls_function_finds_its_frame_behind_the_return_address),
		ON_KERNELS(a_call_changes_eax_alone),
		ON_KERNELS(the_table_ends_with_its_last_number),
		ON_KERNELS(the_sixth_argument_lies_below_page_offset),
		ON_KERNELS(each_flag_is_work_where_its_mask_says),
	};

	return run_on_kernels("entry", tests, sizeof(tests) / sizeof(tests[0]));
}
