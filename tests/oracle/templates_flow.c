/* SPDX-License-Identifier: GPL-2.0-only */
/* templates_flow.c: the stack, conditions, EFLAGS and strings. See templates.c. */
#include "tests/oracle/emitter.h"

#include <stdbool.h>

#define SZP (SF | ZF | PF)

/* ---- the stack ---- */

void make_push(struct code *c)
{
	unsigned form = pick(c, 4);
	struct operand o = memory(c);

	begin(c, "push");
	if (form == 0) {
		byte(c, 0x50 + pick(c, 8)); /* esp, too: the value before */
	} else if (form == 1) {
		byte(c, 0x6a);
		byte(c, number(c));
	} else if (form == 2) {
		byte(c, 0x68);
		word(c, number(c), 4);
	} else {
		byte(c, 0xff);
		operand(c, o, 6);
	}
}

void make_pop(struct code *c)
{
	struct operand o = memory(c);

	begin(c, "pop");
	if (pick(c, 2)) {
		byte(c, 0x58 + reg(c));
	} else {
		byte(c, 0x8f);
		operand(c, o, 0);
	}
}

void make_push_word_pop_word(struct code *c)
{
	begin(c, "push, 16 bits");
	byte(c, 0x66);
	byte(c, 0x50 + reg(c));
	begin(c, "pop, 16 bits");
	byte(c, 0x66);
	byte(c, 0x58 + reg(c));
}

/* popa leaves the stack where it was, whatever pusha wrote for esp. */
void make_push_all(struct code *c)
{
	begin(c, "pusha");
	byte(c, 0x60);
	begin(c, "popa");
	byte(c, 0x61);
}

void make_push_flags(struct code *c)
{
	bool short_one = pick(c, 4) == 0;

	need(c, STATUS);
	begin(c, "pushf");
	if (short_one)
		byte(c, 0x66);
	byte(c, 0x9c);
	begin(c, "pop");
	if (short_one)
		byte(c, 0x66);
	byte(c, 0x58 + reg(c));
}

void make_frame(struct code *c)
{
	begin(c, "enter");
	byte(c, 0xc8);
	word(c, pick(c, 64), 2);
	byte(c, 0);
	begin(c, "leave");
	byte(c, 0xc9);
}

void make_call_next(struct code *c)
{
	begin(c, "call");
	byte(c, 0xe8);
	word(c, 0, 4);
	begin(c, "pop");
	byte(c, 0x58 + reg(c));
}

/* ---- conditions ---- */

void make_set_on_condition(struct code *c)
{
	unsigned cc = pick(c, 16);
	struct operand o = any(c, 1);

	need(c, condition_reads(cc));
	begin(c, "setcc");
	byte(c, 0x0f);
	byte(c, 0x90 + cc);
	operand(c, o, 0);
}

void make_move_on_condition(struct code *c)
{
	unsigned cc = pick(c, 16), r = reg(c), size = pick(c, 3) ? 4 : 2;
	struct operand o = any(c, size);

	need(c, condition_reads(cc));
	begin(c, "cmovcc");
	opcode_0f(c, size, 0x40 + cc);
	operand(c, o, r);
}

/* Over an instruction that touches no flag. */
void make_jump_on_condition(struct code *c)
{
	unsigned cc = pick(c, 16), loop = pick(c, 4);

	if (loop == 0) {
		begin(c, "loop, jecxz");
		byte(c, 0xe2 + pick(c, 2));
	} else {
		need(c, condition_reads(cc));
		begin(c, "jcc");
		byte(c, 0x70 + cc);
	}
	byte(c, 2);
	begin(c, "not");
	byte(c, 0xf7);
	byte(c, 0xd0 + reg(c));
}

/* ---- flags ---- */

void make_one_flag(struct code *c)
{
	static const struct {
		uint8_t op;
		uint32_t reads, settles;
	} ops[] = {
		{ 0xf5, CF, CF }, { 0xf8, 0, CF }, { 0xf9, 0, CF }, { 0xfc, 0, DF }, { 0xfd, 0, DF }
	};
	unsigned i = pick(c, 5);

	need(c, ops[i].reads);
	begin(c, i < 3 ? "cmc, clc, stc" : "cld, std");
	byte(c, ops[i].op);
	flags(c, ops[i].settles, 0);
}

void make_flags_by_ah(struct code *c)
{
	if (pick(c, 2)) {
		need(c, SZP | AF | CF);
		begin(c, "lahf");
		byte(c, 0x9f);
	} else {
		begin(c, "sahf");
		byte(c, 0x9e);
		flags(c, SZP | AF | CF, 0);
	}
}

/* ---- strings ---- */

void make_string(struct code *c)
{
	static const uint8_t ops[] = { 0xa4, 0xa6, 0xaa, 0xac, 0xae };
	unsigned op = ops[pick(c, 5)], size = any_size(c), rep = pick(c, 3), count = pick(c, 12);
	bool compares = op == 0xa6 || op == 0xae;
	uint32_t from = place(c), to = place(c);

	set_reg(c, ESI, from);
	set_reg(c, EDI, compares && pick(c, 2) ? from : to);
	if (rep)
		set_reg(c, ECX, count);
	if (op == 0xae && pick(c, 2))
		set_reg(c, EAX, 0);
	begin(c, compares ? "cmps, scas" : "movs, stos, lods");
	if (rep)
		byte(c, compares && rep == 2 ? 0xf2 : 0xf3);
	opcode(c, size, op);
	if (compares && (!rep || count))
		flags(c, STATUS, 0);
}

void make_nothing(struct code *c)
{
	begin(c, "nop");
	byte(c, 0x90);
}
