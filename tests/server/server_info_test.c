/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_info_test.c: what the server makes up instead of taking it from the host: time,
 * system, limits, identity, thread areas, random bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_time = 13,
	NR_getpid = 20,
	NR_times = 43,
	NR_getppid = 64,
	NR_getrlimit = 76,
	NR_gettimeofday = 78,
	NR_getgroups = 80,
	NR_sysinfo = 116,
	NR_uname = 122,
	NR_nanosleep = 162,
	NR_ugetrlimit = 191,
	NR_prctl = 172,
	NR_getuid32 = 199,
	NR_getgroups32 = 205,
	NR_gettid = 224,
	NR_set_thread_area = 243,
	NR_get_thread_area = 244,
	NR_set_tid_address = 258,
	NR_clock_gettime = 265,
	NR_clock_getres = 266,
	NR_clock_nanosleep = 267,
	NR_set_robust_list = 311,
	NR_prlimit64 = 340,
	NR_getrandom = 355,
	NR_rseq = 386,
	NR_clock_gettime64 = 403,
	NR_clock_nanosleep_time64 = 407,

	EPOCH = 1109764800,
	ABSTIME = 1,
};

/* ---- time ---- */

static void time_is_the_epoch_and_one_nanosecond_for_each_instruction(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_event e;
	uint64_t all = 0, ns;

	(void)state;
	assert_int_equal(resume(m, SYSEMU_PTRACE_CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	OK(m, sysemu_run(m, 1, &e)); /* it loops for ever: only its counts are of interest */
	for (int r = 0; r < SYSEMU_REGIONS; r++)
		all += e.counts.insns[r];
	sysemu_close(m);

	m = open_serving(&w, NULL, false);
	assert_int_equal(call(m, NR_clock_gettime, 1, DATA), 0);
	ns = get_word(m, DATA + 4);
	assert_int_equal(get_word(m, DATA), 0);
	assert_between(ns, 1, all);
	assert_int_equal(call(m, NR_clock_gettime, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA), EPOCH);
	assert_int_equal(get_word(m, DATA + 4), ns); /* no instruction in between */
	assert_int_equal(call(m, NR_clock_gettime64, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA), EPOCH);
	assert_int_equal(get_word(m, DATA + 4), 0);
	assert_int_equal(get_word(m, DATA + 8), ns);
	assert_int_equal(call(m, NR_gettimeofday, DATA, DATA + 8), 0);
	assert_int_equal(get_word(m, DATA), EPOCH);
	assert_int_equal(get_word(m, DATA + 4), ns / 1000);
	assert_int_equal(call(m, NR_time, DATA), EPOCH);
	assert_int_equal(get_word(m, DATA), EPOCH);
	assert_int_equal(call(m, NR_time, 0), EPOCH);
	assert_int_equal(call(m, NR_clock_getres, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA + 4), 1);
	assert_int_equal(call(m, NR_clock_gettime, 99, DATA), -EINVAL);
	sysemu_close(m);
}

static void a_sleep_returns_at_once_and_moves_the_clock(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	const uint32_t until64[] = { EPOCH + 100, 0, 5, 0 };
	uint32_t ns;

	(void)state;
	call(m, NR_clock_gettime, 1, DATA);
	ns = get_word(m, DATA + 4);
	OK(m, sysemu_write(m, DATA + 16, (uint32_t[]){ 3, 7 }, 8));
	assert_int_equal(call(m, NR_nanosleep, DATA + 16, 0), 0);
	assert_int_equal(call(m, NR_clock_nanosleep, 1, 0, DATA + 16, 0), 0);
	call(m, NR_clock_gettime, 1, DATA);
	assert_int_equal(get_word(m, DATA), 6);
	assert_int_equal(get_word(m, DATA + 4), ns + 14);
	call(m, NR_clock_gettime, 2, DATA); /* the processor's time does not sleep */
	assert_int_equal(get_word(m, DATA + 4), ns);
	assert_int_equal(call(m, NR_clock_nanosleep, 1, ABSTIME, DATA + 16, 0), 0);
	call(m, NR_clock_gettime, 1, DATA);
	assert_int_equal(get_word(m, DATA), 6); /* 3 s is over */
	OK(m, sysemu_write(m, DATA + 16, until64, sizeof(until64)));
	assert_int_equal(call(m, NR_clock_nanosleep_time64, 0, ABSTIME, DATA + 16, 0), 0);
	call(m, NR_clock_gettime, 0, DATA);
	assert_int_equal(get_word(m, DATA), EPOCH + 100);
	assert_int_equal(get_word(m, DATA + 4), 5);
	OK(m, sysemu_write(m, DATA + 16, (uint32_t[]){ 0, 1000000000 }, 8));
	assert_int_equal(call(m, NR_nanosleep, DATA + 16, 0), -EINVAL);
	OK(m, sysemu_write(m, DATA + 16, (uint32_t[]){ -1, 0 }, 8));
	assert_int_equal(call(m, NR_nanosleep, DATA + 16, 0), -EINVAL);
	assert_int_equal(call(m, NR_nanosleep, UNMAPPED, 0), -EFAULT);
	sysemu_close(m);
}

/* times(2): ticks of sysconf(_SC_CLK_TCK), 100; 10,000,000 instructions are one. */
static void times_are_hundredths_of_a_second_by_region(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_event e;

	(void)state;
	assert_int_equal(call(m, NR_times, 0), 0);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 0), 0);
	OK(m, sysemu_run(m, 35000000, &e)); /* jumps to itself */
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	OK(m, sysemu_signal(m, 0, 19, NULL));
	assert_int_equal(run(m).kind, SYSEMU_EVENT_STOP);
	assert_int_equal(call(m, NR_times, DATA), 3);
	assert_int_equal(get_word(m, DATA), 3); /* its own */
	assert_int_equal(get_word(m, DATA + 4),
			 0); /* the kernel's: some hundreds of instructions */
	assert_int_equal(get_word(m, DATA + 8) | get_word(m, DATA + 12), 0); /* no children */
	OK(m, sysemu_write(m, DATA + 16, (uint32_t[]){ 2, 0 }, 8));
	assert_int_equal(call(m, NR_nanosleep, DATA + 16, 0), 0);
	assert_int_equal(call(m, NR_times, DATA), 203);
	assert_int_equal(get_word(m, DATA), 3); /* asleep it used none */
	assert_int_equal(call(m, NR_times, READ_ONLY), -EFAULT);
	sysemu_close(m);
}

