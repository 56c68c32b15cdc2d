/* SPDX-License-Identifier: GPL-2.0-only */
/* ktap.c: a report as KTAP 1, the kernel's: a suite is a test whose subtests are the records. */
#include "writers.h"

static void put_name(FILE *out, const char *text)
{
	for (; *text; text++)
		putc((unsigned char)*text <= ' ' ? '_' : *text == '#' ? '.' : *text, out);
}

/* True: none of them is bad. */
static bool put_suite(FILE *out, const struct report *r, size_t from, size_t end)
{
	bool good = true;

	fputs("  KTAP version 1\n  # Subtest: ", out);
	put_name(out, r->records[from].suite);
	fprintf(out, "\n  1..%zu\n", end - from);
	for (size_t i = from; i < end; i++) {
		const struct report_record *record = &r->records[i];

		if (record->status != REPORT_PASS)
			report_put_body(out, record, "  # ");
		fprintf(out, "  %sok %zu ", report_is_bad(record) ? "not " : "", i - from + 1);
		put_name(out, record->name);
		putc('\n', out);
		good &= !report_is_bad(record);
	}
	return good;
}

void report_write_ktap(FILE *out, const struct report *r)
{
	size_t suites = 0, number = 0;

	for (size_t from = 0; from < r->n; from = report_suite_end(r, from))
		suites++;
	fprintf(out, "KTAP version 1\n1..%zu\n", suites);
	for (size_t from = 0, end; from < r->n; from = end) {
		bool good;

		end = report_suite_end(r, from);
		good = put_suite(out, r, from, end);
		fprintf(out, "%sok %zu ", good ? "" : "not ", ++number);
		put_name(out, r->records[from].suite);
		putc('\n', out);
	}
}
