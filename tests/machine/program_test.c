/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_test.c: what execve does, seen through the public interface: where segments
 * land, what lies on the stack, and that a refused program leaves nothing behind.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asm/abi.h"
#include "tests/helpers/harness.h"

enum { TEXT = 0x08048000, PAGE = 0x1000 };

/* Two segments and two instructions: `jmp .`, twice. */
struct program {
	Elf32_Ehdr head;
	Elf32_Phdr phdr[3];
	uint8_t code[4], data[4];
	char interp[20];
};

static struct program make_program(void)
{
	struct program p = {
		.head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_EXEC,
			  .e_machine = EM_386,
			  .e_version = EV_CURRENT,
			  .e_entry = TEXT + offsetof(struct program, code),
			  .e_phoff = offsetof(struct program, phdr),
			  .e_ehsize = sizeof(Elf32_Ehdr),
			  .e_phentsize = sizeof(Elf32_Phdr),
			  .e_phnum = 3 },
		.code = { 0xeb, 0xfe, 0xeb, 0xfe },
		.data = { 1, 2, 3, 4 },
		.interp = "/lib/ld-linux.so.2",
	};

	p.phdr[0] = (Elf32_Phdr){ .p_type = PT_LOAD,
				  .p_flags = PF_R | PF_X,
				  .p_vaddr = TEXT,
				  .p_filesz = offsetof(struct program, data),
				  .p_memsz = offsetof(struct program, data) };
	p.phdr[1] = (Elf32_Phdr){ .p_type = PT_LOAD,
				  .p_flags = PF_R | PF_W,
				  .p_vaddr = TEXT + 2 * PAGE + 0x800,
				  .p_offset = offsetof(struct program, data),
				  .p_filesz = 4,
				  .p_memsz = 3 * PAGE };
	return p;
}

static sysemu_machine *open_machine(uint32_t user_pages, uint64_t seed)
{
	const sysemu_config config = { .user_pages = user_pages, .seed = seed };
	sysemu_machine *m = NULL;

	OK(NULL, sysemu_open(&config, &m));
	return m;
}

static void load(sysemu_machine *m, const struct program *p, char *const argv[], char *const envp[])
{
	OK(m, sysemu_load_elf(m, p, sizeof(*p), argv, envp));
}

static uint32_t word(sysemu_machine *m, uint32_t addr)
{
	uint32_t value = 0;

	OK(m, sysemu_read(m, addr, &value, sizeof(value)));
	return value;
}

static char *string(sysemu_machine *m, uint32_t addr)
{
	static char text[64];

	for (size_t i = 0; i < sizeof(text); i++) {
		OK(m, sysemu_read(m, addr + (uint32_t)i, text + i, 1));
		if (!text[i])
			return text;
	}
	fail();
	return NULL;
}

/* The program's esp at its start: that of the first stop. */
static uint32_t start_esp(sysemu_machine *m)
{
	sysemu_event e = run(m);

	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	return e.esp;
}

/* The value of an auxiliary vector's entry; fails if it is not there. */
static uint32_t aux(sysemu_machine *m, uint32_t esp, uint32_t type)
{
	uint32_t at = esp + 4;

	for (int nulls = 0; nulls < 2; at += 4)
		nulls += word(m, at) == 0;
	for (; word(m, at) != AT_NULL; at += 8)
		if (word(m, at) == type)
			return word(m, at + 4);
	print_error("no entry %u in the auxiliary vector\n", type);
	fail();
	return 0;
}

/* No page below the stack's top is mapped, nor any of the stack. */
static void assert_nothing_is_mapped(sysemu_machine *m)
{
	for (uint32_t addr = 0; addr < PAGE_OFFSET; addr += PAGE)
		if (addr < TRACER_WINDOW || addr >= TRACER_WINDOW + TRACER_WINDOW_SIZE)
			assert_int_equal(sysemu_page_prot(m, addr), -1);
}

