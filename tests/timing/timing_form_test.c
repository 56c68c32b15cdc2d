/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_form_test.c: an instruction's parts, which form it is, and what memory it touches.
 * The encodings and their parts were written by hand from the opcode map.
 */
#include "sim/code/code.h"
#include "sim/timing/timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Decodes hex digits; behind them lies what must not be taken for a part. */
static struct sim_insn decode(const char *hex, bool bits16)
{
	uint8_t code[32];
	struct sim_insn i;
	unsigned byte;
	size_t n = 0;

	memset(code, 0x90, sizeof(code));
	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2 + (hex[2] == ' '))
		code[n++] = (uint8_t)byte;
	sim_insn_decode(code, sizeof(code), 0x1000, bits16, &i);
	if (i.size != n)
		fail_msg("%u bytes instead of %zu", i.size, n);
	return i;
}

/* ---- parts and names ---- */

static const struct parts {
	const char *hex;
	bool bits16;
	uint8_t disp, imm, components;
	const char *form;
} table[] = {
	/* one byte, and a register in the opcode */
	{ "90", 0, 0, 0, 1, "nop" },
	{ "50", 0, 0, 0, 1, "push r" },
	{ "5d", 0, 0, 0, 1, "pop r" },
	{ "1e", 0, 0, 0, 1, "push es/cs/ss/ds" },
	{ "07", 0, 0, 0, 1, "pop es/ds" },
	{ "17", 0, 0, 0, 1, "pop ss" },
	{ "0f a0", 0, 0, 0, 2, "push fs/gs" },
	{ "0f a9", 0, 0, 0, 2, "pop fs/gs" },
	{ "93", 0, 0, 0, 1, "xchg eax,r" },
	{ "4f", 0, 0, 0, 1, "inc/dec r" },
	{ "60", 0, 0, 0, 1, "pusha" },
	{ "cf", 0, 0, 0, 1, "iret" },
	{ "fa", 0, 0, 0, 1, "cli" },
	{ "fc", 0, 0, 0, 1, "cld/std" },
	{ "f5", 0, 0, 0, 1, "clc/stc/cmc" },
	{ "98", 0, 0, 0, 1, "cbw/cwde" },
	{ "d7", 0, 0, 0, 1, "xlat" },
	{ "f4", 0, 0, 0, 1, "hlt" },
	/* immediates */
	{ "b8 78 56 34 12", 0, 0, 4, 2, "mov r,imm" },
	{ "66 b8 34 12", 0, 0, 2, 3, "mov r,imm" },
	{ "b8 34 12", 1, 0, 2, 2, "mov r,imm" },
	{ "6a 05", 0, 0, 1, 2, "push imm" },
	{ "68 78 56 34 12", 0, 0, 4, 2, "push imm" },
	{ "05 78 56 34 12", 0, 0, 4, 2, "add/or/and/sub/xor r,imm" },
	{ "1c 01", 0, 0, 1, 2, "adc/sbb r,imm" },
	{ "3d 78 56 34 12", 0, 0, 4, 2, "cmp r,imm" },
	{ "a8 01", 0, 0, 1, 2, "test eax,imm" },
	{ "cd 80", 0, 0, 1, 2, "int imm" },
	{ "c2 04 00", 0, 0, 2, 2, "ret imm" },
	{ "c8 20 00 01", 0, 0, 3, 2, "enter imm,imm" },
	{ "d4 0a", 0, 0, 1, 2, "aam" },
	{ "e5 60", 0, 0, 1, 2, "in eax,imm" },
	{ "9a 00 10 00 00 08 00", 0, 0, 6, 2, "call far imm" },
	{ "ea 00 10 08 00", 1, 0, 4, 2, "jmp far imm" },
	/* addresses that are no operand's */
	{ "a1 00 30 00 00", 0, 4, 0, 2, "mov eax,moffs" },
	{ "a3 00 30", 1, 2, 0, 2, "mov moffs,eax" },
	{ "74 fe", 0, 1, 0, 2, "jcc short" },
	{ "0f 84 00 01 00 00", 0, 4, 0, 3, "jcc near" },
	{ "0f 84 00 01", 1, 2, 0, 3, "jcc near" },
	{ "e8 00 01 00 00", 0, 4, 0, 2, "call near" },
	{ "e9 00 01 00 00", 0, 4, 0, 2, "jmp near" },
	{ "eb fe", 0, 1, 0, 2, "jmp short" },
	{ "e2 fe", 0, 1, 0, 2, "loop" },
	{ "e0 fe", 0, 1, 0, 2, "loope/loopne" },
	{ "67 e3 fe", 0, 1, 0, 3, "jcxz" },
	/* ModRM */
	{ "89 c8", 0, 0, 0, 2, "mov r,r" },
	{ "8b 06", 0, 0, 0, 2, "mov r,m" },
	{ "8b 46 04", 0, 1, 0, 3, "mov r,m" },
	{ "89 86 00 00 01 00", 0, 4, 0, 3, "mov m,r" },
	{ "8b 05 00 30 00 00", 0, 4, 0, 3, "mov r,m" },
	{ "8b 06 00 30", 1, 2, 0, 3, "mov r,m" },
	{ "8b 47 04", 1, 1, 0, 3, "mov r,m" },
	{ "67 8b 44 24 04", 1, 1, 0, 5, "mov r,m" },
	{ "8b 04 8e", 0, 0, 0, 3, "mov r,m" },
	{ "8b 44 8e 04", 0, 1, 0, 4, "mov r,m" },
	{ "ff 14 85 00 01 10 c0", 0, 4, 0, 4, "call m" },
	{ "c7 44 24 18 da ff ff ff", 0, 1, 4, 5, "mov m,imm" },
	{ "f6 45 08 c1", 0, 1, 1, 4, "test m,imm" },
	{ "66 f7 c1 ff fe", 0, 0, 2, 4, "test r,imm" },
	{ "83 c4 04", 0, 0, 1, 3, "add/or/and/sub/xor r,imm" },
	{ "81 7d 00 00 01 00 00", 0, 1, 4, 4, "cmp m,imm" },
	{ "80 55 00 01", 0, 1, 1, 4, "adc/sbb m,imm" },
	{ "21 e5", 0, 0, 0, 2, "add/or/and/sub/xor r,r" },
	{ "3b 03", 0, 0, 0, 2, "cmp r,m" },
	{ "39 03", 0, 0, 0, 2, "cmp m,r" },
	{ "8e da", 0, 0, 0, 2, "mov sreg,r" },
	{ "8e 1b", 0, 0, 0, 2, "mov sreg,m" },
	{ "8c 03", 0, 0, 0, 2, "mov m,sreg" },
	{ "8f 45 00", 0, 1, 0, 3, "pop m" },
	{ "ff 75 00", 0, 1, 0, 3, "push m" },
	{ "ff 75 fc", 1, 1, 0, 3, "push m" },
	{ "ff d0", 0, 0, 0, 2, "call r" },
	{ "ff 2b", 0, 0, 0, 2, "jmp far m" },
	{ "fe 03", 0, 0, 0, 2, "inc/dec m" },
	{ "f7 d8", 0, 0, 0, 2, "neg/not r" },
	{ "f6 e1", 0, 0, 0, 2, "mul r8" },
	{ "66 f7 e1", 0, 0, 0, 3, "mul r16" },
	{ "f7 e1", 1, 0, 0, 2, "mul r16" },
	{ "f7 23", 0, 0, 0, 2, "mul m32" },
	{ "66 f7 e9", 1, 0, 0, 3, "imul r32" },
	{ "f7 33", 0, 0, 0, 2, "div m32" },
	{ "f6 f9", 0, 0, 0, 2, "idiv r8" },
	{ "0f af c1", 0, 0, 0, 3, "imul r,r" },
	{ "6b c1 05", 0, 0, 1, 3, "imul r,r,imm" },
	{ "69 03 78 56 34 12", 0, 0, 4, 3, "imul r,m,imm" },
	{ "c1 e0 05", 0, 0, 1, 3, "shl/shr/sar r,imm" },
	{ "d3 0b", 0, 0, 0, 2, "rol/ror m,cl" },
	{ "d1 d0", 0, 0, 0, 2, "rcl/rcr r,1" },
	{ "8d 44 8e 04", 0, 1, 0, 4, "lea r,m" },
	{ "c5 03", 0, 0, 0, 2, "lds/les/lss r,m" },
	{ "63 c8", 0, 0, 0, 2, "arpl r,r" },
	/* 0f */
	{ "0f ba 6b 08 02", 0, 1, 1, 5, "btc/btr/bts m,imm" },
	{ "f0 0f ab 03", 0, 0, 0, 4, "btc/btr/bts m,r" },
	{ "0f a3 c8", 0, 0, 0, 3, "bt r,r" },
	{ "0f bc c1", 0, 0, 0, 3, "bsf r,r" },
	{ "0f b6 03", 0, 0, 0, 3, "movzx/movsx r,m" },
	{ "0f 95 c0", 0, 0, 0, 3, "setcc r" },
	{ "0f a4 c8 05", 0, 0, 1, 4, "shld/shrd r,r,imm" },
	{ "0f ad 03", 0, 0, 0, 3, "shld/shrd m,r,cl" },
	{ "0f b5 03", 0, 0, 0, 3, "lfs/lgs r,m" },
	{ "0f 01 13", 0, 0, 0, 3, "lgdt/lidt" },
	{ "0f 01 e0", 0, 0, 0, 3, "smsw r" },
	{ "0f 00 d8", 0, 0, 0, 3, "ltr r" },
	{ "0f 22 d8", 0, 0, 0, 3, "mov cr3,r" },
	{ "0f 21 f8", 0, 0, 0, 3, "mov r,dr6/dr7" },
	{ "0f 06", 0, 0, 0, 2, "clts" },
	/* strings and prefixes */
	{ "a5", 0, 0, 0, 1, "movs" },
	{ "f3 a5", 0, 0, 0, 2, "rep movs" },
	{ "66 f3 ab", 0, 0, 0, 3, "rep stos" },
	{ "f2 ae", 0, 0, 0, 2, "repe/repne scas" },
	{ "f3 6c", 0, 0, 0, 2, "rep ins" },
	{ "65 8b 06", 0, 0, 0, 3, "mov r,m" },
	{ "f3 90", 0, 0, 0, 2, "nop" },
	/* x87 */
	{ "d9 03", 0, 0, 0, 2, "fld m32/m64" },
	{ "db 2b", 0, 0, 0, 2, "fld m80" },
	{ "d8 f1", 0, 0, 0, 2, "fdiv st" },
	{ "d9 d9", 0, 0, 0, 2, "fst st" },
	{ "d9 fe", 0, 0, 0, 2, "fsin/fcos/fptan/fpatan/f2xm1/fyl2x" },
	{ "d9 fa", 0, 0, 0, 2, "fsqrt" },
	{ "dd 33", 0, 0, 0, 2, "fnsave" },
	{ "df e0", 0, 0, 0, 2, "fnstsw ax" },
	/* what a 386 lacks */
	{ "0f c8", 0, 0, 0, 2, "bswap" },
	{ "f0 0f b1 13", 0, 0, 0, 4, "cmpxchg m,r" },
	{ "0f 01 3b", 0, 0, 0, 3, "invlpg" },
	{ "0f c7 0b", 0, 0, 0, 3, "cmpxchg8b" },
	{ "0f a2", 0, 0, 0, 2, "cpuid" },
	{ "0f 31", 0, 0, 0, 2, "rdtsc" },
	{ "0f 44 c1", 0, 0, 0, 3, "cmovcc r,r" },
	{ "df f1", 0, 0, 0, 2, "fcomi/fcmovcc" },
	{ "0f 34", 0, 0, 0, 2, "sysenter" },
	{ "0f 35", 0, 0, 0, 2, "sysexit" },
	{ "0f ae 03", 0, 0, 0, 3, "fxsave/fxrstor" },
	{ "0f 1f 44 00 00", 0, 1, 0, 5, "nop r/m" },
	{ "0f 6f 03", 0, 0, 0, 3, "mmx" },
	{ "0f 28 03", 0, 0, 0, 3, "sse" },
	{ "66 0f 6f 03", 0, 0, 0, 4, "sse2" },
	{ "0f 18 03", 0, 0, 0, 3, "prefetch" },
	{ "66 0f 38 00 c1", 0, 0, 0, 5, "later than sse2" },
	{ "0f 0b", 0, 0, 0, 2, "ud2" },
};

