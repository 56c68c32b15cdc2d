/* SPDX-License-Identifier: GPL-2.0-only */
/* rows_trip.c: round trips of a traced program, and untraced calls. */
#include "bench/bench.h"

#include <string.h>

enum { RESUME, HOST, GUEST };

/* ---- traced ---- */

static const char *open_trip(struct bench *b)
{
	size_t size;
	const void *code = program_code(GETPID_FOREVER, b->row->entry, &size);

	b->m = open_machine(b->row, SYSEMU_START_TRACED, SYSEMU_COUNT_BLOCKS, code, size);
	run_to(b->m, SYSEMU_EVENT_STOP);
	return NULL;
}

/* The same, with what the kernel executes collected. */
static const char *open_covered(struct bench *b)
{
	sysemu_cover *cover;

	OK(NULL, sysemu_cover_new(&cover));
	sysemu_cover_here(cover);
	open_trip(b);
	sysemu_cover_here(NULL);
	b->more = cover;
	return NULL;
}

static void close_covered(struct bench *b)
{
	close_machine(b);
	sysemu_cover_free(b->more);
}

static void request(sysemu_machine *m, int number, uint32_t addr, uint32_t data)
{
	int32_t result;

	OK(m, sysemu_ptrace(m, number, addr, data, &result));
	if (result)
		die("%s gave %d", sysemu_request_name(number), result);
}

static void trip(sysemu_machine *m, int what)
{
	sysemu_regs regs;

	request(m, SYSEMU_PTRACE_SYSEMU, 0, 0);
	run_to(m, SYSEMU_EVENT_STOP);
	if (what == RESUME)
		return;
	if (what == HOST) {
		OK(m, sysemu_get_regs(m, &regs));
		OK(m, sysemu_set_reg(m, SYSEMU_REG_EAX, 42));
	} else {
		request(m, SYSEMU_PTRACE_GETREGS, 0, SYSEMU_WINDOW);
		OK(m, sysemu_read(m, SYSEMU_WINDOW, &regs, sizeof(regs)));
		request(m, SYSEMU_PTRACE_POKEUSR, 4 * SYSEMU_REG_EAX, 42);
	}
	if (regs.orig_eax != 20)
		die("a stop at call %d instead of 20", regs.orig_eax);
}

static void run_trip(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		trip(b->m, b->row->what);
}

#define TRIP(row_name, row_kernel, row_entry, row_what, row_about)                               \
	{                                                                                        \
		.name = "trip/" row_name, .about = row_about, .unit = "us", .group = GROUP_TRIP, \
		.batch = 100, .scale = US, .per = 1, .counted = true, .open = open_trip,         \
		.close = close_machine, .run = run_trip, .kernel = row_kernel,                   \
		.entry = SYSEMU_ENTRY_##row_entry, .what = row_what                              \
	}
#define TRIPS(kernel)                                                                        \
	TRIP("resume/" kernel "/int80", kernel, INT80, RESUME, "SYSEMU, run"),               \
		TRIP("resume/" kernel "/sysenter", kernel, SYSENTER, RESUME, "SYSEMU, run"), \
		TRIP("host/" kernel "/int80", kernel, INT80, HOST,                           \
		     "SYSEMU, run, get_regs, set_reg"),                                      \
		TRIP("host/" kernel "/sysenter", kernel, SYSENTER, HOST,                     \
		     "SYSEMU, run, get_regs, set_reg"),                                      \
		TRIP("guest/" kernel "/int80", kernel, INT80, GUEST,                         \
		     "SYSEMU, run, GETREGS, POKEUSR eax"),                                   \
		TRIP("guest/" kernel "/sysenter", kernel, SYSENTER, GUEST,                   \
		     "SYSEMU, run, GETREGS, POKEUSR eax")

#define COVERED(row_name, row_entry)                                                               \
	{                                                                                          \
		.name = "trip/covered/sysemu/" row_name, .about = "SYSEMU, run, with coverage",    \
		.unit = "us", .group = GROUP_TRIP, .batch = 100, .scale = US, .per = 1,            \
		.open = open_covered, .close = close_covered, .run = run_trip, .kernel = "sysemu", \
		.entry = SYSEMU_ENTRY_##row_entry, .what = RESUME                                  \
	}

/* ---- untraced ---- */

static const char *open_calls(struct bench *b)
{
	b->m = open_loop(b->row, GETPID_LOOP, (sysemu_counting)b->row->what);
	return NULL;
}

static void run_calls(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		run_to(b->m, SYSEMU_EVENT_BREAK);
}

#define CALLS(row_name, row_entry, counting, row_about)                                            \
	{                                                                                          \
		.name = "call/" row_name, .about = row_about, .unit = "us", .group = GROUP_CALL,   \
		.batch = 1, .scale = US, .per = LOOPS, .counted = counting == SYSEMU_COUNT_BLOCKS, \
		.open = open_calls, .close = close_machine, .run = run_calls,                      \
		.entry = SYSEMU_ENTRY_##row_entry, .what = counting                                \
	}

#define TIMED(model)                                                                          \
	{                                                                                     \
		.name = "call/int80/" model, .about = "the same, timed by it", .unit = "us",  \
		.group = GROUP_CALL, .batch = 1, .scale = US, .per = LOOPS, .counted = true,  \
		.open = open_calls, .close = close_machine, .run = run_calls, .timing = model \
	}

const struct row trip_rows[] = {
	TRIPS("sysemu"),
	TRIPS("2.6.14"),
	COVERED("int80", INT80),
	COVERED("sysenter", SYSENTER),
	CALLS("int80/counted", INT80, SYSEMU_COUNT_BLOCKS, "getpid, untraced"),
	CALLS("int80/uncounted", INT80, SYSEMU_COUNT_NONE, "the same, config.counting none"),
	CALLS("sysenter/counted", SYSENTER, SYSEMU_COUNT_BLOCKS, "getpid, untraced"),
	CALLS("sysenter/uncounted", SYSENTER, SYSEMU_COUNT_NONE, "the same, config.counting none"),
	TIMED("insn"),
	TIMED("i386dx"),
	TIMED("i386dx-bus"),
	TIMED("i386ex-bus"),
	{ .name = NULL },
};
