/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cover_test.c: coverage says what a callback at each instruction sees: how often each was
 * executed, and how often each conditional jump jumped.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/emit.h"
#include "tests/helpers/harness.h"
#include "tests/helpers/names.h"

#define KERNEL_START 0xc0100000u
#define KERNEL_ROOM  0x40000u

/* ---- what a callback sees ---- */

struct seen {
	uint32_t last, last_size;                      /* the instruction before; 0: none */
	uint64_t runs[KERNEL_ROOM], next[KERNEL_ROOM]; /* next: what came behind lay behind it */
};

static void see(void *user, uint32_t addr, uint32_t size)
{
	struct seen *s = user;

	if (s->last - KERNEL_START < KERNEL_ROOM && addr == s->last + s->last_size)
		s->next[s->last - KERNEL_START]++;
	s->last = addr;
	s->last_size = size;
	if (addr - KERNEL_START < KERNEL_ROOM)
		s->runs[addr - KERNEL_START]++;
}

/* ---- a session with calls, steps, signals and cut runs ---- */

/* getpid and sched_yield for ever; at each turn a page fault that the kernel answers with a signal. */
static const uint8_t program[] = {
	0xb8, 20,   0, 0, 0, 0xcd, 0x80, /* mov $20,%eax; int $0x80 */
	0xb8, 158,  0, 0, 0, 0xcd, 0x80, /* sched_yield */
	0xb8, 0xff, 1, 0, 0, 0xcd, 0x80, /* 511: out of range */
	0xa1, 0,    0, 0, 0,             /* mov 0,%eax */
	0xeb, 0xe2,                      /* jmp to the first */
};

static void session(sysemu_machine *m)
{
	static const int answers[] = {
		SYSEMU_PTRACE_SYSEMU,     SYSEMU_PTRACE_SYSCALL,    SYSEMU_PTRACE_SYSCALL,
		SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_SINGLESTEP, SYSEMU_PTRACE_CONT,
	};
	sysemu_event e = run(m);

	for (unsigned i = 0; i < 60; i++) {
		uint32_t signal = e.status >> 8 & 0x7f;
		sysemu_regs r;

		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		if (signal == 11) { /* over the load, and no signal */
			OK(m, sysemu_get_regs(m, &r));
			r.eip += 5;
			OK(m, sysemu_set_regs(m, &r));
		}
		ptrace_raw(m, answers[i % 6], 0, 0);
		if (i % 7 == 3)
			OK(m, sysemu_need_resched(m, 0));
		do /* in pieces: runs end between blocks and in the middle of what is to be run */
			OK(m, sysemu_run(m, 7 + i, &e));
		while (e.kind == SYSEMU_EVENT_LIMIT);
	}
}

static sysemu_machine *machine(const char *kernel, sysemu_entry entry)
{
	return open_code(kernel, entry, SYSEMU_START_TRACED, program, sizeof(program));
}

/* What a kernel's instructions ran in `play`, without what opening the machine takes. */
static void compare(const char *kernel, sysemu_entry entry)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	sysemu_cover *cover, *opened;
	sysemu_covered c, o;
	sysemu_machine *m = machine(kernel, entry);
	unsigned ran = 0, jumped = 0;

	assert_non_null(seen);
	OK(m, sysemu_on_insn(m, see, seen));
	session(m);
	sysemu_close(m);

	OK(NULL, sysemu_cover_new(&opened));
	sysemu_cover_here(opened);
	sysemu_close(machine(kernel, entry));
	OK(NULL, sysemu_cover_new(&cover));
	sysemu_cover_here(cover);
	m = machine(kernel, entry);
	session(m);
	sysemu_close(m);
	sysemu_cover_here(NULL);

	for (c.addr = c.size = 0;
	     sysemu_cover_at(cover, kernel, c.addr + c.size, &c) == SYSEMU_OK;) {
		uint32_t at = c.addr - KERNEL_START;

		assert_true(at < KERNEL_ROOM);
		OK(NULL, sysemu_cover_at(opened, kernel, c.addr, &o));
		if (c.runs - o.runs != seen->runs[at])
			fail_msg("%s: %08x ran %d times, seen %d", kernel, c.addr,
				 (int)(c.runs - o.runs), (int)seen->runs[at]);
		ran += seen->runs[at] != 0;
		if (!c.branch)
			continue;
		assert_int_equal(c.runs, c.taken + c.passed);
		assert_int_equal(c.passed - o.passed, seen->next[at]);
		jumped += c.taken != o.taken && c.passed != o.passed;
	}
	assert_true(ran > 300 && jumped > 10); /* it is no comparison of nothing with nothing */
	sysemu_cover_free(opened);
	sysemu_cover_free(cover);
	free(seen);
}

