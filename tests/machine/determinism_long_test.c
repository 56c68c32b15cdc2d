/* SPDX-License-Identifier: GPL-2.0-only */
/* determinism_long_test.c: 1,000 runs of the demonstration program are one run. */
#include "tests/helpers/demo_run.h"

#define RUNS 1000

static void a_thousand_runs_are_one(void **state)
{
	struct demo_run first, d;

	(void)state;
	demo_open(&first, TEST_DEMO, SYSEMU_ENTRY_INT80);
	assert_true(demo_serve(&first, 10000));
	for (unsigned i = 1; i < RUNS; i++) {
		demo_open(&d, TEST_DEMO, SYSEMU_ENTRY_INT80);
		assert_true(demo_serve(&d, 10000));
		demo_assert_equal(&first, &d);
		demo_close(&d);
	}
	print_message("%u runs, %u stops each, the same output, log and digest\n", RUNS,
		      first.stops);
	demo_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_thousand_runs_are_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
