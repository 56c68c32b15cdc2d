/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paths.c: every way through the entry code, with what is known on it: how far esp is from
 * the frame, whether interrupts may be on, whether the flags have been looked at since, which
 * registers hold what the program chose. Both ways of each branch are gone; what is at one
 * address with the same knowledge is gone on from once.
 *
 * A called function is taken to leave esp level, to turn interrupts on, and to clobber the
 * registers that the kernel's C code does. Read next: docs/lint.md.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/lint/paths.h"

#define RING_TEST 0x20003u /* EFLAGS.VM and the RPL of cs, in one word */
#define CLOBBERED                                                                             \
	(1u << LINT_EAX | 1u << LINT_ECX | 1u << LINT_EDX | 1u << LINT_EBX | 1u << LINT_ESI | \
	 1u << LINT_EDI)

/* ---- where the ways begin ---- */

/* level: of esp, from the word that holds eip. */
static const struct {
	const char *name;
	int32_t level;
	enum lint_base base;
	bool interrupts;
} entries[] = {
	{ "system_call", 0, LINT_FRAME, true },
	{ "sysenter_entry", 0, LINT_LOST, false },
	{ "ret_from_fork", -0x28, LINT_FRAME, false },
	{ "reschedule_interrupt", 0, LINT_FRAME, false },
	{ "debug", 0, LINT_FRAME, false },
	{ "int3", 0, LINT_FRAME, false },
	{ "divide_error", 0, LINT_FRAME, true },
	{ "overflow", 0, LINT_FRAME, true },
	{ "bounds", 0, LINT_FRAME, true },
	{ "invalid_op", 0, LINT_FRAME, true },
	{ "device_not_available", 0, LINT_FRAME, true },
	{ "coprocessor_segment_overrun", 0, LINT_FRAME, true },
	{ "coprocessor_error", 0, LINT_FRAME, true },
	{ "simd_coprocessor_error", 0, LINT_FRAME, true },
	/* The CPU pushes an error code. */
	{ "invalid_TSS", -4, LINT_FRAME, true },
	{ "segment_not_present", -4, LINT_FRAME, true },
	{ "stack_segment", -4, LINT_FRAME, true },
	{ "general_protection", -4, LINT_FRAME, true },
	{ "page_fault", -4, LINT_FRAME, false },
	{ "alignment_check", -4, LINT_FRAME, true },
};

/* ---- does a function return? ---- */

struct walk {
	const struct lint_image *img;
	uint8_t *seen; /* by offset from the region's start */
	unsigned depth;
};

static bool returns(struct walk *w, uint32_t addr)
{
	const struct lint_image *img = w->img;
	struct lint_insn i;

	if (w->depth > 200)
		return true; /* nothing is known that deep */
	for (;;) {
		if (addr - img->entry >= img->end - img->entry || w->seen[addr - img->entry] ||
		    !lint_decode(img, addr, &i))
			return false;
		w->seen[addr - img->entry] = 1;
		if (i.op == 0xc3 || i.op == 0xc2 || (i.op == 0xff && i.reg == 4))
			return true; /* a table of jumps may lead to a ret */
		if (i.op == 0x0f0b)
			return false;
		if (i.op == 0xe8 && !lint_returns(img, lint_target(&i)))
			return false;
		if (lint_is_jcc(&i)) {
			w->depth++;
			if (returns(w, lint_target(&i)))
				return true;
			w->depth--;
		}
		addr = lint_is_jmp(&i) ? lint_target(&i) : lint_next(&i);
	}
}

bool lint_returns(const struct lint_image *img, uint32_t function)
{
	static unsigned depth; /* of functions: who calls himself is taken to return */
	struct walk w = { .img = img, .seen = calloc(1, img->end - img->entry + 1) };
	bool yes = true;

	if (w.seen && depth < 12) {
		depth++;
		yes = returns(&w, function);
		depth--;
	}
	free(w.seen);
	return yes;
}

/* ---- states ---- */