static void an_instruction_falls_into_its_parts_and_has_a_form(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
		const struct parts *p = &table[k];
		struct sim_insn i = decode(p->hex, p->bits16);

		if (strcmp(sim_form_name(i.form), p->form) != 0 || i.disp_size != p->disp ||
		    i.imm_size != p->imm || i.components != p->components)
			fail_msg("%s: %s, displacement %u, immediate %u, components %u", p->hex,
				 sim_form_name(i.form), i.disp_size, i.imm_size, i.components);
	}
}

static void what_the_decoder_does_not_know_is_unknown(void **state)
{
	static const uint8_t code[32] = { 0x0f, 0x04, 0xc0 };
	struct sim_insn i;

	(void)state;
	sim_insn_decode(code, sizeof(code), 0, false, &i);
	assert_true(i.flags & SIM_INSN_UNKNOWN);
	assert_string_equal(sim_form_name(i.form), "unknown");
	assert_string_equal(sim_form_name(0xffff), "unknown");
	assert_int_equal(sim_form_depends(0xffff), SIM_ON_NOTHING);
}

static void values_of_parts_are_sign_extended(void **state)
{
	(void)state;
	assert_int_equal(decode("6a ff", false).imm, 0xffffffff);
	assert_int_equal(decode("69 c1 45 23 01 00", false).imm, 0x12345);
	assert_int_equal(decode("66 69 c1 00 80", false).imm, 0xffff8000);
	assert_int_equal(decode("c8 20 00 1f", false).imm, 0x1f0020);
	assert_int_equal(decode("8b 46 fc", false).disp, 0xfffffffc);
	assert_int_equal(decode("9a 00 10 00 c0 08 00", false).imm, 0xc0001000);
}

