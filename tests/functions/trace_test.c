/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace_test.c: do_syscall_trace, called by itself in states that are drawn at random: whether it stops, what the tracer is told
 * then, and what becomes of its answer -- a signal, flags that it changes meanwhile -- in every word of the task. Against
 * docs/kernels.md §1 and §5. Every kernel of 2005.
 */
#include "tests/helpers/function.h"
#include "tests/helpers/names.h"

#include "asm/abi.h"

#include <string.h>

enum { CALLS = 3000 };

/* What do_syscall_trace has to do with. */
struct world {
	const char *kernel;
	struct caller caller;
	uint32_t task_at, flags_at, frame_at;
	struct task_struct task;
	uint32_t flags;
	struct pt_regs frame;
};

static bool is(const struct world *w, const char *kernel)
{
	return strcmp(w->kernel, kernel) == 0;
}

/* ---- the model ---- */

enum way { BACK, STOPS };

static void audit_entry(struct world *w)
{
	w->task.audit_entries++;
	w->task.audit_call = w->frame.orig_eax;
}

static void audit_exit(struct world *w)
{
	w->task.audit_exits++;
	w->task.audit_call = -1;
}

static void queue(struct world *w, int sig, uint32_t code, uint32_t addr)
{
	if (!(w->task.sigpending & BIT(sig))) {
		w->task.siginfo[sig - 1] = (struct siginfo){ .si_signo = (uint32_t)sig,
							     .si_code = code,
							     .si_pid = addr };
		w->task.sigpending |= BIT(sig);
		if (!(w->task.sigblocked & BIT(sig)))
			w->flags |= P;
	}
}

static void look_for_signals(struct world *w)
{
	w->flags &= ~(uint32_t)P;
	if ((w->task.sigpending | w->task.sigshared) & ~w->task.sigblocked)
		w->flags |= P;
}

/* §9: trap_no 1, and the address where the program is. */
static void step_trap(struct world *w)
{
	w->task.thread.trap_no = 1;
	w->task.thread.error_code = 0;
	if (w->task.sigblocked & BIT(SIGTRAP)) { /* it is forced */
		w->task.sigblocked &= ~(uint64_t)BIT(SIGTRAP);
		look_for_signals(w);
	}
	queue(w, SIGTRAP, 1, w->frame.eip);
}

static enum way before_2_6_12(struct world *w, uint32_t where)
{
	if (w->task.audit_context)
		(where ? audit_exit : audit_entry)(w);
	if (!(w->task.ptrace & PTRACED))
		return BACK;
	if (w->flags & S)
		step_trap(w);
	return w->flags & T ? STOPS : BACK;
}

static enum way patched(struct world *w, uint32_t where)
{
	uint32_t sample = w->flags, skipped = 0;

	if (w->task.audit_context)
		(where ? audit_exit : audit_entry)(w);
	if (!(w->task.ptrace & PTRACED))
		return BACK;
	if (is(w, "sysemu-4"))
		skipped = T;
	else if (is(w, "sysemu") || is(w, "sysemu-as-printed"))
		skipped = T | S;
	if ((sample & E) && (sample & skipped)) {
		w->flags &= ~(uint32_t)E;
		return BACK;
	}
	if (sample & S)
		step_trap(w);
	return sample & (is(w, "sysemu-as-printed") ? (uint32_t)T : (uint32_t)T | E) ? STOPS : BACK;
}

static enum way merged(struct world *w, uint32_t where)
{
	bool emulated = w->flags & E, stepped = !emulated && (w->flags & S);

	if (w->task.audit_context && where)
		audit_exit(w);
	if (w->task.audit_context && !where && stepped)
		return BACK;
	if (!(w->task.ptrace & PTRACED) || (emulated && where))
		return BACK;
	if (stepped)
		step_trap(w);
	return emulated || w->flags & T ? STOPS : BACK;
}

/* Does the call not run? `sample`: the flags before the stop. */
static bool skips(const struct world *w, enum way way, uint32_t sample)
{
	if (way == BACK || is(w, "2.6.11"))
		return false;
	return (is(w, "sysemu-1") ? w->flags : sample) & E;
}

static void merged_end(struct world *w, uint32_t where, bool skip)
{
	if (!where && w->task.audit_context)
		audit_entry(w);
	if (!skip)
		return;
	w->frame.orig_eax = -1;
	if (w->task.audit_context)
		audit_exit(w);
}

/* ---- the stop ---- */

static void expect_world(const struct world *w)
{
	struct task_struct task;
	struct pt_regs frame;

	OK(w->caller.m, sysemu_read(w->caller.m, w->task_at, &task, sizeof(task)));
	OK(w->caller.m, sysemu_read(w->caller.m, w->frame_at, &frame, sizeof(frame)));
	expect_words("the task", &task, &w->task, sizeof(task));
	expect_words("the frame", &frame, &w->frame, sizeof(frame));
	assert_int_equal(guest_word(w->caller.m, w->flags_at), w->flags);
}

