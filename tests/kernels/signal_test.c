/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_test.c: signals as a tracer and a program without handlers meet them: the queues,
 * signal stops and what their answer does, the signal given at a syscall stop, SIGKILL, forced
 * signals, default actions and group stops. Expectations: docs/kernels.md §7, signal(7),
 * ptrace(2). Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1 };
#define DATA    0x800u /* offset of a test's words in the program's page */
#define DATA_AT (SYSEMU_CODE_BASE + DATA)

/* A program that spins, at its first stop or running. */
static sysemu_machine *open_spin(const char *kernel, sysemu_start start)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "909090");
	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, start);
	if (start == SYSEMU_START_TRACED)
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	else
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	return m;
}

/* getpid twice by int 0x80, and an endless loop; at the first entry stop. */
static sysemu_machine *open_at_call(const char *kernel, int request)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_int80(&p, NR_GETPID, 0, 0, 0);
	emit_int80(&p, NR_GETPID, 0, 0, 0);
	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(resume(m, request, 0).status, STOPPED_BY_SIGTRAP);
	return m;
}
#define FIRST_CALL_BEHIND (SYSEMU_CODE_BASE + 22)

/* sigprocmask(how, {mask}): the mask is a word of the page. */
static void emit_mask(struct emit *p, uint32_t how, uint32_t mask)
{
	uint32_t at;

	emit(p, "eb04");
	at = emit_here(p);
	emit_word(p, mask);
	emit_int80(p, NR_SIGPROCMASK, how, at, 0);
}

static void expect_siginfo(sysemu_machine *m, uint32_t signo, uint32_t code, uint32_t pid)
{
	uint32_t words[6];

	stop_siginfo(m, words);
	assert_int_equal(words[0], signo);
	assert_int_equal(words[1], 0);
	assert_int_equal(words[2], code);
	assert_int_equal(words[3], pid);
}

/* ---- the first stop ---- */

static void the_first_stop_is_kills_own_and_has_no_exit_stop_even_under_syscall(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_task info = task_info(m, 0);
	sysemu_regs regs = regs_of(m);

	assert_int_equal(regs.orig_eax, NR_KILL);
	assert_int_equal(regs.eax, 0);
	assert_int_equal(info.state, TRACED);
	sysemu_close(m);

	m = open_at_call(*state, SYSCALL);
	regs = regs_of(m);
	assert_int_equal(regs.orig_eax, NR_GETPID);
	assert_int_equal(regs.eax, (uint32_t)-38); /* an entry stop: -ENOSYS */
	assert_int_equal(regs.eip, FIRST_CALL_BEHIND);
	sysemu_close(m);
}

static void the_first_stop_behind_step_comes_after_one_user_instruction(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e = resume(m, STEP, 0);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 1);
	sysemu_close(m);
}

static void the_first_stop_behind_sysemu_is_the_next_calls_entry(void **state)
{
	sysemu_machine *m = open_at_call(*state, SYSEMU);

	assert_int_equal(regs_of(m).orig_eax, NR_GETPID);
	assert_int_equal(resume(m, SYSEMU, 0).eip, FIRST_CALL_BEHIND + 22);
	sysemu_close(m);
}

/* Resumed with 19 it stops again, as a group stop, which the next request makes a ptrace stop. */
static void sigstop_delivered_is_a_group_stop_that_a_request_takes_over(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e = resume(m, CONT, SIGSTOP);

	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	assert_int_equal(task_info(m, 0).state, STOPPED);
	/* No siginfo belongs to a group stop, and the refused request has taken it over. */
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, SYSEMU_WINDOW), -22);
	assert_int_equal(task_info(m, 0).state, TRACED);
	/* It was delivered already: a signal given along is not looked at. */
	e = resume_briefly(m, CONT, SIGTERM);
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(task_info(m, 0).exit_code, 0);
	sysemu_close(m);
}

/* ---- signal stops ---- */

static void a_signal_stops_a_traced_program_with_its_number_and_sender(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e;

	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(kill_from_outside(m, PROGRAM, SIGUSR1), 0);
	e = run_briefly(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.status, STOP_OF(SIGUSR1));
	assert_int_equal(task_info(m, 0).state, TRACED);
	expect_siginfo(m, SIGUSR1, 0 /* SI_USER */, TRACER);
	/* 0 cancels it. */
	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(task_info(m, 0).sigpending, 0);
	sysemu_close(m);
}

