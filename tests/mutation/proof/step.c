/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * step.c: what one instruction makes of a difference (proof.h). It knows those that compilers use; of any other it says that
 * it cannot tell.
 */
#include "tests/mutation/proof/proof.h"

#include <string.h>

enum {
	CF = 1,
	PF = 4,
	AF = 0x10,
	ZF = 0x40,
	SF = 0x80,
	OF = 0x800,
	ALL = CF | PF | AF | ZF | SF | OF
};

static const struct differs same;

static struct differs unlike(uint32_t bits)
{
	return (struct differs){ .bits = bits };
}

static uint32_t ones(uint8_t bytes)
{
	return bytes == 4 ? 0xffffffff : (1u << 8 * bytes) - 1;
}

/* From the lowest bit on: what carries. */
static uint32_t upwards(uint32_t bits)
{
	return bits ? ~((bits & -bits) - 1) : 0;
}

/* ---- the stack ---- */

struct differs state_slot(const struct state *s, int32_t at)
{
	for (uint32_t k = 0; k < s->slots; k++)
		if (s->slot[k].at == at)
			return s->slot[k].value;
	return same;
}

static void forget_slot(struct state *s, uint32_t k)
{
	s->slots--;
	memmove(&s->slot[k], &s->slot[k + 1], (s->slots - k) * sizeof(s->slot[0]));
	memset(&s->slot[s->slots], 0, sizeof(s->slot[0]));
	if (!s->slots)
		s->exposed = false;
}

/* In order, so that equal states are the same bytes. */
bool state_set_slot(struct state *s, int32_t at, struct differs value)
{
	uint32_t k = 0;

	while (k < s->slots && s->slot[k].at < at)
		k++;
	if (k < s->slots && s->slot[k].at == at) {
		if (value.bits)
			s->slot[k].value = value;
		else
			forget_slot(s, k);
		return true;
	}
	if (!value.bits)
		return true;
	if (s->slots == PROOF_SLOTS)
		return false;
	memmove(&s->slot[k + 1], &s->slot[k], (s->slots - k) * sizeof(s->slot[0]));
	s->slot[k] = (struct slot){ at, value };
	s->slots++;
	return true;
}

void state_drop_below(struct state *s)
{
	while (s->slots && s->slot[0].at < s->esp)
		forget_slot(s, 0);
}

/* ---- operands ---- */

struct operand {
	enum { REGISTER, SLOT, STACK, MEMORY } kind; /* STACK: somewhere in it */
	uint8_t bytes, reg;
	int32_t at;
	bool moved;  /* in the mutant it lies elsewhere, */
	bool mapped; /* where something is, too */
	int32_t by;
};

static struct operand register_(uint8_t reg, uint8_t bytes)
{
	return (struct operand){ .kind = REGISTER, .bytes = bytes, .reg = reg & 7 };
}

static bool differs_in(const struct state *s, uint8_t reg)
{
	return reg != SIM_NO_REG && s->reg[reg].bits;
}

/* False: its address is another. */
static bool operand_of(const struct state *s, const struct sim_insn *i, uint8_t bytes,
		       const struct doing *d, struct operand *out)
{
	*out = register_(i->modrm, bytes);
	if (!sim_insn_memory(i))
		return true;
	if (differs_in(s, i->base) || differs_in(s, i->index) || i->flags & SIM_INSN_ADDRSIZE)
		return false;
	out->kind = i->base != ESP ? MEMORY : i->index == SIM_NO_REG ? SLOT : STACK;
	out->at = s->esp + (int32_t)i->disp;
	out->moved = d->moved;
	out->by = d->by;
	out->mapped = out->kind == SLOT || (i->base == SIM_NO_REG && i->index == SIM_NO_REG &&
					    d->by >= -1 && d->by <= 1);
	return true;
}

static struct differs part_of(struct differs v, unsigned shift, uint8_t bytes)
{
	v.bits = v.bits >> shift & ones(bytes);
	v.right = v.right >> shift & ones(bytes);
	v.wrong = v.wrong >> shift & ones(bytes);
	return v.bits ? v : same;
}

