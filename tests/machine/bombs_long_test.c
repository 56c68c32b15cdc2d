/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bombs_long_test.c: a million random calls with random arguments, by several processes at once, in many machines:
 * each run ends in an event or at its limit. How many, and from which seed on: SYSEMU_BOMB_CALLS, SYSEMU_BOMB_SEED.
 */
#include "tests/machine/bomb.h"

#include <stdio.h>

static void a_million_random_calls_do_no_harm(void **state)
{
	static const char *const kernels[] = { "2.6.11", "sysemu", "2.6.14", "6.12" };
	uint64_t most = number_from("SYSEMU_BOMB_CALLS", 1000000), calls = 0, runs = 0;
	uint64_t limit = number_from("SYSEMU_BOMB_INSNS", 50000000);
	uint64_t first = number_from("SYSEMU_BOMB_SEED", 1), ended = 0;

	(void)state;
	while (calls < most) {
		char seed[24];
		const struct bomb b = { .kernel = kernels[runs % 4],
					.entry = runs / 4 % 2 ? SYSEMU_ENTRY_SYSENTER :
								SYSEMU_ENTRY_INT80,
					.way = "random",
					.amount = "100000",
					.seed = seed };

		snprintf(seed, sizeof(seed), "%llu", (unsigned long long)(first + runs++));
		ended += run_bomb(&b, limit, &calls).kind != SYSEMU_EVENT_LIMIT;
	}
	fprintf(stderr, "%llu calls in %llu runs, %llu of which ended by themselves\n",
		(unsigned long long)calls, (unsigned long long)runs, (unsigned long long)ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_million_random_calls_do_no_harm) };

	return cmocka_run_group_tests_name("bombs, long", tests, NULL, NULL);
}
