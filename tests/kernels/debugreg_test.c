/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugreg_test.c: the debug registers through PEEKUSR and POKEUSR: which values are refused,
 * what is kept, what DR6 says behind a step. What they do: watchpoint_test.c. Expectations: docs/kernels.md §6 and §9, the Intel manual's DR7. Every test runs on every
 * kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

enum { DR = 252, DR_BS = 0x4000 };
#define WINDOW    SYSEMU_WINDOW
#define TASK_SIZE 0xc0000000u
#define VARIABLE  (SYSEMU_CODE_BASE + 0x800)

/* incl VARIABLE; movl VARIABLE,%eax; int3; spin */
static sysemu_machine *open_stopped(const char *kernel)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "ff05");
	emit_word(&p, VARIABLE);
	emit(&p, "a1");
	emit_word(&p, VARIABLE);
	emit(&p, "cc");
	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

static int32_t poke(sysemu_machine *m, unsigned n, uint32_t value)
{
	return ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, DR + 4 * n, value);
}

static uint32_t peek(sysemu_machine *m, unsigned n)
{
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_PEEKUSR, DR + 4 * n, WINDOW), 0);
	return guest_word(m, WINDOW);
}

static void a_new_program_has_none_set(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	for (unsigned n = 0; n < 8; n++)
		assert_int_equal(peek(m, n), 0);
	sysemu_close(m);
}

static void addresses_must_lie_three_below_task_size(void **state)
{
	static const uint32_t good[] = { 0, 1, SYSEMU_CODE_BASE, TASK_SIZE - 4 };
	static const uint32_t bad[] = { TASK_SIZE - 3, TASK_SIZE - 1, TASK_SIZE, 0xffffffff };
	sysemu_machine *m = open_stopped(*state);

	for (unsigned n = 0; n < 4; n++)
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(poke(m, n, good[i]), 0);
			assert_int_equal(peek(m, n), good[i]);
			assert_int_equal(poke(m, n, bad[i]), -EIO);
			assert_int_equal(peek(m, n), good[i]);
		}
	sysemu_close(m);
}

static void dr4_and_dr5_are_refused_and_read_as_0(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	for (unsigned n = 4; n < 6; n++) {
		assert_int_equal(poke(m, n, 0), -EIO);
		assert_int_equal(poke(m, n, 0xffffffff), -EIO);
		assert_int_equal(peek(m, n), 0);
	}
	sysemu_close(m);
}

static void dr6_takes_anything(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	assert_int_equal(poke(m, 6, 0xffffffff), 0);
	assert_int_equal(peek(m, 6), 0xffffffff);
	assert_int_equal(poke(m, 6, 0), 0);
	assert_int_equal(peek(m, 6), 0);
	sysemu_close(m);
}

/*
 * A slot's half-byte is its type (execute, write, I/O, read or write) and length (1, 2, -, 4).
 * Refused in any slot: I/O, the length that is none, and executing with a length.
 */
static void dr7_refuses_what_the_cpu_does_not_have(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	for (unsigned slot = 0; slot < 4; slot++)
		for (uint32_t half = 0; half < 16; half++) {
			unsigned type = half & 3, length = half >> 2;
			bool ok = type != 2 && length != 2 && (type != 0 || length == 0);
			uint32_t value = half << (16 + 4 * slot) | 1u << 2 * slot;

			assert_int_equal(poke(m, 7, 0), 0);
			assert_int_equal(poke(m, 7, value), ok ? 0 : -EIO);
			assert_int_equal(peek(m, 7), ok ? value : 0);
		}
	sysemu_close(m);
}

/* Bits 10 to 15, and with them GD, which would trap in the kernel. */
static void dr7s_reserved_bits_are_dropped(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	assert_int_equal(poke(m, 7, 0xd000ffff), 0);
	assert_int_equal(peek(m, 7), 0xd00003ff);
	sysemu_close(m);
}

/* The step's bit is in the saved DR6 of the task that was stepped, until the next #DB. */
static void dr6_shows_a_step(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	assert_int_equal(resume(m, STEP, 0).status, STOPPED_BY_SIGTRAP);
	assert_int_equal(peek(m, 6) & DR_BS, DR_BS);
	assert_int_equal(peek(m, 6) & 0xf, 0);
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP); /* int3: no #DB */
	assert_int_equal(peek(m, 6) & DR_BS, DR_BS);
	sysemu_close(m);
}

/* The registers are the task's: a request and a stop leave them, and a step does not lose DR7. */
static void debug_registers_survive_stops_and_steps(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(poke(m, n, 0x1000 * (n + 1)), 0);
	assert_int_equal(poke(m, 7, 0xd0001), 0);
	assert_int_equal(resume(m, STEP, 0).status, STOPPED_BY_SIGTRAP);
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(peek(m, n), 0x1000 * (n + 1));
	assert_int_equal(peek(m, 7), 0xd0001);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_new_program_has_none_set),
		ON_KERNELS(addresses_must_lie_three_below_task_size),
		ON_KERNELS(dr4_and_dr5_are_refused_and_read_as_0),
		ON_KERNELS(dr6_takes_anything),
		ON_KERNELS(dr7_refuses_what_the_cpu_does_not_have),
		ON_KERNELS(dr7s_reserved_bits_are_dropped),
		ON_KERNELS(dr6_shows_a_step),
		ON_KERNELS(debug_registers_survive_stops_and_steps),
	};

	return run_on_kernels("debug registers", tests, sizeof(tests) / sizeof(tests[0]));
}
