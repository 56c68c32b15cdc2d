/* SPDX-License-Identifier: GPL-2.0-only */
/* blocks.c: the records of blocks, and which region an address lies in. count.c fills them. */
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- regions ---- */

enum sim_status sim_set_regions(struct sim *s, const struct sim_range *ranges, size_t n,
				unsigned elsewhere)
{
	struct sim_range *copy;

	for (size_t i = 0; i < n; i++) {
		if (ranges[i].start > ranges[i].end || ranges[i].region >= SIM_REGIONS ||
		    (i && ranges[i].start < ranges[i - 1].end))
			return SIM_EINVAL;
	}
	if (elsewhere >= SIM_REGIONS)
		return SIM_EINVAL;
	copy = malloc((n + !n) * sizeof(*copy));
	if (!copy)
		return SIM_ENOMEM;
	if (n)
		memcpy(copy, ranges, n * sizeof(*copy));
	free(s->regions);
	s->regions = copy;
	s->nregions = n;
	s->elsewhere = elsewhere;
	sim_blocks_drop_all(s);
	return SIM_OK;
}

unsigned sim_region_of(const struct sim *s, uint32_t addr, uint32_t *end)
{
	size_t low = 0, high = s->nregions;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->regions[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < s->nregions && s->regions[low].start <= addr) {
		*end = s->regions[low].end;
		return s->regions[low].region;
	}
	*end = low < s->nregions ? s->regions[low].start : UINT32_MAX;
	return s->elsewhere;
}

/* ---- records ---- */

#define FIRST_BITS 6u
#define RECORDS    63u

/* Records do not move: they point to each other, and the run to one. */
struct sim_block_chunk {
	struct sim_block_chunk *next;
	unsigned used; /* in the order of their need, so that a path's lie together */
	struct sim_block record[RECORDS];
};

static struct sim_block_set *new_sets(unsigned bits)
{
	struct sim_block_set *set = calloc((size_t)1 << bits, sizeof(*set));

	for (size_t i = 0; set && i < (size_t)1 << bits; i++)
		memset(set[i].key, 0xff, sizeof(set[i].key));
	return set;
}

bool sim_blocks_init(struct sim *s)
{
	struct sim_block *none = &s->run.cur.none;

	*none = (struct sim_block){ .addr = UINT32_MAX, .quick = { SIM_NOT_QUICK, SIM_NOT_QUICK } };
	none->then = none->before = none;
	sim_no_block(s);
	sim_doubt_blocks(s);
	s->blocks.bits = FIRST_BITS;
	s->blocks.set = new_sets(FIRST_BITS);
	return s->blocks.set;
}

void sim_blocks_each(struct sim *s, void (*fn)(struct sim *s, struct sim_block *b))
{
	for (struct sim_block_chunk *c = s->blocks.chunks; c; c = c->next) {
		for (unsigned i = 0; i < c->used; i++)
			fn(s, &c->record[i]);
	}
}

static void free_parts(struct sim *s, struct sim_block *b)
{
	(void)s;
	free(b->copy);
	free(b->timed);
}

void sim_blocks_free(struct sim *s)
{
	sim_blocks_each(s, free_parts);
	free_parts(s, &s->run.cur.kept);
	for (struct sim_block_chunk *c = s->blocks.chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(s->blocks.set);
	free(s->regions);
}

void sim_blocks_drop_all(struct sim *s)
{
	for (size_t i = 0; i < (size_t)1 << s->blocks.bits; i++)
		memset(s->blocks.set[i].key, 0xff, sizeof(s->blocks.set[i].key));
	sim_doubt_blocks(s);
}

static struct sim_block *new_record(struct sim *s)
{
	struct sim_block_chunk *c = s->blocks.chunks;

	if (!c || c->used == RECORDS) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->next = s->blocks.chunks;
		s->blocks.chunks = c;
	}
	return &c->record[c->used++];
}

/* In the set: where it is, else the last free place; SIM_WAYS: there is none. */
static unsigned way_for(const struct sim_block_set *set, uint32_t addr)
{
	unsigned found = SIM_WAYS;

	for (unsigned way = 0; way < SIM_WAYS; way++) {
		if (set->key[way] == addr)
			return way;
		if (set->key[way] == SIM_NO_BLOCK)
			found = way;
	}
	return found;
}

/* Twice the sets: each one's records, known or free, are in two of them then. */
static bool grow(struct sim *s)
{
	struct sim_block_set *old = s->blocks.set;
	struct sim_block_set *wider = new_sets(s->blocks.bits + 1);

	if (!wider)
		return false;
	s->blocks.set = wider;
	s->blocks.bits++;
	for (size_t i = 0; i < (size_t)1 << (s->blocks.bits - 1); i++) {
		unsigned used[2] = { 0, 0 };

		for (unsigned way = 0; way < SIM_WAYS; way++) {
			uint32_t key = old[i].key[way];
			unsigned half = key == SIM_NO_BLOCK ?
						used[1] < used[0] :
						sim_block_set(s, key) == &wider[2 * i + 1];
			struct sim_block_set *to = &wider[2 * i + half];

			to->key[used[half]] = key;
			to->record[used[half]++] = old[i].record[way];
		}
	}
	free(old);
	return true;
}

struct sim_block *sim_block_place(struct sim *s, uint32_t addr, uint32_t **key)
{
	struct sim_block_set *set = sim_block_set(s, addr);
	unsigned way = way_for(set, addr);

	while (way == SIM_WAYS && s->blocks.bits < SIM_SET_BITS && grow(s)) {
		set = sim_block_set(s, addr);
		way = way_for(set, addr);
	}
	if (way == SIM_WAYS)
		way = s->blocks.next_way++ % SIM_WAYS;
	if (!set->record[way])
		set->record[way] = new_record(s);
	*key = &set->key[way];
	return set->record[way];
}
