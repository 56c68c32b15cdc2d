/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.c: an exploration packed for a page: what many transitions share is kept once, over all graphs.
 * Read next: page_write.c, page.js, which unpacks it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/explore/page.h"
#include "cli/json.h"
#include "cli/lines.h"

#define WAY_MAX 1000u

/* ---- where instructions lie ---- */

struct places {
	struct page *page;
	sysemu_machine *m; /* of the kernel, for its symbols */
	struct cli_lines lines;
	bool lined;
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* A line of entry.S, "L192"; else a function. */
static uint32_t place_of(struct places *p, uint32_t addr)
{
	const struct cli_line *line = p->lined ? cli_lines_find(&p->lines, addr) : NULL;
	char text[96];

	if (line && ends_with(line->file, "asm/entry/entry.S")) {
		snprintf(text, sizeof(text), "L%u", (unsigned)line->line);
	} else {
		sysemu_describe(p->m, addr, text, sizeof(text));
		text[strcspn(text, "+")] = '\0';
	}
	return rows_find(&p->page->places, text, strlen(text));
}

/* Places in a row, with how many instructions each; one that is come back to is there again. */
static uint32_t path_row(struct places *p, const uint32_t *addrs, size_t n)
{
	struct bytes row = { 0 };
	uint32_t number;

	for (size_t i = 0; i < n;) {
		uint32_t place = place_of(p, addrs[i]), count = 0;

		while (i < n && place_of(p, addrs[i]) == place) {
			count++;
			i++;
		}
		bytes_number(&row, place);
		bytes_number(&row, count);
	}
	number = rows_find(&p->page->paths, row.data, row.n);
	p->page->paths.data.failed |= row.failed;
	free(row.data);
	return number;
}

/* ---- the graph ---- */

struct packing {
	struct places places;
	const struct explore_report *r;
	sysemu_explored facts;
	uint32_t *path; /* by the exploration's number: ours + 1 */
	size_t paths;
	uint32_t *by_edge; /* of each node the edge that found it */
};

static uint64_t zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static bool path_of(struct packing *k, size_t edge, uint32_t *out)
{
	const uint32_t *addrs;
	uint32_t number;
	size_t n;

	if (sysemu_edge_path(k->r->x, edge, &number, &addrs, &n) != SYSEMU_OK)
		return false;
	if (number >= k->paths) {
		size_t room = 2 * (size_t)number + 64;
		uint32_t *more = realloc(k->path, room * sizeof(*more));

		if (!more)
			return false;
		memset(more + k->paths, 0, (room - k->paths) * sizeof(*more));
		k->path = more;
		k->paths = room;
	}
	if (!k->path[number])
		k->path[number] = path_row(&k->places, addrs, n) + 1;
	*out = k->path[number] - 1;
	return true;
}

static bool outcome_of(struct packing *k, size_t number, const sysemu_edge *e, uint32_t *out)
{
	struct bytes row = { 0 };
	uint32_t path;

	if (!path_of(k, number, &path))
		return false;
	const uint64_t words[] = { e->event,
				   e->status,
				   zigzag(e->result),
				   e->entered,
				   e->ran_before,
				   e->ran_after,
				   e->user,
				   e->entry,
				   e->audit_entries,
				   e->audit_exits,
				   e->broke,
				   e->child_flags,
				   path };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		bytes_number(&row, words[i]);
	*out = rows_find(&k->places.page->outcomes, row.data, row.n);
	free(row.data);
	return !row.failed;
}

static void add_nodes(struct packing *k)
{
	struct page *p = k->places.page;
	int64_t last = -1;

	for (size_t i = 0; i < k->facts.nodes; i++) {
		sysemu_node n;
		int64_t id;

		sysemu_node_at(k->r->x, i, &n);
		id = rows_find(&p->nodes, n.field, sizeof(n.field));
		bytes_number(&p->graphs, zigzag(id - last - 1));
		last = id;
	}
}

/* Of each node which choices it has; none: it is at the depth's end, or nothing goes on. */
static void add_lists(struct packing *k)
{
	struct page *p = k->places.page;
	sysemu_edge e = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < k->facts.nodes; i++) {
		struct bytes row = { 0 };

		while (at < k->facts.edges && sysemu_edge_at(k->r->x, at, &e) == SYSEMU_OK &&
		       e.from == i) {
			bytes_number(&row, e.choice);
			at++;
		}
		bytes_number(&p->graphs, row.n ? rows_find(&p->lists, row.data, row.n) + 1 : 0);
		free(row.data);
	}
}

/* 0: to a node that is new, the next one; 1: to itself; else so far from itself. Edges are in the order of
 * their nodes but for what `again` appends: nodes found before others may be worked on later. */
