/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_count_test.c: instruction counts: exact in mid-block faults, rep, code that
 * changes itself, budgets and breakpoints; block sums agree with a call per
 * instruction. Read next: sim/counting/count.c.
 */
#include "tests/sim/sim_box.h"

#include <stdlib.h>

enum { AROUND = 6 }; /* box_iret and the handler's hlt */
enum { BOX_RWX = 0x08060000 };

static uint64_t total(struct sim *s)
{
	return sim_get_counts(s)->total;
}

struct trace {
	uint64_t calls;
	uint32_t last;
};

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	struct trace *t = user;

	(void)size;
	t->calls++;
	t->last = addr;
}

/* The program's own instructions, counted by block and then by instruction. The latter sees
 * an instruction that faults in place of the handler: `faults` of them. */
static void check_count(struct sim *s, const uint8_t *code, const uint8_t *end, uint32_t at,
			uint64_t expected, unsigned faults)
{
	struct trace t = { 0, 0 };
	uint64_t before;

	for (int traced = 0; traced < 2; traced++) {
		sim_on_insn(s, traced ? on_insn : NULL, &t);
		for (int round = 0; round < 2; round++) { /* cold and warm */
			box_code(s, at, code, end);
			box_user(s, at, 0x202);
			before = total(s);
			t.calls = 0;
			assert_int_equal(sim_run(s, 0), SIM_HALT);
			assert_int_equal(total(s) - before - AROUND, expected);
			if (traced)
				assert_int_equal(t.calls, total(s) - before + faults);
		}
	}
	sim_on_insn(s, NULL, NULL);
}
#define CHECK(s, name, at, expected, faults) check_count(s, name, name##_end, at, expected, faults)

GUEST(loop, "mov $100,%ecx\n 1: nop\n inc %eax\n dec %ecx\n jnz 1b\n int $0x80\n");
GUEST(calls, "mov $10,%ecx\n 1: call 2f\n dec %ecx\n jnz 1b\n int $0x80\n"
	     "2: push %ecx\n pop %edx\n ret\n");

static void loops_and_calls_count_each_round(void **state)
{
	struct sim *s = *state;

	CHECK(s, loop, BOX_CODE, 1 + 400 + 1, 0);
	CHECK(s, calls, BOX_CODE, 1 + 60 + 1, 0);
}

GUEST(rep_stos, "mov $50,%ecx\n mov $0x08050000,%edi\n rep stosb\n nop\n int $0x80\n");
GUEST(rep_none, "xor %ecx,%ecx\n mov $0x08050000,%edi\n rep stosl\n nop\n int $0x80\n");
GUEST(rep_first, "jmp 1f\n 1: rep movsb\n int $0x80\n");
GUEST(rep_twice, "mov $2,%ebx\n 1: mov $5,%ecx\n mov $0x08050000,%edi\n rep stosb\n"
		 "dec %ebx\n jnz 1b\n int $0x80\n");
GUEST(rep_scan, "mov $0x08050000,%edi\n mov $64,%ecx\n xor %eax,%eax\n repne scasb\n int $0x80\n");

static void rep_is_one_instruction_however_often_it_goes_round(void **state)
{
	struct sim *s = *state;

	CHECK(s, rep_stos, BOX_CODE, 5, 0);
	CHECK(s, rep_none, BOX_CODE, 5, 0);
	CHECK(s, rep_first, BOX_CODE, 3, 0);
	CHECK(s, rep_twice, BOX_CODE, 12, 0);
	CHECK(s, rep_scan, BOX_CODE, 5, 0);
}

GUEST(rep_fault, "mov $5000,%ecx\n mov $0x08050000,%edi\n nop\n rep stosb\n int $0x80\n");
GUEST(fault_first, "mov %eax,0x20000000\n nop\n");
GUEST(fault_middle, "nop\n nop\n nop\n mov %eax,0x20000000\n nop\n nop\n int $0x80\n");
GUEST(ud_middle, "nop\n nop\n ud2\n");
GUEST(undecodable, "nop\n .byte 0x0f,0x0a,0xc0\n nop\n");
GUEST(gp_middle, "nop\n hlt\n nop\n");

