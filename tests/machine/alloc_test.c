/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_test.c: every allocation of the library fails once. The call that needed it says so,
 * changes nothing, and succeeds when it is made again; at the end the machine's digest is that
 * of a machine that never lacked memory, and all memory is given back.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/helpers/harness.h"
#include "tests/machine/scarce.h"

/* ---- a machine's life ---- */

/* getpid by int $0x80, a store into its own page, write by sysenter, again */
static const uint8_t program[] = {
	0xb8, 0x14, 0, 0, 0,    0xcd, 0x80, 0xa3, 0x00, 0x90, 0x04, 0x08, 0x0f, 0x31, 0xb8,
	0x04, 0,    0, 0, 0xbb, 0x01, 0,    0,    0,    0xb9, 0x00, 0x80, 0x04, 0x08, 0xba,
	0x04, 0,    0, 0, 0xbe, 0x00, 0xe4, 0xff, 0xff, 0xff, 0xd6, 0xeb, 0xd3,
};

static uint64_t seen;

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	(void)user;
	(void)addr;
	(void)size;
	seen++;
}

/* A run in which a block cannot be counted ends in a FAULT; only a restore helps. */
static sysemu_event run_step(sysemu_machine *m)
{
	sysemu_snapshot *before = NULL;
	sysemu_event e = { 0 };

	STEP(m, sysemu_save(m, &before));
	STEP(m, sysemu_run(m, 100000, &e));
	if (e.kind == SYSEMU_EVENT_FAULT) {
		assert_true(alloc_failed());
		assert_non_null(strstr(sysemu_errmsg(m), "memory"));
		STEP(m, sysemu_restore(m, before));
		OK(m, sysemu_run(m, 100000, &e));
	}
	sysemu_snapshot_free(before);
	return e;
}

static void ptrace_step(sysemu_machine *m, int request)
{
	sysemu_snapshot *before = NULL;
	int32_t result = -1;

	STEP(m, sysemu_save(m, &before));
	if (sysemu_ptrace(m, request, 0, 0, &result) != SYSEMU_OK) {
		assert_true(alloc_failed());
		STEP(m, sysemu_restore(m, before));
		OK(m, sysemu_ptrace(m, request, 0, 0, &result));
	}
	assert_int_equal(result, 0);
	sysemu_snapshot_free(before);
}

static const char *timing; /* of the machines opened; or NULL */

static sysemu_machine *open_step(void)
{
	const sysemu_config config = { .kernel = "sysemu",
				       .entry = timing ? SYSEMU_ENTRY_INT80 : SYSEMU_ENTRY_SYSENTER,
				       .user_pages = 512,
				       .log_events = 16,
				       .timing = timing };
	sysemu_machine *m = NULL;

	STEP(NULL, sysemu_open(&config, &m));
	return m;
}

static void serve_step(sysemu_machine *m, int32_t nr)
{
	sysemu_served served;

	STEP(m, sysemu_serve(m, nr, &served));
}

