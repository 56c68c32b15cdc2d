/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * i486.c: the model i486, an Intel486 by its documented clocks: caches and TLB always hit, code
 * is always there, operands are aligned. The rows are i486.def; here is what the manual says of
 * all instructions together, and what a row cannot say.
 *
 * - A prefix takes a clock; rep before a string instruction is part of its formula.
 * - An index register takes a clock more; so do a displacement and an immediate together.
 * - An address that needs a register written by the instruction just before waits for a clock.
 *   That a push, pop, call or ret moves esp is known early and makes nobody wait; iret, int
 *   and what else is microcode wait for nothing. The manual speaks of the base register; taken
 *   here for the index and a string's pointers as well.
 * - A taken transfer refills the pipeline in its own time: nothing waits behind it.
 *
 * Left out: the clock for a register after a part of it was written, misaligned operands, the
 * write buffers, all misses. An exception or interrupt costs what int costs. A call gate within
 * a ring is priced as a direct far call.
 */
#include "sim/timing/models.h"

/* ---- rows ---- */

#define ROW(form, real, same, ring, other, each, when, rule, source) \
	[FORM_##form] = { real, same, ring, other, each, when, 0, rule, source },
#define SAME(form, clocks, source) \
	ROW(form, clocks, clocks, clocks, 0, 0, SIM_WITHIN, false, source)
#define MODES(form, real, same, source) ROW(form, real, same, same, 0, 0, SIM_WITHIN, false, source)
#define JUMP(form, taken, untaken, source) \
	ROW(form, taken, taken, taken, untaken, 0, SIM_WITHIN, false, source)
#define FAR(form, real, same, ring, source) \
	ROW(form, real, same, ring, 0, 0, SIM_BETWEEN, false, source)
#define GATE(form, real, same, ring, untaken, source) \
	ROW(form, real, same, ring, untaken, 0, SIM_BETWEEN, false, source)
#define GATE_RULE(form, real, same, ring, source) \
	ROW(form, real, same, ring, 0, 0, SIM_BETWEEN, true, source)
#define PORT(form, real, same, ring, each, source) \
	ROW(form, real, same, ring, 0, each, SIM_OUTSIDE, false, source)
#define REP(form, none, first, each, source) \
	ROW(form, first, first, first, none, each, SIM_WITHIN, false, source)
#define RULE(form, clocks, source) ROW(form, clocks, clocks, clocks, 0, 0, SIM_WITHIN, true, source)

static const struct sim_row rows[SIM_FORMS] = {
#include "sim/timing/i486.def"
};

static const char *source(uint16_t form)
{
	return form < SIM_FORMS ? rows[form].source : NULL;
}

/* ---- figures that are formulas ---- */

static uint32_t enter(uint32_t level)
{
	return level == 0 ? 14 : 17 + (level == 1 ? 0 : 3 * level);
}

static uint32_t base_clocks(const struct sim_row *row, const struct sim_retired *r)
{
	const struct sim_insn *i = r->insn;

	switch (i->form) {
	case FORM_MUL_R8 ... FORM_MUL_M32: return row->same + sim_i386_early_out(r->value, false);
	case FORM_IMUL_R8 ... FORM_IMUL_R_M: return row->same + sim_i386_early_out(r->value, true);
	case FORM_IMUL_R_R_I ... FORM_IMUL_R_M_I:
		return row->same + sim_i386_early_out(i->imm, true);
	case FORM_ENTER: return enter(i->imm >> 16 & 31);
	case FORM_REP_MOVS: return r->value == 1 ? 13 : sim_row_base(row, r);
	case FORM_BSF_R_R ... FORM_BSR_R_M: return row->same;
	default: return sim_row_base(row, r);
	}
}

/* ---- addresses ---- */

/* In t->state. */
enum { WRITTEN, NEXT, KNOWN }; /* by the last instruction; where it led, if that is known */

static uint32_t waits(const struct sim_timing *t, const struct sim_insn *i,
		      const struct sim_uses *uses)
{
	uint32_t wants = uses->address | (uses->stack ? SIM_USES_ESP : 0);

	if (t->state[KNOWN] && t->state[NEXT] != i->addr)
		return 0; /* somebody else's instruction came before */
	return (wants & t->state[WRITTEN]) != 0;
}

static void note(struct sim_timing *t, const struct sim_retired *r, const struct sim_uses *uses)
{
	bool flows = !r->taken && !r->interrupted && r->insn->leaves != SIM_GATE;

	t->state[WRITTEN] = flows ? uses->written : 0;
	t->state[NEXT] = r->insn->addr + r->insn->size;
	t->state[KNOWN] = flows;
}

static bool has_index(const struct sim_insn *i, const struct sim_uses *uses)
{
	return uses->address && sim_insn_memory(i) && i->index != SIM_NO_REG;
}

static bool has_both_numbers(const struct sim_insn *i)
{
	return sim_insn_memory(i) && i->disp_size && i->imm_size;
}

static uint32_t priced_prefixes(const struct sim_insn *i)
{
	bool own = sim_form_depends(i->form) == SIM_ON_ROUNDS;

	return i->prefixes > own ? i->prefixes - (uint32_t)own : 0;
}

/* ---- the model ---- */

static enum sim_verdict price(struct sim_timing *t, const struct sim_retired *r,
			      uint32_t clocks[SIM_CAUSES])
{
	const struct sim_row *row = &rows[r->insn->form];
	struct sim_uses uses = sim_insn_uses(r->insn);

	if (!row->source) {
		t->state[WRITTEN] = t->state[KNOWN] = 0;
		return SIM_FOREIGN;
	}
	clocks[SIM_BASE] += base_clocks(row, r);
	clocks[SIM_RING] += sim_row_ring(row, r);
	clocks[SIM_PREFIX] += priced_prefixes(r->insn);
	clocks[SIM_ADDRESS] += has_index(r->insn, &uses);
	clocks[SIM_ADDRESS] += has_both_numbers(r->insn);
	clocks[SIM_ADDRESS] += waits(t, r->insn, &uses);
	note(t, r, &uses);
	return row->rule ? SIM_RULED : SIM_PRICED;
}

static void deliver(struct sim_timing *t, const struct sim_delivered *d,
		    uint32_t clocks[SIM_CAUSES])
{
	t->state[WRITTEN] = t->state[KNOWN] = 0;
	sim_row_deliver(&rows[FORM_INT], d, clocks);
}

const struct sim_timing_model sim_timing_i486 = {
	.name = "i486",
	.about = "Intel486, documented clocks, every access a cache hit",
	.price = price,
	.deliver = deliver,
	.source = source,
};
