/* SPDX-License-Identifier: GPL-2.0-only */
/* segment.c: what a selector names: descriptors in the guest's GDT and LDT, as they are now. */
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

bool sim_descriptor_find(struct sim *s, uint16_t selector, struct sim_table_reg *table,
			 uint32_t *addr)
{
	sim_table_get(s, selector & 4 ? SIM_LDTR : SIM_GDTR, table);
	*addr = table->base + (selector & 0xfff8u);
	return (selector & 0xfffc) && (selector | 7u) <= table->limit;
}

void sim_descriptor_read(const struct sim *s, uint32_t addr, struct sim_descriptor *d)
{
	d->low = sim_ram32(s, addr);
	d->high = sim_ram32(s, addr + 4);
	d->base = d->low >> 16 | (d->high & 0xff) << 16 | (d->high & 0xff000000);
}

/* The engine reads descriptors through the page tables, and sets their accessed bit. A
 * page fault there would jump over our own frames, so it must not come to that. */
bool sim_descriptor_loads(const struct sim *s, uint32_t addr, const struct sim_descriptor *d)
{
	uint32_t bad;

	return sim_reachable(s, addr, 8, !(d->high & 1u << 8), &bad);
}

/* False: there is none, or it cannot be read. */
static bool look_up(struct sim *s, uint16_t selector, struct sim_descriptor *d, uint32_t *addr)
{
	struct sim_table_reg table;
	uint32_t bad;

	if (!sim_descriptor_find(s, selector, &table, addr) ||
	    !sim_reachable(s, *addr, 8, false, &bad))
		return false;
	sim_descriptor_read(s, *addr, d);
	return true;
}

uint32_t sim_segment_base(struct sim *s, uint16_t selector)
{
	struct sim_descriptor d;
	uint32_t addr;

	return look_up(s, selector, &d, &addr) ? d.base : 0;
}

struct sim_flat sim_descriptor_flat(const struct sim_descriptor *d, uint16_t selector)
{
	/* Neither expand-down nor conforming. */
	bool is = d->base == 0 && (d->low & 0xffff) == 0xffff &&
		  (d->high & (DESC_FLAT | DESC_CONFORMING)) == DESC_FLAT;

	return (struct sim_flat){ selector, is ? d->high : 0 };
}

bool sim_segment_loadable(struct sim *s, uint16_t selector, bool code, struct sim_flat *out)
{
	struct sim_descriptor d;
	uint32_t addr;

	if (!look_up(s, selector, &d, &addr) || !(d.high & DESC_PRESENT) ||
	    !(d.high & DESC_NONSYSTEM) || !(d.high & DESC_WRITE) ||
	    !(d.high & DESC_CODE) != !code || DESC_DPL(d) != 0 || (selector & 3) != 0 ||
	    !sim_descriptor_loads(s, addr, &d))
		return false;
	if (out)
		*out = sim_descriptor_flat(&d, selector);
	return true;
}

bool sim_segment_callable(struct sim *s, uint16_t selector)
{
	struct sim_descriptor d;
	uint32_t addr;

	return look_up(s, selector, &d, &addr) && (d.high & DESC_PRESENT) &&
	       (d.high & DESC_NONSYSTEM) && (d.high & DESC_CODE) &&
	       ((d.high & DESC_CONFORMING) || DESC_DPL(d) == 3);
}
