/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry_test.c: what entry.S hands to the C code behind it, and what it gives back to the
 * program: registers and segments in each handler, the frame, and every register afterwards; the
 * bounds of the call's number and of its sixth argument. Expectations: docs/kernels.md §3, §4
 * and §9 (gates, SAVE_ALL, error_code, pt_regs); a program's registers are its own.
 * Every test runs on every kernel. Read next: work_test.c.
 */
#include "tests/helpers/own_registers.h"

/* ---- exceptions and interrupts ---- */

/* `code` makes it happen; where it is NULL, the vector is raised from outside, with an error code
 * of 0 where the processor pushes one. */
static const struct way {
	unsigned vector;
	const char *handler, *code;
	uint32_t error, length; /* of the instruction, if eip is behind it */
	bool closed;            /* an interrupt gate */
	int sig;                /* what the program gets; 0: not asked here */
} ways[] = {
	{ 0, "do_divide_error", "31d2 b900000000 f7f1", 0, 0, false, SIGFPE },
	{ 0, "do_divide_error", NULL, 0, 0, false, SIGFPE },
	{ 1, "do_debug", NULL, 0, 0, true, 0 },
	{ 3, "do_int3", "cc", 0, 1, true, SIGTRAP },
	{ 4, "do_overflow", "cd04", 0, 2, false, SIGSEGV },
	{ 5, "do_bounds", NULL, 0, 0, false, SIGSEGV },
	{ 6, "do_invalid_op", "0f0b", 0, 0, false, SIGILL },
	{ 7, "do_device_not_available", NULL, 0, 0, false, 0 },
	{ 9, "do_coprocessor_segment_overrun", NULL, 0, 0, false, SIGFPE },
	{ 10, "do_invalid_TSS", NULL, 0, 0, false, SIGSEGV },
	{ 11, "do_segment_not_present", NULL, 0, 0, false, SIGBUS },
	{ 12, "do_stack_segment", NULL, 0, 0, false, SIGBUS },
	{ 13, "do_general_protection", "cd21", 0x21 * 8 + 2, 0, false, SIGSEGV },
	{ 14, "do_page_fault", "36a300002211", 6, 0, true, SIGSEGV },
	{ 16, "do_coprocessor_error", NULL, 0, 0, false, SIGFPE },
	{ 17, "do_alignment_check", NULL, 0, 0, false, SIGBUS },
	{ 19, "do_simd_coprocessor_error", NULL, 0, 0, false, SIGFPE },
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
		uint32_t at, back;
		sysemu_machine *m;
		sysemu_event e;

		if (way->vector == 0 && way->code)
			continue; /* the division has changed registers */
		m = open_way(way, *state, &at);
		back = at + way->length;
		e = run_to(m, back);
		if (way->sig)
			assert_int_equal(e.status, STOP_OF(way->sig));
		if (e.kind == SYSEMU_EVENT_STOP) { /* the signal, which the tracer takes back */
			assert_int_equal(e.eip, back);
			assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
			e = run_to(m, back);
		}
		assert_int_equal(e.eip, back);
		expect_own_cpu(m, AX, false);
		assert_int_equal(kernel_regs(m).esp, e.esp);
		sysemu_close(m);
	}
}

/* Another CPU's interrupt: its frame has the vector, made negative, for a number, so that nothing
 * is restarted; an interrupt gate. */
static void a_reschedule_interrupt_has_a_frame_like_an_exceptions(void **state)
{
	struct emit p = { 0 };
	uint32_t at, schedule;
	sysemu_machine *m;
	struct sim_regs cpu;
	sysemu_regs frame;

	emit_own_registers(&p);
	at = emit_here(&p);
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(m, at).eip, at);
	OK(m, sysemu_need_resched(m, 0));
	schedule = symbol(m, "schedule");
	assert_int_equal(run_to(m, schedule).eip, schedule);
	cpu = kernel_regs(m);
	expect_kernels_segments(&cpu);
	assert_int_equal(cpu.eflags & IF, 0);
	frame = frame_at(m, cpu.esp + 4);
	assert_int_equal(frame.orig_eax, RESCHEDULE_VECTOR - 256);
	assert_int_equal(frame.eip, at);
	expect_own_registers(&frame, AX);
	assert_int_equal(run_to(m, at).eip, at);
	expect_own_cpu(m, AX, false);
	sysemu_close(m);
}

