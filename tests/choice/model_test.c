/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model_test.c: the independent model against the measured transitions of the real kernels
 * (docs/kernels.md §5, in letters as stops_test.c tells them). Against the guest, on every edge of
 * a small exploration: explore_test.c, which has these. The model itself is lib/choice/model.c.
 */
#include "tests/helpers/harness.h"
#include "tests/helpers/names.h"

#include <stdio.h>
#include <string.h>

static unsigned choice(const char *name)
{
	for (unsigned i = 0; sysemu_choice_name(i); i++)
		if (strcmp(sysemu_choice_name(i), name) == 0)
			return i;
	print_error("no choice %s\n", name);
	fail();
	return 0;
}

static sysemu_node at_home(uint8_t flags, uint8_t mode)
{
	sysemu_node n = { { 0 } };

	n.field[SYSEMU_FIELD_PLACE] = SYSEMU_NODE_HOME;
	n.field[SYSEMU_FIELD_FLAGS] = flags;
	n.field[SYSEMU_FIELD_TRACED] = 1;
	n.field[SYSEMU_FIELD_MODE] = mode;
	return n;
}

/* One call from home under flags, each stop answered by `request`: its story and the flags. */
static uint8_t tell(const char *kernel, uint8_t flags, const char *request, char *story)
{
	sysemu_node n = at_home(flags, 0), to;
	unsigned next = choice("int80 served");
	sysemu_edge e;

	for (unsigned i = 0; i < 6; i++) {
		assert_true(sysemu_model_step(kernel, &n, next, &to, &e));
		if (e.ran_before || e.ran_after)
			strcat(story, "X");
		n = to;
		if (n.field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_HOME)
			return n.field[SYSEMU_FIELD_FLAGS];
		strcat(story, n.field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_ENTRY ? ">" :
			      n.field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_EXIT  ? "<" :
										 "t");
		next = choice(request);
	}
	fail();
	return 0;
}

/* docs/kernels.md §5: rows of the table of measured transitions. */
static void the_model_tells_the_measured_stories(void **state)
{
	static const struct {
		const char *kernel;
		uint8_t flags;
		const char *request, *story;
		uint8_t left;
	} rows[] = {
		{ "sysemu-1", T, "SYSCALL", ">X<", T },
		{ "sysemu-1", E, "SYSEMU", ">", E },
		{ "sysemu-1", E, "SYSCALL", ">X<", T },
		{ "sysemu-1", E, "SINGLESTEP", ">Xt", S },
		{ "sysemu-1", E, "CONT", ">X", 0 },
		{ "sysemu-1", T, "SYSEMU", ">", E },
		{ "sysemu-1", T, "SINGLESTEP", ">Xt", S },
		{ "sysemu-3", E, "SYSCALL", "><", T },
		{ "sysemu-3", E, "SINGLESTEP", ">t", S },
		{ "sysemu-3", E, "CONT", ">", 0 },
		{ "sysemu-3", T, "SYSEMU", ">X", E },
		{ "sysemu-4", E, "SYSCALL", ">", T },
		{ "sysemu-4", E, "SINGLESTEP", ">t", S },
		{ "sysemu-4", T | E, "SYSCALL", "X<", T },
		{ "sysemu", T, "SYSCALL", ">X<", T },
		{ "sysemu", E, "SYSEMU", ">", E },
		{ "sysemu", E, "SYSCALL", ">", T },
		{ "sysemu", E, "SINGLESTEP", ">", S },
		{ "sysemu", E, "CONT", ">", 0 },
		{ "sysemu", T, "SYSEMU", ">X", E },
		{ "sysemu", T, "SINGLESTEP", ">Xt", S },
		{ "sysemu", T | E, "SYSCALL", "X<", T },
		{ "sysemu", E | S, "SINGLESTEP", "Xt", S },
		{ "sysemu-as-printed", T, "SYSCALL", ">X<", T },
		{ "sysemu-as-printed", E, "SYSEMU", "X", E },
		{ "sysemu-as-printed", T, "SYSEMU", ">X", E },
		{ "2.6.14", T, "SYSCALL", ">X<", T },
		{ "2.6.14", E, "SYSEMU", ">", E },
		{ "2.6.14", E, "SYSCALL", ">", T },
		{ "2.6.14", E, "SINGLESTEP", ">", S },
		{ "2.6.14", T, "SYSEMU", ">X", E },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char story[16] = "";
		uint8_t left = tell(rows[i].kernel, rows[i].flags, rows[i].request, story);

		if (strcmp(story, rows[i].story) != 0 || left != rows[i].left)
			print_error("%s, flags 0x%x, %s: %s, left 0x%x\n", rows[i].kernel,
				    rows[i].flags, rows[i].request, story, left);
		assert_string_equal(story, rows[i].story);
		assert_int_equal(left, rows[i].left);
	}
}

static void the_model_knows_who_may_ask_what(void **state)
{
	sysemu_node n = at_home(0, 0), to;
	sysemu_edge e;

	(void)state;
	assert_false(sysemu_model_step("sysemu", &n, choice("SYSCALL"), &to, &e));
	assert_false(sysemu_model_step("sysemu", &n, 1000, &to, &e));
	assert_false(sysemu_model_step("no kernel", &n, choice("nop"), &to, &e));
	n.field[SYSEMU_FIELD_PLACE] = SYSEMU_NODE_SIGNAL;
	n.field[SYSEMU_FIELD_CODE] = 5;
	assert_true(sysemu_model_step("2.6.11", &n, choice("SYSEMU"), &to, &e));
	assert_int_equal(e.result, -5);
	assert_memory_equal(&n, &to, sizeof(n));
	assert_true(sysemu_model_step("sysemu", &n, choice("SYSEMU_SINGLESTEP"), &to, &e));
	assert_int_equal(e.result, -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_tells_the_measured_stories),
		cmocka_unit_test(the_model_knows_who_may_ask_what),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
