/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sound.c: is what is said of a kernel so in its image? A function is called, or its address is taken, where it
 * begins and nowhere else; tables have in them what they are said to have; a per-CPU word is read by %fs.
 * What cannot be seen so is left to the trial of the image (lib/trial/), which runs it. Read next: facts.c.
 */
#define _GNU_SOURCE /* memmem */
#include <stdarg.h>
#include <string.h>

#include "cli/kernel/facts.h"

/* ---- who speaks of a place ---- */

struct place {
	const char *name;
	uint32_t addr;
	bool called;
	unsigned named, per_cpu; /* how often */
};

#define PLACES_MAX 80

struct places {
	struct place list[PLACES_MAX];
	size_t n;
	uint8_t low[65536 / 8]; /* of an address's 16 low bits: is there one with these? */
};

static void add_place(struct places *p, const char *name, uint32_t addr)
{
	if (addr == FACT_NONE || p->n == PLACES_MAX)
		return;
	p->list[p->n++] = (struct place){ .name = name, .addr = addr };
	p->low[(addr & 0xffff) >> 3] |= (uint8_t)(1u << (addr & 7));
}

static struct place *find_place(struct places *p, uint32_t addr)
{
	if (!(p->low[(addr & 0xffff) >> 3] >> (addr & 7) & 1))
		return NULL;
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].addr == addr)
			return &p->list[i];
	return NULL;
}

/* Behind a byte 0x64: an instruction that takes a word of 32-bit address by %fs. */
static bool is_by_fs(const uint8_t *at, size_t before)
{
	return (before >= 2 && at[-2] == 0x64 && (at[-1] == 0xa1 || at[-1] == 0xa3)) ||
	       (before >= 3 && at[-3] == 0x64 && (at[-1] & 0xc7) == 0x05);
}

/* All places at once, byte by byte: what is no instruction hits none by chance. */
static void look_at(struct places *p, const struct link_segment *s)
{
	for (uint32_t at = 1; s->size >= 5 && at <= s->size - 4; at++) {
		struct place *found;
		uint32_t word;

		memcpy(&word, s->bytes + at, 4);
		found = find_place(p, word);
		if (found) {
			found->named++;
			found->per_cpu += is_by_fs(s->bytes + at, at);
		}
		if (s->bytes[at - 1] != 0xe8 && s->bytes[at - 1] != 0xe9)
			continue;
		word += s->addr + at + 4;
		found = find_place(p, word);
		/* A jump near by is one inside of a function. */
		if (found && (s->bytes[at - 1] == 0xe8 || word - (s->addr + at) + 0x1000 > 0x2000))
			found->called = true;
	}
}

/* ---- what has to be so ---- */

struct judge {
	const char *path;
	const struct whole *w;
	unsigned wrong;
};

static void __attribute__((format(printf, 2, 3))) complain(struct judge *j, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	cli_say("%s: %s", j->path, text);
	j->wrong++;
}

