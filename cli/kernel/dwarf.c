/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dwarf.c: layouts of a kernel's structures, by libdw: unit by unit, until all that are wanted have been
 * found. Besides cli/lines.c the only file that knows libdw.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/facts.h"

struct search {
	struct dwarf_wanted *list;
	size_t n, left;
};

/* ---- types ---- */

/* What a type is behind typedefs and qualifiers. */
static bool real_type(Dwarf_Die *die, Dwarf_Die *out)
{
	Dwarf_Attribute attr;

	*out = *die;
	for (unsigned depth = 0; depth < 16; depth++) {
		int tag = dwarf_tag(out);

		if (tag != DW_TAG_typedef && tag != DW_TAG_const_type &&
		    tag != DW_TAG_volatile_type && tag != DW_TAG_member)
			return true;
		if (!dwarf_attr_integrate(out, DW_AT_type, &attr) || !dwarf_formref_die(&attr, out))
			return false;
	}
	return false;
}

static bool member_place(Dwarf_Die *member, uint32_t *place)
{
	Dwarf_Attribute attr;
	Dwarf_Word value = 0;

	if (dwarf_attr(member, DW_AT_data_member_location, &attr) &&
	    dwarf_formudata(&attr, &value) != 0)
		return false;
	*place = (uint32_t)value;
	return true;
}

/* "thread.sp0" in a structure; members without a name are looked through. */
static bool find_member(Dwarf_Die *type, const char *path, uint32_t *place, unsigned depth)
{
	size_t length = strcspn(path, ".");
	Dwarf_Die member;

	if (depth > 8 || dwarf_child(type, &member) != 0)
		return false;
	do {
		const char *name = dwarf_diename(&member);
		uint32_t here, inner = 0;
		Dwarf_Die of;

		if (dwarf_tag(&member) != DW_TAG_member || !member_place(&member, &here))
			continue;
		if (name && (strlen(name) != length || strncmp(name, path, length) != 0))
			continue;
		if (name && !path[length]) {
			*place = here;
			return true;
		}
		if (real_type(&member, &of) &&
		    find_member(&of, name ? path + length + 1 : path, &inner, depth + 1)) {
			*place = here + inner;
			return true;
		}
	} while (dwarf_siblingof(&member, &member) == 0);
	return false;
}

static void take_struct(struct search *s, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	Dwarf_Word size;
	Dwarf_Attribute attr;

	if (!name || dwarf_hasattr(die, DW_AT_declaration))
		return;
	for (size_t i = 0; i < s->n; i++) {
		struct dwarf_wanted *w = &s->list[i];
		size_t length = strcspn(w->path, ".");
		uint32_t place;

		if (*w->value != FACT_NONE || strlen(name) != length ||
		    strncmp(name, w->path, length) != 0)
			continue;
		if (w->size) {
			if (!dwarf_attr(die, DW_AT_byte_size, &attr) ||
			    dwarf_formudata(&attr, &size) != 0)
				continue;
			*w->value = (uint32_t)size;
		} else {
			if (!find_member(die, w->path + length + 1, &place, 0))
				continue;
			*w->value = place;
		}
		s->left--;
	}
}

static void search_unit(struct search *s, Dwarf_Die *unit)
{
	Dwarf_Die die;

	if (dwarf_child(unit, &die) != 0)
		return;
	do {
		if (dwarf_tag(&die) == DW_TAG_structure_type)
			take_struct(s, &die);
	} while (s->left && dwarf_siblingof(&die, &die) == 0);
}

void dwarf_find(const void *bytes, size_t size, struct dwarf_wanted *list, size_t n)
{
	struct search s = { .list = list, .n = n };
	Dwarf_CU *unit = NULL;
	Dwarf *dwarf;
	Dwarf_Die die;
	Elf *elf;

	for (size_t i = 0; i < n; i++)
		s.left += *list[i].value == FACT_NONE;
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(uintptr_t)bytes, size); /* it is only read */
	dwarf = elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
	while (dwarf && s.left && dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0)
		search_unit(&s, &die);
	if (dwarf)
		dwarf_end(dwarf);
	if (elf)
		elf_end(elf);
}
