/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p5.c: the model p5, the first Pentium: two pipes, U and V, documented pairing, address waits,
 * a branch target buffer. Caches and TLB always hit, and all code has run before, so that the
 * end of each instruction is known. The rows are p5.def; the branches are p5_btb.c.
 *
 * Two instructions go together if
 * - the first is UV or PU, the second UV or PV, and lies right behind it;
 * - neither has both a displacement and an immediate;
 * - the second has no prefix, 0f among them but for jcc near;
 * - the second neither reads nor writes a register that the first writes, of which al is as
 *   good as eax; flags do not count, nor does esp in push push, push call and pop pop.
 * A pair takes what both[][] says: two that read memory and write a register take two clocks
 * together, two that also write it back five.
 *
 * An address that needs a register written by the pair before waits for a clock, both of a pair
 * together; push, pop, call and ret make nobody wait for esp, ret imm does. Each prefix takes a
 * clock of decoding in the U pipe, but what came just before hides one for each of its clocks
 * beyond the first; who waits for a decoder waits for no register.
 *
 * Left out: two accesses to one bank or word at a time, misaligned operands, all misses, fxch
 * beside another x87 instruction, x87 working on while integers go ahead. An exception or
 * interrupt costs what int costs. A call gate within a ring is priced as a direct far call.
 */
#include "sim/timing/p5.h"

/* ---- rows ---- */

enum { NP, PU, PV, UV }; /* UV is both */

