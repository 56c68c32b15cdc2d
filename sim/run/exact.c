/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exact.c: runs that end before any instruction, and watchpoints: for who goes to a moment that has been
 * before. A moment is the number of instructions retired and of deliveries made: two instructions
 * never begin at the same, and what has run is counted exactly wherever a run ends.
 */
#include "sim/run/run.h"

#include <stdlib.h>
#include <string.h>

/* ---- moments ---- */

uint64_t sim_moment(const struct sim *s)
{
	return s->counts->total + s->counts->delivered;
}

/* In a run: a block is counted as it begins, and not all of it has run. */
static uint64_t retired_before(const struct sim *s, uint32_t addr)
{
	const struct sim_block *b = s->run.cur.block;
	uint64_t total = s->run.end - (uint64_t)s->run.budget;
	uint32_t ran = addr - b->addr;

	if (!sim_in_block(s) || ran >= b->size)
		return total;
	return total - b->insns + sim_count_range(b->copy ? b->copy : s->space.ram + b->addr, ran);
}

static bool is_time(const struct sim *s, uint32_t addr)
{
	const struct sim_exact *x = s->exact;
	uint64_t most = s->run.end - (uint64_t)s->run.budget, before;

	/* What of the block has run takes a while to say: only in the last one. */
	if (most < x->insns && most + s->run.delivered + x->delivered < x->until)
		return false;
	before = retired_before(s, addr);
	return before >= x->insns || before + s->run.delivered + x->delivered >= x->until;
}

void sim_exact_until(struct sim *s, uint64_t moment, uint64_t insns)
{
	s->exact->until = moment;
	s->exact->insns = insns;
	s->exact->hit.kinds = 0;
}

void sim_exact_pause(struct sim *s, bool paused)
{
	if (s->exact)
		s->exact->paused = paused;
}

bool sim_exact(struct sim *s, bool on)
{
	struct sim *owner = sim_owner(s);

	if (on && !owner->exact)
		owner->exact = calloc(1, sizeof(*owner->exact));
	if (on && !owner->exact)
		return false;
	if (!on && s == owner)
		free(owner->exact);
	if (!on && s == owner)
		owner->exact = NULL;
	s->exact = on ? owner->exact : NULL;
	if (on)
		sim_exact_until(s, UINT64_MAX, UINT64_MAX);
	sim_spots_trace(s);
	return true;
}

/* ---- watchpoints ---- */

/* What is not mapped reads as zeros. */
static void read_watched(const struct sim *s, const struct sim_watched *w, uint8_t *out)
{
	uint32_t bad;

	if (sim_read(s, w->addr, out, w->size, &bad) != SIM_OK)
		memset(out, 0, w->size);
}

static bool is_here(const struct sim *s, const struct sim_watched *w)
{
	return !w->space || w->space == s;
}

static void hit(struct sim_exact *x, unsigned i)
{
	const struct sim_watched *w = &x->watch[i];

	x->hit = (struct sim_watch_hit){ w->addr, w->size, w->kinds };
}

static bool has_changed(struct sim *s)
{
	struct sim_exact *x = s->exact;
	uint8_t now[SIM_WATCHED_MAX];
	bool changed = false;

	for (unsigned i = 0; i < x->n; i++) {
		struct sim_watched *w = &x->watch[i];

		if (!(w->kinds & SIM_WATCH_CHANGE) || !is_here(s, w))
			continue;
		read_watched(s, w, now);
		if (memcmp(now, w->was, w->size) == 0)
			continue;
		memcpy(w->was, now, w->size);
		hit(x, i);
		changed = true;
	}
	return changed;
}

int sim_exact_stops(struct sim *s, uint32_t addr)
{
	struct sim_exact *x = s->exact;

	if (x->paused)
		return -1;
	if (x->n && has_changed(s))
		return SIM_BREAK;
	if (x->n && x->accessed >= 0) {
		hit(x, (unsigned)x->accessed);
		return SIM_BREAK;
	}
	return is_time(s, addr) ? SIM_BUDGET : -1;
}

static bool touches(const struct sim_watched *w, const struct sim_access *a)
{
	if (!(w->kinds & (a->write ? SIM_WATCH_WRITE : SIM_WATCH_READ)))
		return false;
	return a->addr <= w->addr + (w->size - 1) && a->addr + a->size - 1 >= w->addr;
}

static void look_at_accesses(struct sim *s, uint32_t addr)
{
	struct sim_access access[SIM_ACCESSES];
	struct sim_exact *x = s->exact;
	struct sim_insn insn;
	unsigned n;

	sim_insn_decode(s->space.ram + addr, SIM_INSN_ROOM, addr, false, &insn);
	n = sim_clock_accesses(s, &insn, access);
	for (unsigned i = 0; i < x->n; i++)
		for (unsigned k = 0; k < n; k++)
			if (is_here(s, &x->watch[i]) && touches(&x->watch[i], &access[k]))
				x->accessed = (int)i;
}

void sim_exact_before(struct sim *s, uint32_t addr, bool first)
{
	struct sim_exact *x = s->exact;

	if (first)
		x->delivered = s->counts->delivered - s->run.delivered;
	x->accessed = -1;
	if (!x->n || x->paused)
		return;
	for (unsigned i = 0; first && i < x->n; i++)
		read_watched(s, &x->watch[i], x->watch[i].was);
	if (x->wants_accesses)
		look_at_accesses(s, addr);
}

static void count_kinds(struct sim_exact *x)
{
	x->wants_accesses = false;
	for (unsigned i = 0; i < x->n; i++)
		x->wants_accesses |= x->watch[i].kinds & (SIM_WATCH_READ | SIM_WATCH_WRITE);
}

enum sim_status sim_watch_set(struct sim *s, uint32_t addr, uint32_t size, unsigned kinds)
{
	struct sim_exact *x = s->exact;
	bool shared = !s->config.shared_from || addr >= s->config.shared_from;

	if (!x || !kinds || !size || size > SIM_WATCHED_MAX || addr + (size - 1) < addr)
		return SIM_EINVAL;
	if (x->n == SIM_WATCHPOINTS)
		return SIM_ENOMEM;
	x->watch[x->n++] = (struct sim_watched){
		.addr = addr, .size = size, .kinds = kinds, .space = shared ? NULL : s
	};
	count_kinds(x);
	return SIM_OK;
}

bool sim_watch_clear(struct sim *s, uint32_t addr, uint32_t size, unsigned kinds)
{
	struct sim_exact *x = s->exact;

	for (unsigned i = 0; x && i < x->n; i++) {
		const struct sim_watched *w = &x->watch[i];

		if (w->addr != addr || w->size != size || w->kinds != kinds)
			continue;
		x->watch[i] = x->watch[--x->n];
		count_kinds(x);
		return true;
	}
	return false;
}

const struct sim_watch_hit *sim_watched(const struct sim *s)
{
	static const struct sim_watch_hit none;

	return s->exact ? &s->exact->hit : &none;
}
