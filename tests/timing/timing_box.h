/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_box.h: what tests of timing models share: an instruction from its hex digits, a model
 * by its name, and one instruction's clocks. cmocka.h comes before it.
 */
#ifndef TESTS_TIMING_BOX_H
#define TESTS_TIMING_BOX_H

#include "sim/timing/timing.h"

#include <stdio.h>

static inline struct sim_insn box_insn(const char *hex)
{
	uint8_t code[32] = { 0 };
	struct sim_insn i;
	unsigned byte;
	size_t n = 0;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2 + (hex[2] == ' '))
		code[n++] = (uint8_t)byte;
	sim_insn_decode(code, sizeof(code), 0x1000, false, &i);
	assert_int_equal(i.size, n);
	return i;
}

static inline struct sim_timing box_model(const char *text)
{
	struct sim_timing t;
	char why[128];

	if (!sim_timing_parse(text, &t, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	return t;
}

struct box_clocks {
	uint32_t of[SIM_CAUSES];
	enum sim_verdict verdict;
};

static inline struct box_clocks box_price(struct sim_timing *t, const struct sim_retired *r)
{
	struct box_clocks c = { .verdict = SIM_PRICED };

	c.verdict = t->model->price(t, r, c.of);
	return c;
}

static inline uint32_t box_sum(const struct box_clocks *c)
{
	uint32_t n = 0;

	for (unsigned k = 0; k < SIM_CAUSES; k++)
		n += c->of[k];
	return n;
}

/* One instruction by itself; of `r` all but the instruction. */
static inline struct box_clocks box_price_hex(const char *model, const char *hex,
					      struct sim_retired r)
{
	struct sim_timing t = box_model(model);
	struct sim_insn i = box_insn(hex);

	r.insn = &i;
	return box_price(&t, &r);
}

#define PLAIN    ((struct sim_retired){ .ring = 0 })
#define VALUE(v) ((struct sim_retired){ .value = (v) })
#define TAKEN    ((struct sim_retired){ .taken = true })

#endif
