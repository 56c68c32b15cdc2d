/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.h: what a machine tells of its coverage: when it is opened and when it is closed.
 */
#ifndef LIB_COVER_H
#define LIB_COVER_H

#include "lib/guest/guest.h"

/* Does this thread collect? Then the machine's computer is to be opened for it. */
bool cover_wanted(const sysemu_machine *m);
/* Before the machine's first run, its image loaded: sets m->cover to this thread's collection. */
sysemu_status cover_open(sysemu_machine *m);
/* Adds what has run. */
void cover_close(sysemu_machine *m);

#endif
