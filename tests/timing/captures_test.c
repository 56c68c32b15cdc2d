/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * captures_test.c: the reader of hardware captures believes nothing, the engine ends where the
 * captured CPU did, and i386ex-bus takes as long. A small file is made here by hand; the
 * captures themselves are not part of the repository: the folder in SYSEMU_CAPTURES has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/captures/captures.h"
#include "sim/captures/moo.h"
#include "sim/cpu/real.h"
#include "sim/power/power.h"

/* ---- a file made by hand ---- */

struct file {
	uint8_t data[4096];
	size_t size;
};

static void put(struct file *f, uint32_t value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		f->data[f->size++] = (uint8_t)value;
}

static size_t begin(struct file *f, const char *tag)
{
	memcpy(f->data + f->size, tag, 4);
	f->size += 8;
	return f->size;
}

static void end(struct file *f, size_t start)
{
	uint32_t length = (uint32_t)(f->size - start);

	memcpy(f->data + start - 4, &length, 4);
}

/* `count` bytes each counted as one thing of the chunk. */
static void put_list(struct file *f, const char *tag, const char *bytes, uint32_t count)
{
	size_t at = begin(f, tag);

	put(f, count, 4);
	memcpy(f->data + f->size, bytes, count);
	f->size += count;
	end(f, at);
}

struct byte {
	uint32_t addr;
	uint8_t value;
};

static void put_ram(struct file *f, const struct byte *bytes, uint32_t count)
{
	size_t at = begin(f, "RAM ");

	put(f, count, 4);
	for (uint32_t i = 0; i < count; i++) {
		put(f, bytes[i].addr, 4);
		put(f, bytes[i].value, 1);
	}
	end(f, at);
}

/* As drawn: a capital begins a bus cycle, a small letter goes on with it, a dot is idle. */
static void put_cycles(struct file *f, const char *drawn)
{
	static const char kinds[] = "..iochrw";
	size_t at = begin(f, "CYCL");

	put(f, (uint32_t)strlen(drawn), 4);
	for (; *drawn; drawn++) {
		const char *kind = strchr(kinds, *drawn | 0x20);

		put(f, 0, 4); /* pins and three bytes of the address */
		put(f, 0, 4);
		put(f, 0, 3);
		put(f, *drawn == '.' ? 1 : (uint32_t)(kind - kinds), 1);
		put(f, *drawn == '.' ? 0 : *drawn & 0x20 ? 2 : 1, 1);
		put(f, 0, 2);
	}
	end(f, at);
}

enum { CODE = 0x1000, DATA = 0x2040 };

/* `add %al, (%bx)`, then hlt: cs 0100:0000, ds:bx 0200:0040. */
static void put_test(struct file *f, uint32_t index, uint8_t sum)
{
	static const struct byte before[] = { { CODE, 0x00 },
					      { CODE + 1, 0x07 },
					      { CODE + 2, 0xf4 },
					      { CODE + 3, 0x00 },
					      { DATA, 0x20 } };
	uint32_t regs[MOO_REGS] = {
		[MOO_EAX] = 0x03,  [MOO_EBX] = 0x40, [MOO_CS] = 0x100,   [MOO_DS] = 0x200,
		[MOO_ESP] = 0x100, [MOO_SS] = 0x300, [MOO_EFLAGS] = 0x2, [MOO_CR0] = 0x7ffefff0
	};
	struct byte after = { DATA, sum };
	size_t test = begin(f, "TEST"), state, at;

	put(f, index, 4);
	put_list(f, "NAME", "add [ds:bx],al", 14);
	put_list(f, "BYTS", "\x00\x07\xf4", 3);
	state = begin(f, "INIT");
	at = begin(f, "RG32");
	put(f, 0xfffff, 4);
	for (int i = 0; i < MOO_REGS; i++)
		put(f, regs[i], 4);
	end(f, at);
	put_ram(f, before, sizeof(before) / sizeof(before[0]));
	end(f, state);
	state = begin(f, "FINA");
	at = begin(f, "RG32");
	put(f, 1u << MOO_EIP | 1u << MOO_EFLAGS, 4);
	put(f, 3, 4);
	put(f, 0xffff0002, 4);
	end(f, at);
	put_ram(f, &after, 1);
	end(f, state);
	put_cycles(f, "CcCcCcCcCcRrCcCcWwCc..H");
	at = begin(f, "WHAT"); /* nobody knows it */
	put(f, 0, 3);
	end(f, at);
	end(f, test);
}

static struct file make_file(void)
{
	struct file f = { .size = 0 };
	size_t at = begin(&f, "MOO ");