/* ---- system, limits, identity ---- */

static void uname_and_sysinfo_describe_the_machine(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	char uts[6][65];

	(void)state;
	assert_int_equal(call(m, NR_uname, DATA), 0);
	OK(m, sysemu_read(m, DATA, uts, sizeof(uts)));
	assert_string_equal(uts[0], "Linux");
	assert_string_equal(uts[2], "2.6.11-sysemu");
	assert_string_equal(uts[4], "i686");
	assert_string_equal(uts[5], "(none)"); /* the domain, as of a machine that has none */
	assert_int_equal(call(m, NR_sysinfo, DATA), 0);
	assert_int_equal(get_word(m, DATA + 16), 32768); /* totalram, in mem_unit */
	assert_int_equal(get_word(m, DATA + 52), 4096);
	sysemu_close(m);
}

static void limits_can_be_asked_for_but_not_set(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(call(m, NR_ugetrlimit, 3, DATA), 0);
	assert_int_equal(get_word(m, DATA), 16 * 4096); /* raw code has 16 pages of stack */
	assert_int_equal(call(m, NR_ugetrlimit, 7, DATA), 0);
	assert_int_equal(get_word(m, DATA), 64);
	assert_int_equal(call(m, NR_ugetrlimit, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA), 0xffffffff);
	assert_int_equal(call(m, NR_getrlimit, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA), 0x7fffffff);
	assert_int_equal(call(m, NR_ugetrlimit, 16, DATA), -EINVAL);
	assert_int_equal(call(m, NR_prlimit64, 0, 0, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA) & get_word(m, DATA + 12), 0xffffffff);
	assert_int_equal(call(m, NR_prlimit64, 0, 7, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA), 64);
	assert_int_equal(call(m, NR_prlimit64, 0, 7, DATA, 0), -EPERM);
	assert_int_equal(call(m, NR_prlimit64, 1, 7, 0, 0), -ESRCH);
	sysemu_close(m);
}

static void identity_is_that_of_the_guest_kernels_task(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_task task;

	(void)state;
	OK(m, sysemu_task_info(m, 0, &task));
	assert_int_equal(call(m, NR_getpid), task.pid);
	assert_int_equal(call(m, NR_gettid), task.pid);
	assert_int_equal(call(m, NR_set_tid_address, DATA), task.pid);
	assert_int_equal(call(m, NR_getppid), task.ppid);
	assert_int_equal(call(m, NR_getuid32), 0);
	assert_int_equal(call(m, NR_set_robust_list, DATA, 12), 0);
	assert_int_equal(call(m, NR_set_robust_list, DATA, 24), -EINVAL);
	assert_int_equal(call(m, NR_rseq, DATA, 32, 0, 0x53053053), -ENOSYS);
	assert_string_equal(w.notes, "");
	sysemu_close(m);
}

