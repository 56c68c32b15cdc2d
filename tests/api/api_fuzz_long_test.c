/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fuzz_long_test.c: a million calls and more of the whole public header in any order, each
 * seed twice. Which seeds, and how many: SYSEMU_API_SEED and SYSEMU_API_SEEDS in the environment.
 */
#include "tests/api/api_fuzz.h"

enum { STEPS = 1000 };

static void the_same_calls_give_the_same_answers(void **state)
{
	(void)state;
	api_fuzz_twice(TEST_PROGRAMS "/vsyscall", number_from("SYSEMU_API_SEED", 1000),
		       number_from("SYSEMU_API_SEEDS", 500), STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		the_same_calls_give_the_same_answers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
