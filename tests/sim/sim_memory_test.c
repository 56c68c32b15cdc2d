/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_memory_test.c: pages: what maps, what protects, and what the CPU sees of a
 * change that the host makes. Read next: sim/memory/memory.c.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

#include "sim/memory/memory.h"
#include "tests/sim/sim_box.h"

enum { PLACE = 0x20000000 };

static void a_page_is_what_it_was_mapped_as(void **state)
{
	struct sim *s = *state;

	assert_int_equal(sim_page(s, PLACE), -1);
	assert_int_equal(sim_map(s, PLACE, 2, SIM_USER | SIM_WRITE), SIM_OK);
	assert_int_equal(sim_page(s, PLACE + 0x1fff), SIM_USER | SIM_WRITE | 1);
	assert_int_equal(sim_page(s, PLACE + 0x2000), -1);
	assert_int_equal(sim_protect(s, PLACE, 1, SIM_USER, true), SIM_OK);
	assert_int_equal(sim_page(s, PLACE), SIM_USER | 1);
	assert_int_equal(sim_protect(s, PLACE, 1, 0, false), SIM_OK);
	assert_int_equal(sim_page(s, PLACE), 0);
	sim_unmap(s, PLACE, 2);
	assert_int_equal(sim_page(s, PLACE), -1);
	assert_int_equal(sim_page(s, PLACE + 0x1000), -1);
}

static void fresh_pages_are_zero_also_where_something_was(void **state)
{
	struct sim *s = *state;

	assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
	box_poke32(s, PLACE + 8, 42);
	assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE + 8), 0);
	box_poke32(s, PLACE + 8, 43);
	sim_unmap(s, PLACE, 1);
	assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE + 8), 0);
}

