/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script.c: the way to an edge as a scenario (docs/scenarios.md). The explored program
 * jumps from snippet to snippet; the scenario has those of this way in a row, so that it takes
 * the same instructions. Step k of it has the labels h(k), its home, c(k), the int or sysenter,
 * and b(k), what the page's pops find.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/choice/explore.h"

#define WAY_MAX     200
#define AT(n, name) ((n)->field[SYSEMU_FIELD_##name])

struct script {
	const struct script_way *way;
	const sysemu_exploration *x;
	const struct choice *steps[WAY_MAX]; /* the program */
	unsigned n_steps;
	size_t bad; /* the edge whose event's row has the label; n: the first row */
	bool acted; /* the row has an action already */
	FILE *out;
};

/* Before each action of a row. */
static void next_action(struct script *s)
{
	fputs(s->acted ? "; " : " | ", s->out);
	s->acted = true;
}

static const sysemu_node *node_of(const struct script *s, uint32_t node)
{
	return &s->x->nodes[node].node;
}

static const sysemu_edge *edge_of(const struct script *s, size_t i)
{
	return &s->x->edges[s->way->edges[i]];
}

static const sysemu_edge *other_edge(const struct script *s)
{
	return s->way->other ? &s->way->other->edges[s->way->other_edge] : NULL;
}

static const sysemu_node *other_node(const struct script *s)
{
	return &s->way->other->nodes[other_edge(s)->to].node;
}

/* Which row has the label `bad`. False: none can say what the last edge is about. */
static bool find_bad(struct script *s)
{
	const sysemu_edge *last = edge_of(s, s->way->n - 1), *other = other_edge(s);

	s->bad = s->way->n - 1;
	if (!other || other->result == last->result)
		return !other || last->event != SYSEMU_EVENT_NONE;
	while (s->bad > 0 && edge_of(s, s->bad - 1)->event == SYSEMU_EVENT_NONE)
		s->bad--;
	s->bad = s->bad ? s->bad - 1 : s->way->n; /* the row that the request stands in */
	return true;
}

static void find_steps(struct script *s)
{
	for (size_t i = 0; i < s->way->n; i++) {
		const struct choice *c = &choices[edge_of(s, i)->choice];

		if (c->kind == CHOICE_CALL || c->kind == CHOICE_NOP)
			s->steps[s->n_steps++] = c;
	}
}

/* ---- the program ---- */

static int next_sysenter(const struct script *s, unsigned from)
{
	for (unsigned k = from; k < s->n_steps; k++)
		if (s->steps[k]->kind == CHOICE_CALL && s->steps[k]->by)
			return (int)k;
	return -1;
}

static void put_program(const struct script *s)
{
	fputs("program\n", s->out);
	for (unsigned k = 0; k < s->n_steps; k++) {
		const struct choice *c = s->steps[k];

		if (c->kind == CHOICE_NOP) {
			fprintf(s->out, "h%u:\tnop\n", k);
			continue;
		}
		fprintf(s->out, "h%u:\tmov eax %d\nc%u:\t%s\n", k, program_numbers[c->number], k,
			c->by ? "sysenter" : "int80");
	}
	fprintf(s->out, "h%u:\tnop\n\tloop\n", s->n_steps);
	for (int k = next_sysenter(s, 0); k >= 0;) {
		int next = next_sysenter(s, (unsigned)k + 1);

		fprintf(s->out, "b%d:\twords b%d 0x44444444 0x33333333 h%d\n", k,
			next < 0 ? k : next, k + 1);
		k = next;
	}
}

/* ---- rows ---- */

static void put_flags(const struct script *s, uint8_t flags)
{
	const char *glue = "";

	fputs(" tif=", s->out);
	for (unsigned bit = 0; bit < 8; bit++)
		if (flags & (1u << bit)) {
			fprintf(s->out, "%s%s", glue, sysemu_tif_name(bit));
			glue = "+";
		}
	if (!flags)
		fputs("none", s->out);
}

static void put_where(const struct script *s, uint8_t where, unsigned k)
{
	switch (where) {
	case SYSEMU_WHERE_HOME: fprintf(s->out, " at=h%u", k); break;
	case SYSEMU_WHERE_INT80: fprintf(s->out, " at=c%u", k - 1); break;
	case SYSEMU_WHERE_TAIL0:
	case SYSEMU_WHERE_TAIL1:
	case SYSEMU_WHERE_TAIL2:
	case SYSEMU_WHERE_TAIL3:
		fprintf(s->out, " eip=0x%x", VSYSCALL_TAIL0 + where - SYSEMU_WHERE_TAIL0);
		break;
	}
}

static const char *stop_signal(const sysemu_node *n)
{
	switch (AT(n, CODE)) {
	case EXPLORE_TRAP | 0x80: return "SYSTRAP";
	case EXPLORE_USR1: return "USR1";
	case EXPLORE_STOP: return "STOP";
	default: return "TRAP";
	}
}

