/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image_test.c: the ELF parser believes nothing. A small file with everything in it is
 * built in memory, then cut, changed and made to lie. Run it under ASan: the copies
 * are of exact size, so that a read of one byte too many is seen.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/sim.h"
#include "tests/kernels/between.h"

enum { TEXT_AT = 0x08048000, DATA_AT = 0x08049000, SYMBOLS = 8 };

static const char names[] = "\0_start\0label\0table\0outer\0CONSTANT\0undefined";
static const char interp[] = "/lib/ld-linux.so.2";

struct file {
	Elf32_Ehdr head;
	Elf32_Phdr phdr[3]; /* text, data, and PT_NULL or PT_INTERP */
	uint8_t code[16], data[8];
	Elf32_Sym sym[SYMBOLS];
	char names[sizeof(names)];
	char interp[sizeof(interp)];
	Elf32_Shdr shdr[3]; /* null, symtab, strtab */
};

static Elf32_Sym symbol(uint32_t name, uint32_t value, uint32_t size, int bind, int type, int shndx)
{
	return (Elf32_Sym){ .st_name = name,
			    .st_value = value,
			    .st_size = size,
			    .st_info = ELF32_ST_INFO(bind, type),
			    .st_shndx = shndx };
}

static struct file make_file(void)
{
	struct file f = { .head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB,
						 EV_CURRENT },
				    .e_type = ET_EXEC,
				    .e_machine = EM_386,
				    .e_version = EV_CURRENT,
				    .e_entry = TEXT_AT + offsetof(struct file, code),
				    .e_phoff = offsetof(struct file, phdr),
				    .e_phentsize = sizeof(Elf32_Phdr),
				    .e_phnum = 3,
				    .e_shoff = offsetof(struct file, shdr),
				    .e_shentsize = sizeof(Elf32_Shdr),
				    .e_shnum = 3,
				    .e_ehsize = sizeof(Elf32_Ehdr) } };
	uint32_t code = f.head.e_entry;

	f.phdr[0] = (Elf32_Phdr){ .p_type = PT_LOAD,
				  .p_flags = PF_R | PF_X,
				  .p_vaddr = TEXT_AT,
				  .p_filesz = offsetof(struct file, data),
				  .p_memsz = offsetof(struct file, data) };
	f.phdr[1] = (Elf32_Phdr){ .p_type = PT_LOAD,
				  .p_flags = PF_R | PF_W,
				  .p_vaddr = DATA_AT,
				  .p_offset = offsetof(struct file, data),
				  .p_filesz = 8,
				  .p_memsz = 0x2000 };
	f.sym[1] = symbol(1, code, 8, STB_GLOBAL, STT_FUNC, 1);
	f.sym[2] = symbol(8, code + 10, 0, STB_LOCAL, STT_NOTYPE, 1);
	f.sym[3] = symbol(14, DATA_AT, 4, STB_GLOBAL, STT_OBJECT, 2);
	f.sym[4] = symbol(20, code, 0, STB_GLOBAL, STT_NOTYPE, 1);
	f.sym[5] = symbol(26, 8, 0, STB_LOCAL, STT_NOTYPE, SHN_ABS);
	f.sym[6] = symbol(35, 0, 0, STB_GLOBAL, STT_NOTYPE, SHN_UNDEF);
	f.sym[7] = symbol(0, TEXT_AT, 0, STB_LOCAL, STT_SECTION, 1);
	memcpy(f.names, names, sizeof(names));
	memcpy(f.interp, interp, sizeof(interp));
	f.shdr[1] = (Elf32_Shdr){ .sh_type = SHT_SYMTAB,
				  .sh_offset = offsetof(struct file, sym),
				  .sh_size = sizeof(f.sym),
				  .sh_entsize = sizeof(Elf32_Sym),
				  .sh_link = 2 };
	f.shdr[2] = (Elf32_Shdr){ .sh_type = SHT_STRTAB,
				  .sh_offset = offsetof(struct file, names),
				  .sh_size = sizeof(names) };
	return f;
}

