/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus_test.c: what the models with a bus add to i386dx, and that they change nothing else. The
 * expectations are arithmetic: bytes over bytes per clock, a fetch more or less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/timing/timing.h"
#include "tests/kernels/between.h"

/* ---- streams of instructions ---- */

enum { MOST = 4096 };

struct stream {
	struct sim_insn insn[MOST];
	bool taken[MOST];
	unsigned n;
};

static struct sim_insn insn(const char *code, size_t size, uint32_t addr)
{
	uint8_t bytes[16] = { 0 };
	struct sim_insn i;

	memcpy(bytes, code, size);
	sim_insn_decode(bytes, sizeof(bytes), addr, false, &i);
	assert_int_equal(i.size, size);
	return i;
}

static struct sim_timing timing(const char *text)
{
	struct sim_timing t;
	char why[160];

	if (!sim_timing_parse(text, &t, why, sizeof(why)))
		fail_msg("%s", why);
	return t;
}

struct price {
	uint32_t cause[SIM_CAUSES];
};

static uint32_t total(const struct price *p)
{
	uint32_t sum = 0;

	for (int cause = 0; cause < SIM_CAUSES; cause++)
		sum += p->cause[cause];
	return sum;
}

static struct price price_at(struct sim_timing *t, const struct stream *s, unsigned n)
{
	struct sim_retired r = { .insn = &s->insn[n],
				 .next = n + 1 < s->n ? &s->insn[n + 1] : NULL,
				 .taken = s->taken[n],
				 .value = 1 };
	struct price p = { { 0 } };

	t->model->price(t, &r, p.cause);
	return p;
}

static struct price price_all(const char *model, const struct stream *s)
{
	struct sim_timing t = timing(model);
	struct price sum = { { 0 } };

	for (unsigned n = 0; n < s->n; n++) {
		struct price p = price_at(&t, s, n);

		for (int cause = 0; cause < SIM_CAUSES; cause++)
			sum.cause[cause] += p.cause[cause];
	}
	return sum;
}

/* One instruction over and over, in a row. */
static struct stream row_of(const char *code, size_t size, unsigned n)
{
	static struct stream s;

	s = (struct stream){ .n = n };
	for (unsigned i = 0; i < n; i++)
		s.insn[i] = insn(code, size, 0x1000 + i * (uint32_t)size);
	return s;
}

/* Everything in any order, with jumps to any alignment. */
static struct stream mixture(uint32_t seed)
{
	static const struct {
		const char *code;
		size_t size;
		bool jumps;
	} kinds[] = {
		{ "\x90", 1, false },
		{ "\x50", 1, false },
		{ "\x58", 1, false },
		{ "\x89\xc3", 2, false },
		{ "\x8b\x43\x04", 3, false },
		{ "\x89\x44\x24\x18", 4, false },
		{ "\x8b\x84\x8b\x00\x10\x00\x00", 7, false },
		{ "\xb8\x01\x00\x00\x00", 5, false },
		{ "\x81\x44\x8b\x08\x01\x00\x00\x00", 8, false },
		{ "\x66\xc7\x84\x8b\x78\x56\x34\x12\x01\x00", 10, false },
		{ "\xf0\x0f\xb3\x03", 4, false },
		{ "\x8e\xda", 2, false },
		{ "\x1f", 1, false },
		{ "\x60", 1, false },
		{ "\x61", 1, false },
		{ "\xfa", 1, false },
		{ "\xf3\xa5", 2, false },
		{ "\xa5", 1, false },
		{ "\x87\x03", 2, false },
		{ "\xf7\xe3", 2, false },
		{ "\xdd\x03", 2, false },
		{ "\xc8\x10\x00\x02", 4, false },
		{ "\x74\x05", 2, true },
		{ "\xe2\xf0", 2, true },
		{ "\xeb\x05", 2, true },
		{ "\xe8\x00\x00\x00\x00", 5, true },
		{ "\xff\x14\x85\x00\x00\x00\x00", 7, true },
		{ "\xc3", 1, true },
		{ "\xcd\x80", 2, true },
		{ "\xcf", 1, true },
		{ "\xf4", 1, false },
	};
	static struct stream s;
	uint32_t addr = 0xc0100000;

	s = (struct stream){ .n = MOST };
	for (unsigned n = 0; n < MOST; n++) {
		unsigned k;

		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % (sizeof(kinds) / sizeof(kinds[0]));
		s.insn[n] = insn(kinds[k].code, kinds[k].size, addr);
		s.taken[n] = kinds[k].jumps && (seed >> 28 || s.insn[n].leaves != SIM_JCC);
		addr = s.taken[n] ? 0xc0100000 + (seed >> 12) : addr + s.insn[n].size;
	}
	return s;
}

