/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play_test.c: scenarios as text and as C data: what is understood, where an error is, what a
 * failed expectation says, and when a verdict holds. The shipped scenarios are played by the
 * ctests with the label scenario.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"
#include "tests/helpers/play_fuzz.h"

#define SCENARIOS TEST_SOURCES "/../scenarios"

/* A scenario of one call: lines 1 to 9, and rows from line 10 on. */
#define HEAD                                                                                      \
	"scenario s\nabout a\ngood g\nbad b\npass sysemu\nentry int80\nprogram\nc: call getpid\n" \
	"rows\n"

static sysemu_scenarios *understood(const char *text)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;

	if (sysemu_scenarios_parse(text, strlen(text), &all, &error) != SYSEMU_OK)
		print_error("%u:%u: %s\n", error.line, error.column, error.text);
	assert_non_null(all);
	return all;
}

/* ---- errors ---- */

struct wrong {
	const char *text;
	uint32_t line, column;
	const char *says;
};

static const struct wrong wrongs[] = {
	{ "", 1, 1, "no scenario in it" },
	{ "# nothing\n\n", 2, 1, "no scenario in it" },
	{ "rows\n", 1, 1, "a file begins with `scenario NAME`" },
	{ "scenario\n", 1, 9, "a name is missing" },
	{ "scenario a b\n", 1, 12, "unexpected: b" },
	{ "scenario a\n", 1, 1, "a has no program" },
	{ "scenario a\nprogram\n\tnop\n", 1, 1, "a has no rows" },
	{ "scenario a\nprogram\n\tnop\nrows\n\tlimit\n", 1, 1,
	  "a: no pass or fail: no kernel plays it" },
	{ "scenario a\n  color red\n", 2, 3, "unknown in a scenario's head: color" },
	{ "scenario a\npass sysemu 2.4.0\n", 2, 13,
	  "no kernel is named \"2.4.0\": there are 2.6.11, sysemu-1 (sysemu-2), sysemu-3, sysemu-4, "
	  "sysemu (sysemu-5), sysemu-as-printed, 2.6.14-ed75e8d, 2.6.14-c8c86ce, 2.6.14-1b38f00, "
	  "2.6.14-ab1c23c, ..." },
	{ "scenario a\nfail sysemu\n", 2, 12, "at LABEL is missing" },
	{ "scenario a\nfail sysemu at\n", 2, 15, "a row's label is missing" },
	{ "scenario a\nfail at x\n", 2, 6, "a kernel is missing" },
	{ "scenario a\nentry int3\n", 2, 7, "not int80, sysenter or both: int3" },
	{ "scenario a\nbudget 1000001\n", 2, 8, "not a number from 1 to 1000000: 1000001" },
	{ "scenario a\n\x01\n", 2, 1, "a control character, 0x01" },
	{ "scenario a\npass sysemu\nprogram\n\tadd 1\nrows\n\tlimit\n", 4, 2, "no such step: add" },
	{ "scenario a\npass sysemu\nprogram\n\tcall open7\nrows\n\tlimit\n", 4, 7,
	  "no such call: open7" },
	{ "scenario a\npass sysemu\nprogram\n\tcall 1 2 3 4 5 6 7\nrows\n\tlimit\n", 4, 19,
	  "more than five arguments" },
	{ "scenario a\npass sysemu\nprogram\n\tjmp off\nrows\n\tlimit\n", 4, 6,
	  "not a value or a label of the program: off" },
	{ "scenario a\npass sysemu\nprogram\nx:\tnop\nx:\tnop\nrows\n\tlimit\n", 5, 1,
	  "the label is there twice: x" },
	{ "scenario a\npass sysemu\nprogram\n\tbytes cd8\nrows\n\tlimit\n", 4, 8,
	  "an odd number of digits" },
	{ "scenario a\npass sysemu\nprogram\n\tspace 65536\n\tnop\nrows\n\tlimit\n", 5, 1,
	  "a program of more than 65536 bytes" },
	{ "scenario a\npass sysemu\nprogram file\n\tnop\nrows\n\tlimit\n", 4, 1,
	  "a program that is a file has no steps" },
	{ HEAD "stop\n", 10, 5, "a signal is missing" },
	{ HEAD "stop FOO\n", 10, 6, "no such signal: FOO" },
	{ HEAD "exit 256\n", 10, 6, "not an exit code: 256" },
	{ HEAD "stopped 5\n", 10, 1,
	  "not an event (stop, exit, killed, break, limit, fault, any): stopped" },
	{ HEAD "limit tif=EMU+SPEED\n", 10, 15, "no such flag: SPEED" },
	{ HEAD "limit tif=+EMU-EMU\n", 10, 11, "a flag both set and clear" },
	{ HEAD "limit after=d\n", 10, 13, "no label of the program: d" },
	{ HEAD "limit eax=12x\n", 10, 11, "not a value or a label of the program: 12x" },
	{ HEAD "limit sideways\n", 10, 7, "no such field: sideways" },
	{ HEAD "limit ran=getpid,nothing\n", 10, 18, "no such call: nothing" },
	{ HEAD "limit insns.cache=1\n", 10, 13, "no such region: cache" },
	{ HEAD "| CONT\n", 10, 1, "actions before the first row" },
	{ HEAD "stop STOP | RUN\n", 10, 13, "no such action or request: RUN" },
	{ HEAD "stop STOP | CONT:FOO\n", 10, 18, "no such signal: FOO" },
	{ HEAD "stop STOP | CONT -> EFOO\n", 10, 21,
	  "not a value or a label of the program: EFOO" },
	{ HEAD "stop STOP | set eax\n", 10, 17, "not NAME=VALUE: eax" },
	{ HEAD "stop STOP | set rax=1\n", 10, 17, "not a register: rax" },
	{ HEAD "stop STOP | need_resched -> 0\n", 10, 29, "this action has no result" },
	{ HEAD "stop STOP | audit\n", 10, 18, "on or off is missing" },
	{ HEAD "stop STOP | CONT CONT CONT\n", 10, 18,
	  "not a value or a label of the program: CONT" },
	{ HEAD "stop STOP | CONT 0 0 0\n", 10, 22, "unexpected: 0" },
	{ HEAD "x: limit\nx: limit\n", 11, 1, "the label is there twice: x" },
	{ HEAD "1: limit\n", 10, 1, "not a label: 1:" },
	{ "scenario a\nfail sysemu at no\nprogram\n\tnop\nrows\n\tlimit\n", 2, 16,
	  "no row has the label no" },
	{ "scenario a\nfail sysemu at r on speed\nprogram\n\tnop\nrows\nr:\tlimit\n", 2, 21,
	  "no such field: speed" },
	{ HEAD "limit\nscenario s\n", 11, 10, "a second scenario s" },
	{ HEAD "limit\nprogram\n", 11, 1, "a second program" },
};

