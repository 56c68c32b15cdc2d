/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_p5_test.c: the model p5: pairs, address waits, prefixes, branches. Each sequence's
 * clocks were counted by hand from the rules that Intel's data book and p5.c state; the table is
 * a second transcription, made apart from p5.def.
 */
#include "sim/timing/p5.h"
#include "tests/helpers/harness.h"
#include "tests/timing/timing_sequence.h"

/* ---- one instruction ---- */

static struct box_clocks price_hex(const char *hex, struct sim_retired r)
{
	return box_price_hex("p5", hex, r);
}

static uint32_t base(const char *hex, struct sim_retired r)
{
	return price_hex(hex, r).of[SIM_BASE];
}

static void the_forms_of_the_entry_path_cost_what_the_manual_says(void **state)
{
	static const struct {
		const char *hex;
		uint32_t clocks;
	} cells[] = {
		{ "50", 1 },                   /* push r */
		{ "6a 01", 1 },                /* push imm */
		{ "1e", 1 },                   /* push ds */
		{ "ff 33", 2 },                /* push m */
		{ "58", 1 },                   /* pop r */
		{ "1f", 3 },                   /* pop ds */
		{ "89 c8", 1 },                /* mov r,r */
		{ "b8 00 00 00 00", 1 },       /* mov r,imm */
		{ "89 03", 1 },                /* mov m,r */
		{ "8b 03", 1 },                /* mov r,m */
		{ "8e d8", 2 },                /* mov ds,r */
		{ "fc", 2 },                   /* cld */
		{ "fa", 7 },                   /* cli */
		{ "fb", 7 },                   /* sti */
		{ "f6 03 01", 2 },             /* testb imm,m */
		{ "80 3b 01", 2 },             /* cmpb imm,m */
		{ "3d 00 00 00 00", 1 },       /* cmp imm,r */
		{ "83 c4 04", 1 },             /* add imm,r */
		{ "21 e5", 1 },                /* and r,r */
		{ "8d 43 04", 1 },             /* lea */
		{ "83 23 fe", 3 },             /* and imm,m */
		{ "75 10", 1 },                /* jcc short */
		{ "0f 85 10 00 00 00", 1 },    /* jcc near */
		{ "ff 14 85 00 00 00 00", 2 }, /* call *m */
		{ "c3", 2 },                   /* ret */
		{ "0f ba 33 01", 8 },          /* btr imm,m */
		{ "0f ab 03", 13 },            /* bts r,m */
	};

	(void)state;
	for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
		if (base(cells[k].hex, PLAIN) != cells[k].clocks)
			fail_msg("%s: %u", cells[k].hex, base(cells[k].hex, PLAIN));
}

static void a_change_of_ring_is_told_apart(void **state)
{
	static const struct {
		const char *hex;
		uint8_t ring, next_ring;
		uint32_t real, same, between;
	} gates[] = {
		{ "cd 80", 3, 0, 16, 31, 48 },
		{ "cc", 3, 0, 13, 27, 44 },
		{ "cf", 0, 3, 8, 10, 27 },
		{ "cb", 0, 3, 4, 4, 23 },
		{ "9a 00 00 00 00 30 00", 3, 0, 4, 4, 44 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(gates) / sizeof(gates[0]); k++) {
		struct sim_retired r = { .taken = true, .ring = gates[k].ring };
		struct box_clocks c;

		r.next_ring = r.ring;
		c = price_hex(gates[k].hex, r);
		assert_int_equal(box_sum(&c), gates[k].same);
		r.next_ring = gates[k].next_ring;
		c = price_hex(gates[k].hex, r);
		assert_int_equal(c.of[SIM_BASE], gates[k].same);
		assert_int_equal(box_sum(&c), gates[k].between);
		r.real = true;
		c = price_hex(gates[k].hex, r);
		assert_int_equal(box_sum(&c), gates[k].real);
	}
}

static void formulas_are_the_manuals(void **state)
{
	(void)state;
	assert_int_equal(base("c8 00 00 00", PLAIN), 11);
	assert_int_equal(base("c8 00 00 01", PLAIN), 15);
	assert_int_equal(base("c8 00 00 03", PLAIN), 21);
	assert_int_equal(base("f3 a5", VALUE(0)), 6);
	assert_int_equal(base("f3 a5", VALUE(1)), 13);
	assert_int_equal(base("f3 a5", VALUE(100)), 113);
	assert_int_equal(base("f3 ab", VALUE(100)), 109);
	assert_int_equal(base("f3 a6", VALUE(0)), 7);
	assert_int_equal(base("f3 a6", VALUE(10)), 49);
}

static void what_the_pentium_lacks_is_foreign(void **state)
{
	static const char *const codes[] = { "0f 34", "0f 40 c3", "0f 33", "0f 6f c1", "0f ae 03" };

	(void)state;
	for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++) {
		struct box_clocks c = price_hex(codes[k], PLAIN);

		assert_int_equal(c.verdict, SIM_FOREIGN);
		assert_int_equal(box_sum(&c), 0);
	}
	assert_false(box_model("p5").model->sysenter);
}

