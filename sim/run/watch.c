/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.c: code that its program can change.
 *
 * The engine's memory is "not executable", so that it asks for what it translates (fetch.c).
 * Unicorn 2.1 then misses stores to what it has translated, and 2.0.1 begins the storing
 * instruction anew without a word. So what it reads of a writable page is kept, and before each
 * instruction there its bytes are compared: where they have changed, the run is left, the page's
 * translations go, and it begins anew at this instruction; and what is begun is remembered, for
 * the count (count.c). Pages that nobody can write cost nothing.
 */
#include "sim/run/run.h"

#include <stdlib.h>
#include <string.h>

struct sim_watch {
	struct sim_watch *next; /* in its chain of the index */
	uint32_t page;
	size_t hook;
	uint8_t seen[SIM_PAGE / 8]; /* a bit for each byte that was translated, */
	uint8_t bytes[SIM_PAGE];    /* as it was then */
};

static struct sim_watch *find(const struct sim *s, uint32_t page)
{
	struct sim_watch *w = s->cpu.watches[page % SIM_WATCHES];

	while (w && w->page != page)
		w = w->next;
	return w;
}

static bool is_seen(const struct sim_watch *w, uint32_t at)
{
	return w->seen[at / 8] >> at % 8 & 1;
}

/* As the program left it: two bytes may be hidden from the engine. */
static uint8_t program_byte(const struct sim *s, uint32_t addr)
{
	return s->cpu.shielded && addr - s->cpu.shield_addr < 2 ?
		       s->cpu.shield_saved[addr - s->cpu.shield_addr] :
		       s->space.ram[addr];
}

static bool changed(const struct sim *s, uint32_t addr, uint32_t size)
{
	const struct sim_watch *w = NULL;

	for (uint32_t i = 0; i < size; i++, addr++) {
		if (!w || w->page != addr / SIM_PAGE)
			w = find(s, addr / SIM_PAGE);
		if (w && is_seen(w, addr % SIM_PAGE) &&
		    w->bytes[addr % SIM_PAGE] != program_byte(s, addr))
			return true;
	}
	return false;
}

static void on_watched(struct uc_struct *uc, uint64_t address, uint32_t size, void *user)
{
	uint32_t addr = (uint32_t)address;
	struct sim *s = user;

	(void)uc;
	sim_shield_lift(s);
	if (s->cpu.firmware_runs || s->run.stop >= 0 || s->run.rewind)
		return;
	size = size && size <= 15 ? size : 15; /* of what is no instruction it is not known */
	if (!changed(s, addr, size)) {
		s->run.begun = addr;
		s->run.begun_esp = sim_reg_get(s, SIM_ESP);
		/* What a guard keeps, before us or behind us, is its own. */
		if (s->cpu.layout->keep_flags || (s->run.kept_flags && !sim_spot_known(s, addr)))
			sim_keep_flags(s, addr);
		return;
	}
	s->run.left = addr;
	sim_count_settle(s, addr);
	/* It has not run yet: its breakpoint does not count. */
	if (s->run.begun == UINT64_MAX && addr == s->run.resume_eip)
		sim_resumed_here(s);
	sim_stale_code(s, addr / SIM_PAGE);
	if ((addr + size - 1) / SIM_PAGE != addr / SIM_PAGE)
		sim_stale_code(s, (addr + size - 1) / SIM_PAGE);
	sim_leave_and_return(s, addr);
}

static bool hook(struct sim *s, struct sim_watch *w)
{
	uint32_t first = w->page * SIM_PAGE;

	return sim_engine_hook(s, &w->hook, on_watched, s, first, first + SIM_PAGE - 1);
}

static void begin(struct sim *s, uint32_t page)
{
	struct sim_watch *w = calloc(1, sizeof(*w));

	if (w)
		w->page = page;
	if (!w || !hook(s, w)) {
		free(w);
		s->no_memory = true;
		sim_stop_now(s, SIM_BROKEN, "out of memory watching the code at %08x",
			     page * SIM_PAGE);
		return;
	}
	w->next = s->cpu.watches[page % SIM_WATCHES];
	s->cpu.watches[page % SIM_WATCHES] = w;
}

bool sim_watch_read(struct sim *s, uint32_t addr, uint32_t size)
{
	const uint32_t writable = PTE_PRESENT | PTE_WRITE;

	for (uint32_t end = addr + size; addr != end; addr++) {
		uint32_t page = addr / SIM_PAGE, at = addr % SIM_PAGE;
		struct sim_watch *w;

		if ((s->space.pte[page] & writable) != writable)
			continue;
		w = find(s, page);
		if (!w) {
			begin(s, page);
			return false;
		}
		if (is_seen(w, at) && w->bytes[at] != program_byte(s, addr)) {
			sim_stale_code(s, page);
			return false;
		}
		s->space.pte[page] |= PTE_CODE; /* else nobody would forget what is seen now */
		w->seen[at / 8] |= (uint8_t)(1 << at % 8);
		w->bytes[at] = program_byte(s, addr);
	}
	return true;
}

void sim_watch_forget(struct sim *s, uint32_t page)
{
	struct sim_watch **at = &s->cpu.watches[page % SIM_WATCHES], *w;

	while (*at && (*at)->page != page)
		at = &(*at)->next;
	w = *at;
	if (!w)
		return;
	if (s->space.pte[page] & PTE_WRITE) {
		memset(w->seen, 0, sizeof(w->seen));
		return;
	}
	*at = w->next;
	sim_engine_unhook(s, w->hook);
	free(w);
}

bool sim_watch_renew(struct sim *s)
{
	for (unsigned i = 0; i < SIM_WATCHES; i++) {
		for (struct sim_watch *w = s->cpu.watches[i]; w; w = w->next) {
			if (!hook(s, w))
				return false;
		}
	}
	return true;
}

void sim_watch_close(struct sim *s)
{
	for (unsigned i = 0; i < SIM_WATCHES; i++) {
		while (s->cpu.watches[i]) {
			struct sim_watch *w = s->cpu.watches[i];

			s->cpu.watches[i] = w->next;
			free(w);
		}
	}
}