static void an_error_has_a_place_and_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		sysemu_scenarios *all = NULL;
		sysemu_script_error error;

		assert_int_equal(sysemu_scenarios_parse(w->text, strlen(w->text), &all, &error),
				 SYSEMU_EINVAL);
		assert_null(all);
		if (strcmp(error.text, w->says) != 0 || error.line != w->line ||
		    error.column != w->column)
			print_error("script %zu\n", i);
		assert_string_equal(error.text, w->says);
		assert_int_equal(error.line, w->line);
		assert_int_equal(error.column, w->column);
	}
}

static void wrong_arguments_of_the_parser_are_refused(void **state)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;

	(void)state;
	assert_int_equal(sysemu_scenarios_parse(NULL, 1, &all, &error), SYSEMU_EINVAL);
	assert_int_equal(sysemu_scenarios_parse("", 0, NULL, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_scenarios_parse(HEAD, (4u << 20) + 1, &all, &error), SYSEMU_EINVAL);
	assert_int_equal(sysemu_scenarios_count(NULL), 0);
	assert_null(sysemu_scenarios_at(NULL, 0));
	sysemu_scenarios_free(NULL);
}

/* ---- what a script becomes ---- */

static size_t kernels(void)
{
	size_t n = 0;

	while (sysemu_kernel_at(n, NULL))
		n++;
	return n;
}

static void texts_go_on_and_later_verdicts_have_precedence(void **state)
{
	sysemu_scenarios *all = understood("scenario a # a comment\n"
					   "about\tone # two\r\n"
					   "about three\n"
					   "pass all\nfail sysemu-5 at r on eip\n"
					   "program\n\tnop\nrows\nr:\tlimit\n");
	const sysemu_scenario *s = sysemu_scenarios_at(all, 0);

	(void)state;
	assert_int_equal(sysemu_scenarios_count(all), 1);
	assert_null(sysemu_scenarios_at(all, 1));
	assert_string_equal(s->about, "one # two three");
	assert_null(s->source);
	assert_int_equal(s->n_verdicts, kernels());
	for (size_t i = 0; i < s->n_verdicts; i++)
		assert_int_equal(s->verdicts[i].fails, !strcmp(s->verdicts[i].kernel, "sysemu"));
	sysemu_scenarios_free(all);
}

