/* SPDX-License-Identifier: GPL-2.0-only */
/* segment.c: what a selector names: descriptors in the guest's GDT and LDT, as they are now. */
#include "sim/memory/memory.h"

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

bool sim_segment_loadable(struct sim *s, uint16_t selector, unsigned ring, bool code,
			  struct sim_flat *out)
{
	struct sim_descriptor d;
	uint32_t addr;

	if (!look_up(s, selector, &d, &addr) || !(d.high & DESC_PRESENT) ||
	    !(d.high & DESC_NONSYSTEM) || !(d.high & DESC_WRITE) ||
	    !(d.high & DESC_CODE) != !code || DESC_DPL(d) != ring || (selector & 3) != ring ||
	    !sim_descriptor_loads(s, addr, &d))
		return false;
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
