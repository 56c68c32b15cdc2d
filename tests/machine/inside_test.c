/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inside_test.c: a function of the caller's that a machine calls may look at it, no more: whatever would run or change
 * it is ESTATE, and the run comes to the end that it comes to without.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <string.h>

#include <libsysemu/process.h>
#include <libsysemu/schedule.h>
#include <libsysemu/step.h>
#include <libsysemu/timing.h>

enum caller { NOBODY, INSN, PRICE, TRACEPOINT, CHOOSER, WRITE, READ, NOTE, INPUT, CALLERS };

static sysemu_machine *now;      /* the machine; NULL: nobody tries anything */
static sysemu_snapshot *earlier; /* of it */
static enum caller who;
static unsigned tried;

#define REFUSED(call) assert_int_equal(call, SYSEMU_ESTATE)

static void try_all(enum caller caller)
{
	const sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS };
	const sysemu_task_attr attr = { 0 };
	const sysemu_host host = { 0 };
	char path[] = TEST_PROGRAMS "/hello", *argv[] = { path, NULL };
	sysemu_schedules *schedules;
	sysemu_snapshot *snapshot;
	sysemu_served served;
	sysemu_regs regs;
	sysemu_event e;
	uint32_t status;
	int32_t result;

	if (caller != who || !now || tried++ >= 3)
		return;
	OK(now, sysemu_get_cpu(now, &regs));
	REFUSED(sysemu_run(now, 100, &e));
	REFUSED(sysemu_run_until(now, 1u << 30, &e));
	REFUSED(sysemu_save(now, &snapshot));
	REFUSED(sysemu_restore(now, earlier));
	REFUSED(sysemu_ptrace(now, SYSEMU_PTRACE_CONT, 0, 0, &result));
	REFUSED(sysemu_ptrace_begin(now, SYSEMU_PTRACE_CONT, 0, 0));
	REFUSED(sysemu_wait(now, 0, 0, &status, &result));
	REFUSED(sysemu_signal(now, 0, 9, &result));
	REFUSED(sysemu_need_resched(now, 0));
	REFUSED(sysemu_set_audit(now, 0, true));
	REFUSED(sysemu_set_attr(now, 0, &attr));
	REFUSED(sysemu_set_tif(now, 1));
	REFUSED(sysemu_set_reg(now, 0, 1));
	REFUSED(sysemu_set_regs(now, &regs));
	REFUSED(sysemu_set_cpu(now, &regs));
	REFUSED(sysemu_jump(now, 0x08048000));
	REFUSED(sysemu_write(now, regs.esp, "x", 1));
	REFUSED(sysemu_map(now, 0x40000000, 1, 3));
	REFUSED(sysemu_unmap(now, 0x08048000, 1));
	REFUSED(sysemu_protect(now, 0x08048000, 1, 0));
	REFUSED(sysemu_break_set(now, 0x08048000));
	REFUSED(sysemu_break_clear(now, 0x08048000));
	REFUSED(sysemu_watch_set(now, 0x08048000, 4, 1));
	REFUSED(sysemu_watch_clear(now, 0x08048000, 4, 1));
	REFUSED(sysemu_set_exact(now, true));
	REFUSED(sysemu_set_memo(now, true));
	REFUSED(sysemu_on_insn(now, NULL, NULL));
	REFUSED(sysemu_on_price(now, NULL, NULL));
	REFUSED(sysemu_on_tracepoint(now, NULL, NULL));
	REFUSED(sysemu_on_choice(now, 0, NULL, NULL));
	REFUSED(sysemu_on_input(now, NULL, NULL));
	REFUSED(sysemu_set_host(now, &host));
	REFUSED(sysemu_serve(now, 20, &served));
	REFUSED(sysemu_load_code(now, "\x90", 1));
	REFUSED(sysemu_load_elf(now, "x", 1, argv, argv));
	REFUSED(sysemu_exec(now, path, argv, argv));
	REFUSED(sysemu_random_schedules(now, &config, 1, 1, 0, &schedules));
	REFUSED(sysemu_all_schedules(now, &config, &schedules));
	sysemu_close(now);
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	(void)user, (void)addr, (void)size;
	try_all(INSN);
}

static void on_price(void *user, const sysemu_price *price)
{
	(void)user, (void)price;
	try_all(PRICE);
}

static void on_tracepoint(void *user, const sysemu_tracepoint *p)
{
	(void)user, (void)p;
	try_all(TRACEPOINT);
}

static int choose(void *user, const sysemu_choice *choice)
{
	(void)user, (void)choice;
	try_all(CHOOSER);
	return 0;
}

