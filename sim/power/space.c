/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * space.c: several address spaces of one computer. Each has an engine, and its own user pages; the
 * kernel's pages are the same memory in all (memory/memory.c), and the counts the same. One runs at a
 * time: the CPU is carried from engine to engine, and clocks with it.
 */
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/delivery/delivery.h"
#include "sim/memory/memory.h"
#include "sim/power/power.h"

#include <string.h>

#define RIGHTS (PTE_PRESENT | PTE_WRITE | PTE_USER)

enum sim_status sim_space_open(struct sim *of, struct sim **out, struct sim_error *err)
{
	struct sim *s;
	struct sim_error ignored;
	enum sim_status status = sim_power_up(&of->config, sim_owner(of), &s, err ? err : &ignored);

	if (status != SIM_OK)
		return status;
	s->out_fn = of->out_fn;
	s->out_user = of->out_user;
	s->entry_fn = of->entry_fn;
	s->entry_user = of->entry_user;
	s->exact = of->exact;
	s->clock.timing = of->clock.timing;
	s->clock.addresses = of->clock.addresses;
	s->clock.fn = of->clock.fn;
	s->clock.user = of->clock.user;
	status = sim_set_regions(s, of->regions, of->nregions, of->elsewhere);
	if (status != SIM_OK) {
		sim_close(s);
		return status;
	}
	sim_spots_trace(s);
	*out = s;
	return SIM_OK;
}

static uint32_t user_tables(const struct sim *s)
{
	return s->config.shared_from >> 22;
}

#define WORN_OUT (1u << 20) /* bytes: some fifty MiB of the engine's */

/* Where the guest has not written entries itself, they say of which pages the memory is still zero. */
bool sim_space_clear(struct sim *s)
{
	const uint32_t may_be_used = sim_tables_written(s) ? 0 : PTE_USED | PTE_DIRTY;

	for (uint32_t i = 0; i < user_tables(s); i++) {
		for (uint32_t k = 0; s->space.mapped[i] && k < 1024; k++) {
			uint32_t page = i * 1024 + k, old = s->space.pte[page];

			if (!sim_page_given(s, page))
				continue;
			sim_page_forget(s, page);
			if (may_be_used && !(old & may_be_used))
				s->space.pte[page] &= ~PTE_USED;
		}
	}
	sim_shared_close(s);
	if (s->cpu.debug.used)
		sim_debug_forget(s);
	return s->cpu.translated < WORN_OUT;
}

/* The same bytes lay there before, and the engine may have translated them: so they stay as they
 * are. Else the page is put there, as the host puts pages. */
static void inherit(struct sim *to, const struct sim *from, uint32_t page)
{
	const uint32_t entry = from->space.pte[page], old = to->space.pte[page];
	const uint8_t *data = from->space.ram + (size_t)page * SIM_PAGE;
	uint8_t *into = to->space.ram + (size_t)page * SIM_PAGE;
	struct sim_page_copy **clean = &to->space.clean[page / 1024][page % 1024];
	bool used = entry & (PTE_USED | PTE_DIRTY);

	if ((old & PTE_CODE) && used && memcmp(into, data, SIM_PAGE) == 0) {
		sim_page_again(to, page, entry & RIGHTS);
	} else if (used) {
		sim_page_raw(to, page, entry & RIGHTS);
		memcpy(into, data, SIM_PAGE);
	} else {
		sim_page_fresh(to, page, entry & RIGHTS);
		return;
	}
	to->space.pte[page] |= PTE_USED | (entry & PTE_DIRTY);
	sim_copy_put(*clean);
	*clean = sim_copy_get(from->space.clean[page / 1024][page % 1024]);
}

enum sim_status sim_space_copy(struct sim *to, struct sim *from)
{
	for (uint32_t i = 0; i < user_tables(from); i++) {
		for (uint32_t k = 0; from->space.mapped[i] && k < 1024; k++) {
			uint32_t page = i * 1024 + k;

			if (!sim_page_given(from, page))
				continue;
			if (!sim_page_table_ready(to, page))
				return SIM_ENOMEM;
			if (!(from->space.pte[page] & PTE_SHARED))
				inherit(to, from, page);
			else if (!sim_shared_copy(to, from, page))
				return SIM_ENOMEM;
		}
	}
	return SIM_OK;
}

enum sim_status sim_space_carry(struct sim *to, struct sim *from)
{
	if (to == from)
		return SIM_OK;
	if (!from->cpu.carried)
		from->cpu.carried = sim_context_new(from);
	if (!from->cpu.carried)
		return SIM_ENOMEM;
	sim_context_save(from, from->cpu.carried);
	sim_context_restore(to, from->cpu.carried);
	to->cpu.rest = 0;
	if (from->clock.timing.model) {
		to->clock.clocks = from->clock.clocks;
		memcpy(to->clock.timing.state, from->clock.timing.state,
		       sizeof(to->clock.timing.state));
	}
	return SIM_OK;
}

/* ---- its FPU, which a kernel saves and loads on the way ---- */

static bool is_image(const struct sim *s, uint32_t addr, bool write)
{
	uint32_t bad;

	return addr % 16 == 0 && addr <= UINT32_MAX - SIM_FPU_IMAGE &&
	       sim_reachable(s, addr, SIM_FPU_IMAGE, write, &bad) &&
	       sim_page_given(s, addr / SIM_PAGE) &&
	       sim_page_given(s, (addr + SIM_FPU_IMAGE - 1) / SIM_PAGE);
}

bool sim_fxsave(struct sim *s, uint32_t addr)
{
	if (!is_image(s, addr, true) || !sim_fpu_save(s, s->space.ram + addr))
		return false;
	sim_touch(s, addr / SIM_PAGE);
	sim_touch(s, (addr + SIM_FPU_IMAGE - 1) / SIM_PAGE);
	return true;
}

bool sim_fxrstor(struct sim *s, uint32_t addr)
{
	return is_image(s, addr, false) && sim_fpu_load(s, s->space.ram + addr);
}
