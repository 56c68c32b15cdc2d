/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.c: the memory of a booted machine: an ELF file of QEMU's dump-guest-memory, or flat bytes of its
 * pmemsave; the text of its `info registers`; and what is mapped above 3 GiB by its own page tables, of two or
 * three levels. Nothing in them is believed. Read next: import.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/kernel/snapshot.h"

#define PAGE_BYTES     4096u
#define KERNEL_HALF    0xc0000000u
#define LIBRARYS_OWN   0xffffe000u /* the vsyscall page, and what is behind it */
#define MOST_MAPPED    (400u << 20)
#define REGISTERS_MAX  (1u << 20)
#define RUNS_MAX       4096
#define PERCPU         0xd8 /* the selector */
#define CR0_PG         0x80000000u
#define CR4_PSE        0x10u
#define CR4_PAE        0x20u
#define ENTRY_PRESENT  1u
#define ENTRY_LARGE    0x80u
#define ENTRY_PHYSICAL 0x000ffffffffff000ull

/* ---- registers ---- */

/* What follows `label` in the text, a hexadecimal number, the n-th of several. */
static bool take_register(const char *path, const char *text, const char *label, unsigned n,
			  uint32_t *value)
{
	const char *at = strstr(text, label);
	bool good = at != NULL;
	unsigned long long number;

	for (unsigned i = 0; good && i <= n; i++) {
		char *end;

		at += i ? 0 : strlen(label);
		number = strtoull(at, &end, 16);
		good = end != at && number <= UINT32_MAX;
		*value = (uint32_t)number;
		at = end;
	}
	return good ||
	       link_refuse(
		       path,
		       "no %s of 32 bits in it, as `info registers` of QEMU's monitor prints it",
		       label);
}

static bool take_registers(struct snapshot *s, const char *path, const char *text)
{
	struct snapshot_registers *r = &s->r;

	if (!take_register(path, text, "CR0=", 0, &r->cr0) ||
	    !take_register(path, text, "CR3=", 0, &r->cr3) ||
	    !take_register(path, text, "CR4=", 0, &r->cr4) ||
	    !take_register(path, text, "CPL=", 0, &r->cpl) ||
	    !take_register(path, text, "GDT=", 0, &r->gdt) ||
	    !take_register(path, text, "GDT=", 1, &r->gdt_limit) ||
	    !take_register(path, text, "IDT=", 0, &r->idt) ||
	    !take_register(path, text, "IDT=", 1, &r->idt_limit) ||
	    !take_register(path, text, "TR =", 0, &r->tr) ||
	    !take_register(path, text, "TR =", 1, &r->tr_base))
		return false;
	if (!(r->cr0 & CR0_PG))
		return link_refuse(path, "CR0=%08x: paging is off: the kernel has not begun",
				   r->cr0);
	if (r->cpl != 3)
		return link_refuse(path, "CPL=%u: it was not stopped in user mode", r->cpl);
	if (r->gdt_limit < PERCPU + 7 || r->idt_limit < 0x7ff)
		return link_refuse(path, "GDT or IDT is shorter than Linux has it");
	if ((r->cr4 & CR4_PAE) && (r->cr3 & 0x1000))
		return link_refuse(path,
				   "CR3=%08x: the kernel's page tables are apart from the "
				   "user's (PTI): boot it with `nopti`",
				   r->cr3);
	return true;
}

/* ---- physical memory ---- */

static bool add_run(struct snapshot *s, uint64_t physical, uint64_t offset, uint64_t size)
{
	if (offset > s->size || size > s->size - offset)
		return link_refuse(
			s->path,
			"0x%llx bytes at offset 0x%llx, of physical 0x%llx, are not in the "
			"file",
			(unsigned long long)size, (unsigned long long)offset,
			(unsigned long long)physical);
	if (size)
		s->runs[s->n_runs++] = (struct snapshot_run){ physical, size, s->data + offset };
	return true;
}

