/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_alloc_test.c: allocations of the library fail, one a life, in machines with processes. A call of the API
 * says so, and succeeds when it is made again; a run ends in a FAULT that says so, for no program may be told
 * what the host lacks; and the machine that goes back to before comes to the end of one that never lacked memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/guest/guest.h" /* before cmocka, whose fail is a macro */
#include "tests/helpers/harness.h"
#include "tests/machine/scarce.h"

#include <libsysemu/process.h>
#include <libsysemu/schedule.h>

#define GOOD 42 /* the program's exit status */

static int32_t swallow(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	return (int32_t)size;
}

static unsigned live; /* so many spaces have an engine */

static sysemu_machine *start(const char *program)
{
	static const sysemu_host host = { .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char path[512], *argv[] = { path, NULL }, *envp[] = { NULL };
	sysemu_machine *m = NULL;

	snprintf(path, sizeof(path), TEST_PROGRAMS "/%s", program);
	STEP(NULL, sysemu_open_processes(&config, &m));
	m->spaces->most_live = live;
	STEP(m, sysemu_set_host(m, &host));
	STEP(m, sysemu_exec(m, path, argv, envp));
	return m;
}

/* Up to its end or so many instructions. */
static sysemu_event go(sysemu_machine *m, uint64_t insns)
{
	sysemu_snapshot *before = NULL;
	sysemu_event e = { 0 };
	bool good;

	STEP(m, sysemu_save(m, &before));
	STEP(m, sysemu_run(m, insns, &e));
	good = e.kind == SYSEMU_EVENT_LIMIT ||
	       (e.kind == SYSEMU_EVENT_EXIT && e.status == GOOD << 8);
	if (!good) {
		if (!alloc_failed() || e.kind != SYSEMU_EVENT_FAULT ||
		    !strstr(sysemu_errmsg(m), "memory"))
			fail_msg("allocation %llu: event %d, status 0x%x: %s",
				 (unsigned long long)alloc_count(), e.kind, e.status,
				 sysemu_errmsg(m));
		OK(m, sysemu_restore(m, before));
		OK(m, sysemu_run(m, insns, &e));
	}
	sysemu_snapshot_free(before);
	return e;
}

static sysemu_digest live_a_life(void)
{
	sysemu_machine *m = start("scarce");
	sysemu_process_task tasks[4];
	sysemu_snapshot *middle = NULL;
	sysemu_digest digest, alike;
	sysemu_event e;
	size_t n;

	do {
		e = go(m, 20000);
		if (!middle && sysemu_get_tasks(m, tasks, 4, &n) == SYSEMU_OK && n == 2)
			STEP(m, sysemu_save(m, &middle));
	} while (e.kind == SYSEMU_EVENT_LIMIT);
	assert_non_null(middle);
	STEP(m, sysemu_restore(m, middle));
	STEP(m, sysemu_get_likeness(m, &alike));
	e = go(m, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	STEP(m, sysemu_get_digest(m, &digest));
	sysemu_snapshot_free(middle);
	sysemu_close(m);
	return digest;
}

static void each_allocation_fails_once(sysemu_digest (*life)(void))
{
	sysemu_digest good, digest;
	bool failing;
	const uint64_t stride = number_from("SYSEMU_ALLOC_STRIDE", 11);
	uint64_t n = 0;

	alloc_arm(0);
	good = life();
	assert_int_equal(alloc_disarm(), 0);
	print_message("%llu allocations\n", (unsigned long long)alloc_count());
	do {
		unsigned left;

		alloc_arm(n += stride);
		digest = life();
		failing = alloc_failed();
		left = alloc_disarm();
		if (left || memcmp(&digest, &good, sizeof(good)) != 0)
			fail_msg("allocation %llu: %u blocks are left, %s digest",
				 (unsigned long long)n, left,
				 memcmp(&digest, &good, sizeof(good)) ? "another" : "the same");
	} while (failing);
	assert_true(n > 100);
}

static void each_allocation_of_processes_may_fail(void **state)
{
	(void)state;
	each_allocation_fails_once(live_a_life);
}

/* ---- schedules ---- */

static uint64_t sum_of(const sysemu_schedules *s)
{
	uint64_t sum = s->schedules * 31 + s->choices;

	for (size_t i = 0; i < s->noutcomes; i++)
		sum = sum * 31 + s->outcome[i].status + s->outcome[i].times +
		      s->outcome[i].end.bytes[0];
	return sum;
}

static sysemu_digest many_schedules(void)
{
	sysemu_schedules_config config = { .where = SYSEMU_CHOOSE_CALLS,
					   .preemptions = 1,
					   .most = 6 };
	sysemu_machine *m = start("order");
	sysemu_schedules *random = NULL, *all = NULL;
	sysemu_digest digest = { 0 };
	const sysemu_outcome *first;
	sysemu_snapshot *before = NULL;
	sysemu_outcome again;
	sysemu_status status;
	uint64_t sum;

	STEP(m, sysemu_save(m, &before));
	status = sysemu_random_schedules(m, &config, 7, 3, 0, &random);
	if (status) {
		alloc_check(m, status, "sysemu_random_schedules");
		OK(m, sysemu_restore(m, before));
		OK(m, sysemu_random_schedules(m, &config, 7, 3, 0, &random));
	}
	status = sysemu_all_schedules(m, &config, &all);
	if (status) {
		alloc_check(m, status, "sysemu_all_schedules");
		OK(m, sysemu_restore(m, before));
		OK(m, sysemu_all_schedules(m, &config, &all));
	}
	sysemu_snapshot_free(before);
	STEP(m, sysemu_schedules_add(all, random));
	sum = sum_of(all);
	config.where = random->where;
	first = &random->outcome[0];
	status = sysemu_follow_schedule(m, &config, first->steps, first->nsteps, &again);
	if (status ? !alloc_failed() : memcmp(&again.end, &first->end, sizeof(again.end)) != 0)
		fail_msg("allocation %llu: %s; the schedule ends otherwise",
			 (unsigned long long)alloc_count(), sysemu_errmsg(m));
	memcpy(&digest, &sum, sizeof(sum));
	sysemu_schedules_free(random);
	sysemu_schedules_free(all);
	sysemu_close(m);
	return digest;
}

static void each_allocation_of_schedules_may_fail(void **state)
{
	(void)state;
	each_allocation_fails_once(many_schedules);
}

static int one_engine(void **state)
{
	(void)state;
	live = 1;
	return 0;
}

static int an_engine_each(void **state)
{
	(void)state;
	live = MOST_SPACES;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_allocation_of_processes_may_fail, an_engine_each),
		cmocka_unit_test_setup(each_allocation_of_processes_may_fail, one_engine),
		cmocka_unit_test_setup(each_allocation_of_schedules_may_fail, an_engine_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
