/* SPDX-License-Identifier: GPL-2.0-only */
/* rules-4.14.h: what stops, signals and the way in had become until 4.4, whose kernel.h says what came with 4.6. Names:
 * eras.h. */
#ifndef RULES_4_4_H
#define RULES_4_4_H

#define ENTRY_IN_C
#define NOTIFY_SETS_TF        0 /* 2.6.27 */
#define SYNCHRONOUS_LOWER     1 /* 2.6.33 */
#define FORK_ENDS_STEP        1 /* 2.6.33 */
#define FATAL_ENDS_STOP       1
#define HANDLER_ENDS_STEP     1
#define HANDLER_EFLAGS        (X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_RF)
#define UNKNOWN_OPTIONS_FIRST 1
#define OPTIONS_KNOWN         0x003000ff /* TRACESECCOMP, EXITKILL, SUSPEND_SECCOMP */
#define INIT_IS_LIKE_OTHERS   1
#define CALL_FRAME(regs)      ((void)&(regs), task_regs(current))
#ifndef INT80_GATE
#define INT80_GATE GATE_INTERRUPT
#endif
#include "rules/rules-2.6.25.h"
#endif
