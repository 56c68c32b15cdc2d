/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * forms.c: from the bytes of an instruction to the line of the manual that prices it. Two
 * tables, one for each opcode map: the first rule that fits an instruction names its form.
 */
#include "sim/timing/models.h"

/* ---- rules ---- */

enum where { ANY, REG, MEM }; /* what the ModRM byte must name */
enum when { ALWAYS, REP, OP16, OP32, P66, P00 };

struct rule {
	uint8_t first, last; /* opcodes */
	uint8_t regs;        /* a bit for each /n; 0: whatever it is */
	uint8_t where, when;
	uint16_t form;
};

/* A rule for one opcode or a run of them; for one where a register and where memory is meant. */
#define OP(op, form)                                \
	{                                           \
		op, op, 0, ANY, ALWAYS, FORM_##form \
	}
#define RUN(first, last, form)                           \
	{                                                \
		first, last, 0, ANY, ALWAYS, FORM_##form \
	}
#define RM(first, last, in_r, in_m) SUB(first, last, 0, in_r, in_m)
#define WHEN(first, last, when, form)                  \
	{                                              \
		first, last, 0, ANY, when, FORM_##form \
	}
#define SUB(first, last, regs, in_r, in_m)                  \
	{ first, last, regs, REG, ALWAYS, FORM_##in_r },    \
	{                                                   \
		first, last, regs, MEM, ALWAYS, FORM_##in_m \
	}
#define MEMORY(first, last, regs, form)                     \
	{                                                   \
		first, last, regs, MEM, ALWAYS, FORM_##form \
	}
#define REGISTER(first, last, regs, form)                   \
	{                                                   \
		first, last, regs, REG, ALWAYS, FORM_##form \
	}

/* /n by name. */
#define N(n) (1 << (n))

/* The eight of 00 to 3f: m,r; r,m; a,imm. */
#define ARITHMETIC(op, FORM)                                    \
	RM((op), (op) + 1, FORM##_R_R, FORM##_M_R),             \
		RM((op) + 2, (op) + 3, FORM##_R_R, FORM##_R_M), \
		RUN((op) + 4, (op) + 5, FORM##_R_I)

/* By /n: rol ror rcl rcr shl shr sal sar. */
#define SHIFTS(first, last, BY)                                        \
	SUB(first, last, N(0) | N(1), ROL_R_##BY, ROL_M_##BY),         \
		SUB(first, last, N(2) | N(3), RCL_R_##BY, RCL_M_##BY), \
		RM(first, last, SHL_R_##BY, SHL_M_##BY)

/* f6 and f7 by width. */
#define BY_WIDTH(reg, FORM)                                            \
	{ 0xf6, 0xf6, N(reg), REG, ALWAYS, FORM_##FORM##_R8 },         \
		{ 0xf6, 0xf6, N(reg), MEM, ALWAYS, FORM_##FORM##_M8 }, \
		{ 0xf7, 0xf7, N(reg), REG, OP16, FORM_##FORM##_R16 },  \
		{ 0xf7, 0xf7, N(reg), MEM, OP16, FORM_##FORM##_M16 },  \
		{ 0xf7, 0xf7, N(reg), REG, OP32, FORM_##FORM##_R32 },  \
	{                                                              \
		0xf7, 0xf7, N(reg), MEM, OP32, FORM_##FORM##_M32       \
	}

#define STRING(first, last, FORM) WHEN(first, last, REP, REP_##FORM), RUN(first, last, FORM)

static const struct rule one_byte[] = {
	ARITHMETIC(0x00, ALU),
	OP(0x06, PUSH_S),
	OP(0x07, POP_S),
	ARITHMETIC(0x08, ALU),
	OP(0x0e, PUSH_S),
	ARITHMETIC(0x10, ADC),
	OP(0x16, PUSH_S),
	OP(0x17, POP_SS),
	ARITHMETIC(0x18, ADC),
	OP(0x1e, PUSH_S),
	OP(0x1f, POP_S),
	ARITHMETIC(0x20, ALU),
	OP(0x27, DAA),
	ARITHMETIC(0x28, ALU),
	OP(0x2f, DAA),
	ARITHMETIC(0x30, ALU),
	OP(0x37, AAA),
	ARITHMETIC(0x38, CMP),
	OP(0x3f, AAA),
	RUN(0x40, 0x4f, INC_R),
	RUN(0x50, 0x57, PUSH_R),
	RUN(0x58, 0x5f, POP_R),
	OP(0x60, PUSHA),
	OP(0x61, POPA),
	RM(0x62, 0x62, LATER, BOUND), /* a register: EVEX */
	RM(0x63, 0x63, ARPL_R, ARPL_M),
	OP(0x68, PUSH_I),
	RM(0x69, 0x69, IMUL_R_R_I, IMUL_R_M_I),
	OP(0x6a, PUSH_I),
	RM(0x6b, 0x6b, IMUL_R_R_I, IMUL_R_M_I),
	STRING(0x6c, 0x6d, INS),
	STRING(0x6e, 0x6f, OUTS),
	RUN(0x70, 0x7f, JCC_SHORT),
	SUB(0x80, 0x83, N(2) | N(3), ADC_R_I, ADC_M_I),
	SUB(0x80, 0x83, N(7), CMP_R_I, CMP_M_I),
	RM(0x80, 0x83, ALU_R_I, ALU_M_I),
	RM(0x84, 0x85, TEST_R_R, TEST_M_R),
	RM(0x86, 0x87, XCHG_R_R, XCHG_R_M),
	RM(0x88, 0x89, MOV_R_R, MOV_M_R),
	RM(0x8a, 0x8b, MOV_R_R, MOV_R_M),
	RM(0x8c, 0x8c, MOV_R_S, MOV_M_S),
	OP(0x8d, LEA),
	RM(0x8e, 0x8e, MOV_S_R, MOV_S_M),
	RM(0x8f, 0x8f, POP_R, POP_M),
	OP(0x90, NOP), /* with f3 it is pause, which a CPU without it takes for nop */
	RUN(0x91, 0x97, XCHG_A_R),
	OP(0x98, CBW),
	OP(0x99, CWD),
	OP(0x9a, CALL_FAR),
	OP(0x9b, WAIT),
	OP(0x9c, PUSHF),
	OP(0x9d, POPF),
	OP(0x9e, SAHF),
	OP(0x9f, LAHF),
	RUN(0xa0, 0xa1, MOV_A_O),
	RUN(0xa2, 0xa3, MOV_O_A),
	STRING(0xa4, 0xa5, MOVS),
	STRING(0xa6, 0xa7, CMPS),
	RUN(0xa8, 0xa9, TEST_A_I),
	STRING(0xaa, 0xab, STOS),
	STRING(0xac, 0xad, LODS),
	STRING(0xae, 0xaf, SCAS),
	RUN(0xb0, 0xbf, MOV_R_I),
	SHIFTS(0xc0, 0xc1, I),
	OP(0xc2, RET_I),
	OP(0xc3, RET),
	RM(0xc4, 0xc5, LATER, LDS), /* a register: VEX */
	RM(0xc6, 0xc7, MOV_R_I, MOV_M_I),
	OP(0xc8, ENTER),
	OP(0xc9, LEAVE),
	OP(0xca, RETF_I),
	OP(0xcb, RETF),
	OP(0xcc, INT3),
	OP(0xcd, INT),
	OP(0xce, INTO),
	OP(0xcf, IRET),
	SHIFTS(0xd0, 0xd1, 1),
	SHIFTS(0xd2, 0xd3, CL),
	OP(0xd4, AAM),
	OP(0xd5, AAD),
	OP(0xd6, SALC),
	OP(0xd7, XLAT),

	/* x87 */
	MEMORY(0xd8, 0xd8, N(2) | N(3), FCOM_M),
	MEMORY(0xd8, 0xd8, N(0) | N(4) | N(5), FADD_M),
	MEMORY(0xd8, 0xd8, N(1), FMUL_M),
	MEMORY(0xd8, 0xd8, N(6) | N(7), FDIV_M),
	MEMORY(0xd9, 0xd9, N(0), FLD_M),
	MEMORY(0xd9, 0xd9, N(2) | N(3), FST_M),
	MEMORY(0xd9, 0xd9, N(4), FLDENV),
	MEMORY(0xd9, 0xd9, N(5), FLDCW),
	MEMORY(0xd9, 0xd9, N(6), FSTENV),
	MEMORY(0xd9, 0xd9, N(7), FSTCW),
	MEMORY(0xda, 0xda, N(2) | N(3), FCOM_M),
	MEMORY(0xda, 0xda, 0, FIADD),
	MEMORY(0xdb, 0xdb, N(0), FILD),
	MEMORY(0xdb, 0xdb, N(1), LATER), /* fisttp */
	MEMORY(0xdb, 0xdb, N(2) | N(3), FIST),
	MEMORY(0xdb, 0xdb, N(5), FLD_M80),
	MEMORY(0xdb, 0xdb, N(7), FST_M80),
	MEMORY(0xdc, 0xdc, N(2) | N(3), FCOM_M),
	MEMORY(0xdc, 0xdc, N(0) | N(4) | N(5), FADD_M),
	MEMORY(0xdc, 0xdc, N(1), FMUL_M),
	MEMORY(0xdc, 0xdc, N(6) | N(7), FDIV_M),
	MEMORY(0xdd, 0xdd, N(0), FLD_M),
	MEMORY(0xdd, 0xdd, N(1), LATER),
	MEMORY(0xdd, 0xdd, N(2) | N(3), FST_M),
	MEMORY(0xdd, 0xdd, N(4), FRSTOR),
	MEMORY(0xdd, 0xdd, N(6), FSAVE),
	MEMORY(0xdd, 0xdd, N(7), FSTCW),
	MEMORY(0xde, 0xde, N(2) | N(3), FCOM_M),
	MEMORY(0xde, 0xde, 0, FIADD),
	MEMORY(0xdf, 0xdf, N(0) | N(5), FILD),
	MEMORY(0xdf, 0xdf, N(1), LATER),
	MEMORY(0xdf, 0xdf, N(2) | N(3) | N(7), FIST),
	MEMORY(0xdf, 0xdf, N(4), FBLD),
	MEMORY(0xdf, 0xdf, N(6), FBSTP),
	REGISTER(0xd8, 0xd8, N(2) | N(3), FCOM_R),
	REGISTER(0xd9, 0xd9, N(0), FLD_R),
	REGISTER(0xd9, 0xd9, N(1), FXCH),
	REGISTER(0xd9, 0xd9, N(2), FNOP),
	REGISTER(0xd9, 0xd9, N(4), FABS),
	REGISTER(0xd9, 0xd9, N(5), FCONST),
	REGISTER(0xd9, 0xd9, N(6) | N(7), FSIN), /* but see coarse_d9 */
	REGISTER(0xda, 0xda, N(5), FCOM_R),      /* fucompp */
	REGISTER(0xda, 0xdb, N(0) | N(1) | N(2) | N(3), FCOMI),
	REGISTER(0xdb, 0xdb, N(4), FNOP),
	REGISTER(0xdb, 0xdb, N(5) | N(6), FCOMI),
	REGISTER(0xdd, 0xdd, N(0), FNOP), /* ffree */
	REGISTER(0xdd, 0xdd, N(2) | N(3), FST_R),
	REGISTER(0xdd, 0xdd, N(4) | N(5), FCOM_R), /* fucom, fucomp */
	REGISTER(0xde, 0xde, N(3), FCOM_R),        /* fcompp */
	REGISTER(0xdf, 0xdf, N(4), FSTSW_AX),
	/* Undocumented twins. */
	REGISTER(0xd9, 0xd9, N(3), FST_R),
	REGISTER(0xdc, 0xdc, N(2) | N(3), FCOM_R),
	REGISTER(0xde, 0xde, N(2), FCOM_R),
	REGISTER(0xdd, 0xdd, N(1), FXCH),
	REGISTER(0xdf, 0xdf, N(0), FNOP), /* ffreep */
	REGISTER(0xdf, 0xdf, N(1), FXCH),
	REGISTER(0xdf, 0xdf, N(2) | N(3), FST_R),
	REGISTER(0xdf, 0xdf, N(5) | N(6), FCOMI),
	REGISTER(0xd8, 0xd8, N(0) | N(4) | N(5), FADD_R),
	REGISTER(0xd8, 0xd8, N(1), FMUL_R),
	REGISTER(0xd8, 0xd8, N(6) | N(7), FDIV_R),
	REGISTER(0xdc, 0xdc, N(0) | N(4) | N(5), FADD_R),
	REGISTER(0xdc, 0xdc, N(1), FMUL_R),
	REGISTER(0xdc, 0xdc, N(6) | N(7), FDIV_R),
	REGISTER(0xde, 0xde, N(0) | N(4) | N(5), FADD_R),
	REGISTER(0xde, 0xde, N(1), FMUL_R),
	REGISTER(0xde, 0xde, N(6) | N(7), FDIV_R),

	RUN(0xe0, 0xe1, LOOPE),
	OP(0xe2, LOOP),
	OP(0xe3, JCXZ),
	RUN(0xe4, 0xe5, IN_I),
	RUN(0xe6, 0xe7, OUT_I),
	OP(0xe8, CALL),
	OP(0xe9, JMP_NEAR),
	OP(0xea, JMP_FAR),
	OP(0xeb, JMP_SHORT),
	RUN(0xec, 0xed, IN_DX),
	RUN(0xee, 0xef, OUT_DX),
	OP(0xf1, ICEBP),
	OP(0xf4, HLT),
	OP(0xf5, CLC),
	SUB(0xf6, 0xf7, N(0) | N(1), TEST_R_I, TEST_M_I),
	SUB(0xf6, 0xf7, N(2) | N(3), NEG_R, NEG_M),
	BY_WIDTH(4, MUL),
	BY_WIDTH(5, IMUL),
	BY_WIDTH(6, DIV),
	BY_WIDTH(7, IDIV),
	RUN(0xf8, 0xf9, CLC),
	OP(0xfa, CLI),
	OP(0xfb, STI),
	RUN(0xfc, 0xfd, CLD),
	SUB(0xfe, 0xff, N(0) | N(1), INC_R, INC_M),
	SUB(0xff, 0xff, N(2), CALL_R, CALL_M),
	MEMORY(0xff, 0xff, N(3), CALL_FAR_M),
	SUB(0xff, 0xff, N(4), JMP_R, JMP_M),
	MEMORY(0xff, 0xff, N(5), JMP_FAR_M),
	SUB(0xff, 0xff, N(6), PUSH_R, PUSH_M),
};

/* Behind 0f. Of the SIMD sets only their names are told apart. */
static const struct rule two_byte[] = {
	SUB(0x00, 0x00, N(0), SLDT_R, SLDT_M),
	SUB(0x00, 0x00, N(1), STR_R, STR_M),
	SUB(0x00, 0x00, N(2), LLDT_R, LLDT_M),
	SUB(0x00, 0x00, N(3), LTR_R, LTR_M),
	SUB(0x00, 0x00, N(4) | N(5), VERR_R, VERR_M),
	MEMORY(0x01, 0x01, N(0) | N(1), SGDT),
	MEMORY(0x01, 0x01, N(2) | N(3), LGDT),
	SUB(0x01, 0x01, N(4), SMSW_R, SMSW_M),
	SUB(0x01, 0x01, N(6), LMSW_R, LMSW_M),
	MEMORY(0x01, 0x01, N(7), INVLPG),
	RM(0x02, 0x02, LAR_R, LAR_M),
	RM(0x03, 0x03, LSL_R, LSL_M),
	OP(0x06, CLTS),
	OP(0x08, INVD),
	OP(0x09, WBINVD),
	OP(0x0b, UD2),
	OP(0x0d, PREFETCH),
	WHEN(0x10, 0x17, P66, SSE2),
	RUN(0x10, 0x17, SSE),
	MEMORY(0x18, 0x18, 0, PREFETCH),
	RUN(0x18, 0x1f, NOP_RM),
	RUN(0x20, 0x20, MOV_R_CR),
	{ 0x21, 0x21, N(6) | N(7) | N(4) | N(5), ANY, ALWAYS, FORM_MOV_R_DR6 },
	OP(0x21, MOV_R_DR0),
	{ 0x22, 0x22, N(0), ANY, ALWAYS, FORM_MOV_CR0_R },
	{ 0x22, 0x22, N(2), ANY, ALWAYS, FORM_MOV_CR2_R },
	{ 0x22, 0x22, N(3), ANY, ALWAYS, FORM_MOV_CR3_R },
	{ 0x22, 0x22, N(4), ANY, ALWAYS, FORM_MOV_CR4_R },
	{ 0x23, 0x23, N(6) | N(7) | N(4) | N(5), ANY, ALWAYS, FORM_MOV_DR6_R },
	OP(0x23, MOV_DR0_R),
	WHEN(0x28, 0x2f, P66, SSE2),
	RUN(0x28, 0x2f, SSE),
	OP(0x30, WRMSR),
	OP(0x31, RDTSC),
	OP(0x32, RDMSR),
	OP(0x33, RDPMC),
	OP(0x34, SYSENTER),
	OP(0x35, SYSEXIT),
	RM(0x40, 0x4f, CMOV_R, CMOV_M),
	RUN(0x5a, 0x5b, SSE2),
	WHEN(0x50, 0x5f, P66, SSE2),
	RUN(0x50, 0x5f, SSE),
	RUN(0x6c, 0x6d, SSE2),
	WHEN(0x60, 0x6f, P00, MMX),
	RUN(0x60, 0x6f, SSE2),
	WHEN(0x70, 0x70, P00, SSE),
	WHEN(0x71, 0x77, P00, MMX),
	WHEN(0x7e, 0x7f, P00, MMX),
	RUN(0x78, 0x79, LATER),
	RUN(0x7c, 0x7d, LATER),
	RUN(0x70, 0x7f, SSE2),
	RUN(0x80, 0x8f, JCC_NEAR),
	RM(0x90, 0x9f, SETCC_R, SETCC_M),
	OP(0xa0, PUSH_FS),
	OP(0xa1, POP_FS),
	OP(0xa2, CPUID),
	RM(0xa3, 0xa3, BT_R_R, BT_M_R),
	RM(0xa4, 0xa4, SHLD_R_I, SHLD_M_I),
	RM(0xa5, 0xa5, SHLD_R_CL, SHLD_M_CL),
	OP(0xa8, PUSH_FS),
	OP(0xa9, POP_FS),
	OP(0xaa, RSM),
	RM(0xab, 0xab, BTS_R_R, BTS_M_R),
	RM(0xac, 0xac, SHLD_R_I, SHLD_M_I),
	RM(0xad, 0xad, SHLD_R_CL, SHLD_M_CL),
	{ 0xae, 0xae, N(5), REG, REP, FORM_LATER }, /* incsspd */
	MEMORY(0xae, 0xae, N(0) | N(1), FXSAVE),
	MEMORY(0xae, 0xae, N(2) | N(3), SSE),
	REGISTER(0xae, 0xae, N(7), SSE), /* sfence */
	REGISTER(0xae, 0xae, N(5) | N(6), SSE2),
	MEMORY(0xae, 0xae, N(7), SSE2), /* clflush */
	OP(0xae, LATER),
	RM(0xaf, 0xaf, IMUL_R_R, IMUL_R_M),
	RM(0xb0, 0xb1, CMPXCHG_R, CMPXCHG_M),
	MEMORY(0xb2, 0xb2, 0, LDS), /* lss */
	RM(0xb3, 0xb3, BTS_R_R, BTS_M_R),
	MEMORY(0xb4, 0xb5, 0, LFS),
	RM(0xb6, 0xb7, MOVX_R_R, MOVX_R_M),
	OP(0xb8, LATER), /* popcnt */
	OP(0xb9, UD2),
	SUB(0xba, 0xba, N(4), BT_R_I, BT_M_I),
	SUB(0xba, 0xba, N(5) | N(6) | N(7), BTS_R_I, BTS_M_I),
	RM(0xbb, 0xbb, BTS_R_R, BTS_M_R),
	RM(0xbc, 0xbc, BSF_R_R, BSF_R_M),
	RM(0xbd, 0xbd, BSR_R_R, BSR_R_M),
	RM(0xbe, 0xbf, MOVX_R_R, MOVX_R_M),
	RM(0xc0, 0xc1, XADD_R, XADD_M),
	OP(0xc3, SSE2), /* movnti */
	WHEN(0xc2, 0xc6, P66, SSE2),
	RUN(0xc2, 0xc6, SSE),
	MEMORY(0xc7, 0xc7, N(1), CMPXCHG8B),
	OP(0xc7, LATER),
	RUN(0xc8, 0xcf, BSWAP),
	OP(0xd0, LATER),
	OP(0xd4, SSE2),
	OP(0xd6, SSE2),
	OP(0xe6, SSE2),
	OP(0xf0, LATER),
	OP(0xf4, SSE2),
	OP(0xfb, SSE2),
	OP(0xff, UD2),
	WHEN(0xd7, 0xd7, P00, SSE),
	WHEN(0xda, 0xda, P00, SSE),
	WHEN(0xde, 0xde, P00, SSE),
	WHEN(0xe0, 0xe0, P00, SSE),
	WHEN(0xe3, 0xe4, P00, SSE),
	WHEN(0xe7, 0xe7, P00, SSE),
	WHEN(0xea, 0xea, P00, SSE),
	WHEN(0xee, 0xee, P00, SSE),
	WHEN(0xf6, 0xf7, P00, SSE),
	WHEN(0xd1, 0xfe, P00, MMX),
	RUN(0xd1, 0xfe, SSE2),
};

/* ---- choosing ---- */

static bool fits(const struct rule *r, const struct sim_insn *i)
{
	if (i->opcode < r->first || i->opcode > r->last)
		return false;
	if (r->regs && !(r->regs >> (i->modrm >> 3 & 7) & 1))
		return false;
	if (r->where != ANY && (r->where == MEM) != sim_insn_memory(i))
		return false;
	switch (r->when) {
	case REP: return i->flags & SIM_INSN_REP;
	case OP16: return i->operand_size == 2;
	case OP32: return i->operand_size == 4;
	case P66: return i->flags & SIM_INSN_OPSIZE;
	case P00: return !(i->flags & (SIM_INSN_OPSIZE | SIM_INSN_REP));
	default: return true;
	}
}

static uint16_t look_up(const struct rule *rules, size_t n, const struct sim_insn *insn)
{
	for (size_t i = 0; i < n; i++)
		if (fits(&rules[i], insn))
			return rules[i].form;
	return FORM_UNKNOWN;
}

/* d9 f0 to ff have one register's place each and fall in four groups. */
static uint16_t coarse_d9(uint8_t modrm)
{
	switch (modrm) {
	case 0xf6:
	case 0xf7: return FORM_FNOP;  /* fdecstp, fincstp */
	case 0xf4:                    /* fxtract */
	case 0xf5:                    /* fprem1 */
	case 0xf8:                    /* fprem */
	case 0xfc:                    /* frndint */
	case 0xfd: return FORM_FPREM; /* fscale */
	case 0xfa: return FORM_FSQRT;
	default: return FORM_FSIN;
	}
}

uint16_t sim_form_of(const struct sim_insn *insn)
{
	if (insn->map > 1)
		return FORM_LATER;
	if (insn->map == 1)
		return look_up(two_byte, sizeof(two_byte) / sizeof(two_byte[0]), insn);
	if (insn->opcode == 0xd9 && insn->modrm >= 0xf0)
		return coarse_d9(insn->modrm);
	return look_up(one_byte, sizeof(one_byte) / sizeof(one_byte[0]), insn);
}

/* ---- what is known of a form ---- */

static const struct {
	const char *text;
	enum sim_depends depends;
} forms[] = {
#define FORM(name, text, depends) { text, SIM_ON_##depends },
#include "sim/timing/forms.def"
#undef FORM
};

const char *sim_form_name(uint16_t form)
{
	return form < SIM_FORMS ? forms[form].text : forms[FORM_UNKNOWN].text;
}

enum sim_depends sim_form_depends(uint16_t form)
{
	return form < SIM_FORMS ? forms[form].depends : SIM_ON_NOTHING;
}
