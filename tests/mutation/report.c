/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c: what a run says: the table by function, and which mutants live.
 */
#include "tests/mutation/mutate.h"

#include <stdio.h>
#include <string.h>

#include <libsysemu/sysemu.h>

/* Per cent, of the C code that a test executes: three standard deviations of a hundred drawn ones below the 74 that
 * some five hundred came to, since each change of the guest draws others. */
enum { MIN_SCORE = 60 };

static bool is_entry(const struct run *r, size_t mutant)
{
	return r->mutants.functions[r->mutants.list[mutant].function].entry;
}

void report_tests(const struct run *r)
{
	for (uint32_t t = 0; t < r->ntests; t++)
		if (r->tests[t].measured)
			printf("test: %9u us %10llu insns  %s: %s\n", r->tests[t].cpu_us,
			       (unsigned long long)r->tests[t].insns, host_name(r->tests[t].host),
			       r->tests[t].name);
}

/* ---- the table ---- */

struct row {
	unsigned n[VERDICTS];
};

static unsigned killed(const struct row *row)
{
	return row->n[KILLED] + row->n[ENDLESS] + row->n[TIMED];
}

static unsigned living(const struct row *row)
{
	return row->n[LIVES] + row->n[UNSEEN];
}

static double score(const struct row *row)
{
	unsigned all = killed(row) + living(row);

	return all ? 100.0 * killed(row) / all : 100.0;
}

static void put_row(const char *name, const struct row *row)
{
	unsigned all = killed(row) + living(row) + row->n[EQUAL];

	if (all)
		printf("%-48s %7u %7u %6u %6u %6u %6.1f%%\n", name, all, killed(row), row->n[EQUAL],
		       row->n[LIVES], row->n[UNSEEN], score(row));
}

static struct row count(const struct run *r, bool (*counts)(const struct run *, size_t, uint32_t),
			uint32_t what)
{
	struct row row = { { 0 } };

	for (size_t i = 0; i < r->mutants.n; i++)
		if (counts(r, i, what))
			row.n[r->results[i].verdict]++;
	return row;
}

static bool of_function(const struct run *r, size_t mutant, uint32_t function)
{
	return r->mutants.list[mutant].function == function;
}

static bool of_part(const struct run *r, size_t mutant, uint32_t entry)
{
	return is_entry(r, mutant) == !!entry;
}

void report_table(const struct run *r)
{
	struct row row;
	char name[100];

	printf("%-48s %7s %7s %6s %6s %6s %7s\n", "function", "mutants", "killed", "equal", "lives",
	       "unseen", "score");
	for (uint32_t f = 0; f < r->mutants.nfunctions; f++) {
		row = count(r, of_function, f);
		snprintf(name, sizeof(name), "%s %s", host_kernel(r->mutants.functions[f].kernel),
			 r->mutants.functions[f].name);
		put_row(name, &row);
	}
	row = count(r, of_part, true);
	put_row("all of entry.S", &row);
	row = count(r, of_part, false);
	put_row("all of the C code", &row);
}

/* ---- what is wrong ---- */

bool report_lives(const struct run *r, bool verbose)
{
	struct row c = count(r, of_part, false);
	bool good;
	char key[160];

	if (!r->least)
		c.n[UNSEEN] = 0;
	good = score(&c) >= (r->least ? r->least : MIN_SCORE);
	for (size_t i = 0; i < r->mutants.n; i++) {
		const struct result *result = &r->results[i];
		const struct host_test *t = &r->tests[result->killer];
		bool told =
			!lives(result) && result->verdict != EQUAL && result->verdict != UNTRIED;

		mutant_key(&r->mutants, &r->mutants.list[i], key, sizeof(key));
		if (lives(result)) {
			printf("%s: %s\n", result->verdict == LIVES ? "lives" : "unseen", key);
			good = good && !is_entry(r, i);
		} else if (told && result->equal) {
			printf("told, though %s equal: %s (%s: %s)\n",
			       strcmp(result->equal, PROVEN) == 0 ? "proven" : "listed as", key,
			       host_name(t->host), t->name);
			good = false;
		} else if (result->verdict == EQUAL && verbose) {
			printf("equal: %s: %s\n", key, result->equal);
		} else if (told && (verbose || result->verdict == TIMED)) {
			printf("told%s: %s (%s: %s)\n",
			       result->verdict == TIMED ? " by its time" : "", key,
			       host_name(t->host), t->name);
		}
	}
	return good;
}
