/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uses.c: which general registers an instruction reads, writes and forms addresses with. Models
 * with a pipeline ask: an address wants its register a clock early, and two instructions at once
 * must not want the same one.
 */
#include "sim/timing/models.h"

enum { EAX = 1, ECX = 2, EDX = 4, EBX = 8, ESP = 16, EBP = 32, ESI = 64, EDI = 128 };

/* ---- operands ---- */

/* Is its r/m operand a byte? */
static bool is_byte(const struct sim_insn *i)
{
	switch (i->form) {
	case FORM_SETCC_R: return true;
	case FORM_MOVX_R_R: /* the source */
	case FORM_CMPXCHG_R:
	case FORM_XADD_R:
	case FORM_XADD_M: return !(i->opcode & 1);
	default: break;
	}
	if (i->map)
		return false;
	switch (i->opcode) {
	case 0x00 ... 0x3f:
	case 0x80 ... 0x8b:
	case 0xc0 ... 0xc1:
	case 0xc6 ... 0xc7:
	case 0xd0 ... 0xd3:
	case 0xf6 ... 0xf7:
	case 0xfe ... 0xff: return !(i->opcode & 1);
	default: return false;
	}
}

/* ah to bh are parts of eax to ebx. */
static uint8_t named(uint8_t reg, bool byte)
{
	return (uint8_t)(1u << (byte ? reg & 3 : reg & 7));
}

static uint8_t rm(const struct sim_insn *i)
{
	return named(i->modrm, is_byte(i));
}

static uint8_t reg(const struct sim_insn *i)
{
	return named(i->modrm >> 3, is_byte(i) && i->form != FORM_MOVX_R_R);
}

static uint8_t in_opcode(const struct sim_insn *i)
{
	return named(i->opcode, !i->map && i->opcode >= 0xb0 && i->opcode <= 0xb7);
}

/* The operand of a form that is either in the opcode or r/m. */
static uint8_t single(const struct sim_insn *i)
{
	return i->flags & SIM_INSN_MODRM ? rm(i) : in_opcode(i);
}

/* The register of an immediate's form: without ModRM, the accumulator. */
static uint8_t with_immediate(const struct sim_insn *i)
{
	return i->flags & SIM_INSN_MODRM ? rm(i) : EAX;
}

/* r,r is encoded both ways. */
static uint8_t destination(const struct sim_insn *i)
{
	return i->opcode & 2 ? reg(i) : rm(i);
}

static uint8_t source(const struct sim_insn *i)
{
	return i->opcode & 2 ? rm(i) : reg(i);
}

/* ---- addresses ---- */

static uint8_t bit(uint8_t reg)
{
	return reg == SIM_NO_REG ? 0 : (uint8_t)(1u << reg);
}

static uint8_t address(const struct sim_insn *i)
{
	switch (i->form) {
	case FORM_MOV_R_CR ... FORM_MOV_DR6_R: return 0; /* registers, whatever mod says */
	case FORM_XLAT: return EBX | EAX;
	case FORM_LEAVE: return EBP;
	case FORM_LODS:
	case FORM_OUTS:
	case FORM_REP_LODS:
	case FORM_REP_OUTS: return ESI;
	case FORM_STOS:
	case FORM_SCAS:
	case FORM_INS:
	case FORM_REP_STOS:
	case FORM_REP_SCAS:
	case FORM_REP_INS: return EDI;
	case FORM_MOVS:
	case FORM_CMPS:
	case FORM_REP_MOVS:
	case FORM_REP_CMPS: return ESI | EDI;
	default: return sim_insn_memory(i) ? bit(i->base) | bit(i->index) : 0;
	}
}

static bool is_stack(uint16_t form)
{
	switch (form) {
	case FORM_PUSH_R ... FORM_ENTER: /* pushes and pops */
	case FORM_CALL ... FORM_RETF_I: return true;
	default: return false;
	}
}

/* ---- data ---- */

static uint8_t read(const struct sim_insn *i)
{
	switch (i->form) {
	case FORM_MOV_R_R: return source(i);
	case FORM_ALU_R_R:
	case FORM_ADC_R_R:
	case FORM_CMP_R_R:
	case FORM_TEST_R_R: return rm(i) | reg(i);
	case FORM_MOV_M_R:
	case FORM_ALU_M_R:
	case FORM_ALU_R_M:
	case FORM_ADC_M_R:
	case FORM_ADC_R_M:
	case FORM_CMP_M_R:
	case FORM_CMP_R_M:
	case FORM_TEST_M_R: return reg(i);
	case FORM_MOV_O_A: return EAX;
	case FORM_ALU_R_I:
	case FORM_ADC_R_I:
	case FORM_CMP_R_I:
	case FORM_TEST_A_I: return with_immediate(i);
	case FORM_PUSH_R:
	case FORM_INC_R: return single(i);
	case FORM_SHL_R_1:
	case FORM_SHL_R_I:
	case FORM_ROL_R_1:
	case FORM_RCL_R_1: return rm(i);
	default: return 0;
	}
}

