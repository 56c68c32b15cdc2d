/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_code_test.c: raw code against a model, whatever the code does: each run ends, says how,
 * and the same again; an instruction is one whatever model prices it.
 */
#include <string.h>

#include "tests/helpers/harness.h"

enum { BYTES = 64, AT = 0x1000, TABLES = 0xc0000000, PAGE_TABLES = 0xff000000, AROUND = 0x10000 };

struct passes {
	uint64_t n;
	sysemu_pass sum;
};

static void add_pass(void *user, const sysemu_pass *pass)
{
	struct passes *p = user;

	p->n++;
	p->sum.insns += pass->insns;
	p->sum.foreign += pass->foreign;
	p->sum.ruled += pass->ruled;
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		p->sum.clocks[c] += pass->clocks[c];
}

static uint64_t clocks(const sysemu_pass *pass)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		sum += pass->clocks[c];
	return sum;
}

static size_t bytes_of(const char *hex, uint8_t bytes[BYTES])
{
	size_t n = 0;
	unsigned byte;

	for (; *hex; hex += hex[2] == ' ' ? 3 : 2) {
		assert_true(n < BYTES);
		byte = 0;
		for (int i = 0; i < 2; i++)
			byte = byte << 4 | (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'W');
		bytes[n++] = (uint8_t)byte;
	}
	return n;
}

/* The whole run is one pass, and that pass is the total. */
static sysemu_code_result run_code(sysemu_code_run run, const char *hex)
{
	sysemu_code_result result;
	struct passes passes = { 0 };
	uint8_t code[BYTES];

	run.code = code;
	run.size = bytes_of(hex, code);
	run.timing = run.timing ? run.timing : "insn";
	OK(NULL, sysemu_timing_code(&run, add_pass, &passes, &result));
	assert_int_equal(passes.n, result.passes);
	if (!run.from && !run.to) {
		assert_int_equal(result.passes, 1);
		assert_memory_equal(&passes.sum, &result.total, sizeof(passes.sum));
	}
	return result;
}

/* ---- how it ends ---- */

static void a_run_whose_first_instruction_faults_is_one_pass_of_none(void **state)
{
	for (unsigned ring = 0; ring <= 3; ring += 3) {
		sysemu_code_result r = run_code((sysemu_code_run){ .ring = ring }, "0f0b");

		assert_string_equal(r.ended, "exception");
		assert_int_equal(r.vector, 6);
		assert_int_equal(r.eip, AT);
		assert_int_equal(r.total.insns, 0);
	}
	(void)state;
}

/* What lies around the code ends where something else begins: it must not be mapped, too. */
static void code_may_lie_as_near_to_the_tables_as_check_lets_it(void **state)
{
	static const uint32_t ends[] = { TABLES, PAGE_TABLES };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned ring = 0; ring <= 3; ring += 3) {
			sysemu_code_run run = { .at = ends[i] - AROUND - 2, .ring = ring };
			sysemu_code_result r = run_code(run, "90f4");

			assert_string_equal(r.ended, "hlt");
			assert_int_equal(r.eip, run.at + 1);
		}
	}
}

/* mov $0x80000000, %esp; push %eax: #PF, without a page to push its frame to, then #DF. */
static void a_fault_without_a_stack_is_a_shutdown(void **state)
{
	sysemu_code_result r = run_code((sysemu_code_run){ 0 }, "bc00000080 50");

	(void)state;
	assert_string_equal(r.ended, "shutdown");
	assert_int_equal(r.eip, AT + 5);
	assert_int_equal(r.total.insns, 1);
	/* In ring 3 the TSS has another. */
	r = run_code((sysemu_code_run){ .ring = 3 }, "bc00000080 50");
	assert_string_equal(r.ended, "exception");
	assert_int_equal(r.vector, 14);
}

/* mov $0xfffff0, %esi; mov $32, %ecx; rep lodsb: 16 rounds up to the end of memory */
static void a_rep_that_a_fault_interrupts_is_no_instruction(void **state)
{
	static const char *const timings[] = { "insn", "i386dx", "i386dx-bus", "i386dx,misalign" };

	(void)state;
	for (unsigned i = 0; i < sizeof(timings) / sizeof(timings[0]); i++) {
		sysemu_code_result r = run_code((sysemu_code_run){ .timing = timings[i] },
						"bef0ffff00 b920000000 f3ac f4");

		assert_string_equal(r.ended, "exception");
		assert_int_equal(r.eip, AT + 10);
		assert_int_equal(r.total.insns, 2);
		if (i == 0)
			assert_int_equal(clocks(&r.total), 2);
	}
}

/* 1: mov $0x800000, %ecx; xor %esi, %esi; rep lodsb; jmp 1b. A rep counts when it is complete, and
 * a million instructions of these would be 2^41 rounds. */
