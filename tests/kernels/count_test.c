/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count_test.c: instructions of entry.S for one call, from the first kernel instruction to iret
 * or sysexit. The expected numbers were measured on the real kernels' own sources, assembled and
 * run under an emulator, before this project had an entry.S (docs/kernels.md §11).
 */
#include "tests/helpers/harness.h"
#include "tests/helpers/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns of the measured tables. The parts of the patch differ in C alone, so that the
 * untraced paths of sysemu-1, -3, -4 and -as-printed are those of sysemu. */
static const char *const kernels[] = { "2.6.11", "sysemu", "2.6.14" };
enum { KERNELS = 3, LATER = 2 };
static const char *const like_sysemu[] = { "sysemu-1", "sysemu-3", "sysemu-4",
					   "sysemu-as-printed" };
enum { LIKE_SYSEMU = 4 };

/* That case says nothing about this kernel. */
#define NONE           \
	{              \
		-1, -1 \
	}

struct untraced_row {
	const char *name;
	uint32_t flags;
	int nr;
	int expected[KERNELS][2]; /* int 0x80, sysenter */
};

static const struct untraced_row untraced[] = {
	{ "no flags: the fast path", 0, 20, { { 37, 41 }, { 37, 41 }, { 43, 41 } } },
	{ "TRACE", T, 20, { { 54, 64 }, { 56, 66 }, { 62, 72 } } },
	{ "AUDIT", A, 20, { { 54, 64 }, { 56, 66 }, { 62, 72 } } },
	{ "EMU", E, 20, { { 47, 57 }, { 54, 64 }, { 65, 75 } } },
	{ "SINGLESTEP", S, 20, { { 49, 59 }, { 49, 59 }, { 55, 65 } } },
	{ "SIGPENDING", P, 20, { { 47, 57 }, { 47, 57 }, { 58, 68 } } },
	{ "IRET", I, 20, { { 47, 57 }, { 47, 57 }, { 58, 68 } } },
	{ "NOTIFY_RESUME", N, 20, { { 47, 57 }, { 47, 57 }, NONE } },
	{ "NEED_RESCHED", R, 20, { { 46, 56 }, { 46, 56 }, { 52, 62 } } },
	{ "SIGPENDING and NEED_RESCHED", P | R, 20, { { 54, 64 }, { 54, 64 }, { 65, 75 } } },
	{ "SINGLESTEP and SIGPENDING", S | P, 20, { { 56, 66 }, { 56, 66 }, { 67, 77 } } },
	{ "call number 400", 0, 400, { { 38, 48 }, { 38, 48 }, { 44, 54 } } },
	{ "TRACE and call number 400", T, 400, { { 53, 63 }, { 55, 65 }, { 61, 71 } } },
};

/* The first request answers the SIGSTOP stop; the others the stops of the call; the last repeats. */
struct traced_row {
	const char *name;
	uint32_t inject; /* flags added at the SIGSTOP stop, behind the request */
	int nr;
	const int requests[4];
	int expected[KERNELS][2];
};

static const struct traced_row traced[] = {
	{ "traced, SYSCALL at both stops",
	  0,
	  20,
	  { SYSCALL, SYSCALL },
	  { { 54, 64 }, { 56, 66 }, { 62, 72 } } },
	{ "traced, SYSEMU at every stop",
	  0,
	  20,
	  { SYSEMU, SYSEMU },
	  { NONE, { 49, 59 }, { 46, 56 } } },
	{ "TRACE, CONT at the entry stop",
	  0,
	  20,
	  { SYSCALL, CONT },
	  { { 42, 52 }, { 44, 54 }, { 50, 60 } } },
	{ "TRACE, SYSEMU at the entry stop",
	  0,
	  20,
	  { SYSCALL, SYSEMU },
	  { NONE, { 54, 64 }, { 65, 75 } } },
	{ "TRACE, SINGLESTEP at the entry stop",
	  0,
	  20,
	  { SYSCALL, STEP },
	  { { 61, 71 }, { 63, 73 }, { 74, 84 } } },
	{ "EMU, CONT", 0, 20, { SYSEMU, CONT }, { NONE, { 39, 49 }, { 46, 56 } } },
	{ "EMU, SYSCALL", 0, 20, { SYSEMU, SYSCALL }, { NONE, { 51, 61 }, { 46, 56 } } },
	{ "EMU, SINGLESTEP", 0, 20, { SYSEMU, STEP }, { NONE, { 51, 61 }, { 46, 56 } } },
	{ "EMU and AUDIT, SYSEMU at both stops",
	  A,
	  20,
	  { SYSEMU, SYSEMU },
	  { NONE, { 51, 61 }, { 46, 56 } } },
	{ "TRACE and call number 400, both stops",
	  0,
	  400,
	  { SYSCALL, SYSCALL },
	  { { 53, 63 }, { 55, 65 }, { 61, 71 } } },
	{ "EMU and call number 400", 0, 400, { SYSEMU, SYSEMU }, { NONE, { 49, 59 }, { 46, 56 } } },
};

