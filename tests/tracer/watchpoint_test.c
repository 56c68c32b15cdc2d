/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watchpoint_test.c: breakpoints and watchpoints in DR0 to DR3 that fire, set by the host as
 * tracer. Expectations: the Intel manual, volume 3, 6.9 (which of several comes first) and 17.3 (fault
 * before an instruction, trap behind it, RF); what do_debug makes of them: docs/kernels.md §9.
 * Which bytes each instruction touches: tests/guest/proc/proc_watch.c, of which hardware is the judge.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

enum { DR = 252, EXECUTE = 0, WRITTEN = 1, ACCESSED = 3, RF = 0x10000 };
#define WINDOW   SYSEMU_WINDOW
#define PAGE_END (SYSEMU_CODE_BASE + 0x1000)
#define VARIABLE (SYSEMU_CODE_BASE + 0x800)

static void poke(sysemu_machine *m, unsigned n, uint32_t value)
{
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEUSR, DR + 4 * n, value), 0);
}

static uint32_t hits(sysemu_machine *m)
{
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_PEEKUSR, DR + 24, WINDOW), 0);
	return guest_word(m, WINDOW) & 0xf;
}

static void watch(sysemu_machine *m, unsigned n, uint32_t addr, uint32_t type, uint32_t bytes)
{
	poke(m, 7, 0);
	poke(m, 6, 0);
	poke(m, n, addr);
	poke(m, 7, (type | (bytes - 1) << 2) << (16 + 4 * n) | 1u << 2 * n);
}

static sysemu_machine *start(const struct emit *p, const char *kernel)
{
	sysemu_machine *m = emit_open(p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);

	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

static void stopped_at(sysemu_machine *m, sysemu_event e, uint32_t eip, uint32_t dr6)
{
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	assert_int_equal(e.eip, eip);
	assert_int_equal(hits(m), dr6);
}

/* incl VARIABLE; movl VARIABLE, %eax; int3 */
static sysemu_machine *three(const char *kernel)
{
	struct emit p = { 0 };

	emit(&p, "ff05");
	emit_word(&p, VARIABLE);
	emit(&p, "a1");
	emit_word(&p, VARIABLE);
	emit(&p, "cc");
	emit_spin(&p);
	return start(&p, kernel);
}

/* The processor leaves RF to the handler, do_debug leaves it, and a tracer cannot write it: the
 * same breakpoint comes again until it is gone. */
static void a_breakpoint_comes_before_its_instruction_again_and_again(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 0, SYSEMU_CODE_BASE, EXECUTE, 1);
	for (int i = 0; i < 3; i++) {
		stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE, 1);
		assert_int_equal(guest_word(m, VARIABLE), 0);
		assert_int_equal(regs_of(m).eflags & RF, 0);
	}
	poke(m, 7, 0);
	assert_int_equal(resume(m, CONT, 0).eip, SYSEMU_CODE_BASE + 12);
	assert_int_equal(guest_word(m, VARIABLE), 1);
	sysemu_close(m);
}

static void a_write_is_told_behind_its_instruction(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 3, VARIABLE, WRITTEN, 4);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 8);
	assert_int_equal(guest_word(m, VARIABLE), 1);
	poke(m, 6, 0);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 12, 0); /* the read is none */
	sysemu_close(m);
}

static void an_access_is_told_of_reads_too(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 1, VARIABLE, ACCESSED, 4);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 2);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 11, 2);
	sysemu_close(m);
}

/* A step and what it hit are one trap; its DR6 has both. */
static void a_step_and_a_hit_are_one_trap(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 0, VARIABLE, WRITTEN, 4);
	stopped_at(m, resume(m, STEP, 0), SYSEMU_CODE_BASE + 6, 1);
	assert_int_equal(guest_word(m, WINDOW) & 0x4000, 0x4000);
	poke(m, 6, 0);
	stopped_at(m, resume(m, STEP, 0), SYSEMU_CODE_BASE + 11, 0);
	sysemu_close(m);
}

/* Behind the round that did it, with the rest still to do; then the rest, without the same again. */
static void a_rep_is_interrupted_behind_the_round(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t rep;

	emit_mov(&p, EMIT_EDI, VARIABLE);
	emit_mov(&p, EMIT_ECX, 8);
	emit(&p, "fc"); /* cld */
	rep = emit_here(&p);
	emit(&p, "f3aa"); /* rep stosb */
	emit(&p, "cc");
	m = start(&p, *state);
	watch(m, 0, VARIABLE + 5, WRITTEN, 1);
	stopped_at(m, resume(m, CONT, 0), rep, 1);
	assert_int_equal(regs_of(m).ecx, 2);
	assert_int_equal(regs_of(m).edi, VARIABLE + 6);
	poke(m, 6, 0);
	stopped_at(m, resume(m, CONT, 0), rep + 3, 0);
	sysemu_close(m);

	m = start(&p, *state); /* the last round: it is over */
	watch(m, 0, VARIABLE + 7, WRITTEN, 1);
	stopped_at(m, resume(m, CONT, 0), rep + 2, 1);
	assert_int_equal(regs_of(m).ecx, 0);
	sysemu_close(m);
}