static void assert_refused(const struct program *p, size_t size, sysemu_status status,
			   const char *sentence)
{
	struct program good = make_program();
	sysemu_machine *m = open_machine(0, 0);

	assert_int_equal(sysemu_load_elf(m, p, size, NULL, NULL), status);
	assert_string_equal(sysemu_errmsg(m), sentence);
	assert_nothing_is_mapped(m);
	load(m, &good, NULL, NULL);
	sysemu_close(m);
}

/* ---- segments ---- */

static void segments_land_where_the_file_says_with_a_zeroed_bss(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	uint8_t bytes[4];

	(void)state;
	load(m, &p, NULL, NULL);
	OK(m, sysemu_read(m, p.head.e_entry, bytes, 4));
	assert_memory_equal(bytes, p.code, 4);
	OK(m, sysemu_read(m, p.phdr[1].p_vaddr, bytes, 4));
	assert_memory_equal(bytes, p.data, 4);
	assert_int_equal(word(m, p.phdr[1].p_vaddr - 4), 0);
	for (uint32_t i = 4; i < p.phdr[1].p_memsz; i += 4)
		assert_int_equal(word(m, p.phdr[1].p_vaddr + i), 0);
	assert_int_equal(sysemu_page_prot(m, TEXT), 1);
	assert_int_equal(sysemu_page_prot(m, TEXT + PAGE), -1);
	assert_int_equal(sysemu_page_prot(m, TEXT + 2 * PAGE), 3);
	assert_int_equal(sysemu_page_prot(m, TEXT + 5 * PAGE), 3);
	assert_int_equal(sysemu_page_prot(m, TEXT + 6 * PAGE), -1);
	sysemu_close(m);
}

static void a_page_of_two_segments_has_both_and_may_be_written(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	uint8_t bytes[4];

	(void)state;
	p.phdr[1].p_vaddr = TEXT + 0x800;
	load(m, &p, NULL, NULL);
	OK(m, sysemu_read(m, p.head.e_entry, bytes, 4));
	assert_memory_equal(bytes, p.code, 4);
	OK(m, sysemu_read(m, p.phdr[1].p_vaddr, bytes, 4));
	assert_memory_equal(bytes, p.data, 4);
	assert_int_equal(sysemu_page_prot(m, TEXT), 3);
	sysemu_close(m);
	/* In the other order as well. */
	p.phdr[2] = p.phdr[0];
	p.phdr[0] = (Elf32_Phdr){ .p_type = PT_NULL };
	m = open_machine(0, 0);
	load(m, &p, NULL, NULL);
	OK(m, sysemu_read(m, p.head.e_entry, bytes, 4));
	assert_memory_equal(bytes, p.code, 4);
	assert_int_equal(sysemu_page_prot(m, TEXT), 3);
	sysemu_close(m);
}

static void a_static_pie_lies_at_0x56555000(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	uint32_t esp;

	(void)state;
	p.head.e_type = ET_DYN;
	p.head.e_entry -= TEXT;
	p.phdr[0].p_vaddr -= TEXT;
	p.phdr[1].p_vaddr -= TEXT;
	load(m, &p, NULL, NULL);
	esp = start_esp(m);
	assert_int_equal(aux(m, esp, AT_ENTRY), 0x56555000 + p.head.e_entry);
	assert_int_equal(aux(m, esp, AT_PHDR), 0x56555000 + p.head.e_phoff);
	assert_int_equal(word(m, aux(m, esp, AT_ENTRY)), 0xfeebfeeb);
	sysemu_close(m);
}

/* ---- refusals ---- */

static void a_dynamic_program_is_refused_by_name_of_its_loader(void **state)
{
	struct program p = make_program();

	(void)state;
	p.phdr[2] = (Elf32_Phdr){ .p_type = PT_INTERP,
				  .p_offset = offsetof(struct program, interp),
				  .p_filesz = 19 };
	assert_refused(&p, sizeof(p), SYSEMU_EDYNAMIC,
		       "offset 0x9c: the program wants the dynamic loader /lib/ld-linux.so.2: "
		       "static only");
}

