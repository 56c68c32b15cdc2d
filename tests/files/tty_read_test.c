/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_read_test.c: a program that reads a terminal: a line, or what MIN and TIME say, and when it sleeps. Expectations: termios(3), tty_model.h. Every
 * kernel of 2005.
 */
#include "tests/files/tty_model.h"

#include <string.h>

enum { CALLS = 1200, NO_WAIT = 04000 };

struct guest_span {
	uint32_t at, bytes, iov, pieces, left;
};

#define FOR_EVER ((uint64_t)-1)

static bool readable(void)
{
	const uint8_t *cc = terminal.g.termios.cc;
	unsigned rest;

	if (tty_has(ICANON))
		return lines_of(&terminal.in, &rest) != 0;
	return terminal.in.n >= (cc[VTIME] || cc[VMIN] < 1 ? 1u : cc[VMIN]);
}

/* Something may have been typed meanwhile, or the master closed. */
static int32_t sleeps(uint64_t until)
{
	int32_t answer = (int32_t)ONE_OF(0, 0, 0, -ERESTARTSYS, -ETIME);
	struct sim_regs cpu;

	run_to(tty_world.caller.m, symbol(tty_world.caller.m, "sleep_on"));
	cpu = kernel_regs(tty_world.caller.m);
	assert_int_equal(cpu.eax, tty_at);
	assert_int_equal(cpu.edx, (uint32_t)until);
	assert_int_equal(cpu.ecx, (uint32_t)(until >> 32));
	expect_terminal();
	if (answer == -ETIME && until == FOR_EVER)
		answer = 0;
	for (unsigned n = below(4); n && terminal.in.n + 2 <= BYTES; n--)
		add_byte(&terminal.in, tty_has(ICANON) && below(2) ? OFF | '\n' : 'x');
	terminal.g.hung |= !below(6);
	put_terminal();
	catch_call(&tty_world, "sleep_on", (uint32_t)answer);
	return answer;
}

static bool gives(struct guest_span *s)
{
	uint8_t c = (uint8_t)terminal.in.byte[0];

	if (s->at < USER || s->at >= USER_END)
		return false;
	terminal.given[terminal.n_given++] = c;
	s->at++;
	s->left--;
	return true;
}

static void drops(void)
{
	memmove(terminal.in.byte, terminal.in.byte + 1,
		--terminal.in.n * sizeof(terminal.in.byte[0]));
}

/* A line, or what of it there is room for; a byte that cannot be written is lost. */
static int32_t reads_line(struct guest_span *s, bool waits)
{
	unsigned rest;

	while (!lines_of(&terminal.in, &rest)) {
		if (terminal.g.hung)
			return 0;
		if (!waits)
			return -EAGAIN;
		if (sleeps(FOR_EVER) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	while (s->left) {
		uint16_t c = terminal.in.byte[0];
		bool given = c != OFF && gives(s); /* an end of file is no byte */

		drops();
		if (c != OFF && !given)
			return terminal.n_given ? (int32_t)terminal.n_given : -EFAULT;
		if (c & OFF)
			break;
	}
	return (int32_t)terminal.n_given;
}

/* termios(3)'s table of MIN and TIME. */
static int32_t waits_for_bytes(uint32_t most, bool waits, uint64_t now)
{
	const uint32_t min = terminal.g.termios.cc[VMIN];
	const uint64_t time = terminal.g.termios.cc[VTIME] * (uint64_t)100000000;
	uint32_t want = min < most ? min : most;

	catch_call(&tty_world, "clock_ns", now);
	while (terminal.in.n < (want ? want : 1) && !terminal.g.hung && (min || time)) {
		uint64_t until = FOR_EVER;
		int32_t answer;

		if (!waits)
			return terminal.in.n ? 0 : -EAGAIN;
		if (min && time)
			catch_call(&tty_world, "clock_ns", ++now);
		if (time && (!min || terminal.in.n)) /* for all of it, or behind each byte */
			until = now + time;
		answer = sleeps(until);
		if (answer == -ETIME)
			return 0;
		if (answer)
			return terminal.in.n ? 0 : answer;
	}
	return 0;
}

static int32_t reads(struct guest_span *s, bool waits)
{
	int32_t result;

	terminal.n_given = 0;
	if (!s->left)
		return 0;
	if (tty_has(ICANON)) {
		result = reads_line(s, waits);
	} else {
		result = waits_for_bytes(s->left, waits, (uint64_t)any() << below(30));
		if (result)
			return result;
		while (s->left && terminal.in.n && gives(s))
			drops();
		result = terminal.n_given || !terminal.in.n ? (int32_t)terminal.n_given : -EFAULT;
	}
	tty_is_changed();
	return result;
}

static void a_program_reads_a_line_or_what_min_and_time_say(void **state)
{
	static uint8_t is[BYTES];

	tty_open_model(*state);
	draw_from(805);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t bytes = ONE_OF(0, 1, 2, 20, below(300)), waits = below(3);
		struct guest_span s = { .at = below(4) ? USER : USER_END - below(20),
					.bytes = bytes,
					.left = bytes };
		const uint32_t at = s.at;
		int32_t expected;

		draw_terminal();
		terminal.g.termios.cc[VMIN] = (uint8_t)ONE_OF(0, 1, 2, 10, 255);
		terminal.g.termios.cc[VTIME] = (uint8_t)ONE_OF(0, 0, 1, 5, 255);
		if (!tty_has(ICANON))
			for (unsigned k = 0; k < terminal.in.n; k++)
				terminal.in.byte[k] &= OFF - 1;
		put_terminal();
		assert_int_equal(
			call_function(&tty_world.caller, "tty_readable", tty_at, any(), any()),
			readable());
		put_word(&tty_world, file_at(&tty_world, 0) + offsetof(struct guest_file, flags),
			 (any() & ~(uint32_t)NO_WAIT) | (waits ? 0 : NO_WAIT));
		put_words(&tty_world, tty_here, &s, sizeof(s));
		function_begin_with(&tty_world.caller, "tty_read",
				    (uint32_t[]){ tty_at, file_at(&tty_world, 0), tty_here });
		expected = reads(&s, waits);
		assert_int_equal((int32_t)function_end(&tty_world.caller), expected);
		expect_terminal();
		get_words(&tty_world, at, is, terminal.n_given);
		assert_memory_equal(is, terminal.given, terminal.n_given);
	}
	close_file_world(&tty_world);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_program_reads_a_line_or_what_min_and_time_say),
	};

	return run_on_kernels("tty_read", tests, sizeof(tests) / sizeof(tests[0]));
}
