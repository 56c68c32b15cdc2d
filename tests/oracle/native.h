/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.h: the host's own processor in 32-bit user mode, instruction by instruction: a
 * child under PTRACE_SINGLESTEP whose code and data lie in memory that is shared with it.
 */
#ifndef TESTS_ORACLE_NATIVE_H
#define TESTS_ORACLE_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/oracle/gdb.h"

struct native;

/* NULL: *why says what the host does not allow. */
struct native *native_start(const char *child, const char **why);
void native_end(struct native *n);      /* NULL is allowed */
uint8_t *native_area(struct native *n); /* the AREA of generate.h */
/* With the registers that a machine's program starts with, but for the flag ID, which a
 * tracer cannot write. */
bool native_jump(struct native *n, uint32_t eip);
/* Segments are the host's, and left 0 here. */
bool native_get_regs(struct native *n, struct gdb_regs *out);
/* One instruction. False: a signal, or the end; native_why tells. */
bool native_step(struct native *n);
const char *native_why(const struct native *n);

#endif