static void bad_ranges_and_the_computers_own_pages_are_refused(void **state)
{
	struct sim *s = *state;

	assert_int_equal(sim_map(s, PLACE + 1, 1, 0), SIM_EINVAL);
	assert_int_equal(sim_map(s, PLACE, 1, 1), SIM_EINVAL);
	assert_int_equal(sim_map(s, 0xfffff000, 2, 0), SIM_EINVAL);
	assert_int_equal(sim_map(s, 0xff000000, 1, 0), SIM_EINVAL);
	assert_int_equal(sim_map(s, 0xff400000, 1, 0), SIM_EINVAL);
	assert_int_equal(sim_map(s, 0xff401000, 1, 0), SIM_EINVAL);
	assert_int_equal(sim_protect(s, PLACE, 1, SIM_USER, true), SIM_EFAULT);
	assert_int_equal(sim_protect(s, PLACE + 1, 1, SIM_USER, true), SIM_EINVAL);
	sim_unmap(s, 0xff401000, 1);
	assert_int_equal(sim_map(s, 0xfffff000, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(s, 0, 1, SIM_USER), SIM_OK);
}

static void user_pages_run_out_and_come_back(void **state)
{
	struct sim *s = *state;
	uint32_t used = 3; /* the box's own */

	assert_int_equal(sim_map(s, PLACE, 1001 - used, SIM_USER), SIM_ENOMEM);
	assert_int_equal(sim_page(s, PLACE), -1);
	assert_int_equal(sim_map(s, PLACE, 1000 - used, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(s, PLACE, 1000 - used, SIM_USER), SIM_OK); /* in its place */
	assert_int_equal(sim_map(s, PLACE + 0x800000, 1, SIM_USER), SIM_ENOMEM);
	assert_int_equal(sim_map(s, 0xD0000000, 5, SIM_WRITE), SIM_OK); /* not a user page */
	sim_unmap(s, PLACE, 1);
	assert_int_equal(sim_map(s, PLACE + 0x800000, 1, SIM_USER), SIM_OK);
}

static void reading_and_writing_stops_at_the_first_missing_page(void **state)
{
	struct sim *s = *state;
	uint8_t in[8192], out[8192];
	uint32_t bad = 0;

	memset(in, 0x5a, sizeof(in));
	assert_int_equal(sim_map(s, PLACE, 2, 0), SIM_OK); /* supervisor, read-only: no matter */
	assert_int_equal(sim_write(s, PLACE, in, sizeof(in), &bad), SIM_OK);
	assert_int_equal(sim_read(s, PLACE, out, sizeof(out), &bad), SIM_OK);
	assert_memory_equal(in, out, sizeof(in));
	memset(in, 1, sizeof(in));
	assert_int_equal(sim_write(s, PLACE + 4, in, sizeof(in), &bad), SIM_EFAULT);
	assert_int_equal(bad, PLACE + 0x2000);
	assert_int_equal(box_peek32(s, PLACE + 4), 0x5a5a5a5a);
	assert_int_equal(sim_read(s, PLACE - 1, out, 2, &bad), SIM_EFAULT);
	assert_int_equal(bad, PLACE - 1);
	assert_int_equal(sim_read(s, 0, out, 0, &bad), SIM_OK);
	assert_int_equal(sim_write(s, 0, in, 0, NULL), SIM_OK);
	assert_int_equal(sim_map(s, 0xfffff000, 1, 0), SIM_OK);
	assert_int_equal(sim_read(s, 0xffffffff, out, 2, &bad), SIM_EFAULT); /* no wrap */
	sim_store32(s, PLACE + 0xffe, 0x12345678);
	assert_int_equal(sim_load32(s, PLACE + 0xffe), 0x12345678);
}

/* ---- what the CPU sees ---- */

GUEST(touch, "mov $0x20000000,%ebx\n mov (%ebx),%eax\n int $0x80\n");
GUEST(store, "mov $0x20000000,%ebx\n movl $5,(%ebx)\n int $0x80\n");

/* A size is any number: the sum with the address must not come round to a small one. */
static void a_size_beyond_the_address_space_moves_nothing(void **state)
{
	static const size_t sizes[] = {
		SIZE_MAX,        SIZE_MAX - PLACE,      SIZE_MAX - PLACE + 1, SIZE_MAX - PLACE + 5,
		(size_t)1 << 32, ((size_t)1 << 32) + 1, (size_t)1 << 63
	};
	struct sim *s = *state;
	uint8_t byte = 0x5a;

	assert_int_equal(sim_map(s, PLACE, 2, 0), SIM_OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t bad = 0;

		assert_int_equal(sim_read(s, PLACE, &byte, sizes[i], &bad), SIM_EFAULT);
		assert_int_equal(bad, PLACE + 0x2000);
		bad = 0;
		assert_int_equal(sim_write(s, PLACE, &byte, sizes[i], &bad), SIM_EFAULT);
		assert_int_equal(bad, PLACE + 0x2000);
	}
	assert_int_equal(byte, 0x5a);
	assert_int_equal(box_peek32(s, PLACE), 0);
}

static void a_page_appears_and_disappears_between_runs(void **state)
{
	struct sim *s = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(BOX_RUN(s, touch), 14);
		assert_int_equal(box_frame(s, 0), 4);
		assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
		assert_int_equal(BOX_RUN(s, touch), 0x80);
		assert_int_equal(BOX_RUN(s, store), 14);
		assert_int_equal(box_frame(s, 0), 7);
		assert_int_equal(sim_protect(s, PLACE, 1, SIM_USER | SIM_WRITE, true), SIM_OK);
		assert_int_equal(BOX_RUN(s, store), 0x80);
		assert_int_equal(sim_load32(s, PLACE), 5);
		assert_int_equal(sim_protect(s, PLACE, 1, SIM_USER, true), SIM_OK);
		assert_int_equal(BOX_RUN(s, store), 14);
		assert_int_equal(sim_protect(s, PLACE, 1, SIM_WRITE, true), SIM_OK);
		assert_int_equal(BOX_RUN(s, touch), 14);
		assert_int_equal(box_frame(s, 0), 5);
		assert_int_equal(sim_protect(s, PLACE, 1, SIM_USER, false), SIM_OK);
		assert_int_equal(BOX_RUN(s, touch), 14);
		assert_int_equal(box_frame(s, 0), 4);
		assert_int_equal(sim_load32(s, PLACE), 5); /* the content stays */
		sim_unmap(s, PLACE, 1);
	}
}

GUEST(kernel_store, "movl $1,0x08048000\n hlt\n");

static void ring_0_may_not_write_read_only_pages_either(void **state)
{
	struct sim *s = *state;

	box_code(s, BOX_KCODE + 0x200, kernel_store, kernel_store_end);
	sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 14 + 1);
	assert_int_equal(box_frame(s, 0), 3);
}

