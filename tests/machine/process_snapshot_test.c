/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_snapshot_test.c: a machine with processes goes back to any of its snapshots, and from there
 * on comes to the same end: programs that test themselves, cut at random, thrown back at random. Nor is it
 * seen which of its spaces have an engine.
 */
#include "lib/guest/guest.h" /* before cmocka, whose fail is a macro */
#include "tests/helpers/harness.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <libsysemu/process.h>

#define SLICES 4u
#define BACK   6u /* how often a run is thrown back */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

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

static unsigned live = MOST_SPACES;

static sysemu_machine *start(const char *path, const char *argument)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char *argv[] = { (char *)path, (char *)argument, NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	m->spaces->most_live = live;
	m->spaces->patience = UINT_MAX;
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	return m;
}

static uint64_t instructions(const sysemu_event *e)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		n += e->counts.insns[i];
	return n;
}

/* How it ends, undisturbed, and behind how many instructions. */
static sysemu_event whole(const char *path, const char *argument, sysemu_digest *digest,
			  uint64_t *insns)
{
	sysemu_machine *m = start(path, argument);
	sysemu_event e;

	OK(m, sysemu_run(m, 1, &e));
	*insns = instructions(&e);
	OK(m, sysemu_run(m, 0, &e));
	*insns = instructions(&e) - *insns;
	OK(m, sysemu_get_digest(m, digest));
	sysemu_close(m);
	return e;
}

struct kept {
	sysemu_snapshot *snapshot;
	sysemu_digest digest;
};

static void keep(sysemu_machine *m, struct kept *k)
{
	OK(m, sysemu_save(m, &k->snapshot));
	OK(m, sysemu_get_digest(m, &k->digest));
}

static void go_back(sysemu_machine *m, const struct kept *k)
{
	sysemu_digest now;

	OK(m, sysemu_restore(m, k->snapshot));
	OK(m, sysemu_get_digest(m, &now));
	assert_memory_equal(&now, &k->digest, sizeof(now));
}

static void check(const char *path, const char *argument, unsigned most_live)
{
	struct kept kept[SLICES];
	sysemu_digest wanted, got;
	uint64_t random = 1, insns;
	const sysemu_event end = whole(path, argument, &wanted, &insns);
	const uint64_t slice = insns / (SLICES + 1);
	sysemu_machine *m;
	sysemu_event e;

	live = most_live;
	m = start(path, argument);
	live = MOST_SPACES;
	for (unsigned i = 0; i < SLICES; i++) {
		OK(m, sysemu_run(m, slice / 2 + next_random(&random) % (slice / 2), &e));
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
		keep(m, &kept[i]);
	}
	for (unsigned i = 0; i < BACK; i++) {
		go_back(m, &kept[next_random(&random) % SLICES]);
		/* On for a while, and perhaps to the end. */
		OK(m, sysemu_run(m, i % 3 ? slice : 0, &e));
	}
	for (unsigned i = 0; i < SLICES; i++) {
		go_back(m, &kept[i]);
		OK(m, sysemu_run(m, 0, &e));
		assert_int_equal(e.kind, end.kind);
		assert_int_equal(e.status, end.status);
		OK(m, sysemu_get_digest(m, &got));
		assert_memory_equal(&got, &wanted, sizeof(got));
	}
	sysemu_close(m);
	for (unsigned i = 0; i < SLICES; i++) /* outlive it */
		sysemu_snapshot_free(kept[i].snapshot);
}

static void check_all(unsigned most_live)
{
	static const char *const programs[] = { "proc_fd",   "proc_pipe",    "proc_socket",
						"proc_wait", "proc_threads", "proc_epoll",
						"proc_futex" };
	char path[512];

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		snprintf(path, sizeof(path), TEST_PROGRAMS "/%s", programs[i]);
		fprintf(stderr, "%s\n", programs[i]);
		check(path, NULL, most_live);
	}
	check(TEST_PROGRAMS "/proc_echo", "race", most_live);
	check(TEST_PROGRAMS "/proc_echo", "deadlock", most_live);
}

static void every_snapshot_leads_to_the_same_end(void **state)
{
	(void)state;
	check_all(MOST_SPACES);
}

static void so_it_does_where_one_space_has_an_engine(void **state)
{
	(void)state;
	check_all(1);
	check_all(2);
}

static void another_machine_refuses_it(void **state)
{
	sysemu_machine *a, *b, *alone;
	sysemu_snapshot *snapshot;

	(void)state;
	a = start(TEST_PROGRAMS "/proc_echo", "race");
	b = start(TEST_PROGRAMS "/proc_echo", "race");
	assert_int_equal(sysemu_open(NULL, &alone), SYSEMU_OK);
	OK(a, sysemu_save(a, &snapshot));
	assert_int_equal(sysemu_restore(b, snapshot), SYSEMU_EMISMATCH);
	assert_non_null(strstr(sysemu_errmsg(b), "its own machine"));
	assert_int_equal(sysemu_restore(alone, snapshot), SYSEMU_EMISMATCH);
	sysemu_snapshot_free(snapshot);
	OK(alone, sysemu_save(alone, &snapshot));
	assert_int_equal(sysemu_restore(a, snapshot), SYSEMU_EMISMATCH);
	sysemu_snapshot_free(snapshot);
	sysemu_close(a);
	sysemu_close(b);
	sysemu_close(alone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_snapshot_leads_to_the_same_end),
		cmocka_unit_test(so_it_does_where_one_space_has_an_engine),
		cmocka_unit_test(another_machine_refuses_it),
	};

	return cmocka_run_group_tests_name("snapshots of processes", tests, NULL, NULL);
}
