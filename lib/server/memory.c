/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c: brk, mmap, munmap, mprotect, mremap. The page tables are the only record of
 * what is mapped where: a search asks them page by page, and a snapshot needs no list.
 * Files are mapped as private copies, made at once.
 */
#include "lib/server/private.h"

#define LOWEST_PAGE 0x1000u /* below it nothing is given out or taken */

#define G_PROT_ANY            7u
#define G_PROT_WRITE          2u
#define G_MAP_SHARED          1u
#define G_MAP_PRIVATE         2u
#define G_MAP_TYPE            0xfu
#define G_MAP_FIXED           0x10u
#define G_MAP_ANONYMOUS       0x20u
#define G_MAP_FIXED_NOREPLACE 0x100000u

static uint32_t pages_of(uint32_t length)
{
	return length / PAGE_SIZE + (length % PAGE_SIZE != 0);
}

/* sysemu_map's: 0 none, 1 read, 3 read and write; i386 cannot forbid to execute. */
static int page_prot_of(uint32_t prot)
{
	return prot & G_PROT_WRITE ? 3 : prot != 0;
}

/* May a program map there at all? Not over the tracer's window, nor over the launch page. */
static bool in_user_space(const struct call *c, uint32_t addr, uint64_t pages)
{
	uint64_t end = addr + pages * PAGE_SIZE;

	return addr >= LOWEST_PAGE && end <= c->m->profile->task_size &&
	       (end <= c->m->profile->launch_page ||
		addr >= c->m->profile->tracer_window + c->m->profile->tracer_window_size);
}

static bool is_free(struct call *c, uint32_t addr, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		if (sysemu_page_prot(c->m, addr + i * PAGE_SIZE) >= 0)
			return false;
	return true;
}

/* ---- brk ---- */

/* The new end of the data, or the old one if there is no room. */
int32_t serve_brk(struct call *c)
{
	struct server_state *st = &c->s->st;
	uint32_t want = c->arg[0], old_end, new_end;

	if (want < st->memory.brk_start || want >= st->memory.mmap_top)
		return (int32_t)st->memory.brk;
	old_end =
		st->memory.brk_start + pages_of(st->memory.brk - st->memory.brk_start) * PAGE_SIZE;
	new_end = st->memory.brk_start + pages_of(want - st->memory.brk_start) * PAGE_SIZE;
	if (new_end > old_end) {
		uint32_t pages = (new_end - old_end) / PAGE_SIZE;

		if (pages > c->m->config.user_pages || !is_free(c, old_end, pages) ||
		    sysemu_map(c->m, old_end, pages, 3))
			return (int32_t)st->memory.brk;
	} else if (new_end < old_end) {
		sysemu_unmap(c->m, new_end, (old_end - new_end) / PAGE_SIZE);
	}
	st->memory.brk = want;
	return (int32_t)want;
}

/* ---- mmap ---- */

/* The highest free place below the top; 0 if there is none. */
static uint32_t find_place(struct call *c, uint32_t pages)
{
	uint32_t run = 0, bottom = c->s->st.memory.brk;

	for (uint32_t addr = c->s->st.memory.mmap_top - PAGE_SIZE; addr > bottom;
	     addr -= PAGE_SIZE) {
		run = sysemu_page_prot(c->m, addr) >= 0 ? 0 : run + 1;
		if (run == pages)
			return addr;
	}
	return 0;
}

/* The place in *addr; 0 or -errno. */
static int32_t choose_place(struct call *c, uint32_t *addr, uint32_t pages, uint32_t flags)
{
	uint32_t hint = *addr - *addr % PAGE_SIZE;

	if (flags & (G_MAP_FIXED | G_MAP_FIXED_NOREPLACE)) {
		if (*addr % PAGE_SIZE)
			return -EINVAL;
		if (!in_user_space(c, *addr, pages))
			return -ENOMEM;
		return flags & G_MAP_FIXED_NOREPLACE && !is_free(c, *addr, pages) ? -G_EEXIST : 0;
	}
	if (in_user_space(c, hint, pages) && hint >= c->s->st.memory.brk_start &&
	    is_free(c, hint, pages))
		*addr = hint;
	else
		*addr = find_place(c, pages);
	return *addr ? 0 : -ENOMEM;
}

/* One descriptor's bytes. */
static int32_t read_of(const struct descriptor *d, void *buf, uint32_t size, uint64_t offset)
{
	return d->kind == FD_OBJECT ? object_read(d->object, buf, size, offset) :
				      host_pread(d->file, buf, size, offset);
}

/* What the file has of it; the rest stays zero. */
static int32_t copy_file(struct call *c, const struct descriptor *file, uint64_t offset,
			 uint32_t addr, uint32_t size)
{
	uint8_t chunk[CHUNK];
	int32_t n;

	for (uint32_t done = 0; done < size; done += (uint32_t)n) {
		uint32_t want = size - done < CHUNK ? size - done : CHUNK;

		n = read_of(file, chunk, want, offset + done);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		if (sysemu_write(c->m, addr + done, chunk, (uint32_t)n))
			return -ENOMEM;
	}
	return 0;
}