static void a_64_bit_program_is_refused_as_such(void **state)
{
	struct program p = make_program();

	(void)state;
	p.head.e_ident[EI_CLASS] = ELFCLASS64;
	p.head.e_machine = EM_X86_64;
	assert_refused(&p, sizeof(p), SYSEMU_ELOAD,
		       "offset 0x4: a 64-bit file for x86-64: this is an i386, build with -m32");
}

static void a_segment_outside_user_space_is_refused(void **state)
{
	struct program p = make_program();

	(void)state;
	p.phdr[1].p_vaddr = 0;
	assert_refused(&p, sizeof(p), SYSEMU_ELOAD,
		       "the segment at file offset 0x98 wants 0x0 to 0x3000; a program may lie at "
		       "0x1000 to 0xb7fff000");
	p.phdr[1].p_vaddr = LAUNCH_PAGE - 1;
	assert_refused(&p, sizeof(p), SYSEMU_ELOAD,
		       "the segment at file offset 0x98 wants 0xb7ffefff to 0xb8001fff; a program "
		       "may lie at 0x1000 to 0xb7fff000");
	p.phdr[1].p_vaddr = PAGE_OFFSET;
	assert_refused(&p, sizeof(p), SYSEMU_ELOAD,
		       "the segment at file offset 0x98 wants 0xc0000000 to 0xc0003000; a program "
		       "may lie at 0x1000 to 0xb7fff000");
	p = make_program();
	p.head.e_type = ET_DYN; /* and the bias leads beyond 4 GiB */
	p.phdr[1].p_vaddr = 0xf0000000;
	assert_refused(
		&p, sizeof(p), SYSEMU_ELOAD,
		"the segment at file offset 0x98 wants 0x146555000 to 0x146558000; a program "
		"may lie at 0x1000 to 0xb7fff000");
}

static void a_program_cut_at_any_byte_loads_or_leaves_nothing(void **state)
{
	struct program good = make_program();
	sysemu_machine *m = open_machine(0, 0);
	size_t needed = offsetof(struct program, interp);

	(void)state;
	for (size_t size = 0; size < needed; size++) {
		void *cut = malloc(size + !size);

		memcpy(cut, &good, size);
		assert_int_equal(sysemu_load_elf(m, cut, size, NULL, NULL), SYSEMU_ELOAD);
		assert_memory_equal(sysemu_errmsg(m), "offset 0x", 9);
		free(cut);
	}
	assert_nothing_is_mapped(m);
	OK(m, sysemu_load_elf(m, &good, needed, NULL, NULL));
	sysemu_close(m);
}

static void a_program_too_big_for_the_machine_leaves_nothing(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(300, 0);

	(void)state;
	p.phdr[1].p_memsz = 301 * PAGE;
	assert_int_equal(sysemu_load_elf(m, &p, sizeof(p), NULL, NULL), SYSEMU_ENOMEM);
	assert_nothing_is_mapped(m);
	p.phdr[1].p_memsz = 100 * PAGE; /* the segments fit, the stack does not */
	assert_int_equal(sysemu_load_elf(m, &p, sizeof(p), NULL, NULL), SYSEMU_ENOMEM);
	assert_nothing_is_mapped(m);
	p = make_program();
	load(m, &p, NULL, NULL);
	sysemu_close(m);
}

static void arguments_above_128_kib_are_refused_with_their_size(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	char *big = malloc(0x20000);
	char *argv[] = { big, NULL }, *envp[] = { (char *)"A=B", NULL };

	(void)state;
	memset(big, 'x', 0x1ffff);
	big[0x1ffff] = '\0';
	assert_int_equal(sysemu_load_elf(m, &p, sizeof(p), argv, envp), SYSEMU_EINVAL);
	assert_string_equal(sysemu_errmsg(m), "arguments (131072 bytes) and environment (4 bytes) "
					      "exceed 131072 bytes");
	assert_nothing_is_mapped(m);
	load(m, &p, argv, NULL);
	sysemu_close(m);
	free(big);
}

