/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c: ELF32 for i386: segments, interpreter and symbols of a file in memory.
 * It knows nothing of machines or address spaces, and trusts no byte of the file:
 * every structure is copied out after a check that it lies in the file, all sums
 * are of 64 bits, and each refusal names the offset of the field that is wrong.
 */
#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

#define MAX_SEGMENTS 256u /* program headers; a linker makes about ten */
#define MAX_SECTIONS 4096u
#define MAX_SYMBOLS  (1u << 20)
#define MAX_INTERP   4096u

/* The file on its way to becoming an image. */
struct parse {
	const uint8_t *data;
	size_t size;
	Elf32_Ehdr head;
	struct sim_image *img;
	struct sim_error *err;
};

static enum sim_status bad(const struct parse *p, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum sim_status bad(const struct parse *p, uint64_t offset, const char *format, ...)
{
	va_list args;
	int n;

	n = snprintf(p->err->text, sizeof(p->err->text),
		     "offset 0x%llx: ", (unsigned long long)offset);
	va_start(args, format);
	vsnprintf(p->err->text + n, sizeof(p->err->text) - (size_t)n, format, args);
	va_end(args);
	return SIM_ELOAD;
}

static enum sim_status no_memory(const struct parse *p)
{
	snprintf(p->err->text, sizeof(p->err->text), "out of memory for the tables of an ELF file");
	return SIM_ENOMEM;
}

static bool inside(const struct parse *p, uint64_t offset, uint64_t length)
{
	return offset <= p->size && length <= p->size - offset;
}

/* ---- the file header ---- */

static enum sim_status parse_ident(const struct parse *p)
{
	static const uint8_t magic[4] = { 0x7f, 'E', 'L', 'F' };
	uint16_t machine;

	if (p->size < sizeof(magic) || memcmp(p->data, magic, sizeof(magic)) != 0)
		return bad(p, 0, "not an ELF file (no 7f 45 4c 46)");
	if (p->size < EI_NIDENT + 4)
		return bad(p, p->size, "the file ends within the ELF header");
	memcpy(&machine, p->data + EI_NIDENT + 2, 2);
	if (p->data[EI_CLASS] == ELFCLASS64)
		return bad(p, EI_CLASS, "a 64-bit file%s: this is an i386, build with -m32",
			   machine == EM_X86_64 ? " for x86-64" : "");
	if (p->data[EI_CLASS] != ELFCLASS32)
		return bad(p, EI_CLASS, "ELF class %u is not 1 (32-bit)", p->data[EI_CLASS]);
	if (p->data[EI_DATA] != ELFDATA2LSB)
		return bad(p, EI_DATA, "byte order %u is not 1 (little-endian)", p->data[EI_DATA]);
	if (p->data[EI_VERSION] != EV_CURRENT)
		return bad(p, EI_VERSION, "ELF version %u is not 1", p->data[EI_VERSION]);
	if (machine == EM_X86_64)
		return bad(p, EI_NIDENT + 2,
			   "an x32 file for x86-64: this is an i386, build with -m32");
	if (machine != EM_386)
		return bad(p, EI_NIDENT + 2, "machine %u is not 3 (i386)", machine);
	return SIM_OK;
}

static enum sim_status parse_header(struct parse *p)
{
	enum sim_status status = parse_ident(p);
	const Elf32_Ehdr *h = &p->head;

	if (status)
		return status;
	if (p->size < sizeof(*h))
		return bad(p, p->size, "the file ends within the ELF header");
	memcpy(&p->head, p->data, sizeof(*h));
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return bad(p, offsetof(Elf32_Ehdr, e_type),
			   "type %u is neither 2 (executable) nor 3 (shared object)", h->e_type);
	if (h->e_phnum == 0 || h->e_phnum > MAX_SEGMENTS)
		return bad(p, offsetof(Elf32_Ehdr, e_phnum),
			   "%u program headers; 1 to %u are possible", h->e_phnum, MAX_SEGMENTS);
	if (h->e_phentsize != sizeof(Elf32_Phdr))
		return bad(p, offsetof(Elf32_Ehdr, e_phentsize),
			   "program headers of %u bytes, not 32", h->e_phentsize);
	if (!inside(p, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf32_Phdr)))
		return bad(p, offsetof(Elf32_Ehdr, e_phoff),
			   "program header table ends behind the file (%u headers at 0x%x, file of "
			   "0x%zx bytes)",
			   h->e_phnum, h->e_phoff, p->size);
	p->img->type = h->e_type;
	p->img->entry = h->e_entry;
	p->img->phnum = h->e_phnum;
	p->img->phentsize = h->e_phentsize;
	return SIM_OK;
}

