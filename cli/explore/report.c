/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c: what `sysemu explore` says: verdicts, counterexamples, the graph. */
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "explore.h"

/* What the model says beside the fields. Of a fork it says that it ran, and no more. */
static bool same_seen(const sysemu_edge *e, const sysemu_edge *told, const sysemu_node *to)
{
	if (to->field[SYSEMU_FIELD_PLACE] == SYSEMU_NODE_FORKED)
		return told->ran_before ? e->ran_before != 0 : e->ran_after != 0;
	return e->result == told->result && e->event == told->event &&
	       e->entered == told->entered && !e->ran_before == !told->ran_before &&
	       !e->ran_after == !told->ran_after && e->audit_entries == told->audit_entries &&
	       e->audit_exits == told->audit_exits;
}

/* The model is of 2005: it knows the kernels up to 2.6.14. */
static bool model_knows(const struct explore_report *r)
{
	sysemu_node from, to;
	sysemu_edge e, told;

	sysemu_edge_at(r->x, 0, &e);
	sysemu_node_at(r->x, e.from, &from);
	return sysemu_model_step(r->kernel, &from, e.choice, &to, &told);
}

static void ask_model(struct explore_report *r, size_t edges)
{
	if (!edges || !model_knows(r))
		return;
	for (size_t i = 0; i < edges; i++) {
		sysemu_node from, to, expected;
		sysemu_edge e, told;

		sysemu_edge_at(r->x, i, &e);
		sysemu_node_at(r->x, e.from, &from);
		sysemu_node_at(r->x, e.to, &to);
		r->model_edges++;
		if (sysemu_model_step(r->kernel, &from, e.choice, &expected, &told) &&
		    memcmp(&to, &expected, sizeof(to)) == 0 && same_seen(&e, &told, &to))
			continue;
		if (r->model_differences++ == 0)
			r->model_first = i;
	}
}

int explore_judge(const struct explore_options *o, struct explore_report *r)
{
	const sysemu_property *p;
	sysemu_explored facts;

	for (r->n = 0; (p = sysemu_property_at(r->n)) && r->n < EXPLORE_PROPERTIES_MAX; r->n++) {
		r->properties[r->n] = *p;
		r->expected[r->n] = sysemu_property_expected(p, r->kernel, r->entry, NULL);
	}
	sysemu_exploration_check(r->x, r->properties, r->n, r->broken, r->count);
	sysemu_explored_facts(r->x, &facts);
	ask_model(r, facts.edges);
	for (size_t i = 0; i < r->n; i++) {
		int holds = r->broken[i] == SYSEMU_HOLDS;

		/* A way that was not gone to its end proves no property. */
		r->differs[i] = r->expected[i] >= 0 && holds != r->expected[i] &&
				(!holds || (facts.closed && !o->first.given));
		r->unexpected += r->differs[i];
	}
	return r->unexpected || facts.differences || r->model_differences ? CLI_FAILED : CLI_OK;
}

static const char *verdict_text(const struct explore_report *r, size_t i)
{
	if (r->broken[i] != SYSEMU_HOLDS)
		return "fails";
	return r->expected[i] < 0 ? "-" : "holds";
}

static const char *expected_text(const struct explore_report *r, size_t i)
{
	return r->expected[i] < 0 ? "-" : r->expected[i] ? "holds" : "fails";
}

static void put_edge(const struct explore_report *r, size_t edge)
{
	char text[64];
	sysemu_node n;
	sysemu_edge e;

	sysemu_edge_at(r->x, edge, &e);
	sysemu_node_at(r->x, e.from, &n);
	printf("    state %u:", e.from);
	for (unsigned f = 0; f < SYSEMU_FIELDS; f++)
		printf(" %s=%s", sysemu_field_name(f),
		       sysemu_field_text(f, n.field[f], text, sizeof(text)));
	printf("\n    %s\n", sysemu_choice_name(e.choice));
	sysemu_node_at(r->x, e.to, &n);
	printf("    state %u:", e.to);
	for (unsigned f = 0; f < SYSEMU_FIELDS; f++)
		printf(" %s=%s", sysemu_field_name(f),
		       sysemu_field_text(f, n.field[f], text, sizeof(text)));
	putchar('\n');
}

