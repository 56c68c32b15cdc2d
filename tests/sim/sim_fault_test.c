/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_fault_test.c: faults on the way to a handler: which vector arrives, with which error code.
 * Expectations: the manual's chapter on interrupts: the classes of exceptions and the table of
 * double faults; error codes (index, IDT, EXT); the checks of gate and code segment.
 */
#include "tests/sim/sim_box.h"

enum { DE = 0, UD = 6, DF = 8, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, MF = 16, AC = 17 };
enum { IDT = 2, EXT = 1 };

GUEST(spin, "jmp .\n");

/* In user mode, where the vector is raised as the processor would; the one that arrives. */
static int raise(struct sim *s, unsigned vector)
{
	uint32_t eip;

	box_code(s, BOX_CODE, spin, spin_end);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_run(s, 100), SIM_BUDGET);
	assert_int_equal(sim_cpl(s), 3);
	if (!sim_interrupt(s, vector) || sim_run(s, 100) != SIM_HALT)
		return -1;
	eip = sim_get_eip(s) - 1;
	return eip >= BOX_STUBS && eip < BOX_STUBS + 4096 ? (int)((eip - BOX_STUBS) / 16) : -1;
}

static bool has_code(unsigned vector)
{
	return vector == DF || (vector >= TS && vector <= PF) || vector == AC;
}

static bool contributory(unsigned vector)
{
	return vector == DE || (vector >= TS && vector <= GP);
}

/* Only where there is an error code is one pushed. */
static void each_vector_has_an_error_code_or_none(void **state)
{
	(void)state;
	for (unsigned v = 0; v < 256; v++) {
		struct sim *s = box_open();

		assert_int_equal(raise(s, v), v);
		if (has_code(v))
			assert_int_equal(box_frame(s, 0), 0);
		assert_int_equal(box_frame(s, has_code(v)), BOX_CODE);
		assert_int_equal(box_frame(s, has_code(v) + 1u), UCS);
		assert_int_equal(box_frame(s, has_code(v) + 3u), BOX_ESP);
		sim_close(s);
	}
}

/* The gate of each exception is absent (#NP) or none (#GP), both contributory: behind a
 * contributory one and a page fault that makes a double fault with error code 0; else the second
 * is delivered, its code the vector with IDT and EXT. */
static void a_second_fault_is_a_double_fault_by_the_table(void **state)
{
	static const unsigned vectors[] = { DE, 1,  2,  UD, 7,  9,  TS,   NP,
					    SS, GP, PF, MF, AC, 19, 0x20, 0xfc };

	(void)state;
	for (unsigned i = 0; i < 2 * sizeof(vectors) / sizeof(vectors[0]); i++) {
		const unsigned v = vectors[i / 2], second = i % 2 ? GP : NP;
		struct sim *s = box_open();

		box_gate(s, v, second == GP ? 0x82 : 0x0f);
		if (contributory(v) || v == PF) {
			assert_int_equal(raise(s, v), DF);
			assert_int_equal(box_frame(s, 0), 0);
		} else {
			assert_int_equal(raise(s, v), second);
			assert_int_equal(box_frame(s, 0), 8 * v + IDT + EXT);
		}
		assert_int_equal(box_frame(s, 1), BOX_CODE);
		assert_int_equal(sim_get_counts(s)->vector[v], 0);
		sim_close(s);
	}
}

/* A double fault that cannot be delivered ends everything. */
static void a_fault_behind_a_double_fault_is_the_end(void **state)
{
	(void)state;
	for (unsigned type = 0x0f; type <= 0x82; type += 0x82 - 0x0f) {
		struct sim *s = box_open();

		box_gate(s, GP, 0x0f);
		box_gate(s, DF, type);
		assert_int_equal(raise(s, GP), -1);
		assert_non_null(strstr(sim_why(s), "triple fault"));
		sim_close(s);
	}
}

static void set_gate_selector(struct sim *s, unsigned vector, uint32_t selector)
{
	uint32_t low = box_peek32(s, BOX_IDT + 8 * vector);

	box_poke32(s, BOX_IDT + 8 * vector, selector << 16 | (low & 0xffff));
}