GUEST(answer_1, "mov $1,%eax\n int $0x80\n");
GUEST(answer_2, "mov $2,%eax\n int $0x80\n");

static void code_that_the_host_changes_is_the_code_that_runs(void **state)
{
	struct sim *s = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(BOX_RUN(s, answer_1), 0x80);
		assert_int_equal(sim_get_eax(s), 1);
		assert_int_equal(BOX_RUN(s, answer_2), 0x80);
		assert_int_equal(sim_get_eax(s), 2);
		sim_store32(s, BOX_CODE + 1, 3);
		box_user(s, BOX_CODE, 0x202);
		assert_int_equal(sim_run(s, 0), SIM_HALT);
		assert_int_equal(sim_get_eax(s), 3);
	}
}

static void code_of_a_page_that_was_away_is_not_remembered(void **state)
{
	struct sim *s = *state;

	assert_int_equal(BOX_RUN(s, answer_1), 0x80);
	assert_int_equal(sim_protect(s, BOX_CODE, 1, SIM_USER, false), SIM_OK);
	sim_write(s, BOX_CODE, answer_2, 5, NULL);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eip(s), BOX_STUBS + 16 * 14 + 1);
	assert_int_equal(sim_protect(s, BOX_CODE, 1, SIM_USER, true), SIM_OK);
	box_user(s, BOX_CODE, 0x202);
	assert_int_equal(sim_run(s, 0), SIM_HALT);
	assert_int_equal(sim_get_eax(s), 2);
	assert_int_equal(sim_map(s, BOX_CODE, 1, SIM_USER), SIM_OK);
	assert_int_equal(BOX_RUN(s, answer_1), 0x80);
	assert_int_equal(sim_get_eax(s), 1);
}

static void code_that_becomes_writable_is_counted_as_it_changes(void **state)
{
	struct sim *s = *state;
	static const uint8_t three_nops[] = { 0x90, 0x90, 0x90, 0xcd, 0x80 };
	uint64_t before;

	assert_int_equal(BOX_RUN(s, answer_1), 0x80);
	assert_int_equal(sim_protect(s, BOX_CODE, 1, SIM_USER | SIM_WRITE, true), SIM_OK);
	assert_int_equal(BOX_RUN(s, answer_1), 0x80);
	before = sim_get_counts(s)->total;
	assert_int_equal(box_run(s, three_nops, three_nops + sizeof(three_nops)), 0x80);
	assert_int_equal(sim_get_counts(s)->total - before, 4 + 6);
}

/* CR0, CR3 or CR4 by `mov %eax, %crN` in ring 0, and a hlt behind it. */
static enum sim_stop set_cr(struct sim *s, unsigned n, uint32_t flip)
{
	const uint8_t code[] = { 0x0f,
				 0x20,
				 (uint8_t)(0xc0 | n << 3), /* mov %crN, %eax */
				 0x35,
				 (uint8_t)flip,
				 (uint8_t)(flip >> 8), /* xor $flip, %eax */
				 (uint8_t)(flip >> 16),
				 (uint8_t)(flip >> 24),
				 0x0f,
				 0x22,
				 (uint8_t)(0xc0 | n << 3),
				 0xf4 };

	sim_write(s, BOX_KCODE + 0x200, code, sizeof(code), NULL);
	sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
	return sim_run(s, 0);
}