static void rounds_of_reps_have_an_end_too(void **state)
{
	sysemu_code_result r =
		run_code((sysemu_code_run){ .ring = 3 }, "b900008000 31f6 f3ac ebf5");

	(void)state;
	assert_string_equal(r.ended, "limit");
	assert_int_equal(r.eip, AT + 7);
	assert_int_equal(r.total.insns, clocks(&r.total));
	assert_between(r.total.insns, 4, 16);
}

/* ---- jumps to what lies behind them ---- */

/* A jump is one wherever it leads: jmp, call, jmp *%eax, ret, each to a hlt that is at the same
 * place in its double word. */
static void a_jump_to_what_lies_behind_it_costs_what_any_jump_does(void **state)
{
	static const char *const pairs[][2] = {
		{ "eb00 f4", "eb04 90909090 f4" },
		{ "e800000000 f4", "e804000000 90909090 f4" },
		{ "b807100000 ffe0 f4", "b80b100000 ffe0 90909090 f4" },
		{ "6806100000 c3 f4", "680a100000 c3 90909090 f4" },
		{ "9c 0e 6808100000 cf f4", "9c 0e 680c100000 cf 90909090 f4" },
	};
	const char *timing;

	(void)state;
	for (size_t i = 0; (timing = sysemu_timing_at(i, NULL)) != NULL; i++) {
		for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++) {
			const sysemu_code_run run = { .timing = timing };
			sysemu_code_result near = run_code(run, pairs[k][0]);
			sysemu_code_result far = run_code(run, pairs[k][1]);

			assert_string_equal(near.ended, "hlt");
			assert_memory_equal(&near.total, &far.total, sizeof(far.total));
		}
	}
}

/* ---- code that means harm ---- */

static const char *const hostile[] = {
	/* add %al, (%eax), 30 times: stores into the page that it runs from */
	"ebc1 f4",
	/* mov $0xc0000000, %edi; mov $0x5000, %ecx; rep stosb: all of the tables */
	"bf000000c0 b900500000 f3aa cd40",
	/* xor %edi, %edi; mov $-1, %ecx; rep movsl: everything */
	"31ff b9ffffffff f3a5",
	/* xor %eax, %eax; mov %eax, %cr3; int $0x40 */
	"31c0 0f22d8 cd40",
	/* mov %cr0, %eax; btr $31, %eax; mov %eax, %cr0; int $0x40: no paging */
	"0f20c0 0fbaf01f 0f22c0 cd40 f4",
	/* the same with bit 0: real mode */
	"0f20c0 25feffff7f 0f22c0 cd40 f4",
	/* lgdt, lidt of nothing; int3; mov %eax, %ds */
	"0f011500200000 8ed8 cc",
	"0f011d00200000 cc",
	/* mov $8, %eax; ltr, lldt; int $0x40 */
	"b808000000 0f00d8 cd40",
	"b808000000 0f00d0 cd40",
	/* TF: pushf; orl $0x100, (%esp); popf; nop */
	"9c 810c2400010000 9d 90 90 f4",
	/* VM, NT, RF by popf; iret */
	"9c 810c2400400300 9d cf",
	/* pushf; push %cs; push $AT: iret to itself, up to the limit */
	"9c 0e 6800100000 cf",
	/* push $0x23; push $0xf00000; push $2; push $0x1b; push $0x1014; iret: to ring 3; hlt */
	"6a23 680000f000 6a02 6a1b 6814100000 cf 9090 f4",
	/* jmp far 0x1b:0, 0x23:0, 0:0, TSS */
	"ea000000001b00",
	"ea000000002300",
	"ea000000000000",
	"ea000000002800",
	/* sysenter to nowhere; wrmsr of its MSRs first */
	"0f34",
	"b974010000 b808000000 0f30 41 0f30 41 0f30 0f34",
	/* the iret stub, the boot code, the stubs, the tables, the page tables, the end of all */
	"68004000c0 c3",
	"68804e00c0 c3",
	"68013000c0 c3",
	"68000000c0 c3",
	"68000000ff c3",
	"68ffffffff c3",
	/* a lock where none may be, an opcode of none, int1, bound, into */
	"f090",
	"0fff",
	"f1",
	"620500200000",
	"b0ff 04ff ce f4",
	/* movw $0xfeeb, . + 7; nop: code that changes itself */
	"66c70509100000ebfe 9090",
	/* the IDT's page becomes not present: movl $0, page tables; int $0x40 */
	"c7050000300000000000 cd40",
	"c7050000 30ff00000000 0f20d8 0f22d8 cd40",
};

