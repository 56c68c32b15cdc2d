/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * outside_test.c: what reaches a task from elsewhere, whatever it is doing: signals, a wish to
 * reschedule, auditing; and what wait4 tells its tracer. Expectations: docs/kernels.md §5 (row
 * EA), §7 (wait4) and §11 (R), kill(2), wait(2). Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { WNOHANG = 1, WUNTRACED = 2, WCONTINUED = 8 };
#define WNOTHREAD 0x20000000u
#define WALL      0x40000000u
#define WCLONE    0x80000000u

static struct one_call open_getpid(const char *kernel, sysemu_entry entry, sysemu_start start)
{
	struct one_call c = open_call(kernel, entry, start, NR_GETPID, NULL, 0);

	if (start == SYSEMU_START_TRACED)
		assert_int_equal(run(c.m).status, STOPPED_BY_SIGSTOP);
	return c;
}

/* ---- signals ---- */

static void kill_has_its_errors(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);

	assert_int_equal(kill_from_outside(c.m, PROGRAM, -1), -EINVAL);
	assert_int_equal(kill_from_outside(c.m, PROGRAM, 65), -EINVAL);
	assert_int_equal(kill_from_outside(c.m, 4711, 65), -ESRCH); /* who, comes before what */
	assert_int_equal(kill_from_outside(c.m, 4711, SIGUSR1), -ESRCH);
	assert_int_equal(kill_from_outside(c.m, 1, SIGUSR1), -EPERM);
	assert_int_equal(kill_from_outside(c.m, PROGRAM, 0), 0); /* asks, and sends nothing */
	assert_int_equal(task_info(c.m, 0).sigpending, 0);
	assert_int_equal(kill_from_outside(c.m, 0, SIGUSR1), 0); /* the one in focus */
	assert_int_equal(task_info(c.m, 0).sigpending, 1u << (SIGUSR1 - 1));
	sysemu_close(c.m);
}

/* In user mode it is interrupted, at the instruction that it had come to; no call to restart. */
static void a_signal_in_user_mode_interrupts(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	sysemu_event e;

	assert_int_equal(ptrace_raw(c.m, CONT, 0, 0), 0);
	assert_int_equal(run_to(c.m, c.at).kind, SYSEMU_EVENT_BREAK);
	kill_from_outside(c.m, PROGRAM, SIGUSR1);
	e = run(c.m);
	assert_int_equal(e.status, STOP_OF(SIGUSR1));
	assert_int_equal(e.eip, c.at);
	assert_int_equal(e.eax, NR_GETPID);
	assert_true(e.orig_eax < 0);
	sysemu_close(c.m);
}

static void a_signal_inside_a_call_comes_at_its_exit(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		struct one_call c = open_getpid(*state, (sysemu_entry)entry, SYSEMU_START_TRACED);
		sysemu_event e;

		assert_int_equal(ptrace_raw(c.m, CONT, 0, 0), 0);
		assert_int_equal(run_to(c.m, symbol(c.m, "sys_getpid")).kind, SYSEMU_EVENT_BREAK);
		kill_from_outside(c.m, PROGRAM, SIGUSR1);
		e = run(c.m);
		assert_int_equal(e.status, STOP_OF(SIGUSR1));
		assert_int_equal(e.eip, c.behind);
		assert_int_equal(e.orig_eax, NR_GETPID);
		assert_int_equal(e.eax, PROGRAM);
		sysemu_close(c.m);
	}
}

static void a_signal_for_a_stopped_task_waits_for_the_calls_exit(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	sysemu_event e = resume(c.m, SYSCALL, 0);

	assert_int_equal(e.orig_eax, NR_GETPID);
	kill_from_outside(c.m, PROGRAM, SIGUSR1);
	assert_int_equal(sysemu_run(c.m, 0, &e), SYSEMU_ESTATE);
	e = resume(c.m, SYSCALL, 0);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(resume(c.m, SYSCALL, 0).status, STOP_OF(SIGUSR1));
	sysemu_close(c.m);
}

/* ---- NEED_RESCHED ---- */

