/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.c: save, restore and digest of a machine: the computer's state (sim/state/state.c), the
 * server's, and the few facts that machine.c keeps beside them.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"
#include "lib/server/server.h"
#include "libsysemu/step.h"

struct sysemu_snapshot {
	sysemu_config config;
	const struct sim_timing_model *model; /* of its clocks; NULL: none */
	struct sim_timing_options timing;
	struct layout layout;
	bool loaded, launched, faulted, interrupt;
	uint32_t focus;
	struct sim_snapshot *sim;
	struct kept_spaces *spaces; /* in place of `sim` with processes, */
	uint64_t machine;           /* and whose they are; else 0 */
	struct kept_server *kept;   /* NULL before a load */
};

void sysemu_snapshot_free(sysemu_snapshot *s)
{
	if (!s)
		return;
	sim_snapshot_free(s->sim);
	kept_spaces_free(s->spaces);
	kept_unref(s->kept);
	free(s);
}

/* With processes descriptors and maps mean files of the machine's own. */
static bool save_computer(sysemu_machine *m, sysemu_snapshot *s)
{
	if (!m->spaces)
		return sim_save(m->sim, &s->sim) == SIM_OK;
	s->machine = m->spaces->machine;
	s->spaces = spaces_keep(m);
	return s->spaces != NULL;
}

static bool restore_computer(sysemu_machine *m, const sysemu_snapshot *s)
{
	return m->spaces ? spaces_back(m, s->spaces) : sim_restore(m->sim, s->sim) == SIM_OK;
}

sysemu_status sysemu_save(sysemu_machine *m, sysemu_snapshot **out)
{
	sysemu_snapshot *s;

	REQUIRE(m, out);
	REQUIRE_OUTSIDE(m);
	if (m->cpu.calls)
		return fail(m, SYSEMU_ESTATE, "in the middle of the tracer's call");
	s = calloc(1, sizeof(*s));
	if (!s)
		return fail(m, SYSEMU_ENOMEM, "no memory for a snapshot");
	s->config = m->config;
	s->model = m->timing.model;
	s->timing = m->timing.options;
	s->layout = m->program.layout;
	s->loaded = m->program.loaded;
	s->launched = m->program.launched;
	s->faulted = m->faulted;
	s->interrupt = m->cpu.interrupt;
	s->focus = m->focus;
	s->kept = server_keep(m);
	if ((m->program.server && !s->kept) || !save_computer(m, s)) {
		sysemu_snapshot_free(s);
		return fail(m, SYSEMU_ENOMEM, "no memory for a snapshot");
	}
	*out = s;
	return SYSEMU_OK;
}

/* What decides how a machine goes on from the same memory and registers. */
/* What of the configuration differs; NULL: nothing. */
static const char *difference(const sysemu_config *a, const sysemu_config *b)
{
	return strcmp(a->kernel, b->kernel) != 0 ? "kernel" :
	       a->entry != b->entry              ? "entry" :
	       a->start != b->start              ? "start" :
	       a->counting != b->counting        ? "counting" :
	       a->user_pages != b->user_pages    ? "user_pages" :
	       a->seed != b->seed                ? "seed" :
	       a->epoch != b->epoch              ? "epoch" :
	       a->debug_junk != b->debug_junk    ? "debug_junk" :
						   NULL;
}

static bool same_timing(const sysemu_machine *m, const sysemu_snapshot *s)
{
	return m->timing.model == s->model &&
	       memcmp(&m->timing.options, &s->timing, sizeof(s->timing)) == 0;
}

sysemu_status sysemu_restore(sysemu_machine *m, const sysemu_snapshot *s)
{
	const char *differs;
	sysemu_status status;

	REQUIRE(m, s);
	REQUIRE_OUTSIDE(m);
	if (s->machine != (m->spaces ? m->spaces->machine : 0))
		return fail(m, SYSEMU_EMISMATCH,
			    "with processes a snapshot goes back only into its own machine");
	differs = difference(&m->config, &s->config);
	if (differs)
		return fail(
			m, SYSEMU_EMISMATCH,
			"the snapshot was made by a machine with another %s (of kernel %s; this is %s)",
			differs, s->config.kernel, m->config.kernel);
	if (!same_timing(m, s))
		return fail(m, SYSEMU_EMISMATCH,
			    "the snapshot was made with another timing model or options");
	status = server_back(m, s->kept);
	if (status)
		return status;
	if (!restore_computer(m, s))
		return fail(m, SYSEMU_ENOMEM, "no memory to restore a snapshot");
	m->program.layout = s->layout;
	m->program.loaded = s->loaded;
	m->program.launched = s->launched;
	m->faulted = s->faulted;
	m->cpu.interrupt = s->interrupt;
	m->cpu.calls = false;
	m->focus = s->focus;
	return SYSEMU_OK;
}

size_t sysemu_snapshot_bytes(const sysemu_snapshot *s)
{
	if (!s)
		return 0;
	return sizeof(*s) + (s->spaces ? kept_spaces_bytes(s->spaces) : sim_snapshot_bytes(s->sim));
}

static void hash_bytes(void *state, const void *bytes, size_t size)
{
	XXH3_128bits_update(state, bytes, size);
}

sysemu_status sysemu_get_digest(sysemu_machine *m, sysemu_digest *out)
{
	XXH3_state_t state;
	XXH128_canonical_t seed;
	uint8_t facts[6];

	REQUIRE(m, out);
	facts[0] = m->program.loaded;
	facts[1] = m->program.launched;
	facts[2] = m->faulted;
	facts[3] = (uint8_t)m->config.entry;
	facts[4] = m->cpu.interrupt;
	facts[5] = (uint8_t)focus_pid(m);
	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	hash_bytes(&state, facts, sizeof(facts));
	hash_bytes(&state, m->config.kernel, strlen(m->config.kernel));
	if (m->program.server)
		server_state(m->program.server, hash_bytes, &state);
	XXH128_canonicalFromHash(&seed, XXH3_128bits_digest(&state));
	sim_digest(m->sim, seed.digest, sizeof(seed.digest), out->bytes);
	if (m->spaces && !spaces_digest(m, out->bytes))
		return fail(m, SYSEMU_ENOMEM, "no memory for the digest of all processes");
	return SYSEMU_OK;
}
