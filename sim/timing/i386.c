/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * i386.c: the model i386dx, an 80386 by its documented clocks. The rows are i386.def; here is
 * what a row cannot say: m, the early-out multiplier, enter's level, gates between rings, and
 * the options.
 *
 * Where a manual is silent, these rules hold:
 * - A prefix takes one clock of decoding: the manual prices none; captures of a 386EX show +1
 *   for each segment prefix, and 66 and 67 are taken to be alike. lock, rep and repne are not
 *   among them: they have pages of their own, whose figures (0, and the formula) include the
 *   byte, and three of five captured locks are free.
 * - m is that of the instruction executed next; 0 where nobody knows it. A transfer between
 *   rings has it only where the manual's row says so.
 * - An exception or interrupt costs what int costs. An interrupt gate costs what a trap gate
 *   does: the manual has one figure (the recovered microcode takes one clock more).
 * - A port asked for in an outer ring has the I/O map looked at, as if IOPL were 0.
 * - A call gate within a ring cannot be told from a direct far call and is priced as one.
 */
#include "sim/timing/models.h"

/* ---- rows ---- */

/* sim_row.own: with m never, within a ring, between rings too. */
enum { M_NEVER, M_WITHIN, M_ALWAYS };

#define SAME(form, clocks, source) \
	[FORM_##form] = { clocks, clocks, clocks, 0, 0, SIM_WITHIN, M_NEVER, false, source },
#define MODES(form, real, same, source) \
	[FORM_##form] = { real, same, same, 0, 0, SIM_WITHIN, M_NEVER, false, source },
#define JUMP(form, real, same, untaken, source) \
	[FORM_##form] = { real, same, same, untaken, 0, SIM_WITHIN, M_ALWAYS, false, source },
#define INNER(form, real, same, ring, source) \
	[FORM_##form] = { real, same, ring, 0, 0, SIM_BETWEEN, M_ALWAYS, false, source },
#define OUTER(form, real, same, ring, source) \
	[FORM_##form] = { real, same, ring, 0, 0, SIM_BETWEEN, M_WITHIN, false, source },
#define GATE(form, real, same, ring, untaken, source) \
	[FORM_##form] = { real, same, ring, untaken, 0, SIM_BETWEEN, M_NEVER, false, source },
#define PORT(form, real, same, ring, each, source) \
	[FORM_##form] = { real, same, ring, 0, each, SIM_OUTSIDE, M_NEVER, false, source },
#define EACH(form, first, each, source) \
	[FORM_##form] = { first, first, first, 0, each, SIM_WITHIN, M_NEVER, false, source },
#define RULE(form, clocks, source) \
	[FORM_##form] = { clocks, clocks, clocks, 0, 0, SIM_WITHIN, M_NEVER, true, source },

static const struct sim_row rows[SIM_FORMS] = {
#include "sim/timing/i386.def"
};

static const char *source(uint16_t form)
{
	return form < SIM_FORMS ? rows[form].source : NULL;
}

/* ---- figures that are formulas ---- */

static uint32_t ceil_log2(uint32_t value)
{
	uint32_t bits = 0;

	while (bits < 32 && (uint64_t)1 << bits < value)
		bits++;
	return bits;
}

/* The multiplier stops at the highest bit of |m|, but not before the third. */
uint32_t sim_i386_early_out(uint32_t multiplier, bool is_signed)
{
	uint32_t bits;

	if (is_signed && multiplier >> 31)
		multiplier = -multiplier;
	bits = ceil_log2(multiplier);
	return bits < 3 ? 3 : bits;
}

static uint32_t enter(uint32_t level)
{
	return level == 0 ? 10 : level == 1 ? 12 : 15 + 4 * (level - 1);
}

/* Zero bits that a scan passes before it finds one. None is found: all of them. */
static uint32_t passed(uint32_t source, uint32_t width, bool upwards)
{
	uint32_t n = 0;

	while (n < width && !(source >> (upwards ? n : width - 1 - n) & 1))
		n++;
	return n;
}

enum { VERW = 5 }; /* clocks more than verr, which shares its form */

static uint32_t base_clocks(const struct sim_row *row, const struct sim_retired *r,
			    const struct sim_timing_options *o)
{
	const struct sim_insn *i = r->insn;
	uint32_t clocks = r->real ? row->real : row->same;

	switch (i->form) {
	case FORM_MUL_R8 ... FORM_MUL_M32: return clocks + sim_i386_early_out(r->value, false);
	case FORM_IMUL_R8 ... FORM_IMUL_R_M: return clocks + sim_i386_early_out(r->value, true);
	case FORM_IMUL_R_R_I ... FORM_IMUL_R_M_I: return clocks + sim_i386_early_out(i->imm, true);
	case FORM_ENTER: return enter(i->imm >> 16 & 31);
	case FORM_BSF_R_R ... FORM_BSF_R_M:
		return clocks + row->each * passed(r->value, i->operand_size * 8u, true);
	case FORM_BSR_R_R ... FORM_BSR_R_M:
		return clocks + row->each * passed(r->value, i->operand_size * 8u, false);
	case FORM_CLI:
	case FORM_STI: return o->cli ? o->cli : clocks;
	case FORM_VERR_R ... FORM_VERR_M: return clocks + (i->modrm & 8 ? VERW : 0);
	default: return sim_row_base(row, r);
	}
}

/* ---- between rings ---- */

/* To an outer ring the data segments are looked at: each that is null takes three steps more.
 * 79: what the recovered microcode takes on a core with that core's stalls, 74 without them. */
static uint32_t outer_iret(const struct sim_retired *r)
{
	return 79 + 3 * r->value;
}

static uint32_t ring_clocks(const struct sim_row *row, const struct sim_retired *r,
			    const struct sim_timing_options *o)
{
	uint32_t clocks = sim_row_ring(row, r);

	return clocks && r->insn->form == FORM_IRET && o->iret_state ? outer_iret(r) - row->same :
								       clocks;
}

/* ---- m, addresses, prefixes ---- */

static uint32_t m_of(const struct sim_row *row, const struct sim_retired *r)
{
	if (row->own == M_NEVER || !r->next)
		return 0;
	if (row->own == M_WITHIN && !r->real && r->next_ring != r->ring)
		return 0;
	return r->next->components;
}

static bool three_parts(const struct sim_insn *i)
{
	return sim_insn_memory(i) && i->base != SIM_NO_REG && i->index != SIM_NO_REG &&
	       i->disp_size;
}

static uint32_t priced_prefixes(const struct sim_insn *i)
{
	uint32_t own_page = !!(i->flags & SIM_INSN_LOCK) + !!(i->flags & SIM_INSN_REP);

	return i->prefixes > own_page ? i->prefixes - own_page : 0;
}

enum sim_verdict sim_i386_base(const struct sim_timing_options *options,
			       const struct sim_retired *r, uint32_t clocks[SIM_CAUSES])
{
	const struct sim_row *row = &rows[r->insn->form];

	if (!row->source)
		return SIM_FOREIGN;
	clocks[SIM_PREFIX] += priced_prefixes(r->insn);
	clocks[SIM_ADDRESS] += three_parts(r->insn);
	if (row->other && !r->taken) {
		clocks[SIM_BASE] += row->other;
	} else {
		clocks[SIM_BASE] += base_clocks(row, r, options);
		clocks[SIM_RING] += ring_clocks(row, r, options);
		clocks[SIM_M] += m_of(row, r);
	}
	return row->rule ? SIM_RULED : SIM_PRICED;
}

/* ---- exceptions and interrupts ---- */

void sim_i386_deliver(const struct sim_delivered *d, uint32_t clocks[SIM_CAUSES])
{
	sim_row_deliver(&rows[FORM_INT], d, clocks);
}

/* ---- misalignment ---- */

/* An operand moves in words of four bytes from its address on; each that crosses a boundary
 * takes a second bus cycle. Rounds of a rep lie side by side: in words every second crosses. */
static uint32_t crossings_of(const struct sim_retired *r)
{
	bool rep = sim_form_depends(r->insn->form) == SIM_ON_ROUNDS;
	uint32_t rounds = rep ? r->value : 1, crossings = 0;

	for (unsigned a = 0; a < r->accesses; a++) {
		uint32_t size = r->access[a].size;

		/* Four rounds bring any element back to where it was in its word. */
		for (uint32_t k = 0; k < 4; k++) {
			uint32_t times = rounds / 4 + (k < rounds % 4), each = 0;

			for (uint32_t at = 0; at < size; at += 4) {
				uint32_t piece = size - at < 4 ? size - at : 4;

				each += ((r->access[a].addr + k * size + at) & 3) + piece > 4;
			}
			crossings += each * times;
		}
	}
	return crossings;
}

/* ---- the TLB ---- */

/*
 * 32 entries, 8 sets of 4 by the page number's three low bits. The entry that a set fills next
 * is the one behind the last it filled: Intel says no rule, and this is the plainest. Code is
 * looked up by the pages of the instruction, data by those of its operands; the CPU's own looks
 * at gates, descriptors and TSS are not known here. mov to cr3 empties it.
 */
enum { WAYS = 4, SETS = 8, NEXT_WAY = SETS * WAYS };

static bool missed(uint32_t *state, uint32_t addr)
{
	uint32_t page = addr >> 12, set = page % SETS, way;
	uint32_t *entry = state + set * WAYS;

	for (way = 0; way < WAYS; way++)
		if (entry[way] == page + 1)
			return false;
	way = state[NEXT_WAY] >> set * 2 & 3;
	entry[way] = page + 1; /* 0: empty */
	state[NEXT_WAY] = (state[NEXT_WAY] & ~(3u << set * 2)) | (way + 1) % WAYS << set * 2;
	return true;
}

static uint32_t misses_in(uint32_t *state, uint32_t first, uint32_t last)
{
	uint32_t misses = missed(state, first);

	while (first >> 12 != last >> 12) {
		first += 4096;
		misses += missed(state, first);
	}
	return misses;
}

static void empty(uint32_t *state)
{
	for (unsigned i = 0; i <= NEXT_WAY; i++)
		state[i] = 0;
}

static uint32_t tlb_misses(struct sim_timing *t, const struct sim_retired *r)
{
	bool rep = sim_form_depends(r->insn->form) == SIM_ON_ROUNDS;
	uint32_t rounds = rep ? r->value : 1, misses;

	misses = misses_in(t->state, r->insn->addr, r->insn->addr + r->insn->size - 1);
	for (unsigned a = 0; a < r->accesses && rounds; a++) {
		const struct sim_access *x = &r->access[a];
		uint32_t more = (rounds - 1) * x->size, last = x->addr + x->size - 1;

		misses += x->down ? misses_in(t->state, x->addr - more, last) :
				    misses_in(t->state, x->addr, last + more);
	}
	if (r->insn->form == FORM_MOV_CR3_R)
		empty(t->state);
	return misses;
}

/* ---- the model ---- */

enum { CROSSING = 2, WALK = 20 }; /* clocks: a bus cycle; about what fetching an entry takes */

static enum sim_verdict price(struct sim_timing *t, const struct sim_retired *r,
			      uint32_t clocks[SIM_CAUSES])
{
	enum sim_verdict verdict = sim_i386_base(&t->options, r, clocks);

	if (verdict == SIM_FOREIGN)
		return verdict;
	if (t->options.misalign)
		clocks[SIM_MISALIGN] += CROSSING * crossings_of(r);
	if (t->options.tlb && !r->real)
		clocks[SIM_TLB] += WALK * tlb_misses(t, r);
	return verdict;
}

static void deliver(struct sim_timing *t, const struct sim_delivered *d,
		    uint32_t clocks[SIM_CAUSES])
{
	(void)t;
	sim_i386_deliver(d, clocks);
}

const struct sim_timing_model sim_timing_i386dx = {
	.name = "i386dx",
	.about = "80386DX, documented clocks, no waiting for code or bus",
	.stateless = true,
	.options = SIM_OPTION_CLI | SIM_OPTION_IRET | SIM_OPTION_MISALIGN | SIM_OPTION_TLB,
	.price = price,
	.deliver = deliver,
	.source = source,
};
