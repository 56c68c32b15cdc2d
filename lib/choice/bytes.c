/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bytes.c: explorations as bytes, and several joined into one. A table holds for each
 * node its fields and for each edge what was seen; numbers are given anew when tables are
 * joined, breadth-first from the root, so that it does not matter who found what first.
 *
 * The bytes: "SYSEMUX1", a head of 64-bit words, the kernel's name and digest, nodes, edges;
 * little-endian as all machines that this runs on. Nothing of it is trusted when it is read.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/choice/explore.h"

static const char magic[] = "SYSEMUX1";

struct head {
	char magic[8];
	char kernel[32], digest[32];
	uint32_t entry, limit, closed, node_size, edge_size;
	uint32_t reserved;
	uint64_t nodes, edges, runs, ways, differences;
	char difference[200];
};

struct saved_node {
	sysemu_node node;
	uint8_t expanded;
	uint32_t first_edge, edges;
};

static sysemu_status no_memory(void)
{
	return fail(NULL, SYSEMU_ENOMEM, "no memory for an exploration");
}

sysemu_status sysemu_exploration_save(const sysemu_exploration *x, void **bytes, size_t *size)
{
	struct head h;
	struct saved_node *nodes;
	uint8_t *out;
	size_t room;

	REQUIRE_ARGUMENT(NULL, x);
	REQUIRE_ARGUMENT(NULL, bytes);
	REQUIRE_ARGUMENT(NULL, size);
	memset(&h, 0, sizeof(h));
	memcpy(h.magic, magic, sizeof(h.magic));
	memcpy(h.kernel, x->kernel, sizeof(h.kernel));
	memcpy(h.digest, sysemu_kernel_digest(x->kernel), sizeof(h.digest));
	h.entry = x->entry;
	h.limit = x->limit;
	h.closed = x->closed;
	h.node_size = sizeof(struct saved_node);
	h.edge_size = sizeof(sysemu_edge);
	h.nodes = x->n_nodes;
	h.edges = x->n_edges;
	h.runs = x->runs;
	h.ways = x->ways;
	h.differences = x->differences;
	memcpy(h.difference, x->difference, sizeof(h.difference));
	room = sizeof(h) + x->n_nodes * sizeof(*nodes) + x->n_edges * sizeof(sysemu_edge);
	out = calloc(1, room);
	if (!out)
		return no_memory();
	memcpy(out, &h, sizeof(h));
	nodes = (struct saved_node *)(void *)(out + sizeof(h));
	for (size_t i = 0; i < x->n_nodes; i++) {
		nodes[i].node = x->nodes[i].node;
		nodes[i].expanded = x->nodes[i].edges != EXPLORE_NONE;
		if (!nodes[i].expanded)
			continue;
		nodes[i].first_edge = x->nodes[i].first_edge;
		nodes[i].edges = x->nodes[i].edges;
	}
	if (x->n_edges)
		memcpy(nodes + x->n_nodes, x->edges, x->n_edges * sizeof(sysemu_edge));
	*bytes = out;
	*size = room;
	return SYSEMU_OK;
}

/* Each node's edges lie behind the last one's, and go from it to nodes that are there. */
static bool sound(const struct head *h, const struct saved_node *nodes, const sysemu_edge *edges)
{
	uint64_t next = 0;

	for (uint64_t i = 0; i < h->nodes; i++) {
		if (!nodes[i].expanded)
			continue;
		if (nodes[i].first_edge != next || nodes[i].edges > h->edges - next)
			return false;
		for (uint32_t k = 0; k < nodes[i].edges; k++, next++)
			if (edges[next].from != i || edges[next].to >= h->nodes ||
			    edges[next].choice >= choice_count ||
			    (k && edges[next].choice <= edges[next - 1].choice))
				return false;
	}
	return next == h->edges && h->nodes && (nodes[0].expanded || h->nodes == 1);
}

