/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that want the machine down (tests/guest/proc/bombs.c): each run ends in an event or at its
 * limit, and never in a fault of the machine; what is said of it is that it goes on as before.
 */
#include "tests/machine/bomb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void it_ends(void **state)
{
	const struct bomb *b = *state;
	sysemu_event e = run_bomb(b, number_from("SYSEMU_BOMB_INSNS", 50000000), NULL);

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
	assert_int_equal(
		run_bomb((&(struct bomb){ "2.6.14", "rounds", few, "1", 0, 0, SYSEMU_ENTRY_INT80 }),
			 0, NULL)
			.kind,
		SYSEMU_EVENT_EXIT);
	before = resident();
	assert_int_equal(
		run_bomb(&(struct bomb){ "2.6.14", "rounds", many, "1", 0, 0, SYSEMU_ENTRY_INT80 },
			 0, NULL)
			.kind,
		SYSEMU_EVENT_EXIT);
	pages = resident() - before;
#ifdef __SANITIZE_ADDRESS__
	pages = 0; /* the sanitizer keeps what is freed */
#endif
	if (pages > 8 << 20 >> 12)
		fail_msg("%s rounds: %ld pages more than %s", many, pages, few);
}

static struct bomb bombs[] = {
	{ "2.6.14", "fork", "1", "1", SYSEMU_EVENT_LIMIT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.11", "threads", "1", "1", SYSEMU_EVENT_LIMIT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.14", "clone", "1", "1", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
	{ "sysemu", "descriptors", "1", "1", SYSEMU_EVENT_EXIT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.14", "pipes", "1", "1", SYSEMU_EVENT_DEADLOCK, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.11", "memory", "1", "1", SYSEMU_EVENT_EXIT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.14", "files", "1", "1", SYSEMU_EVENT_EXIT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.11", "ring", "1", "1", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.14", "ring", "1", "1", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
	{ "sysemu", "kill", "1", "1", SYSEMU_EVENT_KILLED, 15, SYSEMU_ENTRY_INT80 },
	{ "2.6.11", "random", "3000", "1", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
	{ "sysemu", "random", "3000", "2", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
	{ "2.6.14", "random", "3000", "3", SYSEMU_EVENT_FAULT, 0, SYSEMU_ENTRY_INT80 },
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
