/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handler_test.c: a program's own handlers: the frame on its stack, the way back by sigreturn,
 * the flags of sigaction and the mask, and a tracer that steps into a handler. Expectations:
 * docs/kernels.md §8, sigaction(2) and sigreturn(2). Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

#define SA_SIGINFO              4u
#define SA_RESTORER             0x04000000u
#define SA_NODEFER              0x40000000u
#define SA_RESETHAND            0x80000000u
#define SIGRETURN_TRAMPOLINE    0xffffe420u
#define RT_SIGRETURN_TRAMPOLINE 0xffffe440u

/* Word numbers in the sigcontext, which begins at esp + 8 in a handler's frame. */
enum {
	SC_EBX = 8,
	SC_EAX = 11,
	SC_TRAPNO = 12,
	SC_ERR = 13,
	SC_EIP = 14,
	SC_CS = 15,
	SC_EFLAGS = 16,
	SC_ESP = 17,
	SC_SS = 18,
	SC_OLDMASK = 20,
	SC_CR2 = 21,
	SC_EDI = 4,
	SC_ESP_ALSO = 7
};

static uint32_t context_at(const sysemu_event *e, uint32_t flags, sysemu_machine *m)
{
	/* rt: the third argument is a ucontext of flags, link and a stack of three words */
	return flags & SA_SIGINFO ? guest_word(m, e->esp + 12) + 20 : e->esp + 8;
}

/*
 * A handler of SIGUSR1 with `flags`; registers with known values; then getpid for ever. The
 * handler is int3, ret. Untraced, at a breakpoint on the call.
 */
struct scene {
	sysemu_machine *m;
	uint32_t loop; /* address of the int 0x80 */
};

static struct scene open_scene(const char *kernel, sysemu_start start, uint32_t flags,
			       uint32_t mask)
{
	struct emit p = { 0 };
	struct scene s;

	emit_sigaction(&p, SIGUSR1, HANDLER_AT, flags, mask, 0x12345678);
	emit_mov(&p, EMIT_EBX, 0xb0);
	emit_mov(&p, EMIT_ECX, 0xc0);
	emit_mov(&p, EMIT_EDX, 0xd0);
	emit_mov(&p, EMIT_EDI, 0xd1);
	emit_mov(&p, EMIT_EBP, 0xb9);
	emit_mov(&p, EMIT_EAX, NR_GETPID);
	s.loop = emit_here(&p);
	emit(&p, "cd80");
	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "ebf7"); /* back to the call */
	emit_org(&p, HANDLER);
	emit(&p, "90c3"); /* nop; ret */
	s.m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, start);
	if (start == SYSEMU_START_TRACED) {
		assert_int_equal(run(s.m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
	}
	assert_int_equal(run_to(s.m, s.loop).kind, SYSEMU_EVENT_BREAK);
	return s;
}

/* Sends SIGUSR1 to the untraced program at its call; it goes on in the handler. */
static sysemu_event enter_handler(struct scene *s)
{
	sysemu_event e;

	assert_int_equal(kill_from_outside(s->m, PROGRAM, SIGUSR1), 0);
	e = run_to(s->m, HANDLER_AT);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eip, HANDLER_AT);
	return e;
}

/* ---- frames ---- */

static void a_handlers_frame_holds_the_interrupted_registers(void **state)
{
	for (int rt = 0; rt < 2; rt++) {
		uint32_t flags = rt ? SA_SIGINFO : 0, sc;
		struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, flags, 0);
		sysemu_regs before, in;
		sysemu_event e;

		OK(s.m, sysemu_get_cpu(s.m, &before));
		e = enter_handler(&s);
		OK(s.m, sysemu_get_cpu(s.m, &in));
		sc = context_at(&e, flags, s.m);
		assert_int_equal(guest_word(s.m, e.esp),
				 rt ? RT_SIGRETURN_TRAMPOLINE : SIGRETURN_TRAMPOLINE);
		assert_int_equal(guest_word(s.m, e.esp + 4), SIGUSR1);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_EBX), before.ebx);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_EDI), before.edi);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_EAX), before.eax);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_EIP), s.loop);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_CS), 0x73);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_EFLAGS), before.eflags);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_ESP), before.esp);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_ESP_ALSO), before.esp);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_SS), 0x7b);
		assert_int_equal(guest_word(s.m, sc + 4 * SC_OLDMASK), 0);
		assert_int_equal(in.cs, 0x73);
		assert_int_equal(in.ss, 0x7b);
		assert_int_equal(e.esp & 7, 0);
		assert_true(e.esp < before.esp);
		sysemu_close(s.m);
	}
}

