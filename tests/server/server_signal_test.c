/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_signal_test.c: how programs end, and the signals that they send themselves.
 * What handlers see is told by a real program, tests/guest/signals.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_exit = 1,
	NR_kill = 37,
	NR_sigreturn = 119,
	NR_rt_sigreturn = 173,
	NR_rt_sigaction = 174,
	NR_rt_sigprocmask = 175,
	NR_rt_sigpending = 176,
	NR_sigaltstack = 186,
	NR_tkill = 238,
	NR_exit_group = 252,
	NR_tgkill = 270,
	NR_pselect6 = 308,
	NR_ppoll = 309,
	NR_pselect6_time64 = 413,
	NR_ppoll_time64 = 414,

	SELF = 101,
	HANDLER = SYSEMU_CODE_BASE,
};

static void exit_ends_the_program_with_its_code(void **state)
{
	static const int32_t calls[] = { NR_exit, NR_exit_group };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_served served;

	(void)state;
	for (int i = 0; i < 2; i++) {
		serve_call(m, calls[i], (struct args){ { 0x107 } }, &served);
		assert_true(served.ended);
		assert_int_equal(served.status, 0x700);
	}
	sysemu_close(m);
}

/* The status that sending it to itself ends the program with, and no core is written. */
static void each_signal_has_its_default_action(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGURG,  SIGWINCH,
					SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	sysemu_served served;

	(void)state;
	for (int signal = 1; signal <= 64; signal++) {
		uint32_t expected = (uint32_t)signal;

		for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
			expected = signal == harmless[i] ? 0 : expected;
		serve_call(m, NR_tgkill, (struct args){ { SELF, SELF, (uint32_t)signal } },
			   &served);
		assert_int_equal(served.result, 0);
		assert_int_equal(served.ended, expected != 0);
		assert_int_equal(served.status, expected);
	}
	assert_string_equal(w.notes, "signal 19 would stop the program: ignored\n");
	sysemu_close(m);
}

static void signals_reach_the_program_itself_and_nobody_else(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(call(m, NR_kill, SELF, 0), 0);
	assert_int_equal(call(m, NR_kill, 0, SIGURG), 0);
	assert_int_equal(call(m, NR_kill, -SELF, SIGURG), 0);
	assert_int_equal(call(m, NR_tkill, SELF, SIGURG), 0);
	assert_int_equal(call(m, NR_kill, 1, SIGTERM), -ESRCH);
	assert_int_equal(call(m, NR_kill, SELF, 65), -EINVAL);
	assert_int_equal(call(m, NR_kill, SELF, -1), -EINVAL);
	assert_int_equal(call(m, NR_tkill, 0, SIGURG), -EINVAL);
	assert_int_equal(call(m, NR_tkill, 5, SIGURG), -ESRCH);
	assert_int_equal(call(m, NR_tgkill, 5, SELF, SIGURG), -ESRCH);
	assert_int_equal(call(m, NR_tgkill, SELF, 5, SIGURG), -ESRCH);
	assert_int_equal(call(m, NR_tgkill, -1, SELF, SIGURG), -EINVAL);
	sysemu_close(m);
}

static void actions_are_kept_and_given_back(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	/* handler, flags, restorer, mask: all signals */
	const uint32_t action[] = { HANDLER, 4, 0x1234, 0xffffffff, 0xffffffff };

	(void)state;
	OK(m, sysemu_write(m, DATA, action, sizeof(action)));
	assert_int_equal(call(m, NR_rt_sigaction, 64, DATA, 0, 8), 0);
	assert_int_equal(call(m, NR_rt_sigaction, 64, 0, DATA + 32, 8), 0);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(get_word(m, DATA + 32 + 4 * i), action[i]);
	assert_int_equal(get_word(m, DATA + 44), 0xfffbfeff); /* not SIGKILL, not SIGSTOP */
	assert_int_equal(call(m, NR_rt_sigaction, 0, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, 65, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, 0x80000001, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, SIGKILL, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, SIGSTOP, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, SIGKILL, 0, DATA, 8), 0);
	assert_int_equal(call(m, NR_rt_sigaction, 1, DATA, 0, 4), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigaction, 1, UNMAPPED, 0, 8), -EFAULT);
	assert_int_equal(call(m, NR_rt_sigaction, 1, 0, READ_ONLY, 8), -EFAULT);
	sysemu_close(m);
}

