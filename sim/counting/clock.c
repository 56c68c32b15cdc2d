/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.c: what the retired instructions cost. Blocks are priced when they are left: only then
 * is it known how far they ran, where to, and in which ring. Where a price does not depend on
 * what came before, a block's sum is kept and added; what comes next prices only its last
 * instruction. It knows no model (sim/timing/), count.c tells it what has run.
 */
#include "sim/code/code.h"
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- a block's instructions ---- */

struct sim_timed {
	uint32_t n;
	uint32_t known;   /* in insn[]: those, and what lies behind the block */
	uint32_t summed;  /* so many of the first are in sum[]: none, all, or all but the last */
	uint32_t last_at; /* the last one's offset */
	bool jumps;       /* the last one is in sum[], and may be taken */
	bool always;      /* it is, and is so in sum[] but for m */
	bool more;        /* sum[] has more than base */
	uint8_t m;        /* does a taken one pay for the components of what it leads to? */
	int32_t taken;    /* base clocks more if it is taken */
	uint32_t sum[SIM_CAUSES];
	struct { /* what the last one cost, if it costs that again where it leaves as it did */
		bool known, taken;
		uint8_t ring, next_ring, components; /* of what it led to */
		uint32_t clocks[SIM_CAUSES];
	} last;
	struct sim_insn insn[];
};

static const struct sim_timing_model *model(const struct sim *s)
{
	return s->clock.timing.model;
}

static enum sim_verdict price(struct sim *s, const struct sim_retired *r,
			      uint32_t clocks[SIM_CAUSES])
{
	memset(clocks, 0, SIM_CAUSES * sizeof(clocks[0]));
	return model(s)->price(&s->clock.timing, r, clocks);
}

/* Must its operands or registers be known when it is priced? */
static bool waits_for_value(const struct sim *s, const struct sim_insn *i)
{
	enum sim_depends depends = sim_form_depends(i->form);

	if (depends == SIM_ON_SEGMENTS)
		return s->clock.timing.options.iret_state;
	return depends != SIM_ON_NOTHING;
}

/* A jump to the instruction behind it: whether it is taken is not seen by where it leads. */
static bool leads_nowhere(const struct sim_insn *i)
{
	return i->leaves == SIM_JCC && i->disp == 0;
}

/* Is it a transfer without a condition? Then it is taken even to the instruction behind it, as
 * in call 1f; 1: pop. An into that is taken is sim_clock_gate's. */
static bool always_leaves(const struct sim_insn *i)
{
	return i->leaves == SIM_JUMP || (i->leaves == SIM_GATE && (i->map || i->opcode != 0xce));
}

/* Has it one price, whatever happens and in whatever ring? What is foreign or priced by a rule
 * is told one by one. */
static bool has_one_price(struct sim *s, const struct sim_insn *i, uint32_t clocks[SIM_CAUSES])
{
	const struct sim_retired inner = { .insn = i, .taken = always_leaves(i) };
	const struct sim_retired outer = {
		.insn = i, .taken = inner.taken, .ring = 3, .next_ring = 3
	};
	uint32_t outside[SIM_CAUSES];

	if (i->leaves == SIM_GATE || leads_nowhere(i) || waits_for_value(s, i))
		return false;
	return price(s, &outer, outside) == SIM_PRICED && price(s, &inner, clocks) == SIM_PRICED &&
	       !memcmp(clocks, outside, sizeof(outside));
}

static void sum_up(struct sim *s, struct sim_timed *t)
{
	const struct sim_insn *last = &t->insn[t->n - 1], one = { .components = 1 };
	uint32_t clocks[SIM_CAUSES], taken[SIM_CAUSES], n = 0;

	t->last_at = last->addr - t->insn[0].addr;
	if (!sim_timing_stateless(&s->clock.timing))
		return;
	for (; n < t->n && has_one_price(s, &t->insn[n], clocks); n++)
		for (unsigned c = 0; c < SIM_CAUSES; c++)
			t->sum[c] += clocks[c];
	t->summed = n + 1 >= t->n ? n : 0;
	t->jumps = n == t->n && last->leaves != SIM_GOES_ON;
	t->always = t->jumps && always_leaves(last);
	for (unsigned c = SIM_BASE + 1; c < SIM_CAUSES; c++)
		t->more |= t->sum[c] != 0;
	if (!t->jumps)
		return;
	price(s, &(struct sim_retired){ .insn = last, .taken = true, .next = &one }, taken);
	t->taken = (int32_t)(taken[SIM_BASE] - clocks[SIM_BASE]);
	t->m = (uint8_t)taken[SIM_M];
}

