/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame_test.c: the frame of a call as its tracer finds it, by both entries, and what becomes of
 * the call when the tracer changes it: number, arguments, result, return address. Expectations:
 * docs/kernels.md §3 and §4; getpid(2), getppid(2). Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

/* Every register has a value of its own; then getpid, by the machine's entry, and int3. */
struct scene {
	sysemu_machine *m;
	uint32_t behind, esp; /* where the call returns to; %esp at the call instruction */
};

static struct scene open_scene(const char *kernel, sysemu_entry entry, int nr, int request)
{
	struct emit p = { 0 };
	struct scene s;
	sysemu_event e;

	emit_mov(&p, EMIT_EBX, 0xb0);
	emit_mov(&p, EMIT_ECX, 0xc0);
	emit_mov(&p, EMIT_EDX, 0xd0);
	emit_mov(&p, EMIT_ESI, 0x51);
	emit_mov(&p, EMIT_EDI, 0xd1);
	emit_mov(&p, EMIT_EBP, 0xb9);
	s.behind = emit_call(&p, entry, (uint32_t)nr);
	emit(&p, "cc");
	s.m = emit_open(&p, kernel, entry, SYSEMU_START_TRACED);
	e = run(s.m);
	/* the call to the page's stub pushes one word, the stub three more */
	s.esp = entry == SYSEMU_ENTRY_SYSENTER ? e.esp - 16 : e.esp;
	if (request)
		assert_int_equal(resume(s.m, request, 0).orig_eax, nr);
	return s;
}

static void expect_the_programs_values(const sysemu_regs *regs)
{
	assert_int_equal(regs->ebx, 0xb0);
	assert_int_equal(regs->ecx, 0xc0);
	assert_int_equal(regs->edx, 0xd0);
	assert_int_equal(regs->esi, 0x51);
	assert_int_equal(regs->edi, 0xd1);
	assert_int_equal(regs->ebp, 0xb9);
}

static void a_traced_calls_frame_is_the_programs_registers(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		struct scene s = open_scene(*state, (sysemu_entry)entry, NR_GETPID, SYSCALL);
		sysemu_regs regs = regs_of(s.m);

		assert_int_equal(regs.orig_eax, NR_GETPID);
		assert_int_equal((int32_t)regs.eax, -ENOSYS);
		/* by sysenter ebp is the word at (%ebp), the sixth argument, which the stub has pushed */
		expect_the_programs_values(&regs);
		assert_int_equal(regs.eip, s.behind);
		assert_int_equal(regs.esp, s.esp);
		assert_int_equal(regs.cs, 0x73);
		assert_int_equal(regs.ss, 0x7b);
		assert_int_equal(regs.ds, 0x7b);
		assert_int_equal(regs.es, 0x7b);
		assert_int_equal(regs.eflags & 0x200, 0x200); /* IF */
		sysemu_close(s.m);
	}
}

/* After an emulated call eax is the tracer's; the stub pops the rest: a caller sees no other change. */
static void an_emulated_call_returns_the_tracers_eax_and_every_other_register(void **state)
{
	for (int entry = 0; entry < 2; entry++) {
		struct scene s = open_scene(*state, (sysemu_entry)entry, NR_GETPID, SYSEMU);
		sysemu_regs regs;

		OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EAX, 4711));
		assert_int_equal(resume(s.m, SYSEMU, 0).status, STOPPED_BY_SIGTRAP); /* int3 */
		regs = regs_of(s.m);
		assert_int_equal(regs.eax, 4711);
		expect_the_programs_values(&regs);
		assert_int_equal(regs.orig_eax, -1);
		sysemu_close(s.m);
	}
}

