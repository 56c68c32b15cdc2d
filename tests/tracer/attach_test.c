/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach_test.c: who may trace whom, and from when to when: the errors of sys_ptrace in the
 * kernel's order, ATTACH with each of its refusals, the stop that follows, DETACH, and what a
 * former tracer leaves behind. Expectations: docs/kernels.md §6 and §10. Every test runs on
 * every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

static int32_t by_pid(sysemu_machine *m, int request, int32_t pid)
{
	int32_t result = -1000;

	OK(m, sysemu_ptrace_pid(m, request, pid, 0, 0, &result));
	return result;
}

/* getpid by int 0x80 for ever; untraced it runs, traced it stands at its first stop. */
static sysemu_machine *open_calls(const char *kernel, sysemu_start start)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "cd80");
	emit(&p, "ebf7");
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, start);
	if (start == SYSEMU_START_TRACED)
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	else
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	return m;
}
#define CALL_AT     (SYSEMU_CODE_BASE + 5)
#define CALL_BEHIND (CALL_AT + 2)

/* ---- the order of the errors ---- */

/* Each request fails at the first of the tests that it fails, whatever else is wrong with it. */
static void the_errors_come_in_the_kernels_order(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);
	const int unknown = 9999;

	/* 1. the look-up: nobody */
	assert_int_equal(by_pid(m, unknown, 4711), -ESRCH);
	assert_int_equal(by_pid(m, ATTACH, 0), -ESRCH);
	assert_int_equal(by_pid(m, ATTACH, -PROGRAM), -ESRCH);
	/* 2. init */
	assert_int_equal(by_pid(m, unknown, INIT), -EPERM);
	assert_int_equal(by_pid(m, ATTACH, INIT), -EPERM);
	/* 3. ATTACH, before its target's state: this one is traced already */
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), -EPERM);
	/* 4. traced by the caller? Not before 5., the request's own tests */
	assert_int_equal(by_pid(m, unknown, TRACER), -ESRCH);
	/* 5. data, then the request */
	assert_int_equal(ptrace_raw(m, CONT, 0, 65), -EIO);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 65), -EIO);
	assert_int_equal(ptrace_raw(m, unknown, 0, 0), -EIO);
	assert_int_equal(ptrace_raw(m, -1, 0, 0), -EIO);
	assert_int_equal(task_info(m, 0).state, TRACED);
	/* 6. stopped? */
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	assert_int_equal(ptrace_raw(m, unknown, 0, 0), -ESRCH);
	assert_int_equal(ptrace_raw(m, CONT, 0, 65), -ESRCH);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 0), -ESRCH);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 65), 0); /* exempt, and no data */
	sysemu_close(m);
}

/* 31 is unknown to 2.6.11, 32 to all but 2.6.14; and a zombie answers to KILL alone. */
static void requests_are_known_by_era(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);
	bool before = strcmp(*state, "2.6.11") == 0;

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU_SINGLESTEP, 0, 65), -EIO);
	if (before)
		assert_int_equal(ptrace_raw(m, SYSEMU, 0, 0), -EIO);
	if (!is_2_6_14(*state))
		assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU_SINGLESTEP, 0, 0), -EIO);
	assert_int_equal(task_info(m, 0).state, TRACED);
	assert_int_equal(resume(m, SYSEMU_PTRACE_KILL, 0).kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(task_info(m, PROGRAM).state, ZOMBIE);
	assert_int_equal(by_pid(m, CONT, PROGRAM), -ESRCH);
	assert_int_equal(by_pid(m, SYSEMU_PTRACE_KILL, PROGRAM), 0);
	sysemu_close(m);
}

/* ---- ATTACH: who may ---- */

static void attach_to_oneself_is_refused(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);

	assert_int_equal(by_pid(m, ATTACH, TRACER), -EPERM);
	sysemu_close(m);
}

/* Any of the six ids that differs from the caller's uid or gid refuses; the capability allows. */
static void attach_wants_the_same_ids_or_the_capability(void **state)
{
	for (int which = 0; which < 6; which++)
		for (int cap = 0; cap < 2; cap++) {
			sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
			sysemu_task_attr mine = { 7, 7, 7, 8, 8, 8, cap, true, true };
			sysemu_task_attr its = { 7, 7, 7, 8, 8, 8, false, true, true };

			(&its.uid)[which] = 99;
			OK(m, sysemu_set_attr(m, TRACER, &mine));
			OK(m, sysemu_set_attr(m, PROGRAM, &its));
			assert_int_equal(by_pid(m, ATTACH, PROGRAM), cap ? 0 : -EPERM);
			assert_int_equal(task_info(m, PROGRAM).ptrace,
					 cap ? PTRACED | PTRACE_CAP : 0);
			sysemu_close(m);
		}
}

