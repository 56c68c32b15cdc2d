/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole.h: a whole kernel's file, whatever form it has: segments, and names of places. Nothing in it is
 * believed.
 *
 *	whole.c     ELF, flat; which names count
 *	unpack.c    a bzImage, unpacked
 *	kallsyms.c  the names that a stripped image has for itself: kallsyms, its export table
 */
#ifndef CLI_KERNEL_WHOLE_H
#define CLI_KERNEL_WHOLE_H

#include "cli/kernel/kernel.h"

/* How a file is read, beyond what it says itself. */
struct whole_options {
	const char *symbols;    /* a System.map; NULL: none */
	struct cli_number load; /* of a flat image: where it lies */
};

struct whole {
	const char *path;
	const uint8_t *mapped; /* the file */
	size_t mapped_size;
	uint8_t *unpacked;   /* out of a bzImage; NULL: it is none */
	const uint8_t *data; /* the image: one of the two */
	size_t size;
	struct link_segment segments[LINK_SEGMENTS];
	size_t n_segments;
	struct link_name *names; /* functions and data, as they come */
	size_t n_names, room_names;
	bool ordered;           /* by their places */
	char *texts[2];         /* of names that are not in the file as they are */
	const char *from;       /* where the names are from, for a person */
	uint32_t exports[2][2]; /* __ksymtab and __ksymtab_gpl: address, size */
};
/* False: said. Closed in any case. */
bool whole_open(struct whole *w, const char *path, const struct whole_options *o);
void whole_close(struct whole *w);
/* The same of path, data and size alone, which are somebody's. */
bool whole_take(struct whole *w, const struct whole_options *o);
/* Its bytes at addr; NULL: not all of them are in the file. */
const uint8_t *whole_bytes(const struct whole *w, uint32_t addr, uint32_t size);
/* What is in memory there, with the zeros that no file has; false: not all of it is there. */
bool whole_copy(const struct whole *w, uint32_t addr, uint32_t size, uint8_t *to);
/* The word at addr, likewise. */
bool whole_word(const struct whole *w, uint32_t addr, uint32_t *value);
/* One more name, whose text outlives w; false: said. */
bool whole_add_name(struct whole *w, const char *name, uint32_t value, uint32_t size,
		    unsigned char type);

/* ---- unpack.c ---- */

/* Is it a bzImage, or compressed? */
bool unpack_is_packed(const uint8_t *data, size_t size);
/* The image in it, in malloc'ed memory; NULL: said. */
uint8_t *unpack(const char *path, const uint8_t *data, size_t size, size_t *out_size);

/* ---- kallsyms.c ---- */

/* Adds what the image knows by name itself; false: said. That there is nothing is no error. */
bool kallsyms_take(struct whole *w);

#endif
