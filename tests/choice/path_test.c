/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path_test.c: sysemu_edge_path: what ran on an edge, instruction by instruction, is what the counters say of
 * it, and what entry.S says of the fast path.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"

#include "cli/lines.h"

static sysemu_exploration *explore(bool paths)
{
	const sysemu_explore_config config = {
		.kernel = "sysemu", .depth = 3, .first = -1, .paths = paths
	};
	sysemu_exploration *x;
	char text[256];

	assert_int_equal(sysemu_explore(&config, &x, text), SYSEMU_OK);
	return x;
}

static bool is_entry_s(const struct cli_lines *lines, uint32_t addr)
{
	const struct cli_line *line = cli_lines_find(lines, addr);

	return line && strstr(line->file, "asm/entry/entry.S");
}

/* The counter knows nothing of lines, and the lines nothing of counters. A rep, or a fault, would differ: the
 * program and entry.S have none. */
static void a_path_has_as_many_instructions_of_entry_s_as_were_counted(void **state)
{
	sysemu_exploration *x = explore(true);
	struct cli_lines lines;
	sysemu_explored facts;
	size_t with = 0;

	(void)state;
	assert_true(cli_lines_of_kernel(&lines, "sysemu"));
	sysemu_explored_facts(x, &facts);
	assert_true(facts.edges > 500);
	for (size_t i = 0; i < facts.edges; i++) {
		const uint32_t *addrs;
		size_t n, entry = 0;
		uint32_t number;
		sysemu_edge e;

		assert_int_equal(sysemu_edge_at(x, i, &e), SYSEMU_OK);
		assert_int_equal(sysemu_edge_path(x, i, &number, &addrs, &n), SYSEMU_OK);
		for (size_t k = 0; k < n; k++)
			entry += is_entry_s(&lines, addrs[k]);
		assert_int_equal(entry, e.entry);
		with += entry != 0;
	}
	assert_true(with > 100);
	cli_lines_free(&lines);
	sysemu_exploration_free(x);
}

/* Nothing else differs with them: the memo is another road to the same. */
static void an_exploration_with_paths_is_the_same_exploration(void **state)
{
	sysemu_exploration *with = explore(true), *without = explore(false);
	void *a, *b;
	size_t n, m;

	(void)state;
	assert_int_equal(sysemu_exploration_save(with, &a, &n), SYSEMU_OK);
	assert_int_equal(sysemu_exploration_save(without, &b, &m), SYSEMU_OK);
	assert_int_equal(n, m);
	assert_memory_equal(a, b, n);
	free(a);
	free(b);
	sysemu_exploration_free(with);
	sysemu_exploration_free(without);
}

static void without_paths_there_are_none(void **state)
{
	sysemu_exploration *x = explore(false);
	const uint32_t *addrs;
	uint32_t number;
	size_t n;

	(void)state;
	assert_int_equal(sysemu_edge_path(x, 0, &number, &addrs, &n), SYSEMU_ENOENT);
	assert_int_equal(sysemu_edge_path(x, 0, NULL, &addrs, &n), SYSEMU_EINVAL);
	assert_int_equal(sysemu_edge_path(NULL, 0, &number, &addrs, &n), SYSEMU_EINVAL);
	sysemu_exploration_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_has_as_many_instructions_of_entry_s_as_were_counted),
		cmocka_unit_test(an_exploration_with_paths_is_the_same_exploration),
		cmocka_unit_test(without_paths_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