static bool load(const struct state *s, const struct operand *o, struct differs *v)
{
	unsigned shift = 0;

	*v = same;
	if (o->moved) {
		*v = unlike(ones(o->bytes));
		return o->mapped && !(s->slots && o->kind != SLOT);
	}
	switch (o->kind) {
	case REGISTER:
		shift = o->bytes == 1 && o->reg >= 4 ? 8 : 0;
		*v = part_of(s->reg[o->bytes == 1 ? o->reg & 3 : o->reg], shift, o->bytes);
		return true;
	case SLOT:
		shift = 8 * ((uint32_t)o->at & 3);
		*v = part_of(state_slot(s, o->at & ~3), shift, o->bytes);
		return !s->slots || shift + 8u * o->bytes <= 32;
	case STACK: return !s->slots;
	default: return !s->exposed;
	}
}

static struct differs merged(struct differs old, struct differs v, unsigned shift, uint8_t bytes)
{
	if (bytes == 4)
		return v;
	return unlike((old.bits & ~(ones(bytes) << shift)) | (v.bits & ones(bytes)) << shift);
}

static void note_slot(struct doing *d, int32_t at)
{
	if (d->slots < 2)
		d->wrote[d->slots++] = at;
}

static bool put_slot(struct state *s, int32_t at, struct differs v, uint8_t bytes, struct doing *d)
{
	unsigned shift = 8 * ((uint32_t)at & 3);

	if (shift + 8u * bytes > 32)
		return !v.bits && !s->slots && !d->recording;
	note_slot(d, at & ~3);
	s->exposed |= v.bits && (d->exposes || at >= d->top);
	return state_set_slot(s, at & ~3, merged(state_slot(s, at & ~3), v, shift, bytes));
}

static bool store(struct state *s, const struct operand *o, struct differs v, struct doing *d)
{
	unsigned shift = o->bytes == 1 && o->reg >= 4 ? 8 : 0;
	uint8_t reg = o->bytes == 1 ? o->reg & 3 : o->reg;

	switch (o->kind) {
	case REGISTER:
		d->wrote_reg[reg] |= ones(o->bytes) << shift;
		s->reg[reg] = merged(s->reg[reg], v, shift, o->bytes);
		return reg != ESP || !v.bits;
	case SLOT:
		if (!o->moved)
			return put_slot(s, o->at, v, o->bytes, d);
		return put_slot(s, o->at, unlike(ones(o->bytes)), o->bytes, d) &&
		       put_slot(s, o->at + o->by, unlike(ones(o->bytes)), o->bytes, d);
	default: return !v.bits && !o->moved && !d->recording;
	}
}

static void put_flags(struct state *s, uint32_t which, uint32_t differ, struct doing *d)
{
	d->wrote_flags |= which;
	s->flags = (s->flags & ~which) | (differ & which);
}

bool step_condition(const struct state *s, uint8_t condition)
{
	static const uint16_t asks[8] = { OF, CF, ZF, CF | ZF, SF, PF, SF | OF, SF | OF | ZF };

	return !(s->flags & asks[condition >> 1 & 7]);
}

/* ---- arithmetic ---- */

enum alu { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP };

static uint32_t compute(enum alu what, uint32_t x, uint32_t y, uint8_t bytes, uint32_t *flags)
{
	uint32_t top = 1u << (8 * bytes - 1), r = what == ADD ? x + y :
						  what == OR  ? x | y :
						  what == AND ? x & y :
						  what == XOR ? x ^ y :
								x - y;

	r &= ones(bytes);
	*flags = (r ? 0 : ZF) | (r & top ? SF : 0) | (__builtin_parity(r & 0xff) ? 0 : PF);
	if (what == ADD)
		*flags |=
			(r < x ? CF : 0) | (~(x ^ y) & (x ^ r) & top ? OF : 0) | ((x ^ y ^ r) & AF);
	if (what == SUB || what == CMP)
		*flags |=
			(x < y ? CF : 0) | ((x ^ y) & (x ^ r) & top ? OF : 0) | ((x ^ y ^ r) & AF);
	return r;
}

