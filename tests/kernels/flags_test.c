/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flags_test.c: EFLAGS and what is made of them, around instructions with a hook of their own
 * (sim/delivery/guard.c): programs that run freely end as they do step by step, where each instruction is
 * a block, and as they do watched.
 */
#include <string.h>

#include "tests/helpers/hostile.h"
#include "tests/helpers/random_program.h"

enum { BASE = SYSEMU_CODE_BASE, MEMORY = BASE + 0x800, LOOK = 0x900, SEGV = 11 };

static const char *const operations[] = {
	"39 c8",
	"01 c8",
	"83 d8 7f",
	"0f af c1",
	"69 c1 AAAA",
	"f9",
	"f8",
	"f5",
	"d1 e0",
	"c1 e8 05",
	"d3 e8",
	"d1 d8",
	"c1 d0 03",
	"f7 d8",
	"85 c0",
	"40",
	"49",
	"91",
	"05 AAAA",
	"2d AAAA",
	"0f bc c1",
	"27",
	"37",
	"d4 0a",
	"9e",
	"66 01 c8",
	"00 c8",
	"28 e0",
	"0f a4 c8 05",
	"0f c1 c8",
	"0f b1 c8",
	"31 c8",
	"f7 e1",
	"d3 c0",
	"80 f4 55",
	"11 c8",
	"0f 92 c1",
	"89 c2",
	"9f",
	"b9 01 00 00 00 e0 00",
	"b9 01 00 00 00 e1 00",
};
/* setcc, rcl and rcr of memory (AAAA), by 0, too; cmpxchg8b */
static const char *const guarded[] = {
	"0f 92 05 AAAA", "0f 94 05 AAAA", "0f 9f 05 AAAA", "0f 9a 05 AAAA", "c1 15 AAAA 07",
	"c1 15 AAAA 20", "d3 1d AAAA",    "d1 1d AAAA",    "c0 15 AAAA 09", "0f c7 0d AAAA",
};
/* a fault at address 0, which keeps the flags, or int3 */
static const char *const ends[] = {
	"cc",
	"0f 92 05 AAAA",
	"0f 9f 05 AAAA",
	"d3 15 AAAA",
	"c1 15 AAAA 03",
	"c1 1d AAAA 20",
	"11 05 AAAA",
	"0f b1 05 AAAA",
	"f7 35 AAAA",
	"0f c7 0d AAAA",
	"6e",
};
#define ONE_OF(list, random) \
	(list)[(random_word(random) >> 33) % (sizeof(list) / sizeof((list)[0]))]

/* No byte of an immediate is int3. */
static unsigned make(uint8_t *code, unsigned room, uint64_t *random)
{
	unsigned size = 0, n = 2 + (unsigned)(random_word(random) >> 33) % 8;

	size += parse_hex("b8 AAAA", (uint32_t)random_word(random) & 0x7f3f7f3f, code, room);
	size += parse_hex("b9 AAAA", (uint32_t)random_word(random) & 0x7f3f7f3f, code + size,
			  room - size);
	while (n--) {
		bool guard = random_word(random) >> 62 == 0;
		uint32_t word = (uint32_t)(random_word(random) >> 32) & 0x7f3f7f3f;

		if (guard)
			size += parse_hex(ONE_OF(guarded, random), MEMORY + word % 64 * 4,
					  code + size, room - size);
		else
			size += parse_hex(ONE_OF(operations, random), word, code + size,
					  room - size);
	}
	return size + parse_hex(ONE_OF(ends, random), 0, code + size, room - size);
}

struct end {
	sysemu_event event;
	uint8_t memory[LOOK];
};

static void nothing(void *user, uint32_t addr, uint32_t size)
{
	(void)user;
	(void)addr;
	(void)size;
}

static struct end run_to_end(struct hostile *h, const uint8_t *code, unsigned size, int request,
			     bool watched)
{
	struct end end;
	unsigned steps = 0;

	hostile_restore(h);
	OK(h->m, sysemu_on_insn(h->m, watched ? nothing : NULL, NULL));
	OK(h->m, sysemu_write(h->m, BASE, code, size));
	do {
		end.event = resume(h->m, request, 0);
	} while (request == SYSEMU_PTRACE_SINGLESTEP && end.event.status == 0x57f &&
		 end.event.eip < BASE + size && code[end.event.eip - BASE - 1] != 0xcc &&
		 ++steps < 40);
	OK(h->m, sysemu_read(h->m, BASE, end.memory, LOOK));
	return end;
}

static void check_same(const struct end *a, const struct end *b, const uint8_t *code, unsigned size)
{
	uint32_t flags = (a->event.eflags ^ b->event.eflags) & 0x8d5; /* OF SF ZF AF PF CF */

	if (a->event.status != b->event.status || a->event.eip != b->event.eip || flags ||
	    a->event.eax != b->event.eax || memcmp(a->memory, b->memory, LOOK) != 0) {
		for (unsigned i = 0; i < size; i++)
			print_error("%02x ", code[i]);
		print_error("\n");
	}
	assert_int_equal(a->event.status, b->event.status);
	assert_int_equal(a->event.eip, b->event.eip);
	assert_int_equal(flags, 0);
	assert_int_equal(a->event.eax, b->event.eax);
	assert_memory_equal(a->memory, b->memory, LOOK);
}

