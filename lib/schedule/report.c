/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c: outcomes: which there are, how often each, and the shortest way to it. */
#include <stdlib.h>
#include <string.h>

#include "lib/schedule/schedule.h"

bool steps_add(struct steps *s, const sysemu_choice *c, uint32_t option)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		sysemu_step *more = realloc(s->step, room * sizeof(*more));

		if (!more)
			return false;
		s->step = more;
		s->room = room;
	}
	s->step[s->n++] = (sysemu_step){ c->number, option, c->kind == SYSEMU_CHOICE_TICK };
	return true;
}

void steps_free(struct steps *s)
{
	free(s->step);
	*s = (struct steps){ 0 };
}

sysemu_schedules *schedules_new(void)
{
	return calloc(1, sizeof(sysemu_schedules));
}

void sysemu_schedules_free(sysemu_schedules *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->noutcomes; i++)
		free(s->outcome[i].steps);
	free(s->outcome);
	free(s);
}

static bool same_outcome(const sysemu_outcome *a, const sysemu_outcome *b)
{
	return a->kind == b->kind && a->status == b->status && a->word == b->word &&
	       strcmp(a->why, b->why) == 0;
}

/* Equally short ones: the first in the order of their steps, so that it is the same in all shards. */
static bool is_shorter(const sysemu_outcome *a, const sysemu_outcome *b)
{
	if (a->preemptions != b->preemptions)
		return a->preemptions < b->preemptions;
	if (a->nsteps != b->nsteps)
		return a->nsteps < b->nsteps;
	for (size_t i = 0; i < a->nsteps; i++) {
		const sysemu_step *x = &a->steps[i], *y = &b->steps[i];

		if (x->choice != y->choice)
			return x->choice < y->choice;
		if (x->option != y->option)
			return x->option < y->option;
	}
	return false;
}

static bool copy_steps(sysemu_outcome *to, const sysemu_outcome *from)
{
	size_t bytes = from->nsteps * sizeof(*from->steps);
	sysemu_step *steps = malloc(bytes ? bytes : 1);

	if (!steps)
		return false;
	if (bytes)
		memcpy(steps, from->steps, bytes);
	*to = *from;
	to->steps = steps;
	return true;
}

bool schedules_found(sysemu_schedules *s, const sysemu_outcome *found)
{
	sysemu_outcome *more;

	for (size_t i = 0; i < s->noutcomes; i++) {
		sysemu_outcome *o = &s->outcome[i];
		sysemu_step *old = o->steps;
		uint64_t times = o->times + found->times;

		if (!same_outcome(o, found))
			continue;
		if (is_shorter(found, o)) {
			if (!copy_steps(o, found))
				return false;
			free(old);
		}
		o->times = times;
		return true;
	}
	more = realloc(s->outcome, (s->noutcomes + 1) * sizeof(*more));
	if (!more)
		return false;
	s->outcome = more;
	if (!copy_steps(&more[s->noutcomes], found))
		return false;
	s->noutcomes++;
	return true;
}

sysemu_status sysemu_schedules_add(sysemu_schedules *a, const sysemu_schedules *b)
{
	REQUIRE_ARGUMENT(NULL, a);
	REQUIRE_ARGUMENT(NULL, b);
	for (size_t i = 0; i < b->noutcomes; i++)
		if (!schedules_found(a, &b->outcome[i]))
			return fail(NULL, SYSEMU_ENOMEM, "no memory for another outcome");
	a->schedules += b->schedules;
	a->alike += b->alike;
	a->choices += b->choices;
	a->cut |= b->cut;
	return SYSEMU_OK;
}
