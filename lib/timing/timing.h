/* SPDX-License-Identifier: GPL-2.0-only */
/* timing.h: a machine's clocks. */
#ifndef LIB_TIMING_TIMING_H
#define LIB_TIMING_TIMING_H

#include "lib/guest/guest.h"

/* Takes config.timing. */
sysemu_status timing_open(sysemu_machine *m);
uint64_t timing_total(const sysemu_machine *m);

#endif
