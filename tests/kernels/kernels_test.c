/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels_test.c: the guest kernels and vsyscall pages that are built in: names, identity,
 * and that each is what its loader expects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asm/abi.h"
#include "lib/guest/guest.h" /* before cmocka, which has a macro fail */

#include <cmocka.h>

static void every_kernel_is_found_by_the_name_it_is_listed_with(void **state)
{
	const char *name, *about;
	size_t n = 0;

	(void)state;
	for (; (name = sysemu_kernel_at(n, &about)); n++) {
		const struct kernel *k = kernel_find(name);

		assert_non_null(k);
		assert_string_equal(k->name, name);
		assert_true(strlen(about) > 0);
		assert_null(strchr(about, '\n'));
	}
	assert_true(n >= 3);
	assert_null(sysemu_kernel_at(n + 1, NULL));
	assert_null(sysemu_kernel_at(SIZE_MAX, NULL));
}

static void an_alias_is_the_same_kernel_and_another_name_is_none(void **state)
{
	(void)state;
	assert_non_null(kernel_find("sysemu"));
	assert_ptr_equal(kernel_find("sysemu-5"), kernel_find("sysemu"));
	assert_null(kernel_find(""));
	assert_null(kernel_find("sysemu "));
	assert_null(kernel_find("SYSEMU"));
}

static void of_an_unknown_name_all_known_ones_are_said(void **state)
{
	char text[800], small[24];
	const char *name;

	(void)state;
	assert_ptr_equal(sysemu_kernel_unknown("2.4.20", text, sizeof(text)), text);
	assert_non_null(strstr(text, "\"2.4.20\""));
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)); i++)
		assert_non_null(strstr(text, name));
	assert_non_null(strstr(text, "(sysemu-5)"));
	sysemu_kernel_unknown("2.4.20", small, sizeof(small));
	assert_int_equal(strlen(small), sizeof(small) - 1); /* cut, and ended */
}

/* What is loaded from it is what lies in memory: here the entry's first bytes. */
static void an_image_is_what_the_machine_runs(void **state)
{
	const uint8_t *image;
	uint8_t code[64];
	uint32_t entry;
	size_t size = 0, at = 0;
	sysemu_machine *m;

	(void)state;
	image = sysemu_kernel_image("sysemu-5", &size);
	assert_non_null(image);
	assert_memory_equal(image, "\177ELF", 4);
	assert_int_equal(sysemu_open(&(sysemu_config){ .kernel = "sysemu" }, &m), SYSEMU_OK);
	assert_int_equal(sysemu_symbol(m, "system_call", &entry), SYSEMU_OK);
	assert_int_equal(sysemu_read(m, entry, code, sizeof(code)), SYSEMU_OK);
	while (at + sizeof(code) <= size && memcmp(image + at, code, sizeof(code)) != 0)
		at++;
	assert_true(at + sizeof(code) <= size);
	sysemu_close(m);
	assert_ptr_equal(sysemu_kernel_image("sysemu", NULL), image);
	assert_null(sysemu_kernel_image("2.4.20", &size));
	assert_null(sysemu_kernel_image(NULL, NULL));
}

static void each_kernel_has_a_digest_of_its_own(void **state)
{
	const char *name, *other;

	(void)state;
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)); i++) {
		const char *digest = sysemu_kernel_digest(name);

		assert_int_equal(strspn(digest, "0123456789abcdef"), 32);
		assert_int_equal(strlen(digest), 32);
		for (size_t j = 0; j < i; j++) {
			other = sysemu_kernel_at(j, NULL);
			assert_string_not_equal(digest, sysemu_kernel_digest(other));
		}
	}
	assert_string_equal(sysemu_kernel_digest("sysemu-5"), sysemu_kernel_digest("sysemu"));
	assert_null(sysemu_kernel_digest("2.4.20"));
	assert_null(sysemu_kernel_digest(NULL));
}

static void every_image_is_an_executable_with_the_symbols_the_host_uses(void **state)
{
	static const char *const needed[] = { "startup", "system_call", "sysenter_entry",
					      "sys_ptrace" };
	struct sim_error err;
	struct sim_image image;
	const char *name;

	(void)state;
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)); i++) {
		const struct kernel *k = kernel_find(name);

		assert_int_equal(
			sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &image, &err),
			SIM_OK);
		assert_int_equal(image.type, 2);
		assert_int_equal(image.segments[0].vaddr, KERNEL_BASE);
		for (size_t j = 0; j < sizeof(needed) / sizeof(needed[0]); j++)
			assert_non_null(sim_image_symbol(&image, needed[j]));
		assert_true(sim_image_symbol(&image, "do_syscall_trace") ||
			    sim_image_symbol(&image, "syscall_trace_enter"));
		sim_image_free(&image);
	}
}

static void a_vsyscall_page_is_a_shared_object_with_its_entry_where_auxv_says(void **state)
{
	const uint8_t *pages[2];
	size_t sizes[2];
	struct sim_error err;
	struct sim_image image;

	(void)state;
	for (int entry = SYSEMU_ENTRY_INT80; entry <= SYSEMU_ENTRY_SYSENTER; entry++) {
		const struct sim_symbol *call;

		pages[entry] = kernel_vsyscall(0x02060b, (sysemu_entry)entry, &sizes[entry]);
		assert_true(sizes[entry] <= PAGE_SIZE);
		assert_int_equal(sim_image_parse(pages[entry], sizes[entry], &image, &err), SIM_OK);
		assert_int_equal(image.type, 3);
		call = sim_image_symbol(&image, "__kernel_vsyscall");
		assert_non_null(call);
		assert_int_equal(call->value, VSYSCALL_ENTRY);
		sim_image_free(&image);
	}
	/* int $0x80 in the one; SYSENTER behind three pushes and a move in the other. */
	assert_memory_equal(pages[0] + (VSYSCALL_ENTRY - VSYSCALL_BASE), "\xcd\x80", 2);
	assert_memory_equal(pages[1] + (VSYSCALL_ENTRY - VSYSCALL_BASE),
			    "\x51\x52\x55\x89\xe5\x0f\x34", 7);
}

static void the_engines_are_named_with_the_guest_compiler(void **state)
{
	const char *text = sysemu_engines();

	(void)state;
	assert_ptr_equal(strstr(text, "unicorn "), text);
	assert_non_null(strstr(text, ", capstone "));
	assert_non_null(strstr(text, ", guest compiler gcc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kernel_is_found_by_the_name_it_is_listed_with),
		cmocka_unit_test(an_alias_is_the_same_kernel_and_another_name_is_none),
		cmocka_unit_test(of_an_unknown_name_all_known_ones_are_said),
		cmocka_unit_test(an_image_is_what_the_machine_runs),
		cmocka_unit_test(each_kernel_has_a_digest_of_its_own),
		cmocka_unit_test(every_image_is_an_executable_with_the_symbols_the_host_uses),
		cmocka_unit_test(a_vsyscall_page_is_a_shared_object_with_its_entry_where_auxv_says),
		cmocka_unit_test(the_engines_are_named_with_the_guest_compiler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
