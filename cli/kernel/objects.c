/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * objects.c: relocatable ELF32 objects for i386, and the archives of ours. Every offset is checked before
 * it is used, and each refusal says what is wrong where. Read next: link.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/kernel.h"

#define SECTIONS_MAX 20000u
#define SYMBOLS_MAX  (1u << 20)

bool link_refuse(const char *file, const char *format, ...)
{
	char why[600];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	cli_say("%s: %s", file, why);
	return false;
}

static bool inside(const struct link_object *o, uint64_t offset, uint64_t size)
{
	return offset <= o->size && size <= o->size - offset;
}

static bool read_head(const struct link_object *o, Elf32_Ehdr *h)
{
	if (o->size < sizeof(*h) || memcmp(o->data, ELFMAG, SELFMAG) != 0)
		return link_refuse(o->name, "offset 0x0: not an ELF file");
	memcpy(h, o->data, sizeof(*h));
	if (h->e_ident[EI_CLASS] != ELFCLASS32)
		return link_refuse(o->name, "offset 0x4: a 64-bit object: compile with -m32");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_386)
		return link_refuse(o->name, "offset 0x12: machine %u is not 3 (i386)",
				   h->e_machine);
	if (h->e_type != ET_REL)
		return link_refuse(
			o->name,
			"offset 0x10: type %u is not 1: no relocatable object (compile with -c)",
			h->e_type);
	if (h->e_shentsize != sizeof(Elf32_Shdr) || !h->e_shnum || h->e_shnum > SECTIONS_MAX ||
	    !inside(o, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf32_Shdr)))
		return link_refuse(o->name, "offset 0x20: the section headers are not in the file");
	if (h->e_shstrndx >= h->e_shnum)
		return link_refuse(o->name,
				   "offset 0x32: the names of sections are in section %u of %u",
				   h->e_shstrndx, h->e_shnum);
	return true;
}

/* A string of the section; NULL: it has no end there. */
static const char *string_at(const struct link_object *o, const Elf32_Shdr *s, uint32_t at)
{
	const char *text = (const char *)o->data + s->sh_offset;

	/* A section of zeros, and the one of number 0, may be of any size and place. */
	return inside(o, s->sh_offset, s->sh_size) && at < s->sh_size &&
			       memchr(text + at, 0, s->sh_size - at) ?
		       text + at :
		       NULL;
}

static bool read_sections(struct link_object *o, const Elf32_Ehdr *h)
{
	o->n_sections = h->e_shnum;
	o->sections = calloc(h->e_shnum, sizeof(*o->sections));
	if (!o->sections)
		return link_refuse(o->name, "out of memory");
	for (unsigned i = 0; i < o->n_sections; i++) {
		Elf32_Shdr *s = &o->sections[i].head;

		memcpy(s, o->data + h->e_shoff + (size_t)i * sizeof(*s), sizeof(*s));
		if (s->sh_type != SHT_NULL && s->sh_type != SHT_NOBITS &&
		    !inside(o, s->sh_offset, s->sh_size))
			return link_refuse(o->name,
					   "section %u ends behind the file (0x%x bytes at 0x%x)",
					   i, s->sh_size, s->sh_offset);
		if (s->sh_addralign & (s->sh_addralign - 1) || s->sh_addralign > (1u << 16))
			return link_refuse(o->name, "section %u: an alignment of 0x%x", i,
					   s->sh_addralign);
		if (s->sh_size > (64u << 20))
			return link_refuse(o->name, "section %u: 0x%x bytes", i, s->sh_size);
	}
	for (unsigned i = 0; i < o->n_sections; i++) {
		struct link_section *s = &o->sections[i];

		s->name = string_at(o, &o->sections[h->e_shstrndx].head, s->head.sh_name);
		if (!s->name)
			return link_refuse(o->name, "section %u: its name is not in the file", i);
	}
	return true;
}

