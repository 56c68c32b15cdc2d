/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole.c: a whole kernel's file: ELF, an ELF file in a bzImage, or flat bytes; and the names of its places:
 * its symbols, a System.map, or what the image has for its own use. Read next: unpack.c, kallsyms.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/kernel/whole.h"

#define MAP_MAX    (64u << 20)
#define FLAT_ZEROS (4u << 20)

/* ---- the file ---- */

static bool map_file(struct whole *w)
{
	int fd = open(w->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 || S_ISDIR(st.st_mode)) {
		link_refuse(w->path, "%s", fd < 0 ? strerror(errno) : "empty, or no file");
		if (fd >= 0)
			close(fd);
		return false;
	}
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return link_refuse(w->path, "%s", strerror(errno));
	w->mapped = w->data = data;
	w->mapped_size = w->size = (size_t)st.st_size;
	return true;
}

static bool in_file(const struct whole *w, uint64_t offset, uint64_t size)
{
	return offset <= w->size && size <= w->size - offset;
}

const uint8_t *whole_bytes(const struct whole *w, uint32_t addr, uint32_t size)
{
	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];

		if (addr - s->addr < s->size)
			return size <= s->size - (addr - s->addr) ? s->bytes + (addr - s->addr) :
								    NULL;
	}
	return NULL;
}

bool whole_copy(const struct whole *w, uint32_t addr, uint32_t size, uint8_t *to)
{
	memset(to, 0, size);
	for (size_t i = 0; i < w->n_segments && size; i++) { /* as they go on in each other */
		const struct link_segment *s = &w->segments[i];
		uint32_t at = addr - s->addr, here;

		if (at >= s->memory)
			continue;
		here = s->memory - at < size ? s->memory - at : size;
		if (at < s->size)
			memcpy(to, s->bytes + at, s->size - at < here ? s->size - at : here);
		addr += here;
		to += here;
		size -= here;
	}
	return size == 0;
}

bool whole_word(const struct whole *w, uint32_t addr, uint32_t *value)
{
	uint8_t bytes[4];
	bool good = whole_copy(w, addr, sizeof(bytes), bytes);

	if (good)
		memcpy(value, bytes, sizeof(bytes));
	return good;
}

bool whole_add_name(struct whole *w, const char *name, uint32_t value, uint32_t size,
		    unsigned char type)
{
	if (w->n_names == w->room_names) {
		size_t room = w->room_names ? 2 * w->room_names : 4096;
		void *names = realloc(w->names, room * sizeof(*w->names));

		if (!names)
			return link_refuse(w->path, "out of memory");
		w->names = names;
		w->room_names = room;
	}
	w->names[w->n_names++] = (struct link_name){ name, value, size, type };
	return true;
}

/* ---- ELF ---- */

static bool take_segments(struct whole *w, const Elf32_Ehdr *h)
{
	if (h->e_phentsize != sizeof(Elf32_Phdr) ||
	    !in_file(w, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf32_Phdr)))
		return link_refuse(w->path, "offset 0x1c: the program headers are not in the file");
	for (unsigned i = 0; i < h->e_phnum; i++) {
		Elf32_Phdr p;

		memcpy(&p, w->data + h->e_phoff + (size_t)i * sizeof(p), sizeof(p));
		if (p.p_type != PT_LOAD || !p.p_memsz)
			continue;
		if (!in_file(w, p.p_offset, p.p_filesz) || p.p_filesz > p.p_memsz ||
		    (uint64_t)p.p_vaddr + p.p_memsz > UINT32_MAX)
			return link_refuse(w->path,
					   "program header %u: 0x%x bytes at 0x%x are not in the "
					   "file, or too many",
					   i, p.p_filesz, p.p_offset);
		if (w->n_segments == LINK_SEGMENTS - 2)
			return link_refuse(w->path, "more than %u segments", LINK_SEGMENTS - 2);
		w->segments[w->n_segments++] =
			(struct link_segment){ p.p_vaddr, p.p_filesz, p.p_memsz,
					       w->data + p.p_offset, (p.p_flags & PF_W) != 0 };
	}
	return w->n_segments || link_refuse(w->path, "no segment to load");
}

/* Rows of what is exported to modules, a third of all names: nothing that runs is there. */
static bool is_export_row(const char *name)
{
	return !strncmp(name, "__kstrtab", 9) || !strncmp(name, "__ksymtab_", 10) ||
	       !strncmp(name, "__crc_", 6);
}

