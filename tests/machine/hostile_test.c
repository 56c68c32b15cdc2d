/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_test.c: what a program must not do, one instruction at a time: the kernel's memory,
 * privileged and illegal instructions, int 0 to 255, far transfers. What is expected is the
 * i386 manual's exception and the kernel's signal for it. The state a program arrives with:
 * hostile_state_test.c.
 */
#include <string.h>

#include "tests/helpers/hostile.h"
#include "tests/helpers/random_program.h"

enum { ILL = 4, TRAP = 5, FPE = 8, SEGV = 11 };
enum { BASE = SYSEMU_CODE_BASE };

/* ---- memory that is not the program's ---- */

static const uint32_t forbidden[] = {
	0,          0xfff,                              /* nothing is mapped at null pointers */
	0xb8000000, 0xb800fffc,                         /* the tracer's window */
	0xc0000000, 0xc0100000, 0xc0100ffd, 0xc0102000, /* behind user space, kernel text */
	0xff000000, 0xff020120, 0xff3ffffc,             /* page tables; the code page's own entry */
	0xff400000, 0xff401000, 0xff401080,             /* the page directory, the firmware */
	0xffffd000, 0xfffff000, 0xfffffffc,             /* around the vsyscall page */
};
enum { FORBIDDEN = sizeof(forbidden) / sizeof(forbidden[0]) };

static void reads(struct hostile *h)
{
	for (unsigned i = 0; i < FORBIDDEN; i++) {
		expect_signal(h, "a1 AAAA", forbidden[i], SEGV, BASE);
		expect_signal(h, "8a 05 AAAA", forbidden[i], SEGV, BASE);
		expect_signal(h, "be AAAA ac", forbidden[i], SEGV, BASE + 5);
		expect_signal(h, "0f ae 0d AAAA", forbidden[i] & ~15u, SEGV, BASE); /* fxrstor */
		expect_signal(h, "ff 35 AAAA", forbidden[i], SEGV, BASE);
		expect_signal(h, "bc AAAA cb", forbidden[i], SEGV, BASE + 5); /* lret, iret */
		expect_signal(h, "bc AAAA ca 08 00", forbidden[i], SEGV, BASE + 5);
		expect_signal(h, "bc AAAA cf", forbidden[i], SEGV, BASE + 5);
		expect_signal(h, "bc AAAA 66 cf", forbidden[i], SEGV, BASE + 5);
	}
}

static void a_read_of_what_is_not_the_programs_is_sigsegv(void **state)
{
	(void)state;
	each_hostile(reads);
}

static void writes(struct hostile *h)
{
	for (unsigned i = 0; i < FORBIDDEN; i++) {
		expect_signal(h, "a3 AAAA", forbidden[i], SEGV, BASE);
		expect_signal(h, "c6 05 AAAA 90", forbidden[i], SEGV, BASE);
		expect_signal(h, "f0 ff 05 AAAA", forbidden[i], SEGV, BASE);
		expect_signal(h, "bf AAAA ab", forbidden[i], SEGV, BASE + 5);
		expect_signal(h, "0f ae 05 AAAA", forbidden[i] & ~15u, SEGV, BASE); /* fxsave */
		expect_signal(h, "0f 01 05 AAAA", forbidden[i], SEGV, BASE);        /* sgdt */
		expect_signal(h, "bc AAAA 50", forbidden[i] + 4, SEGV, BASE + 5);
		expect_signal(h, "df 35 AAAA", forbidden[i], SEGV, BASE); /* fbstp */
		/* lcall to the program's own segment, from memory, too */
		expect_signal(h, "bc AAAA 9a 00 80 04 08 73 00", forbidden[i] + 8, SEGV, BASE + 5);
		expect_signal(h, "bc AAAA 66 9a 00 80 73 00", forbidden[i] + 4, SEGV, BASE + 5);
		expect_signal(h, "bc AAAA ff 1d 0b 80 04 08 00 80 04 08 73 00", forbidden[i] + 8,
			      SEGV, BASE + 5);
	}
	expect_signal(h, "a3 AAAA", 0xffffe000, SEGV, BASE); /* may be read */
	expect_signal(h, "a3 AAAA", 0xffffe400, SEGV, BASE);
	expect_signal(h, "c6 05 AAAA 90", 0xffffefff, SEGV, BASE);
}

