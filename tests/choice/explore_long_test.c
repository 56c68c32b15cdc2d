/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_long_test.c: every kernel and entry to closure: verdicts are the facts', the model
 * agrees on every transition, no field is missing, and two threads find what one finds.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROPERTIES_MAX 64

static void check_properties(const sysemu_exploration *x, const char *kernel, sysemu_entry entry)
{
	sysemu_property properties[PROPERTIES_MAX];
	size_t broken[PROPERTIES_MAX], n = 0;
	const sysemu_property *p;

	for (; (p = sysemu_property_at(n)); n++)
		properties[n] = *p;
	assert_int_equal(sysemu_exploration_check(x, properties, n, broken, NULL), SYSEMU_OK);
	for (size_t i = 0; i < n; i++) {
		int expected = sysemu_property_expected(sysemu_property_at(i), kernel, entry, NULL);

		if (expected >= 0 && expected != (broken[i] == SYSEMU_HOLDS)) {
			print_error("%s, %d: %s\n", kernel, entry, properties[i].name);
			fail();
		}
	}
}

static void check_model(const sysemu_exploration *x, const char *kernel)
{
	sysemu_edge e, told;

	for (size_t i = 0; sysemu_edge_at(x, i, &e) == SYSEMU_OK; i++) {
		sysemu_node from, to, expected;

		sysemu_node_at(x, e.from, &from);
		sysemu_node_at(x, e.to, &to);
		assert_true(sysemu_model_step(kernel, &from, e.choice, &expected, &told));
		assert_memory_equal(&to, &expected, sizeof(to));
		assert_true(e.result == told.result);
	}
}

static void to_closure(const char *kernel, sysemu_entry entry)
{
	const sysemu_explore_config config = {
		.kernel = kernel, .entry = entry, .threads = 2, .again = 1, .first = -1
	};
	sysemu_exploration *x = NULL;
	sysemu_explored facts;

	assert_int_equal(sysemu_explore(&config, &x, NULL), SYSEMU_OK);
	sysemu_explored_facts(x, &facts);
	print_message("%s, %s: %zu states, %zu transitions\n", kernel, entry ? "sysenter" : "int80",
		      facts.nodes, facts.edges);
	assert_true(facts.closed);
	assert_int_equal(facts.differences, 0);
	check_properties(x, kernel, entry);
	check_model(x, kernel);
	sysemu_exploration_free(x);
}

static void every_kernel_to_closure(void **state)
{
	const char *kernel;

	(void)state;
	for (size_t i = 0; (kernel = kernel_of_2005(i)); i++) {
		to_closure(kernel, SYSEMU_ENTRY_INT80);
		to_closure(kernel, SYSEMU_ENTRY_SYSENTER);
	}
}

static void *table(const char *kernel, uint32_t threads, size_t *size)
{
	const sysemu_explore_config config = { .kernel = kernel, .threads = threads, .first = -1 };
	sysemu_exploration *x = NULL;
	void *bytes;

	assert_int_equal(sysemu_explore(&config, &x, NULL), SYSEMU_OK);
	assert_int_equal(sysemu_exploration_save(x, &bytes, size), SYSEMU_OK);
	sysemu_exploration_free(x);
	return bytes;
}

static void threads_change_no_byte_of_the_table(void **state)
{
	size_t one_size, four_size;
	void *one = table("sysemu", 1, &one_size), *four = table("sysemu", 4, &four_size);

	(void)state;
	assert_int_equal(one_size, four_size);
	assert_memory_equal(one, four, one_size);
	free(one);
	free(four);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kernel_to_closure),
		cmocka_unit_test(threads_change_no_byte_of_the_table),
	};

	return cmocka_run_group_tests_name("explore to closure", tests, NULL, NULL);
}