static bool take_symbols(struct whole *w, const Elf32_Shdr *s, const Elf32_Shdr *names)
{
	uint32_t n = s->sh_size / sizeof(Elf32_Sym);

	if (!in_file(w, s->sh_offset, s->sh_size) ||
	    !in_file(w, names->sh_offset, names->sh_size) || !names->sh_size ||
	    w->data[names->sh_offset + names->sh_size - 1])
		return link_refuse(w->path, "its symbols are not in the file");
	for (uint32_t i = 1; i < n; i++) {
		const char *name;
		Elf32_Sym y;
		unsigned type;

		memcpy(&y, w->data + s->sh_offset + (size_t)i * sizeof(y), sizeof(y));
		type = ELF32_ST_TYPE(y.st_info);
		if (y.st_name >= names->sh_size || !y.st_name || !y.st_shndx || type > STT_FUNC)
			continue;
		name = (const char *)w->data + names->sh_offset + y.st_name;
		if (!is_export_row(name) &&
		    !whole_add_name(w, name, y.st_value, y.st_size, (unsigned char)type))
			return false;
	}
	w->from = "its symbols";
	return true;
}

/* The symbols; and where its export table is, which a stripped kernel still says. */
static bool take_sections(struct whole *w, const Elf32_Ehdr *h)
{
	static const char *const tables[] = { "__ksymtab", "__ksymtab_gpl" };
	Elf32_Shdr s, names = { 0 };

	if (!h->e_shnum)
		return true;
	if (h->e_shentsize != sizeof(Elf32_Shdr) ||
	    !in_file(w, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf32_Shdr)))
		return link_refuse(w->path, "offset 0x20: the section headers are not in the file");
	if (h->e_shstrndx < h->e_shnum)
		memcpy(&names, w->data + h->e_shoff + (size_t)h->e_shstrndx * sizeof(s),
		       sizeof(names));
	for (unsigned i = 0; i < h->e_shnum; i++) {
		Elf32_Shdr texts;

		memcpy(&s, w->data + h->e_shoff + (size_t)i * sizeof(s), sizeof(s));
		for (unsigned t = 0; t < 2; t++) {
			size_t length = strlen(tables[t]) + 1;

			if (s.sh_name < names.sh_size && length <= names.sh_size - s.sh_name &&
			    in_file(w, names.sh_offset, names.sh_size) &&
			    !memcmp(w->data + names.sh_offset + s.sh_name, tables[t], length)) {
				w->exports[t][0] = s.sh_addr;
				w->exports[t][1] = s.sh_size;
			}
		}
		if (s.sh_type != SHT_SYMTAB || w->n_names)
			continue;
		if (s.sh_link >= h->e_shnum || s.sh_entsize != sizeof(Elf32_Sym))
			return link_refuse(w->path, "section %u: symbols without names", i);
		memcpy(&texts, w->data + h->e_shoff + (size_t)s.sh_link * sizeof(s), sizeof(texts));
		if (!take_symbols(w, &s, &texts))
			return false;
	}
	return true;
}

static bool take_elf(struct whole *w)
{
	Elf32_Ehdr h;

	if (w->size < sizeof(h))
		return link_refuse(w->path, "offset 0x%zx: its ELF header ends here", w->size);
	memcpy(&h, w->data, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS32 || h.e_machine != EM_386)
		return link_refuse(w->path, "offset 0x4: not for i386 (class %u, machine %u)",
				   h.e_ident[EI_CLASS], h.e_machine);
	if (h.e_type != ET_EXEC)
		return link_refuse(w->path,
				   "offset 0x10: type %u is not 2: no linked kernel (vmlinux)",
				   h.e_type);
	return take_segments(w, &h) && take_sections(w, &h);
}

/* ---- flat ---- */

/* Zeros are behind its end, up to its name `_end` or, without it, FLAT_ZEROS: take_end(). */
static bool take_flat(struct whole *w, uint32_t load)
{
	if (w->size > UINT32_MAX - load)
		return link_refuse(w->path, "0x%zx bytes at 0x%x are more than 4 GiB", w->size,
				   load);
	w->segments[w->n_segments++] =
		(struct link_segment){ load, (uint32_t)w->size, (uint32_t)w->size, w->data, true };
	return true;
}

static void take_end(struct whole *w)
{
	struct link_segment *s = &w->segments[0];

	if (s->size <= UINT32_MAX - FLAT_ZEROS - s->addr)
		s->memory = s->size + FLAT_ZEROS;
	for (size_t i = 0; i < w->n_names; i++)
		if (!strcmp(w->names[i].name, "_end") && w->names[i].value - s->addr > s->size)
			s->memory = w->names[i].value - s->addr;
}

/* ---- System.map ---- */

static int by_place(const void *left, const void *right)
{
	const struct link_name *a = left, *b = right;

	return a->value < b->value ? -1 : a->value > b->value;
}

/* A name's size is not in a list of places: it ends where another begins. */
static void take_sizes(struct whole *w)
{
	if (w->n_names)
		qsort(w->names, w->n_names, sizeof(*w->names), by_place);
	for (size_t i = 0, next = 0; i < w->n_names; i++) {
		while (next < w->n_names && w->names[next].value == w->names[i].value)
			next++;
		if (!w->names[i].size && next < w->n_names)
			w->names[i].size = w->names[next].value - w->names[i].value;
	}
	w->ordered = true;
}

