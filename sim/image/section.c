/* SPDX-License-Identifier: GPL-2.0-only */
/* section.c: the bytes of a section by its name, in an image that image.c has found good. */
#include <elf.h>
#include <string.h>

#include "sim/sim.h"

/* `size` bytes at `offset` of the file; NULL: they are not all there. */
static const uint8_t *at(const struct sim_image *img, uint64_t offset, uint64_t size)
{
	return offset <= img->size && size <= img->size - offset ? img->data + offset : NULL;
}

static bool header(const struct sim_image *img, const Elf32_Ehdr *head, unsigned index,
		   Elf32_Shdr *out)
{
	const uint8_t *bytes =
		at(img, head->e_shoff + (uint64_t)index * sizeof(*out), sizeof(*out));

	if (bytes)
		memcpy(out, bytes, sizeof(*out));
	return bytes != NULL;
}

const uint8_t *sim_image_section(const struct sim_image *img, const char *name, size_t *size)
{
	Elf32_Ehdr head;
	Elf32_Shdr names, s;
	const char *list;

	if (img->size < sizeof(head))
		return NULL;
	memcpy(&head, img->data, sizeof(head));
	if (head.e_shentsize != sizeof(s) || head.e_shstrndx >= head.e_shnum ||
	    !header(img, &head, head.e_shstrndx, &names))
		return NULL;
	list = (const char *)at(img, names.sh_offset, names.sh_size);
	if (!list || !names.sh_size || list[names.sh_size - 1])
		return NULL;
	for (unsigned i = 1; i < head.e_shnum; i++) {
		if (!header(img, &head, i, &s))
			return NULL;
		if (s.sh_type == SHT_NOBITS || s.sh_name >= names.sh_size ||
		    strcmp(list + s.sh_name, name) != 0)
			continue;
		*size = s.sh_size;
		return at(img, s.sh_offset, s.sh_size);
	}
	return NULL;
}
