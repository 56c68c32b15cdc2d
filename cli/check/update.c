/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * update.c: the numbers behind `base` in a budget's text, replaced where they stand: comments,
 * order and blanks stay. The paths go first: with old numbers they are of no use, and do no harm.
 */
#include <inttypes.h>
#include <string.h>

#include "check.h"

static bool is_row(void *budget, const char *name)
{
	const struct budget *b = budget;

	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->rows[i].name, name))
			return true;
	return false;
}

/* Rows, and limits in them, are in the order of the text. */
static void put_text(FILE *out, const struct check_update *u)
{
	const struct budget *b = u->budget;
	size_t at = 0;

	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; u->seen[i] && k < b->rows[i].n_limits; k++) {
			const struct budget_limit *l = &b->rows[i].limits[k];

			if (!l->has_base)
				continue;
			fwrite(b->text + at, 1, l->base_at - at, out);
			fprintf(out, "%" PRIu64, u->seen[i][k]);
			at = l->base_end;
		}
	}
	fwrite(b->text + at, 1, b->size - at, out);
}

int check_update(const struct check_update *u)
{
	struct cli_output paths = { 0 }, budget = { 0 };
	struct budget *b = (struct budget *)(uintptr_t)u->budget; /* it is only looked at */
	bool ok = cli_output_open(&paths, u->paths->file) && cli_output_open(&budget, b->path);

	if (ok) {
		paths_write(paths.out, u->paths, is_row, b);
		put_text(budget.out, u);
		ok = cli_output_close(&paths) && cli_output_close(&budget);
	}
	cli_output_drop(&paths);
	cli_output_drop(&budget);
	return ok ? CLI_OK : CLI_INTERNAL;
}
