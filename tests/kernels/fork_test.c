/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork_test.c: what a child takes over from its parent and what not, when it runs, what its
 * first way out of the kernel costs, and its end. Expectations: docs/kernels.md §10 and §11,
 * fork(2), wait(2). Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { WNOHANG = 1 };
#define CHILD_CODE 7u

struct scene {
	sysemu_machine *m;
	uint32_t call, behind;  /* of fork */
	uint32_t parent, child; /* where they go on */
};

/* The child ends with CHILD_CODE; the parent spins. Neither uses the stack that they share. */
static struct scene open_fork(const char *kernel, sysemu_entry entry, sysemu_start start,
			      bool parent_ends)
{
	struct emit p = { 0 };
	struct scene s;

	s.behind = emit_call(&p, entry, NR_FORK);
	s.call = entry == SYSEMU_ENTRY_INT80 ? s.behind - 2 : 0;
	emit(&p, "85c07416"); /* test %eax,%eax; jz over the parent's 22 bytes */
	s.parent = emit_here(&p);
	if (parent_ends)
		emit_int80(&p, NR_EXIT, 3, 0, 0);
	else
		emit(&p, "ebfe"
			 "9090909090909090909090909090909090909090");
	s.child = emit_here(&p);
	emit_int80(&p, NR_EXIT, CHILD_CODE, 0, 0);
	s.m = emit_open(&p, kernel, entry, start);
	if (start == SYSEMU_START_TRACED)
		assert_int_equal(run(s.m).status, STOPPED_BY_SIGSTOP);
	return s;
}

/* Traced, stopped at the exit of fork by SYSCALL. */
static struct scene open_at_exit_of_fork(const char *kernel)
{
	struct scene s = open_fork(kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, false);
	sysemu_event e = resume(s.m, SYSCALL, 0);

	assert_int_equal(e.orig_eax, NR_FORK);
	e = resume(s.m, SYSCALL, 0);
	assert_int_equal(e.eax, CHILD);
	assert_int_equal(e.pid, PROGRAM);
	return s;
}

/* ---- what the child has ---- */

static void a_child_is_not_traced_and_has_neither_t_nor_e_nor_p(void **state)
{
	struct scene s = open_at_exit_of_fork(*state);
	sysemu_task child = task_info(s.m, CHILD);

	assert_int_equal(task_info(s.m, PROGRAM).tif & T, T);
	assert_int_equal(child.ptrace, 0);
	assert_int_equal(child.tracer, 0);
	assert_int_equal(child.ppid, PROGRAM);
	assert_int_equal(child.state, RUNNING);
	assert_int_equal(child.tif, 0);
	sysemu_close(s.m);

	if (strcmp(*state, "2.6.11") == 0)
		return;
	/* TRACE, then SYSEMU at the entry stop: E is set while fork runs. */
	s = open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, false);
	assert_int_equal(resume(s.m, SYSCALL, 0).orig_eax, NR_FORK);
	assert_int_equal(ptrace_raw(s.m, SYSEMU, 0, 0), 0);
	if (strcmp(*state, "sysemu-1") == 0) { /* which skips the call then */
		sysemu_close(s.m);
		return;
	}
	assert_int_equal(run_to(s.m, s.parent).kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(task_info(s.m, PROGRAM).tif & E, E);
	assert_int_equal(task_info(s.m, CHILD).tif, 0);
	sysemu_close(s.m);
}

static void a_child_does_not_take_over_what_is_pending(void **state)
{
	struct scene s = open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, false);

	assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
	assert_int_equal(run_to(s.m, symbol(s.m, "sys_fork")).kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(kill_from_outside(s.m, PROGRAM, SIGUSR1), 0);
	assert_int_equal(run(s.m).status, STOP_OF(SIGUSR1));
	assert_int_equal(task_info(s.m, CHILD).sigpending, 0);
	assert_int_equal(task_info(s.m, CHILD).tif & P, 0);
	sysemu_close(s.m);
}