/* R: 46/56 instructions of entry.S, 2.6.14 52/62; and the next call is on the fast path again. */
static void need_resched_inside_a_call_costs_what_r_costs_and_is_over(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		bool later = is_2_6_14(*state);
		int expected = entry ? (later ? 62 : 56) : (later ? 52 : 46);
		int fast = entry ? 41 : (later ? 43 : 37);
		struct emit p = { 0 };
		uint32_t at, behind;
		sysemu_event from, to;
		sysemu_machine *m;

		for (int i = 0; i < 2; i++)
			emit_vsyscall(&p, NR_GETPID);
		at = entry ? 0xffffe405 : 0xffffe400;
		behind = entry ? 0xffffe410 : 0xffffe402;
		emit_spin(&p);
		m = emit_open(&p, *state, (sysemu_entry)entry, SYSEMU_START_UNTRACED);
		from = run_to(m, at);
		assert_int_equal(run_to(m, symbol(m, "sys_getpid")).kind, SYSEMU_EVENT_BREAK);
		OK(m, sysemu_need_resched(m, PROGRAM));
		assert_int_equal(task_info(m, 0).tif, R);
		to = run_to(m, behind);
		assert_int_equal(entry_insns(&from, &to), expected);
		assert_int_equal(to.tif, 0);
		from = run_to(m, at);
		assert_int_equal(entry_insns(&to, &from), 0); /* no interrupt is left over */
		to = run_to(m, behind);
		assert_int_equal(to.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(entry_insns(&from, &to), fast);
		sysemu_close(m);
	}
}

static void need_resched_in_user_mode_is_seen_at_once(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);

	assert_int_equal(run_to(c.m, c.at).kind, SYSEMU_EVENT_BREAK);
	OK(c.m, sysemu_need_resched(c.m, 0));
	assert_int_equal(run_to(c.m, symbol(c.m, "schedule")).kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(run_to(c.m, c.at).kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(task_info(c.m, 0).tif, 0);
	sysemu_close(c.m);
}

static void need_resched_of_a_stopped_task_waits(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);

	assert_int_equal(resume(c.m, SYSCALL, 0).orig_eax, NR_GETPID);
	OK(c.m, sysemu_need_resched(c.m, 0));
	assert_int_equal(ptrace_raw(c.m, CONT, 0, 0), 0);
	assert_int_equal(run_to(c.m, c.behind).kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(task_info(c.m, 0).tif, 0);
	assert_int_equal(sysemu_need_resched(c.m, 4711), SYSEMU_ENOENT);
	sysemu_close(c.m);
}

/* ---- audit ---- */

/* Traced or not, however it is resumed: audit hears once of the call's begin and once of its end. */
static void audit_is_told_of_each_call_once(void **state)
{
	static const int requests[] = { CONT, SYSCALL, SYSEMU, STEP };

	for (unsigned i = 0; i < 4; i++)
		for (int entry = 0; entry < 2; entry++) {
			struct one_call c;
			sysemu_event e;

			if (requests[i] == SYSEMU && !emulates(*state))
				continue;
			c = open_getpid(*state, (sysemu_entry)entry, SYSEMU_START_TRACED);
			OK(c.m, sysemu_set_audit(c.m, PROGRAM, true));
			assert_int_equal(task_info(c.m, 0).tif & A, A);
			assert_int_equal(ptrace_raw(c.m, requests[i], 0, 0), 0);
			OK(c.m, sysemu_break_set(c.m, c.behind));
			for (e = run(c.m); e.kind == SYSEMU_EVENT_STOP; e = run(c.m))
				assert_int_equal(ptrace_raw(c.m, requests[i], 0, 0), 0);
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			assert_int_equal(task_info(c.m, 0).audit_entries, 1);
			assert_int_equal(task_info(c.m, 0).audit_exits, 1);
			OK(c.m, sysemu_set_audit(c.m, PROGRAM, false));
			assert_int_equal(task_info(c.m, 0).tif & A, 0);
			sysemu_close(c.m);
		}
}

/* The number that the hook sees: before 2.6.12 it runs ahead of the stop, so a tracer that
 * changes orig_eax there deceives it; since then it runs behind. */
static void ptrace_cannot_fool_audit_from_2_6_12_on(void **state)
{
	bool later = is_2_6_14(*state);
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	sysemu_regs cpu;
	sysemu_event e;

	OK(c.m, sysemu_set_audit(c.m, PROGRAM, true));
	OK(c.m, sysemu_break_set(c.m, symbol(c.m, "audit_syscall_entry")));
	e = resume(c.m, SYSCALL, 0);
	if (!later) {
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(e.orig_eax, NR_GETPID);
		e = run(c.m);
	}
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	OK(c.m, sysemu_set_reg(c.m, SYSEMU_REG_ORIG_EAX, NR_GETPPID));
	e = resume(c.m, SYSCALL, 0);
	if (later) {
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		OK(c.m, sysemu_get_cpu(c.m, &cpu));
		assert_int_equal(cpu.orig_eax, NR_GETPPID);
		e = run(c.m);
	}
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eax, 100); /* getppid ran, on both */
	sysemu_close(c.m);
}