static void assert_refused(const struct file *f, const char *sentence)
{
	struct sim_image img;
	struct sim_error err;

	memset(&img, 0xaa, sizeof(img));
	assert_int_equal(sim_image_parse(f, sizeof(*f), &img, &err), SIM_ELOAD);
	assert_string_equal(err.text, sentence);
	assert_int_equal(img.type, 0xaaaa); /* the out-parameter is untouched */
}

static void a_valid_file_gives_its_header_segments_and_symbols(void **state)
{
	struct file f = make_file();
	struct sim_image img;
	struct sim_error err;

	(void)state;
	assert_int_equal(sim_image_parse(&f, sizeof(f), &img, &err), SIM_OK);
	assert_int_equal(img.type, ET_EXEC);
	assert_int_equal(img.entry, f.head.e_entry);
	assert_int_equal(img.phdr_vaddr, TEXT_AT + offsetof(struct file, phdr));
	assert_int_equal(img.phnum, 3);
	assert_int_equal(img.nsegments, 2);
	assert_int_equal(img.segments[1].vaddr, DATA_AT);
	assert_int_equal(img.segments[1].memsz, 0x2000);
	assert_int_equal(img.segments[1].flags, PF_R | PF_W);
	assert_false(img.interp);
	assert_int_equal(img.nsymbols, 4);
	for (size_t i = 1; i < img.nsymbols; i++)
		assert_true(img.symbols[i - 1].value <= img.symbols[i].value);
	assert_int_equal(sim_image_symbol(&img, "table")->value, DATA_AT);
	assert_null(sim_image_symbol(&img, "undefined"));
	assert_null(sim_image_symbol(&img, "CONSTANT"));
	sim_image_free(&img);
}

static void an_address_belongs_to_the_symbol_that_contains_it(void **state)
{
	struct file f = make_file();
	uint32_t code = f.head.e_entry;
	struct sim_image img;
	struct sim_error err;

	(void)state;
	assert_int_equal(sim_image_parse(&f, sizeof(f), &img, &err), SIM_OK);
	assert_null(sim_image_at(&img, TEXT_AT));
	assert_string_equal(sim_image_at(&img, code)->name, "_start");
	assert_string_equal(sim_image_at(&img, code + 7)->name, "_start");
	/* Behind _start's 8 bytes, up to the label, only `outer` (without a size) is left. */
	assert_string_equal(sim_image_at(&img, code + 8)->name, "outer");
	assert_string_equal(sim_image_at(&img, code + 10)->name, "label");
	assert_string_equal(sim_image_at(&img, code + 15)->name, "label");
	assert_null(sim_image_at(&img, code + 0x200)); /* in no segment */
	assert_string_equal(sim_image_at(&img, DATA_AT + 3)->name, "table");
	assert_null(sim_image_at(&img, DATA_AT + 4));
	assert_null(sim_image_at(&img, 0xffffffff));
	assert_null(sim_image_at(&img, 0));
	sim_image_free(&img);
}

static void a_dynamic_program_names_its_interpreter(void **state)
{
	struct file f = make_file();
	struct sim_image img;
	struct sim_error err;

	(void)state;
	f.phdr[2] = (Elf32_Phdr){ .p_type = PT_INTERP,
				  .p_offset = offsetof(struct file, interp),
				  .p_filesz = sizeof(interp) };
	assert_int_equal(sim_image_parse(&f, sizeof(f), &img, &err), SIM_OK);
	assert_true(img.interp);
	assert_string_equal(img.interp_name, interp);
	sim_image_free(&img);
	f.phdr[2].p_filesz--;
	assert_refused(&f, "offset 0x159: the interpreter's name has no end");
	f.phdr[2].p_offset = 0xffffffff;
	assert_refused(&f, "offset 0x84: the interpreter's name ends behind the file (0x12 bytes "
			   "at 0xffffffff)");
}

static void a_file_without_sections_has_no_symbols(void **state)
{
	struct file f = make_file();
	struct sim_image img;
	struct sim_error err;

	(void)state;
	f.head.e_shoff = 0;
	assert_int_equal(sim_image_parse(&f, sizeof(f), &img, &err), SIM_OK);
	assert_int_equal(img.nsymbols, 0);
	assert_null(sim_image_symbol(&img, "_start"));
	assert_null(sim_image_at(&img, f.head.e_entry));
	sim_image_free(&img);
}

