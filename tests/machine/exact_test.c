/* SPDX-License-Identifier: GPL-2.0-only */
/* exact_test.c: step.h: runs that end where they are told, watchpoints, and the tracer's call looked at. */
#include "tests/helpers/harness.h"

#include "libsysemu/step.h"

#define BASE SYSEMU_CODE_BASE

/* mov $1,%eax; push %eax; mov (%esp),%ebx; pop %ecx; a loop */
static const uint8_t pushes[] = { 0xb8, 1, 0, 0, 0, 0x50, 0x8b, 0x1c, 0x24, 0x59, 0xeb, 0xfe };
enum { MOV = BASE, PUSH = BASE + 5, LOAD = BASE + 6, POP = BASE + 9, LOOP = BASE + 10 };

static sysemu_machine *open_exact(void)
{
	sysemu_machine *m = open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, pushes,
				      sizeof(pushes));

	run_to(m, BASE);
	OK(m, sysemu_set_exact(m, true));
	return m;
}

static uint64_t moment(sysemu_machine *m)
{
	uint64_t now;

	OK(m, sysemu_get_moment(m, &now));
	return now;
}

static sysemu_event until(sysemu_machine *m, uint64_t to)
{
	sysemu_event e;

	OK(m, sysemu_run_until(m, to, &e));
	return e;
}

static void each_instruction_is_a_moment(void **state)
{
	static const uint32_t eips[] = { PUSH, LOAD, POP, LOOP, LOOP };
	sysemu_machine *m = open_exact();
	uint64_t begin = moment(m);
	sysemu_event e;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		e = until(m, begin + i + 1);
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
		assert_int_equal(e.eip, eips[i]);
		assert_int_equal(moment(m), begin + i + 1);
	}
	OK(m, sysemu_run(m, 1234, &e)); /* max_insns is exact, too */
	assert_int_equal(moment(m), begin + 5 + 1234);
	sysemu_close(m);
}

/* An exception is one more: before its handler begins the instruction that has it has not run. */
static void an_exception_is_a_moment(void **state)
{
	static const uint8_t code[] = { 0x90, 0xa1, 0, 0, 0, 0 }; /* nop; mov 0, %eax: #PF */
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, code, sizeof(code));
	sysemu_counts before, after;
	sysemu_event e;
	uint64_t begin;

	(void)state;
	run(m);
	OK(m, sysemu_break_set(m, BASE + 1));
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	OK(m, sysemu_set_exact(m, true));
	begin = moment(m);
	OK(m, sysemu_get_counts(m, &before));
	e = until(m, begin + 1);
	OK(m, sysemu_get_counts(m, &after));
	assert_int_equal(e.eip, symbol(m, "page_fault"));
	assert_memory_equal(&before, &after, sizeof(before)); /* and nothing was counted */
	sysemu_close(m);
}

static void watch(sysemu_machine *m, uint32_t addr, unsigned kinds, uint32_t behind)
{
	sysemu_snapshot *s;
	sysemu_watch hit;
	sysemu_event e;

	OK(m, sysemu_save(m, &s));
	OK(m, sysemu_watch_set(m, addr, 4, kinds));
	OK(m, sysemu_run(m, 1000, &e));
	OK(m, sysemu_get_watch(m, &hit));
	if (behind) {
		assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(e.eip, behind);
		assert_int_equal(hit.addr, addr);
		assert_int_equal(hit.kinds, kinds);
	} else {
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
		assert_int_equal(hit.kinds, 0);
	}
	OK(m, sysemu_watch_clear(m, addr, 4, kinds));
	OK(m, sysemu_restore(m, s));
	sysemu_snapshot_free(s);
}

static void a_watchpoint_stops_behind_the_instruction(void **state)
{
	sysemu_machine *m = open_exact();
	sysemu_regs r;

	(void)state;
	OK(m, sysemu_get_cpu(m, &r));
	watch(m, r.esp - 4, SYSEMU_WATCH_CHANGE, LOAD); /* push writes 1 over 0 */
	watch(m, r.esp - 4, SYSEMU_WATCH_WRITE, LOAD);
	watch(m, r.esp - 4, SYSEMU_WATCH_READ, POP);
	watch(m, r.esp - 2, SYSEMU_WATCH_READ, POP); /* half of it */
	watch(m, r.esp - 8, SYSEMU_WATCH_READ | SYSEMU_WATCH_WRITE | SYSEMU_WATCH_CHANGE, 0);
	sysemu_close(m);
}

