/* SPDX-License-Identifier: GPL-2.0-only */
/* text.c: a report as a table for people; and lines that other formats have in common with it. */
#include <inttypes.h>
#include <string.h>

#include "writers.h"

/* ---- lines ---- */

static void put_place(FILE *out, const struct report_place *place)
{
	if (!place->file)
		return;
	fprintf(out, "  %s", place->file);
	if (place->line)
		fprintf(out, ":%" PRIu32, place->line);
}

void report_put_limit(FILE *out, const struct report_limit *limit)
{
	fprintf(out, "%-14s %-26s seen %" PRIu64, limit->metric, limit->limit, limit->seen);
	if (limit->has_base && limit->seen != limit->base)
		fprintf(out, ", %+" PRId64, (int64_t)(limit->seen - limit->base));
	if (limit->why)
		fprintf(out, ": %s", limit->why);
}

void report_put_change(FILE *out, const struct report_change *c)
{
	fprintf(out, "%-9s ", report_change_name(c->kind));
	switch (c->kind) {
	case REPORT_REGION:
	case REPORT_FUNCTION:
		fprintf(out, "%-20s %s %" PRIu64 " -> %" PRIu64, c->name, c->unit, c->before,
			c->after);
		break;
	case REPORT_TIMES:
		fprintf(out, "%-20s %s  %" PRIu64 " -> %" PRIu64 " times", c->name, c->text,
			c->before, c->after);
		break;
	default:
		fprintf(out, "%-20s %s", c->name, c->text);
		if (c->before + c->after != 1)
			fprintf(out, "  %" PRIu64 " times", c->before + c->after);
	}
	put_place(out, &c->place);
}

/* Each line of `text`. */
static void put_lines(FILE *out, const char *text, const char *indent)
{
	while (text && *text) {
		size_t n = strcspn(text, "\n");

		fprintf(out, "%s%.*s\n", indent, (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void put_changes(FILE *out, const struct report_record *record, const char *indent)
{
	for (size_t i = 0; i < record->n_changes; i++) {
		fputs(indent, out);
		report_put_change(out, &record->changes[i]);
		putc('\n', out);
	}
}

void report_put_body(FILE *out, const struct report_record *record, const char *indent)
{
	put_lines(out, record->message, indent);
	put_lines(out, record->detail, indent);
	for (size_t i = 0; i < record->n_limits; i++) {
		fputs(indent, out);
		report_put_limit(out, &record->limits[i]);
		putc('\n', out);
	}
	put_changes(out, record, indent);
}

/* ---- the table ---- */

#define NAME_WIDTH_MAX 40

static int name_width(const struct report *r, size_t from, size_t end)
{
	size_t width = 0;

	for (size_t i = from; i < end; i++)
		if (strlen(r->records[i].name) > width)
			width = strlen(r->records[i].name);
	return (int)(width < NAME_WIDTH_MAX ? width : NAME_WIDTH_MAX);
}

static void put_record(FILE *out, const struct report_record *record, int width)
{
	const char *status = report_status_name(record->status);

	for (size_t i = 0; i < record->n_limits; i++) {
		const struct report_limit *limit = &record->limits[i];

		fprintf(out, "  %-8s %-*s  ", limit->broken ? "broken" : "kept", width,
			record->name);
		report_put_limit(out, limit);
		putc('\n', out);
	}
	if (!record->n_limits || record->status > REPORT_BROKEN)
		fprintf(out, "  %-8s %-*s%s%s\n", status, record->message ? width : 0, record->name,
			record->message ? "  " : "", record->message ? record->message : "");
	put_lines(out, record->detail, "           ");
	put_changes(out, record, "           ");
}

void report_write_text(FILE *out, const struct report *r)
{
	static const enum report_status statuses[] = { REPORT_PASS, REPORT_FINDING, REPORT_BROKEN,
						       REPORT_FAIL, REPORT_ERROR };

	for (size_t from = 0, end; from < r->n; from = end) {
		end = report_suite_end(r, from);
		fprintf(out, "%s\n", r->records[from].suite);
		for (size_t i = from; i < end; i++)
			put_record(out, &r->records[i], name_width(r, from, end));
	}
	fprintf(out, "%s: %zu", r->command, r->n);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (report_count(r, statuses[i]))
			fprintf(out, ", %zu %s", report_count(r, statuses[i]),
				report_status_name(statuses[i]));
	putc('\n', out);
}
