/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.c: which instructions ran, how often, and what came behind each block.
 *
 * The records of blocks (count.c) keep two numbers each; here they become changes of the
 * number of runs from one instruction to the next, so that a block costs the same whatever
 * its length, and records may come and go. Nothing of it is in snapshots or digests.
 */
#include "sim/counting/counting.h"

#include <stdlib.h>

enum sim_status sim_cover_start(struct sim *s, uint32_t start, uint32_t end)
{
	size_t n = (size_t)(end - start) + 1; /* what ends at the end is left there */

	if (end < start || !s->config.covered)
		return SIM_EINVAL;
	sim_cover_close(s);
	s->cover = (struct sim_cover){ start, end, calloc(n, sizeof(*s->cover.change)),
				       calloc(n, sizeof(*s->cover.left)) };
	if (!s->cover.change || !s->cover.left) {
		sim_cover_close(s);
		return SIM_ENOMEM;
	}
	s->covered = true;
	return SIM_OK;
}

void sim_cover_close(struct sim *s)
{
	free(s->cover.change);
	free(s->cover.left);
	s->cover = (struct sim_cover){ 0 };
	s->covered = false;
}

static bool inside(const struct sim *s, const struct sim_block *b)
{
	return b->addr >= s->cover.start && b->addr < s->cover.end &&
	       b->size <= s->cover.end - b->addr;
}

void sim_cover_flush(struct sim *s, struct sim_block *b)
{
	if (!s->covered)
		return;
	if (inside(s, b)) {
		uint32_t begin = b->addr - s->cover.start, end = begin + b->size;

		s->cover.change[begin] += (int64_t)b->runs;
		s->cover.change[end] -= (int64_t)b->runs;
		s->cover.left[end][0] += b->left[0];
		s->cover.left[end][1] += b->left[1];
	}
	b->runs = b->left[0] = b->left[1] = 0;
}

/* As count.c takes back: from eip to the block's end nothing ran. */
void sim_cover_settle(struct sim *s, uint32_t eip)
{
	struct sim_block *b = s->run.cur.block;

	if (eip - b->addr >= b->size) {
		b->left[eip != b->addr + b->size]++;
	} else if (inside(s, b)) {
		s->cover.change[eip - s->cover.start]--;
		s->cover.change[b->addr + b->size - s->cover.start]++;
	}
}

void sim_cover_end(struct sim *s, uint32_t eip)
{
	if (sim_in_block(s))
		s->run.cur.block->left[eip != s->run.cur.block->addr + s->run.cur.block->size]++;
}

const struct sim_cover *sim_get_cover(struct sim *s)
{
	if (s->covered)
		sim_blocks_each(s, sim_cover_flush);
	sim_cover_flush(s, &s->run.cur.kept);
	return s->covered ? &s->cover : NULL;
}