static bool take_dump(struct snapshot *s)
{
	bool wide = s->data[EI_CLASS] == ELFCLASS64;
	size_t head = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	size_t each = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	Elf64_Ehdr h64;
	Elf32_Ehdr h32;
	uint64_t at;
	unsigned n;

	if (s->size < head)
		return link_refuse(s->path, "offset 0x%zx: its ELF header ends here", s->size);
	memcpy(&h64, s->data, wide ? sizeof(h64) : 0);
	memcpy(&h32, s->data, wide ? 0 : sizeof(h32));
	if ((wide ? h64.e_type : h32.e_type) != ET_CORE)
		return link_refuse(s->path, "offset 0x10: no dump of a memory (ELF type %u, not 4)",
				   wide ? h64.e_type : h32.e_type);
	at = wide ? h64.e_phoff : h32.e_phoff;
	n = wide ? h64.e_phnum : h32.e_phnum;
	if (n > RUNS_MAX || at > s->size || n * each > s->size - at)
		return link_refuse(
			s->path, "offset 0x%zx: %u program headers are not in the file",
			wide ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff), n);
	for (unsigned i = 0; i < n; i++, at += each) {
		Elf64_Phdr p;
		Elf32_Phdr p32;

		memcpy(&p, s->data + at, wide ? sizeof(p) : 0);
		memcpy(&p32, s->data + at, wide ? 0 : sizeof(p32));
		if (!wide)
			p = (Elf64_Phdr){ .p_type = p32.p_type,
					  .p_paddr = p32.p_paddr,
					  .p_offset = p32.p_offset,
					  .p_filesz = p32.p_filesz };
		if (p.p_type == PT_LOAD && !add_run(s, p.p_paddr, p.p_offset, p.p_filesz))
			return false;
	}
	return s->n_runs || link_refuse(s->path, "no memory in it");
}

static bool take_memory(struct snapshot *s)
{
	s->runs = calloc(RUNS_MAX, sizeof(*s->runs));
	if (!s->runs)
		return link_refuse(s->path, "out of memory");
	if (s->size > EI_NIDENT && !memcmp(s->data, ELFMAG, SELFMAG))
		return take_dump(s);
	return add_run(s, 0, 0, s->size);
}

static const uint8_t *physical(const struct snapshot *s, uint64_t addr, uint64_t size)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct snapshot_run *r = &s->runs[i];

		if (addr >= r->physical && addr - r->physical < r->size)
			return size <= r->size - (addr - r->physical) ?
				       r->bytes + (addr - r->physical) :
				       NULL;
	}
	return NULL;
}

/* ---- what is mapped ---- */

/* Stretches of virtual addresses, one behind the other in s->pages. */
struct stretches {
	struct stretch {
		uint32_t addr, size;
		size_t at;
	} * list;
	size_t n, room, used, bytes;
};

/* A stretch goes on as long as its pages are neighbours. Those that are no memory are left out: devices. */
static bool add_pages(struct snapshot *s, struct stretches *all, uint32_t addr, uint64_t from,
		      uint32_t size)
{
	const uint8_t *bytes = physical(s, from, size);
	struct stretch *last = all->n ? &all->list[all->n - 1] : NULL;

	if (!bytes && size > PAGE_BYTES) { /* of a large one perhaps a part */
		for (uint32_t at = 0; at < size; at += PAGE_BYTES)
			if (!add_pages(s, all, addr + at, from + at, PAGE_BYTES))
				return false;
		return true;
	}
	if (!bytes || addr >= LIBRARYS_OWN)
		return true;
	if (all->used + size > all->bytes) {
		size_t room = all->bytes ? 2 * all->bytes : 16u << 20;
		void *grown = room <= 2 * (size_t)MOST_MAPPED ? realloc(s->pages, room) : NULL;

		if (!grown)
			return link_refuse(s->path,
					   "more than %u MiB are mapped above 3 GiB: boot it "
					   "with less memory",
					   MOST_MAPPED >> 20);
		s->pages = grown;
		all->bytes = room;
	}
	memcpy(s->pages + all->used, bytes, size);
	if (last && last->addr + last->size == addr) {
		last->size += size;
	} else {
		if (all->n == all->room) {
			void *grown = realloc(all->list, (all->room + 256) * sizeof(*all->list));

			if (!grown)
				return link_refuse(s->path, "out of memory");
			all->list = grown;
			all->room += 256;
		}
		all->list[all->n++] = (struct stretch){ addr, size, all->used };
	}
	all->used += size;
	return true;
}

