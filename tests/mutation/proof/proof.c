/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proof.c: follows what a changed instruction makes different (proof.h), until it is gone on every way, or there is no proof.
 */
#include "tests/mutation/proof/proof.h"

#include <stdlib.h>
#include <string.h>

enum { STATES_MAX = 4000, BUCKETS = 4096 };

struct search {
	struct graph *g;
	struct state *list; /* all that were met: those from `next` on are still to be looked at */
	uint32_t n, next;
	uint16_t bucket[BUCKETS]; /* 1 + the last one there */
	uint16_t same_bucket[STATES_MAX];
};

static uint32_t bucket_of(const struct state *s)
{
	const uint8_t *bytes = (const uint8_t *)s;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(*s); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return (hash ^ hash >> 16) % BUCKETS;
}

/* False: these are too many. */
static bool go_on(struct search *f, const struct state *s)
{
	uint32_t bucket = bucket_of(s);

	if (state_is_same(s))
		return true;
	for (uint16_t k = f->bucket[bucket]; k; k = f->same_bucket[k - 1])
		if (memcmp(&f->list[k - 1], s, sizeof(*s)) == 0)
			return true;
	if (f->n == STATES_MAX)
		return false;
	f->same_bucket[f->n] = f->bucket[bucket];
	f->list[f->n++] = *s;
	f->bucket[bucket] = (uint16_t)f->n;
	return true;
}

/* ---- ways ---- */

/* Into another function; its pointers may lead to what it is given on the stack. */
static bool go_to(struct search *f, struct state s, uint32_t addr)
{
	if (!graph_node(f->g, addr))
		return false;
	if (s.slots && graph_part(f->g, addr) != graph_part(f->g, s.pc) &&
	    graph_part(f->g, addr)->exposes)
		s.exposed = true;
	s.pc = addr;
	return go_on(f, &s);
}

static bool call(struct search *f, struct state s, const struct sim_insn *i)
{
	if (s.depth == PROOF_DEPTH || !state_set_slot(&s, s.esp - 4, (struct differs){ 0 }))
		return false;
	s.esp -= 4;
	s.back[s.depth++] = i->addr + i->size;
	return go_to(f, s, target_of(i));
}

/* By its address: it reads eax, ecx, edx and its arguments, changes what it likes, and comes back. */
static bool call_through(struct search *f, struct state s, const struct sim_insn *i)
{
	bool reads =
		s.reg[EAX].bits | s.reg[ECX].bits | s.reg[EDX].bits | s.reg[EBP].bits | s.slots;

	return !reads && !sim_insn_memory(i) && !s.reg[i->modrm & 7].bits &&
	       go_to(f, s, i->addr + i->size);
}

static bool return_to(struct search *f, struct state s, uint32_t addr)
{
	if (graph_node(f->g, addr) && graph_part(f->g, addr)->never)
		return !s.reg[EAX].bits; /* which is all that the host takes (host.S) */
	return go_to(f, s, addr);
}

/* Behind the call that it was, or else wherever the function may have been called. */
static bool ret(struct search *f, struct state s)
{
	struct part *p = graph_part(f->g, s.pc);
	bool good;

	if (state_slot(&s, s.esp).bits)
		return false;
	s.esp += 4;
	state_drop_below(&s);
	if (s.depth) {
		uint32_t addr = s.back[--s.depth];

		s.back[s.depth] = 0;
		return return_to(f, s, addr);
	}
	good = graph_returns(f->g, p);
	for (uint32_t k = 0; good && k < p->nreturns; k++)
		good = return_to(f, s, p->returns[k]);
	return good;
}

/* The host is told eax and edx, and gives both back. */
static bool is_told(const struct state *s)
{
	return s->reg[EAX].bits || s->reg[EDX].bits || s->exposed;
}

/* One more instruction, and to all that may come next; false: it matters. */
static bool follow(struct search *f, const struct state *s)
{
	const struct node *n = graph_node(f->g, s->pc);
	uint32_t fixup = graph_fixup(f->g, s->pc);
	struct doing d = { .exposes = n->level == NO_LEVEL || graph_part(f->g, s->pc)->exposes,
			   .top = n->level == NO_LEVEL ? INT32_MIN : s->esp - n->level };
	struct state after = *s;
	struct sim_insn i;

	if (!graph_insn(f->g, s->pc, &i) || (fixup && !go_to(f, *s, fixup)))
		return false;
	if (is_ret(&i))
		return ret(f, after);
	if (is_call(&i))
		return call(f, after, &i);
	if (is_through(&i, 2))
		return call_through(f, after, &i);
	if (is_goto(&i))
		return go_to(f, after, target_of(&i));
	if (i.leaves == SIM_JCC) {
		bool known = (i.map == 0 && (i.opcode & 0xf0) == 0x70) || i.map == 1;

		return known && step_condition(s, i.opcode & 15) &&
		       go_to(f, after, target_of(&i)) && go_to(f, after, i.addr + i.size);
	}
	if (!i.map && i.opcode == 0xf4)
		return !is_told(s) && go_to(f, after, i.addr + i.size);
	return i.leaves == SIM_GOES_ON && step(&after, &i, &d) && go_to(f, after, i.addr + i.size);
}

