/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_state_test.c: programs that arrive at the kernel, or leave it, in a bad state:
 * sysenter's ebp, segments and flags set by the program or its tracer, stacks that are not
 * there; code that changes itself; programs that never end or eat all memory.
 */
#include <string.h>

#include "tests/helpers/hostile.h"

enum { ILL = 4, TRAP = 5, FPE = 8, SEGV = 11 };
enum { BASE = SYSEMU_CODE_BASE, AFTER_SYSENTER = 0xffffe410, PID = 101 };
enum { EFAULT = 14, ENOMEM = 12 };
enum {
#define X(word, name, text) name = word,
	SYSEMU_REG_MAP(X)
#undef X
};

/* ---- sysenter ---- */

struct ebp_case {
	uint32_t ebp;
	int32_t result;
};

/* ebp is the stack that the call comes back to, and its word the sixth argument: all four
 * bytes must be below PAGE_OFFSET and readable. Behind the call, ebp's word is popped. */
static void bad_ebps(struct hostile *h)
{
	static const struct ebp_case list[] = {
		{ 0, -EFAULT },
		{ 0x1000, -EFAULT },
		{ 0xbffe0000, -EFAULT },
		{ 0xbffefffd, -EFAULT },              /* three bytes below the stack, one in it */
		{ BASE + HOSTILE_CODE - 3, -EFAULT }, /* the last of them is missing */
		{ 0xbffffffd, -EFAULT },
		{ 0xbfffffff, -EFAULT },
		{ 0xc0000000, -EFAULT },
		{ 0xc0100000, -EFAULT },
		{ 0xffffe000, -EFAULT },
		{ 0xffffffff, -EFAULT },
		{ 0xbffffffc, PID },
		{ BASE + 4094, PID },
	};

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		sysemu_event e = hostile_run(h, "b8 14 00 00 00 bd AAAA 0f 34", list[i].ebp);
		bool mapped = list[i].ebp == BASE + 4094;

		assert_int_equal((int32_t)e.eax, list[i].result);
		if (list[i].result != PID &&
		    list[i].ebp != 0xffffe000) /* which may be popped from */
			assert_int_equal(e.eip, AFTER_SYSENTER);
		if (!mapped)
			assert_int_equal(h->start ? e.status : e.status >> 8, SEGV);
	}
}

static void sysenter_with_a_bad_ebp_is_efault_and_a_good_one_is_served(void **state)
{
	(void)state;
	each_hostile(bad_ebps);
}

/* ---- segments that the tracer has set ---- */

static const uint32_t bad_selectors[] = { 0xffff, 0x0007, 0x0083, 0x0063, 0x006b, 0x00fb, 0x0017 };
enum { BAD = sizeof(bad_selectors) / sizeof(bad_selectors[0]) };

/* By sysemu_set_reg, or by the guest's own SETREGS. */
static void set_word(struct hostile *h, unsigned word, uint32_t value, bool raw)
{
	uint32_t words[17];

	if (!raw) {
		OK(h->m, sysemu_set_reg(h->m, word, value));
		return;
	}
	assert_int_equal(ptrace_raw(h->m, SYSEMU_PTRACE_GETREGS, 0, SYSEMU_WINDOW), 0);
	OK(h->m, sysemu_read(h->m, SYSEMU_WINDOW, words, sizeof(words)));
	words[word] = value;
	OK(h->m, sysemu_write(h->m, SYSEMU_WINDOW, words, sizeof(words)));
	assert_int_equal(ptrace_raw(h->m, SYSEMU_PTRACE_SETREGS, 0, SYSEMU_WINDOW), 0);
}

