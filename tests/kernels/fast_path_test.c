/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fast_path_test.c: what the patch does to the fast path, read from the two kernel images: no
 * instruction is added and none changes but for an immediate. A jump is compared by the label
 * it goes to, for the labels behind the fast path have moved.
 */
#include "tests/helpers/kernel_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct insn {
	uint8_t bytes[16];
	size_t size;
	char text[96];
	char target[64]; /* of a jump: label+offset; "" for any other */
};

static struct insn decode(const struct kernel_code *c, uint32_t at)
{
	struct insn i = { .size = 0 };
	const struct sim_symbol *s;
	char *operand;

	i.size = sim_disasm(kernel_code_at(c, at), 16, at, i.text, sizeof(i.text));
	assert_true(i.size > 0);
	memcpy(i.bytes, kernel_code_at(c, at), i.size);
	operand = strstr(i.text, "0x");
	if (i.text[0] == 'j' && operand) {
		uint32_t to = (uint32_t)strtoul(operand, NULL, 16);

		s = sim_image_at(&c->image, to);
		assert_non_null(s);
		snprintf(i.target, sizeof(i.target), "%s+%u", s->name, to - s->value);
	}
	return i;
}

/* From `label` up to and with the instruction named `last`; the number of changed immediates. */
static unsigned compare(const char *label, const char *last, unsigned *insns)
{
	struct kernel_code before = kernel_code_of("2.6.11"), after = kernel_code_of("sysemu");
	uint32_t a = kernel_code_address(&before, label), b = kernel_code_address(&after, label);
	unsigned changed = 0;
	struct insn x, y;

	*insns = 0;
	do {
		x = decode(&before, a);
		y = decode(&after, b);
		assert_int_equal(x.size, y.size);
		assert_string_equal(x.target, y.target);
		if (!x.target[0] && memcmp(x.bytes, y.bytes, x.size) != 0) {
			/* all but the immediate, which is the last byte */
			assert_memory_equal(x.bytes, y.bytes, x.size - 1);
			assert_memory_equal(x.text, "testb", 5);
			assert_int_equal(x.bytes[x.size - 1], 0x81);
			assert_int_equal(y.bytes[y.size - 1], 0xc1);
			changed++;
		}
		a += (uint32_t)x.size;
		b += (uint32_t)y.size;
		(*insns)++;
	} while (strncmp(x.text, last, strlen(last)) != 0);
	sim_image_free(&before.image);
	sim_image_free(&after.image);
	return changed;
}

static void int_0x80_changes_one_immediate_of_37_instructions(void **state)
{
	unsigned insns;

	(void)state;
	assert_int_equal(compare("system_call", "iret", &insns), 1);
	assert_int_equal(insns, 37);
}

static void sysenter_changes_one_immediate_of_41_instructions(void **state)
{
	unsigned insns;

	(void)state;
	assert_int_equal(compare("sysenter_entry", "sysexit", &insns), 1);
	assert_int_equal(insns, 41);
}

/* They are cmp and jne, behind the call of do_syscall_trace. */
static void the_trace_entry_gains_two_instructions(void **state)
{
	static const char *const kernels[] = { "2.6.11", "sysemu" };
	unsigned n[2] = { 0, 0 };

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct kernel_code c = kernel_code_of(kernels[k]);
		uint32_t at = kernel_code_address(&c, "syscall_trace_entry"),
			 end = kernel_code_address(&c, "syscall_exit_work");

		for (; at < end; n[k]++)
			at += (uint32_t)decode(&c, at).size;
		sim_image_free(&c.image);
	}
	assert_int_equal(n[0], 8);
	assert_int_equal(n[1], 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(int_0x80_changes_one_immediate_of_37_instructions),
		cmocka_unit_test(sysenter_changes_one_immediate_of_41_instructions),
		cmocka_unit_test(the_trace_entry_gains_two_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
