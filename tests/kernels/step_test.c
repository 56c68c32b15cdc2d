/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * step_test.c: SINGLESTEP and SYSEMU_SINGLESTEP: where the traps come, what TF and PT_DTRACE are
 * at each stop and in each era, and steps over int $0x80, sysenter and popf. Expectations:
 * docs/kernels.md §6, §7, §9 and §12.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

#define DR6_AT (252 + 4 * 6) /* in the user area */

static bool only_2_6_14(const char *kernel)
{
	return is_2_6_14(kernel);
}

static bool before_2_6_14(const char *kernel)
{
	return !is_2_6_14(kernel);
}

/* nop; mov $20,%eax; int $0x80 (or the vsyscall page's stub); nop; nop; spin */
static sysemu_machine *open_steps(const char *kernel, sysemu_entry entry, uint32_t *call_behind)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "90");
	*call_behind = emit_call(&p, entry, NR_GETPID);
	emit(&p, "9090");
	emit_spin(&p);
	m = emit_open(&p, kernel, entry, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

static void expect_trap(const sysemu_event *e, uint32_t eip)
{
	assert_int_equal(e->status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e->eip, eip);
}

/* ptrace's own TF: do_debug has taken it back, or the stop has (from 2.6.12 on). */
static void expect_dtrace(sysemu_machine *m, bool taken_back)
{
	assert_int_equal(task_info(m, 0).ptrace, taken_back ? PTRACED : PTRACED | DTRACE);
}

/* Steps by `request` until eip is `addr` or a stop is not an ordinary step's. */
static sysemu_event step_to(sysemu_machine *m, int request, uint32_t addr)
{
	sysemu_event e;

	for (int i = 0; i < 20; i++) {
		e = resume(m, request, 0);
		if (e.status != STOPPED_BY_SIGTRAP || e.eip == addr)
			break;
	}
	return e;
}

static uint32_t dr6(sysemu_machine *m)
{
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_PEEKUSR, DR6_AT, SYSEMU_WINDOW), 0);
	return guest_word(m, SYSEMU_WINDOW);
}

/* ---- ordinary steps ---- */

static void each_step_is_one_instruction_and_shows_tf_clear(void **state)
{
	static const uint32_t at[] = { 1, 6 };
	uint32_t behind, words[6];
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);

	for (unsigned i = 0; i < 2; i++) {
		sysemu_event e = resume(m, STEP, 0);

		expect_trap(&e, SYSEMU_CODE_BASE + at[i]);
		assert_int_equal(e.eflags & TF, 0);
		assert_int_equal(e.tif & (S | T | E), S);
		assert_int_equal(e.orig_eax, -1); /* an exception's frame */
		assert_int_equal(task_info(m, 0).ptrace, PTRACED);
		assert_int_equal(dr6(m) & 0x4000, 0x4000);
		stop_siginfo(m, words);
		assert_int_equal(words[0], 5);
		assert_int_equal(words[2], 1); /* TRAP_BRKPT */
		assert_int_equal(words[3], e.eip);
	}
	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(task_info(m, 0).tif & S, 0);
	sysemu_close(m);
}

static void set_singlestep_marks_its_tf_with_dtrace(void **state)
{
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);

	assert_int_equal(ptrace_raw(m, STEP, 0, 0), 0);
	assert_int_equal(task_info(m, 0).ptrace, PTRACED | DTRACE);
	assert_int_equal(task_info(m, 0).eflags & TF, TF);
	sysemu_close(m);
}

/* A TF that is there already is the program's own, and nobody takes it back. */
static void a_programs_own_tf_is_left_alone(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit(&p, "9c810c24000100009d"); /* pushf; orl $TF,(%esp); popf */
	emit(&p, "909090");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	e = resume(m, CONT, 0);
	expect_trap(&e, SYSEMU_CODE_BASE + 10);
	assert_int_equal(e.eflags & TF, TF);
	assert_int_equal(ptrace_raw(m, STEP, 0, 0), 0);
	assert_int_equal(task_info(m, 0).ptrace, PTRACED);
	e = run(m);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 11);
	assert_int_equal(e.eflags & TF, TF);
	e = resume(m, CONT, 0); /* CONT does not end it, either */
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 12);
	sysemu_close(m);
}

/* popf, behind any prefixes, takes TF from the program's stack: not marked, so not taken back. */
static void a_step_over_popf_is_not_marked(void **state)
{
	static const char *const code[] = { "9c9d90", "9c669d90", "9cf2669d90" };

	for (unsigned i = 0; i < 3; i++) {
		struct emit p = { 0 };
		sysemu_machine *m;

		emit(&p, code[i]);
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(resume(m, STEP, 0).eip, SYSEMU_CODE_BASE + 1);
		assert_int_equal(ptrace_raw(m, STEP, 0, 0), 0);
		assert_int_equal(task_info(m, 0).ptrace, PTRACED);
		assert_int_equal(task_info(m, 0).eflags & TF, TF);
		sysemu_close(m);
	}
}

