/* SPDX-License-Identifier: GPL-2.0-only */
/* import.h: a whole kernel as an image that runs without a boot: import.c; its profile: import_words.c. */
#ifndef CLI_KERNEL_IMPORT_H
#define CLI_KERNEL_IMPORT_H

#include "cli/kernel/facts.h"
#include "cli/kernel/snapshot.h"

#define PAGE          0x1000u
#define THREAD_SIZE   0x2000u
#define KERNEL_CS     0x60
#define KERNEL_DS     0x68
#define KERNEL_PERCPU 0xd8
#define GDT_TSS       16
#define GDT_BYTES     0x100
#define IDT_BYTES     0x800
#define MOST_STATE    (4u << 20)
#define RESCHEDULE    0xfc /* another CPU wants the task to look at its flags */
#define PID           101
#define SLOTS         3

struct import {
	const struct whole *w;
	const struct facts *f;
	const struct snapshot *s; /* of a booted machine; NULL: not booted */
	uint32_t first;           /* the task that others are made from */
	struct link l;
	struct link_segment segments[LINK_SEGMENTS];
	size_t n_segments;
	uint8_t *copies[LINK_SEGMENTS];
	struct link_name *names; /* of the kernel's, those that the image keeps */
	uint8_t *made;           /* the segment of made-up state, at base */
	uint32_t base, used, room;
	uint32_t tables; /* eight megabytes in which nothing of the kernel is, for the library's */
	uint32_t stride, own, stack; /* a task's block; in it what is ours, and its stack */
	uint32_t padding;            /* above a frame: room for what a virtual-8086 task pushes */
	uint32_t tasks, cea, gdt, idt, pid, signal, mm, tss;
	uint32_t pda, current; /* of 2.6: the per-CPU area; the word that has the task that runs */
	unsigned cuts;
};

/* Where a byte of the made-up state, or of the kernel's own data, is kept; NULL: nowhere. */
uint8_t *import_at(struct import *im, uint32_t addr, uint32_t size);
bool import_put(struct import *im, uint32_t addr, uint32_t value);

/* ---- state.c ---- */

/* Per-CPU names lie that far from where the file has them. */
void state_move_percpu(struct facts *f, uint32_t distance);
/* Where everything will lie; then what is there. False: said. */
bool state_plan(struct import *im);
bool state_make(struct import *im);

/* The same of a 2.6 kernel: state_old.c. */
bool state_plan_old(struct import *im);
bool state_make_old(struct import *im);

/* `size` bytes of what is made up, at a multiple of `align`. */
uint32_t state_take(struct import *im, uint32_t size, uint32_t align);
/* One task's words in its block and behind it. */
bool state_put_words(struct import *im, uint32_t task, const uint32_t (*words)[2], size_t n);
/* What of it is ours. */
bool state_put_own(struct import *im, unsigned slot, int pid, unsigned parent);
bool state_put_gate(struct import *im, unsigned vector, uint32_t handler, uint32_t type);
bool state_make_gates(struct import *im);

/* Where the next entry from user mode puts a task's frame, below. */
uint32_t import_esp0(const struct import *im, unsigned slot);
/* A task's block; what of it is ours, by its name in asm/import/glue.c. */
uint32_t import_task(const struct import *im, unsigned slot);
uint32_t import_own(const struct import *im, const char *member);
/* In malloc'ed memory; NULL: none. */
char *import_profile(const struct import *im);

/* Writes the image to `path`. s: the machine in which w is booted; NULL: it is not. False: said. */
bool import_kernel(const struct whole *w, const struct facts *f, const struct snapshot *s,
		   const char *name, const char *path);

#endif