static void program_steps_become_these_bytes(void **state)
{
	/* clang-format off */
	static const uint8_t by_int[] = {
		0xbb, 1, 0, 0, 0, 0x89, 0xd9, 0xb8, 4, 0, 0, 0, 0xcd, 0x80,	/* w: call write 1 ebx */
		0x81, 0xfe, 5, 0, 0, 0,						/* cmp esi 5 */
		0x0f, 0x84, 0xe6, 0xff, 0xff, 0xff,				/* je w */
		0x68, 0x00, 0x80, 0x04, 0x08,					/* push w */
		0x8b, 0x0d, 0x00, 0x80, 0x04, 0x08,				/* load ecx w */
		0x89, 0x0d, 0x00, 0x80, 0x04, 0x08,				/* store w ecx */
		0x50, 0x5f, 0x89, 0xc3,						/* push, pop, mov */
		0xff, 0xff, 0xff, 0xff, 0, 0,					/* words -1, space 2 */
	};
	/* clang-format on */
	static const uint32_t eips[2][5] = {
		{ 0x0804800e, 0x08048000, 0x0804800e, 0x0804800c, 0x0804800d },
		{ 0xffffe410, 0x08048000, 0x08048011, 0xffffe405, 0x08048010 },
	};
	sysemu_scenarios *all = understood(
		"scenario a\npass sysemu\nprogram\nw: call write 1 ebx\n cmp esi 5\n je w\n push w\n"
		" load ecx w\n store w ecx\n push eax\n pop edi\n mov ebx eax\n words -1\n space 2\n"
		"rows\nlimit after=w at=w next=w into=w eip=next(w)-1\n");
	const sysemu_staging *st = sysemu_scenarios_at(all, 0)->by_entry;

	(void)state;
	assert_int_equal(st[0].code_size, sizeof(by_int));
	assert_memory_equal(st[0].code, by_int, sizeof(by_int));
	assert_int_equal(st[1].code_size, sizeof(by_int) + 3); /* a call instead of int $0x80 */
	for (unsigned entry = 0; entry < 2; entry++)
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(st[entry].rows[0].checks[1 + i].value, eips[entry][i]);
	sysemu_scenarios_free(all);
}

/* ---- what a failure says ---- */

static sysemu_played play_text(const char *text)
{
	sysemu_scenarios *all = understood(text);
	const sysemu_scenario *s = sysemu_scenarios_at(all, 0);
	sysemu_played played;

	assert_int_equal(sysemu_scenario_play(s, s->verdicts[0].kernel, SYSEMU_ENTRY_INT80, NULL, 0,
					      NULL, NULL, &played),
			 SYSEMU_OK);
	sysemu_scenarios_free(all);
	return played;
}

