/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_hostile_test.c: what a caller may get wrong about an exploration: each refusal has a
 * sentence, NULL is no crash, and the model survives nodes that no kernel has.
 */
#include "tests/helpers/harness.h"

#include <stdlib.h>
#include <string.h>

#define ROOT_CHOICES 20 /* so many has the root: docs/exploration.md */

static void expect_sentence(const sysemu_explore_config *config, const char *part)
{
	sysemu_exploration *x = NULL;
	char text[256];

	memset(text, 'x', sizeof(text));
	assert_int_equal(sysemu_explore(config, &x, text), SYSEMU_EINVAL);
	assert_null(x);
	assert_non_null(memchr(text, 0, sizeof(text)));
	assert_non_null(strstr(text, part));
	assert_int_equal(sysemu_explore(config, &x, NULL), SYSEMU_EINVAL);
}

static void each_refusal_has_a_sentence(void **state)
{
	static char long_name[5000];
	sysemu_explore_config c = { .depth = 1, .first = -1 };
	char text[256] = "";

	(void)state;
	assert_int_equal(sysemu_explore(&c, NULL, text), SYSEMU_EINVAL);
	assert_non_null(strstr(text, "out is NULL"));
	c.kernel = "2.4";
	expect_sentence(&c, "no kernel is named \"2.4\"");
	c.kernel = "";
	expect_sentence(&c, "no kernel is named \"\"");
	memset(long_name, 'k', sizeof(long_name) - 1);
	c.kernel = long_name;
	expect_sentence(&c, "no kernel is named \"kkk");
	c.kernel = NULL;
	c.entry = (sysemu_entry)2;
	expect_sentence(&c, "no entry has number 2");
	c.entry = SYSEMU_ENTRY_INT80;
	c.first = -2;
	expect_sentence(&c, "first is -2");
	c.first = INT32_MIN;
	expect_sentence(&c, "first is -2147483648");
	c.first = ROOT_CHOICES;
	expect_sentence(&c, "20: the root has 20 choices, 0 to 19");
	c.first = INT32_MAX;
	expect_sentence(&c, "2147483647: the root has 20 choices, 0 to 19");
}

/* 256 ways were none, once: the count of them had 8 bits. */
static void any_number_of_ways_is_taken(void **state)
{
	static const uint32_t agains[] = { 100, 255, 256, UINT32_MAX };
	size_t ways[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const sysemu_explore_config c = { .depth = 3, .first = -1, .again = agains[i] };
		sysemu_explored facts;
		sysemu_exploration *x;

		assert_int_equal(sysemu_explore(&c, &x, NULL), SYSEMU_OK);
		sysemu_explored_facts(x, &facts);
		ways[i] = facts.ways;
		assert_true(i == 0 || ways[i] >= ways[i - 1]);
		assert_int_equal(facts.differences, 0);
		sysemu_exploration_free(x);
	}
}

static void null_is_no_crash(void **state)
{
	const sysemu_explore_config c = { .depth = 1, .first = -1 };
	const sysemu_property *p = sysemu_property_at(0);
	const sysemu_property no_function = { .name = "none", .about = "none", .source = "none" };
	const sysemu_property no_name = { .holds = p->holds };
	sysemu_exploration *x, *y = NULL;
	sysemu_explored facts;
	sysemu_node n, to;
	sysemu_edge e;
	size_t broken[1], size;
	char *text;
	void *bytes;

	(void)state;
	assert_int_equal(sysemu_explore(&c, &x, NULL), SYSEMU_OK);
	memset(&facts, 0xff, sizeof(facts));
	sysemu_explored_facts(NULL, &facts);
	assert_null(facts.kernel);
	assert_int_equal(facts.nodes, 0);
	sysemu_explored_facts(x, NULL);
	assert_int_equal(sysemu_node_at(NULL, 0, &n), SYSEMU_EINVAL);
	assert_int_equal(sysemu_node_at(x, 0, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_edge_at(NULL, 0, &e), SYSEMU_EINVAL);
	assert_int_equal(sysemu_edge_at(x, 0, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_node_at(x, 0, &n), SYSEMU_OK);
	assert_false(sysemu_model_step(NULL, &n, 0, &to, &e));
	assert_false(sysemu_model_step("sysemu", NULL, 0, &to, &e));
	assert_false(sysemu_model_step("sysemu", &n, 0, NULL, &e));
	assert_false(sysemu_model_step("sysemu", &n, 0, &to, NULL));
	assert_false(sysemu_model_step("sysemu", &n, UINT32_MAX, &to, &e));
	assert_int_equal(sysemu_exploration_check(NULL, p, 1, broken, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_check(x, NULL, 1, broken, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_check(x, p, 1, NULL, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_check(x, &no_function, 1, broken, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_check(x, NULL, 0, broken, NULL), SYSEMU_OK);
	assert_int_equal(sysemu_property_expected(NULL, "sysemu", SYSEMU_ENTRY_INT80, NULL), -1);
	assert_int_equal(sysemu_property_expected(p, NULL, SYSEMU_ENTRY_INT80, NULL), -1);
	assert_int_equal(sysemu_exploration_script(NULL, 0, p, &text), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_script(x, 0, p, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_script(x, 0, &no_name, &text), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_save(NULL, &bytes, &size), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_save(x, NULL, &size), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_save(x, &bytes, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_load(NULL, 1000, &y), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_load("", 0, &y), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_join(NULL, 1, &y), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_join(&x, 0, &y), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_join(&x, 1, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exploration_join(&y, 1, &y), SYSEMU_EINVAL);
	assert_null(sysemu_field_text(0, 0, NULL, 0));
	assert_null(y);
	sysemu_exploration_free(x);
}

/* A node of any bytes, each choice: no crash, no endless loop, and what it says again. */
static void the_model_survives_any_node(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		sysemu_node from, to[2];
		sysemu_edge e[2];

		for (unsigned f = 0; f < SYSEMU_FIELDS; f++) {
			seed = seed * 1664525 + 1013904223;
			/* mostly what there is: small numbers */
			from.field[f] = (uint8_t)(seed >> 24 & (seed & 0x700 ? 0x0f : 0xff));
		}
		for (unsigned choice = 0; sysemu_choice_name(choice); choice++) {
			const char *kernel = sysemu_kernel_at(choice % 7, NULL);
			bool is[2];

			for (unsigned k = 0; k < 2; k++)
				is[k] = sysemu_model_step(kernel, &from, choice, &to[k], &e[k]);
			assert_int_equal(is[0], is[1]);
			if (is[0])
				assert_memory_equal(&to[0], &to[1], sizeof(to[0]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_has_a_sentence),
		cmocka_unit_test(any_number_of_ways_is_taken),
		cmocka_unit_test(null_is_no_crash),
		cmocka_unit_test(the_model_survives_any_node),
	};

	return cmocka_run_group_tests_name("explore_hostile", tests, NULL, NULL);
}