/* The number is read again from orig_eax, and its range is checked behind the stop. */
static void the_number_that_the_tracer_leaves_is_the_one_that_runs(void **state)
{
	static const struct {
		int32_t nr, result;
	} rows[] = { { NR_GETPPID, TRACER }, { NR_GETPID, PROGRAM }, { 17, -ENOSYS },
		     { 294, -ENOSYS },       { -1, -ENOSYS },        { 0x7fffffff, -ENOSYS } };

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int entry = 0; entry < 2; entry++) {
			struct scene s =
				open_scene(*state, (sysemu_entry)entry, NR_GETPID, SYSCALL);
			sysemu_event e;

			OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_ORIG_EAX, (uint32_t)rows[i].nr));
			e = resume(s.m, SYSCALL, 0);
			assert_int_equal(e.status, STOPPED_BY_SIGTRAP); /* the exit stop, always */
			assert_int_equal(e.eip, s.behind);
			assert_int_equal((int32_t)e.eax, rows[i].result);
			assert_int_equal(e.orig_eax, rows[i].nr);
			sysemu_close(s.m);
		}
}

/* A number out of the table's range stops at entry and exit, and under SYSEMU, like any other;
 * with a bad number the tracer's eax stands. */
static void a_call_out_of_range_stops_like_any_other(void **state)
{
	static const int numbers[] = { 294, 400, 0x7fffffff, -1 };

	for (unsigned i = 0; i < 4; i++)
		for (int entry = 0; entry < 2; entry++) {
			struct scene s =
				open_scene(*state, (sysemu_entry)entry, numbers[i], SYSCALL);
			sysemu_event e;

			OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EAX, 77));
			e = resume(s.m, SYSCALL, 0);
			assert_int_equal(e.status, STOPPED_BY_SIGTRAP);
			assert_int_equal(e.eip, s.behind);
			assert_int_equal(e.eax, 77);
			sysemu_close(s.m);
			if (!emulates(*state))
				continue;
			s = open_scene(*state, (sysemu_entry)entry, numbers[i], SYSEMU);
			e = resume(s.m, SYSEMU, 0);
			assert_int_equal(e.orig_eax, -1); /* the int3 */
			assert_int_equal((int32_t)e.eax, -ENOSYS);
			sysemu_close(s.m);
		}
}

/* At the exit stop eax is the program's to get, and eip where it goes. */
static void the_exit_stop_decides_result_and_return(void **state)
{
	struct scene s = open_scene(*state, SYSEMU_ENTRY_SYSENTER, NR_GETPID, SYSCALL);
	sysemu_event e = resume(s.m, SYSCALL, 0);

	assert_int_equal(e.eax, PROGRAM);
	OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EAX, 5));
	OK(s.m, sysemu_set_reg(s.m, SYSEMU_REG_EIP, SYSEMU_CODE_BASE));
	assert_int_equal(ptrace_raw(s.m, CONT, 0, 0), 0);
	e = run_to(s.m, SYSEMU_CODE_BASE);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	assert_int_equal(e.eax, 5);
	sysemu_close(s.m);
}

/* The numbers are those of <sys/reg.h>, EBX 0 to SS 16. */
static void a_register_has_a_number_and_a_name(void **state)
{
	static const struct {
		unsigned reg, number;
		size_t offset;
		const char *name;
	} rows[] = {
		{ SYSEMU_REG_EBX, 0, offsetof(sysemu_regs, ebx), "ebx" },
		{ SYSEMU_REG_ECX, 1, offsetof(sysemu_regs, ecx), "ecx" },
		{ SYSEMU_REG_EBP, 5, offsetof(sysemu_regs, ebp), "ebp" },
		{ SYSEMU_REG_EAX, 6, offsetof(sysemu_regs, eax), "eax" },
		{ SYSEMU_REG_ORIG_EAX, 11, offsetof(sysemu_regs, orig_eax), "orig_eax" },
		{ SYSEMU_REG_EIP, 12, offsetof(sysemu_regs, eip), "eip" },
		{ SYSEMU_REG_ESP, 15, offsetof(sysemu_regs, esp), "esp" },
	};
	struct scene s = open_scene(*state, SYSEMU_ENTRY_INT80, NR_GETPID, SYSCALL);
	sysemu_regs regs;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t word, value = 0x10000 + i;

		assert_int_equal(rows[i].reg, rows[i].number);
		assert_string_equal(sysemu_reg_name(rows[i].reg), rows[i].name);
		OK(s.m, sysemu_set_reg(s.m, rows[i].reg, value));
		OK(s.m, sysemu_get_regs(s.m, &regs));
		memcpy(&word, (const char *)&regs + rows[i].offset, sizeof(word));
		assert_int_equal(word, value);
	}
	assert_null(sysemu_reg_name(SYSEMU_REGS));
	assert_int_equal(sysemu_set_reg(s.m, SYSEMU_REGS, 0), SYSEMU_EINVAL);
	assert_string_equal(sysemu_errmsg(s.m), "register 17: the last one is ss, 16");
	sysemu_close(s.m);
}

