/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_test.c: the line discipline by itself: keys that come from the master, bytes that go to it, modes that change and output that is held.
 * Expectations: tty_model.h. Every kernel of 2005.
 */
#include "tests/files/tty_model.h"

#include <string.h>

enum { CALLS = 1200 };

static void a_key_becomes_a_byte_an_edit_a_line_or_a_signal(void **state)
{
	tty_open_model(*state);
	draw_from(801);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", 2 * CALLS); i < n; i++) {
		uint8_t c;

		draw_terminal();
		assert_int_equal(
			call_function(&tty_world.caller, "tty_has_room", tty_at, any(), any()),
			tty_model_has_room());
		if (!tty_model_has_room())
			continue;
		c = below(2) ? tty_draw_key() : tty_draw_edit();
		function_begin(&tty_world.caller, "tty_receive", tty_at, c | (any() & 0xffffff00u));
		tty_model_receive(c);
		function_end(&tty_world.caller);
		expect_terminal();
	}
	close_file_world(&tty_world);
}

static void what_is_written_goes_to_the_master(void **state)
{
	tty_open_model(*state);
	draw_from(802);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint8_t c;

		draw_terminal();
		c = (uint8_t)ONE_OF('\n', '\r', any() & 0xff);
		assert_int_equal(call_function(&tty_world.caller, "tty_send", tty_at,
					       c | (any() & 0xffffff00u), any()),
				 tty_model_send(c));
		expect_terminal();
	}
	close_file_world(&tty_world);
}

/* ---- what a program does ---- */

static void a_change_of_mode_makes_one_piece_of_all_lines(void **state)
{
	tty_open_model(*state);
	draw_from(803);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct guest_termios next;

		draw_terminal();
		next = terminal.g.termios;
		next.lflag ^= below(2) ? ICANON : 1u << below(32);
		next.iflag ^= 1u << (below(2) ? 10 : below(32)); /* IXON */
		next.oflag = any();
		next.cflag = any();
		next.cc[below(19)] = (uint8_t)any();
		put_words(&tty_world, tty_here, &next, sizeof(next));
		function_begin(&tty_world.caller, "tty_set", tty_at, tty_here);
		for (unsigned k = 0;
		     k < terminal.in.n && ((next.lflag ^ terminal.g.termios.lflag) & ICANON); k++)
			terminal.in.byte[k] &= OFF - 1;
		if (!(next.iflag & IXON))
			terminal.g.stopped = terminal.g.held[0];
		terminal.g.termios = next;
		tty_is_changed();
		function_end(&tty_world.caller);
		expect_terminal();
	}
	close_file_world(&tty_world);
}

/* tcflow(3): output of one side is held or goes on; STOP or START goes to the other. */
static int32_t flows(bool is_master, uint32_t action)
{
	uint8_t c;

	switch (action) {
	case 0:
	case 1:
		if (!is_master && terminal.g.held[0] == action)
			terminal.g.stopped = !action;
		terminal.g.held[is_master] = !action;
		break;
	case 2:
	case 3:
		c = (is_master ? usual_keys : terminal.g.termios.cc)[action == 2 ? VSTOP : VSTART];
		if (!c || terminal.g.held[is_master])
			break;
		if (is_master && tty_model_has_room())
			tty_model_receive(c);
		if (!is_master && terminal.out.n < BYTES)
			add_byte(&terminal.out, c);
		break;
	default: return -EINVAL;
	}
	tty_is_changed();
	return 0;
}

static void output_is_held_and_goes_on(void **state)
{
	tty_open_model(*state);
	draw_from(804);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t action = ONE_OF(0, 1, 2, 3, 2, 3, 4, any()), is_master = below(2);
		int32_t expected;

		draw_terminal();
		function_begin_with(&tty_world.caller, "tty_flow",
				    (uint32_t[]){ tty_at, is_master, action });
		expected = flows(is_master, action);
		assert_int_equal((int32_t)function_end(&tty_world.caller), expected);
		expect_terminal();
	}
	close_file_world(&tty_world);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_key_becomes_a_byte_an_edit_a_line_or_a_signal),
		ON_KERNELS(what_is_written_goes_to_the_master),
		ON_KERNELS(a_change_of_mode_makes_one_piece_of_all_lines),
		ON_KERNELS(output_is_held_and_goes_on),
	};

	return run_on_kernels("tty", tests, sizeof(tests) / sizeof(tests[0]));
}
