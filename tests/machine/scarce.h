/* SPDX-License-Identifier: GPL-2.0-only */
/* scarce.h: an allocator that fails when it is told to, in the test executables that have scarce.c in them. */
#ifndef TESTS_SCARCE_H
#define TESTS_SCARCE_H

#include <stdbool.h>
#include <stdint.h>

/* From here on: the n-th allocation of the executable fails, once; 0: none. */
void alloc_arm(uint64_t n);
uint64_t alloc_count(void); /* since then */
bool alloc_failed(void);
/* How many blocks that were given out since alloc_arm are not freed? */
unsigned alloc_disarm(void);

#endif