/* Two operands, of which y is `number` if that is known. */
static struct differs result_of(struct state *s, enum alu what, struct differs x, struct differs y,
				const uint32_t *number, uint8_t bytes, struct doing *d)
{
	bool carries = what == ADC || what == SBB, logic = what == AND || what == OR || what == XOR;
	uint32_t bits = x.bits | y.bits, flags, others;
	struct differs r;

	if (carries && s->flags & CF)
		bits = 0xffffffff;
	if (x.known && number && !y.bits && !carries) {
		r.right = compute(what, x.right, *number & ones(bytes), bytes, &flags);
		r.wrong = compute(what, x.wrong, *number & ones(bytes), bytes, &others);
		put_flags(s, ALL, flags ^ others, d);
		r.bits = r.right ^ r.wrong;
		r.known = true;
		return r.bits ? r : same;
	}
	if (what == AND && number && !y.bits)
		bits &= *number;
	if (what == OR && number && !y.bits)
		bits &= ~*number;
	if (!logic)
		bits = upwards(bits);
	bits &= ones(bytes);
	flags = !bits ? 0 : logic ? ZF | PF | (bits >> (8 * bytes - 1) ? SF : 0) : ALL;
	put_flags(s, ALL, !logic && (x.bits | y.bits) ? ALL : flags, d);
	return unlike(bits);
}

static bool alu(struct state *s, enum alu what, const struct operand *to,
		const struct operand *from, struct differs imm, const uint32_t *number,
		struct doing *d)
{
	bool nothing = from && to->kind == REGISTER && from->kind == REGISTER &&
		       to->reg == from->reg &&
		       (what == XOR || what == SUB || what == SBB || what == CMP);
	struct differs x, y = imm, r;

	if (!load(s, to, &x) || (from && !load(s, from, &y)))
		return false;
	if (to->kind == REGISTER && to->bytes == 4 && to->reg == ESP && what != CMP) {
		if (!number || y.bits || d->recording || (what != ADD && what != SUB))
			return false;
		s->esp += (int32_t)(what == ADD ? *number : -*number);
		put_flags(s, ALL, 0, d);
		return true;
	}
	if (nothing) /* with itself */
		x = y = same;
	r = result_of(s, what, x, y, number, to->bytes, d);
	return what == CMP || store(s, to, r, d);
}

static bool test(struct state *s, const struct operand *a, const struct operand *b,
		 struct differs imm, const uint32_t *number, struct doing *d)
{
	const uint32_t all = 0xffffffff;
	struct differs x, y = imm;

	if (!load(s, a, &x) || (b && !load(s, b, &y)))
		return false;
	if (b && a->kind == REGISTER && a->reg == b->reg) { /* with itself */
		number = &all;
		y = same;
	}
	result_of(s, AND, x, y, number, a->bytes, d);
	return true;
}

static bool unary(struct state *s, uint8_t what, const struct operand *o, struct doing *d)
{
	const uint32_t one = 1;
	uint32_t carry = s->flags & CF, wrote = d->wrote_flags;
	struct differs v, r;

	if (!load(s, o, &v))
		return false;
	if (what == 2) { /* not */
		v.known = false;
		return store(s, o, v, d);
	}
	r = result_of(s, what == 0 ? ADD : SUB, v, same, what == 3 ? NULL : &one, o->bytes, d);
	if (what == 3) /* neg */
		return store(s, o, unlike(upwards(v.bits) & ones(o->bytes)), d);
	s->flags = (s->flags & ~(uint32_t)CF) | carry; /* inc, dec */
	d->wrote_flags = (d->wrote_flags & ~(uint32_t)CF) | (wrote & CF);
	return store(s, o, r, d);
}