static void a_write_of_what_is_not_the_programs_is_sigsegv_and_changes_nothing(void **state)
{
	(void)state;
	each_hostile(writes);
}

static void executes(struct hostile *h)
{
	for (unsigned i = 0; i < FORBIDDEN; i++) {
		expect_signal(h, "68 AAAA c3", forbidden[i], SEGV, forbidden[i]);
		expect_signal(h, "b8 AAAA ff e0", forbidden[i], SEGV, forbidden[i]);
	}
}

static void a_jump_to_what_is_not_the_programs_is_sigsegv_there(void **state)
{
	(void)state;
	each_hostile(executes);
}

/* ---- int n ---- */

static void interrupts(struct hostile *h)
{
	for (uint32_t n = 0; n < 256; n++) {
		if (n == 0x80)
			continue;
		/* int3, into and bound have gates for programs, and come back behind the int */
		expect_signal(h, "cd AAAA", n | 0xcccccc00, n == 3 ? TRAP : SEGV,
			      n >= 3 && n <= 5 ? BASE + 2 : BASE);
	}
	assert_int_equal(hostile_run(h, "b8 01 00 00 00 bb 07 00 00 00 cd 80", 0).status, 0x700);
}

static void int_n_passes_for_3_4_5_and_0x80_and_else_is_a_general_protection(void **state)
{
	(void)state;
	each_hostile(interrupts);
}

/* ---- one instruction ---- */

struct one {
	const char *hex;
	int sig;
	unsigned at; /* offset of the saved eip */
};

static void each_one(struct hostile *h, const struct one *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_signal(h, list[i].hex, 0, list[i].sig, BASE + list[i].at);
}
#define EACH_ONE(h, list) each_one(h, list, sizeof(list) / sizeof((list)[0]))

static void privileged(struct hostile *h)
{
	static const struct one list[] = {
		{ "fa", SEGV, 0 },
		{ "fb", SEGV, 0 }, /* cli, sti: IOPL 0 */
		{ "f4", SEGV, 0 },
		{ "0f 06", SEGV, 0 }, /* hlt, clts */
		{ "0f 01 10", SEGV, 0 },
		{ "0f 01 18", SEGV, 0 }, /* lgdt, lidt */
		{ "0f 00 d0", SEGV, 0 },
		{ "0f 00 d8", SEGV, 0 }, /* lldt, ltr */
		{ "0f 01 f0", SEGV, 0 },
		{ "0f 01 38", SEGV, 0 }, /* lmsw, invlpg */
		{ "0f 20 c0", SEGV, 0 },
		{ "0f 22 c0", SEGV, 0 }, /* cr0 */
		{ "0f 20 d0", SEGV, 0 },
		{ "0f 22 d0", SEGV, 0 }, /* cr2 */
		{ "0f 20 d8", SEGV, 0 },
		{ "0f 22 d8", SEGV, 0 }, /* cr3 */
		{ "0f 20 e0", SEGV, 0 },
		{ "0f 22 e0", SEGV, 0 }, /* cr4 */
		{ "0f 21 c0", SEGV, 0 },
		{ "0f 23 c0", SEGV, 0 }, /* dr0 */
		{ "0f 21 f8", SEGV, 0 },
		{ "0f 23 f8", SEGV, 0 }, /* dr7 */
		{ "0f 32", SEGV, 0 },
		{ "0f 30", SEGV, 0 }, /* rdmsr, wrmsr */
		{ "0f 08", SEGV, 0 },
		{ "0f 09", SEGV, 0 }, /* invd, wbinvd */
		{ "0f 35", SEGV, 0 }, /* sysexit */
		/* the TSS has no I/O bitmap, so every port is forbidden */
		{ "e4 80", SEGV, 0 },
		{ "e5 80", SEGV, 0 },
		{ "e6 80", SEGV, 0 },
		{ "e7 e9", SEGV, 0 },
		{ "ec", SEGV, 0 },
		{ "ed", SEGV, 0 },
		{ "ee", SEGV, 0 },
		{ "ef", SEGV, 0 },
		{ "66 ed", SEGV, 0 },
		{ "66 ef", SEGV, 0 },
		{ "66 e5 80", SEGV, 0 },
		{ "66 e7 e9", SEGV, 0 },
		{ "6c", SEGV, 0 },
		{ "6d", SEGV, 0 },
		{ "6e", SEGV, 0 },
		{ "6f", SEGV, 0 },
		{ "66 6d", SEGV, 0 },
		{ "66 6f", SEGV, 0 },
		{ "41 f3 6c", SEGV, 1 },
		{ "41 f3 6f", SEGV, 1 },
	};

	EACH_ONE(h, list);
}

