/* SPDX-License-Identifier: GPL-2.0-only */
/* exec_log.c: `exec --log --log-format ndjson` as a timeline: a lane a task. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exec/log.h"
#include "cli/show/show.h"

#define LOG_SCHEMA 2

struct exec_log_reader {
	struct show_timeline *t;
	FILE *words; /* writes into text */
	char *text;
	size_t size;
	size_t cause; /* the last event that was no change of a task */
	uint64_t time;
};

/* What was put into `words`, as a row. */
static uint32_t text_row(struct show_input *in, struct exec_log_reader *r)
{
	fflush(r->words);
	uint32_t row = rows_find(&in->s->texts, r->text, (size_t)ftell(r->words));
	rewind(r->words);
	return row;
}

static bool no_memory(const struct show_input *in)
{
	return show_refuse(in, "no memory for it");
}

/* ---- lines as they were told ---- */

static bool take_number(const struct show_input *in, const char *key, int64_t least, int64_t most,
			int64_t *out)
{
	*out = tree_int(&in->tree, in->tree.value, key, INT64_MIN);
	if (*out == INT64_MIN)
		return show_refuse(in, "no number \"%s\"", key);
	return (*out >= least && *out <= most) ||
	       show_refuse(in, "\"%s\": %" PRId64 " cannot be", key, *out);
}

static bool take_int32(const struct show_input *in, const char *key, int32_t *out)
{
	int64_t value;

	if (!take_number(in, key, INT32_MIN, INT32_MAX, &value))
		return false;
	*out = (int32_t)value;
	return true;
}

static bool take_state(const struct show_input *in, sysemu_task_state *out)
{
	const char *text = tree_text(&in->tree, in->tree.value, "state"), *name;

	for (unsigned i = 0; text && (name = sysemu_task_state_name(i)); i++) {
		if (!strcmp(name, text)) {
			*out = (sysemu_task_state)i;
			return true;
		}
	}
	return show_refuse(in, "no \"state\" of a task");
}

static void take_arguments(const struct show_input *in, sysemu_tracepoint *p)
{
	const struct tree_value *v =
		tree_first(&in->tree, tree_get(&in->tree, in->tree.value, "args"));

	for (unsigned i = 0; v && i < 6; i++, v = tree_next(&in->tree, v))
		p->arg[i] = v->kind == TREE_NUMBER ? (uint32_t)strtoull(v->text, NULL, 10) : 0;
}

static void take_strings(const struct show_input *in, struct exec_strings *s)
{
	const struct tree_value *strings = tree_get(&in->tree, in->tree.value, "strings");

	for (unsigned i = 0; i < 6; i++) {
		const char key[2] = { (char)('0' + i) };
		const char *text = strings ? tree_text(&in->tree, strings, key) : NULL;

		snprintf(s->of[i], sizeof(s->of[i]), "%s", text ? text : "");
	}
}

static bool take_switch(const struct show_input *in, sysemu_tracepoint *p)
{
	if (!take_state(in, &p->state) || !take_int32(in, "next", &p->next))
		return false;
	p->nr = (int32_t)tree_int(&in->tree, in->tree.value, "nr", -1);
	p->status = (uint32_t)tree_int(&in->tree, in->tree.value, "status", 0);
	return true;
}

static bool take_point(const struct show_input *in, sysemu_tracepoint *p)
{
	const struct tree_value *restarts = tree_get(&in->tree, in->tree.value, "restarts");

	switch (p->kind) {
	case SYSEMU_SYS_ENTER: take_arguments(in, p); return take_int32(in, "nr", &p->nr);
	case SYSEMU_SYS_EXIT:
		p->restarts = restarts && restarts->kind == TREE_TRUE;
		return take_int32(in, "nr", &p->nr) && take_int32(in, "eax", &p->eax);
	case SYSEMU_SIGNAL_DELIVER: return take_int32(in, "signal", &p->signal);
	default: return take_switch(in, p);
	}
}