static void flags_are_the_same_run_stepped_and_watched(void **state)
{
	struct hostile h = open_hostile("2.6.14", SYSEMU_START_TRACED);
	uint64_t random = 20050318;
	uint8_t code[256];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		unsigned size = make(code, sizeof(code), &random);
		struct end run = run_to_end(&h, code, size, SYSEMU_PTRACE_CONT, false), other;

		other = run_to_end(&h, code, size, SYSEMU_PTRACE_SINGLESTEP, false);
		check_same(&run, &other, code, size);
		if (i % 8)
			continue;
		other = run_to_end(&h, code, size, SYSEMU_PTRACE_CONT, true);
		check_same(&run, &other, code, size);
	}
	close_hostile(&h);
}

/* Two hooks, between which the engine's own note of the flags goes elsewhere and comes back. */
static void sahf_before_a_second_setcc_is_seen(void **state)
{
	struct hostile h = open_hostile("2.6.14", SYSEMU_START_UNTRACED);
	uint8_t set;

	(void)state;
	/* mov $0x9300, %eax; daa; setp; test %eax, %eax; sahf; setc; int3 */
	hostile_run(&h, "b8 00 93 00 00 27 0f 9a 05 AAAA 85 c0 9e 0f 92 05 04 88 04 08 cc", MEMORY);
	OK(h.m, sysemu_read(h.m, MEMORY + 4, &set, 1));
	assert_int_equal(set, 1);
	close_hostile(&h);
}

/* imul (0: neither CF nor OF); rcll $0x40: a count of 0 changes no flag, and then it faults */
static void a_faulting_rotation_keeps_the_flags(void **state)
{
	struct hostile h = open_hostile("sysemu", SYSEMU_START_TRACED);
	sysemu_event e = hostile_run(&h, "69 c1 86 e5 96 de c1 92 c6 8b 94 26 40", 0);

	(void)state;
	assert_int_equal(e.status, SEGV << 8 | 0x7f);
	assert_int_equal(e.eip, BASE + 6);
	assert_int_equal(e.eflags & 0x801, 0);
	close_hostile(&h);
}

/* What was guarded in an earlier program stands for nothing in the next: sub; bt, whose OF is
 * undefined and, in the engine, a matter of where blocks begin. */
static void the_past_does_not_show_in_undefined_flags(void **state)
{
	struct hostile h = open_hostile("2.6.14", SYSEMU_START_TRACED);
	const char *hex = "2c 40 0f a3 c6 f5 0f 0b";
	sysemu_event before, after;

	(void)state;
	before = hostile_run(&h, hex, 0);
	for (unsigned i = 0; i < 6; i++) { /* setc at each of its bytes */
		uint8_t code[16] = { 0 };

		memset(code, 0x90, i);
		memcpy(code + i, "\x0f\x92\x05\x00\x88\x04\x08\xcc", 8);
		run_to_end(&h, code, i + 8, SYSEMU_PTRACE_CONT, false);
	}
	after = hostile_run(&h, hex, 0);
	assert_int_equal(before.eflags, after.eflags);
	close_hostile(&h);
}

/* The engine ends a long block earlier where it has hooks, and a budget ends before a block. */
static void the_past_does_not_show_in_where_a_budget_ends(void **state)
{
	static uint8_t adds[3000] = { 0xb8, 0x00, 0xf8, 0xff, 0xbf }; /* addb %al, (%eax) */
	struct hostile h = open_hostile("2.6.14", SYSEMU_START_TRACED);
	sysemu_event e[2];
	uint8_t code[400];
	int32_t result;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		hostile_restore(&h);
		OK(h.m, sysemu_write(h.m, BASE, adds, sizeof(adds)));
		OK(h.m, sysemu_ptrace(h.m, SYSEMU_PTRACE_CONT, 0, 0, &result));
		OK(h.m, sysemu_run(h.m, 900, &e[i]));
		assert_int_equal(e[i].kind, SYSEMU_EVENT_LIMIT);
		memset(code, 0x90, sizeof(code));
		for (unsigned at = 5; at + 8 < sizeof(code); at += 30)
			memcpy(code + at, "\x0f\x92\x05\x00\xf8\xff\xbf", 7);
		code[sizeof(code) - 1] = 0xcc;
		run_to_end(&h, code, sizeof(code), SYSEMU_PTRACE_CONT, false);
	}
	assert_int_equal(e[0].eip, e[1].eip);
	close_hostile(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_the_same_run_stepped_and_watched),
		cmocka_unit_test(sahf_before_a_second_setcc_is_seen),
		cmocka_unit_test(a_faulting_rotation_keeps_the_flags),
		cmocka_unit_test(the_past_does_not_show_in_undefined_flags),
		cmocka_unit_test(the_past_does_not_show_in_where_a_budget_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