static const char *const place_words[] = { "", "entry", "exit", "signal", "group" };

static void put_event(const struct script *s, const sysemu_edge *e, unsigned k)
{
	const sysemu_node *n = node_of(s, e->to);
	uint8_t place = AT(n, PLACE);

	if (place_is_stop(place)) {
		fprintf(s->out, "stop %s %s", stop_signal(n), place_words[place]);
	} else if (place == SYSEMU_NODE_HOME || place == SYSEMU_NODE_FORKED) {
		fputs("break", s->out);
	} else {
		fprintf(s->out, "%s", place == SYSEMU_NODE_DEAD ? "killed" : "fault");
		if (place == SYSEMU_NODE_DEAD)
			fprintf(s->out, " %u", AT(n, CODE) & 0x7fu);
		return;
	}
	if (place == SYSEMU_NODE_FORKED)
		return;
	put_where(s, AT(n, WHERE), k);
	if (!s->way->other) /* it may differ there, and nobody sees it */
		put_flags(s, AT(n, FLAGS));
	if (!e->ran_before && !e->ran_after)
		fputs(" ran=none", s->out);
}

/* What tells it from the other kernel's end, beyond the event. */
static void put_differences(const struct script *s, const sysemu_edge *e)
{
	const sysemu_node *n = node_of(s, e->to), *from = node_of(s, e->from), *m = other_node(s);
	const struct choice *c = &choices[e->choice];
	bool ran = e->ran_before || e->ran_after;
	bool other_ran = other_edge(s)->ran_before || other_edge(s)->ran_after;

	if (AT(n, PLACE) == SYSEMU_NODE_DEAD)
		return;
	if (ran && !other_ran)
		fprintf(s->out, " ran=%d",
			c->kind == CHOICE_CALL ? program_numbers[c->number] :
						 number_of_class(AT(from, ORIG)));
	if (AT(n, TF) != AT(m, TF))
		fprintf(s->out, " eflags=%cTF", AT(n, TF) ? '+' : '-');
	if (!place_is_stop(AT(n, PLACE)) || !place_is_stop(AT(m, PLACE)))
		return; /* the event tells; no call's frame is there */
	if (AT(n, ORIG) != AT(m, ORIG))
		fprintf(s->out, " orig_eax=%d",
			AT(n, ORIG) == SYSEMU_CLASS_NONE ? -1 : number_of_class(AT(n, ORIG)));
	if (AT(n, EAX) != AT(m, EAX) && AT(n, EAX) == SYSEMU_CLASS_ERESTARTSYS)
		fputs(" eax=-ERESTARTSYS", s->out);
	if (AT(n, EAX) != AT(m, EAX) && AT(n, EAX) == SYSEMU_CLASS_ERESTART_BLOCK)
		fputs(" eax=-ERESTART_RESTARTBLOCK", s->out);
}

/* The last row: the demand in the event's place, or with it. */
static void put_demand(const struct script *s, const char *demand, const sysemu_edge *e, unsigned k)
{
	const sysemu_node *n = node_of(s, e->to);
	bool whole = strncmp(demand, "stop", 4) == 0 || strncmp(demand, "break", 5) == 0;

	if (!whole && place_is_stop(AT(n, PLACE)))
		fprintf(s->out, "stop %s %s ", stop_signal(n), place_words[AT(n, PLACE)]);
	else if (!whole && AT(n, PLACE) == SYSEMU_NODE_DEAD)
		fprintf(s->out, "killed %u ", AT(n, CODE) & 0x7fu);
	else if (!whole)
		fprintf(s->out, "break ");
	for (; *demand; demand++) {
		if (*demand == '@')
			fprintf(s->out, "h%u", k);
		else if (*demand == '!')
			fputs(AT(node_of(s, e->from), SYSGOOD) ? "SYSTRAP" : "TRAP", s->out);
		else
			putc(*demand, s->out);
	}
}

static void put_result(const struct script *s, int result)
{
	static const struct {
		int value;
		const char *name;
	} names[] = { { -1, "EPERM" }, { -3, "ESRCH" }, { -5, "EIO" } };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].value == result)
			fprintf(s->out, " -> %s", names[i].name);
}

static void put_action(struct script *s, const sysemu_edge *e)
{
	const struct choice *c = &choices[e->choice];
	const sysemu_node *from = node_of(s, e->from);

	if (c->kind == CHOICE_CALL || c->kind == CHOICE_NOP)
		return;
	next_action(s);
	if (c->kind == CHOICE_BACK)
		fprintf(s->out, "set eip-=2; set eax=%d", number_of_class(AT(from, ORIG)));
	else if (c->kind == CHOICE_REQUEST)
		fputs(sysemu_request_name(c->request), s->out);
	else
		fputs(c->script, s->out);
	put_result(s, e->result);
}