static bool add_edges(struct packing *k)
{
	struct page *p = k->places.page;
	uint32_t outcome, next = 1;
	sysemu_edge e;

	for (size_t i = 0; i < k->facts.edges; i++) {
		sysemu_edge_at(k->r->x, i, &e);
		if (e.to == next) {
			k->by_edge[next++] = (uint32_t)i;
			bytes_number(&p->graphs, 0);
		} else {
			bytes_number(&p->graphs,
				     e.to == e.from ? 1 : 1 + zigzag((int64_t)e.to - e.from));
		}
	}
	for (size_t i = 0; i < k->facts.edges; i++) {
		sysemu_edge_at(k->r->x, i, &e);
		if (!outcome_of(k, i, &e, &outcome))
			return false;
		bytes_number(&p->graphs, outcome);
	}
	return true;
}

/* ---- its words ---- */

static void put_way(struct json *j, const struct packing *k, size_t edge)
{
	uint16_t way[WAY_MAX];
	size_t n = 0;
	sysemu_edge e;

	sysemu_edge_at(k->r->x, edge, &e);
	for (way[n++] = e.choice; e.from && n < WAY_MAX; way[n++] = e.choice)
		sysemu_edge_at(k->r->x, k->by_edge[e.from], &e);
	json_key(j, "way");
	json_open(j, '[');
	while (n)
		json_uint(j, way[--n]);
	json_close(j, ']');
}

static void put_graph(struct json *j, const struct packing *k)
{
	const struct explore_report *r = k->r;

	json_open(j, '{');
	json_key(j, "kernel");
	json_string(j, r->kernel);
	json_key(j, "entry");
	json_string(j, r->entry ? "sysenter" : "int80");
	json_key(j, "nodes");
	json_uint(j, k->facts.nodes);
	json_key(j, "edges");
	json_uint(j, k->facts.edges);
	json_key(j, "closed");
	json_bool(j, k->facts.closed);
	json_key(j, "stories");
	json_open(j, '[');
	for (size_t i = 0; i < r->n; i++) {
		if (r->broken[i] == SYSEMU_HOLDS)
			continue;
		json_open(j, '{');
		json_key(j, "name");
		json_string(j, r->properties[i].name);
		json_key(j, "about");
		json_string(j, r->properties[i].about);
		json_key(j, "source");
		json_string(j, r->properties[i].source);
		json_key(j, "count");
		json_uint(j, r->count[i]);
		put_way(j, k, r->broken[i]);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

/* Behind what is there already. */
static bool add_words(struct page *p, const struct packing *k)
{
	char *text = NULL, *all;
	size_t size;
	struct json j = { .out = open_memstream(&text, &size) };

	if (!j.out)
		return false;
	fprintf(j.out, "%s%s", p->meta ? p->meta : "", p->meta ? "," : "");
	put_graph(&j, k);
	if (fclose(j.out) != 0) {
		free(text);
		return false;
	}
	all = p->meta;
	p->meta = text;
	free(all);
	return true;
}

bool page_add(struct page *p, const struct explore_report *r)
{
	const sysemu_config config = { .kernel = r->kernel, .entry = r->entry };
	struct packing k = { .places.page = p, .r = r };
	bool ok = p->n < PAGE_GRAPHS_MAX;

	sysemu_explored_facts(r->x, &k.facts);
	k.by_edge = calloc(k.facts.nodes + 1, sizeof(*k.by_edge));
	k.places.lined = cli_lines_of_kernel(&k.places.lines, r->kernel);
	ok = ok && k.by_edge && sysemu_open(&config, &k.places.m) == SYSEMU_OK;
	if (ok) {
		add_nodes(&k);
		add_lists(&k);
		ok = add_edges(&k) && add_words(p, &k);
	}
	ok = ok && !(p->nodes.data.failed || p->outcomes.data.failed || p->paths.data.failed ||
		     p->lists.data.failed || p->places.data.failed || p->graphs.failed);
	if (ok)
		p->kernels[p->n++] = r->kernel;
	else
		cli_say("--page: no memory, or more than %u explorations", PAGE_GRAPHS_MAX);
	sysemu_close(k.places.m);
	if (k.places.lined)
		cli_lines_free(&k.places.lines);
	free(k.by_edge);
	free(k.path);
	return ok;
}

void page_free(struct page *p)
{
	rows_free(&p->nodes);
	rows_free(&p->outcomes);
	rows_free(&p->paths);
	rows_free(&p->lists);
	rows_free(&p->places);
	free(p->graphs.data);
	free(p->meta);
	*p = (struct page){ 0 };
}
