/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_FILES_SHORTAGE_H
#define LIB_FILES_SHORTAGE_H

/* -NO_MEMORY is no errno of Linux, and told to no program: this host has no memory for what one asks, where
 * -ENOMEM says that the machine has none. What a program comes to must not depend on the host, so its run ends. */
#define NO_MEMORY 4094

#endif
