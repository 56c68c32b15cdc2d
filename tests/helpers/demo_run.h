/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * demo_run.h: the demonstration program under PTRACE_SYSEMU, served to its end, with all
 * that must be the same every time.
 */
#ifndef TESTS_DEMO_RUN_H
#define TESTS_DEMO_RUN_H

#include "tests/helpers/harness.h"

struct demo_run {
	sysemu_machine *m;
	char output[4096];
	size_t written, input_at;
	unsigned stops;
	uint64_t log;         /* a hash of every event, call and result */
	uint32_t status;      /* the program's wait status */
	sysemu_digest digest; /* at the end */
};

/* Opens a machine with the program of TEST_DEMO at its SIGSTOP stop. */
void demo_open(struct demo_run *d, const char *path, sysemu_entry entry);
/* Serves calls: `stops` of them, or to the program's end (true). */
bool demo_serve(struct demo_run *d, unsigned stops);
void demo_close(struct demo_run *d);
/* Two runs that ended agree in everything. */
void demo_assert_equal(const struct demo_run *a, const struct demo_run *b);

#endif
