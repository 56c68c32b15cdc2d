/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disasm_test.c: what instructions are called, and how long they are. One handle a call: threads
 * share nothing.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

static void shadow_stack_instructions_are_one_of_four_bytes(void **state)
{
	static const uint8_t rdsspd[] = { 0xf3, 0x0f, 0x1e, 0xc9, 0x90 };
	static const uint8_t incsspd[] = { 0xf3, 0x0f, 0xae, 0xea, 0x90 };
	char text[32];

	(void)state;
	assert_int_equal(sim_disasm(rdsspd, 5, 0, text, sizeof(text)), 4);
	assert_string_equal(text, "rdsspd %ecx");
	assert_int_equal(sim_disasm(incsspd, 5, 0, text, sizeof(text)), 4);
	assert_string_equal(text, "incsspd %edx");
}

static void text_is_att_syntax_and_cut_to_fit(void **state)
{
	static const uint8_t move[] = { 0x8b, 0x45, 0x08 }, jump[] = { 0xeb, 0xfe },
			     bad[] = { 0xff, 0xff };
	char text[32];

	(void)state;
	assert_int_equal(sim_disasm(move, 3, 0, text, sizeof(text)), 3);
	assert_string_equal(text, "movl 8(%ebp), %eax");
	assert_int_equal(sim_disasm(jump, 2, 0xc0100000, text, sizeof(text)), 2);
	assert_string_equal(text, "jmp 0xc0100000");
	assert_int_equal(sim_disasm(move, 3, 0, text, 5), 3);
	assert_string_equal(text, "movl");
	assert_int_equal(sim_disasm(move, 3, 0, NULL, 0), 3);
	assert_int_equal(sim_disasm(bad, 2, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(sim_disasm(move, 0, 0, text, sizeof(text)), 0);
}

static void *decode_often(void *code)
{
	char text[32];

	for (int i = 0; i < 1000; i++)
		if (sim_disasm(code, 4, 0, text, sizeof(text)) != 1 || strcmp(text, "nop") != 0)
			return NULL;
	return code;
}

static void threads_decode_at_the_same_time(void **state)
{
	enum { THREADS = 12 }; /* more than handles are kept */
	static uint8_t code[] = { 0x90, 0x90, 0x90, 0x90 };
	pthread_t threads[THREADS];
	void *result;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, decode_often, code), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		assert_ptr_equal(result, code);
	}
}

static void the_engines_have_names_and_versions(void **state)
{
	(void)state;
	assert_memory_equal(sim_engines(), "unicorn 2.", 10);
	assert_non_null(strstr(sim_engines(), ", capstone "));
	assert_ptr_equal(sim_engines(), sim_engines());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadow_stack_instructions_are_one_of_four_bytes),
		cmocka_unit_test(text_is_att_syntax_and_cut_to_fit),
		cmocka_unit_test(threads_decode_at_the_same_time),
		cmocka_unit_test(the_engines_have_names_and_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
