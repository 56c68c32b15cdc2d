/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flags.c: what the kernel does with thread_info.flags: does each mask hold the flags that
 * are asked for behind it, and is each flag cleared that keeps a task in the kernel?
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint/lint.h"

/* ---- the entry code with constant flags ---- */

enum zero { UNKNOWN, ZERO, NOT_ZERO };

struct step {
	uint32_t addr;
	uint8_t reg; /* holds `value`, which comes from the flags; LINT_NONE: none does */
	uint32_t value;
	enum zero zero; /* of the instruction before */
};

#define STEPS_MAX 4096

struct walk {
	const struct lint_image *img;
	uint32_t flags;
	uint32_t target; /* is it met behind the first step? */
	bool met, out;   /* out: an iret or sysexit is */
	size_t n;
	struct step steps[STEPS_MAX];
};

static void add(struct walk *w, struct step s, uint32_t addr)
{
	s.addr = addr;
	w->met |= w->n && addr == w->target;
	for (size_t i = 0; i < w->n; i++)
		if (w->steps[i].addr == s.addr && w->steps[i].reg == s.reg &&
		    w->steps[i].value == s.value && w->steps[i].zero == s.zero)
			return;
	if (w->n < STEPS_MAX)
		w->steps[w->n++] = s;
}

static bool keeps_zero(const struct lint_insn *i)
{
	return (i->op >= 0x88 && i->op <= 0x8f) || (i->op >= 0xb0 && i->op <= 0xbf) ||
	       (i->op >= 0x50 && i->op <= 0x5f) || i->op == 0xc6 || i->op == 0xc7 ||
	       i->op == 0x90 || i->op == 0xfa || i->op == 0xfb || lint_is_jmp(i);
}

/* The register that an instruction with an immediate works on; al and the like are eax. */
static uint8_t operand(const struct lint_insn *i)
{
	if (i->op == 0x24 || i->op == 0x25 || i->op == 0xa8 || i->op == 0xa9)
		return LINT_EAX;
	return i->memory || (i->width == 1 && i->rm > 3) ? LINT_NONE : i->rm;
}

/* The register that is written, of the moves. */
static uint8_t written(const struct lint_insn *i)
{
	if (i->op == 0x8b || i->op == 0x8d)
		return i->reg;
	if (i->op == 0x89 && !i->memory)
		return i->rm;
	return (i->op >= 0xb8 && i->op <= 0xbf) || (i->op >= 0x58 && i->op <= 0x5f) ? i->op & 7 :
										      LINT_NONE;
}

static void follow(const struct walk *w, struct step *s, const struct lint_insn *i)
{
	uint32_t mask;

	if (lint_is_call(i)) {
		s->reg = LINT_NONE;
		s->zero = UNKNOWN;
	} else if (lint_loads_flags(i) && lint_is_test(i, &mask)) {
		s->zero = w->flags & mask ? NOT_ZERO : ZERO;
	} else if (lint_loads_flags(i)) {
		s->reg = i->reg;
		s->value = w->flags;
	} else if ((lint_is_test(i, &mask) || lint_is_and(i, &mask)) && s->reg != LINT_NONE &&
		   operand(i) == s->reg) {
		s->zero = s->value & mask ? NOT_ZERO : ZERO;
		if (lint_is_and(i, &mask))
			s->value &= mask;
	} else if (!keeps_zero(i)) {
		s->zero = UNKNOWN;
	} else if (written(i) == s->reg) {
		s->reg = LINT_NONE;
	}
}

static void branch(struct walk *w, const struct step *s, const struct lint_insn *i)
{
	unsigned condition = i->op & 15; /* 4: equal, 5: not equal */
	bool decided = s->zero != UNKNOWN && (condition == 4 || condition == 5);
	bool taken = (s->zero == ZERO) == (condition == 4);

	if (!decided || taken)
		add(w, *s, lint_target(i));
	if (!decided || !taken)
		add(w, *s, lint_next(i));
}

/* All ways on which the flags stay what they are. */
static bool walk(struct walk *w, const struct lint_image *img, uint32_t from, uint32_t flags,
		 uint32_t target)
{
	*w = (struct walk){ .img = img, .flags = flags, .target = target };
	add(w, (struct step){ .reg = LINT_NONE }, from);
	for (size_t n = 0; n < w->n; n++) {
		struct step s = w->steps[n];
		struct lint_insn i;

		if (s.addr < img->entry || s.addr >= img->entry_end ||
		    !lint_decode(img, s.addr, &i))
			continue;
		if (i.op == 0xcf || i.op == 0x0f35) {
			w->out = true;
		} else if (lint_is_jcc(&i)) {
			branch(w, &s, &i);
		} else if (i.op != 0x0f0b &&
			   !(i.op == 0xe8 && !lint_returns(img, lint_target(&i)))) {
			follow(w, &s, &i);
			add(w, s, lint_is_jmp(&i) ? lint_target(&i) : lint_next(&i));
		}
	}
	return w->n < STEPS_MAX;
}