static void siginfo_tells_the_handler_who_sent_the_signal(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, SA_SIGINFO, 0);
	sysemu_event e = enter_handler(&s);
	uint32_t info = guest_word(s.m, e.esp + 8);

	assert_int_equal(guest_word(s.m, info), SIGUSR1);
	assert_int_equal(guest_word(s.m, info + 4), 0);
	assert_int_equal(guest_word(s.m, info + 8), 0); /* SI_USER */
	assert_int_equal(guest_word(s.m, info + 12), TRACER);
	sysemu_close(s.m);
}

static void a_faults_frame_holds_trap_error_and_address(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;
	uint32_t sc, info, at;

	emit_sigaction(&p, SIGSEGV, HANDLER_AT, SA_SIGINFO, 0, 0);
	at = emit_here(&p);
	emit(&p, "c7054433221100000000"); /* movl $0, 0x11223344 */
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	e = run_to(m, HANDLER_AT);
	assert_int_equal(e.eip, HANDLER_AT);
	sc = context_at(&e, SA_SIGINFO, m);
	info = guest_word(m, e.esp + 8);
	assert_int_equal(guest_word(m, sc + 4 * SC_TRAPNO), 14);
	assert_int_equal(guest_word(m, sc + 4 * SC_ERR), 6); /* a user's write, nothing mapped */
	assert_int_equal(guest_word(m, sc + 4 * SC_CR2), 0x11223344);
	assert_int_equal(guest_word(m, sc + 4 * SC_EIP), at);
	assert_int_equal(guest_word(m, info + 8), 1); /* SEGV_MAPERR */
	assert_int_equal(guest_word(m, info + 12), 0x11223344);
	sysemu_close(m);
}

static void a_restorer_takes_the_trampolines_place(void **state)
{
	for (int rt = 0; rt < 2; rt++) {
		struct scene s = open_scene(*state, SYSEMU_START_UNTRACED,
					    SA_RESTORER | (rt ? SA_SIGINFO : 0), 0);
		sysemu_event e = enter_handler(&s);

		assert_int_equal(guest_word(s.m, e.esp), 0x12345678);
		sysemu_close(s.m);
	}
}

/* Its own handler cannot run, so the default does; on 2.6.11 the mask is closed all the same,
 * but the next fault opens it. */
static void a_fault_without_room_for_the_frame_kills(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_sigaction(&p, SIGSEGV, HANDLER_AT, 0, 0, 0);
	emit_mov(&p, EMIT_ESP, 0x1000);
	emit(&p, "50"); /* push %eax */
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	e = run_briefly(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status & 0x7f, SIGSEGV);
	sysemu_close(m);
}

/* ---- and back ---- */

static void sigreturn_goes_back_to_the_interrupted_registers_and_mask(void **state)
{
	for (int rt = 0; rt < 2; rt++) {
		struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, rt ? SA_SIGINFO : 0,
					    BIT(SIGUSR2));
		sysemu_regs before, after;

		OK(s.m, sysemu_get_cpu(s.m, &before));
		enter_handler(&s);
		kill_from_outside(s.m, PROGRAM, SIGUSR1); /* both are blocked in the handler */
		kill_from_outside(s.m, PROGRAM, SIGUSR2);
		assert_int_equal(run_to(s.m, s.loop).kind, SYSEMU_EVENT_KILLED); /* by SIGUSR2 */
		sysemu_close(s.m);

		s = open_scene(*state, SYSEMU_START_UNTRACED, rt ? SA_SIGINFO : 0, 0);
		OK(s.m, sysemu_get_cpu(s.m, &before));
		enter_handler(&s);
		assert_int_equal(run_to(s.m, s.loop).kind, SYSEMU_EVENT_BREAK);
		OK(s.m, sysemu_get_cpu(s.m, &after));
		after.orig_eax = before.orig_eax;
		assert_memory_equal(&after, &before, sizeof(after));
		sysemu_close(s.m);
	}
}

