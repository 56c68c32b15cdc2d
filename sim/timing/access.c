/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.c: which memory an instruction touches. Models that price misaligned operands, the
 * TLB or the bus ask; the others never do. Sizes and directions are the forms', addresses
 * follow from the registers.
 */
#include "sim/code/code.h"
#include "sim/timing/models.h"

enum { ES, CS, SS, DS };
enum { READ = 1, WRITE = 2 };
enum { ESP = 4 };

/* What is being put together. */
struct list {
	const struct sim_insn *insn;
	const struct sim_regs *regs;
	const uint32_t *base;
	struct sim_access *out;
	unsigned n;
};

static uint32_t reg(const struct sim_regs *r, uint8_t n)
{
	const uint32_t all[8] = { r->eax, r->ecx, r->edx, r->ebx, r->esp, r->ebp, r->esi, r->edi };

	return n < 8 ? all[n] : 0;
}

static void add(struct list *l, uint32_t addr, uint32_t size, bool write)
{
	if (l->n < SIM_ACCESSES && size)
		l->out[l->n++] =
			(struct sim_access){ .addr = addr, .size = (uint16_t)size, .write = write };
}

/* ---- the stack ---- */

/* A stack segment is taken to be as wide as addresses are without 67: all of ours are flat. */
static void push(struct list *l, uint32_t size)
{
	add(l, l->base[SS] + l->regs->esp - size, size, true);
}

static void pop(struct list *l, uint32_t size)
{
	add(l, l->base[SS] + l->regs->esp, size, false);
}

/* ---- the memory operand ---- */

static uint32_t within(const struct sim_insn *i, uint32_t offset)
{
	return i->address_size == 2 ? offset & 0xffff : offset;
}

/* bt and its like with a register reach beyond their operand, by whole words. */
static uint32_t bit_word(const struct list *l)
{
	const struct sim_insn *i = l->insn;
	uint32_t bit = reg(l->regs, i->modrm >> 3 & 7);

	if (i->form != FORM_BT_M_R && i->form != FORM_BTS_M_R)
		return 0;
	return i->operand_size == 2 ? (uint32_t)((int16_t)bit >> 4) * 2 :
				      (uint32_t)((int32_t)bit >> 5) * 4;
}

static uint32_t operand_address(const struct list *l)
{
	const struct sim_insn *i = l->insn;
	uint32_t offset = reg(l->regs, i->base) + (reg(l->regs, i->index) << i->scale) + i->disp;

	/* pop counts before it forms its address. */
	if (i->form == FORM_POP_M && i->base == ESP)
		offset += i->operand_size;
	return l->base[i->segment] + within(i, offset + bit_word(l));
}

/* Byte or v, by the opcode's lowest bit, as in most of the one-byte map. */
static uint32_t width(const struct sim_insn *i)
{
	return i->opcode & 1 ? i->operand_size : 1;
}

static uint32_t x87_size(const struct sim_insn *i)
{
	static const uint8_t sizes[8][8] = {
		/* by n: d8 */ { 4, 4, 4, 4, 4, 4, 4, 4 },
		/* d9 */ { 4, 0, 4, 4, 28, 2, 28, 2 },
		/* da */ { 4, 4, 4, 4, 4, 4, 4, 4 },
		/* db */ { 4, 4, 4, 4, 0, 10, 0, 10 },
		/* dc */ { 8, 8, 8, 8, 8, 8, 8, 8 },
		/* dd */ { 8, 8, 8, 8, 108, 0, 108, 2 },
		/* de */ { 2, 2, 2, 2, 2, 2, 2, 2 },
		/* df */ { 2, 2, 2, 2, 10, 8, 10, 8 },
	};
	uint8_t size = sizes[i->opcode & 7][i->modrm >> 3 & 7];

	/* With 16-bit operands the environment is 14 bytes. */
	return i->operand_size == 2 && (size == 28 || size == 108) ? size - 14u : size;
}

