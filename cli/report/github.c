/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * github.c: a report as GitHub's workflow commands, which annotate lines. An instruction that
 * came or went is annotated at its own line, once, however many records it concerns; a record
 * without one at its own place.
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

static bool is_instruction(const struct report_change *c)
{
	return c->kind >= REPORT_CAME && c->place.file;
}

static bool same(const struct report_change *a, const struct report_change *b)
{
	return a->kind == b->kind && a->place.line == b->place.line &&
	       !strcmp(a->place.file, b->place.file) && !strcmp(a->text, b->text);
}

static bool has(const struct report_record *record, const struct report_change *change)
{
	for (size_t i = 0; i < record->n_changes; i++)
		if (is_instruction(&record->changes[i]) && same(&record->changes[i], change))
			return true;
	return false;
}

static bool told_before(const struct report *r, size_t record, size_t change)
{
	const struct report_change *c = &r->records[record].changes[change];

	for (size_t i = 0; i < record; i++)
		if (report_is_bad(&r->records[i]) && has(&r->records[i], c))
			return true;
	for (size_t i = 0; i < change; i++)
		if (is_instruction(&r->records[record].changes[i]) &&
		    same(&r->records[record].changes[i], c))
			return true;
	return false;
}

/* "came: nop, in system_call: fast-path: insns.entry 38; and 3 more" */
static void put_change(FILE *out, const struct report *r, size_t record,
		       const struct report_change *c)
{
	size_t more = 0;

	put_head(out, r, &r->records[record], &c->place);
	fprintf(out, "%s: ", report_change_name(c->kind));
	put_escaped(out, c->text, false);
	fputs(", in ", out);
	put_escaped(out, c->name, false);
	if (c->kind == REPORT_TIMES)
		fprintf(out, ", %" PRIu64 " -> %" PRIu64 " times", c->before, c->after);
	if (r->records[record].message) {
		fputs(": ", out);
		put_escaped(out, r->records[record].message, false);
	}
	for (size_t i = record + 1; i < r->n; i++)
		more += report_is_bad(&r->records[i]) && has(&r->records[i], c);
	if (more)
		fprintf(out, "; and %zu more", more);
	putc('\n', out);
}

static void put_record(FILE *out, const struct report *r, size_t record)
{
	const struct report_record *x = &r->records[record];
	bool any = false;

	for (size_t i = 0; i < x->n_changes; i++) {
		if (!is_instruction(&x->changes[i]))
			continue;
		any = true;
		if (!told_before(r, record, i))
			put_change(out, r, record, &x->changes[i]);
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
