/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_bytes.c: explorations as bytes, and several joined into one. A table holds for each
 * node its fields and for each edge what was seen; numbers are given anew when tables are
 * joined, breadth-first from the root, so that it does not matter who found what first.
 *
 * The bytes: "SYSEMUX1", a head of 64-bit words, the kernel's name and digest, nodes, edges;
 * little-endian as all machines that this runs on. Nothing of it is trusted when it is read.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/explore.h"

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

sysemu_status sysemu_exploration_save(const sysemu_exploration *x, void **bytes, size_t *size)
{
	struct head h;
	struct saved_node *nodes;
	uint8_t *out;

	if (!x || !bytes || !size)
		return SYSEMU_EINVAL;
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
	*size = sizeof(h) + x->n_nodes * sizeof(*nodes) + x->n_edges * sizeof(sysemu_edge);
	out = calloc(1, *size);
	if (!out)
		return SYSEMU_ENOMEM;
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

static bool head_is_ours(const struct head *h, size_t size)
{
	const char *digest;

	if (memcmp(h->magic, magic, sizeof(h->magic)) != 0 || h->kernel[sizeof(h->kernel) - 1] ||
	    h->difference[sizeof(h->difference) - 1] || h->node_size != sizeof(struct saved_node) ||
	    h->edge_size != sizeof(sysemu_edge) || h->entry > SYSEMU_ENTRY_SYSENTER ||
	    h->nodes > size || h->edges > size)
		return false;
	digest = sysemu_kernel_digest(h->kernel);
	return digest && memcmp(digest, h->digest, sizeof(h->digest)) == 0 &&
	       size == sizeof(*h) + h->nodes * sizeof(struct saved_node) +
			       h->edges * sizeof(sysemu_edge);
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

	if (!parts || !n || !out)
		return SYSEMU_EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!parts[i] || strcmp(parts[i]->kernel, parts[0]->kernel) != 0 ||
		    parts[i]->entry != parts[0]->entry ||
		    memcmp(&parts[i]->nodes[0].node, &parts[0]->nodes[0].node,
			   sizeof(sysemu_node)) != 0)
			return SYSEMU_EMISMATCH;
	x = graph_new(parts[0]->kernel, parts[0]->entry);
	if (!x)
		return SYSEMU_ENOMEM;
	x->limit = parts[0]->limit;
	if (!join(x, parts, n)) {
		sysemu_exploration_free(x);
		return SYSEMU_ENOMEM;
	}
	*out = x;
	return SYSEMU_OK;
}

static bool fill(sysemu_exploration *x, const struct head *h, const struct saved_node *nodes,
		 const sysemu_edge *edges)
{
	for (uint64_t i = 0; i < h->nodes; i++) {
		if (graph_find(x, &nodes[i].node) != EXPLORE_NONE ||
		    graph_add(x, &nodes[i].node, 0, EXPLORE_NONE) == EXPLORE_NONE)
			return false;
		if (!nodes[i].expanded)
			continue;
		x->nodes[i].first_edge = nodes[i].first_edge;
		x->nodes[i].edges = nodes[i].edges;
	}
	for (uint64_t i = 0; i < h->edges; i++)
		if (!graph_add_edge(x, &edges[i]))
			return false;
	return true;
}

/* The numbers, depths and ways come from joining the one part. */
sysemu_status sysemu_exploration_load(const void *bytes, size_t size, sysemu_exploration **out)
{
	sysemu_exploration *x;
	struct head h;
	void *copy;
	sysemu_status status = SYSEMU_EINVAL;

	if (!bytes || !out || size < sizeof(h))
		return SYSEMU_EINVAL;
	memcpy(&h, bytes, sizeof(h));
	if (!head_is_ours(&h, size))
		return SYSEMU_EINVAL;
	x = graph_new(h.kernel, (sysemu_entry)h.entry);
	copy = malloc(size);
	if (x && copy) {
		const struct saved_node *nodes;

		memcpy(copy, bytes, size); /* the caller's need not be aligned */
		nodes = (const struct saved_node *)(const void *)((uint8_t *)copy + sizeof(h));
		if (sound(&h, nodes, (const sysemu_edge *)(nodes + h.nodes)) &&
		    fill(x, &h, nodes, (const sysemu_edge *)(nodes + h.nodes))) {
			x->limit = h.limit;
			x->runs = h.runs;
			x->ways = h.ways;
			x->differences = h.differences;
			memcpy(x->difference, h.difference, sizeof(x->difference));
			status = sysemu_exploration_join(&x, 1, out);
		}
	} else {
		status = SYSEMU_ENOMEM;
	}
	free(copy);
	sysemu_exploration_free(x);
	return status;
}
