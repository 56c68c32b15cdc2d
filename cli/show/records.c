/* SPDX-License-Identifier: GPL-2.0-only */
/* records.c: reports as JSON (docs/report.schema.json), and what `count` says: rows, costs, and changed lines. */
#include <stdlib.h>
#include <string.h>

#include "cli/show/show.h"

#define REPORT_SCHEMA 1

static const char *copy(const struct show_input *in, const char *text)
{
	return text ? report_text(&in->s->report, "%s", text) : NULL;
}

static const char *copied(const struct show_input *in, const struct tree_value *of, const char *key)
{
	return copy(in, tree_text(&in->tree, of, key));
}

static struct report_place place_of(const struct show_input *in, const struct tree_value *of)
{
	return (struct report_place){
		.file = copied(in, of, "file"),
		.line = (uint32_t)tree_int(&in->tree, of, "line", 0),
		.column = (uint32_t)tree_int(&in->tree, of, "column", 0),
	};
}

static size_t length(const struct show_input *in, const struct tree_value *list)
{
	size_t n = 0;

	for (const struct tree_value *v = tree_first(&in->tree, list); v; n++)
		v = tree_next(&in->tree, v);
	return n;
}

/* ---- what a record has ---- */

static bool add_cost(const struct show_input *in, const struct report_record *record,
		     const struct report_limit *limit)
{
	const struct show_cost cost = {
		.of = report_text(&in->s->report, "%s: %s", record->suite, record->name),
		.name = limit->metric,
		.unit = !strncmp(limit->metric, "clocks", 6) ? "clocks" :
			!strncmp(limit->metric, "insns", 5)  ? "instructions" :
							       limit->metric,
		.value = limit->seen,
		.base = limit->base,
		.has_base = limit->has_base,
		.bad = limit->broken,
		.limit = limit->limit,
	};

	return cost.of && show_cost_add(in->s, &cost);
}

static bool take_limits(const struct show_input *in, const struct tree_value *list,
			struct report_record *record)
{
	struct report_limit *limit;

	record->n_limits = length(in, list);
	record->limits = limit = report_alloc(&in->s->report, record->n_limits * sizeof(*limit));
	if (!limit)
		return false;
	for (const struct tree_value *v = tree_first(&in->tree, list); v;
	     v = tree_next(&in->tree, v), limit++) {
		const struct tree_value *broken = tree_get(&in->tree, v, "broken");
		int64_t base = tree_int(&in->tree, v, "base", -1);

		limit->metric = copied(in, v, "metric");
		limit->limit = copied(in, v, "limit");
		limit->why = copied(in, v, "why");
		limit->has_base = base >= 0;
		limit->base = base >= 0 ? (uint64_t)base : 0;
		limit->seen = (uint64_t)tree_int(&in->tree, v, "seen", 0);
		limit->broken = broken && broken->kind == TREE_TRUE;
		if (!limit->metric || !limit->limit)
			return show_refuse(in, "\"%s\": a limit without \"metric\" or \"limit\"",
					   record->name);
		if (!add_cost(in, record, limit))
			return false;
	}
	return true;
}

static bool add_changed_line(const struct show_input *in, const struct report_record *record,
			     const struct report_change *change)
{
	const struct show_heat heat = {
		.kernel = record->kernel ? record->kernel : "",
		.file = change->place.file,
		.line = change->place.line,
		.runs = change->after,
		.before = change->before,
		.compares = true,
	};

	return change->kind < REPORT_CAME || !change->place.file || show_heat_add(in->s, &heat);
}

static bool take_changes(const struct show_input *in, const struct tree_value *list,
			 struct report_record *record)
{
	struct report_change *change;

