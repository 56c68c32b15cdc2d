/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memo_test.c: a machine with a memo is the same machine. The oracle is one without: both are made
 * to do the same, and must have the same digest after each step. And a record answers for a run
 * only where it must: what a run needs is told by changing it.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#define STEPS 400
#define SLOTS 4

static sysemu_memo memo_of(sysemu_machine *m)
{
	sysemu_memo memo;

	OK(m, sysemu_get_memo(m, &memo));
	return memo;
}

static void assert_same_digest(sysemu_machine *a, sysemu_machine *b)
{
	sysemu_digest x, y;

	OK(a, sysemu_get_digest(a, &x));
	OK(b, sysemu_get_digest(b, &y));
	assert_memory_equal(&x, &y, sizeof(x));
}

/* getpid, a number that no call has, what is pushed and popped, and again. */
static void write_program(struct emit *p, sysemu_entry entry)
{
	uint32_t start = emit_here(p), back;

	emit_call(p, entry, NR_GETPID);
	emit_call(p, entry, 400);
	emit(p, "40 50 58 90"); /* inc, push, pop %eax; nop */
	emit(p, "e9");
	back = start - (emit_here(p) + 4);
	emit_word(p, back);
}

/* ---- the same, whatever is done ---- */

static uint32_t next_random(uint32_t *state)
{
	return (*state = *state * 1664525 + 1013904223) >> 8;
}

struct pair {
	sysemu_machine *m[2]; /* the second has a memo */
	sysemu_snapshot *slot[2][SLOTS];
	uint32_t random, data;
};

static const int requests[] = { SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_SYSCALL, SYSEMU_PTRACE_CONT,
				SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SYSEMU_SINGLESTEP };

/* One of the things that somebody can do to a machine; what it says. It writes below `data`; or behind
 * the code, and then all that is known of it is void. */
static sysemu_status act(sysemu_machine *m, sysemu_snapshot *slot[SLOTS], uint32_t choice,
			 uint32_t value, uint32_t data)
{
	sysemu_event e;
	int32_t result;
	uint32_t at = value % SLOTS;

	switch (choice % 12) {
	case 0: return sysemu_set_reg(m, SYSEMU_REG_EAX, value % 3 ? 7 : (uint32_t)-512);
	case 1: return sysemu_need_resched(m, 0);
	case 2: return sysemu_set_audit(m, 0, value & 1);
	case 3: return sysemu_signal(m, 0, value % 8 ? 0 : 10, &result);
	case 4:
		return sysemu_write(m,
				    value % 16 ? data - 4 * (value % 64) : SYSEMU_CODE_BASE + 0x900,
				    &value, 4);
	case 5:
		sysemu_snapshot_free(slot[at]);
		slot[at] = NULL;
		return sysemu_save(m, &slot[at]);
	case 6:
	case 7:
	case 8: return slot[at] ? sysemu_restore(m, slot[at]) : SYSEMU_OK;
	default:
		sysemu_ptrace(m, requests[value % 5], 0, 0, &result);
		return sysemu_run(m, 3000, &e);
	}
}

static void walk(struct pair *p)
{
	for (unsigned i = 0; i < STEPS; i++) {
		uint32_t choice = next_random(&p->random), value = next_random(&p->random);

		assert_int_equal(act(p->m[0], p->slot[0], choice, value, p->data),
				 act(p->m[1], p->slot[1], choice, value, p->data));
		assert_same_digest(p->m[0], p->m[1]);
	}
}

