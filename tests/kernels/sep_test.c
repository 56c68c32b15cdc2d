/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sep_test.c: a CPU has SYSENTER or not, and everything says the same of it: the page that the
 * kernel chose (SYSENTER's iff the CPU has it), CPUID, AT_HWCAP, and a program's own sysenter.
 */
#include <elf.h>
#include <string.h>

#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"
#include "tests/helpers/serving.h"

enum { CPUID_SEP = 1 << 11, BASE = SYSEMU_CODE_BASE };

/* ---- a sysenter of the program's own ---- */

static void a_program_with_its_own_frame_is_served_where_the_cpu_has_sysenter(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_program(*state, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED,
					 TEST_PROGRAMS "/ownframe");
	sysemu_served end;
	sysemu_counts counts;

	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	set_world(m, &w, NULL, false);
	end = serve_all(m);
	assert_true(end.ended);
	assert_int_equal(end.status, 6 << 8);
	assert_string_equal(w.output[1], "own\n");
	OK(m, sysemu_get_counts(m, &counts));
	assert_int_equal(counts.sysenter, 1);
	sysemu_close(m);
}

/* The manual of SYSENTER: #UD where CPUID's SEP is clear. A fault: nothing has happened. */
static void without_it_the_instruction_is_sigill_and_nothing_runs(void **state)
{
	sysemu_machine *m = open_program(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
					 TEST_PROGRAMS "/ownframe");
	sysemu_counts before, after;
	uint16_t insn = 0;
	sysemu_event e;

	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	OK(m, sysemu_get_counts(m, &before));
	e = resume(m, SYSEMU_PTRACE_SYSCALL, 0);
	assert_int_equal(e.status, STOP_OF(SIGILL));
	OK(m, sysemu_read(m, e.eip, &insn, 2));
	assert_int_equal(insn, 0x340f);
	assert_int_equal(e.eax, 4);
	OK(m, sysemu_get_counts(m, &after));
	assert_int_equal(after.sysenter, 0);
	assert_int_equal(after.int80, before.int80);
	assert_int_equal(after.insns[SYSEMU_REGION_LEAF], before.insns[SYSEMU_REGION_LEAF]);
	e = resume(m, SYSEMU_PTRACE_CONT, SIGILL);
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, SIGILL);
	sysemu_close(m);
}

/* The fault comes before the trap. */
static void a_step_over_it_is_sigill_too(void **state)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit(&p, "0f34");
	emit_spin(&p);
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	e = resume(m, SYSEMU_PTRACE_SINGLESTEP, 0);
	assert_int_equal(e.status, STOP_OF(SIGILL));
	assert_int_equal(e.eip, BASE);
	sysemu_close(m);
}

/* ---- what the CPU says of itself ---- */

/* The word of the auxiliary vector: behind argc, one argument, no environment. */
static uint32_t hwcap(sysemu_machine *m, uint32_t esp)
{
	uint32_t at = esp + 16, type;

	while ((type = guest_word(m, at)) != AT_NULL) {
		if (type == AT_HWCAP)
			return guest_word(m, at + 4);
		at += 8;
	}
	fail();
	return 0;
}

static uint32_t cpuid_features(sysemu_entry entry)
{
	struct emit p = { 0 };
	sysemu_machine *m;
	sysemu_event e;

	emit_mov(&p, EMIT_EAX, 1);
	emit(&p, "0fa2 89d0 cc"); /* mov %edx, %eax */
	m = emit_open(&p, "sysemu", entry, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
	sysemu_close(m);
	return e.eax;
}

static void cpuid_and_the_auxiliary_vector_say_what_the_page_says(void **state)
{
	(void)state;
	for (unsigned entry = 0; entry < 2; entry++) {
		sysemu_machine *m = open_program("sysemu", (sysemu_entry)entry, SYSEMU_START_TRACED,
						 TEST_PROGRAMS "/ownframe");
		uint32_t features = cpuid_features((sysemu_entry)entry);
		sysemu_event e = run(m);

		assert_int_equal(features & CPUID_SEP, entry ? CPUID_SEP : 0);
		assert_int_equal(hwcap(m, e.esp), features);
		sysemu_close(m);
	}
}

int main(void)
{
	static const struct kernel_test on_kernels[] = {
		ON_KERNELS_IF(a_program_with_its_own_frame_is_served_where_the_cpu_has_sysenter,
			      emulates),
		ON_KERNELS(without_it_the_instruction_is_sigill_and_nothing_runs),
		ON_KERNELS(a_step_over_it_is_sigill_too),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpuid_and_the_auxiliary_vector_say_what_the_page_says),
	};
	int failed = run_on_kernels("sep", on_kernels, sizeof(on_kernels) / sizeof(on_kernels[0]));

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