/* S and TF are not cleared: the trap behind the first instruction kills it, which nobody traces. */
static void a_child_forked_under_singlestep_by_int_0x80_traps(void **state)
{
	struct scene s = open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, false);
	sysemu_event e = resume(s.m, STEP, 0);

	assert_int_equal(e.eip, s.call);
	e = resume(s.m, STEP, 0);
	assert_int_equal(e.eip, s.behind);
	assert_int_equal(task_info(s.m, CHILD).tif, S);
	assert_int_equal(task_info(s.m, CHILD).eflags & TF, TF);
	e = run(s.m); /* the parent stays stopped, so it is the child that runs */
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status & 0x7f, SIGTRAP);
	assert_int_equal(e.eip, s.behind + 2);
	sysemu_close(s.m);
}

/* By sysenter the kernel's #DB has taken TF away: S alone is left, which costs the slow exit. */
static void a_child_forked_under_singlestep_by_sysenter_keeps_s(void **state)
{
	struct scene s = open_fork(*state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, false);
	sysemu_event e;

	do
		e = resume(s.m, STEP, 0);
	while (e.eip != s.behind && e.kind == SYSEMU_EVENT_STOP);
	assert_int_equal(task_info(s.m, CHILD).tif, S);
	assert_int_equal(task_info(s.m, CHILD).eflags & TF, 0);
	sysemu_close(s.m);
}

/* Its frame: the parent's with eax = 0; and ATTACHED, for its real parent is another one. */
static void a_child_can_be_attached_before_its_first_instruction(void **state)
{
	struct scene s = open_at_exit_of_fork(*state);
	sysemu_regs parent = regs_of(s.m), child;
	int32_t result = -1;
	sysemu_event e;

	OK(s.m, sysemu_ptrace_pid(s.m, ATTACH, CHILD, 0, 0, &result));
	assert_int_equal(result, 0);
	assert_int_equal(task_info(s.m, CHILD).ptrace, PTRACED | ATTACHED);
	assert_int_equal(task_info(s.m, CHILD).tracer, TRACER);
	assert_int_equal(task_info(s.m, CHILD).ppid, PROGRAM);
	e = run(s.m);
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	assert_int_equal(e.orig_eax, NR_FORK);
	child = regs_of(s.m);
	assert_int_equal(child.eax, 0);
	parent.eax = 0;
	assert_memory_equal(&child, &parent, sizeof(child));
	/* Its own calls stop; fork's exit did not. */
	e = resume(s.m, SYSCALL, 0);
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.orig_eax, NR_EXIT);
	/* The parent stands where it stood. */
	OK(s.m, sysemu_focus(s.m, PROGRAM));
	assert_int_equal(regs_of(s.m).eax, CHILD);
	sysemu_close(s.m);
}

/* DETACH gives the child back to its parent. */
static void a_detached_child_belongs_to_its_parent_again(void **state)
{
	struct scene s = open_at_exit_of_fork(*state);
	int32_t result = -1;
	uint32_t status = 0;

	OK(s.m, sysemu_ptrace_pid(s.m, ATTACH, CHILD, 0, 0, &result));
	assert_int_equal(run(s.m).pid, CHILD);
	OK(s.m, sysemu_wait(s.m, CHILD, WNOHANG, &status, &result));
	assert_int_equal(result, CHILD);
	assert_int_equal(status, STOPPED_BY_SIGSTOP);
	assert_int_equal(ptrace_raw(s.m, SYSEMU_PTRACE_DETACH, 0, 0), 0);
	assert_int_equal(task_info(s.m, CHILD).ptrace, 0);
	assert_int_equal(task_info(s.m, CHILD).tracer, 0);
	OK(s.m, sysemu_wait(s.m, CHILD, WNOHANG, &status, &result));
	assert_int_equal(result, -ECHILD);
	sysemu_close(s.m);
}

/* ---- when it runs ---- */

static void a_child_runs_while_its_parent_is_stopped(void **state)
{
	struct scene s = open_at_exit_of_fork(*state);
	sysemu_event e = run(s.m);

	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.kind,
			 SYSEMU_EVENT_EXIT); /* without an exit stop of fork, or any other */
	assert_int_equal(e.status, CHILD_CODE << 8);
	assert_int_equal(task_info(s.m, PROGRAM).tif & T, T);
	sysemu_close(s.m);
}