/* "c1000000 T startup_32" */
static bool take_line(struct whole *w, const char *path, unsigned number, char *line)
{
	char *type, *name, *end;
	unsigned long value = strtoul(line, &end, 16);

	type = end + strspn(end, " \t");
	name = type + 1 + (*type ? strspn(type + 1, " \t") : 0);
	name[strcspn(name, " \t\r")] = 0;
	if (end == line || value > UINT32_MAX || !*type || name == type + 1 || !*name ||
	    !strchr("AaBbDdGgNnRrSsTtUuVvWw?", *type))
		return link_refuse(path, "line %u: no line of a System.map: address, letter, name",
				   number);
	if (strchr("AaNnUu?", *type) || is_export_row(name))
		return true;
	return whole_add_name(w, name, (uint32_t)value, 0,
			      strchr("TtWw", *type) ? STT_FUNC : STT_OBJECT);
}

static int by_name(const void *left, const void *right)
{
	const struct link_name *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : by_place(left, right);
}

/* Does each name that both know lie at one place? Several of a name: at one of them. */
static bool agree(const struct whole *w, struct link_name *own, size_t n, const char *path)
{
	struct link_name *theirs = malloc((w->n_names - n + 1) * sizeof(*theirs));
	size_t both = 0, n_theirs = w->n_names - n, k = 0;
	bool good = theirs != NULL;

	if (!theirs)
		return link_refuse(path, "out of memory");
	memcpy(theirs, w->names + n, n_theirs * sizeof(*theirs));
	if (n)
		qsort(own, n, sizeof(*own), by_name);
	qsort(theirs, n_theirs, sizeof(*theirs), by_name);
	for (size_t i = 0; good && i < n; i++) {
		size_t at;

		while (k < n_theirs && strcmp(theirs[k].name, own[i].name) < 0)
			k++;
		for (at = k; at < n_theirs && !strcmp(theirs[at].name, own[i].name); at++)
			if (theirs[at].value == own[i].value)
				break;
		if (k == n_theirs || strcmp(theirs[k].name, own[i].name) != 0)
			continue;
		both++;
		if (at == n_theirs || strcmp(theirs[at].name, own[i].name) != 0)
			good = link_refuse(
				path, "%s is at 0x%x there, and at 0x%x in %s: of another kernel",
				own[i].name, theirs[k].value, own[i].value, w->path);
	}
	free(theirs);
	if (good && n && !both)
		good = link_refuse(path, "it has none of the names of %s: of another kernel",
				   w->path);
	return good;
}

/* A list that somebody has beside the image. Its own names must agree, and then give way to it. */
static bool take_map(struct whole *w, const char *path)
{
	size_t size, n = w->n_names;
	char *rest = cli_read_file(path, MAP_MAX, &size), *line;
	bool good = true;

	if (!rest)
		return false;
	w->texts[1] = rest;
	for (unsigned number = 1; good && (line = strsep(&rest, "\n")) != NULL; number++)
		if (*line)
			good = take_line(w, path, number, line);
	if (good && w->n_names == n)
		good = link_refuse(path, "no name of a place in it");
	good = good && agree(w, w->names, n, path);
	if (!good)
		return false;
	memmove(w->names, w->names + n, (w->n_names - n) * sizeof(*w->names));
	w->n_names -= n;
	w->from = path;
	return true;
}

/* ---- all of it ---- */

static bool take_image(struct whole *w, const struct whole_options *o)
{
	if (!o->load.given && unpack_is_packed(w->data, w->size)) {
		w->unpacked = unpack(w->path, w->data, w->size, &w->size);
		if (!w->unpacked)
			return false;
		w->data = w->unpacked;
	}
	if (w->size >= SELFMAG && !memcmp(w->data, ELFMAG, SELFMAG))
		return o->load.given ?
			       link_refuse(w->path, "offset 0x0: an ELF file says itself where it "
						    "lies: no --load") :
			       take_elf(w);
	if (o->load.given)
		return take_flat(w, (uint32_t)o->load.value);
	return link_refuse(w->path, "offset 0x0: neither an ELF file nor a bzImage; a flat image "
				    "needs --load ADDR");
}

bool whole_take(struct whole *w, const struct whole_options *o)
{
	bool listed;

	w->from = "nothing: it has no names";
	if (!take_image(w, o))
		return false;
	listed = !w->n_names;
	if (listed && !kallsyms_take(w))
		return false;
	if (o->symbols && !take_map(w, o->symbols))
		return false;
	if (listed || o->symbols)
		take_sizes(w);
	if (o->load.given)
		take_end(w);
	return true;
}

bool whole_open(struct whole *w, const char *path, const struct whole_options *o)
{
	*w = (struct whole){ .path = path };
	return map_file(w) && whole_take(w, o);
}

void whole_close(struct whole *w)
{
	free(w->names);
	free(w->texts[0]);
	free(w->texts[1]);
	free(w->unpacked);
	if (w->mapped)
		munmap((void *)(uintptr_t)w->mapped, w->mapped_size);
}
