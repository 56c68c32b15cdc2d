/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path_file.c: the paths behind a budget's baselines, as text that a review can read: a block
 * of code is what rows executed of one function, written once, by a name that is its hash.
 *
 *	code 94c9e2a1f0d3b587 system_call
 *		pushl %eax
 *		popl %ecx	2		executed twice
 *	row fast
 *		insns entry=37 leaf=2
 *		code 94c9e2a1f0d3b587 ...
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path.h"

#define FILE_MAX_SIZE (64u << 20)
#define INSNS_MAX     (1u << 20) /* of a row: more than a kernel has */

/* What is executed of one function, in a path. */
struct block {
	uint64_t hash;
	size_t from, end;
};

static struct block next_block(const struct path *path, size_t from)
{
	struct block b = { report_hash(REPORT_HASH, path->insns[from].function), from, from };
	char times[24];

	for (; b.end < path->n && !strcmp(path->insns[b.end].function, path->insns[from].function);
	     b.end++) {
		snprintf(times, sizeof(times), "%" PRIu64, path->insns[b.end].times);
		b.hash = report_hash(report_hash(b.hash, path->insns[b.end].text), times);
	}
	return b;
}

/* ---- writing ---- */

static void put_block(FILE *out, const struct path *path, const struct block *b)
{
	fprintf(out, "code %016" PRIx64 " %s\n", b->hash, path->insns[b->from].function);
	for (size_t i = b->from; i < b->end; i++) {
		fprintf(out, "\t%s", path->insns[i].text);
		if (path->insns[i].times != 1)
			fprintf(out, "\t%" PRIu64, path->insns[i].times);
		putc('\n', out);
	}
}

static void put_regions(FILE *out, const char *unit, const uint64_t by_region[SYSEMU_REGIONS])
{
	bool any = false;

	for (unsigned g = 0; g < SYSEMU_REGIONS; g++) {
		if (!by_region[g])
			continue;
		if (!any)
			fprintf(out, "\t%s", unit);
		fprintf(out, " %s=%" PRIu64, sysemu_region_name((sysemu_region)g), by_region[g]);
		any = true;
	}
	if (any)
		putc('\n', out);
}

/* The hashes that are in the file already. */
struct written {
	size_t n, room;
	uint64_t *list;
};

/* False: it is not; now it is. */
static bool was_written(struct written *w, uint64_t hash)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i] == hash)
			return true;
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 256;
		uint64_t *list = realloc(w->list, room * sizeof(*list));

		if (!list)
			return false; /* written twice: no harm */
		w->list = list;
		w->room = room;
	}
	w->list[w->n++] = hash;
	return false;
}

static void put_row(FILE *out, const struct path_row *row, struct written *w)
{
	const struct path *path = &row->path;
	struct block b;

	for (size_t i = 0; i < path->n; i = b.end) {
		b = next_block(path, i);
		if (!was_written(w, b.hash))
			put_block(out, path, &b);
	}
	fprintf(out, "row %s\n", row->name);
	put_regions(out, "insns", path->insns_by_region);
	put_regions(out, "clocks", path->clocks_by_region);
	for (size_t i = 0; i < path->n; i = b.end) {
		b = next_block(path, i);
		fprintf(out, "\tcode %016" PRIx64 "\n", b.hash);
	}
}

void paths_write(FILE *out, const struct paths *p, bool (*keep)(void *user, const char *name),
		 void *user)
{
	struct written w = { 0 };

	fputs("# Written by `sysemu check`: the instructions behind the baselines. docs/budgets.md\n",
	      out);
	for (size_t i = 0; i < p->n; i++)
		if (keep(user, p->rows[i].name))
			put_row(out, &p->rows[i], &w);
	free(w.list);
}

/* ---- reading ---- */

struct code {
	struct code *next;
	uint64_t hash;
	const char *function;
	size_t n, room;
	struct path_insn *insns;
};

struct reader {
	struct paths *p;
	struct report *r;
	struct code *codes, *code; /* all; the one being read */
	struct path_row *row;      /* the one being read */
	size_t room, insns_room;
	unsigned line;
	int code_of_error;
};

static bool error(struct reader *x, const char *what)
{
	cli_message("%s:%u: %s\n", x->p->file, x->line, what);
	x->code_of_error = CLI_USAGE;
	return false;
}

/* An array in the report's memory, with room for one more. */
static void *with_room(struct report *r, void *list, size_t n, size_t *room, size_t size)
{
	void *more;

	if (n < *room)
		return list;
	*room = *room ? 2 * *room : 16;
	more = report_alloc(r, *room * size);
	if (more && n)
		memcpy(more, list, n * size);
	return more;
}

static bool read_insn(struct reader *x, char *text)
{
	struct code *c = x->code;
	char *tab = strchr(text, '\t');
	struct path_insn insn = { .times = 1, .function = c->function, .text = text };

	if (tab && (!cli_number_of(tab + 1, &insn.times) || !insn.times))
		return error(x, "how often?");
	if (tab)
		*tab = '\0';
	c->insns = with_room(x->r, c->insns, c->n, &c->room, sizeof(*c->insns));
	if (!c->insns)
		return error(x, "out of memory");
	c->insns[c->n++] = insn;
	return true;
}

