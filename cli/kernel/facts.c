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
	int needed; /* enum fact_need */
	size_t place;
} symbols[] = {
#define F(name, how, needed) { #name, how, needed, offsetof(struct facts, at.name) },
	FACT_SYMBOLS(F)
#undef F
};
static const char layout_how[] =
	"offsetof or sizeof, by scripts/kernel-offsets out of its headers; or DWARF: gdb, ptype /o";
static const struct fact offsets[] = {
#define F(name, path) { path, layout_how, FACT_NEEDED, offsetof(struct facts, offset.name) },
	FACT_OFFSETS(F)
#undef F
};
static const struct fact sizes[] = {
#define F(name, path) { path, layout_how, FACT_NEEDED, offsetof(struct facts, size.name) },
	FACT_SIZES(F)
#undef F
};
static const struct fact old_symbols[] = {
#define F(member, name, kind, need, how) { name, how, need, offsetof(struct facts, at.member) },
	FACT_OLD_SYMBOLS(F)
#undef F
};
static const struct fact old_offsets[] = {
#define F(member, path, need, how) { path, how, need, offsetof(struct facts, offset.member) },
	FACT_OLD_OFFSETS(F)
#undef F
};
static const struct fact old_sizes[] = {
#define F(member, path, need, how) { path, how, need, offsetof(struct facts, size.member) },
	FACT_OLD_SIZES(F)
#undef F
};
#define COUNT(list) (sizeof(list) / sizeof(list[0]))

enum { SYMBOLS, OFFSETS, SIZES, KINDS };
static const struct list {
	const char *kind;
	const struct fact *facts;
	size_t n;
} lists[2][KINDS] = {
	{ { "symbol", symbols, COUNT(symbols) },
	  { "offset", offsets, COUNT(offsets) },
	  { "size", sizes, COUNT(sizes) } },
	{ { "symbol", old_symbols, COUNT(old_symbols) },
	  { "offset", old_offsets, COUNT(old_offsets) },
	  { "size", old_sizes, COUNT(old_sizes) } },
};
#define FACTS_MOST 96

/* Rules, and their words; a version is three numbers. */
static const struct {
	const char *name, *how;
	size_t place;
	const char *words[3];
} rules[] = {
	{ "stack",
	  "tss: its esp0; entry-area: 6.x",
	  offsetof(struct facts, rule.stack),
	  { [STACK_TSS] = "tss", [STACK_ENTRY_AREA] = "entry-area" } },
	{ "current",
	  "stack: of thread_info, by esp; pda: by gs or fs; percpu: 6.x",
	  offsetof(struct facts, rule.current),
	  { [CURRENT_STACK] = "stack", [CURRENT_PDA] = "pda", [CURRENT_PERCPU] = "percpu" } },
	{ "version", "as in its banner, 2.6.20", offsetof(struct facts, rule.version), { NULL } },
};

static const struct list *lists_of(const struct facts *f)
{
	return lists[facts_old(f)];
}

static uint32_t *rule_of(struct facts *f, size_t n)
{
	return (uint32_t *)(void *)((char *)f + rules[n].place);
}

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
	struct dwarf_wanted list[2 * FACTS_MOST];
	size_t n = 0;

	for (unsigned kind = OFFSETS; kind <= SIZES; kind++)
		for (size_t i = 0; i < lists_of(f)[kind].n; i++) {
			const struct fact *fact = &lists_of(f)[kind].facts[i];

			list[n++] = (struct dwarf_wanted){ fact->name, value_of(f, fact),
							   kind == SIZES };
		}
	dwarf_find(w->data, w->size, list, n);
}

static void take_symbols(struct facts *f, const struct whole *w)
{
	const struct list *all = &lists_of(f)[SYMBOLS];
	const struct fact *sorted[FACTS_MOST];
	bool twice[FACTS_MOST] = { false };

	for (size_t i = 0; i < all->n; i++)
		sorted[i] = &all->facts[i];
	qsort(sorted, all->n, sizeof(sorted[0]), by_name);
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

		found = bsearch(&key, sorted, all->n, sizeof(sorted[0]), by_name);
		if (found)
			take_symbol(f, *found, &w->names[i], &twice[*found - all->facts]);
	}
	for (size_t i = 0; i < all->n; i++)
		if (twice[i])
			*value_of(f, &all->facts[i]) = FACT_NONE;
}

static bool is_named(const struct whole *w, const char *name)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (!strcmp(w->names[i].name, name))
			return true;
	return false;
}

void facts_find(struct facts *f, const struct whole *w)
{
	memset(f, 0xff, sizeof(*f));
	f->missing = 0;
	f->entry = (struct old_entry){ .frame_fs = FACT_NONE, .frame_gs = FACT_NONE };
	f->rule.version = old_version(w);
	/* By its banner, or the handler that it has in no other time. */
	f->rule.stack = f->rule.version >> 8 == 0x0206 || is_named(w, "sysenter_entry") ?
				STACK_TSS :
				STACK_ENTRY_AREA;
	f->rule.current = facts_old(f) ? FACT_NONE : CURRENT_PERCPU;
	take_symbols(f, w);
	take_layouts(f, w);
}

/* ---- as text ---- */

static const char first_line[] = "sysemu-facts 1";

