/* SPDX-License-Identifier: GPL-2.0-only */
/* tracer.h: calls of the guest's own functions, as its tracer makes them. */
#ifndef LIB_TRACER_TRACER_H
#define LIB_TRACER_TRACER_H

#include "lib/guest/guest.h"

/* A guest function of up to four arguments on the stack, called as the tracer. */
sysemu_status guest_call(sysemu_machine *m, uint32_t function, const uint32_t args[4],
			 int32_t *result);

#endif
