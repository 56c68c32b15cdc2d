/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptrace_model.h: sys_ptrace as docs/kernels.md tells it (§2, §6, §10), as a function of what a kernel of 2005 has in its
 * memory: what tests/tracer/requests_test.c holds the guest's own against. Written from the text, not from asm/.
 */
#ifndef TESTS_PTRACE_MODEL_H
#define TESTS_PTRACE_MODEL_H

#include "tests/helpers/emit.h"
#include "tests/helpers/names.h" /* before the guest's own, which are macros */

#include "asm/abi.h"

enum { MODEL_TASKS = 3, MODEL_BYTES = 400 };

/* A byte of user memory, as it is to be behind the call. */
struct model_byte {
	uint32_t addr;
	uint8_t value;
};

struct world {
	sysemu_machine *m;
	const char *kernel;
	uint32_t tasks; /* where they are */
	struct task_struct task[MODEL_TASKS];
	uint32_t tif[MODEL_TASKS]; /* thread_info.flags */
	struct pt_regs frame;      /* the program's */
	uint32_t stop_action[4];   /* the program's of SIGSTOP */
	struct model_byte stored[MODEL_BYTES];
	unsigned nstored;
};

/* As the machine has it. */
void world_read(struct world *w);
void world_write(const struct world *w);

/* The call's result, and what it does to `w`; reads user memory in the machine. */
int32_t model_ptrace(struct world *w, int32_t request, int32_t pid, uint32_t addr, uint32_t data);

#endif
