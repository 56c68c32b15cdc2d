/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_i486_test.c: the model i486 by its rules, and the entry path of 2.6.11. The table is a
 * second transcription, made apart from i486.def; the path's sum was done by hand from it.
 */
#include "sim/timing/models.h"
#include "tests/helpers/harness.h"
#include "tests/timing/timing_sequence.h"

/* ---- one instruction ---- */

static struct box_clocks price_hex(const char *hex, struct sim_retired r)
{
	return box_price_hex("i486", hex, r);
}

static uint32_t base(const char *hex, struct sim_retired r)
{
	return price_hex(hex, r).of[SIM_BASE];
}

/* Of each form on the entry path: protected mode, in one ring, cache hits. Loads of segment
 * registers are those of a descriptor; sources that give 3 mean real mode or a null selector. */
static void the_forms_of_the_entry_path_cost_what_the_manual_says(void **state)
{
	static const struct {
		const char *hex;
		uint32_t clocks, taken;
	} cells[] = {
		{ "50", 1, 0 },                   /* push r */
		{ "6a 01", 1, 0 },                /* push imm */
		{ "1e", 3, 0 },                   /* push ds */
		{ "ff 33", 4, 0 },                /* push m */
		{ "58", 1, 0 },                   /* pop r */
		{ "1f", 9, 0 },                   /* pop ds */
		{ "89 c8", 1, 0 },                /* mov r,r */
		{ "b8 00 00 00 00", 1, 0 },       /* mov r,imm */
		{ "89 03", 1, 0 },                /* mov m,r */
		{ "8b 03", 1, 0 },                /* mov r,m */
		{ "8e d8", 9, 0 },                /* mov ds,r */
		{ "fc", 2, 0 },                   /* cld */
		{ "fa", 5, 0 },                   /* cli */
		{ "fb", 5, 0 },                   /* sti */
		{ "f6 03 01", 2, 0 },             /* testb imm,m */
		{ "80 3b 01", 2, 0 },             /* cmpb imm,m */
		{ "3d 00 00 00 00", 1, 0 },       /* cmp imm,r */
		{ "83 c4 04", 1, 0 },             /* add imm,r */
		{ "21 e5", 1, 0 },                /* and r,r */
		{ "8d 43 04", 1, 0 },             /* lea */
		{ "83 23 fe", 3, 0 },             /* and imm,m */
		{ "75 10", 1, 3 },                /* jcc short */
		{ "0f 85 10 00 00 00", 1, 3 },    /* jcc near */
		{ "ff 14 85 00 00 00 00", 0, 5 }, /* call *m */
		{ "c3", 0, 5 },                   /* ret */
		{ "0f ba 33 01", 8, 0 },          /* btr imm,m */
		{ "0f ab 03", 13, 0 },            /* bts r,m */
	};

	(void)state;
	for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++) {
		if (cells[k].clocks && base(cells[k].hex, PLAIN) != cells[k].clocks)
			fail_msg("%s: %u", cells[k].hex, base(cells[k].hex, PLAIN));
		if (cells[k].taken && base(cells[k].hex, TAKEN) != cells[k].taken)
			fail_msg("%s taken: %u", cells[k].hex, base(cells[k].hex, TAKEN));
	}
}

