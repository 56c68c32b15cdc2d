/* SPDX-License-Identifier: GPL-2.0-only */
/* page.c: a report as a page: words as JSON, then texts, then of each timeline a column a kind of number. */
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/report/writers.h"
#include "cli/show/show.h"

extern const char cli_page_show_style[], cli_page_show_text[], cli_page_show_rows[],
	cli_page_show_timeline[];

/* ---- rows, costs, lines ---- */

static void put_body(struct json *j, const struct report_record *record)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	json_key(j, "body");
	if (!out) {
		json_string(j, NULL);
		return;
	}
	report_put_body(out, record, "");
	json_string(j, fclose(out) == 0 ? text : NULL);
	free(text);
}

static void put_rows(struct json *j, const struct report *r)
{
	json_key(j, "rows");
	json_open(j, '[');
	for (size_t i = 0; i < r->n; i++) {
		const struct report_record *record = &r->records[i];

		json_open(j, '{');
		json_put_text(j, "status", report_status_name(record->status));
		json_put_text(j, "suite", record->suite);
		json_put_text(j, "name", record->name);
		json_put_text(j, "check", record->check);
		json_put_text(j, "kernel", record->kernel);
		json_put_text(j, "entry", record->entry);
		json_put_text(j, "file", record->place.file);
		json_put_number(j, "line", record->place.line);
		json_put_text(j, "message", record->message);
		put_body(j, record);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_costs(struct json *j, const struct show *s)
{
	json_key(j, "costs");
	json_open(j, '[');
	for (size_t i = 0; i < s->ncosts; i++) {
		const struct show_cost *c = &s->costs[i];

		json_open(j, '{');
		json_put_text(j, "of", c->of);
		json_put_text(j, "name", c->name);
		json_put_text(j, "unit", c->unit);
		json_put_number(j, "value", c->value);
		if (c->has_base)
			json_put_number(j, "base", c->base);
		json_key(j, "bad");
		json_bool(j, c->bad);
		json_put_text(j, "limit", c->limit);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static bool source_is_first(const struct show *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->heat[k].file, s->heat[i].file))
			return false;
	return true;
}

static void put_heat(struct json *j, const struct show *s)
{
	json_key(j, "heat");
	json_open(j, '[');
	for (size_t i = 0; i < s->nheat; i++) {
		const struct show_heat *h = &s->heat[i];

		json_open(j, '[');
		json_string(j, h->kernel);
		json_string(j, h->file);
		json_uint(j, h->line);
		json_uint(j, h->runs);
		if (h->compares)
			json_uint(j, h->before);
		json_close(j, ']');
	}
	json_close(j, ']');
	json_key(j, "sources");
	json_open(j, '{');
	for (size_t i = 0; i < s->nheat; i++)
		if (source_is_first(s, i) && page_source(s->heat[i].file))
			json_put_text(j, s->heat[i].file, page_source(s->heat[i].file));
	json_close(j, '}');
}

/* ---- timelines ---- */

static void put_timelines(struct json *j, const struct show *s)
{
	json_key(j, "timelines");
	json_open(j, '[');
	for (size_t i = 0; i < s->ntimelines; i++) {
		const struct show_timeline *t = &s->timelines[i];

		json_open(j, '{');
		json_put_text(j, "title", t->title);
		json_key(j, "counted");
		json_bool(j, t->counted);
		json_put_number(j, "end", t->end);
		json_put_number(j, "differs", t->differs);
		json_put_number(j, "events", t->nevents);
		json_put_number(j, "flags", t->nflags);
		json_put_number(j, "arrows", t->narrows);
		json_key(j, "lanes");
		json_open(j, '[');
		for (size_t l = 0; l < t->nlanes; l++) {
			json_open(j, '{');
			json_put_number(j, "pid", (uint64_t)t->lanes[l].pid);
			json_put_text(j, "name", t->lanes[l].name);
			json_close(j, '}');
		}
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_names(struct json *j)
{
	json_key(j, "states");
	json_open(j, '[');
	for (unsigned i = 0; i < SHOW_STATES; i++)
		json_string(j, show_state_names[i]);
	json_close(j, ']');
	json_key(j, "tif");
	json_open(j, '[');
	for (unsigned bit = 0; bit < 32; bit++)
		json_string(j, sysemu_tif_name(bit));
	json_close(j, ']');
}

static bool words(const struct show *s, char **text, size_t *size)
{
	struct json j = { .out = open_memstream(text, size) };

	if (!j.out)
		return false;
	json_open(&j, '{');
	json_put_text(&j, "version", SYSEMU_VERSION);
	json_key(&j, "inputs");
	json_open(&j, '[');
	for (size_t i = 0; i < s->ninputs; i++) {
		json_open(&j, '{');
		json_put_text(&j, "path", s->inputs[i].path);
		json_put_text(&j, "kind", s->inputs[i].kind);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	put_names(&j);
	put_rows(&j, &s->report);
	put_costs(&j, s);
	put_heat(&j, s);
	put_timelines(&j, s);
	if (s->history)
		fprintf(j.out, ",\"history\":%s", s->history);
	json_close(&j, '}');
	return fclose(j.out) == 0;
}

static void add_events(struct bytes *b, const struct show_timeline *t)
{
	uint64_t time = 0;

	for (size_t i = 0; i < t->nevents; time = t->events[i++].time)
		bytes_number(b, t->events[i].time - time);
	for (size_t i = 0; i < t->nevents; i++)
		bytes_number(b, t->events[i].lane);
	for (size_t i = 0; i < t->nevents; i++)
		bytes_number(b, t->events[i].text);
	for (size_t i = 0; i < t->nevents; i++)
		bytes_number(b, t->events[i].state + (SHOW_SAME + 1) * t->events[i].other_state);
	for (size_t i = 0; i < t->nevents; i++)
		if (t->events[i].other_state != SHOW_SAME)
			bytes_number(b, t->events[i].other);
}

static void add_timeline(struct bytes *b, const struct show_timeline *t)
{
	uint32_t last = 0;

	add_events(b, t);
	for (size_t i = 0; i < t->nflags; last = t->flags[i++].event) {
		bytes_number(b, t->flags[i].event - last);
		bytes_number(b, t->flags[i].tif);
	}
	last = 0;
	for (size_t i = 0; i < t->narrows; last = t->arrows[i++].to) {
		bytes_number(b, t->arrows[i].to - last);
		bytes_number(b, t->arrows[i].to - t->arrows[i].from);
		bytes_number(b, t->arrows[i].text);
	}
}

bool show_write_page(const struct show *s, struct cli_output *to)
{
	static const char *const scripts[] = { cli_page_show_timeline, cli_page_show_rows, NULL };
	static const struct page_parts parts = {
		.title = "A report of sysemu",
		.style = cli_page_show_style,
		.text = cli_page_show_text,
		.scripts = scripts,
	};
	struct bytes all = { 0 };
	char *text = NULL;
	size_t size;
	bool ok = words(s, &text, &size);

	if (ok) {
		bytes_number(&all, size);
		bytes_add(&all, text, size);
		bytes_rows(&all, &s->texts);
		for (size_t i = 0; i < s->ntimelines; i++)
			add_timeline(&all, &s->timelines[i]);
		ok = !all.failed && !s->texts.data.failed && page_frame(to->out, &parts, &all);
	}
	if (!ok)
		cli_say("no memory for the page");
	free(all.data);
	free(text);
	return ok && cli_output_close(to);
}