static void a_resume_replaces_the_signal(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e;

	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	kill_from_outside(m, PROGRAM, SIGUSR1);
	assert_int_equal(run_briefly(m).status, STOP_OF(SIGUSR1));
	e = resume_briefly(m, CONT, SIGTERM);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGTERM);
	sysemu_close(m);
}

static void a_signal_that_is_blocked_when_the_tracer_gives_it_waits(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_mask(&p, SIG_BLOCK, BIT(SIGUSR1));
	emit(&p, "cc");
	emit_mask(&p, SIG_UNBLOCK, BIT(SIGUSR1));
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	expect_siginfo(m, SIGTRAP, 0x80 /* int3's: SI_KERNEL */, 0);
	/* Queued again; it comes when the program opens the mask, with the tracer as its sender. */
	e = resume_briefly(m, CONT, SIGUSR1);
	assert_int_equal(e.status, STOP_OF(SIGUSR1));
	assert_int_equal(e.orig_eax, NR_SIGPROCMASK);
	assert_int_equal(e.eip, emit_here(&p) - 2);
	expect_siginfo(m, SIGUSR1, 0, TRACER);
	sysemu_close(m);
}

static void a_blocked_signal_is_queued_and_does_not_set_sigpending(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_mask(&p, SIG_BLOCK, BIT(SIGUSR1) | BIT(SIGKILL) | BIT(SIGSTOP));
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	kill_from_outside(m, PROGRAM, SIGUSR1);
	assert_int_equal(task_info(m, 0).sigpending, BIT(SIGUSR1));
	assert_int_equal(task_info(m, 0).tif & P, 0);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	/* SIGSTOP cannot be blocked. */
	kill_from_outside(m, PROGRAM, SIGSTOP);
	assert_int_equal(run_briefly(m).status, STOPPED_BY_SIGSTOP);
	sysemu_close(m);
}

/* ---- the queues ---- */

static void signals_come_lowest_first_and_each_once(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);

	kill_from_outside(m, PROGRAM, SIGUSR2);
	kill_from_outside(m, PROGRAM, SIGUSR1);
	kill_from_outside(m, PROGRAM, SIGUSR2);
	assert_int_equal(task_info(m, 0).sigpending, BIT(SIGUSR1) | BIT(SIGUSR2));
	assert_int_equal(task_info(m, 0).state, TRACED); /* not woken */
	assert_int_equal(resume_briefly(m, CONT, 0).status, STOP_OF(SIGUSR1));
	assert_int_equal(resume_briefly(m, CONT, 0).status, STOP_OF(SIGUSR2));
	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	sysemu_close(m);
}

/* The task's own queue first, where the tracer's signal is; then the process's, kill's. */
static void what_the_tracer_gave_comes_before_what_kill_sent(void **state)
{
	sysemu_machine *m = open_at_call(*state, SYSCALL);

	kill_from_outside(m, PROGRAM, SIGINT);
	assert_int_equal(resume_briefly(m, CONT, SIGUSR2).status, STOP_OF(SIGUSR2));
	expect_siginfo(m, SIGUSR2, 0x80, 0);
	assert_int_equal(resume_briefly(m, CONT, 0).status, STOP_OF(SIGINT));
	expect_siginfo(m, SIGINT, 0, TRACER);
	sysemu_close(m);
}

/* P without a signal behind it disappears at an entry stop: it is computed anew there. */
static void sigpending_is_computed_anew_at_a_stop(void **state)
{
	struct one_call c =
		open_call(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, NR_GETPID, NULL, 0);
	sysemu_event e = run(c.m);

	assert_int_equal(ptrace_raw(c.m, SYSCALL, 0, 0), 0);
	e = run_to(c.m, c.at);
	OK(c.m, sysemu_set_tif(c.m, e.tif | P));
	e = run(c.m);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.tif, T | P);
	assert_int_equal(ptrace_raw(c.m, SYSCALL, 0, 0), 0);
	e = run_to(c.m, symbol(c.m, "sys_getpid"));
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.tif, T);
	sysemu_close(c.m);
}

