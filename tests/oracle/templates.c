/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * templates.c: the instructions. Which flags one leaves open, and why, is the manual's
 * (volume 2, "Flags Affected"); flags(c, defines, open) says it for each.
 */
#include "tests/oracle/emitter.h"

#include <stdbool.h>

#define SZP (SF | ZF | PF)

/* ---- arithmetic ---- */

/* adc and sbb read CF; or, and, xor leave AF open. */
static void alu_flags(struct code *c, unsigned op)
{
	bool logic = op == 1 || op == 4 || op == 6;

	flags(c, STATUS, logic ? AF : 0);
}

static void alu(struct code *c)
{
	unsigned op = pick(c, 8), size = any_size(c), r = reg_of(c, size);
	struct operand o = any(c, size);

	if (op == 2 || op == 3)
		need(c, CF);
	begin(c, "alu");
	opcode(c, size, op << 3 | pick(c, 2) << 1);
	operand(c, o, r);
	alu_flags(c, op);
}

static void alu_immediate(struct code *c)
{
	unsigned op = pick(c, 8), size = any_size(c);
	struct operand o = any(c, size);
	bool small = size > 1 && pick(c, 2);

	if (op == 2 || op == 3)
		need(c, CF);
	begin(c, "alu $");
	opcode(c, size, small ? 0x82 : 0x80);
	operand(c, o, op);
	word(c, number(c), small ? 1 : size);
	alu_flags(c, op);
}

static void alu_accumulator(struct code *c)
{
	unsigned op = pick(c, 8), size = any_size(c);

	if (op == 2 || op == 3)
		need(c, CF);
	begin(c, "alu $,%eax");
	opcode(c, size, op << 3 | 4);
	word(c, number(c), size);
	alu_flags(c, op);
}

static void test(struct code *c)
{
	unsigned size = any_size(c), r = reg_of(c, size);
	struct operand o = any(c, size);
	bool immediate = pick(c, 2);

	begin(c, "test");
	opcode(c, size, immediate ? 0xf6 : 0x84);
	operand(c, o, immediate ? 0 : r);
	if (immediate)
		word(c, number(c), size);
	flags(c, STATUS, AF);
}

/* inc and dec keep CF; not touches no flag. */
static void inc_dec(struct code *c)
{
	unsigned size = any_size(c);
	struct operand o = any(c, size);

	if (pick(c, 3) == 0) {
		begin(c, "inc, dec r");
		byte(c, 0x40 + pick(c, 2) * 8 + reg(c));
	} else {
		begin(c, "inc, dec");
		opcode(c, size, 0xfe);
		operand(c, o, pick(c, 2));
	}
	flags(c, STATUS & ~CF, 0);
}

static void not_neg(struct code *c)
{
	unsigned size = any_size(c), neg = pick(c, 2);
	struct operand o = any(c, size);

	begin(c, neg ? "neg" : "not");
	opcode(c, size, 0xf6);
	operand(c, o, 2 + neg);
	if (neg)
		flags(c, STATUS, 0);
}

/* A product says in CF and OF whether it fits; the others are open. */
static void multiply(struct code *c)
{
	unsigned size = any_size(c);
	struct operand o = any(c, size);

	begin(c, "mul, imul");
	opcode(c, size, 0xf6);
	operand(c, o, 4 + pick(c, 2));
	flags(c, CF | OF, SZP | AF);
}

static void multiply_into(struct code *c)
{
	unsigned size = 2u << pick(c, 2), r = reg(c), form = pick(c, 3);
	struct operand o = any(c, size);

	begin(c, "imul r");
	if (form == 0) {
		opcode_0f(c, size, 0xaf);
		operand(c, o, r);
	} else {
		if (size == 2)
			byte(c, 0x66);
		byte(c, form == 1 ? 0x6b : 0x69);
		operand(c, o, r);
		word(c, number(c), form == 1 ? 1 : size);
	}
	flags(c, CF | OF, SZP | AF);
}