static bool shift(struct state *s, uint8_t what, const struct operand *o, struct differs count,
		  const uint32_t *number, struct doing *d)
{
	uint32_t n = number ? *number & 31 : 0, all = ones(o->bytes), bits;
	const uint32_t flags = what < 4 ? CF | OF : ALL; /* of a rotation */
	struct differs v;

	if (!load(s, o, &v) || (what & 6) == 2) /* not rcl, rcr */
		return false;
	if (count.bits || (!number && v.bits)) {
		bits = all;
	} else if (what == 4) {
		bits = v.bits << n;
	} else if (what == 5 || (what == 7 && !(v.bits >> (8 * o->bytes - 1)))) {
		bits = v.bits >> n;
	} else {
		bits = v.bits ? all : 0;
	}
	if (number && n && !count.bits)
		put_flags(s, flags, v.bits ? flags : 0, d);
	else /* by none they are left as they were */
		put_flags(s, flags, s->flags | (v.bits | count.bits ? flags : 0), d);
	return store(s, o, unlike(bits & all), d);
}

/* Anything that is computed of two: all bits of the result, and all flags. */
static bool mixed_of(struct state *s, const struct operand *to, struct differs x, struct differs y,
		     struct doing *d)
{
	uint32_t bits = x.bits | y.bits ? ones(to->bytes) : 0;

	put_flags(s, ALL, bits ? ALL : 0, d);
	return store(s, to, unlike(bits), d);
}

/* mul, imul, div, idiv of eax and edx. */
static bool multiply(struct state *s, uint8_t what, const struct operand *o, struct doing *d)
{
	const struct operand eax = register_(EAX, 4), edx = register_(EDX, 4);
	struct differs v;

	if (!load(s, o, &v) || o->bytes != 4)
		return false;
	if (what >= 6 && (v.bits | s->reg[EAX].bits | s->reg[EDX].bits || d->recording))
		return false; /* it may fault */
	return mixed_of(s, &edx, v, s->reg[EAX], d) && mixed_of(s, &eax, v, s->reg[EAX], d);
}

/* ---- the instructions ---- */

static bool push(struct state *s, struct differs v, struct doing *d)
{
	if (d->recording)
		return false;
	s->esp -= 4;
	return put_slot(s, s->esp, v, 4, d);
}

static bool pop(struct state *s, const struct operand *to, struct doing *d)
{
	struct differs v = state_slot(s, s->esp);

	if (d->recording)
		return false;
	s->esp += 4;
	return store(s, to, v, d);
}

static bool lea(struct state *s, const struct sim_insn *i, struct doing *d)
{
	const struct operand to = register_(i->modrm >> 3, i->operand_size);
	uint32_t bits = d->moved ? (uint32_t)d->by : 0;

	if (to.reg == ESP && i->base == ESP && i->index == SIM_NO_REG && !d->moved &&
	    !d->recording) {
		s->esp += (int32_t)i->disp;
		return true;
	}
	if (i->base != SIM_NO_REG)
		bits |= s->reg[i->base].bits;
	if (i->index != SIM_NO_REG)
		bits |= s->reg[i->index].bits << i->scale;
	return to.reg != ESP && store(s, &to, unlike(upwards(bits)), d);
}

/* movzx, movsx */
static bool extend(struct state *s, const struct sim_insn *i, struct doing *d)
{
	const struct operand to = register_(i->modrm >> 3, i->operand_size);
	uint8_t bytes = i->opcode & 1 ? 2 : 1;
	struct operand from;
	struct differs v;

	if (!operand_of(s, i, bytes, d, &from) || !load(s, &from, &v))
		return false;
	if ((i->opcode & 8) && v.bits >> (8 * bytes - 1))
		v = unlike(v.bits | (ones(to.bytes) & ~ones(bytes)));
	else if (i->opcode & 8)
		v.known = false;
	return store(s, &to, v, d);
}

