/* SPDX-License-Identifier: GPL-2.0-only */
/* targets.c: what is promised of which rows, and what each is made of. */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#define HOST_BOUND  "the guest's blocks and loads of segments; two starts of the engine"
#define GUEST_BOUND "the same, with the 17 stores of GETREGS, and four starts"

#define TRIP_TARGETS(kernel, entry)                                                              \
	{ "host/" kernel "/" entry,                                                              \
	  "native/sysemu-regs",                                                                  \
	  "trip/host/" kernel "/" entry,                                                         \
	  AT_LEAST,                                                                              \
	  5.0,                                                                                   \
	  HOST_BOUND },                                                                          \
	{                                                                                        \
		"guest/" kernel "/" entry, "native/sysemu-regs", "trip/guest/" kernel "/" entry, \
			AT_LEAST, 3.0, GUEST_BOUND                                               \
	}

const struct target targets[] = {
	{ "kernel/import", "kernel/import", NULL, AT_MOST, 2000,
	  "reading DWARF until all is found; copying the image; its trial" },
	{ "kernel/open", "kernel/open", NULL, AT_MOST, 50,
	  "reading the image, sorting its symbols, a machine's start" },
	{ "kernel/trip/int80", "kernel/trip/whole/int80", "kernel/trip/own/int80", AT_MOST, 2,
	  "blocks are as short, stores as many" },
	{ "kernel/trip/sysenter", "kernel/trip/whole/sysenter", "kernel/trip/own/sysenter", AT_MOST,
	  2, "the same" },
	TRIP_TARGETS("sysemu", "int80"),
	TRIP_TARGETS("sysemu", "sysenter"),
	TRIP_TARGETS("2.6.14", "int80"),
	TRIP_TARGETS("2.6.14", "sysenter"),
	{ "inside/trip", "outside/trip", "inside/trip", AT_LEAST, 1,
	  "1,700 instructions in 425 blocks, 20 loads of segments, two changes of engine" },
	{ "inside/fork", "inside/fork", "outside/fork", AT_MOST, 3,
	  "a copy of all pages, an engine" },
	{ "inside/pipe", "inside/pipe", "outside/pipe", AT_MOST, 2,
	  "2,000 instructions in 470 blocks, two changes of engine" },
	{ "inside/switch", "inside/switch", NULL, AT_MOST, 3,
	  "schedule, two calls' entry and exit" },
	{ "inside/schedule", "inside/schedule", NULL, AT_MOST, 500,
	  "a restore, two forks, two ends; the program itself" },
	{ "inside/memory", "inside/memory", NULL, AT_MOST, 1024,
	  "an engine and what it has translated, records of blocks; 16 of it are its own pages" },
	{ "coverage/int80", "trip/covered/sysemu/int80", "trip/resume/sysemu/int80", AT_MOST, 1.3,
	  "two additions for each block" },
	{ "coverage/sysenter", "trip/covered/sysemu/sysenter", "trip/resume/sysemu/sysenter",
	  AT_MOST, 1.3, "two additions for each block" },
	{ "call/int80", "call/int80/counted", NULL, AT_MOST, 0.6,
	  "the stores; the engine's loads of descriptors, 8 in a call" },
	{ "call/sysenter", "call/sysenter/counted", NULL, AT_MOST, 0.5, "the same, 4 in a call" },
	{ "counting/int80", "call/int80/counted", "call/int80/uncounted", AT_MOST, 1.1,
	  "a call from the engine for each block" },
	{ "counting/sysenter", "call/sysenter/counted", "call/sysenter/uncounted", AT_MOST, 1.1,
	  "a call from the engine for each block" },
	{ "counting/alu", "loop/alu/counted", "loop/alu/uncounted", AT_MOST, 3.0,
	  "a call from the engine for each block, here of 8 instructions" },
	{ "counting/store", "loop/store/counted", "loop/store/uncounted", AT_MOST, 1.5,
	  "a call from the engine for each block, here of 7 instructions" },
	{ "timing/insn", "call/int80/insn", "call/int80/counted", AT_MOST, 1.4,
	  "three additions for each block" },
	{ "timing/i386dx", "call/int80/i386dx", "call/int80/counted", AT_MOST, 1.5,
	  "the same, and a look at each jump, gate and iret" },
	{ "timing/i386dx-bus", "call/int80/i386dx-bus", "call/int80/counted", AT_MOST, 7.0,
	  "each instruction priced by itself, with the queue's and the bus's state" },
	{ "timing/i386ex-bus", "call/int80/i386ex-bus", "call/int80/counted", AT_MOST, 7.0,
	  "the same" },
	{ "callback/alu", "loop/alu/callback", "loop/alu/counted", NO_TARGET, 0,
	  "a call from the engine for each instruction" },
	{ "callback/store", "loop/store/callback", "loop/store/counted", NO_TARGET, 0,
	  "a call from the engine for each instruction" },
	{ "writable/alu", "loop/alu/writable", "loop/alu/counted", NO_TARGET, 0,
	  "each instruction compared with what was translated" },
	{ "restore", "state/restore", NULL, AT_MOST, 50,
	  "a look at each page's entry, and the copies of the changed pages" },
	{ "gdb/alu", "gdb/plain/alu", "gdb/go/alu", AT_LEAST, 0.9,
	  "a snapshot each half million instructions" },
	{ "gdb/calls", "gdb/plain/calls", "gdb/go/calls", AT_LEAST, 0.9,
	  "what is kept of each stop, so that it can be come to again" },
	{ "gdb/back", "gdb/back/store", NULL, AT_MOST, 20000,
	  "instructions since the last snapshot, the last ten thousand one by one" },
	{ "two threads", "thread/two", "thread/one", AT_MOST, 1.1,
	  "the machines share no lock; they share caches and memory" },
	{ .name = NULL },
};

static const struct result *find(const struct result *results, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(results[i].row->name, name) == 0)
			return results[i].skipped ? NULL : &results[i];
	return NULL;
}

/* The ratio is the median of the turns' own ratios: neighbours in time are compared. */
static double paired(const struct result *a, const struct result *b)
{
	double *each = malloc(a->turns * sizeof(*each)), median;

	if (!each)
		die("no memory");
	for (size_t i = 0; i < a->turns; i++)
		each[i] = a->each[i] / b->each[i];
	median = median_of(each, a->turns);
	free(each);
	return median;
}

struct verdict judge(const struct target *t, const struct result *results, size_t n)
{
	const struct result *a = find(results, n, t->above);
	const struct result *b = t->below ? find(results, n, t->below) : NULL;
	struct verdict v = { 0 };

	if (!a || (t->below && !b))
		return v;
	v.known = true;
	v.ratio = b ? paired(a, b) : a->median;
	v.of_minima = b ? a->min / b->min : a->min;
	v.met = t->kind == AT_LEAST ? v.ratio >= t->limit : v.ratio <= t->limit;
	return v;
}