static bool vanishes(struct graph *g, const struct state *begin)
{
	static struct search *f;
	bool good;

	if (!f) {
		f = malloc(sizeof(*f));
		f->list = malloc(STATES_MAX * sizeof(*f->list));
	}
	f->g = g;
	f->n = f->next = 0;
	memset(f->bucket, 0, sizeof(f->bucket));
	good = go_on(f, begin);
	while (good && f->next < f->n)
		good = follow(f, &f->list[f->next++]);
	return good;
}

/* ---- what the change makes different ---- */

/* What the right kernel's instruction wrote, and the wrong one's did not. */
static bool leave_out(struct state *s, const struct sim_insn *i, struct doing *d)
{
	d->recording = true;
	if (!step(s, i, d))
		return false;
	for (unsigned r = 0; r < 8; r++)
		s->reg[r] = (struct differs){ .bits = d->wrote_reg[r] };
	s->flags = d->wrote_flags;
	for (uint32_t k = 0; k < d->slots; k++) {
		s->exposed |= d->exposes || d->wrote[k] >= d->top;
		if (!state_set_slot(s, d->wrote[k], (struct differs){ .bits = 0xffffffff }))
			return false;
	}
	return !s->reg[ESP].bits;
}

static bool changes(struct state *s, const struct mutant *m, const struct sim_insn *right,
		    const struct sim_insn *wrong, struct doing *d)
{
	switch (m->rule) {
	case RULE_LEFT_OUT: return leave_out(s, right, d);
	case RULE_IMM_MORE:
	case RULE_IMM_LESS:
	case RULE_IMM_BIT:
		d->imm = (struct differs){ right->imm ^ wrong->imm, true, right->imm, wrong->imm };
		break;
	case RULE_DISP_MORE:
	case RULE_DISP_LESS:
	case RULE_DISP_BIT:
		d->moved = true;
		d->by = (int32_t)(wrong->disp - right->disp);
		break;
	case RULE_INVERTED:
	case RULE_WEAKER:
	case RULE_STRONGER: d->condition = true; break;
	default: return false;
	}
	return step(s, right, d);
}

static bool is_plain(const struct sim_insn *i)
{
	return i->leaves == SIM_GOES_ON && !is_call(i) && !is_through(i, 2);
}

bool proof_is_equal(const struct mutant *m)
{
	static struct graph *graphs[HOST_KERNELS];
	struct graph *g = graphs[m->change.kernel];
	uint32_t at = m->change.addr;
	const struct node *n;
	struct state s;
	struct sim_insn i, wrong;
	struct doing d = { 0 };

	if (!g) {
		g = graphs[m->change.kernel] = calloc(1, sizeof(*g));
		graph_open(g, m->change.kernel);
	}
	n = graph_node(g, at);
	if (!n || !graph_insn(g, at, &i) || graph_fixup(g, at))
		return false;
	sim_insn_decode(m->change.bytes, sizeof(m->change.bytes), at, false, &wrong);
	memset(&s, 0, sizeof(s));
	s.esp = n->level == NO_LEVEL ? 0 : n->level;
	if (rule_is_of_immediate(m->rule) && again_is_mask(g, &i, wrong.imm))
		return true;
	if (m->rule == RULE_LEFT_OUT && again_is_loaded(g, &i))
		return true;
	if (again_is_stored(g, m, &i, wrong.imm, &s))
		return vanishes(g, &s);
	if (!is_plain(&i))
		return false;
	s.pc = at;
	d.exposes = n->level == NO_LEVEL || graph_part(g, at)->exposes;
	d.top = n->level == NO_LEVEL ? INT32_MIN : 0;
	if (!changes(&s, m, &i, &wrong, &d))
		return false;
	s.pc = at + i.size;
	return graph_node(g, s.pc) && vanishes(g, &s);
}