#define ROW(form, real, same, ring, other, each, when, pipe, rule, source) \
	[FORM_##form] = { real, same, ring, other, each, when, pipe, rule, source },
#define PIPE(form, clocks, pipe, source) \
	ROW(form, clocks, clocks, clocks, 0, 0, SIM_WITHIN, pipe, false, source)
#define UV(form, clocks, source)   PIPE(form, clocks, UV, source)
#define PU(form, clocks, source)   PIPE(form, clocks, PU, source)
#define PV(form, clocks, source)   PIPE(form, clocks, PV, source)
#define SAME(form, clocks, source) PIPE(form, clocks, NP, source)
#define MODES(form, real, same, source) \
	ROW(form, real, same, same, 0, 0, SIM_WITHIN, NP, false, source)
#define FAR(form, real, same, ring, source) \
	ROW(form, real, same, ring, 0, 0, SIM_BETWEEN, NP, false, source)
#define GATE(form, real, same, ring, untaken, source) \
	ROW(form, real, same, ring, untaken, 0, SIM_BETWEEN, NP, false, source)
#define GATE_RULE(form, real, same, ring, source) \
	ROW(form, real, same, ring, 0, 0, SIM_BETWEEN, NP, true, source)
#define PORT(form, real, same, ring, each, source) \
	ROW(form, real, same, ring, 0, each, SIM_OUTSIDE, NP, false, source)
#define REP(form, none, first, each, source) \
	ROW(form, first, first, first, none, each, SIM_WITHIN, NP, false, source)
#define RULE(form, clocks, source) \
	ROW(form, clocks, clocks, clocks, 0, 0, SIM_WITHIN, NP, true, source)

static const struct sim_row rows[SIM_FORMS] = {
#include "sim/timing/p5.def"
};

static const char *source(uint16_t form)
{
	return form < SIM_FORMS ? rows[form].source : NULL;
}

/* What a pair takes, by what each would take alone: register or mov, read, read and write. */
static const uint8_t both[3][3] = { { 1, 2, 3 }, { 2, 2, 3 }, { 3, 4, 5 } };

/* ---- figures that are formulas ---- */

static uint32_t enter(uint32_t level)
{
	return level == 0 ? 11 : 15 + (level == 1 ? 0 : 2 * level);
}

static uint32_t base_clocks(const struct sim_row *row, const struct sim_retired *r)
{
	switch (r->insn->form) {
	case FORM_ENTER: return enter(r->insn->imm >> 16 & 31);
	case FORM_REP_MOVS: return r->value == 1 ? 13 : sim_row_base(row, r);
	default: return sim_row_base(row, r);
	}
}

/* 0f counts as one, but not in front of a near jcc; there is no shorter way to write that. */
static uint32_t priced_prefixes(const struct sim_insn *i)
{
	return i->prefixes + (i->map && i->form != FORM_JCC_NEAR);
}

/* ---- what the pipes hold: t->state ---- */

enum {
	OPEN,    /* the U pipe's instruction waits for a second one */
	WAITED,  /* and has itself waited for a register or a prefix */
	FORM,    /* of it */
	BEFORE,  /* registers written by the pair before it */
	WRITTEN, /* by the latest pair, so far: its own */
	HIDES,   /* as many prefixes of what comes next */
	KNOWN,   /* where the latest instruction led */
	NEXT,
};

static void empty(uint32_t *s)
{
	s[OPEN] = s[BEFORE] = s[WRITTEN] = s[HIDES] = s[KNOWN] = 0;
}

/* Something else has come between: the program went on elsewhere unseen. */
static void look_for_breaks(uint32_t *s, const struct sim_insn *i)
{
	if (s[KNOWN] && s[NEXT] != i->addr)
		empty(s);
}

static uint32_t hazards(const struct sim_uses *uses, uint32_t registers)
{
	return (uses->address | (uses->stack ? SIM_USES_ESP : 0u)) & registers;
}

/* ---- pairing ---- */

static bool has_both_numbers(const struct sim_insn *i)
{
	return sim_insn_memory(i) && i->disp_size && i->imm_size;
}

static bool stack_pair(uint32_t first, uint32_t second)
{
	if (first == FORM_POP_R)
		return second == FORM_POP_R;
	return (first == FORM_PUSH_R || first == FORM_PUSH_I) &&
	       (second == FORM_PUSH_R || second == FORM_PUSH_I || second == FORM_CALL);
}

static bool is_stack_form(uint32_t form)
{
	return form == FORM_PUSH_R || form == FORM_PUSH_I || form == FORM_POP_R;
}

static bool fits_beside(const uint32_t *s, const struct sim_insn *i, const struct sim_uses *uses)
{
	uint32_t touched = uses->read | uses->written | uses->address;

	if (!s[OPEN] || !(rows[i->form].own & PV) || priced_prefixes(i) || has_both_numbers(i))
		return false;
	if (uses->stack)
		touched |= stack_pair(s[FORM], i->form) ? 0u : SIM_USES_ESP;
	return !(touched & (s[WRITTEN] | (is_stack_form(s[FORM]) ? SIM_USES_ESP : 0u)));
}

static void issue_second(uint32_t *s, const struct sim_insn *i, const struct sim_uses *uses,
			 uint32_t clocks[SIM_CAUSES])
{
	uint32_t first = rows[s[FORM]].same, pair = both[first - 1][rows[i->form].same - 1];

	clocks[SIM_PAIRING] += pair - first;
	clocks[SIM_ADDRESS] += !s[WAITED] && hazards(uses, s[BEFORE]);
	s[WRITTEN] |= uses->written;
	s[HIDES] += pair - first;
	s[OPEN] = false;
}

static void issue_first(uint32_t *s, const struct sim_retired *r, const struct sim_uses *uses,
			uint32_t clocks[SIM_CAUSES])
{
	const struct sim_insn *i = r->insn;
	const struct sim_row *row = &rows[i->form];
	uint32_t prefixes = priced_prefixes(i), base = base_clocks(row, r), wait;

	prefixes = prefixes > s[HIDES] ? prefixes - s[HIDES] : 0;
	wait = !prefixes && hazards(uses, s[WRITTEN]);
	clocks[SIM_BASE] += base;
	clocks[SIM_RING] += sim_row_ring(row, r);
	clocks[SIM_PREFIX] += prefixes;
	clocks[SIM_ADDRESS] += wait;
	s[BEFORE] = s[WRITTEN];
	s[WRITTEN] = uses->written;
	s[HIDES] = base ? base - 1 : 0;
	s[WAITED] = wait || prefixes;
	s[OPEN] = row->own & PU && !has_both_numbers(i);
	s[FORM] = i->form;
}

/* ---- the model ---- */

static void branch(uint32_t *s, const struct sim_retired *r, bool second,
		   uint32_t clocks[SIM_CAUSES])
{
	if (sim_p5_predicts(s + SIM_P5_BTB, r))
		return;
	clocks[SIM_MISPREDICT] += second && r->insn->leaves == SIM_JCC ? 4 : 3;
	empty(s); /* whatever was written is there by now */
}

static void note(uint32_t *s, const struct sim_retired *r)
{
	if (r->insn->leaves == SIM_GATE || r->interrupted) {
		empty(s);
		return;
	}
	s[KNOWN] = !r->taken || r->next;
	s[NEXT] = r->taken && r->next ? r->next->addr : r->insn->addr + r->insn->size;
}

static enum sim_verdict price(struct sim_timing *t, const struct sim_retired *r,
			      uint32_t clocks[SIM_CAUSES])
{
	const struct sim_row *row = &rows[r->insn->form];
	struct sim_uses uses = sim_insn_uses(r->insn);
	uint32_t *s = t->state;
	bool second;

	if (!row->source) {
		empty(s);
		return SIM_FOREIGN;
	}
	look_for_breaks(s, r->insn);
	second = fits_beside(s, r->insn, &uses);
	if (second)
		issue_second(s, r->insn, &uses, clocks);
	else
		issue_first(s, r, &uses, clocks);
	if (r->insn->leaves == SIM_JCC || r->insn->leaves == SIM_JUMP)
		branch(s, r, second, clocks);
	note(s, r);
	return row->rule ? SIM_RULED : SIM_PRICED;
}

static void deliver(struct sim_timing *t, const struct sim_delivered *d,
		    uint32_t clocks[SIM_CAUSES])
{
	empty(t->state);
	sim_row_deliver(&rows[FORM_INT], d, clocks);
}

const struct sim_timing_model sim_timing_p5 = {
	.name = "p5",
	.about = "Pentium, documented clocks, pairing and branch prediction, every access a hit",
	.price = price,
	.deliver = deliver,
	.source = source,
};