static void a_child_runs_when_its_parent_ends(void **state)
{
	struct scene s = open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, true);
	sysemu_event e = run(s.m);

	assert_int_equal(e.pid, PROGRAM);
	assert_int_equal(e.status, 3 << 8);
	e = run(s.m);
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.status, CHILD_CODE << 8);
	assert_int_equal(sysemu_run(s.m, 0, &e), SYSEMU_ESTATE);
	sysemu_close(s.m);
}

static void a_child_runs_when_its_parent_is_to_reschedule(void **state)
{
	struct scene s = open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, false);
	sysemu_event e = run_briefly(s.m);

	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(e.pid, PROGRAM);
	OK(s.m, sysemu_need_resched(s.m, PROGRAM));
	e = run(s.m);
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	e = run_briefly(s.m);
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	assert_int_equal(e.pid, PROGRAM);
	sysemu_close(s.m);
}

/* ---- what it costs ---- */

/* From ret_from_fork's first instruction to iret: 21 (2.6.14: 27), with S 33 (39). */
static void ret_from_fork_costs_21_or_27_and_with_s_33_or_39(void **state)
{
	for (int step = 0; step < 2; step++) {
		int expected = (step ? 33 : 21) + (is_2_6_14(*state) ? 6 : 0);
		struct scene s =
			open_fork(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, false);
		sysemu_event from, to;

		assert_int_equal(run_to(s.m, s.call).kind, SYSEMU_EVENT_BREAK);
		if (step)
			OK(s.m, sysemu_set_tif(s.m, S));
		assert_int_equal(run_to(s.m, s.parent).kind, SYSEMU_EVENT_BREAK);
		OK(s.m, sysemu_need_resched(s.m, PROGRAM));
		from = run_to(s.m, symbol(s.m, "ret_from_fork"));
		assert_int_equal(from.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(from.pid, CHILD);
		to = run_to(s.m, s.behind);
		assert_int_equal(to.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(entry_insns(&from, &to), expected);
		sysemu_close(s.m);
	}
}

/* ---- its end ---- */

/* wait(2): SIGCHLD to the parent, ignored by default, which yet a tracer is shown. */
static void a_childs_end_is_a_sigchld_for_its_parent(void **state)
{
	struct scene s = open_at_exit_of_fork(*state);
	uint32_t words[6];

	assert_int_equal(run(s.m).kind, SYSEMU_EVENT_EXIT);
	OK(s.m, sysemu_focus(s.m, PROGRAM));
	assert_int_equal(resume(s.m, CONT, 0).status, STOP_OF(SIGCHLD));
	stop_siginfo(s.m, words);
	assert_int_equal(words[0], SIGCHLD);
	assert_int_equal(words[2], 1); /* CLD_EXITED */
	assert_int_equal(words[3], CHILD);
	assert_int_equal(words[5], CHILD_CODE);
	assert_int_equal(resume_briefly(s.m, CONT, SIGCHLD).kind, SYSEMU_EVENT_LIMIT);
	sysemu_close(s.m);
}

/* A zombie is its parent's to wait for, not the parent's tracer's. */
static void a_zombie_waits_for_its_parent(void **state)
{
	struct emit p = { 0 };
	uint32_t at = SYSEMU_CODE_BASE + 0x800, words[3];
	int32_t result = 0;
	sysemu_machine *m;

	emit_mov(&p, EMIT_EAX, NR_FORK);
	emit(&p, "cd8085c0"
		 "7516"); /* jnz over the child's 22 bytes */
	emit_int80(&p, NR_EXIT, CHILD_CODE, 0, 0);
	emit(&p, "cc"); /* the parent stops, and the child runs */
	emit_int80(&p, NR_WAIT4, (uint32_t)-1, at, 0);
	emit_store(&p, at + 4, EMIT_EAX);
	emit_int80(&p, NR_WAIT4, (uint32_t)-1, at, 0);
	emit_store(&p, at + 8, EMIT_EAX);
	emit(&p, "cc");
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	assert_int_equal(run(m).pid, CHILD);
	assert_int_equal(task_info(m, CHILD).state, ZOMBIE);
	OK(m, sysemu_wait(m, CHILD, WNOHANG, NULL, &result));
	assert_int_equal(result, -ECHILD);
	OK(m, sysemu_focus(m, PROGRAM));
	assert_int_equal(resume(m, CONT, 0).status, STOP_OF(SIGCHLD));
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	OK(m, sysemu_read(m, at, words, sizeof(words)));
	assert_int_equal(words[0], CHILD_CODE << 8);
	assert_int_equal(words[1], CHILD);
	assert_int_equal((int32_t)words[2], -ECHILD);
	assert_int_equal(sysemu_task_info(m, CHILD, &(sysemu_task){ 0 }), SYSEMU_ENOENT);
	sysemu_close(m);
}

/* getppid by the child, and its end by that number. */
static struct emit orphan_program(bool parent_ends)
{
	struct emit p = { 0 };

	emit_mov(&p, EMIT_EAX, NR_FORK);
	emit(&p, "cd8085c0"
		 "7416"); /* jz over the parent's 22 bytes */
	if (parent_ends)
		emit_int80(&p, NR_EXIT, 0, 0, 0);
	else
		emit(&p, "ebfe"
			 "9090909090909090909090909090909090909090");
	emit_mov(&p, EMIT_EAX, NR_GETPPID);
	emit(&p, "cd8089c3"); /* mov %eax,%ebx */
	emit_mov(&p, EMIT_EAX, NR_EXIT);
	emit(&p, "cd80");
	return p;
}

static void an_orphan_is_inits_child(void **state)
{
	struct emit p = orphan_program(true);
	sysemu_machine *m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	sysemu_event e;

	assert_int_equal(run(m).pid, PROGRAM);
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.status, 1 << 8);
	sysemu_close(m);
}

/* fork; the child is `child`; the parent: wait4(-1, WORDS, 0), its answer to WORDS + 4, int3 */
#define WORDS (SYSEMU_CODE_BASE + 0x800)
static sysemu_machine *open_waiting(const char *kernel, sysemu_start start, const char *child,
				    uint32_t handler, uint32_t sa_flags)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t jump;

	if (handler)
		emit_sigaction(&p, SIGUSR1, handler, sa_flags, 0, 0);
	emit_mov(&p, EMIT_EAX, NR_FORK);
	emit(&p, "cd8085c0"
		 "7500"); /* jnz over the child */
	jump = p.at;
	emit(&p, child);
	p.page[jump - 1] = (uint8_t)(p.at - jump);
	emit_int80(&p, NR_WAIT4, (uint32_t)-1, WORDS, 0);
	emit_store(&p, WORDS + 4, EMIT_EAX);
	emit(&p, "cc");
	emit_org(&p, 0x400);
	emit(&p, "c3"); /* the handler */
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, start);
	if (start == SYSEMU_START_TRACED) {
		assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	}
	return m;
}
/* movl $7,%ebx; movl $1,%eax; int $0x80 */
#define CHILD_EXITS  \
	"bb07000000" \
	"b801000000" \
	"cd80"