/* mov %ds, %eax; mov %es, %ebx; mov %fs, %ecx; mov %gs, %edx; int3 */
static void a_bad_data_selector_from_the_tracer_becomes_0(void **state)
{
	static const uint8_t code[] = { 0x8c, 0xd8, 0x8c, 0xc3, 0x8c, 0xe1, 0x8c, 0xea, 0xcc };
	static const unsigned words[4] = { DS, ES, FS, GS };

	(void)state;
	for (unsigned k = 0; k < HOSTILE_KERNELS; k++) {
		struct hostile h = open_hostile(hostile_kernels[k], SYSEMU_START_TRACED);

		for (unsigned i = 0; i < BAD * 4 * 2; i++) {
			unsigned which = i / 2 % 4;
			sysemu_regs regs;

			hostile_restore(&h);
			OK(h.m, sysemu_write(h.m, BASE, code, sizeof(code)));
			set_word(&h, words[which], bad_selectors[i / 8], i % 2);
			assert_int_equal(resume(h.m, SYSEMU_PTRACE_CONT, 0).status, 0x57f);
			OK(h.m, sysemu_get_regs(h.m, &regs));
			assert_int_equal(which == 0 ? regs.eax :
					 which == 1 ? regs.ebx :
					 which == 2 ? regs.ecx :
						      regs.edx,
					 0);
			assert_int_equal(which == 0 ? regs.ebx : regs.eax, 0x7b);
		}
		close_hostile(&h);
	}
}

/* 2.6.11 has no frame to signal on and ends the program; 2.6.14 tells it, again and again. */
static void expect_iret_fault(struct hostile *h, unsigned word, uint32_t value, bool raw)
{
	bool later = strcmp(h->kernel, "2.6.14") == 0;
	sysemu_event e;
	sysemu_regs regs;

	hostile_restore(h);
	set_word(h, word, value, raw);
	e = resume(h->m, SYSEMU_PTRACE_CONT, 0);
	if (!later) {
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status, SEGV);
		return;
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, 0xb7f);
		OK(h->m, sysemu_get_regs(h->m, &regs));
		assert_int_equal(word == CS ? regs.cs : regs.ss, value);
		if (i < 2)
			e = resume(h->m, SYSEMU_PTRACE_CONT, 0);
	}
	/* mended, it goes on: into the int3 that fills the page */
	set_word(h, word, word == CS ? 0x73 : 0x7b, raw);
	e = resume(h->m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.status, 0x57f);
}

static void a_bad_cs_or_ss_from_the_tracer_fails_at_iret(void **state)
{
	(void)state;
	for (unsigned k = 0; k < HOSTILE_KERNELS; k++) {
		struct hostile h = open_hostile(hostile_kernels[k], SYSEMU_START_TRACED);

		for (unsigned i = 0; i < BAD; i++) {
			expect_iret_fault(&h, CS, bad_selectors[i], i % 2);
			expect_iret_fault(&h, SS, bad_selectors[i], i % 2);
		}
		expect_iret_fault(&h, CS, 0x0003, false); /* null, RPL 3 */
		expect_iret_fault(&h, SS, 0x0003, true);
		expect_iret_fault(&h, CS, 0x007b, false); /* data */
		expect_iret_fault(&h, SS, 0x0073, true);  /* code */
		close_hostile(&h);
	}
}

static void a_bad_eip_from_the_tracer_faults_there(void **state)
{
	static const uint32_t eips[] = { 0, 0xbfff0000 - 1, 0xc0100000, 0xff401000, 0xffffffff };

	(void)state;
	for (unsigned k = 0; k < HOSTILE_KERNELS; k++) {
		struct hostile h = open_hostile(hostile_kernels[k], SYSEMU_START_TRACED);

		for (unsigned i = 0; i < sizeof(eips) / sizeof(eips[0]); i++) {
			sysemu_event e;

			hostile_restore(&h);
			set_word(&h, EIP, eips[i], i % 2);
			e = resume(h.m, SYSEMU_PTRACE_CONT, 0);
			assert_int_equal(e.status, 0xb7f);
			assert_int_equal(e.eip, eips[i]);
		}
		close_hostile(&h);
	}
}

/* ---- stacks ---- */

