/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exception_test.c: what each CPU exception becomes: signal, siginfo, trap number, orig_eax; the
 * exception table's mendings on the way out (bad ds, es, cs, ss); #DB at sysenter in each era;
 * and the old stubs' test of eax, which makes a SIGTRAP late. Expectations: docs/kernels.md §3,
 * §4 and §9, sigaction(2) for si_code.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { KERNEL = 0x80 };
#define CODE SYSEMU_CODE_BASE
enum { SC_TRAPNO = 12, SC_ERR = 13 };

/* `at`: the frame's eip, from the code's begin: the instruction for a fault, behind it for a trap. */
static const struct exception {
	const char *name, *code;
	uint32_t at;
	int sig;
	uint32_t si_code, si_addr, trap_no, error;
} exceptions[] = {
	{ "divide error", "31c9f7f1", 2, SIGFPE, 1, CODE + 2, 0, 0 },
	{ "int3", "cc", 1, SIGTRAP, KERNEL, 0, 3, 0 },
	{ "into", "b07f0401ce", 5, SIGSEGV, KERNEL, 0, 4, 0 },
	{ "ud2", "0f0b", 0, SIGILL, 2, CODE, 6, 0 },
	{ "hlt", "f4", 0, SIGSEGV, KERNEL, 0, 13, 0 },
	{ "int 0x21, whose gate is not the user's", "cd21", 0, SIGSEGV, KERNEL, 0, 13,
	  0x21 * 8 + 2 },
	{ "int 13", "cd0d", 0, SIGSEGV, KERNEL, 0, 13, 13 * 8 + 2 },
	{ "a selector beyond the table", "b8ff0f00008ed8", 5, SIGSEGV, KERNEL, 0, 13, 0xffc & ~3u },
	{ "a TLS segment that was never set", "b8330000008ed8", 5, SIGSEGV, KERNEL, 0, 13, 0x30 },
	{ "a null stack segment", "31c08ed0", 2, SIGSEGV, KERNEL, 0, 13, 0 },
	{ "reading where nothing is", "a100002211", 0, SIGSEGV, 1, 0x11220000, 14, 4 },
	{ "writing where nothing is", "a300002211", 0, SIGSEGV, 1, 0x11220000, 14, 6 },
	/* above TASK_SIZE nothing is the program's: SEGV_MAPERR, whatever the page tables say */
	{ "reading the kernel", "a1000010c0", 0, SIGSEGV, 1, 0xc0100000, 14, 5 },
	{ "writing the vsyscall page", "a300e0ffff", 0, SIGSEGV, 1, 0xffffe000, 14, 7 },
};

static void every_exception_is_a_signal_with_orig_eax_minus_1(void **state)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		const struct exception *x = &exceptions[i];
		struct emit p = { 0 };
		uint32_t words[6];
		sysemu_machine *m;
		sysemu_event e;

		emit(&p, x->code);
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		e = resume(m, CONT, 0);
		if (e.status != STOP_OF(x->sig) || e.eip != CODE + x->at)
			print_error("%s\n", x->name);
		assert_int_equal(e.status, STOP_OF(x->sig));
		assert_int_equal(e.eip, CODE + x->at);
		assert_int_equal(e.orig_eax, -1);
		stop_siginfo(m, words);
		assert_int_equal(words[0], x->sig);
		assert_int_equal(words[2], x->si_code);
		assert_int_equal(words[3], x->si_addr);
		sysemu_close(m);
	}
}

/* Through a handler the program sees vector and error code. */
static void a_handler_finds_the_trap_number_and_the_error_code(void **state)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		const struct exception *x = &exceptions[i];
		struct emit p = { 0 };
		sysemu_machine *m;
		sysemu_event e;

		emit_sigaction(&p, (uint32_t)x->sig, HANDLER_AT, 0, 0, 0);
		emit(&p, x->code);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		e = run_to(m, HANDLER_AT);
		assert_int_equal(e.eip, HANDLER_AT);
		if (guest_word(m, e.esp + 8 + 4 * SC_TRAPNO) != x->trap_no)
			print_error("%s\n", x->name);
		assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_TRAPNO), x->trap_no);
		assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_ERR), x->error);
		sysemu_close(m);
	}
}

/* ---- raised from outside: what no program of ours can raise ---- */

enum { ANY = -1 };