/* All six flags are open. The quotient fits: the upper half is smaller than the divisor. */
static void divide(struct code *c)
{
	unsigned size = any_size(c);
	uint32_t divisor = number(c) | 0x00808080u;

	set_reg(c, EBX, divisor);
	if (size == 1) {
		set_reg(c, EAX, (number(c) & 0xff) | pick(c, (divisor & 0xff)) << 8);
	} else {
		set_reg(c, EAX, number(c));
		set_reg(c, EDX, number(c) % (size == 2 ? divisor & 0xffff : divisor));
	}
	begin(c, "div");
	opcode(c, size, 0xf6);
	operand(c, direct(EBX), 6);
	flags(c, 0, STATUS);
}

/* Sign-extended dividends, and divisors that are neither 0 nor -1. */
static void divide_signed(struct code *c)
{
	unsigned size = any_size(c);

	set_reg(c, EAX, number(c));
	set_reg(c, EBX, 0x02020202 | (number(c) & 0xf3f3f3f3));
	begin(c, "cbw, cwd, cdq");
	if (size < 4)
		byte(c, 0x66);
	byte(c, size == 1 ? 0x98 : 0x99);
	begin(c, "idiv");
	opcode(c, size, 0xf6);
	operand(c, direct(EBX), 7);
	flags(c, 0, STATUS);
}

/* ---- decimal ---- */

static void decimal(struct code *c)
{
	static const uint8_t op[] = { 0x27, 0x2f, 0x37, 0x3f };
	unsigned i = pick(c, 4);

	need(c, AF | CF);
	begin(c, i < 2 ? "daa, das" : "aaa, aas");
	byte(c, op[i]);
	flags(c, STATUS, i < 2 ? OF : OF | SZP);
}

/* By any base, but not 0: aam divides. */
static void decimal_adjust(struct code *c)
{
	unsigned aad = pick(c, 2);

	begin(c, aad ? "aad" : "aam");
	byte(c, 0xd4 + aad);
	byte(c, pick(c, 3) ? 10 : 1 + pick(c, 255));
	flags(c, SZP, OF | AF | CF);
}

/* ---- shifts ---- */

/*
 * A count of 0 changes nothing. OF means something for a count of 1 alone. shl and shr out of
 * all bits leave CF open, every shift leaves AF open. Rotates touch only CF and OF.
 */
static void shift_flags(struct code *c, unsigned op, unsigned size, unsigned count)
{
	bool rotate = op < 4, shr_shl = !rotate && op != 7;
	uint32_t settled = rotate ? CF : CF | SZP;

	if (count == 0)
		return;
	flags(c, settled | (count == 1 ? OF : 0),
	      (count != 1 ? OF : 0) | (rotate ? 0 : AF) | (shr_shl && count >= 8 * size ? CF : 0));
}

static void shift(struct code *c)
{
	unsigned op = pick(c, 8), size = any_size(c), count = pick(c, 3) ? number(c) & 0xff : 1;
	struct operand o = any(c, size);
	bool by_one = count == 1 && pick(c, 2);

	if (op == 2 || op == 3)
		need(c, CF);
	begin(c, op < 4 ? "rotate $" : "shift $");
	opcode(c, size, by_one ? 0xd0 : 0xc0);
	operand(c, o, op);
	if (!by_one)
		byte(c, count);
	shift_flags(c, op, size, count & 31);
}

/* The count is not known here: what any count may leave open is open, and nothing is settled. */
static void shift_by_cl(struct code *c)
{
	unsigned op = pick(c, 8), size = any_size(c);
	struct operand o = any(c, size);

	if (op == 2 || op == 3)
		need(c, CF);
	begin(c, op < 4 ? "rotate %cl" : "shift %cl");
	opcode(c, size, 0xd2);
	operand(c, o, op);
	flags(c, 0, op < 4 ? OF : OF | AF | (size < 4 && op != 7 ? CF : 0));
}

/* Of words, counts beyond 16 leave the result open. */
static void shift_double(struct code *c)
{
	unsigned size = 2u << pick(c, 2), r = reg(c), count;
	struct operand o = any(c, size);

	count = size == 2 ? 1 + pick(c, 15) : number(c) & 31;
	begin(c, "shld, shrd $");
	opcode_0f(c, size, pick(c, 2) ? 0xa4 : 0xac);
	operand(c, o, r);
	byte(c, count);
	if (count)
		flags(c, CF | SZP | (count == 1 ? OF : 0), AF | (count == 1 ? 0 : OF));
}