static void a_failure_names_both_sides(void **state)
{
	static const struct {
		const char *rows, *says;
		uint32_t line, column;
	} failures[] = {
		{ "stop TRAP\n", "event: expected stop TRAP, got stop STOP", 10, 1 },
		{ "stop STOP | SYSEMU\nstop TRAP exit\n", "place: expected exit, got entry", 11,
		  1 },
		{ "stop STOP | SYSEMU\n x: stop TRAP tif=TRACE+EMU\n",
		  "tif: expected TRACE+EMU, got EMU", 11, 5 },
		{ "stop STOP | SYSEMU\nstop TRAP tif=-EMU+TRACE\n",
		  "tif: expected +TRACE-EMU, got -TRACE+EMU", 11, 1 },
		{ "stop STOP | SYSEMU\nstop TRAP ran=getpid,exit\n",
		  "ran: expected getpid,exit, got none", 11, 1 },
		{ "stop STOP | SYSEMU\nstop TRAP eax=7 orig_eax=64\n",
		  "eax: expected 7, got -38; orig_eax: expected 64, got 20", 11, 1 },
		{ "stop STOP | SYSEMU\nstop TRAP at=c\n", "eip: expected 0x8048000, got 0x8048007",
		  11, 1 },
		{ "stop STOP | SYSEMU_SINGLESTEP\n", "result: expected 0, got EIO", 10, 13 },
		{ "stop STOP | SYSEMU -> ESRCH\n", "result: expected ESRCH, got 0", 10, 13 },
		{ "stop STOP | PEEKUSR eip = 5\n", "result: expected the word 0x5, got 0x8048000",
		  10, 13 },
		{ "stop STOP\nany\n",
		  "run: the program is stopped: answer it with a resume request first", 11, 1 },
		{ "stop STOP | poke 4=4\n", NULL, 10, 13 },
		{ "stop STOP | focus 7\n", "result: no task has pid 7", 10, 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		char text[512];
		sysemu_played p;

		snprintf(text, sizeof(text), "%s%s", HEAD, failures[i].rows);
		p = play_text(text);
		assert_false(p.passed);
		if (failures[i].says)
			assert_string_equal(p.text, failures[i].says);
		assert_int_equal(p.line, failures[i].line);
		assert_int_equal(p.column, failures[i].column);
	}
}

static void a_verdict_holds_only_at_its_row_and_field(void **state)
{
	sysemu_verdict v = { .kernel = "sysemu" };
	sysemu_played p = play_text(HEAD "stop STOP | SYSEMU\nstop TRAP eax=7 ran=getpid\n");

	(void)state;
	assert_int_equal(p.row, 1);
	assert_false(sysemu_verdict_holds(&v, &p)); /* it is to pass */
	v.fails = true;
	assert_false(sysemu_verdict_holds(&v, &p)); /* in row 0 */
	v.row = 1;
	assert_true(sysemu_verdict_holds(&v, &p));
	v.on_field = true;
	v.on = SYSEMU_CHECK_CALLS;
	assert_true(sysemu_verdict_holds(&v, &p));
	v.on = SYSEMU_CHECK_KIND;
	assert_false(sysemu_verdict_holds(&v, &p));
	v.on = SYSEMU_CHECK_REG;
	v.on_index = 6; /* eax */
	assert_true(sysemu_verdict_holds(&v, &p));
	v.on_index = 12;
	assert_false(sysemu_verdict_holds(&v, &p));
	assert_false(sysemu_verdict_holds(NULL, &p));
}

/* ---- as C data ---- */

static void count_events(void *user, size_t row, const sysemu_seen *seen)
{
	unsigned *events = user;

	assert_int_equal(row, *events);
	assert_true(seen->event.kind != SYSEMU_EVENT_NONE);
	++*events;
}

static void rows_written_down_in_c_are_played(void **state)
{
	static const uint8_t code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe };
	static const sysemu_check stop[] = { { SYSEMU_CHECK_STATUS, 0, 0xffff, 0x137f } };
	static const sysemu_check entry[] = {
		{ SYSEMU_CHECK_PLACE, 0, UINT32_MAX, SYSEMU_PLACE_ENTRY },
		{ SYSEMU_CHECK_CALLS, 0, UINT32_MAX, 0 },
		{ SYSEMU_CHECK_REG, 11, UINT32_MAX, 20 },
	};
	static const sysemu_action emulate[] = {
		{ .kind = SYSEMU_ACTION_PTRACE, .request = SYSEMU_PTRACE_SYSEMU },
	};
	const sysemu_row rows[] = {
		{ .checks = stop, .n_checks = 1, .actions = emulate, .n_actions = 1 },
		{ .checks = entry, .n_checks = 3 },
	};
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, code, sizeof(code));
	sysemu_played p;
	unsigned events = 0;

	(void)state;
	OK(m, sysemu_play(m, rows, 2, 0, count_events, &events, &p));
	assert_true(p.passed);
	assert_int_equal(events, 2);
	/* From where it stands: at a stop. */
	assert_int_equal(sysemu_play(m, rows, 2, 0, NULL, NULL, NULL), SYSEMU_EINVAL);
	OK(m, sysemu_play(m, rows, 2, 0, NULL, NULL, &p));
	assert_false(p.passed);
	assert_int_equal(p.differs, 1u << SYSEMU_CHECK_RUN);
	sysemu_close(m);
}

/* What an observer is told: events as "stop", results as numbers. */
struct told {
	char text[200];
	size_t insns;
	sysemu_machine *m;
};

static void tell_opened(void *user, sysemu_machine *m)
{
	((struct told *)user)->m = m;
}

static void tell_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct told *told = user;

	snprintf(told->text + strlen(told->text), 60, "%zu %s; ", row,
		 sysemu_event_name(seen->event.kind));
}

