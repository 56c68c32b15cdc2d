/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fail.h: a status and its sentence, in one statement: `return fail(m, SYSEMU_EINVAL, "...")`.
 * All of lib/ may include it; a call without a machine says NULL.
 */
#ifndef LIB_FAIL_H
#define LIB_FAIL_H

#include "libsysemu/sysemu.h"

/* Writes what sysemu_errmsg(m) will say and returns `status`. */
sysemu_status fail(sysemu_machine *m, sysemu_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Has this host lacked memory since it was asked last? What comes of that is no result of the machine's. */
bool lacked_memory(sysemu_machine *m);

/* Does a function of the caller's run that the machine has called? It may look, and no more. */
bool is_inside(const sysemu_machine *m);

/* EINVAL unless a pointer argument is there; `m` may be NULL, for a call without a machine. */
#define REQUIRE_ARGUMENT(m, pointer)                                                         \
	do {                                                                                 \
		if (!(pointer))                                                              \
			return fail(m, SYSEMU_EINVAL, "%s: " #pointer " is NULL", __func__); \
	} while (0)
#define REQUIRE_MACHINE(m) REQUIRE_ARGUMENT(NULL, m)
#define REQUIRE(m, pointer)                   \
	do {                                  \
		REQUIRE_MACHINE(m);           \
		REQUIRE_ARGUMENT(m, pointer); \
	} while (0)
#define REQUIRE_OUTSIDE(m)                                                                      \
	do {                                                                                    \
		if (is_inside(m))                                                               \
			return fail(m, SYSEMU_ESTATE,                                           \
				    "%s: not in a function that this machine calls", __func__); \
	} while (0)

#endif