static bool same(const struct lint_state *a, const struct lint_state *b)
{
	return a->addr == b->addr && a->level == b->level && a->base == b->base &&
	       a->lost_at == b->lost_at && a->interrupts == b->interrupts && a->fresh == b->fresh &&
	       a->stale_at == b->stale_at && a->into_kernel == b->into_kernel &&
	       a->tainted == b->tainted && a->bounded == b->bounded && a->compared == b->compared &&
	       a->ring_tested == b->ring_tested;
}

#define STATES_MAX 1000000 /* no entry code has so many ways: something is wrong with it */

void *lint_grow(void *list, size_t *room, size_t n, size_t size)
{
	void *more;

	if (n < *room)
		return list;
	more = n < STATES_MAX ? realloc(list, (n ? 2 * n : 256) * size) : NULL;
	if (more)
		*room = n ? 2 * n : 256;
	return more;
}

static void add_edge(struct lint_ways *w, size_t from, size_t to)
{
	struct lint_edge *edges;

	if (from == LINT_NO_STATE)
		return;
	edges = lint_grow(w->edges, &w->room_edges, w->n_edges, sizeof(*edges));
	if (!edges) {
		w->report->failed = true;
		return;
	}
	w->edges = edges;
	w->edges[w->n_edges++] = (struct lint_edge){ from, to };
}

void lint_add_state(struct lint_ways *w, const struct lint_state *s)
{
	size_t bucket = s->addr % LINT_BUCKETS;
	struct lint_state *states;

	for (size_t i = w->bucket[bucket]; i != LINT_NO_STATE; i = w->states[i].same_bucket)
		if (same(&w->states[i], s)) {
			add_edge(w, s->from, i);
			return;
		}
	states = lint_grow(w->states, &w->room, w->n, sizeof(*states));
	if (!states) {
		w->report->failed = true;
		return;
	}
	w->states = states;
	add_edge(w, s->from, w->n);
	w->states[w->n] = *s;
	w->states[w->n].same_bucket = w->bucket[bucket];
	w->bucket[bucket] = w->n++;
}

/* ---- user pointers ---- */

static bool is_set(uint8_t regs, unsigned reg)
{
	return reg < LINT_NONE && (regs >> reg & 1);
}

static void check_pointer(struct lint_ways *w, const struct lint_state *s,
			  const struct lint_insn *i)
{
	uint8_t wild = s->tainted & (uint8_t)~s->bounded;

	if (!i->memory || i->op == 0x8d)
		return;
	if (is_set(wild, i->base))
		lint_say(w->report, LINT_FINDING, "user-pointer", i->addr,
			 "play --scenario sysenter-with-a-kernel-pointer scenarios/entry.play",
			 "%s: the address is the program's choice and was not compared with the "
			 "end of its memory",
			 i->text);
	else if (is_set(wild, i->index))
		lint_say(w->report, LINT_FINDING, "user-pointer", i->addr,
			 "play --scenario untraced-call-out-of-range scenarios/entry.play",
			 "%s: the index is the program's choice and was not compared with the "
			 "table's end",
			 i->text);
	else if (is_set(s->tainted, i->base) && !lint_fixup(w->report->img, i->addr))
		lint_say(w->report, LINT_FINDING, "user-pointer", i->addr,
			 "play --scenario sysenter-with-a-kernel-pointer scenarios/entry.play",
			 "%s: the program's memory may be missing there, and __ex_table has no "
			 "line for it",
			 i->text);
}

static void set_taint(struct lint_state *s, unsigned reg, bool tainted, bool bounded)
{
	tainted &= reg != LINT_ESP; /* where the stack is the kernel says */
	s->tainted = (uint8_t)((s->tainted & ~(1u << reg)) | (unsigned)tainted << reg);
	s->bounded = (uint8_t)((s->bounded & ~(1u << reg)) | (unsigned)bounded << reg);
}