	put(&f, 0x0101, 4);
	put(&f, 2, 4);
	memcpy(f.data + f.size, "386E", 4);
	f.size += 4;
	end(&f, at);
	at = begin(&f, "META");
	put(&f, 0, 4);
	end(&f, at);
	put_test(&f, 0, 0x23);
	put_test(&f, 7, 0x24); /* a lie: 20 + 3 is not 24 */
	return f;
}

/* Reads all tests from a copy of exact size. */
static enum sim_status read_all(const uint8_t *data, size_t size, unsigned *tests,
				struct sim_error *err)
{
	uint8_t *copy = malloc(size ? size : 1);
	enum sim_status status;
	struct moo_file file;
	struct moo_test test;
	bool more = true;

	assert_non_null(copy);
	memcpy(copy, data, size);
	*tests = 0;
	status = moo_open(copy, size, &file, err);
	while (status == SIM_OK && more) {
		status = moo_next(&file, &test, &more, err);
		if (status != SIM_OK || !more)
			break;
		(*tests)++;
		/* All that it points at is there. */
		for (uint32_t i = 0; i < test.ncycles; i++)
			assert_true(moo_cycle_at(&test, i).bus < 8);
		for (uint32_t i = 0; i < test.init.ram_count; i++)
			(void)moo_byte_at(&test.init, i);
		for (uint32_t i = 0; i < test.final.ram_count; i++)
			(void)moo_byte_at(&test.final, i);
		(void)memchr(test.name, 0, test.name_size);
		(void)memchr(test.bytes, 0, test.size);
	}
	free(copy);
	return status;
}

/* ---- reading ---- */

static void a_whole_file_is_read(void **state)
{
	struct file f = make_file();
	struct moo_file file;
	struct moo_test test;
	struct sim_error err;
	bool more;

	(void)state;
	assert_int_equal(moo_open(f.data, f.size, &file, &err), SIM_OK);
	assert_int_equal(file.tests, 2);
	assert_int_equal(moo_next(&file, &test, &more, &err), SIM_OK);
	assert_true(more);
	assert_int_equal(test.index, 0);
	assert_memory_equal(test.name, "add [ds:bx],al", test.name_size);
	assert_int_equal(test.size, 3);
	assert_int_equal(test.init.regs.value[MOO_EBX], 0x40);
	assert_int_equal(test.final.regs.present, 1u << MOO_EIP | 1u << MOO_EFLAGS);
	assert_int_equal(moo_byte_at(&test.final, 0).addr, DATA);
	assert_int_equal(test.ncycles, 23);
	assert_int_equal(moo_cycle_at(&test, 10).bus, MOO_READ);
	assert_int_equal(moo_cycle_at(&test, 10).t, 1);
	assert_int_equal(moo_next(&file, &test, &more, &err), SIM_OK);
	assert_int_equal(test.index, 7);
	assert_int_equal(moo_next(&file, &test, &more, &err), SIM_OK);
	assert_false(more);
}

static void a_file_cut_anywhere_is_an_error_that_names_the_byte(void **state)
{
	struct file f = make_file();

	(void)state;
	for (size_t size = 0; size < f.size; size++) {
		struct sim_error err = { "" };
		unsigned tests, at;

		assert_int_equal(read_all(f.data, size, &tests, &err), SIM_ELOAD);
		assert_int_equal(sscanf(err.text, "captures: byte %u:", &at), 1);
		assert_true(at <= size);
	}
}

static void a_file_with_any_byte_changed_is_read_or_refused(void **state)
{
	struct file f = make_file();

	(void)state;
	for (size_t at = 0; at < f.size; at++) {
		for (int bit = 0; bit < 9; bit++) {
			uint8_t change = bit < 8 ? (uint8_t)(1 << bit) : 0xff;
			struct sim_error err = { "" };
			enum sim_status status;
			unsigned tests;

			f.data[at] ^= change;
			status = read_all(f.data, f.size, &tests, &err);
			assert_true(status == SIM_OK || status == SIM_ELOAD);
			if (status == SIM_ELOAD)
				assert_non_null(strstr(err.text, "captures: byte "));
			f.data[at] ^= change;
		}
	}
}

static void what_is_no_capture_of_a_386ex_is_refused(void **state)
{
	struct file f = make_file();
	struct sim_captures out;
	struct sim_error err;

	(void)state;
	memcpy(f.data + 16, "C286", 4);
	assert_int_equal(sim_captures_replay(f.data, f.size, "i386dx", NULL, NULL, &out, &err),
			 SIM_ELOAD);
	assert_string_equal(err.text, "captures: byte 16: not captures of a 386EX");
	assert_int_equal(sim_captures_replay("x", 1, "i386dx", NULL, NULL, &out, &err), SIM_ELOAD);
	assert_int_equal(sim_captures_replay("x", 1, "i286", NULL, NULL, &out, &err), SIM_EINVAL);
}