/* ---- a signal given at a syscall stop ---- */

static void data_at_an_entry_stop_is_a_signal_after_the_call_has_run(void **state)
{
	sysemu_machine *m = open_at_call(*state, SYSCALL);
	sysemu_event e = resume(m, SYSCALL, SIGUSR1);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP); /* the exit stop */
	assert_int_equal(e.eax, PROGRAM);
	e = resume(m, SYSCALL, 0);
	assert_int_equal(e.status, STOP_OF(SIGUSR1)); /* the second stop */
	assert_int_equal(e.eax, PROGRAM);
	expect_siginfo(m, SIGUSR1, 0x80 /* SI_KERNEL */, 0);
	/* Only its answer decides. */
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	sysemu_close(m);
}

static void data_at_a_sysemu_stop_is_a_signal_and_the_call_is_skipped(void **state)
{
	const char *kernel = *state;
	sysemu_machine *m = open_at_call(kernel, SYSEMU);
	sysemu_event e = resume(m, SYSEMU, SIGUSR1);

	assert_int_equal(e.status, STOP_OF(SIGUSR1));
	assert_int_equal((int32_t)e.eax, -38);
	assert_int_equal(e.orig_eax, is_2_6_14(kernel) ? -1 : NR_GETPID);
	assert_int_equal(e.eip, FIRST_CALL_BEHIND);
	e = resume(m, CONT, SIGUSR1);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGUSR1);
	sysemu_close(m);
}

static void data_at_an_exit_stop_is_a_signal_at_once(void **state)
{
	sysemu_machine *m = open_at_call(*state, SYSCALL);
	sysemu_event e;

	assert_int_equal(resume(m, SYSCALL, 0).eax, PROGRAM);
	e = resume(m, SYSCALL, SIGTERM);
	assert_int_equal(e.status, STOP_OF(SIGTERM));
	assert_int_equal(e.eip, FIRST_CALL_BEHIND);
	sysemu_close(m);
}

/* ---- SIGKILL ---- */

static void sigkill_is_never_shown_to_the_tracer(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e;

	assert_int_equal(resume_briefly(m, CONT, 0).kind, SYSEMU_EVENT_LIMIT);
	kill_from_outside(m, PROGRAM, SIGKILL);
	e = run_briefly(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGKILL);
	sysemu_close(m);
}

/* It alone wakes a stopped task. The 0x85 that nobody has taken from exit_code is no signal. */
static void sigkill_wakes_a_task_from_a_call_stop_whose_0x85_is_ignored(void **state)
{
	struct one_call c =
		open_call(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, NR_GETPID, NULL, 0);
	sysemu_event e = run(c.m);

	assert_int_equal(ptrace_raw(c.m, SYSEMU_PTRACE_SETOPTIONS, 0, 1), 0);
	assert_int_equal(resume(c.m, SYSCALL, 0).status, STOPPED_AT_CALL);
	assert_int_equal(task_info(c.m, 0).exit_code, 0x85);
	kill_from_outside(c.m, PROGRAM, SIGKILL);
	assert_int_equal(task_info(c.m, 0).state, RUNNING);
	OK(c.m, sysemu_break_set(c.m, symbol(c.m, "sys_getpid")));
	assert_int_equal(run(c.m).kind, SYSEMU_EVENT_BREAK); /* the call still runs */
	assert_int_equal(task_info(c.m, 0).sigpending, BIT(SIGKILL));
	assert_int_equal(run(c.m).status, STOPPED_AT_CALL); /* T is still set: the exit stop */
	e = resume(c.m, CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGKILL);
	sysemu_close(c.m);
}

static void sigkill_ends_a_signal_stop_with_status_9_whatever_the_signal_was(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);
	sysemu_event e;

	kill_from_outside(m, PROGRAM, SIGTERM);
	assert_int_equal(resume_briefly(m, CONT, 0).status, STOP_OF(SIGTERM));
	kill_from_outside(m, PROGRAM, SIGKILL);
	e = run_briefly(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGKILL);
	sysemu_close(m);
}

