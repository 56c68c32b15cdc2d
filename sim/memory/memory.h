/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h: the pages of a computer, their entries and what they were when they were last clean;
 * segments in them.
 */
#ifndef SIM_MEMORY_MEMORY_H
#define SIM_MEMORY_MEMORY_H

#include "sim/cpu/cpu.h"

static inline uint32_t sim_ram32(const struct sim *s, uint32_t addr)
{
	uint32_t value;

	__builtin_memcpy(&value, s->space.ram + addr, 4);
	return value;
}

/* The run reads it, and not the engine for it. */
static inline uint32_t sim_run_ram32(struct sim *s, uint32_t addr)
{
	if (s->recorder)
		s->recorder->read(s, addr, 4);
	return sim_ram32(s, addr);
}
/* What it did, another might not that reads the same: it tells the time, it has an output. */
static inline void sim_run_unfit(struct sim *s)
{
	if (s->recorder)
		s->recorder->unfit = true;
}

/* ---- pages' contents (copy.c) ---- */

struct sim_page_copy *sim_copy_zeros(void);
struct sim_page_copy *sim_copy_get(struct sim_page_copy *copy);
void sim_copy_put(struct sim_page_copy *copy); /* NULL is allowed */
/* Of a page that was like `like` before. NULL: no memory. */
struct sim_page_copy *sim_copy_new(const uint8_t *data, struct sim_page_copy *like);
void sim_copy_read(const struct sim_page_copy *copy, uint8_t *data);
/* A digest that is kept with it: false, it is not known; it is from now on. */
size_t sim_copy_bytes(const struct sim_page_copy *copy); /* one's share, if it is shared */
bool sim_copy_hash(const struct sim_page_copy *copy, uint8_t hash[16]);
void sim_copy_set_hash(struct sim_page_copy *copy, const uint8_t hash[16]);

/* ---- pages (memory.c) ---- */

/* `first`: NULL, or the space whose upper pages these are as well. */
enum sim_status sim_memory_open(struct sim *s, struct sim *first);
/* ---- shared maps (maps.c, shared.c) ---- */

struct sim_shared_file *sim_shared_new(int fd); /* a duplicate of it; NULL: none, or no memory */
void sim_shared_put(struct sim_shared_file *file);
int sim_shared_fd(const struct sim_shared_file *file);
void sim_shared_close(struct sim *s); /* behind the last of its pages */
/* A list of maps, which holds their files. NULL: out of memory. */
struct sim_shared_map *sim_shared_list(const struct sim_shared_map *maps, unsigned n);
void sim_shared_list_free(struct sim_shared_map *maps, unsigned n);
bool sim_shared_same(const struct sim *s, const struct sim_shared_map *maps, unsigned n);
/* These are its maps from now on; it has no page of a map. False: out of memory. */
bool sim_shared_take(struct sim *s, const struct sim_shared_map *maps, unsigned n);
/* The page, not given, becomes that of the latest map there. False: there is none. */
bool sim_shared_enter(struct sim *s, uint32_t page, uint32_t rights);
/* `to` has that page of `from` mapped, too. False: out of memory. */
bool sim_shared_copy(struct sim *to, const struct sim *from, uint32_t page);
void sim_memory_close(struct sim *s);
/* Any record of a block may have become void. */
void sim_doubt_blocks(struct sim *s);
/* Records of the page's blocks are void, its translations to be dropped before the next run. */
void sim_stale_code(struct sim *s, uint32_t page);
/* From now on the page's content may change (a memo's notion). False: too many do. */
bool sim_vary(struct sim *s, uint32_t page);
static inline bool sim_varies(const struct sim *s, uint32_t page)
{
	return s->space.vary && s->space.vary[page];
}
/* The host is about to write a word. */
static inline void sim_note(struct sim *s, uint32_t addr)
{
	struct sim_undo *u = &s->space.undo;

	if (u->n == SIM_UNDO)
		u->whole = false;
	if (!u->whole)
		return;
	u->word[u->n].addr = addr;
	__builtin_memcpy(&u->word[u->n++].old, s->space.ram + addr, 4);
}
/* It has written there, what was noted. */
static inline void sim_noted(struct sim *s, uint32_t page)
{
	s->space.pte[page] |= PTE_DIRTY;
	if (s->space.pte[page] & PTE_CODE)
		sim_stale_code(s, page);
	if (s->space.vary && !s->space.vary[page])
		sim_vary(s, page);
}
/* It has written there. */
static inline void sim_touch(struct sim *s, uint32_t page)
{
	s->space.undo.whole = false;
	sim_noted(s, page);
}
/* Is the page one that all spaces of several have? */
static inline bool sim_is_kernels(const struct sim *s, uint32_t page)
{
	return s->config.shared_from && page >= s->config.shared_from / SIM_PAGE;
}
static inline struct sim *sim_owner(struct sim *s)
{
	return s->space.first ? s->space.first : s;
}
/* One of the owner's two counts grows; this space knows of it. */
static inline void sim_kernel_changes(uint64_t *owners, uint64_t *seen)
{
	bool knew = *seen == *owners;

	++*owners;
	if (knew)
		*seen = *owners;
}
/* What a TLB has of the page may be wrong. */
static inline void sim_tlb_stale(struct sim *s, uint32_t page)
{
	s->space.flush_tlb = true;
	if (sim_is_kernels(s, page))
		sim_kernel_changes(&sim_owner(s)->space.kernel_entries, &s->space.seen_entries);
}
/* The page has no D bit any more. The engine does not set it again while its TLB has it; a memo
 * finds out by itself whether a page that varies was written. */
static inline void sim_cleaned(struct sim *s, uint32_t page)
{
	s->space.pte[page] &= ~PTE_DIRTY;
	if (!sim_varies(s, page))
		sim_tlb_stale(s, page);
}
bool sim_find_given(struct sim *s); /* space.given; false: out of memory */
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
/* The page, not given, is written by the caller: nothing is made zero, and its entry is without PTE_USED. */
void sim_page_raw(struct sim *s, uint32_t page, uint32_t rights);
/* The page, not given, whose memory already is what it is to be: translations of it stay. */
void sim_page_again(struct sim *s, uint32_t page, uint32_t rights);
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
static inline void sim_descriptor_read(struct sim *s, uint32_t addr, struct sim_descriptor *d)
{
	d->low = sim_run_ram32(s, addr);
	d->high = sim_run_ram32(s, addr + 4);
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
