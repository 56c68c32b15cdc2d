/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_program.h: programs of up to 64 random bytes, each run in two machines with
 * different pasts, whose events, counts and digests must be equal.
 */
#ifndef TESTS_RANDOM_PROGRAM_H
#define TESTS_RANDOM_PROGRAM_H

#include <stdint.h>

#include "tests/helpers/harness.h"

enum { RANDOM_SIZE = 64, RANDOM_REQUESTS = 3 };

/* xorshift64*: the state is never 0. */
uint64_t random_word(uint64_t *state);

/* All of a program, from its number alone. */
struct random_program {
	uint64_t number;
	uint8_t code[RANDOM_SIZE];
	unsigned size;
	int requests[RANDOM_REQUESTS]; /* the answers to the stops; the last repeats */
};

struct random_config {
	const char *kernel;
	sysemu_entry entry;
	sysemu_start start;
	const char *timing; /* with "insn", clocks must equal instructions, region by region */
};
extern const struct random_config random_configs[];
extern const unsigned random_nconfigs;

void random_make(struct random_program *p, uint64_t seed, uint64_t number);

/* How the programs ended. */
struct random_tally {
	uint64_t programs, events[SYSEMU_EVENT_FAULT + 1];
};

/*
 * Runs programs first, first + 1, ... (count of them) of that seed, under one configuration.
 * The second machine takes each batch backwards, and each fourth with every instruction
 * reported: neither the past nor being watched may show. Fails the test with the bytes of the first program that
 * has a FAULT or a difference.
 */
void random_run(const struct random_config *config, uint64_t seed, uint64_t first, uint64_t count,
		struct random_tally *tally);

/* Of what all of these programs end in, their events and digests; in order. */
uint64_t random_hash(const struct random_config *config, uint64_t seed, uint64_t first,
		     uint64_t count);
/* FNV-1a, begun with RANDOM_HASH. */
#define RANDOM_HASH UINT64_C(0xcbf29ce484222325)
uint64_t random_hash_add(uint64_t hash, const void *bytes, size_t size);

#endif