static void tell_action(void *user, size_t row, size_t action, bool done, int32_t result,
			uint32_t word)
{
	struct told *told = user;

	(void)word;
	snprintf(told->text + strlen(told->text), 60, "%zu.%zu %s%d; ", row, action,
		 done ? "" : "not ", result);
}

static void tell_insn(void *user, uint32_t addr, uint32_t size)
{
	(void)addr, (void)size;
	((struct told *)user)->insns++;
}

/* Rows that fail at once, were they compared; a refused request; what cannot be done at all. */
static void who_observes_sees_what_comes_behind_a_failure(void **state)
{
	sysemu_scenarios *all = understood(HEAD "stop USR1 | SYSCALL:65; CONT 0; set eax=1\n"
						"killed KILL\nexit 3\n");
	struct told told = { .text = "" };
	const sysemu_observer observer = { &told, tell_opened, tell_event, tell_action, tell_insn };
	sysemu_played played;
	char expected[60];

	(void)state;
	assert_int_equal(sysemu_scenario_observe(sysemu_scenarios_at(all, 0), "sysemu",
						 SYSEMU_ENTRY_INT80, NULL, 0, &observer, &played),
			 SYSEMU_OK);
	/* EIO of a signal beyond the last; behind the call the program runs into nothing. */
	snprintf(expected, sizeof(expected), "0 stop; 0.0 -5; 0.1 0; 0.2 ");
	assert_memory_equal(told.text, expected, strlen(expected));
	assert_non_null(strstr(told.text, "1 stop; "));
	assert_non_null(told.m);
	assert_true(told.insns > 50);
	sysemu_scenarios_free(all);
}

static void steps_are_there_to_read(void **state)
{
	sysemu_scenarios *all = understood(HEAD "stop STOP\n");
	const sysemu_staging *st = &sysemu_scenarios_at(all, 0)->by_entry[SYSEMU_ENTRY_INT80];

	(void)state;
	assert_int_equal(st->n_steps, 1);
	assert_string_equal(st->steps[0].label, "c");
	assert_int_equal(st->steps[0].n_words, 2);
	assert_string_equal(st->steps[0].words[0], "call");
	assert_string_equal(st->steps[0].words[1], "getpid");
	/* mov $20, %eax is five bytes, int $0x80 two. */
	assert_int_equal(st->steps[0].at, SYSEMU_CODE_BASE);
	assert_int_equal(st->steps[0].into, SYSEMU_CODE_BASE + 5);
	assert_int_equal(st->steps[0].after, SYSEMU_CODE_BASE + 7);
	assert_int_equal(st->steps[0].next, SYSEMU_CODE_BASE + 7);
	sysemu_scenarios_free(all);
}

static void nonsense_in_c_data_is_refused_and_harmless(void **state)
{
	static const sysemu_check no_checks[] = {
		{ (sysemu_check_kind)99, 0, UINT32_MAX, 1 },
		{ (sysemu_check_kind)-1, 0, UINT32_MAX, 1 },
		{ SYSEMU_CHECKS, 0, 0, 0 },
		{ SYSEMU_CHECK_RESULT, 0, UINT32_MAX, 0 },
		{ SYSEMU_CHECK_RUN, 0, UINT32_MAX, 0 },
		{ SYSEMU_CHECK_REG, SYSEMU_REGS, UINT32_MAX, 0 },
		{ SYSEMU_CHECK_CALL, SYSEMU_RAN_MAX, UINT32_MAX, 0 },
		{ SYSEMU_CHECK_INSNS, SYSEMU_REGIONS + 1, 0, 0 },
	};
	static const sysemu_check checks[] = {
		{ SYSEMU_CHECK_PLACE, 0, UINT32_MAX, 99 },
		{ SYSEMU_CHECK_KIND, 0, UINT32_MAX, 99 },
	};
	static const sysemu_action actions[] = { { .kind = (sysemu_action_kind)99 } };
	const sysemu_row rows[] = { { .checks = checks, .n_checks = 2 } };
	const sysemu_row act[] = { { .actions = actions, .n_actions = 1 } };
	const sysemu_scenario s = {
		.name = "s",
		.by_entry = { { .code = "\xcc", .code_size = 1, .rows = rows, .n_rows = 1 } }
	};
	sysemu_scenario t = s;
	sysemu_played p;

	(void)state;
	assert_int_equal(
		sysemu_scenario_play(&s, "sysemu", SYSEMU_ENTRY_INT80, NULL, 0, NULL, NULL, &p),
		SYSEMU_OK);
	assert_false(p.passed);
	for (size_t i = 0; i < sizeof(no_checks) / sizeof(no_checks[0]); i++) {
		const sysemu_row none[] = { { .checks = &no_checks[i], .n_checks = 1 } };

		t.by_entry[0].rows = none;
		assert_int_equal(sysemu_scenario_play(&t, "sysemu", SYSEMU_ENTRY_INT80, NULL, 0,
						      NULL, NULL, &p),
				 SYSEMU_EINVAL);
		assert_non_null(strstr(p.text, "no check"));
	}
	t.by_entry[0].rows = act;
	assert_int_equal(
		sysemu_scenario_play(&t, NULL, SYSEMU_ENTRY_INT80, NULL, 0, NULL, NULL, &p),
		SYSEMU_OK);
	assert_int_equal(p.differs, 1u << SYSEMU_CHECK_RESULT);
	assert_int_equal(
		sysemu_scenario_play(&s, "sysemu", SYSEMU_ENTRY_SYSENTER, NULL, 0, NULL, NULL, &p),
		SYSEMU_EINVAL);
	assert_int_equal(
		sysemu_scenario_play(&s, "2.4", SYSEMU_ENTRY_INT80, NULL, 0, NULL, NULL, &p),
		SYSEMU_EKERNEL);
	assert_true(p.text[0]);
	t.program = "nothing";
	assert_int_equal(sysemu_scenario_play(&t, NULL, SYSEMU_ENTRY_INT80, "x", 1, NULL, NULL, &p),
			 SYSEMU_ELOAD);
}

