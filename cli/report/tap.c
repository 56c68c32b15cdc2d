/* SPDX-License-Identifier: GPL-2.0-only */
/* tap.c: a report as TAP 13, with a YAML block behind what is not ok. */
#include "cli/json.h"

#include "writers.h"

/* In a description `#` begins a directive. */
static void put_description(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			putc('\\', out);
		putc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
}

/* A JSON string is a YAML one. */
static void put_text(FILE *out, const char *key, const char *text)
{
	struct json j = { .out = out };

	if (!text)
		return;
	fprintf(out, "  %s: ", key);
	json_string(&j, text);
	putc('\n', out);
}

static void put_diagnostics(FILE *out, const struct report_record *record)
{
	fputs("  ---\n", out);
	put_text(out, "message", record->message);
	put_text(out, "severity", report_status_name(record->status));
	put_text(out, "file", record->place.file);
	if (record->place.line)
		fprintf(out, "  line: %u\n", record->place.line);
	fputs("  seen: |\n", out);
	report_put_body(out, record, "    ");
	fputs("  ...\n", out);
}

void report_write_tap(FILE *out, const struct report *r)
{
	fprintf(out, "TAP version 13\n1..%zu\n", r->n);
	for (size_t i = 0; i < r->n; i++) {
		const struct report_record *record = &r->records[i];

		fprintf(out, "%sok %zu - ", report_is_bad(record) ? "not " : "", i + 1);
		put_description(out, record->suite);
		fputs(": ", out);
		put_description(out, record->name);
		putc('\n', out);
		if (record->status != REPORT_PASS)
			put_diagnostics(out, record);
	}
}
