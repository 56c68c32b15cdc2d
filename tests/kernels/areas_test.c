/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * areas_test.c: what the requests move, byte for byte, and where they stop: the registers' area,
 * words of the program's memory, the tracer's own memory, TLS descriptors. Expectations:
 * docs/kernels.md §3 (the user area) and §6 (which error for which address), ptrace(2), and
 * set_thread_area(2) with the manual's format of a descriptor. Every test runs on every kernel.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

enum { PEEKTEXT = 1, PEEKDATA, PEEKUSR, POKETEXT, POKEDATA, POKEUSR };
enum { GETREGS = 12, SETREGS, GETFPREGS, SETFPREGS, GETFPXREGS = 18, SETFPXREGS };
enum { GET_THREAD_AREA = 25, SET_THREAD_AREA, WORDS = 17 };
#define WINDOW     SYSEMU_WINDOW
#define WINDOW_END (SYSEMU_WINDOW + SYSEMU_WINDOW_SIZE)
#define TASK_SIZE  0xc0000000u
#define PAGE       0x20000000u

static sysemu_machine *open_stopped(const char *kernel)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit_spin(&p);
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

static void fill(sysemu_machine *m, uint32_t at, uint32_t words, uint32_t value)
{
	for (uint32_t i = 0; i < words; i++)
		OK(m, sysemu_write(m, at + 4 * i, &value, 4));
}

/* Word n of the area, and of what GETREGS writes, is the register of that number: a value is put
 * into each by POKEUSR, and seen by both; nothing beside the 17 words is touched. */
static void the_17_words_are_the_registers_in_order(void **state)
{
	/* ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss */
	static const uint32_t values[WORDS] = { 0xb1, 0xc1, 0xd1,  0x51,       0xd2, 0xb2,
						0xa1, 0x7b, 0x73,  0x73,       0x7b, 0x1234,
						PAGE, 0x73, 0x246, 0x20000800, 0x7b };
	sysemu_machine *m = open_stopped(*state);
	sysemu_regs regs;

	for (uint32_t n = 0; n < WORDS; n++)
		assert_int_equal(ptrace_raw(m, POKEUSR, 4 * n, values[n]), 0);
	fill(m, WINDOW, WORDS + 2, 0x5a5a5a5a);
	assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW + 4), 0);
	assert_int_equal(guest_word(m, WINDOW), 0x5a5a5a5a);
	assert_int_equal(guest_word(m, WINDOW + 4 * (WORDS + 1)), 0x5a5a5a5a);
	for (uint32_t n = 0; n < WORDS; n++) {
		uint32_t mask = n == 14 ? 0x44dd5 : ~0u; /* of eflags what a tracer may write */

		assert_int_equal(guest_word(m, WINDOW + 4 + 4 * n) & mask, values[n] & mask);
		assert_int_equal(ptrace_raw(m, PEEKUSR, 4 * n, WINDOW + 0x100), 0);
		assert_int_equal(guest_word(m, WINDOW + 0x100), guest_word(m, WINDOW + 4 + 4 * n));
	}
	regs = regs_of(m);
	assert_int_equal(regs.ebx, 0xb1);
	assert_int_equal(regs.edi, 0xd2);
	assert_int_equal(regs.ebp, 0xb2);
	assert_int_equal(regs.orig_eax, 0x1234);
	assert_int_equal(regs.esp, 0x20000800);
	sysemu_close(m);
}

static void setregs_takes_them_in_the_same_order(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	for (uint32_t n = 0; n < WORDS; n++) {
		uint32_t before[WORDS], after[WORDS], value = 0x1000 + n;

		if (n == 13 || n == 16 || (n >= 7 && n <= 10))
			value = n == 13 ? 0x7b : 0x73;
		if (n == 14)
			value = 0xc5;
		assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW), 0);
		OK(m, sysemu_read(m, WINDOW, before, sizeof(before)));
		OK(m, sysemu_write(m, WINDOW + 4 * n, &value, 4));
		assert_int_equal(ptrace_raw(m, SETREGS, 0, WINDOW), 0);
		assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW), 0);
		OK(m, sysemu_read(m, WINDOW, after, sizeof(after)));
		for (uint32_t i = 0; i < WORDS; i++) {
			uint32_t mask = i == 14 ? 0xdd5 : ~0u;

			assert_int_equal(after[i] & mask, (i == n ? value : before[i]) & mask);
		}
	}
	sysemu_close(m);
}