/* ---- the shipped ones ---- */

static void every_shipped_scenario_tells_its_story(void **state)
{
	static const char *const files[] = { "patch", "table", "uml", "later", "ptrace" };
	size_t scenarios = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		sysemu_scenarios *all = NULL;
		sysemu_script_error error;
		const sysemu_scenario *s;
		size_t size;
		char *text;

		snprintf(path, sizeof(path), "%s/%s.play", SCENARIOS, files[i]);
		text = read_file(path, &size);
		assert_int_equal(sysemu_scenarios_parse(text, size, &all, &error), SYSEMU_OK);
		free(text);
		for (size_t k = 0; (s = sysemu_scenarios_at(all, k)) != NULL; k++, scenarios++) {
			if (!s->about || !s->good || !s->bad || !s->source)
				print_error("%s: %s\n", path, s->name);
			assert_true(s->about && s->good && s->bad && s->source);
		}
		sysemu_scenarios_free(all);
	}
	assert_true(scenarios >= 90);
}

/* ---- hostile ones ---- */

static void a_script_without_end_comes_to_one(void **state)
{
	const size_t rows = 1000;
	char *text = calloc(1, 200 + rows * 8);
	sysemu_played p;

	(void)state;
	assert_non_null(text);
	strcpy(text,
	       "scenario a\npass sysemu\nbudget 1000000\nprogram\n\tloop\nrows\nstop STOP | CONT\n");
	for (size_t i = 0; i < rows; i++)
		strcat(text, "limit\n");
	p = play_text(text);
	assert_false(p.passed);
	assert_int_equal(p.differs, 1u << SYSEMU_CHECK_RUN);
	assert_true(p.insns <= 22000000);
	free(text);
}

static void scripts_that_nobody_would_write(void **state)
{
	struct play_fuzz f;

	(void)state;
	play_fuzz_open(&f, SCENARIOS, 2005);
	play_fuzz_parse(&f, 20000);
	play_fuzz_play(&f, 300);
	play_fuzz_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_a_place_and_a_sentence),
		cmocka_unit_test(wrong_arguments_of_the_parser_are_refused),
		cmocka_unit_test(texts_go_on_and_later_verdicts_have_precedence),
		cmocka_unit_test(program_steps_become_these_bytes),
		cmocka_unit_test(a_failure_names_both_sides),
		cmocka_unit_test(a_verdict_holds_only_at_its_row_and_field),
		cmocka_unit_test(rows_written_down_in_c_are_played),
		cmocka_unit_test(who_observes_sees_what_comes_behind_a_failure),
		cmocka_unit_test(steps_are_there_to_read),
		cmocka_unit_test(nonsense_in_c_data_is_refused_and_harmless),
		cmocka_unit_test(every_shipped_scenario_tells_its_story),
		cmocka_unit_test(a_script_without_end_comes_to_one),
		cmocka_unit_test(scripts_that_nobody_would_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
