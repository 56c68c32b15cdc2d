/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines.c: a kernel's line table, read whole with libdw and kept as rows sorted by address.
 * Read next: lines_images.S.
 */
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "lines.h"

/* A row of lines_images.S; the last one has no name. */
struct image {
	const char *name;
	const void *elf;
	size_t size;
};
extern const struct image cli_lines_images[];

/* ---- reading ---- */

/* A path below the current folder is shown relative to it, as the tools of a checkout name
 * their files; "./" says nothing. */
static const char *relative(const char *path)
{
	char here[4096];
	size_t n;

	if (path[0] == '/' && getcwd(here, sizeof(here))) {
		n = strlen(here);
		if (!strncmp(path, here, n) && path[n] == '/')
			path += n + 1;
	}
	while (!strncmp(path, "./", 2))
		path += 2;
	return path;
}

struct reading {
	struct cli_lines *l;
	size_t room;
};

static bool add(struct reading *r, const struct cli_line *row)
{
	if (r->l->n == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		void *rows = realloc(r->l->rows, room * sizeof(*r->l->rows));

		if (!rows)
			return false;
		r->l->rows = rows;
		r->room = room;
	}
	r->l->rows[r->l->n++] = *row;
	return true;
}

/* Each row of the table is good up to the next one; a sequence ends with a row of its own. */
static bool read_unit(struct reading *r, Dwarf_Die *unit)
{
	Dwarf_Lines *lines;
	size_t n;

	if (dwarf_getsrclines(unit, &lines, &n) != 0)
		return true; /* it has none */
	for (size_t i = 0; i + 1 < n; i++) {
		Dwarf_Line *at = dwarf_onesrcline(lines, i);
		Dwarf_Addr addr, end;
		const char *file = dwarf_linesrc(at, NULL, NULL);
		int line = 0;
		bool ends = true;

		dwarf_lineendsequence(at, &ends);
		if (ends || !file || dwarf_lineno(at, &line) != 0 || line <= 0 ||
		    dwarf_lineaddr(at, &addr) != 0 ||
		    dwarf_lineaddr(dwarf_onesrcline(lines, i + 1), &end) != 0 || end <= addr ||
		    end > UINT32_MAX)
			continue;
		if (!add(r, &(struct cli_line){ (uint32_t)addr, (uint32_t)end, relative(file),
						(uint32_t)line }))
			return false;
	}
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct cli_line *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static void sort(struct cli_lines *l)
{
	size_t kept = 0;

	if (!l->n)
		return;
	qsort(l->rows, l->n, sizeof(*l->rows), by_address);
	for (size_t i = 0; i < l->n; i++) {
		struct cli_line *row = &l->rows[i];

		if (i + 1 < l->n && row->end > row[1].addr)
			row->end = row[1].addr;
		if (row->end > row->addr)
			l->rows[kept++] = *row;
	}
	l->n = kept;
}

bool cli_lines_read(struct cli_lines *l, const void *elf, size_t size)
{
	struct reading r = { .l = l };
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	bool ok = true;

	*l = (struct cli_lines){ 0 };
	elf_version(EV_CURRENT);
	/* It is only read, whatever the type says. */
	l->elf = elf_memory((char *)(uintptr_t)elf, size);
	l->dwarf = l->elf ? dwarf_begin_elf(l->elf, DWARF_C_READ, NULL) : NULL;
	while (ok && l->dwarf &&
	       dwarf_get_units(l->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
		ok = read_unit(&r, &die);
	sort(l);
	if (ok && l->n)
		return true;
	cli_lines_free(l);
	return false;
}

const void *cli_lines_elf(const char *kernel, size_t *size)
{
	for (const struct image *i = cli_lines_images; i->name; i++) {
		const char *alias = sysemu_kernel_alias(i->name);

		if (!strcmp(i->name, kernel) || (alias && !strcmp(alias, kernel))) {
			*size = i->size;
			return i->elf;
		}
	}
	return sysemu_kernel_image(kernel, size); /* a file's has its own, if any */
}

bool cli_lines_of_kernel(struct cli_lines *l, const char *kernel)
{
	size_t size;
	const void *elf = cli_lines_elf(kernel, &size);

	return elf && cli_lines_read(l, elf, size);
}

void cli_lines_free(struct cli_lines *l)
{
	free(l->rows);
	dwarf_end(l->dwarf);
	elf_end(l->elf);
	*l = (struct cli_lines){ 0 };
}

/* ---- looking up ---- */

const struct cli_line *cli_lines_find(const struct cli_lines *l, uint32_t addr)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (addr < l->rows[mid].addr)
			high = mid;
		else if (addr >= l->rows[mid].end)
			low = mid + 1;
		else
			return &l->rows[mid];
	}
	return NULL;
}
