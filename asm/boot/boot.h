/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.h: what boot.S, boot.c and host.S offer: tables, the stop port. */
/* clang-format off */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

#include "guest.h"

/* ---- host.S ---- */
void stop_port(uint32_t reason, uint32_t value);

/* ---- boot.c ---- */
extern uint32_t gdt_table[2 * GDT_ENTRIES];
void set_esp0(uint32_t esp0);
void trap_init(void);

#endif