/* The segment that a gate names: null, beyond the table, data, the system's, the user's, absent. */
static void a_gates_code_segment_is_checked(void **state)
{
	enum { SPARE = 0x88, LIMIT = 0xff };
	static const struct {
		uint32_t selector, high; /* of the descriptor SPARE */
		unsigned vector;
		uint32_t error;
	} rows[] = {
		{ 0, 0, GP, 0 },
		{ 3, 0, GP, 0 },
		{ (LIMIT + 1), 0, GP, LIMIT + 1 },
		{ SPARE, 0x00cf9200, GP, SPARE },     /* data */
		{ SPARE + 3, 0x00cf9200, GP, SPARE }, /* the RPL is no part of the code */
		{ SPARE, 0x00cf8a00, GP, SPARE },     /* a system descriptor */
		{ SPARE, 0x00cf1a00, NP, SPARE },     /* absent */
		{ SPARE, 0x00cf1200, GP, SPARE },     /* data comes first */
		{ SPARE, 0x00cf9a00, 0x20, 0 },       /* good */
		{ SPARE + 3, 0x00cf9a00, 0x20, 0 },   /* whatever its RPL */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim *s = box_open();
		struct sim_regs r;

		box_gdt(s, SPARE, 0xffff, rows[i].high);
		set_gate_selector(s, 0x20, rows[i].selector);
		assert_int_equal(raise(s, 0x20), rows[i].vector);
		if (rows[i].vector != 0x20) {
			assert_int_equal(box_frame(s, 0), rows[i].error + EXT);
		} else {
			sim_get_regs(s, &r);
			assert_int_equal(r.cs, SPARE);
		}
		sim_close(s);
	}
}

/* Descriptors are read and, once accessed, not written: the table may lie in read-only memory. */
static void an_accessed_descriptor_is_only_read(void **state)
{
	struct sim *s = box_open();

	(void)state;
	box_gdt(s, KCS, 0xffff, 0x00cf9b00);
	box_gdt(s, KDS, 0xffff, 0x00cf9300);
	box_gdt(s, UCS, 0xffff, 0x00cffb00);
	box_gdt(s, UDS, 0xffff, 0x00cff300);
	assert_int_equal(sim_protect(s, BOX_GDT, 1, 0, true), SIM_OK);
	assert_int_equal(raise(s, 0x20), 0x20);
	sim_close(s);
}

/* A vector beyond the table is #GP with its number; the last within it is delivered. */
static void the_table_ends_with_its_limit(void **state)
{
	(void)state;
	for (unsigned last = 0x20; last <= 0x21; last++) {
		struct sim *s = box_open();
		uint32_t limit = 8 * last + 7;

		box_poke32(s, BOX_TSS + 0x108, limit | (uint32_t)BOX_IDT << 16);
		for (int less = 0; less < 2; less++) {
			struct sim_regs r;

			box_poke32(s, BOX_TSS + 0x108,
				   (limit - (uint32_t)less) | (uint32_t)BOX_IDT << 16);
			sim_get_regs(s, &r);
			r.eip = BOX_KCODE; /* lidt once more; the TSS is not busy then */
			r.esi = BOX_TSS + 0x100;
			r.esp = BOX_KSTACK;
			box_gdt(s, TSS_SEL, (BOX_TSS & 0xffff) << 16 | 0x67,
				(BOX_TSS >> 16 & 0xff) | 0x8900 | (BOX_TSS & 0xff000000));
			sim_enter_kernel(s, KCS, KDS, BOX_KCODE, BOX_KSTACK, 2);
			sim_set_regs(s, &r);
			assert_int_equal(sim_run(s, 0), SIM_HALT);
			assert_int_equal(raise(s, last), less ? GP : last);
			if (less)
				assert_int_equal(box_frame(s, 0), 8 * last + IDT + EXT);
		}
		sim_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vector_has_an_error_code_or_none),
		cmocka_unit_test(a_second_fault_is_a_double_fault_by_the_table),
		cmocka_unit_test(a_fault_behind_a_double_fault_is_the_end),
		cmocka_unit_test(a_gates_code_segment_is_checked),
		cmocka_unit_test(an_accessed_descriptor_is_only_read),
		cmocka_unit_test(the_table_ends_with_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
