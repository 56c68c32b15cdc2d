/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.h: the guest kernels that are built in. A kernel is an image and a profile: what the
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

/* One guest kernel built into the library (kernels.c). */
struct kernel {
	const char *name, *alias, *about;
	const uint8_t *elf;
	const uint8_t *elf_end;
	const struct profile *profile;
};
#define KERNEL_DEFAULT "sysemu"
/* NULL: of no such name. */
const struct kernel *kernel_find(const char *name);
/* The vsyscall page of that flavour, an ELF shared object of at most one page. */
const uint8_t *kernel_vsyscall(sysemu_entry entry, size_t *size);
/* Flat code for LAUNCH_PAGE (asm/user/launch.S). */
const uint8_t *launch_code(size_t *size);

/* The image's regions, which lie between __region_NAME and __region_NAME_end (asm/kernel.lds),
 * by address; how many. */
size_t kernel_regions(const struct sim_image *image, struct sim_range ranges[SYSEMU_REGIONS]);

#endif