/* The guest's sys_ptrace, instruction by instruction, comes to what sysemu_ptrace comes to. */
static void the_tracers_call_can_be_looked_at(void **state)
{
	struct one_call c =
		open_call("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, 20, NULL, 0);
	sysemu_snapshot *start, *none;
	sysemu_digest looked, plain;
	uint64_t steps = 0;
	sysemu_event e;

	(void)state;
	run(c.m);
	OK(c.m, sysemu_set_exact(c.m, true));
	OK(c.m, sysemu_save(c.m, &start));
	OK(c.m, sysemu_ptrace(c.m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
	OK(c.m, sysemu_get_digest(c.m, &plain));
	OK(c.m, sysemu_restore(c.m, start));
	OK(c.m, sysemu_ptrace_begin(c.m, SYSEMU_PTRACE_SYSEMU, 0, 0));
	assert_int_equal(sysemu_save(c.m, &none), SYSEMU_ESTATE);
	assert_int_equal(sysemu_ptrace(c.m, SYSEMU_PTRACE_CONT, 0, 0, NULL), SYSEMU_ESTATE);
	while ((e = until(c.m, moment(c.m) + 1)).kind == SYSEMU_EVENT_LIMIT) {
		assert_int_equal(e.pid, 100);
		steps++;
	}
	assert_int_equal(e.kind, SYSEMU_EVENT_RETURN);
	assert_int_equal(e.eax, 0);
	assert_true(steps > 50 && steps < 1000);
	OK(c.m, sysemu_get_digest(c.m, &looked));
	assert_memory_equal(&looked, &plain, sizeof(plain));
	/* A restore gives it up. */
	OK(c.m, sysemu_restore(c.m, start));
	OK(c.m, sysemu_ptrace_begin(c.m, SYSEMU_PTRACE_CONT, 0, 0));
	until(c.m, moment(c.m) + 5);
	OK(c.m, sysemu_restore(c.m, start));
	OK(c.m, sysemu_ptrace(c.m, SYSEMU_PTRACE_SYSEMU, 0, 0, NULL));
	OK(c.m, sysemu_get_digest(c.m, &looked));
	assert_memory_equal(&looked, &plain, sizeof(plain));
	sysemu_snapshot_free(start);
	sysemu_close(c.m);
}

static void what_is_wrong_is_refused(void **state)
{
	sysemu_machine *m = open_exact();
	uint32_t addr, mask;
	sysemu_task task;
	sysemu_event e;

	(void)state;
	assert_int_equal(sysemu_run_until(m, moment(m), &e), SYSEMU_EINVAL);
	assert_int_equal(sysemu_watch_set(m, BASE, 0, 1), SYSEMU_EINVAL);
	assert_int_equal(sysemu_watch_set(m, BASE, 65, 1), SYSEMU_EINVAL);
	assert_int_equal(sysemu_watch_set(m, 0xffffffff, 2, 1), SYSEMU_EINVAL);
	assert_int_equal(sysemu_watch_set(m, BASE, 4, 8), SYSEMU_EINVAL);
	assert_int_equal(sysemu_watch_clear(m, BASE, 4, 1), SYSEMU_ENOENT);
	for (uint32_t i = 0; i < 16; i++)
		OK(m, sysemu_watch_set(m, BASE + i, 1, SYSEMU_WATCH_CHANGE));
	assert_int_equal(sysemu_watch_set(m, BASE, 2, 1), SYSEMU_ENOMEM);
	assert_int_equal(sysemu_find_tif(m, 0, 3, &addr, &mask), SYSEMU_EINVAL);
	assert_int_equal(sysemu_find_tif(m, 77, 1, &addr, &mask), SYSEMU_ENOENT);
	OK(m, sysemu_find_tif(m, 0, SYSEMU_TIF_SYSCALL_EMU, &addr, &mask));
	OK(m, sysemu_write(m, addr, &mask, 4)); /* the word is the one that a task's flags are in */
	OK(m, sysemu_task_info(m, 0, &task));
	assert_int_equal(task.tif, SYSEMU_TIF_SYSCALL_EMU);
	OK(m, sysemu_set_exact(m, false));
	assert_int_equal(sysemu_watch_set(m, BASE, 4, 1), SYSEMU_ESTATE);
	assert_int_equal(sysemu_run_until(m, moment(m) + 9, &e), SYSEMU_ESTATE);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_instruction_is_a_moment),
		cmocka_unit_test(an_exception_is_a_moment),
		cmocka_unit_test(a_watchpoint_stops_behind_the_instruction),
		cmocka_unit_test(the_tracers_call_can_be_looked_at),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