struct cell {
	const char *kernel;
	int entry, expected;
	const struct untraced_row *untraced;
	const struct traced_row *traced;
};

static void untraced_cell(void **state)
{
	const struct cell *c = *state;
	struct one_call call = open_call(c->kernel, (sysemu_entry)c->entry, SYSEMU_START_UNTRACED,
					 c->untraced->nr, NULL, 0);
	sysemu_event before = run_to(call.m, call.at), after;

	assert_int_equal(before.kind, SYSEMU_EVENT_BREAK);
	OK(call.m, sysemu_set_tif(call.m, c->untraced->flags));
	after = run_to(call.m, call.behind);
	assert_int_equal(after.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(after.eip, call.behind);
	assert_int_equal(entry_insns(&before, &after), c->expected);
	sysemu_close(call.m);
}

static void traced_cell(void **state)
{
	const struct cell *c = *state;
	const int *request = c->traced->requests;
	struct one_call call = open_call(c->kernel, (sysemu_entry)c->entry, SYSEMU_START_TRACED,
					 c->traced->nr, NULL, 0);
	sysemu_event before, after = run(call.m);

	assert_int_equal(after.status, 0x137f);
	assert_int_equal(ptrace_raw(call.m, *request++, 0, 0), 0);
	before = run_to(call.m, call.at);
	assert_int_equal(before.kind, SYSEMU_EVENT_BREAK);
	if (c->traced->inject)
		OK(call.m, sysemu_set_tif(call.m, before.tif | c->traced->inject));
	OK(call.m, sysemu_break_set(call.m, call.behind));
	for (after = run(call.m); after.kind == SYSEMU_EVENT_STOP; after = run(call.m)) {
		assert_int_equal(ptrace_raw(call.m, *request, 0, 0), 0);
		if (request[1])
			request++;
	}
	assert_int_equal(after.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(entry_insns(&before, &after), c->expected);
	sysemu_close(call.m);
}

/* What is counted around `code`, which must end behind `size` bytes or in a signal stop that
 * SINGLESTEP's sibling CONT answers. */
static int count_exception(const char *kernel, const void *code, size_t size, uint32_t stop_at,
			   int expected_status, uint32_t data)
{
	sysemu_machine *m =
		open_code(kernel, SYSEMU_ENTRY_SYSENTER, SYSEMU_START_TRACED, code, size);
	sysemu_event before, after = run(m);

	assert_int_equal(after.status, 0x137f);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	before = run_to(m, SYSEMU_CODE_BASE);
	assert_int_equal(before.kind, SYSEMU_EVENT_BREAK);
	OK(m, sysemu_break_set(m, stop_at));
	after = run(m);
	if (expected_status) {
		assert_int_equal(after.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(after.status, expected_status);
		if (after.eip != stop_at)
			OK(m, sysemu_set_reg(m, SYSEMU_REG_EIP, stop_at));
		assert_int_equal(ptrace_raw(m, CONT, 0, data), 0);
		after = run(m);
	}
	assert_int_equal(after.kind, SYSEMU_EVENT_BREAK);
	sysemu_close(m);
	return (int)entry_insns(&before, &after);
}

/* "P set" of the measured table: each exception queues its signal, so work_notifysig runs. */
static void exceptions_from_user_mode_cost_what_the_stubs_cost(void **state)
{
	static const uint8_t int3[] = { 0xcc, 0xeb, 0xfe };
	static const uint8_t load_null[] = { 0xa1, 0, 0, 0, 0, 0xeb, 0xfe };
	static const uint8_t divide[] = { 0x31, 0xc9, 0xf7, 0xf1, 0xeb, 0xfe };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++) {
		bool later = k == LATER;

		assert_int_equal(count_exception(kernels[k], int3, sizeof(int3),
						 SYSEMU_CODE_BASE + 1, 0x057f, 0),
				 later ? 59 : 50);
		assert_int_equal(count_exception(kernels[k], load_null, sizeof(load_null),
						 SYSEMU_CODE_BASE + 5, 0x0b7f, 0),
				 later ? 71 : 54);
		/* 48 (60) without work; with it 7 (12) more, as for the page fault */
		assert_int_equal(count_exception(kernels[k], divide, sizeof(divide),
						 SYSEMU_CODE_BASE + 4, 0x087f, 0),
				 later ? 72 : 55);
	}
}

/* pushf; orl $TF,(%esp); popf: the #DB comes behind the next instruction. */
static void a_debug_trap_from_user_mode_costs_52_or_61(void **state)
{
	static const uint8_t code[] = { 0x9c, 0x81, 0x0c, 0x24, 0,    1,   0,
					0,    0x9d, 0x90, 0x90, 0xeb, 0xfe };
	enum { TRAP_AT = 10 };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++) {
		sysemu_machine *m = open_code(kernels[k], SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED,
					      code, sizeof(code));
		sysemu_event before = run(m), after;
		sysemu_regs regs;

		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		before = run_to(m, SYSEMU_CODE_BASE);
		after = run(m);
		assert_int_equal(after.status, 0x057f);
		assert_int_equal(after.eip, SYSEMU_CODE_BASE + TRAP_AT);
		OK(m, sysemu_get_regs(m, &regs));
		regs.eflags &= ~0x100u; /* the program's own TF: not the kernel's to take away */
		OK(m, sysemu_set_regs(m, &regs));
		assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
		after = run_to(m, SYSEMU_CODE_BASE + TRAP_AT);
		assert_int_equal(entry_insns(&before, &after), k == LATER ? 61 : 52);
		sysemu_close(m);
	}
}

/* write(1, NULL, 1): 37 (43) for the call, 41 (47) for the fault that the exception table mends. */
static void a_page_fault_from_the_kernel_costs_41_or_47(void **state)
{
	static const uint8_t code[] = { 0xb8, 4,    0, 0, 0, 0xbb, 1,    0,    0,    0,   0x31,
					0xc9, 0xba, 1, 0, 0, 0,    0xcd, 0x80, 0xeb, 0xfe };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++)
		assert_int_equal(count_exception(kernels[k], code, sizeof(code),
						 SYSEMU_CODE_BASE + 19, 0, 0),
				 k == LATER ? 43 + 47 : 37 + 41);
}

