/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plants_test.c: races planted in the kernel (plants/CMakeLists.txt): every schedule with at most two
 * preemptions has one that comes to what a kernel never may; the one order of a run without a
 * chooser has not, nor has any of the kernel as it is.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>

#include <libsysemu/schedule.h>

static sysemu_machine *start(const char *kernel, const char *race)
{
	static const sysemu_host host = { .root = "/" };
	const sysemu_config config = { .kernel = kernel, .start = SYSEMU_START_UNTRACED };
	char *argv[] = { TEST_PROGRAMS "/races", (char *)race, NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, argv[0], argv, envp));
	return m;
}

static bool is_good(sysemu_event_kind kind, uint32_t status)
{
	return kind == SYSEMU_EVENT_EXIT && status == 0;
}

static void check_fifo(const char *kernel, const char *race)
{
	sysemu_machine *m = start(kernel, race);
	sysemu_event e;

	OK(m, sysemu_run(m, 0, &e));
	assert_true(is_good(e.kind, e.status));
	sysemu_close(m);
}

static sysemu_schedules *all(const char *kernel, const char *race)
{
	const sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS, .preemptions = 2 };
	sysemu_machine *m = start(kernel, race);
	sysemu_schedules *s = NULL;

	OK(m, sysemu_all_schedules(m, &config, &s));
	assert_false(s->cut);
	sysemu_close(m);
	return s;
}

/* The schedule leads there again, in a machine of its own. */
static void check_replay(const char *kernel, const char *race, unsigned where,
			 const sysemu_outcome *o)
{
	const sysemu_schedules_config config = { .where = where };
	sysemu_machine *m = start(kernel, race);
	sysemu_outcome again;

	OK(m, sysemu_follow_schedule(m, &config, o->steps, o->nsteps, &again));
	assert_int_equal(again.kind, o->kind);
	assert_int_equal(again.status, o->status);
	assert_memory_equal(&again.end, &o->end, sizeof(o->end));
	sysemu_close(m);
}

static void check_race(const char *race, sysemu_event_kind kind, uint32_t status)
{
	char path[512];
	const char *kernel;
	const sysemu_outcome *bad = NULL;
	sysemu_schedules *s = all("2.6.14", race);

	/* The kernel as it is: many orders, one outcome. */
	assert_true(s->schedules > 1);
	assert_int_equal(s->noutcomes, 1);
	assert_true(is_good(s->outcome[0].kind, s->outcome[0].status));
	sysemu_schedules_free(s);

	snprintf(path, sizeof(path), "%s/%s.elf", TEST_PLANTS, race);
	if (sysemu_kernel_open(path, &kernel))
		fail_msg("%s", sysemu_errmsg(NULL));
	check_fifo(kernel, race);
	s = all(kernel, race);
	for (size_t i = 0; i < s->noutcomes; i++) {
		const sysemu_outcome *o = &s->outcome[i];

		fprintf(stderr, "%s: %s %u, %llu of %llu schedules, %u preemptions\n", race,
			sysemu_event_name(o->kind), o->status, (unsigned long long)o->times,
			(unsigned long long)s->schedules, o->preemptions);
		if (o->kind == kind && o->status == status)
			bad = o;
		else
			assert_true(is_good(o->kind, o->status));
	}
	assert_non_null(bad);
	check_replay(kernel, race, s->where, bad);
	sysemu_schedules_free(s);
}

static void a_stop_is_lost_between_state_and_exit_code(void **state)
{
	(void)state;
	check_race("resume", SYSEMU_EVENT_DEADLOCK, 0);
}

static void a_parent_hears_of_a_stop_that_is_the_tracers(void **state)
{
	(void)state;
	check_race("attach", SYSEMU_EVENT_EXIT, 1 << 8);
}

static void a_stop_misses_sigkill(void **state)
{
	(void)state;
	check_race("kill", SYSEMU_EVENT_DEADLOCK, 0);
}

static void exit_code_is_read_after_release(void **state)
{
	(void)state;
	check_race("status", SYSEMU_EVENT_EXIT, 1 << 8);
}

static void a_childs_end_is_missed_by_one_that_goes_to_sleep(void **state)
{
	(void)state;
	check_race("sleep", SYSEMU_EVENT_DEADLOCK, 0);
}

static void none_of_two_threads_is_the_last(void **state)
{
	(void)state;
	check_race("thread", SYSEMU_EVENT_DEADLOCK, 0);
}

static void an_end_is_told_to_a_tracer_that_ends(void **state)
{
	(void)state;
	check_race("reparent", SYSEMU_EVENT_DEADLOCK, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_is_lost_between_state_and_exit_code),
		cmocka_unit_test(a_parent_hears_of_a_stop_that_is_the_tracers),
		cmocka_unit_test(a_stop_misses_sigkill),
		cmocka_unit_test(exit_code_is_read_after_release),
		cmocka_unit_test(a_childs_end_is_missed_by_one_that_goes_to_sleep),
		cmocka_unit_test(none_of_two_threads_is_the_last),
		cmocka_unit_test(an_end_is_told_to_a_tracer_that_ends),
	};

	return cmocka_run_group_tests_name("plants", tests, NULL, NULL);
}
