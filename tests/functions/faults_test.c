/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults_test.c: the C side of the exceptions, called one by one with frames of their own: what signal a program gets, with
 * which si_code and si_addr; where the exception table leads; which kernel dies, of what. And what audit counts.
 * Expectations: docs/kernels.md §9, sigaction(2).
 */
#include "tests/helpers/function.h"
#include "tests/helpers/names.h"

#include "asm/abi.h"

#include <string.h>

/* What do_debug and do_int3, which return nothing, leave in eax, where the stub looks at it: before 2.6.12. */
enum { JUNK = 0x1234567 };

enum address { NO_ADDRESS, EIP, CR2 };

static const struct fault {
	unsigned vector;
	const char *handler;
	int sig, code;
	enum address address;
	const char *name; /* the processor's, as a kernel says it that dies */
} faults[] = {
	{ 0, "do_divide_error", SIGFPE, 1, EIP, "divide error" },
	{ 3, "do_int3", SIGTRAP, 0x80, NO_ADDRESS, "int3" },
	{ 4, "do_overflow", SIGSEGV, 0x80, NO_ADDRESS, "overflow" },
	{ 5, "do_bounds", SIGSEGV, 0x80, NO_ADDRESS, "bounds" },
	{ 6, "do_invalid_op", SIGILL, 2, EIP, "invalid opcode" },
	{ 7, "do_device_not_available", SIGFPE, 0x80, NO_ADDRESS, "no FPU" },
	{ 9, "do_coprocessor_segment_overrun", SIGFPE, 0x80, NO_ADDRESS,
	  "coprocessor segment overrun" },
	{ 10, "do_invalid_TSS", SIGSEGV, 0x80, NO_ADDRESS, "invalid TSS" },
	{ 11, "do_segment_not_present", SIGBUS, 0x80, NO_ADDRESS, "segment not present" },
	{ 12, "do_stack_segment", SIGBUS, 0x80, NO_ADDRESS, "stack segment" },
	{ 13, "do_general_protection", SIGSEGV, 0x80, NO_ADDRESS, "general protection" },
	{ 14, "do_page_fault", SIGSEGV, 1, CR2, "page fault" },
	{ 16, "do_coprocessor_error", SIGFPE, 0x80, EIP, "FPU error" },
	{ 17, "do_alignment_check", SIGBUS, 1, NO_ADDRESS, "alignment check" },
	{ 19, "do_simd_coprocessor_error", SIGFPE, 0x80, EIP, "SSE error" },
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

struct context {
	struct caller caller;
	sysemu_machine *m;
	uint32_t task, info, frame; /* the program's task_struct, its thread_info; a pt_regs */
};

static struct context open_context(const char *kernel)
{
	struct context c;

	c.m = open_getpid_loop(kernel, SYSEMU_START_UNTRACED, JUNK);
	c.caller = caller_in_program(c.m);
	c.task = symbol(c.m, "tasks") + TASK_PROGRAM * (uint32_t)sizeof(struct task_struct);
	c.info = c.caller.cpu.esp & -8192u;
	c.frame = spare_memory(c.m) + 0x200;
	return c;
}

static struct task_struct task_of(const struct context *c)
{
	struct task_struct t;

	OK(c->m, sysemu_read(c->m, c->task, &t, sizeof(t)));
	return t;
}

static void put_frame(const struct context *c, struct pt_regs *f)
{
	OK(c->m, sysemu_write(c->m, c->frame, f, sizeof(*f)));
}

static struct pt_regs any_frame(uint32_t cs, uint32_t eflags)
{
	struct pt_regs f;

	for (unsigned i = 0; i < sizeof(f) / 4; i++)
		((uint32_t *)&f)[i] = any();
	f.xcs = cs;
	f.eflags = eflags;
	return f;
}

/* CR2, by an access of the kernel's that is mended: of a byte that is not there. */
static void set_cr2(const struct context *c, uint32_t addr)
{
	assert_int_equal(call_function(&c->caller, "get_user_bytes", addr, SYSEMU_CODE_BASE, 1), 1);
}

/* ---- from user mode ---- */

static void expect_signal(const struct context *c, const char *kernel, const struct fault *f,
			  struct pt_regs frame, uint32_t cr2)
{
	struct task_struct expected = task_of(c), now;
	uint32_t result, error = any() & 0xff, *words = (uint32_t *)&expected.siginfo[f->sig - 1];
	bool is_kernels = f->address == CR2 && cr2 >= TASK_SIZE;

	for (unsigned i = 0; i < SIGRTMIN; i++) /* whatever was there before */
		memset(&expected.siginfo[i], (int)any(), sizeof(expected.siginfo[i]));
	expected.sigpending = expected.sigblocked = 0;
	expected.thread.error_code = any();
	expected.thread.trap_no = any();
	OK(c->m, sysemu_write(c->m, c->task, &expected, sizeof(expected)));
	OK(c->m, sysemu_write(c->m, c->info + TI_FLAGS, &(uint32_t){ R }, 4));
	put_frame(c, &frame);
	result = call_function(&c->caller, f->handler, c->frame, error, 0);
	if (f->vector == 3 && !is_2_6_14(kernel))
		assert_int_equal(result, JUNK);

	expected.thread.error_code = error | (is_kernels ? 1 : 0);
	expected.thread.trap_no = f->vector;
	if (f->address == CR2)
		expected.thread.cr2 = cr2;
	expected.sigpending = BIT(f->sig);
	memset(words, 0, sizeof(expected.siginfo[0]));
	words[0] = (uint32_t)f->sig;
	words[2] = f->address != CR2 || is_kernels || !(error & 1) ? (uint32_t)f->code : 2;
	words[3] = f->address == EIP ? frame.eip : f->address == CR2 ? cr2 : 0;
	now = task_of(c);
	expect_words(f->handler, &now, &expected, sizeof(now));
	assert_int_equal(guest_word(c->m, c->info + TI_FLAGS), P | R);
}

/* Ring 3 by its selector, whatever else is in that word; or virtual-8086 mode, of any selector. */
static void a_program_gets_its_signal(void **state)
{
	static const uint32_t addresses[] = {
		0, 0x1000, TASK_SIZE - 0x100000, TASK_SIZE - 1, TASK_SIZE, TASK_SIZE + 1, 0xfffff000
	};
	struct context c = open_context(*state);
	uint32_t cr2 = 0xbfffffff;

	draw_from(11);
	map_page(c.m, 0xbffff000, SIM_USER);
	for (unsigned i = 0; i < 12; i++)
		for (unsigned k = 0; k < FAULTS; k++) {
			struct pt_regs frame = any_frame(0x73, any() & 0xfd5);

			if (faults[k].address == CR2)
				set_cr2(&c, cr2 = addresses[i % 7]);
			if (i % 3 == 1)
				frame.xcs = any() | 3;
			if (i % 3 == 2) {
				frame.xcs = any() & ~3u;
				frame.eflags |= X86_EFLAGS_VM;
			}
			expect_signal(&c, *state, &faults[k], frame, cr2);
		}
	sysemu_close(c.m);
}

/* ---- from the kernel ---- */

static void a_kernel_without_a_way_out_dies_of_it_by_name(void **state)
{
	draw_from(12);
	for (unsigned k = 0; k < FAULTS; k++) {
		struct context c = open_context(*state);
		struct pt_regs frame = any_frame(k % 2 ? 0x60 : 0xabcd0060, 0x246);
		const char *says;

		frame.eip = symbol(c.m, "__stop_ex_table");
		put_frame(&c, &frame);
		assert_int_equal(call_that_ends(&c.caller, faults[k].handler, c.frame, 0).kind,
				 SYSEMU_EVENT_FAULT);
		says = strstr(sysemu_errmsg(c.m), ": ");
		assert_non_null(says);
		assert_memory_equal(says + 2, faults[k].name, strlen(faults[k].name));
		sysemu_close(c.m);
	}
}

static void each_entry_of_the_exception_table_leads_where_it_says(void **state)
{
	struct context c = open_context(*state);
	uint32_t from = symbol(c.m, "__start_ex_table"), to = symbol(c.m, "__stop_ex_table");
	struct task_struct before = task_of(&c), now;

	draw_from(13);
	assert_true(to - from >= 8 * 8);
	for (uint32_t at = from; at < to; at += 8) {
		struct pt_regs frame = any_frame(0x60, any() & 0xfd5), after;

		frame.eip = guest_word(c.m, at);
		put_frame(&c, &frame);
		call_function(&c.caller, "do_general_protection", c.frame, any(), 0);
		frame.eip = guest_word(c.m, at + 4);
		OK(c.m, sysemu_read(c.m, c.frame, &after, sizeof(after)));
		expect_words("the frame", &after, &frame, sizeof(frame));
	}
	now = task_of(&c);
	expect_words("the task", &now, &before, sizeof(now));
	sysemu_close(c.m);
}

/* ---- #DB ---- */

enum { DR6_STEP = 0x4000 };

/* DR6 says whether it was a step or a watchpoint; a saved DR7 of 0 that the CPU's is another task's. */
static void one_debug_trap(const struct context *c, const char *kernel)
{
	struct task_struct t = task_of(c), now;
	struct debug_state cpu = { 0xffff0ff0 | (any() & 0xe00f), 2 }, after;
	struct pt_regs frame = any_frame(any(), any() & 0xfd5), left;
	uint32_t flags = any() & 0x1fb, error = any(), result;
	bool steps = cpu.dr6 & DR6_STEP, others = (cpu.dr6 & 15) && any() % 2;
	bool in_kernel = (frame.xcs & 3) == 0, told = false;

	for (unsigned i = 0; i < 8; i++)
		t.thread.debugreg[i] = any();
	t.thread.debugreg[7] = others ? 0 : 1u << any() % 32;
	t.thread.trap_no = any();
	t.thread.error_code = any();
	t.ptrace = any() & 7;
	t.sigpending = t.sigblocked = 0;
	memset(&t.siginfo[SIGTRAP - 1], (int)any(), sizeof(t.siginfo[0]));
	OK(c->m, sysemu_write(c->m, c->task, &t, sizeof(t)));
	OK(c->m, sysemu_write(c->m, c->info + TI_FLAGS, &flags, 4));
	put_frame(c, &frame);
	set_debug_state(c->m, cpu);
	result = call_function(&c->caller, "do_debug", c->frame, error, 0);
	if (!is_2_6_14(kernel))
		assert_int_equal(result, JUNK);

	assert_int_equal(kernel_regs(c->m).eflags & X86_EFLAGS_IF, frame.eflags & X86_EFLAGS_IF);
	if (!others) {
		t.thread.debugreg[6] = cpu.dr6;
		told = !steps || !in_kernel;
	}
	if (!others && steps && in_kernel) {
		flags |= S;
		frame.eflags &= ~(uint32_t)TF;
	}
	if (told) {
		if (steps && !is_2_6_14(kernel) && (t.ptrace & DTRACE)) {
			t.ptrace &= ~(uint32_t)DTRACE;
			frame.eflags &= ~(uint32_t)TF;
		}
		t.thread.trap_no = 1;
		t.thread.error_code = error;
		t.sigpending = BIT(SIGTRAP);
		t.siginfo[SIGTRAP - 1] =
			(struct siginfo){ .si_signo = SIGTRAP,
					  .si_code = 1,
					  .si_pid = (frame.xcs & 3) == 3 ? frame.eip : 0 };
		flags |= P;
	}
	after = debug_state(c->m);
	assert_int_equal(after.dr7 & 0xff, told || others ? 0 : cpu.dr7);
	now = task_of(c);
	expect_words("the task", &now, &t, sizeof(now));
	OK(c->m, sysemu_read(c->m, c->frame, &left, sizeof(left)));
	expect_words("the frame", &left, &frame, sizeof(left));
	assert_int_equal(guest_word(c->m, c->info + TI_FLAGS), flags);
}

static void a_debug_trap_is_a_step_a_hit_or_anothers(void **state)
{
	struct context c = open_context(*state);

	draw_from(15);
	c.caller.cpu.eflags &= ~(uint32_t)X86_EFLAGS_IF; /* it comes by an interrupt gate */
	for (unsigned i = 0; i < 400; i++)
		one_debug_trap(&c, *state);
	sysemu_close(c.m);
}

/* ---- audit ---- */

static void audit_counts_and_remembers_the_call(void **state)
{
	struct context c = open_context(*state);
	struct task_struct expected = task_of(&c), now;

	draw_from(14);
	for (unsigned i = 0; i < 24; i++) {
		struct pt_regs frame = any_frame(0x73, 0x246);
		uint32_t flags = any() & 0x1ff, on = i & 1 ? 1u << i : 0, what = i % 3;

		expected.audit_context = any();
		expected.audit_entries = any();
		expected.audit_exits = any();
		expected.audit_call = (int32_t)any();
		OK(c.m, sysemu_write(c.m, c.task, &expected, sizeof(expected)));
		OK(c.m, sysemu_write(c.m, c.info + TI_FLAGS, &flags, 4));
		put_frame(&c, &frame);
		if (what == 0) {
			call_function(&c.caller, "audit_syscall_entry", c.task, c.frame, 0);
			expected.audit_entries++;
			expected.audit_call = frame.orig_eax;
		} else if (what == 1) {
			call_function(&c.caller, "audit_syscall_exit", c.task, c.frame, 0);
			expected.audit_exits++;
			expected.audit_call = -1;
		} else {
			call_on_stack(&c.caller, "audit_set", c.task, on);
			expected.audit_context = on;
			expected.audit_call = -1;
			flags = on ? flags | A : flags & ~(uint32_t)A;
		}
		now = task_of(&c);
		expect_words("the task", &now, &expected, sizeof(now));
		assert_int_equal(guest_word(c.m, c.info + TI_FLAGS), flags);
	}
	sysemu_close(c.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_program_gets_its_signal),
		ON_KERNELS(a_kernel_without_a_way_out_dies_of_it_by_name),
		ON_KERNELS(each_entry_of_the_exception_table_leads_where_it_says),
		ON_KERNELS(a_debug_trap_is_a_step_a_hit_or_anothers),
		ON_KERNELS(audit_counts_and_remembers_the_call),
	};

	return run_on_kernels("faults", tests, sizeof(tests) / sizeof(tests[0]));
}
