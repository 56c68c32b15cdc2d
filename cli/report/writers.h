/* SPDX-License-Identifier: GPL-2.0-only */
/* writers.h: the formats of a report, each a file of its own that knows the records alone. */
#ifndef CLI_REPORT_WRITERS_H
#define CLI_REPORT_WRITERS_H

#include "report.h"

typedef void (*report_writer)(FILE *out, const struct report *r);

void report_write_text(FILE *out, const struct report *r);
void report_write_json(FILE *out, const struct report *r);
void report_write_junit(FILE *out, const struct report *r);
void report_write_tap(FILE *out, const struct report *r);
void report_write_ktap(FILE *out, const struct report *r);
void report_write_github(FILE *out, const struct report *r);
void report_write_gitlab(FILE *out, const struct report *r);

/* ---- what several of them want ---- */

/* The records of one suite lie together: the first one behind those of the suite of `from`. */
size_t report_suite_end(const struct report *r, size_t from);
/* One line: what differs, and how the limits stand. */
void report_put_limit(FILE *out, const struct report_limit *limit);
/* "came  system_call  nop  asm/entry/entry.S:195" */
void report_put_change(FILE *out, const struct report_change *change);
/* Message, detail, limits and changes, each line behind `indent`. */
void report_put_body(FILE *out, const struct report_record *record, const char *indent);

/* Where a person should look: an instruction that came, or went; else the record's own place. */
struct report_place report_look_at(const struct report_record *record);

#endif
