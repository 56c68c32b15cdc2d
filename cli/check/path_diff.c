/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path_diff.c: what came and what went between two paths: by region, by function, and within a
 * function by the longest common subsequence of its instructions' texts.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/lines.h"
#include "path.h"

/* Longer functions are compared by their numbers alone; the kernel's longest has about 300. */
#define FUNCTION_MAX 2000

struct diff {
	const struct path *before, *after;
	sysemu_machine *m;
	const struct cli_lines *lines;
	struct report *r;
	struct report_record *record;
	size_t room;
};

static struct report_change *add(struct diff *d, enum report_change_kind kind, const char *name)
{
	struct report_record *record = d->record;
	struct report_change *change;

	if (record->n_changes == d->room) {
		size_t room = d->room ? 2 * d->room : 32;
		struct report_change *more = report_alloc(d->r, room * sizeof(*more));

		if (!more)
			return NULL;
		if (record->n_changes)
			memcpy(more, record->changes, record->n_changes * sizeof(*more));
		record->changes = more;
		d->room = room;
	}
	change = &record->changes[record->n_changes++];
	*change = (struct report_change){ .kind = kind, .name = name, .unit = "insns" };
	return change;
}

/* ---- regions ---- */

static void diff_regions(struct diff *d, const char *unit, const uint64_t before[SYSEMU_REGIONS],
			 const uint64_t after[SYSEMU_REGIONS])
{
	for (unsigned g = 0; g < SYSEMU_REGIONS; g++) {
		struct report_change *c;

		if (before[g] == after[g])
			continue;
		c = add(d, REPORT_REGION, sysemu_region_name((sysemu_region)g));
		if (!c)
			return;
		c->unit = unit;
		c->before = before[g];
		c->after = after[g];
	}
}

/* ---- functions ---- */

/* Instructions of one function in a path. */
struct part {
	const struct path_insn *insns;
	size_t n;
	uint64_t times;
};

static struct part part_of(const struct path *path, const char *function)
{
	struct part part = { 0 };
	size_t from = 0;

	while (from < path->n && strcmp(path->insns[from].function, function) != 0)
		from++;
	part.insns = path->insns + from;
	while (from + part.n < path->n && !strcmp(part.insns[part.n].function, function))
		part.times += part.insns[part.n++].times;
	return part;
}

static struct report_place place_of(const struct diff *d, uint32_t addr)
{
	const struct cli_line *line = addr ? cli_lines_find(d->lines, addr) : NULL;
	struct report_place place = { 0 };

	if (line) {
		place.file = report_text(d->r, "%s", line->file);
		place.line = line->line;
	}
	return place;
}

static void add_insn(struct diff *d, enum report_change_kind kind, const struct path_insn *insn,
		     uint64_t before, uint64_t after, uint32_t look_at)
{
	struct report_change *c = add(d, kind, insn->function);

	if (!c)
		return;
	c->text = insn->text;
	c->before = before;
	c->after = after;
	c->place = place_of(d, look_at);
}

/* length[i][j] of the longest common subsequence of what follows i and j. */
static unsigned short *common(const struct part *a, const struct part *b)
{
	size_t width = b->n + 1;
	unsigned short *length = calloc((a->n + 1) * width, sizeof(*length));

	for (size_t i = a->n; length && i-- > 0;) {
		for (size_t j = b->n; j-- > 0;) {
			unsigned short down = length[(i + 1) * width + j];
			unsigned short right = length[i * width + j + 1];

			length[i * width + j] =
				!strcmp(a->insns[i].text, b->insns[j].text) ?
					(unsigned short)(length[(i + 1) * width + j + 1] + 1) :
				down > right ? down :
					       right;
		}
	}
	return length;
}

/* Where an instruction went, the next one is to be looked at; behind the last one, that. */
static uint32_t next_to(const struct part *after, size_t j)
{
	return after->insns[j < after->n ? j : after->n - 1].addr;
}

static void diff_insns(struct diff *d, const struct part *a, const struct part *b)
{
	unsigned short *length = common(a, b);
	size_t width = b->n + 1, i = 0, j = 0;

	if (!length)
		d->r->failed = true;
	while (length && (i < a->n || j < b->n)) {
		const struct path_insn *was = &a->insns[i], *is = &b->insns[j];

		if (i < a->n && j < b->n && !strcmp(was->text, is->text)) {
			/* What does not come back goes in circles: how often says nothing. */
			if (was->times != is->times && d->record->status != REPORT_FAIL)
				add_insn(d, REPORT_TIMES, is, was->times, is->times, is->addr);
			i++, j++;
		} else if (j == b->n ||
			   (i < a->n && length[(i + 1) * width + j] >= length[i * width + j + 1])) {
			add_insn(d, REPORT_WENT, was, was->times, 0, next_to(b, j));
			i++;
		} else {
			add_insn(d, REPORT_CAME, is, 0, is->times, is->addr);
			j++;
		}
	}
	free(length);
}

static bool is_same(const struct part *a, const struct part *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = a->insns[i].times == b->insns[i].times &&
		       !strcmp(a->insns[i].text, b->insns[i].text);
	return same;
}

static void diff_function(struct diff *d, const char *function)
{
	struct part a = part_of(d->before, function), b = part_of(d->after, function);
	struct report_change *c;
	uint32_t addr;

	if (is_same(&a, &b))
		return;
	c = add(d, REPORT_FUNCTION, function);
	if (!c)
		return;
	c->before = a.times;
	c->after = b.times;
	if (a.n && b.n && a.n <= FUNCTION_MAX && b.n <= FUNCTION_MAX) {
		diff_insns(d, &a, &b);
		return;
	}
	/* All of it came, or went: the function says enough. */
	if (sysemu_symbol(d->m, function, &addr) == SYSEMU_OK)
		c->place = place_of(d, addr);
}

/* Each function of `path` once, but for those that `known` has, too. */
static void diff_functions(struct diff *d, const struct path *path, const struct path *known)
{
	const char *last = "";

	for (size_t i = 0; i < path->n; i++) {
		const char *function = path->insns[i].function;

		if (!strcmp(function, last) || (known && part_of(known, function).n))
			continue;
		last = function;
		diff_function(d, function);
	}
}

void path_diff(struct report_record *record, const struct path *before, const struct path *after,
	       sysemu_machine *m, const struct cli_lines *lines, struct report *r)
{
	struct diff d = {
		.before = before, .after = after, .m = m, .lines = lines, .r = r, .record = record
	};

	diff_regions(&d, "insns", before->insns_by_region, after->insns_by_region);
	diff_regions(&d, "clocks", before->clocks_by_region, after->clocks_by_region);
	diff_functions(&d, after, NULL);
	diff_functions(&d, before, after);
}