/* An untraced program with TF gets SIGTRAP like anybody else, and dies of it. */
static void an_untraced_tf_kills(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit(&p, "9c810c24000100009d90");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	e = run_briefly(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status & 0x7f, 5);
	sysemu_close(m);
}

/* A signal that comes before the step: its stop shows the tracer's TF before 2.6.12, and not since. */
static void a_signal_stop_shows_the_tracers_tf_before_2_6_12_alone(void **state)
{
	bool later = is_2_6_14(*state);
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);
	sysemu_event e;

	assert_int_equal(kill_from_outside(m, PROGRAM, 10), 0);
	e = resume(m, STEP, 0);
	assert_int_equal(e.status, 0x0a7f);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE);
	assert_int_equal(e.eflags & TF, later ? 0 : TF);
	expect_dtrace(m, later);
	e = resume(m, STEP, 0);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 1);
	sysemu_close(m);
}

/* ---- over a call ---- */

/*
 * The gate clears TF and the exit's S raises the trap, at the call's own return address. GETREGS
 * shows TF = 1 there before 2.6.12, for do_debug never ran; a signal stop clears it later on.
 */
static void a_step_over_int_0x80_traps_at_its_return(void **state)
{
	bool later = is_2_6_14(*state);
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);
	sysemu_event e = step_to(m, STEP, behind);

	expect_trap(&e, behind);
	assert_int_equal(e.eax, PROGRAM); /* executed */
	assert_int_equal(e.orig_eax, NR_GETPID);
	assert_int_equal(e.eflags & TF, later ? 0 : TF);
	expect_dtrace(m, later);
	e = resume(m, STEP, 0);
	assert_int_equal(e.eip, behind + 1);
	assert_int_equal(e.eflags & TF, 0);
	assert_int_equal(task_info(m, 0).ptrace, PTRACED);
	sysemu_close(m);
}

static void cont_behind_a_stepped_int_0x80_takes_tf_back(void **state)
{
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);

	step_to(m, STEP, behind);
	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(task_info(m, 0).ptrace, PTRACED);
	sysemu_close(m);
}

/*
 * sysenter keeps TF: the #DB comes in the kernel, whose do_debug sets S, clears TF and returns
 * before it looks at PT_DTRACE. The exit's S raises the trap at SYSENTER_RETURN, TF = 0.
 */
static void a_step_over_sysenter_traps_at_its_return_with_tf_clear(void **state)
{
	bool later = is_2_6_14(*state);
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_SYSENTER, &behind);
	sysemu_event e = step_to(m, STEP, behind);

	expect_trap(&e, behind);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.eflags & TF, 0);
	expect_dtrace(m, later);
	assert_int_equal(dr6(m) & 0x4000, 0x4000); /* saved for kernel steps, too */
	e = resume(m, STEP, 0);
	assert_int_equal(e.eip, behind + 1);
	sysemu_close(m);
}

/* TRACE, then STEP at the entry stop: the call runs, then one trap: the second is pending. */
static void step_at_an_entry_stop_traps_once_behind_the_call(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		uint32_t behind;
		sysemu_machine *m = open_steps(*state, (sysemu_entry)entry, &behind);
		sysemu_event e = resume(m, SYSCALL, 0);

		assert_int_equal(e.orig_eax, NR_GETPID);
		e = resume(m, STEP, 0);
		expect_trap(&e, behind);
		assert_int_equal(e.eax, PROGRAM);
		e = resume(m, STEP, 0);
		assert_int_equal(e.eip, behind + 1);
		sysemu_close(m);
	}
}

/* Behind a skipped call no trap at an unchanged eip (part 5): the first one is at ret+1. */
static bool has_part_5(const char *kernel)
{
	return strcmp(kernel, "sysemu") == 0 || is_2_6_14(kernel);
}

static void step_behind_an_emulated_call_traps_after_one_user_instruction(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		uint32_t behind;
		sysemu_machine *m = open_steps(*state, (sysemu_entry)entry, &behind);
		sysemu_event e = resume(m, SYSEMU, 0);

		assert_int_equal(e.orig_eax, NR_GETPID);
		e = resume(m, STEP, 0);
		expect_trap(&e, behind + 1);
		assert_int_equal((int32_t)e.eax, -38);
		assert_int_equal(e.tif & (S | E | T), S);
		sysemu_close(m);
	}
}

/* ---- SYSEMU_SINGLESTEP, 2.6.14 ---- */

static void sysemu_singlestep_is_refused_before_2_6_14(void **state)
{
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);

	assert_int_equal(ptrace_raw(m, SYSEMU_STEP, 0, 0), -5);
	assert_int_equal(task_info(m, 0).tif & (S | E), 0);
	sysemu_close(m);
}

