/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * determinism_test.c: the demonstration program ends in the same state, with the same output
 * and log, in each run and after a restore in the middle. 1,000 runs: determinism_long_test.
 * Another process, folder, compiler and build type: house/deterministic.cmake.
 */
#include "tests/helpers/demo_run.h"

#include <string.h>

static void the_program_gets_served_to_its_exit_7(void **state)
{
	struct demo_run d;

	(void)state;
	demo_open(&d, TEST_DEMO, SYSEMU_ENTRY_INT80);
	assert_true(demo_serve(&d, 10000));
	assert_int_equal(d.status, 7 << 8);
	d.output[d.written] = 0;
	assert_non_null(strstr(d.output, "selppa"));
	demo_close(&d);
}

static void two_machines_end_alike(void **state)
{
	struct demo_run a, b;

	(void)state;
	demo_open(&a, TEST_DEMO, SYSEMU_ENTRY_SYSENTER);
	demo_open(&b, TEST_DEMO, SYSEMU_ENTRY_SYSENTER);
	while (!demo_serve(&a, 3)) /* in turns */
		demo_serve(&b, 3);
	assert_true(demo_serve(&b, 10000));
	demo_assert_equal(&a, &b);
	demo_close(&a);
	demo_close(&b);
}

/* What the run itself keeps outside of the machine goes back with the snapshot; its input
 * does not, for the server remembers what was read. */
static void a_restore_in_the_middle_leads_to_the_same_end(void **state)
{
	struct demo_run straight, d;
	sysemu_snapshot *snapshot;

	(void)state;
	demo_open(&straight, TEST_DEMO, SYSEMU_ENTRY_INT80);
	assert_true(demo_serve(&straight, 10000));
	for (unsigned at = 1; at < 27; at += 12) {
		struct demo_run middle;

		demo_open(&d, TEST_DEMO, SYSEMU_ENTRY_INT80);
		assert_false(demo_serve(&d, at));
		OK(d.m, sysemu_save(d.m, &snapshot));
		middle = d;
		assert_true(demo_serve(&d, 10000));
		demo_assert_equal(&straight, &d);

		OK(d.m, sysemu_restore(d.m, snapshot));
		d.stops = middle.stops;
		d.log = middle.log;
		d.written = middle.written;
		assert_true(demo_serve(&d, 10000));
		demo_assert_equal(&straight, &d);
		sysemu_snapshot_free(snapshot);
		demo_close(&d);
	}
	demo_close(&straight);
}

/* A snapshot outlives its machine and goes on in another one. */
static void a_restore_into_another_machine_leads_to_the_same_end(void **state)
{
	struct demo_run one, other;
	sysemu_snapshot *snapshot;

	(void)state;
	demo_open(&one, TEST_DEMO, SYSEMU_ENTRY_INT80);
	demo_open(&other, TEST_DEMO, SYSEMU_ENTRY_INT80);
	assert_false(demo_serve(&one, 12));
	OK(one.m, sysemu_save(one.m, &snapshot));
	OK(other.m, sysemu_restore(other.m, snapshot));
	memcpy(other.output, one.output, sizeof(one.output));
	other.written = one.written;
	other.stops = one.stops;
	other.log = one.log;
	other.input_at = one.input_at;
	assert_true(demo_serve(&one, 10000));
	demo_close(&one);
	assert_true(demo_serve(&other, 10000));
	demo_assert_equal(&one, &other);
	demo_close(&other);
	sysemu_snapshot_free(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_gets_served_to_its_exit_7),
		cmocka_unit_test(two_machines_end_alike),
		cmocka_unit_test(a_restore_in_the_middle_leads_to_the_same_end),
		cmocka_unit_test(a_restore_into_another_machine_leads_to_the_same_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