static void whatever_is_done_the_digests_are_the_same(void **state)
{
	const char *kernel = *state;

	for (unsigned entry = 0; entry < 2; entry++) {
		struct pair p = { .random = 17 + entry };
		struct emit code = { 0 };

		write_program(&code, (sysemu_entry)entry);
		for (unsigned i = 0; i < 2; i++) {
			p.m[i] = emit_open(&code, kernel, (sysemu_entry)entry, SYSEMU_START_TRACED);
			run(p.m[i]);
		}
		p.data = regs_of(p.m[0]).esp;
		OK(p.m[1], sysemu_set_memo(p.m[1], true));
		for (unsigned i = 0; i < 2; i++)
			OK(p.m[i], sysemu_save(p.m[i], &p.slot[i][0]));
		walk(&p);
		assert_true(memo_of(p.m[1]).answered > STEPS / 20);
		assert_int_equal(memo_of(p.m[1]).refused, 0);
		OK(p.m[1], sysemu_set_memo(p.m[1], false));
		walk(&p);
		assert_int_equal(memo_of(p.m[1]).answered, 0);
		for (unsigned i = 0; i < 2; i++) {
			for (unsigned k = 0; k < SLOTS; k++)
				sysemu_snapshot_free(p.slot[i][k]);
			sysemu_close(p.m[i]);
		}
	}
}

/* ---- what decides; word by word: tests/sim/sim_memo_test.c ---- */

struct fixture {
	sysemu_machine *m;
	sysemu_snapshot *start;
};

/* At the launch stop, with a memo that knows the run up to the first call's entry. */
static struct fixture open_known(const struct emit *code)
{
	struct fixture f = { .m = emit_open(code, "sysemu", SYSEMU_ENTRY_INT80,
					    SYSEMU_START_TRACED) };

	run(f.m);
	OK(f.m, sysemu_set_memo(f.m, true));
	OK(f.m, sysemu_save(f.m, &f.start));
	for (unsigned i = 0; i < 6; i++) { /* until it is known which pages change */
		OK(f.m, sysemu_restore(f.m, f.start));
		resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
	}
	OK(f.m, sysemu_restore(f.m, f.start));
	return f;
}

static void close_known(struct fixture *f)
{
	sysemu_snapshot_free(f->start);
	sysemu_close(f->m);
}

static void the_same_run_is_not_executed_again(void **state)
{
	struct emit code = { 0 };
	struct fixture f;
	sysemu_event e;
	uint64_t executed;

	(void)state;
	write_program(&code, SYSEMU_ENTRY_INT80);
	f = open_known(&code);
	executed = memo_of(f.m).executed;
	for (unsigned i = 0; i < 10; i++) {
		OK(f.m, sysemu_restore(f.m, f.start));
		e = resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
		assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
		assert_int_equal(e.orig_eax, NR_GETPID);
	}
	assert_int_equal(memo_of(f.m).executed, executed);
	close_known(&f);
}

/* The request sets another flag, and the flag decides whether the call is executed. */
static void what_a_run_needs_decides(void **state)
{
	struct emit code = { 0 };
	struct fixture f;

	(void)state;
	write_program(&code, SYSEMU_ENTRY_INT80);
	f = open_known(&code);
	resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
	resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
	assert_int_equal(regs_of(f.m).orig_eax, 400); /* getpid had one stop */
	OK(f.m, sysemu_restore(f.m, f.start));
	resume(f.m, SYSEMU_PTRACE_SYSCALL, 0);
	resume(f.m, SYSEMU_PTRACE_SYSCALL, 0);
	assert_int_equal(regs_of(f.m).orig_eax, NR_GETPID); /* and here two */
	close_known(&f);
}

static void code_that_was_changed_runs_as_it_is(void **state)
{
	const uint8_t other = NR_GETPID + 1;
	struct emit code = { 0 };
	struct fixture f;

	(void)state;
	write_program(&code, SYSEMU_ENTRY_INT80);
	f = open_known(&code);
	OK(f.m, sysemu_write(f.m, SYSEMU_CODE_BASE + 1, &other, 1)); /* of mov $20, %eax */
	assert_int_equal(resume(f.m, SYSEMU_PTRACE_SYSEMU, 0).orig_eax, NR_GETPID + 1);
	close_known(&f);
}