static void forms_say_what_else_their_clocks_depend_on(void **state)
{
	(void)state;
	assert_int_equal(sim_form_depends(decode("f3 a5", false).form), SIM_ON_ROUNDS);
	assert_int_equal(sim_form_depends(decode("a5", false).form), SIM_ON_NOTHING);
	assert_int_equal(sim_form_depends(decode("f7 e1", false).form), SIM_ON_MULTIPLIER);
	assert_int_equal(sim_form_depends(decode("0f bd c1", false).form), SIM_ON_SOURCE);
	assert_int_equal(sim_form_depends(decode("d3 e0", false).form), SIM_ON_COUNT);
	assert_int_equal(sim_form_depends(decode("cf", false).form), SIM_ON_SEGMENTS);
}

/* ---- memory ---- */

/* ESP 0x2000, EBP 0x2100, ESI 0x3000, EDI 0x4000, EBX 0x5000, ECX -8; ds and es are based at
 * 0x100000 and 0x200000, ss at 0, gs at 0x700000. */
static const struct touching {
	const char *hex;
	bool bits16;
	struct {
		uint32_t addr;
		uint16_t size; /* 0 ends them */
		bool write;
	} expected[SIM_ACCESSES];
} touching[] = {
	{ "90", 0, { { 0, 0, 0 } } },
	{ "8d 06", 0, { { 0, 0, 0 } } },
	{ "8b 06", 0, { { 0x103000, 4, 0 } } },
	{ "8a 06", 0, { { 0x103000, 1, 0 } } },
	{ "66 89 06", 0, { { 0x103000, 2, 1 } } },
	{ "65 8b 06", 0, { { 0x703000, 4, 0 } } },
	{ "8b 44 24 04", 0, { { 0x2004, 4, 0 } } },
	{ "8b 44 8e 04", 0, { { 0x102fe4, 4, 0 } } },
	{ "8b 07", 1, { { 0x105000, 2, 0 } } },
	{ "01 06", 0, { { 0x103000, 4, 0 }, { 0x103000, 4, 1 } } },
	{ "80 3e 05", 0, { { 0x103000, 1, 0 } } },
	{ "ff 06", 0, { { 0x103000, 4, 0 }, { 0x103000, 4, 1 } } },
	{ "87 06", 0, { { 0x103000, 4, 0 }, { 0x103000, 4, 1 } } },
	{ "0f b6 06", 0, { { 0x103000, 1, 0 } } },
	{ "0f bf 06", 0, { { 0x103000, 2, 0 } } },
	{ "0f 94 06", 0, { { 0x103000, 1, 1 } } },
	{ "0f ab 0e", 0, { { 0x102ffc, 4, 0 }, { 0x102ffc, 4, 1 } } }, /* bit -8 */
	{ "a1 34 12 00 00", 0, { { 0x101234, 4, 0 } } },
	{ "a2 34 12 00 00", 0, { { 0x101234, 1, 1 } } },
	{ "50", 0, { { 0x1ffc, 4, 1 } } },
	{ "66 50", 0, { { 0x1ffe, 2, 1 } } },
	{ "ff 36", 0, { { 0x103000, 4, 0 }, { 0x1ffc, 4, 1 } } },
	{ "ff 74 24 04", 0, { { 0x2004, 4, 0 }, { 0x1ffc, 4, 1 } } },
	{ "58", 0, { { 0x2000, 4, 0 } } },
	{ "8f 44 24 04", 0, { { 0x2000, 4, 0 }, { 0x2008, 4, 1 } } },
	{ "60", 0, { { 0x1fe0, 32, 1 } } },
	{ "61", 0, { { 0x2000, 32, 0 } } },
	{ "e8 00 00 00 00", 0, { { 0x1ffc, 4, 1 } } },
	{ "ff 16", 0, { { 0x103000, 4, 0 }, { 0x1ffc, 4, 1 } } },
	{ "ff 26", 0, { { 0x103000, 4, 0 } } },
	{ "ff 1e", 0, { { 0x103000, 6, 0 }, { 0x1ff8, 8, 1 } } },
	{ "c3", 0, { { 0x2000, 4, 0 } } },
	{ "cb", 0, { { 0x2000, 8, 0 } } },
	{ "cf", 0, { { 0x2000, 12, 0 } } },
	{ "cd 80", 0, { { 0, 0, 0 } } },
	{ "c9", 0, { { 0x2100, 4, 0 } } },
	{ "c8 20 00 00", 0, { { 0x1ffc, 4, 1 } } },
	{ "c8 20 00 03", 0, { { 0x1ffc, 4, 1 }, { 0x20f8, 8, 0 }, { 0x1ff0, 12, 1 } } },
	{ "a5", 0, { { 0x103000, 4, 0 }, { 0x204000, 4, 1 } } },
	{ "f3 a4", 0, { { 0x103000, 1, 0 }, { 0x204000, 1, 1 } } },
	{ "65 a7", 0, { { 0x703000, 4, 0 }, { 0x204000, 4, 0 } } },
	{ "ab", 0, { { 0x204000, 4, 1 } } },
	{ "ae", 0, { { 0x204000, 1, 0 } } },
	{ "ad", 0, { { 0x103000, 4, 0 } } },
	{ "6d", 0, { { 0x204000, 4, 1 } } },
	{ "6e", 0, { { 0x103000, 1, 0 } } },
	{ "d7", 0, { { 0x105001, 1, 0 } } }, /* al 1 */
	{ "c5 06", 0, { { 0x103000, 6, 0 } } },
	{ "8e 1e", 0, { { 0x103000, 2, 0 } } },
	{ "0f 01 16", 0, { { 0x103000, 6, 0 } } },
	{ "0f 01 06", 0, { { 0x103000, 6, 1 } } },
	{ "62 06", 0, { { 0x103000, 8, 0 } } },
	{ "dd 06", 0, { { 0x103000, 8, 0 } } },
	{ "db 3e", 0, { { 0x103000, 10, 1 } } },
	{ "dd 36", 0, { { 0x103000, 108, 1 } } },
	{ "66 dd 36", 0, { { 0x103000, 94, 1 } } },
	{ "0f ae 06", 0, { { 0x103000, 512, 1 } } },
	{ "0f ae 0e", 0, { { 0x103000, 512, 0 } } },
};