/* The caller's own effective and saved ids are not asked. */
static void attach_asks_the_callers_real_ids_alone(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
	const sysemu_task_attr mine = { 7, 0, 0, 8, 0, 0, false, true, true };
	const sysemu_task_attr its = { 7, 7, 7, 8, 8, 8, false, true, true };

	OK(m, sysemu_set_attr(m, TRACER, &mine));
	OK(m, sysemu_set_attr(m, PROGRAM, &its));
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
	sysemu_close(m);
}

static void attach_refuses_a_task_that_is_not_dumpable_but_for_the_capability(void **state)
{
	for (int cap = 0; cap < 2; cap++) {
		sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
		const sysemu_task_attr mine = { .cap_sys_ptrace = cap,
						.has_mm = true,
						.dumpable = true };
		const sysemu_task_attr its = { .has_mm = true };

		OK(m, sysemu_set_attr(m, TRACER, &mine));
		OK(m, sysemu_set_attr(m, PROGRAM, &its));
		assert_int_equal(by_pid(m, ATTACH, PROGRAM), cap ? 0 : -EPERM);
		sysemu_close(m);
	}
}

/* A kernel thread: not even the capability helps. */
static void attach_refuses_a_task_without_memory(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
	const sysemu_task_attr mine = { .cap_sys_ptrace = true, .has_mm = true, .dumpable = true };
	const sysemu_task_attr its = { .dumpable = true };

	OK(m, sysemu_set_attr(m, TRACER, &mine));
	OK(m, sysemu_set_attr(m, PROGRAM, &its));
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), -EPERM);
	sysemu_close(m);
}

static void attach_twice_is_refused(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);

	assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), -EPERM);
	sysemu_close(m);
}

/* ---- ATTACH: what it does ---- */

/* It returns at once; the SIGSTOP stop comes later, and until then the task is not stopped. */
static void attach_returns_before_the_stop(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
	sysemu_event e;

	assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
	assert_int_equal(task_info(m, PROGRAM).state, RUNNING);
	assert_int_equal(task_info(m, PROGRAM).tracer, TRACER);
	assert_int_equal(task_info(m, PROGRAM).tif, P);
	assert_int_equal(by_pid(m, CONT, PROGRAM), -ESRCH);
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	assert_int_equal(task_info(m, 0).state, TRACED);
	/* Its real parent's task: ATTACHED would say that another one has it. */
	assert_int_equal(task_info(m, 0).ptrace, PTRACED);
	assert_int_equal(resume(m, SYSCALL, 0).orig_eax, NR_GETPID);
	sysemu_close(m);
}

/* A stopped task stays stopped; the first request takes it over. */
static void attach_takes_a_stopped_task(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);
	sysemu_event e;

	assert_int_equal(kill_from_outside(m, PROGRAM, SIGSTOP), 0);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(task_info(m, 0).state, STOPPED);
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
	assert_int_equal(task_info(m, 0).state, STOPPED);
	e = resume(m, SYSCALL, 0); /* the group stop is over, and now comes ATTACH's SIGSTOP */
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	assert_int_equal(task_info(m, 0).state, TRACED);
	sysemu_close(m);
}

/* ---- DETACH ---- */

static void detach_ends_tracing_and_takes_the_options(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);
	sysemu_task info;

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 0x7f), 0);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 65), -EIO);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
	info = task_info(m, PROGRAM);
	assert_int_equal(info.ptrace, 0);
	assert_int_equal(info.tracer, 0);
	assert_int_equal(info.state, RUNNING);
	assert_int_equal(info.tif & P, P);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(by_pid(m, CONT, PROGRAM), -ESRCH);
	sysemu_close(m);
}

/* The signal of DETACH is delivered, and nobody is asked. */
static void detach_delivers_its_signal(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);
	sysemu_event e;

	assert_int_equal(resume(m, SYSCALL, 0).orig_eax, NR_GETPID);
	e = resume(m, DETACH, SIGTERM);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGTERM);
	sysemu_close(m);

	m = open_calls(*state, SYSEMU_START_TRACED);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	kill_from_outside(m, PROGRAM, SIGTERM);
	assert_int_equal(run(m).status, STOP_OF(SIGTERM));
	e = resume(m, DETACH, SIGUSR1); /* in its place */
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGUSR1);
	sysemu_close(m);
}

