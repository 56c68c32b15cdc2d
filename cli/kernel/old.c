/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * old.c: a 2.6 kernel, by its instructions: what entry code says of the frame, the flags and the call table, and
 * what can be read of the functions around it. Entry code was written by hand, and goes one way in all
 * versions; of C only shapes are taken that have one meaning, and what they say the trial of the image
 * (lib/trial/) sees again. Read next: derive.c, sound.c.
 */
#define _GNU_SOURCE /* memmem */
#include <string.h>

#include "cli/kernel/facts.h"

#define THREAD_MASK 0xffffe000u
#define AROUND      0x800u /* arch_ptrace: what it calls is near */

/* ---- code, byte by byte ---- */

struct code {
	const uint8_t *at, *end;
};

static struct code code_at(const struct whole *w, uint32_t addr)
{
	struct code c = { 0 };

	for (size_t i = 0; i < w->n_segments && !c.at; i++) {
		const struct link_segment *s = &w->segments[i];

		if (addr - s->addr < s->size)
			c = (struct code){ s->bytes + (addr - s->addr), s->bytes + s->size };
	}
	return c;
}

/* Is it that, up to `n` bytes? Then behind it. */
static bool eat(struct code *c, const char *bytes, size_t n)
{
	if ((size_t)(c->end - c->at) < n || memcmp(c->at, bytes, n) != 0)
		return false;
	c->at += n;
	return true;
}
#define EAT(c, bytes) eat(c, bytes, sizeof(bytes) - 1)

static bool take_word(struct code *c, uint32_t *value)
{
	if (c->end - c->at < 4)
		return false;
	memcpy(value, c->at, 4);
	c->at += 4;
	return true;
}

static bool take_byte(struct code *c, uint32_t *value)
{
	if (c->at == c->end)
		return false;
	*value = *c->at++;
	return true;
}

/* A jump on a condition, or a call, whose place in memory is `addr`; where it goes. */
static bool take_jump(struct code *c, const struct code *start, uint32_t addr, const char *far,
		      size_t n, char near, uint32_t *to)
{
	const char short_form[] = { near };
	uint32_t distance;

	if (eat(c, far, n)) {
		if (!take_word(c, &distance))
			return false;
	} else if (near && eat(c, short_form, 1) && take_byte(c, &distance)) {
		distance = (uint32_t)(int8_t)distance;
	} else {
		return false;
	}
	*to = addr + (uint32_t)(c->at - start->at) + distance;
	return true;
}

/* ---- entry code ---- */

/* push %eax; SAVE_ALL; GET_THREAD_INFO(%ebp). */
static bool take_frame(struct code *c, struct old_entry *e)
{
	uint32_t *segments[2], mask;
	unsigned n = 0;

	e->frame_fs = e->frame_gs = FACT_NONE;
	e->selector = 0;
	if (!EAT(c, "\x50\xfc"))
		return false;
	for (bool more = true; more && n < 2;) {
		more = true;
		if (EAT(c, "\x0f\xa8"))
			segments[n++] = &e->frame_gs;
		else if (EAT(c, "\x0f\xa0"))
			segments[n++] = &e->frame_fs;
		else
			more = false;
	}
	for (unsigned i = 0; i < n; i++) /* the last one pushed is the lowest */
		*segments[i] = 0x24 + 4 * (n - 1 - i);
	e->orig_eax = 0x24 + 4 * n;
	if (!EAT(c, "\x06\x1e\x50\x55\x57\x56\x52\x51\x53") ||
	    !EAT(c, "\xba\x7b\0\0\0\x8e\xda\x8e\xc2"))
		return false;
	if (EAT(c, "\xba")) {
		if (!take_word(c, &e->selector) || c->end - c->at < 2 || c->at[0] != 0x8e ||
		    (c->at[1] != 0xea && c->at[1] != 0xe2))
			return false;
		e->by_gs = c->at[1] == 0xea;
		c->at += 2;
	}
	return EAT(c, "\xbd") && take_word(c, &mask) && mask == THREAD_MASK && EAT(c, "\x21\xe5");
}

/* `test` of a step that TF becomes, up to 2.6.21 on the way in, and then on the way out. */
static bool take_step(struct code *c, uint32_t orig_eax)
{
	uint32_t byte;

	return !EAT(c, "\xf7\x44\x24") ||
	       (take_byte(c, &byte) && byte == orig_eax + 12 && EAT(c, "\0\1\0\0\x74\4\x83\x4d") &&
		take_byte(c, &byte) && EAT(c, "\x10"));
}

