/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c: what has been linked, as an ELF file: segments, all symbols, the users' debug information, and
 * the profile in a section of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/kernel.h"
#include "cli/output.h"

/* Bytes that grow. */
struct buffer {
	uint8_t *bytes;
	size_t size, room;
	bool failed;
};

static void grow(struct buffer *b, size_t size)
{
	size_t room = b->room ? b->room : 65536;
	void *bytes;

	while (room < size)
		room *= 2;
	if (room != b->room) {
		bytes = realloc(b->bytes, room);
		if (!bytes) {
			b->failed = true;
			return;
		}
		b->bytes = bytes;
		b->room = room;
	}
	if (size > b->size) {
		memset(b->bytes + b->size, 0, size - b->size);
		b->size = size;
	}
}

static void put_at(struct buffer *b, size_t at, const void *bytes, size_t size)
{
	grow(b, at + size);
	if (!b->failed && size)
		memcpy(b->bytes + at, bytes, size);
}

static uint32_t put(struct buffer *b, const void *bytes, size_t size)
{
	uint32_t at = (uint32_t)b->size;

	put_at(b, at, bytes, size);
	return at;
}

/* The file, its section headers, and their names. */
struct writing {
	const struct link *l;
	struct buffer file, strings, names, table;
	Elf32_Shdr sections[16 + LINK_DEBUG_MOST];
	unsigned n_sections;
};

static unsigned add_section(struct writing *w, const char *name, uint32_t type, uint32_t flags)
{
	Elf32_Shdr *s = &w->sections[w->n_sections];

	s->sh_name = put(&w->names, name, strlen(name) + 1);
	s->sh_type = type;
	s->sh_flags = flags;
	s->sh_addralign = 1;
	return w->n_sections++;
}

/* ---- what is loaded ---- */

static void put_part(struct writing *w, enum link_part part, uint32_t start, uint32_t offset)
{
	for (size_t i = 0; i < w->l->n_objects; i++) {
		const struct link_object *o = &w->l->objects[i];

		for (unsigned n = 1; n < o->n_sections && !o->dropped; n++) {
			const struct link_section *s = &o->sections[n];

			if (s->part == part && s->bytes)
				put_at(&w->file, offset + (s->addr - start), s->bytes,
				       s->head.sh_size);
		}
	}
}

static void add_loaded(struct writing *w, const char *name, enum link_part part, uint32_t flags,
		       uint32_t segment, uint32_t offset)
{
	const struct link *l = w->l;
	unsigned n = add_section(w, name, part >= LINK_BSS ? SHT_NOBITS : SHT_PROGBITS,
				 SHF_ALLOC | flags);
	Elf32_Shdr *s = &w->sections[n];

	s->sh_addr = l->part_start[part];
	s->sh_size = l->part_end[part] - l->part_start[part];
	s->sh_offset = offset + (s->sh_addr - segment);
	s->sh_addralign = 16;
	if (part < LINK_BSS) {
		grow(&w->file, s->sh_offset + s->sh_size);
		put_part(w, part, segment, offset);
	}
}

/* Pages of zeros at the end are no part of a file. */
static uint32_t without_zeros(const struct link_segment *s)
{
	static const uint8_t zeros[0x1000];
	uint32_t size = s->size;

	while (size >= sizeof(zeros) &&
	       !memcmp(s->bytes + size - sizeof(zeros), zeros, sizeof(zeros)))
		size -= sizeof(zeros);
	return size;
}

/* Those of another image, page by page as they are; none of them is a section. */
static unsigned put_segments(struct writing *w, Elf32_Phdr *ph)
{
	for (size_t i = 0; i < w->l->n_segments; i++) {
		const struct link_segment *s = &w->l->segments[i];
		uint32_t size = without_zeros(s);
		uint32_t at =
			(uint32_t)((w->file.size + 0xfff) & ~(size_t)0xfff) + (s->addr & 0xfff);

		ph[i] = (Elf32_Phdr){ PT_LOAD,
				      at,
				      s->addr,
				      s->addr,
				      size,
				      s->memory,
				      s->writable ? PF_R | PF_W : PF_R | PF_X,
				      0x1000 };
		put_at(&w->file, at, s->bytes, size);
	}
	return (unsigned)w->l->n_segments;
}

