/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hosts.h: the test executables as the driver sees them, and what is known of each test.
 */
#ifndef TESTS_MUTATION_HOSTS_H
#define TESTS_MUTATION_HOSTS_H

#include "tests/mutation/host.h"

enum { HOSTS_MAX = 128 };

struct host_test {
	uint32_t host, index; /* whose, and its place there */
	char name[HOST_NAME];
	bool wanted;                /* it is to be measured */
	bool measured;              /* what follows is known */
	bool good;                  /* it passes with the right kernels */
	uint32_t cpu_us;            /* how long it took then */
	uint64_t insns;             /* and how much the guests did */
	uint8_t kernels[HOST_TEXT]; /* what it executes: struct host_watched */
};

/* Starts each executable once to hear its tests, which are put into memory that is shared with
 * later children. Ends the process with a message if one does not answer. */
struct host_test *hosts_list(char *const *executables, size_t n, uint32_t *tests);
const char *host_name(uint32_t host);

/* How a test ends with a change: asks the executable, which is started if need be. One process
 * uses these, and no other. */
struct host_answer host_try(const struct host_test *t, const struct host_change *c);
/* Runs it as it is, and fills in what it executes and takes. */
void host_measure(struct host_test *t);
void hosts_end(void);

#endif
