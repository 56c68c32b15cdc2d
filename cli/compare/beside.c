/* SPDX-License-Identifier: GPL-2.0-only */
/* beside.c: stories of one scenario side by side, row by row, field by field. Read next: words.c. */
#include <stdio.h>
#include <string.h>

#include "compare.h"

bool beside_field(const struct story stories[], size_t n, size_t row, struct beside_field *f,
		  unsigned field)
{
	const char *first = NULL; /* that has one: an end has no registers */
	bool differs = false;

	for (size_t k = 0; k < n; k++) {
		f->name = words_field(&stories[k], row, field, &f->tell, f->values[k]);
		if (!first && f->values[k][0])
			first = f->values[k];
		differs = differs || (first && f->values[k][0] && strcmp(f->values[k], first) != 0);
	}
	return differs;
}

size_t beside_rows(const struct story stories[], size_t n)
{
	size_t rows = 0;

	for (size_t k = 0; k < n; k++)
		if (stories[k].n > rows)
			rows = stories[k].n;
	return rows;
}

bool beside_find(const struct story stories[], size_t n, const struct beside_limits *limits,
		 struct beside_found *found)
{
	static struct beside_field f;
	bool any = false;

	found->tell = (sysemu_tell)(limits->tell + 1);
	for (size_t i = limits->from; i <= limits->to && i <= beside_rows(stories, n); i++) {
		f.name = "";
		for (unsigned field = 0; f.name; field++) {
			if (!beside_field(stories, n, i, &f, field) || f.tell >= found->tell ||
			    (i == 0 && f.tell == SYSEMU_TELL_COUNTS)) /* the boot's */
				continue;
			*found = (struct beside_found){ i, field, f.tell };
			any = true;
		}
	}
	return any;
}

const char *beside_row_text(const sysemu_staging *st, size_t row, char *buf, size_t size)
{
	if (row < st->n_rows && st->rows[row].label)
		return st->rows[row].label;
	snprintf(buf, size, row < st->n_rows ? "row %zu" : "the end", row + 1);
	return buf;
}
