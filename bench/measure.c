/* SPDX-License-Identifier: GPL-2.0-only */
/* measure.c: rows in turns, and what comes of the turns. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double thread_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double median_of(const double *values, size_t n)
{
	double *sorted = malloc(n * sizeof(*sorted)), median;

	if (!sorted)
		die("no memory");
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
	free(sorted);
	return median;
}

static double seconds(struct bench *b, unsigned n)
{
	double start;

	if (b->row->timed)
		return b->row->timed(b, n);
	start = thread_seconds();
	b->row->run(b, n);
	return thread_seconds() - start;
}

double take_turn(struct bench *b)
{
	const struct row *row = b->row;

	if (row->scale == 0)
		return row->timed(b, 1);
	if (row->batch >= 10)
		seconds(b, row->batch / 10); /* the caches were another row's */
	return seconds(b, row->batch) / row->batch / row->per * row->scale;
}

void open_row(struct bench *b)
{
	b->skipped = b->row->open ? b->row->open(b) : NULL;
	if (!b->skipped && b->row->scale != 0)
		seconds(b, 3);
}

static void summarize(struct result *r)
{
	r->min = r->each[0];
	for (size_t i = 1; i < r->turns; i++)
		if (r->each[i] < r->min)
			r->min = r->each[i];
	r->median = median_of(r->each, r->turns);
}

void measure_group(struct result *results, size_t n, size_t turns)
{
	struct bench *benches = calloc(n + 1, sizeof(*benches));

	if (!benches)
		die("no memory");
	for (size_t i = 0; i < n; i++) {
		benches[i].row = results[i].row;
		open_row(&benches[i]);
		results[i].skipped = benches[i].skipped;
		results[i].turns = turns;
		results[i].each = calloc(turns, sizeof(double));
		if (!results[i].each)
			die("no memory");
	}
	for (size_t turn = 0; turn < turns; turn++)
		for (size_t i = 0; i < n; i++)
			if (!results[i].skipped)
				results[i].each[turn] = take_turn(&benches[i]);
	for (size_t i = 0; i < n; i++) {
		if (!results[i].skipped)
			summarize(&results[i]);
		if (results[i].row->close)
			results[i].row->close(&benches[i]);
	}
	free(benches);
}
