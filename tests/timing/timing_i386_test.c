/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_i386_test.c: the model i386dx by its rules: rings, m, prefixes, formulas, options. Every
 * figure is the manual's or that of a rule which i386.c states.
 */
#include "sim/timing/models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/timing/timing_box.h"

/* As `r` says, but for the instruction. */
static uint32_t base(const char *hex, struct sim_retired r)
{
	return box_price_hex("i386dx", hex, r).of[SIM_BASE];
}

static uint32_t total(const char *text, const char *hex, struct sim_retired r)
{
	struct box_clocks c = box_price_hex(text, hex, r);

	return box_sum(&c);
}

/* ---- rings and modes ---- */

static void a_change_of_ring_is_told_apart(void **state)
{
	static const struct {
		const char *hex;
		uint8_t ring, next_ring;
		uint32_t base, ring_clocks, real;
	} gates[] = {
		{ "cd 80", 3, 0, 59, 40, 37 },
		{ "cc", 3, 0, 59, 40, 33 },
		{ "ce", 3, 0, 59, 40, 35 },
		{ "cf", 0, 3, 38, 44, 22 },
		{ "cb", 0, 3, 32, 36, 18 },
		{ "ca 04 00", 0, 3, 32, 36, 18 },
		{ "9a 00 00 00 00 30 00", 3, 0, 34, 52, 17 },
		{ "ff 1e", 3, 0, 38, 52, 22 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(gates) / sizeof(gates[0]); k++) {
		struct sim_retired r = { .taken = true, .ring = gates[k].ring };
		struct box_clocks c;

		r.next_ring = gates[k].ring;
		c = box_price_hex("i386dx", gates[k].hex, r);
		assert_int_equal(box_sum(&c), gates[k].base);
		r.next_ring = gates[k].next_ring;
		c = box_price_hex("i386dx", gates[k].hex, r);
		assert_int_equal(c.of[SIM_BASE], gates[k].base);
		assert_int_equal(c.of[SIM_RING], gates[k].ring_clocks);
		r.real = true;
		assert_int_equal(total("i386dx", gates[k].hex, r), gates[k].real);
	}
	assert_int_equal(base("ce", PLAIN), 3); /* into, not taken */
}

static void an_exception_costs_what_int_costs(void **state)
{
	struct sim_timing t = box_model("i386dx");
	uint32_t c[SIM_CAUSES] = { 0 };

	(void)state;
	t.model->deliver(&t, &(struct sim_delivered){ .ring = 3 }, c);
	assert_int_equal(c[SIM_BASE], 59);
	assert_int_equal(c[SIM_RING], 40);
	t.model->deliver(&t, &(struct sim_delivered){ .ring = 0 }, c);
	assert_int_equal(c[SIM_BASE], 2 * 59);
	assert_int_equal(c[SIM_RING], 40);
	t.model->deliver(&t, &(struct sim_delivered){ .real = true }, c);
	assert_int_equal(c[SIM_BASE], 2 * 59 + 37);
}

static void segment_loads_are_cheap_in_real_mode(void **state)
{
	static const struct {
		const char *hex;
		uint32_t real, prot;
	} loads[] = {
		{ "1f", 7, 21 },    { "17", 7, 21 },       { "8e d8", 2, 18 }, { "8e 1e", 5, 19 },
		{ "c5 06", 7, 22 }, { "0f b4 06", 7, 25 }, { "0f a1", 7, 21 }, { "0f 01 26", 3, 2 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(loads) / sizeof(loads[0]); k++) {
		assert_int_equal(base(loads[k].hex, PLAIN), loads[k].prot);
		assert_int_equal(base(loads[k].hex, (struct sim_retired){ .real = true }),
				 loads[k].real);
	}
}

static void a_port_costs_more_where_the_io_map_is_asked(void **state)
{
	static const struct {
		const char *hex;
		uint32_t real, ring0, ring3;
	} ports[] = {
		{ "e4 10", 12, 6, 26 }, { "ec", 13, 7, 27 },    { "e6 10", 10, 4, 24 },
		{ "ee", 11, 5, 25 },    { "6c", 15, 9, 29 },    { "6e", 14, 8, 28 },
		{ "f3 6c", 13, 7, 27 }, { "f3 6e", 12, 6, 26 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(ports) / sizeof(ports[0]); k++) {
		struct sim_retired outside = { .ring = 3, .next_ring = 3 };

		assert_int_equal(total("i386dx", ports[k].hex, PLAIN), ports[k].ring0);
		assert_int_equal(total("i386dx", ports[k].hex, outside), ports[k].ring3);
		outside.real = true;
		assert_int_equal(total("i386dx", ports[k].hex, outside), ports[k].real);
	}
}

/* ---- m, addresses, prefixes ---- */

static uint32_t m(const char *hex, const char *next, bool taken, uint8_t next_ring)
{
	struct sim_insn target = box_insn(next);
	struct sim_retired r = { .next = &target, .taken = taken, .next_ring = next_ring };

	return box_price_hex("i386dx", hex, r).of[SIM_M];
}

static void m_counts_the_components_of_what_is_executed_next(void **state)
{
	(void)state;
	assert_int_equal(m("eb fe", "90", true, 0), 1);
	assert_int_equal(m("eb fe", "8b 44 24 04", true, 0), 4);
	assert_int_equal(m("eb fe", "66 c7 84 8b 00 00 01 00 34 12", true, 0), 6);
	assert_int_equal(m("eb 00", "90", false, 0), 1); /* a jump to what lies behind it */
	assert_int_equal(m("74 00", "90", false, 0), 0);
	assert_int_equal(m("74 00", "89 c8", true, 0), 2);
	assert_int_equal(m("c3", "89 c8", true, 0), 2);
	assert_int_equal(m("cd 80", "50", true, 0), 0);
	assert_int_equal(m("89 c8", "89 c8", false, 0), 0);
	assert_int_equal(m("cb", "89 c8", true, 0), 2);
	assert_int_equal(m("cb", "89 c8", true, 3), 0); /* outwards: 68 without m */
	assert_int_equal(base("eb fe", (struct sim_retired){ .taken = true }), 7);
}

static void a_third_part_of_an_address_costs_a_clock(void **state)
{
	(void)state;
	assert_int_equal(box_price_hex("i386dx", "8b 44 8e 04", PLAIN).of[SIM_ADDRESS], 1);
	assert_int_equal(box_price_hex("i386dx", "8b 04 8e", PLAIN).of[SIM_ADDRESS], 0);
	assert_int_equal(box_price_hex("i386dx", "8b 46 04", PLAIN).of[SIM_ADDRESS], 0);
	assert_int_equal(box_price_hex("i386dx", "8b 04 8d 00 30 00 00", PLAIN).of[SIM_ADDRESS], 0);
	assert_int_equal(box_price_hex("i386dx", "8b 44 24 04", PLAIN).of[SIM_ADDRESS], 0);
}

static void each_prefix_costs_a_clock_but_lock_and_rep(void **state)
{
	(void)state;
	assert_int_equal(box_price_hex("i386dx", "66 89 c8", PLAIN).of[SIM_PREFIX], 1);
	assert_int_equal(box_price_hex("i386dx", "65 67 66 8b 07", PLAIN).of[SIM_PREFIX], 3);
	assert_int_equal(box_price_hex("i386dx", "f0 0f ab 03", PLAIN).of[SIM_PREFIX], 0);
	assert_int_equal(box_price_hex("i386dx", "f3 a5", PLAIN).of[SIM_PREFIX], 0);
	assert_int_equal(box_price_hex("i386dx", "66 f3 a5", PLAIN).of[SIM_PREFIX], 1);
}

/* Every form but these leaves m alone, whatever is executed next. */
static void only_transfers_have_m(void **state)
{
	static const uint16_t transfers[] = {
		FORM_JCC_SHORT,  FORM_JCC_NEAR, FORM_JCXZ,   FORM_LOOP,   FORM_LOOPE,
		FORM_JMP_SHORT,  FORM_JMP_NEAR, FORM_JMP_R,  FORM_JMP_M,  FORM_JMP_FAR,
		FORM_JMP_FAR_M,  FORM_CALL,     FORM_CALL_R, FORM_CALL_M, FORM_CALL_FAR,
		FORM_CALL_FAR_M, FORM_RET,      FORM_RET_I,  FORM_RETF,   FORM_RETF_I,
	};
	/* And these between rings as well. */
	static const uint16_t gates[] = { FORM_CALL_FAR, FORM_CALL_FAR_M };
	struct sim_timing t = box_model("i386dx");
	struct sim_insn i = box_insn("90"), target = box_insn("89 c8");
	struct sim_retired r = { .insn = &i, .next = &target, .taken = true };

	(void)state;
	for (i.form = 0; i.form < SIM_FORMS; i.form++) {
		bool transfer = false, gate = false;

		for (size_t k = 0; k < sizeof(transfers) / sizeof(transfers[0]); k++)
			transfer |= transfers[k] == i.form;
		for (size_t k = 0; k < sizeof(gates) / sizeof(gates[0]); k++)
			gate |= gates[k] == i.form;
		r.ring = 0;
		assert_int_equal(box_price(&t, &r).of[SIM_M], transfer ? 2 : 0);
		r.ring = 3;
		if (!transfer || gate || i.form == FORM_RETF || i.form == FORM_RETF_I)
			assert_int_equal(box_price(&t, &r).of[SIM_M], gate ? 2 : 0);
	}
}

static void transfers_cost_this_in_protected_and_in_real_mode(void **state)
{
	static const struct {
		const char *hex;
		uint32_t prot, real;
	} rows[] = {
		{ "74 00", 7, 7 },          { "0f 84 00 00 00 00", 7, 7 },
		{ "e3 00", 9, 9 },          { "e2 00", 11, 11 },
		{ "e1 00", 11, 11 },        { "eb 00", 7, 7 },
		{ "e9 00 00 00 00", 7, 7 }, { "ff e0", 7, 7 },
		{ "ff 26", 10, 10 },        { "ea 00 00 00 00 08 00", 27, 12 },
		{ "ff 2e", 31, 43 },        { "e8 00 00 00 00", 7, 7 },
		{ "ff d0", 7, 7 },          { "ff 16", 10, 10 },
		{ "c3", 10, 10 },           { "c2 04 00", 10, 10 },
		{ "ca 04 00", 32, 18 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct sim_retired r = { .taken = true };

		assert_int_equal(base(rows[k].hex, r), rows[k].prot);
		r.real = true;
		assert_int_equal(base(rows[k].hex, r), rows[k].real);
	}
}

/* ---- formulas ---- */

static void the_multiplier_decides_what_a_multiplication_takes(void **state)
{
	static const struct {
		uint32_t multiplier, is_unsigned, is_signed;
	} rows[] = {
		{ 0, 9, 9 },
		{ 1, 9, 9 },
		{ 3, 9, 9 },
		{ 8, 9, 9 },
		{ 9, 10, 10 },
		{ 16, 10, 10 },
		{ 17, 11, 11 },
		{ 0xffff, 22, 22 },
		{ 0x10001, 23, 23 },
		{ 0x7fffffff, 37, 37 },
		{ 0xffffffff, 38, 9 },
		{ 0xfffffffd, 38, 9 },
		{ 0x80000000, 37, 37 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		struct sim_retired r = VALUE(rows[k].multiplier);

		assert_int_equal(base("f7 e1", r), rows[k].is_unsigned);
		assert_int_equal(base("f7 26", r), rows[k].is_unsigned + 3);
		assert_int_equal(base("f7 e9", r), rows[k].is_signed);
		assert_int_equal(base("0f af c1", r), rows[k].is_signed);
		assert_int_equal(base("0f af 06", r), rows[k].is_signed + 3);
	}
	assert_int_equal(base("f6 e1", VALUE(0xff)), 14);
	assert_int_equal(base("f6 26", VALUE(0xff)), 17);
	assert_int_equal(base("66 f7 26", VALUE(0xffff)), 25);
	assert_int_equal(base("f6 e9", VALUE(0xffffff81)), 13); /* -127 */
	assert_int_equal(base("f6 2e", VALUE(0x7f)), 16);
	assert_int_equal(base("66 f7 e9", VALUE(0x7fff)), 21);
	assert_int_equal(base("66 f7 2e", VALUE(0x7fff)), 24);
	assert_int_equal(base("f7 2e", VALUE(0x7fffffff)), 40);
	assert_int_equal(base("66 f7 e1", VALUE(0xffff)), 22);
	/* The immediate is the multiplier, whatever the operand is. */
	assert_int_equal(base("6b c1 05", VALUE(0xffff)), 9);
	assert_int_equal(base("69 c1 45 23 01 00", VALUE(0)), 23);
	assert_int_equal(base("6b 06 fd", VALUE(0xffff)), 12);
}

static void divisions_have_a_figure_for_each_width(void **state)
{
	(void)state;
	assert_int_equal(base("f6 f1", PLAIN), 14);
	assert_int_equal(base("66 f7 f1", PLAIN), 22);
	assert_int_equal(base("f7 f1", PLAIN), 38);
	assert_int_equal(base("f7 36", PLAIN), 41);
	assert_int_equal(base("f6 f9", PLAIN), 19);
	assert_int_equal(base("f7 f9", PLAIN), 43);
	assert_int_equal(base("f7 3e", PLAIN), 46);
}

static void a_scan_pays_for_each_zero_bit_it_passes(void **state)
{
	(void)state;
	assert_int_equal(base("0f bc c1", VALUE(1)), 10);
	assert_int_equal(base("0f bc c1", VALUE(0x400)), 40);
	assert_int_equal(base("0f bd c1", VALUE(0x80000000)), 10);
	assert_int_equal(base("0f bd c1", VALUE(0x200000)), 40);
	assert_int_equal(base("66 0f bd c1", VALUE(0x8000)), 10);
	assert_int_equal(base("0f bc 06", VALUE(2)), 13);
	assert_int_equal(base("0f bd 06", VALUE(0x40000000)), 13);
	assert_int_equal(base("0f bc c1", VALUE(0)), 10 + 3 * 32);
}

static void a_rep_pays_for_its_rounds(void **state)
{
	static const struct {
		const char *hex;
		uint32_t first, each;
	} reps[] = {
		{ "f3 a5", 5, 4 }, { "f3 ab", 5, 5 }, { "f3 ad", 5, 6 }, { "f3 a6", 5, 9 },
		{ "f2 ae", 5, 8 }, { "f3 6c", 7, 6 }, { "f3 6e", 6, 5 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(reps) / sizeof(reps[0]); k++) {
		assert_int_equal(base(reps[k].hex, VALUE(0)), reps[k].first);
		assert_int_equal(base(reps[k].hex, VALUE(16)), reps[k].first + 16 * reps[k].each);
	}
	assert_int_equal(base("a5", VALUE(16)), 7); /* without rep there are no rounds */
}

static void enter_pays_for_its_level(void **state)
{
	(void)state;
	assert_int_equal(base("c8 20 00 00", PLAIN), 10);
	assert_int_equal(base("c8 20 00 01", PLAIN), 12);
	assert_int_equal(base("c8 20 00 02", PLAIN), 19);
	assert_int_equal(base("c8 20 00 23", PLAIN), 23); /* the level is taken modulo 32 */
	assert_int_equal(base("c9", PLAIN), 4);
}

/* ---- what no kernel has ---- */

/* The rest of the second transcription; all of it unchecked. */
static void the_forms_that_no_kernel_has_cost_what_the_manual_says(void **state)
{
	static const struct {
		uint32_t clocks;
		const char *hex[12];
	} rows[] = {
		{ 2, { "f8", "8c 06", "99", "9f", "1e", "0f a8", "0f 00 c0", "0f 00 06" } },
		{ 2, { "0f 00 c8", "0f 00 0e", "0f 01 e0", "0f 01 26", "f7 d0", "4f" } },
		{ 3, { "91", "87 ca", "98", "9e", "d1 e0", "d1 c0", "c1 c0 05" } },
		{ 3, { "0f a4 c8 05", "0f ad c8", "0f ba e0 05", "0f a3 c8" } },
		{ 4, { "37", "3f", "27", "2f", "9c", "ab", "c9", "0f 22 d0" } },
		{ 5,
		  { "e3 00", "87 06", "d7", "ff 36", "8f 06", "9d", "ad", "0f 06", "0f 22 d8" } },
		{ 6, { "12 06", "f7 1e", "fe 06", "0f be 06", "0f ba 26 05", "9b" } },
		{ 6, { "0f ba e8 05", "0f ab c8" } },
		{ 7, { "11 06", "83 16 05", "d1 26", "c1 26 05", "d3 26", "d1 06", "c1 06 05" } },
		{ 7, { "d3 06", "0f a4 06 05", "0f ad 06", "a5", "af" } },
		{ 8, { "0f ba 2e 05" } },
		{ 9, { "d1 d0", "c1 d0 05", "d3 d0", "0f 01 06" } },
		{ 10, { "d1 16", "c1 16 05", "d3 16", "62 06", "a7", "0f 00 e0", "0f 22 c0" } },
		{ 10, { "0f 01 f0" } },
		{ 11, { "0f 00 26", "0f 01 1e", "e2 00", "e0 00" } },
		{ 12, { "0f a3 06" } },
		{ 13, { "0f ab 06", "0f 01 36" } },
		{ 15, { "0f 02 c1", "0f 00 e8" } },
		{ 16, { "0f 02 06", "0f 00 2e" } },
		{ 17, { "d4 0a", "f6 36" } },
		{ 18, { "60" } },
		{ 19, { "d5 0a", "8e 1e" } },
		{ 20, { "63 c8", "0f 00 d0" } },
		{ 21, { "63 06", "17" } },
		{ 22, { "0f 21 c0", "f6 3e", "0f b2 06" } },
		{ 24, { "61", "0f 00 16" } },
		{ 25, { "66 f7 36", "0f 03 c1", "0f b5 06" } },
		{ 26, { "0f 03 06" } },
		{ 27, { "66 f7 f9", "0f 00 1e" } },
		{ 30, { "66 f7 3e" } },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		for (size_t n = 0; n < 12 && rows[k].hex[n]; n++)
			if (base(rows[k].hex[n], PLAIN) != rows[k].clocks)
				fail_msg("%s: %u", rows[k].hex[n], base(rows[k].hex[n], PLAIN));
}

/* ---- options ---- */

static void cli_and_sti_follow_their_option(void **state)
{
	(void)state;
	assert_int_equal(total("i386dx", "fa", PLAIN), 3);
	assert_int_equal(total("i386dx,cli=8", "fa", PLAIN), 8);
	assert_int_equal(total("i386dx,cli=9", "fa", PLAIN), 9);
	assert_int_equal(total("i386dx,cli=9", "fb", PLAIN), 9);
	assert_int_equal(total("i386dx,cli=9", "fc", PLAIN), 2);
}

static void iret_looks_at_the_segments_if_asked_to(void **state)
{
	struct sim_retired r = { .taken = true, .next_ring = 3, .value = 2 };

	(void)state;
	assert_int_equal(total("i386dx", "cf", r), 82);
	assert_int_equal(total("i386dx,iret=manual", "cf", r), 82);
	assert_int_equal(total("i386dx,iret=state", "cf", r), 85);
	assert_int_equal(box_price_hex("i386dx,iret=state", "cf", r).of[SIM_BASE], 38);
	r.value = 0;
	assert_int_equal(total("i386dx,iret=state", "cf", r), 79);
	r.next_ring = 0;
	assert_int_equal(total("i386dx,iret=state", "cf", r), 38);
}

static uint32_t misaligned(const char *hex, uint32_t addr, uint16_t size, uint32_t rounds)
{
	struct sim_retired r = { .value = rounds, .accesses = 1 };

	r.access[0] = (struct sim_access){ .addr = addr, .size = size };
	assert_int_equal(box_price_hex("i386dx", hex, r).of[SIM_MISALIGN], 0);
	return box_price_hex("i386dx,misalign", hex, r).of[SIM_MISALIGN];
}

static void an_operand_across_a_word_takes_another_bus_cycle(void **state)
{
	(void)state;
	assert_int_equal(misaligned("8b 06", 0x3000, 4, 0), 0);
	assert_int_equal(misaligned("8b 06", 0x3001, 4, 0), 2);
	assert_int_equal(misaligned("8b 06", 0x3003, 4, 0), 2);
	assert_int_equal(misaligned("66 8b 06", 0x3001, 2, 0), 0);
	assert_int_equal(misaligned("66 8b 06", 0x3003, 2, 0), 2);
	assert_int_equal(misaligned("8a 06", 0x3003, 1, 0), 0);
	assert_int_equal(misaligned("60", 0x1fe0, 32, 0), 0);
	assert_int_equal(misaligned("60", 0x1fe2, 32, 0), 16); /* each of eight words */
	assert_int_equal(misaligned("f3 ab", 0x3001, 4, 10), 20);
	assert_int_equal(misaligned("66 f3 ab", 0x3001, 2, 10), 10); /* every second */
	assert_int_equal(misaligned("f3 ab", 0x3001, 4, 0), 0);
}

/* ---- the TLB ---- */

static uint32_t touch(struct sim_timing *t, uint32_t page)
{
	struct sim_insn i = box_insn("90");
	struct sim_retired r = { .insn = &i };

	i.addr = page << 12;
	return box_price(t, &r).of[SIM_TLB];
}

static void a_page_that_the_tlb_has_not_costs_a_walk(void **state)
{
	struct sim_timing t = box_model("i386dx,tlb");
	struct sim_insn i = box_insn("8b 06");
	struct sim_retired r = { .insn = &i, .accesses = 1 };

	(void)state;
	assert_false(sim_timing_stateless(&t));
	i.addr = 0x1000;
	r.access[0] = (struct sim_access){ .addr = 0x7ffe, .size = 4 };
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 60); /* its own page, and two of data */
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 0);
	i.addr = 0x8fff; /* across a page, of which the first is there */
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 20);
	r.real = true;
	i.addr = 0xf000;
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 0);
}

static void a_set_of_the_tlb_holds_four_pages_and_drops_the_oldest(void **state)
{
	struct sim_timing t = box_model("i386dx,tlb");

	(void)state;
	for (uint32_t page = 0; page < 32; page++)
		assert_int_equal(touch(&t, page), 20);
	for (uint32_t page = 0; page < 32; page++)
		assert_int_equal(touch(&t, page), 0);
	assert_int_equal(touch(&t, 32), 20); /* in the place of page 0 */
	assert_int_equal(touch(&t, 8), 0);
	assert_int_equal(touch(&t, 0), 20); /* in the place of page 8 */
	assert_int_equal(touch(&t, 8), 20);
	assert_int_equal(touch(&t, 1), 0); /* another set */
	assert_int_equal(touch(&t, 0xfffff), 20);
}

static void mov_to_cr3_empties_the_tlb(void **state)
{
	struct sim_timing t = box_model("i386dx,tlb");
	struct sim_insn i = box_insn("0f 22 d8");
	struct sim_retired r = { .insn = &i };

	(void)state;
	assert_int_equal(touch(&t, 1), 20);
	assert_int_equal(touch(&t, 1), 0);
	box_price(&t, &r);
	assert_int_equal(touch(&t, 1), 20);
}

static void a_rep_walks_each_page_it_comes_to(void **state)
{
	struct sim_timing t = box_model("i386dx,tlb");
	struct sim_insn i = box_insn("f3 ab");
	struct sim_retired r = { .insn = &i, .value = 2048, .accesses = 1 };

	(void)state;
	touch(&t, 1);
	r.access[0] = (struct sim_access){ .addr = 0x5800, .size = 4, .write = true };
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 60);
	r.access[0] = (struct sim_access){ .addr = 0x57fc, .size = 4, .write = true, .down = true };
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 40); /* pages 3, 4 and 5, which is there */
	r.value = 0;
	r.access[0].addr = 0x9000;
	assert_int_equal(box_price(&t, &r).of[SIM_TLB], 0);
}

/* ---- sources ---- */

static void each_form_has_a_source_or_is_foreign(void **state)
{
	struct sim_timing t = box_model("i386dx");
	struct sim_insn i = box_insn("90");
	struct sim_retired r = { .insn = &i };
	unsigned priced = 0;

	(void)state;
	assert_true(sim_timing_stateless(&t));
	for (uint16_t form = 0; form < SIM_FORMS; form++) {
		const char *source = t.model->source(form);
		struct box_clocks c;

		i.form = form;
		c = box_price(&t, &r);
		priced += c.verdict == SIM_PRICED;
		assert_int_equal(c.verdict == SIM_FOREIGN, source == NULL);
		/* ud2 never retires; int1 is priced as the exception that it raises. */
		assert_int_equal(c.verdict == SIM_FOREIGN || form == FORM_UD2 || form == FORM_ICEBP,
				 box_sum(&c) == 0);
		if (c.verdict == SIM_PRICED)
			assert_true(!strncmp(source, "PRM ", 4) || !strncmp(source, "DS ", 3));
	}
	assert_null(t.model->source(SIM_FORMS));
	assert_null(t.model->source(FORM_UNKNOWN));
	assert_null(t.model->source(FORM_BSWAP));
	assert_null(t.model->source(FORM_SYSENTER));
	assert_true(priced > 200);
	i.form = FORM_UD2;
	assert_int_equal(box_price(&t, &r).verdict, SIM_RULED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_of_ring_is_told_apart),
		cmocka_unit_test(an_exception_costs_what_int_costs),
		cmocka_unit_test(segment_loads_are_cheap_in_real_mode),
		cmocka_unit_test(a_port_costs_more_where_the_io_map_is_asked),
		cmocka_unit_test(m_counts_the_components_of_what_is_executed_next),
		cmocka_unit_test(only_transfers_have_m),
		cmocka_unit_test(transfers_cost_this_in_protected_and_in_real_mode),
		cmocka_unit_test(a_third_part_of_an_address_costs_a_clock),
		cmocka_unit_test(each_prefix_costs_a_clock_but_lock_and_rep),
		cmocka_unit_test(the_multiplier_decides_what_a_multiplication_takes),
		cmocka_unit_test(divisions_have_a_figure_for_each_width),
		cmocka_unit_test(a_scan_pays_for_each_zero_bit_it_passes),
		cmocka_unit_test(a_rep_pays_for_its_rounds),
		cmocka_unit_test(enter_pays_for_its_level),
		cmocka_unit_test(the_forms_that_no_kernel_has_cost_what_the_manual_says),
		cmocka_unit_test(cli_and_sti_follow_their_option),
		cmocka_unit_test(iret_looks_at_the_segments_if_asked_to),
		cmocka_unit_test(an_operand_across_a_word_takes_another_bus_cycle),
		cmocka_unit_test(a_page_that_the_tlb_has_not_costs_a_walk),
		cmocka_unit_test(a_set_of_the_tlb_holds_four_pages_and_drops_the_oldest),
		cmocka_unit_test(mov_to_cr3_empties_the_tlb),
		cmocka_unit_test(a_rep_walks_each_page_it_comes_to),
		cmocka_unit_test(each_form_has_a_source_or_is_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
