/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c: a kernel's ELF image, built in or from a file: its bytes, symbols, line table
 * and table of expected faults. Nothing in a file is believed: every offset is checked.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint/lint.h"

static bool refuse(const struct lint_image *img, const char *why)
{
	cli_say("%s: %s", img->name, why);
	return false;
}

/* `n` entries of `size` bytes at `offset` of the file; NULL: they are not all there. */
static const void *table(const struct lint_image *img, uint32_t offset, uint32_t n, size_t size)
{
	return offset <= img->size && n <= (img->size - offset) / size ? img->data + offset : NULL;
}

static bool read_segments(struct lint_image *img, const Elf32_Ehdr *head)
{
	const uint8_t *at = table(img, head->e_phoff, head->e_phnum, sizeof(Elf32_Phdr));

	if (!at || head->e_phentsize != sizeof(Elf32_Phdr))
		return refuse(img, "its program headers are not in the file");
	for (unsigned i = 0; i < head->e_phnum; i++, at += sizeof(Elf32_Phdr)) {
		Elf32_Phdr p;

		memcpy(&p, at, sizeof(p));
		if (p.p_type != PT_LOAD || !p.p_filesz)
			continue;
		if (!table(img, p.p_offset, p.p_filesz, 1) || p.p_vaddr + p.p_filesz < p.p_vaddr)
			return refuse(img, "a segment is not in the file");
		if (img->n_segments == sizeof(img->segments) / sizeof(img->segments[0]))
			return refuse(img, "it has too many segments");
		img->segments[img->n_segments++] =
			(struct lint_segment){ p.p_vaddr, p.p_offset, p.p_filesz };
	}
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct lint_symbol *x = a, *y = b;

	return x->addr != y->addr ? (x->addr > y->addr) - (x->addr < y->addr) :
				    strcmp(x->name, y->name);
}

static bool read_symbols(struct lint_image *img, const Elf32_Shdr *s, const Elf32_Shdr *strings)
{
	uint32_t n = s->sh_size / sizeof(Elf32_Sym);
	const uint8_t *at = table(img, s->sh_offset, n, sizeof(Elf32_Sym));
	const char *names = table(img, strings->sh_offset, strings->sh_size, 1);

	if (!at || !names || !strings->sh_size || names[strings->sh_size - 1])
		return refuse(img, "its symbols are not in the file");
	img->symbols = malloc((n + 1) * sizeof(*img->symbols));
	if (!img->symbols)
		return refuse(img, "no memory for its symbols");
	for (uint32_t i = 0; i < n; i++, at += sizeof(Elf32_Sym)) {
		Elf32_Sym sym;

		memcpy(&sym, at, sizeof(sym));
		if (sym.st_name < strings->sh_size && names[sym.st_name] &&
		    sym.st_shndx != SHN_UNDEF && ELF32_ST_TYPE(sym.st_info) != STT_FILE &&
		    ELF32_ST_TYPE(sym.st_info) != STT_SECTION)
			img->symbols[img->n_symbols++] =
				(struct lint_symbol){ sym.st_value, names + sym.st_name };
	}
	qsort(img->symbols, img->n_symbols, sizeof(*img->symbols), by_address);
	return true;
}

static bool read_sections(struct lint_image *img, const Elf32_Ehdr *head)
{
	const uint8_t *at = table(img, head->e_shoff, head->e_shnum, sizeof(Elf32_Shdr));

	if (!at || head->e_shentsize != sizeof(Elf32_Shdr))
		return refuse(img, "its section headers are not in the file");
	for (unsigned i = 0; i < head->e_shnum; i++) {
		Elf32_Shdr s, strings;

		memcpy(&s, at + i * sizeof(s), sizeof(s));
		if (s.sh_type != SHT_SYMTAB)
			continue;
		if (s.sh_link >= head->e_shnum)
			return refuse(img, "its symbols have no names");
		memcpy(&strings, at + s.sh_link * sizeof(s), sizeof(strings));
		return read_symbols(img, &s, &strings);
	}
	return refuse(img, "it has no symbols");
}