static void an_instruction_touches_its_operands_in_order(void **state)
{
	static const uint32_t base[6] = { 0x200000, 0, 0, 0x100000, 0, 0x700000 };
	const struct sim_regs regs = {
		.eax = 1,
		.ecx = 0xfffffff8,
		.ebx = 0x5000,
		.esp = 0x2000,
		.ebp = 0x2100,
		.esi = 0x3000,
		.edi = 0x4000,
	};

	(void)state;
	for (size_t k = 0; k < sizeof(touching) / sizeof(touching[0]); k++) {
		const struct touching *t = &touching[k];
		struct sim_insn i = decode(t->hex, t->bits16);
		struct sim_access out[SIM_ACCESSES];
		unsigned n = sim_insn_accesses(&i, &regs, base, out), expected = 0;

		while (expected < SIM_ACCESSES && t->expected[expected].size)
			expected++;
		if (n != expected)
			fail_msg("%s: %u accesses instead of %u", t->hex, n, expected);
		for (unsigned a = 0; a < n; a++)
			if (out[a].addr != t->expected[a].addr ||
			    out[a].size != t->expected[a].size ||
			    out[a].write != t->expected[a].write || out[a].down)
				fail_msg("%s: %s of %u at 0x%x", t->hex,
					 out[a].write ? "write" : "read", out[a].size, out[a].addr);
	}
}

