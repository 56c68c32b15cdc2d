/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_poll_test.c: poll and select on the streams, and what a wait does to the clock. On files
 * and devices, against a real kernel: cli/served.sh.
 */
#include <errno.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_read = 3,
	NR_select = 82,
	NR_newselect = 142,
	NR_poll = 168,
	NR_clock_gettime = 265,
	NR_pselect6 = 308,
	NR_ppoll = 309,
	NR_pselect6_time64 = 413,
	NR_ppoll_time64 = 414,

	IN = 1,
	OUT = 4,
	HUP = 0x10,
	MONOTONIC = 1,
	SETS = DATA + 0x100, /* three fd_sets of 128 bytes */
	TIME = DATA + 0x400,
	CLOCK = DATA + 0x500,
	ARGS = DATA + 0x600,
};

/* One descriptor in a poll without waiting: its revents. */
static uint32_t revents(sysemu_machine *m, int fd, uint32_t events)
{
	const uint32_t pollfd[] = { (uint32_t)fd, events };
	int32_t n;

	OK(m, sysemu_write(m, DATA, pollfd, sizeof(pollfd)));
	n = call(m, NR_poll, DATA, 1, 0);
	assert_int_equal(n, get_word(m, DATA + 4) >> 16 != 0);
	return get_word(m, DATA + 4) >> 16;
}

/* POSIX: POLLHUP "and POLLOUT are mutually exclusive"; a pipe whose writer is gone has POLLHUP. */
static void standard_input_is_readable_until_its_end_is_known(void **state)
{
	struct world w = { .input = "ab" };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(revents(m, 0, IN | OUT), IN);
	assert_int_equal(w.reads, 0); /* to look is not to read */
	assert_int_equal(call(m, NR_read, 0, DATA, 10), 2);
	assert_int_equal(revents(m, 0, IN), IN); /* a read would not wait */
	assert_int_equal(call(m, NR_read, 0, DATA, 10), 0);
	assert_int_equal(revents(m, 0, IN), HUP);
	assert_int_equal(revents(m, 1, IN | OUT), OUT);
	sysemu_close(m);
	m = open_serving(&w, NULL, true);
	assert_int_equal(revents(m, 0, IN | OUT), IN | OUT);
	assert_int_equal(revents(m, 2, IN | OUT), IN | OUT);
	sysemu_close(m);
}

static uint64_t now(sysemu_machine *m)
{
	assert_int_equal(call(m, NR_clock_gettime, MONOTONIC, CLOCK), 0);
	return get_word(m, CLOCK) * UINT64_C(1000000000) + get_word(m, CLOCK + 4);
}

static void put_time(sysemu_machine *m, uint32_t a, uint32_t b, uint32_t c)
{
	OK(m, sysemu_write(m, TIME, (uint32_t[]){ a, b, c, 0 }, 16));
}

static void waiting_for_nothing_takes_the_time_that_was_given(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	uint64_t start = now(m);

	(void)state;
	assert_int_equal(call(m, NR_poll, 0, 0, 1500), 0);
	assert_int_equal(now(m) - start, 1500000000);
	put_time(m, 1, 1500000, 0); /* 2.5 s: microseconds may be more than a million */
	assert_int_equal(call(m, NR_newselect, 0, 0, 0, 0, TIME), 0);
	assert_int_equal(now(m) - start, 4000000000);
	assert_int_equal(get_word(m, TIME) | get_word(m, TIME + 4), 0); /* nothing is left of it */
	put_time(m, 1, 5, 0);
	assert_int_equal(call(m, NR_pselect6, 0, 0, 0, 0, TIME, 0), 0);
	assert_int_equal(now(m) - start, 5000000005);
	put_time(m, 1, 0, 5);
	assert_int_equal(call(m, NR_pselect6_time64, 0, 0, 0, 0, TIME, 0), 0);
	assert_int_equal(now(m) - start, 6000000010);
	put_time(m, 0, 5, 0);
	assert_int_equal(call(m, NR_ppoll, 0, 0, TIME, 0), 0);
	put_time(m, 0, 0, 5);
	assert_int_equal(call(m, NR_ppoll_time64, 0, 0, TIME, 0), 0);
	assert_int_equal(now(m) - start, 6000000020);
	put_time(m, INT32_MAX, 1000000, 0); /* longer than anybody sleeps: no overflow */
	assert_int_equal(call(m, NR_newselect, 0, 0, 0, 0, TIME), 0);
	assert_int_equal(now(m) - start, 6000000020);
	assert_string_equal(w.notes, "");
	sysemu_close(m);
}

static void what_is_ready_is_told_at_once_and_the_time_is_left(void **state)
{
	struct world w = { .input = "x" };
	sysemu_machine *m = open_serving(&w, NULL, false);
	const uint32_t args[] = { 3, SETS, SETS + 128, 0, TIME };
	uint64_t start = now(m);

	(void)state;
	OK(m, sysemu_write(m, SETS, (uint32_t[]){ 7 }, 4));       /* 0, 1, 2 for reading */
	OK(m, sysemu_write(m, SETS + 128, (uint32_t[]){ 7 }, 4)); /* and writing */
	put_time(m, 5, 7, 0);
	OK(m, sysemu_write(m, ARGS, args, sizeof(args)));
	assert_int_equal(call(m, NR_select, ARGS), 3); /* the form of 1992 */
	assert_int_equal(get_word(m, SETS), 1);
	assert_int_equal(get_word(m, SETS + 128), 6);
	assert_int_equal(get_word(m, TIME), 5);
	assert_int_equal(get_word(m, TIME + 4), 7);
	assert_int_equal(now(m), start);
	assert_int_equal(call(m, NR_select, UNMAPPED), -EFAULT);
	sysemu_close(m);
}

static void a_wait_that_never_ends_is_told_of(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	uint64_t start = now(m);

	(void)state;
	assert_int_equal(call(m, NR_poll, 0, 0, -1), -EINTR);
	assert_int_equal(call(m, NR_newselect, 0, 0, 0, 0, 0), -EINTR);
	assert_string_equal(w.notes, "call 168 would wait for ever: answered -EINTR\n");
	assert_int_equal(now(m), start);
	assert_int_equal(call(m, NR_poll, DATA, 65, 0), -EINVAL); /* more than RLIMIT_NOFILE */
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(standard_input_is_readable_until_its_end_is_known),
		cmocka_unit_test(waiting_for_nothing_takes_the_time_that_was_given),
		cmocka_unit_test(what_is_ready_is_told_at_once_and_the_time_is_left),
		cmocka_unit_test(a_wait_that_never_ends_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
