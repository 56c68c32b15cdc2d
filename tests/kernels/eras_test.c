/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eras_test.c: the kernels behind 2.6.14: their images come out of what the library has, the cost of their
 * entry code is what the text of each version says, and a small exploration of each finds nothing missing.
 * What a tracer sees of them: scenarios/eras.play; against the host's own kernel: tests/differ/.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/kernels.h"
#include "lib/kernels/pack.h"

/*
 * Instructions of entry.S for an untraced call, counted by hand in the text of each release's entry.S or
 * entry_32.S (without what docs/later-kernels.md leaves out): int 0x80, SYSENTER. 0: the entry is in C.
 */
static const struct {
	const char *kernel;
	uint64_t cost[2];
} kernels[] = {
	{ "2.6.14-ed75e8d", { 43, 41 } },
	{ "2.6.14-c8c86ce", { 43, 41 } },
	{ "2.6.14-1b38f00", { 43, 41 } },
	{ "2.6.14-ab1c23c", { 43, 41 } },
	{ "2.6.17", { 45, 41 } },
	{ "2.6.20", { 49, 45 } },
	{ "2.6.22", { 49, 45 } },
	{ "2.6.25", { 49, 45 } },
	{ "2.6.27", { 47, 47 } },
	{ "2.6.38", { 48, 48 } },
	{ "3.2", { 48, 48 } },
	{ "4.4", { 0, 0 } },
	{ "4.14", { 0, 0 } },
	{ "5.10", { 0, 0 } },
	{ "5.11-rc1", { 0, 0 } },
	{ "5.11-rc6", { 0, 0 } },
	{ "5.11", { 0, 0 } },
	{ "6.12", { 0, 0 } },
	{ "2026-after", { 0, 0 } },
};
#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static void the_list_has_each_in_the_order_of_history(void **state)
{
	const char *name;
	size_t next = 0;

	(void)state;
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)) != NULL; i++)
		if (next < KERNELS && !strcmp(name, kernels[next].kernel))
			next++;
	assert_int_equal(next, KERNELS);
}

static void an_image_is_what_the_build_has_linked(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		char path[300];
		size_t size, in_library;
		void *built;
		const void *image;

		snprintf(path, sizeof(path), TEST_GUEST "/%s.elf", kernels[i].kernel);
		built = read_file(path, &size);
		image = sysemu_kernel_image(kernels[i].kernel, &in_library);
		assert_int_equal(in_library, size);
		assert_memory_equal(image, built, size);
		free(built);
	}
}

/* 64 KiB a kernel are what the library may grow by. */
static void it_takes_little_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		const struct kernel *k = kernel_find(kernels[i].kernel);

		assert_non_null(k->packed);
		assert_true(k->packed_end - k->packed < 32 << 10);
	}
}

static void what_is_no_row_of_pieces_is_refused(void **state)
{
	static const uint8_t base[4] = { 'b', 'a', 's', 'e' };
	static const struct {
		const char *bytes;
		size_t size;
		int good;
	} rows[] = {
		{ "\4\0\0\0\3same", 9, 1 },         { "\4\0\0\0\xc1\4\0\0", 8, 1 },
		{ "\4\0\0\0\xc0\4\0\0\0x", 10, 1 }, { "\4\0\0\0\3sam", 8, 0 },
		{ "\4\0\0\0\4same?", 10, 0 },       { "\4\0\0\0\xc1\5\0\0", 8, 0 },
		{ "\4\0\0\0\xc1\0\0\0", 8, 0 },     { "\4\0\0\0\x81", 5, 0 },
		{ "\4\0\0\0\xc2\4\0\0", 8, 0 },     { "\4\0\0\0\xc1\4\0", 7, 0 },
		{ "\5\0\0\0\3same", 9, 0 },         { "\4\0\0", 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t out[4];

		assert_int_equal(image_unpack((const uint8_t *)rows[i].bytes, rows[i].size, base,
					      sizeof(base), out, sizeof(out)),
				 rows[i].good);
	}
}

static void the_fast_path_costs_what_the_text_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++)
		for (int entry = 0; entry < 2; entry++) {
			struct one_call call = open_call(kernels[i].kernel, (sysemu_entry)entry,
							 SYSEMU_START_UNTRACED, 20, NULL, 0);
			sysemu_event before = run_to(call.m, call.at), after;

			after = run_to(call.m, call.behind);
			assert_int_equal(after.kind, SYSEMU_EVENT_BREAK);
			assert_int_equal(after.eax, 101);
			if (kernels[i].cost[entry])
				assert_int_equal(entry_insns(&before, &after),
						 kernels[i].cost[entry]);
			sysemu_close(call.m);
		}
}

/* Each state is gone into by a second way, and must be the same: no field is missing. */
static void a_small_exploration_misses_no_field(void **state)
{
	static const char *const some[] = { "2.6.14-c8c86ce", "2.6.22", "2.6.27", "3.2", "4.4",
					    "5.11-rc1",       "6.12" };

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		for (int entry = 0; entry < 2; entry++) {
			const sysemu_explore_config config = { .kernel = some[i],
							       .entry = (sysemu_entry)entry,
							       .depth = 3,
							       .again = 2,
							       .threads = 1,
							       .first = -1 };
			sysemu_exploration *x = NULL;
			char text[256] = "";

			if (sysemu_explore(&config, &x, text) != SYSEMU_OK)
				fail_msg("%s: %s", some[i], text);
			sysemu_exploration_free(x);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_has_each_in_the_order_of_history),
		cmocka_unit_test(an_image_is_what_the_build_has_linked),
		cmocka_unit_test(it_takes_little_room),
		cmocka_unit_test(what_is_no_row_of_pieces_is_refused),
		cmocka_unit_test(the_fast_path_costs_what_the_text_says),
		cmocka_unit_test(a_small_exploration_misses_no_field),
	};

	return cmocka_run_group_tests_name("eras", tests, NULL, NULL);
}