static int32_t write_out(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	try_all(WRITE);
	return (int32_t)size;
}

static int32_t read_in(void *user, int fd, void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)size;
	try_all(READ);
	memcpy(buf, "x", 1);
	return 1;
}

static void note(void *user, const char *text)
{
	(void)user, (void)text;
	try_all(NOTE);
}

static int32_t wait_for_input(void *user)
{
	(void)user;
	try_all(INPUT);
	return 0;
}

/* Two processes; a byte of input, output, and a call that nobody serves. */
static sysemu_digest life(enum caller caller)
{
	static const sysemu_host host = {
		.read = read_in, .write = write_out, .note = note, .root = "/"
	};
	const sysemu_config config = { .kernel = "2.6.14",
				       .start = SYSEMU_START_UNTRACED,
				       .timing = "insn" };
	char path[] = TEST_PROGRAMS "/inside", *argv[] = { path, NULL }, *envp[] = { NULL };
	sysemu_machine *m;
	sysemu_digest digest;
	sysemu_event e;

	who = caller;
	tried = 0;
	OK(NULL, sysemu_open_processes(&config, &m));
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_on_input(m, wait_for_input, NULL));
	OK(m, sysemu_exec(m, path, argv, envp));
	OK(m, sysemu_save(m, &earlier));
	OK(m, sysemu_on_choice(m, SYSEMU_CHOOSE_CALLS, choose, NULL));
	OK(m, sysemu_on_tracepoint(m, on_tracepoint, NULL));
	if (caller == INSN)
		OK(m, sysemu_on_insn(m, on_insn, NULL));
	if (caller == PRICE)
		OK(m, sysemu_on_price(m, on_price, NULL));
	now = caller ? m : NULL;
	OK(m, sysemu_run(m, 0, &e));
	now = NULL;
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, 0);
	OK(m, sysemu_get_digest(m, &digest));
	sysemu_snapshot_free(earlier);
	sysemu_close(m);
	return digest;
}

static void who_is_called_may_look_and_no_more(void **state)
{
	const sysemu_digest wanted = life(NOBODY);

	(void)state;
	for (enum caller caller = INSN; caller < CALLERS; caller++) {
		const sysemu_digest got = life(caller);

		if (!tried || memcmp(&got, &wanted, sizeof(got)) != 0)
			fail_msg("caller %d: %u tries, %s digest", (int)caller, tried,
				 memcmp(&got, &wanted, sizeof(got)) ? "another" : "the same");
	}
}

/* A number that no option has is not taken for one. */
static int nonsense;

static int choose_nonsense(void *user, const sysemu_choice *choice)
{
	(void)user;
	return nonsense == 66 ? (int)choice->options : nonsense;
}

static void an_option_that_there_is_not_ends_the_run(void **state)
{
	static const int answers[] = { 66, INT32_MAX, -2, INT32_MIN };
	const sysemu_config config = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char path[] = TEST_PROGRAMS "/order", *argv[] = { path, NULL }, *envp[] = { NULL };
	const sysemu_host host = { .root = "/" };
	sysemu_machine *m;
	sysemu_event e;

	(void)state;
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		nonsense = answers[i];
		OK(NULL, sysemu_open_processes(&config, &m));
		OK(m, sysemu_set_host(m, &host));
		OK(m, sysemu_exec(m, path, argv, envp));
		OK(m, sysemu_on_choice(m, SYSEMU_CHOOSE_CALLS, choose_nonsense, NULL));
		OK(m, sysemu_run(m, 0, &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_FAULT);
		assert_non_null(strstr(sysemu_errmsg(m), "option"));
		sysemu_close(m);
	}
}

/* What a program is told, and what the library asks itself, is no failure of the caller's. */
static void the_last_failure_is_the_callers(void **state)
{
	const sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS, .most = 1 };
	const sysemu_config two = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char path[] = TEST_PROGRAMS "/order", *argv[] = { path, NULL }, *envp[] = { NULL };
	const sysemu_host host = { .root = "/" };
	sysemu_schedules *s;
	sysemu_machine *m;

	(void)state;
	OK(NULL, sysemu_open_processes(&two, &m));
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	OK(m, sysemu_random_schedules(m, &config, 1, 5, 0, &s));
	assert_string_equal(sysemu_errmsg(m), "");
	assert_int_equal(s->schedules, 1);
	assert_true(s->cut);
	sysemu_schedules_free(s);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_called_may_look_and_no_more),
		cmocka_unit_test(an_option_that_there_is_not_ends_the_run),
		cmocka_unit_test(the_last_failure_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