/* Found by fuzzing: behind it code wrote where no snapshot looks. */
static void paging_cannot_be_turned_off_or_exchanged(void **state)
{
	static const struct {
		unsigned cr;
		uint32_t flip;
	} never[] = { { 0, 1u << 31 }, { 0, 1 },  { 0, 1u << 16 },
		      { 3, 0x1000 },   { 4, 16 }, { 4, 32 } };
	struct sim *s = *state;
	struct sim_snapshot *before;

	assert_int_equal(sim_save(s, &before), SIM_OK);
	for (unsigned i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		assert_int_equal(set_cr(s, never[i].cr, never[i].flip), SIM_SHUTDOWN);
		assert_non_null(strstr(sim_why(s), "paging of another kind"));
		assert_int_equal(sim_get_eip(s), BOX_KCODE + 0x208);
		assert_int_equal(sim_restore(s, before), SIM_OK);
	}
	/* TS, the same directory, and TSD may change. */
	assert_int_equal(set_cr(s, 0, 8), SIM_HALT);
	assert_int_equal(set_cr(s, 3, 0), SIM_HALT);
	assert_int_equal(set_cr(s, 4, 4), SIM_HALT);
	sim_snapshot_free(before);
}

/* Fills the table that BOX_KCODE and all of BOX_GDT's pages have their entries in, or all tables:
 * found by fuzzing, it was the computer's own book of what is mapped. */
GUEST(fill_table, "mov $0xff300000,%edi\n mov $1024,%ecx\n mov $-1,%eax\n rep stosl\n hlt\n");
GUEST(wipe_tables, "mov $0xff000000,%edi\n mov $0x100000,%ecx\n xor %eax,%eax\n rep stosl\n hlt\n");
GUEST(forge_entry,
      "movl $0x08050003,0xff300200\n invlpg 0xc0080000\n" /* BOX_DATA, read and write */
      "movl $7,0xc0080000\n movl $0x08050001,0xff300200\n hlt\n");

static void a_restore_mends_page_tables_that_the_kernel_wrote(void **state)
{
	static const struct {
		const uint8_t *code, *end;
	} guests[] = { { fill_table, fill_table_end },
		       { wipe_tables, wipe_tables_end },
		       { forge_entry, forge_entry_end } };
	uint8_t before[16], after[16];
	struct sim *s = *state;
	struct sim_snapshot *start, *later;

	assert_int_equal(sim_save(s, &start), SIM_OK);
	sim_digest(s, NULL, 0, before);
	for (unsigned i = 0; i < 3; i++) {
		box_code(s, BOX_KCODE + 0x200, guests[i].code, guests[i].end);
		sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
		sim_run(s, 0);
		/* Whatever the entries say now, the host goes on. */
		assert_int_equal(sim_save(s, &later), SIM_OK);
		sim_snapshot_free(later);
		sim_unmap(s, PLACE, 16);
		assert_int_equal(sim_page(s, PLACE), -1);
		assert_int_equal(sim_restore(s, start), SIM_OK);
		sim_digest(s, NULL, 0, after);
		assert_memory_equal(before, after, 16);
		assert_int_equal(BOX_RUN(s, answer_1), 0x80);
		assert_int_equal(box_peek32(s, BOX_DATA), 0);
		assert_int_equal(sim_restore(s, start), SIM_OK);
	}
	sim_snapshot_free(start);
}

/* A poke as a kernel's ptrace makes it is believed; what leaves another entry, or writes another
 * table, is not. Between them is code that makes no secret of it. */
GUEST(poke, "orl $2,0xff020200\n invlpg 0x08080000\n movl $7,0x08080000\n"
	    "andl $~2,0xff020200\n invlpg 0x08080000\n hlt\n");

