/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count.c: how many instructions have been retired, and where.
 *
 * The engine reports each block before it runs; its instructions are counted then, and
 * what a fault or a stop keeps from running is taken back (sim_count_settle). A rep
 * instruction counts once, when it is complete. It knows neither engine nor decoder:
 * the blocks come from hooks.c, where instructions begin from length.c.
 */
#include "sim/code/code.h"
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

/* Is there a boundary between instructions at `offset`? */
static bool boundary(const uint8_t *code, uint32_t offset)
{
	return sim_whole_insns(code, offset) == offset;
}

/* For blocks that span regions: an instruction belongs to where it starts. */
static void add_split(struct sim *s, const uint8_t *code, uint32_t size, uint32_t addr, int sign)
{
	uint32_t at = 0;

	while (at < size) {
		uint32_t end, part, count;
		unsigned region = sim_region_of(s, addr + at, &end);

		part = end - (addr + at) < size - at ? end - (addr + at) : size - at;
		while (part < size - at && !boundary(code + at, part))
			part++;
		count = sim_count_range(code + at, part);
		s->counts->region[region] += (uint64_t)((int64_t)count * sign);
		at += part;
	}
}

/* ---- records of blocks ---- */

/* The address of the rep string instruction that ends the block, or 0. */
static uint32_t ending_rep(const uint8_t *code, uint32_t size, uint32_t addr)
{
	uint8_t op = code[size - 1];
	bool string = (op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf) ||
		      (op >= 0x6c && op <= 0x6f);
	uint32_t start = size - 1;
	bool rep = false;

	while (string && start > 0 && size - start < 15 && sim_prefixes(code + start - 1, 1)) {
		start--;
		rep = rep || code[start] == 0xf2 || code[start] == 0xf3;
	}
	/* A prefix before it may be the end of another instruction. */
	while (rep && start < size - 1 && !boundary(code, start))
		start++;
	return rep && start < size - 1 ? addr + start : 0;
}

/* Code that the guest can change is kept, to be compared each time it runs. */
static bool keep_copy(const struct sim *s, struct sim_block *b)
{
	bool writable = (s->space.pte[b->addr / SIM_PAGE] |
			 s->space.pte[(b->addr + b->size - 1) / SIM_PAGE]) &
			PTE_WRITE;

	if (!writable) {
		free(b->copy);
		b->copy = NULL;
		b->copy_size = 0;
		return true;
	}
	if (b->copy_size < b->size) {
		free(b->copy);
		b->copy = malloc(b->size + SIM_INSN_ROOM);
		b->copy_size = b->copy ? b->size : 0;
	}
	if (b->copy)
		memcpy(b->copy, s->space.ram + b->addr, b->size + SIM_INSN_ROOM);
	return b->copy != NULL;
}

/* Ages only grow, so the sum changes with either. A block may reach into a second page. */
static uint64_t age_of(const struct sim *s, uint32_t addr, uint32_t size)
{
	return s->space.page_age[addr / SIM_PAGE % SIM_AGES] +
	       s->space.page_age[(addr + size - 1) / SIM_PAGE % SIM_AGES];
}

/* The record is needed for another block, or for other bytes, while its block is the one that
 * runs: what ran is kept aside. */
static void keep_current(struct sim *s, struct sim_block *b)
{
	struct sim_current *c = &s->run.cur;

	if (c->block != b)
		return;
	sim_cover_flush(s, &c->kept);
	free(c->kept.copy);
	free(c->kept.timed);
	c->kept = *b;
	c->kept.quick[0] = c->kept.quick[1] = SIM_NOT_QUICK;
	c->block = &c->kept;
	b->copy = NULL;
	b->timed = NULL;
	b->copy_size = 0;
}

bool sim_block_learn(struct sim *s, uint32_t addr, uint32_t size)
{
	uint32_t *key, end;
	const uint8_t *code = s->space.ram + addr;
	struct sim_block *b = sim_block_place(s, addr, &key);
	unsigned region = sim_region_of(s, addr, &end);

	if (!b) {
		s->no_memory = true;
		return false;
	}
	sim_cover_flush(s, b);
	keep_current(s, b);
	*key = SIM_NO_BLOCK;
	b->addr = addr;
	b->size = size;
	b->age = age_of(s, addr, size);
	b->quick[0] = b->quick[1] = SIM_NOT_QUICK;
	b->then = b->before = b;
	if (!keep_copy(s, b)) {
		s->no_memory = true;
		return false;
	}
	b->insns = sim_count_range(code, size);
	b->rep = ending_rep(code, size, addr);
	b->region = end - addr >= size ? &s->counts->region[region] : NULL;
	if (s->clock.timing.model && !sim_clock_learn(s, b)) {
		s->no_memory = true;
		return false;
	}
	b->plain = !b->copy && !b->rep && b->region && b->insns;
	s->space.pte[addr / SIM_PAGE] |= PTE_CODE;
	s->space.pte[(addr + size - 1) / SIM_PAGE] |= PTE_CODE;
	*key = addr;
	return true;
}

/* ---- counting ---- */