/* ---- pairs ---- */

static void instructions_pair_by_the_data_books_rules(void **state)
{
	static const struct sequence_case cases[] = {
		/* both simple, independent */
		{ "89 c8; 89 d3", 1, 0, 0, 0 },
		{ "8b 03; 8b 0e", 1, 0, 0, 0 },
		{ "01 d8; 01 ca", 1, 0, 0, 0 },
		{ "90; 90", 1, 0, 0, 0 },
		{ "43; 42; 41", 2, 0, 0, 0 },
		{ "43; 42; 41; 46", 2, 0, 0, 0 },
		{ "a8 01; 43", 1, 0, 0, 0 },    /* test of the accumulator */
		{ "8d 04 8b; 43", 1, 0, 0, 0 }, /* what is read may be written by the second */
		{ "89 c8; b9 01 00 00 00", 1, 0, 0, 0 },
		/* read or write after write */
		{ "89 c8; 89 c3", 2, 0, 0, 0 },
		{ "b8 01 00 00 00; b8 02 00 00 00", 2, 0, 0, 0 },
		{ "b0 01; b4 02", 2, 0, 0, 0 }, /* parts of one register */
		{ "8b 03; 85 c0", 2, 0, 0, 0 },
		{ "40; 39 03", 3, 0, 0, 0 },
		/* the U pipe's own */
		{ "11 d8; 01 ca", 1, 0, 0, 0 },
		{ "01 d8; 11 ca", 2, 0, 0, 0 },
		{ "d1 e0; 43", 1, 0, 0, 0 },
		{ "43; d1 e0", 2, 0, 0, 0 },
		{ "c1 e0 04; 43", 1, 0, 0, 0 },
		{ "d1 c0; 43", 1, 0, 0, 0 },
		{ "c1 c0 04; 43", 2, 0, 0, 0 }, /* a rotate by more than one is not simple */
		/* the V pipe's */
		{ "39 d8; 74 00", 1, 0, 0, 0 },
		{ "39 d8; 0f 84 00 00 00 00", 1, 0, 0, 0 }, /* its 0f is no prefix */
		{ "74 00; 43", 2, 0, 0, 0 },
		/* nobody's */
		{ "d3 e0; 43", 5, 0, 0, 0 },
		{ "f7 d8; 43", 2, 0, 0, 0 },
		{ "f6 c3 01; 42", 2, 0, 0, 0 },
		{ "87 d8; 42", 4, 0, 0, 0 },
		{ "43; fc; 42", 4, 0, 0, 0 },
		/* the stack pointer */
		{ "50; 53", 1, 0, 0, 0 },
		{ "6a 01; 50", 1, 0, 0, 0 },
		{ "58; 5b", 1, 0, 0, 0 },
		{ "58; 58", 2, 0, 0, 0 }, /* one register twice */
		{ "50; 5b", 2, 0, 0, 0 },
		{ "50; 89 e5", 2, 0, 0, 0 },
		{ "50; 8b 44 24 04", 2, 0, 0, 0 },
		{ "50; b8 00 00 00 00", 1, 0, 0, 0 },
		{ "b8 00 00 00 00; 53", 1, 0, 0, 0 },
		{ "b8 00 00 00 00; 50", 2, 0, 0, 0 },
		/* a displacement and an immediate */
		{ "c7 05 00 10 00 00 00 00 00 00; 43", 2, 0, 0, 0 },
		{ "80 3b 01; 42", 2, 0, 0, 0 },
		{ "80 7b 08 01; 42", 3, 0, 0, 0 },
		{ "42; 80 7b 08 01", 3, 0, 0, 0 },
		/* prefixes: first they may be */
		{ "66 89 c8; 43", 2, 0, 0, 1 },
		{ "43; 66 89 c8", 3, 0, 0, 1 },
	};

	(void)state;
	sequences_check("p5", cases, sizeof(cases) / sizeof(cases[0]));
}

