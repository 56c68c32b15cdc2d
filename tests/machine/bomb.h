/* SPDX-License-Identifier: GPL-2.0-only */
/* bomb.h: programs that want the machine down (tests/guest/proc/bombs.c), each in a machine of its own. */
#ifndef TESTS_MACHINE_BOMB_H
#define TESTS_MACHINE_BOMB_H

#include "tests/helpers/harness.h"

#include <libsysemu/process.h>

struct bomb {
	const char *kernel, *way, *amount, *seed;
	sysemu_event_kind kind; /* FAULT, which is never right: any of the others */
	uint32_t status;
	sysemu_entry entry;
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

static void count(void *user, const sysemu_tracepoint *p)
{
	uint64_t *calls = user;

	*calls += p->kind == SYSEMU_SYS_ENTER;
}

/* How it ends: no fault of the machine, which fails. limit: instructions, 0: none. *calls: more by what its
 * processes have called; NULL: nobody counts. */
static sysemu_event run_bomb(const struct bomb *b, uint64_t limit, uint64_t *calls)
{
	static const sysemu_host host = { .read = no_input, .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = b->kernel,
				       .entry = b->entry,
				       .start = SYSEMU_START_UNTRACED };
	char *envp[] = { NULL };
	char *argv[] = { TEST_PROGRAMS "/bombs", (char *)b->way, (char *)b->amount, (char *)b->seed,
			 NULL };
	sysemu_machine *m;
	sysemu_event e;

	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	OK(m, sysemu_exec(m, argv[0], argv, envp));
	if (calls)
		OK(m, sysemu_on_tracepoint(m, count, calls));
	OK(m, sysemu_run(m, limit, &e));
	if (e.kind == SYSEMU_EVENT_FAULT)
		fail_msg("%s %s %s: %s", b->way, b->amount, b->seed, sysemu_errmsg(m));
	sysemu_close(m);
	return e;
}

#endif
