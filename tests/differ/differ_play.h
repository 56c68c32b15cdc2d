/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_play.h: the two players, who makes cases, and who makes them shorter. Exact to what is compared: every
 * word of struct differ_event but those that differ_same says.
 */
#ifndef TESTS_DIFFER_PLAY_H
#define TESTS_DIFFER_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <libsysemu/sysemu.h>

#include "tests/differ/differ.h"

/* ---- differ_ours.c ---- */
struct differ_ours;
struct differ_ours *differ_ours_open(const char *kernel); /* NULL: sysemu_errmsg(NULL) says why */
void differ_ours_close(struct differ_ours *o);
void differ_ours_play(struct differ_ours *o, const struct differ_case *c, struct differ_seen *seen);

/* ---- differ_native.c: the worker ---- */
struct differ_native;
struct differ_native *differ_native_open(const char *worker, const char **why);
void differ_native_close(struct differ_native *n);
bool differ_native_play(struct differ_native *n, const struct differ_case *c,
			struct differ_seen *seen);

/* ---- differ_make.c ---- */

/* A program is a row of snippets, each of its own random numbers, so that one can be left out. */
enum { DIFFER_SNIPPETS = 12 };
struct differ_plan {
	uint32_t n_snippets, n_stops;
	uint64_t snippets[DIFFER_SNIPPETS], stops[DIFFER_STOPS];
	struct differ_stop stop[DIFFER_STOPS]; /* what the numbers mean; a shrinker takes from it */
	bool sysgood;
};
void differ_plan(struct differ_plan *plan, uint64_t seed);
void differ_make(const struct differ_plan *plan, struct differ_case *c);
void differ_print(FILE *out, const struct differ_plan *plan, const struct differ_case *c);
void differ_print_event(FILE *out, const struct differ_event *e);

#endif