static bool read_code(struct reader *x, char *text)
{
	char *end;
	uint64_t hash = strtoull(text, &end, 16);

	if (end != text + 16 || *end != ' ' || !end[1])
		return error(x, "not: code HASH FUNCTION");
	x->row = NULL;
	x->code = report_alloc(x->r, sizeof(*x->code));
	if (!x->code)
		return error(x, "out of memory");
	*x->code = (struct code){ .next = x->codes, .hash = hash, .function = end + 1 };
	x->codes = x->code;
	return true;
}

/* "entry=37 leaf=2" */
static bool read_regions(struct reader *x, char *text, uint64_t by_region[SYSEMU_REGIONS])
{
	char *rest = NULL;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t n = strcspn(word, "=");
		unsigned g = 0;

		while (g < SYSEMU_REGIONS &&
		       (strlen(sysemu_region_name((sysemu_region)g)) != n ||
			strncmp(sysemu_region_name((sysemu_region)g), word, n) != 0))
			g++;
		if (g == SYSEMU_REGIONS || !word[n] || !cli_number_of(word + n + 1, &by_region[g]))
			return error(x, "not: REGION=NUMBER");
	}
	return true;
}

static bool append(struct reader *x, const char *text)
{
	struct path *path = &x->row->path;
	char *end;
	uint64_t hash = strtoull(text, &end, 16);
	const struct code *c = x->codes;

	while (c && c->hash != hash)
		c = c->next;
	if (!c || *end)
		return error(x, "there is no such code");
	if (path->n + c->n > INSNS_MAX)
		return error(x, "too much code for a row");
	for (size_t i = 0; i < c->n; i++) {
		path->insns =
			with_room(x->r, path->insns, path->n, &x->insns_room, sizeof(*path->insns));
		if (!path->insns)
			return error(x, "out of memory");
		path->insns[path->n++] = c->insns[i];
	}
	return true;
}

static bool read_line(struct reader *x, char *line)
{
	if (line[0] == '#' || !line[0])
		return true;
	if (!strncmp(line, "code ", 5))
		return read_code(x, line + 5);
	if (!strncmp(line, "row ", 4)) {
		x->code = NULL;
		x->p->rows = with_room(x->r, x->p->rows, x->p->n, &x->room, sizeof(*x->p->rows));
		if (!x->p->rows)
			return error(x, "out of memory");
		x->row = &x->p->rows[x->p->n++];
		*x->row = (struct path_row){ .name = line + 4 };
		x->insns_room = 0;
		return true;
	}
	if (line[0] == '\t' && x->code)
		return read_insn(x, line + 1);
	if (!x->row || line[0] != '\t')
		return error(x, "neither `code` nor `row`");
	if (!strncmp(line, "\tinsns ", 7))
		return read_regions(x, line + 7, x->row->path.insns_by_region);
	if (!strncmp(line, "\tclocks ", 8))
		return read_regions(x, line + 8, x->row->path.clocks_by_region);
	if (!strncmp(line, "\tcode ", 6))
		return append(x, line + 6);
	return error(x, "not: insns, clocks or code");
}

int paths_read(struct paths *p, const char *budget, struct report *r)
{
	struct reader x = { .p = p, .r = r, .line = 1, .code_of_error = CLI_OK };
	char *text, *copy;
	size_t size;

	*p = (struct paths){ .file = report_text(r, "%s.paths", budget) };
	if (!p->file)
		return CLI_INTERNAL;
	p->missing = access(p->file, F_OK) != 0 && errno == ENOENT;
	if (p->missing)
		return CLI_OK;
	text = cli_read_file(p->file, FILE_MAX_SIZE, &size);
	if (!text)
		return CLI_USAGE;
	copy = report_alloc(r, size + 1);
	if (copy)
		memcpy(copy, text, size);
	free(text);
	if (!copy)
		return CLI_INTERNAL;
	for (char *line = copy, *end; x.code_of_error == CLI_OK && *line; line = end, x.line++) {
		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		read_line(&x, line);
	}
	return x.code_of_error;
}

/* ---- rows ---- */

const struct path *paths_find(const struct paths *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->rows[i].name, name))
			return &p->rows[i].path;
	return NULL;
}

bool paths_set(struct paths *p, const char *name, const struct path *path, struct report *r)
{
	struct path *old = (struct path *)(uintptr_t)paths_find(p, name);
	struct path_row *rows;

	if (old) {
		*old = *path;
		return true;
	}
	rows = report_alloc(r, (p->n + 1) * sizeof(*rows));
	if (!rows)
		return false;
	if (p->n)
		memcpy(rows, p->rows, p->n * sizeof(*rows));
	rows[p->n] = (struct path_row){ name, *path };
	p->rows = rows;
	p->n++;
	return true;
}
