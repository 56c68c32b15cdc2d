/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state_old.c: what the entry code of a 2.6 kernel looks at, made up: a TSS whose esp0 is the stack, and its small
 * stack for SYSENTER; descriptors; where `current` is in a per-CPU area, that; tasks of zeros with the few
 * words that count. Read next: state.c, old.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/import.h"

#define TSS_ROOM  0x4000u
#define PDA_ROOM  0x100u
#define USER_ENDS 0xc0000000u /* thread_info.addr_limit of a user's task */

bool state_plan_old(struct import *im)
{
	const struct facts *f = im->f;

	im->padding = f->rule.version < 0x02060c ? 0 : 8;
	im->own = OLD_TASK;
	im->stack = 2 * OLD_TASK;
	im->stride = im->stack + THREAD_SIZE;
	im->tasks = state_take(im, SLOTS * im->stride, THREAD_SIZE);
	im->gdt = state_take(im, GDT_BYTES, 16);
	im->idt = state_take(im, IDT_BYTES, 16);
	im->tss = state_take(im, TSS_ROOM, PAGE);
	im->pda = state_take(im, PDA_ROOM, PAGE);
	im->current = f->rule.current == CURRENT_PDA ? im->pda + f->offset.pcurrent :
						       state_take(im, 4, 4);
	im->room = (im->used + PAGE - 1) & ~(PAGE - 1);
	return true;
}

static bool make_task(struct import *im, unsigned slot, int pid, unsigned parent)
{
	const struct facts *f = im->f;
	uint32_t task = import_task(im, slot);
	const uint32_t words[][2] = {
		{ f->offset.stack, task + im->stack },
		{ f->offset.sp0, import_esp0(im, slot) },
		{ f->offset.pid, (uint32_t)pid },
		{ f->offset.tgid, (uint32_t)pid },
		{ f->offset.real_parent, import_task(im, parent) },
		{ f->offset.group_leader, task },
		{ im->stack + f->offset.addr_limit, USER_ENDS },
	};

	return state_put_words(im, task, words, sizeof(words) / sizeof(words[0])) &&
	       state_put_own(im, slot, pid, parent);
}

static bool put_descriptor(struct import *im, uint32_t selector, uint32_t base, uint32_t limit,
			   uint32_t bits)
{
	uint32_t at = im->gdt + (selector & ~7u);

	return import_put(im, at, base << 16 | (limit & 0xffff)) &&
	       import_put(im, at + 4, (base & 0xff000000) | bits | (base >> 16 & 0xff));
}

static bool make_descriptors(struct import *im)
{
	return put_descriptor(im, KERNEL_CS, 0, 0xffff, 0x00cf9a00) &&
	       put_descriptor(im, KERNEL_DS, 0, 0xffff, 0x00cf9200) &&
	       put_descriptor(im, 0x73, 0, 0xffff, 0x00cffa00) &&
	       put_descriptor(im, 0x7b, 0, 0xffff, 0x00cff200) &&
	       put_descriptor(im, 8 * GDT_TSS, im->tss, 0x67, 0x00008900) &&
	       put_descriptor(im, KERNEL_PERCPU, im->pda, PDA_ROOM - 1, 0x00409200);
}

static bool make_tss(struct import *im)
{
	return import_put(im, im->tss + 4, import_esp0(im, 2)) &&
	       import_put(im, im->tss + 8, KERNEL_DS) &&
	       import_put(im, im->tss + 100, 0x80000000u); /* no I/O bitmap */
}

/* A boot does that, by the place of what may fault; the search halves. */
static int by_place(const void *a, const void *b)
{
	uint32_t left, right;

	memcpy(&left, a, 4);
	memcpy(&right, b, 4);
	return left < right ? -1 : left > right;
}

static bool sort_ex_table(struct import *im)
{
	uint32_t size = im->f->at.ex_table_end - im->f->at.ex_table;
	uint8_t *table = import_at(im, im->f->at.ex_table, size);

	if (!table)
		return link_refuse(im->w->path, "0x%x: its exception table is not in its data",
				   im->f->at.ex_table);
	qsort(table, size / 8, 8, by_place);
	return true;
}

bool state_make_old(struct import *im)
{
	return make_task(im, 0, 1, 0) && make_task(im, 1, 100, 0) && make_task(im, 2, PID, 1) &&
	       make_descriptors(im) && state_make_gates(im) && make_tss(im) && sort_ex_table(im) &&
	       import_put(im, im->pda, im->pda) && import_put(im, im->current, import_task(im, 2));
}
