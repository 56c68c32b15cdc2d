/* SPDX-License-Identifier: GPL-2.0-only */
/* rows_loop.c: what counting costs in user code, and a callback for each instruction. */
#include "bench/bench.h"

enum { COUNTED = 0, UNCOUNTED = 1, CALLED_BACK = 2, STORES = 4, WRITABLE = 8 };

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	uint64_t *seen = user;

	(void)addr;
	(void)size;
	++*seen;
}

static const char *open_loops(struct bench *b)
{
	static uint64_t seen;
	int what = b->row->what;

	b->m = open_loop(b->row, what & STORES ? STORE_LOOP : ALU_LOOP,
			 what & UNCOUNTED ? SYSEMU_COUNT_NONE : SYSEMU_COUNT_BLOCKS);
	if (what & CALLED_BACK)
		OK(b->m, sysemu_on_insn(b->m, on_insn, &seen));
	if (what & WRITABLE)
		OK(b->m, sysemu_protect(b->m, SYSEMU_CODE_BASE, 1, 3));
	return NULL;
}

static void run_loops(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		run_to(b->m, SYSEMU_EVENT_BREAK);
}

#define ROUNDS_ALU (LOOPS * 64)

#define LOOP(row_name, row_what, rounds, n, row_about)                                           \
	{                                                                                        \
		.name = "loop/" row_name, .about = row_about, .unit = "ns", .group = GROUP_LOOP, \
		.batch = n, .scale = NS, .per = rounds, .counted = !((row_what)&UNCOUNTED),      \
		.open = open_loops, .close = close_machine, .run = run_loops, .what = row_what   \
	}

const struct row loop_rows[] = {
	LOOP("alu/counted", COUNTED, ROUNDS_ALU, 1, "a round of 8 instructions in registers"),
	LOOP("alu/uncounted", UNCOUNTED, ROUNDS_ALU, 1, "the same, config.counting none"),
	LOOP("alu/writable", WRITABLE, ROUNDS_ALU, 1, "counted, in code that could change itself"),
	LOOP("alu/callback", CALLED_BACK, ROUNDS_ALU, 1, "the same, sysemu_on_insn"),
	LOOP("store/counted", STORES | COUNTED, LOOPS, 10, "a round of 3 stores in 7 instructions"),
	LOOP("store/uncounted", STORES | UNCOUNTED, LOOPS, 10, "the same, config.counting none"),
	LOOP("store/callback", STORES | CALLED_BACK, LOOPS, 10, "the same, sysemu_on_insn"),
	{ .name = NULL },
};