static void put_model(const struct explore_report *r)
{
	char text[64];
	sysemu_node from, to;
	sysemu_edge e, told;

	printf("  model: %zu transitions compared, %zu differ\n", r->model_edges,
	       r->model_differences);
	if (!r->model_differences)
		return;
	put_edge(r, r->model_first);
	sysemu_edge_at(r->x, r->model_first, &e);
	sysemu_node_at(r->x, e.from, &from);
	if (!sysemu_model_step(r->kernel, &from, e.choice, &to, &told)) {
		printf("    the model knows no such choice there\n");
		return;
	}
	printf("    seen:  event=%s entered=%u ran=%d,%d result=%d\n    model: event=%s entered=%u "
	       "ran=%d,%d result=%d",
	       sysemu_event_name(e.event), e.entered, e.ran_before, e.ran_after, e.result,
	       sysemu_event_name(told.event), told.entered, told.ran_before, told.ran_after,
	       told.result);
	for (unsigned f = 0; f < SYSEMU_FIELDS; f++)
		printf(" %s=%s", sysemu_field_name(f),
		       sysemu_field_text(f, to.field[f], text, sizeof(text)));
	putchar('\n');
}

#define WAY_MAX 100

/* The choices of the shortest way to an edge: the first edge into a node, and so back. */
static void put_way(FILE *out, const struct explore_report *r, size_t edge)
{
	const char *way[WAY_MAX];
	sysemu_edge e, by;
	size_t n = 0;

	sysemu_edge_at(r->x, edge, &e);
	for (way[n++] = sysemu_choice_name(e.choice); e.from != 0 && n < WAY_MAX; e = by) {
		for (size_t i = 0; sysemu_edge_at(r->x, i, &by) == SYSEMU_OK; i++)
			if (by.to == e.from)
				break;
		way[n++] = sysemu_choice_name(by.choice);
	}
	while (n--)
		fprintf(out, "%s%s", way[n], n ? ", " : "\n");
}

static void put_script(const struct explore_report *r, size_t i)
{
	char *text;

	if (sysemu_exploration_script(r->x, r->broken[i], sysemu_property_at(i), &text) !=
	    SYSEMU_OK)
		return;
	printf("\n%s", text);
	free(text);
}

static void put_sum(const struct explore_report *r)
{
	size_t known = 0, fail = 0;

	for (size_t i = 0; i < r->n; i++) {
		known += r->expected[i] >= 0;
		fail += r->broken[i] != SYSEMU_HOLDS;
	}
	printf("  %zu of %zu fail: ", fail, r->n);
	if (r->unexpected)
		printf("%zu other than expected\n", r->unexpected);
	else
		puts(known ? "as expected of this kernel" : "of this kernel nothing is expected");
}

void explore_put_text(const struct explore_options *o, const struct explore_report *r)
{
	bool scripts = o->scripts && !strcmp(o->scripts, "-");
	sysemu_explored x;

	sysemu_explored_facts(r->x, &x);
	printf("%s, %s: %zu states, %zu transitions, depth %u%s\n", r->kernel,
	       r->entry ? "sysenter" : "int80", x.nodes, x.edges, x.depth,
	       x.closed ? ", closed" : ", not closed");
	if (r->seconds > 0)
		printf("  %zu executed in %.1f s, %.1f s of processor time: %.0f/s a processor\n",
		       x.runs, r->seconds, r->cpu_seconds, (double)x.runs / r->cpu_seconds);
	printf("  the same fields, the same edges: %zu other ways tried, %zu differences\n", x.ways,
	       x.differences);
	if (x.differences)
		printf("    %s\n", x.difference);
	put_model(r);
	for (size_t i = 0; i < r->n; i++) {
		const char *verdict = verdict_text(r, i), *expected = expected_text(r, i);

		printf("  %-6s %-26s", verdict, r->properties[i].name);
		if (r->count[i])
			printf(" %zu transitions", r->count[i]);
		if (strcmp(verdict, expected) != 0)
			printf("  (expected: %s)", expected);
		putchar('\n');
		if (r->broken[i] == SYSEMU_HOLDS)
			continue;
		printf("         ");
		put_way(stdout, r, r->broken[i]);
	}
	put_sum(r);
	for (size_t i = 0; scripts && i < r->n; i++)
		if (r->broken[i] != SYSEMU_HOLDS)
			put_script(r, i);
}

