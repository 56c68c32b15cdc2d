/* SPDX-License-Identifier: GPL-2.0-only */
/* tracer.h: calls of the guest's own functions, as its tracer makes them. */
#ifndef LIB_TRACER_TRACER_H
#define LIB_TRACER_TRACER_H

#include "lib/guest/guest.h"

/* A guest function of up to four arguments on the stack, called as the tracer. */
sysemu_status guest_call(sysemu_machine *m, uint32_t function, const uint32_t args[4],
			 int32_t *result);

/* Of a call that sysemu_ptrace_begin has begun, and that has run up to `stop`: does it go on behind what
 * was no end? Is it the end? Then the program's CPU is taken back. */
bool tracer_goes_on(sysemu_machine *m, enum sim_stop stop);
bool tracer_at_end(enum sim_stop stop);
sysemu_status tracer_end(sysemu_machine *m, enum sim_stop stop, int32_t *result);

#endif
