/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counting.h: what has been retired, where, and what it cost: blocks and their instructions
 * (count.c), which of them (cover.c), clocks (clock.c). Told by sim/run/ and sim/delivery/.
 */
#ifndef SIM_COUNTING_COUNTING_H
#define SIM_COUNTING_COUNTING_H

#include "sim/cpu/cpu.h"

/* ---- clock.c ---- */

/* All but learn and guard do nothing without a model */
bool sim_clock_learn(struct sim *s, struct sim_block *b); /* false: out of memory */
bool sim_clock_guard(struct sim *s, uint32_t addr);
/* The current block has run whole and `next` comes now. */
void sim_clock_left(struct sim *s, const struct sim_block *next);
/* The same where its price is known and nothing of it has been priced. */
static inline void sim_clock_pass(const struct sim_block *b, const struct sim_block *next)
{
	uint64_t base = b->price.to[SIM_BASE] + b->price.base;

	if (next->addr != b->price.goes_on) {
		base += (uint64_t)(int64_t)b->price.taken;
		b->price.to[SIM_M] += (uint64_t)b->price.m * next->components;
	}
	b->price.to[SIM_BASE] = base;
}
void sim_clock_end(struct sim *s, uint32_t eip);
/* It has run up to eip. */
void sim_clock_settle(struct sim *s, uint32_t eip);
void sim_clock_round(struct sim *s, uint32_t addr);
/* The instruction at addr is about to run. */
void sim_clock_before(struct sim *s, uint32_t addr);
/* The one that ends at `end` leads through a gate, or is sysenter. */
void sim_clock_gate(struct sim *s, uint32_t end, uint8_t next_ring);
/* What an instruction that is about to run will read and write. */
unsigned sim_clock_accesses(struct sim *s, const struct sim_insn *i, struct sim_access *out);
void sim_clock_deliver(struct sim *s, const struct sim_delivered *d, uint32_t eip);
/* ---- cover.c ---- */

/* `next` comes behind the current block. */
static inline __attribute__((always_inline)) void sim_cover_pass(struct sim *s,
								 struct sim_block *next)
{
	struct sim_block *b = s->run.cur.block; /* or none, of which nobody asks */

	if (!s->covered)
		return;
	b->left[next->addr != b->addr + b->size]++;
	next->runs++;
}

/* Takes over what a record has counted, which is 0 then. */
void sim_cover_flush(struct sim *s, struct sim_block *b);
/* The current block was left at `eip`. */
void sim_cover_settle(struct sim *s, uint32_t eip);
/* The run ended at `eip`; if no settling said otherwise, behind a whole block. */
void sim_cover_end(struct sim *s, uint32_t eip);
void sim_cover_close(struct sim *s);

/* ---- count.c ---- */

bool sim_blocks_init(struct sim *s); /* false: out of memory */
void sim_blocks_free(struct sim *s);
void sim_blocks_drop_all(struct sim *s);
/* A block is about to run: counts it, if its record is known and the budget allows it. */
enum sim_entry { SIM_ENTERED, SIM_UNKNOWN, SIM_TOO_LONG };
enum sim_entry sim_block_enter(struct sim *s, uint32_t addr, uint32_t size);
/* Makes the record of a block; false: out of memory. */
bool sim_block_learn(struct sim *s, uint32_t addr, uint32_t size);
static inline struct sim_block_set *sim_block_set(const struct sim *s, uint32_t addr)
{
	return &s->blocks.set[(addr * UINT32_C(2654435761)) >> (32 - s->blocks.bits)];
}
/* The record that is there, or NULL. */
static inline struct sim_block *sim_block_at(const struct sim *s, uint32_t addr)
{
	const struct sim_block_set *set = sim_block_set(s, addr);

	for (uint32_t way = 0; way < SIM_WAYS; way++) {
		if (set->key[way] == addr)
			return set->record[way];
	}
	return NULL;
}
/* The place for that record: its own, a free one, or another's. NULL: out of memory. */
struct sim_block *sim_block_place(struct sim *s, uint32_t addr, uint32_t **key);
void sim_blocks_each(struct sim *s, void (*fn)(struct sim *s, struct sim_block *b));
/* The run stands at resume_eip, and nothing has run. */
static inline void sim_resumed_here(struct sim *s)
{
	s->run.resumed = true;
	s->run.first_budget = s->run.budget;
}

/* The short ways for what most blocks are: what came behind the current one the last times, or a
 * loop's next round. Takes it from the budget, which a stop has taken away. NULL, and nothing
 * changed: it is another, or needs more. */
static inline __attribute__((always_inline)) struct sim_block *sim_block_next(struct sim *s,
									      uint32_t addr,
									      uint32_t size,
									      bool timed)
{
	struct sim_block *b = s->run.cur.block->then;

	if (__builtin_expect(b->addr != addr, 0)) {
		b = s->run.cur.block;
		if (b->addr != addr)
			b = b->before;
	}
	if (b->addr != addr || b->quick[timed] != size)
		return NULL;
	s->run.budget -= b->insns;
	if (s->run.budget >= 0)
		return b;
	__asm__("" : "+m"(s->run.budget)); /* so that it is one instruction that subtracts */
	s->run.budget += b->insns;
	return NULL;
}

/* covered: a constant, as the hooks are of a computer that is, or is not. */
static inline __attribute__((always_inline)) bool sim_block_quick(struct sim *s, uint32_t addr,
								  uint32_t size, bool covered)
{
	struct sim_block *b = sim_block_next(s, addr, size, false);

	if (!b)
		return false;
	*b->region += b->insns;
	if (covered)
		sim_cover_pass(s, b);
	s->run.cur.block = b;
	return true;
}

/* The same with clocks, without coverage, behind a block of a known price or one that is priced. */
static inline bool sim_block_timed(struct sim *s, uint32_t addr, uint32_t size)
{
	const struct sim_block *c = s->run.cur.block;
	struct sim_block *b;

	if (s->run.cur.priced < c->size && (s->run.cur.priced || !c->fixed))
		return false;
	b = sim_block_next(s, addr, size, true);
	if (!b)
		return false;
	if (!s->run.cur.priced)
		sim_clock_pass(c, b);
	s->run.cur.priced = 0;
	*b->region += b->insns;
	s->run.cur.block = b;
	return true;
}

/* Has all of the current block run, and has nobody anything to do behind it? */
static inline bool sim_ran_whole(const struct sim *s, uint32_t eip)
{
	return sim_in_block(s) &&
	       (!s->clock.timing.model || s->run.cur.priced >= s->run.cur.block->size) &&
	       eip - s->run.cur.block->addr >= s->run.cur.block->size;
}
/* The current block ended before `eip`: takes back what did not run. */
void sim_count_settle(struct sim *s, uint32_t eip);
/* The region of addr, and the first address behind it that may belong to another. */
unsigned sim_region_of(const struct sim *s, uint32_t addr, uint32_t *end);

#endif