/* ---- program headers ---- */

static uint64_t phdr_offset(const struct parse *p, unsigned index)
{
	return (uint64_t)p->head.e_phoff + index * sizeof(Elf32_Phdr);
}

static enum sim_status parse_load(struct parse *p, unsigned index, const Elf32_Phdr *ph)
{
	uint64_t at = phdr_offset(p, index), end = (uint64_t)ph->p_vaddr + ph->p_memsz;
	struct sim_image *img = p->img;

	if (!inside(p, ph->p_offset, ph->p_filesz))
		return bad(
			p, at + offsetof(Elf32_Phdr, p_filesz),
			"segment %u ends behind the file (0x%x bytes at 0x%x, file of 0x%zx bytes)",
			index, ph->p_filesz, ph->p_offset, p->size);
	if (ph->p_filesz > ph->p_memsz)
		return bad(p, at + offsetof(Elf32_Phdr, p_memsz),
			   "segment %u has 0x%x bytes in memory but 0x%x in the file", index,
			   ph->p_memsz, ph->p_filesz);
	if (end > (uint64_t)1 << 32)
		return bad(p, at + offsetof(Elf32_Phdr, p_vaddr),
			   "segment %u ends behind the address space (0x%x bytes at 0x%x)", index,
			   ph->p_memsz, ph->p_vaddr);
	for (size_t i = 0; i < img->nsegments; i++) {
		const struct sim_segment *other = &img->segments[i];

		if (ph->p_vaddr < (uint64_t)other->vaddr + other->memsz && other->vaddr < end)
			return bad(p, at + offsetof(Elf32_Phdr, p_vaddr),
				   "segment %u at 0x%x overlaps the one at 0x%x", index,
				   ph->p_vaddr, other->vaddr);
	}
	img->segments[img->nsegments++] = (struct sim_segment){
		.vaddr = ph->p_vaddr,
		.memsz = ph->p_memsz,
		.filesz = ph->p_filesz,
		.offset = ph->p_offset,
		.flags = ph->p_flags,
	};
	return SIM_OK;
}

static enum sim_status parse_interp(struct parse *p, unsigned index, const Elf32_Phdr *ph)
{
	uint64_t at = phdr_offset(p, index) + offsetof(Elf32_Phdr, p_filesz);

	if (!inside(p, ph->p_offset, ph->p_filesz))
		return bad(p, at,
			   "the interpreter's name ends behind the file (0x%x bytes at 0x%x)",
			   ph->p_filesz, ph->p_offset);
	if (ph->p_filesz == 0 || ph->p_filesz > MAX_INTERP)
		return bad(p, at, "an interpreter's name of %u bytes; 1 to %u are possible",
			   ph->p_filesz, MAX_INTERP);
	if (p->data[ph->p_offset + (size_t)ph->p_filesz - 1] != '\0')
		return bad(p, ph->p_offset, "the interpreter's name has no end");
	p->img->interp = true;
	p->img->interp_name = (const char *)p->data + ph->p_offset;
	return SIM_OK;
}

static enum sim_status parse_segments(struct parse *p)
{
	enum sim_status status = SIM_OK;
	struct sim_image *img = p->img;
	Elf32_Phdr ph;

	img->segments = calloc(p->head.e_phnum, sizeof(*img->segments));
	if (!img->segments)
		return no_memory(p);
	for (unsigned i = 0; i < p->head.e_phnum && !status; i++) {
		memcpy(&ph, p->data + phdr_offset(p, i), sizeof(ph));
		if (ph.p_type == PT_LOAD && ph.p_memsz > 0)
			status = parse_load(p, i, &ph);
		else if (ph.p_type == PT_INTERP)
			status = parse_interp(p, i, &ph);
	}
	if (!status && img->nsegments == 0)
		return bad(p, p->head.e_phoff, "no segment to load in %u program headers",
			   p->head.e_phnum);
	return status;
}

/* Where the program finds its own headers in memory: in the segment that carries them. */
static void find_phdrs(struct parse *p)
{
	uint64_t start = p->head.e_phoff, end = phdr_offset(p, p->head.e_phnum);

	for (size_t i = 0; i < p->img->nsegments; i++) {
		const struct sim_segment *seg = &p->img->segments[i];

		if (start >= seg->offset && end <= (uint64_t)seg->offset + seg->filesz)
			p->img->phdr_vaddr = seg->vaddr + (p->head.e_phoff - seg->offset);
	}
}

/* ---- symbols ---- */

static uint64_t shdr_offset(const struct parse *p, unsigned index)
{
	return (uint64_t)p->head.e_shoff + index * sizeof(Elf32_Shdr);
}

