/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_test.c: how a machine with processes ends, and what it refuses; programs that test
 * themselves (tests/guest/proc/proc_*.c, rules/ and jobs/rule_*.c), which programs_test.c runs on this machine's Linux, too.
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
	const char *kernel; /* NULL: sysemu */
	sysemu_entry entry;
};

static sysemu_machine *start(const struct case_ *c)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = c->kernel ? c->kernel : "sysemu",
				       .entry = c->entry,
				       .start = SYSEMU_START_UNTRACED };
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
	const struct case_ c = { .program = "proc_echo", .argument = "race" };
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

/* The first program is the host's tracee, and what it forks and executes is, too: wherever it runs,
 * the host reads and writes its memory. */
static void the_host_traces_what_runs_in_another_space(void **state)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = *state, .start = SYSEMU_START_TRACED };
	const uint32_t options = 0x16; /* TRACEFORK, TRACEVFORK, TRACEEXEC */
	char path[512], *argv[] = { path, "rounds", "2", NULL }, *envp[] = { NULL };
	unsigned stops = 0, forked = 0, executed = 0;
	sysemu_machine *m;
	sysemu_event e;
	int32_t result;

	snprintf(path, sizeof(path), "%s/bombs", TEST_PROGRAMS);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	for (;;) {
		sysemu_regs regs;
		uint32_t word = 0;

		OK(m, sysemu_run(m, LIMIT, &e));
		if (e.kind == SYSEMU_EVENT_EXIT && e.pid == 101)
			break;
		if (e.kind == SYSEMU_EVENT_EXIT) { /* its parent waits until the tracer has */
			OK(m, sysemu_wait(m, e.pid, 0, &word, &result));
			assert_int_equal(result, e.pid);
			continue;
		}
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		if (stops++ == 0) {
			OK(m, sysemu_ptrace_pid(m, SYSEMU_PTRACE_SETOPTIONS, e.pid, 0, options,
						&result));
			assert_int_equal(result, 0);
		}
		forked += e.status == 0x057f && e.pid == 101;
		executed += e.status == 0x057f && e.pid != 101;
		/* The word at its esp, through sys_ptrace: what is written is read. */
		OK(m, sysemu_focus(m, e.pid));
		OK(m, sysemu_get_regs(m, &regs));
		OK(m, sysemu_ptrace_pid(m, SYSEMU_PTRACE_PEEKDATA, e.pid, regs.esp, SYSEMU_WINDOW,
					&result));
		assert_int_equal(result, 0);
		OK(m, sysemu_read(m, SYSEMU_WINDOW, &word, 4));
		OK(m, sysemu_ptrace_pid(m, SYSEMU_PTRACE_POKEDATA, e.pid, regs.esp - 64, ~word,
					&result));
		assert_int_equal(result, 0);
		OK(m, sysemu_ptrace_pid(m, SYSEMU_PTRACE_PEEKDATA, e.pid, regs.esp - 64,
					SYSEMU_WINDOW, &result));
		OK(m, sysemu_read(m, SYSEMU_WINDOW, &result, 4));
		assert_int_equal((uint32_t)result, ~word);
		OK(m, sysemu_ptrace_pid(m, SYSEMU_PTRACE_CONT, e.pid, 0,
					e.status == 0x117f ? 17 : 0, &result));
		assert_int_equal(result, 0);
	}
	assert_true(forked >= 2 && executed >= 2);
	sysemu_close(m);
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
	assert_int_equal(sysemu_load_elf(m, "", 1, NULL, NULL), SYSEMU_ESTATE);
	sysemu_close(m);
	assert_int_equal(sysemu_open(NULL, &m), SYSEMU_OK);
	assert_int_equal(sysemu_exec(m, "/no/such", NULL, NULL), SYSEMU_ESTATE);
	assert_int_equal(sysemu_on_input(m, NULL, NULL), SYSEMU_ESTATE);
	sysemu_close(m);
}

#define ENDS(name_of, program_of, argument_of, ...)                                          \
	{                                                                                    \
		.name = name_of, .program = program_of, .argument = argument_of, __VA_ARGS__ \
	}

