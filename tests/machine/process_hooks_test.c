/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_hooks_test.c: what a machine with processes tells of all of them, and what it refuses.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <string.h>

#include <libsysemu/process.h>
#include <libsysemu/step.h>

static uint64_t told;

static void count(void *user, uint32_t addr, uint32_t size)
{
	(void)user, (void)addr, (void)size;
	told++;
}

static sysemu_machine *start(const char *program)
{
	static const sysemu_host host = { .root = "/" };
	const sysemu_config config = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char path[512], *argv[] = { path, (char *)"race", NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	snprintf(path, sizeof(path), "%s/%s", TEST_PROGRAMS, program);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	return m;
}

static bool runs_now(sysemu_machine *m, int32_t not )
{
	sysemu_process_task tasks[8];
	size_t n;

	OK(m, sysemu_get_tasks(m, tasks, 8, &n));
	for (size_t i = 0; i < n && i < 8; i++)
		if (tasks[i].runs && tasks[i].pid != not )
			return true;
	return false;
}

/* Set where the program runs, ended where its child does. */
static void a_hook_is_every_processes(void **state)
{
	sysemu_machine *m = start("proc_echo");
	const int32_t program = 101;
	sysemu_event e;

	(void)state;
	OK(m, sysemu_on_insn(m, count, NULL));
	do {
		OK(m, sysemu_run(m, 100, &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	} while (!runs_now(m, program));
	told = 0;
	OK(m, sysemu_run(m, 1, &e));
	assert_true(told > 0);
	OK(m, sysemu_on_insn(m, NULL, NULL));
	told = 0;
	OK(m, sysemu_run(m, 0, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(told, 0);
	sysemu_close(m);
}

static void calls_are_its_kernels_to_serve(void **state)
{
	sysemu_machine *m = start("proc_echo");

	(void)state;
	assert_int_equal(sysemu_serve(m, 20, NULL), SYSEMU_ESTATE);
	assert_int_equal(sysemu_set_memo(m, true), SYSEMU_EINVAL);
	sysemu_close(m);
}

/* A read that reaches beyond what is mapped is refused as a whole. */
static void a_refused_read_has_written_nothing(void **state)
{
	sysemu_machine *m = start("proc_echo");
	sysemu_process_task tasks[8];
	uint8_t bytes[16], untouched[16];
	uint32_t end = SYSEMU_CODE_BASE;
	size_t n;

	(void)state;
	OK(m, sysemu_get_tasks(m, tasks, 8, &n));
	while (sysemu_read_task(m, tasks[n - 1].pid, end, bytes, 1) == SYSEMU_OK)
		end += 4096;
	assert_true(end > SYSEMU_CODE_BASE);
	memset(bytes, 0xa5, sizeof(bytes));
	memset(untouched, 0xa5, sizeof(untouched));
	assert_int_equal(sysemu_read_task(m, tasks[n - 1].pid, end - 8, bytes, 16), SYSEMU_EFAULT);
	assert_memory_equal(bytes, untouched, 16);
	OK(m, sysemu_read_task(m, tasks[n - 1].pid, end - 8, bytes, 8));
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hook_is_every_processes),
		cmocka_unit_test(calls_are_its_kernels_to_serve),
		cmocka_unit_test(a_refused_read_has_written_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