/* mov $PAGE_OFFSET,%ebp; sysenter: refused by the comparison. */
static void sysenter_with_a_kernel_ebp_costs_43_or_49(void **state)
{
	static const uint8_t code[] = { 0xbd, 0, 0, 0, 0xc0, 0x0f, 0x34 };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++)
		assert_int_equal(count_exception(kernels[k], code, sizeof(code), 0xffffe410, 0, 0),
				 k == LATER ? 49 : 43);
}

/*
 * xor %ebp,%ebp; sysenter: nothing is mapped there: 9 up to the load, which faults and so is
 * not retired, 41 for the page fault, 34 from syscall_fault to iret.
 */
static void sysenter_with_an_unreadable_ebp_costs_84_or_96(void **state)
{
	static const uint8_t code[] = { 0x31, 0xed, 0x0f, 0x34 };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++)
		assert_int_equal(count_exception(kernels[k], code, sizeof(code), 0xffffe410, 0, 0),
				 k == LATER ? 9 + 47 + 40 : 9 + 41 + 34);
}

/*
 * pushf; orl $TF,(%esp); mov %esp,%ebp; mov $20,%eax; popf; sysenter, with nobody tracing.
 * 45 (43) for the #DB at sysenter_entry, 58 (64) for the call that has S at its exit (its first
 * instruction is never run). S stays for ever.
 */