/* The file behind the descriptor in *file, NULL for anonymous memory; 0 or -errno. */
static int32_t choose_file(struct call *c, uint32_t prot, uint32_t flags, uint32_t fd,
			   const struct descriptor **file)
{
	struct descriptor *d;

	*file = NULL;
	if (flags & G_MAP_ANONYMOUS)
		return 0;
	d = descriptor_get(c, fd);
	if (!d)
		return -G_EBADF;
	if (!may_read(d) ||
	    (prot & G_PROT_WRITE && (flags & G_MAP_TYPE) == G_MAP_SHARED && !may_write(d)))
		return -G_EACCES;
	if (d->kind == FD_DEVICE && d->device->memory)
		return 0; /* zeros, as without a file */
	if ((d->kind != FD_FILE && d->kind != FD_OBJECT) || is_directory(d))
		return -G_ENODEV;
	*file = d;
	return 0;
}

/*
 * With processes: the pages are those of a file that the overlay has, or of one made for this map
 * alone. A host's file, which nobody writes, is as good as a copy.
 */
static int32_t map_shared(struct call *c, uint32_t addr, uint32_t pages, uint32_t prot,
			  const struct descriptor *file, uint64_t offset)
{
	const uint64_t end = offset + (uint64_t)pages * PAGE_SIZE;
	unsigned rights = SIM_USER | (prot & G_PROT_WRITE ? SIM_WRITE : 0);
	struct object *b = file && file->kind == FD_OBJECT ?
				   object_ref(file->object) :
				   object_new(c->s->overlay, G_S_IFREG, "");
	uint8_t chunk[CHUNK];
	int32_t status = 0, n;

	if (!b)
		return -NO_MEMORY;
	if (file && file->kind == FD_FILE) {
		for (uint64_t at = offset; at < end && !status; at += (uint64_t)n) {
			n = host_pread(file->file, chunk, CHUNK, at);
			if (n <= 0) {
				status = n == -NO_MEMORY ? n : 0;
				break;
			}
			status = object_write(b, chunk, (uint32_t)n, at);
			status = status == -NO_MEMORY ? status : status < 0 ? -ENOMEM : 0;
		}
	}
	b->mapped = true;
	/* A page beyond the file's end is there, where Linux has SIGBUS. */
	if (!status)
		status = object_room(b, end);
	if (!status &&
	    sim_map_shared(c->m->sim, addr, pages, rights, b->fd, offset, b->number) != SIM_OK)
		status = -ENOMEM;
	object_unref(b);
	if (!status && !prot)
		sim_protect(c->m->sim, addr, pages, rights, false);
	return status ? status : (int32_t)addr;
}

/* What mmap's two forms have in common: the offset comes in pages in one, in bytes in
 * the other. */
static int32_t map(struct call *c, const uint32_t arg[5], uint64_t offset)
{
	uint32_t addr = arg[0], pages = pages_of(arg[1]), prot = arg[2], flags = arg[3];
	const struct descriptor *file;
	int32_t status;

	if (arg[1] == 0 || prot & ~G_PROT_ANY ||
	    ((flags & G_MAP_TYPE) != G_MAP_SHARED && (flags & G_MAP_TYPE) != G_MAP_PRIVATE))
		return -EINVAL;
	status = choose_file(c, prot, flags, arg[4], &file);
	if (status)
		return status;
	if (pages > c->m->config.user_pages)
		return -ENOMEM;
	status = choose_place(c, &addr, pages, flags);
	if (status)
		return status;
	if (c->s->overlay && (flags & G_MAP_TYPE) == G_MAP_SHARED)
		return map_shared(c, addr, pages, prot, file, offset);
	if (sysemu_map(c->m, addr, pages, page_prot_of(prot)))
		return -ENOMEM;
	if (file)
		status = copy_file(c, file, offset, addr, pages * PAGE_SIZE);
	if (status) {
		sysemu_unmap(c->m, addr, pages);
		return status;
	}
	return (int32_t)addr;
}

int32_t serve_mmap2(struct call *c)
{
	return map(c, c->arg, (uint64_t)c->arg[5] * PAGE_SIZE);
}

/* The call of 1992: its six arguments lie in memory. */
int32_t serve_old_mmap(struct call *c)
{
	uint32_t arg[6];

	if (user_get(c, c->arg[0], arg, sizeof(arg)))
		return -EFAULT;
	if (arg[5] % PAGE_SIZE)
		return -EINVAL;
	return map(c, arg, arg[5]);
}

/* What of it lies between these two. */
static void unmap_between(struct call *c, uint32_t from, uint32_t to, uint32_t low, uint32_t high)
{
	from = from > low ? from : low;
	to = to < high ? to : high;
	if (from < to)
		sysemu_unmap(c->m, from, (to - from) / PAGE_SIZE);
}

