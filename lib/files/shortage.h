/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_FILES_SHORTAGE_H
#define LIB_FILES_SHORTAGE_H

/* -NO_MEMORY is no errno of Linux, and told to no program: this host has no memory for what one asks, or no
 * descriptor, where -ENOMEM and -EMFILE say that the machine has none. What a program comes to must not depend on
 * the host, so its run ends. */
#define NO_MEMORY 4094

/* What a call of the host's that failed with that errno comes to. Some that ask have no <errno.h>, beside uapi.h. */
static inline int error_of_host(int error)
{
	enum { HOST_ENOMEM = 12, HOST_ENFILE = 23, HOST_EMFILE = 24 };

	return error == HOST_ENOMEM || error == HOST_ENFILE || error == HOST_EMFILE ? -NO_MEMORY :
										      -error;
}

#endif