static void a_change_of_ring_is_told_apart(void **state)
{
	static const struct {
		const char *hex;
		uint8_t ring, next_ring;
		uint32_t real, same, between;
	} gates[] = {
		{ "cd 80", 3, 0, 30, 44, 71 }, { "cc", 3, 0, 26, 44, 71 },
		{ "ce", 3, 0, 28, 46, 73 },    { "cf", 0, 3, 15, 20, 36 },
		{ "cb", 0, 3, 13, 17, 35 },    { "9a 00 00 00 00 30 00", 3, 0, 18, 20, 69 },
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
	assert_int_equal(base("ce", PLAIN), 3); /* into without overflow */
}

static void formulas_are_the_manuals(void **state)
{
	(void)state;
	assert_int_equal(base("f7 e3", VALUE(0)), 13); /* mul ebx */
	assert_int_equal(base("f7 e3", VALUE(0xffffffff)), 42);
	assert_int_equal(base("f7 eb", VALUE(0xffffffff)), 13); /* imul: |-1| */
	assert_int_equal(base("f7 eb", VALUE(0x10000)), 26);
	assert_int_equal(base("6b c3 64", PLAIN), 17); /* imul $100: 7 bits */
	assert_int_equal(base("c8 00 00 00", PLAIN), 14);
	assert_int_equal(base("c8 00 00 01", PLAIN), 17);
	assert_int_equal(base("c8 00 00 03", PLAIN), 26);
	assert_int_equal(base("f3 a5", VALUE(0)), 5);
	assert_int_equal(base("f3 a5", VALUE(1)), 13);
	assert_int_equal(base("f3 a5", VALUE(2)), 18);
	assert_int_equal(base("f3 ab", VALUE(0)), 5);
	assert_int_equal(base("f3 ab", VALUE(10)), 47);
	assert_int_equal(base("f3 a6", VALUE(10)), 77);
	assert_int_equal(base("f2 ae", VALUE(10)), 57);
	assert_int_equal(price_hex("f3 a5", VALUE(2)).of[SIM_PREFIX], 0);
}

static void what_the_486_lacks_is_foreign(void **state)
{
	static const char *const codes[] = { "0f a2", "0f 31",    "0f 34",   "0f 40 c3",
					     "0f 30", "0f 22 e0", "0f c7 0b" };

	(void)state;
	for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++) {
		struct box_clocks c = price_hex(codes[k], PLAIN);

		assert_int_equal(c.verdict, SIM_FOREIGN);
		assert_int_equal(box_sum(&c), 0);
	}
	assert_false(box_model("i486").model->sysenter);
	assert_int_equal(price_hex("0f c8", PLAIN).verdict, SIM_PRICED);   /* bswap is new */
	assert_int_equal(price_hex("0f b0 0b", PLAIN).verdict, SIM_RULED); /* cmpxchg: 7 or 10 */
}

/* ---- several ---- */

static void addresses_and_prefixes_cost_by_the_manuals_rules(void **state)
{
	static const struct sequence_case cases[] = {
		{ "8b 04 8b", 2, 0, 1, 0 },                /* an index register */
		{ "8d 04 0b", 2, 0, 1, 0 },                /* in lea too */
		{ "8b 43 04", 1, 0, 0, 0 },                /* a displacement alone */
		{ "c7 43 04 00 00 00 00", 2, 0, 1, 0 },    /* with an immediate */
		{ "c7 44 8b 04 00 00 00 00", 3, 0, 2, 0 }, /* and an index */
		{ "66 89 c8", 2, 0, 0, 1 },
		{ "64 66 a1 00 00 00 00", 3, 0, 0, 2 },
		{ "f0 01 03", 4, 0, 0, 1 },      /* lock */
		{ "0f b6 c3", 3, 0, 0, 0 },      /* 0f is none */
		{ "f3 90", 2, 0, 0, 1 },         /* pause, a nop with a prefix */
		{ "43; 8b 03", 3, 0, 1, 0 },     /* waits for ebx */
		{ "8b 1e; 8b 03", 3, 0, 1, 0 },  /* loaded */
		{ "b3 01; 8b 03", 3, 0, 1, 0 },  /* by a part of it */
		{ "43; 8b 04 9e", 4, 0, 2, 0 },  /* as an index: and the index's own clock */
		{ "46; 8d 46 04", 3, 0, 1, 0 },  /* lea waits */
		{ "43; 42; 8b 03", 3, 0, 0, 0 }, /* one instruction between is enough */
		{ "43; 01 d8", 2, 0, 0, 0 },     /* data does not wait */
		{ "43; 89 1e", 2, 0, 0, 0 },
		{ "83 c4 04; 58", 3, 0, 1, 0 }, /* esp by an add */
		{ "89 ec; >c3", 7, 0, 1, 0 },
		{ "50; 53; 58", 3, 0, 0, 0 }, /* esp by the way */
		{ "50; 8b 44 24 04", 2, 0, 0, 0 },
		{ "58; 8b 00", 3, 0, 1, 0 },     /* eax by a pop */
		{ "83 c4 04; cf", 21, 0, 0, 0 }, /* iret does not wait */
		{ "46; a5", 9, 0, 1, 0 },        /* movs wants esi */
		{ ">ff d3; 8b 03", 6, 0, 0, 0 }, /* nothing waits behind a jump */
	};

	(void)state;
	sequences_check("i486", cases, sizeof(cases) / sizeof(cases[0]));
}