static void sysenter_with_tf_set_costs_103_or_107_and_leaves_s(void **state)
{
	static const uint8_t code[] = { 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0,    0,    0x89,
					0xe5, 0xb8, 20,   0,    0, 0, 0x9d, 0x0f, 0x34 };

	(void)state;
	for (unsigned k = 0; k < KERNELS; k++) {
		sysemu_machine *m = open_code(kernels[k], SYSEMU_ENTRY_SYSENTER,
					      SYSEMU_START_UNTRACED, code, sizeof(code));
		sysemu_event before = run_to(m, SYSEMU_CODE_BASE), after;

		after = run_to(m, 0xffffe410);
		assert_int_equal(after.kind, SYSEMU_EVENT_BREAK);
		assert_int_equal(entry_insns(&before, &after), k == LATER ? 43 + 64 : 45 + 58);
		assert_int_equal(after.tif, S);
		assert_int_equal(after.eflags & 0x100, 0);
		sysemu_close(m);
	}
}

/* 2.6.14 looks again behind the notification, and nobody clears NOTIFY_RESUME. */
static void notify_resume_never_returns_in_2_6_14(void **state)
{
	(void)state;
	for (int entry = 0; entry < 2; entry++) {
		struct one_call call = open_call("2.6.14", (sysemu_entry)entry,
						 SYSEMU_START_UNTRACED, 20, NULL, 0);
		sysemu_event e = run_to(call.m, call.at);

		OK(call.m, sysemu_set_tif(call.m, N));
		e = run_to(call.m, call.behind);
		assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
		assert_int_equal(e.tif, N);
		sysemu_close(call.m);
	}
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(notify_resume_never_returns_in_2_6_14),
	cmocka_unit_test(exceptions_from_user_mode_cost_what_the_stubs_cost),
	cmocka_unit_test(a_debug_trap_from_user_mode_costs_52_or_61),
	cmocka_unit_test(a_page_fault_from_the_kernel_costs_41_or_47),
	cmocka_unit_test(sysenter_with_a_kernel_ebp_costs_43_or_49),
	cmocka_unit_test(sysenter_with_an_unreadable_ebp_costs_84_or_96),
	cmocka_unit_test(sysenter_with_tf_set_costs_103_or_107_and_leaves_s),
};

#define UNTRACED (sizeof(untraced) / sizeof(untraced[0]))
#define TRACED   (sizeof(traced) / sizeof(traced[0]))
#define OTHERS   (sizeof(others) / sizeof(others[0]))
#define CELLS    ((UNTRACED * (KERNELS + LIKE_SYSEMU) + TRACED * KERNELS) * 2)

static struct cell cells[CELLS];
static char names[CELLS][100];
static struct CMUnitTest tests[CELLS + OTHERS];

/* Each cell of a table becomes a test of its own, named after it. */
static size_t add_cells(size_t n, const char *kernel, const int expected[2],
			const struct untraced_row *u, const struct traced_row *t)
{
	const char *row = u ? u->name : t->name;

	for (int entry = 0; entry < 2; entry++) {
		if (expected[entry] < 0)
			continue;
		cells[n] = (struct cell){ kernel, entry, expected[entry], u, t };
		snprintf(names[n], sizeof(names[n]), "%s, %s, %s: %d", row, kernel,
			 entry ? "sysenter" : "int 0x80", expected[entry]);
		tests[n] = (struct CMUnitTest){ .name = names[n],
						.test_func = u ? untraced_cell : traced_cell,
						.initial_state = &cells[n] };
		n++;
	}
	return n;
}

int main(void)
{
	size_t n = 0;

	for (size_t i = 0; i < UNTRACED; i++) {
		const struct untraced_row *u = &untraced[i];

		for (size_t k = 0; k < KERNELS; k++)
			n = add_cells(n, kernels[k], u->expected[k], u, NULL);
		for (size_t k = 0; k < LIKE_SYSEMU; k++)
			n = add_cells(n, like_sysemu[k], u->expected[1], u, NULL);
	}
	for (size_t i = 0; i < TRACED; i++)
		for (size_t k = 0; k < KERNELS; k++)
			n = add_cells(n, kernels[k], traced[i].expected[k], NULL, &traced[i]);
	memcpy(&tests[n], others, sizeof(others));
	n += OTHERS;
	return _cmocka_run_group_tests("count", tests, n, NULL, NULL);
}
