/* SPDX-License-Identifier: GPL-2.0-only */
/* counts.c: instructions by region, as the computer has counted them. */
#include "lib/guest/guest.h"

static const char *const region_names[] = {
#define X(name, text) text,
	SYSEMU_REGION_MAP(X)
#undef X
};

const char *sysemu_region_name(sysemu_region region)
{
	return (unsigned)region < SYSEMU_REGIONS ? region_names[region] : NULL;
}

uint64_t sysemu_kernel_insns(const sysemu_counts *counts)
{
	uint64_t sum = 0;

	for (unsigned r = 0; counts && r < SYSEMU_REGIONS; r++)
		if (r != SYSEMU_REGION_USER)
			sum += counts->insns[r];
	return sum;
}

static_assert(SYSEMU_REGIONS <= SIM_REGIONS, "the computer counts enough regions");

void fill_counts(const sysemu_machine *m, sysemu_counts *out)
{
	const struct sim_counts *c = sim_get_counts(m->sim);

	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		out->insns[r] = c->region[r];
	out->int80 = c->int_user[0x80];
	out->sysenter = c->sysenter_user;
}

sysemu_status sysemu_get_counts(sysemu_machine *m, sysemu_counts *out)
{
	REQUIRE(m, out);
	fill_counts(m, out);
	return SYSEMU_OK;
}
