/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * again.c: three shapes of the guest's code whose mutants proof.c could not judge, since they are about what a value is, not
 * where it goes.
 *
 * The mask of thread_info, esp & -THREAD_SIZE: all kernel stacks lie in one array, and a bit that no address in it has may
 * be in the mask or not.
 *
 * "Write what has changed" (guest.h): a word is tested, and only if a bit is set cleared and stored, or only if clear set and
 * stored. Whoever stores in the other case, too, stores what is there.
 *
 * A number that is loaded into a register that has it already, since the compiler did so before a jump.
 */
#include "tests/mutation/proof/proof.h"

#include "asm/abi.h"

#define ARITHMETIC_FLAGS 0x8d5u

/* ---- the mask ---- */

bool again_is_mask(const struct graph *g, const struct sim_insn *right, uint32_t wrong_imm)
{
	bool is_and = !right->map && (right->opcode == 0x25 ||
				      (right->opcode == 0x81 && (right->modrm & 0xf8) == 0xe0));
	uint32_t from = sim_image_symbol(&g->image, "stacks")->value;
	uint32_t varies = from ^ (from + NR_TASKS * THREAD_SIZE - 4);

	for (unsigned by = 1; by < 32; by *= 2) /* and each bit below the highest */
		varies |= varies >> by;
	return is_and && right->imm == -(uint32_t)THREAD_SIZE &&
	       !((right->imm ^ wrong_imm) & (varies | from) & ~3u);
}

/* ---- write what has changed ---- */

/* and $imm, %r, or or. */
struct change_of {
	bool is_and;
	uint8_t reg;
	uint32_t imm;
};

static bool is_change(const struct sim_insn *i, struct change_of *c)
{
	bool by_number = !i->map && (i->opcode == 0x81 || i->opcode == 0x83) && i->modrm >= 0xc0;
	uint8_t what = by_number ? i->modrm >> 3 & 7 : i->opcode == 0x25 ? 4 : 1;

	*c = (struct change_of){ what == 4, by_number ? i->modrm & 7 : EAX, i->imm };
	return (by_number && (what == 4 || what == 1)) ||
	       (!i->map && (i->opcode == 0x25 || i->opcode == 0x0d));
}

static bool is_move(const struct sim_insn *i, uint8_t opcode, uint8_t reg)
{
	return !i->map && !i->prefixes && i->opcode == opcode && sim_insn_memory(i) &&
	       (i->modrm >> 3 & 7) == reg;
}

static bool is_same_place(const struct sim_insn *a, const struct sim_insn *b)
{
	return a->base == b->base && a->index == b->index && a->disp == b->disp &&
	       (a->index == SIM_NO_REG || a->scale == b->scale);
}

/* test $imm, %r; of its lowest byte alone, too. */
static bool is_test(const struct sim_insn *i, uint8_t reg)
{
	if (i->map || i->prefixes)
		return false;
	if (i->opcode == 0xa8 || i->opcode == 0xa9)
		return reg == EAX;
	return (i->opcode == 0xf7 || (i->opcode == 0xf6 && reg < 4)) && i->modrm == (0xc0 | reg);
}

static uint32_t tested(const struct sim_insn *i)
{
	return i->opcode == 0xa8 || i->opcode == 0xf6 ? i->imm & 0xff : i->imm;
}

static bool before(const struct graph *g, uint32_t at, struct sim_insn *out)
{
	for (uint32_t size = 1; size < 16; size++)
		if (graph_node(g, at - size) && graph_node(g, at - size)->size == size)
			return graph_insn(g, at - size, out);
	return false;
}

static bool keeps(const struct sim_insn *i, uint8_t reg, const struct sim_insn *store)
{
	struct doing d = { .recording = true, .top = INT32_MIN };
	struct state s = { .pc = i->addr };

	return i->leaves == SIM_GOES_ON && !is_call(i) && !is_through(i, 2) && !i->writes &&
	       step(&s, i, &d) && !d.wrote_reg[reg] &&
	       (store->base == SIM_NO_REG || !d.wrote_reg[store->base]) &&
	       (store->index == SIM_NO_REG || !d.wrote_reg[store->index]);
}

