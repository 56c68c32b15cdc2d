/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry_test.c: what a maintainer of entry code pins down: which calls run, which stops come,
 * with which flags, and what an untraced call costs. Read next: <libsysemu/cmocka.h>.
 */
#include <libsysemu/cmocka.h>

#include <errno.h>
#include <signal.h>

static const unsigned char two_calls[] = {
	0xb8, 20,   0, 0, 0, 0xcd, 0x80, /* getpid by int $0x80 */
	0xb8, 64,   0, 0, 0, 0xcd, 0x80, /* getppid */
	0xeb, 0xfe,                      /* loop */
};
#define BEHIND_GETPID (SYSEMU_CODE_BASE + 7)

static const sysemu_test_machine traced = { .code = two_calls, .code_size = sizeof(two_calls) };
static const sysemu_test_machine before_the_patch = {
	.config = { .kernel = "2.6.11", .start = SYSEMU_START_UNTRACED },
	.code = two_calls,
	.code_size = sizeof(two_calls),
};
static const sysemu_test_machine after_the_patch = {
	.config = { .kernel = "sysemu", .start = SYSEMU_START_UNTRACED },
	.code = two_calls,
	.code_size = sizeof(two_calls),
};

/* The first stop, then the stop of getpid. */
static void to_getpid(sysemu_test *t)
{
	sysemu_next(t);
	sysemu_assert_stop(t, SIGSTOP);
	sysemu_answer(t, SYSEMU_PTRACE_SYSEMU, 0);
	sysemu_assert_stop(t, SIGTRAP);
	sysemu_assert_place(t, SYSEMU_PLACE_ENTRY);
	sysemu_assert_reg(t, SYSEMU_REG_EIP, BEHIND_GETPID);
}

static void a_call_stopped_by_sysemu_is_not_executed(void **state)
{
	sysemu_test *t = *state;

	to_getpid(t);
	sysemu_assert_tif(t, SYSEMU_TIF_SYSCALL_EMU);
	sysemu_assert_reg(t, SYSEMU_REG_EAX, -ENOSYS);
	sysemu_answer(t, SYSEMU_PTRACE_SYSEMU, 0);
	sysemu_assert_stop(t, SIGTRAP);
	sysemu_assert_place(t, SYSEMU_PLACE_ENTRY);
	sysemu_assert_ran(t, "none");
	sysemu_assert_entries(t, 1, 0);
}

/* What part 3 of the patch mended. */
static void an_answer_by_syscall_does_not_run_the_emulated_call(void **state)
{
	sysemu_test *t = *state;

	to_getpid(t);
	sysemu_answer(t, SYSEMU_PTRACE_SYSCALL, 0);
	sysemu_assert_stop(t, SIGTRAP);
	sysemu_assert_place(t, SYSEMU_PLACE_ENTRY);
	sysemu_assert_ran(t, "none");
	sysemu_assert_tif(t, SYSEMU_TIF_SYSCALL_TRACE);
}

static void a_request_that_nobody_knows_is_refused(void **state)
{
	sysemu_test *t = *state;

	sysemu_next(t);
	sysemu_assert_request(t, 4711, 0, 0, -EIO);
}

/* From int $0x80 to iret; the same on both kernels. */
static void an_untraced_call_costs_37_instructions(void **state)
{
	sysemu_test *t = *state;

	sysemu_assert_ok(t, sysemu_break_set(t->machine, BEHIND_GETPID - 2));
	sysemu_assert_ok(t, sysemu_break_set(t->machine, BEHIND_GETPID));
	sysemu_next(t);
	sysemu_next(t);
	sysemu_assert_event(t, SYSEMU_EVENT_BREAK, 0);
	sysemu_assert_ran(t, "getpid");
	sysemu_assert_insns(t, SYSEMU_REGION_ENTRY, 37);
	sysemu_assert_insns(t, SYSEMU_REGION_TRACE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sysemu_unit_test(a_call_stopped_by_sysemu_is_not_executed, traced),
		sysemu_unit_test(an_answer_by_syscall_does_not_run_the_emulated_call, traced),
		sysemu_unit_test(a_request_that_nobody_knows_is_refused, traced),
		sysemu_unit_test(an_untraced_call_costs_37_instructions, before_the_patch),
		sysemu_unit_test(an_untraced_call_costs_37_instructions, after_the_patch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
