/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracer_break_test.c: breakpoints and the tracer's own calls. These are made on another CPU, so
 * a breakpoint anywhere on their way changes nothing; the program's way still ends there.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/emit.h"
#include "tests/helpers/harness.h"
#include "tests/helpers/names.h"

enum { WAY_MAX = 4096 };

/* Every instruction of one call, each once. */
struct way {
	uint32_t addr[WAY_MAX];
	size_t n;
};

static void walk(void *user, uint32_t addr, uint32_t size)
{
	struct way *way = user;

	(void)size;
	for (size_t i = 0; i < way->n; i++)
		if (way->addr[i] == addr)
			return;
	assert_true(way->n < WAY_MAX);
	way->addr[way->n++] = addr;
}

/* ---- each of the tracer's calls ---- */

static int32_t do_resume(sysemu_machine *m)
{
	return ptrace_raw(m, SYSEMU, 0, 0);
}

static int32_t do_step(sysemu_machine *m)
{
	return ptrace_raw(m, STEP, 0, 0);
}

static int32_t do_getregs(sysemu_machine *m)
{
	return ptrace_raw(m, SYSEMU_PTRACE_GETREGS, 0, SYSEMU_WINDOW);
}

static int32_t do_refused(sysemu_machine *m)
{
	return ptrace_raw(m, 4711, 0, 0);
}

static int32_t do_ptrace_kill(sysemu_machine *m)
{
	return ptrace_raw(m, SYSEMU_PTRACE_KILL, 0, 0);
}

static int32_t do_signal(sysemu_machine *m)
{
	return kill_from_outside(m, PROGRAM, SIGUSR1);
}

static int32_t do_resched(sysemu_machine *m)
{
	OK(m, sysemu_need_resched(m, PROGRAM));
	return 0;
}

static int32_t do_audit(sysemu_machine *m)
{
	OK(m, sysemu_set_audit(m, PROGRAM, true));
	return 0;
}

static int32_t do_wait(sysemu_machine *m)
{
	int32_t result = 0;

	OK(m, sysemu_wait(m, -1, 0, NULL, &result));
	return result;
}

static int32_t (*const calls[])(sysemu_machine *) = { do_resume,  do_step,        do_getregs,
						      do_refused, do_ptrace_kill, do_signal,
						      do_resched, do_audit,       do_wait };
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static sysemu_digest digest_of(sysemu_machine *m)
{
	sysemu_digest d;

	OK(m, sysemu_get_digest(m, &d));
	return d;
}

/* The call on a restored machine, with a breakpoint at each instruction of its way in turn. */
static void pass_breaks(sysemu_machine *m, int32_t (*call)(sysemu_machine *))
{
	struct way *way = calloc(1, sizeof(*way));
	sysemu_snapshot *before;
	sysemu_digest plain;
	int32_t result;

	OK(m, sysemu_save(m, &before));
	OK(m, sysemu_on_insn(m, walk, way));
	result = call(m);
	OK(m, sysemu_on_insn(m, NULL, NULL));
	plain = digest_of(m);
	assert_true(way->n > 5);
	for (size_t i = 0; i < way->n; i++) {
		sysemu_digest d;

		OK(m, sysemu_restore(m, before));
		OK(m, sysemu_break_set(m, way->addr[i]));
		assert_int_equal(call(m), result);
		d = digest_of(m);
		assert_memory_equal(&d, &plain, sizeof(d));
		OK(m, sysemu_break_clear(m, way->addr[i]));
	}
	OK(m, sysemu_restore(m, before));
	sysemu_snapshot_free(before);
	free(way);
}

static void pass_breaks_of_all_calls(const char *kernel, sysemu_entry entry, sysemu_start start,
				     sysemu_event_kind at)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_spin(&p);
	m = emit_open(&p, kernel, entry, start);
	assert_int_equal(run_briefly(m).kind, at);
	for (unsigned i = 0; i < CALLS; i++)
		pass_breaks(m, calls[i]);
	sysemu_close(m);
}

static void a_tracers_call_passes_breakpoints_while_the_program_is_stopped(void **state)
{
	(void)state;
	pass_breaks_of_all_calls("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
				 SYSEMU_EVENT_STOP);
}

static void a_tracers_call_passes_breakpoints_while_the_program_runs(void **state)
{
	(void)state;
	pass_breaks_of_all_calls("2.6.14", SYSEMU_ENTRY_SYSENTER, SYSEMU_START_UNTRACED,
				 SYSEMU_EVENT_LIMIT);
}

/* ---- the program's own way ---- */

