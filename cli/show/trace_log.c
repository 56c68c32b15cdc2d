/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_log.c: `trace --format ndjson` and `run --log-format ndjson` as a timeline: the program, and the tracer, for
 * whom no time passes. Where in its way from stop to stop the program was in user mode is not told.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/show.h"

#define TRACE_SCHEMA 1
#define SUMS         32

struct trace_reader {
	struct show_timeline *t;
	uint64_t time, user;
	struct {
		const char *name;
		uint64_t insns;
	} sum[SUMS];
	size_t n;
	const char *last; /* what the last line says has happened */
};

enum { TRACER, PROGRAM };

static bool no_memory(const struct show_input *in)
{
	return show_refuse(in, "no memory for it");
}

static bool begin(struct show_input *in, void **memory)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	uint16_t lane;

	*memory = r;
	r = *memory;
	if (!r || !(r->t = show_timeline_new(in->s, in->path)) || !show_lane_of(r->t, 0, &lane) ||
	    !show_lane_of(r->t, 1, &lane))
		return no_memory(in);
	r->t->counted = true;
	snprintf(r->t->lanes[TRACER].name, sizeof(r->t->lanes[0].name), "tracer");
	snprintf(r->t->lanes[PROGRAM].name, sizeof(r->t->lanes[0].name), "program");
	return true;
}

static bool add_region(struct show_input *in, struct trace_reader *r, const char *name,
		       uint64_t insns)
{
	size_t i = 0;

	while (i < r->n && strcmp(r->sum[i].name, name) != 0)
		i++;
	if (i == SUMS)
		return show_refuse(in, "more than %d regions", SUMS);
	if (i == r->n) {
		r->sum[i].name = report_text(&in->s->report, "%s", name);
		if (!r->sum[i].name)
			return no_memory(in);
		r->n++;
	}
	r->sum[i].insns += insns;
	r->time += insns;
	return true;
}

static bool add_counts(struct show_input *in, struct trace_reader *r)
{
	const struct tree_value *v = tree_get(&in->tree, in->tree.value, "insns");
	int64_t user = tree_int(&in->tree, in->tree.value, "user", -1);

	if (!v || v->kind != TREE_OBJECT)
		return show_refuse(in, "no object \"insns\"");
	if (user < 0)
		return show_refuse(in, "no number \"user\"");
	for (v = tree_first(&in->tree, v); v; v = tree_next(&in->tree, v))
		if (v->kind != TREE_NUMBER ||
		    !add_region(in, r, v->key, strtoull(v->text, NULL, 10)))
			return v->kind == TREE_NUMBER ||
			       show_refuse(in, "\"insns\": \"%s\" is no number", v->key);
	return add_region(in, r, "user", (uint64_t)user);
}

static bool add_text(struct show_input *in, struct trace_reader *r, uint16_t lane,
		     enum show_state state, const char *text)
{
	struct show_event *e =
		show_event_add(r->t, r->time, lane, rows_find(&in->s->texts, text, strlen(text)));

	if (!e)
		return no_memory(in);
	e->state = (uint8_t)state;
	return true;
}

/* The flags that a stop finds are those that the program went on with. */
static bool add_flags(struct show_input *in, struct trace_reader *r)
{
	struct show_lane *program = &r->t->lanes[PROGRAM];
	uint32_t tif;

	if (!show_tif(in, &tif))
		return false;
	if (program->tif != tif && !show_flags_add(r->t, tif))
		return no_memory(in);
	program->tif = tif;
	return true;
}

/* Which lets the program run, unless it is refused. */
static bool add_answer(struct show_input *in, struct trace_reader *r, const char *request,
		       bool error)
{
	const char *text =
		report_text(&in->s->report, "PTRACE_%s%s", request, error ? ": refused" : "");

	if (!text || !add_text(in, r, TRACER, SHOW_SAME, text))
		return false;
	if (error)
		return true;
	return add_text(in, r, PROGRAM, SHOW_RUNS, "goes on") &&
	       (show_arrow_add(r->t, r->t->nevents - 2, r->t->nevents - 1,
			       r->t->events[r->t->nevents - 2].text) ||
		no_memory(in));
}

/* The tracer's answer, if there is one; then what became of it. */
static bool add_line(struct show_input *in, struct trace_reader *r, const char *event)
{
	const struct tree_value *root = in->tree.value;
	const char *request = tree_text(&in->tree, root, "request"),
		   *what = tree_text(&in->tree, root, "what"),
		   *symbol = tree_text(&in->tree, root, "symbol");
	int64_t status = tree_int(&in->tree, root, "status", 0),
		nr = tree_int(&in->tree, root, "orig_eax", -1);
	const char *call = nr >= 0 ? sysemu_call_name((int32_t)nr) : NULL;
	struct report *texts = &in->s->report;
	bool stop = !strcmp(event, "stop"), error = !strcmp(event, "error");
	const char *text;

	if (request && !add_answer(in, r, request, error))
		return false;
	if (!r->t->nevents && !add_text(in, r, PROGRAM, SHOW_RUNS, "begins"))
		return false;
	if (!add_flags(in, r) || !add_counts(in, r))
		return false;
	text = what ? report_text(texts, "%s", what) :
		      report_text(texts, "%s, status %04" PRIx64 "%s%s%s%s", event,
				  (uint64_t)status, stop && call ? ", in " : "",
				  stop && call ? call : "", symbol && *symbol ? ", at " : "",
				  symbol ? symbol : "");
	r->last = text;
	return text && (error || add_text(in, r, PROGRAM, stop ? SHOW_TRACED : SHOW_ENDED, text));
}

static bool trace_line(struct show_input *in, void **memory)
{
	const char *event = tree_text(&in->tree, in->tree.value, "event");
	struct trace_reader *r;

	if (!*memory && !begin(in, memory))
		return false;
	r = *memory;
	if (tree_int(&in->tree, in->tree.value, "schema", 0) != TRACE_SCHEMA)
		return show_refuse(in, "\"schema\" is not %d: written by another sysemu",
				   TRACE_SCHEMA);
	return !strcmp(event, "interrupted") || add_line(in, r, event);
}

static bool trace_end(struct show_input *in, void *memory)
{
	struct trace_reader *r = memory;
	struct show_cost cost = { .of = in->path, .unit = "instructions" };
	bool ok = true;

	for (size_t i = 0; ok && i < r->n; i++) {
		cost.name = r->sum[i].name;
		cost.value = r->sum[i].insns;
		ok = !cost.value || show_cost_add(in->s, &cost);
	}
	r->t->title =
		report_text(&in->s->report, "%s: %s", in->path, r->last ? r->last : "nothing");
	free(r);
	return ok || no_memory(in);
}

const struct show_log show_trace_log = { "trace", trace_line, trace_end };
