/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * schedule.h: many schedules of one program: random ones, every one with at most so many preemptions, and
 * one again. What each comes to is an outcome; the schedule that leads there can be written down and
 * followed on any machine. Choice points: process.h.
 *
 *	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS, .preemptions = 2 };
 *	sysemu_schedules *all;
 *
 *	sysemu_exec(m, ...);                        // loaded, not run
 *	sysemu_all_schedules(m, &config, &all);
 *	for (size_t i = 0; i < all->noutcomes; i++) ... all->outcome[i]
 *	sysemu_schedules_free(all);
 */
/* clang-format off */
#ifndef LIBSYSEMU_SCHEDULE_H
#define LIBSYSEMU_SCHEDULE_H

#include <libsysemu/process.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- 24. many schedules -------------------------------------------------- */

/* At the choice of that number that option was taken; at all others option 0. Of a TICK the number is an
 * instruction's, and option 1. */
typedef struct sysemu_step {
	uint64_t choice;
	uint32_t option;
	bool tick;
} sysemu_step;

typedef struct sysemu_outcome {
	sysemu_event_kind kind;  /* EXIT, KILLED, FAULT, LIMIT, DEADLOCK: all wait, or are stopped and traced by
				  * whoever started them, the host */
	uint32_t status;         /* the event's */
	uint64_t word;           /* config.word, a digest of the output, say */
	char why[96];            /* a FAULT's sentence; else "" */
	uint64_t times;          /* so many schedules came to it */
	/* The shortest of these: fewest preemptions, then fewest steps. */
	unsigned preemptions;
	size_t nsteps;
	sysemu_step *steps;
	sysemu_digest end;       /* of the machine at its end */
} sysemu_outcome;

typedef struct sysemu_schedules_config {
	unsigned where;          /* SYSEMU_CHOOSE_ bits */
	unsigned preemptions;    /* of each schedule, at most: PREEMPT and TICK taken, and time let pass */
	uint64_t max_insns;      /* of each; 0: no limit */
	/* A word of the caller's that belongs to the state, NULL: none: it is kept with a state and put
	 * back with it, and schedules that differ in it come to different outcomes. */
	uint64_t *word;
	bool every_state;        /* states that are alike are gone on from each time, not once */
	unsigned shard, shards;  /* the part shard of shards, from 1; 0, 0: all */
	uint64_t most;           /* schedules; 0: no limit. Then it ends, and `cut` says so */
} sysemu_schedules_config;

typedef struct sysemu_schedules {
	uint64_t schedules;      /* that ran, to an end or to a state that is like an earlier one: */
	uint64_t alike;
	uint64_t choices;        /* that were made */
	bool cut;                /* config.most was reached */
	unsigned where;          /* config.where; and LOCAL, where it came to that: process.h */
	size_t noutcomes;
	sysemu_outcome *outcome; /* in the order in which they were found */
} sysemu_schedules;

/* Every schedule of the machine from here on with at most so many preemptions. A choice among tasks that
 * can run when the running one cannot is no preemption, and all are tried. The machine is as before
 * afterwards; behind ENOMEM only a restore may help. EINVAL: the config; ESTATE: no processes, or somebody
 * else chooses. */
sysemu_status sysemu_all_schedules(sysemu_machine *m, const sysemu_schedules_config *config,
				   sysemu_schedules **out);

/* `runs` random ones, each from here on and of a seed of its own, seed, seed + 1, ...: at each choice
 * any, but preemptions and time that passes seldom; or, with a depth, by priorities (PCT): each task has
 * a random one, the highest that can run goes on, and at depth - 1 random choices the running
 * task's becomes the lowest. config.preemptions is not looked at;
 * a shard has each shards-th of the seeds. */
sysemu_status sysemu_random_schedules(sysemu_machine *m, const sysemu_schedules_config *config,
				      uint64_t seed, uint64_t runs, unsigned depth,
				      sysemu_schedules **out);

/* That one, to its end, which *out tells (without steps). Of config, where (of what was found), max_insns
 * and word are looked at, as they were when it was found: then `end` is the same on every machine. EMISMATCH: a step is of
 * a choice that does not come, or has no such option: it is the schedule of another program or kernel, and the machine
 * has run up to there. EINVAL, ESTATE as above: nothing has run. */
sysemu_status sysemu_follow_schedule(sysemu_machine *m, const sysemu_schedules_config *config,
				     const sysemu_step *steps, size_t nsteps, sysemu_outcome *out);

/* What b found is added to a. ENOMEM. */
sysemu_status sysemu_schedules_add(sysemu_schedules *a, const sysemu_schedules *b);
void sysemu_schedules_free(sysemu_schedules *s); /* NULL is allowed */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