static void bad_stacks(struct hostile *h)
{
	static const uint32_t esps[] = { 0,          2,          0x1000,    0xbffe0000,
					 0xc0100000, 0xff400000, 0xffffffff };

	for (unsigned i = 0; i < sizeof(esps) / sizeof(esps[0]); i++) {
		/* int $0x80 uses the kernel's stack alone; exit(getpid()) */
		sysemu_event e = hostile_run(
			h, "bc AAAA b8 14 00 00 00 cd 80 89 c3 b8 01 00 00 00 cd 80", esps[i]);

		assert_int_equal(e.kind, SYSEMU_EVENT_EXIT);
		assert_int_equal(e.status, PID << 8);
		assert_int_equal(e.esp, esps[i]);
		/* sysenter comes back with esp = ebp, whatever esp was */
		e = hostile_run(h, "89 e5 bc AAAA b8 14 00 00 00 83 ed 10 0f 34", esps[i]);
		assert_int_equal(e.eax, PID);
		/* faults and traps use the kernel's stack, too */
		expect_signal(h, "bc AAAA 0f 0b", esps[i], ILL, BASE + 5);
		expect_signal(h, "bc AAAA cc", esps[i], TRAP, BASE + 6);
		expect_signal(h, "bc AAAA 9c", esps[i], SEGV, BASE + 5);
	}
}

static void a_bad_esp_harms_nobody_but_the_program(void **state)
{
	(void)state;
	each_hostile(bad_stacks);
}

static void recursions(struct hostile *h)
{
	enum { STACK_LOW = 0xbfff0000 };
	sysemu_event e = hostile_run(h, "e8 fb ff ff ff", 0);

	assert_int_equal(h->start ? e.status : e.status >> 8, SEGV);
	assert_int_equal(e.eip, BASE);
	assert_int_equal(e.esp, STACK_LOW);
	e = hostile_run(h, "60 eb fd", 0); /* pusha: 32 bytes, half of them do not fit once */
	assert_int_equal(e.esp, STACK_LOW);
	assert_int_equal(e.eip, BASE);
}

static void an_endless_recursion_is_sigsegv_at_the_stacks_end(void **state)
{
	(void)state;
	each_hostile(recursions);
}

/* ---- flags ---- */

static const uint32_t user_flags[] = {
	0x4000,          /* NT */
	0x40000,         /* AC */
	0x400,           /* DF */
	0x3000,          /* IOPL 3: popf at CPL 3 keeps what was */
	0x20000,         /* VM: popf keeps it, too */
	0x200000,        /* ID */
	0x7f7400 | 0x47, /* all of them but TF */
};

/* push $word; popf; then both entries, and the flags that come back. */
static void flags_by_popf(struct hostile *h)
{
	for (unsigned i = 0; i < sizeof(user_flags) / sizeof(user_flags[0]); i++) {
		uint32_t kept = user_flags[i] & 0x244c55;
		/* popf; pushf; pop %ebx; mov $20, %eax; int $0x80; pushf; pop %ecx; int3 */
		sysemu_event e = hostile_run(h, "68 AAAA 9d 9c 5b b8 14 00 00 00 cd 80 9c 59 cc",
					     user_flags[i]);
		sysemu_regs regs;

		assert_int_equal(e.eax, PID);
		assert_int_equal(h->start ? e.status : e.status >> 8, TRAP);
		if (h->start == SYSEMU_START_TRACED) {
			OK(h->m, sysemu_get_regs(h->m, &regs));
			assert_int_equal(regs.ebx, kept | 0x202); /* IF stays set */
			assert_int_equal(regs.ecx, kept | 0x202);
		}
		/* sysenter's fast exit leaves by sysexit, with SAVE_ALL's DF */
		e = hostile_run(h, "89 e5 83 ed 20 68 AAAA 9d b8 14 00 00 00 0f 34", user_flags[i]);
		assert_int_equal(e.eax, PID);
	}
}

static void flags_set_by_popf_pass_through_both_entries(void **state)
{
	(void)state;
	each_hostile(flags_by_popf);
}

/*
 * sysenter does not clear NT. With work at the exit the kernel leaves by iret, which with NT
 * is a task return: #TS, mended by the exception table as every bad iret is.
 */
static void nt_through_sysenter_with_work_fails_at_the_kernels_iret(void **state)
{
	static const uint8_t code[] = { 0x89, 0xe5, 0x83, 0xed, 0x20, 0x68, 0, 0x40, 0,
					0,    0x9d, 0xb8, 20,   0,    0,    0, 0x0f, 0x34 };

	(void)state;
	for (unsigned k = 0; k < HOSTILE_KERNELS; k++) {
		struct hostile h = open_hostile(hostile_kernels[k], SYSEMU_START_TRACED);
		sysemu_event e;

		OK(h.m, sysemu_write(h.m, BASE, code, sizeof(code)));
		e = resume(h.m, SYSEMU_PTRACE_SYSCALL, 0);
		assert_int_equal(e.status, 0x57f);
		e = resume(h.m, SYSEMU_PTRACE_SYSCALL, 0);
		assert_int_equal(e.status, 0x57f);
		assert_int_equal(e.eax, PID);
		e = resume(h.m, SYSEMU_PTRACE_CONT, 0);
		if (strcmp(h.kernel, "2.6.14") == 0)
			assert_int_equal(e.status, 0xb7f);
		else
			assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		close_hostile(&h);
	}
}

