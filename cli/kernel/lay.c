/* SPDX-License-Identifier: GPL-2.0-only */
/* lay.c: where sections lie in an image: code by regions of the counts, data far from it. Read next: link.c. */
#include <string.h>

#include "cli/kernel/kernel.h"

#define FAR        0x400000u /* asm/kernel.lds says why */
#define TEXT_LIMIT (48u << 20)

static uint32_t up(uint32_t at, uint32_t align)
{
	return align > 1 ? (at + align - 1) & ~(align - 1) : at;
}

static uint32_t lay_part(struct link *l, enum link_part part, unsigned region, uint32_t at)
{
	for (size_t i = 0; i < l->n_objects; i++) {
		struct link_object *o = &l->objects[i];

		for (unsigned n = 1; n < o->n_sections && !o->dropped; n++) {
			struct link_section *s = &o->sections[n];

			if (s->part != part ||
			    (part == LINK_TEXT &&
			     (s->region ? s->region : SYSEMU_REGION_OTHER) != region))
				continue;
			at = up(at, s->head.sh_addralign);
			s->addr = at;
			at += s->head.sh_size;
		}
	}
	return at;
}

static uint32_t lay_commons(struct link *l, uint32_t at)
{
	for (unsigned b = 0; b < LINK_BUCKETS; b++)
		for (struct link_symbol *s = l->table[b]; s; s = s->next)
			if (s->common) {
				at = up(at, s->sym->st_value ? s->sym->st_value : 4);
				s->value = at;
				at += s->sym->st_size;
			}
	return at;
}

static uint32_t lay(struct link *l, enum link_part part, uint32_t at)
{
	l->part_start[part] = at;
	at = lay_part(l, part, 0, at);
	if (part == LINK_BSS)
		at = lay_commons(l, at);
	l->part_end[part] = at;
	return at;
}

bool link_lay_out(struct link *l)
{
	uint32_t at = l->text_base;

	l->part_start[LINK_TEXT] = at;
	for (unsigned r = SYSEMU_REGION_ENTRY; r <= SYSEMU_REGION_OTHER; r++) {
		l->region_start[r] = at;
		at = lay_part(l, LINK_TEXT, r, at);
		l->region_end[r] = at;
		at = up(at, r == SYSEMU_REGION_ENTRY ? 0x1000 : 16);
	}
	l->stub_code = at;
	at += (uint32_t)l->n_stubs * STUB_SIZE;
	l->part_end[LINK_TEXT] = at;
	at = lay(l, LINK_RODATA, up(at, 0x1000));
	l->stub_texts = at;
	at = up(at + (uint32_t)l->text_size, 4);
	l->part_end[LINK_RODATA] = at;
	at = lay(l, LINK_EX_TABLE, at);
	at = lay(l, LINK_DATA, up(at, FAR));
	at = lay(l, LINK_BSS, up(at, 0x2000));
	at = lay(l, LINK_PROCESSES, up(at, FAR));
	lay(l, LINK_PROFILE, 0);
	return at - l->text_base <= TEXT_LIMIT ||
	       link_refuse(l->name, "0x%x bytes of image: too large", at - l->text_base);
}

bool link_lay_debug(struct link *l)
{
	for (size_t i = 0; i < l->n_objects; i++) {
		struct link_object *o = &l->objects[i];

		for (unsigned n = 1; n < o->n_sections; n++) {
			struct link_section *s = &o->sections[n];
			unsigned d = 0;

			if (s->part != LINK_DEBUG)
				continue;
			while (d < l->n_debug && strcmp(l->debug[d].name, s->name) != 0)
				d++;
			if (d == LINK_DEBUG_MOST)
				return link_refuse(o->name, "too many kinds of debug sections");
			if (d == l->n_debug)
				l->debug[l->n_debug++].name = s->name;
			s->debug = d;
			s->addr = up(l->debug[d].size, s->head.sh_addralign);
			l->debug[d].size = s->addr + s->head.sh_size;
		}
	}
	return true;
}
