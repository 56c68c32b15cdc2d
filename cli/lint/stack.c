/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack.c: the ways out: was there a look at the flags, and does esp lead to the frame? If
 * not, the way is gone back to where it left those that are right, and the push (or pop) that
 * they do not have is named.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint/paths.h"

#define RULE_STACK  "stack"
#define RULE_WINDOW "window"

/* ---- the flags ---- */

/* "do_debug" of "call do_debug" at addr; "" if it is no such call. */
static const char *called(const struct lint_image *img, uint32_t addr)
{
	uint32_t start, end;
	struct lint_insn i;
	const char *name = NULL;

	if (lint_decode(img, addr, &i) && i.op == 0xe8)
		name = lint_function(img, lint_target(&i), &start, &end);
	return name ? name : "";
}

static void window(struct lint_ways *w, const struct lint_state *s)
{
	const struct lint_image *img = w->report->img;
	const char *function = called(img, s->stale_at), *see;
	struct lint_insn i;

	see = !strcmp(function, "do_debug") ?
		      "play --scenario junk-in-eax-delays-a-step scenarios/entry.play" :
	      !strcmp(function, "do_int3") ?
		      "play --scenario junk-in-eax-delays-the-trap scenarios/later.play" :
		      "play --scenario set-behind-the-last-look scenarios/entry.play";
	if (!lint_decode(img, s->stale_at, &i))
		return;
	lint_say(w->report, LINT_FINDING, RULE_WINDOW, s->stale_at, see,
		 "%s%s: a flag that is set from here on is not seen: a way leads to iret without "
		 "another look, interrupts off, at the flags",
		 function[0] ? "call " : i.text, function);
}

/* ---- the stack ---- */

static bool is_level(const struct lint_state *s)
{
	return s->base == LINT_FRAME ? s->level == 0 :
				       /* a frame of a program's, or of the kernel's own */
				       s->base == LINT_TOP && (s->level == -20 || s->level == -12);
}

void lint_way_out(struct lint_ways *w, const struct lint_state *s, bool iret)
{
	struct lint_end *ends;

	if (!s->fresh && !s->into_kernel)
		window(w, s);
	if (!iret)
		return; /* sysexit takes esp from a register */
	if (s->base == LINT_LOST) {
		struct lint_insn i;

		if (lint_decode(w->report->img, s->lost_at, &i))
			lint_say(w->report, LINT_NOTE, RULE_STACK, s->lost_at, NULL,
				 "%s: where esp leads is not known from here on: the stack is not "
				 "proved level at iret",
				 i.text);
		return;
	}
	ends = lint_grow(w->ends, &w->room_ends, w->n_ends, sizeof(*ends));
	if (!ends) {
		w->report->failed = true;
		return;
	}
	w->ends = ends;
	w->ends[w->n_ends++] = (struct lint_end){ s->from, is_level(s) };
}

/* Is there a state at this address, and with this level, on a way that ends well? `good` has
 * one bit for each state. */
static const struct lint_state *good_at(const struct lint_ways *w, const uint8_t *good,
					const struct lint_state *s, bool same_level)
{
	const struct lint_state *found = NULL;

	for (size_t i = w->bucket[s->addr % LINT_BUCKETS]; i != LINT_NO_STATE;
	     i = w->states[i].same_bucket) {
		const struct lint_state *other = &w->states[i];

		if (!good[i] || other->addr != s->addr || other->base != s->base)
			continue;
		if (other->level == s->level)
			return same_level ? other : NULL;
		found = other;
	}
	return same_level ? NULL : found;
}

static const char *flag_to(const struct lint_image *img, uint32_t addr, char *buf, size_t size)
{
	uint32_t call;
	const char *name;

	if (lint_symbol(img, "system_call", &call) && !lint_leads_to(img, call, 0, addr))
		for (unsigned bit = 0; bit < 8; bit++) {
			name = sysemu_tif_name(bit);
			if (name && lint_leads_to(img, call, 1u << bit, addr)) {
				snprintf(buf, size, "count --flags %s", name);
				return buf;
			}
		}
	return "count";
}

static void blame(struct lint_ways *w, uint32_t addr, int32_t off)
{
	char see[64];
	struct lint_insn i;

	if (lint_decode(w->report->img, addr, &i))
		lint_say(w->report, LINT_FINDING, RULE_STACK, addr,
			 flag_to(w->report->img, addr, see, sizeof(see)),
			 "%s: behind it esp is %" PRId32 " bytes too %s, up to iret", i.text,
			 off < 0 ? -off : off, off < 0 ? "low" : "high");
}

#define WAY_MAX 4096

/* From the end of a bad way back to its beginning; the last one first. */
static size_t way_of(const struct lint_ways *w, size_t state, size_t way[WAY_MAX])
{
	size_t n = 0;

	for (; state != LINT_NO_STATE && n < WAY_MAX; state = w->states[state].from)
		way[n++] = state;
	return n;
}

/* Between states way[left] and way[joins] (it comes later) esp moved by `off` too much: by the
 * last push that is not taken back there, or the last pop that takes what was there before. */
static uint32_t culprit(const struct lint_ways *w, const size_t way[], size_t left, size_t joins,
			int32_t off)
{
	int32_t level = w->states[way[joins]].level;
	uint32_t at = w->states[way[left]].addr;

	for (size_t n = joins + 1; n <= left; n++) {
		const struct lint_state *s = &w->states[way[n]];
		struct lint_insn i;

		if (!lint_decode(w->report->img, s->addr, &i) || !lint_moves_esp(&i))
			continue;
		if (off < 0 ? s->level > level : s->level < level)
			return s->addr;
		at = s->addr;
	}
	return at;
}

static void trace_back(struct lint_ways *w, const uint8_t *good, size_t end)
{
	static size_t way[WAY_MAX];
	size_t n = way_of(w, end, way), left, joins;
	const struct lint_state *other = NULL;
	int32_t off;

	/* Where it comes back to others, on another level; or else its end. */
	for (left = 0; left < n && !good_at(w, good, &w->states[way[left]], true); left++)
		;
	if (left == n)
		left = n - 1; /* it is bad from the entry on */
	for (joins = left; joins > 0 && !other; joins--)
		other = good_at(w, good, &w->states[way[joins - 1]], false);
	off = w->states[way[joins]].level - (other ? other->level : 0);
	if (!other && w->states[way[joins]].base == LINT_TOP)
		off += 20;
	blame(w, culprit(w, way, left, joins, off), off);
}

/* The states from which a way leads to an iret with a level stack. */
static void mark_good(const struct lint_ways *w, uint8_t *good)
{
	bool more = true;

	for (size_t i = 0; i < w->n_ends; i++)
		if (w->ends[i].level)
			good[w->ends[i].state] = 1;
	while (more) {
		more = false;
		for (size_t i = w->n_edges; i-- > 0;) {
			const struct lint_edge *e = &w->edges[i];

			more |= good[e->to] && !good[e->from];
			good[e->from] |= good[e->to];
		}
	}
}

void lint_stack(struct lint_ways *w)
{
	uint8_t *good = calloc(1, w->n + 1);

	if (!good) {
		w->report->failed = true;
		return;
	}
	mark_good(w, good);
	for (size_t i = 0; i < w->n_ends; i++)
		if (!w->ends[i].level)
			trace_back(w, good, w->ends[i].state);
	free(good);
}