static void a_parent_sleeps_in_wait4_until_its_child_ends(void **state)
{
	sysemu_machine *m = open_waiting(*state, SYSEMU_START_UNTRACED, CHILD_EXITS, 0, 0);
	sysemu_event e = run(m);

	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	e = run(m); /* the parent's int3 */
	assert_int_equal(e.pid, PROGRAM);
	assert_int_equal(guest_word(m, WORDS), CHILD_CODE << 8);
	assert_int_equal(guest_word(m, WORDS + 4), CHILD);
	sysemu_close(m);
}

/* The child spins; a signal wakes the parent, whose -ERESTARTSYS follows the restart rules. */
static void a_signal_ends_the_sleep(void **state)
{
	static const uint32_t flags[] = { 0, 0x10000000 /* SA_RESTART */ };

	for (unsigned i = 0; i < 2; i++) {
		sysemu_machine *m = open_waiting(*state, SYSEMU_START_UNTRACED, "ebfe",
						 SYSEMU_CODE_BASE + 0x400, flags[i]);
		sysemu_event e = run_briefly(m);

		assert_int_equal(e.pid, CHILD);
		assert_int_equal(task_info(m, PROGRAM).state, 1); /* TASK_INTERRUPTIBLE */
		assert_int_equal(kill_from_outside(m, PROGRAM, SIGUSR1), 0);
		assert_int_equal(task_info(m, PROGRAM).state, RUNNING);
		OK(m, sysemu_need_resched(m, CHILD));
		e = run_briefly(m);
		if (i == 0) {
			assert_int_equal(e.kind, SYSEMU_EVENT_KILLED); /* the parent, by its int3 */
			assert_int_equal((int32_t)guest_word(m, WORDS + 4), -4); /* EINTR */
		} else {
			assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
			assert_int_equal(task_info(m, PROGRAM).state, 1); /* it waits again */
		}
		sysemu_close(m);
	}
}