/* movs, stos: what they go by must be the same. */
static bool strings(struct state *s, const struct sim_insn *i, struct doing *d)
{
	uint32_t bits = s->reg[EDI].bits | (i->rep ? s->reg[ECX].bits : 0);

	bits |= s->reg[i->opcode < 0xa8 ? ESI : EAX].bits;
	return !bits && !d->recording && !s->slots;
}

static bool two_bytes(struct state *s, const struct sim_insn *i, struct doing *d)
{
	const struct operand to = register_(i->modrm >> 3, i->operand_size);
	struct differs v, count = (i->opcode & 1) ? s->reg[ECX] : d->imm;
	struct operand o;
	uint32_t before = s->flags;

	switch (i->opcode) {
	case 0xb6 ... 0xb7:
	case 0xbe ... 0xbf: return extend(s, i, d);
	case 0xaf: /* imul */
		return operand_of(s, i, i->operand_size, d, &o) && load(s, &o, &v) &&
		       mixed_of(s, &to, v, s->reg[to.reg], d);
	case 0xa4 ... 0xa5:
	case 0xac ... 0xad: /* shld, shrd */
		if (!operand_of(s, i, i->operand_size, d, &o) || !load(s, &o, &v) ||
		    !mixed_of(s, &o, unlike(v.bits | count.bits), s->reg[to.reg], d))
			return false;
		s->flags |= before; /* by none they are left */
		return true;
	case 0x90 ... 0x9f:
		v = unlike(!step_condition(s, i->opcode & 15) || d->condition);
		return operand_of(s, i, 1, d, &o) && store(s, &o, v, d);
	case 0x31: /* rdtsc */ s->reg[EAX] = s->reg[EDX] = same; return !d->recording;
	case 0x1f: return true; /* nop */
	default: return false;
	}
}

/* Those of the first half: op r/m,r; op r,r/m; op eax,imm. */
static bool alu_by_form(struct state *s, const struct sim_insn *i, struct doing *d)
{
	enum alu what = i->opcode >> 3 & 7;
	uint8_t bytes = i->opcode & 1 ? i->operand_size : 1;
	struct operand a, b = register_(i->modrm >> 3, bytes);

	if ((i->opcode & 7) >= 4) {
		a = register_(EAX, bytes);
		return (i->opcode & 7) < 6 && alu(s, what, &a, NULL, d->imm, &i->imm, d);
	}
	if (!operand_of(s, i, bytes, d, &a))
		return false;
	return i->opcode & 2 ? alu(s, what, &b, &a, same, NULL, d) :
			       alu(s, what, &a, &b, same, NULL, d);
}

static bool group3(struct state *s, const struct sim_insn *i, const struct operand *o,
		   struct doing *d)
{
	uint8_t what = i->modrm >> 3 & 7;

	if (what < 2)
		return test(s, o, NULL, d->imm, &i->imm, d);
	return what < 4 ? unary(s, what, o, d) : multiply(s, what, o, d);
}

static bool move(struct state *s, const struct operand *to, const struct operand *from,
		 struct doing *d)
{
	struct differs v;

	if (to->kind == REGISTER && to->reg == ESP && to->bytes == 4)
		return false;
	return load(s, from, &v) && store(s, to, v, d);
}

