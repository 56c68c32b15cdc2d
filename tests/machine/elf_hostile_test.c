/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_hostile_test.c: files that are no programs, at sysemu_load_elf: each is loaded and runs,
 * or is refused with an offset in the file, and then the machine is as before: a good program
 * still loads into it. The parser alone: image_test.c.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"
#include "tests/helpers/random_program.h"

enum { TEXT_AT = 0x08048000, DATA_AT = 0x08049000 };

/* exit(42) */
static const uint8_t code[] = { 0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80 };

struct program {
	Elf32_Ehdr head;
	Elf32_Phdr phdr[2];
	uint8_t code[sizeof(code)];
	uint8_t data[8];
};

static struct program good_program(void)
{
	struct program p = {
		.head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_EXEC,
			  .e_machine = EM_386,
			  .e_version = EV_CURRENT,
			  .e_entry = TEXT_AT + offsetof(struct program, code),
			  .e_phoff = offsetof(struct program, phdr),
			  .e_phentsize = sizeof(Elf32_Phdr),
			  .e_phnum = 2,
			  .e_ehsize = sizeof(Elf32_Ehdr) },
		.phdr = { { .p_type = PT_LOAD,
			    .p_flags = PF_R | PF_X,
			    .p_vaddr = TEXT_AT,
			    .p_filesz = offsetof(struct program, data),
			    .p_memsz = offsetof(struct program, data) },
			  { .p_type = PT_LOAD,
			    .p_flags = PF_R | PF_W,
			    .p_vaddr = DATA_AT + offsetof(struct program, data),
			    .p_offset = offsetof(struct program, data),
			    .p_filesz = 8,
			    .p_memsz = 0x2000 } },
	};

	memcpy(p.code, code, sizeof(code));
	return p;
}

/* A machine without a program, to which it goes back. */
struct empty {
	sysemu_machine *m;
	sysemu_snapshot *snapshot;
	sysemu_digest digest;
};

static struct empty open_empty(void)
{
	const sysemu_config config = { .kernel = "sysemu",
				       .start = SYSEMU_START_UNTRACED,
				       .user_pages = 4096 };
	struct empty e = { 0 };

	OK(NULL, sysemu_open(&config, &e.m));
	OK(e.m, sysemu_save(e.m, &e.snapshot));
	OK(e.m, sysemu_get_digest(e.m, &e.digest));
	return e;
}

static void assert_as_before(struct empty *e)
{
	sysemu_digest digest;

	OK(e->m, sysemu_get_digest(e->m, &digest));
	assert_memory_equal(&digest, &e->digest, sizeof(digest));
}

/* Exactly `size` bytes, so that ASan sees one too many read. Returns whether it was loaded;
 * what was loaded runs to an event that is no FAULT. */
static bool load(struct empty *e, const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);
	sysemu_status status;
	sysemu_event event;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	status = sysemu_load_elf(e->m, copy, size, NULL, NULL);
	free(copy);
	if (status) {
		if (status != SYSEMU_ENOMEM) {
			if (!strstr(sysemu_errmsg(e->m), "offset 0x"))
				print_error("no offset: %s\n", sysemu_errmsg(e->m));
			assert_true(status == SYSEMU_ELOAD || status == SYSEMU_EDYNAMIC);
			assert_non_null(strstr(sysemu_errmsg(e->m), "offset 0x"));
		}
		assert_as_before(e);
		return false;
	}
	OK(e->m, sysemu_run(e->m, 10000, &event));
	if (event.kind == SYSEMU_EVENT_FAULT)
		print_error("%s\n", sysemu_errmsg(e->m));
	assert_int_not_equal(event.kind, SYSEMU_EVENT_FAULT);
	OK(e->m, sysemu_restore(e->m, e->snapshot));
	assert_as_before(e);
	return true;
}

static void close_empty(struct empty *e)
{
	struct program p = good_program();
	sysemu_event event;

	OK(e->m, sysemu_load_elf(e->m, &p, sizeof(p), NULL, NULL));
	event = run(e->m);
	assert_int_equal(event.kind, SYSEMU_EVENT_EXIT);
	assert_int_equal(event.status, 42 << 8);
	sysemu_close(e->m);
	sysemu_snapshot_free(e->snapshot);
}

static void a_program_cut_at_any_byte_is_refused_with_an_offset(void **state)
{
	struct program p = good_program();
	struct empty e = open_empty();

	(void)state;
	for (size_t size = 0; size < sizeof(p); size++)
		assert_false(load(&e, &p, size));
	assert_true(load(&e, &p, sizeof(p)));
	close_empty(&e);
}