/* From the frame: CF PF AF ZF SF TF DF OF AC; from elsewhere the rest; RPL 3 is forced. */
static void sigreturn_takes_only_some_flags_and_makes_selectors_the_users(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, 0, 0);
	sysemu_event e = enter_handler(&s);
	uint32_t sc = e.esp + 8, word = 0xffffffff & ~0x100u; /* all but TF */
	sysemu_regs regs;

	OK(s.m, sysemu_write(s.m, sc + 4 * SC_EFLAGS, &word, 4));
	word = 0x70; /* USER_CS without its RPL */
	OK(s.m, sysemu_write(s.m, sc + 4 * SC_CS, &word, 4));
	word = 0x78;
	OK(s.m, sysemu_write(s.m, sc + 4 * SC_SS, &word, 4));
	e = run_to(s.m, s.loop);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	OK(s.m, sysemu_get_cpu(s.m, &regs));
	assert_int_equal(regs.eflags, 0x40cd5 | 0x202);
	assert_int_equal(regs.cs, 0x73);
	assert_int_equal(regs.ss, 0x7b);
	sysemu_close(s.m);
}

/* orig_eax = -1: what the frame says in eax is no call to restart. */
static void sigreturn_restarts_no_call(void **state)
{
	for (int rt = 0; rt < 2; rt++) {
		struct scene s = open_scene(*state, SYSEMU_START_TRACED, rt ? SA_SIGINFO : 0, 0);
		uint32_t restart = (uint32_t)-512;
		sysemu_event e;

		kill_from_outside(s.m, PROGRAM, SIGUSR1);
		assert_int_equal(run(s.m).status, STOP_OF(SIGUSR1));
		assert_int_equal(ptrace_raw(s.m, CONT, 0, SIGUSR1), 0);
		e = run_to(s.m, HANDLER_AT);
		OK(s.m, sysemu_write(s.m, context_at(&e, rt ? SA_SIGINFO : 0, s.m) + 4 * SC_EAX,
				     &restart, 4));
		/* A signal that is pending on the way out, so that a restart would be looked for. */
		assert_int_equal(
			run_to(s.m, symbol(s.m, rt ? "sys_rt_sigreturn" : "sys_sigreturn")).kind,
			SYSEMU_EVENT_BREAK);
		kill_from_outside(s.m, PROGRAM, SIGUSR2);
		e = run(s.m);
		assert_int_equal(e.status, STOP_OF(SIGUSR2));
		assert_int_equal(e.orig_eax, -1);
		assert_int_equal(e.eip, s.loop);
		assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
		e = run_to(s.m, s.loop);
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal((int32_t)e.eax, -512);
		sysemu_close(s.m);
	}
}

static void a_sigreturn_without_a_frame_is_a_segv(void **state)
{
	static const uint32_t numbers[] = { NR_SIGRETURN, NR_RT_SIGRETURN };

	for (int rt = 0; rt < 2; rt++) {
		struct emit p = { 0 };
		sysemu_machine *m;
		sysemu_event e;

		emit_mov(&p, EMIT_ESP, 0x1000);
		emit_int80(&p, numbers[rt], 0, 0, 0);
		emit_spin(&p);
		m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
		e = run_briefly(m);
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status & 0x7f, SIGSEGV);
		sysemu_close(m);
	}
}

/* ---- sigaction's flags ---- */

static uint32_t blocked_in_handler(struct scene *s)
{
	struct scene again = *s;
	uint32_t blocked = 0;

	/* What is sent into the handler and stays queued is blocked there. */
	enter_handler(&again);
	kill_from_outside(s->m, PROGRAM, SIGUSR1);
	if (!(task_info(s->m, 0).tif & SYSEMU_TIF_SIGPENDING))
		blocked |= BIT(SIGUSR1);
	kill_from_outside(s->m, PROGRAM, SIGUSR2);
	if (!(task_info(s->m, 0).tif & SYSEMU_TIF_SIGPENDING) && (blocked & BIT(SIGUSR1)))
		blocked |= BIT(SIGUSR2);
	return blocked;
}

