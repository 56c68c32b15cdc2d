/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile.h: a machine that suffers one hostile guest after the other: each starts from the
 * same snapshot, whose digest must come back every time, and none may end in a FAULT.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "tests/helpers/harness.h"

enum { HOSTILE_CODE = 2 * 4096 }; /* filled with int3, so that a miss is a SIGTRAP */

struct hostile {
	const char *kernel;
	sysemu_start start;
	sysemu_machine *m;
	sysemu_snapshot *snapshot;
	sysemu_digest digest;
};

/* The kernels that differ in what these tests look at. */
extern const char *const hostile_kernels[];
enum { HOSTILE_KERNELS = 3 };

struct hostile open_hostile(const char *kernel, sysemu_start start);
void close_hostile(struct hostile *h);
/* Back to the snapshot, and the digest with it. */
void hostile_restore(struct hostile *h);

/* "8b 0d AAAA": hex bytes with blanks; AAAA becomes the word, lowest byte first. */
unsigned parse_hex(const char *hex, uint32_t word, uint8_t *out, unsigned room);
/* Restores, puts the code at SYSEMU_CODE_BASE and runs it; traced, it is resumed by CONT. */
sysemu_event hostile_run(struct hostile *h, const char *hex, uint32_t word);

/*
 * The program gets this signal at this eip. Traced, it is a stop first; then, passed on, the
 * signal kills. The kernel's text and the vsyscall page are as before.
 */
void expect_signal(struct hostile *h, const char *hex, uint32_t word, int sig, uint32_t eip);

/* `test` for each of the kernels, traced and untraced. */
void each_hostile(void (*test)(struct hostile *h));

#endif
