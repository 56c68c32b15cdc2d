/* SPDX-License-Identifier: GPL-2.0-only */
/* graph.c: nodes by content, edges by number, and the texts of both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/choice/explore.h"
#include "lib/kernels/kernels.h"

uint64_t node_hash(const sysemu_node *n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (unsigned i = 0; i < SYSEMU_FIELDS; i++)
		h = (h ^ n->field[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

sysemu_exploration *graph_new(const char *kernel, sysemu_entry entry)
{
	sysemu_exploration *x = calloc(1, sizeof(*x));
	const struct kernel *k = kernel_find(kernel);

	if (!x)
		return NULL;
	snprintf(x->kernel, sizeof(x->kernel), "%s", kernel);
	x->entry = entry;
	x->no_audit = k && k->profile->audit_set == PROFILE_NONE;
	return x;
}

bool graph_offers(const sysemu_exploration *x, const sysemu_node *n, const struct choice *c)
{
	return choice_offered(n, c, x->entry) && !(x->no_audit && c->kind == CHOICE_AUDIT);
}

void sysemu_exploration_free(sysemu_exploration *x)
{
	if (!x)
		return;
	free(x->nodes);
	free(x->edges);
	free(x->table);
	paths_free(&x->paths);
	free(x);
}

/* The slot of the node, or the free one where it belongs. */
static size_t slot_of(const sysemu_exploration *x, const sysemu_node *n)
{
	size_t i = node_hash(n) & (x->table_size - 1);

	while (x->table[i] && memcmp(&x->nodes[x->table[i] - 1].node, n, sizeof(*n)) != 0)
		i = (i + 1) & (x->table_size - 1);
	return i;
}

uint32_t graph_find(const sysemu_exploration *x, const sysemu_node *n)
{
	uint32_t found = x->table_size ? x->table[slot_of(x, n)] : 0;

	return found ? found - 1 : EXPLORE_NONE;
}

static bool grow_table(sysemu_exploration *x)
{
	size_t size = x->table_size ? 2 * x->table_size : 1024;
	uint32_t *table = calloc(size, sizeof(*table));

	if (!table)
		return false;
	free(x->table);
	x->table = table;
	x->table_size = size;
	for (size_t i = 0; i < x->n_nodes; i++)
		table[slot_of(x, &x->nodes[i].node)] = (uint32_t)i + 1;
	return true;
}

uint32_t graph_add(sysemu_exploration *x, const sysemu_node *n, uint32_t depth, uint32_t by_edge)
{
	if (x->n_nodes == x->room_nodes) {
		size_t room = x->room_nodes ? 2 * x->room_nodes : 512;
		struct graph_node *nodes = realloc(x->nodes, room * sizeof(*nodes));

		if (!nodes)
			return EXPLORE_NONE;
		x->nodes = nodes;
		x->room_nodes = room;
	}
	if (2 * x->n_nodes >= x->table_size && !grow_table(x))
		return EXPLORE_NONE;
	x->nodes[x->n_nodes] = (struct graph_node){
		.node = *n, .depth = depth, .edges = EXPLORE_NONE, .by_edge = by_edge, .ways = 1
	};
	x->table[slot_of(x, n)] = (uint32_t)x->n_nodes + 1;
	return (uint32_t)x->n_nodes++;
}

bool graph_add_edge(sysemu_exploration *x, const sysemu_edge *e)
{
	if (x->n_edges == x->room_edges) {
		size_t room = x->room_edges ? 2 * x->room_edges : 4096;
		sysemu_edge *edges = realloc(x->edges, room * sizeof(*edges));

		if (!edges)
			return false;
		x->edges = edges;
		x->room_edges = room;
	}
	x->edges[x->n_edges++] = *e;
	return true;
}

bool graph_is_closed(const sysemu_exploration *x)
{
	for (size_t i = 0; i < x->n_nodes; i++) {
		const struct graph_node *n = &x->nodes[i];
		uint32_t offered = 0;

		for (unsigned c = 0; c < choice_count; c++)
			offered += graph_offers(x, &n->node, &choices[c]);
		if (offered && n->edges != offered)
			return false;
	}
	return true;
}

/* ---- what is public ---- */

