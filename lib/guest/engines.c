/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engines.c: which address spaces of a machine with processes have an engine. It is some megabytes of the host's, so
 * that not every one has. One that has none is a snapshot of its user pages, until somebody wants to run there or
 * to look. The guest does not see which are; it costs as much as a restore, so that a machine of which many spaces
 * run gets more engines in time.
 */
#include "lib/guest/guest.h"

bool space_is(const sysemu_machine *m, uint32_t n)
{
	return n >= 1 && n <= MOST_SPACES && (m->spaces->sim[n] || m->spaces->parked[n]);
}

struct sim *space_take(sysemu_machine *m)
{
	struct spaces *s = m->spaces;
	struct sim *sim;

	if (s->npool)
		return s->pool[--s->npool];
	if (sim_space_open(s->first, &sim, NULL) != SIM_OK)
		return NULL;
	space_like_others(m, sim);
	if (s->opened)
		s->opened(m, sim);
	return sim;
}

void space_give_back(sysemu_machine *m, struct sim *sim)
{
	struct spaces *s = m->spaces;
	bool good = sim_space_clear(sim);

	if (sim == s->first || (good && s->npool < POOL))
		s->pool[s->npool++] = sim;
	else
		sim_close(sim);
}

/* What shares memory with others is no snapshot's; and watchpoints are of a space that is there. */
static bool may_park(const sysemu_machine *m, uint32_t n)
{
	const struct sim *sim = m->spaces->sim[n];

	return sim && sim != m->sim && n != m->spaces->now && !m->exact && !sim_has_shared(sim);
}

/* Without memory it keeps its engine. */
static void park(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;

	if (sim_save_part(s->sim[n], SIM_PART_USER, &s->parked[n]) != SIM_OK)
		return;
	space_give_back(m, s->sim[n]);
	s->sim[n] = NULL;
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
		park(m, may[draw(m->spaces, n)]);
}

struct sim *space_live(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;
	struct sim *sim;

	if (!space_is(m, n))
		return NULL;
	if (s->sim[n])
		return s->sim[n];
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
	if (!sim) {
		m->shortage = true;
		return NULL;
	}
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
	/* What it shares goes back now, before others write there. */
	return !sim_snapshot_has_shared(was) || space_live(m, n);
}

/* ---- another space's memory ---- */

/* How many of `size` bytes a program has at `at` in that page. */
static uint32_t run_of(const sysemu_machine *m, struct sim *sim, uint32_t at, uint32_t size,
		       bool write)
{
	uint32_t run = SIM_PAGE - at % SIM_PAGE;
	int page = sim_page(sim, at);

	if (page < 0 || !(page & SIM_USER) || !(page & SIM_PRESENT) ||
	    (write && at >= m->profile->task_size))
		return 0;
	return run < size ? run : size;
}

uint32_t space_reach(sysemu_machine *m, uint32_t space, uint32_t addr, uint32_t size)
{
	struct sim *sim = space_live(m, space);
	uint32_t done = 0, run;

	while (sim && done < size && (run = run_of(m, sim, addr + done, size - done, false)) != 0)
		done += run;
	return done;
}

uint32_t space_move(sysemu_machine *m, uint32_t space, uint32_t addr, void *buf, uint32_t size,
		    bool write)
{
	struct sim *sim = space_live(m, space);
	uint8_t *bytes = buf;
	uint32_t done = 0, bad;

	while (sim && done < size) {
		uint32_t at = addr + done, run = run_of(m, sim, at, size - done, write);

		if (run == 0)
			break;
		if (write ? sim_write(sim, at, bytes + done, run, &bad) :
			    sim_read(sim, at, bytes + done, run, &bad))
			break;
		done += run;
	}
	return done;
}

int32_t space_access(sysemu_machine *m, const uint32_t arg[6])
{
	const uint32_t buffer = arg[2], size = arg[3], write = arg[4];
	uint8_t chunk[SIM_PAGE];
	uint32_t done = 0, run, moved, bad;

	do {
		run = size - done < sizeof(chunk) ? size - done : (uint32_t)sizeof(chunk);
		if (write && sim_read(m->sim, buffer + done, chunk, run, &bad) != SIM_OK)
			break;
		moved = space_move(m, arg[0], arg[1] + done, chunk, run, write);
		if (!write && sim_write(m->sim, buffer + done, chunk, moved, &bad) != SIM_OK)
			break;
		done += moved;
	} while (moved == run && done < size);
	return (int32_t)done;
}
