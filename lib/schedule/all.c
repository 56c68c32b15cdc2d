/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * all.c: every schedule with at most so many preemptions: depth first, a snapshot at each choice that has
 * an option left. Two choices that do not touch each other lead to the same state in either order;
 * from it on only one goes on, so they are not multiplied. Read next: lib/machine/likeness.c.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/schedule/schedule.h"

/* ---- states that were gone on from ---- */

struct seen {
	struct seen_state {
		sysemu_digest state;
		uint64_t word;
		uint32_t left; /* preemptions that were left, plus 1; 0: a free slot */
	} * slot;
	size_t size, used;
};

static size_t slot_of(const struct seen *seen, const struct seen_state *s)
{
	uint64_t hash;
	size_t i;

	memcpy(&hash, s->state.bytes, sizeof(hash));
	for (i = (hash ^ s->word) & (seen->size - 1); seen->slot[i].left;
	     i = (i + 1) & (seen->size - 1))
		if (seen->slot[i].word == s->word &&
		    memcmp(&seen->slot[i].state, &s->state, sizeof(s->state)) == 0)
			break;
	return i;
}

static bool grow(struct seen *seen)
{
	struct seen more = { .size = seen->size ? 2 * seen->size : 1024, .used = seen->used };

	more.slot = calloc(more.size, sizeof(*more.slot));
	if (!more.slot)
		return false;
	for (size_t i = 0; i < seen->size; i++)
		if (seen->slot[i].left)
			more.slot[slot_of(&more, &seen->slot[i])] = seen->slot[i];
	free(seen->slot);
	*seen = more;
	return true;
}

/* Was the state gone on from with as many preemptions left? From now on it is. -1: no memory. */
static int is_seen(struct seen *seen, const struct seen_state *s)
{
	struct seen_state *there;

	if (2 * seen->used >= seen->size && !grow(seen))
		return -1;
	there = &seen->slot[slot_of(seen, s)];
	if (there->left >= s->left)
		return 1;
	seen->used += there->left == 0;
	*there = *s;
	return 0;
}

/* ---- the way to the present choice ---- */

struct node {
	sysemu_snapshot *snapshot; /* the choice is to be made */
	sysemu_choice choice;
	uint32_t option; /* the last that was tried */
	unsigned used;   /* preemptions before */
	size_t nsteps;
	uint64_t word;
};

struct search {
	struct run run;
	const sysemu_schedules_config *config;
	sysemu_schedules *found;
	struct seen seen;
	struct node *node;
	size_t n, room;
	struct steps steps;
	unsigned used;
};

static sysemu_status no_memory(struct search *s)
{
	return fail(s->run.m, SYSEMU_ENOMEM, "no memory for schedules");
}

static bool may_take(const struct search *s, const sysemu_choice *c, uint32_t option, unsigned used)
{
	return used + is_preemption(c, option) <= s->config->preemptions;
}

/* What branches off the way without a step is dealt to the shards. */
static bool is_ours(const struct search *s, const struct node *n, uint32_t option)
{
	return n->nsteps || s->config->shards < 2 ||
	       (n->choice.number * SYSEMU_OPTIONS + option) % s->config->shards ==
		       s->config->shard - 1;
}

/* The next option of the node that is to be tried; 0: none. */
static uint32_t next_option(const struct search *s, const struct node *n)
{
	for (uint32_t option = n->option + 1; option < n->choice.options; option++)
		if (may_take(s, &n->choice, option, n->used) && is_ours(s, n, option))
			return option;
	return 0;
}

static sysemu_status push(struct search *s, const sysemu_choice *c)
{
	struct node *n;

	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct node *more = realloc(s->node, room * sizeof(*more));

		if (!more)
			return no_memory(s);
		s->node = more;
		s->room = room;
	}
	n = &s->node[s->n];
	*n = (struct node){ .choice = *c, .used = s->used, .nsteps = s->steps.n };
	if (s->config->word)
		n->word = *s->config->word;
	if (!next_option(s, n))
		return SYSEMU_OK;
	s->n++;
	return sysemu_save(s->run.m, &n->snapshot);
}

static sysemu_status check_seen(struct search *s, bool *seen)
{
	struct seen_state state = { .word = s->config->word ? *s->config->word : 0,
				    .left = s->config->preemptions - s->used + 1 };
	sysemu_status status;
	int answer;

	*seen = false;
	if (s->config->every_state)
		return SYSEMU_OK;
	status = sysemu_get_likeness(s->run.m, &state.state);
	if (status)
		return status;
	answer = is_seen(&s->seen, &state);
	*seen = answer == 1;
	return answer < 0 ? no_memory(s) : SYSEMU_OK;
}

static bool has_more_options(const struct search *s, const sysemu_choice *c)
{
	for (uint32_t option = 1; option < c->options; option++)
		if (may_take(s, c, option, s->used))
			return true;
	return false;
}