static void whatever_code_does_its_run_ends_twice_the_same(void **state)
{
	static const char *const ends[] = { "hlt", "limit", "exception", "shutdown" };
	const char *timing;

	(void)state;
	for (unsigned i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		uint8_t code[BYTES];
		sysemu_code_run run = { .code = code, .max_insns = 1000 };

		run.size = bytes_of(hostile[i], code);
		timing = sysemu_timing_at(i % 4, NULL);
		run.timing = timing;
		for (run.ring = 0; run.ring <= 3; run.ring += 3) {
			sysemu_code_result r[2] = { 0 };
			unsigned known = 0;

			for (int n = 0; n < 2; n++) {
				sysemu_status status = sysemu_timing_code(&run, NULL, NULL, &r[n]);

				if (status != SYSEMU_OK)
					fail_msg("%s: %s", hostile[i], sysemu_errmsg(NULL));
			}
			assert_memory_equal(&r[0], &r[1], sizeof(r[0]));
			for (unsigned e = 0; e < 4; e++)
				known += !strcmp(r[0].ended, ends[e]);
			assert_int_equal(known, 1);
		}
	}
}

static void each_vector_is_an_exception_or_an_iret(void **state)
{
	(void)state;
	for (unsigned ring = 0; ring <= 3; ring += 3) {
		for (unsigned v = 0; v < 256; v++) {
			const uint8_t code[] = { 0xcd, (uint8_t)v, 0xf4 };
			const sysemu_code_run run = {
				.timing = "i386dx", .code = code, .size = 3, .ring = ring
			};
			sysemu_code_result r;

			OK(NULL, sysemu_timing_code(&run, NULL, NULL, &r));
			if (v >= 32) {
				assert_string_equal(r.ended, "hlt");
				assert_int_equal(r.eip, AT + 2);
				continue;
			}
			assert_string_equal(r.ended, "exception");
			assert_int_equal(r.vector, ring ? 13 : v); /* their gates are of DPL 0 */
		}
	}
}

/* ---- 0 as an address ---- */

static void count_pass(void *user, const sysemu_pass *pass)
{
	unsigned *n = user;

	assert_int_equal(pass->insns, 1);
	(*n)++;
}

static void a_given_zero_is_address_zero(void **state)
{
	/* jmp . */
	sysemu_code_run run = { .timing = "insn", .code = "\xeb\xfe", .size = 2, .max_insns = 8 };
	sysemu_code_result r;
	unsigned passes = 0;

	(void)state;
	assert_int_equal(sysemu_timing_code(&run, NULL, NULL, &r), SYSEMU_OK);
	assert_int_equal(r.eip, 0x1000);
	assert_int_equal(r.passes, 1);
	run.at_given = run.bounded = true;
	assert_int_equal(sysemu_timing_code(&run, count_pass, &passes, &r), SYSEMU_OK);
	assert_int_equal(r.eip, 0);
	assert_true(r.passes > 1);
	assert_int_equal(passes, r.passes);
}

/* ---- what is refused ---- */

static void expect_refused(const sysemu_code_run *run, const char *says)
{
	sysemu_code_result r;

	assert_int_equal(sysemu_timing_code(run, NULL, NULL, &r), SYSEMU_EINVAL);
	assert_non_null(strstr(sysemu_errmsg(NULL), says));
}

static void what_cannot_be_run_is_refused_with_the_reason(void **state)
{
	const sysemu_code_run good = { .timing = "insn", .code = "\xf4", .size = 1 };
	sysemu_code_run bad = good;
	sysemu_code_result r;

	(void)state;
	assert_int_equal(sysemu_timing_code(NULL, NULL, NULL, &r), SYSEMU_EINVAL);
	assert_int_equal(sysemu_timing_code(&good, NULL, NULL, NULL), SYSEMU_EINVAL);
	bad.timing = NULL;
	expect_refused(&bad, "no model is named");
	bad.timing = "all";
	expect_refused(&bad, "\"all\"");
	bad = good;
	bad.code = NULL;
	expect_refused(&bad, "not 0");
	bad = good;
	bad.size = SIZE_MAX;
	expect_refused(&bad, "16 MiB");
	bad = good;
	bad.ring = 1;
	expect_refused(&bad, "ring 1");
	bad = good;
	bad.max_insns = UINT64_MAX;
	expect_refused(&bad, "max_insns");
	bad = good;
	bad.at = TABLES - AROUND;
	expect_refused(&bad, "meets the tables");
	bad.at = PAGE_TABLES - AROUND;
	expect_refused(&bad, "ends behind");
	bad.at = UINT32_MAX;
	expect_refused(&bad, "ends behind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_whose_first_instruction_faults_is_one_pass_of_none),
		cmocka_unit_test(code_may_lie_as_near_to_the_tables_as_check_lets_it),
		cmocka_unit_test(a_fault_without_a_stack_is_a_shutdown),
		cmocka_unit_test(a_rep_that_a_fault_interrupts_is_no_instruction),
		cmocka_unit_test(rounds_of_reps_have_an_end_too),
		cmocka_unit_test(a_jump_to_what_lies_behind_it_costs_what_any_jump_does),
		cmocka_unit_test(whatever_code_does_its_run_ends_twice_the_same),
		cmocka_unit_test(each_vector_is_an_exception_or_an_iret),
		cmocka_unit_test(a_given_zero_is_address_zero),
		cmocka_unit_test(what_cannot_be_run_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
