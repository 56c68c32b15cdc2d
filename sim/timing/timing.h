/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing.h: clocks. The CPU executes; a *model* prices what was retired, instruction by
 * instruction, and says for each clock what it was spent on. A model knows neither the engine
 * nor the blocks it runs in: it gets decoded instructions (insn.c), what they are called in a
 * manual (forms.def) and what happened to them. Who feeds it is sim/counting/clock.c; what it may say
 * and where its figures come from: docs/timing.md.
 */
#ifndef SIM_TIMING_TIMING_H
#define SIM_TIMING_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_regs;

/* ---- causes ---- */

/* What a clock was spent on. The order is the public header's. */
enum sim_cause {
	SIM_BASE,     /* the instruction itself, same ring, operands at hand */
	SIM_M,        /* a transfer: components of the instruction executed next */
	SIM_PREFIX,   /* decoding prefixes */
	SIM_ADDRESS,  /* forming an address: base + index + displacement; waiting for a register */
	SIM_PREFETCH, /* waiting for instruction bytes */
	SIM_BUS,      /* waiting for the bus with an operand; wait states */
	SIM_MISALIGN, /* further bus cycles of an operand that crosses a bus word */
	SIM_TLB,      /* walking the page tables */
	SIM_RING,     /* more than the same thing costs within a ring */
	SIM_PAIRING,  /* the second of a pair is the longer one */
	SIM_MISPREDICT,
	SIM_CAUSES
};

/* ---- an instruction, decoded (insn.c) ---- */

#define SIM_NO_REG 0xff

enum {                        /* sim_insn.flags */
       SIM_INSN_OPSIZE = 1,   /* 66 */
       SIM_INSN_ADDRSIZE = 2, /* 67 */
       SIM_INSN_SEGMENT = 4,
       SIM_INSN_LOCK = 8,
       SIM_INSN_REP = 16, /* f3 or f2 */
       SIM_INSN_MODRM = 32,
       SIM_INSN_SIB = 64,
       SIM_INSN_UNKNOWN = 128, /* it has no form */
};

/* How it leaves. */
enum sim_leaves {
	SIM_GOES_ON,
	SIM_JCC,  /* short or near; also loop and jcxz */
	SIM_JUMP, /* jmp, call, ret within the segment */
	SIM_GATE, /* int, int3, into, iret, far transfers, sysenter, sysexit: looks at the rings */
};

struct sim_insn {
	uint32_t addr;
	uint8_t size;     /* bytes, with prefixes */
	uint8_t prefixes; /* bytes */
	uint8_t flags;
	uint8_t rep;    /* f2, f3: the last of them; 0 */
	uint8_t map;    /* 0: one opcode byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
	uint8_t opcode; /* the last opcode byte */
	uint8_t modrm, sib;
	uint8_t disp_size,
		imm_size;           /* bytes; a branch's distance is a displacement, as in moffs; an
				      * enter's two and a far pointer's are one immediate */
	uint8_t components;         /* as m counts: each byte but those of displacement and
				      * immediate, which count one each */
	uint8_t operand_size;       /* bytes of a "v" operand: 2, 4 */
	uint8_t address_size;       /* 2, 4 */
	uint8_t base, index, scale; /* of the memory operand, registers 0-7 or SIM_NO_REG */
	uint8_t segment;            /* of the memory operand: 0 es 1 cs 2 ss 3 ds 4 fs 5 gs */
	uint8_t leaves;             /* enum sim_leaves */
	uint32_t disp;              /* sign-extended */
	uint32_t imm;               /* the same; of an immediate of more than 4 bytes the first 4 */
	uint16_t form;              /* forms.def */
	uint8_t reads, writes;      /* words of operands in memory, the stack's among them; a rep's
				     * of each round */
	bool wide;                  /* of four bytes each; else of two or one */
};

/* Of `size` bytes, no fewer than a whole instruction has. */
void sim_insn_decode(const uint8_t *code, size_t size, uint32_t addr, bool bits16,
		     struct sim_insn *out);
static inline bool sim_insn_memory(const struct sim_insn *i)
{
	return (i->flags & SIM_INSN_MODRM) && i->modrm < 0xc0;
}

/* ---- forms: what manuals give one line of clocks (forms.c, forms.def) ---- */

/* What the clocks of a form depend on besides its bytes. */
enum sim_depends {
	SIM_ON_NOTHING,
	SIM_ON_ROUNDS,     /* a rep: the times the string operation was done */
	SIM_ON_MULTIPLIER, /* the r/m operand, to 32 bits sign-extended (imul) or zero-extended */
	SIM_ON_SOURCE,     /* bsf, bsr: the r/m operand */
	SIM_ON_COUNT,      /* shifts and rotates by cl: cl */
	SIM_ON_SEGMENTS,   /* iret to an outer ring: how many of ds, es, fs, gs are null */
};