static void dynsym_serves_where_symtab_is_missing(void **state)
{
	struct file f = make_file();
	struct sim_image img;
	struct sim_error err;

	(void)state;
	f.shdr[1].sh_type = SHT_DYNSYM;
	assert_int_equal(sim_image_parse(&f, sizeof(f), &img, &err), SIM_OK);
	assert_int_equal(img.nsymbols, 4);
	sim_image_free(&img);
}

static void a_file_cut_at_any_byte_is_refused_with_an_offset(void **state)
{
	struct file f = make_file();
	struct sim_image img;
	struct sim_error err;

	(void)state;
	for (size_t size = 0; size < sizeof(f); size++) {
		uint8_t *cut = malloc(size + !size);

		memcpy(cut, &f, size);
		assert_int_equal(sim_image_parse(cut, size, &img, &err), SIM_ELOAD);
		assert_memory_equal(err.text, "offset 0x", 9);
		free(cut);
	}
}

static void use_everything(const struct sim_image *img)
{
	volatile size_t sum = 0;

	for (size_t i = 0; i < img->nsegments; i++)
		for (uint32_t j = 0; j < img->segments[i].filesz; j++)
			sum += img->data[img->segments[i].offset + j];
	for (size_t i = 0; i < img->nsymbols; i++)
		sum += strlen(img->symbols[i].name) +
		       (sim_image_at(img, img->symbols[i].value) != NULL);
	if (img->interp)
		sum += strlen(img->interp_name);
	(void)sum;
	sim_image_symbol(img, "none");
}

static void a_file_with_random_bytes_is_parsed_or_refused_but_never_overrun(void **state)
{
	struct file good = make_file();
	struct sim_error err;
	struct sim_image img;
	uint32_t random = 1;
	unsigned accepted = 0;

	(void)state;
	good.phdr[2] = (Elf32_Phdr){ .p_type = PT_INTERP,
				     .p_filesz = sizeof(interp),
				     .p_offset = offsetof(struct file, interp) };
	for (int round = 0; round < 100000; round++) {
		uint8_t *bytes = malloc(sizeof(good));
		unsigned changes;

		memcpy(bytes, &good, sizeof(good));
		random = random * 1664525 + 1013904223;
		changes = 1 + (random >> 30);
		for (unsigned i = 0; i < changes; i++) {
			random = random * 1664525 + 1013904223;
			bytes[(random >> 8) % sizeof(good)] = (uint8_t)(random >> 24);
		}
		if (sim_image_parse(bytes, sizeof(good), &img, &err) == SIM_OK) {
			use_everything(&img);
			sim_image_free(&img);
			accepted++;
		}
		free(bytes);
	}
	assert_between(accepted, 1000, 99000); /* both roads were walked */
}

#define LIE(member, value, sentence)          \
	do {                                  \
		struct file f = make_file();  \
		f.member = (value);           \
		assert_refused(&f, sentence); \
	} while (0)