static void put_loaded(struct writing *w, Elf32_Phdr ph[3])
{
	const struct link *l = w->l;
	uint32_t text = l->part_start[LINK_TEXT], data = l->part_start[LINK_DATA];
	uint32_t far = l->part_start[LINK_PROCESSES];
	uint32_t at = (uint32_t)(sizeof(Elf32_Ehdr) + (3 + l->n_segments) * sizeof(*ph) + 0xfff) &
		      ~0xfffu;

	add_loaded(w, ".text", LINK_TEXT, SHF_EXECINSTR, text, at);
	add_loaded(w, ".rodata", LINK_RODATA, 0, text, at);
	add_loaded(w, "__ex_table", LINK_EX_TABLE, 0, text, at);
	put_at(&w->file, at + (l->stub_code - text), l->stub_bytes, l->stub_size);
	put_at(&w->file, at + (l->stub_texts - text), l->text_bytes, l->text_size);
	ph[0] = (Elf32_Phdr){ PT_LOAD, at,          text,  text, l->part_end[LINK_EX_TABLE] - text,
			      0,       PF_R | PF_X, 0x1000 };
	ph[0].p_memsz = ph[0].p_filesz;
	at = (uint32_t)((w->file.size + 0xfff) & ~(size_t)0xfff);
	add_loaded(w, ".data", LINK_DATA, SHF_WRITE, data, at);
	add_loaded(w, ".bss", LINK_BSS, SHF_WRITE, data, at);
	ph[1] = (Elf32_Phdr){ PT_LOAD,
			      at,
			      data,
			      data,
			      l->part_end[LINK_DATA] - data,
			      l->part_end[LINK_BSS] - data,
			      PF_R | PF_W,
			      0x1000 };
	add_loaded(w, ".processes", LINK_PROCESSES, SHF_WRITE, far, at);
	ph[2] = (Elf32_Phdr){ PT_LOAD,     at,    far, far, 0, l->part_end[LINK_PROCESSES] - far,
			      PF_R | PF_W, 0x1000 };
}

/* ---- symbols ---- */

/* In which of the sections above, whose numbers are their order. */
static uint16_t section_at(const struct writing *w, uint32_t addr)
{
	for (unsigned n = 1; n < w->n_sections; n++)
		if (addr - w->sections[n].sh_addr < w->sections[n].sh_size)
			return (uint16_t)n;
	return SHN_ABS;
}

static void add_name(struct writing *w, const char *name, uint32_t value, uint32_t size,
		     unsigned type)
{
	const struct link_name n = { name, value, size, (unsigned char)type };

	put(&w->table, &n, sizeof(n));
}

static void add_locals(struct writing *w)
{
	for (size_t i = 0; i < w->l->n_objects; i++) {
		const struct link_object *o = &w->l->objects[i];

		for (uint32_t n = 1; n < o->n_symbols && !o->dropped && !o->partial; n++) {
			const Elf32_Sym *y = &o->symbols[n];

			if (ELF32_ST_BIND(y->st_info) != STB_LOCAL || !y->st_name || !y->st_shndx ||
			    y->st_shndx >= SHN_LORESERVE || ELF32_ST_TYPE(y->st_info) > STT_FUNC ||
			    !o->sections[y->st_shndx].addr ||
			    o->sections[y->st_shndx].part > LINK_PROCESSES)
				continue;
			add_name(w, link_symbol_name(o, y),
				 o->sections[y->st_shndx].addr + y->st_value, y->st_size,
				 ELF32_ST_TYPE(y->st_info));
		}
	}
}

static void add_globals(struct writing *w)
{
	for (unsigned b = 0; b < LINK_BUCKETS; b++)
		for (const struct link_symbol *s = w->l->table[b]; s; s = s->next)
			if (!s->object ||
			    (!s->object->dropped && (!s->object->partial || s->needed)))
				add_name(w, s->name, s->value, s->object ? s->sym->st_size : 0,
					 s->object ? ELF32_ST_TYPE(s->sym->st_info) :
					 s->stub   ? STT_FUNC :
						     STT_NOTYPE);
}

