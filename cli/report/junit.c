/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * junit.c: a report as JUnit XML: a suite is a testsuite, a record a testcase. No times: what is
 * reported is the same on every host.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report/utf8.h"
#include "writers.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, for what XML cannot carry */

static void put_escaped(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	for (; *s; s += length) {
		length = cli_utf8_length(s);
		switch (*s) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\n':
			fputs("&#10;", out);
			length = 1;
			break;
		case '\t':
			fputs("&#9;", out);
			length = 1;
			break;
		default:
			/* U+FFFE and U+FFFF are well-formed, but no XML. */
			if (!length || !memcmp(s, "\xef\xbf\xbe", length) ||
			    !memcmp(s, "\xef\xbf\xbf", length))
				fputs(REPLACEMENT, out);
			else
				fwrite(s, 1, length, out);
			length += !length;
		}
	}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_escaped(out, value);
	putc('"', out);
}

static void put_body(FILE *out, const struct report_record *record, const char *element)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	report_put_body(memory, record, "");
	if (fclose(memory) == 0) {
		fprintf(out, "      <%s", element);
		if (strcmp(element, "system-out") != 0) {
			put_attribute(out, "type", record->check);
			put_attribute(out, "message", record->message ? record->message : "");
		}
		putc('>', out);
		put_escaped(out, text);
		fprintf(out, "</%s>\n", element);
	}
	free(text);
}

static void put_case(FILE *out, const struct report_record *record)
{
	fputs("    <testcase", out);
	put_attribute(out, "classname", record->suite);
	put_attribute(out, "name", record->name);
	if (record->place.file)
		put_attribute(out, "file", record->place.file);
	if (record->place.line)
		fprintf(out, " line=\"%" PRIu32 "\"", record->place.line);
	if (record->status == REPORT_PASS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	put_body(out, record,
		 record->status == REPORT_FINDING ? "system-out" :
		 record->status == REPORT_ERROR   ? "error" :
						    "failure");
	fputs("    </testcase>\n", out);
}

/* Of records `from` up to `end`. */
static void put_counts(FILE *out, const struct report *r, size_t from, size_t end)
{
	size_t errors = 0, failures = 0;

	for (size_t i = from; i < end; i++) {
		errors += r->records[i].status == REPORT_ERROR;
		failures += report_is_bad(&r->records[i]) && r->records[i].status != REPORT_ERROR;
	}
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", end - from, failures,
		errors);
}

void report_write_junit(FILE *out, const struct report *r)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	fprintf(out, " name=\"sysemu %s\"", r->command);
	put_counts(out, r, 0, r->n);
	fputs(">\n", out);
	for (size_t from = 0, end; from < r->n; from = end) {
		end = report_suite_end(r, from);
		fputs("  <testsuite", out);
		put_attribute(out, "name", r->records[from].suite);
		put_counts(out, r, from, end);
		fputs(" skipped=\"0\">\n", out);
		for (size_t i = from; i < end; i++)
			put_case(out, &r->records[i]);
		fputs("  </testsuite>\n", out);
	}
	fputs("</testsuites>\n", out);
}
