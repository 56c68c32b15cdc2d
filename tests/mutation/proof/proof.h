/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proof.h: mutants that need no test, since it can be proven that nobody tells them. A changed instruction leaves a
 * difference between the right kernel and the wrong one: bits of registers, flags, words of the kernel's stack. That is followed
 * on every way that goes on from there, into calls and out of them (proof.c); where it has vanished the two kernels are the
 * same again. As soon as it could matter -- a jump depends on it, an address, a word of memory that is not the function's own,
 * what the host is told, or an instruction that step.c does not know -- there is no proof. What is taken for granted:
 * interrupts and faults give back what they find, and nobody looks at registers and stack of a kernel while it runs; a function
 * that is called by its address reads eax, ecx, edx and its arguments, as compiled ones do.
 */
#ifndef TESTS_MUTATION_PROOF_H
#define TESTS_MUTATION_PROOF_H

#include "sim/sim.h"
#include "sim/timing/timing.h"
#include "tests/mutation/rules.h"

enum { PROOF_SLOTS = 6, PROOF_DEPTH = 10, EAX = 0, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

/* One value in both kernels: which bits may differ; known: it is `right` in the one and `wrong` in the other. */
struct differs {
	uint32_t bits;
	uint32_t known;
	uint32_t right, wrong;
};

/* A word of the stack that differs. */
struct slot {
	int32_t at;
	struct differs value;
};

/* All that differs at an instruction. Addresses of the stack are counted from where the function that has the mutant was entered. */
struct state {
	uint32_t pc;
	int32_t esp;
	uint32_t flags;   /* bits of EFLAGS */
	uint32_t exposed; /* a pointer may lead to one of the slots */
	struct differs reg[8];
	uint32_t slots, depth;
	struct slot slot[PROOF_SLOTS];
	uint32_t back[PROOF_DEPTH]; /* where the calls on the way return to */
};

/* ---- graph.c: a kernel's code ---- */

#define NO_LEVEL INT32_MIN

struct node {
	uint8_t size;  /* 0: no instruction begins here */
	bool is_start; /* of a function */
	uint16_t function;
	int32_t level; /* esp, from where its function was entered; NO_LEVEL: not known */
};

struct part { /* a function */
	uint32_t addr, end;
	bool exposes;      /* takes addresses of its stack */
	bool by_address;   /* its own is taken */
	bool never;        /* the host takes over where it is returned to */
	uint32_t *returns; /* where it may return to, if that was asked; */
	uint32_t nreturns;
	bool asked, known;
};

struct graph {
	struct sim_image image;
	uint32_t from, end;
	struct node *nodes; /* by address */
	struct part *parts;
	uint32_t nparts;
	uint32_t table, table_end; /* of exceptions */
};

void graph_open(struct graph *g, uint32_t kernel);
bool graph_insn(const struct graph *g, uint32_t addr, struct sim_insn *out);
const struct node *graph_node(const struct graph *g, uint32_t addr); /* NULL: none */
/* The function of an instruction. */
struct part *graph_part(struct graph *g, uint32_t addr);
/* Fills in `returns`; false: there are too many. */
bool graph_returns(struct graph *g, struct part *p);
/* Where an instruction that faults goes on; 0: it does not fault. */
uint32_t graph_fixup(const struct graph *g, uint32_t addr);

static inline uint32_t target_of(const struct sim_insn *i)
{
	return i->addr + i->size + i->disp;
}

static inline bool is_ret(const struct sim_insn *i)
{
	return !i->map && i->opcode == 0xc3;
}

static inline bool is_call(const struct sim_insn *i)
{
	return !i->map && i->opcode == 0xe8;
}

static inline bool is_goto(const struct sim_insn *i)
{
	return !i->map && (i->opcode == 0xe9 || i->opcode == 0xeb);
}

static inline bool is_through(const struct sim_insn *i, uint8_t what) /* 2: call, 4: jmp */
{
	return !i->map && i->opcode == 0xff && (i->modrm >> 3 & 7) == what;
}

/* ---- step.c: one instruction ---- */

/* How it is changed in the mutant, and what it wrote. */
struct doing {
	struct differs imm; /* its immediate */
	bool moved;         /* its memory operand lies `by` bytes elsewhere */
	int32_t by;
	bool condition; /* its setcc has another condition */
	bool recording;
	bool exposes; /* see struct part */
	int32_t top;  /* of its function's own stack */
	uint32_t wrote_reg[8], wrote_flags, slots;
	int32_t wrote[2];
};

/* Any but jumps, calls and returns. False: a difference matters, or that cannot be said. */
bool step(struct state *s, const struct sim_insn *i, struct doing *d);
bool step_condition(const struct state *s,
		    uint8_t condition); /* the flags that it asks are the same */
bool state_set_slot(struct state *s, int32_t at, struct differs value);
struct differs state_slot(const struct state *s, int32_t at);
void state_drop_below(struct state *s); /* what lies below esp is nobody's */
static inline bool state_is_same(const struct state *s)
{
	uint32_t any = s->flags | s->slots;

	for (unsigned r = 0; r < 8; r++)
		any |= s->reg[r].bits;
	return !any;
}

/* ---- again.c ---- */

bool again_is_mask(const struct graph *g, const struct sim_insn *right, uint32_t wrong_imm);
/* It loads what is there. */
bool again_is_loaded(struct graph *g, const struct sim_insn *right);
/* Only that the same is stored again; *s is what differs behind it. */
bool again_is_stored(struct graph *g, const struct mutant *m, const struct sim_insn *right,
		     uint32_t wrong_imm, struct state *s);

/* ---- proof.c ---- */

/* Nobody can tell this mutant. */
bool proof_is_equal(const struct mutant *m);

#endif
