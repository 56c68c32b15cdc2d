/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * joint_test.c: two explorations gone together. What tells two parts of the patch apart is known from
 * the patch; that a way is shortest shows where one choice less tells nothing; and a script is right if
 * it passes on the first kernel and fails on the second, played on machines that know of no exploration.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"

static sysemu_exploration *explored(const char *kernel, sysemu_entry entry, uint32_t depth)
{
	const sysemu_explore_config config = {
		.kernel = kernel, .entry = entry, .depth = depth, .first = -1
	};
	sysemu_exploration *x = NULL;
	char text[256];

	if (sysemu_explore(&config, &x, text) != SYSEMU_OK)
		print_error("%s\n", text);
	assert_non_null(x);
	return x;
}

static sysemu_joint compared(const char *a, const char *b, sysemu_entry entry, uint32_t depth)
{
	sysemu_exploration *x = explored(a, entry, depth), *y = explored(b, entry, depth);
	sysemu_joint joint;

	assert_int_equal(sysemu_explorations_compare(x, y, &joint), SYSEMU_OK);
	sysemu_exploration_free(x);
	sysemu_exploration_free(y);
	return joint;
}

static void nothing_tells_a_kernel_from_itself(void **state)
{
	sysemu_joint joint = compared("sysemu", "sysemu", SYSEMU_ENTRY_SYSENTER, 3);

	(void)state;
	for (unsigned t = 0; t < SYSEMU_TELLS; t++)
		assert_int_equal(joint.by[t].count + joint.by[t].n, 0);
	assert_true(joint.pairs > 100 && joint.edges > joint.pairs);
	sysemu_joint_free(&joint);
}

/* Part 4: no exit stop of an emulated call that is answered SYSCALL. */
static void part_4_is_told_by_one_emulated_call(void **state)
{
	static const char *const way[] = { "SYSEMU", "int80 served", "SYSCALL" };
	sysemu_exploration *x = explored("sysemu-3", SYSEMU_ENTRY_INT80, 3);
	sysemu_exploration *y = explored("sysemu-4", SYSEMU_ENTRY_INT80, 3);
	sysemu_joint joint;
	const sysemu_told *told = &joint.by[SYSEMU_TELL_STOPS];

	(void)state;
	assert_int_equal(sysemu_explorations_compare(x, y, &joint), SYSEMU_OK);
	assert_int_equal(told->n, 3);
	for (size_t i = 0; i < 3; i++) {
		sysemu_edge a, b;

		assert_int_equal(sysemu_edge_at(x, told->edges[0][i], &a), SYSEMU_OK);
		assert_int_equal(sysemu_edge_at(y, told->edges[1][i], &b), SYSEMU_OK);
		assert_string_equal(sysemu_choice_name(a.choice), way[i]);
		assert_int_equal(a.choice, b.choice);
		assert_int_equal(a.event, i == 0 ? SYSEMU_EVENT_BREAK : SYSEMU_EVENT_STOP);
		assert_int_equal(b.event, i == 1 ? SYSEMU_EVENT_STOP : SYSEMU_EVENT_BREAK);
	}
	assert_int_equal(joint.by[SYSEMU_TELL_REGISTERS].n, 0);
	sysemu_joint_free(&joint);
	sysemu_exploration_free(x);
	sysemu_exploration_free(y);
}

static void with_one_choice_less_nothing_is_told(void **state)
{
	static const char *const pairs[][2] = { { "2.6.11", "sysemu-1" },
						{ "sysemu-1", "sysemu-3" },
						{ "sysemu-3", "sysemu-4" },
						{ "sysemu-4", "sysemu" },
						{ "sysemu", "2.6.14" } };

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		sysemu_joint joint = compared(pairs[i][0], pairs[i][1], SYSEMU_ENTRY_INT80, 3);
		size_t n = joint.by[SYSEMU_TELL_STOPS].n;

		assert_true(n >= 1 && n <= 3);
		sysemu_joint_free(&joint);
		if (n == 1)
			continue;
		joint = compared(pairs[i][0], pairs[i][1], SYSEMU_ENTRY_INT80, (uint32_t)n - 1);
		assert_int_equal(joint.by[SYSEMU_TELL_STOPS].n, 0);
		sysemu_joint_free(&joint);
	}
}

