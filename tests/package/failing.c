/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * failing.c: assertions of <libsysemu/cmocka.h> that fail, and one that does not; messages.sh
 * runs each and holds what it prints against what is promised.
 */
#include <libsysemu/cmocka.h>

#include <signal.h>

static const unsigned char two_calls[] = {
	0xb8, 20,   0, 0, 0, 0xcd, 0x80, /* getpid by int $0x80 */
	0xb8, 64,   0, 0, 0, 0xcd, 0x80, /* getppid */
	0xeb, 0xfe,                      /* loop */
};
static const sysemu_test_machine right = { .code = two_calls, .code_size = sizeof(two_calls) };
/* Before part 3: a call stopped by SYSEMU and answered by SYSCALL runs after all. */
static const sysemu_test_machine wrong = {
	.config = { .kernel = "sysemu-1" },
	.code = two_calls,
	.code_size = sizeof(two_calls),
};
static const sysemu_test_machine no_kernel = { .config = { .kernel = "2.4" } };
static const sysemu_test_machine no_program = { .program = "no/such/program" };

static sysemu_test *to_getpid(void **state)
{
	sysemu_test *t = *state;

	sysemu_next(t);
	sysemu_answer(t, SYSEMU_PTRACE_SYSEMU, 0);
	return t;
}

static void ran(void **state)
{
	sysemu_test *t = to_getpid(state);

	sysemu_answer(t, SYSEMU_PTRACE_SYSCALL, 0);
	sysemu_assert_ran(t, "none");
}

static void flags(void **state)
{
	sysemu_assert_tif(to_getpid(state), SYSEMU_TIF_SYSCALL_TRACE | SYSEMU_TIF_SYSCALL_EMU);
}

static void some_flags(void **state)
{
	sysemu_assert_tif_has(to_getpid(state), SYSEMU_TIF_SYSCALL_TRACE, SYSEMU_TIF_SINGLESTEP);
}

static void stops(void **state)
{
	sysemu_assert_stop(to_getpid(state), SIGUSR1);
}

static void place(void **state)
{
	sysemu_assert_place(to_getpid(state), SYSEMU_PLACE_EXIT);
}

static void reg(void **state)
{
	sysemu_assert_reg(to_getpid(state), SYSEMU_REG_ORIG_EAX, 21);
}

static void entries(void **state)
{
	sysemu_assert_entries(to_getpid(state), 1, 1);
}

static void instructions(void **state)
{
	sysemu_assert_insns(to_getpid(state), SYSEMU_REGION_SCHED, 123456789012);
}

static void digest(void **state)
{
	sysemu_assert_digest(to_getpid(state), "00000000000000000000000000000000");
}

static void request(void **state)
{
	sysemu_assert_request(to_getpid(state), SYSEMU_PTRACE_PEEKUSR, 2, 0, 0);
}

static void refused(void **state)
{
	sysemu_test *t = to_getpid(state);

	sysemu_assert_ok(t, sysemu_break_clear(t->machine, 1));
}

/* A stopped program does not run. */
static void no_answer(void **state)
{
	sysemu_next(to_getpid(state));
}

static void injected(void **state)
{
	sysemu_test *t = to_getpid(state);

	sysemu_assert_ok(t, sysemu_set_tif(t->machine, SYSEMU_TIF_SYSCALL_EMU));
	sysemu_answer(t, SYSEMU_PTRACE_SINGLESTEP, 0);
	sysemu_assert_stop(t, SIGSTOP);
}

static void many_events(void **state)
{
	sysemu_test *t = to_getpid(state);

	for (int i = 0; i < 20; i++)
		sysemu_answer(t, SYSEMU_PTRACE_SINGLESTEP, 0);
	sysemu_assert_stop(t, SIGSTOP);
}

static void same_state_same_digest(void **state)
{
	char digits[SYSEMU_TEST_DIGITS];
	sysemu_test *t = to_getpid(state);
	sysemu_snapshot *here;

	sysemu_test_digest(t, digits);
	assert_int_equal(strlen(digits), 32);
	sysemu_assert_ok(t, sysemu_save(t->machine, &here));
	sysemu_answer(t, SYSEMU_PTRACE_SYSEMU, 0);
	sysemu_assert_ok(t, sysemu_restore(t->machine, here));
	sysemu_snapshot_free(here);
	sysemu_assert_digest(t, digits);
}

static void no_kernel_test(void **state)
{
	(void)state;
}

static void no_program_test(void **state)
{
	(void)state;
}

/* failing TEST: that one alone. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		sysemu_unit_test(ran, wrong),
		sysemu_unit_test(flags, right),
		sysemu_unit_test(some_flags, right),
		sysemu_unit_test(stops, right),
		sysemu_unit_test(place, right),
		sysemu_unit_test(reg, right),
		sysemu_unit_test(entries, right),
		sysemu_unit_test(instructions, right),
		sysemu_unit_test(digest, right),
		sysemu_unit_test(request, right),
		sysemu_unit_test(refused, right),
		sysemu_unit_test(no_answer, right),
		sysemu_unit_test(injected, right),
		sysemu_unit_test(many_events, right),
		sysemu_unit_test(same_state_same_digest, right),
		sysemu_unit_test(no_kernel_test, no_kernel),
		sysemu_unit_test(no_program_test, no_program),
	};

	if (argc != 2)
		return 2;
	cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