static void a_new_breakpoint_stops_a_run_that_is_known(void **state)
{
	struct emit code = { 0 };
	struct fixture f;

	(void)state;
	write_program(&code, SYSEMU_ENTRY_INT80);
	f = open_known(&code);
	OK(f.m, sysemu_break_set(f.m, SYSEMU_CODE_BASE + 5));
	assert_int_equal(resume(f.m, SYSEMU_PTRACE_SYSEMU, 0).kind, SYSEMU_EVENT_BREAK);
	OK(f.m, sysemu_restore(f.m, f.start));
	OK(f.m, sysemu_break_clear(f.m, SYSEMU_CODE_BASE + 5));
	assert_int_equal(resume(f.m, SYSEMU_PTRACE_SYSEMU, 0).kind, SYSEMU_EVENT_STOP);
	close_known(&f);
}

static void a_page_that_was_taken_away_faults(void **state)
{
	struct emit code = { 0 };
	struct fixture f;

	(void)state;
	emit(&code, "a1"); /* mov 0x08060000, %eax */
	emit_word(&code, 0x08060000);
	emit_int80(&code, NR_GETPID, 0, 0, 0);
	emit_spin(&code);
	f.m = emit_open(&code, "sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	run(f.m);
	OK(f.m, sysemu_map(f.m, 0x08060000, 1, 3));
	OK(f.m, sysemu_set_memo(f.m, true));
	OK(f.m, sysemu_save(f.m, &f.start));
	for (unsigned i = 0; i < 6; i++) {
		OK(f.m, sysemu_restore(f.m, f.start));
		assert_int_equal(resume(f.m, SYSEMU_PTRACE_SYSEMU, 0).status, STOPPED_BY_SIGTRAP);
	}
	OK(f.m, sysemu_restore(f.m, f.start));
	OK(f.m, sysemu_unmap(f.m, 0x08060000, 1));
	assert_int_equal(resume(f.m, SYSEMU_PTRACE_SYSEMU, 0).status, 0x0b7f); /* SIGSEGV */
	close_known(&f);
}

/* rdtsc tells how many instructions have run: that is not in the memory. */
static void who_reads_the_time_is_executed(void **state)
{
	struct emit code = { 0 };
	struct fixture f;
	uint32_t first;

	(void)state;
	emit(&code, "0f 31 89 c3"); /* rdtsc; mov %eax, %ebx */
	emit_mov(&code, EMIT_EAX, NR_GETPID);
	emit(&code, "cd 80 eb f3");
	f = open_known(&code);
	resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
	first = regs_of(f.m).ebx;
	resume(f.m, SYSEMU_PTRACE_SYSEMU, 0);
	assert_true(regs_of(f.m).ebx > first);
	close_known(&f);
}

static void with_clocks_or_uncounted_there_is_none(void **state)
{
	const sysemu_config uncounted = { .counting = SYSEMU_COUNT_NONE };
	const sysemu_config timed = { .timing = "i386dx" };
	sysemu_machine *m = open_config(&uncounted);

	(void)state;
	assert_int_equal(sysemu_set_memo(m, true), SYSEMU_EINVAL);
	sysemu_close(m);
	m = open_config(&timed);
	assert_int_equal(sysemu_set_memo(m, true), SYSEMU_EINVAL);
	sysemu_close(m);
	assert_int_equal(sysemu_set_memo(NULL, true), SYSEMU_EINVAL);
}

int main(void)
{
	struct CMUnitTest tests[64] = {
		cmocka_unit_test(the_same_run_is_not_executed_again),
		cmocka_unit_test(what_a_run_needs_decides),
		cmocka_unit_test(code_that_was_changed_runs_as_it_is),
		cmocka_unit_test(a_new_breakpoint_stops_a_run_that_is_known),
		cmocka_unit_test(a_page_that_was_taken_away_faults),
		cmocka_unit_test(who_reads_the_time_is_executed),
		cmocka_unit_test(with_clocks_or_uncounted_there_is_none),
	};
	size_t n = 7;
	const char *kernel;

	for (size_t i = 0; (kernel = kernel_of_2005(i)); i++)
		tests[n++] = (struct CMUnitTest){ kernel, whatever_is_done_the_digests_are_the_same,
						  NULL, NULL, (void *)(uintptr_t)kernel };
	return _cmocka_run_group_tests("memo", tests, n, NULL, NULL);
}
