/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * computer.c: the part of host.c that stands between the library and the computer (the linker's
 * --wrap): counts and limits what guests execute, and sees where they were.
 */
#include <string.h>
#include <unistd.h>

#include "sim/computer.h"
#include "sim/counting/counting.h"
#include "tests/mutation/host.h"

enum sim_stop __real_sim_run(struct sim *s, uint64_t max_insns);
enum sim_stop __wrap_sim_run(struct sim *s, uint64_t max_insns);
enum sim_stop __real_sim_run_past_breaks(struct sim *s, uint64_t max_insns);
enum sim_stop __wrap_sim_run_past_breaks(struct sim *s, uint64_t max_insns);
enum sim_entry __real_sim_block_enter(struct sim *s, uint32_t addr, uint32_t size);
enum sim_entry __wrap_sim_block_enter(struct sim *s, uint32_t addr, uint32_t size);

static struct host_watched *watched; /* NULL: this is an ordinary test */
static bool watching;
static uint64_t budget; /* 0: none */

void host_begin(const struct host_question *q, struct host_watched *into)
{
	watched = into;
	watching = q->watch;
	budget = q->insns;
	if (q->change.size)
		host_change_image(&q->change);
}

/* ---- what the computer is asked for ---- */

/* Every machine runs within what is left of the budget. */
static enum sim_stop run_within(struct sim *s, uint64_t max_insns,
				enum sim_stop (*run)(struct sim *, uint64_t))
{
	uint64_t before, left;
	enum sim_stop stop;

	if (!watched)
		return run(s, max_insns);
	before = sim_get_counts(s)->total;
	left = budget > watched->insns ? budget - watched->insns : 1;
	if (budget && (!max_insns || max_insns > left))
		max_insns = left;
	stop = run(s, max_insns);
	watched->insns += sim_get_counts(s)->total - before;
	if (budget && stop == SIM_BUDGET && watched->insns + SIM_BLOCK_MAX >= budget)
		_exit(HOST_ENDLESS);
	return stop;
}

enum sim_stop __wrap_sim_run(struct sim *s, uint64_t max_insns)
{
	return run_within(s, max_insns, __real_sim_run);
}

enum sim_stop __wrap_sim_run_past_breaks(struct sim *s, uint64_t max_insns)
{
	return run_within(s, max_insns, __real_sim_run_past_breaks);
}

/* With processes some instructions are others, from its opening on; another kernel's lie elsewhere. */
static bool is_alike(const uint8_t *text, const uint8_t *memory)
{
	uint32_t others = 0;

	for (uint32_t i = 0; i < HOST_KNOWN; i++)
		others += text[i] != memory[i];
	return others < HOST_KNOWN / 16;
}

static uint8_t look_for_kernels(const uint8_t *memory)
{
	static const uint8_t *text[HOST_KERNELS];
	uint8_t which = 0;

	for (uint32_t i = 0; i < HOST_KERNELS; i++) {
		if (!text[i])
			text[i] = host_code(i);
		if (text[i] && memcmp(text[i], memory, HOST_KNOWN) == 0)
			which |= (uint8_t)(1u << i);
	}
	for (uint32_t i = 0; !which && i < HOST_KERNELS; i++)
		if (text[i] && is_alike(text[i], memory))
			which = (uint8_t)(1u << i);
	return which;
}

/* The kernels whose code this memory holds: mostly those of the block before. */
static uint8_t kernels_in(const struct sim *s)
{
	const uint8_t *memory = s->space.ram + HOST_BASE;
	static uint8_t before[HOST_KNOWN], which;

	if (memcmp(before, memory, HOST_KNOWN) != 0) {
		memcpy(before, memory, HOST_KNOWN);
		which = look_for_kernels(memory);
	}
	return which;
}

/* Called when a machine meets a block for the first time, and now and then again. */
enum sim_entry __wrap_sim_block_enter(struct sim *s, uint32_t addr, uint32_t size)
{
	if (watching && addr - HOST_BASE < HOST_TEXT) {
		uint8_t which = kernels_in(s);

		for (uint32_t at = addr - HOST_BASE; at < addr - HOST_BASE + size; at++)
			if (at < HOST_TEXT)
				watched->kernels[at] |= which;
	}
	return __real_sim_block_enter(s, addr, size);
}
