/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.c: snapshots and the digest. A snapshot is the CPU, the counters and pages, each with a
 * reference to an unchanging copy of its content (copy.c). It lists the pages that differ from
 * those of its base, another snapshot, which lists all: both have the same pages.
 *
 * A page whose entry has no D bit still equals its clean copy, so
 * saving copies only what changed since the last save or restore, and so does restoring. Where
 * the host alone has changed few words since (a memo does), these are undone.
 */
#include "sim/state/state.h"
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Which of a page's entry a snapshot has. */
#define KEPT        (RIGHTS | PTE_SHARED)
#define COUNT_WORDS (sizeof(struct sim_counts) / 8)

_Static_assert(sizeof(struct sim_counts) % 8 == 0, "counts are 64-bit words");

struct saved_page {
	uint32_t page, rights;
	struct sim_page_copy *copy;
};

struct clock_state {
	struct sim_clocks clocks;
	uint32_t model[SIM_TIMING_STATE];
};

struct sim_snapshot {
	atomic_uint refs;
	uint64_t number; /* no other has it */
	enum sim_part part;
	struct sim_snapshot *base;
	struct sim_sparse *cpu, *counts; /* NULL: of user pages alone */
	uint64_t rest;                   /* struct sim has it */
	struct clock_state *clock;       /* NULL without a timing model */
	struct sim_shared_map *maps;     /* of user pages */
	unsigned nmaps;
	uint32_t user_pages, npages;
	struct saved_page pages[];
};

static uint64_t next_number(void)
{
	static atomic_uint_fast64_t number;

	return atomic_fetch_add_explicit(&number, 1, memory_order_relaxed) + 1;
}

/* ---- save ---- */

/* False: out of memory. */
static bool save_clock(const struct sim *s, struct clock_state **out)
{
	*out = NULL;
	if (!s->clock.timing.model)
		return true;
	*out = malloc(sizeof(**out));
	if (!*out)
		return false;
	(*out)->clocks = s->clock.clocks;
	memcpy((*out)->model, s->clock.timing.state, sizeof((*out)->model));
	return true;
}

static bool is_like(const struct sim *s, uint32_t page, const struct sim_page_copy *copy)
{
	uint8_t data[SIM_PAGE];

	sim_copy_read(copy, data);
	return memcmp(data, s->space.ram + (size_t)page * SIM_PAGE, SIM_PAGE) == 0;
}

/* A page of a map, that nobody has changed. */
static bool is_still(const struct sim *s, uint32_t page, const struct sim_page_copy *clean)
{
	return !(s->space.pte[page] & PTE_DIRTY) && is_like(s, page, clean);
}

/* Each page equals its clean copy afterwards. */
static bool clean_page(struct sim *s, uint32_t page)
{
	struct sim_page_copy **clean = &s->space.clean[page / 1024][page % 1024], *copy;

	if (!(s->space.pte[page] & CHANGED) || is_still(s, page, *clean))
		return true;
	copy = sim_copy_new(s->space.ram + (size_t)page * SIM_PAGE, *clean);
	if (!copy)
		return false;
	sim_copy_put(*clean);
	*clean = copy;
	s->space.pte[page] |= PTE_USED; /* which D alone may have said */
	sim_cleaned(s, page);
	return true;
}

static struct saved_page page_now(const struct sim *s, uint32_t page)
{
	return (struct saved_page){ page, s->space.pte[page] & KEPT,
				    s->space.clean[page / 1024][page % 1024] };
}

static bool same_page(const struct saved_page *a, const struct saved_page *b)
{
	return a->rights == b->rights && a->copy == b->copy;
}

