/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.c: what is known of a whole kernel, from its symbols and DWARF, and as text. Read next: whole.c,
 * dwarf.c, import.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/facts.h"

#define TEXT_MAX (1u << 20)

static const struct fact {
	const char *name, *how;
	bool needed;
	size_t place;
} symbols[] = {
#define F(name, how, needed) { #name, how, needed, offsetof(struct facts, at.name) },
	FACT_SYMBOLS(F)
#undef F
};
static const char layout_how[] =
	"offsetof or sizeof, by scripts/kernel-offsets out of its headers; or DWARF: gdb, ptype /o";
static const struct fact offsets[] = {
#define F(name, path) { path, layout_how, true, offsetof(struct facts, offset.name) },
	FACT_OFFSETS(F)
#undef F
};
static const struct fact sizes[] = {
#define F(name, path) { path, layout_how, true, offsetof(struct facts, size.name) },
	FACT_SIZES(F)
#undef F
};
#define COUNT(list) (sizeof(list) / sizeof(list[0]))

static uint32_t *value_of(struct facts *f, const struct fact *fact)
{
	return (uint32_t *)(void *)((char *)f + fact->place);
}

/* ---- from symbols ---- */

static int by_name(const void *a, const void *b)
{
	const struct fact *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* A symbol at two places says nothing; it is then missing, and the person has to choose. */
static void take_symbol(struct facts *f, const struct fact *fact, const struct link_name *n,
			bool *twice)
{
	uint32_t *value = value_of(f, fact);

	if (*value != FACT_NONE && *value != n->value)
		*twice = true;
	*value = n->value;
	if (!strcmp(fact->name, "sys_call_table") && n->size)
		f->size.sys_call_table = n->size;
}

static void take_layouts(struct facts *f, const struct whole *w)
{
	struct dwarf_wanted list[COUNT(offsets) + COUNT(sizes)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(offsets); i++)
		list[n++] =
			(struct dwarf_wanted){ offsets[i].name, value_of(f, &offsets[i]), false };
	for (size_t i = 0; i < COUNT(sizes); i++)
		list[n++] = (struct dwarf_wanted){ sizes[i].name, value_of(f, &sizes[i]), true };
	dwarf_find(w->data, w->size, list, n);
}

void facts_find(struct facts *f, const struct whole *w)
{
	const struct fact *sorted[COUNT(symbols)];
	bool twice[COUNT(symbols)] = { false };

	memset(f, 0xff, sizeof(*f));
	f->missing = 0;
	for (size_t i = 0; i < COUNT(symbols); i++)
		sorted[i] = &symbols[i];
	qsort(sorted, COUNT(sorted), sizeof(sorted[0]), by_name);
	for (size_t i = 0; i < w->n_names; i++) {
		char name[64];
		struct fact wanted = { .name = name };
		const struct fact *key = &wanted, **found;
		const char *dot = strchr(w->names[i].name, '.');

		/* A copy that the compiler made for its callers is still that function. */
		if (dot && strncmp(dot, ".constprop.", 11) != 0 && strncmp(dot, ".isra.", 6) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(dot ? dot - w->names[i].name : 63),
			 w->names[i].name);

		found = bsearch(&key, sorted, COUNT(sorted), sizeof(sorted[0]), by_name);
		if (found)
			take_symbol(f, *found, &w->names[i], &twice[*found - symbols]);
	}
	for (size_t i = 0; i < COUNT(symbols); i++)
		if (twice[i])
			*value_of(f, &symbols[i]) = FACT_NONE;
	take_layouts(f, w);
}

/* ---- as text ---- */

static const char first_line[] = "sysemu-facts 1";

static void write_list(FILE *out, struct facts *f, const char *kind, const struct fact *list,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t value = *value_of(f, &list[i]);

		if (value != FACT_NONE)
			fprintf(out, "%s %s 0x%x\n", kind, list[i].name, value);
		else
			fprintf(out, "#%s %s 0x%s # %s%s\n", kind, list[i].name,
				list[i].needed ? " # missing" : "",
				list[i].needed ? "" : "not needed: ", list[i].how);
	}
}

void facts_write(FILE *out, const struct facts *f, const struct whole *w)
{
	struct facts copy = *f;

	fprintf(out,
		"%s\n# of %s, by %s; a line that begins with # is not known yet: `sysemu kernel "
		"import --profile` takes it with a value\n",
		first_line, w->path, w->from);
	write_list(out, &copy, "symbol", symbols, COUNT(symbols));
	write_list(out, &copy, "offset", offsets, COUNT(offsets));
	write_list(out, &copy, "size", sizes, COUNT(sizes));
}

static bool take_line(struct facts *f, const char *path, unsigned line, const char *kind,
		      const char *name, const char *value)
{
	static const struct {
		const char *kind;
		const struct fact *list;
		size_t n;
	} lists[] = { { "symbol", symbols, COUNT(symbols) },
		      { "offset", offsets, COUNT(offsets) },
		      { "size", sizes, COUNT(sizes) } };
	uint64_t number;

	for (size_t i = 0; i < COUNT(lists); i++) {
		if (strcmp(kind, lists[i].kind) != 0)
			continue;
		for (size_t n = 0; n < lists[i].n; n++) {
			if (strcmp(name, lists[i].list[n].name) != 0)
				continue;
			if (!cli_number_of(value, &number) || number >= FACT_NONE) {
				cli_say("%s:%u: %s: \"%s\" is no number of 32 bits", path, line,
					name, value);
				return false;
			}
			*value_of(f, &lists[i].list[n]) = (uint32_t)number;
			return true;
		}
		cli_say("%s:%u: unknown %s %s", path, line, kind, name);
		return false;
	}
	cli_say("%s:%u: \"%s\" is none of symbol, offset, size", path, line, kind);
	return false;
}

bool facts_read(struct facts *f, const char *path)
{
	size_t size;
	char *text = cli_read_file(path, TEXT_MAX, &size), *rest = text, *line;
	bool good = text != NULL;

	for (unsigned n = 1; good && (line = strsep(&rest, "\n")) != NULL; n++) {
		char *kind, *name, *value;

		line[strcspn(line, "#\r")] = 0;
		if (n == 1 && strcmp(line, first_line) != 0) {
			cli_say("%s:1: it begins with the line \"%s\"", path, first_line);
			good = false;
		}
		if (n == 1 || !line[strspn(line, " \t")])
			continue;
		kind = strtok(line, " \t");
		name = strtok(NULL, " \t");
		value = strtok(NULL, " \t");
		if (!name || !value || strtok(NULL, " \t")) {
			cli_say("%s:%u: a line has three words: symbol, offset or size; a name; a value",
				path, n);
			good = false;
		} else {
			good = take_line(f, path, n, kind, name, value);
		}
	}
	free(text);
	return good;
}

unsigned facts_complain(struct facts *f, const char *path)
{
	const struct {
		const char *kind;
		const struct fact *list;
		size_t n;
	} lists[] = { { "symbol", symbols, COUNT(symbols) },
		      { "offset", offsets, COUNT(offsets) },
		      { "size", sizes, COUNT(sizes) } };
	unsigned missing = 0;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t n = 0; n < lists[i].n; n++) {
			const struct fact *fact = &lists[i].list[n];

			if (!fact->needed || *value_of(f, fact) != FACT_NONE)
				continue;
			missing++;
			cli_say("%s: %s %s is missing: %s", path, lists[i].kind, fact->name,
				fact->how);
		}
	f->missing = missing;
	return missing;
}
