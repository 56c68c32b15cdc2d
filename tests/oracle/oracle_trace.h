/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle_trace.h: what a CPU went through, instruction by instruction, and where two of them
 * first differ.
 */
#ifndef TESTS_ORACLE_TRACE_H
#define TESTS_ORACLE_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include <libsysemu/sysemu.h>

#include "tests/oracle/gdb.h"

/* The registers before each instruction. One that repeats itself (rep) stands here once. */
struct trace {
	struct gdb_regs *steps;
	size_t n, room;
};

void trace_clear(struct trace *t);
void trace_add(struct trace *t, const struct gdb_regs *r);
void trace_free(struct trace *t);
void regs_of_machine(sysemu_machine *m, struct gdb_regs *out);

void trace_print(sysemu_machine *m, const struct trace *t, size_t from, size_t to);

/* False and a printed account at the first step that differs. EFLAGS count by `mask`.
 * Both lengths must be equal unless both have at least `enough` steps. */
bool trace_equal(sysemu_machine *m, const struct trace *ours, const struct trace *theirs,
		 uint32_t mask, size_t enough);

#endif
