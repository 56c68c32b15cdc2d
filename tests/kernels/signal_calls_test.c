/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_calls_test.c: sigaction and sigprocmask, the old calls and the rt_ ones, as a program
 * makes them: what they store and give back, and each of their errors. Expectations: sigaction(2),
 * sigprocmask(2), and the i386 layouts: old {handler, mask, flags, restorer}, rt {handler, flags,
 * restorer, mask of two words}. Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { NR_SIGACTION_OLD = 67, NR_RT_SIGACTION = 174, NR_RT_SIGPROCMASK = 175 };
enum { BLOCK = 0, UNBLOCK = 1, SETMASK = 2 };
#define NOWHERE  0x11220000u /* nothing is mapped there */
#define ALL      0xffffffffu
#define DATA     (SYSEMU_CODE_BASE + 0x800) /* in the program's page, behind its code */
#define NEW      (DATA + 0)
#define OLD      (DATA + 0x20)
#define RESULTS  (DATA + 0x100)
#define KILLSTOP (BIT(SIGKILL) | BIT(SIGSTOP))

struct call {
	uint32_t nr, args[4];
	int32_t result;
};

static struct emit program;
static unsigned made;

static void begin(void)
{
	memset(&program, 0, sizeof(program));
	made = 0;
}

static void word(uint32_t addr, uint32_t value)
{
	emit_mov(&program, EMIT_EAX, value);
	emit_store(&program, addr, EMIT_EAX);
}

/* Its result goes to the next word of RESULTS. */
static void make_call(uint32_t nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	emit_mov(&program, EMIT_ESI, d);
	emit_int80(&program, nr, a, b, c);
	emit_store(&program, RESULTS + 4 * made++, EMIT_EAX);
}

static sysemu_machine *end(const char *kernel)
{
	uint32_t spin = emit_here(&program);
	sysemu_machine *m;

	emit_spin(&program);
	assert_true(program.at < 0x800);
	m = emit_open(&program, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(m, spin).eip, spin);
	return m;
}

static int32_t result(sysemu_machine *m, unsigned n)
{
	return (int32_t)guest_word(m, RESULTS + 4 * n);
}

static void expect_results(const char *kernel, const struct call *calls, unsigned n)
{
	sysemu_machine *m;

	begin();
	for (unsigned i = 0; i < n; i++)
		make_call(calls[i].nr, calls[i].args[0], calls[i].args[1], calls[i].args[2],
			  calls[i].args[3]);
	m = end(kernel);
	for (unsigned i = 0; i < n; i++) {
		if (result(m, i) != calls[i].result)
			print_error("call %u\n", i);
		assert_int_equal(result(m, i), calls[i].result);
	}
	sysemu_close(m);
}

static void an_old_action_comes_back_as_it_was_given(void **state)
{
	for (int sig = 1; sig <= 32; sig += sig == 31 ? 1 : 15) {
		sysemu_machine *m;

		begin();
		word(NEW, 0x1111);
		word(NEW + 4, ALL);
		word(NEW + 8, 0x50000004);
		word(NEW + 12, 0x3333);
		make_call(NR_SIGACTION_OLD, (uint32_t)sig, NEW, OLD, 0);
		make_call(NR_SIGACTION_OLD, (uint32_t)sig, 0, OLD + 16, 0);
		make_call(NR_RT_SIGACTION, (uint32_t)sig, 0, OLD + 32, 8);
		m = end(*state);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(result(m, i), 0);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(guest_word(m, OLD + 4 * i), 0); /* the default */
		assert_int_equal(guest_word(m, OLD + 16), 0x1111);
		assert_int_equal(guest_word(m, OLD + 20), ALL & ~KILLSTOP);
		assert_int_equal(guest_word(m, OLD + 24), 0x50000004);
		assert_int_equal(guest_word(m, OLD + 28), 0x3333);
		assert_int_equal(guest_word(m, OLD + 32), 0x1111);
		assert_int_equal(guest_word(m, OLD + 36), 0x50000004);
		assert_int_equal(guest_word(m, OLD + 40), 0x3333);
		assert_int_equal(guest_word(m, OLD + 44), ALL & ~KILLSTOP);
		assert_int_equal(guest_word(m, OLD + 48), 0); /* signals 33 to 64 */
		assert_int_equal(guest_word(m, OLD + 52), 0); /* and nothing behind */
		sysemu_close(m);
	}
}