static void keep_price(struct sim *s, struct sim_block *b)
{
	const struct sim_timed *t = b->timed;

	b->fixed = false;
	b->components = 0;
	if (!t->n)
		return;
	b->components = t->insn[0].components;
	if (t->summed < t->n || t->more || !b->region)
		return;
	b->fixed = true;
	b->price.base = t->sum[SIM_BASE];
	b->price.goes_on = t->always ? SIM_NO_BLOCK : b->addr + b->size;
	b->price.taken = t->taken;
	b->price.m = t->m;
	b->price.to = s->clock.clocks.region[b->region - s->counts->region];
}

/* What lies at eip, if anything can be executed there. */
static const struct sim_insn *decode_at(struct sim *s, uint32_t eip, struct sim_insn *out)
{
	uint8_t code[2 * SIM_INSN_ROOM] = { 0 };
	uint32_t in_page = SIM_PAGE - eip % SIM_PAGE, size = SIM_INSN_ROOM;

	if (!(s->space.pte[eip / SIM_PAGE] & PTE_PRESENT))
		return NULL;
	if (in_page < size && !(s->space.pte[(eip + in_page) / SIM_PAGE] & PTE_PRESENT))
		size = in_page;
	memcpy(code, s->space.ram + eip, size);
	sim_insn_decode(code, size, eip, false, out);
	return out;
}

bool sim_clock_learn(struct sim *s, struct sim_block *b)
{
	const uint8_t *code = b->copy ? b->copy : s->space.ram + b->addr;
	uint32_t room = b->insns + model(s)->foresight, at = 0;
	struct sim_timed *t = calloc(1, sizeof(*t) + room * sizeof(t->insn[0]));

	free(b->timed);
	b->timed = t;
	if (!t)
		return false;
	while (t->n < b->insns && at < b->size) {
		sim_insn_decode(code + at, SIM_INSN_ROOM, b->addr + at, false, &t->insn[t->n]);
		at += t->insn[t->n++].size;
	}
	for (t->known = t->n; t->known < room; t->known++) {
		if (!decode_at(s, b->addr + at, &t->insn[t->known]))
			break;
		at += t->insn[t->known].size;
	}
	if (t->n)
		sum_up(s, t);
	keep_price(s, b);
	return true;
}

bool sim_clock_guard(struct sim *s, uint32_t addr)
{
	const struct sim_block *b = sim_block_at(s, addr);
	bool added = false;

	for (uint32_t i = 0; b && i < b->timed->n; i++) {
		if (waits_for_value(s, &b->timed->insn[i]))
			added |= sim_spot_clock(s, b->timed->insn[i].addr);
	}
	return added;
}

/* ---- what is known of one that is about to run ---- */

unsigned sim_clock_accesses(struct sim *s, const struct sim_insn *i, struct sim_access *out)
{
	static const enum sim_reg selector[6] = { SIM_ES, SIM_CS, SIM_SS, SIM_DS, SIM_FS, SIM_GS };
	struct sim_regs regs;
	uint32_t base[6];

	sim_get_regs(s, &regs);
	for (unsigned k = 0; k < 6; k++)
		base[k] = sim_segment_base(s, (uint16_t)sim_reg_get(s, selector[k]));
	return sim_insn_accesses(i, &regs, base, out);
}

/* Of mul and imul by their signs; bsf and bsr look no further than the operand. */
static uint32_t operand_value(struct sim *s, const struct sim_insn *i)
{
	uint8_t rm = i->modrm & 7, size = !i->map && !(i->opcode & 1) ? 1 : i->operand_size;
	bool is_signed = i->map || (i->modrm >> 3 & 7) == 5;
	uint32_t value = 0;

	if (!(i->flags & SIM_INSN_MODRM))
		return 0;
	if (!sim_insn_memory(i)) {
		value = sim_reg_get(s, (enum sim_reg)(SIM_EAX + (size == 1 ? rm & 3 : rm)));
		if (size == 1 && rm >= 4)
			value >>= 8;
	} else {
		struct sim_access a[SIM_ACCESSES];
		uint32_t bad;

		if (sim_clock_accesses(s, i, a) == 0)
			return 0;
		sim_read(s, a[0].addr, &value, size, &bad);
	}
	if (size == 1)
		return is_signed ? (uint32_t)(int8_t)value : (uint8_t)value;
	if (size == 2)
		return is_signed ? (uint32_t)(int16_t)value : (uint16_t)value;
	return value;
}

