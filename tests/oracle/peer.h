/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.h: the same guest kernel and program in qemu, whose memory lies behind real page
 * tables: linear addresses as in the library, physical ones wherever its RAM is.
 * Read next: kernel_oracle_test.c.
 */
#ifndef TESTS_ORACLE_PEER_H
#define TESTS_ORACLE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libsysemu/sysemu.h>

#include "tests/oracle/gdb.h"

struct peer;

/* Boots the kernel instruction by instruction up to its first halt. NULL: *why tells. */
struct peer *peer_open(const char *kernel, const char **why);
void peer_close(struct peer *p); /* NULL is allowed */
struct gdb *peer_gdb(struct peer *p);
size_t peer_boot_steps(const struct peer *p);
/* The kernel's data and bss: what a run changes. */
void peer_data(const struct peer *p, uint32_t *start, uint32_t *size);
/* As it was after the boot, and as it is now (NULL: qemu refuses). */
const uint8_t *peer_boot_data(const struct peer *p);
const uint8_t *peer_read_data(struct peer *p);
uint32_t peer_symbol(const struct peer *p, const char *name); /* 0: there is none */

/*
 * The state before the program's first instruction: the kernel's as after the boot, the
 * program's page and the vsyscall page copied from `m`, the stack empty, and the frame
 * from which start_user goes to user mode at `eip`.
 */
bool peer_start(struct peer *p, sysemu_machine *m, uint32_t eip);
/* One user page more or less, read-only code. */
bool peer_map_user(struct peer *p, uint32_t addr, const void *page);
bool peer_unmap(struct peer *p, uint32_t addr);
/* Sends the CPU to kernel code, as the library's host does. */
bool peer_enter_kernel(struct peer *p, uint32_t eip, uint32_t esp);
/* One instruction, and the registers behind it. */
bool peer_step(struct peer *p, struct gdb_regs *r);
bool peer_set_regs(struct peer *p, const struct gdb_regs *r);

#endif
