/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.h: the guest kernels, built in or from files. A kernel is an image and a profile: what the
 * library must know to work with it. Nobody in lib/ knows a kernel's layout otherwise.
 */
#ifndef LIB_KERNELS_KERNELS_H
#define LIB_KERNELS_KERNELS_H

#include "libsysemu/sysemu.h"
#include "sim/sim.h"

/* In asm/profile/profile.def, which says what each is: addresses, distances, selectors, bits. */
struct profile {
#define WORD(name, value, about) uint32_t name;
#include "asm/profile/profile.def"
#undef WORD
};

/* A word that the kernel has nothing for: the group of words that it is of is missing (words.c). */
#define PROFILE_NONE 0xffffffffu

/* One guest kernel. */
struct kernel {
	const char *name, *alias, *about;
	const uint8_t *elf;
	const uint8_t *elf_end;
	const struct profile *profile;
	/* Of one that lies there packed (pack.h): elf is there once it has been found by its name. */
	const uint8_t *packed, *packed_end;
	/* Of a file (file.c): */
	const char *like;       /* the built-in one whose rules it has, NULL: of none */
	const char *path;       /* of the profile; NULL: built in */
	const uint32_t *lines;  /* of each of its words, in that file */
	struct sim_image image; /* read once; of a built-in one nothing */
	int fd;                 /* a descriptor of elf's bytes, for machines to map; 0: none */
};
#define KERNEL_DEFAULT "sysemu"
/* What a kernel of a file may be like, though none is built in: of Linux 5.11 or later. */
#define KERNEL_MODERN  "modern"
/* NULL: of no such name, or no memory for its image. */
const struct kernel *kernel_find(const char *name);
/* Kernel number n, the built-in ones first, its image not looked at; NULL beyond the last. */
const struct kernel *kernel_number(size_t n);
/* One more, for ever; *in is what has that name then. False: another kernel has it. */
bool kernel_add(struct kernel *k, const struct kernel **in);

/* A kernel that only this thread finds, until it says NULL. */
void kernel_try(const struct kernel *k);
bool kernel_on_trial(const struct kernel *k);

/* ---- words.c: a profile's words ---- */

enum word_kind { WORD_NUMBER, WORD_PLACE, WORD_PAGE, WORD_TASK, WORD_FRAME, WORD_SELECTOR };
struct word {
	const char *name, *about;
	enum word_kind kind;
	const char *symbol; /* of a place: the image's name for it */
	const char *group;  /* all of these may be missing; NULL: it must be there */
};
size_t profile_words(void);
struct word profile_word(size_t n);
uint32_t profile_get(const struct profile *p, size_t n);
void profile_set(struct profile *p, size_t n, uint32_t value);
size_t profile_word_named(const char *name, size_t length); /* profile_words(): none */
/* Is the group there? */
bool profile_has(const struct profile *p, const char *group);

/* ---- text.c: a profile as text ---- */

#define PROFILE_TEXT_MAX (1u << 20)
/* Why not, with its line, 0: of no line. */
struct profile_error {
	uint32_t line;
	char text[240];
};
/* Its head: strings in malloc'ed memory. */
struct profile_head {
	char *name, *like, *about, *image;
	uint32_t image_line, name_line, like_line;
};
/* Only the head. */
bool profile_read_head(const char *text, size_t size, struct profile_head *out,
		       struct profile_error *error);
void profile_head_free(struct profile_head *h);
/* Words: numbers, and the image's symbols. lines: of each word. */
bool profile_read_words(const char *text, size_t size, const struct sim_image *image,
			struct profile *out, uint32_t *lines, struct profile_error *error);
/* In malloc'ed memory; NULL: none. */
char *profile_write(const struct kernel *k, const struct sim_image *image);
/* What can be said without running it. */
bool profile_sound(const struct profile *p, const uint32_t *lines, const struct sim_image *image,
		   const struct kernel *like, struct profile_error *error);

/* ---- file.c ---- */

/* A kernel of a file, not yet known by its name; NULL: `why` says it. */
struct kernel *kernel_read(const char *path, char why[256]);
void kernel_free(struct kernel *k);
/* The vsyscall page of that flavour and time, an ELF shared object of at most one page. */
const uint8_t *kernel_vsyscall(uint32_t era, sysemu_entry entry, size_t *size);
#define ERA_ENTRY_IN_C 0x040400 /* from then on; a restarted SYSENTER is an int $0x80, too */
/* Flat code for LAUNCH_PAGE (asm/user/launch.S). */
const uint8_t *launch_code(size_t *size);

/* The image's regions, which lie between __region_NAME and __region_NAME_end (asm/kernel.lds),
 * by address; how many. */
size_t kernel_regions(const struct sim_image *image, struct sim_range ranges[SYSEMU_REGIONS]);

#endif
