/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server_memory_test.c: brk, mmap, munmap, mprotect, mremap as the server answers them.
 * Numbers and flags are i386 Linux', from its manual.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/serving.h"

enum {
	NR_brk = 45,
	NR_mmap = 90,
	NR_munmap = 91,
	NR_mprotect = 125,
	NR_mremap = 163,
	NR_mmap2 = 192,
};

static void brk_grows_and_shrinks_in_pages(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	uint32_t start = (uint32_t)call(m, NR_brk, 0);

	(void)state;
	assert_int_equal(start, SYSEMU_CODE_BASE + 4096);
	assert_int_equal(call(m, NR_brk, start + 1), start + 1);
	assert_int_equal(sysemu_page_prot(m, start), 3);
	assert_int_equal(sysemu_page_prot(m, start + 4096), -1);
	assert_int_equal(call(m, NR_brk, start + 4096), start + 4096);
	assert_int_equal(sysemu_page_prot(m, start + 4096), -1);
	OK(m, sysemu_write(m, start, "dirt", 4));
	assert_int_equal(call(m, NR_brk, start), start);
	assert_int_equal(sysemu_page_prot(m, start), -1);
	assert_int_equal(call(m, NR_brk, start + 100), start + 100);
	assert_int_equal(get_word(m, start), 0);
	/* No room: beyond the limit, over another map, below the start. */
	assert_int_equal(call(m, NR_brk, 0xb0000000), start + 100);
	assert_int_equal(call(m, NR_brk, 0xffffffff), start + 100);
	OK(m, sysemu_map(m, start + 0x10000, 1, 3));
	assert_int_equal(call(m, NR_brk, start + 0x20000), start + 100);
	assert_int_equal(call(m, NR_brk, start - 1), start + 100);
	sysemu_close(m);
}

static void mmap_gives_zeroed_memory_from_the_top(void **state)
{
	enum { RW = 3, PRIVATE_ANON = 0x22, FIXED = 0x10, NOREPLACE = 0x100000 };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);
	uint32_t a = (uint32_t)call(m, NR_mmap2, 0, 5000, RW, PRIVATE_ANON, -1, 0), b;
	const uint32_t old[] = { 0, 4096, 1, PRIVATE_ANON, -1, 0 };

	(void)state;
	assert_int_equal(a, 0xb7fff000 - 2 * 4096);
	assert_int_equal(sysemu_page_prot(m, a + 4096), 3);
	OK(m, sysemu_write(m, DATA, old, sizeof(old)));
	b = (uint32_t)call(m, NR_mmap, DATA);
	assert_int_equal(b, a - 4096);
	assert_int_equal(sysemu_page_prot(m, b), 1);
	/* A hint below the program's data is not taken, one above it is. */
	assert_int_equal((uint32_t)call(m, NR_mmap2, 0x30000, 4096, 0, PRIVATE_ANON, -1), b - 4096);
	assert_int_equal((uint32_t)call(m, NR_mmap2, 0x40000123, 4096, 0, PRIVATE_ANON, -1),
			 0x40000000);
	OK(m, sysemu_write(m, a, "dirt", 4));
	assert_int_equal(call(m, NR_munmap, a, 8192), 0);
	assert_int_equal(sysemu_page_prot(m, a), -1);
	assert_int_equal(call(m, NR_munmap, a, 8192), 0);
	assert_int_equal((uint32_t)call(m, NR_mmap2, a + 4096, 4096, RW, PRIVATE_ANON, -1),
			 a + 4096);
	assert_int_equal((uint32_t)call(m, NR_mmap2, a, 4096, RW, PRIVATE_ANON | FIXED, -1), a);
	assert_int_equal(get_word(m, a), 0);
	assert_int_equal(call(m, NR_mmap2, a, 4096, RW, PRIVATE_ANON | NOREPLACE, -1), -EEXIST);
	sysemu_close(m);
}

static void mmap_refuses_what_it_cannot_give(void **state)
{
	enum { RW = 3, PRIVATE_ANON = 0x22, FIXED = 0x10 };
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(call(m, NR_mmap2, 0, 0, RW, PRIVATE_ANON, -1), -EINVAL);
	assert_int_equal(call(m, NR_mmap2, 0, 4096, RW, 0x20, -1), -EINVAL);
	assert_int_equal(call(m, NR_mmap2, 0, 4096, 8, PRIVATE_ANON, -1), -EINVAL);
	assert_int_equal(call(m, NR_mmap2, 0, 0xffffffff, RW, PRIVATE_ANON, -1), -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0, 0x40000000, RW, PRIVATE_ANON, -1), -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0, 4096, RW, 2, 1), -EACCES);
	assert_int_equal(call(m, NR_mmap2, 0, 4096, RW, 2, 9), -EBADF);
	assert_int_equal(call(m, NR_mmap2, 0x30001, 4096, RW, PRIVATE_ANON | FIXED, -1), -EINVAL);
	assert_int_equal(call(m, NR_mmap2, 0, 4096, RW, PRIVATE_ANON | FIXED, -1), -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0xb7fff000, 4096, RW, PRIVATE_ANON | FIXED, -1),
			 -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0xb8000000, 4096, RW, PRIVATE_ANON | FIXED, -1),
			 -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0xbffff000, 8192, RW, PRIVATE_ANON | FIXED, -1),
			 -ENOMEM);
	assert_int_equal(call(m, NR_mmap2, 0xfffff000, 8192, RW, PRIVATE_ANON | FIXED, -1),
			 -ENOMEM);
	assert_int_equal(call(m, NR_mmap, UNMAPPED), -EFAULT);
	assert_int_equal(call(m, NR_munmap, DATA + 1, 4096), -EINVAL);
	assert_int_equal(call(m, NR_munmap, DATA, 0), -EINVAL);
	/* Nothing of the program's is there, and so nothing goes: as Linux answers. */
	assert_int_equal(call(m, NR_munmap, 0xb8000000, 4096), 0);
	assert_int_equal(call(m, NR_munmap, 0, 0x1000), 0);
	assert_int_equal(call(m, NR_munmap, DATA, 0xffffffff), -EINVAL);
	assert_int_equal(call(m, NR_munmap, 0, 0xc0001000), -EINVAL);
	sysemu_close(m);
}

