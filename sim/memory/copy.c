/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.c: a page's content, shared by computers and snapshots, also across threads; never changed.
 * One that differs in few words from another is kept as these words.
 */
#include "sim/memory/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WORDS     (SIM_PAGE / 4)
#define FEW_WORDS 256u /* words that a copy may differ in and be kept by them */

enum { NOT_HASHED, HASHING, HASHED };

struct sim_page_copy {
	atomic_uint refs;
	atomic_uchar hash_state; /* NOT_HASHED, HASHING (by another thread), HASHED */
	uint16_t nwords;         /* with a base */
	uint8_t hash[16];
	struct sim_page_copy *base; /* a whole one; NULL: this is whole */
	uint32_t data[];            /* the page; or nwords values, and as many uint16_t: where */
};

static struct sim_page_copy zeros = { .refs = 1, .data = { [WORDS - 1] = 0 } };

struct sim_page_copy *sim_copy_zeros(void)
{
	return &zeros;
}

struct sim_page_copy *sim_copy_get(struct sim_page_copy *copy)
{
	if (copy != &zeros)
		atomic_fetch_add_explicit(&copy->refs, 1, memory_order_relaxed);
	return copy;
}

void sim_copy_put(struct sim_page_copy *copy)
{
	if (!copy || copy == &zeros ||
	    atomic_fetch_sub_explicit(&copy->refs, 1, memory_order_acq_rel) != 1)
		return;
	sim_copy_put(copy->base);
	free(copy);
}

static bool all_zero(const uint8_t *data)
{
	return data[0] == 0 && memcmp(data, data + 1, SIM_PAGE - 1) == 0;
}

static uint32_t differing(const uint32_t *a, const uint32_t *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < WORDS; i++)
		n += a[i] != b[i];
	return n;
}

static struct sim_page_copy *copy_alloc(size_t size)
{
	struct sim_page_copy *copy = malloc(sizeof(*copy) + size);

	if (!copy)
		return NULL;
	atomic_init(&copy->refs, 1);
	atomic_init(&copy->hash_state, NOT_HASHED);
	copy->base = NULL;
	copy->nwords = 0;
	return copy;
}

struct sim_page_copy *sim_copy_new(const uint8_t *data, struct sim_page_copy *like)
{
	struct sim_page_copy *base = like->base ? like->base : like, *copy;
	const uint32_t *words = (const uint32_t *)(const void *)data;
	uint32_t n;
	uint16_t *at;

	if (all_zero(data))
		return &zeros;
	n = differing(words, base->data);
	if (n > FEW_WORDS) {
		copy = copy_alloc(SIM_PAGE);
		if (copy)
			memcpy(copy->data, data, SIM_PAGE);
		return copy;
	}
	copy = copy_alloc(n * (sizeof(uint32_t) + sizeof(uint16_t)));
	if (!copy)
		return NULL;
	copy->base = sim_copy_get(base);
	at = (uint16_t *)(void *)&copy->data[n];
	for (uint32_t i = 0; i < WORDS; i++) {
		if (words[i] == base->data[i])
			continue;
		at[copy->nwords] = (uint16_t)i;
		copy->data[copy->nwords++] = words[i];
	}
	return copy;
}

void sim_copy_read(const struct sim_page_copy *copy, uint8_t *data)
{
	const uint16_t *at = (const uint16_t *)(const void *)&copy->data[copy->nwords];

	memcpy(data, copy->base ? copy->base->data : copy->data, SIM_PAGE);
	for (uint32_t i = 0; i < copy->nwords; i++)
		memcpy(data + 4 * (size_t)at[i], &copy->data[i], 4);
}

size_t sim_copy_bytes(const struct sim_page_copy *copy)
{
	size_t bytes = sizeof(*copy) + (copy->base ? copy->nwords * (size_t)6 : SIM_PAGE);

	return copy == &zeros ? 0 : bytes / atomic_load_explicit(&copy->refs, memory_order_relaxed);
}

bool sim_copy_hash(const struct sim_page_copy *copy, uint8_t hash[16])
{
	if (atomic_load_explicit(&copy->hash_state, memory_order_acquire) != HASHED)
		return false;
	memcpy(hash, copy->hash, sizeof(copy->hash));
	return true;
}

/* Computed by each thread that comes before it is published, written by one. */
void sim_copy_set_hash(struct sim_page_copy *copy, const uint8_t hash[16])
{
	unsigned char state = NOT_HASHED;

	if (!atomic_compare_exchange_strong(&copy->hash_state, &state, HASHING))
		return;
	memcpy(copy->hash, hash, sizeof(copy->hash));
	atomic_store_explicit(&copy->hash_state, HASHED, memory_order_release);
}
