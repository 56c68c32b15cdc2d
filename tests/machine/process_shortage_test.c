/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process_shortage_test.c: this host has no descriptor left (EMFILE) while programs open, list, map, execute and fork. No
 * program may be told: a run ends in a FAULT that says so, and the machine that goes back to before comes to the end
 * of one that never lacked any.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/helpers/harness.h"

#include <libsysemu/process.h>

enum { GOOD = 42 << 8, SLICE = 100 };

static struct rlimit usual;

static void descriptors_are_left(bool left)
{
	const struct rlimit none = { 0, usual.rlim_max };

	assert_int_equal(setrlimit(RLIMIT_NOFILE, left ? &usual : &none), 0);
}

static int32_t swallow(void *user, int fd, const void *buf, uint32_t size)
{
	(void)user, (void)fd, (void)buf;
	return (int32_t)size;
}

static sysemu_machine *start(bool lacking)
{
	static const sysemu_host host = { .write = swallow, .root = "/" };
	const sysemu_config config = { .kernel = "2.6.14", .start = SYSEMU_START_UNTRACED };
	char path[] = TEST_PROGRAMS "/scarce", *argv[] = { path, NULL }, *envp[] = { NULL };
	sysemu_machine *m;

	assert_int_equal(sysemu_open_processes(&config, &m), SYSEMU_OK);
	OK(m, sysemu_set_host(m, &host));
	if (lacking) { /* the caller is told, and may ask again */
		sysemu_status status;

		descriptors_are_left(false);
		status = sysemu_exec(m, path, argv, envp);
		descriptors_are_left(true);
		assert_int_equal(status, SYSEMU_ENOMEM);
		assert_non_null(strstr(sysemu_errmsg(m), "no descriptor"));
	}
	OK(m, sysemu_exec(m, path, argv, envp));
	return m;
}

static sysemu_digest end_of(bool lacking, unsigned *faults)
{
	sysemu_machine *m = start(lacking);
	sysemu_digest digest;
	sysemu_event e;

	do {
		sysemu_snapshot *before;

		OK(m, sysemu_save(m, &before));
		descriptors_are_left(!lacking);
		OK(m, sysemu_run(m, SLICE, &e));
		descriptors_are_left(true);
		if (lacking && e.kind == SYSEMU_EVENT_FAULT) {
			assert_non_null(strstr(sysemu_errmsg(m), "no descriptor"));
			++*faults;
			OK(m, sysemu_restore(m, before));
			OK(m, sysemu_run(m, SLICE, &e));
		}
		sysemu_snapshot_free(before);
	} while (e.kind == SYSEMU_EVENT_LIMIT);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, GOOD);
	OK(m, sysemu_get_digest(m, &digest));
	sysemu_close(m);
	return digest;
}

static void no_program_is_told_that_the_host_has_no_descriptor(void **state)
{
	sysemu_digest plain, lacking;
	unsigned faults = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	plain = end_of(false, &faults);
	assert_int_equal(faults, 0);
	lacking = end_of(true, &faults);
	print_message("%u faults\n", faults);
	assert_true(faults > 8);
	assert_memory_equal(&plain, &lacking, sizeof(plain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_program_is_told_that_the_host_has_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