bool lint_leads_to(const struct lint_image *img, uint32_t from, uint32_t flags, uint32_t addr)
{
	struct walk *w = malloc(sizeof(*w));
	bool yes = w && walk(w, img, from, flags, addr) && w->met;

	free(w);
	return yes;
}

/* ---- what C code does to them ---- */

struct uses {
	uint32_t tested;  /* bits that are asked for */
	uint32_t cleared; /* bits that are cleared */
	bool unknown;     /* bits are cleared that no immediate names */
};

/* In the order of the code, since compilers keep a load, its use and the store together. */
struct use {
	uint8_t shifted[LINT_NONE + 1]; /* register n holds the flags, shifted so far ... */
	bool holds[LINT_NONE + 1];      /* ... if it does */
	uint32_t and [LINT_NONE + 1];   /* and only these bits of them */
	bool and_reg[LINT_NONE + 1];    /* and a register's bits */
};

static void forget(struct use *u, uint8_t reg)
{
	u->holds[reg] = false;
}

static void load(struct use *u, uint8_t reg)
{
	u->holds[reg] = true;
	u->shifted[reg] = 0;
	u->and[reg] = UINT32_MAX;
	u->and_reg[reg] = false;
}

static void copy(struct use *u, uint8_t to, uint8_t from)
{
	u->holds[to] = u->holds[from];
	u->shifted[to] = u->shifted[from];
	u->and[to] = u->and[from];
	u->and_reg[to] = u->and_reg[from];
}

static void use_immediate(struct use *u, struct uses *all, const struct lint_insn *i, uint32_t mask)
{
	uint8_t reg = operand(i);

	if (i->memory && lint_is_and(i, &mask) && i->base != LINT_ESP && i->disp == 8)
		all->cleared |= i->width == 1 ? ~mask & 0xff : ~mask;
	else if (i->memory && lint_loads_flags(i))
		all->tested |= mask;
	if (reg == LINT_NONE || !u->holds[reg])
		return;
	if (lint_is_and(i, &mask) && __builtin_popcount(mask) > 16)
		u->and[reg] &= mask; /* all but a few: they are being cleared */
	else
		all->tested |= (mask & u->and[reg]) << u->shifted[reg];
}

static void use_insn(struct use *u, struct uses *all, const struct lint_insn *i)
{
	uint32_t mask;

	if (lint_is_test(i, &mask) || lint_is_and(i, &mask)) {
		use_immediate(u, all, i, mask);
	} else if (lint_loads_flags(i)) {
		load(u, i->reg);
	} else if (lint_stores_flags(i) && u->holds[i->reg]) {
		all->cleared |= ~u->and [i->reg];
		all->unknown |= u->and_reg[i->reg];
	} else if (i->op == 0x89 && !i->memory) {
		copy(u, i->rm, i->reg);
	} else if (i->op == 0x8b && !i->memory) {
		copy(u, i->reg, i->rm);
	} else if (i->op == 0xc1 && i->reg == 5 && !i->memory && i->imm < 32) {
		u->shifted[i->rm] = (uint8_t)(u->shifted[i->rm] + i->imm);
	} else if ((i->op == 0x21 || i->op == 0x23) && !i->memory) {
		u->and_reg[i->op == 0x21 ? i->rm : i->reg] = true;
	} else if (lint_is_call(i)) {
		for (uint8_t reg = 0; reg < LINT_NONE; reg++)
			if (reg != LINT_EBP)
				forget(u, reg);
	} else if (written(i) != LINT_NONE) {
		forget(u, written(i));
	}
}

static struct uses uses_of(const struct lint_image *img, uint32_t from, uint32_t to)
{
	struct uses all = { 0 };
	struct use u = { .holds = { false } };
	struct lint_insn i;

	while (from < to && lint_decode(img, from, &i)) {
		use_insn(&u, &all, &i);
		from = lint_next(&i);
	}
	return all;
}

/* "NOTIFY_RESUME+0x4000" */
static const char *flags_text(uint32_t flags, char *buf, size_t size)
{
	return cli_flags_text(flags, buf, size);
}

/* ---- masks ---- */