static void irets(struct hostile *h)
{
	expect_signal(h, "68 00 40 00 00 9d cf", 0, SEGV, BASE + 6);
	/* VM in the flags that iret pops: ignored in ring 3, whatever cs is */
	expect_signal(h, "9c 81 0c 24 00 00 02 00 6a 73 68 00 90 04 08 cf", 0, TRAP, BASE + 4097);
	expect_signal(h, "9c 81 0c 24 00 00 02 00 6a 60 68 00 90 04 08 cf", 0, SEGV, BASE + 15);
	expect_signal(h, "9c 81 0c 24 00 00 02 00 6a 00 68 00 90 04 08 cf", 0, SEGV, BASE + 15);
	expect_signal(h, "68 AAAA 9d 90 90", 0x100, TRAP, BASE + 7); /* TF: behind the nop */
	expect_signal(h, "68 AAAA 9d 0f 0b", 0x100, ILL, BASE + 6);
}

static void iret_with_nt_is_an_invalid_tss_and_vm_is_ignored(void **state)
{
	(void)state;
	each_hostile(irets);
}

/* ---- the FPU and the clock ---- */

static void fpu(struct hostile *h)
{
	/* fninit; fldcw of $0x337 (zero divide unmasked); fld1; fldz; fdivrp; fwait */
	expect_signal(h, "db e3 68 3b 03 00 00 d9 2c 24 d9 e8 d9 ee de f9 9b", 0, FPE, BASE + 16);
	expect_signal(h, "0f ae 40 01", 0, SEGV, BASE); /* fxsave, not at a multiple of 16 */
}

static void fpu_exceptions_are_sigfpe_and_misuse_is_sigsegv(void **state)
{
	(void)state;
	each_hostile(fpu);
}

static void clock_and_identity(struct hostile *h)
{
	/* rdtsc; mov %eax, %ebx; cpuid(1) xored in; exit by int3 */
	static const char *const code = "0f 31 89 c6 b8 01 00 00 00 0f a2 cc";
	sysemu_digest first, second;

	hostile_run(h, code, 0);
	OK(h->m, sysemu_get_digest(h->m, &first));
	hostile_run(h, code, 0);
	OK(h->m, sysemu_get_digest(h->m, &second));
	assert_memory_equal(&first, &second, sizeof(first));
}

static void rdtsc_and_cpuid_say_the_same_twice(void **state)
{
	(void)state;
	each_hostile(clock_and_identity);
}

/* ---- code that changes itself ---- */

struct watch {
	uint64_t user, kernel;
};

static void watch_insn(void *user, uint32_t addr, uint32_t size)
{
	struct watch *w = user;

	(void)size;
	if (addr < 0xc0000000 || addr >= 0xffffe000)
		w->user++;
	else
		w->kernel++;
}

struct smc_case {
	const char *hex;
	uint32_t eax;
	uint64_t insns; /* int3 included */
};