/* The error code, where the processor pushes one, is 0. */
static const struct raised {
	unsigned vector;
	int sig, si_code; /* ANY: by the FPU's state, which has nothing to tell */
	bool has_addr;    /* where it happened */
	const char *text; /* in it, of a kernel that dies of it */
} raised[] = {
	{ 0, SIGFPE, 1, true, "divide error in the kernel" },
	{ 4, SIGSEGV, KERNEL, false, "overflow in the kernel" },
	{ 5, SIGSEGV, KERNEL, false, "bounds in the kernel" },
	{ 6, SIGILL, 2, true, "opcode in the kernel" },
	{ 9, SIGFPE, KERNEL, false, "segment overrun" },
	{ 10, SIGSEGV, KERNEL, false, "TSS" },
	{ 11, SIGBUS, KERNEL, false, "not present in the kernel" },
	{ 12, SIGBUS, KERNEL, false, "stack segment fault in the kernel" },
	{ 13, SIGSEGV, KERNEL, false, "general protection in the kernel" },
	{ 16, SIGFPE, ANY, true, "FPU error in the kernel" },
	{ 17, SIGBUS, 1, false, "alignment check in the kernel" },
	{ 19, SIGFPE, ANY, true, "SSE error in the kernel" },
};

static void rare_exceptions_are_signals_too(void **state)
{
	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
		const struct raised *x = &raised[i];
		struct emit p = { 0 };
		uint32_t words[6], at;
		sysemu_machine *m;
		sysemu_event e;

		emit_sigaction(&p, (uint32_t)x->sig, HANDLER_AT, 0, 0, 0);
		at = emit_here(&p);
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		assert_int_equal(run_to(m, at).eip, at);
		raise_interrupt(m, x->vector);
		assert_int_equal(run(m).status, STOP_OF(x->sig));
		stop_siginfo(m, words);
		assert_int_equal(words[0], x->sig);
		if (x->si_code != ANY)
			assert_int_equal(words[2], x->si_code);
		assert_int_equal(words[3], x->has_addr ? at : 0);
		assert_int_equal(ptrace_raw(m, CONT, 0, (uint32_t)x->sig), 0);
		e = run_to(m, HANDLER_AT);
		assert_int_equal(e.eip, HANDLER_AT);
		assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_TRAPNO), x->vector);
		assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_ERR), 0);
		sysemu_close(m);
	}
}

/* In the kernel's own code, where no table mends it, each is the end, which says what it was. */
static void a_kernel_that_dies_says_of_what(void **state)
{
	for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
		struct emit p = { 0 };
		uint32_t inside;
		sysemu_machine *m;

		emit_mov(&p, EMIT_EAX, NR_GETPID);
		emit(&p, "cd80");
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		inside = symbol(m, "sys_getpid");
		assert_int_equal(run_to(m, inside).eip, inside);
		raise_interrupt(m, raised[i].vector);
		assert_int_equal(run(m).kind, SYSEMU_EVENT_FAULT);
		assert_non_null(strstr(sysemu_errmsg(m), raised[i].text));
		sysemu_close(m);
	}
}

/* mov $0x33,%eax; mov %eax,%ds or %ss: a segment that the tracer has set up as not present. */
static void a_segment_that_is_not_present_is_sigbus(void **state)
{
	static const char *const code[] = { "b8330000008ed8", "b8330000008ed0" };
	const uint32_t absent[4] = { 6, 0x1000, 0xfffff, 0x71 };

	for (unsigned i = 0; i < 2; i++) {
		struct emit p = { 0 };
		sysemu_machine *m;
		sysemu_event e;

		emit(&p, code[i]);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		OK(m, sysemu_write(m, SYSEMU_WINDOW, absent, sizeof(absent)));
		assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SET_THREAD_AREA, 6, SYSEMU_WINDOW), 0);
		e = resume(m, CONT, 0);
		assert_int_equal(e.status, STOP_OF(SIGBUS));
		assert_int_equal(e.eip, CODE + 5);
		assert_int_equal(e.orig_eax, -1);
		sysemu_close(m);
	}
}

/* ---- the way out: the exception table ---- */

static sysemu_machine *open_stopped(const char *kernel, const char *code)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, code);
	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

