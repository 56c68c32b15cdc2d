/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kept_spaces.c: the address spaces of a machine with processes as they were: the kernel's pages and
 * the CPU once, and of each space its user pages.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"

struct kept_spaces {
	struct sim_snapshot *kernel, *user[MOST_SPACES + 1];
	struct server_memory memory[MOST_SPACES + 1];
	uint32_t now, dying;
	uint64_t next_tick;
	bool tick, wants_input, input;
	struct choices choices; /* but for who chooses */
};

void kept_spaces_free(struct kept_spaces *k)
{
	if (!k)
		return;
	sim_snapshot_free(k->kernel);
	for (uint32_t n = 1; n <= MOST_SPACES; n++)
		sim_snapshot_free(k->user[n]);
	free(k);
}

size_t kept_spaces_bytes(const struct kept_spaces *k)
{
	size_t bytes = sizeof(*k) + sim_snapshot_bytes(k->kernel);

	for (uint32_t n = 1; n <= MOST_SPACES; n++)
		bytes += k->user[n] ? sim_snapshot_bytes(k->user[n]) : 0;
	return bytes;
}

static bool keep_spaces(sysemu_machine *m, struct kept_spaces *k)
{
	if (sim_save_part(m->sim, SIM_PART_KERNEL, &k->kernel) != SIM_OK)
		return false;
	for (uint32_t n = 1; n <= MOST_SPACES; n++)
		if (space_is(m, n) && !(k->user[n] = space_keep(m, n)))
			return false;
	return true;
}

struct kept_spaces *spaces_keep(sysemu_machine *m)
{
	struct kept_spaces *k = calloc(1, sizeof(*k));
	struct spaces *s = m->spaces;

	if (!k)
		return NULL;
	if (!keep_spaces(m, k)) {
		kept_spaces_free(k);
		return NULL;
	}
	memcpy(k->memory, s->memory, sizeof(k->memory));
	k->now = s->now;
	k->dying = s->dying;
	k->next_tick = s->next_tick;
	k->tick = s->tick;
	k->wants_input = s->wants_input;
	k->input = s->input;
	k->choices = s->choices;
	return k;
}

bool spaces_back(sysemu_machine *m, const struct kept_spaces *k)
{
	struct spaces *s = m->spaces;

	s->now = k->now; /* so that it keeps its engine, or gets one */
	for (uint32_t n = 1; n <= MOST_SPACES; n++) {
		if (!k->user[n])
			space_drop(m, n);
		else if (!space_back(m, n, k->user[n]))
			return false;
	}
	m->sim = space_live(m, s->now);
	if (!m->sim || sim_restore(m->sim, k->kernel) != SIM_OK)
		return false;
	memcpy(s->memory, k->memory, sizeof(s->memory));
	s->dying = k->dying;
	s->next_tick = k->next_tick;
	s->tick = k->tick;
	s->wants_input = k->wants_input;
	s->input = k->input;
	choices_back(m, &k->choices);
	return true;
}
