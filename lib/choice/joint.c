/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * joint.c: two graphs walked together, breadth-first, so that the first difference of a kind ends a
 * shortest way to one. Where flags or counts differ the walk goes on; where a tracer sees another
 * thing it does not: what it would do next is no longer the same choice.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/choice/explore.h"

#define AT(n, name) ((n)->field[SYSEMU_FIELD_##name])

struct pair {
	uint32_t node[2];
	uint32_t from;    /* the pair before it; EXPLORE_NONE: the root */
	uint32_t edge[2]; /* that led here */
};

struct walk {
	const sysemu_exploration *x[2];
	struct pair *pairs;
	size_t n, room;
	uint32_t *table; /* by hash: pair + 1 */
	size_t size;     /* a power of two */
	sysemu_joint *out;
};

const char *sysemu_tell_name(unsigned tell)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_TELL_MAP(X)
#undef X
	};

	return tell < SYSEMU_TELLS ? names[tell] : NULL;
}

/* ---- pairs ---- */

static size_t slot_of(const struct walk *w, uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15u;
	size_t i = (h ^ h >> 31) & (w->size - 1);

	while (w->table[i] &&
	       (w->pairs[w->table[i] - 1].node[0] != a || w->pairs[w->table[i] - 1].node[1] != b))
		i = (i + 1) & (w->size - 1);
	return i;
}

static bool grow(struct walk *w)
{
	size_t room = w->room ? 2 * w->room : 1024;
	struct pair *pairs = realloc(w->pairs, room * sizeof(*pairs));
	uint32_t *table = calloc(2 * room, sizeof(*table));

	if (pairs)
		w->pairs = pairs;
	if (!pairs || !table) {
		free(table);
		return false;
	}
	free(w->table);
	w->table = table;
	w->room = room;
	w->size = 2 * room;
	for (size_t i = 0; i < w->n; i++)
		table[slot_of(w, w->pairs[i].node[0], w->pairs[i].node[1])] = (uint32_t)i + 1;
	return true;
}

static bool add(struct walk *w, uint32_t from, const sysemu_edge *a, const sysemu_edge *b)
{
	struct pair p = { .from = from };
	size_t slot;

	if (w->n == w->room && !grow(w))
		return false;
	if (a) {
		p.node[0] = a->to;
		p.node[1] = b->to;
		p.edge[0] = (uint32_t)(a - w->x[0]->edges);
		p.edge[1] = (uint32_t)(b - w->x[1]->edges);
	}
	slot = slot_of(w, p.node[0], p.node[1]);
	if (w->table[slot])
		return true;
	w->table[slot] = (uint32_t)w->n + 1;
	w->pairs[w->n++] = p;
	return true;
}

/* ---- what differs ---- */

static bool same_fields(const sysemu_node *a, const sysemu_node *b, uint32_t fields)
{
	for (unsigned f = 0; f < SYSEMU_FIELDS; f++)
		if (fields >> f & 1 && a->field[f] != b->field[f])
			return false;
	return true;
}

#define BIT(name) (1u << SYSEMU_FIELD_##name)

/* The plainest sort; SYSEMU_TELLS: they are the same. MODE and CALL are the explorer's own, and
 * ENTRY is in the choice. */
static unsigned told_by(const struct walk *w, const sysemu_edge *a, const sysemu_edge *b)
{
	const sysemu_node *m = &w->x[0]->nodes[a->to].node, *n = &w->x[1]->nodes[b->to].node;

	if (a->event != b->event || a->status != b->status || a->result != b->result ||
	    !a->ran_before != !b->ran_before || !a->ran_after != !b->ran_after ||
	    !same_fields(m, n, BIT(PLACE) | BIT(CODE)))
		return SYSEMU_TELL_STOPS;
	if (!same_fields(m, n, BIT(WHERE) | BIT(TF) | BIT(ORIG) | BIT(EAX)) || a->broke != b->broke)
		return SYSEMU_TELL_REGISTERS;
	if (!same_fields(m, n,
			 BIT(FLAGS) | BIT(DTRACE) | BIT(SYSGOOD) | BIT(TRACED) | BIT(PENDING) |
				 BIT(AUDIT)) ||
	    a->child_flags != b->child_flags || a->audit_entries != b->audit_entries ||
	    a->audit_exits != b->audit_exits)
		return SYSEMU_TELL_FLAGS;
	return a->user != b->user || a->entry != b->entry ? SYSEMU_TELL_COUNTS : SYSEMU_TELLS;
}

