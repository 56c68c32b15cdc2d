/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.c: what execve does: a static ELF's segments, its stack with arguments,
 * environment and auxiliary vector, or a few raw bytes of code. It writes user memory
 * and says where things are; registers and tasks are lib/guest/'s and lib/tracer/'s.
 *
 *	0x08048000  an ET_EXEC's segments        0x56555000  a static-pie's
 *	            brk, up                      LAUNCH_PAGE anonymous maps, down
 *	STACK_TOP   the stack, down: 1 MiB, all there from the start, since the guest
 *	            kernel has no stack that grows
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"

#define LOWEST_PAGE      0x1000u     /* a null pointer hits nothing */
#define PIE_BASE         0x56555000u /* where Linux puts one without randomization */
#define INTERP_BASE      0xb7000000u /* below which are the maps that the dynamic loader makes */
#define STACK_PAGES      256u
#define CODE_STACK_PAGES 16u
#define MAX_STRINGS \
	(32 *       \
	 PAGE_SIZE) /* 2.6's MAX_ARG_PAGES; at one byte a string, with                        \
			  * the pointers to them, 5/8 of the stack */
#define AUX_MAX 20

static uint32_t page_floor(uint32_t addr)
{
	return addr & ~(PAGE_SIZE - 1u);
}

static uint64_t page_ceil(uint64_t addr)
{
	return (addr + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

/* ---- segments ---- */

static sysemu_status check_segments(sysemu_machine *m, const struct sim_image *img, uint32_t bias)
{
	for (size_t i = 0; i < img->nsegments; i++) {
		const struct sim_segment *seg = &img->segments[i];
		uint64_t start = (uint64_t)bias + seg->vaddr, end = start + seg->memsz;

		if (start < LOWEST_PAGE || end > m->profile->launch_page)
			return fail(m, SYSEMU_ELOAD,
				    "the segment at file offset 0x%x wants 0x%llx to 0x%llx; a "
				    "program may lie at 0x%x to 0x%x",
				    seg->offset, (unsigned long long)start, (unsigned long long)end,
				    LOWEST_PAGE, m->profile->launch_page);
	}
	return SYSEMU_OK;
}

/* i386 page tables know no execute bit, and whatever may be executed may be read. */
static unsigned segment_flags(uint32_t elf_flags)
{
	return elf_flags & PF_W ? SIM_USER | SIM_WRITE : SIM_USER;
}

/* Maps what no earlier segment has mapped, in runs as long as possible; a page shared
 * with a neighbour may do what either of the two may. */
static enum sim_status map_segment(struct sim *sim, uint32_t start, uint32_t end, unsigned flags)
{
	enum sim_status status = SIM_OK;
	uint32_t page = start, run;

	while (page < end && !status) {
		for (run = page; run < end && sim_page(sim, run) < 0;)
			run += PAGE_SIZE;
		if (run > page) {
			status = sim_map(sim, page, (run - page) / PAGE_SIZE, flags);
			page = run;
		} else {
			status = sim_protect(sim, page, 1,
					     flags | ((unsigned)sim_page(sim, page) & SIM_WRITE),
					     true);
			page += PAGE_SIZE;
		}
	}
	return status;
}

static void unmap_segments(struct sim *sim, const struct sim_image *img, uint32_t bias, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t start = page_floor(bias + img->segments[i].vaddr);
		uint64_t end =
			page_ceil((uint64_t)bias + img->segments[i].vaddr + img->segments[i].memsz);

		sim_unmap(sim, start, (uint32_t)((end - start) / PAGE_SIZE));
	}
}

/* Fresh pages are zero, so the bss needs no more than to be mapped. */
static sysemu_status load_segments(sysemu_machine *m, const struct sim_image *img, uint32_t bias,
				   uint32_t *end_of_data)
{
	uint32_t bad;

	*end_of_data = 0;
	for (size_t i = 0; i < img->nsegments; i++) {
		const struct sim_segment *seg = &img->segments[i];
		uint32_t start = bias + seg->vaddr,
			 end = (uint32_t)page_ceil((uint64_t)start + seg->memsz);

		if (map_segment(m->sim, page_floor(start), end, segment_flags(seg->flags))) {
			unmap_segments(m->sim, img, bias, i + 1);
			return fail(m, SYSEMU_ENOMEM,
				    "no room for the segment at file offset 0x%x: 0x%x bytes at "
				    "0x%x, and a limit of %u pages of user memory",
				    seg->offset, seg->memsz, start, m->config.user_pages);
		}
		sim_write(m->sim, start, img->data + seg->offset, seg->filesz, &bad);
		if (end > *end_of_data)
			*end_of_data = end;
	}
	return SYSEMU_OK;
}

/* ---- the stack ---- */

struct strings {
	char *const *list;
	uint32_t count, bytes; /* with the NULs */
};

/* Stops measuring at the limit, so that the sums cannot overflow. */
static struct strings measure(char *const list[])
{
	struct strings s = { .list = list };

	while (list && list[s.count] && s.bytes <= MAX_STRINGS) {
		size_t length = strnlen(list[s.count], MAX_STRINGS);

		s.bytes += (uint32_t)length + 1;
		s.count++;
	}
	return s;
}

/* The upper end of the stack, in the making: bytes[0] lies at address `esp`. */
struct stack {
	uint8_t *bytes;
	uint32_t esp;
	uint32_t words; /* where the next word goes */
};

static void put(struct stack *st, uint32_t addr, const void *bytes, size_t size)
{
	memcpy(st->bytes + (addr - st->esp), bytes, size);
}

static void put_word(struct stack *st, uint32_t value)
{
	put(st, st->words, &value, sizeof(value));
	st->words += sizeof(value);
}

/* The strings at `addr`, the pointers to them among the words; behind the last string. */
static uint32_t put_strings(struct stack *st, const struct strings *s, uint32_t addr)
{
	for (uint32_t i = 0; i < s->count; i++) {
		size_t size = strlen(s->list[i]) + 1;

		put(st, addr, s->list[i], size);
		put_word(st, addr);
		addr += (uint32_t)size;
	}
	put_word(st, 0);
	return addr;
}

struct aux {
	uint32_t type, value;
};

struct places {
	uint32_t execfn, platform, random;
};

static unsigned make_auxv(const sysemu_machine *m, struct aux aux[AUX_MAX],
			  const struct sim_image *img, uint32_t bias, uint32_t base,
			  const struct places *at)
{
	unsigned n = 0;

	aux[n++] = (struct aux){ AT_SYSINFO, m->profile->vsyscall_entry };
	aux[n++] = (struct aux){ AT_SYSINFO_EHDR, m->profile->vsyscall_base };
	aux[n++] = (struct aux){ AT_HWCAP, sim_cpu_features(m->sim) };
	aux[n++] = (struct aux){ AT_PAGESZ, PAGE_SIZE };
	aux[n++] = (struct aux){ AT_CLKTCK, USER_HZ };
	if (img->phdr_vaddr) {
		aux[n++] = (struct aux){ AT_PHDR, bias + img->phdr_vaddr };
		aux[n++] = (struct aux){ AT_PHENT, img->phentsize };
		aux[n++] = (struct aux){ AT_PHNUM, img->phnum };
	}
	aux[n++] = (struct aux){ AT_BASE, base };
	aux[n++] = (struct aux){ AT_FLAGS, 0 };
	aux[n++] = (struct aux){ AT_ENTRY, bias + img->entry };
	aux[n++] = (struct aux){ AT_UID, 0 };
	aux[n++] = (struct aux){ AT_EUID, 0 };
	aux[n++] = (struct aux){ AT_GID, 0 };
	aux[n++] = (struct aux){ AT_EGID, 0 };
	aux[n++] = (struct aux){ AT_SECURE, 0 };
	aux[n++] = (struct aux){ AT_RANDOM, at->random };
	aux[n++] = (struct aux){ AT_EXECFN, at->execfn };
	aux[n++] = (struct aux){ AT_PLATFORM, at->platform };
	aux[n++] = (struct aux){ AT_NULL, 0 };
	return n;
}

/*
 *	STACK_TOP - 4	0
 *	execfn		and below it the strings of envp and of argv
 *	platform	"i686", and below it 16 random bytes
 *			auxv, envp[], argv[]
 *	esp		argc, at a multiple of 16
 */
static sysemu_status make_stack(sysemu_machine *m, const struct program *p, uint32_t bias,
				uint32_t base, uint32_t *esp)
{
	static const char platform[] = "i686";
	struct strings args = measure(p->argv), envs = measure(p->envp);
	const char *execfn = p->path ? p->path : args.count ? p->argv[0] : "";
	uint64_t seed = m->config.seed, random[2] = { random_next(&seed), random_next(&seed) };
	uint32_t top = m->profile->stack_top;
	struct aux aux[AUX_MAX];
	struct places at;
	struct stack st;
	uint32_t strings, bad;
	unsigned naux;

	if (args.bytes > MAX_STRINGS || envs.bytes > MAX_STRINGS - args.bytes)
		return fail(m, SYSEMU_EINVAL,
			    "arguments (%s%u bytes) and environment (%s%u bytes) exceed %u bytes",
			    args.bytes > MAX_STRINGS ? "over " : "", args.bytes,
			    envs.bytes > MAX_STRINGS ? "over " : "", envs.bytes, MAX_STRINGS);
	at.execfn = top - 4 - ((uint32_t)strlen(execfn) + 1);
	strings = at.execfn - envs.bytes - args.bytes;
	at.platform = strings - sizeof(platform);
	at.random = (at.platform - sizeof(random)) & ~15u;
	naux = make_auxv(m, aux, p->file, bias, base, &at);
	st.esp = at.random - 4 * (1 + args.count + 1 + envs.count + 1 + 2 * naux);
	st.esp &= ~15u;
	st.words = st.esp;
	st.bytes = calloc(1, top - st.esp);
	if (!st.bytes) {
		m->shortage = true;
		return fail(m, SYSEMU_ENOMEM, "out of memory for the program's stack");
	}
	put_word(&st, args.count);
	strings = put_strings(&st, &args, strings);
	put_strings(&st, &envs, strings);
	for (unsigned i = 0; i < naux; i++) {
		put_word(&st, aux[i].type);
		put_word(&st, aux[i].value);
	}
	put(&st, at.random, random, sizeof(random));
	put(&st, at.platform, platform, sizeof(platform));
	put(&st, at.execfn, execfn, strlen(execfn) + 1);
	sim_write(m->sim, st.esp, st.bytes, top - st.esp, &bad);
	free(st.bytes);
	*esp = st.esp;
	return SYSEMU_OK;
}

static sysemu_status map_stack(sysemu_machine *m, uint32_t pages, struct layout *lay)
{
	lay->stack_top = m->profile->stack_top;
	lay->stack_low = lay->stack_top - pages * PAGE_SIZE;
	if (sim_map(m->sim, lay->stack_low, pages, SIM_USER | SIM_WRITE))
		return fail(m, SYSEMU_ENOMEM, "no room for a stack of %u pages, and a limit of %u",
			    pages, m->config.user_pages);
	return SYSEMU_OK;
}

/* ---- the interface ---- */

static void name_task(const char *file, char name[TASK_NAME])
{
	const char *slash = strrchr(file, '/');

	strncpy(name, slash ? slash + 1 : file, TASK_NAME - 1);
}

static uint32_t bias_of(const struct sim_image *img, uint32_t base)
{
	return img->type == ET_DYN ? base : 0;
}

/* One file's segments; none of them is left if they are refused. */
static sysemu_status load_file(sysemu_machine *m, const struct sim_image *img, uint32_t bias,
			       uint32_t *end_of_data)
{
	sysemu_status status = check_segments(m, img, bias);

	return status ? status : load_segments(m, img, bias, end_of_data);
}

sysemu_status program_load(sysemu_machine *m, const struct program *p, struct layout *out)
{
	const struct sim_image *img = p->file, *interp = p->interpreter;
	uint32_t bias = bias_of(img, PIE_BASE), base = interp ? bias_of(interp, INTERP_BASE) : 0;
	struct layout lay = { .entry = interp ? base + interp->entry : bias + img->entry,
			      .mmap_top = interp ? base : m->profile->launch_page };
	uint32_t ignored;
	sysemu_status status = load_file(m, img, bias, &lay.brk);

	if (status)
		return status;
	if (interp) {
		status = load_file(m, interp, base, &ignored);
		if (status) {
			unmap_segments(m->sim, img, bias, img->nsegments);
			return status;
		}
	}
	status = map_stack(m, STACK_PAGES, &lay);
	if (!status) {
		status = make_stack(m, p, bias, base, &lay.esp);
		if (status)
			sim_unmap(m->sim, lay.stack_low, STACK_PAGES);
	}
	if (status) {
		unmap_segments(m->sim, img, bias, img->nsegments);
		if (interp)
			unmap_segments(m->sim, interp, base, interp->nsegments);
		return status;
	}
	if (p->path || (p->argv && p->argv[0]))
		name_task(p->path ? p->path : p->argv[0], lay.name);
	*out = lay;
	return SYSEMU_OK;
}

sysemu_status program_load_elf(sysemu_machine *m, const void *elf, size_t size, char *const argv[],
			       char *const envp[], struct layout *out)
{
	struct sim_error err;
	struct sim_image img;
	struct program p = { .file = &img, .argv = argv, .envp = envp };
	enum sim_status parsed;
	sysemu_status status;

	parsed = sim_image_parse(elf, size, &img, &err);
	if (parsed)
		return fail(m, parsed == SIM_ENOMEM ? SYSEMU_ENOMEM : SYSEMU_ELOAD, "%s", err.text);
	if (img.interp)
		status = fail(m, SYSEMU_EDYNAMIC,
			      "offset 0x%zx: the program wants the dynamic loader %s: static only",
			      (size_t)((const uint8_t *)img.interp_name - img.data),
			      img.interp_name);
	else
		status = program_load(m, &p, out);
	sim_image_free(&img);
	return status;
}

sysemu_status program_load_code(sysemu_machine *m, const void *code, size_t size,
				struct layout *out)
{
	struct layout lay = { .entry = SYSEMU_CODE_BASE,
			      .esp = m->profile->stack_top,
			      .mmap_top = m->profile->launch_page };
	uint32_t pages, bad;
	sysemu_status status;

	if (size == 0 || size > m->profile->launch_page - SYSEMU_CODE_BASE)
		return fail(m, SYSEMU_EINVAL, "0x%zx bytes of code; 1 to 0x%x are possible", size,
			    m->profile->launch_page - SYSEMU_CODE_BASE);
	pages = (uint32_t)(page_ceil(size) / PAGE_SIZE);
	status = map_stack(m, CODE_STACK_PAGES, &lay);
	if (status)
		return status;
	if (sim_map(m->sim, SYSEMU_CODE_BASE, pages, SIM_USER | SIM_WRITE)) {
		sim_unmap(m->sim, lay.stack_low, CODE_STACK_PAGES);
		return fail(m, SYSEMU_ENOMEM, "no room for %u pages of code, and a limit of %u",
			    pages, m->config.user_pages);
	}
	sim_write(m->sim, SYSEMU_CODE_BASE, code, size, &bad);
	lay.brk = SYSEMU_CODE_BASE + pages * PAGE_SIZE;
	*out = lay;
	return SYSEMU_OK;
}

struct server_memory memory_of(const struct layout *l)
{
	return (struct server_memory){ .brk_start = l->brk,
				       .brk = l->brk,
				       .mmap_top = l->mmap_top,
				       .stack_pages = (l->stack_top - l->stack_low) / PAGE_SIZE };
}
