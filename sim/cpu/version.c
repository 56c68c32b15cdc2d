/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * version.c: which Unicorn this is. A file of its own, so that disasm.c can name
 * both engines and still know Capstone alone.
 */
#include <unicorn/unicorn.h>

#include "sim/sim.h"

void sim_cpu_version(unsigned *major, unsigned *minor, unsigned *patch)
{
	unsigned version = uc_version(NULL, NULL); /* 0x02000100 is 2.0.1 */

	*major = version >> 24;
	*minor = version >> 16 & 0xff;
	*patch = version >> 8 & 0xff;
}
