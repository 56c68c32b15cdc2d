/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_memo_test.c: what a record of a run says it needs, word by word: the run is begun again with
 * one word changed, and must have the outcome that the instructions give, executed or not.
 */
#include "sim/memo/memo.h"
#include "tests/sim/sim_box.h"

/* Each word at BOX_DATA has its way of being used. */
GUEST(work, "mov $0x08050000,%ebx\n"
	    "mov 0(%ebx),%eax\n"     /* needed */
	    "mov %eax,4(%ebx)\n"     /* written whole */
	    "movb $1,8(%ebx)\n"      /* in part */
	    "push %eax\n pop %ecx\n" /* its own: below the stack */
	    "mov -64(%esp),%edx\n"   /* below the stack, and needed */
	    "mov %edx,12(%ebx)\n"
	    "movl $7,16(%ebx)\n" /* written, then read */
	    "mov 16(%ebx),%esi\n"
	    "int $0x80\n");

enum {
	NEEDED = BOX_DATA,
	WHOLE = BOX_DATA + 4,
	PART = BOX_DATA + 8,
	BELOW = BOX_DATA + 12,
	OWN = BOX_DATA + 16,
	OTHER = BOX_DATA + 64
};

static struct sim_memo_facts facts(struct sim *s)
{
	struct sim_memo_facts f;

	sim_memo_get_facts(s, &f);
	return f;
}

/* Begins at `snap`, with one word as it is told; true: it was executed. */
static bool run(struct sim *s, const struct sim_snapshot *snap, uint32_t addr, uint32_t value)
{
	uint64_t executed = facts(s).executed;

	assert_int_equal(sim_restore(s, snap), SIM_OK);
	box_poke32(s, addr, value);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 0x80 + 1);
	return facts(s).executed != executed;
}

static struct sim_snapshot *open_known(struct sim *s)
{
	struct sim_snapshot *snap;

	sim_write(s, BOX_CODE, work, (size_t)(work_end - work), NULL);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_break_set(s, BOX_CODE), SIM_OK);
	assert_int_equal(sim_run(s, 0), SIM_BREAK); /* in ring 3, whose stack is known */
	assert_int_equal(sim_memo_open(s), SIM_OK);
	assert_int_equal(sim_save(s, &snap), SIM_OK);
	for (unsigned i = 0; i < 8; i++) /* until it is known which pages change */
		run(s, snap, OTHER, i);
	assert_false(run(s, snap, OTHER, 1));
	return snap;
}

static void words_that_a_run_does_not_need_are_kept_and_do_not_matter(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s);

	for (uint32_t value = 1; value; value *= 16) {
		assert_false(run(s, snap, OTHER, value));
		assert_int_equal(box_peek32(s, OTHER), value);
		assert_false(run(s, snap, WHOLE, value));
		assert_int_equal(box_peek32(s, WHOLE), 0);
		assert_false(run(s, snap, OWN, value));
		assert_int_equal(box_peek32(s, OWN), 7);
		assert_false(run(s, snap, BOX_ESP - 4, value)); /* pushed, and popped again */
		assert_int_equal(box_peek32(s, BOX_ESP - 4), 0);
	}
	sim_snapshot_free(snap);
}

static void words_that_it_needs_decide(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s);

	for (uint32_t value = 0x12345602; value < 0x12345606; value++) {
		struct sim_regs r;

		assert_true(run(s, snap, NEEDED, value));
		assert_int_equal(box_peek32(s, WHOLE), value);
		assert_false(run(s, snap, NEEDED, value));
		sim_get_regs(s, &r);
		assert_int_equal(r.eax, value);
		assert_int_equal(r.ecx, value);
		assert_true(run(s, snap, PART, value));
		assert_int_equal(box_peek32(s, PART), 0x12345601);
		assert_true(run(s, snap, BOX_ESP - 64, value));
		assert_int_equal(box_peek32(s, BELOW), value);
	}
	assert_int_equal(facts(s).refused, 0);
	sim_snapshot_free(snap);
}

static void registers_that_it_begins_with_decide(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s);
	struct sim_regs r;

	assert_int_equal(sim_restore(s, snap), SIM_OK);
	sim_get_regs(s, &r);
	r.edi = 0x600d;
	sim_set_regs(s, &r);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	sim_get_regs(s, &r);
	assert_int_equal(r.edi, 0x600d);
	sim_snapshot_free(snap);
}

static void an_answer_counts_as_a_run_does(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s);
	struct sim_counts once;

	assert_true(run(s, snap, NEEDED, 77));
	once = *sim_get_counts(s);
	assert_false(run(s, snap, NEEDED, 77));
	assert_memory_equal(&once, sim_get_counts(s), sizeof(once));
	sim_snapshot_free(snap);
}

static void the_pages_that_an_answer_wrote_are_in_the_next_snapshot(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s), *then;

	assert_false(run(s, snap, OTHER, 1));
	assert_int_equal(sim_save(s, &then), SIM_OK);
	box_poke32(s, WHOLE, 99);
	assert_int_equal(sim_restore(s, snap), SIM_OK);
	assert_int_equal(sim_restore(s, then), SIM_OK);
	assert_int_equal(box_peek32(s, OWN), 7);
	assert_int_equal(box_peek32(s, WHOLE), 0);
	sim_snapshot_free(snap);
	sim_snapshot_free(then);
}

/* ---- the audit ---- */

static void spoil(struct memo_node *node)
{
	for (; node; node = node->sibling) {
		if (node->record)
			node->record->word[0].value ^= 0x100;
		spoil(node->child);
	}
}

static void a_record_that_is_wrong_is_found_by_the_audit(void **state)
{
	struct sim *s = *state;
	struct sim_snapshot *snap = open_known(s);
	unsigned answers = 0;

	for (size_t i = 0; i < s->memo->nslots; i++)
		spoil(s->memo->slots[i].first);
	do {
		assert_int_equal(sim_restore(s, snap), SIM_OK);
		assert_true(++answers <= MEMO_AUDIT);
	} while (sim_run(s, 0) == SIM_HALT);
	assert_non_null(strstr(sim_why(s), "otherwise than its record says"));
	sim_snapshot_free(snap);
}

static int setup(void **state)
{
	*state = box_open();
	return 0;
}

static int teardown(void **state)
{
	sim_close(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_that_a_run_does_not_need_are_kept_and_do_not_matter),
		TEST(words_that_it_needs_decide),
		TEST(registers_that_it_begins_with_decide),
		TEST(an_answer_counts_as_a_run_does),
		TEST(the_pages_that_an_answer_wrote_are_in_the_next_snapshot),
		TEST(a_record_that_is_wrong_is_found_by_the_audit),
	};

	return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
