/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.h: the made-up random numbers of a machine: equal seeds, equal bytes.
 * Splitmix64, by Sebastiano Vigna (public domain): every seed is a good one.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

#endif
