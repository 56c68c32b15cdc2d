/* SPDX-License-Identifier: GPL-2.0-only */
/* version.c: which engines these are. */
#include <pthread.h>
#include <stdio.h>
#include <unicorn/unicorn.h>

#include "sim/code/code.h"
#include "sim/sim.h"

void sim_cpu_version(unsigned *major, unsigned *minor, unsigned *patch)
{
	unsigned version = uc_version(NULL, NULL); /* 0x02000100 is 2.0.1 */

	*major = version >> 24;
	*minor = version >> 16 & 0xff;
	*patch = version >> 8 & 0xff;
}

static char engines[96];
static pthread_once_t engines_once = PTHREAD_ONCE_INIT;

static void name_engines(void)
{
	unsigned uc_major, uc_minor, uc_patch;
	int cs_major, cs_minor, cs_patch;

	sim_cpu_version(&uc_major, &uc_minor, &uc_patch);
	sim_disasm_version(&cs_major, &cs_minor, &cs_patch);
	snprintf(engines, sizeof(engines), "unicorn %u.%u.%u, capstone %d.%d.%d", uc_major,
		 uc_minor, uc_patch, cs_major, cs_minor, cs_patch);
}

const char *sim_engines(void)
{
	pthread_once(&engines_once, name_engines);
	return engines;
}
