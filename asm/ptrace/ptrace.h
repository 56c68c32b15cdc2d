/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace.h: ptrace(2), and what it reads and writes of a stopped task. */
/* clang-format off */
#ifndef ASM_PTRACE_H
#define ASM_PTRACE_H

#include "guest.h"

/* ---- ptrace.c, ptrace-access.c ---- */
asmlinkage int32_t sys_ptrace(int32_t request, int32_t pid, uint32_t addr, uint32_t data);
int32_t peek_user(struct task_struct *child, uint32_t addr, uint32_t data);
int32_t poke_user(struct task_struct *child, uint32_t addr, uint32_t data);
int32_t getregs(struct task_struct *child, uint32_t data);
int32_t setregs(struct task_struct *child, uint32_t data);
void set_singlestep(struct task_struct *child);

#endif