/* A store into its own block makes some engines start over at the storing instruction, which has
 * not run then. Nothing else but a rep and a jump is followed by itself; and of these jumps only
 * a call stores, and then moves esp. */
static bool starts_over(struct sim *s, uint32_t addr)
{
	const struct sim_block *c = s->run.cur.block;
	const uint8_t *code;

	if (addr != s->run.begun || !c->copy || addr - c->addr >= c->size)
		return false;
	code = c->copy + (addr - c->addr);
	return !sim_is_jump(code) ||
	       (sim_is_call(code) && s->run.begun_esp == sim_reg_get(s, SIM_ESP));
}

/* Does the rep go on that ends the block? It may have overwritten itself. */
static bool next_round(const struct sim *s, uint32_t addr)
{
	const struct sim_block *c = s->run.cur.block;

	return sim_in_block(s) && c->rep == addr && addr &&
	       (!c->copy || memcmp(c->copy + (addr - c->addr), s->space.ram + addr,
				   c->size - (addr - c->addr)) == 0);
}

/* The clocks of the block that ran, now that it is known what comes behind it. */
static void leave(struct sim *s, const struct sim_block *next, bool round)
{
	if (round)
		sim_clock_round(s, next->addr);
	else
		sim_clock_left(s, next);
}

/* Counts a block, other than a run's first, that needs nothing else, if the budget allows it. */
static bool count_plain(struct sim *s, struct sim_block *b)
{
	if (!b->plain || s->run.budget < b->insns)
		return false;
	if (s->clock.timing.model) {
		if (sim_in_block(s))
			sim_clock_left(s, b);
		s->run.cur.priced = 0;
	}
	s->run.budget -= b->insns;
	*b->region += b->insns;
	return true;
}

/* It has been found valid, and is so until sim_doubt_blocks. */
static void trust(struct sim *s, struct sim_block *b)
{
	bool timed = s->clock.timing.model != NULL;

	if (!b->plain || (timed && s->clock.watched))
		return;
	b->quick[timed] = b->size;
	if (b->trusted)
		return;
	b->trusted = true;
	b->next_trusted = s->blocks.trusted;
	s->blocks.trusted = b;
}

enum sim_entry sim_block_enter(struct sim *s, uint32_t addr, uint32_t size)
{
	struct sim_current *c = &s->run.cur;
	struct sim_block *b = sim_block_at(s, addr);
	bool round, over;

	if (!b || b->size != size || b->age != age_of(s, addr, size))
		return SIM_UNKNOWN;
	trust(s, b);
	if (!s->run.first_block && count_plain(s, b)) {
		if (sim_in_block(s) && c->block->then != b) {
			c->block->before = c->block->then;
			c->block->then = b;
		}
		sim_cover_pass(s, b);
		c->block = b;
		return SIM_ENTERED;
	}
	if (b->copy && memcmp(b->copy, s->space.ram + addr, size) != 0)
		return SIM_UNKNOWN;
	round = next_round(s, addr);
	over = sim_in_block(s) && !round &&
	       ((addr && addr == c->block->rep) || starts_over(s, addr));
	if (over) /* before the budget is asked: that instruction has not run */
		sim_count_settle(s, addr);
	if (!s->run.first_block) {
		s->run.resumed =
			over && addr == s->run.resume_eip; /* its breakpoint has been passed */
		if (s->run.budget < b->insns && !round)
			return SIM_TOO_LONG;
	}
	s->run.first_block = false;
	if (s->clock.timing.model && sim_in_block(s))
		leave(s, b, round);
	if (!round)
		sim_cover_pass(s, b);
	c->priced = 0;
	c->block = b;
	s->run.in_round = round;
	if (round)
		return SIM_ENTERED;
	s->run.budget -= b->insns;
	s->run.first_budget = s->run.budget;
	if (b->region)
		*b->region += b->insns;
	else
		add_split(s, s->space.ram + addr, size, addr, 1);
	return SIM_ENTERED;
}

void sim_count_settle(struct sim *s, uint32_t eip)
{
	const struct sim_block *b = s->run.cur.block;
	uint32_t ran, less, end;
	const uint8_t *code;
	unsigned region;

	if (!sim_in_block(s))
		return;
	if (s->clock.timing.model)
		sim_clock_settle(s, eip);
	if (s->covered)
		sim_cover_settle(s, eip);
	sim_no_block(s);
	ran = eip - b->addr;
	if (ran >= b->size)
		return;
	/* The copy is what ran; the code itself may have changed meanwhile. */
	code = b->copy ? b->copy : s->space.ram + b->addr;
	less = b->insns - sim_count_range(code, ran);
	s->run.budget += less;
	region = sim_region_of(s, b->addr, &end);
	if (end - b->addr >= b->size) {
		s->counts->region[region] -= less;
	} else {
		add_split(s, code, b->size, b->addr, -1);
		add_split(s, code, ran, b->addr, 1);
	}
}

const struct sim_counts *sim_get_counts(struct sim *s)
{
	if (s->cpu.running)
		s->counts->total = s->run.end - (uint64_t)s->run.budget;
	return s->counts;
}