static bool read_symbols(struct link_object *o, unsigned index)
{
	const Elf32_Shdr *s = &o->sections[index].head;
	const Elf32_Shdr *names;
	Elf32_Sym *symbols;

	if (o->symbols)
		return link_refuse(o->name, "section %u: a second symbol table", index);
	if (s->sh_entsize != sizeof(Elf32_Sym) || s->sh_size / sizeof(Elf32_Sym) > SYMBOLS_MAX)
		return link_refuse(o->name, "section %u: symbols of %u bytes, not 16, or too many",
				   index, s->sh_entsize);
	if (s->sh_link >= o->n_sections)
		return link_refuse(o->name,
				   "section %u: the names of symbols are in section %u of %u",
				   index, s->sh_link, o->n_sections);
	names = &o->sections[s->sh_link].head;
	o->n_symbols = s->sh_size / sizeof(*symbols);
	symbols = malloc(s->sh_size + sizeof(*symbols));
	if (!symbols)
		return link_refuse(o->name, "out of memory");
	memcpy(symbols, o->data + s->sh_offset, o->n_symbols * sizeof(*symbols));
	o->symbols = symbols;
	o->strings = (const char *)o->data + names->sh_offset;
	o->strings_size = names->sh_size;
	if (names->sh_type != SHT_STRTAB || !names->sh_size || o->strings[names->sh_size - 1])
		return link_refuse(o->name, "section %u: its names have no end", s->sh_link);
	for (uint32_t n = 0; n < o->n_symbols; n++) {
		const Elf32_Sym *y = &o->symbols[n];

		if (y->st_name >= o->strings_size)
			return link_refuse(o->name, "symbol %u: its name is not in the file", n);
		if (y->st_shndx >= o->n_sections && y->st_shndx < SHN_LORESERVE)
			return link_refuse(o->name, "symbol %u, %s: in section %u of %u", n,
					   o->strings + y->st_name, y->st_shndx, o->n_sections);
		if (y->st_shndx == SHN_XINDEX)
			return link_refuse(o->name, "symbol %u: more than 65280 sections", n);
		if (y->st_shndx >= SHN_LORESERVE && y->st_shndx != SHN_ABS &&
		    (y->st_shndx != SHN_COMMON || ELF32_ST_BIND(y->st_info) == STB_LOCAL))
			return link_refuse(o->name, "symbol %u, %s: in no section: 0x%x", n,
					   o->strings + y->st_name, y->st_shndx);
		if (y->st_shndx && y->st_shndx < SHN_LORESERVE &&
		    y->st_value > o->sections[y->st_shndx].head.sh_size)
			return link_refuse(o->name, "symbol %u, %s: behind its section", n,
					   o->strings + y->st_name);
	}
	return true;
}

static bool begins(const char *name, const char *with)
{
	size_t n = strlen(with);

	return !strncmp(name, with, n) && (!name[n] || name[n] == '.' || with[n - 1] == '_');
}

static enum link_part part_of(const struct link_object *o, const struct link_section *s)
{
	uint32_t flags = s->head.sh_flags;

	/* Whatever it is called, it is none, and its place may be anywhere. */
	if (s->head.sh_type == SHT_NULL)
		return LINK_NOWHERE;
	if (begins(s->name, ".debug_") && !o->ours)
		return LINK_DEBUG;
	if (o->ours && !strcmp(o->name, "profile.c.o"))
		return !strcmp(s->name, ".rodata") ? LINK_PROFILE : LINK_NOWHERE;
	if (!(flags & SHF_ALLOC) || begins(s->name, ".note") || !strcmp(s->name, ".eh_frame"))
		return LINK_NOWHERE;
	if (!strcmp(s->name, "__ex_table"))
		return LINK_EX_TABLE;
	if (s->head.sh_type == SHT_NOBITS)
		return LINK_BSS;
	if (s->head.sh_type != SHT_PROGBITS)
		return LINK_NOWHERE;
	if (flags & SHF_EXECINSTR)
		return LINK_TEXT;
	return flags & SHF_WRITE ? LINK_DATA : LINK_RODATA;
}