bool show_tif(const struct show_input *in, uint32_t *out)
{
	const struct tree_value *v = tree_get(&in->tree, in->tree.value, "tif");

	if (!v || v->kind != TREE_LIST)
		return show_refuse(in, "no list \"tif\"");
	*out = 0;
	for (v = tree_first(&in->tree, v); v; v = tree_next(&in->tree, v)) {
		unsigned bit = 0;

		while (bit < 32 && v->kind == TREE_STRING &&
		       (!sysemu_tif_name(bit) || strcmp(sysemu_tif_name(bit), v->text) != 0) &&
		       (strncmp(v->text, "bit", 3) != 0 || atoi(v->text + 3) != (int)bit))
			bit++;
		if (bit == 32 || v->kind != TREE_STRING)
			return show_refuse(in, "\"tif\": not a flag");
		*out |= 1u << bit;
	}
	return true;
}

static bool take_task(const struct show_input *in, sysemu_process_task *task)
{
	const char *name = tree_text(&in->tree, in->tree.value, "name");

	if (!name)
		return show_refuse(in, "no \"name\"");
	snprintf(task->name, sizeof(task->name), "%s", name);
	return take_state(in, &task->state) && take_int32(in, "parent", &task->parent) &&
	       take_int32(in, "tracer", &task->tracer) && show_tif(in, &task->tif);
}

/* ---- what they make of the lanes ---- */

static enum show_state state_of(sysemu_task_state state)
{
	static const enum show_state states[] = { SHOW_READY, SHOW_WAITS, SHOW_STOPPED, SHOW_TRACED,
						  SHOW_ENDED };

	return states[state];
}

static bool switches(struct exec_log_reader *r, struct show_event *e, const sysemu_tracepoint *p)
{
	struct show_timeline *t = r->t;
	struct show_lane *lane = &t->lanes[e->lane], *next;

	e->state = (uint8_t)state_of(p->state);
	lane->runs = false;
	lane->awake = p->state == SYSEMU_TASK_READY;
	if (p->state >= SYSEMU_TASK_STOPPED)
		lane->last_stop = (uint32_t)t->nevents;
	if (p->state == SYSEMU_TASK_ENDED)
		lane->in_call = false;
	if (p->next <= 0) /* nobody runs */
		return true;
	if (!show_lane_of(t, p->next, &e->other))
		return false;
	next = &t->lanes[e->other];
	next->runs = true;
	e->other_state = next->in_call ? SHOW_KERNEL : SHOW_USER;
	return true;
}

/* A call that returns the number of somebody who stopped or ended was told of it; an end two can be told of. */
static bool returns(struct exec_log_reader *r, const sysemu_tracepoint *p, uint32_t text)
{
	struct show_timeline *t = r->t;
	const char *name = sysemu_call_name(p->nr);

	if (p->eax <= 0 || !name || strncmp(name, "wait", 4) != 0)
		return true;
	for (size_t i = 0; i < t->nlanes; i++) {
		struct show_lane *lane = &t->lanes[i];

		if (lane->pid != p->eax || !lane->last_stop)
			continue;
		return show_arrow_add(t, lane->last_stop - 1, t->nevents - 1, text);
	}
	return true;
}

static bool add_point(struct show_input *in, struct exec_log_reader *r, sysemu_tracepoint *p)
{
	struct show_timeline *t = r->t;
	struct show_event *e;
	uint16_t lane;
	uint32_t text;

	struct exec_strings strings;

	if (!take_point(in, p))
		return false;
	take_strings(in, &strings);
	exec_put_point(r->words, p, &strings);
	text = text_row(in, r);
	e = show_lane_of(t, p->pid, &lane) ? show_event_add(t, p->time, lane, text) : NULL;
	if (!e)
		return no_memory(in);
	r->cause = t->nevents - 1;
	switch (p->kind) {
	case SYSEMU_SYS_ENTER: e->state = SHOW_KERNEL; break;
	case SYSEMU_SYS_EXIT: e->state = SHOW_USER; break;
	case SYSEMU_SCHED_SWITCH: return switches(r, e, p) || no_memory(in);
	default: return true;
	}
	t->lanes[lane].runs = true;
	t->lanes[lane].in_call = p->kind == SYSEMU_SYS_ENTER;
	return p->kind == SYSEMU_SYS_ENTER || returns(r, p, text) || no_memory(in);
}

/* Whoever ran woke, or made, it: an arrow. */
static bool wakes(struct exec_log_reader *r, struct show_lane *lane, uint32_t text)
{
	struct show_timeline *t = r->t;
	bool was = lane->awake;

	lane->awake = true;
	return was || t->nevents == 1 || &t->lanes[t->events[r->cause].lane] == lane ||
	       show_arrow_add(t, r->cause, t->nevents - 1, text);
}

