/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.c: walks a kernel's code and changes one instruction at a time. What is changed stays
 * one instruction of the same length, so that counts of instructions do not tell a mutant. The
 * distance of a jump is no number to be one more or less, since nobody jumps into the midst of an
 * instruction; in entry.S it becomes that to a neighbouring label.
 */
#include "tests/mutation/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"

const char *rule_name(enum rule rule)
{
	static const char *const names[] = {
#define X(name, text) text,
		RULE_MAP(X)
#undef X
	};

	return names[rule];
}

/* ---- a kernel's code ---- */

struct code {
	uint32_t kernel;
	struct sim_image image;
	const struct sim_segment *text;
	uint32_t end; /* of the code; read-only data follows */
	uint32_t entry_end;
};

static void open_code_of(struct code *c, uint32_t kernel)
{
	const struct kernel *k = kernel_find(host_kernel(kernel));
	struct sim_error err;

	c->kernel = kernel;
	if (sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &c->image, &err) != SIM_OK)
		abort();
	c->text = &c->image.segments[0];
	c->end = sim_image_symbol(&c->image, "__region_boot_end")->value;
	c->entry_end = sim_image_symbol(&c->image, "__region_entry_end")->value;
}

static const uint8_t *bytes_at(const struct code *c, uint32_t addr)
{
	return c->image.data + c->text->offset + (addr - c->text->vaddr);
}

static bool is_mark(const struct sim_symbol *s)
{
	return strncmp(s->name, "__", 2) == 0;
}

/* The next place where a symbol says that an instruction begins. */
static uint32_t next_label(const struct code *c, uint32_t addr)
{
	for (size_t i = 0; i < c->image.nsymbols; i++)
		if (c->image.symbols[i].value > addr)
			return c->image.symbols[i].value;
	return c->end;
}

/* The label below. What lies behind a whole file's functions are its fix-ups. */
static const struct sim_symbol *label_of(const struct code *c, uint32_t addr, bool *fixup)
{
	const struct sim_symbol *found = NULL;

	*fixup = true;
	for (size_t i = 0; i < c->image.nsymbols && c->image.symbols[i].value <= addr; i++) {
		const struct sim_symbol *s = &c->image.symbols[i];

		if (is_mark(s))
			continue;
		if (addr - s->value < s->size)
			*fixup = false;
		if (!found || s->value > found->value || s->size)
			found = s;
	}
	return found;
}

static bool is_nothing(const uint8_t *code, uint32_t size)
{
	static const uint8_t zeros[2];

	return code[0] == 0x90 || (size == 2 && code[0] == 0x66 && code[1] == 0x90) ||
	       (size == 2 && memcmp(code, zeros, 2) == 0);
}

/* ---- the list ---- */

static uint32_t function_at(struct mutants *m, const struct code *c, uint32_t addr)
{
	bool fixup;
	const struct sim_symbol *s = label_of(c, addr, &fixup);
	struct function f = { .kernel = c->kernel, .entry = addr < c->entry_end };

	f.addr = s->value + (fixup ? s->size : 0);
	snprintf(f.name, sizeof(f.name), fixup ? "fixup behind %s" : "%s", s->name);
	if (m->nfunctions && m->functions[m->nfunctions - 1].addr == f.addr &&
	    m->functions[m->nfunctions - 1].kernel == f.kernel)
		return (uint32_t)m->nfunctions - 1;
	if (m->nfunctions == m->functions_room) {
		m->functions_room = 2 * m->functions_room + 64;
		m->functions = realloc(m->functions, m->functions_room * sizeof(f));
	}
	m->functions[m->nfunctions++] = f;
	return (uint32_t)m->nfunctions - 1;
}

struct walk {
	struct mutants *out;
	const struct code *c;
	uint32_t addr;
	const uint8_t *bytes;
	struct sim_insn insn, before; /* before: the last that sets flags */
};

static void add(struct walk *w, enum rule rule, const uint8_t *bytes)
{
	struct mutants *m = w->out;
	struct mutant new = { .rule = rule };

	new.change = (struct host_change){ .kernel = w->c->kernel,
					   .addr = w->addr,
					   .size = w->insn.size };
	memcpy(new.change.bytes, bytes, w->insn.size);
	new.code = w->bytes;
	new.function = function_at(m, w->c, w->addr);
	new.offset = w->addr - m->functions[new.function].addr;
	if (m->n == m->room) {
		m->room = 2 * m->room + 1024;
		m->list = realloc(m->list, m->room * sizeof(new));
	}
	m->list[m->n++] = new;
}

/* ---- the rules ---- */

static bool is_jcc(const struct sim_insn *i)
{
	return (i->map == 0 && (i->opcode & 0xf0) == 0x70) ||
	       (i->map == 1 && (i->opcode & 0xf0) == 0x80);
}

static bool is_setcc(const struct sim_insn *i)
{
	return i->map == 1 && (i->opcode & 0xf0) == 0x90;
}

