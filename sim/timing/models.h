/* SPDX-License-Identifier: GPL-2.0-only */
/* models.h: what the models share among themselves. */
#ifndef SIM_TIMING_MODELS_H
#define SIM_TIMING_MODELS_H

#include "sim/timing/timing.h"

/* What sim_insn.form holds: FORM_UNKNOWN is 0. */
enum sim_form {
#define FORM(name, text, depends) FORM_##name,
#include "sim/timing/forms.def"
#undef FORM
	SIM_FORMS
};

/* ---- the models, each in its file ---- */

extern const struct sim_timing_model sim_timing_i386dx;
extern const struct sim_timing_model sim_timing_i386dx_bus;
extern const struct sim_timing_model sim_timing_i386ex_bus;
extern const struct sim_timing_model sim_timing_i486;
extern const struct sim_timing_model sim_timing_p5;

/* ---- parts of i386dx that a model with a bus shares (i386.c) ---- */

/* All but what needs addresses: base, m, prefix, address, ring. */
enum sim_verdict sim_i386_base(const struct sim_timing_options *options,
			       const struct sim_retired *r, uint32_t clocks[SIM_CAUSES]);
void sim_i386_deliver(const struct sim_delivered *d, uint32_t clocks[SIM_CAUSES]);
/* How many bits of the multiplier the multiplier's early end has to go through: 3 and more. */
uint32_t sim_i386_early_out(uint32_t multiplier, bool is_signed);

/* ---- rows of clocks (rows.c) ---- */

/* When does a row's third figure hold? */
enum sim_row_when { SIM_WITHIN, SIM_BETWEEN, SIM_OUTSIDE };

struct sim_row {
	uint16_t real, same, ring; /* clocks; ring: between rings, or outside ring 0 */
	uint16_t other;            /* a branch not taken, a rep of no rounds; 0: no such figure */
	uint8_t each;              /* for each of sim_retired.value */
	uint8_t when;              /* enum sim_row_when */
	uint8_t own;               /* the model's: i386's m, p5's pipe */
	bool rule;
	const char *source; /* NULL: the CPU does not have it */
};

uint32_t sim_row_base(const struct sim_row *row, const struct sim_retired *r);
uint32_t sim_row_ring(const struct sim_row *row, const struct sim_retired *r); /* on top */
/* An exception or an interrupt, at the price of an int. */
void sim_row_deliver(const struct sim_row *row, const struct sim_delivered *d,
		     uint32_t clocks[SIM_CAUSES]);

/* ---- which registers an instruction uses (uses.c) ---- */

enum { SIM_USES_ESP = 1 << 4 };

/* A bit for each of eax, ecx, edx, ebx, esp, ebp, esi, edi. Part of a register is all of it. */
struct sim_uses {
	uint8_t read, written; /* not for addresses; not esp by `stack` */
	uint8_t address;       /* to form an address */
	bool stack;            /* the stack pointer leads it, and is moved by the way */
};

/* `read` holds of instructions that are no more than a load, a store, an ALU operation, a
 * shift, a push, a pop or a near jump. */
struct sim_uses sim_insn_uses(const struct sim_insn *insn);

/* ---- simd.c: of an MMX, SSE or SSE2 instruction's operand in memory ---- */

uint32_t sim_simd_size(const struct sim_insn *i);
bool sim_simd_writes(const struct sim_insn *i);

#endif
