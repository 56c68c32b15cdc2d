/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * restart_test.c: what becomes of an interrupted call. The test calls 284 to 287 answer with
 * -ERESTARTSYS (-512), -ERESTARTNOINTR (-513), -ERESTARTNOHAND (-514) and -ERESTART_RESTARTBLOCK
 * (-516); a tracer can put the same in eax of a call that it skips. Expectations:
 * docs/kernels.md §8. Every test runs on every kernel and by both entries.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

#define SA_RESTART 0x10000000u
#define SC_EAX     11
#define SC_EIP     14

static const struct code {
	int nr, code;
} codes[] = {
	{ 284, RESTARTSYS }, { 285, RESTARTNOINTR }, { 286, RESTARTNOHAND }, { 287, RESTARTBLOCK }
};

/*
 * `nr` by the machine's entry, with a handler of SIGUSR1 if asked for. `again`: where a
 * restarted call goes on; `behind`: where the call returns to.
 */
struct scene {
	sysemu_machine *m;
	uint32_t again, behind;
};

static struct scene open_scene(const char *kernel, sysemu_entry entry, sysemu_start start, int nr,
			       uint32_t handler, uint32_t sa_flags)
{
	struct emit p = { 0 };
	struct scene s;

	if (handler)
		emit_sigaction(&p, SIGUSR1, handler, sa_flags, 0, 0);
	s.behind = emit_call(&p, entry, (uint32_t)nr);
	s.again = s.behind - 2; /* the int $0x80, or the page's jump back to the sysenter */
	emit_spin(&p);
	emit_org(&p, HANDLER);
	emit(&p, "c3");
	s.m = emit_open(&p, kernel, entry, start);
	return s;
}

/* Untraced, in the middle of the call; with a signal that it does not hear of. */
static void interrupt_call(struct scene *s, int nr, int sig)
{
	static const char *const name[] = { "sys_test_restartsys", "sys_test_restartnointr",
					    "sys_test_restartnohand", "sys_test_restartblock" };

	assert_int_equal(run_to(s->m, symbol(s->m, name[nr - 284])).kind, SYSEMU_EVENT_BREAK);
	if (sig)
		assert_int_equal(kill_from_outside(s->m, PROGRAM, sig), 0);
	else
		OK(s->m, sysemu_set_tif(s->m, P)); /* P alone: do_signal finds nothing */
}

static void without_a_handler_the_call_is_made_again(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		for (int entry = 0; entry < 2; entry++) {
			struct scene s = open_scene(*state, (sysemu_entry)entry,
						    SYSEMU_START_UNTRACED, codes[i].nr, 0, 0);
			sysemu_event e;

			interrupt_call(&s, codes[i].nr, 0);
			e = run_to(s.m, s.again);
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			assert_int_equal(e.eip, s.again);
			/* -516 goes on by another call */
			assert_int_equal(e.eax,
					 codes[i].code == RESTARTBLOCK ? NR_RESTART : codes[i].nr);
			sysemu_close(s.m);
		}
}

/* Nothing is pending, so nothing looks: the program sees the code itself. */
static void without_a_signal_nothing_is_restarted(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		struct scene s = open_scene(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED,
					    codes[i].nr, 0, 0);

		assert_int_equal((int32_t)run_to(s.m, s.behind).eax, -codes[i].code);
		sysemu_close(s.m);
	}
}

/* Where the handler's sigreturn will go, and with which eax. */
static void expect_return(struct scene *s, uint32_t eip, int32_t eax)
{
	sysemu_event e = run_to(s->m, HANDLER_AT);

	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(guest_word(s->m, e.esp + 8 + 4 * SC_EIP), eip);
	assert_int_equal((int32_t)guest_word(s->m, e.esp + 8 + 4 * SC_EAX), eax);
}

static void with_a_handler_the_rules_are_these(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		for (int restart = 0; restart < 2; restart++)
			for (int entry = 0; entry < 2; entry++) {
				bool again = codes[i].code == RESTARTNOINTR ||
					     (codes[i].code == RESTARTSYS && restart);
				struct scene s = open_scene(*state, (sysemu_entry)entry,
							    SYSEMU_START_UNTRACED, codes[i].nr,
							    HANDLER_AT, restart ? SA_RESTART : 0);

				interrupt_call(&s, codes[i].nr, SIGUSR1);
				expect_return(&s, again ? s.again : s.behind,
					      again ? codes[i].nr : -EINTR);
				sysemu_close(s.m);
			}
}

/* A signal that the program ignores interrupts nothing: its tracer alone sees it. */
static void a_signal_that_is_ignored_restarts_as_without_a_handler(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		struct scene s = open_scene(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
					    codes[i].nr, 0, 0);
		sysemu_event e;

		assert_int_equal(run(s.m).status, 0x137f);
		assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
		interrupt_call(&s, codes[i].nr, SIGCHLD);
		e = run(s.m);
		assert_int_equal(e.status, STOP_OF(SIGCHLD));
		assert_int_equal(e.eip, s.behind); /* not yet: the tracer sees the code */
		assert_int_equal((int32_t)e.eax, -codes[i].code);
		assert_int_equal(ptrace_raw(s.m, CONT, 0, SIGCHLD), 0);
		e = run_to(s.m, s.again);
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(e.eax, codes[i].code == RESTARTBLOCK ? NR_RESTART : codes[i].nr);
		sysemu_close(s.m);
	}
}