static void a_poke_is_believed_where_the_entries_are_as_before(void **state)
{
	static const struct {
		const uint8_t *code, *end;
		bool believed;
	} guests[] = { { poke, poke_end, true },
		       { forge_entry, forge_entry_end, false },
		       { wipe_tables, wipe_tables_end, false },
		       { poke, poke_end, true } };
	struct sim *s = *state;
	struct sim_snapshot *start;

	assert_int_equal(sim_map(s, 0x08080000, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_save(s, &start), SIM_OK);
	for (unsigned i = 0; i < 4; i++) {
		box_code(s, BOX_KCODE + 0x200, guests[i].code, guests[i].end);
		sim_enter_kernel(s, KCS, KDS, BOX_KCODE + 0x200, BOX_KSTACK, 2);
		sim_poke_begin(s, 0x08080000);
		sim_run(s, 0);
		assert_true(sim_tables_written(s));
		sim_poke_end(s);
		assert_int_equal(sim_tables_written(s), !guests[i].believed);
		if (guests[i].believed)
			assert_int_equal(box_peek32(s, 0x08080000), 7);
		assert_int_equal(sim_restore(s, start), SIM_OK);
		assert_int_equal(box_peek32(s, 0x08080000), 0);
	}
	sim_snapshot_free(start);
}

/* Found by the pages of docs/: a snapshot that took them for zeros. */
static void filled_pages_are_a_files_until_they_are_written(void **state)
{
	const uint32_t words[2] = { 0x11111111, 0x22222222 };
	int fd = memfd_create("pages", MFD_CLOEXEC);
	struct sim *s = *state;
	struct sim_snapshot *before;
	uint32_t word;

	assert_true(fd >= 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pwrite(fd, &words[i], 4, (off_t)(i + 1) * SIM_PAGE), 4);
	assert_int_equal(ftruncate(fd, 3 * SIM_PAGE), 0);
	assert_int_equal(sim_map(s, PLACE, 2, SIM_USER | SIM_WRITE), SIM_OK);
	assert_int_equal(sim_fill(s, PLACE, 2, fd, SIM_PAGE), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE), words[0]);
	assert_int_equal(box_peek32(s, PLACE + SIM_PAGE), words[1]);
	assert_int_equal(sim_save(s, &before), SIM_OK);
	box_poke32(s, PLACE, 3);
	assert_int_equal(box_peek32(s, PLACE), 3);
	assert_int_equal(pread(fd, &word, 4, SIM_PAGE), 4);
	assert_int_equal(word, words[0]);
	assert_int_equal(sim_restore(s, before), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE), words[0]);
	assert_int_equal(box_peek32(s, PLACE + SIM_PAGE), words[1]);
	sim_unmap(s, PLACE, 2);
	assert_int_equal(sim_map(s, PLACE, 1, SIM_USER), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE), 0);
	assert_int_equal(sim_restore(s, before), SIM_OK);
	assert_int_equal(box_peek32(s, PLACE), words[0]);
	sim_snapshot_free(before);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(a_page_is_what_it_was_mapped_as),
		BOX_TEST(fresh_pages_are_zero_also_where_something_was),
		BOX_TEST(filled_pages_are_a_files_until_they_are_written),
		BOX_TEST(bad_ranges_and_the_computers_own_pages_are_refused),
		BOX_TEST(user_pages_run_out_and_come_back),
		BOX_TEST(reading_and_writing_stops_at_the_first_missing_page),
		BOX_TEST(a_size_beyond_the_address_space_moves_nothing),
		BOX_TEST(a_page_appears_and_disappears_between_runs),
		BOX_TEST(ring_0_may_not_write_read_only_pages_either),
		BOX_TEST(code_that_the_host_changes_is_the_code_that_runs),
		BOX_TEST(code_of_a_page_that_was_away_is_not_remembered),
		BOX_TEST(code_that_becomes_writable_is_counted_as_it_changes),
		BOX_TEST(paging_cannot_be_turned_off_or_exchanged),
		BOX_TEST(a_poke_is_believed_where_the_entries_are_as_before),
		BOX_TEST(a_restore_mends_page_tables_that_the_kernel_wrote),
	};

	return cmocka_run_group_tests_name("sim memory", tests, NULL, NULL);
}