/* Behind the call: syscall_exit, and restore_all where nothing is to be done. */
static void read_exit(struct old_entry *e, const struct whole *w, const struct code *start,
		      uint32_t addr, struct code c)
{
	struct code work;
	uint32_t unused, to;

	if (!EAT(&c, "\x89\x44\x24\x18\xfa") || !take_step(&c, e->orig_eax) ||
	    !EAT(&c, "\x8b\x4d") || !take_byte(&c, &unused))
		return;
	if (EAT(&c, "\x66\xf7\xc1"))
		c.at += c.end - c.at >= 2 ? 2 : 0;
	else if (!EAT(&c, "\xf7\xc1") || !take_word(&c, &unused))
		return;
	if (!take_jump(&c, start, addr, "\x0f\x85", 2, 0x75, &to))
		return;
	e->exit_work = to;
	e->restore = addr + (uint32_t)(c.at - start->at);
	work = code_at(w, to);
	c = work;
	if (c.at && EAT(&c, "\xf6\xc1") && take_byte(&c, &unused) &&
	    take_jump(&c, &work, to, "\x0f\x84", 2, 0x74, &unused))
		e->work_pending = unused;
}

/* From int $0x80's gate to the call. */
static const char *read_call(struct old_entry *e, const struct whole *w, uint32_t addr)
{
	struct code start = code_at(w, addr), c = start, trace;
	uint32_t unused, to, byte;

	if (!c.at || !take_frame(&c, e))
		return "it does not save registers as 2.6 does, with a stack of 8192 bytes";
	if (!take_step(&c, e->orig_eax))
		return "TF becomes a flag in no known way";
	if (EAT(&c, "\x66\xf7\x45")) {
		if (!take_byte(&c, &e->flags) || !take_byte(&c, &e->mask) || !take_byte(&c, &byte))
			return "it ends in the test of the flags";
		e->mask |= byte << 8;
	} else if (!EAT(&c, "\xf6\x45") || !take_byte(&c, &e->flags) || !take_byte(&c, &e->mask)) {
		return "it does not test the flags of thread_info";
	}
	if (!take_jump(&c, &start, addr, "\x0f\x85", 2, 0x75, &to))
		return "the flags lead nowhere";
	if (!EAT(&c, "\x3d") || !take_word(&c, &e->calls) || e->calls < 200 || e->calls > 1000)
		return "the call's number is compared with no size of a table";
	if (!take_jump(&c, &start, addr, "\x0f\x83", 2, 0x73, &unused) ||
	    !EAT(&c, "\xff\x14\x85") || !take_word(&c, &e->table))
		return "there is no call by a table";
	e->trace_entry = to;
	read_exit(e, w, &start, addr, c);
	start = trace = code_at(w, to);
	if (!trace.at || !EAT(&trace, "\xc7\x44\x24\x18\xda\xff\xff\xff\x89\xe0\x31\xd2") ||
	    !take_jump(&trace, &start, to, "\xe8", 1, 0, &e->trace))
		return "a call that is traced does not go to do_syscall_trace";
	return NULL;
}

static const char *read_sysenter(struct old_entry *e, const struct whole *w, uint32_t addr)
{
	struct code c = code_at(w, addr);

	if (!c.at || !EAT(&c, "\x8b\xa4\x24") || !take_word(&c, &e->esp0) || !EAT(&c, "\xfb"))
		return "it does not begin with the stack out of the TSS, and sti";
	if (e->esp0 < 0xffffc000u || e->esp0 > 0xfffffff0u)
		return "the TSS is not below its small stack";
	if (!EAT(&c, "\x6a\x7b\x55\x9c\x6a\x73\x68") || !take_word(&c, &e->returns))
		return "it does not push the frame that sysexit takes, with one place to return to";
	return NULL;
}

void old_entry_read(struct old_entry *e, const struct whole *w, const struct facts *f)
{
	*e = (struct old_entry){ .frame_fs = FACT_NONE,
				 .frame_gs = FACT_NONE,
				 .exit_work = FACT_NONE,
				 .work_pending = FACT_NONE,
				 .restore = FACT_NONE };
	e->why = read_call(e, w, f->at.entry_INT80_32);
	e->why_sysenter = read_sysenter(e, w, f->at.entry_SYSENTER_32);
}