static uint32_t null_segments(struct sim *s)
{
	static const enum sim_reg data[] = { SIM_DS, SIM_ES, SIM_FS, SIM_GS };
	uint32_t n = 0;

	for (unsigned i = 0; i < 4; i++)
		n += (sim_reg_get(s, data[i]) & 0xfffc) == 0;
	return n;
}

static uint32_t value_of(struct sim *s, const struct sim_insn *i)
{
	switch (sim_form_depends(i->form)) {
	case SIM_ON_ROUNDS: return sim_reg_get(s, SIM_ECX);
	case SIM_ON_MULTIPLIER:
	case SIM_ON_SOURCE: return operand_value(s, i);
	case SIM_ON_COUNT: return sim_reg_get(s, SIM_ECX) & 0xff;
	case SIM_ON_SEGMENTS: return null_segments(s);
	default: return 0;
	}
}

/* ---- pricing ---- */

static void account(uint64_t to[SIM_CAUSES], const uint32_t clocks[SIM_CAUSES])
{
	for (unsigned c = 0; c < SIM_CAUSES; c++)
		to[c] += clocks[c];
}

static bool is_seen(const struct sim *s, const struct sim_insn *i)
{
	return s->clock.seen_addr == i->addr && s->clock.seen;
}

static uint32_t rounds_done(struct sim *s, const struct sim_insn *i)
{
	uint32_t left = sim_reg_get(s, SIM_ECX);

	if (!is_seen(s, i))
		return 1;
	return i->address_size == 2 ? (uint16_t)(s->clock.value - left) : s->clock.value - left;
}

/* Where the clocks of the current block's instruction at addr belong. */
static uint64_t *region_clocks(struct sim *s, uint32_t addr)
{
	const uint64_t *counted = s->run.cur.block->region;
	uint32_t end;

	return s->clock.clocks.region[counted ? (unsigned)(counted - s->counts->region) :
						sim_region_of(s, addr, &end)];
}

static bool is_entry(const struct sim_retired *r)
{
	return r->ring == 3 && r->next_ring == 0;
}

static uint8_t components(const struct sim_insn *next)
{
	return next ? next->components : 0;
}

static void keep_last(struct sim *s, const struct sim_retired *r, const uint32_t clocks[SIM_CAUSES])
{
	struct sim_timed *t = s->run.cur.block->timed;

	if (r->insn != &t->insn[t->n - 1] || r->interrupted || waits_for_value(s, r->insn) ||
	    !sim_timing_stateless(&s->clock.timing))
		return;
	t->last.known = true;
	t->last.taken = r->taken;
	t->last.ring = r->ring;
	t->last.next_ring = r->next_ring;
	t->last.components = components(r->next);
	memcpy(t->last.clocks, clocks, sizeof(t->last.clocks));
}

/* *r says how it left; what was read before it ran is filled in here. */
static void price_one(struct sim *s, struct sim_retired *r)
{
	uint32_t clocks[SIM_CAUSES];
	enum sim_verdict verdict;

	if (sim_form_depends(r->insn->form) == SIM_ON_ROUNDS)
		r->value = rounds_done(s, r->insn);
	else if (is_seen(s, r->insn))
		r->value = s->clock.value;
	if (is_seen(s, r->insn)) {
		r->accesses = s->clock.accesses;
		memcpy(r->access, s->clock.access, sizeof(r->access));
	}
	s->clock.seen = false;
	verdict = price(s, r, clocks);
	if (verdict != SIM_PRICED)
		s->clock.clocks.odd[r->insn->form][verdict == SIM_FOREIGN]++;
	else
		keep_last(s, r, clocks);
	account(is_entry(r) ? s->clock.clocks.entry : region_clocks(s, r->insn->addr), clocks);
	if (s->clock.fn)
		s->clock.fn(s->clock.user, r, clocks, verdict);
}

/* All but the last one of the current block has been added to `to`. False: it must be priced. */
static bool price_last(struct sim *s, const struct sim_retired *r, uint64_t *to)
{
	const struct sim_block *b = s->run.cur.block;
	const struct sim_timed *t = b->timed;

	if (!to || s->run.cur.priced != t->last_at || !t->last.known || t->last.taken != r->taken ||
	    t->last.ring != r->ring || t->last.next_ring != r->next_ring ||
	    t->last.components != components(r->next))
		return false;
	account(is_entry(r) ? s->clock.clocks.entry : to, t->last.clocks);
	s->run.cur.priced = b->size;
	return true;
}

/* Prices the current block's instructions from where it is priced up to `end`, an offset. `last`
 * tells how the last one of the block left, if it is among them; NULL: it went on. */
