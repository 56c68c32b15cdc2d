/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c: 4 GiB of sparse memory and the page tables that guard it.
 *
 * Guest address A is host address ram + A, and linear = physical. What the guest may
 * touch is decided by the page tables in its memory alone, so each bad access is a
 * true page fault. What we know of a page is in its entry (computer.h); but since the guest's
 * kernel can write there, which pages there are is known by their clean copies.
 * Read next: state.c, which uses the entries' D bits.
 */
#define _GNU_SOURCE /* memfd_create */
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_SIZE (UINT64_C(1) << 32)
#define RIGHTS   (PTE_PRESENT | PTE_WRITE | PTE_USER)

/* ---- the computer's own pages ---- */

static bool is_own(const struct sim *s, uint32_t page)
{
	const struct sim_config *c = &s->config;

	return page - c->page_tables / SIM_PAGE < 1024 || page == c->page_directory / SIM_PAGE ||
	       page == c->firmware / SIM_PAGE;
}

/* The entries of the computer's own pages. The supervisor finds the tables at their own addresses. */
static uint32_t own_entry(const struct sim *s, uint32_t page)
{
	if (page == s->config.page_directory / SIM_PAGE)
		return 0;
	return page * SIM_PAGE | PTE_PRESENT | PTE_ACCESSED |
	       (page == s->config.firmware / SIM_PAGE ? 0 : PTE_WRITE);
}

static void write_own_pages(struct sim *s)
{
	const struct sim_config *c = &s->config;
	uint32_t *directory = (uint32_t *)(void *)(s->space.ram + c->page_directory);

	for (uint32_t i = 0; i < 1024; i++) {
		uint32_t table = c->page_tables / SIM_PAGE + i;

		directory[i] = table * SIM_PAGE | RIGHTS | PTE_ACCESSED;
		s->space.pte[table] = own_entry(s, table);
	}
	s->space.pte[c->page_directory / SIM_PAGE] = own_entry(s, c->page_directory / SIM_PAGE);
	s->space.pte[c->firmware / SIM_PAGE] = own_entry(s, c->firmware / SIM_PAGE);
}