/* NULL, or what is wrong with it. */
static const char *head_complaint(const struct head *h, size_t size)
{
	const char *digest;

	if (memcmp(h->magic, magic, sizeof(h->magic)) != 0)
		return "byte 0: it does not begin with SYSEMUX1";
	if (h->kernel[sizeof(h->kernel) - 1] || h->difference[sizeof(h->difference) - 1] ||
	    h->entry > SYSEMU_ENTRY_SYSENTER)
		return "the head names no kernel and entry";
	digest = sysemu_kernel_digest(h->kernel);
	if (!digest || memcmp(digest, h->digest, sizeof(h->digest)) != 0)
		return "the head names another kernel image";
	if (h->node_size != sizeof(struct saved_node) || h->edge_size != sizeof(sysemu_edge) ||
	    h->nodes > size || h->edges > size ||
	    size != sizeof(*h) + h->nodes * sizeof(struct saved_node) +
			    h->edges * sizeof(sysemu_edge))
		return "its size is not that of the nodes and edges in the head";
	return NULL;
}

/* ---- joining ---- */

/* Takes the edges of node `at`, if a part has them, and adds where they lead to. */
static bool take_edges(sysemu_exploration *x, uint32_t at, sysemu_exploration *const parts[],
		       size_t n)
{
	sysemu_node node = x->nodes[at].node;

	x->nodes[at].first_edge = (uint32_t)x->n_edges;
	for (unsigned c = 0; c < choice_count; c++) {
		for (size_t i = 0; i < n; i++) {
			uint32_t number = graph_find(parts[i], &node);
			const struct graph_node *g;
			const sysemu_edge *e = NULL;
			sysemu_edge copy;

			if (number == EXPLORE_NONE ||
			    (g = &parts[i]->nodes[number])->edges == EXPLORE_NONE)
				continue;
			for (uint32_t k = 0; k < g->edges && !e; k++)
				if (parts[i]->edges[g->first_edge + k].choice == c)
					e = &parts[i]->edges[g->first_edge + k];
			if (!e)
				continue;
			copy = *e;
			copy.from = at;
			copy.to = graph_find(x, &parts[i]->nodes[e->to].node);
			if (copy.to == EXPLORE_NONE)
				copy.to = graph_add(x, &parts[i]->nodes[e->to].node,
						    x->nodes[at].depth + 1, (uint32_t)x->n_edges);
			if (copy.to == EXPLORE_NONE || !graph_add_edge(x, &copy))
				return false;
			break;
		}
	}
	return true;
}

static bool is_expanded(const sysemu_exploration *x, const sysemu_node *node)
{
	uint32_t at = graph_find(x, node);

	return at != EXPLORE_NONE && x->nodes[at].edges != EXPLORE_NONE;
}

static bool join(sysemu_exploration *x, sysemu_exploration *const parts[], size_t n)
{
	if (graph_add(x, &parts[0]->nodes[0].node, 0, EXPLORE_NONE) == EXPLORE_NONE)
		return false;
	for (uint32_t at = 0; at < x->n_nodes; at++) {
		bool expanded = false;

		for (size_t i = 0; i < n && !expanded; i++)
			expanded = is_expanded(parts[i], &x->nodes[at].node);
		if (!expanded)
			continue;
		if (!take_edges(x, at, parts, n))
			return false;
		x->nodes[at].edges = (uint32_t)x->n_edges - x->nodes[at].first_edge;
	}
	for (size_t i = 0; i < n; i++) {
		x->runs += parts[i]->runs;
		x->ways += parts[i]->ways;
		if (!x->differences)
			memcpy(x->difference, parts[i]->difference, sizeof(x->difference));
		x->differences += parts[i]->differences;
	}
	x->closed = graph_is_closed(x);
	return true;
}