/* The tests of the flags between an entry and its call of the table; what they ask for. */
static uint32_t entry_mask(const struct lint_image *img, uint32_t addr, struct lint_insn *first)
{
	struct lint_insn i;
	uint32_t mask, sum = 0;
	bool found = false;

	for (; addr < img->entry_end && lint_decode(img, addr, &i); addr = lint_next(&i)) {
		if (lint_is_call(&i) || i.op == 0xcf)
			break;
		if (!lint_loads_flags(&i) || !lint_is_test(&i, &mask))
			continue;
		sum |= mask;
		if (!found)
			*first = i;
		found = true;
	}
	return sum;
}

/* A step is reported at a call's entry if the entry stops for another reason; it asks for none. */
#define ASKS_NO_STOP ((uint32_t)SYSEMU_TIF_SINGLESTEP)

static void check_entry(struct lint_report *r, const char *entry)
{
	const struct lint_image *img = r->img;
	uint32_t at, start, end, trace, missing;
	struct lint_insn test = { .addr = 0 };
	char text[200];

	if (!lint_symbol(img, entry, &at) || !lint_symbol(img, "do_syscall_trace", &trace) ||
	    !lint_function(img, trace, &start, &end))
		return;
	missing = uses_of(img, start, end).tested & ~ASKS_NO_STOP & ~entry_mask(img, at, &test);
	if (!test.addr || !missing)
		return;
	lint_say(r, LINT_FINDING, "mask", test.addr,
		 "play --scenario E-SYSEMU scenarios/table.play",
		 "%s: %s: do_syscall_trace asks for 0x%" PRIx32 " (%s), %s", test.text, entry,
		 missing, flags_text(missing, text, sizeof(text)),
		 test.width < 4 && missing >> (8 * test.width) ?
			 "which an operand of this width does not hold" :
			 "which this mask does not have");
}

/* Tests behind the gates, of the flags in a register: their bits must have come through one. */
static void check_exit(struct lint_report *r)
{
	const struct lint_image *img = r->img;
	uint32_t gates = 0, mask, addr;
	bool flags[LINT_NONE + 1] = { false };
	struct lint_insn i;

	for (int round = 0; round < 2; round++) {
		for (addr = img->entry; addr < img->entry_end && lint_decode(img, addr, &i);
		     addr = lint_next(&i)) {
			bool test = lint_is_test(&i, &mask) || lint_is_and(&i, &mask);

			if (i.op == 0x8b)
				flags[i.reg] = lint_loads_flags(&i);
			if (!test || i.memory || operand(&i) != LINT_ECX)
				continue;
			if (flags[LINT_ECX] && !round)
				gates |= mask;
			else if (!flags[LINT_ECX] && round && (mask & ~gates))
				lint_say(r, LINT_FINDING, "mask", addr, "count --flags AUDIT",
					 "%s: no mask on the way out lets 0x%" PRIx32 " through",
					 i.text, mask & ~gates);
			flags[LINT_ECX] = false;
		}
	}
}

/* ---- loops ---- */

static void check_loop(struct lint_report *r, struct walk *w, const struct lint_insn *load,
		       const struct uses *all)
{
	uint32_t forever = 0;
	char text[200], see[120];
	const char *name = NULL;

	for (unsigned bit = 0; bit < 32; bit++)
		if (sysemu_tif_name(bit) && walk(w, r->img, load->addr, 1u << bit, load->addr) &&
		    w->met && !w->out && !(all->cleared >> bit & 1)) {
			forever |= 1u << bit;
			name = name ? name : sysemu_tif_name(bit);
		}
	if (!forever)
		return;
	snprintf(see, sizeof(see), "count --flags %s", name);
	lint_say(r, all->unknown ? LINT_NOTE : LINT_FINDING, "loop", load->addr, see,
		 "%s: the task comes back here for as long as it has 0x%" PRIx32 " (%s), which %s",
		 load->text, forever, flags_text(forever, text, sizeof(text)),
		 all->unknown ? "no instruction with an immediate clears" :
				"no instruction clears");
}

static void check_loops(struct lint_report *r)
{
	struct uses all = uses_of(r->img, r->img->entry_end, r->img->end);
	struct walk *w = malloc(sizeof(*w));
	struct lint_insn i;
	uint32_t mask, addr = r->img->entry;

	r->failed |= !w;
	for (; w && addr < r->img->entry_end && lint_decode(r->img, addr, &i); addr = lint_next(&i))
		if (lint_loads_flags(&i) && !lint_is_test(&i, &mask))
			check_loop(r, w, &i, &all);
	free(w);
}

void lint_flags(struct lint_report *r)
{
	check_entry(r, "system_call");
	check_entry(r, "sysenter_entry");
	check_exit(r);
	check_loops(r);
}