static void sysemu_singlestep_sets_both_flags_and_steps(void **state)
{
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);
	sysemu_event e;

	assert_int_equal(ptrace_raw(m, SYSEMU_STEP, 0, 65), -5);
	e = resume(m, SYSEMU_STEP, 0);
	expect_trap(&e, SYSEMU_CODE_BASE + 1);
	assert_int_equal(e.tif & (T | S | E), S | E);
	e = resume(m, SYSEMU_STEP, 0);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 6);
	sysemu_close(m);
}

/*
 * The call stops once, as a notification (TF = 1 with int 0x80; SYSENTER's was cleared by the
 * kernel's #DB), is skipped without a trap of its own, and the next trap is at ret+1.
 */
static void sysemu_singlestep_over_a_call_stops_at_its_entry_and_then_at_ret_plus_1(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		uint32_t behind;
		sysemu_machine *m = open_steps(*state, (sysemu_entry)entry, &behind);
		sysemu_event e;

		assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 1), 0);
		e = step_to(m, SYSEMU_STEP, 0);
		assert_int_equal(e.status, STOPPED_AT_CALL);
		assert_int_equal(e.eip, behind);
		assert_int_equal(e.orig_eax, NR_GETPID);
		assert_int_equal((int32_t)e.eax, -38);
		assert_int_equal(e.eflags & TF, entry == SYSEMU_ENTRY_INT80 ? TF : 0);
		e = resume(m, SYSEMU_STEP, 0);
		expect_trap(&e, behind + 1);
		assert_int_equal(e.tif & (T | S | E), S | E);
		assert_int_equal(e.eflags & TF, 0);
		sysemu_close(m);
	}
}

/* Each of the other resumes at that stop: the call is not executed, however it goes on. */
static void the_call_stays_skipped_whatever_answers_a_sysemu_singlestep_stop(void **state)
{
	static const struct {
		int request;
		uint32_t flags;
	} rows[] = {
		{ CONT, 0 }, { SYSCALL, T }, { SYSEMU, E }, { STEP, S }, { SYSEMU_STEP, S | E }
	};

	for (unsigned i = 0; i < 5; i++)
		for (int entry = 0; entry < 2; entry++) {
			uint32_t behind;
			sysemu_machine *m = open_steps(*state, (sysemu_entry)entry, &behind);
			sysemu_event e;

			assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 1), 0);
			e = step_to(m, SYSEMU_STEP, 0);
			assert_int_equal(e.status, STOPPED_AT_CALL);
			assert_int_equal(ptrace_raw(m, rows[i].request, 0, 0), 0);
			OK(m, sysemu_break_set(m, symbol(m, "sys_getpid")));
			e = run_to(m, behind);
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			assert_int_equal(e.eip, behind);
			assert_int_equal(e.tif & (T | S | E), rows[i].flags);
			assert_int_equal(e.orig_eax, -1);
			assert_int_equal((int32_t)e.eax, -38);
			sysemu_close(m);
		}
}

/* SINGLESTEP behind a SYSEMU_SINGLESTEP drops E: the next call runs, and traps at its exit. */
static void singlestep_behind_sysemu_singlestep_executes_the_next_call(void **state)
{
	uint32_t behind;
	sysemu_machine *m = open_steps(*state, SYSEMU_ENTRY_INT80, &behind);
	sysemu_event e = resume(m, SYSEMU_STEP, 0);

	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 1);
	e = step_to(m, STEP, behind);
	assert_int_equal(e.eip, behind);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.tif & (T | S | E), S);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_step_is_one_instruction_and_shows_tf_clear),
		ON_KERNELS(set_singlestep_marks_its_tf_with_dtrace),
		ON_KERNELS(a_programs_own_tf_is_left_alone),
		ON_KERNELS(a_step_over_popf_is_not_marked),
		ON_KERNELS(an_untraced_tf_kills),
		ON_KERNELS(a_signal_stop_shows_the_tracers_tf_before_2_6_12_alone),
		ON_KERNELS(a_step_over_int_0x80_traps_at_its_return),
		ON_KERNELS(cont_behind_a_stepped_int_0x80_takes_tf_back),
		ON_KERNELS(a_step_over_sysenter_traps_at_its_return_with_tf_clear),
		ON_KERNELS(step_at_an_entry_stop_traps_once_behind_the_call),
		ON_KERNELS_IF(step_behind_an_emulated_call_traps_after_one_user_instruction,
			      has_part_5),
		ON_KERNELS_IF(sysemu_singlestep_is_refused_before_2_6_14, before_2_6_14),
		ON_KERNELS_IF(sysemu_singlestep_sets_both_flags_and_steps, only_2_6_14),
		ON_KERNELS_IF(
			sysemu_singlestep_over_a_call_stops_at_its_entry_and_then_at_ret_plus_1,
			only_2_6_14),
		ON_KERNELS_IF(the_call_stays_skipped_whatever_answers_a_sysemu_singlestep_stop,
			      only_2_6_14),
		ON_KERNELS_IF(singlestep_behind_sysemu_singlestep_executes_the_next_call,
			      only_2_6_14),
	};

	return run_on_kernels("steps", tests, sizeof(tests) / sizeof(tests[0]));
}
