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
	struct buffer file, strings, names;
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

/* Those of another image, page by page as they are; none of them is a section. */
static unsigned put_segments(struct writing *w, Elf32_Phdr *ph)
{
	for (size_t i = 0; i < w->l->n_segments; i++) {
		const struct link_segment *s = &w->l->segments[i];
		uint32_t at =
			(uint32_t)((w->file.size + 0xfff) & ~(size_t)0xfff) + (s->addr & 0xfff);

		ph[i] = (Elf32_Phdr){ PT_LOAD,
				      at,
				      s->addr,
				      s->addr,
				      s->size,
				      s->memory,
				      s->writable ? PF_R | PF_W : PF_R | PF_X,
				      0x1000 };
		put_at(&w->file, at, s->bytes, s->size);
	}
	return (unsigned)w->l->n_segments;
}

static void put_loaded(struct writing *w, Elf32_Phdr ph[3])
{
	const struct link *l = w->l;
	uint32_t text = l->part_start[LINK_TEXT], data = l->part_start[LINK_DATA];
	uint32_t far = l->part_start[LINK_PROCESSES];
	uint32_t at = 0x1000;

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

static void put_symbol(struct writing *w, const char *name, uint32_t value, uint32_t size,
		       unsigned char info)
{
	Elf32_Sym y = { .st_value = value, .st_size = size, .st_info = info };

	y.st_name = put(&w->strings, name, strlen(name) + 1);
	y.st_shndx = section_at(w, value);
	put(&w->file, &y, sizeof(y));
}

static void put_locals(struct writing *w)
{
	for (size_t i = 0; i < w->l->n_objects; i++) {
		const struct link_object *o = &w->l->objects[i];

		for (uint32_t n = 1; n < o->n_symbols && !o->dropped; n++) {
			const Elf32_Sym *y = &o->symbols[n];

			if (ELF32_ST_BIND(y->st_info) != STB_LOCAL || !y->st_name || !y->st_shndx ||
			    y->st_shndx >= SHN_LORESERVE || ELF32_ST_TYPE(y->st_info) > STT_FUNC ||
			    !o->sections[y->st_shndx].addr ||
			    o->sections[y->st_shndx].part > LINK_PROCESSES)
				continue;
			put_symbol(w, link_symbol_name(o, y),
				   o->sections[y->st_shndx].addr + y->st_value, y->st_size,
				   y->st_info);
		}
	}
}

static void put_globals(struct writing *w)
{
	for (unsigned b = 0; b < LINK_BUCKETS; b++)
		for (const struct link_symbol *s = w->l->table[b]; s; s = s->next) {
			unsigned type = s->object ? ELF32_ST_TYPE(s->sym->st_info) :
					s->stub   ? STT_FUNC :
						    STT_NOTYPE;

			if (s->object && s->object->dropped)
				continue;
			put_symbol(w, s->name, s->value, s->object ? s->sym->st_size : 0,
				   (unsigned char)ELF32_ST_INFO(STB_GLOBAL, type));
		}
}

static void put_symbols(struct writing *w)
{
	unsigned table, strings;
	uint32_t start = (uint32_t)((w->file.size + 15) & ~(size_t)15);
	Elf32_Sym none = { 0 };

	grow(&w->file, start);
	put(&w->strings, "", 1);
	put(&w->file, &none, sizeof(none));
	put_locals(w);
	table = add_section(w, ".symtab", SHT_SYMTAB, 0);
	w->sections[table].sh_info = (uint32_t)((w->file.size - start) / sizeof(none));
	put_globals(w);
	for (size_t i = 0; i < w->l->n_names; i++)
		put_symbol(w, w->l->names[i].name, w->l->names[i].value, w->l->names[i].size,
			   (unsigned char)ELF32_ST_INFO(STB_GLOBAL, w->l->names[i].type));
	w->sections[table].sh_offset = start;
	w->sections[table].sh_size = (uint32_t)(w->file.size - start);
	w->sections[table].sh_entsize = sizeof(none);
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

bool link_write(const struct link *l, const char *path, const char *profile)
{
	struct writing w = { .l = l, .n_sections = 1 };
	const struct link_symbol *startup = link_find(l, "startup");
	struct cli_output file;
	Elf32_Phdr ph[3 + LINK_SEGMENTS];
	unsigned n;
	bool good;

	put(&w.names, "", 1);
	put_loaded(&w, ph);
	n = 3 + put_segments(&w, ph + 3);
	if (l->part_end[LINK_PROCESSES] == l->part_start[LINK_PROCESSES])
		memmove(ph + 2, ph + 3, (--n - 2) * sizeof(ph[0])); /* nothing is in it */
	put_symbols(&w);
	put_debug(&w);
	put_profile(&w, profile);
	put_head(&w, ph, n, startup ? startup->value : 0);
	good = !w.file.failed && !w.strings.failed && !w.names.failed;
	if (!good)
		cli_say("out of memory");
	if (good && cli_output_open(&file, path)) {
		fwrite(w.file.bytes, 1, w.file.size, file.out);
		good = cli_output_close(&file);
	} else {
		good = false;
	}
	free(w.file.bytes);
	free(w.strings.bytes);
	free(w.names.bytes);
	return good;
}
