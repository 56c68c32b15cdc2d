/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenarios.h: the ways through the kernel on which both CPUs are watched. A row is one
 * system call, or a few bytes of code that run up to their last two, an endless loop, or
 * until the kernel ends the program.
 */
#ifndef TESTS_ORACLE_SCENARIOS_H
#define TESTS_ORACLE_SCENARIOS_H

#include <stddef.h>
#include <stdint.h>

struct scenario {
	const char *name;
	unsigned entries; /* by which entries: bit 0 int 0x80, bit 1 SYSENTER */
	uint32_t tif;     /* thread_info.flags before the int or sysenter; 0: untouched */
	/* either a call */
	int nr;
	const char *prologue;
	size_t prologue_size;
	/* or code */
	const char *code;
	size_t size;
	uint32_t end; /* where it ends if not at its last two bytes */
	/* kernel data written first: a handler of signal `handled`, an audit context */
	unsigned handled, handler;
	int audited;
};

extern const struct scenario scenarios[]; /* the last has no name */

#endif