/* A range that ends at TASK_SIZE is one of pages that are not there, which is no error; a byte
 * more is -EIO. So is a length that wraps around. */
static void a_block_ends_at_task_size_at_the_latest(void **state)
{
	static const struct {
		int request;
		uint32_t size;
	} blocks[] = { { GETREGS, 68 }, { SETREGS, 68 }, { GETFPREGS, 108 }, { SETFPREGS, 108 } };

	for (unsigned i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		sysemu_machine *m = open_stopped(*state);
		const uint32_t last = TASK_SIZE - blocks[i].size;

		assert_int_equal(ptrace_raw(m, blocks[i].request, 0, last + 1), -EIO);
		assert_int_equal(ptrace_raw(m, blocks[i].request, 0, TASK_SIZE), -EIO);
		assert_int_equal(ptrace_raw(m, blocks[i].request, 0, 0xffffffff), -EIO);
		assert_int_equal(ptrace_raw(m, blocks[i].request, 0, last), 0);
		sysemu_close(m);
	}
}

/* Across the end of the tracer's memory the words that are in it are moved. */
static void getregs_across_an_end_writes_what_it_can(void **state)
{
	sysemu_machine *m = open_stopped(*state);
	uint32_t words[WORDS], part[WORDS];

	assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW), 0);
	OK(m, sysemu_read(m, WINDOW, words, sizeof(words)));
	for (uint32_t n = 1; n < WORDS; n += 5) {
		assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW_END - 4 * n), 0);
		OK(m, sysemu_read(m, WINDOW_END - 4 * n, part, 4 * n));
		assert_memory_equal(part, words, 4 * n);
		fill(m, WINDOW, WORDS, 0);
		assert_int_equal(ptrace_raw(m, GETREGS, 0, WINDOW - 4 * n), 0);
		OK(m, sysemu_read(m, WINDOW, part, 4 * (WORDS - n)));
		assert_memory_equal(part, words + n, 4 * (WORDS - n));
	}
	sysemu_close(m);
}

/* Where PEEK puts its word: all four bytes are the tracer's, or -EFAULT. */
static void a_peeked_word_goes_to_the_tracers_memory_alone(void **state)
{
	static const struct {
		uint32_t data;
		int32_t result;
	} rows[] = {
		{ WINDOW, 0 },
		{ WINDOW + 1, 0 },
		{ WINDOW_END - 4, 0 },
		{ WINDOW_END - 3, -EFAULT },
		{ WINDOW_END, -EFAULT },
		{ WINDOW - 1, -EFAULT },
		{ WINDOW - 4, -EFAULT },
		{ SYSEMU_CODE_BASE, -EFAULT }, /* the program's, which the tracer does not have */
		{ TASK_SIZE - 4, -EFAULT },
		{ TASK_SIZE, -EFAULT },
		{ 0xffffe000, -EFAULT },
		{ 0xfffffffe, -EFAULT },
		{ 0, -EFAULT },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sysemu_machine *m = open_stopped(*state);

		assert_int_equal(ptrace_raw(m, PEEKDATA, SYSEMU_CODE_BASE, rows[i].data),
				 rows[i].result);
		assert_int_equal(ptrace_raw(m, PEEKTEXT, SYSEMU_CODE_BASE, rows[i].data),
				 rows[i].result);
		assert_int_equal(ptrace_raw(m, PEEKUSR, 0, rows[i].data), rows[i].result);
		if (rows[i].result == 0)
			assert_int_equal(guest_word(m, rows[i].data), regs_of(m).ebx);
		sysemu_close(m);
	}
}

/* At each place across a page's end; a word that goes on where nothing is, is -EIO. */
static void a_word_lies_across_pages_and_not_across_the_end_of_memory(void **state)
{
	sysemu_machine *m = open_stopped(*state);

	OK(m, sysemu_map(m, PAGE, 2, 3));
	fill(m, PAGE, 2048, 0x04030201);
	for (int32_t at = -4; at <= 0; at++) { /* behind the second page there is nothing */
		uint32_t addr = PAGE + 8192 + (uint32_t)at;
		int32_t expected = at == -4 ? 0 : -EIO;

		assert_int_equal(ptrace_raw(m, PEEKDATA, addr, WINDOW), expected);
		assert_int_equal(ptrace_raw(m, POKEDATA, addr, 0x44332211), expected);
		if (at == -4)
			assert_int_equal(guest_word(m, addr), 0x44332211);
	}
	for (int32_t at = -4; at <= 0; at++) {
		uint32_t addr = PAGE + 4096 + (uint32_t)at;

		assert_int_equal(ptrace_raw(m, POKEDATA, addr, 0xd0c0b0a0 + (uint32_t)at), 0);
		assert_int_equal(guest_word(m, addr), 0xd0c0b0a0 + (uint32_t)at);
		assert_int_equal(ptrace_raw(m, PEEKDATA, addr, WINDOW), 0);
		assert_int_equal(guest_word(m, WINDOW), 0xd0c0b0a0 + (uint32_t)at);
	}
	sysemu_close(m);
}