/* What the registers hold behind it. Words of the frame are the program's registers. */
static void follow_taint(struct lint_state *s, const struct lint_insn *i)
{
	if (i->op == 0x8b && i->memory)
		set_taint(s, i->reg, i->base == LINT_ESP || is_set(s->tainted, i->base), false);
	else if (i->op == 0x8b)
		set_taint(s, i->reg, is_set(s->tainted, i->rm), is_set(s->bounded, i->rm));
	else if (i->op == 0x89 && !i->memory)
		set_taint(s, i->rm, is_set(s->tainted, i->reg), is_set(s->bounded, i->reg));
	else if (i->op >= 0xb8 && i->op <= 0xbf)
		set_taint(s, i->op & 7, false, false);
	else if (i->op >= 0x58 && i->op <= 0x5f)
		set_taint(s, i->op & 7, true, false);
	else if ((i->op == 0x31 || i->op == 0x33) && !i->memory && i->reg == i->rm)
		set_taint(s, i->reg, false, false);
	else if (lint_is_call(i))
		s->tainted &= (uint8_t)~CLOBBERED;
}

/* ---- esp ---- */

static bool is_push(const struct lint_insn *i)
{
	return (i->op >= 0x50 && i->op <= 0x57) || i->op == 0x68 || i->op == 0x6a ||
	       i->op == 0x9c || i->op == 0x06 || i->op == 0x0e || i->op == 0x16 || i->op == 0x1e ||
	       i->op == 0x0fa0 || i->op == 0x0fa8 || (i->op == 0xff && i->reg == 6);
}

static bool is_pop(const struct lint_insn *i)
{
	return (i->op >= 0x58 && i->op <= 0x5f) || i->op == 0x9d || i->op == 0x07 ||
	       i->op == 0x17 || i->op == 0x1f || i->op == 0x0fa1 || i->op == 0x0fa9 ||
	       (i->op == 0x8f && i->reg == 0);
}

int32_t lint_moves_esp(const struct lint_insn *i)
{
	int32_t word = i->width == 2 ? 2 : 4;

	if (is_push(i) || is_pop(i))
		return is_push(i) ? -word : word;
	if (i->op == 0x60 || i->op == 0x61)
		return i->op == 0x60 ? -8 * word : 8 * word;
	if ((i->op == 0x81 || i->op == 0x83) && !i->memory && i->rm == LINT_ESP)
		return i->reg == 0 ? (int32_t)i->imm : i->reg == 5 ? -(int32_t)i->imm : 0;
	if (i->op == 0x8d && i->reg == LINT_ESP && i->base == LINT_ESP && i->index == LINT_NONE)
		return i->disp;
	return 0;
}

/* Does it put something else into esp? */
static bool sets_esp(const struct lint_insn *i)
{
	return (i->op == 0x8b && i->reg == LINT_ESP) ||
	       (i->op == 0x89 && !i->memory && i->rm == LINT_ESP) ||
	       (i->op == 0x8d && i->reg == LINT_ESP && i->base != LINT_ESP);
}

static void follow_esp(struct lint_state *s, const struct lint_insn *i)
{
	if (!sets_esp(i)) {
		s->level += lint_moves_esp(i);
		return;
	}
	/* From a word that lies at a fixed distance from esp: the top of the task's own stack. */
	s->base = i->memory && i->base == LINT_ESP ? LINT_TOP : LINT_LOST;
	s->level = 0;
	s->lost_at = s->base == LINT_LOST ? i->addr : 0;
}

/* ---- one step ---- */

static void stale(struct lint_state *s, uint32_t at)
{
	if (s->fresh || !s->stale_at)
		s->stale_at = at;
	s->fresh = false;
}

/* Is it the sti that acts behind the sysexit next to it? */
static bool before_sysexit(const struct lint_image *img, const struct lint_insn *i)
{
	struct lint_insn next;

	return lint_decode(img, lint_next(i), &next) && next.op == 0x0f35;
}

static void follow_interrupts(const struct lint_image *img, struct lint_state *s,
			      const struct lint_insn *i)
{
	if (i->op == 0xfa) {
		s->interrupts = false;
	} else if ((i->op == 0xfb && !before_sysexit(img, i)) || i->op == 0x9d) {
		s->interrupts = true;
		stale(s, i->addr);
	} else if (lint_is_call(i)) {
		s->interrupts = true;
		s->fresh = false;
		s->stale_at = i->addr;
	} else if (lint_loads_flags(i)) {
		s->fresh = !s->interrupts;
		s->stale_at = s->fresh ? 0 : i->addr;
	}
}