static void price_to(struct sim *s, uint32_t end, const struct sim_retired *last)
{
	const struct sim_block *b = s->run.cur.block;
	const struct sim_timed *t = b->timed;

	for (uint32_t i = s->run.cur.priced >= t->last_at && t->n ? t->n - 1 : 0; i < t->n; i++) {
		uint32_t at = t->insn[i].addr - b->addr;
		struct sim_retired r = { .ring = s->clock.ring, .next_ring = s->clock.ring };

		if (at < s->run.cur.priced)
			continue;
		if (at >= end)
			break;
		if (last && (i + 1 == t->n || at + t->insn[i].size >= end))
			r = *last;
		if (!r.taken && i + 1 < t->known) {
			r.next = &t->insn[i + 1];
			r.ahead = (uint8_t)(t->known - i - 1 < model(s)->foresight ?
						    t->known - i - 1 :
						    model(s)->foresight);
		}
		r.insn = &t->insn[i];
		price_one(s, &r);
	}
	s->run.cur.priced = end;
}

/* Is a jump to the next instruction taken? Nothing has changed since it ran. */
static bool condition_holds(struct sim *s, const struct sim_insn *i)
{
	uint32_t flags = sim_reg_get(s, SIM_EFLAGS), ecx = sim_reg_get(s, SIM_ECX);
	bool cf = flags & 1, pf = flags & 4, zf = flags & 0x40, sf = flags & 0x80,
	     of = flags & 0x800, holds;

	if (i->address_size == 2)
		ecx &= 0xffff;
	if (!i->map && i->opcode >= 0xe0) {
		if (i->opcode == 0xe3)
			return ecx == 0;
		return ecx != 0 && (i->opcode == 0xe2 || zf == (i->opcode == 0xe1));
	}
	switch (i->opcode >> 1 & 7) {
	case 0: holds = of; break;
	case 1: holds = cf; break;
	case 2: holds = zf; break;
	case 3: holds = cf || zf; break;
	case 4: holds = sf; break;
	case 5: holds = pf; break;
	case 6: holds = sf != of; break;
	default: holds = zf || sf != of;
	}
	return holds != (i->opcode & 1);
}

/* The current block's sum, if it holds and nothing of the block has been priced: where its
 * clocks belong; else NULL. */
static uint64_t *add_sum(struct sim *s)
{
	const struct sim_block *b = s->run.cur.block;
	const struct sim_timed *t = b->timed;
	uint64_t *to;

	if (!t->summed || !b->region || s->run.cur.priced || s->clock.watched)
		return NULL;
	to = s->clock.clocks.region[b->region - s->counts->region];
	to[SIM_BASE] += t->sum[SIM_BASE];
	if (t->more) {
		for (unsigned c = SIM_BASE + 1; c < SIM_CAUSES; c++)
			to[c] += t->sum[c];
	}
	s->run.cur.priced = t->summed == t->n ? b->size : t->last_at;
	return to;
}

/* The current block has run whole, and goes on at eip. */
static void left_whole(struct sim *s, uint32_t eip, const struct sim_insn *next)
{
	const struct sim_block *b = s->run.cur.block;
	const struct sim_timed *t = b->timed;
	bool away = eip != b->addr + b->size;
	struct sim_retired r = { .ring = s->clock.ring, .next = next };
	const struct sim_insn *last;
	uint64_t *to;

	if (s->run.cur.priced >= b->size || !t->n)
		return;
	to = add_sum(s);
	if (s->run.cur.priced >= b->size) {
		if (t->jumps && (away || t->always)) {
			to[SIM_BASE] += (uint64_t)(int64_t)t->taken;
			to[SIM_M] += next ? (uint64_t)t->m * next->components : 0;
		}
		return;
	}
	last = &t->insn[t->n - 1];
	r.taken = last->leaves != SIM_JCC ? always_leaves(last) :
		  leads_nowhere(last)     ? condition_holds(s, last) :
					    away;
	if (last->leaves == SIM_GATE)
		s->clock.ring = (uint8_t)sim_cpl(s);
	r.next_ring = s->clock.ring;
	if (!price_last(s, &r, to))
		price_to(s, b->size, &r);
}

void sim_clock_left(struct sim *s, const struct sim_block *next)
{
	if (s->run.cur.block->fixed && !s->run.cur.priced && !s->clock.watched) {
		sim_clock_pass(s->run.cur.block, next);
		return;
	}
	left_whole(s, next->addr, next->timed->n ? &next->timed->insn[0] : NULL);
}

/* ---- what count.c, deliver.c and the hooks report ---- */

