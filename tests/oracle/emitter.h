/* SPDX-License-Identifier: GPL-2.0-only */
/* emitter.h: how templates.c puts instructions together (generate.c). */
#ifndef TESTS_ORACLE_EMITTER_H
#define TESTS_ORACLE_EMITTER_H

#include "tests/oracle/generate.h"

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

struct template
{
	const char *name;
	void (*make)(struct code * c);
};
extern const struct template templates[];

/* In templates_flow.c. */
void make_push(struct code *c);
void make_pop(struct code *c);
void make_push_word_pop_word(struct code *c);
void make_push_all(struct code *c);
void make_push_flags(struct code *c);
void make_frame(struct code *c);
void make_call_next(struct code *c);
void make_set_on_condition(struct code *c);
void make_move_on_condition(struct code *c);
void make_jump_on_condition(struct code *c);
void make_one_flag(struct code *c);
void make_flags_by_ah(struct code *c);
void make_string(struct code *c);
void make_nothing(struct code *c);

unsigned pick(struct code *c, unsigned n); /* below n */
/* Numbers with edges more often than chance has them. */
uint32_t number(struct code *c);
unsigned reg(struct code *c); /* any but esp */
unsigned reg_of(struct code *c, unsigned size);
unsigned any_size(struct code *c); /* 1, 2 or 4 */
uint32_t place(struct code *c);    /* in the scratch pages */

/* An instruction starts here, of a template of this name. */
void begin(struct code *c, const char *name);
void byte(struct code *c, unsigned b);
void word(struct code *c, uint32_t w, unsigned size);
/* The instruction leaves `now` open, and settles what it `defines`. */
void flags(struct code *c, uint32_t defines, uint32_t now);
/* An instruction that reads these flags comes next: they must mean something. */
void need(struct code *c, uint32_t wanted);
uint32_t condition_reads(unsigned cc);
void set_reg(struct code *c, unsigned r, uint32_t value);
void set_flags(struct code *c); /* push and popf */

/* A ModRM operand without its middle field. Making one may emit instructions that load its
 * registers: it comes before begin(). */
struct operand {
	uint8_t bytes[6];
	unsigned n;
};
struct operand absolute(uint32_t addr);
struct operand memory(struct code *c);
struct operand direct(unsigned r);
struct operand any(struct code *c, unsigned size); /* a register or memory */
void operand(struct code *c, struct operand o, unsigned field);

/* A prefix for words, and the opcode: the one for bytes, plus 1 for the larger. */
void opcode(struct code *c, unsigned size, unsigned op);
void opcode_0f(struct code *c, unsigned size, unsigned op);

#endif