/* ---- where they are, without names ---- */

static void find_entries(struct facts *f, const struct whole *w)
{
	unsigned calls = 0, sysenters = 0;
	uint32_t call = 0, sysenter = 0;
	struct old_entry e;

	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];

		for (uint32_t at = 3; at + 16 < s->size; at++) {
			/* In sysenter_entry it stands behind the sixth argument. */
			if (s->bytes[at] == 0x50 && s->bytes[at + 1] == 0xfc &&
			    memcmp(s->bytes + at - 3, "\x8b\x6d", 3) != 0 &&
			    !read_call(&e, w, s->addr + at)) {
				call = s->addr + at;
				calls++;
			}
			if (s->bytes[at] == 0x8b && s->bytes[at + 1] == 0xa4 &&
			    !read_sysenter(&e, w, s->addr + at)) {
				sysenter = s->addr + at;
				sysenters++;
			}
		}
	}
	if (f->at.entry_INT80_32 == FACT_NONE && calls == 1)
		f->at.entry_INT80_32 = call;
	if (f->at.entry_SYSENTER_32 == FACT_NONE && sysenters == 1)
		f->at.entry_SYSENTER_32 = sysenter;
}

static const struct link_name *named(const struct whole *w, const char *name)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (!strcmp(w->names[i].name, name))
			return &w->names[i];
	return NULL;
}

static void take(uint32_t *value, uint32_t found)
{
	if (*value == FACT_NONE)
		*value = found;
}

/* From its first label to the name behind the last of its handlers. */
static void find_entry_code(struct facts *f, const struct whole *w)
{
	const uint32_t first[] = { f->at.entry_INT80_32, f->at.entry_SYSENTER_32 };
	const uint32_t handlers[] = { f->at.entry_INT80_32,
				      f->at.entry_SYSENTER_32,
				      f->at.asm_exc_overflow,
				      f->at.asm_exc_bounds,
				      f->at.asm_exc_invalid_op,
				      f->at.asm_exc_divide_error,
				      f->at.asm_exc_spurious_interrupt_bug };
	const struct link_name *fork = named(w, "ret_from_fork");
	uint32_t start = fork ? fork->value : FACT_NONE, last = 0, end = FACT_NONE;

	if (!fork)
		return;
	for (size_t i = 0; i < 2; i++)
		if (first[i] < start)
			return;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i] - start < 0x1000 && handlers[i] > last)
			last = handlers[i];
	for (size_t i = 0; i < w->n_names; i++)
		if (w->names[i].value > last && w->names[i].value < end)
			end = w->names[i].value;
	if (end - start > 0x2000)
		return;
	take(&f->at.__entry_text_start, start);
	take(&f->at.__entry_text_end, end);
}

/* ---- tables ---- */

bool old_is_ex_table(const struct whole *w, uint32_t start, uint32_t end)
{
	uint32_t size = end - start, word;

	if (start % 4 || start >= end || size % 8 || size > 1u << 20 ||
	    !whole_bytes(w, start, size))
		return false;
	for (uint32_t at = start; at < end; at += 4)
		if (!whole_word(w, at, &word) || !whole_bytes(w, word, 1))
			return false;
	return true;
}

/* search_exception_tables gives the search its first and its last entry. */
static void find_ex_table(struct facts *f, const struct whole *w)
{
	const struct link_name *search = named(w, "search_exception_tables");
	const uint8_t *code = search ? whole_bytes(w, search->value, 24) : NULL;

	if (!code || f->at.ex_table != FACT_NONE)
		return;
	for (unsigned i = 0; i < 20; i++)
		for (unsigned k = 0; k < 20; k++) {
			uint32_t start, last;

			if ((code[i] & 0xf8) != 0xb8 || (code[k] & 0xf8) != 0xb8)
				continue;
			memcpy(&start, code + i + 1, 4);
			memcpy(&last, code + k + 1, 4);
			if (start < last && old_is_ex_table(w, start, last + 8)) {
				f->at.ex_table = start;
				take(&f->at.ex_table_end, last + 8);
				return;
			}
		}
}

static void find_calls(struct facts *f, const struct whole *w)
{
	const struct {
		uint32_t *at;
		uint32_t number;
	} calls[] = { { &f->at.__ia32_sys_write, 4 },
		      { &f->at.__ia32_sys_getpid, 20 },
		      { &f->at.__ia32_sys_ptrace, 26 },
		      { &f->at.__ia32_sys_kill, 37 } };
	uint32_t word;

	if (f->at.sys_call_table == FACT_NONE)
		return;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (whole_word(w, f->at.sys_call_table + 4 * calls[i].number, &word))
			take(calls[i].at, word);
}