static void masks_block_unblock_and_set(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_served served;

	(void)state;
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 0xffffffff, 1 }, 8));
	assert_int_equal(call(m, NR_rt_sigprocmask, 2, DATA, 0, 8), 0);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 0xff, 0 }, 8));
	assert_int_equal(call(m, NR_rt_sigprocmask, 1, DATA, DATA + 8, 8), 0);
	assert_int_equal(get_word(m, DATA + 8), 0xfffbfeff);
	assert_int_equal(get_word(m, DATA + 12), 1);
	assert_int_equal(call(m, NR_rt_sigprocmask, 0, 0, DATA + 8, 8), 0);
	assert_int_equal(get_word(m, DATA + 8), 0xfffbfe00);
	assert_int_equal(call(m, NR_rt_sigprocmask, 3, DATA, 0, 8), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigprocmask, 0, DATA, 0, 4), -EINVAL);
	assert_int_equal(call(m, NR_rt_sigprocmask, 0, UNMAPPED, 0, 8), -EFAULT);
	/* A blocked signal waits, even the program's end. */
	assert_int_equal(call(m, NR_kill, SELF, SIGTERM), 0);
	assert_int_equal(call(m, NR_rt_sigpending, DATA + 8, 8), 0);
	assert_int_equal(get_word(m, DATA + 8), 1 << (SIGTERM - 1));
	assert_int_equal(call(m, NR_rt_sigpending, DATA + 8, 12), -EINVAL);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ 0, 0 }, 8));
	serve_call(m, NR_rt_sigprocmask, (struct args){ { 2, DATA, 0, 8 } }, &served);
	assert_true(served.ended);
	assert_int_equal(served.status, SIGTERM);
	sysemu_close(m);
}

static void set_handler(sysemu_machine *m, uint32_t signal, uint32_t flags)
{
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ HANDLER, flags, 0, 0, 0 }, 20));
	assert_int_equal(call(m, NR_rt_sigaction, signal, DATA, 0, 8), 0);
}

static void a_handler_gets_its_frame_and_sigreturn_takes_it_back(void **state)
{
	static const struct {
		uint32_t flags;
		int32_t back;
		uint32_t popped;
	} kinds[] = { { 0, NR_sigreturn, 8 }, { 4, NR_rt_sigreturn, 4 } };

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		struct world w = { 0 };
		sysemu_machine *m = open_serving(&w, NULL, false);
		sysemu_regs before, in, after;
		sysemu_served served;

		set_handler(m, SIGUSR1, kinds[kind].flags);
		OK(m, sysemu_get_regs(m, &before));
		before.eip = SYSEMU_CODE_BASE + 1;
		before.eflags = 0x10e46; /* direction, zero, parity; RF is not to be had */
		before.esi = 77;
		before.ebx = SELF;
		before.ecx = SIGUSR1;
		OK(m, sysemu_set_regs(m, &before));
		OK(m, sysemu_get_regs(m, &before));
		OK(m, sysemu_serve(m, NR_kill, &served));
		assert_false(served.ended);
		OK(m, sysemu_get_regs(m, &in));
		assert_int_equal(in.eip, HANDLER);
		assert_int_equal(in.eax, SIGUSR1);
		assert_int_equal(in.esp % 16, 12);
		assert_int_equal(in.eflags & 0x400, 0);
		assert_int_equal(get_word(m, in.esp + 4), SIGUSR1);
		/* pop %eax; mov $119, %eax, or mov $173, %eax alone */
		assert_int_equal(get_word(m, get_word(m, in.esp)), kind ? 0x0000adb8 : 0x0077b858);
		/* As its return would leave the stack. */
		in.esp += kinds[kind].popped;
		in.esi = 0;
		OK(m, sysemu_set_regs(m, &in));
		OK(m, sysemu_serve(m, kinds[kind].back, &served));
		assert_int_equal(served.result, 0);
		OK(m, sysemu_get_regs(m, &after));
		before.eax = 0; /* kill's result */
		before.orig_eax = -1;
		assert_memory_equal(&after, &before, sizeof(after));
		sysemu_close(m);
	}
}

/* ppoll(2): the mask is there "for the duration" of the call, and what was blocked before is let in;
 * its handler's return leaves the mask of before. pselect6 has the mask's address and size in memory. */
