/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync.c: what must be written back before the CPU runs: translations of code that has changed
 * behind it, with all that hangs on them, and the TLB.
 */
#include "sim/run/run.h"

/* The engine cannot drop translations of a page that is not present. The entry keeps
 * PTE_CODE, and the page becomes stale again when it becomes present. So does the entry of a page
 * that several spaces have: it is one for all their engines. */
static void drop_code(struct sim *s, uint32_t page)
{
	if ((s->space.pte[page] & (PTE_PRESENT | PTE_CODE)) == (PTE_PRESENT | PTE_CODE)) {
		sim_spots_drop(s, page);
		sim_cpu_drop_code(s, page);
		sim_watch_forget(s, page);
		if (!s->config.shared_from || page < s->config.shared_from / SIM_PAGE)
			s->space.pte[page] &= ~PTE_CODE;
	}
}

void sim_memory_drop_code(struct sim *s)
{
	for (uint32_t i = 0; i < 1024; i++) {
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++)
			drop_code(s, i * 1024 + k);
	}
}

/* What has changed of the pages that all spaces have, by way of another. */
static void hear_of_kernel(struct sim *s)
{
	const struct sim_space *owner = &sim_owner(s)->space;

	s->space.flush_tlb |= s->space.seen_entries != owner->kernel_entries;
	s->space.drop_all |= s->space.seen_code != owner->kernel_code;
	s->space.seen_entries = owner->kernel_entries;
	s->space.seen_code = owner->kernel_code;
}

static void renew(struct sim *s)
{
	sim_memory_drop_code(s); /* at its end the engine leaks what it has */
	if (sim_cpu_renew(s) && sim_spots_renew(s) && sim_watch_renew(s))
		return;
	s->no_memory = true;
	sim_stop_now(s, SIM_BROKEN, "out of memory for another engine");
}

void sim_memory_sync(struct sim *s)
{
	if (sim_engine_is_full(s))
		renew(s);
	if (s->config.shared_from)
		hear_of_kernel(s);
	for (unsigned i = 0; i < s->space.nstale; i++)
		drop_code(s, s->space.stale[i]);
	s->space.nstale = 0;
	if (s->space.drop_all) {
		s->space.drop_all = false;
		sim_blocks_drop_all(s);
		sim_spots_collect(s);
		sim_memory_drop_code(s);
	}
	if (s->space.flush_tlb) {
		s->space.flush_tlb = false;
		sim_firmware(s, SIM_FIRMWARE_FLUSH);
		sim_stores_anew(s);
	}
}