static uint64_t entry_at(const struct snapshot *s, uint64_t table, unsigned n)
{
	bool pae = s->r.cr4 & CR4_PAE;
	const uint8_t *bytes = physical(s, table + n * (pae ? 8u : 4u), pae ? 8 : 4);
	uint64_t entry = 0;

	if (bytes)
		memcpy(&entry, bytes, pae ? 8 : 4);
	return entry & ENTRY_PRESENT ? entry : 0;
}

/* One entry of a page directory: what it maps from addr on. */
static bool walk_entry(struct snapshot *s, struct stretches *all, uint64_t entry, uint32_t addr)
{
	bool pae = s->r.cr4 & CR4_PAE;
	uint32_t large = pae ? 2u << 20 : 4u << 20;
	uint64_t page;

	if (!entry)
		return true;
	if ((entry & ENTRY_LARGE) && (pae || (s->r.cr4 & CR4_PSE)))
		return add_pages(s, all, addr, entry & ENTRY_PHYSICAL & ~(uint64_t)(large - 1),
				 large);
	for (unsigned n = 0; n < large / PAGE_BYTES; n++) {
		page = entry_at(s, entry & ENTRY_PHYSICAL, n);
		if (page &&
		    !add_pages(s, all, addr + n * PAGE_BYTES, page & ENTRY_PHYSICAL, PAGE_BYTES))
			return false;
	}
	return true;
}

static bool walk(struct snapshot *s, struct stretches *all)
{
	if (s->r.cr4 & CR4_PAE) {
		uint64_t directory = entry_at(s, s->r.cr3 & ~31u, 3) & ENTRY_PHYSICAL;

		for (unsigned n = 0; n < 512; n++)
			if (!walk_entry(s, all, entry_at(s, directory, n),
					KERNEL_HALF + n * (2u << 20)))
				return false;
	} else {
		for (unsigned n = 768; n < 1024; n++)
			if (!walk_entry(s, all, entry_at(s, s->r.cr3 & ~0xfffu, n), n * (4u << 20)))
				return false;
	}
	return all->n ||
	       link_refuse(s->path, "CR3=%08x: nothing is mapped above 3 GiB by it", s->r.cr3);
}

/* ---- as segments ---- */

static bool is_zero(const uint8_t *bytes, uint32_t size)
{
	return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

/* What is from `start` to `end` of a stretch, zeros from `data` on. */
static bool add_segment(struct snapshot *s, const struct stretch *t, uint32_t start, uint32_t data,
			uint32_t end)
{
	struct whole *w = &s->w;

	if (w->n_segments == LINK_SEGMENTS - 2)
		return false;
	w->segments[w->n_segments++] =
		(struct link_segment){ t->addr + start, data - start, end - start,
				       s->pages + t->at + start, true };
	return true;
}

/* Another segment behind each `gap` bytes of zeros; false: more than there may be. */
static bool cut(struct snapshot *s, const struct stretches *all, uint32_t gap)
{
	s->w.n_segments = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct stretch *t = &all->list[i];
		uint32_t start = 0, data = 0;

		for (uint32_t at = 0; at < t->size; at += PAGE_BYTES) {
			if (is_zero(s->pages + t->at + at, PAGE_BYTES))
				continue;
			if (at - data >= gap) {
				if (!add_segment(s, t, start, data, at))
					return false;
				start = at;
			}
			data = at + PAGE_BYTES;
		}
		if (!add_segment(s, t, start, data, t->size))
			return false;
	}
	return true;
}