static void a_test_with_two_names_is_refused(void **state)
{
	struct file f = make_file();
	uint8_t *bytes = f.data;
	struct sim_error err;
	unsigned tests;

	(void)state;
	while (memcmp(bytes, "BYTS", 4) != 0)
		bytes++;
	memcpy(bytes, "NAME", 4);
	assert_int_equal(read_all(f.data, f.size, &tests, &err), SIM_ELOAD);
	assert_non_null(strstr(err.text, "a second \"NAME\""));
}

/* ---- replaying ---- */

struct seen {
	unsigned tests;
	char difference[160];
};

static void see(void *user, const struct sim_capture *test)
{
	struct seen *seen = user;

	seen->tests++;
	if (test->difference)
		snprintf(seen->difference, sizeof(seen->difference), "%u: %s", test->index,
			 test->difference);
}

static void a_test_is_executed_and_timed(void **state)
{
	struct file f = make_file();
	struct seen seen = { 0 };
	struct sim_captures out;
	struct sim_error err;

	(void)state;
	assert_int_equal(sim_captures_replay(f.data, f.size, "i386ex-bus", see, &seen, &out, &err),
			 SIM_OK);
	assert_int_equal(seen.tests, 2);
	assert_int_equal(out.tests, 2);
	assert_int_equal(out.all.exact, 2);
	assert_int_equal(out.all.bus_order, 2);
	assert_int_equal(out.nforms, 1);
	assert_int_equal(out.form[0].accuracy.tests, 2);
	assert_int_equal(out.differing, 1);
	assert_string_equal(seen.difference, "7: memory at 0x2040 is 0x23, captured was 0x24");
}

/* Any code, any state: the engine comes back. */
static void a_changed_test_is_executed_without_harm(void **state)
{
	struct file f = make_file();

	(void)state;
	for (size_t at = 0; at < f.size; at += 3) {
		struct sim_captures out;
		struct sim_error err;

		f.data[at] ^= 0xff;
		sim_captures_replay(f.data, f.size, "i386ex-bus", NULL, NULL, &out, &err);
		f.data[at] ^= 0xff;
	}
}

/* ---- code that means harm ---- */

/* Runs 16-bit code from 0100:0000, eax as given; whether it came to its hlt. */
static bool run_real(struct sim_real *real, const char *code, uint32_t size, uint32_t eax)
{
	struct sim_regs regs = { .eax = eax, .ebx = 0x40, .esp = 0x100, .cs = 0x100 };
	uint32_t vectors;

	regs.ds = regs.es = 0x200;
	regs.ss = 0x300;
	memset(sim_real_memory(real), 0, SIM_REAL_MEMORY);
	memcpy(sim_real_memory(real) + CODE, code, size);
	sim_real_changed(real, 0, SIM_REAL_MEMORY - 1);
	return sim_real_run(real, &regs, &vectors) == SIM_REAL_HALT;
}

static void no_run_in_real_mode_shows_in_the_next_or_ends_the_process(void **state)
{
	static const struct {
		const char *code;
		uint32_t size, eax;
		bool halts;
	} harm[] = {
		{ "\x0f\x01\xf0\xf4", 4, 0x11, true },            /* lmsw: protected mode */
		{ "\x0f\x22\xc0\xf4", 4, 0x80000011, false },     /* mov to cr0: paging, too */
		{ "\x0f\x01\xf0\xea\0\0\x08\0", 8, 0x11, false }, /* a far jump behind it */
		{ "\x0f\x23\xf8\xf4", 4, 0xffff, false },         /* mov to dr7 */
		{ "\x0f\x22\xd8\xf4", 4, 0x123000, true },        /* mov to cr3 */
		{ "\x0f\x01\x1f\xf4", 4, 0, true },               /* lidt */
		{ "\xff\xd8\xf4", 3, 0, false },                  /* lcall *%ax; vector 6 is 0 */
		{ "\xff\xe8\xf4", 3, 0, false },                  /* ljmp *%ax */
		{ "\xf0\x90\xf4", 3, 0, false },                  /* lock nop */
		{ "\xc5\xf8\x77\xf4", 4, 0, false },              /* vzeroupper */
		{ "\x90\x90\xff\xd8\xf4", 5, 0, false },
		{ "\x66\xb9\xff\xff\xff\xff\x67\xf3\xaa\xf4", 10, 0xcc, false },
	};
	struct sim_real *real;
	struct sim_error err;

	(void)state;
	assert_int_equal(sim_probe(&err), SIM_OK);
	assert_int_equal(sim_real_open(&real, &err), SIM_OK);
	for (unsigned i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		bool halts = run_real(real, harm[i].code, harm[i].size, harm[i].eax);

		if (halts != harm[i].halts)
			fail_msg("row %u: it %s to its hlt", i, halts ? "comes" : "does not come");
		if (!run_real(real, "\x00\x07\xf4", 3, 3) || sim_real_memory(real)[DATA] != 3)
			fail_msg("row %u shows in the next run", i);
	}
	sim_real_close(real);
}