/* An instruction that faults has not been made: movsl reads what is watched, and cannot write. */
static void a_fault_is_told_alone(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;
	uint32_t at;

	emit_mov(&p, EMIT_ESI, VARIABLE);
	emit_mov(&p, EMIT_EDI, 0x1000);
	at = emit_here(&p);
	emit(&p, "a5");
	m = start(&p, *state);
	watch(m, 0, VARIABLE, ACCESSED, 4);
	e = resume(m, CONT, 0);
	assert_int_equal(e.status, STOP_OF(SIGSEGV));
	assert_int_equal(e.eip, at);
	assert_int_equal(hits(m), 0);
	sysemu_close(m);
}

/* What has been made is told before the next one is fetched: the page ends here. */
static void a_trap_comes_before_the_next_ones_fault(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_org(&p, 0);
	emit(&p, "e9"); /* jmp to the last instruction of the page */
	emit_word(&p, 0x1000 - 5 - 5);
	emit_org(&p, 0x1000 - 5);
	emit(&p, "a3"); /* movl %eax, VARIABLE */
	emit_word(&p, VARIABLE);
	m = start(&p, *state);
	watch(m, 0, VARIABLE, WRITTEN, 4);
	stopped_at(m, resume(m, CONT, 0), PAGE_END, 1);
	e = resume(m, CONT, 0);
	assert_int_equal(e.status, STOP_OF(SIGSEGV));
	assert_int_equal(e.eip, PAGE_END);
	sysemu_close(m);
}

static void a_trap_comes_before_the_next_ones_breakpoint(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 0, VARIABLE, WRITTEN, 4);
	poke(m, 1, SYSEMU_CODE_BASE + 6);
	poke(m, 7, 0xd0005);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 1);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 2);
	sysemu_close(m);
}

/* Behind a load of SS the next instruction is made first. */
static void a_load_of_ss_holds_the_trap_back(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t behind;

	emit_mov(&p, EMIT_EAX, 0x7b);
	emit_store(&p, VARIABLE, EMIT_EAX);
	emit(&p, "8e15"); /* movw VARIABLE, %ss */
	emit_word(&p, VARIABLE);
	emit(&p, "90");
	behind = emit_here(&p);
	emit(&p, "cc");
	m = start(&p, *state);
	watch(m, 0, VARIABLE, ACCESSED, 1);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 11, 1); /* the store */
	poke(m, 6, 0);
	stopped_at(m, resume(m, CONT, 0), behind, 1);
	sysemu_close(m);
}

/* The kernel's own write for the program: the SIGTRAP waits for the way out, and has no address.
 * Behind that DR7 is loaded again. */
static void a_call_that_writes_there_is_told_behind_the_call(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	uint32_t behind, words[6];

	emit_int80(&p, NR_SIGPROCMASK, 0, 0, VARIABLE + 4);
	behind = emit_here(&p);
	emit_store(&p, VARIABLE + 4, EMIT_EAX);
	emit(&p, "cc");
	m = start(&p, *state);
	watch(m, 2, VARIABLE + 4, WRITTEN, 4);
	stopped_at(m, resume(m, CONT, 0), behind, 4);
	assert_int_equal(regs_of(m).eax, 0);
	stop_siginfo(m, words);
	assert_int_equal(words[0], SIGTRAP);
	assert_int_equal(words[3], 0); /* si_addr */
	stopped_at(m, resume(m, CONT, 0), behind + 6, 4);
	sysemu_close(m);
}

/* The tracer is on another CPU. */
static void what_the_tracer_writes_is_not_told(void **state)
{
	sysemu_machine *m = three(*state);

	watch(m, 0, VARIABLE + 4, ACCESSED, 4);
	stopped_at(m, resume(m, STEP, 0), SYSEMU_CODE_BASE + 6, 0); /* they are loaded now */
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_POKEDATA, VARIABLE + 4, 7), 0);
	assert_int_equal(guest_word(m, VARIABLE + 4), 7);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 12, 0);
	sysemu_close(m);
}

/* Stale: the registers are still the CPU's when the task has given them up. do_debug sees that the
 * hit is nobody's. */