static bool take_segments(struct snapshot *s)
{
	struct stretches all = { 0 };
	bool good = walk(s, &all);
	uint32_t gap = 16 * PAGE_BYTES;

	while (good && !cut(s, &all, gap)) {
		if (gap > MOST_MAPPED)
			good = link_refuse(s->path, "more than %u stretches are mapped",
					   LINK_SEGMENTS - 2);
		gap *= 2;
	}
	free(all.list);
	return good;
}

/* ---- is it that kernel? ---- */

/* Code is patched at boot, but little of it. */
static bool is_the_same(struct snapshot *s, const struct whole *file)
{
	const struct link_segment *text = &file->segments[0];
	uint32_t there = 0;

	for (uint32_t at = 0; at < text->size; at += PAGE_BYTES) {
		uint32_t size = text->size - at < PAGE_BYTES ? text->size - at : PAGE_BYTES;
		const uint8_t *bytes = whole_bytes(&s->w, text->addr + at, size);

		for (uint32_t n = 0; bytes && n < size; n++)
			s->patched += bytes[n] != text->bytes[at + n];
		there += bytes ? size : 0;
	}
	if (there < text->size / 2 || s->patched > there / 8)
		return link_refuse(
			s->path,
			"another kernel than %s, or one that has moved itself: boot it with "
			"`nokaslr` (of 0x%x bytes of code 0x%x are there, and 0x%x differ)",
			file->path, text->size, there, s->patched);
	return true;
}

/* The base in a descriptor of the GDT. */
static bool base_of(const struct snapshot *s, uint32_t selector, uint32_t *base)
{
	const uint8_t *d = whole_bytes(&s->w, s->r.gdt + selector, 8);

	if (d)
		*base = (uint32_t)d[2] | (uint32_t)d[3] << 8 | (uint32_t)d[4] << 16 |
			(uint32_t)d[7] << 24;
	return d || link_refuse(s->path, "GDT=%08x: not in the memory", s->r.gdt);
}

bool snapshot_take(struct snapshot *s, const char *registers, const char *text,
		   const struct whole *file)
{
	uint32_t tss = 0;

	if (!take_registers(s, registers, text) || !take_memory(s) || !take_segments(s))
		return false;
	s->w.path = s->path;
	s->w.names = file->names;
	s->w.n_names = file->n_names;
	if (!is_the_same(s, file) || !base_of(s, PERCPU, &s->percpu) ||
	    !base_of(s, s->r.tr & 0xfff8, &tss))
		return false;
	if (tss != s->r.tr_base)
		return link_refuse(registers,
				   "TR =%04x: its base is %08x there and %08x in memory: of "
				   "another moment",
				   s->r.tr, s->r.tr_base, tss);
	return whole_bytes(&s->w, s->r.idt, 0x800) ||
	       link_refuse(s->path, "IDT=%08x: not in the memory", s->r.idt);
}

static bool map_memory(struct snapshot *s)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	void *data = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (data == MAP_FAILED)
		return link_refuse(s->path, "%s", fd < 0 ? strerror(errno) : "empty, or no file");
	s->mapped = s->data = data;
	s->size = (size_t)st.st_size;
	return true;
}

bool snapshot_open(struct snapshot *s, const char *memory, const char *registers,
		   const struct whole *file)
{
	size_t size;
	char *text = cli_read_file(registers, REGISTERS_MAX, &size);
	bool good;

	*s = (struct snapshot){ .path = memory };
	good = text && map_memory(s) && snapshot_take(s, registers, text, file);
	free(text);
	return good;
}

void snapshot_close(struct snapshot *s)
{
	free(s->runs);
	free(s->pages);
	if (s->mapped)
		munmap((void *)(uintptr_t)s->mapped, s->size);
}