static bool with_operand(struct state *s, const struct sim_insn *i, struct doing *d)
{
	uint8_t bytes = i->opcode & 1 ? i->operand_size : 1, what = i->modrm >> 3 & 7;
	const struct operand reg = register_(i->modrm >> 3, bytes);
	const uint32_t one = 1;
	struct operand o, wide;
	struct differs v;

	if (!operand_of(s, i, bytes, d, &o) || !operand_of(s, i, i->operand_size, d, &wide))
		return false;
	switch (i->opcode) {
	case 0x80 ... 0x83: return alu(s, what, &o, NULL, d->imm, &i->imm, d);
	case 0x84 ... 0x85: return test(s, &o, &reg, same, NULL, d);
	case 0x88 ... 0x89: return move(s, &o, &reg, d);
	case 0x8a ... 0x8b: return move(s, &reg, &o, d);
	case 0xc6 ... 0xc7: return store(s, &o, d->imm, d);
	case 0x69:
	case 0x6b:
		wide = register_(what, i->operand_size);
		return operand_of(s, i, i->operand_size, d, &o) && load(s, &o, &v) &&
		       mixed_of(s, &wide, v, d->imm, d);
	case 0xc0 ... 0xc1: return shift(s, what, &o, d->imm, &i->imm, d);
	case 0xd0 ... 0xd1: return shift(s, what, &o, same, &one, d);
	case 0xd2 ... 0xd3: return shift(s, what, &o, unlike(s->reg[ECX].bits & 0xff), NULL, d);
	case 0xf6 ... 0xf7: return group3(s, i, &o, d);
	case 0xfe ... 0xff:
		if (what < 2)
			return unary(s, what, &o, d);
		return what == 6 && load(s, &o, &v) && push(s, v, d);
	case 0x8c: /* a segment register's */
		return wide.kind == REGISTER && store(s, &wide, same, d) && !d->recording;
	case 0x8e: return load(s, &wide, &v) && !(v.bits & 0xffff) && !d->recording && !d->moved;
	default: return false;
	}
}

static bool by_opcode(struct state *s, const struct sim_insn *i, struct doing *d)
{
	const struct operand in_opcode = register_(i->opcode, i->operand_size);
	const struct operand low = register_(i->opcode, 1);
	uint8_t bytes = i->opcode & 1 ? i->operand_size : 1;
	const struct operand eax = register_(EAX, bytes), edx = register_(EDX, i->operand_size);
	struct operand memory = { .kind = MEMORY, .bytes = bytes, .moved = d->moved, .by = d->by };
	struct differs v;

	memory.mapped = d->by >= -1 && d->by <= 1;
	switch (i->opcode) {
	case 0x40 ... 0x4f:
		return in_opcode.reg != ESP && unary(s, i->opcode >> 3 & 1, &in_opcode, d);
	case 0x50 ... 0x57: return in_opcode.reg != ESP && push(s, s->reg[in_opcode.reg], d);
	case 0x58 ... 0x5f: return in_opcode.reg != ESP && pop(s, &in_opcode, d);
	case 0x68:
	case 0x6a: return push(s, d->imm, d);
	case 0x90:
	case 0xf8 ... 0xfd: /* nop; the flags that nobody asks here are not among those that differ */
		return !d->recording && i->opcode > 0xf9;
	case 0x99: /* cdq */
		v = unlike(s->reg[EAX].bits >> 31 ? 0xffffffff : 0);
		return i->operand_size == 4 && store(s, &edx, v, d);
	case 0xa0 ... 0xa1: return move(s, &eax, &memory, d);
	case 0xa2 ... 0xa3: return move(s, &memory, &eax, d);
	case 0xa4 ... 0xa5:
	case 0xaa ... 0xab: return strings(s, i, d);
	case 0xa8 ... 0xa9: return test(s, &eax, NULL, d->imm, &i->imm, d);
	case 0xb0 ... 0xb7: return store(s, &low, d->imm, d);
	case 0xb8 ... 0xbf: return in_opcode.reg != ESP && store(s, &in_opcode, d->imm, d);
	default: return false;
	}
}

bool step(struct state *s, const struct sim_insn *i, struct doing *d)
{
	bool good;

	if (i->map == 1)
		good = two_bytes(s, i, d);
	else if (i->map || i->flags & SIM_INSN_LOCK)
		good = false;
	else if (i->opcode < 0x40 && (i->opcode & 7) < 6)
		good = alu_by_form(s, i, d);
	else if (i->opcode == 0x8d)
		good = lea(s, i, d);
	else
		good = i->flags & SIM_INSN_MODRM ? with_operand(s, i, d) : by_opcode(s, i, d);
	state_drop_below(s);
	return good;
}
