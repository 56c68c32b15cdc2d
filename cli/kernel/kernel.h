/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h: what the files of `sysemu kernel` share: relocatable objects for i386, linked to an
 * image that carries its profile.
 *
 *	objects.c  objects and archives, read; nothing in them is believed
 *	link.c     which symbol is whose, relocations
 *	lay.c      where sections lie
 *	image.c    the image as an ELF file
 *	layout.c   structures of theirs against ours
 */
#ifndef CLI_KERNEL_KERNEL_H
#define CLI_KERNEL_KERNEL_H

#include <elf.h>

#include "cli/cli.h"

#define LINK_REGIONS SYSEMU_REGIONS

/* Where a section goes. */
enum link_part {
	LINK_NOWHERE, /* not loaded, and not kept */
	LINK_TEXT,
	LINK_RODATA,
	LINK_EX_TABLE,
	LINK_DATA,
	LINK_BSS,
	LINK_PROCESSES,
	LINK_DEBUG,   /* .debug_*: kept, not loaded */
	LINK_PROFILE, /* the words of the profile */
	LINK_PARTS
};

struct link_section {
	Elf32_Shdr head;
	const char *name;
	enum link_part part;
	unsigned region; /* of text */
	uint32_t addr;   /* in the image; of LINK_DEBUG: in its output section */
	uint8_t *bytes;  /* relocated; NULL: zeros */
	unsigned rel;    /* the section with its relocations; 0: none */
	unsigned debug;  /* of LINK_DEBUG: which output section */
};

struct link_object {
	const char *name;
	const uint8_t *data;
	size_t size;
	bool ours, dropped;
	bool partial; /* ours, and some of it is the user's: its names are kept where they are needed */
	unsigned n_sections, n_symbols;
	struct link_section *sections;
	const Elf32_Sym *symbols; /* copied */
	const char *strings;
	uint32_t strings_size;
};

struct link_symbol {
	const char *name;
	const struct link_object *object; /* NULL: of the linker's own */
	const Elf32_Sym *sym;
	uint32_t value;
	bool weak, stub, common;
	bool needed;              /* by another object than its own */
	struct link_symbol *next; /* in the table */
};

#define LINK_BUCKETS    4096
#define LINK_DEBUG_MOST 24
#define LINK_SEGMENTS   240         /* sim/image takes 256 */
#define LINK_TEXT_BASE  0xC0100000u /* KERNEL_BASE of asm/abi.h */

struct link_debug {
	const char *name;
	uint32_t size;
};

/* What is loaded of another image, or made up. */
struct link_segment {
	uint32_t addr, size, memory; /* memory: with the zeros behind it */
	const uint8_t *bytes;
	bool writable;
};
struct link_name {
	const char *name;
	uint32_t value, size;
	unsigned char type;
};

/* All that is linked. */
struct link {
	const char *base, *name;
	uint32_t text_base;
	/* Segments that come before what was linked, and symbols that are kept as they are. */
	const struct link_segment *segments;
	size_t n_segments;
	const struct link_name *names;
	size_t n_names;
	char **files; /* bytes of the users' */
	struct link_object *objects;
	size_t n_objects;
	struct link_symbol *table[LINK_BUCKETS];
	struct link_symbol **stubs;
	size_t n_stubs, n_calls; /* n_calls: those of a table that nobody has */
	bool calls_of_base;      /* the call table is ours, whatever the objects have */
	uint32_t part_start[LINK_PARTS], part_end[LINK_PARTS];
	uint32_t region_start[LINK_REGIONS], region_end[LINK_REGIONS];
	uint32_t stub_code, stub_texts;
	uint8_t *stub_bytes, *text_bytes;
	size_t stub_size, text_size;
	struct link_debug debug[LINK_DEBUG_MOST];
	unsigned n_debug;
};

/* "FILE: why" on stderr; false. */
bool link_refuse(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- objects.c ---- */

/* One object out of `size` bytes, which must outlive it. */
bool link_read_object(struct link_object *o, const char *name, const uint8_t *data, size_t size,
		      bool ours);
void link_free_object(struct link_object *o);
/* The objects of the built-in base; false: there is none of that name. */
bool link_add_ours(struct link *l);
const char *link_symbol_name(const struct link_object *o, const Elf32_Sym *sym);
/* "2.6.11, sysemu, 2.6.14" */
const char *link_bases(void);

#define STUB_SIZE 16

/* ---- lay.c ---- */

bool link_lay_out(struct link *l);
/* Each .debug_* section is all of that name, one behind the other. */
bool link_lay_debug(struct link *l);

/* ---- link.c ---- */

struct link_symbol *link_find(const struct link *l, const char *name);
/* A symbol of the linker's own; `name` is kept. False: no memory. */
bool link_define(struct link *l, const char *name, uint32_t value);
/* regions_of: the kernel whose regions code belongs to; NULL: to none. */
bool link_all(struct link *l, const char *regions_of);
void link_free(struct link *l); /* but its files */
/* Where symbol n of an object is in the image. */
bool link_value(const struct link *l, const struct link_object *o, uint32_t n, uint32_t *value);

/* ---- image.c ---- */

/* In malloc'ed memory; NULL: said. */
uint8_t *link_image(const struct link *l, const char *profile, size_t *size);
bool link_save(const uint8_t *image, size_t size, const char *path);

/* ---- layout.c ---- */

/* Do the users' objects, by the debug information in the image, look at tasks as ours do, by the
 * profile? False: said, member by member. */
bool link_layouts_agree(const uint8_t *image, size_t size, const char *profile);

#endif
