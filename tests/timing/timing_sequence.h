/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_sequence.h: a few instructions one behind the other, priced by a model that remembers.
 * "43; 8b 03": hexadecimal, separated by semicolons; one that begins with > is taken, and leads
 * to the one behind it all the same, of whose place nothing depends. cmocka.h comes before it.
 */
#ifndef TESTS_TIMING_SEQUENCE_H
#define TESTS_TIMING_SEQUENCE_H

#include "tests/timing/timing_box.h"

#include <string.h>

enum { SEQUENCE_MAX = 16 };

struct sequence {
	struct sim_insn insn[SEQUENCE_MAX];
	bool taken[SEQUENCE_MAX];
	unsigned n;
};

static inline struct sequence sequence_of(const char *text)
{
	struct sequence s = { .n = 0 };
	uint32_t addr = 0x1000;
	char hex[64];

	while (*text) {
		size_t length;

		text += strspn(text, " ;");
		s.taken[s.n] = *text == '>';
		text += *text == '>';
		length = strcspn(text, ";");
		assert_true(length < sizeof(hex) && s.n < SEQUENCE_MAX);
		memcpy(hex, text, length);
		hex[length] = '\0';
		text += length;
		s.insn[s.n] = box_insn(hex);
		s.insn[s.n].addr = addr;
		addr += s.insn[s.n++].size;
	}
	return s;
}

/* Adds to `clocks`. */
static inline void sequence_price(struct sim_timing *t, const struct sequence *s,
				  uint32_t clocks[SIM_CAUSES])
{
	for (unsigned k = 0; k < s->n; k++) {
		struct sim_retired r = { .insn = &s->insn[k], .taken = s->taken[k] };
		struct box_clocks c;

		r.next = k + 1 < s->n ? &s->insn[k + 1] : NULL;
		c = box_price(t, &r);
		assert_int_not_equal(c.verdict, SIM_FOREIGN);
		for (unsigned cause = 0; cause < SIM_CAUSES; cause++)
			clocks[cause] += c.of[cause];
	}
}

struct sequence_case {
	const char *code;
	uint32_t total, pairing, address, prefix; /* clocks; of the total for these causes */
};

static inline void sequences_check(const char *model, const struct sequence_case *cases, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct sequence_case *e = &cases[k];
		struct sim_timing t = box_model(model);
		struct sequence s = sequence_of(e->code);
		struct box_clocks c = { 0 };

		sequence_price(&t, &s, c.of);
		if (box_sum(&c) != e->total || c.of[SIM_PAIRING] != e->pairing ||
		    c.of[SIM_ADDRESS] != e->address || c.of[SIM_PREFIX] != e->prefix)
			fail_msg("%s: %u, pairing %u, address %u, prefix %u", e->code, box_sum(&c),
				 c.of[SIM_PAIRING], c.of[SIM_ADDRESS], c.of[SIM_PREFIX]);
	}
}

#endif