static enum sim_status check_sections(const struct parse *p)
{
	const Elf32_Ehdr *h = &p->head;

	if (h->e_shnum > MAX_SECTIONS)
		return bad(p, offsetof(Elf32_Ehdr, e_shnum), "%u section headers; %u are possible",
			   h->e_shnum, MAX_SECTIONS);
	if (h->e_shentsize != sizeof(Elf32_Shdr))
		return bad(p, offsetof(Elf32_Ehdr, e_shentsize),
			   "section headers of %u bytes, not 40", h->e_shentsize);
	if (!inside(p, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf32_Shdr)))
		return bad(p, offsetof(Elf32_Ehdr, e_shoff),
			   "section header table ends behind the file (%u headers at 0x%x, file of "
			   "0x%zx bytes)",
			   h->e_shnum, h->e_shoff, p->size);
	return SIM_OK;
}

/* The index of the first section of a type, 0 if there is none (0 is never a real one). */
static unsigned find_section(const struct parse *p, uint32_t type, Elf32_Shdr *out)
{
	for (unsigned i = 1; i < p->head.e_shnum; i++) {
		memcpy(out, p->data + shdr_offset(p, i), sizeof(*out));
		if (out->sh_type == type)
			return i;
	}
	return 0;
}

/* A table and its names, both proved to lie in the file; the names end with NUL. */
static enum sim_status check_symtab(const struct parse *p, unsigned index, const Elf32_Shdr *tab,
				    Elf32_Shdr *names)
{
	uint64_t at = shdr_offset(p, index), at_names;

	if (tab->sh_entsize != sizeof(Elf32_Sym))
		return bad(p, at + offsetof(Elf32_Shdr, sh_entsize), "symbols of %u bytes, not 16",
			   tab->sh_entsize);
	if (!inside(p, tab->sh_offset, tab->sh_size))
		return bad(p, at + offsetof(Elf32_Shdr, sh_size),
			   "symbol table ends behind the file (0x%x bytes at 0x%x)", tab->sh_size,
			   tab->sh_offset);
	if (tab->sh_size / sizeof(Elf32_Sym) > MAX_SYMBOLS)
		return bad(p, at + offsetof(Elf32_Shdr, sh_size),
			   "0x%zx symbols; 0x%x are possible", tab->sh_size / sizeof(Elf32_Sym),
			   MAX_SYMBOLS);
	if (tab->sh_link == 0 || tab->sh_link >= p->head.e_shnum)
		return bad(p, at + offsetof(Elf32_Shdr, sh_link),
			   "symbol names in section %u of %u", tab->sh_link, p->head.e_shnum);
	at_names = shdr_offset(p, tab->sh_link);
	memcpy(names, p->data + at_names, sizeof(*names));
	if (names->sh_type != SHT_STRTAB)
		return bad(p, at_names + offsetof(Elf32_Shdr, sh_type),
			   "the symbols' names are of section type %u, not 3", names->sh_type);
	if (!inside(p, names->sh_offset, names->sh_size))
		return bad(p, at_names + offsetof(Elf32_Shdr, sh_size),
			   "symbol names end behind the file (0x%x bytes at 0x%x)", names->sh_size,
			   names->sh_offset);
	if (names->sh_size && p->data[(uint64_t)names->sh_offset + names->sh_size - 1] != '\0')
		return bad(p, (uint64_t)names->sh_offset + names->sh_size - 1,
			   "the last symbol name has no end");
	return SIM_OK;
}

/* Local absolute symbols are an assembler's constants, not places. */
static bool is_place(const Elf32_Sym *sym)
{
	unsigned type = ELF32_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF ||
	    (type != STT_NOTYPE && type != STT_OBJECT && type != STT_FUNC))
		return false;
	return sym->st_shndx != SHN_ABS || ELF32_ST_BIND(sym->st_info) != STB_LOCAL;
}

/* By address; of several at one address the one that tells most comes last. */
static int compare_symbols(const void *left, const void *right)
{
	const struct sim_symbol *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (a->type != b->type) /* NOTYPE 0, OBJECT 1, FUNC 2 */
		return a->type < b->type ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->name, b->name);
}

static enum sim_status parse_symbols(struct parse *p)
{
	struct sim_image *img = p->img;
	enum sim_status status;
	Elf32_Shdr tab, names;
	unsigned index;
	Elf32_Sym sym;

