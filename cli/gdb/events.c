/* SPDX-License-Identifier: GPL-2.0-only */
/* events.c: what has been, for a person: stops, answers, served calls. The latest are kept. */
#include <string.h>

#include "cli/gdb/world.h"

void events_add(struct world *w, struct world_event e)
{
	struct events *l = &w->events;

	e.moment = gdb_moment(w);
	if (l->n && e.moment < l->list[l->n - 1].moment)
		return; /* the world goes through what has been */
	for (size_t i = l->n; i && l->list[i - 1].moment == e.moment; i--)
		if (l->list[i - 1].kind == e.kind)
			return;
	if (l->n == WORLD_EVENTS) {
		l->n /= 2;
		memmove(l->list, l->list + l->n, l->n * sizeof(l->list[0]));
	}
	l->list[l->n++] = e;
}

void events_cut(struct world *w, uint64_t moment)
{
	struct events *l = &w->events;

	while (l->n && l->list[l->n - 1].moment > moment)
		l->n--;
}

void events_text(const struct world *w, const struct world_event *e, char *buf, size_t size)
{
	const char *request = sysemu_request_name(e->nr), *call = sysemu_call_name(e->nr);
	char flags[128];

	switch (e->kind) {
	case WORLD_EVENT_STOP:
		snprintf(buf, size, "task %d stopped, status %04x, orig_eax %d, eax %#x, tif %s",
			 (int)e->pid, (unsigned)e->status, (int)e->nr, (unsigned)e->value,
			 cli_flags_text(e->tif, flags, sizeof(flags)));
		break;
	case WORLD_EVENT_REQUEST:
		snprintf(buf, size, "PTRACE_%s, signal %u", request, (unsigned)e->value);
		break;
	case WORLD_EVENT_REFUSED:
		snprintf(buf, size, "PTRACE_%s refused: %s", request, strerror((int)e->value));
		break;
	case WORLD_EVENT_SERVED:
		snprintf(buf, size, "served call %d, %s: %d", (int)e->nr, call ? call : "?",
			 (int)e->value);
		break;
	case WORLD_EVENT_GONE: snprintf(buf, size, "task %d ended", (int)e->pid); break;
	case WORLD_EVENT_END: snprintf(buf, size, "%s", w->end); break;
	}
}
