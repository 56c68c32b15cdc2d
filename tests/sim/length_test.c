/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * length_test.c: how long instructions are for the engine, also those that Capstone 4.0.2 does not
 * know or takes for longer. What both know has one length.
 */
#include <string.h>

#include "sim/sim.h"
#include "tests/helpers/hostile.h"
#include "tests/helpers/random_program.h"

static const struct {
	const char *hex;
	uint32_t length;
} lengths[] = {
	{ "0f 0d f0", 3 },                /* prefetchw of a register: #UD */
	{ "0f 1f c5", 3 },                /* the nops */
	{ "0f 19 84 24 00 00 00 00", 8 }, /* with SIB */
	{ "f3 0f 1e c9", 4 },             /* rdsspd */
	{ "0f 50 74", 3 },                /* movmskps: never of memory */
	{ "0f 72 96 10", 4 },             /* nor a shift by a number */
	{ "0f 20 40", 3 },
	{ "f3 0f d6 94", 4 }, /* movq2dq; movq has memory: */
	{ "66 0f d6 94 24 00 00 00 00", 9 },
	{ "f2 0f 78 1b 76 87", 6 }, /* insertq */
	{ "66 f3 e8 00 00", 5 },
	{ "66 0f 84 00 00", 5 },
	{ "67 a0 00 00", 4 },
	{ "67 8b 06 00 00", 5 },
	{ "67 8b 42 01", 4 },
	{ "8b 04 25 00 00 00 00", 7 },
	{ "f6 05 00 00 00 00 01", 7 }, /* test; not and neg have no immediate */
	{ "f6 15 00 00 00 00", 6 },
	{ "f7 c0 00 00 00 00", 6 },
	{ "66 f7 c0 00 00", 5 },
	{ "66 9a 00 00 60 00", 6 },
	{ "c8 00 00 00", 4 },
	{ "0f 0f c1 9e", 4 }, /* 3DNow!: the opcode comes last */
	{ "66 0f 3a 0f c1 04", 6 },
	{ "66 0f 38 00 c1", 5 },
	{ "0f a4 c8 05", 4 },
	{ "0f ba e0 07", 4 },
	{ "2e 66 f0 83 00 01", 6 },
};

static void each_has_its_length(void **state)
{
	uint8_t code[16];

	(void)state;
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(code, 0xff, sizeof(code));
		parse_hex(lengths[i].hex, 0, code, sizeof(code));
		assert_int_equal(sim_insn_length(code, sizeof(code)), lengths[i].length);
		assert_int_equal(sim_insn_length(code, lengths[i].length), lengths[i].length);
		assert_int_equal(sim_insn_length(code, lengths[i].length - 1),
				 lengths[i].length - 1);
	}
}

/* Prefixed by both: Capstone takes a call or jump for one with a word of distance. And extrq,
 * insertq, and the operands of ud1 and ud0. VEX, EVEX and XOP are none here. */
static bool known_to_differ(const uint8_t *code)
{
	bool word = false;

	while (memchr("\xf0\xf2\xf3\x2e\x36\x3e\x26\x64\x65\x66\x67", *code, 11))
		word |= *code++ == 0x66;
	if (code[0] == 0x0f)
		return code[1] == 0x78 || code[1] == 0xb9 || code[1] == 0xff ||
		       (word && (code[1] & 0xf0) == 0x80);
	return (word && (code[0] == 0xe8 || code[0] == 0xe9)) || code[0] == 0x62 ||
	       code[0] == 0xc4 || code[0] == 0xc5 || code[0] == 0x8f;
}

static void the_decoder_agrees_on_what_it_knows(void **state)
{
	uint64_t random = 20050317;
	uint8_t code[16];
	unsigned known = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t words[2] = { random_word(&random), random_word(&random) };
		size_t length;

		memcpy(code, words, sizeof(code));
		if (i % 2)
			code[0] = 0x0f;
		length = sim_disasm(code, sizeof(code), 0, NULL, 0);
		if (!length || known_to_differ(code))
			continue;
		known++;
		if (length != sim_insn_length(code, sizeof(code)))
			print_error("%02x %02x %02x %02x %02x %02x\n", code[0], code[1], code[2],
				    code[3], code[4], code[5]);
		assert_int_equal(sim_insn_length(code, sizeof(code)), length);
	}
	assert_true(known > 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_length),
		cmocka_unit_test(the_decoder_agrees_on_what_it_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