static void shift_double_by_cl(struct code *c)
{
	unsigned r = reg(c);
	struct operand o = any(c, 4);

	begin(c, "shld, shrd %cl");
	opcode_0f(c, 4, pick(c, 2) ? 0xa5 : 0xad);
	operand(c, o, r);
	flags(c, 0, OF | AF);
}

/* ---- bits ---- */

/* CF is the bit; ZF stays, the others are open. */
static void bit_test(struct code *c)
{
	unsigned size = pick(c, 2) ? 4 : 2, op = pick(c, 4), form = pick(c, 3), r = reg(c);
	struct operand o;

	if (form == 0) {
		o = any(c, size);
		begin(c, "bt $");
		opcode_0f(c, size, 0xba);
		operand(c, o, 4 + op);
		byte(c, number(c));
	} else {
		/* In memory a bit number reaches far on both sides: it is kept small. */
		o = form == 1 ? direct(reg(c)) : absolute(place(c));
		if (form == 2)
			set_reg(c, r, pick(c, 2048) - 1024);
		begin(c, "bt");
		opcode_0f(c, size, 0xa3 + 8 * op);
		operand(c, o, r);
	}
	flags(c, CF, OF | SF | AF | PF);
}

/* The result is open where the source is 0, so it is not. Only ZF is settled. */
static void bit_scan(struct code *c)
{
	unsigned size = pick(c, 2) ? 4 : 2, from = reg(c), to = reg(c);

	begin(c, "or $");
	byte(c, 0x81);
	operand(c, direct(from), 1);
	word(c, 1u << (pick(c, 8 * size)), 4);
	begin(c, "bsf, bsr");
	opcode_0f(c, size, 0xbc + pick(c, 2));
	operand(c, direct(from), to);
	flags(c, ZF, STATUS & ~ZF);
}

static void byte_swap(struct code *c)
{
	begin(c, "bswap");
	byte(c, 0x0f);
	byte(c, 0xc8 + reg(c));
}

/* ---- moves ---- */

static void move(struct code *c)
{
	unsigned size = any_size(c), r = reg_of(c, size);
	struct operand o = any(c, size);

	begin(c, "mov");
	opcode(c, size, 0x88 + 2 * pick(c, 2));
	operand(c, o, r);
}

static void move_immediate(struct code *c)
{
	unsigned size = any_size(c);
	struct operand o = any(c, size);

	begin(c, "mov $,m");
	opcode(c, size, 0xc6);
	operand(c, o, 0);
	word(c, number(c), size);
}

static void move_absolute(struct code *c)
{
	unsigned size = any_size(c);

	begin(c, "mov m,%eax");
	opcode(c, size, 0xa0 + 2 * pick(c, 2));
	word(c, place(c), 4);
}

static void extend(struct code *c)
{
	unsigned wide = pick(c, 2), r = reg(c), size = wide ? 4 : 2u << pick(c, 2);
	struct operand o = wide ? (pick(c, 2) ? memory(c) : direct(reg(c))) : any(c, 1);

	begin(c, "movzx, movsx");
	opcode_0f(c, size == 2 ? 2 : 4, (pick(c, 2) ? 0xb6 : 0xbe) + wide);
	operand(c, o, r);
}

static void exchange(struct code *c)
{
	unsigned size = any_size(c), r = reg_of(c, size);
	struct operand o = any(c, size);

	begin(c, "xchg");
	if (pick(c, 4) == 0) {
		byte(c, 0x90 + reg(c));
	} else {
		opcode(c, size, 0x86);
		operand(c, o, r);
	}
}

static void exchange_add(struct code *c)
{
	unsigned size = any_size(c), r = reg_of(c, size);
	struct operand o = any(c, size);

	begin(c, "xadd");
	if (size == 2)
		byte(c, 0x66);
	byte(c, 0x0f);
	byte(c, 0xc0 + (size > 1));
	operand(c, o, r);
	flags(c, STATUS, 0);
}