static void a_handler_blocks_its_signal_and_its_mask(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, 0, 0);

	assert_int_equal(blocked_in_handler(&s), BIT(SIGUSR1));
	sysemu_close(s.m);
	s = open_scene(*state, SYSEMU_START_UNTRACED, 0, BIT(SIGUSR2));
	assert_int_equal(blocked_in_handler(&s), BIT(SIGUSR1) | BIT(SIGUSR2));
	sysemu_close(s.m);
}

static void nodefer_lets_the_signal_in_again(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, SA_NODEFER, 0);
	sysemu_event outer = enter_handler(&s), inner;

	kill_from_outside(s.m, PROGRAM, SIGUSR1);
	inner = run_to(s.m, HANDLER_AT);
	assert_int_equal(inner.kind, SYSEMU_EVENT_BREAK);
	assert_true(inner.esp < outer.esp);
	sysemu_close(s.m);
}

/* Up to 2.6.13 SA_NODEFER also left sa_mask open (mended in 2.6.14, 69be8f189653). */
static void nodefer_and_the_mask(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, SA_NODEFER, BIT(SIGUSR2));
	sysemu_event e = enter_handler(&s);

	kill_from_outside(s.m, PROGRAM, SIGUSR2);
	assert_int_equal(task_info(s.m, 0).tif & SYSEMU_TIF_SIGPENDING,
			 is_2_6_14(*state) ? 0 : SYSEMU_TIF_SIGPENDING);
	OK(s.m, sysemu_break_set(s.m, HANDLER_AT + 1));
	e = run(s.m);
	assert_int_equal(e.kind, is_2_6_14(*state) ? SYSEMU_EVENT_BREAK : SYSEMU_EVENT_KILLED);
	sysemu_close(s.m);
}

static void resethand_serves_once(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, SA_RESETHAND, 0);
	sysemu_event e;

	enter_handler(&s);
	assert_int_equal(run_to(s.m, s.loop).kind, SYSEMU_EVENT_BREAK);
	kill_from_outside(s.m, PROGRAM, SIGUSR1);
	e = run_briefly(s.m);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGUSR1);
	sysemu_close(s.m);
}

/* ---- traced ---- */

static void a_changed_signal_comes_from_the_tracer_and_an_unchanged_one_keeps_its_siginfo(
	void **state)
{
	for (int changed = 0; changed < 2; changed++) {
		struct scene s = open_scene(*state, SYSEMU_START_TRACED, SA_SIGINFO, 0);
		const uint32_t words[32] = { SIGUSR1, 3, 0, 4711, 42 };
		sysemu_event e;
		uint32_t info;

		kill_from_outside(s.m, PROGRAM, changed ? SIGUSR2 : SIGUSR1);
		assert_int_equal(run(s.m).status, STOP_OF(changed ? SIGUSR2 : SIGUSR1));
		if (!changed) {
			OK(s.m, sysemu_write(s.m, SYSEMU_WINDOW, words, sizeof(words)));
			assert_int_equal(
				ptrace_raw(s.m, SYSEMU_PTRACE_SETSIGINFO, 0, SYSEMU_WINDOW), 0);
		}
		assert_int_equal(ptrace_raw(s.m, CONT, 0, SIGUSR1), 0);
		e = run_to(s.m, HANDLER_AT);
		info = guest_word(s.m, e.esp + 8);
		assert_int_equal(guest_word(s.m, info), SIGUSR1);
		assert_int_equal(guest_word(s.m, info + 4), changed ? 0 : 3);
		assert_int_equal(guest_word(s.m, info + 8), 0); /* SI_USER */
		assert_int_equal(guest_word(s.m, info + 12), changed ? TRACER : 4711);
		assert_int_equal(guest_word(s.m, info + 16), changed ? 0 : 42);
		sysemu_close(s.m);
	}
}

/*
 * STEP with a signal that has a handler: ptrace_notify(5) with eip at the handler, TF clear,
 * not a signal stop: the data of its answer is not looked at. Then the handler is stepped.
 */
