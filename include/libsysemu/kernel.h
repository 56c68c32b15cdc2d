/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h: the part of sysemu.h on kernels that are not built in; sysemu.h includes it.
 */
/* clang-format off */
#ifndef LIBSYSEMU_SYSEMU_H
#include "sysemu.h" /* it includes this file in its turn */
#elif !defined(LIBSYSEMU_KERNEL_H)
#define LIBSYSEMU_KERNEL_H

/* ---- 23. your own kernel ------------------------------------------------ */

/*
 * A kernel is an image and a profile, a text that says where in it things are (docs/real-kernels.md).
 * From now on, and as long as the process lives, it is a kernel as those that are built in: *name,
 * which its profile gives, can stand in a config and wherever a kernel's name can, and
 * sysemu_kernel_at has it behind the others. `path`: a profile, which names its image, or an image
 * that carries its profile in a section.
 *
 * Nothing in the file is believed: the profile is held against the image, and a machine of it has to do
 * what its words promise. EKERNEL: sysemu_errmsg(NULL) names file, line and word. The same file
 * again is the same kernel; another of that name is refused.
 */
sysemu_status sysemu_kernel_open(const char *path, const char **name);

/* The built-in kernel whose rules it has, so that a scenario's verdict for that holds for it;
 * "modern": that of Linux 5.11 or later, of which none is built in. NULL: of none, or built in itself. */
const char *sysemu_kernel_like(const char *kernel);

/* Its profile as text, in malloc'ed memory, which the caller frees. EKERNEL, ENOMEM. */
sysemu_status sysemu_kernel_profile(const char *kernel, char **text);

/* What a kernel can do, as its profile and a trial of it say. */
typedef struct sysemu_ability {
	const char *name;    /* "boot", "getpid by int 0x80", ... */
	bool has;
	char text[200];      /* of what has been seen; or what is missing, and for what */
} sysemu_ability;
/* Number `index`, from 0; ENOENT beyond the last, EKERNEL. */
sysemu_status sysemu_kernel_ability(const char *kernel, size_t index, sysemu_ability *out);

#endif
