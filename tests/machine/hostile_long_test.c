/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_long_test.c: a million random programs, each in two machines. Which and how many:
 * SYSEMU_RANDOM_COUNT, SYSEMU_RANDOM_SEED, SYSEMU_RANDOM_FIRST in the environment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/helpers/random_program.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A program's number decides its configuration, too. */
static void a_million_random_programs_run_alike_in_two_machines(void **state)
{
	enum { SLICE = 1024, REPORT = 65536 };
	uint64_t count = number_from("SYSEMU_RANDOM_COUNT", 1000000);
	uint64_t seed = number_from("SYSEMU_RANDOM_SEED", 20050302);
	uint64_t first = number_from("SYSEMU_RANDOM_FIRST", 0);
	struct random_tally tally = { 0 };
	double start = seconds();

	(void)state;
	for (uint64_t at = first, end = first + count; at < end;) {
		uint64_t slice = at / SLICE, n = (slice + 1) * SLICE - at;

		if (n > end - at)
			n = end - at;
		random_run(&random_configs[slice % random_nconfigs], seed, at, n, &tally);
		at += n;
		if (at % REPORT == 0)
			print_message("%llu programs, %.0f a second\n",
				      (unsigned long long)tally.programs,
				      (double)tally.programs / (seconds() - start));
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