static void leave_out(struct walk *w)
{
	static const uint8_t nop[12][11] = {
		{ 0 },
		{ 0x90 },
		{ 0x66, 0x90 },
		{ 0x0f, 0x1f, 0x00 },
		{ 0x0f, 0x1f, 0x40 },
		{ 0x0f, 0x1f, 0x44 },
		{ 0x66, 0x0f, 0x1f, 0x44 },
		{ 0x0f, 0x1f, 0x80 },
		{ 0x0f, 0x1f, 0x84 },
		{ 0x66, 0x0f, 0x1f, 0x84 },
		{ 0x66, 0x2e, 0x0f, 0x1f, 0x84 },
		{ 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84 },
	};
	const struct sim_insn *i = &w->insn;
	bool call =
		!i->map && (i->opcode == 0xe8 || (i->opcode == 0xff && (i->modrm & 0x38) == 0x10));

	if (i->size < 12)
		add(w, call ? RULE_SKIPPED : RULE_LEFT_OUT, nop[i->size]);
}

static void always(struct walk *w)
{
	uint8_t bytes[HOST_CHANGE];

	memcpy(bytes, w->bytes, w->insn.size);
	if (w->insn.map == 0) {
		bytes[w->insn.prefixes] = 0xeb;
	} else { /* a prefix that means nothing makes it as long */
		bytes[w->insn.prefixes] = 0x3e;
		bytes[w->insn.prefixes + 1] = 0xe9;
	}
	add(w, RULE_ALWAYS, bytes);
}

/* Behind these CF is 0: je is jbe, and jne ja. */
static bool clears_carry(const struct sim_insn *i)
{
	bool logic = !i->map && i->opcode < 0x40 && (i->opcode & 7) < 6 &&
		     ((i->opcode & 0x38) == 0x20 || (i->opcode & 0x38) == 0x30 ||
		      (i->opcode & 0x38) == 0x08);
	bool group = !i->map && i->opcode >= 0x80 && i->opcode <= 0x83;
	uint8_t what = i->modrm >> 3 & 7;

	return logic || (!i->map && (i->opcode & 0xfe) == 0x84) ||
	       (!i->map && (i->opcode & 0xfe) == 0xa8) ||
	       (group && (what == 1 || what == 4 || what == 6)) ||
	       (group && what == 7 && i->imm == 0) ||
	       (!i->map && (i->opcode & 0xfe) == 0xf6 && what < 2);
}

static void change_condition(struct walk *w)
{
	/* Low half byte of the opcode: o no b ae e ne be a s ns p np l ge le g. */
	static const uint8_t other[16] = { 0, 0, 6, 7, 6, 7, 2, 3, 0, 0, 0, 0, 14, 15, 12, 13 };
	static const bool weaker[16] = {
		[2] = true, [4] = true, [7] = true, [12] = true, [15] = true
	};
	const struct sim_insn *i = &w->insn;
	uint8_t at = (uint8_t)(i->prefixes + (i->map == 1)), cc = i->opcode & 15;
	uint8_t bytes[HOST_CHANGE];

	memcpy(bytes, w->bytes, i->size);
	bytes[at] ^= 1;
	add(w, RULE_INVERTED, bytes);
	if (other[cc] && !((cc == 4 || cc == 5) && clears_carry(&w->before))) {
		bytes[at] = (uint8_t)((i->opcode & 0xf0) | other[cc]);
		add(w, weaker[cc] ? RULE_WEAKER : RULE_STRONGER, bytes);
	}
	if (is_jcc(i))
		always(w);
}

/* The number of `size` bytes at `at`: one more, one less, one bit the other way. */
static void change_number(struct walk *w, uint8_t at, uint8_t size, enum rule first)
{
	uint32_t value = 0, changed[3];

	if (size == 0 || size > 4)
		return;
	memcpy(&value, w->bytes + at, size);
	changed[0] = value + 1;
	changed[1] = value - 1;
	changed[2] = value ^ (2u << w->addr % (8u * size - 1));
	for (unsigned i = 0; i < 3; i++) {
		uint8_t bytes[HOST_CHANGE];

		memcpy(bytes, w->bytes, w->insn.size);
		memcpy(bytes + at, &changed[i], size);
		add(w, first + i, bytes);
	}
}

/* The nearest label of entry.S above or below; the address itself if there is none. */
static uint32_t other_label(const struct code *c, uint32_t addr, bool above)
{
	uint32_t best = addr;

	for (size_t i = 0; i < c->image.nsymbols; i++) {
		const struct sim_symbol *s = &c->image.symbols[i];
		bool beyond = above ? s->value > addr : s->value < addr;
		bool nearer = best == addr || (above ? s->value < best : s->value > best);

		if (!is_mark(s) && s->value >= c->text->vaddr && s->value < c->entry_end &&
		    beyond && nearer)
			best = s->value;
	}
	return best;
}

