/* SPDX-License-Identifier: GPL-2.0-only */
/* rules-5.11.h: what is to be done about calls has a word of its own. Names: eras.h. */
#ifndef RULES_5_11_H
#define RULES_5_11_H

#define CALL_FLAGS(ti)   ((ti)->syscall_work)
#define CALL_WORD(value) (value)
#define CALL_TRACE       WORK_SYSCALL_TRACE
#define CALL_EMU         WORK_SYSCALL_EMU
#define CALL_AUDIT       WORK_SYSCALL_AUDIT
#ifndef CALL_EXIT_TRAP
#define CALL_EXIT_TRAP WORK_EXIT_TRAP
#endif
#define SYNCHRONOUS_FIRST 1
#define SAVE_FS_EARLY     1
#include "rules/rules-4.14.h"
#endif