static void what_a_fault_keeps_from_running_does_not_count(void **state)
{
	struct sim *s = *state;

	CHECK(s, rep_fault, BOX_CODE, 3, 1);
	CHECK(s, fault_first, BOX_CODE, 0, 1);
	CHECK(s, fault_middle, BOX_CODE, 3, 1);
	CHECK(s, ud_middle, BOX_CODE, 2, 1);
	CHECK(s, undecodable, BOX_CODE, 1, 1);
	CHECK(s, gp_middle, BOX_CODE, 1, 1);
}

GUEST(shadow_stack, "nop\n .byte 0xf3,0x0f,0x1e,0xc8\n nop\n .byte 0xf3,0x0f,0x1e,0xfa\n"
		    ".byte 0x0f,0x1f,0x44,0,0\n"
		    "int $0x80\n");

static void nops_that_the_decoder_may_not_know_count_as_one(void **state)
{
	CHECK(*state, shadow_stack, BOX_CODE, 6, 0);
}

/* ---- code that changes itself ---- */

/* The immediate of the last mov is overwritten two instructions before it runs. */
GUEST(smc_ahead, "nop\n movl $7,0x08060010\n nop\n nop\n nop\n nop\n mov $1,%eax\n int $0x80\n");
/* Each round adds one to an instruction in its own block: 3 + 5 x 5 + 1. */
GUEST(smc_loop, "mov $5,%ecx\n xor %eax,%eax\n mov $0x08060010,%edx\n"
		"1: incb (%edx)\n add $0,%eax\n nop\n dec %ecx\n jnz 1b\n int $0x80\n");
/* A nop becomes inc %eax, in a block that has run before. */
GUEST(smc_later,
      "mov $2,%ecx\n 1: call 2f\n movb $0x40,0x08060016\n dec %ecx\n jnz 1b\n int $0x80\n"
      "2: nop\n nop\n ret\n");
/* The first instruction changes itself (to the same). */
/* Not a store: a jump back into its block, to the int $0x80 that the mov has in it. */
GUEST(back_into_its_middle, "xor %ecx,%ecx\n mov $0x909080cd,%eax\n jecxz .-4\n");
GUEST(smc_self, "movb $0xc6,0x08060000\n nop\n int $0x80\n");

static void code_that_changes_itself_is_counted_as_it_ran(void **state)
{
	struct sim *s = *state;

	CHECK(s, smc_ahead, BOX_RWX, 8, 0);
	CHECK(s, smc_loop, BOX_RWX, 3 + 25 + 1, 0);
	CHECK(s, smc_later, BOX_RWX, 1 + 2 * 7 + 1, 0);
	CHECK(s, smc_self, BOX_RWX, 3, 0);
	CHECK(s, back_into_its_middle, BOX_RWX, 4, 0);
}

static void the_changed_instruction_is_the_one_that_runs(void **state)
{
	struct sim *s = *state;

	box_code(s, BOX_RWX, smc_ahead, smc_ahead_end);
	box_user(s, BOX_RWX, 0x202);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eax(s), 7);
}

/* ---- budgets ---- */

GUEST(endless, "1: nop\n inc %eax\n nop\n jmp 1b\n");

static void a_budget_ends_before_the_block_that_would_exceed_it(void **state)
{
	struct sim *s = *state;
	uint64_t before = total(s);

	box_code(s, BOX_CODE, endless, endless_end);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_run(s, 1000), SIM_BUDGET);
	assert_int_equal(total(s) - before, 5 + 4 * 248);
	assert_int_equal(sim_get_eip(s), BOX_CODE);
	before = total(s);
	assert_int_equal(sim_run(s, 1), SIM_BUDGET); /* at least one block */
	assert_int_equal(total(s) - before, 4);
	assert_int_equal(sim_run(s, 4000), SIM_BUDGET);
	assert_int_equal(total(s) - before, 4004);
	assert_int_equal(sim_get_eax(s), (4000 + 4 + 248 * 4) / 4);
}

