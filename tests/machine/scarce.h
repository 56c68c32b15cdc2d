/* SPDX-License-Identifier: GPL-2.0-only */
/* scarce.h: an allocator that fails when it is told to, in the test executables that have scarce.c in them. */
#ifndef TESTS_SCARCE_H
#define TESTS_SCARCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/helpers/harness.h"

/* From here on: the n-th allocation of the executable fails, once; 0: none. */
void alloc_arm(uint64_t n);
uint64_t alloc_count(void); /* since then */
bool alloc_failed(void);
/* How many blocks that were given out since alloc_arm are not freed? */
unsigned alloc_disarm(void);

/* Fails the test unless the call lacked memory because it was to. */
void alloc_check(const sysemu_machine *m, sysemu_status status, const char *call);
/* A call that may lack memory once, and then must not. */
#define STEP(m, call)                                 \
	do {                                          \
		sysemu_status step_ = call;           \
                                                      \
		if (step_ != SYSEMU_OK) {             \
			alloc_check(m, step_, #call); \
			OK(m, call);                  \
		}                                     \
	} while (0)

#endif