static void a_pair_of_long_ones_overlaps_as_the_table_says(void **state)
{
	static const struct sequence_case cases[] = {
		{ "43; 03 06", 2, 1, 0, 0 },    { "43; 01 06", 3, 2, 0, 0 },
		{ "03 06; 43", 2, 0, 0, 0 },    { "03 03; 03 0e", 2, 0, 0, 0 },
		{ "03 06; 01 0f", 3, 1, 0, 0 }, { "01 06; 43", 3, 0, 0, 0 },
		{ "01 0f; 03 06", 4, 1, 0, 0 }, { "01 03; 01 0e", 5, 2, 0, 0 },
		{ "11 03; 39 0e", 4, 1, 0, 0 }, { "39 06; 74 00", 2, 0, 0, 0 },
	};

	(void)state;
	sequences_check("p5", cases, sizeof(cases) / sizeof(cases[0]));
}

/* ---- addresses, prefixes ---- */

static void an_address_waits_for_a_register_of_the_pair_before(void **state)
{
	static const struct sequence_case cases[] = {
		{ "43; 8b 03", 3, 0, 1, 0 },
		{ "43; 42; 8b 03", 3, 0, 1, 0 },         /* written by the first of the pair */
		{ "42; 43; 8b 03", 3, 0, 1, 0 },         /* by the second */
		{ "43; 42; 46; 47; 8b 03", 3, 0, 0, 0 }, /* a pair between */
		{ "43; f7 d8; 8b 03", 3, 0, 0, 0 },
		{ "46; 8d 04 b3", 3, 0, 1, 0 },         /* lea, by its index */
		{ "b3 01; 8b 03", 3, 0, 1, 0 },         /* by a part of it */
		{ "43; 46; 89 c8; 8b 16", 3, 0, 1, 0 }, /* the second of a pair waits */
		{ "43; 46; 8b 03; 8b 16", 3, 0, 1, 0 }, /* both at once */
		{ "58; 8b 00", 3, 0, 1, 0 },            /* eax by a pop */
		{ "46; ac", 4, 0, 1, 0 },               /* lods */
		{ "50; 53; 58", 2, 0, 0, 0 },           /* esp by the way: nobody waits */
		{ "58; 5b; 8b 04 24", 2, 0, 0, 0 },
		{ "83 c4 04; 58", 3, 0, 1, 0 }, /* esp by an add: no pair, and a wait */
		{ "89 ec; 43; 50", 3, 0, 1, 0 },
		{ "89 ec; >c3", 7, 0, 1, 0 }, /* and 3 for what was not foreseen */
		{ "83 c4 04; cf", 11, 0, 0, 0 },
	};

	(void)state;
	sequences_check("p5", cases, sizeof(cases) / sizeof(cases[0]));
}

static void a_prefix_hides_behind_a_long_instruction(void **state)
{
	static const struct sequence_case cases[] = {
		{ "0f b6 c3", 4, 0, 0, 1 },
		{ "64 66 89 03", 3, 0, 0, 2 },
		{ "fa; 0f b6 c3", 10, 0, 0, 0 },
		{ "fc; f3 a4", 8, 0, 0, 0 },           /* no rounds: 6 */
		{ "fc; 64 66 89 03", 4, 0, 0, 1 },     /* one of two */
		{ "43; 01 06; 66 89 c8", 4, 2, 0, 0 }, /* a pair of 3 clocks hides it too */
		{ "43; 66 8b 03", 3, 0, 0, 1 },        /* who waits for a prefix has its register */
	};

	(void)state;
	sequences_check("p5", cases, sizeof(cases) / sizeof(cases[0]));
}

/* ---- branches ---- */

/* dec ecx; jne back: a pair. The sequence's clocks for n rounds. */
static uint32_t loop(struct sim_timing *t, const char *body, unsigned n)
{
	struct sequence s = sequence_of(body);
	uint32_t clocks[SIM_CAUSES] = { 0 }, total = 0;

	for (; n; n--) {
		struct sim_retired r = { 0 };

		for (unsigned k = 0; k < s.n; k++) {
			r.insn = &s.insn[k];
			r.taken = k + 1 == s.n && n > 1;
			r.next = r.taken ? &s.insn[0] : NULL;
			t->model->price(t, &r, clocks);
		}
	}
	for (unsigned c = 0; c < SIM_CAUSES; c++)
		total += clocks[c];
	return total;
}