/* ---- layouts ---- */

/* getpid: current, and its tgid. */
static void look_at_getpid(struct facts *f, const struct whole *w)
{
	struct code c = code_at(w, f->at.__ia32_sys_getpid);
	uint32_t word, tgid;

	if (!c.at)
		return;
	if (EAT(&c, "\x65\xa1") || EAT(&c, "\x64\xa1")) {
		if (!take_word(&c, &word) || word > 0x100)
			return;
		take(&f->offset.pcurrent, word);
		take(&f->rule.current, CURRENT_PDA);
	} else if (EAT(&c, "\xb8\0\xe0\xff\xff\x21\xe0\x8b\0") ||
		   EAT(&c, "\x89\xe0\x25\0\xe0\xff\xff\x8b\0")) {
		take(&f->rule.current, CURRENT_STACK);
	} else {
		return;
	}
	if ((EAT(&c, "\x8b\x80") && take_word(&c, &tgid)) ||
	    (EAT(&c, "\x8b\x40") && take_byte(&c, &tgid)))
		take(&f->offset.tgid, tgid);
}

/* One distance that all of a shape in `size` bytes from `start` on have. */
struct shape {
	const struct whole *w;
	uint32_t start, size;
	const uint8_t *bytes, *mask; /* a byte each; 'd', where the distance is, has mask 0 */
	unsigned n, at, width;
};

static uint32_t distance_of(const struct shape *s)
{
	const uint8_t *code = whole_bytes(s->w, s->start, s->size);
	uint32_t found = FACT_NONE;

	for (uint32_t i = 0; code && i + s->n <= s->size; i++) {
		uint32_t value = 0;
		bool same = true;

		for (unsigned k = 0; k < s->n; k++)
			same = same && (code[i + k] & s->mask[k]) == s->bytes[k];
		if (!same)
			continue;
		memcpy(&value, code + i + s->at, s->width);
		if (found != FACT_NONE && found != value)
			return FACT_NONE;
		found = value;
	}
	return found;
}

static uint32_t size_of(const struct whole *w, uint32_t addr, uint32_t most)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (w->names[i].value == addr && w->names[i].size)
			return w->names[i].size < most ? w->names[i].size : most;
	return 0;
}

/* do_syscall_trace: current's ptrace; its exit_code behind ptrace_notify. */
static void look_at_trace(struct facts *f, const struct whole *w)
{
	static const uint8_t test[] = { 0xf6, 0x40, 0, 0x01 },
			     test_mask[] = { 0xff, 0xfc, 0, 0xff };
	uint32_t start = f->at.syscall_trace_enter, size = size_of(w, start, 0x400);
	const struct shape ptrace = { w, start, size, test, test_mask, 4, 2, 1 };
	struct code c = code_at(w, start), begin = c;

	if (!size)
		return;
	take(&f->offset.ptrace, distance_of(&ptrace));
	for (uint32_t at = 0; at + 24 < size && begin.end - begin.at > 24; at++) {
		uint32_t to, unused;

		c = (struct code){ begin.at + at, begin.end };
		if (!take_jump(&c, &begin, start, "\xe8", 1, 0, &to) || to != f->at.ptrace_notify)
			continue;
		if ((EAT(&c, "\x65\x8b\x15") || EAT(&c, "\x64\x8b\x15")) && !take_word(&c, &unused))
			return;
		if (EAT(&c, "\x8b\x82") && take_word(&c, &unused))
			take(&f->offset.exit_code, unused);
		return;
	}
}

