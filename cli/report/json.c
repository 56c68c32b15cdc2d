/* SPDX-License-Identifier: GPL-2.0-only */
/* json.c: a report as JSON; docs/report.schema.json is its schema. */
#include "cli/json.h"

#include "writers.h"

#define SCHEMA 1 /* of docs/report.schema.json */

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_string(j, text);
}

static void put_number(struct json *j, const char *key, uint64_t number)
{
	json_key(j, key);
	json_uint(j, number);
}

/* 0 is unknown: null. */
static void put_position(struct json *j, const char *key, uint32_t number)
{
	if (number)
		put_number(j, key, number);
	else
		put_text(j, key, NULL);
}

static void put_place(struct json *j, const struct report_place *place)
{
	put_text(j, "file", place->file);
	put_position(j, "line", place->line);
	put_position(j, "column", place->column);
}

static void put_limit(struct json *j, const struct report_limit *limit)
{
	json_open(j, '{');
	put_text(j, "metric", limit->metric);
	put_text(j, "limit", limit->limit);
	if (limit->has_base)
		put_number(j, "base", limit->base);
	else
		put_text(j, "base", NULL);
	put_number(j, "seen", limit->seen);
	json_key(j, "broken");
	json_bool(j, limit->broken);
	put_text(j, "why", limit->why);
	json_close(j, '}');
}

static void put_change(struct json *j, const struct report_change *c)
{
	json_open(j, '{');
	put_text(j, "kind", report_change_name(c->kind));
	put_text(j, "unit", c->unit);
	put_text(j, "name", c->name);
	put_text(j, "text", c->text);
	put_number(j, "before", c->before);
	put_number(j, "after", c->after);
	put_place(j, &c->place);
	json_close(j, '}');
}

static void put_record(struct json *j, const struct report_record *record)
{
	json_open(j, '{');
	put_text(j, "suite", record->suite);
	put_text(j, "name", record->name);
	put_text(j, "check", record->check);
	put_text(j, "kernel", record->kernel);
	put_text(j, "entry", record->entry);
	put_text(j, "status", report_status_name(record->status));
	put_place(j, &record->place);
	put_text(j, "message", record->message);
	put_text(j, "detail", record->detail);
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
	put_number(&j, "schema", SCHEMA);
	put_text(&j, "tool", "sysemu " SYSEMU_VERSION);
	put_text(&j, "command", r->command);
	json_key(&j, "records");
	json_open(&j, '[');
	for (size_t i = 0; i < r->n; i++)
		put_record(&j, &r->records[i]);
	json_close(&j, ']');
	json_key(&j, "summary");
	json_open(&j, '{');
	put_number(&j, "records", r->n);
	for (unsigned s = REPORT_PASS; s <= REPORT_ERROR; s++)
		put_number(&j, report_status_name(s), report_count(r, s));
	json_close(&j, '}');
	json_close(&j, '}');
	json_end(&j);
}