static void a_privileged_instruction_is_a_general_protection(void **state)
{
	(void)state;
	each_hostile(privileged);
}

/* nop %ebp, into, int3: in the middle of it, what begins VEX elsewhere. */
static void a_nop_keeps_its_operand_byte(void **state)
{
	const uint8_t code[] = { 0x0f, 0x1f, 0xc5, 0xce, 0xcc };
	sysemu_machine *m =
		open_code("sysemu", SYSEMU_ENTRY_INT80, SYSEMU_START_UNTRACED, code, sizeof(code));
	sysemu_event e = run(m);

	(void)state;
	assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
	assert_int_equal(e.status, TRAP);
	assert_int_equal(e.eip, SYSEMU_CODE_BASE + sizeof(code));
	sysemu_close(m);
}

static void illegal(struct hostile *h)
{
	static const struct one list[] = {
		{ "0f 0b", ILL, 0 },
		{ "0f b9 c0", ILL, 0 }, /* ud2, ud1 */
		{ "0f 05", ILL, 0 },
		{ "0f 07", ILL, 0 }, /* syscall, sysret: not in 32 bits */
		{ "f0 90", ILL, 0 },
		{ "f0 01 c0", ILL, 0 }, /* lock without memory */
		{ "f0 8b 00", ILL, 0 },
		{ "f0 39 00", ILL, 0 },
		{ "f0 0f a3 c0", ILL, 0 },
		{ "f0 0f a3 00", ILL, 0 },
		{ "f0 0f ab c0", ILL, 0 },
		{ "f0 80 38 00", ILL, 0 },
		{ "f0 a6", ILL, 0 },
		{ "f0 cd 80", ILL, 0 },
		{ "f0 0f 34", ILL, 0 },
		{ "f0 ff e0", ILL, 0 },
		{ "ff d8", ILL, 0 },
		{ "ff e8", ILL, 0 }, /* far through a register */
		{ "66 ff df", ILL, 0 },
		{ "ff ff", ILL, 0 },
		{ "8d c0", ILL, 0 },
		{ "c4 c0", ILL, 0 }, /* lea, les, lds of a register */
		{ "c5 f8 34", ILL, 0 },
		{ "c5 f8 05 00", ILL, 0 }, /* as VEX: no AVX here */
		{ "c5 f8 31", ILL, 0 },
		{ "62 c0", ILL, 0 },
		{ "8e c8", ILL, 0 },
		{ "8e f0", ILL, 0 }, /* mov to cs and to no segment */
		{ "0f 01 c0", ILL, 0 },
		{ "0f c7 c8", ILL, 0 }, /* cmpxchg8b of a register */
		/* behind an instruction that the decoder does not know */
		{ "0f 1f c0 0f 05", ILL, 3 },
		{ "0f 0d b8 01 00 00 00 0f 0b", ILL, 7 },
		/* prefetchw of a register, whose ModRM byte elsewhere is a lock prefix */
		{ "0f 0d f0 f2 0f 51 8e f0 b6 bb 0f", ILL, 0 },
		{ "fe d0", ILL, 0 },
		{ "0f 20 40 00", SEGV, 0 },
		/* more than 15 bytes: #GP, whatever they say */
		{ "66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", SEGV, 0 },
		{ "2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e b8 00 00 00 00", SEGV, 0 },
		{ "f1", TRAP, 1 }, /* int1 asks for no gate's DPL */
		{ "cc", TRAP, 1 },
		{ "b0 7f 04 01 ce", SEGV, 5 }, /* into, with OF */
		{ "f7 f0", FPE, 0 },
		{ "f6 f8", FPE, 0 },                                   /* division by 0 */
		{ "31 d2 b8 00 00 00 80 83 c9 ff 99 f7 f9", FPE, 11 }, /* -2^31 / -1 */
		{ "d4 00", FPE, 0 },                                   /* aam 0 */
		{ "b8 00 80 04 08 40 62 00", SEGV, 6 }, /* bound, whatever it is compared with */
	};

	EACH_ONE(h, list);
}

