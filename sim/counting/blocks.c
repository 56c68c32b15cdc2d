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

void sim_blocks_init(struct sim *s)
{
	struct sim_block *none = &s->run.cur.none;

	*none = (struct sim_block){ .addr = UINT32_MAX, .quick = { SIM_NOT_QUICK, SIM_NOT_QUICK } };
	none->then = none->before = none;
	sim_no_block(s);
	sim_blocks_drop_all(s);
}

void sim_blocks_free(struct sim *s)
{
	for (unsigned i = 1; i <= s->blocks.given; i++) {
		free(s->blocks.record[i].copy);
		free(s->blocks.record[i].timed);
	}
	free(s->run.cur.kept.copy);
	free(s->run.cur.kept.timed);
	free(s->regions);
}

void sim_blocks_drop_all(struct sim *s)
{
	memset(s->blocks.key, 0xff, sizeof(s->blocks.key));
	sim_doubt_blocks(s);
}

const struct sim_block *sim_block_at(const struct sim *s, uint32_t addr)
{
	uint32_t set = sim_block_set(addr);

	for (uint32_t way = 0; way < SIM_WAYS; way++) {
		if (s->blocks.key[set + way] == addr)
			return &s->blocks.record[s->blocks.number[set + way]];
	}
	return NULL;
}
