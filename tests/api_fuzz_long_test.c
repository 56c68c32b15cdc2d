/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fuzz_long_test.c: a million calls and more of the whole public header in any order, each
 * seed twice. Which seeds, and how many: SYSEMU_API_SEED and SYSEMU_API_SEEDS in the environment.
 */
#include <stdlib.h>

#include "tests/helpers/api_fuzz.h"

enum { STEPS = 1000 };

#define ELF TEST_PROGRAMS "/vsyscall"

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static void the_same_calls_give_the_same_answers(void **state)
{
	uint64_t seed = number_from("SYSEMU_API_SEED", 1000), calls = 0;

	(void)state;
	for (uint64_t end = seed + number_from("SYSEMU_API_SEEDS", 500); seed < end; seed++) {
		uint64_t first = api_fuzz_seed(ELF, seed, STEPS, &calls);

		if (api_fuzz_seed(ELF, seed, STEPS, &calls) != first)
			fail_msg("seed %llu: another life the second time",
				 (unsigned long long)seed);
	}
	print_message("%llu calls\n", (unsigned long long)calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		the_same_calls_give_the_same_answers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
