/* SPDX-License-Identifier: GPL-2.0-only */
/* gitlab.c: a report as GitLab's code quality: a list of what is not as it should be, each with
 * a fingerprint by which GitLab knows it again when its line has moved. */
#include <inttypes.h>

#include "cli/json.h"

#include "writers.h"

static const char *severity(enum report_status status)
{
	switch (status) {
	case REPORT_BROKEN: return "major";
	case REPORT_FAIL: return "critical";
	case REPORT_ERROR: return "blocker";
	default: return "info";
	}
}

static void put_record(struct json *j, const struct report_record *record)
{
	struct report_place place = report_look_at(record);
	uint64_t h = report_hash(REPORT_HASH, record->check);
	char fingerprint[17];

	h = report_hash(report_hash(h, record->suite), record->name);
	snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64, h);
	json_open(j, '{');
	json_put_text(j, "description", record->message ? record->message : record->name);
	json_put_text(j, "check_name", record->check);
	json_put_text(j, "fingerprint", fingerprint);
	json_put_text(j, "severity", severity(record->status));
	json_key(j, "location");
	json_open(j, '{');
	/* GitLab wants a place: what has none in a file lies at the head of its suite. */
	json_put_text(j, "path", place.file ? place.file : record->suite);
	json_key(j, "lines");
	json_open(j, '{');
	json_key(j, "begin");
	json_uint(j, place.line ? place.line : 1);
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
}

void report_write_gitlab(FILE *out, const struct report *r)
{
	struct json j = { .out = out };

	json_open(&j, '[');
	for (size_t i = 0; i < r->n; i++)
		if (r->records[i].status != REPORT_PASS)
			put_record(&j, &r->records[i]);
	json_close(&j, ']');
	json_end(&j);
}