static bool is_stall(int cause)
{
	return cause == SIM_PREFETCH || cause == SIM_BUS || cause == SIM_MISALIGN;
}

/* ---- nothing else changes ---- */

static void assert_only_stalls_come_in_addition(const char *model)
{
	for (uint32_t seed = 1; seed <= 8; seed++) {
		struct stream s = mixture(seed);
		struct sim_timing with = timing(model), without = timing("i386dx");

		for (unsigned n = 0; n < s.n; n++) {
			struct price a = price_at(&with, &s, n), b = price_at(&without, &s, n);

			for (int cause = 0; cause < SIM_CAUSES; cause++) {
				if (is_stall(cause))
					assert_int_equal(b.cause[cause], 0);
				else
					assert_int_equal(a.cause[cause], b.cause[cause]);
				assert_true(a.cause[cause] < 10000);
			}
		}
	}
}

static void only_stalls_come_in_addition(void **state)
{
	(void)state;
	assert_only_stalls_come_in_addition("i386dx-bus");
	assert_only_stalls_come_in_addition("i386ex-bus");
	assert_only_stalls_come_in_addition("i386ex-bus,wait=3");
}

static void with_endless_bandwidth_nothing_waits(void **state)
{
	struct stream s = mixture(3);
	struct price plain = price_all("i386dx", &s);
	struct price endless = price_all("i386ex-bus,bandwidth=infinite,wait=3", &s);

	(void)state;
	assert_memory_equal(&plain, &endless, sizeof(plain));
}

static void a_slower_bus_takes_longer(void **state)
{
	static const char *const models[] = { "i386dx",
					      "i386dx-bus",
					      "i386dx-bus,wait=1",
					      "i386dx-bus,wait=2",
					      "i386dx-bus,wait=3",
					      "i386ex-bus,wait=3" };

	(void)state;
	for (uint32_t seed = 1; seed <= 8; seed++) {
		struct stream s = mixture(seed);
		uint32_t before = 0;

		for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
			struct price p = price_all(models[i], &s);

			assert_true(total(&p) > before);
			before = total(&p);
		}
	}
}

static void the_same_stream_costs_the_same_wherever_it_is_cut(void **state)
{
	struct stream s = mixture(5);
	struct sim_timing t = timing("i386ex-bus"), copy;

	(void)state;
	for (unsigned n = 0; n < s.n; n++) {
		struct price a, b;

		copy = t; /* all there is to know is in the state */
		a = price_at(&t, &s, n);
		b = price_at(&copy, &s, n);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_memory_equal(t.state, copy.state, sizeof(t.state));
	}
}

/* What was announced as next is something else when its turn comes, and so on. */
static void code_that_changes_under_the_model_is_priced(void **state)
{
	static const char *const codes[] = { "\x90", "\x89\xc3", "\x8b\x43\x04",
					     "\xb8\x01\x00\x00\x00",
					     "\x81\x44\x8b\x08\x01\x00\x00\x00" };
	static const size_t sizes[] = { 1, 2, 3, 5, 8 };
	struct sim_timing t = timing("i386ex-bus,wait=2");
	uint32_t addr = 0x1000, seed = 9;

	(void)state;
	for (int n = 0; n < 10000; n++) {
		struct sim_insn is, announced;
		struct price p = { { 0 } };

		seed = seed * 1664525 + 1013904223;
		is = insn(codes[(seed >> 8) % 5], sizes[(seed >> 8) % 5], addr);
		addr += is.size;
		announced = insn(codes[(seed >> 16) % 5], sizes[(seed >> 16) % 5], addr);
		t.model->price(&t, &(struct sim_retired){ .insn = &is, .next = &announced },
			       p.cause);
		assert_between(total(&p), 2, 100);
	}
}

/* ---- code ---- */

/* Clocks of one more, far from both ends. */
static double each(const char *model, const char *code, size_t size)
{
	struct stream s = row_of(code, size, 500);
	struct price some = price_all(model, &s), all;

	s = row_of(code, size, 1500);
	all = price_all(model, &s);
	return (total(&all) - total(&some)) / 1000.0;
}

static void code_comes_as_fast_as_the_bus_allows(void **state)
{
	(void)state;
	/* mov %eax, %ebx: two bytes, two clocks: both buses bring them in time. */
	assert_float_equal(each("i386dx-bus", "\x89\xc3", 2), 2, 0.01);
	assert_float_equal(each("i386ex-bus", "\x89\xc3", 2), 2, 0.01);
	/* mov $1, %eax: five bytes, two clocks; 2 bytes come a clock, or 1. */
	assert_float_equal(each("i386dx-bus", "\xb8\x01\x00\x00\x00", 5), 2.5, 0.01);
	assert_float_equal(each("i386ex-bus", "\xb8\x01\x00\x00\x00", 5), 5, 0.01);
	assert_float_equal(each("i386dx-bus,wait=2", "\xb8\x01\x00\x00\x00", 5), 5, 0.01);
	/* 38 clocks of a division are enough for anything. */
	assert_float_equal(each("i386ex-bus,wait=3", "\xf7\xf3", 2), 38, 0.01);
}