static void put_world(const struct world *w)
{
	OK(w->caller.m, sysemu_write(w->caller.m, w->task_at, &w->task, sizeof(w->task)));
	OK(w->caller.m, sysemu_write(w->caller.m, w->frame_at, &w->frame, sizeof(w->frame)));
	OK(w->caller.m, sysemu_write(w->caller.m, w->flags_at, &w->flags, sizeof(w->flags)));
}

static void stopped(struct world *w)
{
	struct task_struct *t = &w->task;

	t->exit_code = t->ptrace & SYSGOOD ? 0x85 : 5;
	t->state = TRACED;
	t->notice = (struct siginfo){ .si_signo = SIGTRAP,
				      .si_code = (uint32_t)t->exit_code,
				      .si_pid = PROGRAM,
				      .si_uid = t->uid };
	t->last_siginfo = w->task_at + (uint32_t)offsetof(struct task_struct, notice);
}

/* What a tracer may do to it, and the way back to the caller of schedule. */
static void answered(struct world *w)
{
	w->task.state = RUNNING;
	w->task.exit_code = below(2) ? 0 : below(2) ? SIGUSR1 : (int32_t)(1 + below(63));
	if (w->task.exit_code == SIGCHLD || w->task.exit_code == SIGCONT ||
	    w->task.exit_code >= 32 || w->task.exit_code == SIGURG || w->task.exit_code == SIGWINCH)
		w->task.exit_code = 65; /* there is none such */
	if (below(2))
		w->flags = any() & 0x1ff;
	put_world(w);
	leave_function(w->caller.m, 0);
}

static void taken(struct world *w)
{
	int sig = w->task.exit_code;

	look_for_signals(w);
	if (!sig)
		return;
	if (sig < 65)
		queue(w, sig, 0x80, 0);
	if (sig == SIGKILL)
		w->flags |= P;
	w->task.exit_code = 0;
}

/* ---- drawing ---- */

static void draw(struct world *w)
{
	struct task_struct *t = &w->task;

	t->ptrace = below(8) ? (any() & 0xfff) | PTRACED : 0; /* nobody has the others alone */
	t->audit_context = below(2) ? 1u << below(32) : 0;
	t->audit_entries = any();
	t->audit_exits = any();
	t->audit_call = (int32_t)any();
	t->sigpending = any() & any() & any();
	t->sigblocked = any() & any() & any();
	for (unsigned i = 0; i < SIGRTMIN; i++)
		memset(&t->siginfo[i], (int)any(), sizeof(t->siginfo[i]));
	memset(&t->notice, (int)any(), sizeof(t->notice));
	if (below(2)) /* mostly it has told the same before */
		t->notice =
			(struct siginfo){ .si_signo = SIGTRAP, .si_code = 5, .si_pid = PROGRAM };
	t->last_siginfo =
		below(2) ? 0 : w->task_at + (uint32_t)offsetof(struct task_struct, notice);
	t->exit_code = (int32_t)any();
	t->uid = any();
	t->thread.trap_no = any();
	t->thread.error_code = any();
	w->flags = any() & 0x1ff;
	for (unsigned i = 0; i < sizeof(w->frame) / 4; i++)
		((uint32_t *)&w->frame)[i] = any();
	w->frame.xcs |= 3;
}

static void one_call(const struct world *usual)
{
	struct world w = *usual;
	uint32_t where = below(2), sample, result;
	enum way way;

	draw(&w);
	put_world(&w);
	function_begin(&w.caller, "do_syscall_trace", w.frame_at, where);
	sample = w.flags;
	way = is(&w, "2.6.11")    ? before_2_6_12(&w, where) :
	      is_2_6_14(w.kernel) ? merged(&w, where) :
				    patched(&w, where);
	if (way == STOPS) {
		uint32_t schedule = symbol(w.caller.m, "schedule");

		stopped(&w);
		assert_int_equal(run_to(w.caller.m, schedule).eip, schedule);
		expect_world(&w);
		answered(&w);
		taken(&w);
	}
	result = function_end(&w.caller);
	if (!is(&w, "2.6.11"))
		assert_int_equal(result != 0, skips(&w, way, sample)); /* more is not asked */
	if (is_2_6_14(w.kernel))
		merged_end(&w, where, skips(&w, way, sample) && !where);
	expect_world(&w);
}

static void each_call_is_traced_as_the_model_says(void **state)
{
	struct world w = { .kernel = *state };

	draw_from(2005);
	w.caller = caller_in_program(open_getpid_loop(w.kernel, SYSEMU_START_UNTRACED, 0));
	w.task_at = symbol(w.caller.m, "tasks") + TASK_PROGRAM * (uint32_t)sizeof(w.task);
	w.flags_at = (w.caller.cpu.esp & -8192u) + TI_FLAGS;
	w.frame_at = spare_memory(w.caller.m) + 0x200;
	OK(w.caller.m, sysemu_read(w.caller.m, w.task_at, &w.task, sizeof(w.task)));
	w.task.parent = w.task_at - (uint32_t)sizeof(w.task); /* the tracer that the host is */
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_call(&w);
	sysemu_close(w.caller.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_call_is_traced_as_the_model_says),
	};

	return run_on_kernels("trace", tests, sizeof(tests) / sizeof(tests[0]));
}