/* ---- TLS descriptors ---- */

struct desc {
	uint32_t entry, base, limit, bits;
};
/* seg_32bit, contents, read_exec_only, limit_in_pages, seg_not_present, useable */
enum { BIG = 1, EXPAND_DOWN = 2, CODE = 4, READ_ONLY = 8, PAGES = 16, ABSENT = 32, USEABLE = 64 };

static void a_descriptor_comes_back_as_it_was_given(void **state)
{
	static const uint32_t bits[] = { BIG,
					 BIG | PAGES,
					 BIG | EXPAND_DOWN,
					 BIG | CODE,
					 BIG | READ_ONLY,
					 BIG | USEABLE,
					 BIG | ABSENT,
					 PAGES | READ_ONLY | USEABLE,
					 BIG | PAGES | USEABLE | EXPAND_DOWN };

	for (uint32_t entry = 6; entry <= 8; entry++)
		for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
			const struct desc in = { 4711, 0xa1b2c3d4, 0xe5f67, bits[i] };
			sysemu_machine *m = open_stopped(*state);
			struct desc out;

			OK(m, sysemu_write(m, WINDOW, &in, sizeof(in)));
			assert_int_equal(ptrace_raw(m, SET_THREAD_AREA, entry, WINDOW), 0);
			for (uint32_t other = 6; other <= 8; other++) {
				assert_int_equal(
					ptrace_raw(m, GET_THREAD_AREA, other, WINDOW + 0x40), 0);
				OK(m, sysemu_read(m, WINDOW + 0x40, &out, sizeof(out)));
				assert_int_equal(out.entry, other);
				assert_int_equal(out.base, other == entry ? in.base : 0);
				assert_int_equal(out.limit, other == entry ? in.limit : 0);
				assert_int_equal(out.bits,
						 other == entry ? in.bits : ABSENT | READ_ONLY);
			}
			sysemu_close(m);
		}
}

static void thread_areas_are_6_to_8(void **state)
{
	static const uint32_t bad[] = { 5, 9, 0, 0xffffffff, 0x80000006 };
	sysemu_machine *m = open_stopped(*state);

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ptrace_raw(m, GET_THREAD_AREA, bad[i], WINDOW), -EINVAL);
		assert_int_equal(ptrace_raw(m, SET_THREAD_AREA, bad[i], WINDOW), -EINVAL);
	}
	for (uint32_t entry = 6; entry <= 8; entry++) {
		assert_int_equal(ptrace_raw(m, GET_THREAD_AREA, entry, WINDOW_END - 16), 0);
		assert_int_equal(ptrace_raw(m, GET_THREAD_AREA, entry, WINDOW_END - 12), -EFAULT);
		assert_int_equal(ptrace_raw(m, SET_THREAD_AREA, entry, WINDOW_END - 12), -EFAULT);
		assert_int_equal(ptrace_raw(m, SET_THREAD_AREA, entry, 0), -EFAULT);
	}
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(the_17_words_are_the_registers_in_order),
		ON_KERNELS(setregs_takes_them_in_the_same_order),
		ON_KERNELS(a_block_ends_at_task_size_at_the_latest),
		ON_KERNELS(getregs_across_an_end_writes_what_it_can),
		ON_KERNELS(a_peeked_word_goes_to_the_tracers_memory_alone),
		ON_KERNELS(a_word_lies_across_pages_and_not_across_the_end_of_memory),
		ON_KERNELS(a_descriptor_comes_back_as_it_was_given),
		ON_KERNELS(thread_areas_are_6_to_8),
	};

	return run_on_kernels("areas", tests, sizeof(tests) / sizeof(tests[0]));
}