/* KILL leaves T and E: a call under T runs and has its exit stop, an emulated one is skipped. */
static void the_kill_request_kills_on_the_way_out_of_the_call(void **state)
{
	const char *kernel = *state;
	sysemu_machine *m = open_at_call(kernel, SYSCALL);
	sysemu_event e = resume(m, SYSEMU_PTRACE_KILL, 0);

	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eax, PROGRAM);
	assert_int_equal(e.tif & T, T);
	e = resume(m, CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGKILL);
	sysemu_close(m);

	if (!emulates(kernel))
		return;
	m = open_at_call(kernel, SYSEMU);
	OK(m, sysemu_break_set(m, symbol(m, "sys_getpid")));
	e = resume(m, SYSEMU_PTRACE_KILL, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGKILL);
	assert_int_equal(e.tif & SYSEMU_TIF_SYSCALL_EMU, SYSEMU_TIF_SYSCALL_EMU);
	sysemu_close(m);
}

/* ---- forced signals ---- */

/* The third program has the signal blocked *and* queued when the fault forces it. */
static void a_forced_signal_kills_a_program_that_blocks_or_ignores_it(void **state)
{
	for (int how = 0; how < 3; how++) {
		struct emit p = { 0 };
		sysemu_machine *m;
		sysemu_event e;

		if (how == 0)
			emit_sigaction(&p, SIGSEGV, 1 /* SIG_IGN */, 0, 0, 0);
		else
			emit_mask(&p, SIG_BLOCK, BIT(SIGSEGV));
		if (how == 2)
			emit_int80(&p, NR_KILL, PROGRAM, SIGSEGV, 0);
		emit(&p, "a100000000"); /* mov 0, %eax */
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		e = run_briefly(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status & 0x7f, SIGSEGV);
		sysemu_close(m);
	}
}

static void a_fault_of_a_traced_program_stops_again_if_it_is_cancelled(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "a144332211"); /* mov 0x11223344, %eax */
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(resume(m, CONT, 0).status, STOP_OF(SIGSEGV));
	for (int i = 0; i < 3; i++) {
		sysemu_event e = resume(m, CONT, 0);

		assert_int_equal(e.status, STOP_OF(SIGSEGV));
		assert_int_equal(e.eip, SYSEMU_CODE_BASE);
		assert_int_equal(e.orig_eax, -1);
		expect_siginfo(m, SIGSEGV, 1 /* SEGV_MAPERR */, 0x11223344);
	}
	sysemu_close(m);
}

/* ---- default actions ---- */

static const int ignored[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
static const int stopping[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

static void four_signals_are_ignored_by_default_and_yet_shown_to_a_tracer(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		sysemu_machine *m = open_spin(*state, SYSEMU_START_UNTRACED);

		kill_from_outside(m, PROGRAM, ignored[i]);
		assert_int_equal(task_info(m, 0).sigpending, 0); /* not even queued */
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
		sysemu_close(m);

		m = open_spin(*state, SYSEMU_START_TRACED);
		kill_from_outside(m, PROGRAM, ignored[i]);
		assert_int_equal(resume_briefly(m, CONT, 0).status, STOP_OF(ignored[i]));
		assert_int_equal(resume_briefly(m, CONT, (uint32_t)ignored[i]).kind,
				 SYSEMU_EVENT_LIMIT);
		sysemu_close(m);
	}
}

static void four_signals_stop_by_default_and_sigcont_ends_it(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		sysemu_machine *m = open_spin(*state, SYSEMU_START_UNTRACED);
		sysemu_event e;

		kill_from_outside(m, PROGRAM, stopping[i]);
		e = run_briefly(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, STOP_OF(stopping[i]));
		assert_int_equal(task_info(m, 0).state, STOPPED);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), -3); /* not traced */
		assert_int_equal(sysemu_run(m, 0, &e), SYSEMU_ESTATE);
		kill_from_outside(m, PROGRAM, SIGCONT);
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
		sysemu_close(m);
	}
}

/* signal(7): a stop signal takes back a queued SIGCONT, and the other way round. */
static void sigcont_and_the_stop_signals_take_each_other_back(void **state)
{
	sysemu_machine *m = open_spin(*state, SYSEMU_START_TRACED);

	kill_from_outside(m, PROGRAM, SIGCONT);
	kill_from_outside(m, PROGRAM, SIGTSTP);
	assert_int_equal(task_info(m, 0).sigpending, BIT(SIGTSTP));
	kill_from_outside(m, PROGRAM, SIGCONT);
	assert_int_equal(task_info(m, 0).sigpending, BIT(SIGCONT));
	sysemu_close(m);
}

