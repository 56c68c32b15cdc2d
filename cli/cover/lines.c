/* SPDX-License-Identifier: GPL-2.0-only */
/* lines.c: a kernel's coverage by file and line. */
#include <stdlib.h>
#include <string.h>

#include "cli/cover/cover.h"

/* Is it "asm/entry/entry.S" for that, "entry/entry.S" or "entry.S"? */
static bool is_file(const char *path, const char *name)
{
	size_t n = strlen(path), length = strlen(name);

	return n >= length && !strcmp(path + n - length, name) &&
	       (n == length || path[n - length - 1] == '/');
}

static int by_line(const void *a, const void *b)
{
	const struct cover_insn *x = a, *y = b;
	int file = strcmp(x->file ? x->file : "", y->file ? y->file : "");

	if (file)
		return file;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->c.addr > y->c.addr) - (x->c.addr < y->c.addr);
}

static bool add(struct cover_kernel *k, size_t *room, const struct cover_insn *insn)
{
	if (k->n == *room) {
		size_t more = *room ? 2 * *room : 4096;
		void *insns = realloc(k->insns, more * sizeof(*k->insns));

		if (!insns)
			return false;
		k->insns = insns;
		*room = more;
	}
	k->insns[k->n++] = *insn;
	return true;
}

static bool collect(struct cover_kernel *k, sysemu_cover *c, const char *file)
{
	struct cover_insn i = { .file = NULL };
	size_t room = 0;

	while (sysemu_cover_at(c, k->name, i.c.addr + i.c.size, &i.c) == SYSEMU_OK) {
		const struct cli_line *line = cli_lines_find(&k->lines, i.c.addr);

		i.file = line ? line->file : NULL;
		i.line = line ? line->line : 0;
		if (!line || (file && !is_file(i.file, file)))
			continue; /* what fills a gap between two objects has no line */
		if (!add(k, &room, &i))
			return false;
	}
	if (k->n)
		qsort(k->insns, k->n, sizeof(*k->insns), by_line);
	return true;
}

bool cover_kernel_open(struct cover_kernel *k, sysemu_cover *c, const char *name, const char *file)
{
	const struct cli_machine which = { .kernel = name };

	*k = (struct cover_kernel){ .name = name };
	if (cli_open(&which, SYSEMU_START_UNTRACED, &k->m) != CLI_OK)
		return false;
	if (cli_lines_of_kernel(&k->lines, name) && collect(k, c, file))
		return true;
	cli_say("kernel %s: no line table, or no memory for it", name);
	cover_kernel_close(k);
	return false;
}

void cover_kernel_close(struct cover_kernel *k)
{
	sysemu_close(k->m);
	cli_lines_free(&k->lines);
	free(k->insns);
	*k = (struct cover_kernel){ .name = NULL };
}

size_t cover_file_end(const struct cover_kernel *k, size_t i)
{
	const char *file = k->insns[i].file;

	while (i < k->n && !strcmp(k->insns[i].file, file))
		i++;
	return i;
}

size_t cover_line_end(const struct cover_kernel *k, size_t i)
{
	const struct cover_insn *first = &k->insns[i];

	while (i < k->n && k->insns[i].line == first->line &&
	       !strcmp(k->insns[i].file, first->file))
		i++;
	return i;
}

uint64_t cover_line_runs(const struct cover_kernel *k, size_t i)
{
	size_t end = cover_line_end(k, i);
	uint64_t most = 0, branch = 0;
	bool branches = false;

	for (; i < end; i++) {
		const sysemu_covered *c = &k->insns[i].c;

		branches |= c->branch;
		most = c->runs > most ? c->runs : most;
		branch = c->branch && c->runs > branch ? c->runs : branch;
	}
	return branches ? branch : most;
}

struct cover_sum cover_sum(const struct cover_kernel *k, size_t from, size_t to)
{
	struct cover_sum sum = { 0 };

	for (size_t i = from; i < to; i = cover_line_end(k, i)) {
		sum.lines++;
		sum.lines_run += cover_line_runs(k, i) != 0;
	}
	for (size_t i = from; i < to; i++) {
		const sysemu_covered *c = &k->insns[i].c;

		sum.insns++;
		sum.insns_run += c->runs != 0;
		sum.arms += c->branch ? 2 : 0;
		sum.arms_taken += c->branch ? (c->taken != 0) + (c->passed != 0) : 0;
	}
	return sum;
}

bool cover_has_run(sysemu_cover *c, const char *kernel)
{
	sysemu_covered i = { 0 };

	while (sysemu_cover_at(c, kernel, i.addr + i.size, &i) == SYSEMU_OK)
		if (i.runs)
			return true;
	return false;
}
