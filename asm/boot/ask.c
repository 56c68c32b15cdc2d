/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask.c: what the kernel asks the host for: data, never an order of events. Read next: host.h.
 */
#include "boot/boot.h"

uint32_t with_processes;

int32_t ask_host(int32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f)
{
	volatile struct host_call call = { .nr = nr, .arg = { a, b, c, d, e, f } };

	if (!with_processes)
		return -ENOSYS;
	stop_port(STOP_HOST, (uint32_t)&call);
	return call.result;
}