/* arch_ptrace and what it calls: the child's thread_info, esp0; the caller's addr_limit. */
static void look_at_ptrace(struct facts *f, const struct whole *w)
{
	/* mov d(%r), %eax; btrl $6, flags(%eax) */
	uint8_t clear[] = { 0x8b, 0x40, 0, 0x0f, 0xba, 0x70, (uint8_t)f->offset.flags, 6 };
	static const uint8_t clear_mask[] = { 0xff, 0xf8, 0, 0xff, 0xff, 0xff, 0xff, 0xff };
	/* sbb %r, %r; cmp %r, d(%eax) */
	static const uint8_t limit[] = { 0x19, 0xc0, 0x39, 0x40, 0 },
			     limit_mask[] = { 0xff, 0xc0, 0xff, 0xc7, 0 };
	/* mov d(%r), %r; sub $frame, %r */
	uint8_t esp0[] = { 0x8b, 0x80, 0, 0, 0, 0, 0x83, 0xe8, (uint8_t)(f->entry.orig_eax + 24) };
	static const uint8_t esp0_mask[] = { 0xff, 0xc0, 0, 0, 0, 0, 0xff, 0xf8, 0xff };
	uint32_t requests =
		f->at.arch_ptrace != FACT_NONE ? f->at.arch_ptrace : f->at.__ia32_sys_ptrace;
	uint32_t start = requests - AROUND;
	const struct shape shapes[] = {
		{ w, start, 2 * AROUND, clear, clear_mask, sizeof(clear), 2, 1 },
		{ w, requests, AROUND, limit, limit_mask, sizeof(limit), 4, 1 },
		{ w, start, 2 * AROUND, esp0, esp0_mask, sizeof(esp0), 2, 4 },
	};

	if (requests == FACT_NONE || f->entry.why)
		return;
	take(&f->offset.stack, distance_of(&shapes[0]));
	take(&f->offset.addr_limit, distance_of(&shapes[1]));
	take(&f->offset.sp0, distance_of(&shapes[2]));
}

/* What stands side by side in each 2.6; the trial sees it. */
static void find_neighbours(struct facts *f, const struct whole *w)
{
	uint32_t parent = f->offset.tgid + 4, getppid = 0;
	const uint8_t *code;

	if (f->offset.sp0 != FACT_NONE) {
		take(&f->offset.fs, f->offset.sp0 + 16);
		take(&f->offset.gs, f->offset.sp0 + 20);
	}
	if (f->offset.tgid == FACT_NONE)
		return;
	take(&f->offset.pid, f->offset.tgid - 4);
	whole_word(w, f->at.sys_call_table + 4 * 64, &getppid);
	code = whole_bytes(w, getppid, 48);
	if (code && memmem(code, 48, &parent, 4))
		take(&f->offset.real_parent, parent);
}

/* The frame, as entry code builds it. */
static void take_frame_offsets(struct facts *f)
{
	uint32_t *const words[] = { &f->offset.r_bx, &f->offset.r_cx, &f->offset.r_dx,
				    &f->offset.r_si, &f->offset.r_di, &f->offset.r_bp,
				    &f->offset.r_ax, &f->offset.r_ds, &f->offset.r_es };
	uint32_t *const behind[] = { &f->offset.r_orig_ax, &f->offset.r_ip, &f->offset.r_cs,
				     &f->offset.r_flags,   &f->offset.r_sp, &f->offset.r_ss };

	for (uint32_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*words[i] = 4 * i;
	for (uint32_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		*behind[i] = f->entry.orig_eax + 4 * i;
	f->size.pt_regs = f->entry.orig_eax + 24;
}

/* ---- all of it ---- */

uint32_t old_version(const struct whole *w)
{
	static const char banner[] = "Linux version 2.6.";

	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];
		const uint8_t *at =
			s->size ? memmem(s->bytes, s->size, banner, sizeof(banner) - 1) : NULL;
		unsigned minor = 0, digits = 0;

		if (!at)
			continue;
		for (at += sizeof(banner) - 1;
		     digits < 2 && at < s->bytes + s->size && *at >= '0' && *at <= '9';
		     at++, digits++)
			minor = 10 * minor + (*at - '0');
		if (digits)
			return 0x020600 | minor;
	}
	return FACT_NONE;
}

void old_derive(struct facts *f, const struct whole *w)
{
	find_entries(f, w);
	old_entry_read(&f->entry, w, f);
	if (f->entry.why)
		return;
	take_frame_offsets(f);
	take(&f->at.sys_call_table, f->entry.table);
	take(&f->size.sys_call_table, 4 * f->entry.calls);
	take(&f->at.syscall_trace_enter, f->entry.trace);
	take(&f->offset.flags, f->entry.flags);
	find_calls(f, w);
	find_entry_code(f, w);
	find_ex_table(f, w);
	look_at_getpid(f, w);
	look_at_trace(f, w);
	look_at_ptrace(f, w);
	find_neighbours(f, w);
	if (f->entry.selector == 0)
		take(&f->rule.current, CURRENT_STACK);
}
