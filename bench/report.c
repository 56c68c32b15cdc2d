/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c: the results as a table or as JSON. Names and texts need no escapes. */
#include "bench/bench.h"

void report_text(const struct result *results, size_t n, size_t turns)
{
	printf("%zu turns; %s; native programs: %s\n\n", turns, sysemu_engines(), programs_here());
	printf("%-28s %10s %10s\n", "row", "min", "median");
	for (size_t i = 0; i < n; i++) {
		const struct result *r = &results[i];

		if (r->skipped)
			printf("%-28s skipped: %s\n", r->row->name, r->skipped);
		else
			printf("%-28s %10.2f %10.2f %-3s  %s\n", r->row->name, r->min, r->median,
			       r->row->unit, r->row->about);
	}
	printf("\n%-22s %7s %7s  %-8s %-4s\n", "target", "median", "minima", "wanted", "met");
	for (const struct target *t = targets; t->name; t++) {
		struct verdict v = judge(t, results, n);
		char wanted[32] = "-";

		if (!v.known)
			continue;
		if (t->limit > 0)
			snprintf(wanted, sizeof(wanted), "%s %.4g",
				 t->kind == AT_LEAST ? ">=" : "<=", t->limit);
		printf("%-22s %7.2f %7.2f  %-8s %-4s %s\n", t->name, v.ratio, v.of_minima, wanted,
		       t->limit == 0 ? "-" :
		       v.met         ? "yes" :
				       "NO",
		       t->bound);
	}
}

static void json_row(const struct result *r)
{
	printf("    { \"name\": \"%s\", \"about\": \"%s\", \"unit\": \"%s\", ", r->row->name,
	       r->row->about, r->row->unit);
	if (r->skipped)
		printf("\"skipped\": \"%s\" }", r->skipped);
	else
		printf("\"min\": %.4f, \"median\": %.4f }", r->min, r->median);
}

static void json_target(const struct target *t, const struct verdict *v)
{
	static const char *const kinds[] = { "at least", "at most", "none" };

	printf("    { \"name\": \"%s\", \"above\": \"%s\", ", t->name, t->above);
	if (t->below)
		printf("\"below\": \"%s\", ", t->below);
	printf("\"median\": %.4f, \"minima\": %.4f, \"kind\": \"%s\", ", v->ratio, v->of_minima,
	       kinds[t->limit > 0 ? t->kind : NO_TARGET]);
	if (t->limit > 0)
		printf("\"limit\": %.4f, \"met\": %s, ", t->limit, v->met ? "true" : "false");
	printf("\"bound\": \"%s\" }", t->bound);
}

void report_json(const struct result *results, size_t n, size_t turns)
{
	const char *comma = "";

	printf("{\n  \"turns\": %zu,\n  \"engines\": \"%s\",\n  \"native_programs\": \"%s\",\n  \"rows\": [\n",
	       turns, sysemu_engines(), programs_here());
	for (size_t i = 0; i < n; i++) {
		json_row(&results[i]);
		printf("%s\n", i + 1 < n ? "," : "");
	}
	printf("  ],\n  \"targets\": [");
	for (const struct target *t = targets; t->name; t++) {
		struct verdict v = judge(t, results, n);

		if (!v.known)
			continue;
		printf("%s\n", comma);
		json_target(t, &v);
		comma = ",";
	}
	printf("\n  ]\n}\n");
}