static void a_budget_is_kept_in_the_presence_of_breakpoints(void **state)
{
	struct sim *s = *state;

	assert_int_equal(sim_break_set(s, 0x12345678), SIM_OK);
	a_budget_ends_before_the_block_that_would_exceed_it(state);
	assert_true(sim_break_clear(s, 0x12345678));
}

/* ---- breakpoints ---- */

GUEST(straight, "nop\n nop\n nop\n nop\n nop\n int $0x80\n");

static void a_breakpoint_stops_before_its_instruction_and_lets_go(void **state)
{
	struct sim *s = *state;
	uint64_t before;

	for (int traced = 0; traced < 2; traced++) {
		struct trace t = { 0, 0 };

		sim_on_insn(s, traced ? on_insn : NULL, &t);
		assert_int_equal(box_run(s, straight, straight_end), 0x80); /* translated */
		assert_int_equal(sim_break_set(s, BOX_CODE + 2), SIM_OK);
		assert_int_equal(sim_break_set(s, BOX_CODE + 3), SIM_OK);
		box_user(s, BOX_CODE, 0x202);
		before = total(s);
		t.calls = 0;
		assert_int_equal(sim_run(s, 0), SIM_BREAK);
		assert_int_equal(sim_get_eip(s), BOX_CODE + 2);
		assert_int_equal(total(s) - before, 5 + 2);
		assert_int_equal(sim_run(s, 0), SIM_BREAK);
		assert_int_equal(sim_get_eip(s), BOX_CODE + 3);
		assert_int_equal(total(s) - before, 5 + 3);
		assert_true(sim_break_clear(s, BOX_CODE + 2));
		assert_false(sim_break_clear(s, BOX_CODE + 2));
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(total(s) - before, 5 + 6 + 1);
		if (traced)
			assert_int_equal(t.calls, 12);
		assert_true(sim_break_clear(s, BOX_CODE + 3));
		assert_int_equal(box_run(s, straight, straight_end), 0x80);
	}
	sim_on_insn(s, NULL, NULL);
}

static void a_breakpoint_in_a_loop_stops_each_round(void **state)
{
	struct sim *s = *state;

	box_code(s, BOX_CODE, endless, endless_end);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_break_set(s, BOX_CODE), SIM_OK);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(sim_run(s, 0), SIM_BREAK);
		assert_int_equal(sim_get_eip(s), BOX_CODE);
		assert_int_equal(sim_get_eax(s), i);
	}
	sim_break_clear(s, BOX_CODE);
}

static void breakpoints_run_out(void **state)
{
	struct sim *s = *state;

	for (uint32_t i = 0; i < SIM_BREAKS; i++)
		assert_int_equal(sim_break_set(s, 0x1000 + i), SIM_OK);
	assert_int_equal(sim_break_set(s, 0x1000), SIM_OK);
	assert_int_equal(sim_break_set(s, 0x9000), SIM_ENOMEM);
	assert_true(sim_break_clear(s, 0x1000));
	assert_int_equal(sim_break_set(s, 0x9000), SIM_OK);
}

/* ---- regions ---- */

static void instructions_count_for_the_region_they_start_in(void **state)
{
	struct sim *s = *state;
	struct sim_range ranges[] = {
		{ BOX_CODE, BOX_CODE + 2, 1 },
		{ BOX_CODE + 2, BOX_CODE + 0x1000, 2 },
		{ BOX_KCODE, BOX_KCODE + 0x1000, 3 },
	};
	const struct sim_counts *c = sim_get_counts(s);
	struct sim_counts before;

	assert_int_equal(sim_set_regions(s, ranges, 3, 0), SIM_OK);
	before = *c;
	assert_int_equal(box_run(s, straight, straight_end), 0x80);
	assert_int_equal(c->region[1] - before.region[1], 2);
	assert_int_equal(c->region[2] - before.region[2], 4);
	assert_int_equal(c->region[3] - before.region[3], 5);
	assert_int_equal(c->region[0] - before.region[0], 1);
	before = *c;
	assert_int_equal(box_run(s, fault_middle, fault_middle_end), 14);
	assert_int_equal(c->region[1] - before.region[1], 2);
	assert_int_equal(c->region[2] - before.region[2], 1);
	assert_int_equal(c->total - before.total, 3 + AROUND);
}

