/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_regs.h: the CPU itself while it is in the kernel, for tests that look there, and an
 * interrupt of any vector. The public header shows what a tracer or a program could see.
 */
#ifndef TESTS_KERNEL_REGS_H
#define TESTS_KERNEL_REGS_H

#include "sim/sim.h"

#include <libsysemu/sysemu.h>

struct sim_regs kernel_regs(sysemu_machine *m);
/* Arrives before the next instruction, as from outside: no error code is pushed. */
void raise_interrupt(sysemu_machine *m, unsigned vector);

#endif