static void change_target(struct walk *w)
{
	const struct sim_insn *i = &w->insn;
	uint32_t behind = w->addr + i->size, target = behind + i->disp;

	if (target < w->c->text->vaddr || target >= w->c->entry_end || w->addr >= w->c->entry_end)
		return;
	for (unsigned above = 0; above < 2; above++) {
		uint32_t to = other_label(w->c, target, above), distance = to - behind;
		uint8_t bytes[HOST_CHANGE];

		if (to == target || (i->disp_size == 1 && distance + 128 > 255))
			continue;
		memcpy(bytes, w->bytes, i->size);
		memcpy(bytes + i->size - i->disp_size, &distance, i->disp_size);
		add(w, above ? RULE_NEXT : RULE_BEFORE, bytes);
	}
}

static bool sets_flags(const struct sim_insn *i)
{
	static const uint8_t not [] = { 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0xa0, 0xa1, 0xa2,
					0xa3, 0xc6, 0xc7, 0x68, 0x6a, 0x06, 0x1e, 0x07, 0x1f };

	if (i->map == 1)
		return !is_jcc(i) && !is_setcc(i) && (i->opcode & 0xf6) != 0xb6;
	return i->map || !(memchr(not, i->opcode, sizeof(not )) || is_jcc(i) ||
			   (i->opcode >= 0x50 && i->opcode < 0x60) ||
			   (i->opcode >= 0xb0 && i->opcode < 0xc0));
}

static void change(struct walk *w)
{
	const struct sim_insn *i = &w->insn;
	uint8_t imm_at = (uint8_t)(i->size - i->imm_size);

	leave_out(w);
	if (is_jcc(i) || is_setcc(i))
		change_condition(w);
	change_number(w, imm_at, i->imm_size, RULE_IMM_MORE);
	if (i->leaves != SIM_GOES_ON && !sim_insn_memory(i) && i->disp_size)
		change_target(w);
	if (i->leaves == SIM_GOES_ON || sim_insn_memory(i))
		change_number(w, (uint8_t)(imm_at - i->disp_size), i->disp_size, RULE_DISP_MORE);
	if (sets_flags(i))
		w->before = *i;
}

/* ---- functions that two kernels have alike ---- */

/* But for what the link decides: addresses of the kernel, and distances. */
static size_t plain_bytes(const struct code *c, uint32_t from, uint32_t to, uint8_t *out)
{
	struct sim_insn i;
	size_t n = 0;

	for (uint32_t at = from; at < to; at += i.size) {
		uint8_t imm_at;

		sim_insn_decode(bytes_at(c, at), 16, at, false, &i);
		memcpy(out + n, bytes_at(c, at), i.size);
		imm_at = (uint8_t)(i.size - i.imm_size);
		if (i.imm_size == 4 && i.imm >= HOST_BASE)
			memset(out + n + imm_at, 0, 4);
		if ((i.disp_size == 4 && i.disp >= HOST_BASE) ||
		    (i.leaves != SIM_GOES_ON && !sim_insn_memory(&i)))
			memset(out + n + imm_at - i.disp_size, 0, i.disp_size);
		n += i.size;
	}
	return n;
}

static bool alike(const struct code *c, uint32_t at, uint32_t end, const struct code *base)
{
	bool fixup;
	const struct sim_symbol *s = label_of(c, at, &fixup);
	const struct sim_symbol *other = sim_image_symbol(&base->image, s->name);
	static uint8_t mine[HOST_TEXT + 16], theirs[HOST_TEXT + 16];
	uint32_t from, to;
	size_t size;

	if (!other)
		return false;
	from = other->value + (at - s->value);
	to = from + (end - at);
	if (to > base->end)
		return false;
	size = plain_bytes(c, at, end, mine);
	return size == plain_bytes(base, from, to, theirs) && memcmp(mine, theirs, size) == 0;
}

void mutants_add(struct mutants *out, uint32_t kernel, uint32_t base)
{
	struct code c, other;
	struct walk w = { .out = out, .c = &c };

	open_code_of(&c, kernel);
	open_code_of(&other, base);
	for (uint32_t at = c.text->vaddr, label = at; at < c.end;) {
		if (at == label) {
			label = next_label(&c, at);
			if (kernel != base && alike(&c, at, label, &other)) {
				at = label;
				continue;
			}
		}
		w.addr = at;
		w.bytes = bytes_at(&c, at);
		sim_insn_decode(w.bytes, 16, at, false, &w.insn);
		if (!is_nothing(w.bytes, w.insn.size))
			change(&w);
		at += w.insn.size;
		at = at > label ? label : at;
	}
	sim_image_free(&c.image);
	sim_image_free(&other.image);
}

void mutants_free(struct mutants *m)
{
	free(m->list);
	free(m->functions);
}

void mutant_key(const struct mutants *all, const struct mutant *m, char *text, size_t size)
{
	const struct function *f = &all->functions[m->function];

	snprintf(text, size, "%s %s+0x%x %s", host_kernel(f->kernel), f->name, m->offset,
		 rule_name(m->rule));
}

void mutant_key_by_text(const struct mutants *all, const struct mutant *m, char *text, size_t size)
{
	const struct function *f = &all->functions[m->function];
	char insn[80] = "";

	sim_disasm(m->code, m->change.size, m->change.addr, insn, sizeof(insn));
	snprintf(text, size, "%s %s{%s} %s", host_kernel(f->kernel), f->name, insn,
		 rule_name(m->rule));
}