/* 0x33 and 0x0f name segments that are not there: the pop faults and 0 is stored and popped. */
static void a_data_segment_that_cannot_be_loaded_becomes_0(void **state)
{
	static const uint32_t bad[] = { 0x33, 0x0f, 0xfff3 };

	for (unsigned i = 0; i < 3; i++)
		for (int both = 0; both < 2; both++) {
			/* mov %ds,%ecx; mov %es,%edx; nop */
			sysemu_machine *m = open_stopped(*state, "8cd98cc290");
			sysemu_regs regs;
			sysemu_event e;

			OK(m, sysemu_set_reg(m, SYSEMU_REG_DS, bad[i]));
			if (both)
				OK(m, sysemu_set_reg(m, SYSEMU_REG_ES, bad[i]));
			assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
			e = run_to(m, CODE + 4);
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			OK(m, sysemu_get_cpu(m, &regs));
			assert_int_equal(regs.ds, 0);
			assert_int_equal(regs.ecx, 0);
			assert_int_equal(regs.es, both ? 0 : 0x7b);
			assert_int_equal(regs.edx, both ? 0 : 0x7b);
			sysemu_close(m);
		}
}

/* A cs or ss that iret refuses: 2.6.11 ends the task as of 11; 2.6.14 sends a SIGSEGV. */
static void an_iret_that_faults_kills_on_2_6_11_and_is_a_signal_on_2_6_14(void **state)
{
	static const unsigned words[] = { SYSEMU_REG_CS, SYSEMU_REG_SS };

	for (unsigned i = 0; i < 2; i++) {
		sysemu_machine *m = open_stopped(*state, "90");
		sysemu_event e;

		OK(m, sysemu_set_reg(m, words[i], 0x33));
		e = resume(m, CONT, 0);
		if (is_2_6_14(*state)) {
			uint32_t info[6];

			assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
			assert_int_equal(e.status, STOP_OF(SIGSEGV));
			stop_siginfo(m, info);
			assert_int_equal(info[0], SIGSEGV);
			OK(m, sysemu_set_reg(m, words[i], words[i] == SYSEMU_REG_CS ? 0x73 : 0x7b));
			assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
		} else {
			assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
			assert_int_equal(e.status, SIGSEGV);
		}
		sysemu_close(m);
	}
}

/* The sixth argument: an unreadable (%ebp) is -EFAULT, no signal, and no stop even under SYSEMU. */
static void a_sysenter_without_a_sixth_argument_fails_unseen_by_sysemu(void **state)
{
	static const uint32_t ebp[] = { 0, 0xbffffffd, 0xc0000000, 0xfffffffe };

	for (unsigned i = 0; i < 4; i++) {
		struct emit p = { 0 };
		sysemu_machine *m;
		sysemu_event e;

		emit_mov(&p, EMIT_EBP, ebp[i]);
		emit_mov(&p, EMIT_EAX, NR_GETPID);
		emit(&p, "0f34");
		m = emit_open(&p, *state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		if (emulates(*state))
			assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU, 0, 0), 0);
		else
			assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSCALL, 0, 0), 0);
		e = run_to(m, 0xffffe410);
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal((int32_t)e.eax, -14);
		sysemu_close(m);
	}
}

/* ---- #DB ---- */

/* TF set by popf directly before a sysenter (or int 0x80) of getpid; the page's stub follows. */
static sysemu_machine *open_tf_call(const char *kernel, sysemu_entry entry, sysemu_start start)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "9c810c2400010000"); /* pushf; orl $TF,(%esp) */
	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "89e5"); /* mov %esp,%ebp: the flags word is the sixth argument */
	emit(&p, "9d");
	emit(&p, entry == SYSEMU_ENTRY_SYSENTER ? "0f34" : "cd80");
	emit(&p, "9090");
	emit_spin(&p);
	m = emit_open(&p, kernel, entry, start);
	if (start == SYSEMU_START_TRACED) {
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	}
	return m;
}

/* An untraced TF + sysenter loses TF and leaves S for ever: every later call takes the slow exit. */
static void an_untraced_sysenter_with_tf_loses_tf_and_leaves_s(void **state)
{
	sysemu_machine *m = open_tf_call(*state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED);
	sysemu_event e = run_to(m, 0xffffe410);

	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.eflags & TF, 0);
	assert_int_equal(e.tif, S);
	sysemu_close(m);
}

/* Traced, the S that do_debug set is found at the exit: a SIGTRAP at SYSENTER_RETURN. */
static void a_traced_sysenter_with_tf_traps_at_its_return(void **state)
{
	sysemu_machine *m = open_tf_call(*state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED);
	sysemu_event e = run(m);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, 0xffffe410);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.eflags & TF, 0);
	assert_int_equal(e.tif & S, S);
	sysemu_close(m);
}

/* int 0x80 keeps the program's TF in its frame: the trap comes after the next instruction. */
static void an_int_0x80_with_tf_traps_one_instruction_behind_it(void **state)
{
	sysemu_machine *m = open_tf_call(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	sysemu_event e = run(m);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, CODE + 18 + 1);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.eflags & TF, TF);
	sysemu_close(m);
}