/* ---- the captures ---- */

struct result {
	uint32_t error;
	bool bus_order;
};

struct results {
	struct result test[512];
	uint32_t n;
};

static void keep(void *user, const struct sim_capture *test)
{
	struct results *all = user;

	if (test->faulting || all->n == 512)
		return;
	all->test[all->n++] = (struct result){
		.error = test->modelled > test->measured ? test->modelled - test->measured :
							   test->measured - test->modelled,
		.bus_order = test->bus_order,
	};
}

static uint8_t *read_captures(size_t *size)
{
	const char *folder = getenv("SYSEMU_CAPTURES");
	char path[512];
	uint8_t *data;
	FILE *file;

	if (!folder) {
		print_message("SYSEMU_CAPTURES names no folder of captures: not compared\n");
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/386ex/00-add-dev.moo", folder);
	file = fopen(path, "rb");
	if (!file) {
		print_message("%s cannot be read: not compared\n", path);
		return NULL;
	}
	data = malloc(1 << 22);
	assert_non_null(data);
	*size = fread(data, 1, 1 << 22, file);
	fclose(file);
	return data;
}

/* At least 90 of 100 exact in clocks and in bus cycles, a tenth of a clock off on average. */
static void assert_good(uint32_t tests, uint32_t exact, uint32_t error, uint32_t bus_order)
{
	assert_true(tests > 0);
	assert_true(exact * 100 >= tests * 90);
	assert_true(error * 10 <= tests);
	assert_true(bus_order * 100 >= tests * 90);
}

static void i386ex_bus_takes_as_long_as_the_386ex(void **state)
{
	struct results all = { .n = 0 };
	struct sim_captures out;
	struct sim_error err;
	uint32_t seed = 1;
	size_t size = 0;
	uint8_t *data = read_captures(&size);

	(void)state;
	if (!data)
		skip();
	assert_int_equal(sim_captures_replay(data, size, "i386ex-bus", keep, &all, &out, &err),
			 SIM_OK);
	free(data);
	print_message("%u of %u exact, mean error %.4f, at most %u; bus cycles %u; engine %u off\n",
		      out.all.exact, out.all.tests, sim_accuracy_mae(&out.all), out.all.max_error,
		      out.all.bus_order, out.differing);
	assert_int_equal(out.differing, 0);
	assert_int_equal(out.all.tests + out.faulting, out.tests);
	assert_good(out.all.tests, out.all.exact, (uint32_t)out.all.error, out.all.bus_order);
	/* No half of them carries the other. */
	for (int half = 0; half < 32; half++) {
		uint32_t tests[2] = { 0 }, exact[2] = { 0 }, error[2] = { 0 }, order[2] = { 0 };

		for (uint32_t i = 0; i < all.n; i++) {
			int side;

			seed = seed * 1664525 + 1013904223;
			side = seed >> 31;
			tests[side]++;
			exact[side] += !all.test[i].error;
			error[side] += all.test[i].error;
			order[side] += all.test[i].bus_order;
		}
		assert_good(tests[0], exact[0], error[0], order[0]);
		assert_good(tests[1], exact[1], error[1], order[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_file_is_read),
		cmocka_unit_test(a_file_cut_anywhere_is_an_error_that_names_the_byte),
		cmocka_unit_test(a_file_with_any_byte_changed_is_read_or_refused),
		cmocka_unit_test(a_test_with_two_names_is_refused),
		cmocka_unit_test(what_is_no_capture_of_a_386ex_is_refused),
		cmocka_unit_test(a_test_is_executed_and_timed),
		cmocka_unit_test(a_changed_test_is_executed_without_harm),
		cmocka_unit_test(no_run_in_real_mode_shows_in_the_next_or_ends_the_process),
		cmocka_unit_test(i386ex_bus_takes_as_long_as_the_386ex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
