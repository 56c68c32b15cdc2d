/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_regs.c: see kernel_regs.h. */
#include "tests/helpers/kernel_regs.h"

#include <setjmp.h>
#include <stdarg.h>

#include "lib/machine/machine.h"

#include <cmocka.h>

struct sim_regs kernel_regs(sysemu_machine *m)
{
	struct sim_regs regs;

	sim_get_regs(m->sim, &regs);
	return regs;
}

void raise_interrupt(sysemu_machine *m, unsigned vector)
{
	assert_true(sim_interrupt(m->sim, vector));
}