/* Both wait for something that nobody will do: the event says so, and a signal mends it. */
static void when_no_task_can_run_the_event_says_so(void **state)
{
	/* the child: kill(102, SIGSTOP), then its end */
	sysemu_machine *m = open_waiting(*state, SYSEMU_START_UNTRACED,
					 "bb66000000"
					 "b913000000"
					 "b825000000"
					 "cd80" CHILD_EXITS,
					 0, 0);
	sysemu_event e = run(m);

	assert_int_equal(e.pid, CHILD);
	assert_int_equal(e.status, STOPPED_BY_SIGSTOP);
	/* its SIGCHLD has woken the parent, which looks, finds nothing and sleeps on */
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_FAULT);
	assert_non_null(strstr(sysemu_errmsg(m), "no task can run"));
	assert_int_equal(sysemu_run(m, 0, &e), SYSEMU_ESTATE);
	assert_int_equal(kill_from_outside(m, CHILD, 18 /* SIGCONT */), 0);
	assert_int_equal(run(m).kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(run(m).pid, PROGRAM);
	assert_int_equal(guest_word(m, WORDS + 4), CHILD);
	sysemu_close(m);
}

/* This kernel has room for five children; fork(2): EAGAIN. */
static void fork_fails_when_there_is_no_room(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	for (int i = 0; i < 6; i++) {
		emit_mov(&p, EMIT_EAX, NR_FORK);
		emit(&p, "cd8085c07502ebfe"); /* the children spin */
	}
	emit(&p, "cc");
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	e = resume(m, CONT, 0);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal((int32_t)e.eax, -EAGAIN);
	sysemu_close(m);
}

static void a_child_asks_for_its_parent(void **state)
{
	struct emit p = orphan_program(false);
	sysemu_machine *m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	sysemu_event e;

	assert_int_equal(run_briefly(m).kind, SYSEMU_EVENT_LIMIT);
	OK(m, sysemu_need_resched(m, PROGRAM));
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(e.status, PROGRAM << 8);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_child_is_not_traced_and_has_neither_t_nor_e_nor_p),
		ON_KERNELS(a_child_does_not_take_over_what_is_pending),
		ON_KERNELS(a_child_forked_under_singlestep_by_int_0x80_traps),
		ON_KERNELS(a_child_forked_under_singlestep_by_sysenter_keeps_s),
		ON_KERNELS(a_child_can_be_attached_before_its_first_instruction),
		ON_KERNELS(a_detached_child_belongs_to_its_parent_again),
		ON_KERNELS(a_child_runs_while_its_parent_is_stopped),
		ON_KERNELS(a_child_runs_when_its_parent_ends),
		ON_KERNELS(a_child_runs_when_its_parent_is_to_reschedule),
		ON_KERNELS(ret_from_fork_costs_21_or_27_and_with_s_33_or_39),
		ON_KERNELS(a_childs_end_is_a_sigchld_for_its_parent),
		ON_KERNELS(a_zombie_waits_for_its_parent),
		ON_KERNELS(an_orphan_is_inits_child),
		ON_KERNELS(a_parent_sleeps_in_wait4_until_its_child_ends),
		ON_KERNELS(a_signal_ends_the_sleep),
		ON_KERNELS(when_no_task_can_run_the_event_says_so),
		ON_KERNELS(fork_fails_when_there_is_no_room),
		ON_KERNELS(a_child_asks_for_its_parent),
	};

	return run_on_kernels("fork", tests, sizeof(tests) / sizeof(tests[0]));
}