/* Where nothing can be mapped nothing is unmapped. */
int32_t serve_munmap(struct call *c)
{
	const struct profile *p = c->m->profile;
	uint32_t addr = c->arg[0], pages = pages_of(c->arg[1]), end = addr + pages * PAGE_SIZE;

	if (addr % PAGE_SIZE || pages == 0 || addr > p->task_size ||
	    pages > (p->task_size - addr) / PAGE_SIZE)
		return -EINVAL;
	unmap_between(c, addr, end, LOWEST_PAGE, p->launch_page);
	unmap_between(c, addr, end, p->tracer_window + p->tracer_window_size, p->task_size);
	return 0;
}

int32_t serve_mprotect(struct call *c)
{
	uint32_t pages = pages_of(c->arg[1]), prot = c->arg[2];

	if (c->arg[0] % PAGE_SIZE || prot & ~G_PROT_ANY)
		return -EINVAL;
	if (pages == 0)
		return 0;
	if (!in_user_space(c, c->arg[0], pages))
		return -ENOMEM;
	for (uint32_t i = 0; i < pages; i++)
		if (sysemu_page_prot(c->m, c->arg[0] + i * PAGE_SIZE) < 0)
			return -ENOMEM;
	return sysemu_protect(c->m, c->arg[0], pages, page_prot_of(prot)) ? -ENOMEM : 0;
}

/* ---- mremap ---- */

#define G_MREMAP_MAYMOVE 1u
#define G_MREMAP_FIXED   2u

struct remap {
	uint32_t old, pages;      /* what is there */
	uint32_t to, want, flags; /* to: with FIXED */
	int prot;
};

/* One map: mapped all along, with one protection. */
static bool is_one_map(struct call *c, uint32_t addr, uint32_t pages, int *prot)
{
	*prot = sysemu_page_prot(c->m, addr);
	for (uint32_t i = 1; i < pages; i++)
		if (sysemu_page_prot(c->m, addr + i * PAGE_SIZE) != *prot)
			return false;
	return *prot >= 0;
}

/* Page by page, so that there are never more than before and the new ones. */
static int32_t move_pages(struct call *c, const struct remap *r, uint32_t to)
{
	uint8_t page[PAGE_SIZE];

	if (r->want > r->pages &&
	    sysemu_map(c->m, to + r->pages * PAGE_SIZE, r->want - r->pages, r->prot))
		return -ENOMEM;
	for (uint32_t at = 0; at < r->pages * PAGE_SIZE; at += PAGE_SIZE) {
		if (sysemu_read(c->m, r->old + at, page, PAGE_SIZE) ||
		    sysemu_unmap(c->m, r->old + at, 1) || sysemu_map(c->m, to + at, 1, r->prot) ||
		    sysemu_write(c->m, to + at, page, PAGE_SIZE))
			return -ENOMEM; /* the host's own memory is at its end */
	}
	return (int32_t)to;
}

/* Where it is, if there is room behind it; elsewhere, if it may. */
static int32_t grow(struct call *c, const struct remap *r)
{
	uint32_t end = r->old + r->pages * PAGE_SIZE, more = r->want - r->pages, to;

	if (in_user_space(c, r->old, r->want) && is_free(c, end, more))
		return sysemu_map(c->m, end, more, r->prot) ? -ENOMEM : (int32_t)r->old;
	to = r->flags & G_MREMAP_MAYMOVE ? find_place(c, r->want) : 0;
	return to ? move_pages(c, r, to) : -ENOMEM;
}

/* May it go to an address of the program's choice? */
static bool can_move_to(const struct call *c, const struct remap *r)
{
	uint64_t end = r->old + (uint64_t)r->pages * PAGE_SIZE;

	return r->flags & G_MREMAP_MAYMOVE && r->to % PAGE_SIZE == 0 &&
	       in_user_space(c, r->to, r->want) &&
	       (r->to >= end || r->old >= r->to + (uint64_t)r->want * PAGE_SIZE);
}

int32_t serve_mremap(struct call *c)
{
	struct remap r = { .old = c->arg[0],
			   .pages = pages_of(c->arg[1]),
			   .want = pages_of(c->arg[2]),
			   .flags = c->arg[3],
			   .to = c->arg[4] };

	if (r.flags & ~(G_MREMAP_MAYMOVE | G_MREMAP_FIXED) || r.old % PAGE_SIZE || !r.want ||
	    !r.pages /* a second map of shared pages: there are none */ ||
	    (r.flags & G_MREMAP_FIXED && !can_move_to(c, &r)))
		return -EINVAL;
	if (!in_user_space(c, r.old, r.pages) || !is_one_map(c, r.old, r.pages, &r.prot))
		return -EFAULT;
	if (r.want > c->m->config.user_pages)
		return -ENOMEM;
	if (r.want < r.pages) {
		sysemu_unmap(c->m, r.old + r.want * PAGE_SIZE, r.pages - r.want);
		r.pages = r.want;
	}
	if (r.flags & G_MREMAP_FIXED) {
		sysemu_unmap(c->m, r.to, r.want); /* what was there goes */
		return move_pages(c, &r, r.to);
	}
	return r.want == r.pages ? (int32_t)r.old : grow(c, &r);
}