/* Before 2.6.14 T and E stay, and with T each later call takes the slow path; S never stays. */
static void detach_leaves_t_and_e_before_2_6_14(void **state)
{
	static const int requests[] = { SYSCALL, SYSEMU };
	static const uint32_t flags[] = { T, E };
	bool later = is_2_6_14(*state);

	for (int i = 0; i < (emulates(*state) ? 2 : 1); i++) {
		sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);
		sysemu_event e = resume(m, requests[i], 0);

		assert_int_equal(e.orig_eax, NR_GETPID);
		assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
		assert_int_equal(task_info(m, PROGRAM).tif & (T | E | S), later ? 0 : flags[i]);
		e = run_briefly(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT); /* untraced: no stop */
		assert_int_equal(e.tif & (T | E | S), later ? 0 : flags[i]);
		sysemu_close(m);
	}
}

/* 54 (56 with the patch) instructions of entry.S for ever, instead of 37; 2.6.14: 43. */
static void a_left_t_costs_the_slow_path_for_ever(void **state)
{
	const char *kernel = *state;
	sysemu_machine *m = open_calls(kernel, SYSEMU_START_TRACED);
	int expected = is_2_6_14(kernel) ? 43 : strcmp(kernel, "2.6.11") == 0 ? 54 : 56;
	sysemu_event from, to;

	assert_int_equal(resume(m, SYSCALL, 0).orig_eax, NR_GETPID);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
	from = run_to(m, CALL_AT);
	for (int i = 0; i < 3; i++) {
		to = run_to(m, CALL_BEHIND);
		assert_int_equal(to.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(entry_insns(&from, &to), expected);
		from = run_to(m, CALL_AT);
	}
	sysemu_close(m);
}

/* At a SYSEMU stop the call is still skipped: E was sampled (sysemu-1 asks the flag, which
 * DETACH has left). */
static void detach_at_a_sysemu_stop_still_skips_the_call(void **state)
{
	struct one_call c =
		open_call(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, NR_GETPID, NULL, 0);
	sysemu_event e = run(c.m);

	assert_int_equal(resume(c.m, SYSEMU, 0).orig_eax, NR_GETPID);
	assert_int_equal(ptrace_raw(c.m, DETACH, 0, 0), 0);
	e = run_to(c.m, c.behind);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal((int32_t)e.eax, -ENOSYS);
	assert_int_equal(e.orig_eax, is_2_6_14(*state) ? -1 : NR_GETPID);
	sysemu_close(c.m);
}

/* DETACH from a step: TF goes with S. */
static void detach_ends_single_stepping(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);

	assert_int_equal(resume(m, STEP, 0).eip, CALL_AT);
	assert_int_equal(resume(m, STEP, 0).eip, CALL_BEHIND);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
	assert_int_equal(task_info(m, PROGRAM).tif & S, 0);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	sysemu_close(m);
}

/* A second tracer finds the flags of the first: its CONT clears them, and till then they count. */
static void attach_keeps_what_a_former_tracer_left(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_TRACED);

	assert_int_equal(resume(m, SYSCALL, 0).orig_eax, NR_GETPID);
	assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
	assert_int_equal(task_info(m, PROGRAM).tif & T, is_2_6_14(*state) ? 0 : T);
	sysemu_close(m);
}

static void a_detached_task_can_be_attached_again_and_again(void **state)
{
	sysemu_machine *m = open_calls(*state, SYSEMU_START_UNTRACED);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(by_pid(m, ATTACH, PROGRAM), 0);
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(m, DETACH, 0, 0), 0);
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	}
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(the_errors_come_in_the_kernels_order),
		ON_KERNELS(requests_are_known_by_era),
		ON_KERNELS(attach_to_oneself_is_refused),
		ON_KERNELS(attach_wants_the_same_ids_or_the_capability),
		ON_KERNELS(attach_asks_the_callers_real_ids_alone),
		ON_KERNELS(attach_refuses_a_task_that_is_not_dumpable_but_for_the_capability),
		ON_KERNELS(attach_refuses_a_task_without_memory),
		ON_KERNELS(attach_twice_is_refused),
		ON_KERNELS(attach_returns_before_the_stop),
		ON_KERNELS(attach_takes_a_stopped_task),
		ON_KERNELS(detach_ends_tracing_and_takes_the_options),
		ON_KERNELS(detach_delivers_its_signal),
		ON_KERNELS(detach_leaves_t_and_e_before_2_6_14),
		ON_KERNELS(a_left_t_costs_the_slow_path_for_ever),
		ON_KERNELS_IF(detach_at_a_sysemu_stop_still_skips_the_call, emulates),
		ON_KERNELS(detach_ends_single_stepping),
		ON_KERNELS(attach_keeps_what_a_former_tracer_left),
		ON_KERNELS(a_detached_task_can_be_attached_again_and_again),
	};

	return run_on_kernels("attach", tests, sizeof(tests) / sizeof(tests[0]));
}