static void the_programs_own_call_stops_where_the_tracers_did_not(void **state)
{
	const uint32_t args[][2] = { { NR_KILL, PROGRAM }, { 26, 0 } }; /* ptrace: TRACEME */
	static const char *const names[] = { "sys_kill", "sys_ptrace" };
	struct emit p = { 0 };
	sysemu_machine *m;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		emit_int80(&p, args[i][0], args[i][1], 0, 0);
	emit_spin(&p);
	m = emit_open(&p, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	for (unsigned i = 0; i < 2; i++)
		OK(m, sysemu_break_set(m, symbol(m, names[i])));
	assert_int_equal(kill_from_outside(m, PROGRAM, 0), 0);
	assert_int_equal(do_getregs(m), 0);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		sysemu_event e = run(m);

		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(e.eip, symbol(m, names[i]));
		/* Even between the two, on the CPU that stands there. */
		assert_int_equal(kill_from_outside(m, PROGRAM, 0), 0);
	}
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	sysemu_close(m);
}

static void a_break_action_is_passed_by_the_requests_behind_it(void **state)
{
	static const sysemu_check stop = { SYSEMU_CHECK_KIND, 0, UINT32_MAX, SYSEMU_EVENT_STOP };
	static const sysemu_check broke = { SYSEMU_CHECK_KIND, 0, UINT32_MAX, SYSEMU_EVENT_BREAK };
	sysemu_action first[3] = { { .kind = SYSEMU_ACTION_BREAK },
				   { .kind = SYSEMU_ACTION_PTRACE,
				     .request = SYSEMU_PTRACE_GETREGS,
				     .data = SYSEMU_WINDOW },
				   { .kind = SYSEMU_ACTION_PTRACE, .request = CONT } };
	const sysemu_row rows[] = {
		{ .checks = &stop, .n_checks = 1, .actions = first, .n_actions = 3 },
		{ .checks = &broke, .n_checks = 1 }
	};
	struct emit p = { 0 };
	sysemu_played played;
	sysemu_machine *m;

	(void)state;
	emit_int80(&p, 26, 0, 0, 0);
	emit_spin(&p);
	m = emit_open(&p, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	first[0].addr = symbol(m, "sys_ptrace");
	OK(m, sysemu_play(m, rows, 2, 0, NULL, NULL, &played));
	assert_string_equal(played.text, "");
	assert_true(played.passed);
	assert_int_equal(played.seen.event.eip, symbol(m, "sys_ptrace"));
	sysemu_close(m);
}

/* ---- a kernel that the caller has spoilt ---- */

static void a_call_that_does_not_return_says_why_and_a_restore_mends_it(void **state)
{
	static const struct {
		uint8_t code[2];
		const char *why;
	} spoilt[] = { { { 0xeb, 0xfe }, "too many instructions" },
		       { { 0xf4, 0x90 }, "the kernel halted elsewhere" } };
	struct emit p = { 0 };
	sysemu_snapshot *before;
	sysemu_machine *m;

	(void)state;
	emit_spin(&p);
	m = emit_open(&p, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	OK(m, sysemu_save(m, &before));
	for (unsigned i = 0; i < 2; i++) {
		OK(m, sysemu_write(m, symbol(m, "sys_ptrace"), spoilt[i].code, 2));
		assert_int_equal(sysemu_ptrace(m, CONT, 0, 0, NULL), SYSEMU_EENGINE);
		assert_non_null(strstr(sysemu_errmsg(m), spoilt[i].why));
		OK(m, sysemu_restore(m, before));
		assert_int_equal(do_getregs(m), 0);
	}
	sysemu_snapshot_free(before);
	sysemu_close(m);
}

/* mov $5, %ecx; mov $BASE + 0x100, %edi; rep stosb; ud2 */
static void a_breakpoint_on_a_rep_stops_before_it_and_not_in_it(void **state)
{
	static const uint8_t code[] = { 0xb9, 5, 0,    0,    0,    0xbf, 0,
					0x81, 4, 0x08, 0xf3, 0xaa, 0x0f, 0x0b };
	const sysemu_config config = { .start = SYSEMU_START_UNTRACED };
	sysemu_machine *m = open_config(&config);
	sysemu_event e;

	(void)state;
	OK(m, sysemu_load_code(m, code, sizeof(code)));
	OK(m, sysemu_break_set(m, SYSEMU_CODE_BASE + 10));
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 10);
	assert_int_equal(run(m).kind, SYSEMU_EVENT_KILLED);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_breakpoint_on_a_rep_stops_before_it_and_not_in_it),
		cmocka_unit_test(a_tracers_call_passes_breakpoints_while_the_program_is_stopped),
		cmocka_unit_test(a_tracers_call_passes_breakpoints_while_the_program_runs),
		cmocka_unit_test(the_programs_own_call_stops_where_the_tracers_did_not),
		cmocka_unit_test(a_break_action_is_passed_by_the_requests_behind_it),
		cmocka_unit_test(a_call_that_does_not_return_says_why_and_a_restore_mends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