static void an_illegal_instruction_is_sigill(void **state)
{
	(void)state;
	each_hostile(illegal);
}

/* ---- far transfers and segment loads ---- */

static void far_transfers(struct hostile *h)
{
	static const struct one list[] = {
		{ "ea 00 00 10 c0 60 00", SEGV, 0 },
		{ "9a 00 00 10 c0 60 00", SEGV, 0 },
		{ "ea 00 80 04 08 63 00", SEGV, 0 },
		{ "9a 00 80 04 08 63 00", SEGV, 0 },
		{ "ea 00 80 04 08 7b 00", SEGV, 0 },
		{ "9a 00 80 04 08 7b 00", SEGV, 0 }, /* data */
		{ "ea 00 80 04 08 ff ff", SEGV, 0 },
		{ "9a 00 80 04 08 ff ff", SEGV, 0 },
		{ "ea 00 80 04 08 00 00", SEGV, 0 },
		{ "9a 00 80 04 08 00 00", SEGV, 0 }, /* null */
		{ "ea 00 80 04 08 80 00", SEGV, 0 },
		{ "9a 00 80 04 08 80 00", SEGV, 0 }, /* TSS */
		{ "9a 00 00 00 00 07 00", SEGV, 0 },
		{ "9a 00 00 00 00 27 00", SEGV, 0 }, /* iBCS */
		/* iret and lret to ring 0, to data, to nothing: the frame, then the fault */
		{ "9c 6a 60 68 00 00 10 c0 cf", SEGV, 8 },
		{ "9c 6a 63 68 00 80 04 08 cf", SEGV, 8 },
		{ "9c 6a 7b 68 00 80 04 08 cf", SEGV, 8 },
		{ "9c 6a 00 68 00 80 04 08 cf", SEGV, 8 },
		{ "9c 6a ff 68 00 80 04 08 cf", SEGV, 8 },
		{ "6a 60 68 00 00 10 c0 cb", SEGV, 7 },
		{ "6a 7b 68 00 80 04 08 cb", SEGV, 7 },
		/* segment registers */
		{ "b8 60 00 00 00 8e d8", SEGV, 5 },
		{ "b8 68 00 00 00 8e d8", SEGV, 5 },
		{ "b8 6b 00 00 00 8e c0", SEGV, 5 },
		{ "b8 80 00 00 00 8e e0", SEGV, 5 },
		{ "b8 07 00 00 00 8e e8", SEGV, 5 },
		{ "b8 ff ff 00 00 8e d8", SEGV, 5 },
		{ "31 c0 8e d0", SEGV, 2 },
		{ "b8 73 00 00 00 8e d0", SEGV, 5 },
		{ "b8 68 00 00 00 8e d0", SEGV, 5 },
		{ "6a 68 17", SEGV, 2 },
		{ "6a 68 0f a1", SEGV, 2 },
		{ "6a 68 1f", SEGV, 2 },
	};

	EACH_ONE(h, list);
}

static void a_far_way_into_the_kernel_is_a_general_protection(void **state)
{
	(void)state;
	each_hostile(far_transfers);
}

/* ---- at the end of a page ---- */

static uint64_t user_insns(struct hostile *h)
{
	sysemu_counts counts;

	OK(h->m, sysemu_get_counts(h->m, &counts));
	return counts.insns[SYSEMU_REGION_USER];
}

/* Nops to the end of the last page but `cut` bytes of an instruction of five. */
static void page_ends(struct hostile *h)
{
	static uint8_t nops[HOSTILE_CODE];
	uint32_t end = BASE + HOSTILE_CODE;

	for (uint32_t cut = 0; cut < 5; cut++) {
		uint64_t before;
		sysemu_event e;

		memset(nops, 0x90, sizeof(nops));
		memcpy(nops, "\x8d\x40\x00", 3); /* lea: blocks do not end where the page does */
		memcpy(nops + sizeof(nops) - cut, "\xb8\x01\x02\x03", cut);
		hostile_restore(h);
		OK(h->m, sysemu_write(h->m, BASE, nops, sizeof(nops)));
		before = user_insns(h);
		if (h->start == SYSEMU_START_TRACED)
			e = resume(h->m, SYSEMU_PTRACE_CONT, 0);
		else
			e = run(h->m);
		assert_int_equal(e.status, h->start == SYSEMU_START_TRACED ? 0xb7f : 0xb);
		assert_int_equal(e.eip, end - cut);
		assert_int_equal(user_insns(h) - before, HOSTILE_CODE - cut - 2);
	}
}