static void every_other_signal_kills_by_default(void **state)
{
	const uint32_t others =
		0x7fffffffu & ~(BIT(SIGCHLD) | BIT(SIGCONT) | BIT(SIGURG) | BIT(SIGWINCH) |
				BIT(SIGSTOP) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU));

	for (int sig = 1; sig < 32; sig++) {
		sysemu_machine *m;
		sysemu_event e;

		if (!(others & BIT(sig)))
			continue;
		m = open_spin(*state, SYSEMU_START_UNTRACED);
		kill_from_outside(m, PROGRAM, sig);
		e = run_briefly(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status & 0x7f, sig);
		sysemu_close(m);
	}
}

static void an_ignored_signal_is_dropped_untraced_and_shown_traced(void **state)
{
	for (int start = SYSEMU_START_TRACED; start <= SYSEMU_START_UNTRACED; start++) {
		struct emit p = { 0 };
		sysemu_machine *m;

		emit_sigaction(&p, SIGTERM, 1 /* SIG_IGN */, 0, 0, 0);
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, (sysemu_start)start);
		if (start == SYSEMU_START_TRACED) {
			assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
			assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		}
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
		kill_from_outside(m, PROGRAM, SIGTERM);
		if (start == SYSEMU_START_TRACED) {
			assert_int_equal(run_briefly(m).status, STOP_OF(SIGTERM));
			assert_int_equal(ptrace_raw(m, CONT, 0, SIGTERM), 0);
		}
		assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
		sysemu_close(m);
	}
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(the_first_stop_is_kills_own_and_has_no_exit_stop_even_under_syscall),
		ON_KERNELS(the_first_stop_behind_step_comes_after_one_user_instruction),
		ON_KERNELS_IF(the_first_stop_behind_sysemu_is_the_next_calls_entry, emulates),
		ON_KERNELS(sigstop_delivered_is_a_group_stop_that_a_request_takes_over),
		ON_KERNELS(a_signal_stops_a_traced_program_with_its_number_and_sender),
		ON_KERNELS(a_resume_replaces_the_signal),
		ON_KERNELS(a_signal_that_is_blocked_when_the_tracer_gives_it_waits),
		ON_KERNELS(a_blocked_signal_is_queued_and_does_not_set_sigpending),
		ON_KERNELS(signals_come_lowest_first_and_each_once),
		ON_KERNELS(what_the_tracer_gave_comes_before_what_kill_sent),
		ON_KERNELS(sigpending_is_computed_anew_at_a_stop),
		ON_KERNELS(data_at_an_entry_stop_is_a_signal_after_the_call_has_run),
		ON_KERNELS_IF(data_at_a_sysemu_stop_is_a_signal_and_the_call_is_skipped, emulates),
		ON_KERNELS(data_at_an_exit_stop_is_a_signal_at_once),
		ON_KERNELS(sigkill_is_never_shown_to_the_tracer),
		ON_KERNELS(sigkill_wakes_a_task_from_a_call_stop_whose_0x85_is_ignored),
		ON_KERNELS(sigkill_ends_a_signal_stop_with_status_9_whatever_the_signal_was),
		ON_KERNELS(the_kill_request_kills_on_the_way_out_of_the_call),
		ON_KERNELS(a_forced_signal_kills_a_program_that_blocks_or_ignores_it),
		ON_KERNELS(a_fault_of_a_traced_program_stops_again_if_it_is_cancelled),
		ON_KERNELS(four_signals_are_ignored_by_default_and_yet_shown_to_a_tracer),
		ON_KERNELS(four_signals_stop_by_default_and_sigcont_ends_it),
		ON_KERNELS(sigcont_and_the_stop_signals_take_each_other_back),
		ON_KERNELS(every_other_signal_kills_by_default),
		ON_KERNELS(an_ignored_signal_is_dropped_untraced_and_shown_traced),
	};

	return run_on_kernels("signals", tests, sizeof(tests) / sizeof(tests[0]));
}