static struct case_ cases[] = {
	ENDS("a_signal_ends_it", "proc_echo", "signal", .kind = SYSEMU_EVENT_KILLED, .status = 15),
	ENDS("all_wait_for_each_other", "proc_echo", "deadlock", .kind = SYSEMU_EVENT_DEADLOCK),
	ENDS("writers_to_one_pipe", "proc_echo", "race", .kind = SYSEMU_EVENT_EXIT),
	ENDS("forks_and_waits", "proc_echo", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("epoll", "proc_epoll", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("descriptors", "proc_fd", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("pipes", "proc_pipe", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("the FPU", "proc_fpu", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("poll_and_select", "proc_poll", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("pseudo_terminals", "proc_pty", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("relays", "proc_relay", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("sockets", "proc_socket", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("threads", "proc_threads", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("waits", "proc_wait", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("signals", "proc_signal", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("fatal_signals", "proc_kill", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("fatal_signals, 6.12", "proc_kill", NULL, .kind = SYSEMU_EVENT_EXIT, .kernel = "6.12"),
/* Linux' "Make sure SIGKILL gets proper respect", of 2.6.14-rc3. */
#define LATE(what, status_of, name_of)                                                     \
	ENDS("SIGKILL " what ", " name_of, "proc_kill", "late", .kind = SYSEMU_EVENT_EXIT, \
	     .status = status_of, .kernel = name_of)
	LATE("waits", 3 << 8, "sysemu"),
	LATE("waits", 3 << 8, "2.6.14-ab1c23c"),
	LATE("does not", 0, "2.6.14"),
	LATE("does not", 0, "2.6.17"),
	ENDS("users_and_prctl", "proc_ids", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("tracers", "proc_ptrace", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("execve", "proc_exec", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("futexes", "proc_futex", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("orphans", "proc_orphan", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("pthreads", "proc_pthreads", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("debug_registers", "proc_watch", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("timers", "proc_timer", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("registers_by_int80", "rule_calls", NULL, .kind = SYSEMU_EVENT_EXIT),
	ENDS("registers_by_sysenter", "rule_calls", NULL, .kind = SYSEMU_EVENT_EXIT,
	     .entry = SYSEMU_ENTRY_SYSENTER),
#define RULES(what) ENDS("rules_of_" #what, "rule_" #what, NULL, .kind = SYSEMU_EVENT_EXIT)
	RULES(signals),
	RULES(handlers),
	RULES(files),
	RULES(events),
	RULES(time),
	RULES(tasks),
	RULES(ptrace),
	RULES(tracers),
	RULES(ends),
	RULES(heirs),
	RULES(waits),
	RULES(exec),
	RULES(polls),
	RULES(turns),
	RULES(clocks),
	RULES(forks),
	RULES(corners),
	RULES(wakes),
	RULES(ttys),
	RULES(queues),
	RULES(draws),
	RULES(kin),
	RULES(jobs),
	RULES(stops),
	RULES(ptys),
	RULES(owners),
#define FOR_EVER(what) \
	ENDS("for_ever_in_" #what, "rule_polls", #what, .kind = SYSEMU_EVENT_DEADLOCK)
	FOR_EVER(poll),
	FOR_EVER(ppoll),
	FOR_EVER(select),
	FOR_EVER(pselect),
	FOR_EVER(epoll),
	FOR_EVER(futex),
	FOR_EVER(sigwait),
	FOR_EVER(read),
	FOR_EVER(pause),
	ENDS("for_ever_beside_a_zombies_timer", "rule_ends", "timer",
	     .kind = SYSEMU_EVENT_DEADLOCK),
#define ON(name_of, what, program_of, argument_of)                                  \
	ENDS(name_of ": " what, program_of, argument_of, .kind = SYSEMU_EVENT_EXIT, \
	     .kernel = name_of)
#define PART(name_of, argument)                                      \
	ON(name_of, "tracers", "proc_ptrace", argument),             \
		ON(name_of, "rules_of_ptrace", "rule_ptrace", NULL), \
		ON(name_of, "rules_of_tracers", "rule_tracers", NULL)
	PART("2.6.11", "without SYSEMU"),
	PART("sysemu-1", "without SYSEMU"),
	PART("sysemu-as-printed", "without SYSEMU"),
	PART("sysemu-3", NULL),
	PART("sysemu-4", NULL),
	PART("2.6.14", NULL),
#define OLD(what, program) ON("2.6.11", what, program, NULL), ON("2.6.14", what, program, NULL)
	OLD("waits", "proc_wait"),
	OLD("signals", "proc_signal"),
	OLD("fatal_signals", "proc_kill"),
	OLD("execve", "proc_exec"),
	OLD("futexes", "proc_futex"),
	OLD("rules_of_signals", "rule_signals"),
	OLD("rules_of_handlers", "rule_handlers"),
	OLD("rules_of_tasks", "rule_tasks"),
	ON("2.6.38", "group_stops", "proc_jobctl", "old"),
	ON("3.2", "group_stops", "proc_jobctl", NULL),
	ON("4.4", "group_stops", "proc_jobctl", NULL),
	ON("6.12", "group_stops", "proc_jobctl", NULL),
	ON("6.12", "rules_of_jobs", "rule_jobs", NULL),
};

int main(void)
{
	enum { N = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[N + 4] = {
		cmocka_unit_test_prestate(the_host_traces_what_runs_in_another_space, "2.6.11"),
		cmocka_unit_test_prestate(the_host_traces_what_runs_in_another_space, "2.6.14"),
		cmocka_unit_test(the_same_program_comes_to_the_same_digest),
		cmocka_unit_test(what_such_a_machine_cannot_do_is_said),
	};

	for (unsigned i = 0; i < N; i++)
		tests[4 + i] = (struct CMUnitTest){ .name = cases[i].name,
						    .test_func = it_ends_as_it_should,
						    .initial_state = &cases[i] };
	return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