static void an_rt_action_comes_back_as_it_was_given(void **state)
{
	sysemu_machine *m;

	begin();
	word(NEW, 0x1111);
	word(NEW + 4, 0x50000004);
	word(NEW + 8, 0x3333);
	word(NEW + 12, 0x12345678);
	make_call(NR_RT_SIGACTION, SIGUSR1, NEW, 0, 8);
	make_call(NR_RT_SIGACTION, SIGUSR1, NEW, OLD, 8);
	make_call(NR_SIGACTION_OLD, SIGUSR2, 0, OLD + 0x40, 0); /* another signal's is untouched */
	m = end(*state);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(result(m, i), 0);
	assert_int_equal(guest_word(m, OLD), 0x1111);
	assert_int_equal(guest_word(m, OLD + 4), 0x50000004);
	assert_int_equal(guest_word(m, OLD + 8), 0x3333);
	assert_int_equal(guest_word(m, OLD + 12), 0x12345678 & ~KILLSTOP);
	assert_int_equal(guest_word(m, OLD + 0x40), 0);
	sysemu_close(m);
}

static void sigactions_errors_are_these(void **state)
{
	static const struct call calls[] = {
		{ NR_SIGACTION_OLD, { 0, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { 0, 0, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { ALL, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { 65, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { SIGKILL, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { SIGSTOP, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGACTION_OLD, { SIGKILL, 0, OLD, 0 }, 0 }, /* to ask is allowed */
		{ NR_SIGACTION_OLD, { SIGSTOP, 0, 0, 0 }, 0 },
		{ NR_SIGACTION_OLD, { SIGKILL - 1, NEW, 0, 0 }, 0 },
		{ NR_SIGACTION_OLD, { SIGSTOP + 1, NEW, 0, 0 }, 0 },
		{ NR_SIGACTION_OLD, { SIGUSR1, NOWHERE, 0, 0 }, -EFAULT },
		{ NR_SIGACTION_OLD, { SIGUSR1, NEW, NOWHERE, 0 }, -EFAULT },
		{ NR_SIGACTION_OLD, { SIGUSR1, 0xc0100000, 0, 0 }, -EFAULT }, /* the kernel's */
		{ NR_SIGACTION_OLD, { SIGUSR1, 0, 0xc0400000, 0 }, -EFAULT },
		{ NR_RT_SIGACTION, { SIGUSR1, NEW, 0, 4 }, -EINVAL },
		{ NR_RT_SIGACTION, { SIGUSR1, NEW, 0, 7 }, -EINVAL },
		{ NR_RT_SIGACTION, { SIGUSR1, NEW, 0, 9 }, -EINVAL },
		{ NR_RT_SIGACTION, { SIGUSR1, NEW, 0, 16 }, -EINVAL },
		{ NR_RT_SIGACTION, { SIGUSR1, NEW, 0, 8 }, 0 },
		{ NR_RT_SIGACTION, { SIGUSR1, NOWHERE, 0, 8 }, -EFAULT },
		{ NR_RT_SIGACTION, { SIGUSR1, 0, NOWHERE, 8 }, -EFAULT },
		{ NR_RT_SIGACTION, { 0, NEW, 0, 8 }, -EINVAL },
		{ NR_RT_SIGACTION, { SIGKILL, NEW, 0, 8 }, -EINVAL },
	};

	expect_results(*state, calls, sizeof(calls) / sizeof(calls[0]));
}

/* Both calls, in each way, from a mask that is not empty; SIGKILL and SIGSTOP are never in it. */
static void the_mask_is_joined_taken_away_and_set(void **state)
{
	static const struct {
		uint32_t how, set, mask;
	} steps[] = {
		{ SETMASK, 0x00ff00f0, 0x00ff00f0 & ~KILLSTOP },
		{ BLOCK, 0x0000000f, 0x00ff00ff & ~KILLSTOP },
		{ UNBLOCK, 0x00f000f0, 0x000f000f & ~KILLSTOP },
		{ BLOCK, ALL, ALL & ~KILLSTOP },
		{ UNBLOCK, 0x80000001, 0x7ffffffe & ~KILLSTOP },
		{ SETMASK, 0, 0 },
	};
	const unsigned n = sizeof(steps) / sizeof(steps[0]);

	for (int rt = 0; rt < 2; rt++) {
		const uint32_t nr = rt ? NR_RT_SIGPROCMASK : NR_SIGPROCMASK;
		sysemu_machine *m;

		begin();
		for (unsigned i = 0; i < n; i++) {
			word(NEW, steps[i].set);
			word(NEW + 4, ALL); /* of the rt call: signals 33 to 64 */
			make_call(nr, steps[i].how, NEW, OLD + 16 * i, 8);
			make_call(nr, 77, 0, OLD + 16 * i + 8,
				  8); /* without a set `how` is not looked at */
		}
		m = end(*state);
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(result(m, 2 * i), 0);
			assert_int_equal(result(m, 2 * i + 1), 0);
			assert_int_equal(guest_word(m, OLD + 16 * i), i ? steps[i - 1].mask : 0);
			assert_int_equal(guest_word(m, OLD + 16 * i + 8), steps[i].mask);
		}
		sysemu_close(m);
	}
}

static void sigprocmasks_errors_are_these(void **state)
{
	static const struct call calls[] = {
		{ NR_SIGPROCMASK, { 3, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGPROCMASK, { ALL, NEW, 0, 0 }, -EINVAL },
		{ NR_SIGPROCMASK, { BLOCK, NOWHERE, 0, 0 }, -EFAULT },
		{ NR_SIGPROCMASK, { BLOCK, 0, NOWHERE, 0 }, -EFAULT },
		{ NR_SIGPROCMASK, { BLOCK, NEW, NOWHERE, 0 }, -EFAULT },
		{ NR_SIGPROCMASK, { BLOCK, 0, 0, 0 }, 0 },
		{ NR_RT_SIGPROCMASK, { 3, NEW, 0, 8 }, -EINVAL },
		{ NR_RT_SIGPROCMASK, { BLOCK, NEW, 0, 4 }, -EINVAL },
		{ NR_RT_SIGPROCMASK, { BLOCK, NEW, 0, 9 }, -EINVAL },
		{ NR_RT_SIGPROCMASK, { BLOCK, NEW, 0, 7 }, -EINVAL },
		{ NR_RT_SIGPROCMASK, { BLOCK, NOWHERE, 0, 8 }, -EFAULT },
		{ NR_RT_SIGPROCMASK, { BLOCK, 0, 0xc0400000, 8 }, -EFAULT },
		{ NR_RT_SIGPROCMASK, { BLOCK, 0, 0, 8 }, 0 },
	};

	expect_results(*state, calls, sizeof(calls) / sizeof(calls[0]));
}

/* What the mask kept away comes as soon as it lets it. */
static void a_signal_that_is_unblocked_comes_at_once(void **state)
{
	static const uint32_t hows[] = { UNBLOCK, SETMASK };

	for (unsigned i = 0; i < 4; i++) {
		const uint32_t nr = i % 2 ? NR_RT_SIGPROCMASK : NR_SIGPROCMASK;
		sysemu_machine *m;
		uint32_t spin;
		sysemu_event e;

		begin();
		word(NEW, BIT(SIGUSR1));
		word(NEW + 8, hows[i / 2] == UNBLOCK ? BIT(SIGUSR1) : 0);
		make_call(nr, BLOCK, NEW, 0, 8);
		make_call(NR_KILL, PROGRAM, SIGUSR1, 0, 0);
		make_call(nr, hows[i / 2], NEW + 8, 0, 8);
		spin = emit_here(&program);
		emit_spin(&program);
		m = emit_open(&program, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		e = run_to(m, spin);
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status, SIGUSR1);
		assert_int_equal(result(m, 1), 0); /* the kill came back */
		sysemu_close(m);
	}
}

/* ---- kill ---- */

static void kills_errors_are_these(void **state)
{
	static const struct call calls[] = {
		{ NR_KILL, { PROGRAM, 0, 0, 0 }, 0 },
		{ NR_KILL, { PROGRAM, 65, 0, 0 }, -EINVAL },
		{ NR_KILL, { PROGRAM, ALL, 0, 0 }, -EINVAL },
		{ NR_KILL, { 4711, SIGUSR1, 0, 0 }, -ESRCH },
		{ NR_KILL, { 4711, 0, 0, 0 }, -ESRCH },
	};

	expect_results(*state, calls, sizeof(calls) / sizeof(calls[0]));
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(an_old_action_comes_back_as_it_was_given),
		ON_KERNELS(an_rt_action_comes_back_as_it_was_given),
		ON_KERNELS(sigactions_errors_are_these),
		ON_KERNELS(the_mask_is_joined_taken_away_and_set),
		ON_KERNELS(sigprocmasks_errors_are_these),
		ON_KERNELS(a_signal_that_is_unblocked_comes_at_once),
		ON_KERNELS(kills_errors_are_these),
	};

	return run_on_kernels("signal calls", tests, sizeof(tests) / sizeof(tests[0]));
}
