/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_test.c: how a machine with processes ends, and what it refuses; programs that test
 * themselves (tests/guest/proc/proc_*.c), which programs_test.c runs on this machine's Linux, too.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <string.h>

#include <libsysemu/process.h>

#define LIMIT 400000000u

static int32_t swallow(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	return (int32_t)size;
}

static int32_t no_input(void *user, int fd, void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf, (void)size;
	return 0;
}

struct case_ {
	const char *name, *program, *argument;
	sysemu_event_kind kind;
	uint32_t status;
};

static sysemu_machine *start(const struct case_ *c)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = "sysemu", .start = SYSEMU_START_UNTRACED };
	char path[512], *argv[] = { path, (char *)c->argument, NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	snprintf(path, sizeof(path), "%s/%s", TEST_PROGRAMS, c->program);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	return m;
}

static void it_ends_as_it_should(void **state)
{
	const struct case_ *c = *state;
	sysemu_machine *m = start(c);
	sysemu_event e;

	OK(m, sysemu_run(m, LIMIT, &e));
	assert_int_equal(e.kind, c->kind);
	assert_int_equal(e.status, c->status);
	sysemu_close(m);
}

static void the_same_program_comes_to_the_same_digest(void **state)
{
	const struct case_ c = { NULL, "proc_echo", "race", SYSEMU_EVENT_EXIT, 0 };
	sysemu_digest digest[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		sysemu_machine *m = start(&c);
		sysemu_event e;

		OK(m, sysemu_run(m, LIMIT, &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
		OK(m, sysemu_get_digest(m, &digest[i]));
		sysemu_close(m);
	}
	assert_memory_equal(&digest[0], &digest[1], sizeof(digest[0]));
}

static void what_such_a_machine_cannot_do_is_said(void **state)
{
	const sysemu_config uncounted = { .counting = SYSEMU_COUNT_NONE };
	sysemu_machine *m;

	(void)state;
	assert_int_equal(sysemu_open_processes(&uncounted, &m), SYSEMU_EINVAL);
	assert_int_equal(sysemu_open_processes(NULL, &m), SYSEMU_OK);
	assert_int_equal(sysemu_exec(m, NULL, NULL, NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_exec(m, "/no/such", NULL, NULL), SYSEMU_ELOAD);
	sysemu_close(m);
	assert_int_equal(sysemu_open(NULL, &m), SYSEMU_OK);
	assert_int_equal(sysemu_exec(m, "/no/such", NULL, NULL), SYSEMU_ESTATE);
	assert_int_equal(sysemu_on_input(m, NULL, NULL), SYSEMU_ESTATE);
	sysemu_close(m);
}

static struct case_ cases[] = {
	{ "a_signal_ends_it", "proc_echo", "signal", SYSEMU_EVENT_KILLED, 15 },
	{ "all_wait_for_each_other", "proc_echo", "deadlock", SYSEMU_EVENT_DEADLOCK, 0 },
	{ "writers_to_one_pipe", "proc_echo", "race", SYSEMU_EVENT_EXIT, 0 },
	{ "forks_and_waits", "proc_echo", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "epoll", "proc_epoll", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "descriptors", "proc_fd", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "pipes", "proc_pipe", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "poll_and_select", "proc_poll", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "relays", "proc_relay", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "sockets", "proc_socket", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "threads", "proc_threads", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "waits", "proc_wait", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "signals", "proc_signal", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "users_and_prctl", "proc_ids", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "tracers", "proc_ptrace", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "execve", "proc_exec", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "futexes", "proc_futex", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "orphans", "proc_orphan", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "pthreads", "proc_pthreads", NULL, SYSEMU_EVENT_EXIT, 0 },
	{ "debug_registers", "proc_watch", NULL, SYSEMU_EVENT_EXIT, 0 },
};

int main(void)
{
	enum { N = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[N + 2] = {
		cmocka_unit_test(the_same_program_comes_to_the_same_digest),
		cmocka_unit_test(what_such_a_machine_cannot_do_is_said),
	};

	for (unsigned i = 0; i < N; i++)
		tests[2 + i] = (struct CMUnitTest){ .name = cases[i].name,
						    .test_func = it_ends_as_it_should,
						    .initial_state = &cases[i] };
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
