/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll_test.c: ppoll and pselect6 that a signal ends: they go on by themselves, as no handler ran, only if what is left of their time
 * could be told. Expectations: ppoll(2), select(2), Linux from 2.6.16 on, which is their first. Every kernel of 2005.
 */
#include "tests/files/file_world.h"

enum { CALLS = 60, WRITABLE = 0x40000000, READ_ONLY = 0x40001000 };

static void one_call(const struct file_world *w)
{
	bool poll = below(2), told = below(2);
	uint32_t at = told ? WRITABLE : READ_ONLY, time[2] = { 1 + below(4), below(1000000000) };
	uint64_t now = any(), until = now + time[0] * (uint64_t)1000000000 + time[1];
	uint32_t passed = below(1000000000);
	uint64_t rest = until - now - passed;
	const uint32_t words[2][6] = { { 0, 0, 0, 0, at, 0 }, { 0, 0, at, 0, 8, 0 } };
	int32_t result;

	put_words(w, at, time, sizeof(time));
	function_begin_on_stack(&w->caller, poll ? "sys_ppoll" : "sys_pselect6", words[poll], 6);
	catch_call(w, "clock_ns", now);
	assert_int_equal(catch_call(w, "timer_due", until).eax, (uint32_t)until);
	catch_call(w, "poll_sleep", (uint32_t)-RESTARTSYS);
	catch_call(w, "clock_ns", now + passed);
	result = (int32_t)function_end_on_stack(&w->caller, 6);
	assert_int_equal(result, told ? -RESTARTNOHAND : -EINTR);
	if (told) {
		time[0] = (uint32_t)(rest / 1000000000);
		time[1] = (uint32_t)(rest % 1000000000);
	}
	assert_int_equal(word_at(w, at), time[0]);
	assert_int_equal(word_at(w, at + 4), time[1]);
}

static void a_wait_whose_rest_cannot_be_told_does_not_go_on(void **state)
{
	struct file_world w = open_file_world(*state);

	map_page(w.caller.m, WRITABLE, SIM_USER | SIM_WRITE);
	map_page(w.caller.m, READ_ONLY, SIM_USER);
	draw_from(61);
	draw_files(&w);
	put_files(&w);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_call(&w);
	close_file_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_wait_whose_rest_cannot_be_told_does_not_go_on),
	};

	return run_on_kernels("poll", tests, sizeof(tests) / sizeof(tests[0]));
}
