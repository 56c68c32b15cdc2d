/* SPDX-License-Identifier: GPL-2.0-only */
/* forms.c: from the bytes of an instruction to the line of the manual that prices it. */
#include "sim/timing/timing.h"

uint16_t sim_form_of(const struct sim_insn *insn)
{
	(void)insn;
	return 0;
}

const char *sim_form_name(uint16_t form)
{
	(void)form;
	return "?";
}

enum sim_depends sim_form_depends(uint16_t form)
{
	(void)form;
	return SIM_ON_NOTHING;
}