static void put_rows(struct script *s, const char *demand)
{
	int block = next_sysenter(s, 0);
	unsigned k = 0;

	fprintf(s->out, "rows\n%s\tstop STOP signal | set orig_eax=-1",
		s->bad == s->way->n ? "bad:" : "");
	if (block >= 0)
		fprintf(s->out, "; set ebp=b%d", block);
	s->acted = true;
	for (size_t i = 0; i < s->way->n; i++) {
		const sysemu_edge *e = edge_of(s, i);
		const struct choice *c = &choices[e->choice];
		bool last = i + 1 == s->way->n;

		if (c->kind == CHOICE_CALL || c->kind == CHOICE_NOP)
			k++;
		if (e->event != SYSEMU_EVENT_NONE) {
			next_action(s);
			fprintf(s->out, "break h%u", k);
		}
		put_action(s, e);
		if (e->event == SYSEMU_EVENT_NONE)
			continue;
		fputs(i == s->bad ? "\nbad:\t" : "\n\t", s->out);
		if (last && demand)
			put_demand(s, demand, e, k);
		else
			put_event(s, e, k);
		if (last && s->way->other)
			put_differences(s, e);
		s->acted = false;
	}
	putc('\n', s->out);
}

static void put_head(const struct script *s, const char *demand)
{
	const sysemu_property *property = s->way->property;
	const char *entry = s->x->entry ? "sysenter" : "int80";

	if (s->way->other) {
		fprintf(s->out,
			"scenario %s-from-%s.%s\n\tabout\tthe shortest way that tells %s from %s\n",
			s->x->kernel, s->way->other->kernel, entry, s->x->kernel,
			s->way->other->kernel);
		fprintf(s->out, "\tentry\t%s\n\tpass\t%s\n\tfail\t%s at bad\n", entry, s->x->kernel,
			s->way->other->kernel);
		return;
	}
	fprintf(s->out, "scenario %s.%s.%s\n", property ? property->name : "way", s->x->kernel,
		entry);
	if (property)
		fprintf(s->out, "\tabout\t%s\n\tsource\t%s\n", property->about, property->source);
	fprintf(s->out, "\tentry\t%s\n", entry);
	fprintf(s->out, demand ? "\tfail\t%s at bad\n" : "\tpass\t%s\n", s->x->kernel);
}

char *script_write(const struct script_way *way)
{
	struct script *s = way->n <= WAY_MAX ? calloc(1, sizeof(*s)) : NULL;
	const sysemu_edge *last = &way->x->edges[way->edges[way->n - 1]];
	const char *demand = NULL;
	char *made = NULL;
	size_t size;

	if (!s)
		return NULL;
	s->way = way;
	s->x = way->x;
	s->out = find_bad(s) ? open_memstream(&made, &size) : NULL;
	if (!s->out) {
		free(s);
		return NULL;
	}
	find_steps(s);
	if (way->property)
		demand = property_demand(way->property, node_of(s, last->from), last);
	put_head(s, demand);
	put_program(s);
	put_rows(s, demand);
	if (fclose(s->out) != 0) {
		free(made);
		made = NULL;
	}
	free(s);
	return made;
}

/* The shortest way to an edge; how many they are, 0: too many. */
static size_t way_to(const sysemu_exploration *x, size_t edge, uint32_t way[WAY_MAX])
{
	size_t n = 1;

	for (uint32_t e = (uint32_t)edge; x->edges[e].from != 0; n++)
		e = x->nodes[x->edges[e].from].by_edge;
	if (n > WAY_MAX)
		return 0;
	for (size_t i = n; i > 0; edge = x->nodes[x->edges[edge].from].by_edge)
		way[--i] = (uint32_t)edge;
	return n;
}

sysemu_status sysemu_exploration_script(const sysemu_exploration *x, size_t edge,
					const sysemu_property *property, char **text)
{
	uint32_t edges[WAY_MAX];
	struct script_way way = { .x = x, .edges = edges, .property = property };
	char *made;

	REQUIRE_ARGUMENT(NULL, x);
	REQUIRE_ARGUMENT(NULL, text);
	if (property && !(property->name && property->about && property->source))
		return fail(NULL, SYSEMU_EINVAL, "a property without name, about or source");
	if (edge >= x->n_edges)
		return fail(NULL, SYSEMU_ENOENT, "edge %zu: there are %zu", edge, x->n_edges);
	way.n = way_to(x, edge, edges);
	made = way.n ? script_write(&way) : NULL;
	if (!made)
		return fail(NULL, SYSEMU_ENOMEM,
			    "no memory for the script, or a way of more than %d edges", WAY_MAX);
	*text = made;
	return SYSEMU_OK;
}
