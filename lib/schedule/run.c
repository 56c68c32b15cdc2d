/* SPDX-License-Identifier: GPL-2.0-only */
/* run.c: one schedule, from choice to choice; random ones, and one again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "lib/schedule/schedule.h"

bool is_preemption(const sysemu_choice *c, uint32_t option)
{
	return option && (c->kind != SYSEMU_CHOICE_NEXT || c->next[option] == 0);
}

static uint64_t instructions(const sysemu_event *e)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		n += e->counts.insns[i];
	return n;
}

static int answer(void *user, const sysemu_choice *c)
{
	struct run *r = user;
	int decided = r->decided;

	(void)c;
	r->decided = SYSEMU_CHOOSE_LATER;
	return decided;
}

/* To ask is no failure of the caller's. */
static bool is_chosen(sysemu_machine *m)
{
	char said[256];
	unsigned where;

	snprintf(said, sizeof(said), "%s", sysemu_errmsg(m));
	if (sysemu_get_where(m, &where) == SYSEMU_OK)
		return true;
	fail(m, SYSEMU_OK, "%s", said);
	return false;
}

sysemu_status run_open(struct run *r, sysemu_machine *m, const sysemu_schedules_config *config,
		       const char *what)
{
	sysemu_status status;

	*r = (struct run){ .m = m, .config = config, .decided = SYSEMU_CHOOSE_LATER };
	if (config->shard > config->shards || (config->shards && !config->shard))
		return fail(m, SYSEMU_EINVAL, "%s: there is no part %u of %u", what, config->shard,
			    config->shards);
	if (is_chosen(m))
		return fail(m, SYSEMU_ESTATE, "%s: somebody else chooses", what);
	sysemu_get_counts(m, &r->begin.counts);
	status = sysemu_on_choice(m, config->where, answer, r);
	r->chooses = !status;
	return status;
}

sysemu_status run_where(struct run *r, unsigned where)
{
	unsigned now;
	sysemu_status status = sysemu_get_where(r->m, &now);

	if (status || ((now ^ where) & ~SYSEMU_CHOOSE_LOCAL) == 0)
		return status;
	return sysemu_on_choice(r->m, where | (now & SYSEMU_CHOOSE_LOCAL), answer, r);
}

/* The machine has no choice to make. */
sysemu_status run_close(struct run *r, sysemu_status status)
{
	sysemu_status closed = SYSEMU_OK;

	if (r->chooses)
		closed = sysemu_on_choice(r->m, 0, NULL, NULL);
	r->chooses = false;
	return status ? status : closed;
}

sysemu_status run_on(struct run *r, sysemu_event *e)
{
	uint64_t left = 0, most = r->config->max_insns;
	sysemu_event now;
	sysemu_status status;

	if (most) {
		sysemu_get_counts(r->m, &now.counts);
		left = instructions(&now) - instructions(&r->begin);
		if (left >= most) {
			*e = (sysemu_event){ .kind = SYSEMU_EVENT_LIMIT };
			return SYSEMU_OK;
		}
		left = most - left;
	}
	/* Who is stopped or told of by an event that is no end is nobody's: it goes on, if somebody can. */
	do
		status = sysemu_run(r->m, left, e);
	while (!status && (e->kind == SYSEMU_EVENT_BREAK ||
			   (e->kind == SYSEMU_EVENT_STOP && sysemu_can_run(r->m))));
	if (!status && e->kind == SYSEMU_EVENT_STOP)
		*e = (sysemu_event){ .kind = SYSEMU_EVENT_DEADLOCK };
	/* That is no outcome of the schedule's. */
	if (!status && e->kind == SYSEMU_EVENT_FAULT && lacked_memory(r->m))
		return SYSEMU_ENOMEM;
	return status;
}

sysemu_status fill_outcome(struct run *r, const sysemu_event *e, const struct steps *steps,
			   unsigned preemptions, sysemu_outcome *out)
{
	*out = (sysemu_outcome){
		.kind = e->kind,
		.status = e->status,
		.word = r->config->word ? *r->config->word : 0,
		.times = 1,
		.preemptions = preemptions,
		.nsteps = steps->n,
		.steps = steps->step,
	};
	if (e->kind == SYSEMU_EVENT_FAULT)
		strncpy(out->why, sysemu_errmsg(r->m), sizeof(out->why) - 1);
	return sysemu_get_digest(r->m, &out->end);
}

