/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fpu_test.c: the FPU and SSE registers in the hands of a tracer: GETFPREGS and SETFPREGS (108
 * bytes as fsave has them), GETFPXREGS and SETFPXREGS (512 as fxsave), over stops and forks;
 * and the requests that move one more block: GETEVENTMSG, GETSIGINFO, SETSIGINFO.
 * Expectations: the Intel manual's FSAVE and FXSAVE images, ptrace(2), and arch/i386's
 * access_ok tests: a range beyond TASK_SIZE is -EIO; a page that is not there is no error to the
 * old pair (as with GETREGS) and -EFAULT to the new.
 */
#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

#include <string.h>

#define WINDOW     SYSEMU_WINDOW
#define OUT        (SYSEMU_CODE_BASE + 0x800) /* where a program stores what it has */
#define NOT_MAPPED 0x1000u
#define KERNEL     0xc0000000u
enum { FSAVE_SIZE = 108, FXSAVE_SIZE = 512 };

static const uint8_t pi[10] = { 0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40 };
static const uint8_t one[10] = { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f };
static const uint8_t two[10] = { 0, 0, 0, 0, 0, 0, 0, 0x80, 0x00, 0x40 };

/* fld1; fldpi; movups OUT+0x100,%xmm3; int3; fstpt OUT; fstpt OUT+16; movups %xmm3,OUT+32;
 * stmxcsr OUT+48; fnstcw OUT+52; int3 */
static sysemu_machine *open_fpu(const char *kernel)
{
	struct emit p = { 0 };
	sysemu_machine *m;

	emit(&p, "d9e8d9eb0f101d");
	emit_word(&p, OUT + 0x100);
	emit(&p, "ccdb3d");
	emit_word(&p, OUT);
	emit(&p, "db3d");
	emit_word(&p, OUT + 16);
	emit(&p, "0f111d");
	emit_word(&p, OUT + 32);
	emit(&p, "0fae1d");
	emit_word(&p, OUT + 48);
	emit(&p, "d93d");
	emit_word(&p, OUT + 52);
	emit(&p, "cc");
	emit_org(&p, 0x900);
	for (uint32_t i = 0; i < 4; i++)
		emit_word(&p, 0x11111111 * (i + 1));
	m = emit_open(&p, kernel, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	return m;
}

static sysemu_machine *open_at_int3(const char *kernel)
{
	sysemu_machine *m = open_fpu(kernel);

	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	return m;
}

static void get_block(sysemu_machine *m, int request, void *block, size_t size)
{
	assert_int_equal(ptrace_raw(m, request, 0, WINDOW), 0);
	OK(m, sysemu_read(m, WINDOW, block, size));
}

static void set_block(sysemu_machine *m, int request, const void *block, size_t size)
{
	OK(m, sysemu_write(m, WINDOW, block, size));
	assert_int_equal(ptrace_raw(m, request, 0, WINDOW), 0);
}

static uint32_t word_of(const uint8_t *block, size_t at)
{
	uint32_t word;

	memcpy(&word, block + at, 4);
	return word;
}

/* ---- the two images ---- */

static void a_new_program_has_a_clean_fpu(void **state)
{
	sysemu_machine *m = open_fpu(*state);
	uint8_t fx[FXSAVE_SIZE], f[FSAVE_SIZE];

	get_block(m, SYSEMU_PTRACE_GETFPXREGS, fx, sizeof(fx));
	assert_int_equal(word_of(fx, 0), 0x0000037f); /* control 0x37f, status 0 */
	assert_int_equal(fx[4], 0);                   /* every register is empty */
	assert_int_equal(word_of(fx, 24), 0x1f80);    /* MXCSR */
	get_block(m, SYSEMU_PTRACE_GETFPREGS, f, sizeof(f));
	assert_int_equal(word_of(f, 0), 0xffff037f);
	assert_int_equal(word_of(f, 4), 0xffff0000);
	assert_int_equal(word_of(f, 8), 0xffffffff);
	sysemu_close(m);
}

static void getfpregs_is_an_fsave_image(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint8_t f[FSAVE_SIZE];

	get_block(m, SYSEMU_PTRACE_GETFPREGS, f, sizeof(f));
	assert_int_equal(word_of(f, 0), 0xffff037f);
	assert_int_equal(word_of(f, 4) & 0xffff3800, 0xffff3000); /* TOP is 6 */
	assert_int_equal(word_of(f, 8), 0xffff0fff); /* 6 and 7 valid, the rest empty */
	assert_memory_equal(f + 28, pi, 10);
	assert_memory_equal(f + 38, one, 10);
	sysemu_close(m);
}

static void getfpxregs_is_an_fxsave_image(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint8_t fx[FXSAVE_SIZE];

	get_block(m, SYSEMU_PTRACE_GETFPXREGS, fx, sizeof(fx));
	assert_int_equal(word_of(fx, 0) & 0x3800ffff, 0x3000037f);
	assert_int_equal(fx[4], 0xc0);
	assert_memory_equal(fx + 32, pi, 10);
	assert_memory_equal(fx + 48, one, 10);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(word_of(fx, 160 + 3 * 16 + 4 * i), 0x11111111 * (i + 1));
	sysemu_close(m);
}

/* The tags that fsave tells apart: valid, zero, special. */
static void the_full_tag_word_is_made_from_the_registers(void **state)
{
	static const struct {
		uint8_t value[10];
		unsigned tag;
	} rows[] = {
		{ { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f }, 0 }, /* 1.0 */
		{ { 0 }, 1 },                                     /* 0 */
		{ { 1 }, 2 },                                     /* denormal */
		{ { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f }, 2 }, /* infinity */
		{ { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff }, 2 }, /* NaN */
	};
	sysemu_machine *m = open_at_int3(*state);
	uint8_t fx[FXSAVE_SIZE], f[FSAVE_SIZE];

	get_block(m, SYSEMU_PTRACE_GETFPXREGS, fx, sizeof(fx));
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(fx + 32, rows[i].value, 10);
		set_block(m, SYSEMU_PTRACE_SETFPXREGS, fx, sizeof(fx));
		get_block(m, SYSEMU_PTRACE_GETFPREGS, f, sizeof(f));
		assert_int_equal(word_of(f, 8) >> 12 & 3, rows[i].tag);
	}
	sysemu_close(m);
}