#define SIM_FORMS_MAX 512
uint16_t sim_form_of(const struct sim_insn *insn); /* called once by sim_insn_decode */
const char *sim_form_name(uint16_t form);          /* "mov r,m" */
enum sim_depends sim_form_depends(uint16_t form);

/* ---- what happened to it ---- */

#define SIM_ACCESSES 3

struct sim_access {
	uint32_t addr;
	uint16_t size; /* several words in a row may be one */
	bool write;
	bool down; /* a string's: the next round lies below */
};

struct sim_retired {
	const struct sim_insn *insn;
	const struct sim_insn *next; /* executed next; NULL: not known, or nothing is */
	uint8_t ahead;               /* not taken: so many are known there, one behind the other */
	bool taken;                  /* what comes next is not what lies behind it */
	bool interrupted;            /* a rep, by a fault: it begins anew behind that */
	bool real;                   /* real mode */
	uint8_t ring, next_ring;     /* CPL before and behind it */
	uint32_t value;              /* enum sim_depends */
	uint8_t accesses;            /* operands in memory, in order; 0 unless the model asked */
	struct sim_access access[SIM_ACCESSES];
};

/*
 * What an instruction will read and write with these registers, in order (access.c); of a
 * string instruction one round, the next being beside it. The bases of es, cs, ss, ds, fs, gs.
 * What the CPU does on its own for a gate, a descriptor or a TSS is not among it, nor what an
 * int pushes; of an iret the three words that it always takes.
 */
unsigned sim_insn_accesses(const struct sim_insn *insn, const struct sim_regs *regs,
			   const uint32_t segment_base[6], struct sim_access out[SIM_ACCESSES]);

/* An exception or an interrupt from outside was delivered: no instruction retired. */
struct sim_delivered {
	uint8_t ring, next_ring;
	bool real;
};

/* ---- models ---- */

struct sim_timing_options {
	uint8_t cli;        /* 3, 8 or 9 */
	bool iret_state;    /* iret=state */
	bool misalign, tlb; /* these want addresses */
	bool infinite;      /* bandwidth=infinite: the bus never makes anybody wait */
	uint8_t wait;       /* wait states of each bus cycle */
};

#define SIM_TIMING_STATE 544 /* words; most of them the branch targets of a Pentium */

struct sim_timing {
	const struct sim_timing_model *model;
	struct sim_timing_options options;
	/* The model's own: flat, all zero at first, in each snapshot and digest. */
	uint32_t state[SIM_TIMING_STATE];
};

enum sim_verdict {
	SIM_PRICED,  /* by a documented row */
	SIM_RULED,   /* no documented clocks: by a rule that the form's row states */
	SIM_FOREIGN, /* the CPU does not have it: 0 clocks */
};

struct sim_timing_model {
	const char *name, *about;
	bool sysenter;     /* the CPU has it */
	uint8_t foresight; /* instructions behind one that its price depends on, beyond the next */
	bool stateless;    /* a price does not depend on what came before: sums may be kept;
			   * with the option tlb it does, see sim_timing_stateless */
	unsigned options;  /* which it knows: bits of enum sim_timing_option */
	/* Adds to `clocks`, whose sum is the price. */
	enum sim_verdict (*price)(struct sim_timing *t, const struct sim_retired *r,
				  uint32_t clocks[SIM_CAUSES]);
	void (*deliver)(struct sim_timing *t, const struct sim_delivered *d,
			uint32_t clocks[SIM_CAUSES]);
	/* The source of a form's clocks or the rule for it, one line; NULL: foreign. */
	const char *(*source)(uint16_t form);
};

enum sim_timing_option {
	SIM_OPTION_CLI = 1,
	SIM_OPTION_IRET = 2,
	SIM_OPTION_MISALIGN = 4,
	SIM_OPTION_TLB = 8,
	SIM_OPTION_BANDWIDTH = 16,
	SIM_OPTION_WAIT = 32,
};

static inline bool sim_timing_stateless(const struct sim_timing *t)
{
	return t->model->stateless && !t->options.tlb;
}

/* NULL beyond the last (models.c). */
const struct sim_timing_model *sim_timing_at(size_t index);
/* "i386dx,iret=state,cli=9". False: `why` says what is wrong with which part. */
bool sim_timing_parse(const char *text, struct sim_timing *out, char *why, size_t why_size);

#endif