static void a_lying_header_is_named(void **state)
{
	(void)state;
	LIE(head.e_ident[0], 0, "offset 0x0: not an ELF file (no 7f 45 4c 46)");
	LIE(head.e_ident[EI_CLASS], 3, "offset 0x4: ELF class 3 is not 1 (32-bit)");
	LIE(head.e_ident[EI_CLASS], 2,
	    "offset 0x4: a 64-bit file: this is an i386, build with -m32");
	LIE(head.e_ident[EI_DATA], 2, "offset 0x5: byte order 2 is not 1 (little-endian)");
	LIE(head.e_ident[EI_VERSION], 0, "offset 0x6: ELF version 0 is not 1");
	LIE(head.e_machine, EM_ARM, "offset 0x12: machine 40 is not 3 (i386)");
	LIE(head.e_machine, EM_X86_64,
	    "offset 0x12: an x32 file for x86-64: this is an i386, build with -m32");
	LIE(head.e_type, ET_REL,
	    "offset 0x10: type 1 is neither 2 (executable) nor 3 (shared object)");
	LIE(head.e_phnum, 0, "offset 0x2c: 0 program headers; 1 to 256 are possible");
	LIE(head.e_phnum, 0xffff, "offset 0x2c: 65535 program headers; 1 to 256 are possible");
	LIE(head.e_phentsize, 31, "offset 0x2a: program headers of 31 bytes, not 32");
	LIE(head.e_phoff, 0xfffffff0,
	    "offset 0x1c: program header table ends behind the file (3 headers at 0xfffffff0, file "
	    "of 0x1e4 bytes)");
	LIE(head.e_shnum, 5000, "offset 0x30: 5000 section headers; 4096 are possible");
	LIE(head.e_shentsize, 0, "offset 0x2e: section headers of 0 bytes, not 40");
	LIE(head.e_shoff, 0xffffffff,
	    "offset 0x20: section header table ends behind the file (3 headers at 0xffffffff, file "
	    "of 0x1e4 bytes)");
}

static void a_lying_segment_is_named(void **state)
{
	(void)state;
	LIE(phdr[0].p_offset, 0xffffffff,
	    "offset 0x44: segment 0 ends behind the file (0xa4 bytes at 0xffffffff, file of 0x1e4 "
	    "bytes)");
	LIE(phdr[1].p_filesz, 0xffffffff,
	    "offset 0x64: segment 1 ends behind the file (0xffffffff bytes at 0xa4, file of 0x1e4 "
	    "bytes)");
	LIE(phdr[1].p_memsz, 7,
	    "offset 0x68: segment 1 has 0x7 bytes in memory but 0x8 in the file");
	LIE(phdr[1].p_vaddr, 0xfffff000,
	    "offset 0x5c: segment 1 ends behind the address space (0x2000 bytes at 0xfffff000)");
	LIE(phdr[1].p_vaddr, TEXT_AT + 1,
	    "offset 0x5c: segment 1 at 0x8048001 overlaps the one at 0x8048000");
	struct file empty = make_file();

	empty.phdr[0].p_type = PT_NULL;
	empty.phdr[1].p_memsz = 0;
	assert_refused(&empty, "offset 0x34: no segment to load in 3 program headers");
}

static void a_lying_symbol_table_is_named(void **state)
{
	(void)state;
	LIE(shdr[1].sh_entsize, 12, "offset 0x1b8: symbols of 12 bytes, not 16");
	LIE(shdr[1].sh_size, 0xffffffff,
	    "offset 0x1a8: symbol table ends behind the file (0xffffffff bytes at 0xac)");
	LIE(shdr[1].sh_link, 3, "offset 0x1ac: symbol names in section 3 of 3");
	LIE(shdr[1].sh_link, 1, "offset 0x198: the symbols' names are of section type 2, not 3");
	LIE(shdr[2].sh_offset, 0xffffffff,
	    "offset 0x1d0: symbol names end behind the file (0x2d bytes at 0xffffffff)");
	LIE(names[sizeof(names) - 1], 'x', "offset 0x158: the last symbol name has no end");
	LIE(sym[1].st_name, 0x1000,
	    "offset 0xbc: the name of symbol 1 lies at 0x1000 of 0x2d bytes of names");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_valid_file_gives_its_header_segments_and_symbols),
		cmocka_unit_test(an_address_belongs_to_the_symbol_that_contains_it),
		cmocka_unit_test(a_dynamic_program_names_its_interpreter),
		cmocka_unit_test(a_file_without_sections_has_no_symbols),
		cmocka_unit_test(dynsym_serves_where_symtab_is_missing),
		cmocka_unit_test(a_file_cut_at_any_byte_is_refused_with_an_offset),
		cmocka_unit_test(a_file_with_random_bytes_is_parsed_or_refused_but_never_overrun),
		cmocka_unit_test(a_lying_header_is_named),
		cmocka_unit_test(a_lying_segment_is_named),
		cmocka_unit_test(a_lying_symbol_table_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
