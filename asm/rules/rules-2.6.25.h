/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules-2.6.25.h: one step.c for both architectures: TF that ptrace has set is not shown. Names: eras.h.
 */
#ifndef RULES_2_6_25_H
#define RULES_2_6_25_H

#define FORCED_TF             _TIF_FORCED_TF
#define IRET_SETS_TF          1
#define STOP_KEEPS_P          1
#define SIGNAL_STOP_ENDS_STEP 0 /* PT_DTRACE is no more */
#ifndef HANDLER_EFLAGS
#define HANDLER_EFLAGS (X86_EFLAGS_TF | X86_EFLAGS_DF)
#endif
#include "rules/rules-2.6.20.h"
#endif