/* The pointers are words of the stack too: as many as the limit lets pass must fit. */
static void as_many_arguments_as_possible_fit_on_the_stack(void **state)
{
	enum { COUNT = 0x20000 };
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	char **argv = calloc(COUNT + 2, sizeof(*argv));
	uint32_t esp;

	(void)state;
	for (int i = 0; i <= COUNT; i++)
		argv[i] = (char *)"";
	assert_int_equal(sysemu_load_elf(m, &p, sizeof(p), argv, NULL), SYSEMU_EINVAL);
	argv[COUNT] = NULL;
	load(m, &p, argv, NULL);
	esp = start_esp(m);
	assert_int_equal(word(m, esp), COUNT);
	assert_true(esp > STACK_TOP - 0xc0000);
	sysemu_close(m);
	free(argv);
}

/* ---- the stack ---- */

static void the_stack_holds_arguments_environment_and_their_strings(void **state)
{
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	char *argv[] = { (char *)"prog", (char *)"", (char *)"two words", NULL };
	char *envp[] = { (char *)"A=1", (char *)"B=", NULL };
	uint32_t esp;

	(void)state;
	load(m, &p, argv, envp);
	esp = start_esp(m);
	assert_int_equal(word(m, esp), 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(string(m, word(m, esp + 4 + 4 * i)), argv[i]);
	assert_int_equal(word(m, esp + 16), 0);
	for (int i = 0; i < 2; i++)
		assert_string_equal(string(m, word(m, esp + 20 + 4 * i)), envp[i]);
	assert_int_equal(word(m, esp + 28), 0);
	/* The strings lie in one piece, in this order: programs rely on it. */
	assert_int_equal(word(m, esp + 8), word(m, esp + 4) + 5);
	assert_int_equal(word(m, esp + 20), word(m, esp + 12) + 10);
	assert_string_equal(string(m, aux(m, esp, AT_EXECFN)), "prog");
	sysemu_close(m);
}

static void the_auxiliary_vector_describes_program_and_machine(void **state)
{
	static const struct {
		uint32_t type, value;
	} expected[] = {
		{ AT_PHDR, TEXT + offsetof(struct program, phdr) },
		{ AT_PHENT, 32 },
		{ AT_PHNUM, 3 },
		{ AT_PAGESZ, 4096 },
		{ AT_BASE, 0 },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, TEXT + offsetof(struct program, code) },
		{ AT_UID, 0 },
		{ AT_EUID, 0 },
		{ AT_GID, 0 },
		{ AT_EGID, 0 },
		{ AT_CLKTCK, 100 },
		{ AT_SECURE, 0 },
		{ AT_SYSINFO, VSYSCALL_ENTRY },
		{ AT_SYSINFO_EHDR, VSYSCALL_BASE },
	};
	struct program p = make_program();
	sysemu_machine *m = open_machine(0, 0);
	uint32_t esp;

	(void)state;
	load(m, &p, NULL, NULL);
	esp = start_esp(m);
	assert_int_equal(word(m, esp), 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(aux(m, esp, expected[i].type), expected[i].value);
	assert_string_equal(string(m, aux(m, esp, AT_PLATFORM)), "i686");
	/* Whoever follows AT_SYSINFO_EHDR finds an ELF file. */
	assert_int_equal(word(m, VSYSCALL_BASE), 0x464c457f);
	sysemu_close(m);
}

static void esp_is_a_multiple_of_16_whatever_the_arguments(void **state)
{
	struct program p = make_program();
	char *argv[24] = { NULL };

	(void)state;
	for (int argc = 0; argc < 20; argc++) {
		sysemu_machine *m = open_machine(0, 0);

		load(m, &p, argv, argv + argc / 2);
		assert_int_equal(start_esp(m) % 16, 0);
		sysemu_close(m);
		argv[argc] = (char *)"abc";
	}
}

static void random_bytes_follow_from_the_seed(void **state)
{
	static const uint64_t seeds[] = { 1, 2, 1 };
	uint8_t bytes[3][16];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct program p = make_program();
		sysemu_machine *m = open_machine(0, seeds[i]);

		load(m, &p, NULL, NULL);
		OK(m, sysemu_read(m, aux(m, start_esp(m), AT_RANDOM), bytes[i], 16));
		sysemu_close(m);
	}
	assert_memory_not_equal(bytes[0], bytes[1], 16);
	assert_memory_equal(bytes[0], bytes[2], 16);
}