/* All that allocates, in a row. */
static sysemu_digest live_a_life(const void *elf, size_t size)
{
	char *const argv[] = { (char *)"program", (char *)"argument", NULL };
	const sysemu_host host = { .root = "/" };
	sysemu_machine *m = open_step(), *other;
	sysemu_snapshot *first = NULL, *last = NULL;
	sysemu_digest digest;

	if (elf)
		STEP(m, sysemu_load_elf(m, elf, size, argv, argv));
	else
		STEP(m, sysemu_load_code(m, program, sizeof(program)));
	STEP(m, sysemu_set_host(m, &host));
	assert_int_equal(run_step(m).status, 0x137f);
	STEP(m, sysemu_save(m, &first));
	STEP(m, sysemu_map(m, 0x40000000, 16, 3));
	STEP(m, sysemu_break_set(m, SYSEMU_CODE_BASE + 5));
	STEP(m, sysemu_on_insn(m, on_insn, NULL));
	for (int i = 0; i < 4; i++) {
		sysemu_event e;

		ptrace_step(m, SYSEMU_PTRACE_SYSEMU);
		e = run_step(m);
		if (e.kind == SYSEMU_EVENT_BREAK)
			e = run_step(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		serve_step(m, e.orig_eax);
	}
	STEP(m, sysemu_on_insn(m, NULL, NULL));
	STEP(m, sysemu_break_clear(m, SYSEMU_CODE_BASE + 5));
	STEP(m, sysemu_save(m, &last));
	STEP(m, sysemu_restore(m, first));
	other = open_step();
	STEP(other, sysemu_restore(other, last));
	ptrace_step(other, SYSEMU_PTRACE_SYSEMU);
	assert_int_equal(run_step(other).kind, SYSEMU_EVENT_STOP);
	STEP(other, sysemu_get_digest(other, &digest));
	sysemu_close(m);
	sysemu_snapshot_free(first);
	sysemu_close(other);
	sysemu_snapshot_free(last);
	return digest;
}

static void fail_each(const void *elf, size_t size)
{
	sysemu_digest good, digest;
	uint64_t n = 0;
	bool failing;

	alloc_arm(0);
	good = live_a_life(elf, size);
	assert_int_equal(alloc_disarm(), 0);
	do {
		unsigned left;

		alloc_arm(++n);
		digest = live_a_life(elf, size);
		failing = alloc_failed();
		left = alloc_disarm();
		if (left)
			print_error("allocation %llu failed: %u blocks are left\n",
				    (unsigned long long)n, left);
		assert_int_equal(left, 0);
		assert_memory_equal(&digest, &good, sizeof(good));
	} while (failing);
	assert_true(n > 100);
	print_message("%llu allocations\n", (unsigned long long)n - 1);
}

static void each_allocation_of_a_life_with_raw_code_may_fail(void **state)
{
	(void)state;
	fail_each(NULL, 0);
}

static void each_allocation_of_a_timed_life_may_fail(void **state)
{
	static const char *const timings[] = { "i386dx,tlb", "p5" };

	(void)state;
	for (unsigned i = 0; i < sizeof(timings) / sizeof(timings[0]); i++) {
		timing = timings[i];
		fail_each(NULL, 0);
	}
	timing = NULL;
}

/* ---- code and captures against a model ---- */

static const uint8_t loop[] = { 0xb9, 3, 0, 0, 0, 0xf3, 0xac, 0xcd, 0x40, 0x75, 0xf5, 0xf4 };

/* What is wrong with the answer to one more allocation that fails; NULL: nothing. */
static const char *price_once(const void *moo, size_t size)
{
	const sysemu_code_run run = { .timing = "i386dx", .code = loop, .size = sizeof(loop) };
	sysemu_captures captures;
	sysemu_code_result result;
	sysemu_status status =
		moo ? sysemu_timing_captures(moo, size, "i386ex-bus", NULL, NULL, &captures) :
		      sysemu_timing_code(&run, NULL, NULL, &result);

	if (!alloc_failed())
		return status == SYSEMU_OK ? NULL : sysemu_errmsg(NULL);
	if (status == SYSEMU_OK)
		return "it succeeds";
	return status == SYSEMU_ENOMEM ? NULL : sysemu_errmsg(NULL);
}

static void each_allocation_of_a_pricing_may_fail(void **state)
{
	static const uint8_t none[] = "MOO \x0c\0\0\0\1\1\0\0\0\0\0\0"
				      "386E";

	(void)state;
	for (int captures = 0; captures < 2; captures++) {
		bool failing = true;

		for (uint64_t n = 1; failing; n++) {
			const char *wrong;
			unsigned left;

			alloc_arm(n);
			wrong = price_once(captures ? none : NULL, sizeof(none) - 1);
			failing = alloc_failed();
			left = alloc_disarm();
			if (wrong || left)
				fail_msg("allocation %llu: %s; %u blocks are left",
					 (unsigned long long)n, wrong ? wrong : "well", left);
		}
	}
}

/* The self-test runs once a process: not having memory for it must not be its result. */
static void a_process_that_lacks_memory_at_its_first_open_may_open_later(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 100; n++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			sysemu_machine *m = NULL;
			sysemu_status first, second;

			alloc_arm(n);
			first = sysemu_open(NULL, &m);
			if (!alloc_failed())
				_exit(1);
			second = sysemu_open(NULL, &m);
			if (first != SYSEMU_ENOMEM || second != SYSEMU_OK)
				print_error("%s; then %s: %s\n", sysemu_strstatus(first),
					    sysemu_strstatus(second), sysemu_errmsg(NULL));
			_exit(first == SYSEMU_ENOMEM && second == SYSEMU_OK ? 0 : 2);
		}
		waitpid(child, &status, 0);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == 1)
			return;
		if (WEXITSTATUS(status))
			print_error("allocation %llu\n", (unsigned long long)n);
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_lacks_memory_at_its_first_open_may_open_later),
		cmocka_unit_test(each_allocation_of_a_life_with_raw_code_may_fail),
		cmocka_unit_test(each_allocation_of_a_timed_life_may_fail),
		cmocka_unit_test(each_allocation_of_a_pricing_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