/* orig_eax is loaded anew, so a restarted call stops again: SYSCALL's tracer sees it twice. */
static void a_restarted_call_stops_again(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		struct scene s =
			open_scene(*state, (sysemu_entry)entry, SYSEMU_START_TRACED, 284, 0, 0);
		sysemu_event e;

		assert_int_equal(run(s.m).status, 0x137f);
		e = resume(s.m, SYSCALL, 0);
		assert_int_equal((int32_t)e.eax, -ENOSYS);
		e = resume(s.m, SYSCALL, SIGCHLD);
		assert_int_equal((int32_t)e.eax, -RESTARTSYS); /* the exit stop */
		e = resume(s.m, SYSCALL, 0);
		assert_int_equal(e.status, STOP_OF(SIGCHLD));
		e = resume(s.m, SYSCALL, 0);
		assert_int_equal(e.status, 0x057f);
		assert_int_equal((int32_t)e.eax, -ENOSYS); /* an entry stop again */
		assert_int_equal(e.orig_eax, 284);
		assert_int_equal(e.eip, s.behind);
		sysemu_close(s.m);
	}
}

/*
 * A tracer's eax = -ERESTART* on a call it skips, and a signal: orig_eax is still the call's on
 * every sysemu, so the call is made again; 2.6.14 has set it to -1, so it is not.
 */
static void a_skipped_calls_restart_code_counts_only_before_2_6_14(void **state)
{
	for (unsigned i = 0; i < 4; i++)
		for (int entry = 0; entry < 2; entry++) {
			struct scene s = open_scene(*state, (sysemu_entry)entry,
						    SYSEMU_START_TRACED, NR_GETPID, 0, 0);
			bool later = is_2_6_14(*state);
			sysemu_event e;

			assert_int_equal(run(s.m).status, 0x137f);
			e = resume(s.m, SYSEMU, 0);
			assert_int_equal(e.orig_eax, NR_GETPID);
			OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EAX, (uint32_t)-codes[i].code));
			e = resume(s.m, SYSEMU, SIGCHLD);
			assert_int_equal(e.status, STOP_OF(SIGCHLD));
			assert_int_equal(e.orig_eax, later ? -1 : NR_GETPID);
			assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
			e = run_to(s.m, later ? s.behind : s.again);
			assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
			if (later)
				assert_int_equal((int32_t)e.eax, -codes[i].code);
			else
				assert_int_equal(e.eax, codes[i].code == RESTARTBLOCK ? NR_RESTART :
											NR_GETPID);
			sysemu_close(s.m);
		}
}

/* UML's way round it, which every kernel honours. */
static void orig_eax_minus_1_from_the_tracer_prevents_the_restart(void **state)
{
	struct scene s =
		open_scene(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, NR_GETPID, 0, 0);
	sysemu_event e;

	assert_int_equal(run(s.m).status, 0x137f);
	assert_int_equal(resume(s.m, SYSEMU, 0).orig_eax, NR_GETPID);
	OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EAX, (uint32_t)-RESTARTSYS));
	OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_ORIG_EAX, (uint32_t)-1));
	assert_int_equal(resume(s.m, SYSEMU, SIGCHLD).status, STOP_OF(SIGCHLD));
	assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
	e = run_to(s.m, s.behind);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal((int32_t)e.eax, -RESTARTSYS);
	sysemu_close(s.m);
}

/* An exception's frame says -1: whatever eax holds, no eip moves. */
static void behind_an_exception_nothing_is_restarted(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_mov(&p, EMIT_EAX, (uint32_t)-RESTARTSYS);
	emit(&p, "cc");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, 0x137f);
	e = resume(m, CONT, 0);
	assert_int_equal(e.status, 0x057f);
	assert_int_equal(e.orig_eax, -1);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	e = run_to(m, emit_here(&p) - 2);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal((int32_t)e.eax, -RESTARTSYS);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(without_a_handler_the_call_is_made_again),
		ON_KERNELS(without_a_signal_nothing_is_restarted),
		ON_KERNELS(with_a_handler_the_rules_are_these),
		ON_KERNELS(a_signal_that_is_ignored_restarts_as_without_a_handler),
		ON_KERNELS(a_restarted_call_stops_again),
		ON_KERNELS_IF(a_skipped_calls_restart_code_counts_only_before_2_6_14, emulates),
		ON_KERNELS_IF(orig_eax_minus_1_from_the_tracer_prevents_the_restart, emulates),
		ON_KERNELS(behind_an_exception_nothing_is_restarted),
	};

	return run_on_kernels("restart", tests, sizeof(tests) / sizeof(tests[0]));
}
