/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * refusal_test.c: what a caller must not ask for: sizes that no sum holds, NULL, numbers beyond
 * the last. The header's word: a status, a sentence with its place, and nothing has changed.
 */
#include <string.h>

#include "tests/helpers/emit.h"

static int setup(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_spin(&p);
	m = emit_open(&p, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	sysemu_close(*state);
	return 0;
}

#define REFUSED(m, call, why, sentence)                              \
	do {                                                         \
		assert_int_equal(call, why);                         \
		assert_non_null(strstr(sysemu_errmsg(m), sentence)); \
	} while (0)

/* The sum of address and size comes round to a small number at each of these. */
static void a_size_near_size_max_is_efault_and_moves_nothing(void **state)
{
	static const uint32_t at[] = { SYSEMU_CODE_BASE, SYSEMU_WINDOW, 0xffffe000 };
	sysemu_machine *m = *state;
	sysemu_digest before, after;
	uint8_t byte = 0x5a;

	OK(m, sysemu_get_digest(m, &before));
	for (unsigned i = 0; i < 3; i++)
		for (size_t less = 0; less < 3; less++) {
			const size_t sizes[] = { SIZE_MAX - less, SIZE_MAX - at[i] - less,
						 SIZE_MAX - at[i] + 1 + less,
						 ((size_t)1 << 32) + less };

			for (unsigned k = 0; k < 4; k++) {
				REFUSED(m, sysemu_read(m, at[i], &byte, sizes[k]), SYSEMU_EFAULT,
					"nothing is mapped at 0x");
				REFUSED(m, sysemu_write(m, at[i], &byte, sizes[k]), SYSEMU_EFAULT,
					"nothing is mapped at 0x");
			}
		}
	REFUSED(m, sysemu_read(m, SYSEMU_CODE_BASE, &byte, SIZE_MAX), SYSEMU_EFAULT,
		"read of 18446744073709551615 bytes at 0x08048000: nothing is mapped at 0x08049000");
	OK(m, sysemu_get_digest(m, &after));
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(byte, 0x5a);
}

static void a_range_of_pages_that_comes_round_is_refused(void **state)
{
	sysemu_machine *m = *state;

	for (uint32_t pages = 0xfffb8; pages < 0xfffba; pages++) {
		REFUSED(m, sysemu_map(m, SYSEMU_CODE_BASE, pages, 3), SYSEMU_EINVAL, "user space");
		REFUSED(m, sysemu_unmap(m, SYSEMU_CODE_BASE, pages), SYSEMU_EINVAL, "user space");
		REFUSED(m, sysemu_protect(m, SYSEMU_CODE_BASE, UINT32_MAX, 3), SYSEMU_EINVAL,
			"user space");
	}
	assert_int_equal(sysemu_page_prot(m, SYSEMU_CODE_BASE), 3);
}

static void a_call_without_a_machine_says_so(void **state)
{
	sysemu_event e;

	(void)state;
	REFUSED(NULL, sysemu_run(NULL, 0, &e), SYSEMU_EINVAL, "sysemu_run: m is NULL");
	REFUSED(NULL, sysemu_unmap(NULL, 0, 1), SYSEMU_EINVAL, "sysemu_unmap: m is NULL");
	REFUSED(NULL, sysemu_ptrace(NULL, 7, 0, 0, NULL), SYSEMU_EINVAL,
		"sysemu_ptrace: m is NULL");
	REFUSED(NULL, sysemu_need_resched(NULL, 0), SYSEMU_EINVAL, "resched: m is NULL");
	REFUSED(NULL, sysemu_open(NULL, NULL), SYSEMU_EINVAL, "sysemu_open: out is NULL");
}

static void a_log_entry_is_not_there_yet_or_not_any_more(void **state)
{
	const sysemu_config config = { .log_events = 2 };
	sysemu_machine *m = open_config(&config);
	const uint8_t spin[] = { 0xeb, 0xfe };
	sysemu_log_entry entry;

	(void)state;
	OK(m, sysemu_load_code(m, spin, sizeof(spin)));
	run(m);
	REFUSED(m, sysemu_log_get(m, 1, &entry), SYSEMU_ENOENT, "log entry 1: there are 1 so far");
	for (unsigned i = 0; i < 2; i++)
		OK(m, sysemu_set_tif(m, 0));
	REFUSED(m, sysemu_log_get(m, 0, &entry), SYSEMU_ENOENT,
		"log entry 0 is dropped: the latest 2 are kept");
	OK(m, sysemu_log_get(m, 1, &entry));
	sysemu_close(m);
}

static void rows_written_in_c_are_looked_at_before_they_are_played(void **state)
{
	const sysemu_action odd = { .kind = (sysemu_action_kind)77, .line = 3 };
	const sysemu_row rows[] = { { .n_checks = 0 }, { .n_actions = 1 } };
	const sysemu_row row = { .actions = &odd, .n_actions = 1 };
	sysemu_machine *m = *state;
	sysemu_played played;

	OK(m, sysemu_set_tif(m, 0));
	REFUSED(m, sysemu_play(m, NULL, 1, 0, NULL, NULL, &played), SYSEMU_EINVAL, "rows is NULL");
	REFUSED(m, sysemu_play(m, rows, 2, 0, NULL, NULL, &played), SYSEMU_EINVAL,
		"row 1: actions is NULL");
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 0), 0);
	OK(m, sysemu_play(m, &row, 1, 100, NULL, NULL, &played));
	assert_false(played.passed);
	assert_string_equal(played.text, "result: no action has number 77");
	assert_int_equal(played.line, 3);
}

