/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trial.h: what the files of a kernel's trial share: a machine of it, and how a word that does not
 * hold is named. Written on the public header, as any user's test of a kernel would be; the
 * profile is looked at to know what has been promised.
 *
 *	open.c   a kernel's file: read, tried, made known; what it can do
 *	trial.c  the trial: tasks, registers, flags, calls, signals
 *	other.c  attaching, what comes from outside, ends, processes
 */
#ifndef LIB_TRIAL_TRIAL_H
#define LIB_TRIAL_TRIAL_H

#include "lib/fail.h"
#include "lib/kernels/kernels.h"
#include "libsysemu/process.h"

struct trial {
	const struct kernel *k;
	const struct profile *p;
	sysemu_machine *m;
	uint32_t line; /* of the word that did not hold, 0: of none */
	char why[200];
};

/* False, and `words`, of which the first is the likeliest, are said to be wrong. */
bool trial_wrong(struct trial *t, const char *words, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Another machine of the kernel, with `code` in it. */
bool trial_open(struct trial *t, sysemu_start start, const void *code, size_t size);
bool trial_info(struct trial *t, int32_t pid, sysemu_task *out);

bool trial_traced(struct trial *t);
bool trial_outside(struct trial *t);
bool trial_ends(struct trial *t);
bool trial_processes(struct trial *t);
#endif
