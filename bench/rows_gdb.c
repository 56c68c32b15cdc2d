/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows_gdb.c: what `sysemu gdb` costs (cli/gdb/world.h): going on beside a machine that nobody looks at, and
 * the way back by one instruction after ten millions.
 */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>

#include "cli/gdb/server.h"

#define FAR     10000000u
#define AT_ONCE 8000000u

static const struct cli_requests sysemu = { .n = 1,
					    .list = { { .number = SYSEMU_PTRACE_SYSEMU } } };

static struct world *open_world_of(const struct row *row)
{
	struct world_config config = { .machine = { .kernel = "sysemu", .entry = row->entry },
				       .requests = &sysemu,
				       .serves = true,
				       .history = 256 << 20,
				       .out = -1 };
	struct world *w = calloc(1, sizeof(*w));
	char *none[] = { NULL };
	struct cli_code code;
	const void *bytes = program_code((enum program)row->what, row->entry, &code.size);

	memcpy(code.bytes, bytes, code.size);
	if (!w || gdb_open(w, &config, none, none, &code) != CLI_OK)
		die("no world");
	OK(w->m, sysemu_protect(w->m, SYSEMU_CODE_BASE, 1, 1)); /* as programs' code is */
	if (!history_edit(w))
		die("no history");
	return w;
}

static const char *open_it(struct bench *b)
{
	b->more = open_world_of(b->row);
	return NULL;
}

static void close_it(struct bench *b)
{
	gdb_close(b->more);
	free(b->more);
}

static void forward(struct world *w, uint64_t moments)
{
	uint64_t end = gdb_moment(w) + moments;

	while (gdb_moment(w) < end)
		if (gdb_piece(w, end) == PIECE_BROKEN)
			die("%s", sysemu_errmsg(w->m));
}

/* As `continue` does, which knows no end. */
static void go(struct bench *b, unsigned n)
{
	struct world *w = b->more;
	uint64_t end = gdb_moment(w) + (uint64_t)n * AT_ONCE;

	while (gdb_moment(w) < end)
		if (gdb_piece(w, UINT64_MAX) == PIECE_BROKEN)
			die("%s", sysemu_errmsg(w->m));
}

/* ---- back ---- */

static const char *open_far(struct bench *b)
{
	open_it(b);
	forward(b->more, FAR);
	return NULL;
}

/* Each time from a place that one has not looked at. */
static double back(struct bench *b, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++) {
		double start;

		forward(b->more, 77777);
		start = thread_seconds();
		if (gdb_back_step(b->more, 0).kind != WORLD_STEPPED)
			die("no step back");
		sum += thread_seconds() - start;
	}
	return sum;
}

/* ---- the same without gdb ---- */

static const char *open_plain(struct bench *b)
{
	size_t size;
	const void *code = program_code((enum program)b->row->what, b->row->entry, &size);
	sysemu_host host = { .user = NULL };

	b->m = open_machine(b->row, SYSEMU_START_TRACED, SYSEMU_COUNT_BLOCKS, code, size);
	OK(b->m, sysemu_set_host(b->m, &host));
	OK(b->m, sysemu_protect(b->m, SYSEMU_CODE_BASE, 1, 1));
	run_to(b->m, SYSEMU_EVENT_STOP);
	OK(b->m, sysemu_ptrace(b->m, SYSEMU_PTRACE_SETOPTIONS, 0, 1, NULL));
	OK(b->m, sysemu_ptrace(b->m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
	return NULL;
}

static uint64_t insns(sysemu_machine *m)
{
	sysemu_counts counts;

	OK(m, sysemu_get_counts(m, &counts));
	return sysemu_kernel_insns(&counts) + counts.insns[SYSEMU_REGION_USER];
}

static void run_plain(struct bench *b, unsigned n)
{
	uint64_t now = insns(b->m), end = now + (uint64_t)n * AT_ONCE;
	sysemu_served served;
	sysemu_event e;

	for (; now < end; now = insns(b->m)) {
		OK(b->m, sysemu_run(b->m, end - now, &e));
		if (e.kind == SYSEMU_EVENT_STOP) {
			if (!cli_serve(b->m, e.orig_eax, &served))
				die("not served");
			OK(b->m, sysemu_ptrace(b->m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
		}
	}
}

#define GDB(row_name, program, open_fn, row_about)                                             \
	.name = "gdb/" row_name, .about = row_about, .group = GROUP_GDB, .what = (int)program, \
	.open = open_fn

const struct row gdb_rows[] = {
	{ GDB("go/alu", ALU_LOOP, open_it, "an instruction under gdb, nothing set"), .unit = "ns",
	  .batch = 1, .scale = NS, .per = AT_ONCE, .close = close_it, .run = go },
	{ GDB("plain/alu", ALU_LOOP, open_plain, "the same without gdb"), .unit = "ns", .batch = 1,
	  .scale = NS, .per = AT_ONCE, .close = close_machine, .run = run_plain },
	{ GDB("go/calls", GETPID_FOREVER, open_it, "the same, of a program that calls, served"),
	  .unit = "ns", .batch = 1, .scale = NS, .per = AT_ONCE, .close = close_it, .run = go },
	{ GDB("plain/calls", GETPID_FOREVER, open_plain, "the same without gdb"), .unit = "ns",
	  .batch = 1, .scale = NS, .per = AT_ONCE, .close = close_machine, .run = run_plain },
	{ GDB("back/alu", ALU_LOOP, open_far, "a step back after 10,000,000 instructions"),
	  .unit = "us", .batch = 4, .scale = US, .per = 1, .close = close_it, .timed = back },
	{ GDB("back/store", STORE_LOOP, open_far, "the same in a loop of stores"), .unit = "us",
	  .batch = 4, .scale = US, .per = 1, .close = close_it, .timed = back },
	{ GDB("back/calls", GETPID_FOREVER, open_far, "the same in a program that calls"),
	  .unit = "us", .batch = 4, .scale = US, .per = 1, .close = close_it, .timed = back },
	{ .name = NULL },
};
