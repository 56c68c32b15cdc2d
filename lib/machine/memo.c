/* SPDX-License-Identifier: GPL-2.0-only */
/* memo.c: the computer's memo (sim/memo/) in the words of the public header. */
#include "lib/guest/guest.h"

sysemu_status sysemu_set_memo(sysemu_machine *m, bool on)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!on) {
		sim_memo_close(m->sim);
		return SYSEMU_OK;
	}
	if (m->spaces || m->timing.model || m->config.counting == SYSEMU_COUNT_NONE)
		return fail(m, SYSEMU_EINVAL, "no memo with %s",
			    m->spaces       ? "processes" :
			    m->timing.model ? "a timing model" :
					      "SYSEMU_COUNT_NONE");
	switch (sim_memo_open(m->sim)) {
	case SIM_OK: return SYSEMU_OK;
	case SIM_ENOMEM: return fail(m, SYSEMU_ENOMEM, "no memory for a memo");
	default:
		return fail(m, SYSEMU_EENGINE,
			    "no memo: where the engine keeps its registers was not found");
	}
}

sysemu_status sysemu_get_memo(sysemu_machine *m, sysemu_memo *out)
{
	struct sim_memo_facts facts;

	REQUIRE(m, out);
	sim_memo_get_facts(m->sim, &facts);
	*out = (sysemu_memo){ .answered = facts.answered,
			      .audited = facts.audited,
			      .executed = facts.executed,
			      .recorded = facts.recorded,
			      .refused = facts.refused };
	return SYSEMU_OK;
}