static void bad_regions_are_refused(void **state)
{
	struct sim *s = *state;
	struct sim_range overlap[] = { { 0, 10, 1 }, { 9, 20, 2 } };
	struct sim_range high[] = { { 0, 10, SIM_REGIONS } };

	assert_int_equal(sim_set_regions(s, overlap, 2, 0), SIM_EINVAL);
	assert_int_equal(sim_set_regions(s, high, 1, 0), SIM_EINVAL);
	assert_int_equal(sim_set_regions(s, NULL, 0, SIM_REGIONS), SIM_EINVAL);
	assert_int_equal(sim_set_regions(s, NULL, 0, 0), SIM_OK);
}

/* ---- many of them ---- */

static void more_ports_than_hooks_are_no_trouble(void **state)
{
	struct sim *s = *state;
	uint8_t code[1700 * 2 + 2];
	uint64_t before;

	for (size_t i = 0; i < 1700; i++)
		memcpy(code + 2 * i, "\xe4\x60", 2); /* in $0x60, %al */
	memcpy(code + 2 * 1700, "\xcd\x80", 2);
	box_code(s, BOX_CODE, code, code + sizeof(code));
	for (int i = 0; i < 3; i++) {
		box_user(s, BOX_CODE, 0x3202); /* IOPL 3: allowed */
		before = total(s);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(total(s) - before, 1701 + AROUND);
		box_user(s, BOX_CODE + 2 * 1000, 0x202);
		before = total(s);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 13 + 1);
		assert_int_equal(total(s) - before, AROUND);
	}
}

static void random_bytes_count_the_same_by_block_and_by_instruction(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap;
	uint8_t code[64];
	unsigned seed = 1;

	assert_int_equal(sim_save(s, &snap), SIM_OK);
	for (int i = 0; i < 1000; i++) {
		uint64_t sum[2];
		struct trace t = { 0, 0 };

		for (size_t k = 0; k < sizeof(code); k++) {
			seed = seed * 1103515245u + 12345u;
			code[k] = (uint8_t)(seed >> 16);
		}
		for (int traced = 0; traced < 2; traced++) {
			assert_int_equal(sim_restore(s, snap), SIM_OK);
			sim_on_insn(s, traced ? on_insn : NULL, &t);
			box_code(s, BOX_RWX, code, code + sizeof(code));
			box_user(s, BOX_RWX, 0x202);
			assert_between(sim_run(s, 2000), SIM_HALT, SIM_SHUTDOWN);
			sum[traced] = total(s);
		}
		assert_int_equal(sum[0], sum[1]);
		sim_on_insn(s, NULL, NULL);
	}
	sim_snapshot_free(snap);
}

static int open_box(void **state)
{
	struct sim *s = box_open();

	assert_int_equal(sim_map(s, BOX_RWX, 1, SIM_USER | SIM_WRITE), SIM_OK);
	*state = s;
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_box, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(loops_and_calls_count_each_round),
		TEST(rep_is_one_instruction_however_often_it_goes_round),
		TEST(what_a_fault_keeps_from_running_does_not_count),
		TEST(nops_that_the_decoder_may_not_know_count_as_one),
		TEST(code_that_changes_itself_is_counted_as_it_ran),
		TEST(the_changed_instruction_is_the_one_that_runs),
		TEST(a_budget_ends_before_the_block_that_would_exceed_it),
		TEST(a_budget_is_kept_in_the_presence_of_breakpoints),
		TEST(a_breakpoint_stops_before_its_instruction_and_lets_go),
		TEST(a_breakpoint_in_a_loop_stops_each_round),
		TEST(breakpoints_run_out),
		TEST(instructions_count_for_the_region_they_start_in),
		TEST(bad_regions_are_refused),
		TEST(more_ports_than_hooks_are_no_trouble),
		TEST(random_bytes_count_the_same_by_block_and_by_instruction),
	};

	return cmocka_run_group_tests_name("sim count", tests, NULL, NULL);
}
