/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover.h: the part of sysemu.h on coverage; sysemu.h includes it.
 */
/* clang-format off */
#ifndef LIBSYSEMU_SYSEMU_H
#include "sysemu.h" /* it includes this file in its turn */
#elif !defined(LIBSYSEMU_COVER_H)
#define LIBSYSEMU_COVER_H

/* ---- 18. coverage ------------------------------------------------------ */

/*
 * A collection says of each instruction of each kernel how often it was executed, and of each
 * conditional jump how often it jumped and how often not: over all machines that added to it.
 * Collected by basic block, in no snapshot and no digest: what was executed stays so when a
 * machine is restored to before. What it costs: docs/performance.md.
 */
typedef struct sysemu_cover sysemu_cover;

/* An empty one; ENOMEM. */
sysemu_status sysemu_cover_new(sysemu_cover **out);
/* Not before the last machine that adds to it is closed. NULL is allowed. */
void sysemu_cover_free(sysemu_cover *c);

/* From now on each machine that this thread opens, itself or through sysemu_scenario_play,
 * sysemu_inject or sysemu_explore, adds to c what its kernel executes, booting included, when
 * it is closed. NULL: no more. Several threads may add to one collection. A machine that
 * counts nothing (SYSEMU_COUNT_NONE) adds nothing. */
void sysemu_cover_here(sysemu_cover *c);

typedef struct sysemu_covered {
	uint32_t addr, size;     /* of the instruction */
	sysemu_region region;
	uint64_t runs;           /* how often it retired */
	bool branch;             /* a conditional jump: */
	uint32_t target;         /* where it leads */
	uint64_t taken, passed;  /* how often it jumped, and how often not */
} sysemu_covered;

/* The kernel's first instruction at or behind addr, executed or not, so that from 0 on
 * `addr = out.addr + out.size` leads through all; ENOENT behind the last, EKERNEL. What open
 * machines have executed is not in it yet. */
sysemu_status sysemu_cover_at(sysemu_cover *c, const char *kernel, uint32_t addr,
			      sysemu_covered *out);
/* Adds runs, taken and passed to those of the instruction at what->addr: what another process
 * has seen. EKERNEL; EINVAL where no instruction begins, or a jump is none. */
sysemu_status sysemu_cover_add(sysemu_cover *c, const char *kernel, const sysemu_covered *what);

#endif
