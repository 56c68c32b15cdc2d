/* SPDX-License-Identifier: GPL-2.0-only */
/* timeline.c: what the readers fill: lanes, events, flags and arrows; and where two timelines part. */
#include <stdlib.h>
#include <string.h>

#include "cli/show/show.h"

const char *const show_state_names[SHOW_STATES] = {
	"not there", "in user mode", "in the kernel",      "runs",  "ready",
	"waits",     "stopped",      "held by its tracer", "ended",
};

void *show_more(void *array, size_t *n, size_t *room, size_t size)
{
	void **data = array;

	if (*n == *room) {
		size_t more = *room ? 2 * *room : 64;
		void *grown = realloc(*data, more * size);

		if (!grown)
			return NULL;
		*data = grown;
		*room = more;
	}
	return memset((char *)*data + (*n)++ * size, 0, size);
}

struct show_timeline *show_timeline_new(struct show *s, const char *title)
{
	struct show_timeline *t = SHOW_MORE(s->timelines, s->ntimelines, s->timelines_room);

	if (t)
		t->title = title;
	return t;
}

bool show_lane_of(struct show_timeline *t, int32_t pid, uint16_t *out)
{
	struct show_lane *lane;

	for (size_t i = t->nlanes; i--;) { /* those that came last are asked for most */
		if (t->lanes[i].pid == pid) {
			*out = (uint16_t)i;
			return true;
		}
	}
	if (t->nlanes == UINT16_MAX)
		return false;
	lane = SHOW_MORE(t->lanes, t->nlanes, t->lanes_room);
	if (!lane)
		return false;
	lane->pid = pid;
	*out = (uint16_t)(t->nlanes - 1);
	return true;
}

struct show_event *show_event_add(struct show_timeline *t, uint64_t time, uint16_t lane,
				  uint32_t text)
{
	struct show_event *e = t->nevents < UINT32_MAX - 1 ?
				       SHOW_MORE(t->events, t->nevents, t->events_room) :
				       NULL;

	if (!e)
		return NULL;
	e->time = time;
	e->lane = lane;
	e->text = text;
	e->state = e->other_state = SHOW_SAME;
	t->end = time;
	t->differs = t->nevents;
	return e;
}

bool show_flags_add(struct show_timeline *t, uint32_t tif)
{
	struct show_flags *f = SHOW_MORE(t->flags, t->nflags, t->flags_room);

	if (!f)
		return false;
	f->event = (uint32_t)t->nevents - 1;
	f->tif = tif;
	return true;
}

bool show_arrow_add(struct show_timeline *t, size_t from, size_t to, uint32_t text)
{
	struct show_arrow *a = SHOW_MORE(t->arrows, t->narrows, t->arrows_room);

	if (!a)
		return false;
	a->from = (uint32_t)from;
	a->to = (uint32_t)to;
	a->text = text;
	return true;
}

void show_compare(struct show_timeline *a, struct show_timeline *b)
{
	size_t n = a->nevents < b->nevents ? a->nevents : b->nevents, i = 0;

	for (; i < n; i++) {
		const struct show_event *x = &a->events[i], *y = &b->events[i];

		if (a->lanes[x->lane].pid != b->lanes[y->lane].pid || x->text != y->text ||
		    x->state != y->state || x->other_state != y->other_state)
			break;
	}
	if (i == n && a->nevents == b->nevents)
		return; /* nowhere */
	a->differs = i;
	b->differs = i;
}

bool show_cost_add(struct show *s, const struct show_cost *cost)
{
	struct show_cost *c = SHOW_MORE(s->costs, s->ncosts, s->costs_room);

	if (c)
		*c = *cost;
	return c;
}

bool show_heat_add(struct show *s, const struct show_heat *heat)
{
	struct show_heat *h = SHOW_MORE(s->heat, s->nheat, s->heat_room);

	if (h)
		*h = *heat;
	return h;
}

void show_free(struct show *s)
{
	for (size_t i = 0; i < s->ntimelines; i++) {
		free(s->timelines[i].lanes);
		free(s->timelines[i].events);
		free(s->timelines[i].flags);
		free(s->timelines[i].arrows);
	}
	free(s->timelines);
	free(s->costs);
	free(s->heat);
	free(s->inputs);
	free(s->history);
	rows_free(&s->texts);
	report_free(&s->report);
}