static uint8_t written(const struct sim_insn *i)
{
	uint8_t counter = sim_form_depends(i->form) == SIM_ON_ROUNDS ? ECX : 0;

	switch (i->form) {
	case FORM_MOV_R_R:
	case FORM_ALU_R_R:
	case FORM_ADC_R_R: return destination(i);
	case FORM_MOV_R_I: return single(i);
	case FORM_ALU_R_I:
	case FORM_ADC_R_I: return with_immediate(i);
	case FORM_POP_R:
	case FORM_INC_R: return single(i);
	case FORM_MOV_R_M:
	case FORM_ALU_R_M:
	case FORM_ADC_R_M:
	case FORM_MOVX_R_R ... FORM_MOVX_R_M:
	case FORM_LEA ... FORM_LFS:
	case FORM_XCHG_R_M:
	case FORM_IMUL_R_R ... FORM_IMUL_R_M_I:
	case FORM_BSF_R_R ... FORM_BSR_R_M:
	case FORM_LAR_R ... FORM_LSL_M: return reg(i);
	case FORM_MOV_R_S:
	case FORM_NEG_R:
	case FORM_SHL_R_1 ... FORM_SHL_R_CL:
	case FORM_ROL_R_1 ... FORM_ROL_R_CL:
	case FORM_RCL_R_1 ... FORM_RCL_R_CL:
	case FORM_SHLD_R_I ... FORM_SHLD_R_CL:
	case FORM_BTS_R_I:
	case FORM_BTS_R_R:
	case FORM_SETCC_R:
	case FORM_SLDT_R:
	case FORM_STR_R:
	case FORM_SMSW_R:
	case FORM_ARPL_R:
	case FORM_MOV_R_CR:
	case FORM_MOV_R_DR0 ... FORM_MOV_R_DR6: return rm(i);
	case FORM_XCHG_R_R:
	case FORM_XADD_R: return rm(i) | reg(i);
	case FORM_XCHG_A_R: return EAX | in_opcode(i);
	case FORM_BSWAP: return in_opcode(i);
	case FORM_XADD_M: return reg(i);
	case FORM_CMPXCHG_R: return EAX | rm(i);
	case FORM_MOV_A_O:
	case FORM_XLAT:
	case FORM_LAHF:
	case FORM_CBW:
	case FORM_MUL_R8:
	case FORM_MUL_M8:
	case FORM_IMUL_R8:
	case FORM_IMUL_M8:
	case FORM_DIV_R8:
	case FORM_DIV_M8:
	case FORM_IDIV_R8:
	case FORM_IDIV_M8:
	case FORM_AAA ... FORM_AAD:
	case FORM_SALC:
	case FORM_IN_I ... FORM_IN_DX:
	case FORM_CMPXCHG_M:
	case FORM_FSTSW_AX: return EAX;
	case FORM_CWD: return EDX;
	case FORM_MUL_R16 ... FORM_MUL_R32:
	case FORM_MUL_M16 ... FORM_MUL_M32:
	case FORM_IMUL_R16 ... FORM_IMUL_R32:
	case FORM_IMUL_M16 ... FORM_IMUL_M32:
	case FORM_DIV_R16 ... FORM_DIV_R32:
	case FORM_DIV_M16 ... FORM_DIV_M32:
	case FORM_IDIV_R16 ... FORM_IDIV_R32:
	case FORM_IDIV_M16 ... FORM_IDIV_M32:
	case FORM_CMPXCHG8B:
	case FORM_RDTSC:
	case FORM_RDMSR: return EAX | EDX;
	case FORM_CPUID: return EAX | ECX | EDX | EBX;
	case FORM_POPA: return (uint8_t)~ESP;
	case FORM_ENTER:
	case FORM_LEAVE: return EBP | ESP;
	case FORM_RET_I:
	case FORM_RETF_I: return ESP;
	case FORM_LOOP ... FORM_LOOPE: return ECX;
	case FORM_LODS:
	case FORM_REP_LODS: return counter | EAX | ESI;
	default:
		return counter |
		       (i->form >= FORM_MOVS && i->form <= FORM_REP_OUTS ? address(i) : 0);
	}
}

struct sim_uses sim_insn_uses(const struct sim_insn *insn)
{
	return (struct sim_uses){ .read = read(insn),
				  .written = written(insn),
				  .address = address(insn),
				  .stack = is_stack(insn->form) };
}