static void a_mask_for_the_time_of_a_wait_lets_a_signal_in(void **state)
{
	static const int32_t calls[] = { NR_ppoll, NR_ppoll_time64, NR_pselect6,
					 NR_pselect6_time64 };
	enum { SET = DATA + 64, PAIR = DATA + 80, ZERO = DATA + 96, BIT = 1 << (SIGUSR1 - 1) };

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct args poll = { { 0, 0, ZERO, SET, 8 } };
		const struct args select = { { 0, 0, 0, 0, ZERO, PAIR } };
		const struct args args = i < 2 ? poll : select;
		struct world w = { 0 };
		sysemu_machine *m = open_serving(&w, NULL, false);
		sysemu_regs before, regs;
		sysemu_served served;

		set_handler(m, SIGUSR1, 0);
		OK(m, sysemu_write(m, PAIR, (uint32_t[]){ SET, 8 }, 8));
		OK(m, sysemu_write(m, SET, (uint32_t[]){ BIT, 0 }, 8));
		assert_int_equal(call(m, NR_rt_sigprocmask, 2, SET, 0, 8), 0);
		assert_int_equal(call(m, NR_kill, SELF, SIGUSR1), 0);
		OK(m, sysemu_get_regs(m, &before));
		assert_int_equal(serve_call(m, calls[i], args, NULL), 0); /* still blocked */
		OK(m, sysemu_get_regs(m, &regs)); /* and the call's arguments are there */
		assert_int_equal(regs.eip, before.eip);
		OK(m, sysemu_write(m, SET, (uint32_t[]){ 1 << (SIGUSR2 - 1), 0 }, 8));
		OK(m, sysemu_serve(m, calls[i], &served));
		assert_int_equal(served.result, -EINTR);
		OK(m, sysemu_get_regs(m, &regs));
		assert_int_equal(regs.eip, HANDLER);
		/* In the handler that of the call, and the signal itself. */
		assert_int_equal(call(m, NR_rt_sigprocmask, 0, 0, DATA + 8, 8), 0);
		assert_int_equal(get_word(m, DATA + 8), BIT | 1 << (SIGUSR2 - 1));
		regs.esp += 8;
		OK(m, sysemu_set_regs(m, &regs));
		assert_int_equal(call(m, NR_sigreturn), -EINTR);
		assert_int_equal(call(m, NR_rt_sigprocmask, 0, 0, DATA + 8, 8), 0);
		assert_int_equal(get_word(m, DATA + 8), BIT);
		assert_string_equal(w.notes, "");
		sysemu_close(m);
	}
}

/* What is ready is told, and the signal waits on; a mask of another size, or none, changes nothing. */
static void a_mask_for_the_time_of_a_wait_is_gone_behind_it(void **state)
{
	enum { SET = DATA + 64, ZERO = DATA + 96, POLL = DATA + 112, BIT = 1 << (SIGTERM - 1) };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_served served;

	(void)state;
	OK(m, sysemu_write(m, SET, (uint32_t[]){ BIT, 0 }, 8));
	assert_int_equal(call(m, NR_rt_sigprocmask, 2, SET, 0, 8), 0);
	assert_int_equal(call(m, NR_kill, SELF, SIGTERM), 0);
	OK(m, sysemu_write(m, SET, (uint32_t[]){ 0, 0 }, 8));
	OK(m, sysemu_write(m, POLL, (uint32_t[]){ 1, 4 }, 8)); /* POLLOUT of standard output */
	assert_int_equal(call(m, NR_ppoll, POLL, 1, 0, SET, 8), 1);
	assert_int_equal(call(m, NR_ppoll, 0, 0, ZERO, SET, 4), -EINVAL);
	assert_int_equal(call(m, NR_ppoll, 0, 0, ZERO, UNMAPPED, 8), -EFAULT);
	assert_int_equal(call(m, NR_pselect6, 0, 0, 0, 0, ZERO, UNMAPPED), -EFAULT);
	assert_int_equal(call(m, NR_ppoll, 0, 0, ZERO, 0, 4), 0);
	assert_int_equal(call(m, NR_rt_sigprocmask, 0, 0, DATA + 8, 8), 0);
	assert_int_equal(get_word(m, DATA + 8), BIT);
	serve_call(m, NR_ppoll, (struct args){ { 0, 0, ZERO, SET, 8 } }, &served);
	assert_true(served.ended);
	assert_int_equal(served.status, SIGTERM);
	sysemu_close(m);
}

static void a_stack_that_cannot_hold_a_frame_ends_the_program(void **state)
{
	static const int32_t calls[] = { NR_kill, NR_sigreturn, NR_rt_sigreturn };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	sysemu_served served;
	sysemu_regs regs;

	(void)state;
	set_handler(m, SIGUSR1, 0);
	OK(m, sysemu_get_regs(m, &regs));
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 4; j++) {
			regs.esp = ((uint32_t[]){ 0, UNMAPPED, 0xfffffffc, 0xc0200000 })[j];
			OK(m, sysemu_set_regs(m, &regs));
			serve_call(m, calls[i], (struct args){ { SELF, SIGUSR1 } }, &served);
			assert_true(served.ended);
			assert_int_equal(served.status, SIGSEGV);
		}
	}
	sysemu_close(m);
}