sysemu_status sysemu_exploration_join(sysemu_exploration *const parts[], size_t n,
				      sysemu_exploration **out)
{
	sysemu_exploration *x;

	REQUIRE_ARGUMENT(NULL, parts);
	REQUIRE_ARGUMENT(NULL, out);
	if (!n)
		return fail(NULL, SYSEMU_EINVAL, "no explorations to join");
	for (size_t i = 0; i < n; i++)
		if (!parts[i])
			return fail(NULL, SYSEMU_EINVAL, "exploration %zu of %zu is NULL", i, n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(parts[i]->kernel, parts[0]->kernel) != 0 ||
		    parts[i]->entry != parts[0]->entry ||
		    memcmp(&parts[i]->nodes[0].node, &parts[0]->nodes[0].node,
			   sizeof(sysemu_node)) != 0)
			return fail(NULL, SYSEMU_EMISMATCH,
				    "exploration %zu of %zu is of another kernel or entry than the "
				    "first",
				    i, n);
	x = graph_new(parts[0]->kernel, parts[0]->entry);
	if (!x)
		return no_memory();
	x->limit = parts[0]->limit;
	if (!join(x, parts, n)) {
		sysemu_exploration_free(x);
		return no_memory();
	}
	*out = x;
	return SYSEMU_OK;
}

static sysemu_status fill(sysemu_exploration *x, const struct head *h,
			  const struct saved_node *nodes, const sysemu_edge *edges)
{
	for (uint64_t i = 0; i < h->nodes; i++) {
		if (graph_find(x, &nodes[i].node) != EXPLORE_NONE)
			return fail(NULL, SYSEMU_EINVAL,
				    "exploration: node %" PRIu64 " is there twice", i);
		if (graph_add(x, &nodes[i].node, 0, EXPLORE_NONE) == EXPLORE_NONE)
			return no_memory();
		if (!nodes[i].expanded)
			continue;
		x->nodes[i].first_edge = nodes[i].first_edge;
		x->nodes[i].edges = nodes[i].edges;
	}
	for (uint64_t i = 0; i < h->edges; i++)
		if (!graph_add_edge(x, &edges[i]))
			return no_memory();
	x->limit = h->limit;
	x->runs = h->runs;
	x->ways = h->ways;
	x->differences = h->differences;
	memcpy(x->difference, h->difference, sizeof(x->difference));
	return SYSEMU_OK;
}

/* `bytes` are aligned. The numbers, depths and ways come from joining the one part. */
static sysemu_status load(const struct head *h, const uint8_t *bytes, sysemu_exploration **out)
{
	const struct saved_node *nodes = (const void *)(bytes + sizeof(*h));
	const sysemu_edge *edges = (const void *)(nodes + h->nodes);
	sysemu_exploration *x;
	sysemu_status status;

	if (!sound(h, nodes, edges))
		return fail(
			NULL, SYSEMU_EINVAL,
			"exploration: an edge that is not where its node says, or leads nowhere");
	x = graph_new(h->kernel, (sysemu_entry)h->entry);
	status = x ? fill(x, h, nodes, edges) : no_memory();
	if (status == SYSEMU_OK)
		status = sysemu_exploration_join(&x, 1, out);
	sysemu_exploration_free(x);
	return status;
}

sysemu_status sysemu_exploration_load(const void *bytes, size_t size, sysemu_exploration **out)
{
	struct head h;
	const char *wrong;
	void *copy;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, bytes);
	REQUIRE_ARGUMENT(NULL, out);
	if (size < sizeof(h))
		return fail(NULL, SYSEMU_EINVAL, "exploration: %zu bytes, its head alone has %zu",
			    size, sizeof(h));
	memcpy(&h, bytes, sizeof(h));
	wrong = head_complaint(&h, size);
	if (wrong)
		return fail(NULL, SYSEMU_EINVAL, "exploration: %s", wrong);
	copy = malloc(size); /* the caller's need not be aligned */
	if (!copy)
		return no_memory();
	memcpy(copy, bytes, size);
	status = load(&h, copy, out);
	free(copy);
	return status;
}