/* ---- what a tracer sets the program has ---- */

static void setfpregs_changes_the_stack_and_not_the_xmm_registers(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint8_t f[FSAVE_SIZE], out[64], again[FSAVE_SIZE];
	uint16_t control = 0x0c7f;

	get_block(m, SYSEMU_PTRACE_GETFPREGS, f, sizeof(f));
	memcpy(f + 28, two, 10);
	memcpy(f, &control, 2);
	set_block(m, SYSEMU_PTRACE_SETFPREGS, f, sizeof(f));
	get_block(m, SYSEMU_PTRACE_GETFPREGS, again, sizeof(again));
	assert_memory_equal(again, f, sizeof(f));
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	OK(m, sysemu_read(m, OUT, out, sizeof(out)));
	assert_memory_equal(out, two, 10);
	assert_memory_equal(out + 16, one, 10);
	assert_int_equal(word_of(out, 32), 0x11111111);
	assert_int_equal(word_of(out, 52) & 0xffff, control);
	sysemu_close(m);
}

/* MXCSR's reserved bits would make fxrstor fault: they are dropped. */
static void setfpxregs_changes_all_and_drops_reserved_bits(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint8_t fx[FXSAVE_SIZE], out[64];
	uint32_t value = 0xcafebabe, mxcsr = 0xffff0000 | 0x1f80 | 0x6000;

	get_block(m, SYSEMU_PTRACE_GETFPXREGS, fx, sizeof(fx));
	memcpy(fx + 32, two, 10);
	memcpy(fx + 160 + 3 * 16, &value, 4);
	memcpy(fx + 24, &mxcsr, 4);
	set_block(m, SYSEMU_PTRACE_SETFPXREGS, fx, sizeof(fx));
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	OK(m, sysemu_read(m, OUT, out, sizeof(out)));
	assert_memory_equal(out, two, 10);
	assert_int_equal(word_of(out, 32), value);
	assert_int_equal(word_of(out, 36), 0x22222222);
	assert_int_equal(word_of(out, 48), 0x1f80 | 0x6000);
	sysemu_close(m);
}