/* ---- one again ---- */

struct follower {
	const sysemu_step *step;
	size_t left;
};

/* It need not be asked for each instruction. */
static sysemu_status wait_for_tick(struct run *r, struct follower *f)
{
	if (!f->left || !f->step->tick)
		return SYSEMU_OK;
	return sysemu_ask_tick(r->m, f->step->choice);
}

/* What the schedule has at this choice; false: it is a schedule of something else. */
static bool next_step(struct follower *f, const sysemu_choice *c, int *option)
{
	bool tick = c->kind == SYSEMU_CHOICE_TICK;

	*option = 0;
	if (!f->left || f->step->tick != tick || f->step->choice > c->number)
		return true;
	if (f->step->choice < c->number || f->step->option >= c->options)
		return false;
	*option = (int)f->step->option;
	f->step++;
	f->left--;
	return true;
}

static sysemu_status follow(struct run *r, struct follower *f, sysemu_outcome *out)
{
	sysemu_status status = wait_for_tick(r, f);
	sysemu_choice c;
	sysemu_event e;

	while (!status && !(status = run_on(r, &e)) && e.kind == SYSEMU_EVENT_CHOICE) {
		status = sysemu_get_choice(r->m, &c);
		if (status || !next_step(f, &c, &r->decided))
			break;
		status = wait_for_tick(r, f);
	}
	if (!status && f->left)
		status = fail(r->m, SYSEMU_EMISMATCH,
			      "option %" PRIu32 " at choice %" PRIu64
			      " of the schedule is none that this run comes to",
			      f->step->option, f->step->choice);
	return status ? status : fill_outcome(r, &e, &(struct steps){ 0 }, 0, out);
}

sysemu_status sysemu_follow_schedule(sysemu_machine *m, const sysemu_schedules_config *config,
				     const sysemu_step *steps, size_t nsteps, sysemu_outcome *out)
{
	struct follower f = { .step = steps, .left = nsteps };
	sysemu_schedules_config now;
	sysemu_status status;
	struct run r;

	REQUIRE(m, config);
	REQUIRE(m, out);
	if (nsteps)
		REQUIRE(m, steps);
	now = *config;
	now.where &= ~TICKS;
	status = run_open(&r, m, &now, "sysemu_follow_schedule");
	return status ? status : run_close(&r, follow(&r, &f, out));
}

/* ---- random ones ---- */

static uint64_t random_below(uint64_t *state, uint64_t n)
{
	return random_next(state) % n;
}

#define MOST_PIDS 256

struct random_run {
	struct run run;
	uint64_t random;
	unsigned depth;
	/* PCT: */
	uint64_t change[64]; /* the choices at which the running task's priority falls */
	unsigned fallen;
	struct {
		int32_t pid;
		uint64_t priority;
	} task[MOST_PIDS];
	unsigned ntasks;
};

static uint64_t *priority_of(struct random_run *r, int32_t pid)
{
	for (unsigned i = 0; i < r->ntasks; i++)
		if (r->task[i].pid == pid)
			return &r->task[i].priority;
	if (r->ntasks == MOST_PIDS)
		r->ntasks = 0; /* a program with more has its priorities drawn again */
	r->task[r->ntasks].pid = pid;
	r->task[r->ntasks].priority = 64 + random_below(&r->random, UINT32_MAX);
	return &r->task[r->ntasks++].priority;
}

static int by_priority(struct random_run *r, const sysemu_choice *c)
{
	int best = 0;

	if (c->kind == SYSEMU_CHOICE_TICK) /* its number is another */
		return 0;
	for (unsigned i = 0; i + 1 < r->depth; i++)
		if (r->change[i] == c->number)
			*priority_of(r, c->pid) = 63 - r->fallen++;
	for (unsigned i = 1; i < c->options; i++)
		if (c->next[i] && (!c->next[best] ||
				   *priority_of(r, c->next[i]) > *priority_of(r, c->next[best])))
			best = (int)i;
	return best;
}

