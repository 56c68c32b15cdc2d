/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h: what the fuzz targets share. Each target is one file here: a function of bytes that
 * any engine can call (libFuzzer, AFL++, driver.c), and that aborts when a property fails.
 * How to run them: CONTRIBUTING.md.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libsysemu/sysemu.h>

/* The target: the name that the engines want. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what did not hold and where, and aborts: that is how an engine knows. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
void fuzz_fail(const char *what, const char *file, int line) __attribute__((noreturn));

/* ---- the input, piece by piece ---- */

struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* The next `bytes` of it as a little-endian number; behind the end there are zeros. */
uint32_t fuzz_take(struct fuzz_input *in, unsigned bytes);
/* A copy of exactly this size, so that ASan sees a read behind it; free it. */
void *fuzz_copy(const uint8_t *data, size_t size);

/* ---- a machine that each input finds as the last one did ---- */

struct fuzz_machine {
	sysemu_machine *m;
	sysemu_snapshot *start;
};

/* The program in it is a page of int3; traced, it stands at its first stop. */
void fuzz_open(struct fuzz_machine *f, const char *kernel, sysemu_entry entry, sysemu_start start);
/* Back to the start. That everything is as before shows when the same run comes to the same. */
void fuzz_back(struct fuzz_machine *f);

/* What a run leads to, to be compared with that of another run of the same input. */
struct fuzz_outcome {
	sysemu_event event;
	sysemu_digest digest;
};

void fuzz_same(const struct fuzz_outcome *a, const struct fuzz_outcome *b);
/* Runs to the next event; the engine may not fail, and counts do not fall. False: the machine
 * was not to be run. */
bool fuzz_run(struct fuzz_machine *f, uint64_t max_insns, sysemu_event *out);

#endif
