/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_test.c: one event at every boundary of a call's way through the kernel. Part 3 of the
 * patch is about one such window: between the notification and the second look at the flag.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"

enum { EMU = SYSEMU_TIF_SYSCALL_EMU, TRACE = SYSEMU_TIF_SYSCALL_TRACE };

#define RAN (1u << SYSEMU_CHECK_CALLS)

static const char emulated[] = "scenario emulated\npass all\nprogram\nc: call getpid\n loop\nrows\n"
			       " stop STOP | SYSEMU\n"
			       " stop TRAP entry | break after(c); SYSEMU\n"
			       " break\n";
static const char traced[] = "scenario traced\npass all\nprogram\nc: call getpid\n loop\nrows\n"
			     " stop STOP | SYSCALL\n"
			     " stop TRAP entry | break after(c); CONT\n"
			     " break\n";

static sysemu_injected inject(const char *script, const char *kernel, sysemu_entry entry,
			      const sysemu_injection *what)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;
	sysemu_injected out;

	assert_int_equal(sysemu_scenarios_parse(script, strlen(script), &all, &error), SYSEMU_OK);
	if (sysemu_inject(sysemu_scenarios_at(all, 0), kernel, entry, NULL, 0, what, &out) !=
	    SYSEMU_OK) {
		print_error("%s\n", out.text);
		fail();
	}
	sysemu_scenarios_free(all);
	return out;
}

/* The windows on the way to `row` that change which calls run: how many, and the last one. */
static unsigned windows_that_run(const sysemu_injected *in, size_t row, sysemu_window *last)
{
	unsigned n = 0;

	for (size_t i = 0; i < in->n; i++) {
		if (in->windows[i].row != row || !(in->windows[i].differs & RAN))
			continue;
		*last = in->windows[i];
		n++;
	}
	return n;
}

static bool within(const char *place, const char *function)
{
	return !strncmp(place, function, strlen(function));
}

static void part_3s_bug_is_a_window_behind_the_notification(void **state)
{
	const sysemu_injection clear = { .kind = SYSEMU_INJECT_TIF, .clear = EMU };
	sysemu_window w = { 0 };

	(void)state;
	for (int entry = 0; entry < 2; entry++) {
		sysemu_injected in = inject(emulated, "sysemu-1", (sysemu_entry)entry, &clear);

		/* From the tracer's answer to the second look, and no further. */
		assert_true(windows_that_run(&in, 2, &w) >= 1);
		assert_true(within(w.to_name, "do_syscall_trace"));
		assert_int_equal(w.event, 2);
		assert_string_equal(w.text,
				    "ran: expected none, got getpid; tif: expected EMU, got none");
		for (size_t i = 0; i < in.n; i++)
			if (in.windows[i].row == 2 && in.windows[i].first > w.last)
				assert_false(in.windows[i].differs & RAN);
		sysemu_injected_free(&in);
	}
}

static void from_part_3_on_the_flag_behind_the_notification_decides_nothing(void **state)
{
	static const char *const kernels[] = { "sysemu-3", "sysemu" };
	const sysemu_injection clear = { .kind = SYSEMU_INJECT_TIF, .clear = EMU };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		sysemu_injected in = inject(emulated, kernels[k], SYSEMU_ENTRY_INT80, &clear);
		sysemu_window w;

		assert_int_equal(windows_that_run(&in, 2, &w), 0);
		/* Before the sample it does decide: the call runs, and nobody stops. */
		assert_true(windows_that_run(&in, 1, &w) >= 1);
		assert_true(within(w.to_name, "do_syscall_trace"));
		sysemu_injected_free(&in);
	}
}