/* A with STEP traps at the entry and at the exit before 2.6.14; the second is pending already,
 * so it is one stop, but P is set during the call. 2.6.14 leaves the trap to the exit. */
static void a_step_under_audit_sets_p_during_the_call_before_2_6_14(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	sysemu_event e;

	OK(c.m, sysemu_set_audit(c.m, PROGRAM, true));
	assert_int_equal(resume(c.m, STEP, 0).eip, c.at);
	assert_int_equal(ptrace_raw(c.m, STEP, 0, 0), 0);
	e = run_to(c.m, symbol(c.m, "sys_getpid"));
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.tif & P, is_2_6_14(*state) ? 0 : P);
	e = run(c.m);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, c.behind);
	e = resume(c.m, STEP, 0); /* jmp to itself: the next stop is the next instruction's */
	assert_int_equal(e.eip, c.behind);
	assert_int_equal(e.orig_eax, -1);
	sysemu_close(c.m);
}

/* ---- wait4 ---- */

static int32_t wait_for(sysemu_machine *m, int32_t pid, uint32_t options, uint32_t *status)
{
	int32_t result = -1000;

	*status = 0xeeee;
	OK(m, sysemu_wait(m, pid, options, status, &result));
	return result;
}

static void a_stop_is_told_once(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	uint32_t status;

	/* without WUNTRACED, for it is traced */
	assert_int_equal(wait_for(c.m, PROGRAM, 0, &status), PROGRAM);
	assert_int_equal(status, STOPPED_BY_SIGSTOP);
	assert_int_equal(task_info(c.m, 0).exit_code, 0);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG, &status), 0);
	assert_int_equal(wait_for(c.m, PROGRAM, 0, &status), -RESTARTSYS); /* it would sleep */
	assert_int_equal(resume(c.m, SYSCALL, 0).status, STOPPED_BY_SIGTRAP);
	assert_int_equal(wait_for(c.m, -1, WNOHANG, &status), PROGRAM);
	assert_int_equal(status, STOPPED_BY_SIGTRAP);
	assert_int_equal(wait_for(c.m, -1, WNOHANG, &status), 0);
	sysemu_close(c.m);
}

/* Legal, for a request asks only for the state: the stop that was not waited for is lost. */
static void a_resume_before_the_wait_overwrites_the_stop(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	uint32_t status;

	assert_int_equal(task_info(c.m, 0).exit_code, 19);
	assert_int_equal(ptrace_raw(c.m, SYSCALL, 0, 0), 0);
	assert_int_equal(task_info(c.m, 0).exit_code, 0);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG, &status), 0);
	assert_int_equal(run(c.m).status, STOPPED_BY_SIGTRAP);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG, &status), PROGRAM);
	assert_int_equal(status, STOPPED_BY_SIGTRAP);
	sysemu_close(c.m);
}

static void the_resumes_data_is_exit_code_until_it_is_looked_at(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	uint32_t status;

	assert_int_equal(resume(c.m, SYSCALL, 0).orig_eax, NR_GETPID);
	assert_int_equal(wait_for(c.m, PROGRAM, 0, &status), PROGRAM);
	assert_int_equal(ptrace_raw(c.m, CONT, 0, SIGUSR1), 0);
	assert_int_equal(task_info(c.m, 0).exit_code, SIGUSR1);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG, &status), 0); /* it is no stop */
	assert_int_equal(run(c.m).status, STOP_OF(SIGUSR1));
	sysemu_close(c.m);
}