void sysemu_explored_facts(const sysemu_exploration *x, sysemu_explored *out)
{
	if (!out)
		return;
	*out = (sysemu_explored){ 0 };
	if (!x)
		return;
	*out = (sysemu_explored){ .kernel = x->kernel,
				  .entry = x->entry,
				  .closed = x->closed,
				  .nodes = x->n_nodes,
				  .edges = x->n_edges,
				  .runs = x->runs,
				  .ways = x->ways,
				  .differences = x->differences };
	memcpy(out->difference, x->difference, sizeof(out->difference));
	for (size_t i = 0; i < x->n_nodes; i++)
		if (x->nodes[i].depth > out->depth)
			out->depth = x->nodes[i].depth;
}

sysemu_status sysemu_node_at(const sysemu_exploration *x, size_t number, sysemu_node *out)
{
	REQUIRE_ARGUMENT(NULL, x);
	REQUIRE_ARGUMENT(NULL, out);
	if (number >= x->n_nodes)
		return fail(NULL, SYSEMU_ENOENT, "node %zu: there are %zu", number, x->n_nodes);
	*out = x->nodes[number].node;
	return SYSEMU_OK;
}

sysemu_status sysemu_edge_at(const sysemu_exploration *x, size_t number, sysemu_edge *out)
{
	REQUIRE_ARGUMENT(NULL, x);
	REQUIRE_ARGUMENT(NULL, out);
	if (number >= x->n_edges)
		return fail(NULL, SYSEMU_ENOENT, "edge %zu: there are %zu", number, x->n_edges);
	*out = x->edges[number];
	return SYSEMU_OK;
}

/* ---- texts ---- */

#define NAME(name, text)  text,
#define FIELD(name, text) text,
static const char *const field_names[] = { SYSEMU_FIELD_MAP(FIELD) };
static const char *const place_names[] = { SYSEMU_NODE_PLACE_MAP(NAME) };
static const char *const where_names[] = { SYSEMU_NODE_WHERE_MAP(NAME) };
static const char *const class_names[] = { SYSEMU_NODE_CLASS_MAP(NAME) };

const char *sysemu_field_name(unsigned field)
{
	return field < SYSEMU_FIELDS ? field_names[field] : NULL;
}

static void put_flags(unsigned value, char *buf, size_t size)
{
	static const char letters[] = "TNPRSIEA"; /* as the facts name them, by bit */
	size_t n = 0;

	for (unsigned i = 0; i < 8 && n + 1 < size; i++)
		if (value & (1u << i))
			buf[n++] = letters[i];
	if (!n && size > 1)
		buf[n++] = '-';
	buf[n] = 0;
}

static void put_pending(unsigned value, char *buf, size_t size)
{
	static const char *const names[] = { "TRAP",  "USR1",  "STOP",  "other",
					     "TRAP'", "USR1'", "STOP'", "other'" };
	size_t n = 0;

	snprintf(buf, size, "-");
	for (unsigned i = 0; i < 8; i++)
		if (value & (1u << i) && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? "+" : "", names[i]);
}

static const char *from_list(const char *const names[], size_t n, unsigned value)
{
	return value < n ? names[value] : "?";
}
#define FROM_LIST(list, value) from_list(list, sizeof(list) / sizeof(list[0]), value)

const char *sysemu_field_text(unsigned field, unsigned value, char *buf, size_t size)
{
	static const char *const entries[] = { "-", "int80", "sysenter" };
	static const char *const calls[] = { "-", "to-run", "emulated" };
	const char *text = NULL;

	if (!buf || !size)
		return buf;
	switch (field) {
	case SYSEMU_FIELD_PLACE: text = FROM_LIST(place_names, value); break;
	case SYSEMU_FIELD_WHERE: text = FROM_LIST(where_names, value); break;
	case SYSEMU_FIELD_ORIG:
	case SYSEMU_FIELD_EAX: text = FROM_LIST(class_names, value); break;
	case SYSEMU_FIELD_ENTRY: text = FROM_LIST(entries, value); break;
	case SYSEMU_FIELD_CALL: text = FROM_LIST(calls, value); break;
	case SYSEMU_FIELD_MODE: text = value ? sysemu_request_name((int)value) : "-"; break;
	case SYSEMU_FIELD_FLAGS: put_flags(value, buf, size); return buf;
	case SYSEMU_FIELD_PENDING: put_pending(value, buf, size); return buf;
	}
	if (text)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, "%u", value);
	return buf;
}