/* Conditional jumps: what each way tells of what was compared before it. */
static void branch(struct lint_ways *w, const struct lint_state *before, const struct lint_insn *i)
{
	unsigned condition = i->op & 15;
	struct lint_state taken = *before, passed = *before;

	taken.addr = lint_target(i);
	passed.addr = lint_next(i);
	if (before->compared < LINT_NONE) {
		if (condition == 2 || condition == 6) /* below, below or equal */
			taken.bounded |= (uint8_t)(1u << before->compared);
		if (condition == 3 || condition == 7)
			passed.bounded |= (uint8_t)(1u << before->compared);
	}
	if (before->ring_tested && condition == 4)
		taken.into_kernel = true;
	taken.compared = passed.compared = LINT_NONE;
	taken.ring_tested = passed.ring_tested = false;
	lint_add_state(w, &taken);
	lint_add_state(w, &passed);
}

static void follow_compared(struct lint_state *s, const struct lint_insn *i)
{
	bool with_eax = i->op == 0x3d, with_rm = (i->op == 0x81 || i->op == 0x83) && i->reg == 7;
	uint32_t mask;

	s->compared = LINT_NONE;
	if ((with_eax || (with_rm && !i->memory)) && i->imm <= LINT_USER_END)
		s->compared = with_eax ? LINT_EAX : i->rm;
	s->ring_tested = lint_is_test(i, &mask) && mask == RING_TEST;
}

/* True: the way goes on behind the instruction, or where it jumps to. */
static bool goes_on(struct lint_ways *w, const struct lint_state *s, const struct lint_insn *i)
{
	switch (i->op) {
	case 0xcf: lint_way_out(w, s, true); return false;
	case 0x0f35: lint_way_out(w, s, false); return false;
	case 0x0f0b:
	case 0xf4:
	case 0xc3: return false;
	case 0xe8: return lint_returns(w->report->img, lint_target(i));
	default: return !(i->op == 0xff && i->reg == 4);
	}
}

static void step(struct lint_ways *w, size_t number)
{
	const struct lint_image *img = w->report->img;
	struct lint_state s = w->states[number];
	uint32_t fixup = lint_fixup(img, s.addr);
	struct lint_insn i;

	if (s.addr < img->entry || s.addr >= img->entry_end || !lint_decode(img, s.addr, &i))
		return;
	s.from = number;
	check_pointer(w, &s, &i);
	if (fixup) {
		struct lint_state at_fixup = s;

		at_fixup.addr = fixup;
		lint_add_state(w, &at_fixup);
	}
	if (!goes_on(w, &s, &i))
		return;
	if (lint_is_jcc(&i)) {
		branch(w, &s, &i);
		return;
	}
	follow_compared(&s, &i);
	follow_interrupts(img, &s, &i);
	follow_taint(&s, &i);
	follow_esp(&s, &i);
	s.addr = lint_is_jmp(&i) ? lint_target(&i) : lint_next(&i);
	lint_add_state(w, &s);
}

void lint_paths(struct lint_report *r)
{
	struct lint_ways w = { .report = r };
	uint32_t addr;

	for (size_t i = 0; i < LINT_BUCKETS; i++)
		w.bucket[i] = LINT_NO_STATE;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if (lint_symbol(r->img, entries[i].name, &addr))
			lint_add_state(&w,
				       &(struct lint_state){ .addr = addr,
							     .level = entries[i].level,
							     .base = entries[i].base,
							     .lost_at = addr,
							     .stale_at = addr,
							     .interrupts = entries[i].interrupts,
							     .tainted = 0xff & ~(1u << LINT_ESP),
							     .compared = LINT_NONE,
							     .from = LINT_NO_STATE });
	for (size_t i = 0; i < w.n && !r->failed; i++)
		step(&w, i);
	lint_stack(&w);
	free(w.states);
	free(w.edges);
	free(w.ends);
}
