/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.c: snapshots and the digest. A snapshot is the CPU, the counters and a sorted
 * list of pages, each with a reference to an unchanging copy of its content; snapshots
 * and computers share copies, also across threads.
 *
 * A page whose entry has no D bit still equals its clean copy, so
 * saving copies only what changed since the last save or restore, and so does restoring.
 */
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "digests are of little-endian words");

#define RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)

struct saved_page {
	uint32_t page, rights;
	struct sim_page_copy *copy;
};

struct clock_state {
	struct sim_clocks clocks;
	uint32_t model[SIM_TIMING_STATE];
};

struct sim_snapshot {
	struct sim_context *cpu;
	struct sim_counts counts;
	struct clock_state *clock; /* NULL without a timing model */
	uint32_t npages;
	struct saved_page pages[];
};

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

static bool save_page(struct sim *s, uint32_t page, struct saved_page *out)
{
	struct sim_page_copy **clean = &s->space.clean[page / 1024][page % 1024], *copy;
	uint32_t entry = s->space.pte[page];

	if (entry & PTE_DIRTY) {
		if (!sim_copy_new(s->space.ram + (size_t)page * SIM_PAGE, &copy))
			return false;
		sim_copy_put(*clean);
		*clean = copy;
		s->space.pte[page] &= ~PTE_DIRTY;
		s->space.flush_tlb = true;
	}
	*out = (struct saved_page){ page, entry & RIGHTS, sim_copy_get(*clean) };
	return true;
}

enum sim_status sim_save(struct sim *s, struct sim_snapshot **out)
{
	struct sim_snapshot *snap = malloc(sizeof(*snap) + s->space.pages * sizeof(snap->pages[0]));

	s->no_memory |= !snap;
	if (!snap)
		return SIM_ENOMEM;
	snap->npages = 0;
	snap->counts = s->counts;
	snap->cpu = NULL;
	if (!save_clock(s, &snap->clock) || !(snap->cpu = sim_context_new(s))) {
		s->no_memory = true;
		sim_snapshot_free(snap);
		return SIM_ENOMEM;
	}
	sim_context_save(s, snap->cpu);
	for (uint32_t i = 0; i < 1024; i++) {
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++) {
			uint32_t page = i * 1024 + k;

			if (!sim_page_given(s, page))
				continue;
			if (!save_page(s, page, &snap->pages[snap->npages])) {
				s->no_memory = true;
				sim_snapshot_free(snap);
				return SIM_ENOMEM;
			}
			snap->npages++;
		}
	}
	*out = snap;
	return SIM_OK;
}

void sim_snapshot_free(struct sim_snapshot *snap)
{
	if (!snap)
		return;
	for (uint32_t i = 0; i < snap->npages; i++)
		sim_copy_put(snap->pages[i].copy);
	sim_context_free(snap->cpu);
	free(snap->clock);
	free(snap);
}

/* ---- restore ---- */

static bool same_pages(const struct sim *s, const struct sim_snapshot *snap)
{
	for (uint32_t i = 0; i < snap->npages; i++) {
		if (!sim_page_given(s, snap->pages[i].page))
			return false;
	}
	return s->space.pages == snap->npages;
}

static void forget_others(struct sim *s, const struct sim_snapshot *snap)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < 1024; i++) {
		for (uint32_t page = i * 1024; s->space.mapped[i] && page < (i + 1) * 1024;
		     page++) {
			while (at < snap->npages && snap->pages[at].page < page)
				at++;
			if (at == snap->npages || snap->pages[at].page != page)
				sim_page_forget(s, page);
		}
	}
}

static void restore_content(struct sim *s, uint32_t page, const struct sim_page_copy *copy)
{
	uint8_t *data = s->space.ram + (size_t)page * SIM_PAGE;

	if ((s->space.pte[page] & PTE_CODE) && memcmp(data, copy->data, SIM_PAGE) != 0)
		sim_stale_code(s, page);
	memcpy(data, copy->data, SIM_PAGE);
}

static void restore_page(struct sim *s, const struct saved_page *saved)
{
	uint32_t page = saved->page;
	struct sim_page_copy **clean = &s->space.clean[page / 1024][page % 1024];

	if (!sim_page_given(s, page))
		sim_page_fresh(s, page, saved->rights);
	if ((s->space.pte[page] & PTE_DIRTY) || *clean != saved->copy) {
		restore_content(s, page, saved->copy);
		s->space.pte[page] = (s->space.pte[page] & ~PTE_DIRTY) | PTE_USED;
		if (*clean != saved->copy) {
			sim_copy_put(*clean);
			*clean = sim_copy_get(saved->copy);
		}
	}
	if ((s->space.pte[page] & RIGHTS) != saved->rights)
		sim_page_rights(s, page, saved->rights);
}

enum sim_status sim_restore(struct sim *s, const struct sim_snapshot *snap)
{
	uint32_t user_pages = 0; /* those of now are counted by what the guest can write */