static void a_string_goes_downwards_where_df_says_so(void **state)
{
	static const uint32_t base[6];
	const struct sim_regs regs = { .eflags = 0x402, .esi = 0x3000, .edi = 0x4000 };
	struct sim_insn i = decode("f3 a5", false);
	struct sim_access out[SIM_ACCESSES];

	(void)state;
	assert_int_equal(sim_insn_accesses(&i, &regs, base, out), 2);
	assert_true(out[0].down && out[1].down);
	i = decode("8b 06", false);
	assert_int_equal(sim_insn_accesses(&i, &regs, base, out), 1);
	assert_false(out[0].down);
}

/* A block's clocks and its count take the same steps through its bytes. */
static void an_instruction_ends_where_the_engine_ends_it(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15u;
	uint8_t code[16];

	(void)state;
	for (int n = 0; n < 200000; n++) {
		struct sim_insn i;

		for (unsigned k = 0; k < sizeof(code); k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			code[k] = (uint8_t)(random >> 32);
		}
		if (n % 3 == 1)
			code[0] = 0x0f;
		if (n % 3 == 2)
			memcpy(code, "\x66\xf3", 2);
		sim_insn_decode(code, sizeof(code), 0x1000, false, &i);
		assert_int_equal(i.size, sim_insn_length(code, sizeof(code)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instruction_falls_into_its_parts_and_has_a_form),
		cmocka_unit_test(what_the_decoder_does_not_know_is_unknown),
		cmocka_unit_test(values_of_parts_are_sign_extended),
		cmocka_unit_test(forms_say_what_else_their_clocks_depend_on),
		cmocka_unit_test(an_instruction_touches_its_operands_in_order),
		cmocka_unit_test(a_string_goes_downwards_where_df_says_so),
		cmocka_unit_test(an_instruction_ends_where_the_engine_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