/* A program that single-steps itself to sysenter_entry's address is not the trap at SYSENTER: its
 * frame lies on the right stack already, and cs is its own. */
static void a_step_to_sysenters_address_is_the_programs_own(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t target, esp, words[6];
	sysemu_event e;

	emit_mov(&p, EMIT_EAX, 0); /* the address, written below */
	emit(&p, "ffe0");          /* jmp *%eax */
	m = emit_open(&p, *state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED);
	e = run(m);
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	esp = e.esp;
	target = symbol(m, "sysenter_entry");
	OK(m, sysemu_write(m, SYSEMU_CODE_BASE + 1, &target, 4));
	assert_int_equal(resume(m, STEP, 0).eip, SYSEMU_CODE_BASE + 5);
	e = resume(m, STEP, 0);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, target);
	assert_int_equal(e.esp, esp);
	assert_int_equal(regs_of(m).cs, USER_CS);
	stop_siginfo(m, words);
	assert_int_equal(words[2], 1); /* TRAP_BRKPT: #DB's, not int3's */
	e = resume(m, CONT, 0);
	assert_int_equal(e.status, STOP_OF(SIGSEGV));
	assert_int_equal(e.eip, target);
	sysemu_close(m);
}

/* Without CONFIG_PREEMPT an exception of the kernel's own comes back to the kernel whatever work
 * waits: that is for the way to user mode. */
static void an_exception_in_the_kernel_does_no_work(void **state)
{
	struct emit p = { 0 };
	uint32_t at, fault, schedule, exit;
	sysemu_machine *m;

	emit_mov(&p, EMIT_EBX, 1);
	emit_mov(&p, EMIT_ECX, 0x11220000); /* nothing is there */
	emit_mov(&p, EMIT_EDX, 1);
	emit_mov(&p, EMIT_EAX, NR_WRITE);
	at = emit_here(&p);
	emit(&p, "cd80");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(m, at).eip, at);
	OK(m, sysemu_set_tif(m, R));
	fault = symbol(m, "do_page_fault");
	schedule = symbol(m, "schedule");
	exit = symbol(m, "syscall_exit");
	assert_int_equal(run_to(m, fault).eip, fault);
	OK(m, sysemu_break_set(m, schedule));
	assert_int_equal(run_to(m, exit).eip, exit);
	assert_int_equal(run_to(m, at + 2).eip, schedule);
	assert_int_equal((int32_t)run_to(m, at + 2).eax, -EFAULT);
	sysemu_close(m);
}

/* Behind a segment that cannot be loaded there is 0, exactly. */
static void a_bad_data_segment_becomes_0_in_the_cpu(void **state)
{
	for (unsigned reg = SYSEMU_REG_DS; reg <= SYSEMU_REG_ES; reg++) {
		struct emit p = { 0 };
		sysemu_machine *m;
		struct sim_regs cpu;

		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		OK(m, sysemu_set_reg(m, reg, 0xfff));
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		assert_int_equal(run_to(m, SYSEMU_CODE_BASE).eip, SYSEMU_CODE_BASE);
		cpu = kernel_regs(m);
		assert_int_equal(cpu.ds, reg == SYSEMU_REG_DS ? 0 : USER_DS);
		assert_int_equal(cpu.es, reg == SYSEMU_REG_ES ? 0 : USER_DS);
		sysemu_close(m);
	}
}

/* The iret's fault comes with the program's segments loaded and interrupts off: do_exit, or the
 * signal's handler in 2.6.14, runs with the kernel's, and with interrupts on. */
