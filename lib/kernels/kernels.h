/* SPDX-License-Identifier: GPL-2.0-only */
/* kernels.h: the guest kernels that are built in: what the registry knows of each. */
#ifndef LIB_KERNELS_KERNELS_H
#define LIB_KERNELS_KERNELS_H

#include "libsysemu/sysemu.h"

/* One guest kernel built into the library (kernels.c). */
struct kernel {
	const char *name, *alias, *about;
	const uint8_t *elf;
	const uint8_t *elf_end;
};
const struct kernel *kernel_find(const char *name);
/* The vsyscall page of that flavour, an ELF shared object of at most one page. */
const uint8_t *kernel_vsyscall(sysemu_entry entry, size_t *size);
/* Flat code for LAUNCH_PAGE (asm/user/launch.S). */
const uint8_t *launch_code(size_t *size);

#endif
