/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_play.h: the two players, who makes cases, and who makes scenarios of them. Compared is every word of
 * struct differ_event.
 */
#ifndef TESTS_DIFFER_PLAY_H
#define TESTS_DIFFER_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <libsysemu/sysemu.h>

#include "tests/differ/differ.h"

#define DIFFER_TF 0x100u
#define DIFFER_PAGE \
	0xffffe400u /* __kernel_vsyscall, and where SYSENTER comes back: in all our kernels */
#define DIFFER_PAGE_BEHIND 0xffffe410u

/* ---- differ_ours.c ---- */
struct differ_ours;
struct differ_ours *differ_ours_open(const char *kernel); /* NULL: sysemu_errmsg(NULL) says why */
void differ_ours_close(struct differ_ours *o);
void differ_ours_play(struct differ_ours *o, const struct differ_case *c, struct differ_seen *seen);

/* ---- differ_native.c: the worker ---- */
struct differ_native;
/* command: as for execv; NULL: why it cannot. */
struct differ_native *differ_native_open(char *const command[], const char **why);
bool differ_native_int80(const struct differ_native *n); /* its page does not enter by SYSENTER */
void differ_native_close(struct differ_native *n);
/* What is asked is heard once: so both kernels can play at the same time. */
bool differ_native_ask(struct differ_native *n, const struct differ_case *c);
bool differ_native_hear(struct differ_native *n, struct differ_seen *seen);
/* The next n cases of this seed, and a digest each. */
bool differ_native_ask_batch(struct differ_native *n, uint64_t seed, uint32_t cases);
bool differ_native_hear_batch(struct differ_native *n, uint32_t cases, uint64_t *digests);

/* ---- differ_cut.c ---- */

/* How many events two kernels' cases have in common to compare; their digest. */
uint32_t differ_comparable(const struct differ_case *c, const struct differ_seen *seen);
uint64_t differ_digest(const struct differ_case *c, const struct differ_seen *seen);

/* ---- differ_make.c ---- */

/* A program is a row of snippets, each of its own random numbers, so that one can be left out. */
enum { DIFFER_SNIPPETS = 12 };
struct differ_plan {
	uint32_t n_snippets, n_stops;
	uint64_t snippets[DIFFER_SNIPPETS];
	struct differ_stop stop[DIFFER_STOPS]; /* a shrinker takes from it */
	bool sysgood;
	bool int80; /* no call by the page: a running kernel's enters by SYSCALL, which leaves other registers */
};
void differ_plan(struct differ_plan *plan, uint64_t seed, bool int80);
void differ_make(const struct differ_plan *plan, struct differ_case *c);
/* text: the program's steps; or NULL. */
void differ_write(const struct differ_plan *plan, struct differ_case *c, FILE *text);

/* ---- differ_script.c ---- */

/* A scenario that states what was seen natively up to event `at`, where ours differs; in malloc'ed memory. */
char *differ_script(const char *name, const char *kernel, const struct differ_plan *plan,
		    const struct differ_seen *ours, const struct differ_seen *native, int at);
/* Does it fail on the kernel at its last row, and there alone? */
enum { DIFFER_WHY = 600 };
bool differ_script_tells(const char *text, const char *kernel, char why[DIFFER_WHY]);

#endif
