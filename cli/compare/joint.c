/* SPDX-License-Identifier: GPL-2.0-only */
/* joint.c: the explorations of two kernels gone together: what tells them apart, the shortest first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/output.h"
#include "compare.h"

struct joint {
	const struct joint_options *o;
	const char *const *kernels;
	sysemu_entry entry;
	sysemu_exploration *x[2];
	sysemu_joint found;
};

static bool explore(struct joint *j, unsigned side)
{
	const sysemu_explore_config config = { .kernel = j->kernels[side],
					       .entry = j->entry,
					       .depth = j->o->depth,
					       .threads = j->o->threads,
					       .first = -1 };
	char text[256];

	if (sysemu_explore(&config, &j->x[side], text) == SYSEMU_OK)
		return true;
	cli_say("%s: %s", j->kernels[side], text);
	return false;
}

/* ---- the end of a way: both sides of what differs there ---- */

#define EDGE_FIELDS 7

static const char *edge_field(const sysemu_edge *e, unsigned field, char *value)
{
	static const char *const names[EDGE_FIELDS] = { "result", "event",       "status",    "ran",
							"broke",  "insns.entry", "insns.user" };

	switch (field) {
	case 0: words_result(e->result, value, WORDS_MAX); break;
	case 1:
		snprintf(value, WORDS_MAX, "%s",
			 e->event ? sysemu_event_name((sysemu_event_kind)e->event) : "none");
		break;
	case 2: snprintf(value, WORDS_MAX, "0x%04x", e->status); break;
	case 3:
		snprintf(value, WORDS_MAX, "%s", e->ran_before || e->ran_after ? "yes" : "no");
		break;
	case 4: snprintf(value, WORDS_MAX, "%u", e->broke); break;
	case 5: snprintf(value, WORDS_MAX, "%u", e->entry); break;
	case 6: snprintf(value, WORDS_MAX, "%u", e->user); break;
	}
	return names[field];
}

/* Field number `field` on that side, its edge's first; NULL beyond the last. */
static const char *end_field(const struct joint *j, unsigned side, const sysemu_told *told,
			     unsigned field, char *value)
{
	sysemu_edge e = { 0 };
	sysemu_node n = { 0 };

	sysemu_edge_at(j->x[side], told->edges[side][told->n - 1], &e);
	sysemu_node_at(j->x[side], e.to, &n);
	if (field < EDGE_FIELDS)
		return edge_field(&e, field, value);
	field -= EDGE_FIELDS;
	if (field >= SYSEMU_FIELDS)
		return NULL;
	sysemu_field_text(field, n.field[field], value, WORDS_MAX);
	return sysemu_field_name(field);
}

static void put_end(const struct joint *j, const sysemu_told *told, struct json *out)
{
	char a[WORDS_MAX], b[WORDS_MAX];
	const char *name;

	for (unsigned f = 0; (name = end_field(j, 0, told, f, a)); f++) {
		end_field(j, 1, told, f, b);
		/* The explorer's own book-keeping is no difference. */
		if (!strcmp(a, b) || f == EDGE_FIELDS + SYSEMU_FIELD_MODE ||
		    f == EDGE_FIELDS + SYSEMU_FIELD_CALL)
			continue;
		if (!out) {
			printf("      %-13s  %-20s  %s\n", name, a, b);
			continue;
		}
		json_open(out, '{');
		json_key(out, "name");
		json_string(out, name);
		json_key(out, "values");
		json_open(out, '[');
		json_string(out, a);
		json_string(out, b);
		json_close(out, ']');
		json_close(out, '}');
	}
}

static const char *choice_of(const struct joint *j, const sysemu_told *told, size_t i)
{
	sysemu_edge e = { 0 };

	sysemu_edge_at(j->x[0], told->edges[0][i], &e);
	return sysemu_choice_name(e.choice);
}

static void put_told(const struct joint *j, unsigned tell, struct json *out)
{
	const sysemu_told *told = &j->found.by[tell];

	if (!out) {
		printf("  %s: %zu transitions", sysemu_tell_name(tell), told->count);
		for (size_t i = 0; i < told->n; i++)
			printf("%s%s", i ? "; " : ", first by ", choice_of(j, told, i));
		putchar('\n');
		put_end(j, told, NULL);
		return;
	}
	json_open(out, '{');
	json_key(out, "tell");
	json_string(out, sysemu_tell_name(tell));
	json_key(out, "transitions");
	json_uint(out, told->count);
	json_key(out, "way");
	json_open(out, '[');
	for (size_t i = 0; i < told->n; i++)
		json_string(out, choice_of(j, told, i));
	json_close(out, ']');
	json_key(out, "fields");
	json_open(out, '[');
	put_end(j, told, out);
	json_close(out, ']');
	json_close(out, '}');
}