static void setting_the_flag_there_skips_a_traced_call_in_part_1_alone(void **state)
{
	const sysemu_injection set = { .kind = SYSEMU_INJECT_TIF, .set = EMU };
	sysemu_injected in = inject(traced, "sysemu-1", SYSEMU_ENTRY_INT80, &set);
	sysemu_window w = { 0 };

	(void)state;
	assert_true(windows_that_run(&in, 2, &w) >= 1);
	assert_true(within(w.to_name, "do_syscall_trace"));
	sysemu_injected_free(&in);

	in = inject(traced, "sysemu", SYSEMU_ENTRY_INT80, &set);
	assert_int_equal(windows_that_run(&in, 2, &w), 0);
	sysemu_injected_free(&in);
}

static void a_signal_and_a_reschedule_run_no_emulated_call(void **state)
{
	static const sysemu_injection events[] = {
		{ .kind = SYSEMU_INJECT_SIGNAL, .signal = 10 },
		{ .kind = SYSEMU_INJECT_RESCHED },
		{ .kind = SYSEMU_INJECT_KILL },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		sysemu_injected in = inject(emulated, "sysemu", SYSEMU_ENTRY_INT80, &events[i]);
		sysemu_window w;

		assert_true(in.boundaries > 100);
		assert_true(in.untried < in.boundaries / 4);
		assert_true(in.n < 20); /* neighbours with one outcome are one window */
		assert_int_equal(windows_that_run(&in, 1, &w) + windows_that_run(&in, 2, &w), 0);
		sysemu_injected_free(&in);
	}
}

static void the_same_injection_finds_the_same_windows(void **state)
{
	const sysemu_injection set = { .kind = SYSEMU_INJECT_TIF, .set = TRACE };
	sysemu_injected a = inject(emulated, "sysemu", SYSEMU_ENTRY_INT80, &set);
	sysemu_injected b = inject(emulated, "sysemu", SYSEMU_ENTRY_INT80, &set);

	(void)state;
	assert_true(a.n > 0);
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.boundaries, b.boundaries);
	assert_memory_equal(a.windows, b.windows, a.n * sizeof(*a.windows));
	sysemu_injected_free(&a);
	sysemu_injected_free(&b);
}

static void what_cannot_be_injected_is_refused(void **state)
{
	const sysemu_injection kill = { .kind = SYSEMU_INJECT_KILL };
	sysemu_scenario s = { .name = "s" };
	sysemu_scenarios *all = NULL;
	sysemu_injected out;

	(void)state;
	assert_int_equal(sysemu_scenarios_parse(emulated, strlen(emulated), &all, NULL), SYSEMU_OK);
	/* 2.6.11 refuses SYSEMU: the program still stands at its SIGSTOP. */
	assert_int_equal(sysemu_inject(sysemu_scenarios_at(all, 0), "2.6.11", SYSEMU_ENTRY_INT80,
				       NULL, 0, &kill, &out),
			 SYSEMU_ESTATE);
	assert_true(within(out.text, "it does not come to row 2: run: the program is stopped"));
	sysemu_injected_free(&out);
	sysemu_scenarios_free(all);
	assert_int_equal(sysemu_inject(&s, NULL, SYSEMU_ENTRY_INT80, NULL, 0, &kill, &out),
			 SYSEMU_EINVAL);
	assert_true(out.text[0]);
	assert_int_equal(sysemu_inject(&s, NULL, SYSEMU_ENTRY_INT80, NULL, 0, NULL, &out),
			 SYSEMU_EINVAL);
	assert_int_equal(sysemu_inject(&s, NULL, SYSEMU_ENTRY_INT80, NULL, 0, &kill, NULL),
			 SYSEMU_EINVAL);
	sysemu_injected_free(&out);
	sysemu_injected_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_3s_bug_is_a_window_behind_the_notification),
		cmocka_unit_test(from_part_3_on_the_flag_behind_the_notification_decides_nothing),
		cmocka_unit_test(setting_the_flag_there_skips_a_traced_call_in_part_1_alone),
		cmocka_unit_test(a_signal_and_a_reschedule_run_no_emulated_call),
		cmocka_unit_test(the_same_injection_finds_the_same_windows),
		cmocka_unit_test(what_cannot_be_injected_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
