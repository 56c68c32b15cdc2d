/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry-4.4.h: what entry-4.14.S does otherwise in 4.4 and 4.5, beside what it does up to 5.8: SYSENTER's flags
 * are neither looked at on the way in nor given back by sysexit, and its #DB has a stack to find.
 */
#define SYSENTER_LOSES_FLAGS
#define INT80_CALL do_syscall_32_irqs_on
#include "rules/entry-4.14.h"
