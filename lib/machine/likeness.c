/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * likeness.c: the digest by which schedules that lead to the same are known: of all that a machine with
 * processes goes on from, and of nothing that only tells how it came there: the count, the clock, what
 * lies below the stacks' tops and in slots of tasks that are free.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"
#include "lib/server/server.h"
#include "libsysemu/process.h"

#define THREAD_INFO 64u /* what lies at a stack's bottom is no longer */
#define TASKS       MOST_SPACES

struct likeness {
	sysemu_machine *m;
	XXH3_state_t state;                   /* what stands for the parts */
	struct sim_span part[11 * TASKS + 4]; /* what finds no room is part of the digest */
	size_t n;
};

static void leave_out(struct likeness *l, uint32_t start, uint32_t end)
{
	if (start < end && l->n < sizeof(l->part) / sizeof(l->part[0]))
		l->part[l->n++] = (struct sim_span){ start, end };
}

static void add(struct likeness *l, uint64_t word)
{
	XXH3_128bits_update(&l->state, &word, sizeof(word));
}

static uint64_t now(struct likeness *l)
{
	return machine_insns(l->m) + machine_load64(l->m, l->m->profile->clock_skew);
}

/* How much is left of it. */
static void add_timer(struct likeness *l, uint32_t at, bool runs)
{
	uint64_t when = machine_load64(l->m, at), n = now(l);

	leave_out(l, at, at + 8);
	add(l, !runs || when == UINT64_MAX ? UINT64_MAX : when > n ? when - n : 0);
}

/* In which order they fell asleep, not when. */
static uint32_t rank(struct likeness *l, uint32_t task)
{
	const struct profile *p = l->m->profile;
	uint32_t since = TASK_FIELD(l->m, task, asleep_since), n = 0;

	for (unsigned slot = 0; slot < p->most_tasks; slot++) {
		uint32_t t = p->tasks + slot * p->task_bytes;

		n += TASK_FIELD(l->m, t, pid) && TASK_FIELD(l->m, t, channel) &&
		     TASK_FIELD(l->m, t, asleep_since) < since;
	}
	return n;
}

static void add_task(struct likeness *l, uint32_t task)
{
	const struct profile *p = l->m->profile;
	bool sleeps = TASK_FIELD(l->m, task, channel) != 0;

	add_timer(l, task + p->task_until, sleeps);
	add_timer(l, task + p->task_alarm, machine_load64(l->m, task + p->task_alarm) != 0);
	add(l, sleeps ? rank(l, task) : 0);
	leave_out(l, task + p->task_asleep_since, task + p->task_asleep_since + 4);
	leave_out(l, task + p->task_utime, task + p->task_utime + 4);
	leave_out(l, task + p->task_stime, task + p->task_stime + 4);
}

static void add_tasks(struct likeness *l)
{
	const struct profile *p = l->m->profile;
	uint32_t running = running_task(l->m);
	struct sim_regs regs;

	sim_get_regs(l->m->sim, &regs);
	for (unsigned slot = 0; slot < p->most_tasks; slot++) {
		uint32_t task = p->tasks + slot * p->task_bytes;
		uint32_t info = TASK_FIELD(l->m, task, thread_info);
		uint32_t esp = TASK_FIELD(l->m, task, esp);

		if (task == running)
			esp = regs.esp;
		if (!TASK_FIELD(l->m, task, pid)) {
			leave_out(l, task, task + p->task_bytes);
			esp = info + p->thread_size;
		} else {
			add_task(l, task);
		}
		if (slot >= p->first_program && esp - info <= p->thread_size)
			leave_out(l, info + THREAD_INFO, esp);
	}
}

/* Those of timer_create. */
static void add_timers(struct likeness *l)
{
	const struct profile *p = l->m->profile;

	for (uint32_t i = 0; i < p->most_timers; i++) {
		uint32_t at = p->timers + i * p->timer_bytes;

		if (machine_load64(l->m, at))
			add(l, i), add_timer(l, at, true);
	}
}

static int by_start(const void *a, const void *b)
{
	const struct sim_span *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static void add_bytes(void *state, const void *bytes, size_t size)
{
	XXH3_128bits_update(state, bytes, size);
}

sysemu_status sysemu_get_likeness(sysemu_machine *m, sysemu_digest *out)
{
	struct likeness l = { .m = m };
	const struct profile *p;
	XXH128_canonical_t seed;

	REQUIRE(m, out);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_get_likeness in a machine without processes");
	p = m->profile;
	XXH3_INITSTATE(&l.state);
	XXH3_128bits_reset(&l.state);
	add(&l, m->spaces->now);
	add(&l, m->spaces->choices.asked ? m->spaces->choices.now.kind + 1u : 0);
	add_tasks(&l);
	add_timers(&l);
	leave_out(&l, p->clock_skew, p->clock_skew + 8);
	leave_out(&l, p->sleeps, p->sleeps + 4);
	server_state(m->program.server, add_bytes, &l.state);
	qsort(l.part, l.n, sizeof(l.part[0]), by_start);
	XXH128_canonicalFromHash(&seed, XXH3_128bits_digest(&l.state));
	sim_digest_but(m->sim, seed.digest, sizeof(seed.digest), l.part, l.n, out->bytes);
	return spaces_digest(m, out->bytes) ?
		       SYSEMU_OK :
		       fail(m, SYSEMU_ENOMEM, "no memory for the digest of all processes");
}