static void a_forged_frame_gives_no_privilege(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	uint32_t frame[25];
	sysemu_served served;
	sysemu_regs regs;

	(void)state;
	/* return address, signal, then gs fs es ds ... eip 16, cs 17, eflags, esp, ss 20 */
	memset(frame, 0, sizeof(frame));
	frame[2 + 15] = 0x60;
	frame[2 + 16] = 0xffffffff;
	frame[2 + 18] = 0x68;
	OK(m, sysemu_write(m, DATA, frame, sizeof(frame)));
	OK(m, sysemu_get_regs(m, &regs));
	regs.esp = DATA + 8;
	OK(m, sysemu_set_regs(m, &regs));
	serve_call(m, NR_sigreturn, (struct args){ { 0 } }, &served);
	OK(m, sysemu_get_regs(m, &regs));
	assert_int_equal(regs.cs & 3, 3);
	assert_int_equal(regs.ss & 3, 3);
	assert_int_equal(regs.eflags & 0x3000, 0); /* IOPL */
	sysemu_close(m);
}

static void the_alternate_stack_is_set_and_described(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(call(m, NR_sigaltstack, 0, DATA), 0);
	assert_int_equal(get_word(m, DATA + 4), 2); /* disabled */
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ DATA + 0x1000, 0, 0x1000 }, 12));
	assert_int_equal(call(m, NR_sigaltstack, DATA, 0), 0);
	assert_int_equal(call(m, NR_sigaltstack, 0, DATA + 16), 0);
	assert_int_equal(get_word(m, DATA + 16), DATA + 0x1000);
	assert_int_equal(get_word(m, DATA + 20), 0);
	assert_int_equal(get_word(m, DATA + 24), 0x1000);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ DATA, 0, 2047 }, 12));
	assert_int_equal(call(m, NR_sigaltstack, DATA, 0), -ENOMEM);
	OK(m, sysemu_write(m, DATA, (uint32_t[]){ DATA, 4, 4096 }, 12));
	assert_int_equal(call(m, NR_sigaltstack, DATA, 0), -EINVAL);
	assert_int_equal(call(m, NR_sigaltstack, UNMAPPED, 0), -EFAULT);
	sysemu_close(m);
}

static void a_real_program_sees_posix_signals_by_both_entries(void **state)
{
	static const sysemu_entry entries[] = { SYSEMU_ENTRY_INT80, SYSEMU_ENTRY_SYSENTER };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct world w = { 0 };
		sysemu_machine *m = open_program("sysemu", entries[i], SYSEMU_START_TRACED,
						 TEST_PROGRAMS "/signals");
		sysemu_served end;

		assert_int_equal(run(m).kind, SYSEMU_EVENT_STOP);
		set_world(m, &w, NULL, false);
		end = serve_all(m);
		assert_int_equal(end.status, SIGABRT);
		assert_string_equal(w.output[1], "a handler runs before raise returns: yes\n"
						 "handlers nest: yes\n"
						 "blocked signals wait: yes\n"
						 "and run once when they may: yes\n"
						 "siginfo tells the sender: yes\n"
						 "the old action was the handler: yes\n"
						 "a handler may have its own stack: yes\n"
						 "and may be gone after one use: yes\n"
						 "a handler has an FPU of its own: yes\n"
						 "a handler may be left by a jump: yes\n"
						 "ignored signals are lost: yes\n"
						 "SIGKILL cannot be caught: yes\n");
		assert_string_equal(w.notes, "");
		sysemu_close(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_ends_the_program_with_its_code),
		cmocka_unit_test(each_signal_has_its_default_action),
		cmocka_unit_test(signals_reach_the_program_itself_and_nobody_else),
		cmocka_unit_test(actions_are_kept_and_given_back),
		cmocka_unit_test(masks_block_unblock_and_set),
		cmocka_unit_test(a_handler_gets_its_frame_and_sigreturn_takes_it_back),
		cmocka_unit_test(a_mask_for_the_time_of_a_wait_lets_a_signal_in),
		cmocka_unit_test(a_mask_for_the_time_of_a_wait_is_gone_behind_it),
		cmocka_unit_test(a_stack_that_cannot_hold_a_frame_ends_the_program),
		cmocka_unit_test(a_forged_frame_gives_no_privilege),
		cmocka_unit_test(the_alternate_stack_is_set_and_described),
		cmocka_unit_test(a_real_program_sees_posix_signals_by_both_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