/* A jump, then `mov %eax, %ebx` at `target`: what the second waits for. */
static uint32_t refill(const char *model, uint32_t target)
{
	struct sim_timing t = timing(model);
	struct stream s = { .n = 2, .taken = { true } };
	struct price p;

	s.insn[0] = insn("\xeb\x05", 2, 0x1000);
	s.insn[1] = insn("\x89\xc3", 2, target);
	p = price_at(&t, &s, 0);
	assert_int_equal(p.cause[SIM_BASE] + p.cause[SIM_M], 9); /* 7 + m */
	p = price_at(&t, &s, 1);
	return p.cause[SIM_PREFETCH];
}

static void a_jump_has_paid_for_one_fetch(void **state)
{
	(void)state;
	/* The two bytes are in one double word: one cycle of 32 bits. */
	assert_int_equal(refill("i386dx-bus", 0x2000), 0);
	assert_int_equal(refill("i386dx-bus", 0x2002), 0);
	/* In two: one cycle more, of which decoding the first byte hides one clock. */
	assert_int_equal(refill("i386dx-bus", 0x2003), 1);
	assert_int_equal(refill("i386dx-bus,wait=1", 0x2000), 1);
	assert_int_equal(refill("i386dx-bus,wait=1", 0x2003), 3);
	/* Two of 16 bits; but where it begins in the upper half, that is all that is fetched. */
	assert_int_equal(refill("i386ex-bus", 0x2000), 2);
	assert_int_equal(refill("i386ex-bus", 0x2002), 0);
}

/* ---- operands ---- */

static void operands_and_code_share_the_bus(void **state)
{
	(void)state;
	/* push: one byte and four, two clocks: half a clock of fetching does not fit in. */
	assert_float_equal(each("i386dx-bus", "\x50", 1), 2.5, 0.01);
	/* On 16 bits the write alone takes four, a byte of code one. */
	assert_float_equal(each("i386ex-bus", "\x50", 1), 5, 0.01);
	/* pop: four clocks, of which the bus is busy for two. */
	assert_float_equal(each("i386dx-bus", "\x58", 1), 4, 0.01);
}

static uint32_t crossing_of(const char *model, const char *code, size_t size, uint32_t addr,
			    uint16_t bytes)
{
	struct sim_timing t = timing(model);
	struct sim_insn i = insn(code, size, 0x1000);
	struct sim_retired r = { .insn = &i,
				 .accesses = 1,
				 .access = { { .addr = addr, .size = bytes } } };
	struct price p = { { 0 } };

	t.model->price(&t, &r, p.cause);
	return p.cause[SIM_MISALIGN];
}

static uint32_t crossing(const char *model, uint32_t addr)
{
	return crossing_of(model, "\x8b\x03", 2, addr, 4);
}

static void an_operand_that_crosses_a_word_takes_another_bus_cycle(void **state)
{
	(void)state;
	assert_int_equal(crossing("i386dx-bus,misalign", 0x2000), 0);
	assert_int_equal(crossing("i386dx-bus,misalign", 0x2002), 2);
	assert_int_equal(crossing("i386dx-bus,misalign,wait=1", 0x2003), 3);
	assert_int_equal(crossing("i386ex-bus,misalign", 0x2002), 0);
	assert_int_equal(crossing("i386ex-bus,misalign", 0x2001), 2);
	assert_int_equal(crossing("i386dx-bus", 0x2001), 0);
	/* pusha: each of eight. */
	assert_int_equal(crossing_of("i386dx-bus,misalign", "\x60", 1, 0x2001, 32), 16);
	assert_int_equal(crossing_of("i386dx,misalign", "\x60", 1, 0x2001, 32), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_stalls_come_in_addition),
		cmocka_unit_test(with_endless_bandwidth_nothing_waits),
		cmocka_unit_test(a_slower_bus_takes_longer),
		cmocka_unit_test(the_same_stream_costs_the_same_wherever_it_is_cut),
		cmocka_unit_test(code_that_changes_under_the_model_is_priced),
		cmocka_unit_test(code_comes_as_fast_as_the_bus_allows),
		cmocka_unit_test(a_jump_has_paid_for_one_fetch),
		cmocka_unit_test(operands_and_code_share_the_bus),
		cmocka_unit_test(an_operand_that_crosses_a_word_takes_another_bus_cycle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
