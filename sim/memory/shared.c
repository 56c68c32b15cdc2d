/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shared.c: user pages whose memory is a file's, so that several addresses and spaces have the same.
 * Guest address A is host address ram + A, so the file is mapped there.
 */
#include "sim/memory/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define LOOK_EACH 32u /* maps: then those that are void are looked for */
#define RIGHTS    (PTE_PRESENT | PTE_WRITE | PTE_USER)

static bool place(struct sim *s, uint32_t page, uint32_t pages, const struct sim_shared_file *file,
		  uint64_t offset)
{
	return mmap(s->space.ram + (size_t)page * SIM_PAGE, (size_t)pages * SIM_PAGE,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, sim_shared_fd(file),
		    (off_t)offset) != MAP_FAILED;
}

/* The latest map that was made there. */
static const struct sim_shared_map *map_at(const struct sim *s, uint32_t page)
{
	for (unsigned i = s->space.nmaps; i-- > 0;)
		if (page - s->space.maps[i].first < s->space.maps[i].pages)
			return &s->space.maps[i];
	return NULL;
}

/* The map that the page is of. */
static const struct sim_shared_map *map_of(const struct sim *s, uint32_t page)
{
	return s->space.pte[page] & PTE_SHARED ? map_at(s, page) : NULL;
}

/* Those of which no page is left. */
static void drop_void_maps(struct sim *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->space.nmaps; i++) {
		struct sim_shared_map *map = &s->space.maps[i];
		uint32_t page = map->first, end = map->first + map->pages;

		while (page < end && map_of(s, page) != map)
			page++;
		if (page == end)
			sim_shared_put(map->file);
		map->pages = page < end ? map->pages : 0;
	}
	for (unsigned i = 0; i < s->space.nmaps; i++)
		if (s->space.maps[i].pages)
			s->space.maps[n++] = s->space.maps[i];
	s->space.nmaps = n;
}

static bool add_map(struct sim *s, const struct sim_shared_map *map)
{
	struct sim_shared_map *more = realloc(s->space.maps, (s->space.nmaps + 1) * sizeof(*more));

	if (!more)
		return false;
	s->space.maps = more;
	more[s->space.nmaps++] = *map;
	return true;
}

static void enter(struct sim *s, uint32_t page, uint32_t rights)
{
	sim_page_fresh(s, page, rights);
	s->space.pte[page] |= PTE_SHARED | PTE_USED;
}

enum sim_status sim_map_shared(struct sim *s, uint32_t addr, uint32_t pages, unsigned flags, int fd,
			       uint64_t offset, uint64_t id)
{
	struct sim_shared_map map = {
		.first = addr / SIM_PAGE, .pages = pages, .offset = offset, .id = id
	};
	enum sim_status status = sim_map(s, addr, pages, flags);

	if (status != SIM_OK)
		return status;
	sim_unmap(s, addr, pages);
	if (s->space.nmaps % LOOK_EACH == LOOK_EACH - 1)
		drop_void_maps(s);
	map.file = sim_shared_new(fd);
	if (!map.file || !add_map(s, &map)) {
		if (map.file)
			sim_shared_put(map.file);
		s->no_memory = true;
		return SIM_ENOMEM;
	}
	if (!place(s, map.first, pages, map.file, offset)) {
		s->no_memory = true;
		return SIM_ENOMEM;
	}
	for (uint32_t i = 0; i < pages; i++) {
		/* Whatever lay there, the file has its own content. */
		s->space.pte[map.first + i] &= ~PTE_USED;
		enter(s, map.first + i, flags | PTE_PRESENT);
	}
	return SIM_OK;
}

static bool enter_from(struct sim *s, const struct sim_shared_map *map, uint32_t page,
		       uint32_t rights)
{
	if (!map ||
	    !place(s, page, 1, map->file, map->offset + (uint64_t)(page - map->first) * SIM_PAGE))
		return false;
	s->space.pte[page] &= ~PTE_USED;
	enter(s, page, rights);
	return true;
}

bool sim_shared_enter(struct sim *s, uint32_t page, uint32_t rights)
{
	return enter_from(s, map_at(s, page), page, rights);
}

bool sim_shared_copy(struct sim *to, const struct sim *from, uint32_t page)
{
	const struct sim_shared_map *map = map_of(from, page);

	/* The copy's maps are the same ones, as far as its pages are theirs. */
	if (to->space.nmaps == 0 && !sim_shared_take(to, from->space.maps, from->space.nmaps))
		return false;
	/* No map: an entry that only the guest's kernel can have forged. */
	return enter_from(to, map, page, from->space.pte[page] & RIGHTS);
}

bool sim_shared_page(const struct sim *s, uint32_t addr, uint64_t key[2])
{
	const struct sim_shared_map *map = map_of(s, addr / SIM_PAGE);

	if (!map)
		return false;
	key[0] = map->id;
	key[1] = map->offset / SIM_PAGE + (addr / SIM_PAGE - map->first);
	return true;
}