static void only_what_came_just_before_makes_wait(void **state)
{
	struct sim_timing t = box_model("i486");
	struct sequence s = sequence_of("43; 8b 03");
	uint32_t clocks[SIM_CAUSES] = { 0 };
	struct sim_delivered d = { .ring = 3, .next_ring = 0 };

	(void)state;
	s.insn[1].addr += 0x100; /* another program's instruction */
	sequence_price(&t, &s, clocks);
	assert_int_equal(clocks[SIM_ADDRESS], 0);

	s.n = 1; /* inc ebx, an exception, and the handler's first instruction */
	sequence_price(&t, &s, clocks);
	memset(clocks, 0, sizeof(clocks));
	t.model->deliver(&t, &d, clocks);
	assert_int_equal(clocks[SIM_BASE], 44);
	assert_int_equal(clocks[SIM_RING], 27);
	s = sequence_of("8b 03");
	s.insn[0].addr += 1;
	sequence_price(&t, &s, clocks);
	assert_int_equal(clocks[SIM_ADDRESS], 0);
}

/* ---- the entry path of 2.6.11 ---- */

/*
 * In: 71. Before the call: 8 pushes of registers 8, cld 2, es and ds 6, mov 1, ds and es 18,
 * mov and 2, testb 2, jne 1, cmp 1, jae 1, the call 5: 47; and 3 for addresses: the test's ebp,
 * written just before, and its displacement beside an immediate; the call's index. Behind it:
 * mov 1, cli 5, mov 1, testw 1, jne 1, 7 pops 7, ds and es 18, add 1, iret 20: 55, and 16 for
 * the outer ring, 1 for testw's prefix.
 */
static void the_fast_path_takes_193_clocks_by_hand(void **state)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe };
	const sysemu_config config = { .kernel = "2.6.11",
				       .timing = "i486",
				       .start = SYSEMU_START_UNTRACED };
	sysemu_machine *m = open_config(&config);
	uint64_t causes[SYSEMU_CAUSES], total = 0;
	sysemu_clocks from, to;

	(void)state;
	OK(m, sysemu_load_code(m, code, sizeof(code)));
	run_to(m, SYSEMU_CODE_BASE + 5);
	OK(m, sysemu_get_clocks(m, &from));
	run_to(m, SYSEMU_CODE_BASE + 7);
	OK(m, sysemu_get_clocks(m, &to));
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		causes[c] = to.entry[c] - from.entry[c];
		causes[c] +=
			to.region[SYSEMU_REGION_ENTRY][c] - from.region[SYSEMU_REGION_ENTRY][c];
		total += causes[c];
	}
	assert_int_equal(causes[SYSEMU_CAUSE_BASE], 44 + 47 + 55);
	assert_int_equal(causes[SYSEMU_CAUSE_RING_CHANGE], 27 + 16);
	assert_int_equal(causes[SYSEMU_CAUSE_ADDRESS], 3);
	assert_int_equal(causes[SYSEMU_CAUSE_PREFIX], 1);
	assert_int_equal(total, 193);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_forms_of_the_entry_path_cost_what_the_manual_says),
		cmocka_unit_test(a_change_of_ring_is_told_apart),
		cmocka_unit_test(formulas_are_the_manuals),
		cmocka_unit_test(what_the_486_lacks_is_foreign),
		cmocka_unit_test(addresses_and_prefixes_cost_by_the_manuals_rules),
		cmocka_unit_test(only_what_came_just_before_makes_wait),
		cmocka_unit_test(the_fast_path_takes_193_clocks_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