/* The run stands at eip, and the whole block lies behind. */
void sim_clock_end(struct sim *s, uint32_t eip)
{
	struct sim_insn next;

	if (model(s) && sim_in_block(s) && s->run.cur.priced < s->run.cur.block->size)
		left_whole(s, eip, decode_at(s, eip, &next));
}

void sim_clock_settle(struct sim *s, uint32_t eip)
{
	const struct sim_block *b = s->run.cur.block;
	const struct sim_timed *t = b->timed;
	uint32_t ran = eip - b->addr;

	if (ran >= b->size) {
		sim_clock_end(s, eip);
		return;
	}
	if (ran > s->run.cur.priced)
		price_to(s, ran, NULL);
	/* A rep that a fault interrupts has been at work, and begins anew behind it. */
	for (uint32_t i = 0; i < t->n; i++) {
		struct sim_retired r = { .insn = &t->insn[i],
					 .ring = s->clock.ring,
					 .next_ring = s->clock.ring,
					 .interrupted = true };

		if (r.insn->addr == eip && is_seen(s, r.insn) &&
		    sim_form_depends(r.insn->form) == SIM_ON_ROUNDS && rounds_done(s, r.insn))
			price_one(s, &r);
	}
	s->clock.seen = false;
}

void sim_clock_before(struct sim *s, uint32_t addr)
{
	const struct sim_block *b = s->run.cur.block;

	if (!sim_in_block(s) || addr - b->addr >= b->size)
		return;
	if (s->clock.seen && s->clock.seen_addr == addr && b->rep == addr)
		return; /* its next round */
	if (addr - b->addr > s->run.cur.priced)
		price_to(s, addr - b->addr, NULL);
	for (uint32_t i = 0; i < b->timed->n; i++) {
		const struct sim_insn *insn = &b->timed->insn[i];

		if (insn->addr != addr)
			continue;
		s->clock.seen = true;
		s->clock.seen_addr = addr;
		s->clock.value = value_of(s, insn);
		s->clock.accesses = s->clock.addresses ?
					    (uint8_t)sim_clock_accesses(s, insn, s->clock.access) :
					    0;
	}
}

/* A rep goes round: what came before it in its block has run. */
void sim_clock_round(struct sim *s, uint32_t addr)
{
	if (s->clock.rounds && !--s->clock.rounds) {
		s->clock.rounds = 1; /* nor does the next run make another */
		sim_stop_now(s, SIM_BUDGET, "too many rounds of reps");
		s->run.stop_eip = addr;
	}
	if (addr - s->run.cur.block->addr > s->run.cur.priced)
		price_to(s, addr - s->run.cur.block->addr, NULL);
}

void sim_clock_gate(struct sim *s, uint32_t end, uint8_t next_ring)
{
	struct sim_retired r = { .ring = s->clock.ring, .next_ring = next_ring, .taken = true };

	uint64_t *to = NULL;

	if (!model(s))
		return;
	if (sim_in_block(s) && end - s->run.cur.block->addr <= s->run.cur.block->size) {
		if (end - s->run.cur.block->addr == s->run.cur.block->size)
			to = add_sum(s);
		if (!price_last(s, &r, to))
			price_to(s, end - s->run.cur.block->addr, &r);
	}
	s->clock.ring = next_ring;
}

void sim_clock_deliver(struct sim *s, const struct sim_delivered *d, uint32_t eip)
{
	uint32_t clocks[SIM_CAUSES] = { 0 };

	if (!model(s))
		return;
	sim_clock_end(s, eip); /* a single step's trap comes behind a whole block */
	model(s)->deliver(&s->clock.timing, d, clocks);
	account(s->clock.clocks.entry, clocks);
	if (s->clock.fn)
		s->clock.fn(s->clock.user, NULL, clocks, SIM_PRICED);
	s->clock.ring = d->next_ring;
}

/* ---- the outside ---- */

void sim_set_timing(struct sim *s, const struct sim_timing *timing)
{
	s->clock.timing = *timing;
	s->clock.addresses = timing->options.misalign || timing->options.tlb;
	s->clock.watched = s->clock.fn || s->clock.addresses;
	sim_spots_trace(s);
	sim_blocks_drop_all(s);
	s->space.drop_all = true;
}

void sim_limit_rounds(struct sim *s, uint64_t rounds)
{
	s->clock.rounds = rounds;
}

void sim_on_clocks(struct sim *s, sim_clock_fn fn, void *user)
{
	s->clock.fn = fn;
	s->clock.user = user;
	s->clock.watched = fn || s->clock.addresses;
	sim_doubt_blocks(s);
}

const struct sim_clocks *sim_get_clocks(const struct sim *s)
{
	return &s->clock.clocks;
}
