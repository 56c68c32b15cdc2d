/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play_fuzz.h: scripts that nobody would write: pieces of the shipped scenarios cut, joined,
 * repeated and changed, and words of the format in any order. The n-th script of a seed is the
 * same everywhere. Used by play_test.c and play_long_test.c.
 */
#ifndef TESTS_PLAY_FUZZ_H
#define TESTS_PLAY_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define PLAY_FUZZ_MAX 4096

struct play_fuzz {
	char *corpus; /* all shipped files */
	size_t size;
	uint64_t state;
	char text[PLAY_FUZZ_MAX];
	uint64_t understood, played, passed;
};

/* Reads the shipped files of a folder. */
void play_fuzz_open(struct play_fuzz *f, const char *folder, uint64_t seed);
void play_fuzz_close(struct play_fuzz *f);
/* The next script into f->text; its size. */
size_t play_fuzz_next(struct play_fuzz *f);
/* One that is understood more often than not: a shipped scenario with a few words changed. */
size_t play_fuzz_near(struct play_fuzz *f);
/* Parses n scripts. */
void play_fuzz_parse(struct play_fuzz *f, uint64_t n);
/* Plays n scripts that were understood, each on one kernel with one entry. */
void play_fuzz_play(struct play_fuzz *f, uint64_t n);

#endif