/* At a choice: it is a node, and option 0 is taken; or *ends. */
static sysemu_status at_choice(struct search *s, bool *ends)
{
	sysemu_choice c;
	sysemu_status status = sysemu_get_choice(s->run.m, &c);

	s->found->choices++;
	s->run.decided = 0;
	if (status || !has_more_options(s, &c))
		return status;
	status = check_seen(s, ends);
	if (*ends)
		s->found->alike++;
	return status || *ends ? status : push(s, &c);
}

/* Up to an end, or to a state from which another has gone on. */
static sysemu_status run_one(struct search *s)
{
	sysemu_outcome outcome;
	sysemu_status status;
	sysemu_event e;
	bool ends = false;

	do {
		status = run_on(&s->run, &e);
		if (!status && e.kind == SYSEMU_EVENT_CHOICE)
			status = at_choice(s, &ends);
	} while (!status && !ends && e.kind == SYSEMU_EVENT_CHOICE);
	if (status || (!s->steps.n && s->config->shard > 1))
		return status;
	s->found->schedules++;
	if (ends)
		return SYSEMU_OK;
	status = fill_outcome(&s->run, &e, &s->steps, s->used, &outcome);
	return status ? status : schedules_found(s->found, &outcome) ? SYSEMU_OK : no_memory(s);
}

/* A tick is a preemption: where there is none left nobody need ask, and the run is faster. */
static sysemu_status ask_for_ticks(struct search *s)
{
	unsigned where = s->config->where;

	if (!(where & TICKS) || s->used < s->config->preemptions)
		return run_where(&s->run, where);
	return run_where(&s->run, where & ~TICKS);
}

/* To the last choice that has an option left, which is taken. False: there is none. */
static sysemu_status go_back(struct search *s, bool *more)
{
	*more = false;
	while (s->n) {
		struct node *n = &s->node[s->n - 1];
		uint32_t option = next_option(s, n);
		sysemu_status status;

		if (!option) {
			sysemu_snapshot_free(n->snapshot);
			s->n--;
			continue;
		}
		n->option = option;
		status = sysemu_restore(s->run.m, n->snapshot);
		if (status)
			return status;
		s->steps.n = n->nsteps;
		if (!steps_add(&s->steps, &n->choice, option))
			return no_memory(s);
		s->used = n->used + is_preemption(&n->choice, option);
		if (s->config->word)
			*s->config->word = n->word;
		s->run.decided = (int)option;
		*more = true;
		return ask_for_ticks(s);
	}
	return SYSEMU_OK;
}

static sysemu_status search(struct search *s)
{
	sysemu_status status;
	bool more = true;

	while (more) {
		status = run_one(s);
		if (status)
			return status;
		s->found->cut = s->config->most && s->found->schedules >= s->config->most;
		if (s->found->cut)
			return SYSEMU_OK;
		status = go_back(s, &more);
		if (status)
			return status;
	}
	return SYSEMU_OK;
}

static void close_search(struct search *s)
{
	while (s->n)
		sysemu_snapshot_free(s->node[--s->n].snapshot);
	free(s->node);
	free(s->seen.slot);
	steps_free(&s->steps);
}

/* *again: with this `where` more points count than it was begun with. */
static sysemu_status search_once(sysemu_machine *m, const sysemu_schedules_config *config,
				 const sysemu_snapshot *start, bool *again, sysemu_schedules **out)
{
	const uint64_t word = config->word ? *config->word : 0;
	struct search s = { .run.m = m, .config = config, .found = schedules_new() };
	sysemu_status status, back;
	unsigned where = 0;

	status = s.found ? run_open(&s.run, m, config, "sysemu_all_schedules") : no_memory(&s);
	if (!status)
		status = search(&s);
	if (!status)
		status = sysemu_get_where(m, &where);
	close_search(&s);
	back = sysemu_restore(m, start);
	status = run_close(&s.run, status ? status : back);
	if (config->word)
		*config->word = word;
	*again = !status && (where & ~config->where & SYSEMU_CHOOSE_LOCAL);
	if (s.found)
		s.found->where = config->where;
	if (status || *again)
		sysemu_schedules_free(s.found);
	else
		*out = s.found;
	return status;
}

sysemu_status sysemu_all_schedules(sysemu_machine *m, const sysemu_schedules_config *config,
				   sysemu_schedules **out)
{
	sysemu_schedules_config now;
	sysemu_snapshot *start;
	sysemu_status status;
	bool again;

	REQUIRE(m, config);
	REQUIRE(m, out);
	now = *config;
	status = sysemu_save(m, &start);
	if (status)
		return status;
	status = search_once(m, &now, start, &again, out);
	if (!status && again) {
		now.where |= SYSEMU_CHOOSE_LOCAL;
		status = search_once(m, &now, start, &again, out);
	}
	sysemu_snapshot_free(start);
	return status;
}