	for (uint32_t i = 0; i < snap->npages; i++) {
		if (!sim_page_table_ready(s, snap->pages[i].page))
			return SIM_ENOMEM;
	}
	if (sim_tables_written(s))
		sim_tables_distrust(s);
	if (!same_pages(s, snap))
		forget_others(s, snap);
	for (uint32_t i = 0; i < snap->npages; i++) {
		restore_page(s, &snap->pages[i]);
		user_pages += !!(snap->pages[i].rights & PTE_USER);
	}
	s->space.user_pages = user_pages;
	sim_context_restore(s, snap->cpu);
	s->counts = snap->counts;
	if (snap->clock) {
		s->clock.clocks = snap->clock->clocks;
		memcpy(s->clock.timing.state, snap->clock->model, sizeof(snap->clock->model));
	}
	s->space.flush_tlb = true; /* D bits were cleared, and control registers may differ */
	return SIM_OK;
}

/* ---- digest ---- */

static XXH128_canonical_t hash_bytes(const void *data, size_t size)
{
	XXH128_canonical_t out;

	XXH128_canonicalFromHash(&out, XXH3_128bits(data, size));
	return out;
}

/* Computed by each thread that comes before it is published, written by one. `own` is room for it. */
static const uint8_t *hash_copy(struct sim_page_copy *copy, XXH128_canonical_t *own)
{
	unsigned char state = SIM_NOT_HASHED;

	if (atomic_load_explicit(&copy->hash_state, memory_order_acquire) == SIM_HASHED)
		return copy->hash;
	*own = hash_bytes(copy->data, SIM_PAGE);
	if (atomic_compare_exchange_strong(&copy->hash_state, &state, SIM_HASHING)) {
		memcpy(copy->hash, own->digest, sizeof(copy->hash));
		atomic_store_explicit(&copy->hash_state, SIM_HASHED, memory_order_release);
	}
	return own->digest;
}

static const uint8_t *hash_page(const struct sim *s, uint32_t page, XXH128_canonical_t *own)
{
	if (!(s->space.pte[page] & PTE_DIRTY))
		return hash_copy(s->space.clean[page / 1024][page % 1024], own);
	*own = hash_bytes(s->space.ram + (size_t)page * SIM_PAGE, SIM_PAGE);
	return own->digest;
}

static void digest_cpu(struct sim *s, XXH3_state_t *state)
{
	uint32_t regs[SIM_NREGS], tables[SIM_NTABLES][4];
	uint64_t msr[3];
	uint8_t st[8][10], xmm[8][16];

	for (int i = 0; i < SIM_NREGS; i++)
		regs[i] = sim_reg_get(s, (enum sim_reg)i);
	for (int i = 0; i < SIM_NTABLES; i++) {
		struct sim_table_reg t;

		sim_table_get(s, (enum sim_table)i, &t);
		memcpy(tables[i], (uint32_t[]){ t.base, t.limit, t.flags, t.selector },
		       sizeof(tables[i]));
	}
	for (uint32_t i = 0; i < 3; i++)
		msr[i] = sim_msr_get(s, SIM_MSR_CS + i);
	sim_cpu_wide_regs(s, st, xmm);
	XXH3_128bits_update(state, regs, sizeof(regs));
	XXH3_128bits_update(state, tables, sizeof(tables));
	XXH3_128bits_update(state, msr, sizeof(msr));
	XXH3_128bits_update(state, st, sizeof(st));
	XXH3_128bits_update(state, xmm, sizeof(xmm));
}

void sim_digest(struct sim *s, const void *seed, size_t seed_size, uint8_t out[16])
{
	XXH128_canonical_t end;
	XXH3_state_t state;

	XXH3_128bits_reset(&state);
	if (seed_size)
		XXH3_128bits_update(&state, seed, seed_size);
	for (uint32_t i = 0; i < 1024; i++) {
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++) {
			uint32_t page = i * 1024 + k,
				 head[2] = { page, s->space.pte[page] & RIGHTS };
			XXH128_canonical_t own;
			const uint8_t *hash;

			if (!sim_page_given(s, page))
				continue;
			hash = hash_page(s, page, &own);
			XXH3_128bits_update(&state, head, sizeof(head));
			XXH3_128bits_update(&state, hash, sizeof(own.digest));
		}
	}
	digest_cpu(s, &state);
	XXH3_128bits_update(&state, &s->counts, sizeof(s->counts));
	if (s->clock.timing.model) {
		XXH3_128bits_update(&state, &s->clock.clocks, sizeof(s->clock.clocks));
		XXH3_128bits_update(&state, s->clock.timing.state, sizeof(s->clock.timing.state));
	}
	XXH128_canonicalFromHash(&end, XXH3_128bits_digest(&state));
	memcpy(out, end.digest, 16);
}