static void a_loop_is_mispredicted_at_its_ends(void **state)
{
	struct sim_timing t = box_model("p5");

	(void)state;
	/* A clock a round; its first jump and its end were not foreseen: 4 each in the V pipe. */
	assert_int_equal(loop(&t, "49; 75 fd", 10), 10 + 4 + 4);
	/* Now it is known: only the end. */
	assert_int_equal(loop(&t, "49; 75 fd", 10), 10 + 4);
	assert_int_equal(loop(&t, "49; 75 fd", 1000), 1000 + 4);
	/* Alone, in the U pipe: 3. neg is not simple. */
	t = box_model("p5");
	assert_int_equal(loop(&t, "f7 d9; 75 fc", 10), 20 + 3 + 3);
	/* Never taken: always as foreseen. */
	t = box_model("p5");
	assert_int_equal(loop(&t, "49; 75 fd", 1), 1);
	assert_int_equal(loop(&t, "49; 75 fd", 1), 1);
}

static uint32_t branch(struct sim_timing *t, const char *hex, uint32_t at, uint32_t to)
{
	struct sim_insn i = box_insn(hex), next = box_insn("fc");
	struct sim_retired r = { .insn = &i, .next = &next, .taken = to != 0 };

	i.addr = at;
	next.addr = to;
	return box_price(t, &r).of[SIM_MISPREDICT];
}

static void the_buffer_counts_and_knows_targets(void **state)
{
	struct sim_timing t = box_model("p5");

	(void)state;
	/* 3, down to 1 by two that go on, up to 2 by one that jumps. */
	assert_int_equal(branch(&t, "75 10", 0x1000, 0x2000), 3);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0), 3);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0), 3);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0), 0);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0), 0);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0x2000), 3);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0x2000), 3);
	assert_int_equal(branch(&t, "75 10", 0x1000, 0x2000), 0);
	/* A ret that goes elsewhere each time. */
	assert_int_equal(branch(&t, "c3", 0x3000, 0x1100), 3);
	assert_int_equal(branch(&t, "c3", 0x3000, 0x1100), 0);
	assert_int_equal(branch(&t, "c3", 0x3000, 0x1200), 3);
	assert_int_equal(branch(&t, "c3", 0x3000, 0x1100), 3);
	/* Another of the same set is another. */
	assert_int_equal(branch(&t, "e9 00 00 00 00", 0x3100, 0x1100), 3);
	assert_int_equal(branch(&t, "c3", 0x3000, 0x1100), 0);
}

static void the_buffer_holds_four_of_a_set(void **state)
{
	struct sim_timing t = box_model("p5");

	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(branch(&t, "eb 10", 0x1000 + k * 0x100, 0x9000),
					 round ? 0 : 3);
	assert_int_equal(branch(&t, "eb 10", 0x1400, 0x9000), 3); /* the fifth drives one out */
	assert_int_equal(branch(&t, "eb 10", 0x1100, 0x9000), 0);
	assert_int_equal(branch(&t, "eb 10", 0x1000, 0x9000), 3);
	for (uint32_t set = 1; set < 64; set++) /* all sets are in use */
		assert_int_equal(branch(&t, "eb 10", 0x2000 + set * 4, 0x9000), 3);
	for (uint32_t set = 1; set < 64; set++)
		assert_int_equal(branch(&t, "eb 10", 0x2000 + set * 4, 0x9000), 0);
	assert_int_equal(branch(&t, "eb 10", 0x1000, 0x9000), 0);
}

static void an_unforeseen_jump_empties_the_pipes(void **state)
{
	struct sim_timing t = box_model("p5");
	struct sequence s = sequence_of(">c2 08 00; 58");
	uint32_t first[SIM_CAUSES] = { 0 }, second[SIM_CAUSES] = { 0 };

	(void)state;
	sequence_price(&t, &s, first); /* esp is there when the pipes are full again */
	assert_int_equal(first[SIM_MISPREDICT], 3);
	assert_int_equal(first[SIM_ADDRESS], 0);
	sequence_price(&t, &s, second); /* foreseen: the pop waits for it */
	assert_int_equal(second[SIM_MISPREDICT], 0);
	assert_int_equal(second[SIM_ADDRESS], 1);

	t = box_model("p5");
	memset(first, 0, sizeof(first));
	s = sequence_of("50; >e8 00 00 00 00; 43");
	sequence_price(&t, &s, first); /* push and call pair; 3 for a call in either pipe */
	assert_int_equal(first[SIM_BASE], 2);
	assert_int_equal(first[SIM_MISPREDICT], 3);
}

