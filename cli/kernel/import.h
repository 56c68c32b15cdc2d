/* SPDX-License-Identifier: GPL-2.0-only */
/* import.h: a whole kernel as an image that runs without a boot: import.c. */
#ifndef CLI_KERNEL_IMPORT_H
#define CLI_KERNEL_IMPORT_H

#include "cli/kernel/facts.h"

/* Writes the image to `path`. False: said. */
bool import_kernel(const struct whole *w, const struct facts *f, const char *name,
		   const char *path);

#endif