static void groups_and_settings_are_a_task_s_own(void **state)
{
	enum { SET_NAME = 15, GET_NAME = 16 };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_digest before, after;
	sysemu_snapshot *start;

	(void)state;
	assert_int_equal(call(m, NR_getgroups, 32, DATA), 0);
	assert_int_equal(call(m, NR_getgroups32, 0, 0), 0);
	put_text(m, DATA, "me");
	OK(m, sysemu_save(m, &start));
	OK(m, sysemu_get_digest(m, &before));
	assert_int_equal(call(m, NR_prctl, SET_NAME, DATA), 0);
	OK(m, sysemu_get_digest(m, &after));
	assert_memory_not_equal(&before, &after, sizeof(before)); /* it can be asked for */
	OK(m, sysemu_restore(m, start));
	assert_int_equal(call(m, NR_prctl, GET_NAME, DATA), 0);
	assert_int_equal(get_word(m, DATA), 0); /* raw code has no file's name */
	assert_int_equal(call(m, NR_prctl, GET_NAME, READ_ONLY - 15), -EFAULT);
	/* 15 bytes that can be read, and behind them none: the name ends there. */
	memset(&before, 'a', 15);
	OK(m, sysemu_write(m, READ_ONLY + 4096 - 15, &before, 15));
	assert_int_equal(call(m, NR_prctl, SET_NAME, READ_ONLY + 4096 - 15), 0);
	assert_int_equal(call(m, NR_prctl, SET_NAME, READ_ONLY + 4096 - 14), -EFAULT);
	sysemu_snapshot_free(start);
	sysemu_close(m);
}

/* ---- thread areas ---- */

static void set_thread_area_writes_the_guests_descriptor(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	/* base, limit in pages: 32-bit, usable */
	const uint32_t desc[] = { -1, 0x12345678, 0xfffff, 0x51 };
	uint32_t window = SYSEMU_WINDOW + SYSEMU_WINDOW_SIZE - 16, got[4];

	(void)state;
	OK(m, sysemu_write(m, window, "the caller's own", 16));
	for (uint32_t entry = 6; entry <= 8; entry++) {
		OK(m, sysemu_write(m, DATA, desc, sizeof(desc)));
		assert_int_equal(call(m, NR_set_thread_area, DATA), 0);
		assert_int_equal(get_word(m, DATA), entry);
		assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GET_THREAD_AREA, entry, SYSEMU_WINDOW),
				 0);
		OK(m, sysemu_read(m, SYSEMU_WINDOW, got, sizeof(got)));
		assert_memory_equal(got + 1, desc + 1, 12);
	}
	OK(m, sysemu_write(m, DATA, desc, sizeof(desc)));
	assert_int_equal(call(m, NR_set_thread_area, DATA), -ESRCH); /* all are taken */
	assert_int_equal(get_word(m, DATA), 0xffffffff);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 7 }, 4));
	assert_int_equal(call(m, NR_set_thread_area, DATA), 0);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 7, 0, 0, 0 }, 16));
	assert_int_equal(call(m, NR_get_thread_area, DATA), 0);
	assert_int_equal(get_word(m, DATA + 4), 0x12345678);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 5 }, 4));
	assert_int_equal(call(m, NR_set_thread_area, DATA), -EINVAL);
	assert_int_equal(call(m, NR_set_thread_area, UNMAPPED), -EFAULT);
	OK(m, sysemu_read(m, window, got, sizeof(got)));
	assert_memory_equal(got, "the caller's own", 16);
	sysemu_close(m);
}

/* ---- random bytes ---- */

static void getrandom_is_a_stream_that_a_restore_rewinds(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_snapshot *snapshot;
	uint8_t first[1000], second[1000], again[1000];

	(void)state;
	OK(m, sysemu_save(m, &snapshot));
	assert_int_equal(call(m, NR_getrandom, DATA, 1000, 0), 1000);
	OK(m, sysemu_read(m, DATA, first, 1000));
	assert_int_equal(call(m, NR_getrandom, DATA, 1000, 1), 1000);
	OK(m, sysemu_read(m, DATA, second, 1000));
	OK(m, sysemu_restore(m, snapshot));
	assert_int_equal(call(m, NR_getrandom, DATA, 1000, 0), 1000);
	OK(m, sysemu_read(m, DATA, again, 1000));
	assert_memory_equal(first, again, 1000);
	assert_memory_not_equal(first, second, 1000);
	assert_int_equal(call(m, NR_getrandom, DATA, 3, 8), -EINVAL);
	assert_int_equal(call(m, NR_getrandom, DATA, 0x7fffffff, 0), -EFAULT);
	assert_int_equal(call(m, NR_getrandom, DATA, 0, 0), 0);
	sysemu_snapshot_free(snapshot);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_is_the_epoch_and_one_nanosecond_for_each_instruction),
		cmocka_unit_test(a_sleep_returns_at_once_and_moves_the_clock),
		cmocka_unit_test(times_are_hundredths_of_a_second_by_region),
		cmocka_unit_test(uname_and_sysinfo_describe_the_machine),
		cmocka_unit_test(limits_can_be_asked_for_but_not_set),
		cmocka_unit_test(identity_is_that_of_the_guest_kernels_task),
		cmocka_unit_test(groups_and_settings_are_a_task_s_own),
		cmocka_unit_test(set_thread_area_writes_the_guests_descriptor),
		cmocka_unit_test(getrandom_is_a_stream_that_a_restore_rewinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