static void what_the_task_has_given_up_is_told_to_nobody(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_store(&p, VARIABLE + 4, EMIT_EAX); /* hits nothing */
	emit_store(&p, VARIABLE, EMIT_EAX);
	emit_store(&p, VARIABLE, EMIT_EAX);
	emit(&p, "cc");
	m = start(&p, *state);
	watch(m, 0, VARIABLE, WRITTEN, 4);
	assert_int_equal(kill_from_outside(m, PROGRAM, SIGUSR1), 0);
	assert_int_equal(resume(m, CONT, 0).status, STOP_OF(SIGUSR1));
	poke(m, 7, 0); /* the CPU's own stays as it is */
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 19, 0);
	sysemu_close(m);
}

/* ---- and whatever the run is like ---- */

static uint64_t counted(const sysemu_event *e)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < SYSEMU_REGIONS; i++)
		sum += e->counts.insns[i];
	return sum;
}

static void in_pieces_or_whole_it_is_the_same(void **state)
{
	uint64_t whole[2] = { 0 };

	for (uint64_t piece = 0; piece < 4; piece++) {
		sysemu_machine *m = three(*state);

		watch(m, 0, VARIABLE, ACCESSED, 4);
		for (int i = 0; i < 2; i++) {
			sysemu_event e;

			assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
			do
				OK(m, sysemu_run(m, piece, &e));
			while (e.kind == SYSEMU_EVENT_LIMIT);
			stopped_at(m, e, SYSEMU_CODE_BASE + (i ? 11 : 6), 1);
			if (piece == 0)
				whole[i] = counted(&e);
			assert_int_equal(counted(&e), whole[i]);
		}
		sysemu_close(m);
	}
}

static void a_snapshot_keeps_them(void **state)
{
	sysemu_machine *m = three(*state), *other = three(*state);
	sysemu_snapshot *snapshot;
	sysemu_event e;

	watch(m, 0, VARIABLE, ACCESSED, 4);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 1);
	OK(m, sysemu_save(m, &snapshot));
	OK(other, sysemu_restore(other, snapshot)); /* which has never had any set */
	assert_int_equal(ptrace_raw(other, CONT, 0, 0), 0);
	OK(other, sysemu_run(other, 0, &e));
	stopped_at(other, e, SYSEMU_CODE_BASE + 11, 1);
	sysemu_snapshot_free(snapshot);
	sysemu_close(m);
	sysemu_close(other);
}

/* The host's own breakpoint at the next instruction comes behind the trap. */
static void the_hosts_breakpoint_comes_behind_the_trap(void **state)
{
	sysemu_machine *m = three(*state);
	sysemu_event e;

	OK(m, sysemu_break_set(m, SYSEMU_CODE_BASE + 6));
	watch(m, 0, VARIABLE, WRITTEN, 4);
	stopped_at(m, resume(m, CONT, 0), SYSEMU_CODE_BASE + 6, 1);
	e = resume(m, CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + 6);
	sysemu_close(m);
}

static void uncounted_and_with_clocks_too(void **state)
{
	const sysemu_config configs[] = {
		{ .kernel = *state, .counting = SYSEMU_COUNT_NONE },
		{ .kernel = *state, .timing = "i386dx-bus" },
		{ .kernel = *state, .timing = "i486" },
	};

	for (unsigned i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		static const uint8_t code[] = { 0xff, 0x05, 0, 0x88, 4, 8, 0xcc };
		sysemu_machine *m = open_config(&configs[i]);
		sysemu_event e;

		OK(m, sysemu_load_code(m, code, sizeof(code)));
		OK(m, sysemu_run(m, 0, &e));
		watch(m, 0, VARIABLE, WRITTEN, 4);
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		OK(m, sysemu_run(m, 0, &e));
		stopped_at(m, e, SYSEMU_CODE_BASE + 6, 1);
		sysemu_close(m);
	}
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_breakpoint_comes_before_its_instruction_again_and_again),
		ON_KERNELS(a_write_is_told_behind_its_instruction),
		ON_KERNELS(an_access_is_told_of_reads_too),
		ON_KERNELS(a_step_and_a_hit_are_one_trap),
		ON_KERNELS(a_rep_is_interrupted_behind_the_round),
		ON_KERNELS(a_fault_is_told_alone),
		ON_KERNELS(a_trap_comes_before_the_next_ones_fault),
		ON_KERNELS(a_trap_comes_before_the_next_ones_breakpoint),
		ON_KERNELS(a_load_of_ss_holds_the_trap_back),
		ON_KERNELS(a_call_that_writes_there_is_told_behind_the_call),
		ON_KERNELS(what_the_tracer_writes_is_not_told),
		ON_KERNELS(what_the_task_has_given_up_is_told_to_nobody),
		ON_KERNELS(in_pieces_or_whole_it_is_the_same),
		ON_KERNELS(a_snapshot_keeps_them),
		ON_KERNELS(the_hosts_breakpoint_comes_behind_the_trap),
		ON_KERNELS(uncounted_and_with_clocks_too),
	};

	return run_on_kernels("watchpoints", tests, sizeof(tests) / sizeof(tests[0]));
}
