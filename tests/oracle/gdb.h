/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gdb.h: qemu-system-i386 as a computer to be stepped: the process, and as much of the gdb
 * remote protocol as that takes. It knows nothing of the guest kernel. Read next: peer.h.
 */
#ifndef TESTS_ORACLE_GDB_H
#define TESTS_ORACLE_GDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gdb;

/* The protocol's own order: its register number is the place in here. */
struct gdb_regs {
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
	uint32_t cs, ss, ds, es, fs, gs;
};
enum { GDB_EIP = 8, GDB_EFLAGS = 9, GDB_CS = 10, GDB_REGS = 16, GDB_CR2 = 20, GDB_CR3 = 21 };

/* A stopped PC with `megabytes` of RAM, in real mode at its reset vector. NULL: there is no
 * qemu, or it does not start; *why then says so. */
struct gdb *gdb_start(unsigned megabytes, const char **why);
void gdb_end(struct gdb *g);            /* NULL is allowed */
const char *gdb_version(struct gdb *g); /* what `--version` says first */

/* Every function below answers false when qemu is gone or refuses. */
bool gdb_get_regs(struct gdb *g, struct gdb_regs *out);
bool gdb_get_reg(struct gdb *g, unsigned number, uint32_t *out);
bool gdb_set_reg(struct gdb *g, unsigned number, uint32_t value);
/* Through the page tables, whatever they allow. */
bool gdb_read(struct gdb *g, uint32_t addr, void *buf, size_t size);
bool gdb_write(struct gdb *g, uint32_t addr, const void *buf, size_t size);
/* One instruction, or the delivery of the fault that it met; no interrupt comes between. */
bool gdb_step(struct gdb *g);

#endif
