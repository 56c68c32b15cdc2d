/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h: the pages of a computer, their entries and what they were when they were last clean;
 * segments in them.
 */
#ifndef SIM_MEMORY_MEMORY_H
#define SIM_MEMORY_MEMORY_H

#include "sim/cpu/cpu.h"

#include <stdatomic.h>

static inline uint32_t sim_ram32(const struct sim *s, uint32_t addr)
{
	uint32_t value;

	__builtin_memcpy(&value, s->space.ram + addr, 4);
	return value;
}

/* ---- pages' contents (copy.c) ---- */

enum { SIM_NOT_HASHED, SIM_HASHING, SIM_HASHED };

struct sim_page_copy {
	atomic_uint refs;
	atomic_uchar hash_state; /* SIM_HASHING: by another thread */
	uint8_t hash[16];
	uint8_t data[SIM_PAGE];
};

extern struct sim_page_copy sim_zeros; /* never freed */

bool sim_copy_new(const uint8_t *data, struct sim_page_copy **out); /* false: out of memory */
static inline struct sim_page_copy *sim_copy_get(struct sim_page_copy *copy)
{
	if (copy != &sim_zeros)
		atomic_fetch_add_explicit(&copy->refs, 1, memory_order_relaxed);
	return copy;
}
void sim_copy_put(struct sim_page_copy *copy); /* NULL is allowed */

/* ---- pages (memory.c) ---- */

enum sim_status sim_memory_open(struct sim *s);
void sim_memory_close(struct sim *s);
/* Records of the page's blocks are void, its translations to be dropped before the next run. */
void sim_stale_code(struct sim *s, uint32_t page);
/* The host has written there. */
static inline void sim_touch(struct sim *s, uint32_t page)
{
	s->space.pte[page] |= PTE_DIRTY;
	if (s->space.pte[page] & PTE_CODE)
		sim_stale_code(s, page);
}
/* One page, for sim_restore: drops what is there; maps a page of zeros. */
bool sim_page_table_ready(struct sim *s, uint32_t page);
static inline bool sim_page_given(const struct sim *s, uint32_t page)
{
	struct sim_page_copy *const *table = s->space.clean[page / 1024];

	return table && table[page % 1024];
}
void sim_page_forget(struct sim *s, uint32_t page);
/* Has the guest's kernel written into its page tables? Then all that they say is forgotten: only
 * a restore may follow. */
bool sim_tables_written(const struct sim *s);
void sim_tables_distrust(struct sim *s);
void sim_page_fresh(struct sim *s, uint32_t page, uint32_t rights);
void sim_page_rights(struct sim *s, uint32_t page, uint32_t rights);
/* May supervisor code read (write) these bytes? Else *bad. Host code only. */
static inline bool sim_reachable(const struct sim *s, uint32_t addr, uint32_t size, bool write,
				 uint32_t *bad)
{
	uint32_t need = PTE_PRESENT | (write ? PTE_WRITE : 0);
	uint32_t last = addr + size - 1;

	if ((s->space.pte[addr / SIM_PAGE] & need) != need) {
		*bad = addr;
		return false;
	}
	if ((s->space.pte[last / SIM_PAGE] & need) != need) {
		*bad = last & ~(SIM_PAGE - 1);
		return false;
	}
	return true;
}

/* ---- what a selector names (segment.c) ---- */

struct sim_descriptor {
	uint32_t base, low, high;
};

#define DESC_PRESENT    (1u << 15)
#define DESC_NONSYSTEM  (1u << 12)
#define DESC_CODE       (1u << 11)
#define DESC_CONFORMING (1u << 10)
#define DESC_WRITE      (1u << 9)     /* of data; of code: may be read */
#define DESC_FLAT       (0x00cf0000u) /* pages, 32 bits, the rest of the limit */
#define DESC_DPL(d)     ((d).high >> 13 & 3)

/* False: beyond the table's limit or null. */
static inline bool sim_descriptor_find(struct sim *s, uint16_t selector,
				       struct sim_table_reg *table, uint32_t *addr)
{
	sim_table_get(s, selector & 4 ? SIM_LDTR : SIM_GDTR, table);
	*addr = table->base + (selector & 0xfff8u);
	return (selector & 0xfffc) && (selector | 7u) <= table->limit;
}

/* Its page must have been found present. */
static inline void sim_descriptor_read(const struct sim *s, uint32_t addr, struct sim_descriptor *d)
{
	d->low = sim_ram32(s, addr);
	d->high = sim_ram32(s, addr + 4);
	d->base = d->low >> 16 | (d->high & 0xff) << 16 | (d->high & 0xff000000);
}

/* The engine reads descriptors through the page tables, and sets their accessed bit. A
 * page fault there would jump over our own frames, so it must not come to that. */
static inline bool sim_descriptor_loads(const struct sim *s, uint32_t addr,
					const struct sim_descriptor *d)
{
	uint32_t bad;

	return sim_reachable(s, addr, 8, !(d->high & 1u << 8), &bad);
}

static inline struct sim_flat sim_descriptor_flat(const struct sim_descriptor *d, uint16_t selector)
{
	/* Neither expand-down nor conforming. */
	bool is = d->base == 0 && (d->low & 0xffff) == 0xffff &&
		  (d->high & (DESC_FLAT | DESC_CONFORMING)) == DESC_FLAT;

	return (struct sim_flat){ selector, is ? d->high : 0 };
}

/* May this ring load this code (data) segment without a fault? *flat: what it is then. */
bool sim_segment_loadable(struct sim *s, uint16_t selector, unsigned ring, bool code,
			  struct sim_flat *flat);
/* May ring 3 call code in this segment, without a gate? */
bool sim_segment_callable(struct sim *s, uint16_t selector);
/* The base of the segment that a selector names now; 0 without one. */
uint32_t sim_segment_base(struct sim *s, uint16_t selector);

#endif