/* The pages that all spaces have, as one file's; but each has its own entries of its user pages. */
static bool share_kernel(struct sim *s, const struct sim *first, uint8_t *ram)
{
	const uint32_t from = s->config.shared_from, entries = (from >> 12) * 4;
	const size_t size = RAM_SIZE - from;

	s->space.kernel_fd =
		first ? dup(first->space.kernel_fd) : memfd_create("kernel", MFD_CLOEXEC);
	if (s->space.kernel_fd < 0 || (!first && ftruncate(s->space.kernel_fd, (off_t)size) < 0))
		return false;
	return mmap(ram + from, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED | MAP_NORESERVE, s->space.kernel_fd, 0) != MAP_FAILED &&
	       mmap(ram + s->config.page_tables, entries, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

/* What is known of the kernel's pages is one thing for all; they are given before there is a
 * second space. */
static void adopt_kernel(struct sim *s, const struct sim *first)
{
	s->space.seen_entries = first->space.kernel_entries;
	s->space.seen_code = first->space.kernel_code;
	for (uint32_t i = s->config.shared_from >> 22; i < 1024; i++) {
		s->space.clean[i] = first->space.clean[i];
		s->space.mapped[i] = first->space.mapped[i];
		s->space.pages += first->space.mapped[i];
	}
}

enum sim_status sim_memory_open(struct sim *s, struct sim *first)
{
	uint8_t *ram = mmap(NULL, RAM_SIZE + SIM_MARGIN, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	s->space.first = first;
	s->space.kernel_fd = -1;
	if (ram == MAP_FAILED)
		return SIM_ENOMEM;
	s->space.ram = ram;
	s->space.pte = (uint32_t *)(void *)(ram + s->config.page_tables);
	if (s->config.shared_from && !share_kernel(s, first, ram))
		return SIM_ENOMEM;
	if (first)
		adopt_kernel(s, first);
	write_own_pages(s);
	return SIM_OK;
}

bool sim_find_given(struct sim *s)
{
	struct sim_space *m = &s->space;
	uint32_t *given, n = 0;

	if (m->ngiven == m->pages)
		return true;
	given = realloc(m->given, m->pages * sizeof(*given));
	if (!given)
		return false;
	for (uint32_t i = 0; i < 1024; i++)
		for (uint32_t k = 0; m->mapped[i] && k < 1024; k++)
			if (sim_page_given(s, i * 1024 + k))
				given[n++] = i * 1024 + k;
	m->given = given;
	m->ngiven = n;
	return true;
}

bool sim_vary(struct sim *s, uint32_t page)
{
	struct sim_space *m = &s->space;

	m->changes++;
	if (m->nvarying == SIM_VARYING)
		return false;
	m->varying[m->nvarying++] = page;
	m->vary[page] = (uint8_t)m->nvarying;
	return true;
}

void sim_memory_close(struct sim *s)
{
	unsigned own = s->space.first ? s->config.shared_from >> 22 : 1024;

	free(s->space.given);
	free(s->space.vary);
	sim_shared_close(s);
	if (s->space.ram && s->space.kernel_fd >= 0)
		close(s->space.kernel_fd);
	for (unsigned i = 0; i < own; i++) {
		for (unsigned k = 0; s->space.clean[i] && k < 1024; k++)
			sim_copy_put(s->space.clean[i][k]);
		free(s->space.clean[i]);
	}
	if (s->space.ram)
		munmap(s->space.ram, RAM_SIZE + SIM_MARGIN);
}

/* ---- code that has changed ---- */

void sim_doubt_blocks(struct sim *s)
{
	struct sim_block *next;

	for (struct sim_block *b = s->blocks.trusted; b; b = next) {
		next = b->next_trusted;
		b->quick[0] = b->quick[1] = SIM_NOT_QUICK;
		b->trusted = false;
	}
	s->blocks.trusted = NULL;
}

void sim_stale_code(struct sim *s, uint32_t page)
{
	s->space.page_age[page % SIM_AGES]++;
	sim_doubt_blocks(s);
	s->space.changes++;
	if (sim_is_kernels(s, page))
		sim_kernel_changes(&sim_owner(s)->space.kernel_code, &s->space.seen_code);
	if (s->space.nstale < SIM_STALE)
		s->space.stale[s->space.nstale++] = page;
	else
		s->space.drop_all = true;
}

/* ---- pages ---- */

static void rights_change(struct sim *s)
{
	s->space.changes++;
	s->space.undo.whole = false;
}

/* What was a file's (shared.c) is the space's own memory again. */
static void own_again(struct sim *s, uint32_t page)
{
	mmap(s->space.ram + (size_t)page * SIM_PAGE, SIM_PAGE, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	s->space.pte[page] &= ~PTE_USED;
}

void sim_page_forget(struct sim *s, uint32_t page)
{
	uint32_t old = s->space.pte[page];

	if (!sim_page_given(s, page))
		return;
	rights_change(s);
	s->space.ngiven = 0;
	s->space.pte[page] = (old & PTE_CODE) | PTE_USED;
	if (old & PTE_SHARED)
		own_again(s, page);
	s->space.mapped[page / 1024]--;
	s->space.pages--;
	if (old & PTE_USER)
		s->space.user_pages--;
	if (old & PTE_PRESENT)
		sim_tlb_stale(s, page);
	sim_copy_put(s->space.clean[page / 1024][page % 1024]);
	s->space.clean[page / 1024][page % 1024] = NULL;
}

/* The page gets these rights; `extra` is what else its entry says. */
static void set_entry(struct sim *s, uint32_t page, uint32_t rights, uint32_t extra)
{
	uint32_t old = s->space.pte[page];

	rights_change(s);
	if ((old & RIGHTS & ~rights) && (old & PTE_PRESENT))
		sim_tlb_stale(s, page);
	if ((old & PTE_CODE) && !(old & PTE_PRESENT) && (rights & PTE_PRESENT))
		sim_stale_code(s, page);
	if ((old & PTE_CODE) && ((old ^ rights) & PTE_WRITE))
		sim_stale_code(s, page); /* it begins, or ends, to be compared (sim/run/watch.c) */
	s->space.user_pages += !!(rights & PTE_USER);
	s->space.user_pages -= sim_page_given(s, page) && (old & PTE_USER);
	s->space.pte[page] = page * SIM_PAGE | rights | extra | PTE_ACCESSED;
}

void sim_page_raw(struct sim *s, uint32_t page, uint32_t rights)
{
	uint32_t code = s->space.pte[page] & PTE_CODE;

	s->space.mapped[page / 1024]++;
	s->space.pages++;
	s->space.ngiven = 0;
	set_entry(s, page, rights, code);
	s->space.clean[page / 1024][page % 1024] = sim_copy_zeros();
}

/* A page that nothing is known of becomes a page of zeros. */
void sim_page_fresh(struct sim *s, uint32_t page, uint32_t rights)
{
	if (s->space.pte[page] & PTE_USED)
		memset(s->space.ram + (size_t)page * SIM_PAGE, 0, SIM_PAGE);
	sim_page_raw(s, page, rights);
}

void sim_page_again(struct sim *s, uint32_t page, uint32_t rights)
{
	uint32_t code = s->space.pte[page] & PTE_CODE;

	s->space.pte[page] = 0; /* nothing of it is stale */
	sim_page_fresh(s, page, rights);
	s->space.pte[page] |= code | PTE_USED;
}

void sim_page_rights(struct sim *s, uint32_t page, uint32_t rights)
{
	set_entry(s, page, rights,
		  s->space.pte[page] & (PTE_DIRTY | PTE_CODE | PTE_USED | PTE_SHARED));
}

bool sim_page_table_ready(struct sim *s, uint32_t page)
{
	struct sim_page_copy ***table = &s->space.clean[page / 1024];

	if (!*table)
		*table = calloc(1024, sizeof(**table));
	s->no_memory |= !*table;
	return *table != NULL;
}

static bool range_ok(const struct sim *s, uint32_t addr, uint32_t pages)
{
	if (addr % SIM_PAGE || pages > 0x100000 - addr / SIM_PAGE)
		return false;
	for (uint32_t i = 0; i < pages; i++) {
		if (is_own(s, addr / SIM_PAGE + i))
			return false;
	}
	return true;
}

enum sim_status sim_map(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags)
{
	uint32_t first = addr / SIM_PAGE, replaced = 0;

	if (!range_ok(s, addr, pages) || (flags & ~(unsigned)(SIM_WRITE | SIM_USER)))
		return SIM_EINVAL;
	for (uint32_t i = first; i < first + pages; i++) {
		if (!sim_page_table_ready(s, i))
			return SIM_ENOMEM;
		replaced += sim_page_given(s, i) && (s->space.pte[i] & PTE_USER);
	}
	if ((flags & SIM_USER) &&
	    s->space.user_pages - replaced + (uint64_t)pages > s->config.max_pages)
		return SIM_ENOMEM;
	for (uint32_t i = first; i < first + pages; i++) {
		sim_page_forget(s, i);
		sim_page_fresh(s, i, flags | PTE_PRESENT);
	}
	return SIM_OK;
}

/* The pages themselves come when they are looked at, and are ours from the first store on. */
enum sim_status sim_fill(struct sim *s, uint32_t addr, uint32_t pages, int fd, uint64_t offset)
{
	if (mmap(s->space.ram + addr, (size_t)pages * SIM_PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, (off_t)offset) == MAP_FAILED)
		return SIM_ENOMEM;
	for (uint32_t i = addr / SIM_PAGE; i < addr / SIM_PAGE + pages; i++)
		sim_touch(s, i);
	return SIM_OK;
}

enum sim_status sim_protect(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags,
			    bool present)
{
	uint32_t first = addr / SIM_PAGE;

	if (!range_ok(s, addr, pages) || (flags & ~(unsigned)(SIM_WRITE | SIM_USER)))
		return SIM_EINVAL;
	for (uint32_t i = first; i < first + pages; i++) {
		if (!sim_page_given(s, i))
			return SIM_EFAULT;
	}
	for (uint32_t i = first; i < first + pages; i++)
		sim_page_rights(s, i, flags | (present ? PTE_PRESENT : 0));
	return SIM_OK;
}

void sim_unmap(struct sim *s, uint32_t addr, uint32_t pages)
{
	uint32_t first = addr / SIM_PAGE;

	if (!range_ok(s, addr, pages))
		return;
	for (uint32_t i = first; i < first + pages; i++)
		sim_page_forget(s, i);
}

uint32_t sim_user_pages(const struct sim *s)
{
	return s->space.user_pages;
}

int sim_page(const struct sim *s, uint32_t addr)
{
	uint32_t entry = s->space.pte[addr / SIM_PAGE];

	return sim_page_given(s, addr / SIM_PAGE) ? (int)(entry & RIGHTS) : -1;
}

/* ---- tables that the guest has written ---- */

static bool others_written(const struct sim *s, uint32_t except)
{
	uint32_t first = s->config.page_tables / SIM_PAGE, changes = 0;

	for (uint32_t page = first; page < first + 1024; page++)
		if (page != except)
			changes |= s->space.pte[page] ^ own_entry(s, page);
	return changes & ~PTE_ACCESSED;
}

bool sim_tables_written(const struct sim *s)
{
	return others_written(s, 0);
}

void sim_poke_begin(struct sim *s, uint32_t addr)
{
	uint32_t table = s->config.page_tables / SIM_PAGE + addr / SIM_PAGE / 1024;

	s->space.poke.table = sim_tables_written(s) ? 0 : table;
	memcpy(s->space.poke.entry, s->space.ram + table * SIM_PAGE, SIM_PAGE);
}

void sim_poke_end(struct sim *s)
{
	uint32_t table = s->space.poke.table, others = ~(PTE_ACCESSED | PTE_DIRTY);
	const uint32_t *old = s->space.poke.entry;
	const uint32_t *now = s->space.pte + (table - s->config.page_tables / SIM_PAGE) * 1024;

	if (!table || others_written(s, table))
		return;
	for (uint32_t i = 0; i < 1024; i++) {
		if (((old[i] ^ now[i]) & others) || (old[i] & ~now[i]))
			return;
	}
	s->space.pte[table] = own_entry(s, table);
	s->space.flush_tlb = true; /* the next store into it must say so again */
}

/* Through a forged entry the guest may have changed any page, translated any, and found any that
 * was not given to it. */
void sim_tables_distrust(struct sim *s)
{
	for (uint32_t page = 0; page < RAM_SIZE / SIM_PAGE; page++)
		if (!is_own(s, page))
			s->space.pte[page] =
				PTE_CODE | PTE_USED | (sim_page_given(s, page) ? PTE_DIRTY : 0);
	write_own_pages(s);
	sim_firmware_write(s);
	rights_change(s);
	s->space.flush_tlb = s->space.drop_all = true;
}

/* ---- content ---- */

static bool all_mapped(const struct sim *s, uint32_t addr, size_t size, uint32_t *bad)
{
	/* A size is the caller's, up to SIZE_MAX; nothing is behind the last address. */
	uint64_t end = addr + (size <= RAM_SIZE ? size : RAM_SIZE + 1);

	for (uint64_t a = addr; a < end; a = (a | (SIM_PAGE - 1)) + 1) {
		if (a >= RAM_SIZE || !sim_page_given(s, (uint32_t)(a / SIM_PAGE))) {
			if (bad)
				*bad = (uint32_t)a;
			return false;
		}
	}
	return true;
}

enum sim_status sim_read(const struct sim *s, uint32_t addr, void *buf, size_t size, uint32_t *bad)
{
	if (!all_mapped(s, addr, size, bad))
		return SIM_EFAULT;
	if (size)
		memcpy(buf, s->space.ram + addr, size);
	return SIM_OK;
}

enum sim_status sim_write(struct sim *s, uint32_t addr, const void *buf, size_t size, uint32_t *bad)
{
	if (!all_mapped(s, addr, size, bad))
		return SIM_EFAULT;
	if (!size)
		return SIM_OK;
	memcpy(s->space.ram + addr, buf, size);
	for (uint32_t i = addr / SIM_PAGE; i <= (addr + (size - 1)) / SIM_PAGE; i++)
		sim_touch(s, i);
	return SIM_OK;
}

uint32_t sim_load32(const struct sim *s, uint32_t addr)
{
	return sim_ram32(s, addr);
}

void sim_store32(struct sim *s, uint32_t addr, uint32_t value)
{
	sim_note(s, addr);
	memcpy(s->space.ram + addr, &value, 4);
	sim_noted(s, addr / SIM_PAGE);
	if (addr % SIM_PAGE > SIM_PAGE - 4)
		sim_noted(s, (addr + 3) / SIM_PAGE);
}