/* The pages of a part: of space.given, those from *begin on and before the result. */
static uint32_t pages_of(const struct sim *s, enum sim_part part, uint32_t *begin)
{
	uint32_t first = s->config.shared_from / SIM_PAGE, low = 0, high = s->space.pages;

	*begin = 0;
	if (part == SIM_PART_ALL)
		return s->space.pages;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (s->space.given[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	*begin = part == SIM_PART_KERNEL ? low : 0;
	return part == SIM_PART_KERNEL ? s->space.pages : low;
}

static uint32_t number_of_pages(const struct sim *s, enum sim_part part)
{
	uint32_t begin, end = pages_of(s, part, &begin);

	return end - begin;
}

/* How many pages differ from the base's; UINT32_MAX: it has other pages, or too many differ. */
static uint32_t differing(const struct sim *s, enum sim_part part, const struct sim_snapshot *base)
{
	uint32_t n = 0, begin, end = pages_of(s, part, &begin);

	if (!base || base->npages != end - begin)
		return UINT32_MAX;
	for (uint32_t i = begin; i < end; i++) {
		struct saved_page now = page_now(s, s->space.given[i]);
		const struct saved_page *was = &base->pages[i - begin];

		if (was->page != now.page)
			return UINT32_MAX;
		n += !same_page(was, &now);
	}
	return n <= (end - begin) / 2 ? n : UINT32_MAX;
}

struct sim_snapshot *sim_snapshot_share(struct sim_snapshot *snap)
{
	atomic_fetch_add_explicit(&snap->refs, 1, memory_order_relaxed);
	return snap;
}

bool sim_snapshot_has_shared(const struct sim_snapshot *snap)
{
	return snap->nmaps;
}

/* Where the base of a part is remembered: of the kernel's pages, which all spaces have, once. */
static struct sim_snapshot **base_of(struct sim *s, enum sim_part part)
{
	return &(part == SIM_PART_KERNEL ? sim_owner(s) : s)->saved.base[part];
}

static void take_base(struct sim *s, enum sim_part part, struct sim_snapshot *base)
{
	struct sim_snapshot **slot = base_of(s, part), *old = *slot;

	*slot = base ? sim_snapshot_share(base) : NULL;
	sim_snapshot_free(old);
}

static bool save_maps(const struct sim *s, struct sim_snapshot *snap)
{
	if (snap->part == SIM_PART_KERNEL || !s->space.nmaps)
		return true;
	snap->maps = sim_shared_list(s->space.maps, s->space.nmaps);
	snap->nmaps = snap->maps ? s->space.nmaps : 0;
	return snap->maps != NULL;
}

static void save_pages(struct sim *s, struct sim_snapshot *snap)
{
	uint32_t begin, end = pages_of(s, snap->part, &begin);

	for (uint32_t i = begin; i < end; i++) {
		struct saved_page now = page_now(s, s->space.given[i]);

		if (snap->base && same_page(&snap->base->pages[i - begin], &now))
			continue;
		sim_copy_get(now.copy);
		snap->pages[snap->npages++] = now;
	}
}

static struct sim_snapshot *new_snapshot(struct sim *s, enum sim_part part)
{
	struct sim_snapshot *snap, *base;
	uint32_t n, begin, end;

	if (!sim_find_given(s))
		return NULL;
	end = pages_of(s, part, &begin);
	for (uint32_t i = begin; i < end; i++)
		if (!clean_page(s, s->space.given[i]))
			return NULL;
	n = differing(s, part, *base_of(s, part));
	base = n == UINT32_MAX ? NULL : *base_of(s, part);
	snap = malloc(sizeof(*snap) + (base ? n : end - begin) * sizeof(snap->pages[0]));
	if (!snap)
		return NULL;
	*snap = (struct sim_snapshot){ .number = next_number(),
				       .part = part,
				       .user_pages = s->space.user_pages };
	atomic_init(&snap->refs, 1);
	snap->base = base ? sim_snapshot_share(base) : NULL;
	save_pages(s, snap);
	if (!save_maps(s, snap)) {
		sim_snapshot_free(snap);
		return NULL;
	}
	if (!base)
		take_base(s, part, snap);
	return snap;
}

/* The computer is as in the snapshot; what is written from now on is noted. */
static void note_from(struct sim *s, const struct sim_snapshot *snap)
{
	s->space.undo.at = snap->number;
	s->space.undo.n = 0;
	s->space.undo.whole = snap->part == SIM_PART_ALL;
}

static bool save_cpu(struct sim *s, struct sim_snapshot *snap)
{
	snap->rest = s->cpu.rest;
	return save_clock(s, &snap->clock) && (snap->cpu = sim_context_pack(s)) &&
	       (snap->counts = sim_sparse_new(s->counts, COUNT_WORDS));
}

enum sim_status sim_save_part(struct sim *s, enum sim_part part, struct sim_snapshot **out)
{
	struct sim_snapshot *snap = new_snapshot(s, part);

	if (!snap || (part != SIM_PART_USER && !save_cpu(s, snap))) {
		s->no_memory = true;
		sim_snapshot_free(snap);
		return SIM_ENOMEM;
	}
	note_from(s, snap);
	*out = snap;
	return SIM_OK;
}

enum sim_status sim_save(struct sim *s, struct sim_snapshot **out)
{
	return sim_save_part(s, SIM_PART_ALL, out);
}

void sim_snapshot_free(struct sim_snapshot *snap)
{
	if (!snap || atomic_fetch_sub_explicit(&snap->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < snap->npages; i++)
		sim_copy_put(snap->pages[i].copy);
	sim_snapshot_free(snap->base);
	sim_shared_list_free(snap->maps, snap->nmaps);
	free(snap->cpu);
	free(snap->counts);
	free(snap->clock);
	free(snap);
}

#define CPU_BYTES 8192u /* of registers and counters, about */

size_t sim_snapshot_bytes(const struct sim_snapshot *snap)
{
	size_t bytes = sizeof(*snap) + snap->npages * sizeof(snap->pages[0]) +
		       (snap->cpu ? CPU_BYTES : 0) + (snap->clock ? sizeof(*snap->clock) : 0);

	for (uint32_t i = 0; i < snap->npages; i++)
		bytes += sim_copy_bytes(snap->pages[i].copy);
	if (snap->base)
		bytes += sim_snapshot_bytes(snap->base) /
			 atomic_load_explicit(&snap->base->refs, memory_order_relaxed);
	return bytes;
}

void sim_state_close(struct sim *s)
{
	for (enum sim_part part = 0; part < SIM_PARTS; part++)
		sim_snapshot_free(s->saved.base[part]);
	sim_context_free(s->saved.cpu);
}

/* ---- restore ---- */

static const struct sim_snapshot *all_pages(const struct sim_snapshot *snap)
{
	return snap->base ? snap->base : snap;
}

static bool same_pages(const struct sim *s, const struct sim_snapshot *all)
{
	for (uint32_t i = 0; i < all->npages; i++) {
		if (!sim_page_given(s, all->pages[i].page))
			return false;
	}
	return number_of_pages(s, all->part) == all->npages;
}

static void forget_others(struct sim *s, const struct sim_snapshot *all)
{
	uint32_t at = 0, shared = s->config.shared_from >> 22;
	uint32_t begin = all->part == SIM_PART_KERNEL ? shared : 0;
	uint32_t end = all->part == SIM_PART_USER ? shared : 1024;

	for (uint32_t i = begin; i < end; i++) {
		for (uint32_t page = i * 1024; s->space.mapped[i] && page < (i + 1) * 1024;
		     page++) {
			while (at < all->npages && all->pages[at].page < page)
				at++;
			if (at == all->npages || all->pages[at].page != page)
				sim_page_forget(s, page);
		}
	}
}

/* With its maps go their pages. */
static bool restore_maps(struct sim *s, const struct sim_snapshot *snap)
{
	if (snap->part == SIM_PART_KERNEL || sim_shared_same(s, snap->maps, snap->nmaps))
		return true;
	for (uint32_t i = 0; i < 1024; i++)
		for (uint32_t page = i * 1024; s->space.mapped[i] && page < (i + 1) * 1024; page++)
			if (s->space.pte[page] & PTE_SHARED)
				sim_page_forget(s, page);
	return sim_shared_take(s, snap->maps, snap->nmaps);
}

static void restore_content(struct sim *s, uint32_t page, const struct sim_page_copy *copy)
{
	uint8_t *data = s->space.ram + (size_t)page * SIM_PAGE, before[SIM_PAGE];
	bool code = s->space.pte[page] & PTE_CODE;

	if (code)
		memcpy(before, data, SIM_PAGE);
	sim_copy_read(copy, data);
	if (code && memcmp(data, before, SIM_PAGE) != 0)
		sim_stale_code(s, page);
	if (s->space.vary && !s->space.vary[page])
		sim_vary(s, page);
}

/* The page is not there, or is there with another memory. */
static bool new_page(struct sim *s, const struct saved_page *saved)
{
	if (sim_page_given(s, saved->page))
		sim_page_forget(s, saved->page);
	if (saved->rights & PTE_SHARED)
		return sim_shared_enter(s, saved->page, saved->rights & RIGHTS);
	if ((s->space.pte[saved->page] & PTE_CODE) && is_like(s, saved->page, saved->copy))
		sim_page_again(s, saved->page, saved->rights);
	else
		sim_page_fresh(s, saved->page, saved->rights);
	return true;
}

static bool restore_page(struct sim *s, const struct saved_page *saved)
{
	uint32_t page = saved->page;
	struct sim_page_copy **clean = &s->space.clean[page / 1024][page % 1024];

	if ((!sim_page_given(s, page) || ((s->space.pte[page] ^ saved->rights) & PTE_SHARED)) &&
	    !new_page(s, saved))
		return false;
	if ((s->space.pte[page] & CHANGED) || *clean != saved->copy) {
		restore_content(s, page, saved->copy);
		s->space.pte[page] |= PTE_USED;
		sim_cleaned(s, page);
		if (*clean != saved->copy) {
			sim_copy_put(*clean);
			*clean = sim_copy_get(saved->copy);
		}
	}
	if ((s->space.pte[page] & KEPT) != saved->rights)
		sim_page_rights(s, page, saved->rights & RIGHTS);
	return true;
}

static bool restore_pages(struct sim *s, const struct sim_snapshot *snap)
{
	const struct sim_snapshot *all = all_pages(snap);
	uint32_t own = 0;

	for (uint32_t i = 0; i < all->npages; i++) {
		if (!sim_page_table_ready(s, all->pages[i].page))
			return false;
	}
	if (sim_tables_written(s))
		sim_tables_distrust(s);
	if (!restore_maps(s, snap) || (snap->part != SIM_PART_ALL && !sim_find_given(s)))
		return false;
	if (!same_pages(s, all))
		forget_others(s, all);
	for (uint32_t i = 0; i < all->npages; i++) {
		bool other = snap->base && own < snap->npages &&
			     snap->pages[own].page == all->pages[i].page;

		if (!restore_page(s, other ? &snap->pages[own++] : &all->pages[i]))
			return false;
	}
	if (snap->part != SIM_PART_KERNEL)
		/* Those of now were counted by what the guest can write. */
		s->space.user_pages = snap->user_pages;
	return true;
}

/* Back to where noting began: the pages are those, and were clean. */
static void undo(struct sim *s)
{
	while (s->space.undo.n) {
		const struct sim_undo_word *w = &s->space.undo.word[--s->space.undo.n];

		memcpy(s->space.ram + w->addr, &w->old, 4);
		for (uint32_t k = 0; k < 4; k += 3) {
			uint32_t page = (w->addr + k) / SIM_PAGE;

			sim_cleaned(s, page);
			if (s->space.pte[page] & PTE_CODE)
				sim_stale_code(s, page);
		}
	}
}

/* The CPU and the counts of the snapshot that is restored again and again are held at hand. */
static bool hold(struct sim *s, const struct sim_snapshot *snap)
{
	if (s->saved.number == snap->number)
		return true;
	if (!s->saved.cpu)
		s->saved.cpu = sim_context_new(s);
	if (!s->saved.cpu) {
		s->no_memory = true;
		return false;
	}
	sim_context_unpack(s, snap->cpu, snap->rest, s->saved.cpu);
	sim_sparse_get(snap->counts, &s->saved.counts, COUNT_WORDS);
	s->saved.number = snap->number;
	return true;
}

static void restore_cpu(struct sim *s, const struct sim_snapshot *snap)
{
	/* Control registers are among the rest. */
	s->space.flush_tlb |= !s->cpu.rest || s->cpu.rest != snap->rest;
	sim_context_restore(s, s->saved.cpu);
	*s->counts = s->saved.counts;
	if (snap->clock) {
		s->clock.clocks = snap->clock->clocks;
		memcpy(s->clock.timing.state, snap->clock->model, sizeof(snap->clock->model));
	}
}

enum sim_status sim_restore(struct sim *s, const struct sim_snapshot *snap)
{
	struct sim_snapshot *all = snap->base ? snap->base : (struct sim_snapshot *)snap;

	if (snap->cpu && !hold(s, snap))
		return SIM_ENOMEM;
	if (s->space.undo.whole && s->space.undo.at == snap->number)
		undo(s);
	else if (!restore_pages(s, snap))
		return SIM_ENOMEM;
	if (*base_of(s, snap->part) != all)
		take_base(s, snap->part, all);
	if (snap->cpu)
		restore_cpu(s, snap);
	note_from(s, snap);
	return SIM_OK;
}
