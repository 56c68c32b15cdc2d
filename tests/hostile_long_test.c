/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_long_test.c: a million random programs, each in two machines. Which and how many:
 * SYSEMU_RANDOM_COUNT, SYSEMU_RANDOM_SEED, SYSEMU_RANDOM_FIRST in the environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/helpers/random_program.h"

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Slices, so that machines are opened and closed many times, too. */
static void a_million_random_programs_run_alike_in_two_machines(void **state)
{
	uint64_t count = number_from("SYSEMU_RANDOM_COUNT", 1000000);
	uint64_t seed = number_from("SYSEMU_RANDOM_SEED", 20050302);
	uint64_t first = number_from("SYSEMU_RANDOM_FIRST", 0);
	uint64_t slice = count / random_nconfigs / 16 + 1, done = 0;
	struct random_tally tally = { 0 };
	double start = seconds();

	(void)state;
	for (unsigned i = 0; done < count; i++) {
		uint64_t n = count - done < slice ? count - done : slice;

		random_run(&random_configs[i % random_nconfigs], seed, first + done, n, &tally);
		done += n;
		if (i % random_nconfigs == random_nconfigs - 1)
			print_message("%llu programs, %.0f a second\n", (unsigned long long)done,
				      (double)done / (seconds() - start));
	}
	for (unsigned kind = 0; kind <= SYSEMU_EVENT_FAULT; kind++)
		print_message("%-7s %llu\n", sysemu_event_name((sysemu_event_kind)kind),
			      (unsigned long long)tally.events[kind]);
	assert_int_equal(tally.programs, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_random_programs_run_alike_in_two_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