/* As whoever reads the image sorts them (sim/image): so it need not. */
static int by_place(const void *left, const void *right)
{
	const struct link_name *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* All are global: a local one that lies in no section would be taken for a constant. */
static void put_symbols(struct writing *w)
{
	unsigned table, strings;
	uint32_t start = (uint32_t)((w->file.size + 15) & ~(size_t)15);
	const struct link_name *list;
	Elf32_Sym y = { 0 };
	size_t n;

	add_locals(w);
	add_globals(w);
	for (size_t i = 0; i < w->l->n_names; i++)
		put(&w->table, &w->l->names[i], sizeof(w->l->names[i]));
	if (w->table.failed)
		return;
	n = w->table.size / sizeof(*list);
	qsort(w->table.bytes, n, sizeof(*list), by_place);
	list = (const struct link_name *)(const void *)w->table.bytes;
	grow(&w->file, start);
	put(&w->strings, "", 1);
	put(&w->file, &y, sizeof(y));
	for (size_t i = 0; i < n; i++) {
		y.st_name = put(&w->strings, list[i].name, strlen(list[i].name) + 1);
		y.st_value = list[i].value;
		y.st_size = list[i].size;
		y.st_info = (unsigned char)ELF32_ST_INFO(STB_GLOBAL, list[i].type);
		y.st_shndx = section_at(w, list[i].value);
		put(&w->file, &y, sizeof(y));
	}
	table = add_section(w, ".symtab", SHT_SYMTAB, 0);
	w->sections[table].sh_info = 1;
	w->sections[table].sh_offset = start;
	w->sections[table].sh_size = (uint32_t)(w->file.size - start);
	w->sections[table].sh_entsize = sizeof(y);
	w->sections[table].sh_addralign = 4;
	strings = add_section(w, ".strtab", SHT_STRTAB, 0);
	w->sections[table].sh_link = strings;
	w->sections[strings].sh_size = (uint32_t)w->strings.size;
	w->sections[strings].sh_offset = put(&w->file, w->strings.bytes, w->strings.size);
}

/* ---- what is not loaded ---- */

static void put_debug(struct writing *w)
{
	for (unsigned d = 0; d < w->l->n_debug; d++) {
		unsigned n = add_section(w, w->l->debug[d].name, SHT_PROGBITS, 0);
		uint32_t at = (uint32_t)((w->file.size + 15) & ~(size_t)15);

		w->sections[n].sh_offset = at;
		w->sections[n].sh_size = w->l->debug[d].size;
		grow(&w->file, at + w->l->debug[d].size);
		for (size_t i = 0; i < w->l->n_objects; i++) {
			const struct link_object *o = &w->l->objects[i];

			for (unsigned k = 1; k < o->n_sections; k++) {
				const struct link_section *s = &o->sections[k];

				if (s->part == LINK_DEBUG && s->debug == d && s->bytes)
					put_at(&w->file, at + s->addr, s->bytes, s->head.sh_size);
			}
		}
	}
}

static void put_profile(struct writing *w, const char *profile)
{
	unsigned n = add_section(w, ".sysemu.profile", SHT_PROGBITS, 0);

	w->sections[n].sh_size = (uint32_t)strlen(profile);
	w->sections[n].sh_offset = put(&w->file, profile, strlen(profile));
}

static void put_head(struct writing *w, const Elf32_Phdr *ph, unsigned n_ph, uint32_t entry)
{
	unsigned n = add_section(w, ".shstrtab", SHT_STRTAB, 0);
	Elf32_Ehdr h = { .e_type = ET_EXEC,
			 .e_machine = EM_386,
			 .e_version = EV_CURRENT,
			 .e_entry = entry,
			 .e_phoff = sizeof(h),
			 .e_ehsize = sizeof(h),
			 .e_phentsize = sizeof(Elf32_Phdr),
			 .e_phnum = (uint16_t)n_ph,
			 .e_shentsize = sizeof(Elf32_Shdr),
			 .e_shnum = (uint16_t)w->n_sections,
			 .e_shstrndx = (uint16_t)n };

	memcpy(h.e_ident, ELFMAG "\1\1\1", 7);
	w->sections[n].sh_size = (uint32_t)w->names.size;
	w->sections[n].sh_offset = put(&w->file, w->names.bytes, w->names.size);
	h.e_shoff = (uint32_t)((w->file.size + 15) & ~(size_t)15);
	grow(&w->file, h.e_shoff);
	put(&w->file, w->sections, w->n_sections * sizeof(w->sections[0]));
	put_at(&w->file, 0, &h, sizeof(h));
	put_at(&w->file, sizeof(h), ph, n_ph * sizeof(*ph));
}

uint8_t *link_image(const struct link *l, const char *profile, size_t *size)
{
	struct writing w = { .l = l, .n_sections = 1 };
	const struct link_symbol *startup = link_find(l, "startup");
	Elf32_Phdr ph[3 + LINK_SEGMENTS];
	unsigned n;

	put(&w.names, "", 1);
	put_loaded(&w, ph);
	n = 3 + put_segments(&w, ph + 3);
	if (l->part_end[LINK_PROCESSES] == l->part_start[LINK_PROCESSES])
		memmove(ph + 2, ph + 3, (--n - 2) * sizeof(ph[0])); /* nothing is in it */
	put_symbols(&w);
	put_debug(&w);
	put_profile(&w, profile);
	put_head(&w, ph, n, startup ? startup->value : 0);
	free(w.strings.bytes);
	free(w.names.bytes);
	free(w.table.bytes);
	if (!w.file.failed && !w.strings.failed && !w.names.failed && !w.table.failed) {
		*size = w.file.size;
		return w.file.bytes;
	}
	cli_say("out of memory");
	free(w.file.bytes);
	return NULL;
}

bool link_save(const uint8_t *image, size_t size, const char *path)
{
	struct cli_output file;

	if (!cli_output_open(&file, path))
		return false;
	fwrite(image, 1, size, file.out);
	return cli_output_close(&file);
}