static uint32_t operand_size(const struct sim_insn *i)
{
	switch (i->form) {
	case FORM_MOV_M_S:
	case FORM_MOV_S_M:
	case FORM_ARPL_M ... FORM_LSL_M:
	case FORM_SMSW_M:
	case FORM_LMSW_M: return 2;
	case FORM_MOVX_R_M: return i->opcode & 1 ? 2 : 1;
	case FORM_SETCC_M: return 1;
	case FORM_LDS:
	case FORM_LFS:
	case FORM_JMP_FAR_M:
	case FORM_CALL_FAR_M: return i->operand_size + 2u;
	case FORM_SGDT:
	case FORM_LGDT: return 6;
	case FORM_BOUND: return i->operand_size * 2u;
	case FORM_POP_M:
	case FORM_IMUL_R_M:
	case FORM_IMUL_R_M_I:
	case FORM_BSF_R_M:
	case FORM_BSR_R_M:
	case FORM_SHLD_M_I:
	case FORM_SHLD_M_CL:
	case FORM_BT_M_I:
	case FORM_BT_M_R:
	case FORM_BTS_M_I:
	case FORM_BTS_M_R:
	case FORM_CMOV_M: return i->operand_size;
	case FORM_FLD_R ... FORM_FSAVE: return x87_size(i);
	case FORM_CMPXCHG8B: return 8;
	case FORM_FXSAVE: return 512;
	case FORM_MMX:
	case FORM_SSE:
	case FORM_SSE2: return sim_simd_size(i);
	case FORM_LATER: return 16;
	default: return width(i);
	}
}

/* What an instruction with a ModRM byte does to its memory operand: READ, WRITE, both, or 0. */
static unsigned operand_use(const struct sim_insn *i)
{
	switch (i->form) {
	case FORM_LEA:
	case FORM_NOP_RM:
	case FORM_PREFETCH:
	case FORM_INVLPG:
	case FORM_MOV_R_CR ... FORM_MOV_DR6_R: return 0; /* a register, whatever mod says */
	case FORM_MOV_M_R:
	case FORM_MOV_M_I:
	case FORM_MOV_M_S:
	case FORM_POP_M:
	case FORM_SETCC_M:
	case FORM_SLDT_M:
	case FORM_STR_M:
	case FORM_SMSW_M:
	case FORM_SGDT:
	case FORM_FST_M:
	case FORM_FST_M80:
	case FORM_FIST:
	case FORM_FBSTP:
	case FORM_FSTCW:
	case FORM_FSTENV:
	case FORM_FSAVE: return WRITE;
	case FORM_FXSAVE: return i->modrm >> 3 & 1 ? READ : WRITE;
	case FORM_ALU_M_R:
	case FORM_ALU_M_I:
	case FORM_ADC_M_R:
	case FORM_ADC_M_I:
	case FORM_INC_M:
	case FORM_NEG_M:
	case FORM_XCHG_R_M:
	case FORM_ARPL_M:
	case FORM_SHL_M_1 ... FORM_SHL_M_CL:
	case FORM_ROL_M_1 ... FORM_ROL_M_CL:
	case FORM_RCL_M_1 ... FORM_RCL_M_CL:
	case FORM_SHLD_M_I ... FORM_SHLD_M_CL:
	case FORM_BTS_M_I:
	case FORM_BTS_M_R:
	case FORM_CMPXCHG_M:
	case FORM_XADD_M:
	case FORM_CMPXCHG8B: return READ | WRITE;
	case FORM_MMX:
	case FORM_SSE:
	case FORM_SSE2: return sim_simd_writes(i) ? WRITE : READ;
	default: return READ;
	}
}

static void add_operand(struct list *l)
{
	unsigned use = operand_use(l->insn);
	uint32_t addr = operand_address(l), size = operand_size(l->insn);

	if (use & READ)
		add(l, addr, size, false);
	if (use & WRITE)
		add(l, addr, size, true);
}

/* ---- operands without a ModRM byte ---- */

static void at_source(struct list *l, uint32_t size)
{
	add(l, l->base[l->insn->segment] + within(l->insn, l->regs->esi), size, false);
}

