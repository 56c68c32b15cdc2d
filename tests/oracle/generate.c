/* SPDX-License-Identifier: GPL-2.0-only */
/* generate.c: see generate.h and emitter.h. What is generated is in templates.c. */
#include "tests/oracle/emitter.h"

#include <stdbool.h>
#include <string.h>

uint32_t random32(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(z >> 32);
}

unsigned pick(struct code *c, unsigned n)
{
	return random32(&c->random) % n;
}

/* Numbers with edges more often than chance has them. */
uint32_t number(struct code *c)
{
	static const uint32_t edges[] = { 0,      1,      0x7f,       0x80,       0xff,      0x7fff,
					  0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff };

	if (pick(c, 3) == 0)
		return edges[pick(c, sizeof(edges) / sizeof(edges[0]))];
	return random32(&c->random) >> (pick(c, 4) == 0 ? pick(c, 32) : 0);
}

/* Any register but the stack's. */
unsigned reg(struct code *c)
{
	unsigned r = pick(c, 7);

	return r >= ESP ? r + 1 : r;
}

/* ---- instructions ---- */

void byte(struct code *c, unsigned b)
{
	c->bytes[c->size++] = (uint8_t)b;
}

void word(struct code *c, uint32_t w, unsigned size)
{
	memcpy(c->bytes + c->size, &w, size);
	c->size += size;
}

void begin(struct code *c, const char *name)
{
	c->name[c->size] = name;
	c->undefined[c->size] = c->open;
	c->insns++;
}

/* The instruction leaves `now` open, and settles what it `defines`. */
void flags(struct code *c, uint32_t defines, uint32_t now)
{
	c->open = (c->open & ~defines) | now;
}

void set_reg(struct code *c, unsigned r, uint32_t value)
{
	begin(c, "mov $");
	byte(c, 0xb8 + r);
	word(c, value, 4);
}

/* An instruction that reads these flags comes next: they must mean something. */
void need(struct code *c, uint32_t wanted)
{
	if (!(c->open & wanted))
		return;
	begin(c, "cmp"); /* settles all six */
	byte(c, 0x39);
	byte(c, 0xc0 | reg(c) << 3 | reg(c));
	c->open = 0;
}

uint32_t condition_reads(unsigned cc)
{
	static const uint32_t reads[] = { OF, CF, ZF, CF | ZF, SF, PF, SF | OF, ZF | SF | OF };

	return reads[cc >> 1];
}

uint32_t place(struct code *c)
{
	return SCRATCH + 256 + pick(c, SCRATCH_SIZE - 512); /* also across the middle's page end */
}

struct operand absolute(uint32_t addr)
{
	struct operand o = { { 0x05 }, 5 };

	memcpy(o.bytes + 1, &addr, 4);
	return o;
}

/* In the scratch pages, in every form of address; registers are set for it first. */
struct operand memory(struct code *c)
{
	uint32_t addr = place(c), disp = pick(c, 2) ? (uint32_t)(int8_t)number(c) : number(c);
	struct operand o = { { 0 }, 0 };
	unsigned base = reg(c), index = reg(c), scale = pick(c, 4);
	bool small = disp + 128 < 256;

	if (pick(c, 4) == 0)
		return absolute(addr);
	o.bytes[o.n++] = (uint8_t)(small ? 0x40 : 0x80);
	if (pick(c, 2) && index != base) {
		uint32_t i = number(c);

		set_reg(c, index, i);
		set_reg(c, base, addr - disp - (i << scale));
		o.bytes[0] |= 4;
		o.bytes[o.n++] = (uint8_t)(scale << 6 | index << 3 | base);
	} else {
		set_reg(c, base, addr - disp);
		o.bytes[0] |= (uint8_t)base;
	}
	memcpy(o.bytes + o.n, &disp, small ? 1 : 4);
	o.n += small ? 1 : 4;
	return o;
}

struct operand direct(unsigned r)
{
	return (struct operand){ { (uint8_t)(0xc0 | r) }, 1 };
}

/* A register of `size` bytes (of which 1 has eight others), or memory. */
struct operand any(struct code *c, unsigned size)
{
	if (pick(c, 3) == 0)
		return memory(c);
	return direct(size == 1 ? pick(c, 8) : reg(c));
}

void operand(struct code *c, struct operand o, unsigned field)
{
	o.bytes[0] |= (uint8_t)(field << 3);
	memcpy(c->bytes + c->size, o.bytes, o.n);
	c->size += o.n;
}

unsigned any_size(struct code *c)
{
	return 1u << pick(c, 3);
}

/* The opcode for words and doublewords is the one for bytes plus 1. */
void opcode(struct code *c, unsigned size, unsigned op)
{
	if (size == 2)
		byte(c, 0x66);
	byte(c, op + (size > 1));
}

void opcode_0f(struct code *c, unsigned size, unsigned op)
{
	if (size == 2)
		byte(c, 0x66);
	byte(c, 0x0f);
	byte(c, op);
}

unsigned reg_of(struct code *c, unsigned size)
{
	return size == 1 ? pick(c, 8) : reg(c);
}

void set_flags(struct code *c)
{
	begin(c, "push $");
	byte(c, 0x68);
	word(c, (random32(&c->random) & (STATUS | DF | ID)) | 0x202, 4);
	begin(c, "popf");
	byte(c, 0x9d);
	flags(c, STATUS | ID, 0);
}

void generate(struct code *c, uint64_t seed, unsigned n)
{
	memset(c, 0, sizeof(*c));
	c->random = seed;
	c->open = STATUS | ID; /* up to the popf */
	set_reg(c, ESP, STACK + STACK_SIZE / 2);
	set_flags(c);
	for (unsigned r = EAX; r <= EDI; r++)
		if (r != ESP)
			set_reg(c, r, number(c));
	for (unsigned i = 0; i < n && c->size < CODE_SIZE - 200; i++)
		templates[pick(c, (unsigned)template_count())].make(c);
	begin(c, "end");
	byte(c, 0xeb); /* for ever: the end is a breakpoint here */
	byte(c, 0xfe);
}