/* ---- raw code ---- */

static void raw_code_starts_with_empty_registers_at_the_top_of_its_stack(void **state)
{
	static const uint8_t code[PAGE + 1] = { 0xeb, 0xfe };
	sysemu_machine *m = open_machine(0, 0);
	sysemu_event e;
	sysemu_regs regs;

	(void)state;
	OK(m, sysemu_load_code(m, code, sizeof(code)));
	e = run(m);
	assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
	assert_int_equal(e.esp, STACK_TOP);
	OK(m, sysemu_break_set(m, SYSEMU_CODE_BASE));
	e = resume(m, SYSEMU_PTRACE_CONT, 0);
	assert_int_equal(e.kind, SYSEMU_EVENT_BREAK);
	OK(m, sysemu_get_cpu(m, &regs));
	assert_int_equal(regs.eax | regs.ebx | regs.ecx | regs.edx | regs.esi | regs.edi | regs.ebp,
			 0);
	assert_int_equal(regs.esp, STACK_TOP);
	assert_int_equal(sysemu_page_prot(m, SYSEMU_CODE_BASE), 3);
	assert_int_equal(sysemu_page_prot(m, SYSEMU_CODE_BASE + PAGE), 3);
	assert_int_equal(sysemu_page_prot(m, SYSEMU_CODE_BASE + 2 * PAGE), -1);
	assert_int_equal(sysemu_page_prot(m, STACK_TOP - 16 * PAGE), 3);
	assert_int_equal(sysemu_page_prot(m, STACK_TOP - 17 * PAGE), -1);
	sysemu_close(m);
}

static void raw_code_of_no_bytes_or_too_many_is_refused(void **state)
{
	sysemu_machine *m = open_machine(20, 0);

	(void)state;
	assert_int_equal(sysemu_load_code(m, "", 0), SYSEMU_EINVAL);
	assert_int_equal(sysemu_load_code(m, "", SIZE_MAX), SYSEMU_EINVAL);
	assert_int_equal(sysemu_load_code(m, "", 5 * PAGE), SYSEMU_ENOMEM);
	assert_nothing_is_mapped(m);
	sysemu_close(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_land_where_the_file_says_with_a_zeroed_bss),
		cmocka_unit_test(a_page_of_two_segments_has_both_and_may_be_written),
		cmocka_unit_test(a_static_pie_lies_at_0x56555000),
		cmocka_unit_test(a_dynamic_program_is_refused_by_name_of_its_loader),
		cmocka_unit_test(a_64_bit_program_is_refused_as_such),
		cmocka_unit_test(a_segment_outside_user_space_is_refused),
		cmocka_unit_test(a_program_cut_at_any_byte_loads_or_leaves_nothing),
		cmocka_unit_test(a_program_too_big_for_the_machine_leaves_nothing),
		cmocka_unit_test(arguments_above_128_kib_are_refused_with_their_size),
		cmocka_unit_test(as_many_arguments_as_possible_fit_on_the_stack),
		cmocka_unit_test(the_stack_holds_arguments_environment_and_their_strings),
		cmocka_unit_test(the_auxiliary_vector_describes_program_and_machine),
		cmocka_unit_test(esp_is_a_multiple_of_16_whatever_the_arguments),
		cmocka_unit_test(random_bytes_follow_from_the_seed),
		cmocka_unit_test(raw_code_starts_with_empty_registers_at_the_top_of_its_stack),
		cmocka_unit_test(raw_code_of_no_bytes_or_too_many_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