static void counts_and_arms_are_those_of_a_callback(void **state)
{
	const char *kernel;

	(void)state;
	for (size_t i = 0; (kernel = kernel_of_2005(i)) != NULL; i++)
		if (strcmp(kernel, "2.6.11") != 0 && strcmp(kernel, "sysemu-as-printed") != 0)
			compare(kernel, SYSEMU_ENTRY_INT80);
	compare("sysemu", SYSEMU_ENTRY_SYSENTER);
}

/* ---- what faults has not run ---- */

static uint64_t runs_at(sysemu_cover *c, const char *kernel, uint32_t addr)
{
	sysemu_covered at;

	OK(NULL, sysemu_cover_at(c, kernel, addr, &at));
	assert_int_equal(at.addr, addr);
	return at.runs;
}

/* A null selector's neighbour, 3, is null as well; 0x83 names no segment, so that popping it
 * faults: the fixup writes 0, and the second pop is the one that runs. */
static void an_instruction_that_faults_in_the_kernel_has_not_run(void **state)
{
	static const uint8_t loop[] = { 0xeb, 0xfe };
	const char *kernel = "sysemu";
	sysemu_cover *cover;
	sysemu_machine *m;
	sysemu_regs r;
	uint32_t restore;
	sysemu_event e;

	(void)state;
	OK(NULL, sysemu_cover_new(&cover));
	sysemu_cover_here(cover);
	m = open_code(kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, loop, sizeof(loop));
	sysemu_cover_here(NULL);
	run(m);
	OK(m, sysemu_get_regs(m, &r));
	r.ds = 0x83;
	OK(m, sysemu_set_regs(m, &r));
	ptrace_raw(m, SYSEMU_PTRACE_CONT, 0, 0);
	OK(m, sysemu_run(m, 5000, &e));
	assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
	OK(m, sysemu_get_cpu(m, &r));
	assert_int_equal(r.ds, 0);
	restore = symbol(m, "restore_all");
	sysemu_close(m);
	/* restore_all: seven pops of a byte each, popl %ds, popl %es */
	assert_int_equal(runs_at(cover, kernel, restore + 7), runs_at(cover, kernel, restore + 6));
	assert_int_equal(runs_at(cover, kernel, restore + 8), runs_at(cover, kernel, restore + 6));
	sysemu_cover_free(cover);
}

/* ---- collections ---- */

static void what_another_process_saw_is_added(void **state)
{
	sysemu_covered first, branch, more;
	sysemu_cover *cover;

	(void)state;
	OK(NULL, sysemu_cover_new(&cover));
	OK(NULL, sysemu_cover_at(cover, "sysemu", 0, &first));
	assert_int_equal(first.runs, 0);
	more = first;
	more.runs = 5;
	OK(NULL, sysemu_cover_add(cover, "sysemu", &more));
	OK(NULL, sysemu_cover_add(cover, "sysemu", &more));
	OK(NULL, sysemu_cover_at(cover, "sysemu", 0, &first));
	assert_int_equal(first.runs, 10);
	for (branch = first; !branch.branch;)
		OK(NULL, sysemu_cover_at(cover, "sysemu", branch.addr + branch.size, &branch));
	branch.taken = 3;
	OK(NULL, sysemu_cover_add(cover, "sysemu", &branch));
	OK(NULL, sysemu_cover_at(cover, "sysemu", branch.addr, &branch));
	assert_int_equal(branch.taken, 3);
	assert_int_equal(branch.passed, 0);
	/* Other kernels have their own. */
	OK(NULL, sysemu_cover_at(cover, "2.6.14", 0, &first));
	assert_int_equal(first.runs, 0);
	sysemu_cover_free(cover);
}

static void what_is_wrong_is_told(void **state)
{
	sysemu_covered c = { 0 };
	sysemu_cover *cover;

	(void)state;
	OK(NULL, sysemu_cover_new(&cover));
	assert_int_equal(sysemu_cover_new(NULL), SYSEMU_EINVAL);
	assert_int_equal(sysemu_cover_at(cover, "2.4", 0, &c), SYSEMU_EKERNEL);
	assert_int_equal(sysemu_cover_at(cover, "sysemu", 0xffffffffu, &c), SYSEMU_ENOENT);
	assert_int_equal(sysemu_cover_add(cover, "sysemu", &c), SYSEMU_EINVAL);
	OK(NULL, sysemu_cover_at(cover, "sysemu", 0, &c));
	assert_false(c.branch); /* ret_from_fork begins with a push */
	c.taken = 1;
	assert_int_equal(sysemu_cover_add(cover, "sysemu", &c), SYSEMU_EINVAL);
	sysemu_cover_free(cover);
	sysemu_cover_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_arms_are_those_of_a_callback),
		cmocka_unit_test(an_instruction_that_faults_in_the_kernel_has_not_run),
		cmocka_unit_test(what_another_process_saw_is_added),
		cmocka_unit_test(what_is_wrong_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