static bool is_jumped_into(struct graph *g, uint32_t behind, uint32_t to)
{
	struct part *p = graph_part(g, to);
	struct sim_insn i;

	for (uint32_t at = p->addr; at < p->end; at++)
		if (graph_insn(g, at, &i) && (is_goto(&i) || i.leaves == SIM_JCC) &&
		    target_of(&i) > behind && target_of(&i) <= to)
			return true;
	return false;
}

/* The jump at `at` leaps over a store of what is there, changed as the test before it asks; *test is that. */
static bool leaps_over_store(struct graph *g, uint32_t at, struct sim_insn *test)
{
	struct sim_insn jump, change, store, load;
	struct change_of c;
	bool has_test = false;

	if (!graph_insn(g, at, &jump) || jump.map || (jump.opcode & 0xfe) != 0x74 ||
	    !graph_insn(g, at + jump.size, &change) || !is_change(&change, &c) ||
	    !graph_insn(g, change.addr + change.size, &store) || !is_move(&store, 0x89, c.reg) ||
	    target_of(&jump) != store.addr + store.size)
		return false;
	for (uint32_t from = at; before(g, from, &load); from = load.addr) {
		if (!has_test && is_test(&load, c.reg)) {
			*test = load;
			has_test = true;
		} else if (is_move(&load, 0x8b, c.reg)) {
			break;
		} else if (!keeps(&load, c.reg, &store)) {
			return false;
		}
	}
	if (!has_test || !is_move(&load, 0x8b, c.reg) || !is_same_place(&load, &store) ||
	    load.base == c.reg || is_jumped_into(g, load.addr, at))
		return false;
	if (c.is_and) /* je: only if a bit is set that is then cleared */
		return jump.opcode == 0x74 && !(~c.imm & ~tested(test));
	return jump.opcode == 0x75 && c.imm == tested(test) && !(c.imm & (c.imm - 1));
}

/* The jump behind a test, over what does not touch flags. */
static uint32_t jump_behind(const struct graph *g, const struct sim_insn *test)
{
	uint32_t at = test->addr + test->size;
	struct sim_insn i;

	for (unsigned n = 0; n < 4 && graph_insn(g, at, &i); n++, at += i.size)
		if (i.leaves == SIM_JCC)
			return at;
		else if (i.map || (i.opcode != 0x89 && i.opcode != 0x8b && i.opcode != 0x8d))
			break;
	return 0;
}

bool again_is_stored(struct graph *g, const struct mutant *m, const struct sim_insn *right,
		     uint32_t wrong_imm, struct state *s)
{
	struct sim_insn test, jump;
	uint32_t at = m->change.addr;

	if (rule_is_of_immediate(m->rule)) {
		at = jump_behind(g, right);
		if (!at || !leaps_over_store(g, at, &test) || test.addr != right->addr)
			return false;
		graph_insn(g, at, &jump);
		/* It is stored more often: whenever it was before, and when one of the new bits is set. */
		if (jump.opcode != 0x74 || (right->imm & ~wrong_imm))
			return false;
	} else if (m->rule != RULE_LEFT_OUT || !leaps_over_store(g, at, &test)) {
		return false;
	}
	graph_insn(g, at, &jump);
	s->pc = target_of(&jump);
	s->flags = ARITHMETIC_FLAGS;
	return true;
}

/* ---- a number that is there ---- */

static bool keeps_register(const struct sim_insn *i, uint8_t reg)
{
	struct doing d = { .recording = true, .top = INT32_MIN };
	struct state s = { .pc = i->addr };

	if (i->leaves == SIM_JCC)
		return true;
	return i->leaves == SIM_GOES_ON && !is_call(i) && !is_through(i, 2) && step(&s, i, &d) &&
	       !d.wrote_reg[reg];
}

bool again_is_loaded(struct graph *g, const struct sim_insn *right)
{
	struct sim_insn i;

	if (right->map || right->prefixes || (right->opcode & 0xf8) != 0xb8)
		return false;
	for (uint32_t at = right->addr; before(g, at, &i); at = i.addr) {
		if (!i.map && !i.prefixes && i.opcode == right->opcode && i.imm == right->imm)
			return !is_jumped_into(g, i.addr, right->addr);
		if (graph_part(g, i.addr) != graph_part(g, right->addr) ||
		    !keeps_register(&i, right->opcode & 7))
			return false;
	}
	return false;
}