static void looking_at_the_fpu_leaves_it_alone(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint8_t fx[FXSAVE_SIZE], f[FSAVE_SIZE], out[64];

	for (int i = 0; i < 3; i++) {
		get_block(m, SYSEMU_PTRACE_GETFPXREGS, fx, sizeof(fx));
		get_block(m, SYSEMU_PTRACE_GETFPREGS, f, sizeof(f));
	}
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	OK(m, sysemu_read(m, OUT, out, sizeof(out)));
	assert_memory_equal(out, pi, 10);
	assert_memory_equal(out + 16, one, 10);
	assert_int_equal(word_of(out, 44), 0x44444444);
	sysemu_close(m);
}

/* fldpi; fork: both have it. The child pops its own and loads 1.0, the parent still has pi. */
static void a_child_has_its_parents_fpu_and_then_its_own(void **state)
{
	struct emit p = { 0 };
	uint8_t out[32];
	sysemu_machine *m;

	emit(&p, "d9eb");
	emit_mov(&p, EMIT_EAX, NR_FORK);
	emit(&p, "cd8085c0"
		 "7407"); /* jz over the parent's seven bytes */
	emit(&p, "db3d");
	emit_word(&p, OUT);
	emit(&p, "cc");
	emit(&p, "db3d");
	emit_word(&p, OUT + 16);
	emit(&p, "d9e8cc");
	m = emit_open(&p, *state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED);
	assert_int_equal(run(m).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(ptrace_raw(m, CONT, 0, 0), 0);
	assert_int_equal(run_to(m, SYSEMU_CODE_BASE + 13).kind, SYSEMU_EVENT_BREAK);
	OK(m, sysemu_need_resched(m, PROGRAM));
	assert_int_equal(run(m).kind, SYSEMU_EVENT_KILLED); /* the child, by its int3 */
	OK(m, sysemu_read(m, OUT, out, sizeof(out)));
	assert_memory_equal(out + 16, pi, 10);
	assert_int_equal(run(m).status, 0x117f); /* SIGCHLD for the parent */
	assert_int_equal(resume(m, CONT, 0).status, STOPPED_BY_SIGTRAP);
	OK(m, sysemu_read(m, OUT, out, sizeof(out)));
	assert_memory_equal(out, pi, 10);
	sysemu_close(m);
}

/* ---- bad pointers ---- */

static void a_range_beyond_the_users_is_eio(void **state)
{
	static const int requests[] = { SYSEMU_PTRACE_GETFPREGS, SYSEMU_PTRACE_SETFPREGS,
					SYSEMU_PTRACE_GETFPXREGS, SYSEMU_PTRACE_SETFPXREGS };
	static const uint32_t sizes[] = { FSAVE_SIZE, FSAVE_SIZE, FXSAVE_SIZE, FXSAVE_SIZE };
	sysemu_machine *m = open_at_int3(*state);

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(ptrace_raw(m, requests[i], 0, KERNEL), -EIO);
		assert_int_equal(ptrace_raw(m, requests[i], 0, KERNEL - sizes[i] + 1), -EIO);
		assert_int_equal(ptrace_raw(m, requests[i], 0, (uint32_t)-4), -EIO);
	}
	sysemu_close(m);
}

static void a_page_that_is_not_there_is_no_error_to_the_old_pair(void **state)
{
	sysemu_machine *m = open_at_int3(*state);

	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETFPREGS, 0, NOT_MAPPED), 0);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETFPREGS, 0, NOT_MAPPED), 0);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETFPXREGS, 0, NOT_MAPPED), -EFAULT);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETFPXREGS, 0, NOT_MAPPED), -EFAULT);
	sysemu_close(m);
}

/* ---- event message and siginfo ---- */

static void the_event_message_is_0_without_events(void **state)
{
	const uint32_t old = 0xaaaaaaaa;
	sysemu_machine *m = open_at_int3(*state);

	OK(m, sysemu_write(m, WINDOW, &old, 4));
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETEVENTMSG, 0, WINDOW), 0);
	assert_int_equal(guest_word(m, WINDOW), 0);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETEVENTMSG, 0, NOT_MAPPED), -EFAULT);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETEVENTMSG, 0, KERNEL), -EFAULT);
	sysemu_close(m);
}