static void a_faulting_iret_leads_to_c_code_in_its_own_state(void **state)
{
	const char *const handler = is_2_6_14(*state) ? "do_iret_error" : "do_exit";
	struct emit p = { 0 };
	sysemu_machine *m;
	struct sim_regs cpu;
	uint32_t at;

	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	OK(m, sysemu_set_reg(m, SYSEMU_REG_CS, 0xfff));
	OK(m, sysemu_set_reg(m, SYSEMU_REG_DS, DS));
	OK(m, sysemu_set_reg(m, SYSEMU_REG_ES, ES));
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	at = symbol(m, handler);
	assert_int_equal(run_to(m, at).eip, at);
	cpu = kernel_regs(m);
	expect_kernels_segments(&cpu);
	assert_int_equal(cpu.eflags & IF, IF);
	if (is_2_6_14(*state)) {
		assert_int_equal(cpu.edx, 0); /* it pushes an error code of 0 itself */
		assert_int_equal(frame_at(m, cpu.eax).orig_eax, -1);
	}
	sysemu_close(m);
}

/* ---- calls ---- */

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

/* ebx, esi and edi are no call's to change: SYSENTER's way out restores none of them, so the
 * called function has to, as the compiler's convention is. */
static void no_calls_function_keeps_a_register(void **state)
{
	static const uint32_t numbers[] = { NR_GETPPID, NR_KILL,        67 /* sigaction */,
					    NR_WAIT4,   NR_SIGPROCMASK, 174,
					    175 /* the rt_ ones */ };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (int entry = 0; entry < 2; entry++) {
			struct call c = open_own_call(*state, (sysemu_entry)entry, numbers[i]);
			uint32_t spin = c.at + (entry ? 10 : 7);
			struct sim_regs cpu;

			assert_int_equal(run_to(c.m, spin).eip, spin);
			cpu = kernel_regs(c.m);
			assert_int_equal(cpu.ebx, BX);
			assert_int_equal(cpu.ecx, CX);
			assert_int_equal(cpu.edx, DX);
			assert_int_equal(cpu.esi, SI);
			assert_int_equal(cpu.edi, DI);
			assert_int_equal(cpu.ebp, BP);
			assert_int_equal(cpu.esp, c.esp);
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

/* A bad ebp: C code behind syscall_fault finds the kernel's segments and the program's frame, but
 * for ebp's word, which nobody has read. */
static void a_bad_ebp_has_a_frame_too(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t at, resume_at;
	struct sim_regs cpu;
	sysemu_regs frame;

	emit_own_registers(&p);
	emit_mov(&p, EMIT_EBP, 0xc0000000);
	at = emit_here(&p);
	emit(&p, "0f34");
	m = emit_open(&p, *state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(m, at).eip, at);
	resume_at = symbol(m, "resume_userspace");
	assert_int_equal(run_to(m, resume_at).eip, resume_at);
	cpu = kernel_regs(m);
	expect_kernels_segments(&cpu);
	frame = frame_at(m, cpu.esp);
	assert_int_equal(frame.orig_eax, AX);
	assert_int_equal(frame.eip, 0xffffe410);
	assert_int_equal(frame.esp, 0xc0000000);
	assert_int_equal(frame.ebp, 0xc0000000);
	frame.ebp = BP;
	expect_own_registers(&frame, (uint32_t)-EFAULT);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(every_exceptions_handler_finds_registers_code_and_frame),
		ON_KERNELS(an_exception_takes_no_register),
		ON_KERNELS(a_reschedule_interrupt_has_a_frame_like_an_exceptions),
		ON_KERNELS(a_step_to_sysenters_address_is_the_programs_own),
		ON_KERNELS(an_exception_in_the_kernel_does_no_work),
		ON_KERNELS(a_bad_data_segment_becomes_0_in_the_cpu),
		ON_KERNELS(a_faulting_iret_leads_to_c_code_in_its_own_state),
		ON_KERNELS(a_calls_function_finds_its_frame_behind_the_return_address),
		ON_KERNELS(a_call_changes_eax_alone),
		ON_KERNELS(no_calls_function_keeps_a_register),
		ON_KERNELS(the_table_ends_with_its_last_number),
		ON_KERNELS(the_sixth_argument_lies_below_page_offset),
		ON_KERNELS(a_bad_ebp_has_a_frame_too),
	};

	return run_on_kernels("entry", tests, sizeof(tests) / sizeof(tests[0]));
}
