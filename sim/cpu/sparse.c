/* SPDX-License-Identifier: GPL-2.0-only */
/* sparse.c: an array of 64-bit words of which most are 0, kept without these. */
#include "sim/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

struct sim_sparse {
	uint64_t n;
	uint64_t value[]; /* n; behind them n uint16_t: where they belong */
};

static uint64_t word(const void *bytes, size_t i)
{
	uint64_t value;

	memcpy(&value, (const uint8_t *)bytes + 8 * i, 8);
	return value;
}

struct sim_sparse *sim_sparse_new(const void *bytes, size_t words)
{
	struct sim_sparse *p;
	uint16_t *at;
	size_t n = 0;

	for (size_t i = 0; i < words; i++)
		n += word(bytes, i) != 0;
	p = malloc(sizeof(*p) + n * (sizeof(p->value[0]) + sizeof(*at)));
	if (!p)
		return NULL;
	p->n = 0;
	at = (uint16_t *)(void *)&p->value[n];
	for (size_t i = 0; i < words; i++) {
		uint64_t value = word(bytes, i);

		if (!value)
			continue;
		at[p->n] = (uint16_t)i;
		p->value[p->n++] = value;
	}
	return p;
}

void sim_sparse_get(const struct sim_sparse *p, void *bytes, size_t words)
{
	const uint16_t *at = (const uint16_t *)(const void *)&p->value[p->n];

	memset(bytes, 0, 8 * words);
	for (size_t i = 0; i < p->n; i++)
		memcpy((uint8_t *)bytes + 8 * (size_t)at[i], &p->value[i], 8);
}
