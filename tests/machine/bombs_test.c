/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that want the machine down (tests/guest/proc/bombs.c): each run ends in an event or at its
 * limit, and never in a fault of the machine; what is said of it is that it goes on as before.
 */
#include "tests/helpers/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libsysemu/process.h>

struct bomb {
	const char *kernel, *way, *amount, *seed;
	sysemu_event_kind kind; /* FAULT, which is never right: any of the others */
	uint32_t status;
};

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

/* How it ends. */
static sysemu_event run_bomb(const struct bomb *b, uint64_t limit)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = b->kernel, .start = SYSEMU_START_UNTRACED };
	char path[512], *envp[] = { NULL };
	char *argv[] = { path, (char *)b->way, (char *)b->amount, (char *)b->seed, NULL };
	sysemu_machine *m;
	sysemu_event e;

	snprintf(path, sizeof(path), "%s/bombs", TEST_PROGRAMS);
	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, path, argv, envp));
	OK(m, sysemu_run(m, limit, &e));
	if (e.kind == SYSEMU_EVENT_FAULT)
		fail_msg("%s %s %s: %s", b->way, b->amount, b->seed, sysemu_errmsg(m));
	sysemu_close(m);
	return e;
}

static void it_ends(void **state)
{
	const struct bomb *b = *state;
	sysemu_event e = run_bomb(b, number_from("SYSEMU_BOMB_INSNS", 50000000));

	if (b->kind == SYSEMU_EVENT_FAULT)
		return;
	assert_int_equal(e.kind, b->kind);
	if (b->kind != SYSEMU_EVENT_LIMIT)
		assert_int_equal(e.status, b->status);
}

/* Pages of the host's that this process has. */
static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size, pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &size, &pages), 2);
	fclose(f);
	return pages;
}

#ifdef __SANITIZE_ADDRESS__
#define ROUNDS 40
#else
#define ROUNDS 400
#endif

/* What some rounds of fork, execve and exit have needed is enough for four times as many. */
static void rounds_need_no_more_memory(void **state)
{
	uint64_t n = number_from("SYSEMU_BOMB_ROUNDS", ROUNDS);
	long before, pages;
	char few[32], many[32];

	(void)state;
	snprintf(few, sizeof(few), "%d", (int)(n / 4));
	snprintf(many, sizeof(many), "%d", (int)n);
	assert_int_equal(run_bomb(&(struct bomb){ "2.6.14", "rounds", few, "1", 0, 0 }, 0).kind,
			 SYSEMU_EVENT_EXIT);
	before = resident();
	assert_int_equal(run_bomb(&(struct bomb){ "2.6.14", "rounds", many, "1", 0, 0 }, 0).kind,
			 SYSEMU_EVENT_EXIT);
	pages = resident() - before;
#ifdef __SANITIZE_ADDRESS__
	pages = 0; /* the sanitizer keeps what is freed */
#endif
	if (pages > 8 << 20 >> 12)
		fail_msg("%s rounds: %ld pages more than %s", many, pages, few);
}

static struct bomb bombs[] = {
	{ "2.6.14", "fork", "1", "1", SYSEMU_EVENT_LIMIT, 0 },
	{ "2.6.11", "threads", "1", "1", SYSEMU_EVENT_LIMIT, 0 },
	{ "2.6.14", "clone", "1", "1", SYSEMU_EVENT_FAULT, 0 },
	{ "sysemu", "descriptors", "1", "1", SYSEMU_EVENT_EXIT, 0 },
	{ "2.6.14", "pipes", "1", "1", SYSEMU_EVENT_DEADLOCK, 0 },
	{ "2.6.11", "memory", "1", "1", SYSEMU_EVENT_EXIT, 0 },
	{ "2.6.14", "files", "1", "1", SYSEMU_EVENT_EXIT, 0 },
	{ "2.6.11", "ring", "1", "1", SYSEMU_EVENT_FAULT, 0 },
	{ "2.6.14", "ring", "1", "1", SYSEMU_EVENT_FAULT, 0 },
	{ "sysemu", "kill", "1", "1", SYSEMU_EVENT_KILLED, 15 },
	{ "2.6.11", "random", "3000", "1", SYSEMU_EVENT_FAULT, 0 },
	{ "sysemu", "random", "3000", "2", SYSEMU_EVENT_FAULT, 0 },
	{ "2.6.14", "random", "3000", "3", SYSEMU_EVENT_FAULT, 0 },
};

int main(void)
{
	enum { N = sizeof(bombs) / sizeof(bombs[0]) };
	struct CMUnitTest tests[N + 1] = { cmocka_unit_test(rounds_need_no_more_memory) };

	for (unsigned i = 0; i < N; i++)
		tests[1 + i] = (struct CMUnitTest){ .name = bombs[i].way,
						    .test_func = it_ends,
						    .initial_state = &bombs[i] };
	return cmocka_run_group_tests_name("bombs", tests, NULL, NULL);
}