static void put_joint(const struct joint *j, struct json *out)
{
	if (!out) {
		printf("exploration of %s and %s (%s), ", j->kernels[0], j->kernels[1],
		       words_entry(j->entry));
		if (j->o->depth)
			printf("%" PRIu32 " choices deep: ", j->o->depth);
		else
			printf("to the end: ");
		printf("%zu states together, %zu transitions\n", j->found.pairs, j->found.edges);
	} else {
		json_open(out, '{');
		json_key(out, "kernels");
		json_open(out, '[');
		json_string(out, j->kernels[0]);
		json_string(out, j->kernels[1]);
		json_close(out, ']');
		json_key(out, "entry");
		json_string(out, words_entry(j->entry));
		json_key(out, "depth");
		json_uint(out, j->o->depth);
		json_key(out, "states");
		json_uint(out, j->found.pairs);
		json_key(out, "transitions");
		json_uint(out, j->found.edges);
		json_key(out, "told");
		json_open(out, '[');
	}
	for (unsigned t = 0; t <= j->o->tell; t++)
		if (j->found.by[t].n)
			put_told(j, t, out);
	if (out) {
		json_close(out, ']');
		json_close(out, '}');
	}
}

/* ---- the shortest way as a scenario ---- */

/* Does it go as it says? */
static bool goes(const char *text, sysemu_entry entry)
{
	sysemu_scenarios *all;
	const sysemu_scenario *s;
	sysemu_played played;
	bool good;

	if (sysemu_scenarios_parse(text, strlen(text), &all, NULL) != SYSEMU_OK)
		return false;
	s = sysemu_scenarios_at(all, 0);
	good = s->n_verdicts == 2;
	for (size_t i = 0; good && i < s->n_verdicts; i++)
		good = sysemu_scenario_play(s, s->verdicts[i].kernel, entry, NULL, 0, NULL, NULL,
					    &played) == SYSEMU_OK &&
		       sysemu_verdict_holds(&s->verdicts[i], &played);
	sysemu_scenarios_free(all);
	return good;
}

static bool write_script(const struct joint *j)
{
	const sysemu_told *by = j->found.by;
	sysemu_tell tell = by[SYSEMU_TELL_REGISTERS].n &&
					   (!by[SYSEMU_TELL_STOPS].n ||
					    by[SYSEMU_TELL_REGISTERS].n < by[SYSEMU_TELL_STOPS].n) ?
				   SYSEMU_TELL_REGISTERS :
				   SYSEMU_TELL_STOPS;
	struct cli_output file;
	char *text;

	if (sysemu_joint_script(j->x[0], j->x[1], &j->found, tell, &text) != SYSEMU_OK) {
		cli_say("--script: %s", sysemu_errmsg(NULL));
		return false;
	}
	if (!goes(text, j->entry)) {
		cli_say("--script: no row can say what tells %s from %s there", j->kernels[0],
			j->kernels[1]);
		free(text);
		return false;
	}
	if (!cli_output_open(&file, j->o->script)) {
		free(text);
		return false;
	}
	fputs(text, file.out);
	free(text);
	return cli_output_close(&file);
}

int joint_put(const struct joint_options *o, const char *const kernels[2], sysemu_entry entry,
	      struct json *out)
{
	struct joint j = { .o = o, .kernels = kernels, .entry = entry };
	bool ok = explore(&j, 0) && explore(&j, 1), differ = false;

	if (ok && sysemu_explorations_compare(j.x[0], j.x[1], &j.found) != SYSEMU_OK) {
		cli_say("%s", sysemu_errmsg(NULL));
		ok = false;
	}
	for (unsigned t = 0; ok && t <= o->tell; t++)
		differ = differ || j.found.by[t].n;
	if (ok)
		put_joint(&j, out);
	if (ok && o->script)
		ok = write_script(&j);
	sysemu_joint_free(&j.found);
	sysemu_exploration_free(j.x[0]);
	sysemu_exploration_free(j.x[1]);
	return !ok ? CLI_INTERNAL : differ ? CLI_FAILED : CLI_OK;
}
