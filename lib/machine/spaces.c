/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spaces.c: the address spaces of a machine with processes: numbered, made, copied, given up; and
 * the change from one to another, which stands for the kernel's mov to cr3.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"
#include "lib/server/server.h"
#include "libsysemu/process.h"

bool spaces_open(sysemu_machine *m)
{
	static atomic_uint_fast64_t machines;

	m->spaces = calloc(1, sizeof(*m->spaces));
	if (!m->spaces)
		return false;
	m->spaces->machine = atomic_fetch_add_explicit(&machines, 1, memory_order_relaxed) + 1;
	m->spaces->now = 1;
	m->spaces->first = m->spaces->sim[1] = m->sim;
	m->spaces->next_tick = TICK_INSNS;
	m->spaces->most_live = LIVE_SPACES;
	m->spaces->patience = PATIENCE;
	return true;
}

/* All but the first, which the others are spaces of; it is closed by whoever opened it. */
void spaces_close(sysemu_machine *m)
{
	struct spaces *s = m->spaces;
	struct sim *first = s->first;

	for (unsigned n = 1; n <= MOST_SPACES; n++) {
		if (s->sim[n] && s->sim[n] != first)
			sim_close(s->sim[n]);
		sim_snapshot_free(s->parked[n]);
	}
	for (unsigned i = 0; i < s->npool; i++)
		if (s->pool[i] != first)
			sim_close(s->pool[i]);
	m->sim = first;
	free(s->points);
	free(s);
	m->spaces = NULL;
}

void spaces_each(sysemu_machine *m, void (*fn)(sysemu_machine *m, struct sim *sim))
{
	for (uint32_t n = 1; n <= MOST_SPACES; n++)
		if (m->spaces->sim[n])
			fn(m, m->spaces->sim[n]);
	for (unsigned i = 0; i < m->spaces->npool; i++)
		fn(m, m->spaces->pool[i]);
}

int32_t space_new(sysemu_machine *m)
{
	struct spaces *s = m->spaces;

	for (uint32_t n = 1; n <= MOST_SPACES; n++) {
		if (space_is(m, n))
			continue;
		spaces_make_room(m);
		s->sim[n] = space_take(m);
		return s->sim[n] ? (int32_t)n : -NO_MEMORY;
	}
	return -ENOMEM;
}

static void remember(sysemu_machine *m)
{
	m->spaces->memory[m->spaces->now] = *server_memory(m->program.server);
}

int32_t space_copy(sysemu_machine *m)
{
	struct spaces *s = m->spaces;
	int32_t n = space_new(m);

	if (n < 0)
		return n;
	remember(m);
	s->memory[n] = s->memory[s->now];
	if (sim_space_copy(s->sim[n], m->sim) == SIM_OK)
		return n;
	space_free(m, (uint32_t)n);
	return -NO_MEMORY;
}

void space_free(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;

	if (!space_is(m, n))
		return;
	if (n == s->now)
		s->dying = n;
	else
		space_drop(m, n);
}

bool space_use(sysemu_machine *m, uint32_t n)
{
	struct spaces *s = m->spaces;
	struct sim *to = space_live(m, n);

	if (n == s->now || !to)
		return to;
	if (sim_space_carry(to, m->sim) != SIM_OK) {
		m->shortage = true;
		return false;
	}
	remember(m);
	s->now = n;
	m->sim = to;
	*server_memory(m->program.server) = s->memory[n];
	if (s->dying) {
		n = s->dying;
		s->dying = 0;
		space_free(m, n);
	}
	return true;
}

/* Continues `digest`, which the present space is in, by the others. */
bool spaces_digest(sysemu_machine *m, uint8_t digest[16])
{
	for (uint32_t n = 1; n <= MOST_SPACES; n++) {
		uint8_t seed[20];
		struct sim *sim;

		if (n == m->spaces->now || !space_is(m, n))
			continue;
		sim = space_live(m, n);
		if (!sim)
			return false;
		memcpy(seed, digest, 16);
		memcpy(seed + 16, &n, 4);
		sim_digest_user(sim, seed, sizeof(seed), digest);
	}
	return true;
}

sysemu_status sysemu_on_input(sysemu_machine *m, sysemu_input_fn fn, void *user)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_on_input in a machine without processes");
	m->spaces->input_fn = fn;
	m->spaces->input_user = user;
	return SYSEMU_OK;
}