static void a_step_into_a_handler_stops_at_its_first_instruction(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_TRACED, 0, 0);
	uint32_t words[6];
	sysemu_event e;

	kill_from_outside(s.m, PROGRAM, SIGUSR1);
	assert_int_equal(run(s.m).status, STOP_OF(SIGUSR1));
	e = resume(s.m, STEP, SIGUSR1);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, HANDLER_AT);
	assert_int_equal(e.eflags & TF, 0);
	stop_siginfo(s.m, words);
	assert_int_equal(words[2], 5);  /* ptrace(2): a notification's si_code is its exit code */
	e = resume(s.m, STEP, SIGUSR2); /* which is not delivered: it would kill */
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, HANDLER_AT + 1);
	e = resume(s.m, STEP, 0);
	assert_int_equal(e.eip, SIGRETURN_TRAMPOLINE); /* behind the ret */
	sysemu_close(s.m);
}

/* 2.6.11 writes the frame's TF as it stands, the tracer's; 2.6.14 clears that one first. */
static void the_tracers_tf_is_in_the_sigcontext_of_2_6_11_and_not_of_2_6_14(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_TRACED, 0, 0);
	sysemu_event e;

	kill_from_outside(s.m, PROGRAM, SIGUSR1);
	assert_int_equal(run(s.m).status, STOP_OF(SIGUSR1));
	e = resume(s.m, STEP, SIGUSR1);
	assert_int_equal(guest_word(s.m, e.esp + 8 + 4 * SC_EFLAGS) & TF,
			 is_2_6_14(*state) ? 0 : TF);
	sysemu_close(s.m);
}

/* S that nobody's tracer has set (an untraced sysenter with TF leaves it): no stop, nothing lost. */
static void an_untraced_s_does_not_stop_at_a_handler(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_START_UNTRACED, 0, 0);

	OK(s.m, sysemu_set_tif(s.m, SYSEMU_TIF_SINGLESTEP));
	enter_handler(&s);
	assert_int_equal(task_info(s.m, 0).exit_code, 0);
	assert_int_equal(run_to(s.m, s.loop).kind, SYSEMU_EVENT_BREAK);
	sysemu_close(s.m);
}

/* The program's own TF stays in the sigcontext in every era; the handler runs without it. */
static void the_programs_own_tf_is_in_the_sigcontext(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_sigaction(&p, SIGTRAP, HANDLER_AT, 0, 0, 0);
	emit(&p, "9c810c24000100009d"); /* pushf; orl $TF,(%esp); popf */
	emit(&p, "90");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED);
	e = run_to(m, HANDLER_AT);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eflags & TF, 0);
	assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_EFLAGS) & TF, TF);
	assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_EIP), emit_here(&p) - 2);
	assert_int_equal(guest_word(m, e.esp + 8 + 4 * SC_TRAPNO), 1);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_handlers_frame_holds_the_interrupted_registers),
		ON_KERNELS(siginfo_tells_the_handler_who_sent_the_signal),
		ON_KERNELS(a_faults_frame_holds_trap_error_and_address),
		ON_KERNELS(a_restorer_takes_the_trampolines_place),
		ON_KERNELS(a_fault_without_room_for_the_frame_kills),
		ON_KERNELS(sigreturn_goes_back_to_the_interrupted_registers_and_mask),
		ON_KERNELS(sigreturn_takes_only_some_flags_and_makes_selectors_the_users),
		ON_KERNELS(sigreturn_restarts_no_call),
		ON_KERNELS(a_sigreturn_without_a_frame_is_a_segv),
		ON_KERNELS(a_handler_blocks_its_signal_and_its_mask),
		ON_KERNELS(nodefer_lets_the_signal_in_again),
		ON_KERNELS(nodefer_and_the_mask),
		ON_KERNELS(resethand_serves_once),
		ON_KERNELS(
			a_changed_signal_comes_from_the_tracer_and_an_unchanged_one_keeps_its_siginfo),
		ON_KERNELS(a_step_into_a_handler_stops_at_its_first_instruction),
		ON_KERNELS(the_tracers_tf_is_in_the_sigcontext_of_2_6_11_and_not_of_2_6_14),
		ON_KERNELS(an_untraced_s_does_not_stop_at_a_handler),
		ON_KERNELS(the_programs_own_tf_is_in_the_sigcontext),
	};

	return run_on_kernels("handlers", tests, sizeof(tests) / sizeof(tests[0]));
}
