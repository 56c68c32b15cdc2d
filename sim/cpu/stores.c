/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stores.c: the engine's short way of a store, where it has one and does not take it.
 *
 * The engine remembers where pages are in a table for each ring. An entry may have a mark: code may have been
 * translated of this page, so each store there first looks for it, and locks what it finds. A page
 * that has none loses the mark with its first store; Unicorn 2.0 keeps it for ever, and such a store costs
 * twenty of the others. So it is taken away here, from pages that may be written and of which nothing is
 * translated, and given back before something is (run/fetch.c).
 *
 * The table is found by what must be in it behind a store, and used only if the self-test then shows that
 * stores, D bits, protection and code that changes are as before. Read next: power/selftest.c.
 */
#include "sim/cpu/cpu.h"

#include <string.h>

#define BEFORE    512u /* bytes before the registers that are searched */
#define ENTRIES   (1u << 22)
#define PAGE_BITS UINT64_C(0xfff)
#define EVERY     256u /* so seldom is looked where nothing was found */

/* As the engine has them: host is what is added to an address. */
struct entry {
	uint64_t read, write, code, host;
};
struct table {
	uint64_t mask; /* of a distance into it */
	uint64_t at;
};

static struct table table_at(const struct sim *s, int place)
{
	struct table t;

	memcpy(&t, s->cpu.state + place, sizeof(t));
	return t;
}

static uint64_t entry_at(const struct table *t, uint32_t page)
{
	return t->at + ((uint64_t)page * sizeof(struct entry) & t->mask);
}

static struct entry *entry_of(const struct sim *s, int place, uint32_t page)
{
	const struct table t = table_at(s, place);

	return (struct entry *)(uintptr_t)entry_at(&t, page); /* NOLINT */
}

/* ---- where ---- */

static bool may_be_table(const struct table *t)
{
	uint64_t entries = t->mask / sizeof(struct entry) + 1;

	return t->mask % sizeof(struct entry) == 0 && entries > 1 && entries <= ENTRIES &&
	       (entries & (entries - 1)) == 0 && t->at % 8 == 0 && t->at >= 4096 &&
	       t->at >> 47 == 0;
}

/* What an entry of a page must be behind a store there; `mark`: its one bit that is no address. */
static bool is_entry(const struct sim *s, const struct entry *e, uint32_t page, uint32_t *mark)
{
	uint64_t at = (uint64_t)page * SIM_PAGE;

	*mark = (uint32_t)(e->write & PAGE_BITS);
	return e->read == at && (e->write & ~PAGE_BITS) == at &&
	       e->host == (uintptr_t)s->space.ram && *mark && (*mark & (*mark - 1)) == 0;
}

bool sim_stores_find(const struct sim *s, uint32_t page, int *place, uint32_t *mark)
{
	unsigned found = 0;

	for (int at = -(int)BEFORE; s->cpu.state && at < 0; at += 8) {
		struct table t;
		struct entry e;
		uint32_t its;

		if (sim_read_safely((uintptr_t)s->cpu.state + (uintptr_t)at, &t, sizeof(t)) !=
			    sizeof(t) ||
		    !may_be_table(&t) ||
		    sim_read_safely(entry_at(&t, page), &e, sizeof(e)) != sizeof(e) ||
		    !is_entry(s, &e, page, &its))
			continue;
		*place = at;
		*mark = its;
		found++;
	}
	return found == 1;
}

bool sim_stores_marked(const struct sim *s, int place, uint32_t page)
{
	const struct entry *e = entry_of(s, place, page);

	return e->write != (uint64_t)page * SIM_PAGE;
}

/* ---- marks ---- */

/* Not of pages that the supervisor alone can write, without WP: nobody compares their code. */
static bool is_plain(const struct sim *s, uint64_t page)
{
	const uint32_t wanted = PTE_PRESENT | PTE_WRITE;

	return page < 1u << 20 && (s->space.pte[page] & (wanted | PTE_CODE)) == wanted;
}

static unsigned ease(struct sim *s, int place)
{
	const struct table t = table_at(s, place);
	const uint64_t mark = s->cpu.layout->stores.mark;
	struct entry *e = (struct entry *)(uintptr_t)t.at; /* NOLINT */
	unsigned n = 0;

	for (struct entry *end = e + t.mask / sizeof(*e) + 1; e < end; e++) {
		if ((e->write & PAGE_BITS) != mark || !is_plain(s, e->write / SIM_PAGE))
			continue;
		e->write &= ~mark;
		n++;
	}
	return n;
}

void sim_stores_ease(struct sim *s)
{
	unsigned n =
		ease(s, s->cpu.layout->stores.place[0]) + ease(s, s->cpu.layout->stores.place[1]);

	s->cpu.ease_every = n ? 1 : s->cpu.ease_every < EVERY ? 2 * s->cpu.ease_every : EVERY;
	s->cpu.ease_in = s->cpu.ease_every;
}

void sim_stores_anew(struct sim *s)
{
	s->cpu.ease_every = s->cpu.ease_in = s->cpu.state && s->cpu.layout->stores.mark ? 1 : 0;
}

void sim_stores_keep(struct sim *s, uint32_t page)
{
	for (unsigned i = 0; s->cpu.ease_every && i < 2; i++) {
		struct entry *e = entry_of(s, s->cpu.layout->stores.place[i], page);

		if (e->write == (uint64_t)page * SIM_PAGE)
			e->write |= s->cpu.layout->stores.mark;
	}
}
