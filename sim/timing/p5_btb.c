/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p5_btb.c: the Pentium's branch target buffer: 256 entries, 4 ways, two bits each that count how
 * often the branch was taken of late. A branch without an entry is expected to go on; one that
 * jumps gets an entry at the highest count. Expected to jump is who counts 2 or 3.
 *
 * Intel says no more. Taken here: the set is that of address bits 2 to 7; the way that
 * a set fills next is the one behind the last it filled; an entry keeps its latest target, and
 * a wrong target is a wrong prediction. Measurements, Agner Fog's, found a counter less
 * regular than this one.
 */
#include "sim/timing/p5.h"

/* An entry is two words: the branch's address, whose bits of the set are free to hold the
 * count and that there is an entry at all; and the target. */
enum { SETS = 64, WAYS = 4, ENTRY = 2, NEXT_WAY = SETS * WAYS * ENTRY };
enum { SET_BITS = 0xfc, VALID = 1 << 2, COUNT = 3 << 3, ONE = 1 << 3 };

_Static_assert(SIM_P5_BTB + NEXT_WAY + SETS * 2 / 32 <= SIM_TIMING_STATE, "it has to fit");

static uint32_t set_of(uint32_t addr)
{
	return addr >> 2 & (SETS - 1);
}

static uint32_t *find(uint32_t *btb, uint32_t addr)
{
	uint32_t *entry = btb + set_of(addr) * WAYS * ENTRY;

	for (unsigned way = 0; way < WAYS; way++, entry += ENTRY)
		if ((entry[0] & ~(uint32_t)COUNT) == ((addr & ~(uint32_t)SET_BITS) | VALID))
			return entry;
	return NULL;
}

static void add(uint32_t *btb, uint32_t addr, uint32_t target)
{
	uint32_t set = set_of(addr), shift = set % 16 * 2;
	uint32_t *next = btb + NEXT_WAY + set / 16, way = *next >> shift & 3;
	uint32_t *entry = btb + (set * WAYS + way) * ENTRY;

	entry[0] = (addr & ~(uint32_t)SET_BITS) | VALID | COUNT;
	entry[1] = target;
	*next = (*next & ~(3u << shift)) | (way + 1) % WAYS << shift;
}

/* 0 where nobody knows it: nothing can be executed there. */
static uint32_t target(const struct sim_retired *r)
{
	return r->next ? r->next->addr : 0;
}

bool sim_p5_predicts(uint32_t *btb, const struct sim_retired *r)
{
	uint32_t *entry = find(btb, r->insn->addr);
	bool expected = entry && (entry[0] & COUNT) >= 2 * ONE;
	bool right = expected == r->taken && (!r->taken || entry[1] == target(r));

	if (!entry) {
		if (r->taken)
			add(btb, r->insn->addr, target(r));
		return right;
	}
	if (r->taken) {
		entry[0] += (entry[0] & COUNT) == COUNT ? 0 : ONE;
		entry[1] = target(r);
	} else {
		entry[0] -= entry[0] & COUNT ? ONE : 0;
	}
	return right;
}