/* A notification's siginfo: SIGTRAP, the stop's code, and the task's own pid. */
static void a_call_stops_siginfo_says_5_or_0x85(void **state)
{
	for (int good = 0; good < 2; good++) {
		struct one_call c =
			open_call(*state, SYSEMU_ENTRY_INT80, SYSEMU_START_TRACED, 20, NULL, 0);
		uint32_t words[6];

		assert_int_equal(run(c.m).status, STOPPED_BY_SIGSTOP);
		assert_int_equal(ptrace_raw(c.m, SYSEMU_PTRACE_SETOPTIONS, 0, (uint32_t)good), 0);
		assert_int_equal(resume(c.m, SYSEMU_PTRACE_SYSCALL, 0).status,
				 good ? STOPPED_AT_CALL : STOPPED_BY_SIGTRAP);
		stop_siginfo(c.m, words);
		assert_int_equal(words[0], 5);
		assert_int_equal(words[2], good ? 0x85 : 5);
		assert_int_equal(words[3], PROGRAM);
		sysemu_close(c.m);
	}
}

/* All 128 bytes are written, zeros behind what is known. */
static void getsiginfo_writes_128_bytes_and_setsiginfo_reads_them(void **state)
{
	sysemu_machine *m = open_at_int3(*state);
	uint32_t words[33];

	memset(words, 0xaa, sizeof(words));
	OK(m, sysemu_write(m, WINDOW, words, sizeof(words)));
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, WINDOW), 0);
	OK(m, sysemu_read(m, WINDOW, words, sizeof(words)));
	assert_int_equal(words[0], 5);
	assert_int_equal(words[2], 0x80);
	assert_int_equal(words[31], 0);
	assert_int_equal(words[32], 0xaaaaaaaa);
	words[1] = 77;
	words[3] = 4711;
	set_block(m, SYSEMU_PTRACE_SETSIGINFO, words, 128);
	stop_siginfo(m, words);
	assert_int_equal(words[1], 77);
	assert_int_equal(words[3], 4711);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, NOT_MAPPED), -EFAULT);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETSIGINFO, 0, NOT_MAPPED), -EFAULT);
	sysemu_close(m);
}

/* A group stop has none; SETSIGINFO looks at its buffer first. */
static void a_group_stop_has_no_siginfo(void **state)
{
	sysemu_machine *m = open_fpu(*state);

	assert_int_equal(resume(m, CONT, 19).status, STOPPED_BY_SIGSTOP);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, WINDOW), -EINVAL);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_GETSIGINFO, 0, NOT_MAPPED), -EINVAL);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETSIGINFO, 0, WINDOW), -EINVAL);
	assert_int_equal(ptrace_raw(m, SYSEMU_PTRACE_SETSIGINFO, 0, NOT_MAPPED), -EFAULT);
	sysemu_close(m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_new_program_has_a_clean_fpu),
		ON_KERNELS(getfpregs_is_an_fsave_image),
		ON_KERNELS(getfpxregs_is_an_fxsave_image),
		ON_KERNELS(the_full_tag_word_is_made_from_the_registers),
		ON_KERNELS(setfpregs_changes_the_stack_and_not_the_xmm_registers),
		ON_KERNELS(setfpxregs_changes_all_and_drops_reserved_bits),
		ON_KERNELS(looking_at_the_fpu_leaves_it_alone),
		ON_KERNELS(a_child_has_its_parents_fpu_and_then_its_own),
		ON_KERNELS(a_range_beyond_the_users_is_eio),
		ON_KERNELS(a_page_that_is_not_there_is_no_error_to_the_old_pair),
		ON_KERNELS(the_event_message_is_0_without_events),
		ON_KERNELS(a_call_stops_siginfo_says_5_or_0x85),
		ON_KERNELS(getsiginfo_writes_128_bytes_and_setsiginfo_reads_them),
		ON_KERNELS(a_group_stop_has_no_siginfo),
	};

	return run_on_kernels("fpu", tests, sizeof(tests) / sizeof(tests[0]));
}
