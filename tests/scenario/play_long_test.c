/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play_long_test.c: ten million scripts parsed, a hundred thousand played. How many, and which:
 * SYSEMU_PLAY_PARSE, SYSEMU_PLAY_PLAY and SYSEMU_PLAY_SEED in the environment.
 */
#include "tests/helpers/harness.h"
#include "tests/helpers/play_fuzz.h"

static void ten_million_scripts_are_understood_or_refused(void **state)
{
	struct play_fuzz f;

	(void)state;
	play_fuzz_open(&f, TEST_SOURCES "/../scenarios", number_from("SYSEMU_PLAY_SEED", 31));
	play_fuzz_parse(&f, number_from("SYSEMU_PLAY_PARSE", 10000000));
	print_message("%llu understood\n", (unsigned long long)f.understood);
	play_fuzz_close(&f);
}

static void a_hundred_thousand_scripts_are_played_to_an_end(void **state)
{
	struct play_fuzz f;

	(void)state;
	play_fuzz_open(&f, TEST_SOURCES "/../scenarios", number_from("SYSEMU_PLAY_SEED", 31) + 1);
	play_fuzz_play(&f, number_from("SYSEMU_PLAY_PLAY", 100000));
	print_message("%llu played, %llu passed\n", (unsigned long long)f.played,
		      (unsigned long long)f.passed);
	play_fuzz_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_million_scripts_are_understood_or_refused),
		cmocka_unit_test(a_hundred_thousand_scripts_are_played_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
