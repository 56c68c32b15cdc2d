/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.h: what a worker is asked and what it answers, as bytes, and few: a booted kernel's is at the end of a
 * serial line. Both ends are little-endian. A question begins with struct wire_head.
 *
 *	cases > 0: a seed, 64 bits; answer: of so many cases of that seed a digest each, 64 bits
 *	cases = 0: a case: struct differ_case up to `relocs`; relocations; stops; runs of the area (where and how long,
 *	           16 bits each, then the bytes) to the end; answer: how many events; the events
 * The worker begins with DIFFER_HELLO, and a byte, 1: its kernel's page enters by SYSENTER. What is sent to it before
 * that may be lost.
 */
#ifndef TESTS_DIFFER_WIRE_H
#define TESTS_DIFFER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tests/differ/differ.h"

#define DIFFER_HELLO "differ's worker\n"

/* A run ends where four zeros come: another one's head. */
enum { WIRE_RUN = 4, WIRE_MAX = sizeof(struct differ_case) * 2 };

struct wire_head {
	uint32_t size; /* behind it */
	uint32_t cases;
};

struct wire {
	uint8_t bytes[WIRE_MAX];
	uint32_t n, at; /* all; read up to there */
};

static inline void wire_put(struct wire *w, const void *from, uint32_t size)
{
	memcpy(w->bytes + w->n, from, size);
	w->n += size;
}

static inline bool wire_take(struct wire *w, void *to, uint32_t size)
{
	if (w->n - w->at < size)
		return false;
	memcpy(to, w->bytes + w->at, size);
	w->at += size;
	return true;
}

static inline uint32_t wire_run(const uint8_t *area, uint32_t at)
{
	static const uint8_t zeros[WIRE_RUN];
	uint32_t end = at;

	while (end + WIRE_RUN <= DIFFER_AREA && memcmp(area + end, zeros, WIRE_RUN) != 0)
		end++;
	return end + WIRE_RUN > DIFFER_AREA ? DIFFER_AREA - at : end - at;
}

static inline void wire_put_case(struct wire *w, const struct differ_case *c)
{
	w->n = w->at = 0;
	wire_put(w, c, offsetof(struct differ_case, relocs));
	wire_put(w, c->relocs, c->n_relocs * (uint32_t)sizeof(c->relocs[0]));
	wire_put(w, c->stops, c->n_stops * (uint32_t)sizeof(c->stops[0]));
	for (uint32_t at = 0; at < DIFFER_AREA;) {
		uint16_t head[2] = { (uint16_t)at, 0 };

		if (!c->area[at]) {
			at++;
			continue;
		}
		head[1] = (uint16_t)wire_run(c->area, at);
		wire_put(w, head, sizeof(head));
		wire_put(w, c->area + at, head[1]);
		at += head[1];
	}
}

/* False: it is none. */
static inline bool wire_take_case(struct wire *w, struct differ_case *c)
{
	uint16_t head[2];

	memset(c, 0, sizeof(*c));
	if (!wire_take(w, c, offsetof(struct differ_case, relocs)) || c->n_relocs > DIFFER_RELOCS ||
	    c->n_stops > DIFFER_STOPS ||
	    !wire_take(w, c->relocs, c->n_relocs * (uint32_t)sizeof(c->relocs[0])) ||
	    !wire_take(w, c->stops, c->n_stops * (uint32_t)sizeof(c->stops[0])))
		return false;
	while (wire_take(w, head, sizeof(head)))
		if (head[0] + head[1] > DIFFER_AREA || !wire_take(w, c->area + head[0], head[1]))
			return false;
	return w->at == w->n;
}

#endif