/* ---- breaks ---- */

static void what_does_not_follow_does_not_pair(void **state)
{
	struct sim_timing t = box_model("p5");
	struct sequence s = sequence_of("50; 53");
	const struct sim_delivered d = { .ring = 3, .next_ring = 0 };
	uint32_t clocks[SIM_CAUSES] = { 0 };

	(void)state;
	s.insn[1].addr += 0x100; /* the host has put another CPU's state in */
	sequence_price(&t, &s, clocks);
	assert_int_equal(clocks[SIM_BASE], 2);

	memset(clocks, 0, sizeof(clocks));
	s = sequence_of("50; 53");
	s.n = 1;
	sequence_price(&t, &s, clocks);
	t.model->deliver(&t, &d, clocks);
	assert_int_equal(clocks[SIM_BASE], 1 + 31);
	assert_int_equal(clocks[SIM_RING], 17);
	s = sequence_of("50; 53");
	s.insn[0] = s.insn[1];
	s.n = 1;
	sequence_price(&t, &s, clocks);
	assert_int_equal(clocks[SIM_BASE], 1 + 31 + 1);
}

/* ---- the entry path of 2.6.11 ---- */

/*
 * In: 48. Up to the call: push 1, cld 2, es and ds 2, four pairs of push push, push mov 4, ds and
 * es 4, mov 1, and 1, testb 2 and a wait for ebp, jne 1, cmp with jae 1, call 2: 21 + 1. Behind
 * it: mov 1, cli 7, mov 1, testw 1 and its prefix, jne 1, three pairs of pops and one 4, ds and
 * es 6, add 1, iret 10: 32 + 1, and 17 for the outer ring. The call is not foreseen the first
 * time, nor is its ret, which is none of entry.S.
 */
static void the_fast_path_takes_120_clocks_by_hand(void **state)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7 };
	const sysemu_config config = { .kernel = "2.6.11",
				       .timing = "p5",
				       .start = SYSEMU_START_UNTRACED };
	sysemu_machine *m = open_config(&config);

	(void)state;
	OK(m, sysemu_load_code(m, code, sizeof(code)));
	for (int call = 0; call < 3; call++) {
		uint64_t causes[SYSEMU_CAUSES], total = 0;
		sysemu_clocks from, to;

		run_to(m, SYSEMU_CODE_BASE + 5);
		OK(m, sysemu_get_clocks(m, &from));
		run_to(m, SYSEMU_CODE_BASE + 7);
		OK(m, sysemu_get_clocks(m, &to));
		for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
			causes[c] = to.entry[c] - from.entry[c];
			causes[c] += to.region[SYSEMU_REGION_ENTRY][c] -
				     from.region[SYSEMU_REGION_ENTRY][c];
			total += causes[c];
		}
		assert_int_equal(causes[SYSEMU_CAUSE_BASE], 31 + 21 + 32);
		assert_int_equal(causes[SYSEMU_CAUSE_RING_CHANGE], 17 + 17);
		assert_int_equal(causes[SYSEMU_CAUSE_ADDRESS], 1);
		assert_int_equal(causes[SYSEMU_CAUSE_PREFIX], 1);
		assert_int_equal(causes[SYSEMU_CAUSE_MISPREDICT], call ? 0 : 3);
		assert_int_equal(total, call ? 120 : 123);
	}
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_of_the_entry_path_cost_what_the_manual_says),
		cmocka_unit_test(a_change_of_ring_is_told_apart),
		cmocka_unit_test(formulas_are_the_manuals),
		cmocka_unit_test(what_the_pentium_lacks_is_foreign),
		cmocka_unit_test(instructions_pair_by_the_data_books_rules),
		cmocka_unit_test(a_pair_of_long_ones_overlaps_as_the_table_says),
		cmocka_unit_test(an_address_waits_for_a_register_of_the_pair_before),
		cmocka_unit_test(a_prefix_hides_behind_a_long_instruction),
		cmocka_unit_test(a_loop_is_mispredicted_at_its_ends),
		cmocka_unit_test(the_buffer_counts_and_knows_targets),
		cmocka_unit_test(the_buffer_holds_four_of_a_set),
		cmocka_unit_test(an_unforeseen_jump_empties_the_pipes),
		cmocka_unit_test(what_does_not_follow_does_not_pair),
		cmocka_unit_test(the_fast_path_takes_120_clocks_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
