/* SPDX-License-Identifier: GPL-2.0-only */
/* copy.c: a page's content, shared by computers and snapshots, also across threads; never changed. */
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <string.h>

struct sim_page_copy sim_zeros = { .refs = 1 };

void sim_copy_put(struct sim_page_copy *copy)
{
	if (copy && copy != &sim_zeros &&
	    atomic_fetch_sub_explicit(&copy->refs, 1, memory_order_acq_rel) == 1)
		free(copy);
}

static bool all_zero(const uint8_t *data)
{
	return data[0] == 0 && memcmp(data, data + 1, SIM_PAGE - 1) == 0;
}

bool sim_copy_new(const uint8_t *data, struct sim_page_copy **out)
{
	struct sim_page_copy *copy = &sim_zeros;

	if (!all_zero(data)) {
		copy = malloc(sizeof(*copy));
		if (!copy)
			return false;
		atomic_init(&copy->refs, 1);
		atomic_init(&copy->hash_state, SIM_NOT_HASHED);
		memcpy(copy->data, data, SIM_PAGE);
	}
	*out = copy;
	return true;
}
