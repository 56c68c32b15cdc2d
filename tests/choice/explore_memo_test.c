/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_memo_test.c: the slow way as the oracle of the fast one: every kernel and entry, to a small
 * depth, by records of runs (sysemu_set_memo) and by executing each.
 */
#include "tests/helpers/harness.h"

#include <stdlib.h>

/* What was found, as --table has it: every field of every node and edge. */
static void *table_of(const sysemu_explore_config *config, size_t *size, sysemu_explored *facts)
{
	sysemu_exploration *x = NULL;
	void *table = NULL;

	assert_int_equal(sysemu_explore(config, &x, NULL), SYSEMU_OK);
	assert_int_equal(sysemu_exploration_save(x, &table, size), SYSEMU_OK);
	sysemu_explored_facts(x, facts);
	sysemu_exploration_free(x);
	return table;
}

static void with_a_memo_it_finds_what_it_finds_by_executing_all(void **state)
{
	const char *kernel;

	(void)state;
	for (size_t i = 0; (kernel = kernel_of_2005(i)); i++) {
		for (unsigned entry = 0; entry < 2; entry++) {
			sysemu_explore_config config = { .kernel = kernel,
							 .entry = (sysemu_entry)entry,
							 .depth = 3,
							 .again = 2,
							 .first = -1 };
			sysemu_explored fast, slow;
			size_t fast_size, slow_size;
			void *a = table_of(&config, &fast_size, &fast), *b;

			config.execute_all = true;
			b = table_of(&config, &slow_size, &slow);
			assert_int_equal(fast_size, slow_size);
			assert_memory_equal(a, b, slow_size);
			assert_int_equal(fast.runs, slow.runs);
			assert_int_equal(fast.ways, slow.ways);
			assert_int_equal(fast.differences, slow.differences);
			free(a);
			free(b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_a_memo_it_finds_what_it_finds_by_executing_all),
	};

	return cmocka_run_group_tests_name("explore with a memo", tests, NULL, NULL);
}
