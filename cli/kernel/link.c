/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link.c: a user's objects and ours become one image: whose a symbol is, where each section lies, and
 * relocations. A small linker of our own and not ld, since it has to say things that ld does not
 * know: what of ours gives way to what of the user's, which region of the counts code belongs to, a
 * stub with its name for what nobody has; and a user needs no binutils. Read next: image.c.
 *
 * The user's definitions go first; ours are all as if weak. An object of ours whose global symbols are
 * all the user's is left out. Code belongs to the region that its first symbol has in the
 * base, the built-in kernel whose objects fill the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/kernel.h"
#include "cli/lint/lint.h"

#define SYSENTER_RETURN 0xFFFFE410u /* as asm/abi.h has it */

/* ---- symbols ---- */

static unsigned hash(const char *name)
{
	unsigned h = 5381;

	while (*name)
		h = h * 33 + (unsigned char)*name++;
	return h % LINK_BUCKETS;
}

struct link_symbol *link_find(const struct link *l, const char *name)
{
	struct link_symbol *s = l->table[hash(name)];

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

static struct link_symbol *add_symbol(struct link *l, const char *name)
{
	struct link_symbol *s = calloc(1, sizeof(*s));

	if (!s) {
		cli_say("out of memory");
		return NULL;
	}
	s->name = name;
	s->next = l->table[hash(name)];
	l->table[hash(name)] = s;
	return s;
}

static bool is_global(const Elf32_Sym *y)
{
	return ELF32_ST_BIND(y->st_info) != STB_LOCAL && ELF32_ST_TYPE(y->st_info) != STT_SECTION;
}

static bool take_global(struct link *l, const struct link_object *o, const Elf32_Sym *y)
{
	const char *name = link_symbol_name(o, y);
	bool weak = ELF32_ST_BIND(y->st_info) == STB_WEAK || y->st_shndx == SHN_COMMON;
	struct link_symbol *s = link_find(l, name);

	if (l->calls_of_base && !o->ours && !strcmp(name, "sys_call_table"))
		return true;
	if (s && s->object && !s->object->ours && !o->ours && !s->weak && !weak)
		return link_refuse(o->name, "%s is defined here and in %s, too", name,
				   s->object->name);
	if (s && (o->ours || !s->weak || weak))
		return true;
	if (!s)
		s = add_symbol(l, name);
	if (!s)
		return false;
	s->object = o;
	s->sym = y;
	s->weak = weak;
	s->common = y->st_shndx == SHN_COMMON;
	return true;
}

/* Labels of the user's entry code that are not global, and are in ours: in Linux 2.6.11 restore_all. */
static bool take_labels(struct link *l)
{
	const struct link_symbol *entry = link_find(l, "system_call");
	const struct link_object *o = entry ? entry->object : NULL;

	for (uint32_t n = 1; o && n < o->n_symbols; n++) {
		const Elf32_Sym *y = &o->symbols[n];
		const char *name = link_symbol_name(o, y);
		struct link_symbol *s;

		if (is_global(y) || !y->st_name || !y->st_shndx || y->st_shndx >= SHN_LORESERVE ||
		    link_find(l, name))
			continue;
		s = add_symbol(l, name);
		if (!s)
			return false;
		s->object = o;
		s->sym = y;
	}
	return true;
}

static bool take_globals(struct link *l)
{
	bool users = true;

	for (size_t i = 0; i < l->n_objects; i++) {
		const struct link_object *o = &l->objects[i];

		if (users && o->ours && !take_labels(l))
			return false;
		users = users && !o->ours;
		for (uint32_t n = 1; n < o->n_symbols; n++)
			if (is_global(&o->symbols[n]) && o->symbols[n].st_shndx != SHN_UNDEF &&
			    !take_global(l, o, &o->symbols[n]))
				return false;
	}
	return true;
}

/* Those of ours of which nothing is left; the profile is not code. */
static void drop_replaced(struct link *l)
{
	for (size_t i = 0; i < l->n_objects; i++) {
		struct link_object *o = &l->objects[i];
		unsigned own = 0, others = 0;

		for (uint32_t n = 1; n < o->n_symbols && o->ours; n++) {
			const Elf32_Sym *y = &o->symbols[n];

			if (!is_global(y) || y->st_shndx == SHN_UNDEF)
				continue;
			if (link_find(l, link_symbol_name(o, y))->object == o)
				own++;
			else
				others++;
		}
		o->dropped = !own && others;
		o->partial = own && others;
		if (o->partial)
			cli_say("%s of ours stays for what is not in your objects", o->name);
	}
}

/* ---- where code belongs ---- */

static unsigned region_at(const struct lint_image *base, uint32_t addr)
{
	for (unsigned r = SYSEMU_REGION_ENTRY; r < SYSEMU_REGION_OTHER; r++) {
		char name[64];
		uint32_t start, end;

		snprintf(name, sizeof(name), "__region_%s", sysemu_region_name((sysemu_region)r));
		if (!lint_symbol(base, name, &start))
			continue;
		snprintf(name, sizeof(name), "__region_%s_end",
			 sysemu_region_name((sysemu_region)r));
		if (lint_symbol(base, name, &end) && addr >= start && addr < end)
			return r;
	}
	return SYSEMU_REGION_OTHER;
}

/* The address in the base of a symbol of this section (0: of any); 0: it has none of them. */
static uint32_t place_in_base(const struct lint_image *base, const struct link_object *o,
			      unsigned section)
{
	for (unsigned local = 0; local < 2; local++)
		for (uint32_t n = 1; n < o->n_symbols; n++) {
			const Elf32_Sym *y = &o->symbols[n];
			uint32_t addr;

			if (is_global(y) == !local && y->st_name && y->st_shndx &&
			    y->st_shndx < SHN_LORESERVE && (!section || y->st_shndx == section) &&
			    lint_symbol(base, link_symbol_name(o, y), &addr))
				return addr;
		}
	return 0;
}

static void choose_regions(struct link *l, const struct lint_image *base)
{
	uint32_t process_memory = UINT32_MAX;

	lint_symbol(base, "__process_memory", &process_memory);
	for (size_t i = 0; i < l->n_objects; i++) {
		struct link_object *o = &l->objects[i];

		for (unsigned n = 1; n < o->n_sections; n++) {
			struct link_section *s = &o->sections[n];
			uint32_t at;

			if (s->part != LINK_TEXT && s->part != LINK_BSS)
				continue;
			at = place_in_base(base, o, n);
			if (s->part == LINK_BSS) {
				if (at >= process_memory)
					s->part = LINK_PROCESSES;
				continue;
			}
			if (!at)
				at = place_in_base(base, o, 0);
			s->region = region_at(base, at);
		}
	}
}

/* ---- values ---- */

bool link_define(struct link *l, const char *name, uint32_t value)
{
	struct link_symbol *s = link_find(l, name);

	if (!s)
		s = add_symbol(l, name);
	if (s && !s->object)
		s->value = value;
	return s != NULL;
}

/* Names that kernel.lds gives, and the kernel's own for its table of exceptions. */
static bool own_symbols(struct link *l)
{
	static char names[2 * LINK_REGIONS][40];
	bool good = true;

	for (unsigned r = SYSEMU_REGION_ENTRY; r < SYSEMU_REGION_OTHER; r++) {
		snprintf(names[2 * r], sizeof(names[0]), "__region_%s",
			 sysemu_region_name((sysemu_region)r));
		snprintf(names[2 * r + 1], sizeof(names[0]), "__region_%s_end",
			 sysemu_region_name((sysemu_region)r));
		good = good && link_define(l, names[2 * r], l->region_start[r]) &&
		       link_define(l, names[2 * r + 1], l->region_end[r]);
	}
	return good && link_define(l, "__start_ex_table", l->part_start[LINK_EX_TABLE]) &&
	       link_define(l, "__stop_ex_table", l->part_end[LINK_EX_TABLE]) &&
	       link_define(l, "__start___ex_table", l->part_start[LINK_EX_TABLE]) &&
	       link_define(l, "__stop___ex_table", l->part_end[LINK_EX_TABLE]) &&
	       link_define(l, "__process_memory", l->part_start[LINK_PROCESSES]) &&
	       link_define(l, "SYSENTER_RETURN", SYSENTER_RETURN);
}

static void fill_values(struct link *l)
{
	for (unsigned b = 0; b < LINK_BUCKETS; b++)
		for (struct link_symbol *s = l->table[b]; s; s = s->next) {
			if (!s->object || s->common)
				continue;
			s->value = s->sym->st_value;
			if (s->sym->st_shndx < SHN_LORESERVE)
				s->value += s->object->sections[s->sym->st_shndx].addr;
		}
}

bool link_value(const struct link *l, const struct link_object *o, uint32_t n, uint32_t *value)
{
	const Elf32_Sym *y = &o->symbols[n];
	const struct link_symbol *s;

	if (is_global(y)) {
		s = link_find(l, link_symbol_name(o, y));
		*value = s ? s->value : 0;
		return s != NULL;
	}
	*value = y->st_value;
	if (y->st_shndx != SHN_ABS)
		*value += o->sections[y->st_shndx].addr;
	return true;
}

/* ---- what nobody has ---- */

/* A call in a table, as Linux has those that are not configured: it is there, and says -ENOSYS. */
static bool is_call(const struct link_section *s, const char *name)
{
	return s->part != LINK_TEXT && (!strncmp(name, "sys_", 4) || !strncmp(name, "old_", 4));
}

static bool need(struct link *l, const struct link_object *o, const struct link_section *s,
		 uint32_t n)
{
	const Elf32_Sym *y = &o->symbols[n];
	const char *name = link_symbol_name(o, y);
	const struct link_symbol *unknown = link_find(l, "sys_ni_syscall");
	struct link_symbol *found;

	if (!is_global(y) || s->part == LINK_DEBUG || s->part == LINK_PROFILE)
		return true;
	found = link_find(l, name);
	if (found) {
		found->needed |= found->object != o;
		return true;
	}
	if (ELF32_ST_BIND(y->st_info) == STB_WEAK)
		return link_define(l, name, 0);
	found = add_symbol(l, name);
	if (!found)
		return false;
	if (is_call(s, name) && unknown && unknown->object) {
		found->object = unknown->object;
		found->sym = unknown->sym;
		l->n_calls++;
		return true;
	}
	found->stub = true;
	l->stubs = realloc(l->stubs, (l->n_stubs + 1) * sizeof(struct link_symbol *));
	if (!l->stubs)
		return link_refuse(o->name, "out of memory");
	l->stubs[l->n_stubs++] = found;
	l->text_size += strlen(name) + sizeof(": nobody has it");
	return true;
}

/* Each relocation of a section that is kept. */
static bool each_relocation(struct link *l, bool (*fn)(struct link *l, const struct link_object *o,
						       struct link_section *s, const Elf32_Rel *r))
{
	for (size_t i = 0; i < l->n_objects; i++) {
		struct link_object *o = &l->objects[i];

		for (unsigned n = 1; n < o->n_sections && !o->dropped; n++) {
			struct link_section *s = &o->sections[n];
			const struct link_section *rel = &o->sections[s->rel];

			if (!s->rel || s->part == LINK_NOWHERE)
				continue;
			for (uint32_t at = 0; at + sizeof(Elf32_Rel) <= rel->head.sh_size;
			     at += sizeof(Elf32_Rel)) {
				Elf32_Rel r;

				memcpy(&r, o->data + rel->head.sh_offset + at, sizeof(r));
				if (ELF32_R_SYM(r.r_info) >= o->n_symbols)
					return link_refuse(
						o->name, "%s+0x%x: a relocation by symbol %u of %u",
						s->name, r.r_offset, ELF32_R_SYM(r.r_info),
						o->n_symbols);
				if (!fn(l, o, s, &r))
					return false;
			}
		}
	}
	return true;
}

static bool need_symbol(struct link *l, const struct link_object *o, struct link_section *s,
			const Elf32_Rel *r)
{
	return need(l, o, s, ELF32_R_SYM(r->r_info));
}

/* mov $STOP_PANIC, %eax; mov $text, %edx; jmp stop_port: an event that says the name. */
static bool make_stubs(struct link *l)
{
	const struct link_symbol *port = link_find(l, "stop_port");
	size_t at = 0;

	l->stub_size = l->n_stubs * STUB_SIZE;
	l->stub_bytes = malloc(l->stub_size + 1);
	l->text_bytes = malloc(l->text_size + 1);
	if (!l->stub_bytes || !l->text_bytes || !port)
		return link_refuse(l->name, "no stop port, or no memory");
	memset(l->stub_bytes, 0xf4, l->stub_size);
	for (size_t i = 0; i < l->n_stubs; i++) {
		uint8_t *code = l->stub_bytes + i * STUB_SIZE;
		uint32_t here = l->stub_code + (uint32_t)i * STUB_SIZE,
			 text = l->stub_texts + (uint32_t)at;
		uint32_t distance = port->value - (here + 15);

		l->stubs[i]->value = here;
		memcpy(code, "\xb8\x05\0\0\0\xba", 6); /* STOP_PANIC */
		memcpy(code + 6, &text, 4);
		code[10] = 0xe9;
		memcpy(code + 11, &distance, 4);
		at += (size_t)sprintf((char *)l->text_bytes + at, "%s: nobody has it",
				      l->stubs[i]->name) +
		      1;
	}
	return true;
}

/* ---- relocations ---- */

static const char *pic_name(unsigned type)
{
	switch (type) {
	case R_386_GOT32:
	case R_386_GOT32X: return "R_386_GOT32";
	case R_386_GOTOFF: return "R_386_GOTOFF";
	case R_386_GOTPC: return "R_386_GOTPC";
	default: return NULL;
	}
}

static bool put_value(const struct link_object *o, struct link_section *s, const Elf32_Rel *r,
		      const char *name, uint32_t value, unsigned size, bool relative)
{
	uint32_t place = s->addr + r->r_offset;
	int32_t addend = 0;

	if (r->r_offset > s->head.sh_size || s->head.sh_size - r->r_offset < size)
		return link_refuse(o->name, "%s+0x%x: a relocation behind the section's end",
				   s->name, r->r_offset);
	memcpy(&addend, s->bytes + r->r_offset, size);
	if (size == 1)
		addend = (int8_t)addend;
	else if (size == 2)
		addend = (int16_t)addend;
	value += (uint32_t)addend - (relative ? place : 0);
	if (size < 4 && (relative ? (int32_t)value >= 1 << (8 * size - 1) ||
					    (int32_t)value < -(1 << (8 * size - 1)) :
				    value >> (8 * size) != 0))
		return link_refuse(o->name, "%s+0x%x: 0x%x, of %s, does not fit into %u bits",
				   s->name, r->r_offset, value, name, 8 * size);
	memcpy(s->bytes + r->r_offset, &value, size);
	return true;
}

/* Where the user's entry code checks the call's number: with processes it is another. Ours tells of
 * ours alone. */
static bool has_range_checks(const struct link *l)
{
	const struct link_symbol *checks = link_find(l, "range_checks"),
				 *entry = link_find(l, "system_call");

	return checks && checks->object && entry && entry->object &&
	       checks->object->ours == entry->object->ours;
}

static bool relocate(struct link *l, const struct link_object *o, struct link_section *s,
		     const Elf32_Rel *r)
{
	uint32_t n = ELF32_R_SYM(r->r_info), value;
	unsigned type = ELF32_R_TYPE(r->r_info);
	const Elf32_Sym *y = &o->symbols[n];
	const char *name = ELF32_ST_TYPE(y->st_info) == STT_SECTION && y->st_shndx < o->n_sections ?
				   o->sections[y->st_shndx].name :
				   link_symbol_name(o, y);

	if (!s->bytes)
		return link_refuse(o->name, "%s: a relocation of a section without bytes", s->name);
	if (!link_value(l, o, n, &value))
		value = s->part == LINK_PROFILE ? UINT32_MAX : 0; /* `none` */
	if (s->part == LINK_PROFILE && !strcmp(name, "range_checks") && !has_range_checks(l))
		value = UINT32_MAX;
	if (s->part != LINK_DEBUG && !is_global(y) && y->st_shndx < SHN_LORESERVE && y->st_shndx &&
	    o->sections[y->st_shndx].part == LINK_NOWHERE)
		return link_refuse(o->name, "%s+0x%x: %s is in section %s, which is not loaded",
				   s->name, r->r_offset, name, o->sections[y->st_shndx].name);
	switch (type) {
	case R_386_NONE: return true;
	case R_386_32: return put_value(o, s, r, name, value, 4, false);
	case R_386_PC32:
	case R_386_PLT32: return put_value(o, s, r, name, value, 4, true);
	case R_386_16: return put_value(o, s, r, name, value, 2, false);
	case R_386_PC16: return put_value(o, s, r, name, value, 2, true);
	case R_386_8: return put_value(o, s, r, name, value, 1, false);
	case R_386_PC8: return put_value(o, s, r, name, value, 1, true);
	default: break;
	}
	if (pic_name(type))
		return link_refuse(o->name,
				   "%s+0x%x: %s of %s: position-independent code: compile with "
				   "-fno-pic",
				   s->name, r->r_offset, pic_name(type), name);
	return link_refuse(o->name, "%s+0x%x: relocation type %u, of %s, is not one of a kernel's",
			   s->name, r->r_offset, type, name);
}

bool link_all(struct link *l, const char *regions_of)
{
	struct lint_image base;
	bool good;

	if (!take_globals(l))
		return false;
	drop_replaced(l);
	if (regions_of) {
		if (lint_image_open(&base, regions_of) != CLI_OK)
			return false;
		choose_regions(l, &base);
		lint_image_close(&base);
	}
	good = own_symbols(l) && each_relocation(l, need_symbol) && link_lay_out(l) &&
	       link_lay_debug(l) && own_symbols(l);
	if (!good)
		return false;
	fill_values(l);
	return make_stubs(l) && each_relocation(l, relocate);
}

void link_free(struct link *l)
{
	for (size_t i = 0; i < l->n_objects; i++)
		link_free_object(&l->objects[i]);
	for (unsigned b = 0; b < LINK_BUCKETS; b++)
		for (struct link_symbol *s = l->table[b], *next; s; s = next) {
			next = s->next;
			free(s);
		}
	free(l->objects);
	free(l->stubs);
	free(l->stub_bytes);
	free(l->text_bytes);
}