static void wait4_judges_options_and_pids(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	const uint32_t known = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL;
	uint32_t status;

	for (unsigned bit = 0; bit < 32; bit++)
		if (!(known & (1u << bit)))
			assert_int_equal(wait_for(c.m, 4711, 1u << bit, &status), -EINVAL);
	assert_int_equal(wait_for(c.m, 4711, WNOHANG, &status), -ECHILD);
	/* made by a fork with SIGCHLD: no clone's child */
	assert_int_equal(wait_for(c.m, PROGRAM, WCLONE, &status), -ECHILD);
	assert_int_equal(wait_for(c.m, PROGRAM, WALL, &status), PROGRAM);
	assert_int_equal(status, STOPPED_BY_SIGSTOP);
	sysemu_close(c.m);
}

static void the_end_is_told_once_and_then_there_is_nobody(void **state)
{
	struct emit p = { 0 };
	uint32_t status;
	sysemu_machine *m;

	emit_int80(&p, NR_EXIT, 5, 0, 0);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(resume(m, CONT, 0).kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(kill_from_outside(m, PROGRAM, 0), 0); /* a zombie is still there */
	assert_int_equal(wait_for(m, PROGRAM, 0, &status), PROGRAM);
	assert_int_equal(status, 5 << 8);
	assert_int_equal(wait_for(m, PROGRAM, WNOHANG, &status), -ECHILD);
	assert_int_equal(kill_from_outside(m, PROGRAM, SIGKILL), -ESRCH);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 0), -ESRCH);
	sysemu_close(m);
}

static void a_killed_program_is_told_by_its_signal(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	uint32_t status;

	assert_int_equal(run_to(c.m, c.at).kind, SYSEMU_EVENT_BREAK);
	kill_from_outside(c.m, PROGRAM, SIGKILL);
	assert_int_equal(run(c.m).kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(wait_for(c.m, PROGRAM, 0, &status), PROGRAM);
	assert_int_equal(status, SIGKILL);
	sysemu_close(c.m);
}

/* The tracer is the program's parent: an untraced group stop is told to those that ask for it. */
static void an_untraced_stop_needs_wuntraced(void **state)
{
	struct one_call c = open_getpid(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	uint32_t status;

	assert_int_equal(run_to(c.m, c.at).kind, SYSEMU_EVENT_BREAK);
	kill_from_outside(c.m, PROGRAM, SIGSTOP);
	assert_int_equal(run(c.m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG, &status), 0);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG | WUNTRACED, &status), PROGRAM);
	assert_int_equal(status, STOPPED_BY_SIGSTOP);
	assert_int_equal(wait_for(c.m, PROGRAM, WNOHANG | WUNTRACED, &status), 0);
	sysemu_close(c.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(kill_has_its_errors),
		ON_KERNELS(a_signal_in_user_mode_interrupts),
		ON_KERNELS(a_signal_inside_a_call_comes_at_its_exit),
		ON_KERNELS(a_signal_for_a_stopped_task_waits_for_the_calls_exit),
		ON_KERNELS(need_resched_inside_a_call_costs_what_r_costs_and_is_over),
		ON_KERNELS(need_resched_in_user_mode_is_seen_at_once),
		ON_KERNELS(need_resched_of_a_stopped_task_waits),
		ON_KERNELS(audit_is_told_of_each_call_once),
		ON_KERNELS(ptrace_cannot_fool_audit_from_2_6_12_on),
		ON_KERNELS(a_step_under_audit_sets_p_during_the_call_before_2_6_14),
		ON_KERNELS(a_stop_is_told_once),
		ON_KERNELS(a_resume_before_the_wait_overwrites_the_stop),
		ON_KERNELS(the_resumes_data_is_exit_code_until_it_is_looked_at),
		ON_KERNELS(wait4_judges_options_and_pids),
		ON_KERNELS(the_end_is_told_once_and_then_there_is_nobody),
		ON_KERNELS(a_killed_program_is_told_by_its_signal),
		ON_KERNELS(an_untraced_stop_needs_wuntraced),
	};

	return run_on_kernels("outside", tests, sizeof(tests) / sizeof(tests[0]));
}
