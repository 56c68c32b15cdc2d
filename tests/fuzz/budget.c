/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget.c: any text as a budget file: understood, with rows that each have a name and a limit,
 * or refused. Nothing is measured.
 */
#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <string.h>

#include "cli/check/budget.h"
#include "tests/fuzz/fuzz.h"

static void check_limit(const struct budget *b, const struct budget_limit *l)
{
	FUZZ_CHECK(l->has_exact || l->has_max || l->has_base);
	FUZZ_CHECK(!l->has_base || (l->base_at < l->base_end && l->base_end <= b->size));
	FUZZ_CHECK(l->gain <= 100 * BUDGET_PERCENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report r = { 0 };
	struct budget b;
	FILE *err = stderr;
	int code;

	/* What is wrong with it goes nowhere; no scenarios are read. */
	if (memmem(data, size, "play=", 5))
		return 0;
	stderr = fopen("/dev/null", "w");
	FUZZ_CHECK(stderr);
	code = budget_parse(&b, "budget", (const char *)data, size, &r);
	fclose(stderr);
	stderr = err;
	FUZZ_CHECK(code == CLI_OK || code == CLI_USAGE);
	for (size_t i = 0; code == CLI_OK && i < b.n; i++) {
		FUZZ_CHECK(b.rows[i].name[0] &&
			   (b.rows[i].n_limits || b.rows[i].what.explore.given));
		for (size_t k = 0; k < b.rows[i].n_limits; k++)
			check_limit(&b, &b.rows[i].limits[k]);
	}
	budget_free(&b);
	report_free(&r);
	return 0;
}