	record->n_changes = length(in, list);
	record->changes = change =
		report_alloc(&in->s->report, record->n_changes * sizeof(*change));
	if (!change)
		return false;
	for (const struct tree_value *v = tree_first(&in->tree, list); v;
	     v = tree_next(&in->tree, v), change++) {
		const char *kind = tree_text(&in->tree, v, "kind");
		unsigned k = REPORT_REGION;

		while (kind && k <= REPORT_TIMES && strcmp(kind, report_change_name(k)) != 0)
			k++;
		*change = (struct report_change){
			.kind = (enum report_change_kind)k,
			.unit = copied(in, v, "unit"),
			.name = copied(in, v, "name"),
			.text = copied(in, v, "text"),
			.before = (uint64_t)tree_int(&in->tree, v, "before", 0),
			.after = (uint64_t)tree_int(&in->tree, v, "after", 0),
			.place = place_of(in, v),
		};
		if (!kind || k > REPORT_TIMES || !change->unit || !change->name)
			return show_refuse(
				in, "\"%s\": a change without \"kind\", \"unit\" or \"name\"",
				record->name);
		if (!add_changed_line(in, record, change))
			return false;
	}
	return true;
}

/* ---- records ---- */

static bool take_status(const struct tree_value *v, const struct tree *t, enum report_status *out)
{
	const char *text = tree_text(t, v, "status");

	for (unsigned s = REPORT_PASS; text && s <= REPORT_ERROR; s++) {
		if (!strcmp(text, report_status_name(s))) {
			*out = (enum report_status)s;
			return true;
		}
	}
	return false;
}

static bool take_record(const struct show_input *in, const struct tree_value *v)
{
	struct report_record *added = report_add(&in->s->report), record = { 0 };
	const size_t at = in->s->report.n - 1;

	if (!added)
		return false;
	record.suite = copied(in, v, "suite");
	record.name = copied(in, v, "name");
	record.check = copied(in, v, "check");
	record.kernel = copied(in, v, "kernel");
	record.entry = copied(in, v, "entry");
	record.message = copied(in, v, "message");
	record.detail = copied(in, v, "detail");
	record.place = place_of(in, v);
	if (!record.suite || !record.name || !record.check ||
	    !take_status(v, &in->tree, &record.status))
		return show_refuse(in,
				   "record %zu has no \"suite\", \"name\", \"check\" or \"status\"",
				   at + 1);
	if (!take_limits(in, tree_get(&in->tree, v, "limits"), &record) ||
	    !take_changes(in, tree_get(&in->tree, v, "changes"), &record))
		return false;
	in->s->report.records[at] = record;
	return true;
}

bool show_read_records(struct show_input *in)
{
	const struct tree_value *root = in->tree.value,
				*list = tree_get(&in->tree, root, "records");

	if (tree_int(&in->tree, root, "schema", 0) != REPORT_SCHEMA || list->kind != TREE_LIST)
		return show_refuse(in, "no report of schema %d", REPORT_SCHEMA);
	for (const struct tree_value *v = tree_first(&in->tree, list); v;
	     v = tree_next(&in->tree, v))
		if (!take_record(in, v))
			return in->s->report.failed ? show_refuse(in, "no memory for it") : false;
	return true;
}

/* ---- count ---- */

bool show_read_count(struct show_input *in)
{
	const struct tree_value *root = in->tree.value, *v;
	const char *kernel = tree_text(&in->tree, root, "kernel"),
		   *entry = tree_text(&in->tree, root, "entry");
	struct show_cost cost = { .unit = "instructions" };

	if (!kernel || !entry || !(v = tree_get(&in->tree, root, "regions")))
		return show_refuse(in, "no \"kernel\", \"entry\" or \"regions\"");
	cost.of = report_text(&in->s->report, "%s: %s, %s", in->path, kernel, entry);
	for (v = tree_first(&in->tree, v); v && cost.of; v = tree_next(&in->tree, v)) {
		cost.name = copy(in, v->key);
		cost.value = v->kind == TREE_NUMBER ? strtoull(v->text, NULL, 10) : 0;
		if (cost.value && (!cost.name || !show_cost_add(in->s, &cost)))
			break;
	}
	return (!v && cost.of) || show_refuse(in, "no memory for it");
}
