/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counting.h: what has been retired, where, and what it cost: blocks and their instructions
 * (count.c), which of them (cover.c), clocks (clock.c). Told by sim/run/ and sim/delivery/.
 */
#ifndef SIM_COUNTING_COUNTING_H
#define SIM_COUNTING_COUNTING_H

#include "sim/computer.h"

/* ---- clock.c ---- */

/* All but learn and guard do nothing without a model */
bool sim_clock_learn(struct sim *s, struct sim_block *b); /* false: out of memory */
bool sim_clock_guard(struct sim *s, uint32_t addr);
/* The current block has run whole and `next` comes now. */
void sim_clock_left(struct sim *s, const struct sim_block *next);
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
	const struct sim_current *c = &s->run.cur;

	if (!s->covered)
		return;
	if (c->valid)
		c->block->left[next->addr != c->block->addr + c->block->size]++;
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

void sim_blocks_init(struct sim *s);
void sim_blocks_free(struct sim *s);
void sim_blocks_drop_all(struct sim *s);
/* A block is about to run: counts it, if its record is known and the budget allows it. */
enum sim_entry { SIM_ENTERED, SIM_UNKNOWN, SIM_TOO_LONG };
enum sim_entry sim_block_enter(struct sim *s, uint32_t addr, uint32_t size);
/* Makes the record of a block; false: out of memory. sim_block_at: the one that is there, or NULL. */
bool sim_block_learn(struct sim *s, uint32_t addr, uint32_t size);
static inline uint32_t sim_block_set(uint32_t addr)
{
	return ((addr * UINT32_C(2654435761)) >> 21) * SIM_WAYS;
}
const struct sim_block *sim_block_at(const struct sim *s, uint32_t addr);
/* The short way for what most blocks are: what came behind the current one the last time, or a
 * loop's next round. What runs between two blocks and could make `cur` void does so; a stop takes
 * the budget away. covered: a constant, as the hooks are of a computer that is, or is not. */
static inline __attribute__((always_inline)) bool sim_block_quick(struct sim *s, uint32_t addr,
								  uint32_t size, bool covered)
{
	struct sim_block *b;

	if (!s->run.cur.valid)
		return false;
	b = s->run.cur.block->then;
	if (b->addr != addr)
		b = s->run.cur.block;
	if (b->addr != addr || b->size != size || b->quick != s->space.epoch ||
	    s->counts.total + b->insns > s->run.limit)
		return false;
	s->run.resumed = false;
	s->counts.total += b->insns;
	*b->region += b->insns;
	if (covered)
		sim_cover_pass(s, b);
	s->run.cur.block = b;
	return true;
}

/* The same with clocks, or coverage. */
bool sim_block_known(struct sim *s, uint32_t addr, uint32_t size);
/* Has all of the current block run, and has nobody anything to do behind it? */
static inline bool sim_ran_whole(const struct sim *s, uint32_t eip)
{
	return s->run.cur.valid && !s->clock.timing.model &&
	       eip - s->run.cur.block->addr >= s->run.cur.block->size;
}
/* The current block ended before `eip`: takes back what did not run. */
void sim_count_settle(struct sim *s, uint32_t eip);
/* The region of addr, and the first address behind it that may belong to another. */
unsigned sim_region_of(const struct sim *s, uint32_t addr, uint32_t *end);

#endif