static void code_that_runs_out_of_its_page_faults_at_the_cut_instruction(void **state)
{
	(void)state;
	each_hostile(page_ends);
}

/* ---- flags ---- */

/* cmp of 0 with 1 (CF, PF, AF, SF) or test of 15 (PF) comes before what faults. */
static void flags_at_faults(struct hostile *h)
{
	static const struct {
		const char *hex;
		uint32_t flags, at;
	} list[] = {
		{ "83 f8 01 c0 10 01", 0x95, 3 },    { "83 f8 01 d0 18", 0x95, 3 },
		{ "83 f8 01 d3 10", 0x95, 3 },       { "83 f8 01 c1 58 04 21", 0x95, 3 },
		{ "b1 0f 84 c9 d2 58 04", 0x04, 4 }, { "b1 0f 84 c9 d1 10", 0x04, 4 },
		{ "83 f8 01 0f 9a 00", 0x95, 3 },    { "b1 0f 84 c9 0f 9e 00", 0x04, 4 },
		{ "83 f8 01 66 0f 9b 00", 0x95, 3 }, { "83 f8 01 12 00", 0x95, 3 },
		{ "83 f8 01 ff 00", 0x95, 3 },       { "83 f8 01 d1 00", 0x95, 3 },
		{ "83 f8 01 0f a4 08 05", 0x95, 3 }, { "83 f8 01 0f ab 08", 0x95, 3 },
		{ "83 f8 01 0f c1 08", 0x95, 3 },    { "83 f8 01 0f b1 08", 0x95, 3 },
		{ "83 f8 01 f7 18", 0x95, 3 },       { "83 f8 01 f6 20", 0x95, 3 },
		{ "83 f8 01 0f 4a 00", 0x95, 3 },    { "83 f8 01 0f bc 00", 0x95, 3 },
		{ "83 f8 01 31 ff ae", 0x44, 5 },
	};

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		sysemu_event e = hostile_run(h, list[i].hex, 0);

		if (e.eip != BASE + list[i].at || (e.eflags & 0x8d5) != list[i].flags)
			print_error("%s: eip %08x, eflags %08x\n", list[i].hex, e.eip, e.eflags);
		assert_int_equal(e.eip, BASE + list[i].at);
		assert_int_equal(e.eflags & 0x8d5, list[i].flags);
	}
}

static void an_instruction_that_faults_leaves_the_flags_alone(void **state)
{
	(void)state;
	each_hostile(flags_at_faults);
}

/* ---- random ---- */

static void a_few_thousand_random_programs_run_alike_in_two_machines(void **state)
{
	struct random_tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < random_nconfigs; i++)
		random_run(&random_configs[i], 1, 400 * i, 400, &tally);
	assert_true(tally.events[SYSEMU_EVENT_STOP] > 1000);
	assert_true(tally.events[SYSEMU_EVENT_KILLED] > 500);
	assert_true(tally.events[SYSEMU_EVENT_LIMIT] > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_of_what_is_not_the_programs_is_sigsegv),
		cmocka_unit_test(
			a_write_of_what_is_not_the_programs_is_sigsegv_and_changes_nothing),
		cmocka_unit_test(a_jump_to_what_is_not_the_programs_is_sigsegv_there),
		cmocka_unit_test(int_n_passes_for_3_4_5_and_0x80_and_else_is_a_general_protection),
		cmocka_unit_test(a_privileged_instruction_is_a_general_protection),
		cmocka_unit_test(an_illegal_instruction_is_sigill),
		cmocka_unit_test(a_nop_keeps_its_operand_byte),
		cmocka_unit_test(a_far_way_into_the_kernel_is_a_general_protection),
		cmocka_unit_test(code_that_runs_out_of_its_page_faults_at_the_cut_instruction),
		cmocka_unit_test(an_instruction_that_faults_leaves_the_flags_alone),
		cmocka_unit_test(a_few_thousand_random_programs_run_alike_in_two_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