	if (p->head.e_shnum == 0 || p->head.e_shoff == 0)
		return SIM_OK;
	status = check_sections(p);
	if (status)
		return status;
	index = find_section(p, SHT_SYMTAB, &tab);
	if (!index)
		index = find_section(p, SHT_DYNSYM, &tab);
	if (!index)
		return SIM_OK;
	status = check_symtab(p, index, &tab, &names);
	if (status)
		return status;
	img->symbols = calloc(tab.sh_size / sizeof(sym) + 1, sizeof(*img->symbols));
	if (!img->symbols)
		return no_memory(p);
	for (uint32_t i = 0; i < tab.sh_size / sizeof(sym); i++) {
		uint64_t at = (uint64_t)tab.sh_offset + i * sizeof(sym);

		memcpy(&sym, p->data + at, sizeof(sym));
		if (!is_place(&sym))
			continue;
		if (sym.st_name >= names.sh_size)
			return bad(p, at,
				   "the name of symbol %u lies at 0x%x of 0x%x bytes of names", i,
				   sym.st_name, names.sh_size);
		img->symbols[img->nsymbols++] = (struct sim_symbol){
			.value = sym.st_value,
			.size = sym.st_size,
			.name = (const char *)p->data + names.sh_offset + sym.st_name,
			.type = ELF32_ST_TYPE(sym.st_info),
		};
	}
	for (size_t i = 1; i < img->nsymbols; i++)
		if (compare_symbols(&img->symbols[i - 1], &img->symbols[i]) > 0) {
			qsort(img->symbols, img->nsymbols, sizeof(*img->symbols), compare_symbols);
			break;
		}
	return SIM_OK;
}

/* ---- by name ---- */

#define FEW_SYMBOLS 1024 /* are as quickly looked through */

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 16777619u;
	return hash;
}

/* Of equal names the first is found first: it was put there first. */
static enum sim_status place_symbols(struct parse *p)
{
	struct sim_image *img = p->img;
	uint32_t room = 2 * FEW_SYMBOLS;

	if (img->nsymbols <= FEW_SYMBOLS)
		return SIM_OK;
	while (room < 2 * img->nsymbols)
		room *= 2;
	img->places = calloc(room, sizeof(*img->places));
	if (!img->places)
		return no_memory(p);
	img->places_mask = room - 1;
	for (size_t i = 0; i < img->nsymbols; i++) {
		uint32_t at = hash_of(img->symbols[i].name) & img->places_mask;

		while (img->places[at])
			at = (at + 1) & img->places_mask;
		img->places[at] = (uint32_t)i + 1;
	}
	return SIM_OK;
}

/* ---- the interface ---- */

enum sim_status sim_image_parse(const void *data, size_t size, struct sim_image *out,
				struct sim_error *err)
{
	struct sim_image img = { .data = data, .size = size };
	struct parse p = { .data = data, .size = size, .img = &img, .err = err };
	enum sim_status status;

	status = parse_header(&p);
	if (!status)
		status = parse_segments(&p);
	if (!status)
		status = parse_symbols(&p);
	if (!status)
		status = place_symbols(&p);
	if (status) {
		sim_image_free(&img);
		return status;
	}
	find_phdrs(&p);
	*out = img;
	return SIM_OK;
}

void sim_image_free(struct sim_image *img)
{
	free(img->segments);
	free(img->symbols);
	free(img->places);
	memset(img, 0, sizeof(*img));
}

const struct sim_symbol *sim_image_symbol(const struct sim_image *img, const char *name)
{
	if (img->places)
		for (uint32_t at = hash_of(name);; at++) {
			uint32_t n = img->places[at & img->places_mask];

			if (!n || strcmp(img->symbols[n - 1].name, name) == 0)
				return n ? &img->symbols[n - 1] : NULL;
		}
	for (size_t i = 0; i < img->nsymbols; i++)
		if (strcmp(img->symbols[i].name, name) == 0)
			return &img->symbols[i];
	return NULL;
}

static bool same_segment(const struct sim_image *img, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < img->nsegments; i++) {
		const struct sim_segment *seg = &img->segments[i];

		if (a - seg->vaddr < seg->memsz)
			return b - seg->vaddr < seg->memsz;
	}
	return false;
}

const struct sim_symbol *sim_image_at(const struct sim_image *img, uint32_t addr)
{
	size_t low = 0, high = img->nsymbols;
	uint32_t nearest;

	while (low < high) { /* to the first symbol above addr */
		size_t middle = low + (high - low) / 2;

		if (img->symbols[middle].value <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	nearest = low > 0 ? img->symbols[low - 1].value : 0;
	while (low-- > 0) {
		const struct sim_symbol *sym = &img->symbols[low];

		if (addr - sym->value < sym->size)
			return sym;
		/* A label without a size reaches up to the next symbol, not behind it. */
		if (sym->size == 0 && sym->value == nearest && same_segment(img, nearest, addr))
			return sym;
	}
	return NULL;
}
