/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conformance.h: scenarios as C programs of their own, for kernels that are not ours.
 *
 *	command.c   the pack: a folder with the runtime and a file a scenario
 *	needs.c     what of a scenario another kernel's tracer can do and see
 *	steps.c     the program, as steps that each machine's header knows
 *	rows.c      rows, actions and verdicts
 */
#ifndef CLI_CONFORMANCE_H
#define CLI_CONFORMANCE_H

#include <stdio.h>

#include "libsysemu/sysemu.h"

/* A scenario on its way to C: its int $0x80 form, whose addresses stand for all machines'. */
struct emitted {
	FILE *out;
	const sysemu_scenario *s;
	const sysemu_staging *st;
	const char *needs; /* why no other kernel can be asked; NULL: it can */
	bool i386, x86;    /* by these machines alone */
	bool kernel32;     /* and by a kernel of 32 bits */
	bool int80;        /* by int $0x80 alone: it stops within the page, or has no such form */
	size_t seen_rows;  /* behind them the program is nobody's tracee */
};

/* ---- needs.c ---- */

void emitted_look(struct emitted *e);
bool emitted_resumes(int32_t request);
/* A check that a tracer can make; its kind there, as `on` names it; NULL: it can not. */
const char *emitted_seen(const sysemu_row *row, const sysemu_check *c);
uint32_t emitted_check(const sysemu_row *row, sysemu_check_kind kind, uint32_t none);

/* ---- steps.c ---- */

/* Does a call's register move or the like begin there? Then its label, for C and assembly. */
bool steps_label(const struct emitted *e, uint32_t addr, char *buf, size_t size);
/* PROGRAM(...), the declarations of its labels, and where its loops are. */
void steps_put(const struct emitted *e);
/* "NR_getpid" where the machines have that call by its name; NULL: the number is all there is. */
const char *steps_number(uint32_t nr);

/* ---- rows.c ---- */

void rows_put(const struct emitted *e);
size_t rows_verdicts(const struct emitted *e); /* how many it puts */

#endif