static void a_scenario_that_cannot_be_played_says_why(void **state)
{
	const sysemu_scenario nothing = { .name = "x", .by_entry[0] = { .n_rows = 1 } };
	const sysemu_injection odd = { .kind = (sysemu_injection_kind)9 };
	sysemu_injected injected;
	sysemu_played played;

	(void)state;
	assert_int_equal(sysemu_scenario_play(NULL, NULL, 0, NULL, 0, NULL, NULL, &played),
			 SYSEMU_EINVAL);
	assert_string_equal(played.text, "no scenario");
	assert_int_equal(sysemu_scenario_play(&nothing, NULL, 0, NULL, 0, NULL, NULL, &played),
			 SYSEMU_EINVAL);
	assert_string_equal(played.text, "neither code nor a program");
	assert_int_equal(sysemu_scenario_play(&nothing, NULL, 1, NULL, 0, NULL, NULL, &played),
			 SYSEMU_EINVAL);
	assert_string_equal(played.text, "not played with this entry");
	assert_int_equal(sysemu_scenario_play(&nothing, NULL, 7, NULL, 0, NULL, NULL, &played),
			 SYSEMU_EINVAL);
	assert_string_equal(played.text, "no such entry");
	assert_int_equal(sysemu_inject(NULL, NULL, 0, NULL, 0, &odd, &injected), SYSEMU_EINVAL);
	assert_string_equal(injected.text, "no scenario");
}

static void an_exploration_that_is_none_says_where(void **state)
{
	uint8_t bytes[1024] = "SYSEMUX2";
	sysemu_exploration *x = NULL;
	sysemu_node node;

	(void)state;
	REFUSED(NULL, sysemu_node_at(NULL, 0, &node), SYSEMU_EINVAL, "x is NULL");
	REFUSED(NULL, sysemu_exploration_load(bytes, 8, &x), SYSEMU_EINVAL, "8 bytes, its head");
	REFUSED(NULL, sysemu_exploration_load(bytes, sizeof(bytes), &x), SYSEMU_EINVAL,
		"byte 0: it does not begin with SYSEMUX1");
	bytes[7] = '1';
	REFUSED(NULL, sysemu_exploration_load(bytes, sizeof(bytes), &x), SYSEMU_EINVAL,
		"another kernel image");
	REFUSED(NULL, sysemu_exploration_join(&x, 1, &x), SYSEMU_EINVAL,
		"exploration 0 of 1 is NULL");
	REFUSED(NULL, sysemu_exploration_join(&x, 0, &x), SYSEMU_EINVAL, "no explorations");
	assert_null(x);
}

static void a_snapshot_of_another_kind_is_told_by_what_differs(void **state)
{
	const sysemu_config one = { .kernel = "sysemu" };
	const sysemu_config other = { .kernel = "sysemu", .entry = SYSEMU_ENTRY_SYSENTER };
	static const uint8_t code[] = { 0x90 };
	sysemu_machine *a = open_config(&one), *b = open_config(&other);
	sysemu_snapshot *snapshot;

	(void)state;
	OK(a, sysemu_load_code(a, code, sizeof(code)));
	OK(a, sysemu_save(a, &snapshot));
	assert_int_equal(sysemu_restore(b, snapshot), SYSEMU_EMISMATCH);
	assert_non_null(strstr(sysemu_errmsg(b), "another entry"));
	sysemu_snapshot_free(snapshot);
	sysemu_close(a);
	sysemu_close(b);
}

int main(void)
{
#define ON_MACHINE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		ON_MACHINE(a_size_near_size_max_is_efault_and_moves_nothing),
		ON_MACHINE(a_range_of_pages_that_comes_round_is_refused),
		cmocka_unit_test(a_snapshot_of_another_kind_is_told_by_what_differs),
		cmocka_unit_test(a_call_without_a_machine_says_so),
		cmocka_unit_test(a_log_entry_is_not_there_yet_or_not_any_more),
		ON_MACHINE(rows_written_in_c_are_looked_at_before_they_are_played),
		cmocka_unit_test(a_scenario_that_cannot_be_played_says_why),
		cmocka_unit_test(an_exploration_that_is_none_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