static void self_modifying(struct hostile *h)
{
	static const struct smc_case list[] = {
		/* the next instruction's operand; the one after the next */
		{ "c6 05 08 80 04 08 42 b0 00 cc", 0x42, 3 },
		{ "c6 05 0a 80 04 08 42 90 90 b0 00 cc", 0x42, 5 },
		/* the next instruction itself: inc %eax for nop */
		{ "c6 05 07 80 04 08 40 90 cc", 1, 3 },
		/* the next block, behind a jump */
		{ "c6 05 0a 80 04 08 42 eb 00 b0 00 cc", 0x42, 4 },
		/* another page: mov $..., %eax at the next page's start */
		{ "c7 05 00 90 04 08 b8 78 56 34 c6 05 04 90 04 08 12 68 00 90 04 08 c3",
		  0x12345678, 6 },
		/* a loop that counts in its own operand: add $1..5 */
		{ "b9 05 00 00 00 83 c0 00 fe 05 07 80 04 08 e2 f5 cc", 0 + 1 + 2 + 3 + 4, 17 },
		/* rep stosb over what follows it */
		{ "b0 40 bf 0e 80 04 08 b9 02 00 00 00 f3 aa 90 90 cc", 0x42, 7 },
	};

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		for (int watched = 0; watched < 2; watched++) {
			struct watch w = { 0 };
			sysemu_counts before;
			sysemu_event e;

			hostile_restore(h);
			OK(h->m, sysemu_get_counts(h->m, &before));
			if (watched)
				OK(h->m, sysemu_on_insn(h->m, watch_insn, &w));
			e = hostile_run(h, list[i].hex, 0);
			OK(h->m, sysemu_on_insn(h->m, NULL, NULL));
			if (e.eax != list[i].eax)
				print_error("%s: eax %x, not %x\n", list[i].hex, e.eax,
					    list[i].eax);
			assert_int_equal(e.eax, list[i].eax);
			assert_int_equal(h->start ? e.status : e.status >> 8, TRAP);
			if (e.counts.insns[SYSEMU_REGION_USER] - before.insns[SYSEMU_REGION_USER] !=
			    list[i].insns)
				print_error("%s, %swatched\n", list[i].hex, watched ? "" : "not ");
			assert_int_equal(e.counts.insns[SYSEMU_REGION_USER] -
						 before.insns[SYSEMU_REGION_USER],
					 list[i].insns);
			if (watched)
				assert_int_equal(w.user, list[i].insns);
		}
}

static void code_that_changes_itself_runs_as_changed_and_is_counted_as_run(void **state)
{
	(void)state;
	each_hostile(self_modifying);
}

/* rep movsb over the end of a page: what was moved is moved, eip is at the rep. */
static void rep_over_a_fault(struct hostile *h)
{
	uint32_t end = BASE + HOSTILE_CODE;
	sysemu_event e;
	sysemu_regs regs;

	for (uint32_t room = 1; room < 9; room += 3) {
		e = hostile_run(h, "b9 ff ff ff ff be 00 80 04 08 bf AAAA f3 a4", end - room);
		assert_int_equal(h->start ? e.status : e.status >> 8, SEGV);
		assert_int_equal(e.eip, BASE + 15);
		if (h->start == SYSEMU_START_UNTRACED)
			continue;
		OK(h->m, sysemu_get_regs(h->m, &regs));
		assert_int_equal(regs.edi, end);
		assert_int_equal(regs.esi, BASE + room);
		assert_int_equal(regs.ecx, 0xffffffff - room);
	}
	expect_signal(h, "fd 41 49 b9 ff ff ff ff bf 07 80 04 08 f3 aa", 0, SEGV, BASE + 13);
}

static void rep_movs_over_a_page_fault_has_moved_what_it_could(void **state)
{
	(void)state;
	each_hostile(rep_over_a_fault);
}

/* ---- programs without an end ---- */

static void endless(struct hostile *h)
{
	static const char *const list[] = {
		"eb fe",
		"90 90 90 eb fb",
		"b8 14 00 00 00 cd 80 eb f7",
		"bf 00 90 04 08 b9 10 00 00 00 f3 aa eb f2",
		"e8 00 00 00 00 58 eb f8",
		"68 00 80 04 08 c3",
		"31 c0 cd 80 eb fa",
		"9c 81 0c 24 00 04 00 00 9d eb f5",
	};
	enum { BUDGET = 10000 };

	for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		uint8_t code[64];
		unsigned size = parse_hex(list[i], 0, code, sizeof(code));
		uint64_t before, after;
		sysemu_event e = { 0 };

		hostile_restore(h);
		OK(h->m, sysemu_write(h->m, BASE, code, size));
		if (h->start == SYSEMU_START_TRACED)
			assert_int_equal(ptrace_raw(h->m, SYSEMU_PTRACE_CONT, 0, 0), 0);
		for (unsigned turn = 0; turn < 5; turn++) {
			sysemu_counts counts;

			OK(h->m, sysemu_get_counts(h->m, &counts));
			before = sysemu_kernel_insns(&counts) + counts.insns[SYSEMU_REGION_USER];
			OK(h->m, sysemu_run(h->m, BUDGET, &e));
			assert_int_equal(e.kind, SYSEMU_EVENT_LIMIT);
			after = sysemu_kernel_insns(&e.counts) + e.counts.insns[SYSEMU_REGION_USER];
			assert_between(after - before, BUDGET - 100, BUDGET);
		}
	}
}