static void a_real_program_cut_anywhere_is_refused_with_an_offset(void **state)
{
	struct empty e = open_empty();
	size_t size;
	uint8_t *elf = read_file(TEST_DEMO, &size);

	(void)state;
	for (size_t cut = 0; cut < size; cut += cut < 4096 ? 61 : 104729)
		assert_false(load(&e, elf, cut));
	assert_true(load(&e, elf, size));
	free(elf);
	close_empty(&e);
}

static void a_program_with_random_bytes_is_loaded_or_refused(void **state)
{
	struct empty e = open_empty();
	unsigned loaded = 0, tries = 20000;
	uint64_t r = 20050302;

	(void)state;
	for (unsigned i = 0; i < tries; i++) {
		struct program p = good_program();
		uint8_t *bytes = (uint8_t *)&p;
		unsigned changes = 1 + (unsigned)(random_word(&r) >> 62);

		while (changes--)
			bytes[(random_word(&r) >> 32) % sizeof(p)] =
				(uint8_t)(random_word(&r) >> 40);
		loaded += load(&e, &p, sizeof(p));
	}
	assert_between(loaded, tries / 20, tries - tries / 20);
	close_empty(&e);
}

#define LIE(member, value)                                   \
	do {                                                 \
		struct program p_ = good_program();          \
                                                             \
		p_.member = (value);                         \
		assert_false(load(&empty, &p_, sizeof(p_))); \
	} while (0)

static void lying_headers_are_refused(void **state)
{
	struct empty empty = open_empty();

	(void)state;
	/* where no program may lie: null page, launch page, window, stack, kernel, wrapped */
	LIE(phdr[0].p_vaddr, 0);
	LIE(phdr[0].p_vaddr, 0xfff);
	LIE(phdr[0].p_vaddr, 0xb7fff000);
	LIE(phdr[0].p_vaddr, 0xb7fffff0);
	LIE(phdr[0].p_vaddr, 0xb8000000);
	LIE(phdr[1].p_vaddr, 0xbffff000);
	LIE(phdr[1].p_vaddr, 0xbffffffc);
	LIE(phdr[1].p_vaddr, 0xc0000000);
	LIE(phdr[1].p_vaddr, 0xc0100000);
	LIE(phdr[1].p_vaddr, 0xff000000);
	LIE(phdr[1].p_vaddr, 0xfffff000);
	LIE(phdr[1].p_vaddr, 0xffffe000);
	/* more memory than there is */
	LIE(phdr[1].p_memsz, 0xffffffff);
	LIE(phdr[1].p_memsz, 0xa0000000);
	LIE(phdr[1].p_memsz, 0x10000000);
	LIE(phdr[1].p_memsz, 4096 * 4096);
	/* more file than there is */
	LIE(phdr[0].p_filesz, 0xfffffff0);
	LIE(phdr[1].p_filesz, 9);
	LIE(phdr[1].p_offset, 0xfffffffc);
	LIE(phdr[0].p_offset, sizeof(struct program));
	LIE(head.e_phoff, 0xffffffff);
	LIE(head.e_phoff, sizeof(struct program) - 63);
	LIE(head.e_phnum, 0);
	LIE(head.e_phnum, 3);
	LIE(head.e_phnum, 0xffff);
	LIE(head.e_phentsize, 0);
	LIE(head.e_type, ET_CORE);
	LIE(head.e_machine, EM_X86_64);
	close_empty(&empty);
}

static void an_entry_outside_the_program_is_sigsegv_there(void **state)
{
	static const uint32_t entries[] = { 0, 0x1000, 0xc0100000, 0xff401000, 0xffffffff };

	(void)state;
	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct program p = good_program();
		struct empty e = open_empty();
		sysemu_event event;

		p.head.e_entry = entries[i];
		OK(e.m, sysemu_load_elf(e.m, &p, sizeof(p), NULL, NULL));
		event = run(e.m);
		assert_int_equal(event.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(event.status, 11);
		assert_int_equal(event.eip, entries[i]);
		OK(e.m, sysemu_restore(e.m, e.snapshot));
		close_empty(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_cut_at_any_byte_is_refused_with_an_offset),
		cmocka_unit_test(a_real_program_cut_anywhere_is_refused_with_an_offset),
		cmocka_unit_test(a_program_with_random_bytes_is_loaded_or_refused),
		cmocka_unit_test(lying_headers_are_refused),
		cmocka_unit_test(an_entry_outside_the_program_is_sigsegv_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