/* The way to pair `at`, and one edge more of each. */
static bool keep_way(const struct walk *w, sysemu_told *told, uint32_t at, const sysemu_edge *a,
		     const sysemu_edge *b)
{
	const uint32_t last[2] = { (uint32_t)(a - w->x[0]->edges), (uint32_t)(b - w->x[1]->edges) };
	size_t n = 1;

	for (uint32_t p = at; w->pairs[p].from != EXPLORE_NONE; p = w->pairs[p].from)
		n++;
	for (unsigned side = 0; side < 2; side++) {
		size_t i = n;

		told->edges[side] = malloc(n * sizeof(*told->edges[side]));
		if (!told->edges[side])
			return false;
		told->edges[side][--i] = last[side];
		for (uint32_t p = at; w->pairs[p].from != EXPLORE_NONE; p = w->pairs[p].from)
			told->edges[side][--i] = w->pairs[p].edge[side];
	}
	told->n = n;
	return true;
}

static bool compare(struct walk *w, uint32_t at, const sysemu_edge *a, const sysemu_edge *b)
{
	unsigned told = told_by(w, a, b);

	w->out->edges++;
	if (told < SYSEMU_TELLS && w->out->by[told].count++ == 0 &&
	    !keep_way(w, &w->out->by[told], at, a, b))
		return false;
	return told <= SYSEMU_TELL_REGISTERS || add(w, at, a, b);
}

/* The choices that both have, in their order. */
static bool expand(struct walk *w, uint32_t at)
{
	const struct graph_node *m = &w->x[0]->nodes[w->pairs[at].node[0]];
	const struct graph_node *n = &w->x[1]->nodes[w->pairs[at].node[1]];
	uint32_t i = 0, j = 0;

	if (m->edges == EXPLORE_NONE || n->edges == EXPLORE_NONE)
		return true;
	while (i < m->edges && j < n->edges) {
		const sysemu_edge *a = &w->x[0]->edges[m->first_edge + i];
		const sysemu_edge *b = &w->x[1]->edges[n->first_edge + j];

		i += a->choice <= b->choice;
		j += b->choice <= a->choice;
		if (a->choice == b->choice && !compare(w, at, a, b))
			return false;
	}
	return true;
}

static bool walk(struct walk *w)
{
	bool ok = add(w, EXPLORE_NONE, NULL, NULL);

	for (size_t i = 0; ok && i < w->n; i++)
		ok = expand(w, (uint32_t)i);
	w->out->pairs = w->n;
	return ok;
}

sysemu_status sysemu_explorations_compare(const sysemu_exploration *a, const sysemu_exploration *b,
					  sysemu_joint *out)
{
	struct walk w = { .x = { a, b }, .out = out };
	bool ok;

	REQUIRE_ARGUMENT(NULL, out);
	*out = (sysemu_joint){ 0 };
	REQUIRE_ARGUMENT(NULL, a);
	REQUIRE_ARGUMENT(NULL, b);
	if (a->entry != b->entry)
		return fail(NULL, SYSEMU_EINVAL, "explorations of two entries");
	if (!a->n_nodes || !b->n_nodes)
		return fail(NULL, SYSEMU_EINVAL, "an exploration without a node");
	ok = walk(&w);
	free(w.pairs);
	free(w.table);
	return ok ? SYSEMU_OK : fail(NULL, SYSEMU_ENOMEM, "no memory for pairs of nodes");
}

void sysemu_joint_free(sysemu_joint *joint)
{
	if (!joint)
		return;
	for (unsigned t = 0; t < SYSEMU_TELLS; t++) {
		free(joint->by[t].edges[0]);
		free(joint->by[t].edges[1]);
	}
	*joint = (sysemu_joint){ 0 };
}

sysemu_status sysemu_joint_script(const sysemu_exploration *a, const sysemu_exploration *b,
				  const sysemu_joint *joint, sysemu_tell by, char **text)
{
	struct script_way way = { .x = a, .other = b };
	const sysemu_told *told;

	REQUIRE_ARGUMENT(NULL, a);
	REQUIRE_ARGUMENT(NULL, b);
	REQUIRE_ARGUMENT(NULL, joint);
	REQUIRE_ARGUMENT(NULL, text);
	if (by != SYSEMU_TELL_STOPS && by != SYSEMU_TELL_REGISTERS)
		return fail(NULL, SYSEMU_EINVAL, "a script of what no tracer sees");
	told = &joint->by[by];
	if (!told->n)
		return fail(NULL, SYSEMU_ENOENT, "nothing tells %s from %s by %s", a->kernel,
			    b->kernel, sysemu_tell_name(by));
	way.edges = told->edges[0];
	way.n = told->n;
	way.other_edge = told->edges[1][told->n - 1];
	*text = script_write(&way);
	return *text ? SYSEMU_OK :
		       fail(NULL, SYSEMU_ENOMEM, "no memory for the script, or too long a way");
}
