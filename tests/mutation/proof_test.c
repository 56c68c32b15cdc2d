/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proof_test.c: what step.c says of a difference, against the processor: random instructions run twice, from values
 * that differ in some of the bits that are said to, or with another immediate or condition. What differs behind it
 * is among what step.c says, and what it says of both values is so.
 */
#include "tests/mutation/proof/proof.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 6000, STACK = SIM_BARE_STACK - 0x200, WORDS = 4, FLAGS = 0x8d5 };

static uint64_t seed = 1;

static uint32_t drawn(void)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 32);
}

static uint32_t below(uint32_t n)
{
	return drawn() % n;
}

/* ---- an instruction ---- */

struct code {
	uint8_t byte[16];
	uint8_t size, at; /* `at`: of its immediate, or its condition; 0: it has none */
	bool condition;
};

static void put(struct code *c, uint32_t value, unsigned size)
{
	memcpy(c->byte + c->size, &value, size);
	c->size = (uint8_t)(c->size + size);
}

static void put_imm(struct code *c, unsigned size)
{
	c->at = c->size;
	put(c, below(3) ? below(40) : drawn(), size);
}

static uint32_t any_reg(void)
{
	uint32_t reg = below(7);

	return reg < ESP ? reg : reg + 1;
}

/* A register, or a word of the stack; esp is neither, but of bytes it is ah. */
static void put_operand(struct code *c, uint32_t what, bool bytes)
{
	if (below(3)) {
		put(c, 0xc0 | what << 3 | (bytes ? below(8) : any_reg()), 1);
	} else {
		put(c, 0x44 | what << 3, 1);
		put(c, 0x24, 1);
		put(c, 4 * below(WORDS) + (bytes ? below(4) : 0), 1);
	}
}

static void draw_wide(struct code *c)
{
	static const uint8_t kinds[] = {
		0xaf, 0xb6, 0xb7, 0xbe, 0xbf, 0x90, 0x90, 0xa4, 0xac, 0xa5
	};
	uint8_t kind = kinds[below(sizeof(kinds))];

	put(c, 0x0f, 1);
	if (kind == 0x90) {
		c->at = c->size;
		c->condition = true;
		put(c, 0x90 | below(16), 1);
		put_operand(c, 0, true);
		return;
	}
	put(c, kind, 1);
	put_operand(c, any_reg(), kind == 0xb6 || kind == 0xbe);
	if (kind == 0xa4 || kind == 0xac)
		put_imm(c, 1);
}

static void draw_lea(struct code *c)
{
	uint32_t index = any_reg();

	put(c, 0x8d, 1);
	put(c, 0x44 | any_reg() << 3, 1);
	put(c, below(4) << 6 | index << 3 | any_reg(), 1);
	put(c, drawn(), 1);
}

static void draw(struct code *c)
{
	uint32_t wide = below(2), what = below(8), shift = what ^ 6 ? what : 4;

	memset(c, 0, sizeof(*c));
	switch (below(14)) {
	case 0:
	case 1:
		put(c, what << 3 | below(2) << 1 | wide, 1);
		put_operand(c, wide ? any_reg() : below(8), !wide);
		return;
	case 2:
	case 3:
		put(c, wide ? (below(2) ? 0x81 : 0x83) : 0x80, 1);
		put_operand(c, what, !wide);
		put_imm(c, c->byte[0] == 0x81 ? 4 : 1);
		return;
	case 4:
		put(c, below(3) ? 0x88 | below(2) << 1 | wide : 0x84 | wide, 1);
		put_operand(c, wide ? any_reg() : below(8), !wide);
		return;
	case 5:
		put(c, 0xc0 | below(2) << 4 | wide, 1);
		put_operand(c, shift, !wide);
		if (c->byte[0] < 0xd0)
			put_imm(c, 1);
		return;
	case 6:
		put(c, 0xd2 | wide, 1);
		put_operand(c, shift, !wide);
		return;
	case 7:
		put(c, 0xf6 | wide, 1);
		what = below(6) ? 2 + below(4) : 0;
		put_operand(c, what, !wide);
		if (what == 0)
			put_imm(c, wide ? 4 : 1);
		return;
	case 8:
		put(c, 0xfe | wide, 1);
		put_operand(c, below(2), !wide);
		return;
	case 9: put(c, (below(4) << 3 | 0x40) + any_reg(), 1); return; /* inc, dec, push, pop */
	case 10: draw_lea(c); return;
	case 11:
		put(c, what << 3 | 4 | wide, 1);
		put_imm(c, wide ? 4 : 1);
		return;
	case 12: put(c, 0x99, 1); return;
	default: draw_wide(c);
	}
}

/* ---- run it ---- */

struct values {
	uint32_t reg[8], flags, word[WORDS];
};