/* Each verdict of the text, which has one for either kernel. */
static void assert_tells(const char *text, sysemu_entry entry)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;
	const sysemu_scenario *s;

	if (sysemu_scenarios_parse(text, strlen(text), &all, &error) != SYSEMU_OK)
		print_error("%u: %s in\n%s", error.line, error.text, text);
	assert_non_null(all);
	s = sysemu_scenarios_at(all, 0);
	assert_int_equal(s->n_verdicts, 2);
	assert_int_not_equal(s->verdicts[0].fails, s->verdicts[1].fails);
	for (size_t i = 0; i < 2; i++) {
		sysemu_played played;

		assert_int_equal(sysemu_scenario_play(s, s->verdicts[i].kernel, entry, NULL, 0,
						      NULL, NULL, &played),
				 SYSEMU_OK);
		if (!sysemu_verdict_holds(&s->verdicts[i], &played))
			print_error("%s on %s: %s\n%s", s->name, s->verdicts[i].kernel, played.text,
				    text);
		assert_true(sysemu_verdict_holds(&s->verdicts[i], &played));
	}
	sysemu_scenarios_free(all);
}

#define KERNELS 7

static void a_script_passes_on_one_and_fails_on_the_other(void **state)
{
	static const char *const names[KERNELS] = { "2.6.11",   "sysemu-1", "sysemu-3",
						    "sysemu-4", "sysemu",   "sysemu-as-printed",
						    "2.6.14" };
	sysemu_exploration *x[KERNELS];
	size_t told = 0;

	(void)state;
	for (size_t i = 0; i < KERNELS; i++)
		x[i] = explored(names[i], SYSEMU_ENTRY_INT80, 3);
	for (size_t i = 0; i < KERNELS * KERNELS; i++) {
		sysemu_exploration *a = x[i / KERNELS], *b = x[i % KERNELS];
		sysemu_joint joint;
		char *text;

		assert_int_equal(sysemu_explorations_compare(a, b, &joint), SYSEMU_OK);
		if (joint.by[SYSEMU_TELL_STOPS].n) {
			assert_int_equal(
				sysemu_joint_script(a, b, &joint, SYSEMU_TELL_STOPS, &text),
				SYSEMU_OK);
			assert_tells(text, SYSEMU_ENTRY_INT80);
			free(text);
			told++;
		}
		sysemu_joint_free(&joint);
	}
	assert_int_equal(told, KERNELS * (KERNELS - 1)); /* all of them differ in what they stop */
	for (size_t i = 0; i < KERNELS; i++)
		sysemu_exploration_free(x[i]);
}

static void wrong_arguments_are_refused(void **state)
{
	sysemu_exploration *x = explored("sysemu", SYSEMU_ENTRY_INT80, 1);
	sysemu_exploration *y = explored("sysemu", SYSEMU_ENTRY_SYSENTER, 1);
	sysemu_joint joint;
	char *text;

	(void)state;
	assert_int_equal(sysemu_explorations_compare(x, y, &joint), SYSEMU_EINVAL);
	assert_int_equal(sysemu_explorations_compare(NULL, y, &joint), SYSEMU_EINVAL);
	assert_int_equal(sysemu_explorations_compare(x, x, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_explorations_compare(x, x, &joint), SYSEMU_OK);
	assert_int_equal(sysemu_joint_script(x, x, &joint, SYSEMU_TELL_STOPS, &text),
			 SYSEMU_ENOENT);
	assert_int_equal(sysemu_joint_script(x, x, &joint, SYSEMU_TELL_FLAGS, &text),
			 SYSEMU_EINVAL);
	assert_null(sysemu_tell_name(SYSEMU_TELLS));
	assert_string_equal(sysemu_tell_name(SYSEMU_TELL_STOPS), "stops");
	sysemu_joint_free(&joint);
	sysemu_joint_free(NULL);
	sysemu_exploration_free(x);
	sysemu_exploration_free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_tells_a_kernel_from_itself),
		cmocka_unit_test(part_4_is_told_by_one_emulated_call),
		cmocka_unit_test(with_one_choice_less_nothing_is_told),
		cmocka_unit_test(a_script_passes_on_one_and_fails_on_the_other),
		cmocka_unit_test(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