/* Equal as often as not. */
static void compare_exchange(struct code *c)
{
	unsigned size = any_size(c), r = reg_of(c, size), equal = pick(c, 2);
	struct operand o = equal ? absolute(place(c)) : any(c, size);

	if (equal) {
		begin(c, "mov");
		byte(c, 0x8b);
		operand(c, o, EAX);
	}
	begin(c, "cmpxchg");
	if (size == 2)
		byte(c, 0x66);
	byte(c, 0x0f);
	byte(c, 0xb0 + (size > 1));
	operand(c, o, r);
	flags(c, STATUS, 0);
}

static void compare_exchange_8(struct code *c)
{
	struct operand o = absolute(place(c));
	uint32_t addr = (uint32_t)(o.bytes[1] | o.bytes[2] << 8 | o.bytes[3] << 16) |
			(uint32_t)o.bytes[4] << 24;

	if (pick(c, 2)) {
		begin(c, "mov");
		byte(c, 0x8b);
		operand(c, o, EAX);
		begin(c, "mov");
		byte(c, 0x8b);
		operand(c, absolute(addr + 4), EDX);
	}
	begin(c, "cmpxchg8b");
	byte(c, 0x0f);
	byte(c, 0xc7);
	operand(c, o, 1);
	flags(c, ZF, 0);
}

static void load_address(struct code *c)
{
	unsigned r = reg(c);
	struct operand o = memory(c);

	begin(c, "lea");
	if (pick(c, 4) == 0)
		byte(c, 0x66);
	byte(c, 0x8d);
	operand(c, o, r);
}

static void widen(struct code *c)
{
	begin(c, "cbw, cwd, cdq");
	if (pick(c, 2))
		byte(c, 0x66);
	byte(c, 0x98 + pick(c, 2));
}

static void translate(struct code *c)
{
	set_reg(c, EBX, place(c) & ~0xffu);
	begin(c, "xlat");
	byte(c, 0xd7);
}

const struct template templates[] = {
	{ "alu", alu },
	{ "alu", alu },
	{ "alu $", alu_immediate },
	{ "alu $,%eax", alu_accumulator },
	{ "test", test },
	{ "inc, dec", inc_dec },
	{ "not, neg", not_neg },
	{ "mul, imul", multiply },
	{ "imul r", multiply_into },
	{ "div", divide },
	{ "idiv", divide_signed },
	{ "daa, das, aaa, aas", decimal },
	{ "aam, aad", decimal_adjust },
	{ "shift, rotate $", shift },
	{ "shift, rotate %cl", shift_by_cl },
	{ "shld, shrd $", shift_double },
	{ "shld, shrd %cl", shift_double_by_cl },
	{ "bt, bts, btr, btc", bit_test },
	{ "bsf, bsr", bit_scan },
	{ "bswap", byte_swap },
	{ "mov", move },
	{ "mov $", move_immediate },
	{ "mov m,%eax", move_absolute },
	{ "movzx, movsx", extend },
	{ "xchg", exchange },
	{ "xadd", exchange_add },
	{ "cmpxchg", compare_exchange },
	{ "cmpxchg8b", compare_exchange_8 },
	{ "lea", load_address },
	{ "cbw, cwd, cdq", widen },
	{ "xlat", translate },
	{ "push", make_push },
	{ "pop", make_pop },
	{ "push, pop, 16 bits", make_push_word_pop_word },
	{ "pusha, popa", make_push_all },
	{ "pushf", make_push_flags },
	{ "popf", set_flags },
	{ "enter, leave", make_frame },
	{ "call", make_call_next },
	{ "setcc", make_set_on_condition },
	{ "cmovcc", make_move_on_condition },
	{ "jcc, loop, jecxz", make_jump_on_condition },
	{ "cmc, clc, stc, cld, std", make_one_flag },
	{ "lahf, sahf", make_flags_by_ah },
	{ "movs, stos, lods, cmps, scas", make_string },
	{ "nop", make_nothing },
};

size_t template_count(void)
{
	return sizeof(templates) / sizeof(templates[0]);
}