/* Symbols that are functions: all but these. */
static bool is_data(const char *name)
{
	static const char *const list[] = {
		"init_task",
		"init_signals",
		"init_struct_pid",
		"init_mm",
		"current_task",
		"gdt_page",
		"cpu_tss_rw",
		"cpu_entry_area",
		"vdso_image_32",
		"sys_call_table",
		"boot_cpu_data",
		"__entry_text_start",
		"__entry_text_end",
		"__preempt_count",
		"fpu_fpregs_owner_ctx",
		"cpu_current_top_of_stack",
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

/* Functions that tables have, and nobody calls. */
static bool is_pointed_to(const char *name)
{
	return !strncmp(name, "asm_exc_", 8) || !strncmp(name, "__ia32_sys_", 11) ||
	       !strncmp(name, "entry_", 6);
}

static void complain_of_function(struct judge *j, const char *name, uint32_t addr)
{
	complain(j, "symbol %s: no function begins at 0x%x: nothing calls it or has its address",
		 name, addr);
}

static void judge_places(struct judge *j, const struct facts *f)
{
	static const char *const per_cpu[] = { "current_task", "cpu_entry_area",
					       "fpu_fpregs_owner_ctx" };
	struct places p = { 0 };
	const struct place *current;
	bool by_fs; /* a kernel for one processor has them at their addresses */

#define F(name, how, needed) add_place(&p, #name, f->at.name);
	FACT_SYMBOLS(F)
#undef F
	for (size_t i = 0; i < j->w->n_segments; i++)
		look_at(&p, &j->w->segments[i]);
	current = find_place(&p, f->at.current_task);
	by_fs = current->per_cpu > current->named / 2;
	for (size_t i = 0; i < p.n; i++) {
		const struct place *place = find_place(&p, p.list[i].addr);

		if (!is_data(p.list[i].name) && !place->called &&
		    !(is_pointed_to(p.list[i].name) && place->named))
			complain_of_function(j, p.list[i].name, place->addr);
		for (unsigned n = 0; n < 3; n++)
			if (!strcmp(p.list[i].name, per_cpu[n]) &&
			    !(by_fs ? place->per_cpu : place->named))
				complain(j, "symbol %s: no per-CPU word is read at 0x%x",
					 per_cpu[n], place->addr);
	}
}

/* init_task's member, as the offset says, and what it has to point to. */
static void judge_member(struct judge *j, const struct facts *f, const char *offset_name,
			 uint32_t offset, const char *name, uint32_t wanted)
{
	uint32_t word = 0;

	if (!whole_word(j->w, f->at.init_task + offset, &word) || word != wanted)
		complain(
			j,
			"symbol %s 0x%x: init_task has 0x%x there: that, symbol init_task or offset "
			"task_struct.%s",
			name, wanted, word, offset_name);
}

static void judge_calls(struct judge *j, const struct facts *f)
{
	const struct {
		const char *name;
		uint32_t number, addr;
	} calls[] = {
		{ "sys_write", 4, f->at.__ia32_sys_write },
		{ "sys_getpid", 20, f->at.__ia32_sys_getpid },
		{ "sys_ptrace", 26, f->at.__ia32_sys_ptrace },
		{ "sys_kill", 37, f->at.__ia32_sys_kill },
	};

	for (unsigned n = 0; n < sizeof(calls) / sizeof(calls[0]); n++) {
		uint32_t word = 0;

		whole_word(j->w, f->at.sys_call_table + 4 * calls[n].number, &word);
		if (calls[n].addr != FACT_NONE && word != calls[n].addr)
			complain(
				j,
				"symbol %s%s 0x%x: number %u in symbol sys_call_table is 0x%x: one of them",
				facts_old(f) ? "" : "__ia32_", calls[n].name, calls[n].addr,
				calls[n].number, word);
	}
}

/* The table that the IDT is made of at boot: vector, segment, bits, handler. */
static bool is_vector(const struct whole *w, uint32_t vector, uint32_t handler)
{
	const uint32_t head[2] = { vector, 0x60 };

	for (size_t i = 0; i < w->n_segments; i++) {
		const uint8_t *at = w->segments[i].bytes, *end = at + w->segments[i].size;

		while ((at = memmem(at, (size_t)(end - at), &handler, 4)) != NULL) {
			if (at - w->segments[i].bytes >= 12 && !memcmp(at - 12, head, 8))
				return true;
			at++;
		}
	}
	return false;
}

static void judge_vectors(struct judge *j, const struct facts *f)
{
	const struct {
		const char *name;
		uint32_t vector, handler;
	} gates[] = {
		{ "asm_exc_divide_error", 0, f->at.asm_exc_divide_error },
		{ "asm_exc_debug", 1, f->at.asm_exc_debug },
		{ "asm_exc_int3", 3, f->at.asm_exc_int3 },
		{ "asm_exc_overflow", 4, f->at.asm_exc_overflow },
		{ "asm_exc_bounds", 5, f->at.asm_exc_bounds },
		{ "asm_exc_invalid_op", 6, f->at.asm_exc_invalid_op },
		{ "asm_exc_device_not_available", 7, f->at.asm_exc_device_not_available },
		{ "asm_exc_segment_not_present", 11, f->at.asm_exc_segment_not_present },
		{ "asm_exc_stack_segment", 12, f->at.asm_exc_stack_segment },
		{ "asm_exc_general_protection", 13, f->at.asm_exc_general_protection },
		{ "asm_exc_page_fault", 14, f->at.asm_exc_page_fault },
		{ "asm_exc_alignment_check", 17, f->at.asm_exc_alignment_check },
		{ "entry_INT80_32", 0x80, f->at.entry_INT80_32 },
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (gates[i].handler != FACT_NONE &&
		    !is_vector(j->w, gates[i].vector, gates[i].handler))
			complain(j, "symbol %s 0x%x: not what vector 0x%x gets at boot",
				 gates[i].name, gates[i].handler, gates[i].vector);
}

/* Entry code is between them, and begins with one of its handlers. */
static void judge_entry(struct judge *j, const struct facts *f)
{
	const uint32_t inside[] = { f->at.entry_INT80_32, f->at.entry_SYSENTER_32,
				    f->at.asm_exc_debug, f->at.asm_exc_page_fault };
	uint32_t start = f->at.__entry_text_start, end = f->at.__entry_text_end;
	bool good = start % 4 == 0 && start < end && end - start < 1u << 20;

	for (unsigned n = 0; n < sizeof(inside) / sizeof(inside[0]); n++)
		good = good && inside[n] - start < end - start;
	if (!good)
		complain(
			j,
			"symbols __entry_text_start 0x%x and __entry_text_end 0x%x: entry_INT80_32 and "
			"what is of its kind is not between them",
			start, end);
}

/* testb $8, of its second byte: static_cpu_has(X86_FEATURE_SEP), before it is patched. */
static void judge_capability(struct judge *j, const struct facts *f)
{
	uint32_t addr = f->at.boot_cpu_data + f->offset.capability + 1;
	uint8_t code[7] = { 0xf6, 0x05, 0, 0, 0, 0, 0x08 };

	memcpy(code + 2, &addr, 4);
	for (size_t i = 0; i < j->w->n_segments; i++)
		if (memmem(j->w->segments[i].bytes, j->w->segments[i].size, code, sizeof(code)))
			return;
	complain(
		j,
		"symbol boot_cpu_data, offset cpuinfo_x86.x86_capability: nothing looks for SYSENTER at "
		"0x%x",
		addr);
}

/* A member is in its structure. */
static void judge_sizes(struct judge *j, const struct facts *f)
{
	const struct {
		const char *name;
		uint32_t size;
	} sizes[] = {
#define F(name, path) { path, f->size.name },
		FACT_SIZES(F)
#undef F
	};
	const struct {
		const char *path;
		uint32_t offset;
	} members[] = {
#define F(name, path) { path, f->offset.name },
		FACT_OFFSETS(F)
#undef F
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t length = strlen(sizes[i].name);

		if (!sizes[i].size || sizes[i].size > 1u << 20)
			complain(j, "size %s 0x%x: no structure's", sizes[i].name, sizes[i].size);
		for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++)
			if (!strncmp(members[k].path, sizes[i].name, length) &&
			    members[k].path[length] == '.' && members[k].offset > sizes[i].size)
				complain(j, "offset %s 0x%x: size %s is 0x%x", members[k].path,
					 members[k].offset, sizes[i].name, sizes[i].size);
	}
}

/* ---- of 2.6 ---- */

static void judge_old_places(struct judge *j, const struct facts *f)
{
	const struct {
		const char *name;
		uint32_t addr;
		enum fact_kind kind;
	} list[] = {
#define F(member, name, kind, need, how) { name, f->at.member, kind },
		FACT_OLD_SYMBOLS(F)
#undef F
	};
	struct places p = { 0 };

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		add_place(&p, list[i].name, list[i].addr);
	for (size_t i = 0; i < j->w->n_segments; i++)
		look_at(&p, &j->w->segments[i]);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const struct place *place = find_place(&p, list[i].addr);

		if (place && list[i].kind != FACT_DATA && !place->called &&
		    !(list[i].kind == FACT_POINTED_TO && place->named))
			complain_of_function(j, list[i].name, list[i].addr);
	}
}

static void judge_old_number(struct judge *j, const char *name, uint32_t given, uint32_t seen)
{
	if (given != seen)
		complain(j, "%s 0x%x: entry code has 0x%x there", name, given, seen);
}

/* What entry code says, against what was given. */
static void judge_old_entry(struct judge *j, const struct facts *f)
{
	const struct old_entry *e = &f->entry;
	const uint32_t inside[] = { f->at.entry_INT80_32, f->at.entry_SYSENTER_32 };
	bool good = f->at.__entry_text_start < f->at.__entry_text_end &&
		    f->at.__entry_text_end - f->at.__entry_text_start < 1u << 16;

	if (e->why)
		complain(j, "symbol system_call 0x%x: %s", f->at.entry_INT80_32, e->why);
	if (e->why_sysenter)
		complain(j, "symbol sysenter_entry 0x%x: %s", f->at.entry_SYSENTER_32,
			 e->why_sysenter);
	for (unsigned n = 0; n < sizeof(inside) / sizeof(inside[0]); n++)
		good = good && inside[n] - f->at.__entry_text_start <
				       f->at.__entry_text_end - f->at.__entry_text_start;
	if (!good)
		complain(
			j,
			"symbols entry_start 0x%x and entry_end 0x%x: system_call and sysenter_entry "
			"are not between them",
			f->at.__entry_text_start, f->at.__entry_text_end);
	if (e->why || e->why_sysenter)
		return;
	judge_old_number(j, "symbol sys_call_table", f->at.sys_call_table, e->table);
	judge_old_number(j, "size sys_call_table", f->size.sys_call_table, 4 * e->calls);
	judge_old_number(j, "symbol do_syscall_trace", f->at.syscall_trace_enter, e->trace);
	judge_old_number(j, "offset thread_info.flags", f->offset.flags, e->flags);
	if (e->returns != OLD_RETURN)
		complain(
			j,
			"symbol sysenter_entry 0x%x: it returns to 0x%x, and the vsyscall page has "
			"its SYSENTER before 0x%x",
			f->at.entry_SYSENTER_32, e->returns, OLD_RETURN);
}

/* `current` in instructions of 32-bit address by the segment's register. */
static bool reads_current(const struct whole *w, bool by_gs, uint32_t pcurrent)
{
	uint8_t load[6] = { by_gs ? 0x65 : 0x64, 0xa1 };

	memcpy(load + 2, &pcurrent, 4);
	for (size_t i = 0; i < w->n_segments; i++)
		if (memmem(w->segments[i].bytes, w->segments[i].size, load, sizeof(load)))
			return true;
	return false;
}

static void judge_old_rules(struct judge *j, const struct facts *f)
{
	uint32_t version = old_version(j->w);

	if (f->rule.version < 0x02060b || f->rule.version > OLD_LAST)
		complain(j, "rule version: 2.6.11 to 2.6.24 are known");
	if (version != FACT_NONE && version != f->rule.version)
		complain(j, "rule version: its banner says 2.6.%u", version & 0xff);
	if (f->rule.current == CURRENT_PERCPU)
		complain(j, "rule current percpu: of 2.6 kernels it is stack or pda");
	if (f->rule.current == CURRENT_PDA && f->entry.selector != OLD_PERCPU)
		complain(j, "rule current pda: entry code loads selector 0x%x, not 0x%x",
			 f->entry.selector, OLD_PERCPU);
	else if (f->rule.current == CURRENT_PDA &&
		 (f->offset.pcurrent % 4 ||
		  !reads_current(j->w, f->entry.by_gs, f->offset.pcurrent)))
		complain(j, "offset i386_pda.pcurrent 0x%x: nothing reads it", f->offset.pcurrent);
	if (f->rule.current == CURRENT_STACK && f->entry.selector == OLD_PERCPU)
		complain(j, "rule current stack: entry code loads a per-CPU selector, 0x%x",
			 f->entry.selector);
	if (!old_is_ex_table(j->w, f->at.ex_table, f->at.ex_table_end))
		complain(j,
			 "symbols __start___ex_table 0x%x and __stop___ex_table 0x%x: no pairs of "
			 "places are between them",
			 f->at.ex_table, f->at.ex_table_end);
}

/* They are words of their structure; it is ours to make, and has room. */
static void judge_old_offsets(struct judge *j, const struct facts *f)
{
	const struct {
		const char *path;
		uint32_t offset;
	} members[] = {
#define F(member, path, need, how) { path, f->offset.member },
		FACT_OLD_OFFSETS(F)
#undef F
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		bool task = !strncmp(members[i].path, "task_", 5);

		if (members[i].offset != FACT_NONE &&
		    (members[i].offset % 4 || members[i].offset >= (task ? OLD_TASK : 0x100)))
			complain(j, "offset %s 0x%x: no word of that structure", members[i].path,
				 members[i].offset);
		for (size_t k = 0; k < i; k++)
			if (members[i].offset != FACT_NONE &&
			    members[k].offset == members[i].offset &&
			    strcspn(members[k].path, ".") == strcspn(members[i].path, ".") &&
			    !strncmp(members[k].path, members[i].path,
				     strcspn(members[i].path, ".")))
				complain(j, "offset %s 0x%x: offset %s is the same",
					 members[i].path, members[i].offset, members[k].path);
	}
}

static unsigned judge_old(struct judge *j, const struct facts *f)
{
	judge_old_places(j, f);
	judge_old_entry(j, f);
	judge_calls(j, f);
	judge_old_rules(j, f);
	judge_old_offsets(j, f);
	return j->wrong;
}

unsigned facts_judge(const struct facts *f, const struct whole *w)
{
	struct judge j = { .path = w->path, .w = w };

	if (facts_old(f))
		return judge_old(&j, f);
	judge_places(&j, f);
	judge_member(&j, f, "signal", f->offset.signal, "init_signals", f->at.init_signals);
	judge_member(&j, f, "thread_pid", f->offset.thread_pid, "init_struct_pid",
		     f->at.init_struct_pid);
	judge_member(&j, f, "active_mm", f->offset.active_mm, "init_mm", f->at.init_mm);
	judge_calls(&j, f);
	judge_vectors(&j, f);
	judge_entry(&j, f);
	judge_capability(&j, f);
	judge_sizes(&j, f);
	return j.wrong;
}