static bool find_regions(struct lint_image *img)
{
	if (!lint_symbol(img, "__region_entry", &img->entry) ||
	    !lint_symbol(img, "__region_entry_end", &img->entry_end) || img->entry_end < img->entry)
		return refuse(img, "it has no region of entry code: no symbols __region_entry, "
				   "__region_entry_end");
	img->end = img->entry_end;
	for (size_t i = 0; i < img->n_symbols; i++)
		if (!strncmp(img->symbols[i].name, "__region_", 9) &&
		    img->symbols[i].addr > img->end)
			img->end = img->symbols[i].addr;
	return true;
}

static bool read_image(struct lint_image *img)
{
	Elf32_Ehdr head;

	if (img->size < sizeof(head))
		return refuse(img, "no ELF file");
	memcpy(&head, img->data, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS32 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB || head.e_machine != EM_386)
		return refuse(img, "no ELF file for i386");
	return read_segments(img, &head) && read_sections(img, &head) && find_regions(img);
}

int lint_image_open(struct lint_image *img, const char *name)
{
	*img = (struct lint_image){ .name = name };
	img->data = sysemu_kernel_image(name, &img->size);
	img->built_in = img->data != NULL;
	if (!img->built_in) {
		img->file = cli_read_file(name, CLI_PROGRAM_MAX, &img->size);
		img->data = (const uint8_t *)img->file;
	}
	if (!img->data || !read_image(img)) {
		lint_image_close(img);
		return CLI_USAGE;
	}
	img->has_lines = img->built_in ? cli_lines_of_kernel(&img->lines, name) :
					 cli_lines_read(&img->lines, img->data, img->size);
	return CLI_OK;
}

void lint_image_close(struct lint_image *img)
{
	if (img->has_lines)
		cli_lines_free(&img->lines);
	free(img->symbols);
	free(img->file);
	*img = (struct lint_image){ .name = NULL };
}

/* ---- what is in it ---- */

const uint8_t *lint_bytes(const struct lint_image *img, uint32_t addr, uint32_t *left)
{
	for (size_t i = 0; i < img->n_segments; i++) {
		const struct lint_segment *s = &img->segments[i];

		if (addr >= s->addr && addr - s->addr < s->size) {
			*left = s->size - (addr - s->addr);
			return img->data + s->offset + (addr - s->addr);
		}
	}
	return NULL;
}

bool lint_symbol(const struct lint_image *img, const char *name, uint32_t *addr)
{
	for (size_t i = 0; i < img->n_symbols; i++)
		if (!strcmp(img->symbols[i].name, name)) {
			*addr = img->symbols[i].addr;
			return true;
		}
	return false;
}

const char *lint_function(const struct lint_image *img, uint32_t addr, uint32_t *start,
			  uint32_t *end)
{
	const struct lint_symbol *best = NULL;

	*end = img->end;
	for (size_t i = 0; i < img->n_symbols; i++) {
		const struct lint_symbol *s = &img->symbols[i];

		if (!strncmp(s->name, "__", 2) && strcmp(s->name, "__switch_to") != 0)
			continue; /* bounds of regions and tables */
		if (s->addr > addr) {
			*end = s->addr;
			break;
		}
		best = s;
	}
	*start = best ? best->addr : 0;
	return best ? best->name : NULL;
}

uint32_t lint_fixup(const struct lint_image *img, uint32_t addr)
{
	uint32_t start, end, left, pair[2];
	const uint8_t *at;

	if (!lint_symbol(img, "__start_ex_table", &start) ||
	    !lint_symbol(img, "__stop_ex_table", &end))
		return 0;
	for (; start < end; start += sizeof(pair)) {
		at = lint_bytes(img, start, &left);
		if (!at || left < sizeof(pair))
			return 0;
		memcpy(pair, at, sizeof(pair));
		if (pair[0] == addr)
			return pair[1];
	}
	return 0;
}