/* ---- junk in eax ---- */

static sysemu_machine *open_junk(const char *kernel, uint32_t junk, const char *code)
{
	const sysemu_config config = { .kernel = kernel, .debug_junk = junk };
	struct emit p = { 0 };
	sysemu_machine *m = NULL;

	emit(&p, code);
	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "cd80");
	emit_spin(&p);
	OK(NULL, sysemu_open(&config, &m));
	OK(m, sysemu_load_code(m, p.page, sizeof(p.page)));
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

/*
 * Up to 2.6.12-rc3 the stubs test what do_int3 and do_debug, which return nothing, leave in eax:
 * with junk there the SIGTRAP waits, P set, for the next kernel exit, here getpid's.
 */
static void junk_in_eax_delays_the_sigtrap_of_int3_to_the_next_kernel_exit(void **state)
{
	bool later = is_2_6_14(*state);
	sysemu_machine *m = open_junk(*state, 0xdeadbeef, "cc9090");
	sysemu_event e;

	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	if (!later) {
		e = run_to(m, CODE + 1);
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(e.tif & P, P);
	}
	e = run(m);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, later ? CODE + 1 : CODE + 3 + 7);
	assert_int_equal(e.orig_eax, later ? -1 : NR_GETPID);
	sysemu_close(m);
}

/* The same for #DB: a step's trap is seen too late. */
static void junk_in_eax_delays_the_sigtrap_of_a_step(void **state)
{
	bool later = is_2_6_14(*state);
	sysemu_machine *m = open_junk(*state, 1, "909090");
	sysemu_event e = resume(m, STEP, 0);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, later ? CODE + 1 : CODE + 3 + 7);
	sysemu_close(m);
}

/* It does none of the return's work, whatever the flags say: restore_all is where it goes. */
static void junk_in_eax_leads_straight_to_restore_all(void **state)
{
	static const char *const codes[] = { "cc9090", "9c 810c2400010000 9d 9090" }; /* or TF */

	for (unsigned i = 0; i < 2; i++) {
		sysemu_machine *m = open_junk(*state, 0xffffffff, codes[i]);
		uint32_t handler = symbol(m, i ? "do_debug" : "do_int3");
		uint32_t out = symbol(m, "restore_all");

		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		assert_int_equal(run_to(m, handler).eip, handler);
		OK(m, sysemu_break_set(m, symbol(m, "do_notify_resume")));
		OK(m, sysemu_break_set(m, symbol(m, "schedule")));
		OK(m, sysemu_break_set(m, symbol(m, "work_pending")));
		assert_int_equal(run_to(m, out).eip, out);
		sysemu_close(m);
	}
}

static bool looks_at_eax(const char *kernel)
{
	return !is_2_6_14(kernel);
}

static void without_junk_no_sigtrap_is_late(void **state)
{
	sysemu_machine *m = open_junk(*state, 0, "cc9090");
	sysemu_event e = resume(m, CONT, 0);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, CODE + 1);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(every_exception_is_a_signal_with_orig_eax_minus_1),
		ON_KERNELS(a_handler_finds_the_trap_number_and_the_error_code),
		ON_KERNELS(rare_exceptions_are_signals_too),
		ON_KERNELS(a_kernel_that_dies_says_of_what),
		ON_KERNELS(a_segment_that_is_not_present_is_sigbus),
		ON_KERNELS(a_data_segment_that_cannot_be_loaded_becomes_0),
		ON_KERNELS(an_iret_that_faults_kills_on_2_6_11_and_is_a_signal_on_2_6_14),
		ON_KERNELS(a_sysenter_without_a_sixth_argument_fails_unseen_by_sysemu),
		ON_KERNELS(an_untraced_sysenter_with_tf_loses_tf_and_leaves_s),
		ON_KERNELS(a_traced_sysenter_with_tf_traps_at_its_return),
		ON_KERNELS(an_int_0x80_with_tf_traps_one_instruction_behind_it),
		ON_KERNELS(junk_in_eax_delays_the_sigtrap_of_int3_to_the_next_kernel_exit),
		ON_KERNELS(junk_in_eax_delays_the_sigtrap_of_a_step),
		ON_KERNELS_IF(junk_in_eax_leads_straight_to_restore_all, looks_at_eax),
		ON_KERNELS(without_junk_no_sigtrap_is_late),
	};

	return run_on_kernels("exceptions", tests, sizeof(tests) / sizeof(tests[0]));
}
