/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perfetto.c: timelines as Chrome's trace events (JSON): a process a timeline, a thread a task, a slice a state, a
 * counter a flag, a flow an arrow. Times are microseconds, an instruction a nanosecond.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "cli/json.h"
#include "cli/show/show.h"

struct tracing {
	struct json j;
	const struct show *s;
	const struct show_timeline *t;
	unsigned process;
};

static void put_time(struct json *j, const char *key, uint64_t time)
{
	json_key(j, key);
	fprintf(j->out, "%" PRIu64 ".%03" PRIu64, time / 1000, time % 1000);
	j->comma = true;
}

static void begin(struct tracing *w, const char *phase, int32_t thread)
{
	json_open(&w->j, '{');
	json_key(&w->j, "ph");
	json_string(&w->j, phase);
	json_key(&w->j, "pid");
	json_uint(&w->j, w->process);
	json_key(&w->j, "tid");
	json_int(&w->j, thread);
}

static void end(struct tracing *w)
{
	json_close(&w->j, '}');
	putc('\n', w->j.out);
}

static void put_string(struct tracing *w, const char *key, const char *text)
{
	json_key(&w->j, key);
	json_string(&w->j, text);
}

static void put_name(struct tracing *w, const char *what, int32_t thread, const char *name)
{
	begin(w, "M", thread);
	put_string(w, "name", what);
	json_key(&w->j, "args");
	json_open(&w->j, '{');
	put_string(w, "name", name);
	json_close(&w->j, '}');
	end(w);
}

/* Rows have no end of their own; json_string wants one. */
static void put_row(struct tracing *w, const char *key, uint32_t row)
{
	char text[512];

	rows_text(&w->s->texts, row, text, sizeof(text));
	put_string(w, key, text);
}

static void put_slice(struct tracing *w, uint16_t lane, size_t from, uint64_t until, uint8_t state)
{
	const struct show_event *e = &w->t->events[from];

	if (state == SHOW_NONE || state == SHOW_ENDED)
		return;
	begin(w, "X", w->t->lanes[lane].pid);
	put_time(&w->j, "ts", e->time);
	put_time(&w->j, "dur", until - e->time);
	put_string(w, "name", show_state_names[state]);
	json_key(&w->j, "args");
	json_open(&w->j, '{');
	put_row(w, "what", e->text);
	json_close(&w->j, '}');
	end(w);
}

/* What each lane's state is, and since which event. */
struct open_slice {
	size_t from;
	uint8_t state;
};

static void change(struct tracing *w, struct open_slice *open, uint16_t lane, size_t at,
		   uint8_t state)
{
	if (state == SHOW_SAME || state == open[lane].state)
		return;
	put_slice(w, lane, open[lane].from, w->t->events[at].time, open[lane].state);
	open[lane] = (struct open_slice){ at, state };
}

static void put_slices(struct tracing *w, struct open_slice *open)
{
	const struct show_timeline *t = w->t;

	for (size_t i = 0; i < t->nevents; i++) {
		const struct show_event *e = &t->events[i];

		change(w, open, e->lane, i, e->state);
		change(w, open, e->other, i, e->other_state);
		begin(w, "i", t->lanes[e->lane].pid);
		put_time(&w->j, "ts", e->time);
		put_string(w, "s", "t");
		put_row(w, "name", e->text);
		end(w);
	}
	for (size_t i = 0; i < t->nlanes; i++)
		put_slice(w, (uint16_t)i, open[i].from, t->end, open[i].state);
}

static void put_flags(struct tracing *w)
{
	const struct show_timeline *t = w->t;

	for (size_t i = 0; i < t->nflags; i++) {
		const struct show_event *e = &t->events[t->flags[i].event];
		char name[48];

		begin(w, "C", t->lanes[e->lane].pid);
		put_time(&w->j, "ts", e->time);
		snprintf(name, sizeof(name), "flags of %" PRId32, t->lanes[e->lane].pid);
		put_string(w, "name", name);
		json_key(&w->j, "args");
		json_open(&w->j, '{');
		for (unsigned bit = 0; bit < 32; bit++) {
			if (!sysemu_tif_name(bit))
				continue;
			json_key(&w->j, sysemu_tif_name(bit));
			json_uint(&w->j, t->flags[i].tif >> bit & 1);
		}
		json_close(&w->j, '}');
		end(w);
	}
}

static void put_end_of_arrow(struct tracing *w, const char *phase, size_t number, uint32_t event,
			     uint32_t text)
{
	const struct show_event *e = &w->t->events[event];

	begin(w, phase, w->t->lanes[e->lane].pid);
	put_time(&w->j, "ts", e->time);
	json_key(&w->j, "id");
	json_uint(&w->j, (uint64_t)w->process << 32 | number);
	put_string(w, "cat", "arrow");
	put_row(w, "name", text);
	if (*phase == 'f')
		put_string(w, "bp", "e");
	end(w);
}

static bool put_timeline(struct tracing *w)
{
	const struct show_timeline *t = w->t;
	struct open_slice *open = calloc(t->nlanes + 1, sizeof(*open));

	if (!open)
		return false;
	put_name(w, "process_name", 0, t->title);
	for (size_t i = 0; i < t->nlanes; i++)
		put_name(w, "thread_name", t->lanes[i].pid, t->lanes[i].name);
	put_slices(w, open);
	put_flags(w);
	for (size_t i = 0; i < t->narrows; i++) {
		put_end_of_arrow(w, "s", i, t->arrows[i].from, t->arrows[i].text);
		put_end_of_arrow(w, "f", i, t->arrows[i].to, t->arrows[i].text);
	}
	free(open);
	return true;
}

bool show_write_perfetto(const struct show *s, struct cli_output *to)
{
	struct tracing w = { .j.out = to->out, .s = s };
	bool ok = true;

	json_open(&w.j, '{');
	put_string(&w, "displayTimeUnit", "ns");
	json_key(&w.j, "traceEvents");
	json_open(&w.j, '[');
	for (size_t i = 0; ok && i < s->ntimelines; i++) {
		w.t = &s->timelines[i];
		w.process = (unsigned)i + 1;
		ok = put_timeline(&w);
	}
	json_close(&w.j, ']');
	json_close(&w.j, '}');
	json_end(&w.j);
	if (!ok)
		cli_say("no memory for the trace");
	return ok && cli_output_close(to);
}