/* Where nobody must give way, seldom. */
static int at_random(struct random_run *r, const sysemu_choice *c)
{
	unsigned seldom = c->kind == SYSEMU_CHOICE_TICK ? 256 : 4;
	unsigned option = (unsigned)random_below(&r->random, c->options);

	if (c->kind != SYSEMU_CHOICE_NEXT && random_below(&r->random, seldom))
		return 0;
	if (c->next[option] == 0 && random_below(&r->random, 8))
		return 0;
	return (int)option;
}

static sysemu_status one_random(struct random_run *r, sysemu_schedules *s, struct steps *steps,
				uint64_t *choices)
{
	unsigned preemptions = 0;
	sysemu_outcome outcome;
	sysemu_choice c;
	sysemu_event e;
	sysemu_status status;

	steps->n = 0;
	*choices = 0;
	while (!(status = run_on(&r->run, &e)) && e.kind == SYSEMU_EVENT_CHOICE) {
		status = sysemu_get_choice(r->run.m, &c);
		if (status)
			return status;
		r->run.decided = r->depth ? by_priority(r, &c) : at_random(r, &c);
		preemptions += is_preemption(&c, (uint32_t)r->run.decided);
		if (r->run.decided && !steps_add(steps, &c, (uint32_t)r->run.decided))
			return fail(r->run.m, SYSEMU_ENOMEM, "no memory for a schedule");
		++*choices;
	}
	if (!status)
		status = fill_outcome(&r->run, &e, steps, preemptions, &outcome);
	if (status)
		return status;
	s->schedules++;
	s->choices += *choices;
	return schedules_found(s, &outcome) ?
		       SYSEMU_OK :
		       fail(r->run.m, SYSEMU_ENOMEM, "no memory for an outcome");
}

static void begin_random(struct random_run *r, uint64_t seed, uint64_t choices)
{
	r->random = seed;
	r->ntasks = r->fallen = 0;
	for (unsigned i = 0; i + 1 < r->depth; i++)
		r->change[i] = random_below(&r->random, choices ? choices : 1);
}

static sysemu_status all_random(struct random_run *r, uint64_t seed, uint64_t runs,
				const sysemu_snapshot *start, sysemu_schedules *s)
{
	const sysemu_schedules_config *config = r->run.config;
	const uint64_t word = config->word ? *config->word : 0;
	struct steps steps = { 0 };
	uint64_t choices = 1000; /* a guess, before the first has run */
	sysemu_status status = SYSEMU_OK, back;

	for (uint64_t i = 0; i < runs && !status; i++) {
		if (config->shards && i % config->shards != config->shard - 1)
			continue;
		if (config->most && s->schedules == config->most) {
			s->cut = true;
			break;
		}
		begin_random(r, seed + i, choices);
		status = one_random(r, s, &steps, &choices);
		back = sysemu_restore(r->run.m, start);
		if (!status)
			status = back;
		/* That another run has met a handler is none of the next one's. */
		if (!status)
			status = sysemu_on_choice(r->run.m, config->where, answer, &r->run);
		if (config->word)
			*config->word = word;
	}
	steps_free(&steps);
	return status;
}

sysemu_status sysemu_random_schedules(sysemu_machine *m, const sysemu_schedules_config *config,
				      uint64_t seed, uint64_t runs, unsigned depth,
				      sysemu_schedules **out)
{
	struct random_run r = { .depth = depth };
	sysemu_snapshot *start;
	sysemu_schedules *s;
	sysemu_status status;

	REQUIRE(m, config);
	REQUIRE(m, out);
	if (depth > 64)
		return fail(m, SYSEMU_EINVAL, "sysemu_random_schedules: depth %u is more than 64",
			    depth);
	status = sysemu_save(m, &start);
	if (status)
		return status;
	s = schedules_new();
	status = s ? run_open(&r.run, m, config, "sysemu_random_schedules") :
		     fail(m, SYSEMU_ENOMEM, "no memory for schedules");
	if (!status)
		status = run_close(&r.run, all_random(&r, seed, runs, start, s));
	sysemu_snapshot_free(start);
	if (s)
		s->where = config->where;
	if (status)
		sysemu_schedules_free(s);
	else
		*out = s;
	return status;
}
