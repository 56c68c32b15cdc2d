/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stops_test.c: what each way to resume makes of a call: the measured transitions of the
 * real kernels (docs/kernels.md §5), as a table. A story is told in four letters:
 *	>  entry stop	X  the call executes	<  exit stop	t  SIGTRAP signal stop
 * and the thread flags with which the call is back in user mode. Where the CPU is (break-
 * points on the guest's labels) tells which stop it is, not what the stop looks like.
 */
#include "tests/helpers/harness.h"
#include "tests/helpers/names.h"

#include <stdio.h>
#include <string.h>

struct row {
	const char *name, *kernel;
	int first;       /* answers the SIGSTOP stop */
	int at_signal;   /* answers a signal stop in user mode before the call; 0: none happens */
	uint32_t inject; /* flags added just before the call */
	int later;       /* answers every stop of the call */
	const char *story;
	uint32_t flags; /* when back in user mode */
};

/* clang-format off */
static const struct row rows[] = {
	{ "T, SYSCALL: both stops, the call runs", "sysemu", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "E, SYSEMU: one stop, nothing runs", "sysemu", SYSEMU, 0, 0, SYSEMU, ">", E },
	{ "E, SYSCALL: no exit stop for the skipped call", "sysemu", SYSEMU, 0, 0, SYSCALL, ">", T },
	{ "E, SINGLESTEP: no SIGTRAP for the skipped call", "sysemu", SYSEMU, 0, 0, STEP, ">", S },
	{ "E, CONT: one stop, and then no flag", "sysemu", SYSEMU, 0, 0, CONT, ">", 0 },
	{ "T, SYSEMU at the entry stop: this call runs, the next is emulated", "sysemu", SYSCALL, 0, 0, SYSEMU, ">X", E },
	{ "T, SINGLESTEP: the exit traps", "sysemu", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "T, CONT: no exit stop", "sysemu", SYSCALL, 0, 0, CONT, ">X", 0 },
	{ "TE: SYSCALL at a signal stop behind SYSEMU loses the entry stop", "sysemu", SYSEMU, SYSCALL, 0, SYSCALL, "X<", T },
	{ "ES: SINGLESTEP at a signal stop behind SYSEMU runs the call", "sysemu", SYSEMU, STEP, 0, STEP, "Xt", S },
	{ "EA: under audit SYSEMU stops twice", "sysemu", SYSEMU, 0, A, SYSEMU, "><", E | A },

	{ "T, SYSCALL: both stops, the call runs", "sysemu-as-printed", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "E, SYSEMU: the call runs, unseen", "sysemu-as-printed", SYSEMU, 0, 0, SYSEMU, "X", E },
	{ "E, SYSCALL: the call runs, unseen", "sysemu-as-printed", SYSEMU, 0, 0, SYSCALL, "X", E },
	{ "E, SINGLESTEP: the call runs, unseen", "sysemu-as-printed", SYSEMU, 0, 0, STEP, "X", E },
	{ "E, CONT: the call runs, unseen", "sysemu-as-printed", SYSEMU, 0, 0, CONT, "X", E },
	{ "T, SYSEMU at the entry stop: this call runs", "sysemu-as-printed", SYSCALL, 0, 0, SYSEMU, ">X", E },
	{ "T, SINGLESTEP: the exit traps", "sysemu-as-printed", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "TE: the entry stop is lost here, too", "sysemu-as-printed", SYSEMU, SYSCALL, 0, SYSCALL, "X<", T },
	{ "ES: the call runs and traps", "sysemu-as-printed", SYSEMU, STEP, 0, STEP, "Xt", S },
	{ "EA: the call runs, unseen", "sysemu-as-printed", SYSEMU, 0, A, SYSEMU, "X", E | A },

	{ "E, SYSCALL: the call runs, for the flag is asked too late", "sysemu-1", SYSEMU, 0, 0, SYSCALL, ">X<", T },
	{ "E, SINGLESTEP: the call runs, for the flag is asked too late", "sysemu-1", SYSEMU, 0, 0, STEP, ">Xt", S },
	{ "E, CONT: the call runs, for the flag is asked too late", "sysemu-1", SYSEMU, 0, 0, CONT, ">X", 0 },
	{ "T, SYSEMU: the call is skipped, for the flag is asked too late", "sysemu-1", SYSCALL, 0, 0, SYSEMU, ">", E },
	{ "T, SYSCALL: both stops, the call runs", "sysemu-1", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "T, SINGLESTEP: the exit traps", "sysemu-1", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "E, SYSEMU: one stop, nothing runs", "sysemu-1", SYSEMU, 0, 0, SYSEMU, ">", E },
	{ "EA: under audit SYSEMU stops twice", "sysemu-1", SYSEMU, 0, A, SYSEMU, "><", E | A },

	{ "E, SYSCALL: the exit of a call that never ran", "sysemu-3", SYSEMU, 0, 0, SYSCALL, "><", T },
	{ "E, SINGLESTEP: a SIGTRAP at an unchanged eip", "sysemu-3", SYSEMU, 0, 0, STEP, ">t", S },
	{ "E, CONT: one stop, and then no flag", "sysemu-3", SYSEMU, 0, 0, CONT, ">", 0 },
	{ "T, SYSEMU: this call runs, the next is emulated", "sysemu-3", SYSCALL, 0, 0, SYSEMU, ">X", E },
	{ "T, SYSCALL: both stops, the call runs", "sysemu-3", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "T, SINGLESTEP: the exit traps", "sysemu-3", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "E, SYSEMU: one stop, nothing runs", "sysemu-3", SYSEMU, 0, 0, SYSEMU, ">", E },
	{ "EA: under audit SYSEMU stops twice", "sysemu-3", SYSEMU, 0, A, SYSEMU, "><", E | A },

	{ "E, SYSCALL: no exit stop for the skipped call", "sysemu-4", SYSEMU, 0, 0, SYSCALL, ">", T },
	{ "E, SINGLESTEP: a SIGTRAP at an unchanged eip", "sysemu-4", SYSEMU, 0, 0, STEP, ">t", S },
	{ "E, CONT: one stop, and then no flag", "sysemu-4", SYSEMU, 0, 0, CONT, ">", 0 },
	{ "T, SYSEMU: this call runs, the next is emulated", "sysemu-4", SYSCALL, 0, 0, SYSEMU, ">X", E },
	{ "T, SYSCALL: both stops, the call runs", "sysemu-4", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "T, SINGLESTEP: the exit traps", "sysemu-4", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "E, SYSEMU: one stop, nothing runs", "sysemu-4", SYSEMU, 0, 0, SYSEMU, ">", E },
	{ "TE: SYSCALL at a signal stop behind SYSEMU loses the entry stop", "sysemu-4", SYSEMU, SYSCALL, 0, SYSCALL, "X<", T },
	{ "EA: under audit SYSEMU stops twice", "sysemu-4", SYSEMU, 0, A, SYSEMU, "><", E | A },

	{ "T, SYSCALL: both stops, the call runs", "2.6.14", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "E, SYSEMU: one stop, nothing runs", "2.6.14", SYSEMU, 0, 0, SYSEMU, ">", E },
	{ "E, SYSCALL: no exit stop for the skipped call", "2.6.14", SYSEMU, 0, 0, SYSCALL, ">", T },
	{ "E, SINGLESTEP: no SIGTRAP for the skipped call", "2.6.14", SYSEMU, 0, 0, STEP, ">", S },
	{ "E, CONT: one stop, and then no flag", "2.6.14", SYSEMU, 0, 0, CONT, ">", 0 },
	{ "T, SYSEMU at the entry stop: this call runs, the next is emulated", "2.6.14", SYSCALL, 0, 0, SYSEMU, ">X", E },
	{ "T, SINGLESTEP: the exit traps", "2.6.14", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "TE: SYSCALL at a signal stop behind SYSEMU keeps the entry stop", "2.6.14", SYSEMU, SYSCALL, 0, SYSCALL, ">X<", T },
	{ "EA: audit adds no stop", "2.6.14", SYSEMU, 0, A, SYSEMU, ">", E | A },

	{ "T, SYSCALL: both stops, the call runs", "2.6.11", SYSCALL, 0, 0, SYSCALL, ">X<", T },
	{ "T, SINGLESTEP: the exit traps", "2.6.11", SYSCALL, 0, 0, STEP, ">Xt", S },
	{ "T, CONT: no exit stop", "2.6.11", SYSCALL, 0, 0, CONT, ">X", 0 },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct cell {
	const struct row *row;
	sysemu_entry entry;
};

/* What the breakpoints tell: which label the CPU passed last, on its way to a stop. */
struct watch {
	uint32_t trace_entry, exit_work, notify, getpid;
	char side;     /* '>' or '<', as do_syscall_trace was called */
	bool notified; /* the stop is do_syscall_trace's, not a signal's */
};

static void watch_labels(sysemu_machine *m, struct watch *w)
{
	w->trace_entry = symbol(m, "syscall_trace_entry");
	w->exit_work = symbol(m, "syscall_exit_work");
	w->notify = symbol(m, "ptrace_notify");
	w->getpid = symbol(m, "sys_getpid");
	OK(m, sysemu_break_set(m, w->trace_entry));
	OK(m, sysemu_break_set(m, w->exit_work));
	OK(m, sysemu_break_set(m, w->notify));
	OK(m, sysemu_break_set(m, w->getpid));
}

/* Runs to the next stop or to `behind`, and writes the story on the way. */
static sysemu_event advance(struct one_call *call, struct watch *w, char *story)
{
	sysemu_event e;

	w->notified = false;
	for (;;) {
		e = run(call->m);
		if (e.kind != SYSEMU_EVENT_BREAK || e.eip == call->behind)
			break;
		if (e.eip == w->trace_entry)
			w->side = '>';
		else if (e.eip == w->exit_work)
			w->side = '<';
		else if (e.eip == w->notify)
			w->notified = true;
		else if (e.eip == w->getpid)
			strcat(story, "X");
	}
	if (e.kind == SYSEMU_EVENT_STOP) {
		assert_int_equal(e.status, 0x057f);
		story[strlen(story) + 1] = 0;
		story[strlen(story)] = w->notified ? w->side : 't';
	}
	return e;
}

static void run_row(void **state)
{
	const struct cell *c = *state;
	const struct row *row = c->row;
	static const uint8_t breakpoint[] = { 0xcc };
	struct one_call call = open_call(row->kernel, c->entry, SYSEMU_START_TRACED, 20, breakpoint,
					 row->at_signal ? 1 : 0);
	sysemu_machine *m = call.m;
	struct watch w = { 0 };
	char story[16] = "";
	sysemu_event e = run(m);

	assert_int_equal(e.status, 0x137f);
	OK(m, sysemu_break_set(m, call.at));
	e = resume(m, row->first, 0);
	if (row->at_signal) {
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, 0x057f);
		for (; e.kind == SYSEMU_EVENT_STOP; e = resume(m, row->at_signal, 0))
			;
	}
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eip, call.at);
	if (row->inject)
		OK(m, sysemu_set_tif(m, e.tif | row->inject));
	watch_labels(m, &w);
	OK(m, sysemu_break_set(m, call.behind));

	for (e = advance(&call, &w, story); e.kind == SYSEMU_EVENT_STOP;
	     e = advance(&call, &w, story)) {
		assert_true(strlen(story) < sizeof(story) - 2);
		assert_int_equal(ptrace_raw(m, row->later, 0, 0), 0);
	}
	assert_int_equal(e.eip, call.behind);
	assert_string_equal(story, row->story);
	assert_int_equal(e.tif, row->flags);
	if (row->later == STEP && row->story[0] == '>')
		assert_int_equal(e.eflags & 0x100, 0x100); /* a stepped call also leaves TF */
	sysemu_close(m);
}

static struct cell cells[2 * ROWS];
static char names[2 * ROWS][120];
static struct CMUnitTest tests[2 * ROWS];

int main(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS; i++)
		for (int entry = 0; entry < 2; entry++, n++) {
			cells[n] = (struct cell){ &rows[i], (sysemu_entry)entry };
			snprintf(names[n], sizeof(names[n]), "%s: %s (%s)", rows[i].kernel,
				 rows[i].name, entry ? "sysenter" : "int 0x80");
			tests[n] = (struct CMUnitTest){ .name = names[n],
							.test_func = run_row,
							.initial_state = &cells[n] };
		}
	return _cmocka_run_group_tests("stops", tests, n, NULL, NULL);
}
