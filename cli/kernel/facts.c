/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.c: a whole kernel's file, its symbols, and the text of what is known of it. Read next: dwarf.c,
 * import.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
static const struct fact offsets[] = {
#define F(name, path) { path, "", true, offsetof(struct facts, offset.name) },
	FACT_OFFSETS(F)
#undef F
};
static const struct fact sizes[] = {
#define F(name, path) { path, "", true, offsetof(struct facts, size.name) },
	FACT_SIZES(F)
#undef F
};
#define COUNT(list) (sizeof(list) / sizeof(list[0]))

static uint32_t *value_of(struct facts *f, const struct fact *fact)
{
	return (uint32_t *)(void *)((char *)f + fact->place);
}

/* ---- the file ---- */

static bool map_file(struct whole *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	*w = (struct whole){ .path = path };
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 || S_ISDIR(st.st_mode)) {
		link_refuse(path, "%s", fd < 0 ? strerror(errno) : "empty, or no file");
		if (fd >= 0)
			close(fd);
		return false;
	}
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return link_refuse(path, "%s", strerror(errno));
	w->data = data;
	w->size = (size_t)st.st_size;
	return true;
}

static bool in_file(const struct whole *w, uint64_t offset, uint64_t size)
{
	return offset <= w->size && size <= w->size - offset;
}

static bool take_segments(struct whole *w, const Elf32_Ehdr *h)
{
	if (h->e_phentsize != sizeof(Elf32_Phdr) ||
	    !in_file(w, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf32_Phdr)))
		return link_refuse(w->path, "offset 0x1c: the program headers are not in the file");
	for (unsigned i = 0; i < h->e_phnum; i++) {
		Elf32_Phdr p;

		memcpy(&p, w->data + h->e_phoff + (size_t)i * sizeof(p), sizeof(p));
		if (p.p_type != PT_LOAD || !p.p_memsz)
			continue;
		if (!in_file(w, p.p_offset, p.p_filesz) || p.p_filesz > p.p_memsz ||
		    (uint64_t)p.p_vaddr + p.p_memsz > UINT32_MAX)
			return link_refuse(w->path,
					   "program header %u: 0x%x bytes at 0x%x are not in the "
					   "file, or too many",
					   i, p.p_filesz, p.p_offset);
		if (w->n_segments == LINK_SEGMENTS - 2)
			return link_refuse(w->path, "more than %u segments", LINK_SEGMENTS - 2);
		w->segments[w->n_segments++] =
			(struct link_segment){ p.p_vaddr, p.p_filesz, p.p_memsz,
					       w->data + p.p_offset, (p.p_flags & PF_W) != 0 };
	}
	return w->n_segments || link_refuse(w->path, "no segment to load");
}

static bool take_names(struct whole *w, const Elf32_Shdr *s, const Elf32_Shdr *names)
{
	uint32_t n = s->sh_size / sizeof(Elf32_Sym);

	if (!in_file(w, s->sh_offset, s->sh_size) ||
	    !in_file(w, names->sh_offset, names->sh_size) || !names->sh_size ||
	    w->data[names->sh_offset + names->sh_size - 1])
		return link_refuse(w->path, "its symbols are not in the file");
	w->names = malloc((n + 1) * sizeof(*w->names));
	if (!w->names)
		return link_refuse(w->path, "out of memory");
	for (uint32_t i = 1; i < n; i++) {
		Elf32_Sym y;
		unsigned type;

		memcpy(&y, w->data + s->sh_offset + (size_t)i * sizeof(y), sizeof(y));
		type = ELF32_ST_TYPE(y.st_info);
		if (y.st_name >= names->sh_size || !y.st_name || !y.st_shndx || type > STT_FUNC)
			continue;
		w->names[w->n_names++] =
			(struct link_name){ (const char *)w->data + names->sh_offset + y.st_name,
					    y.st_value, y.st_size, (unsigned char)type };
	}
	return true;
}

static bool take_symbols(struct whole *w, const Elf32_Ehdr *h)
{
	if (!h->e_shnum)
		return true;
	if (h->e_shentsize != sizeof(Elf32_Shdr) ||
	    !in_file(w, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf32_Shdr)))
		return link_refuse(w->path, "offset 0x20: the section headers are not in the file");
	for (unsigned i = 0; i < h->e_shnum; i++) {
		Elf32_Shdr s, names;

		memcpy(&s, w->data + h->e_shoff + (size_t)i * sizeof(s), sizeof(s));
		if (s.sh_type != SHT_SYMTAB)
			continue;
		if (s.sh_link >= h->e_shnum || s.sh_entsize != sizeof(Elf32_Sym))
			return link_refuse(w->path, "section %u: symbols without names", i);
		memcpy(&names, w->data + h->e_shoff + (size_t)s.sh_link * sizeof(s), sizeof(names));
		return take_names(w, &s, &names);
	}
	return true;
}

bool whole_open(struct whole *w, const char *path)
{
	Elf32_Ehdr h;

	if (!map_file(w, path))
		return false;
	if (w->size < sizeof(h) || memcmp(w->data, ELFMAG, SELFMAG) != 0)
		return link_refuse(path,
				   "offset 0x0: not an ELF file: a bzImage holds one, compressed");
	memcpy(&h, w->data, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS32 || h.e_machine != EM_386)
		return link_refuse(path, "offset 0x4: not for i386 (class %u, machine %u)",
				   h.e_ident[EI_CLASS], h.e_machine);
	if (h.e_type != ET_EXEC)
		return link_refuse(path,
				   "offset 0x10: type %u is not 2: no linked kernel (vmlinux)",
				   h.e_type);
	return take_segments(w, &h) && take_symbols(w, &h);
}

void whole_close(struct whole *w)
{
	free(w->names);
	if (w->data)
		munmap((void *)(uintptr_t)w->data, w->size);
}

const uint8_t *whole_bytes(const struct whole *w, uint32_t addr, uint32_t size)
{
	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];

		if (addr - s->addr < s->size)
			return size <= s->size - (addr - s->addr) ? s->bytes + (addr - s->addr) :
								    NULL;
	}
	return NULL;
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
				list[i].needed ? "" : "not needed: ",
				*list[i].how ? list[i].how :
					       "from DWARF: gdb, ptype /o, or pahole");
	}
}

void facts_write(FILE *out, const struct facts *f, const struct whole *w)
{
	struct facts copy = *f;

	fprintf(out,
		"%s\n# of %s; a line that begins with # is not known yet: `sysemu kernel import "
		"--profile` takes it with a value\n",
		first_line, w->path);
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
	char *bytes = cli_read_file(path, TEXT_MAX, &size);
	char *text = bytes ? strndup(bytes, size) : NULL, *rest = text, *line;
	bool good = text != NULL;

	free(bytes);

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
				*fact->how ? fact->how : "from DWARF: gdb, ptype /o, or pahole");
		}
	f->missing = missing;
	return missing;
}