/* The range of data is tested first: a refused resume has written nothing. */
static void a_refused_resume_writes_nothing(void **state)
{
	static const int requests[] = { CONT, SYSCALL, SYSEMU, STEP,
					SYSEMU_PTRACE_SYSEMU_SINGLESTEP };
	struct scene s = open_scene(*state, SYSEMU_ENTRY_INT80, NR_GETPID, SYSCALL);
	sysemu_task before = task_info(s.m, 0), after;

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(ptrace_raw(s.m, requests[i], 0, 65), -EIO);
		after = task_info(s.m, 0);
		assert_int_equal(after.tif, before.tif);
		assert_int_equal(after.ptrace, before.ptrace);
		assert_int_equal(after.state, before.state);
		assert_int_equal(after.exit_code, before.exit_code);
		assert_int_equal(after.eflags, before.eflags);
	}
	sysemu_close(s.m);
}

/* What each accepted one writes, at a stop with T and E both clear, and with each of them set. */
static void each_resume_writes_its_flags(void **state)
{
	/* request; flags set; flags cleared in 2.6.11, in part 1 and 3, part 4, part 5, in 2.6.14 */
	static const struct {
		int request;
		uint32_t set, cleared[5];
	} rows[] = {
		{ CONT, 0, { T, T | E, T | E, T | E, T | E } },
		{ SYSCALL, T, { 0, E, 0, 0, E } },
		{ STEP, S, { T, T | E, T | E, T, T | E } },
		{ SYSEMU, E, { 0, T, T, T, T } },
		{ SYSEMU_PTRACE_SYSEMU_SINGLESTEP, S | E, { 0, 0, 0, 0, T } },
	};
	const char *kernel = *state;
	/* "sysemu-N": the part of the patch; "sysemu" and "sysemu-as-printed" have all five. */
	char part = strlen(kernel) == strlen("sysemu-1") ? kernel[7] : '5';
	unsigned era = kernel[0] == '2' ? (is_2_6_14(kernel) ? 4 : 0) :
		       part < '4'       ? 1 :
		       part == '4'      ? 2 :
					  3;

	for (unsigned i = 0; i < 5; i++)
		for (unsigned flags = 0; flags < 3; flags++) {
			static const uint32_t initial[] = { 0, T, E };
			uint32_t expected = (initial[flags] & ~rows[i].cleared[era]) | rows[i].set;
			struct scene s;

			if ((rows[i].request == SYSEMU && era == 0) || (i == 4 && era != 4))
				continue;
			s = open_scene(kernel, SYSEMU_ENTRY_INT80, NR_GETPID, 0);
			OK(s.m, sysemu_set_tif(s.m, initial[flags]));
			assert_int_equal(ptrace_raw(s.m, rows[i].request, 0, 0), 0);
			assert_int_equal(task_info(s.m, 0).tif, expected);
			sysemu_close(s.m);
		}
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_traced_calls_frame_is_the_programs_registers),
		ON_KERNELS_IF(an_emulated_call_returns_the_tracers_eax_and_every_other_register,
			      emulates),
		ON_KERNELS(the_number_that_the_tracer_leaves_is_the_one_that_runs),
		ON_KERNELS(a_call_out_of_range_stops_like_any_other),
		ON_KERNELS(the_exit_stop_decides_result_and_return),
		ON_KERNELS(a_register_has_a_number_and_a_name),
		ON_KERNELS(a_refused_resume_writes_nothing),
		ON_KERNELS(each_resume_writes_its_flags),
	};

	return run_on_kernels("frames", tests, sizeof(tests) / sizeof(tests[0]));
}
