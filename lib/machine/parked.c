/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parked.c: an engine is some megabytes of the host's, so that not every space has one. One that has none is
 * a snapshot of its user pages, until somebody wants to run there or to look. The guest does not see which
 * are; it costs as much as a restore, so that a machine of which many spaces run gets more engines in time.
 */
#include <stdlib.h>

#include "lib/machine/machine.h"

bool space_is(const sysemu_machine *m, uint32_t n)
{
	return n >= 1 && n <= MOST_SPACES && (m->spaces->sim[n] || m->spaces->parked[n]);
}

/* What shares memory with others is no snapshot's; and watchpoints are of a space that is there. */
static bool may_park(const sysemu_machine *m, uint32_t n)
{
	const struct sim *sim = m->spaces->sim[n];

	return sim && sim != m->sim && n != m->spaces->now && !m->exact && !sim_has_shared(sim);
}

static bool park(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;

	if (sim_save_part(s->sim[n], SIM_PART_USER, &s->parked[n]) != SIM_OK)
		return false;
	space_give_back(m, s->sim[n]);
	s->sim[n] = NULL;
	return true;
}

/* One of n, by chance: it does badly neither where all take turns nor where most sleep for ever. */
static uint32_t draw(struct spaces *s, uint32_t n)
{
	s->victim = s->victim * UINT32_C(1664525) + UINT32_C(1013904223);
	return (uint32_t)((uint64_t)s->victim * n >> 32);
}

void spaces_make_room(sysemu_machine *m)
{
	uint32_t may[MOST_SPACES], n = 0, live = 0;

	for (uint32_t i = 1; i <= MOST_SPACES; i++) {
		live += m->spaces->sim[i] != NULL;
		if (may_park(m, i))
			may[n++] = i;
	}
	if (n && live >= m->spaces->most_live)
		park(m, may[draw(m->spaces, n)]); /* without memory there is one more */
}

struct sim *space_live(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;
	struct sim *sim;

	if (!space_is(m, n) || s->sim[n])
		return space_is(m, n) ? s->sim[n] : NULL;
	if (--s->patience == 0) {
		s->patience = PATIENCE;
		s->most_live++;
	}
	spaces_make_room(m);
	sim = space_take(m);
	if (sim && sim_restore(sim, s->parked[n]) != SIM_OK) {
		space_give_back(m, sim);
		sim = NULL;
	}
	if (!sim)
		return NULL;
	sim_snapshot_free(s->parked[n]);
	s->parked[n] = NULL;
	return s->sim[n] = sim;
}

struct sim_snapshot *space_keep(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;
	struct sim_snapshot *kept = NULL;

	if (s->parked[n])
		return sim_snapshot_share(s->parked[n]);
	return sim_save_part(s->sim[n], SIM_PART_USER, &kept) == SIM_OK ? kept : NULL;
}

void space_drop(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;

	if (s->sim[n])
		space_give_back(m, s->sim[n]);
	sim_snapshot_free(s->parked[n]);
	s->sim[n] = NULL;
	s->parked[n] = NULL;
}

bool space_back(sysemu_machine *m, uint32_t n, struct sim_snapshot *was)
{
	struct spaces *s = m->spaces;

	if (s->sim[n])
		return sim_restore(s->sim[n], was) == SIM_OK;
	sim_snapshot_free(s->parked[n]);
	s->parked[n] = sim_snapshot_share(was);
	return true;
}
