/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.h: a booted machine, stopped in user mode: its memory and what QEMU's monitor said of its
 * registers. The kernel's half of its address space, by its own page tables, becomes segments.
 */
#ifndef CLI_KERNEL_SNAPSHOT_H
#define CLI_KERNEL_SNAPSHOT_H

#include "cli/kernel/whole.h"

/* Of the registers, what entry code depends on. */
struct snapshot_registers {
	uint32_t cr0, cr3, cr4, gdt, gdt_limit, idt, idt_limit, tr, tr_base, cpl;
};

struct snapshot {
	const char *path;      /* of the memory */
	const uint8_t *mapped; /* the file */
	const uint8_t *data;
	size_t size;
	struct snapshot_run {
		uint64_t physical, size;
		const uint8_t *bytes;
	} * runs;
	size_t n_runs;
	struct snapshot_registers r;
	uint32_t percpu;  /* where the per-CPU selector begins */
	struct whole w;   /* what is mapped; the names are the kernel file's */
	uint8_t *pages;   /* its bytes */
	uint32_t patched; /* bytes of code that are not as in the kernel's file */
};

/* `file` is the kernel that runs in it. False: said. Closed in any case; file outlives it. */
bool snapshot_open(struct snapshot *s, const char *memory, const char *registers,
		   const struct whole *file);
void snapshot_close(struct snapshot *s);
/* The same of path, data and size alone, which are somebody's, and the text of the file `registers`. */
bool snapshot_take(struct snapshot *s, const char *registers, const char *text,
		   const struct whole *file);

#endif