static void a_program_without_an_end_is_stopped_by_its_budget_and_goes_on(void **state)
{
	(void)state;
	each_hostile(endless);
}

/* mmap2 of 16 pages each, each touched, until it fails; exit(-result) */
static void a_program_that_eats_all_memory_gets_enomem(void **state)
{
	static const char *const hungry =
		"b8 c0 00 00 00 31 db b9 00 00 01 00 ba 03 00 00 00 be 22 00 00 00 83 cf ff 31 ed"
		" cd 80 3d 00 f0 ff ff 77 04 89 00 eb d8 f7 d8 89 c3 b8 01 00 00 00 cd 80";
	/* brk, up one page at a time, until it stays where it is; exit(12) */
	static const char *const greedy =
		"31 db b8 2d 00 00 00 cd 80 89 c6 8d 9e 00 10 00 00 b8 2d 00 00 00 cd 80"
		" 39 f0 74 07 89 c6 89 46 fc eb e8 bb 0c 00 00 00 b8 01 00 00 00 cd 80";

	(void)state;
	for (int brk = 0; brk < 2; brk++) {
		const sysemu_config config = { .kernel = "sysemu", .user_pages = 256 };
		sysemu_served served = { 0 };
		sysemu_snapshot *snapshot;
		sysemu_digest before, after;
		sysemu_machine *m;
		uint8_t code[64];
		unsigned calls = 0;

		OK(NULL, sysemu_open(&config, &m));
		OK(m, sysemu_load_code(m, code,
				       parse_hex(brk ? greedy : hungry, 0, code, sizeof(code))));
		assert_int_equal(run(m).status, 0x137f);
		OK(m, sysemu_save(m, &snapshot));
		OK(m, sysemu_get_digest(m, &before));
		while (!served.ended && calls++ < 1000) {
			sysemu_event e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);

			assert_int_equal(e.status, 0x57f);
			OK(m, sysemu_serve(m, e.orig_eax, &served));
		}
		assert_int_equal(served.status, ENOMEM << 8);
		assert_between(calls, 10, 300);
		OK(m, sysemu_restore(m, snapshot));
		OK(m, sysemu_get_digest(m, &after));
		assert_memory_equal(&before, &after, sizeof(before));
		sysemu_close(m);
		sysemu_snapshot_free(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sysenter_with_a_bad_ebp_is_efault_and_a_good_one_is_served),
		cmocka_unit_test(a_bad_data_selector_from_the_tracer_becomes_0),
		cmocka_unit_test(a_bad_cs_or_ss_from_the_tracer_fails_at_iret),
		cmocka_unit_test(a_bad_eip_from_the_tracer_faults_there),
		cmocka_unit_test(a_bad_esp_harms_nobody_but_the_program),
		cmocka_unit_test(an_endless_recursion_is_sigsegv_at_the_stacks_end),
		cmocka_unit_test(flags_set_by_popf_pass_through_both_entries),
		cmocka_unit_test(nt_through_sysenter_with_work_fails_at_the_kernels_iret),
		cmocka_unit_test(iret_with_nt_is_an_invalid_tss_and_vm_is_ignored),
		cmocka_unit_test(fpu_exceptions_are_sigfpe_and_misuse_is_sigsegv),
		cmocka_unit_test(rdtsc_and_cpuid_say_the_same_twice),
		cmocka_unit_test(code_that_changes_itself_runs_as_changed_and_is_counted_as_run),
		cmocka_unit_test(rep_movs_over_a_page_fault_has_moved_what_it_could),
		cmocka_unit_test(a_program_without_an_end_is_stopped_by_its_budget_and_goes_on),
		cmocka_unit_test(a_program_that_eats_all_memory_gets_enomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
