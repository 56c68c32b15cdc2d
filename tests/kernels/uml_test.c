/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uml_test.c: the checks that User Mode Linux makes of its host before it trusts it, and
 * what each kernel must answer.
 */
#include "tests/helpers/harness.h"

#define NR_GETPID  20
#define NR_GETPPID 64
#define ORIG_EAX   (4 * 11)
#define EAX        (4 * 6)

static sysemu_machine *start_child(const char *kernel)
{
	sysemu_machine *m = open_program(kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					 TEST_PROGRAMS "/uml_child");
	sysemu_event e = run(m);

	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.status, 0x137f);
	return m;
}

static uint32_t parent_pid(sysemu_machine *m)
{
	sysemu_task info;

	OK(m, sysemu_task_info(m, 0, &info));
	return (uint32_t)info.ppid;
}

/* check_ptrace: a tracer can change the call at its entry stop. */
static void check_ptrace_passes(const char *kernel)
{
	sysemu_machine *m = start_child(kernel);
	sysemu_event e;

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_OLDSETOPTIONS, 0, 1), 0);
	do {
		e = resume(m, SYSEMU_PTRACE_SYSCALL, 0);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, 0x857f);
	} while (e.orig_eax != NR_GETPID);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, ORIG_EAX, NR_GETPPID), 0);
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, 0);
	sysemu_close(m);
}

static void check_ptrace_passes_on_every_kernel(void **state)
{
	const char *kernel;

	(void)state;

	for (size_t i = 0; (kernel = kernel_of_2005(i)) != NULL; i++)
		check_ptrace_passes(kernel);
}

/* Good: SYSEMU, stop with signal 5 exactly, eax = the parent's pid, CONT, exit 0. */
static void check_sysemu_passes_on_the_corrected_patch(void **state)
{
	sysemu_machine *m = start_child("sysemu");
	sysemu_event e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);

	(void)state;
	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.status, 0x057f);
	assert_int_equal(e.orig_eax, NR_GETPID);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, EAX, parent_pid(m)), 0);
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, 0);
	sysemu_close(m);
}

static void check_sysemu_is_refused_with_eio_before_the_patch(void **state)
{
	sysemu_machine *m = start_child("2.6.11");

	(void)state;
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU, 0, 0), -5);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SYSEMU_SINGLESTEP, 0, 0), -5);
	sysemu_close(m);
}

/* Bad: the request is accepted, and the child runs to its end: exit 1, its own pid. */
static void check_sysemu_sees_an_exit_where_a_stop_was_due_as_printed(void **state)
{
	sysemu_machine *m = start_child("sysemu-as-printed");
	sysemu_event e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);

	(void)state;
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, 1 << 8);
	sysemu_close(m);
}

/* userspace() without SYSEMU: getpid in the call's place, and the exit stop is the tracer's. */
static void without_sysemu_a_call_is_replaced_by_getpid(void **state)
{
	sysemu_machine *m = start_child("2.6.11");
	sysemu_event e;

	(void)state;
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETOPTIONS, 0, 1), 0);
	e = resume(m, SYSEMU_PTRACE_SYSCALL, 0);
	assert_int_equal(e.status, 0x857f);
	assert_int_equal((int32_t)e.eax, -38);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, ORIG_EAX, NR_GETPID), 0);
	e = resume(m, SYSEMU_PTRACE_SYSCALL, 0);
	assert_int_equal(e.status, 0x857f);
	assert_int_equal(e.eax, e.pid);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, EAX, 12345), 0);
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.status, 2 << 8); /* neither pid: the tracer's number arrived */
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_ptrace_passes_on_every_kernel),
		cmocka_unit_test(check_sysemu_passes_on_the_corrected_patch),
		cmocka_unit_test(check_sysemu_is_refused_with_eio_before_the_patch),
		cmocka_unit_test(check_sysemu_sees_an_exit_where_a_stop_was_due_as_printed),
		cmocka_unit_test(without_sysemu_a_call_is_replaced_by_getpid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
