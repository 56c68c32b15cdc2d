/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strings.h: what a call's arguments point to, where they point to a path or to a buffer's bytes: `write(1, "a\n", 2)`
 * in place of an address. Implemented by strings.c.
 */
#ifndef CLI_EXEC_STRINGS_H
#define CLI_EXEC_STRINGS_H

#include "libsysemu/process.h"

#define EXEC_STRING_BYTES 32 /* of what is longer no more is shown */
#define EXEC_STRING_TEXT  (4 * EXEC_STRING_BYTES + sizeof("\"\"...")) /* each as \xHH */

/* By argument, in quotes, with "..." behind them if that is not all; printable ASCII. "": its number stands for it. */
struct exec_strings {
	char of[6][EXEC_STRING_TEXT];
};

/* Of a SYS_ENTER what the call is given, of a SYS_EXIT what it has filled. None where nothing can be read. */
void exec_strings_read(sysemu_machine *m, const sysemu_tracepoint *p, struct exec_strings *s);

#endif