static void run(struct sim *s, const struct code *c, struct values *v)
{
	uint8_t code[80];
	struct sim_regs r;
	size_t n = 0;

	for (unsigned i = 0; i < 8; i++) {
		if (i == ESP)
			continue;
		code[n] = (uint8_t)(0xb8 + i); /* mov $, %r */
		memcpy(code + n + 1, &v->reg[i], 4);
		n += 5;
	}
	code[n++] = 0x68; /* push $; popf */
	memcpy(code + n, &v->flags, 4);
	code[n + 4] = 0x9d;
	n += 5;
	memcpy(code + n, c->byte, c->size);
	n += c->size;
	code[n++] = 0xf4; /* hlt */
	assert_int_equal(sim_write(s, SIM_BARE_CODE, code, n, NULL), SIM_OK);
	sim_bare_enter(s, 0, SIM_BARE_CODE, STACK, 2);
	assert_int_equal(sim_write(s, STACK, v->word, sizeof(v->word), NULL), SIM_OK);
	assert_int_equal(sim_run(s, 100), SIM_HALT);
	sim_get_regs(s, &r);
	assert_int_equal(r.eip, SIM_BARE_CODE + n);
	*v = (struct values){ .reg = { r.eax, r.ecx, r.edx, r.ebx, r.esp, r.ebp, r.esi, r.edi },
			      .flags = r.eflags & FLAGS };
	assert_int_equal(sim_read(s, STACK, v->word, sizeof(v->word), NULL), SIM_OK);
}

/* ---- a difference ---- */

static struct differs draw_difference(uint32_t *right, uint32_t *wrong)
{
	struct differs d = { 0 };

	*right = below(2) ? drawn() : below(64) - 32;
	*wrong = *right;
	if (below(3))
		return d;
	d.bits = below(2) ? 1u << below(32) : drawn() & drawn();
	*wrong ^= below(2) ? d.bits : d.bits & drawn();
	d.known = d.bits && below(3) == 0;
	if (d.known) {
		d.bits = *right ^ *wrong;
		d.right = *right;
		d.wrong = *wrong;
	}
	return d.bits ? d : (struct differs){ 0 };
}

static void differ(struct state *s, struct values *right, struct values *wrong)
{
	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < 8; i++)
		if (i != ESP)
			s->reg[i] = draw_difference(&right->reg[i], &wrong->reg[i]);
	for (unsigned i = 0; i < WORDS; i++)
		assert_true(state_set_slot(s, (int32_t)(4 * i),
					   draw_difference(&right->word[i], &wrong->word[i])));
	s->flags = below(2) ? 0 : drawn() & FLAGS;
	right->flags = drawn() & FLAGS;
	wrong->flags = right->flags ^ (s->flags & drawn());
}

/* The mutant has another immediate or condition. */
static void change(struct code *c, const struct sim_insn *right, struct doing *d)
{
	struct sim_insn wrong;

	if (c->condition) {
		c->byte[c->at] ^= 1u << below(4);
		d->condition = true;
		return;
	}
	c->byte[c->at] ^= 1u << below(8);
	sim_insn_decode(c->byte, sizeof(c->byte), SIM_BARE_CODE, false, &wrong);
	d->imm.bits = right->imm ^ wrong.imm;
}

static bool fits(struct differs said, uint32_t right, uint32_t wrong)
{
	return !((right ^ wrong) & ~said.bits) &&
	       (!said.known || (said.right == right && said.wrong == wrong));
}

static void check(const struct state *s, const struct values *right, const struct values *wrong,
		  const struct code *c)
{
	bool good = !((right->flags ^ wrong->flags) & ~s->flags) &&
		    right->reg[ESP] == STACK + (uint32_t)s->esp &&
		    wrong->reg[ESP] == right->reg[ESP];

	for (unsigned i = 0; i < 8; i++)
		good = good && (i == ESP || fits(s->reg[i], right->reg[i], wrong->reg[i]));
	for (unsigned i = 0; i < WORDS; i++)
		good = good &&
		       ((int32_t)(4 * i) < s->esp || /* below esp: nobody's */
			fits(state_slot(s, (int32_t)(4 * i)), right->word[i], wrong->word[i]));
	if (!good)
		fail_msg("%02x %02x %02x %02x %02x %02x: what differs is not what was said",
			 c->byte[0], c->byte[1], c->byte[2], c->byte[3], c->byte[4], c->byte[5]);
}

static void what_differs_is_what_was_said(void **state)
{
	const struct sim_config config = { .page_tables = 0xFF000000,
					   .page_directory = 0xFF400000,
					   .firmware = 0xFF401000,
					   .max_pages = 16 };
	unsigned said = 0, less = 0;
	struct sim_error err;
	struct sim *s;

	(void)state;
	assert_int_equal(sim_open(&config, &s, &err), SIM_OK);
	assert_int_equal(sim_bare_build(s), SIM_OK);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct doing d = { .top = 1 << 20 };
		struct values right, wrong;
		struct code code, mutant;
		struct sim_insn insn;
		struct state now;

		draw(&code);
		mutant = code;
		differ(&now, &right, &wrong);
		sim_insn_decode(code.byte, sizeof(code.byte), SIM_BARE_CODE, false, &insn);
		assert_int_equal(insn.size, code.size);
		if (code.at && below(3) == 0)
			change(&mutant, &insn, &d);
		if (!step(&now, &insn, &d))
			continue;
		said++;
		less += state_is_same(&now);
		run(s, &code, &right);
		run(s, &mutant, &wrong);
		check(&now, &right, &wrong, &code);
	}
	/* It would not do to know nothing, nor that all differs always. */
	assert_true(said > ROUNDS / 2 && less > ROUNDS / 200);
	sim_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_differs_is_what_was_said) };

	return cmocka_run_group_tests_name("proofs", tests, NULL, NULL);
}