static void at_destination(struct list *l, uint32_t size, bool write)
{
	add(l, l->base[ES] + within(l->insn, l->regs->edi), size, write);
}

static bool add_string(struct list *l)
{
	const struct sim_insn *i = l->insn;
	uint32_t size = width(i);

	switch (i->form) {
	case FORM_MOVS:
	case FORM_REP_MOVS:
		at_source(l, size);
		at_destination(l, size, true);
		break;
	case FORM_CMPS:
	case FORM_REP_CMPS:
		at_source(l, size);
		at_destination(l, size, false);
		break;
	case FORM_STOS:
	case FORM_REP_STOS:
	case FORM_INS:
	case FORM_REP_INS: at_destination(l, size, true); break;
	case FORM_SCAS:
	case FORM_REP_SCAS: at_destination(l, size, false); break;
	case FORM_LODS:
	case FORM_REP_LODS:
	case FORM_OUTS:
	case FORM_REP_OUTS: at_source(l, size); break;
	default: return false;
	}
	for (unsigned n = 0; n < l->n; n++)
		l->out[n].down = l->regs->eflags & 0x400; /* DF */
	return true;
}

/* ebp, and of a nested procedure the outer frames' pointers and its own. */
static void add_enter(struct list *l)
{
	uint32_t size = l->insn->operand_size, level = l->insn->imm >> 16 & 31;

	push(l, size);
	if (level > 1)
		add(l, l->base[SS] + l->regs->ebp - (level - 1) * size, (level - 1) * size, false);
	if (level)
		add(l, l->base[SS] + l->regs->esp - (level + 1) * size, level * size, true);
}

static void add_moffs(struct list *l, bool write)
{
	add(l, l->base[l->insn->segment] + within(l->insn, l->insn->disp), width(l->insn), write);
}

/* What goes to the stack or comes from it; of push m and call m it is the second operand. */
static void add_stack(struct list *l)
{
	uint32_t size = l->insn->operand_size;

	switch (l->insn->form) {
	case FORM_PUSH_R:
	case FORM_PUSH_I:
	case FORM_PUSH_M:
	case FORM_PUSH_S:
	case FORM_PUSH_FS:
	case FORM_PUSHF:
	case FORM_CALL:
	case FORM_CALL_R:
	case FORM_CALL_M: push(l, size); break;
	case FORM_CALL_FAR:
	case FORM_CALL_FAR_M: push(l, size * 2); break;
	case FORM_PUSHA: push(l, size * 8); break;
	case FORM_POP_R:
	case FORM_POP_S:
	case FORM_POP_SS:
	case FORM_POP_FS:
	case FORM_POPF:
	case FORM_RET:
	case FORM_RET_I: pop(l, size); break;
	case FORM_RETF:
	case FORM_RETF_I: pop(l, size * 2); break;
	case FORM_IRET: pop(l, size * 3); break;
	case FORM_POPA: pop(l, size * 8); break;
	case FORM_ENTER: add_enter(l); break;
	case FORM_LEAVE: add(l, l->base[SS] + l->regs->ebp, size, false); break;
	default: break;
	}
}

unsigned sim_insn_accesses(const struct sim_insn *insn, const struct sim_regs *regs,
			   const uint32_t segment_base[6], struct sim_access out[SIM_ACCESSES])
{
	struct list l = { insn, regs, segment_base, out, 0 };

	if (add_string(&l))
		return l.n;
	if (insn->form == FORM_POP_M)
		pop(&l, insn->operand_size);
	if (sim_insn_memory(insn))
		add_operand(&l);
	else if (insn->form == FORM_MOV_A_O || insn->form == FORM_MOV_O_A)
		add_moffs(&l, insn->form == FORM_MOV_O_A);
	else if (insn->form == FORM_XLAT)
		add(&l, l.base[insn->segment] + within(insn, regs->ebx + (regs->eax & 0xff)), 1,
		    false);
	add_stack(&l);
	return l.n;
}
