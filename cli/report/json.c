/* SPDX-License-Identifier: GPL-2.0-only */
/* json.c: a report as JSON; docs/report.schema.json is its schema. */
#include "cli/json.h"

#include "writers.h"

#define SCHEMA 1 /* of docs/report.schema.json */

/* 0 is unknown: null. */
static void put_position(struct json *j, const char *key, uint32_t number)
{
	if (number)
		json_put_number(j, key, number);
	else
		json_put_text(j, key, NULL);
}

static void put_place(struct json *j, const struct report_place *place)
{
	json_put_text(j, "file", place->file);
	put_position(j, "line", place->line);
	put_position(j, "column", place->column);
}

static void put_limit(struct json *j, const struct report_limit *limit)
{
	json_open(j, '{');
	json_put_text(j, "metric", limit->metric);
	json_put_text(j, "limit", limit->limit);
	if (limit->has_base)
		json_put_number(j, "base", limit->base);
	else
		json_put_text(j, "base", NULL);
	json_put_number(j, "seen", limit->seen);
	json_key(j, "broken");
	json_bool(j, limit->broken);
	json_put_text(j, "why", limit->why);
	json_close(j, '}');
}

static void put_change(struct json *j, const struct report_change *c)
{
	json_open(j, '{');
	json_put_text(j, "kind", report_change_name(c->kind));
	json_put_text(j, "unit", c->unit);
	json_put_text(j, "name", c->name);
	json_put_text(j, "text", c->text);
	json_put_number(j, "before", c->before);
	json_put_number(j, "after", c->after);
	put_place(j, &c->place);
	json_close(j, '}');
}

static void put_record(struct json *j, const struct report_record *record)
{
	json_open(j, '{');
	json_put_text(j, "suite", record->suite);
	json_put_text(j, "name", record->name);
	json_put_text(j, "check", record->check);
	json_put_text(j, "kernel", record->kernel);
	json_put_text(j, "entry", record->entry);
	json_put_text(j, "status", report_status_name(record->status));
	put_place(j, &record->place);
	json_put_text(j, "message", record->message);
	json_put_text(j, "detail", record->detail);
	json_key(j, "limits");
	json_open(j, '[');
	for (size_t i = 0; i < record->n_limits; i++)
		put_limit(j, &record->limits[i]);
	json_close(j, ']');
	json_key(j, "changes");
	json_open(j, '[');
	for (size_t i = 0; i < record->n_changes; i++)
		put_change(j, &record->changes[i]);
	json_close(j, ']');
	json_close(j, '}');
}

void report_write_json(FILE *out, const struct report *r)
{
	struct json j = { .out = out };

	json_open(&j, '{');
	json_put_number(&j, "schema", SCHEMA);
	json_put_text(&j, "tool", "sysemu " SYSEMU_VERSION);
	json_put_text(&j, "command", r->command);
	json_key(&j, "records");
	json_open(&j, '[');
	for (size_t i = 0; i < r->n; i++)
		put_record(&j, &r->records[i]);
	json_close(&j, ']');
	json_key(&j, "summary");
	json_open(&j, '{');
	json_put_number(&j, "records", r->n);
	for (unsigned s = REPORT_PASS; s <= REPORT_ERROR; s++)
		json_put_number(&j, report_status_name(s), report_count(r, s));
	json_close(&j, '}');
	json_close(&j, '}');
	json_end(&j);
}