/* Is it needed, as far as the others go? */
static bool needs(const struct facts *f, const struct fact *fact)
{
	const struct old_entry *e = &f->entry;

	switch (fact->needed) {
	case FACT_UNLESS_FIND_TASK:
		return f->at.find_task_by_pid == FACT_NONE &&
		       f->at.find_task_by_pid_type == FACT_NONE;
	case FACT_UNLESS_GET_SIGNAL: return f->at.get_signal_to_deliver == FACT_NONE;
	case FACT_IN_FRAME:
		return fact->place == offsetof(struct facts, offset.fs) ? e->frame_fs == FACT_NONE :
									  e->frame_gs == FACT_NONE;
	default: return fact->needed == FACT_NEEDED;
	}
}

static bool rule_is_missing(const struct facts *f, size_t n)
{
	struct facts copy = *f;

	return *rule_of(&copy, n) == FACT_NONE && facts_old(f);
}

static void write_rules(FILE *out, struct facts *f)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		uint32_t value = *rule_of(f, i);

		if (rule_is_missing(f, i))
			fprintf(out, "#rule %s # missing # %s\n", rules[i].name, rules[i].how);
		else if (rules[i].words[0])
			fprintf(out, "rule %s %s\n", rules[i].name, rules[i].words[value]);
		else if (facts_old(f))
			fprintf(out, "rule %s %u.%u.%u\n", rules[i].name, value >> 16,
				value >> 8 & 0xff, value & 0xff);
	}
}

static void write_list(FILE *out, struct facts *f, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct fact *fact = &list->facts[i];
		uint32_t value = *value_of(f, fact);
		bool needed = needs(f, fact);

		if (value != FACT_NONE)
			fprintf(out, "%s %s 0x%x\n", list->kind, fact->name, value);
		else
			fprintf(out, "#%s %s 0x%s # %s%s\n", list->kind, fact->name,
				needed ? " # missing" : "",
				needed ? "" : "not needed: ", fact->how);
	}
}

void facts_write(FILE *out, const struct facts *f, const struct whole *w)
{
	struct facts copy = *f;

	fprintf(out,
		"%s\n# of %s, by %s; a line that begins with # is not known yet: `sysemu kernel "
		"import --profile` takes it with a value\n",
		first_line, w->path, w->from);
	write_rules(out, &copy);
	for (unsigned kind = 0; kind < KINDS; kind++)
		write_list(out, &copy, &lists_of(f)[kind]);
}

/* "2.6.20" */
static bool take_version(const char *text, uint32_t *value)
{
	unsigned part[3];
	char more;

	if (sscanf(text, "%3u.%3u.%3u%c", &part[0], &part[1], &part[2], &more) != 3 ||
	    part[0] > 255 || part[1] > 255 || part[2] > 255)
		return false;
	*value = part[0] << 16 | part[1] << 8 | part[2];
	return true;
}

static bool take_rule(struct facts *f, const char *path, unsigned line, const char *name,
		      const char *value)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (strcmp(name, rules[i].name) != 0)
			continue;
		if (!rules[i].words[0] && take_version(value, rule_of(f, i)))
			return true;
		for (uint32_t n = 0; n < COUNT(rules[i].words) && rules[i].words[n]; n++)
			if (!strcmp(value, rules[i].words[n])) {
				*rule_of(f, i) = n;
				return true;
			}
		cli_say("%s:%u: rule %s: \"%s\" is none: %s", path, line, name, value,
			rules[i].how);
		return false;
	}
	cli_say("%s:%u: unknown rule %s", path, line, name);
	return false;
}

static bool take_line(struct facts *f, const char *path, unsigned line, const char *kind,
		      const char *name, const char *value)
{
	uint64_t number;

	if (!strcmp(kind, "rule"))
		return take_rule(f, path, line, name, value);
	for (size_t i = 0; i < KINDS; i++) {
		const struct list *list = &lists_of(f)[i];

		if (strcmp(kind, list->kind) != 0)
			continue;
		for (size_t n = 0; n < list->n; n++) {
			if (strcmp(name, list->facts[n].name) != 0)
				continue;
			if (!cli_number_of(value, &number) || number >= FACT_NONE) {
				cli_say("%s:%u: %s: \"%s\" is no number of 32 bits", path, line,
					name, value);
				return false;
			}
			*value_of(f, &list->facts[n]) = (uint32_t)number;
			return true;
		}
		cli_say("%s:%u: unknown %s %s", path, line, kind, name);
		return false;
	}
	cli_say("%s:%u: \"%s\" is none of symbol, offset, size, rule", path, line, kind);
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
			cli_say("%s:%u: a line has three words: symbol, offset, size or rule; a name; a value",
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
	unsigned missing = 0;

	for (size_t i = 0; i < COUNT(rules); i++)
		if (rule_is_missing(f, i)) {
			missing++;
			cli_say("%s: rule %s is missing: %s", path, rules[i].name, rules[i].how);
		}
	for (size_t i = 0; i < KINDS; i++)
		for (size_t n = 0; n < lists_of(f)[i].n; n++) {
			const struct fact *fact = &lists_of(f)[i].facts[n];

			if (!needs(f, fact) || *value_of(f, fact) != FACT_NONE)
				continue;
			missing++;
			cli_say("%s: %s %s is missing: %s", path, lists_of(f)[i].kind, fact->name,
				fact->how);
		}
	f->missing = missing;
	return missing;
}