static void mprotect_changes_mapped_pages_only(void **state)
{
	struct world w = { 0 };
	sysemu_machine *m = open_serving(&w, NULL, false);

	(void)state;
	assert_int_equal(call(m, NR_mprotect, DATA, 4097, 1), 0);
	assert_int_equal(sysemu_page_prot(m, DATA), 1);
	assert_int_equal(sysemu_page_prot(m, DATA + 4096), 1);
	assert_int_equal(sysemu_page_prot(m, DATA + 8192), 3);
	assert_int_equal(call(m, NR_mprotect, DATA, 4096, 0), 0);
	assert_int_equal(sysemu_page_prot(m, DATA), 0);
	assert_int_equal(call(m, NR_mprotect, DATA, 0, 0), 0);
	assert_int_equal(call(m, NR_mprotect, DATA + 1, 1, 0), -EINVAL);
	assert_int_equal(call(m, NR_mprotect, DATA, 1, 8), -EINVAL);
	assert_int_equal(call(m, NR_mprotect, NO_ACCESS, 8192, 3), -ENOMEM);
	assert_int_equal(sysemu_page_prot(m, NO_ACCESS), 0);
	assert_int_equal(call(m, NR_mprotect, 0xb8000000, 4096, 3), -ENOMEM);
	assert_int_equal(call(m, NR_mprotect, 0xc0100000, 4096, 3), -ENOMEM);
	sysemu_close(m);
}
/* What a program can see is compared with a real kernel in cli/served.sh. */
static void mremap_keeps_protection_and_the_limit(void **state)
{
	enum { MAYMOVE = 1, FIXED = 2, PAGE = 4096 };
	const sysemu_config config = { .user_pages = 100 };
	struct world w = { 0 };
	sysemu_machine *m = open_serving_config(&w, &config);
	uint32_t at = DATA, moved;

	(void)state;
	OK(m, sysemu_write(m, READ_ONLY, "kept", 4));
	/* The limit: 16 of stack, 1 of code, 1 of launch, 18 of the world: 64 are left. */
	moved = (uint32_t)call(m, NR_mremap, READ_ONLY, PAGE, 4 * PAGE, MAYMOVE);
	assert_int_equal(sysemu_page_prot(m, READ_ONLY), -1);
	assert_int_equal(sysemu_page_prot(m, moved), 1);
	assert_int_equal(sysemu_page_prot(m, moved + 3 * PAGE), 1);
	assert_int_equal(get_word(m, moved), 0x7470656b);
	/* Two maps of different protection are not one. */
	assert_int_equal(call(m, NR_mremap, moved, 5 * PAGE, PAGE, 0), -EFAULT);
	assert_int_equal(call(m, NR_mremap, NO_ACCESS, PAGE, 2 * PAGE, 0), NO_ACCESS);
	assert_int_equal(sysemu_page_prot(m, NO_ACCESS + PAGE), 0);
	assert_int_equal(call(m, NR_mremap, at, 16 * PAGE, 101 * PAGE, MAYMOVE), -ENOMEM);
	assert_int_equal(call(m, NR_mremap, at, 16 * PAGE, 90 * PAGE, MAYMOVE), -ENOMEM);
	assert_int_equal(sysemu_page_prot(m, at + 15 * PAGE), 3); /* nothing has changed */
	assert_int_equal(call(m, NR_mremap, at, 16 * PAGE, 16 * PAGE, MAYMOVE | FIXED, 0x30000000),
			 0x30000000);
	/* Not over the tracer's window, nor out of the program's space. */
	assert_int_equal(call(m, NR_mremap, 0x30000000, PAGE, PAGE, MAYMOVE | FIXED, SYSEMU_WINDOW),
			 -EINVAL);
	assert_int_equal(
		call(m, NR_mremap, 0x30000000, PAGE, PAGE, MAYMOVE | FIXED, 0xbffff000 + PAGE),
		-EINVAL);
	assert_int_equal(call(m, NR_mremap, 0xfffff000, 2 * PAGE, PAGE, 0), -EFAULT);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brk_grows_and_shrinks_in_pages),
		cmocka_unit_test(mmap_gives_zeroed_memory_from_the_top),
		cmocka_unit_test(mmap_refuses_what_it_cannot_give),
		cmocka_unit_test(mprotect_changes_mapped_pages_only),
		cmocka_unit_test(mremap_keeps_protection_and_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