static void put_json_properties(const struct explore_report *r, struct json *j)
{
	json_open(j, '[');
	for (size_t i = 0; i < r->n; i++) {
		char *script = NULL;

		json_open(j, '{');
		json_key(j, "name");
		json_string(j, r->properties[i].name);
		json_key(j, "verdict");
		json_string(j, verdict_text(r, i));
		json_key(j, "expected");
		json_string(j, expected_text(r, i));
		json_key(j, "transitions");
		json_uint(j, r->count[i]);
		if (r->broken[i] != SYSEMU_HOLDS)
			sysemu_exploration_script(r->x, r->broken[i], sysemu_property_at(i),
						  &script);
		json_key(j, "script");
		json_string(j, script);
		free(script);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_json_count(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_uint(j, value);
}

void explore_put_json(const struct explore_report *r, struct json *j)
{
	sysemu_explored x;

	sysemu_explored_facts(r->x, &x);
	json_open(j, '{');
	json_key(j, "kernel");
	json_string(j, r->kernel);
	json_key(j, "entry");
	json_string(j, r->entry ? "sysenter" : "int80");
	put_json_count(j, "states", x.nodes);
	put_json_count(j, "transitions", x.edges);
	put_json_count(j, "depth", x.depth);
	put_json_count(j, "closed", x.closed);
	put_json_count(j, "executed", x.runs);
	put_json_count(j, "milliseconds", (uint64_t)(r->seconds * 1e3));
	put_json_count(j, "cpu_milliseconds", (uint64_t)(r->cpu_seconds * 1e3));
	put_json_count(j, "other_ways", x.ways);
	put_json_count(j, "differences", x.differences);
	put_json_count(j, "model_differences", r->model_differences);
	json_key(j, "properties");
	put_json_properties(r, j);
	json_close(j, '}');
}

/* ---- records ---- */

static struct report_record *add_record(const struct explore_report *r, struct report *report,
					const char *check, const char *name)
{
	struct report_record *record = report_add(report);
	const char *entry = r->entry ? "sysenter" : "int80";

	if (!record)
		return NULL;
	record->suite = report_text(report, "%s, %s", r->kernel, entry);
	record->name = name;
	record->check = check;
	record->kernel = report_text(report, "%s", r->kernel); /* a table's may go with it */
	record->entry = entry;
	return record;
}

/* The shortest way to where it fails. */
static const char *way_text(const struct explore_report *r, struct report *report, size_t i)
{
	char *text = NULL;
	const char *copy = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	put_way(memory, r, r->broken[i]);
	if (fclose(memory) == 0)
		copy = report_text(report, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return copy;
}

static void add_property(const struct explore_report *r, struct report *report, size_t i)
{
	struct report_record *record = add_record(r, report, "property", r->properties[i].name);
	char *script;

	if (!record)
		return;
	record->status = r->differs[i] ? REPORT_FAIL : REPORT_PASS;
	if (r->broken[i] == SYSEMU_HOLDS) {
		record->message = r->differs[i] ? "holds, and is expected to fail" : NULL;
		return;
	}
	record->message = report_text(report, "fails, %s, on %zu transitions; the shortest way: %s",
				      r->differs[i]      ? "and is expected to hold" :
				      r->expected[i] < 0 ? "of which nothing is expected" :
							   "as expected",
				      r->count[i], way_text(r, report, i));
	if (!r->differs[i] || sysemu_exploration_script(r->x, r->broken[i], sysemu_property_at(i),
							&script) != SYSEMU_OK)
		return;
	record->detail = report_text(report, "%s", script);
	free(script);
}

/* A number of differences, which should be 0. */
static void add_differences(const struct explore_report *r, struct report *report, const char *name,
			    size_t n, const char *what, const char *first)
{
	struct report_record *record = add_record(r, report, "model", name);

	if (!record || !n)
		return;
	record->status = REPORT_FAIL;
	record->message = report_text(report, "%zu %s", n, what);
	record->detail = report_text(report, "%s", first);
}

void explore_add_records(const struct explore_report *r, struct report *report)
{
	sysemu_explored facts;
	sysemu_edge e = { 0 };

	sysemu_explored_facts(r->x, &facts);
	for (size_t i = 0; i < r->n; i++)
		add_property(r, report, i);
	if (r->model_differences)
		sysemu_edge_at(r->x, r->model_first, &e);
	add_differences(
		r, report, "as-the-model-says", r->model_differences,
		"transitions are not the model's; the first:", sysemu_choice_name(e.choice));
	add_differences(r, report, "same-fields-same-edges", facts.differences,
			"edges went otherwise from another way in: a field is missing",
			facts.difference);
}

/* ---- files ---- */

static bool write_script(const struct explore_options *o, const struct explore_report *r, size_t i)
{
	struct cli_output file;
	char path[4096], *text;

	if (sysemu_exploration_script(r->x, r->broken[i], sysemu_property_at(i), &text) !=
	    SYSEMU_OK) {
		cli_say("no memory for a script");
		return false;
	}
	if (snprintf(path, sizeof(path), "%s/%s.%s.%s.play", o->scripts, r->properties[i].name,
		     r->kernel, r->entry ? "sysenter" : "int80") >= (int)sizeof(path)) {
		cli_say("%s: the name is too long", o->scripts);
	} else if (cli_output_open(&file, path)) {
		fputs(text, file.out);
		free(text);
		return cli_output_close(&file);
	}
	free(text);
	return false;
}

bool explore_write_scripts(const struct explore_options *o, const struct explore_report *r)
{
	if (!o->scripts || !strcmp(o->scripts, "-"))
		return true;
	for (size_t i = 0; i < r->n; i++)
		if (r->broken[i] != SYSEMU_HOLDS && !write_script(o, r, i))
			return false;
	return true;
}

static void put_label(FILE *f, const sysemu_node *n)
{
	char text[64];

	for (unsigned k = 0; k < SYSEMU_FIELDS; k++)
		fprintf(f, "%s%s", k ? " " : "",
			sysemu_field_text(k, n->field[k], text, sizeof(text)));
}

static void put_dot(FILE *f, const sysemu_exploration *x)
{
	sysemu_node n;
	sysemu_edge e;

	fputs("digraph explored {\n", f);
	for (size_t i = 0; sysemu_node_at(x, i, &n) == SYSEMU_OK; i++) {
		fprintf(f, "\tn%zu [label=\"", i);
		put_label(f, &n);
		fputs("\"];\n", f);
	}
	for (size_t i = 0; sysemu_edge_at(x, i, &e) == SYSEMU_OK; i++)
		fprintf(f, "\tn%u -> n%u [label=\"%s\"];\n", e.from, e.to,
			sysemu_choice_name(e.choice));
	fputs("}\n", f);
}

/*
 * The fields as variables; each state is a label that sets them and chooses where to go. What
 * an edge did is to be seen from the choice until the next state: with the fields of the old.
 */
static void put_promela(FILE *f, const sysemu_exploration *x)
{
	size_t edge = 0;
	sysemu_node n;
	sysemu_edge e;

	fputs("/* Made by sysemu explore --promela. Check: spin -a, with -f or an ltl block. */\n",
	      f);
	for (unsigned k = 0; k < SYSEMU_FIELDS; k++)
		fprintf(f, "byte %s;\n", sysemu_field_name(k));
	fputs("byte choice, entered, ran_before, ran_after;\n\nactive proctype task()\n{\n", f);
	for (size_t i = 0; sysemu_node_at(x, i, &n) == SYSEMU_OK; i++) {
		fprintf(f, "s%zu:\tatomic { entered = 0; ran_before = 0; ran_after = 0;", i);
		for (unsigned k = 0; k < SYSEMU_FIELDS; k++)
			fprintf(f, " %s = %u;", sysemu_field_name(k), n.field[k]);
		fputs(" };\n\tif\n", f);
		for (; sysemu_edge_at(x, edge, &e) == SYSEMU_OK && e.from == i; edge++)
			fprintf(f,
				"\t:: atomic { choice = %u; entered = %u; ran_before = %u; "
				"ran_after = %u; goto s%u }\n",
				e.choice, e.entered, e.ran_before != 0, e.ran_after != 0, e.to);
		fputs("\t:: else -> goto end\n\tfi;\n", f);
	}
	fputs("end:\tskip\n}\n", f);
}

bool explore_write_graphs(struct explore_files *files, const struct explore_report *r)
{
	if (files->dot.out) {
		put_dot(files->dot.out, r->x);
		if (!cli_output_close(&files->dot))
			return false;
	}
	if (!files->promela.out)
		return true;
	put_promela(files->promela.out, r->x);
	return cli_output_close(&files->promela);
}
