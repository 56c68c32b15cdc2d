/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c: the records of a report and their memory. Read next: reports.c, text.c. */
#include "writers.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	_Alignas(16) unsigned char bytes[];
};

void *report_alloc(struct report *r, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b) {
		r->failed = true;
		return NULL;
	}
	b->next = r->memory;
	r->memory = b;
	return b->bytes;
}

const char *report_text(struct report *r, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = report_alloc(r, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

struct report_record *report_add(struct report *r)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		void *records = realloc(r->records, room * sizeof(*r->records));

		if (!records) {
			r->failed = true;
			return NULL;
		}
		r->records = records;
		r->room = room;
	}
	memset(&r->records[r->n], 0, sizeof(*r->records));
	return &r->records[r->n++];
}

void report_free(struct report *r)
{
	for (struct block *b = r->memory, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(r->records);
	*r = (struct report){ 0 };
}

uint64_t report_hash(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++);
	return h;
}

size_t report_count(const struct report *r, enum report_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->records[i].status == status;
	return n;
}

bool report_is_bad(const struct report_record *record)
{
	return record->status >= REPORT_BROKEN;
}

const char *report_status_name(enum report_status status)
{
	static const char *const names[] = { "pass", "finding", "broken", "fail", "error" };

	return names[status];
}

const char *report_change_name(enum report_change_kind kind)
{
	static const char *const names[] = { "region", "function", "came", "went", "times" };

	return names[kind];
}

size_t report_suite_end(const struct report *r, size_t from)
{
	size_t end = from;

	while (end < r->n && !strcmp(r->records[end].suite, r->records[from].suite))
		end++;
	return end;
}

/* An instruction that came says most; where one went there is nothing to be seen. */
struct report_place report_look_at(const struct report_record *record)
{
	static const enum report_change_kind order[] = { REPORT_CAME, REPORT_WENT, REPORT_TIMES };

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < record->n_changes; i++)
			if (record->changes[i].kind == order[k] && record->changes[i].place.file)
				return record->changes[i].place;
	return record->place;
}