static bool add_task(struct show_input *in, struct exec_log_reader *r, int32_t pid, uint64_t time)
{
	sysemu_process_task task = { .pid = pid };
	struct show_timeline *t = r->t;
	struct show_event *e;
	struct show_lane *lane;
	uint16_t number;
	uint32_t text;
	bool ok = true;

	if (!take_task(in, &task))
		return false;
	exec_put_task(r->words, &task);
	text = text_row(in, r);
	e = show_lane_of(t, pid, &number) ? show_event_add(t, time, number, text) : NULL;
	if (!e)
		return no_memory(in);
	lane = &t->lanes[number];
	snprintf(lane->name, sizeof(lane->name), "%s", task.name);
	if (lane->tif != task.tif)
		ok = show_flags_add(t, task.tif);
	lane->tif = task.tif;
	if (task.state == SYSEMU_TASK_READY)
		ok = ok && wakes(r, lane, text);
	else
		lane->awake = false;
	if (task.state != SYSEMU_TASK_READY || !lane->runs)
		e->state = (uint8_t)state_of(task.state);
	return ok || no_memory(in);
}

/* ---- a line ---- */

static bool begin(struct show_input *in, void **memory)
{
	struct exec_log_reader *r = calloc(1, sizeof(*r));

	*memory = r;
	if (!r)
		return no_memory(in);
	r->t = show_timeline_new(in->s, in->path);
	r->words = open_memstream(&r->text, &r->size);
	return (r->t && r->words) || no_memory(in);
}

static bool read_end(struct show_input *in, struct exec_log_reader *r)
{
	const char *how = tree_text(&in->tree, in->tree.value, "how");
	const uint32_t status = (uint32_t)tree_int(&in->tree, in->tree.value, "status", 0);
	struct report_record *record = report_add(&in->s->report);

	if (!how)
		return show_refuse(in, "no \"how\" it ended");
	if (!record)
		return no_memory(in);
	record->suite = record->name = in->path;
	record->check = "run";
	record->status = !strcmp(how, "exit") && !status ? REPORT_PASS : REPORT_FAIL;
	record->message = !strcmp(how, "exit") ?
				  report_text(&in->s->report, "exit %u", status >> 8 & 0xff) :
			  !strcmp(how, "killed") ? report_text(&in->s->report, "killed by %s",
							       cli_signal_text(status & 0x7f)) :
						   report_text(&in->s->report, "%s", how);
	r->t->title = report_text(&in->s->report, "%s: %s", in->path, record->message);
	return show_regions(in, in->path, in->tree.value);
}

static bool exec_line(struct show_input *in, void **memory)
{
	struct exec_log_reader *r;
	const char *event = tree_text(&in->tree, in->tree.value, "event"), *name;
	sysemu_tracepoint p = { 0 };
	int64_t time;

	if (!*memory && !begin(in, memory))
		return false;
	r = *memory;
	if (tree_int(&in->tree, in->tree.value, "schema", 0) != LOG_SCHEMA)
		return show_refuse(in, "\"schema\" is not %d: written by another sysemu",
				   LOG_SCHEMA);
	if (!strcmp(event, "end"))
		return read_end(in, r);
	if (!take_number(in, "time", 0, INT64_MAX, &time) || !take_int32(in, "pid", &p.pid))
		return false;
	p.time = (uint64_t)time;
	if (p.time < r->time)
		return show_refuse(in, "\"time\" goes back");
	r->time = p.time;
	if (!strcmp(event, "task"))
		return add_task(in, r, p.pid, p.time);
	for (unsigned k = 0; (name = sysemu_tracepoint_name(k)); k++) {
		p.kind = (sysemu_tracepoint_kind)k;
		if (!strcmp(event, name))
			return add_point(in, r, &p);
	}
	return show_refuse(in, "\"event\": \"%s\" is none of them", event);
}

static bool exec_end(struct show_input *in, void *memory)
{
	struct exec_log_reader *r = memory;

	(void)in;
	if (r->words)
		fclose(r->words);
	free(r->text);
	free(r);
	return true;
}

const struct show_log show_exec_log = { "exec --log", exec_line, exec_end };