static bool find_parts(struct link_object *o)
{
	for (unsigned i = 1; i < o->n_sections; i++) {
		struct link_section *s = &o->sections[i];

		if (s->head.sh_type == SHT_REL || s->head.sh_type == SHT_RELA) {
			if (s->head.sh_info >= o->n_sections)
				return link_refuse(o->name,
						   "section %u: relocations of section %u of %u", i,
						   s->head.sh_info, o->n_sections);
			if (s->head.sh_type == SHT_RELA)
				return link_refuse(o->name,
						   "section %u: relocations with addends, which "
						   "i386 objects do not have",
						   i);
			o->sections[s->head.sh_info].rel = i;
			continue;
		}
		s->part = part_of(o, s);
		if (s->part == LINK_NOWHERE || s->head.sh_type == SHT_NOBITS)
			continue;
		s->bytes = malloc(s->head.sh_size + 1u);
		if (!s->bytes)
			return link_refuse(o->name, "out of memory");
		memcpy(s->bytes, o->data + s->head.sh_offset, s->head.sh_size);
	}
	return true;
}

bool link_read_object(struct link_object *o, const char *name, const uint8_t *data, size_t size,
		      bool ours)
{
	Elf32_Ehdr h;

	*o = (struct link_object){ .name = name, .data = data, .size = size, .ours = ours };
	if (!read_head(o, &h) || !read_sections(o, &h))
		return false;
	for (unsigned i = 1; i < o->n_sections; i++)
		if (o->sections[i].head.sh_type == SHT_SYMTAB && !read_symbols(o, i))
			return false;
	if (!o->symbols)
		return link_refuse(o->name, "it has no symbols: was it stripped?");
	return find_parts(o);
}

void link_free_object(struct link_object *o)
{
	for (unsigned i = 0; o->sections && i < o->n_sections; i++)
		free(o->sections[i].bytes);
	free(o->sections);
	free((void *)(uintptr_t)o->symbols);
	if (o->ours)
		free((void *)(uintptr_t)o->name);
}

const char *link_symbol_name(const struct link_object *o, const Elf32_Sym *sym)
{
	return o->strings + sym->st_name;
}

/* ---- the archives of ours, which ar has made ---- */

/* A row of lines_images.S; the last one has no name. */
struct archive {
	const char *name;
	const uint8_t *bytes;
	size_t size;
};
extern const struct archive cli_kernel_objects[];

const char *link_bases(void)
{
	static char list[80];
	size_t used = 0;

	for (const struct archive *a = cli_kernel_objects; strcmp(a->name, "import") != 0; a++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
					 a->name);
	return list;
}

/* The member's name: "entry.S.o/", or "/12" into the long names. */
static char *member_name(const char *field, const char *long_names)
{
	const char *at = field[0] == '/' ? long_names + atoi(field + 1) : field;

	return strndup(at, strcspn(at, "/"));
}

bool link_add_ours(struct link *l)
{
	const struct archive *a = cli_kernel_objects;
	const char *long_names = "";

	while (a->name && strcmp(a->name, l->base) != 0)
		a++;
	if (!a->name)
		return false;
	for (size_t at = 8; at + 60 <= a->size;) {
		const char *head = (const char *)a->bytes + at;
		size_t size = (size_t)strtoul(head + 48, NULL, 10);
		const uint8_t *body = a->bytes + at + 60;

		at += 60 + size + (size & 1);
		if (!strncmp(head, "// ", 3)) {
			long_names = (const char *)body;
			continue;
		}
		if (!strncmp(head, "/ ", 2)) /* its index of symbols */
			continue;
		l->objects = realloc(l->objects, (l->n_objects + 1) * sizeof(*l->objects));
		if (!l->objects ||
		    !link_read_object(&l->objects[l->n_objects++], member_name(head, long_names),
				      body, size, true))
			return false;
	}
	return true;
}
