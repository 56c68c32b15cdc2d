/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * github.c: a report as GitHub's workflow commands, which annotate lines. Instructions that came
 * or went are annotated at their own line, once a function, however many records they concern; a
 * record without any at its own place.
 */
#include <inttypes.h>
#include <string.h>

#include "writers.h"

/* GitHub's own escapes; in a property two more. */
static void put_escaped(FILE *out, const char *text, bool property)
{
	for (; *text; text++) {
		bool escape = *text == '%' || *text == '\r' || *text == '\n' ||
			      (property && (*text == ':' || *text == ','));

		if (escape)
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			putc(*text, out);
	}
}

static void put_property(FILE *out, const char *separator, const char *name, const char *value)
{
	fprintf(out, "%s%s=", separator, name);
	put_escaped(out, value, true);
}

static void put_head(FILE *out, const struct report *r, const struct report_record *record,
		     const struct report_place *place)
{
	const char *separator = " ";

	fprintf(out, "::%s", record->status == REPORT_FINDING ? "notice" : "error");
	if (place->file) {
		put_property(out, separator, "file", place->file);
		separator = ",";
		if (place->line)
			fprintf(out, ",line=%" PRIu32, place->line);
		if (place->column)
			fprintf(out, ",col=%" PRIu32, place->column);
	}
	fprintf(out, "%stitle=sysemu %s%%3A ", separator, r->command);
	put_escaped(out, record->name, true);
	fputs("::", out);
}

/* ---- instructions ---- */

/* What came and went of one function: changes `from` up to `end` of a record. */
struct group {
	const struct report_record *record;
	size_t from, end;
	uint64_t hash; /* the same in all records that the change concerns */
	bool came;
	struct report_place place; /* of the first that came, or else that went */
};

/* The first at or behind `from`; its end is 0 if there is none. */
static struct group next_group(const struct report_record *record, size_t from)
{
	struct group g = { .record = record, .from = from, .hash = REPORT_HASH };

	while (g.from < record->n_changes &&
	       (record->changes[g.from].kind < REPORT_CAME || !record->changes[g.from].place.file))
		g.from++;
	if (g.from == record->n_changes)
		return g;
	for (g.end = g.from; g.end < record->n_changes; g.end++) {
		const struct report_change *c = &record->changes[g.end];

		if (c->kind < REPORT_CAME || strcmp(c->name, record->changes[g.from].name) != 0)
			break;
		if (c->kind == REPORT_TIMES)
			continue;
		g.hash = report_hash(report_hash(g.hash, report_change_name(c->kind)), c->text);
		if (!g.place.file || (c->kind == REPORT_CAME && !g.came))
			g.place = c->place;
		g.came |= c->kind == REPORT_CAME;
	}
	if (!g.place.file)
		g.place = record->changes[g.from].place;
	return g;
}

/*
 * Where instructions came, the others only follow: a function that lost some is then no place
 * to look at. Where none came, it is the first that lost one.
 */
static bool is_worth(const struct group *g)
{
	struct group other;

	if (g->came)
		return true;
	for (size_t i = 0; i < g->record->n_changes; i = other.end) {
		other = next_group(g->record, i);
		if (!other.end)
			break;
		if (other.came)
			return false;
	}
	return next_group(g->record, 0).from == g->from;
}

static bool has(const struct report_record *record, const struct group *wanted)
{
	struct group g;

	for (size_t i = 0; i < record->n_changes; i = g.end) {
		g = next_group(record, i);
		if (!g.end)
			return false;
		if (g.hash == wanted->hash && g.place.line == wanted->place.line && is_worth(&g))
			return true;
	}
	return false;
}

static bool told_before(const struct report *r, size_t record, const struct group *g)
{
	for (size_t i = 0; i < record; i++)
		if (report_is_bad(&r->records[i]) && has(&r->records[i], g))
			return true;
	return false;
}

static void put_group(FILE *out, const struct report *r, size_t record, const struct group *g)
{
	const struct report_record *x = &r->records[record];

	put_head(out, r, x, &g->place);
	if (x->message)
		put_escaped(out, x->message, false);
	for (size_t i = g->from; i < g->end; i++) {
		const struct report_change *c = &x->changes[i];

		fprintf(out, "%%0A%s: ", report_change_name(c->kind));
		put_escaped(out, c->text, false);
		fputs(", in ", out);
		put_escaped(out, c->name, false);
		if (c->kind == REPORT_TIMES)
			fprintf(out, ", %" PRIu64 " -> %" PRIu64 " times", c->before, c->after);
	}
	for (size_t i = record + 1; i < r->n; i++) {
		if (!report_is_bad(&r->records[i]) || !has(&r->records[i], g))
			continue;
		fputs("%0Aalso: ", out);
		put_escaped(out, r->records[i].name, false);
	}
	putc('\n', out);
}

static void put_record(FILE *out, const struct report *r, size_t record)
{
	const struct report_record *x = &r->records[record];
	bool any = false;
	struct group g;

	for (size_t i = 0; i < x->n_changes; i = g.end) {
		g = next_group(x, i);
		if (!g.end)
			break;
		if (!is_worth(&g))
			continue;
		any = true;
		if (!told_before(r, record, &g))
			put_group(out, r, record, &g);
	}
	if (any)
		return;
	put_head(out, r, x, &x->place);
	put_escaped(out, x->message ? x->message : x->name, false);
	putc('\n', out);
}

void report_write_github(FILE *out, const struct report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->records[i].status != REPORT_PASS)
			put_record(out, r, i);
}
