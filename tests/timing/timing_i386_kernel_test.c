/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing_i386_kernel_test.c: the model i386dx on the guest kernels. The table of clocks is a
 * second transcription of the manual's, made apart from i386.def, for every form that their code
 * has; they are walked to see that none is missing.
 */
#include "sim/timing/models.h"
#include "tests/helpers/kernel_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/timing/timing_box.h"

/* ---- the second transcription ---- */

/* Protected mode, within a ring, operands where they should be. UNCHECKED: nobody has read the
 * cell in the manual again; sources that quote it agree. */
enum { CHECKED, UNCHECKED };
enum { WITHOUT_M, PLUS_M };

static const struct cell {
	uint16_t form;
	uint8_t clocks, untaken;
	bool m, unchecked;
} cells[] = {
	/* the entry path, instruction by instruction */
	{ FORM_PUSH_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_PUSH_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_PUSH_S, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_POP_R, 4, 0, WITHOUT_M, CHECKED },
	{ FORM_POP_M, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_PUSH_M, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_POP_S, 21, 0, WITHOUT_M, CHECKED },
	{ FORM_POP_FS, 21, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_R_R, 2, 0, WITHOUT_M, CHECKED },
	{ FORM_MOV_R_I, 2, 0, WITHOUT_M, CHECKED },
	{ FORM_MOV_M_R, 2, 0, WITHOUT_M, CHECKED },
	{ FORM_MOV_R_M, 4, 0, WITHOUT_M, CHECKED },
	{ FORM_MOV_M_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_S_R, 18, 0, WITHOUT_M, CHECKED },
	{ FORM_CLD, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CLI, 3, 0, WITHOUT_M, CHECKED },
	{ FORM_STI, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_TEST_M_I, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CMP_M_I, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CMP_R_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ALU_R_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ALU_R_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ALU_M_I, 7, 0, WITHOUT_M, UNCHECKED },
	{ FORM_LEA, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_JCC_SHORT, 7, 3, PLUS_M, UNCHECKED },
	{ FORM_JCC_NEAR, 7, 3, PLUS_M, UNCHECKED },
	{ FORM_CALL_M, 10, 0, PLUS_M, UNCHECKED },
	{ FORM_RET, 10, 0, PLUS_M, UNCHECKED },
	{ FORM_IRET, 38, 0, WITHOUT_M, CHECKED },
	/* elsewhere in the kernels */
	{ FORM_MOV_A_O, 4, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_O_A, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_R_S, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOVX_R_R, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOVX_R_M, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_NOP, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_PUSHF, 4, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ALU_M_R, 7, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ALU_R_M, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ADC_R_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ADC_R_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ADC_M_R, 7, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ADC_R_M, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CMP_R_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CMP_M_R, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_CMP_R_M, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_TEST_R_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_TEST_M_R, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_TEST_A_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_TEST_R_I, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_INC_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_INC_M, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_NEG_R, 2, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SHL_R_I, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SHL_R_1, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SHL_M_1, 7, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SHLD_R_I, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SHL_R_CL, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_ROL_R_CL, 3, 0, WITHOUT_M, UNCHECKED },
	{ FORM_POPF, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_BSF_R_R, 10, 0, WITHOUT_M, UNCHECKED }, /* and 3 a zero bit */
	{ FORM_SETCC_R, 4, 0, WITHOUT_M, UNCHECKED },
	{ FORM_SETCC_M, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_JMP_SHORT, 7, 0, PLUS_M, UNCHECKED },
	{ FORM_JMP_NEAR, 7, 0, PLUS_M, UNCHECKED },
	{ FORM_JMP_R, 7, 0, PLUS_M, UNCHECKED },
	{ FORM_JMP_M, 10, 0, PLUS_M, UNCHECKED },
	{ FORM_JMP_FAR, 27, 0, PLUS_M, UNCHECKED },
	{ FORM_CALL, 7, 0, PLUS_M, UNCHECKED },
	{ FORM_CALL_R, 7, 0, PLUS_M, UNCHECKED },
	{ FORM_REP_MOVS, 5, 0, WITHOUT_M, UNCHECKED }, /* no rounds */
	{ FORM_REP_STOS, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_OUT_DX, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_HLT, 5, 0, WITHOUT_M, UNCHECKED },
	{ FORM_LTR_R, 23, 0, WITHOUT_M, UNCHECKED },
	{ FORM_LAR_M, 16, 0, WITHOUT_M, UNCHECKED },
	{ FORM_LGDT, 11, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_R_CR, 6, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_R_DR6, 14, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_DR0_R, 22, 0, WITHOUT_M, UNCHECKED },
	{ FORM_MOV_DR6_R, 16, 0, WITHOUT_M, UNCHECKED },
};

/* In the kernels, but not on a 386; a program that runs them there has no such CPU. */
static const uint16_t foreign[] = { FORM_CMOV_R,  FORM_INVLPG, FORM_WRMSR,
				    FORM_SYSEXIT, FORM_FXSAVE, FORM_RDTSC };
/* Priced by a formula of the bytes or never retiring: tested below. */
static const uint16_t elsewhere[] = { FORM_IMUL_R_R_I, FORM_IMUL_R_M_I, FORM_IMUL_R32,
				      FORM_IMUL_M32,   FORM_MUL_R32,    FORM_MUL_M32,
				      FORM_UD2 };

static bool among(const uint16_t *forms, size_t n, uint16_t form)
{
	for (size_t k = 0; k < n; k++)
		if (forms[k] == form)
			return true;
	return false;
}

#define AMONG(list, form) among(list, sizeof(list) / sizeof((list)[0]), form)

static const struct cell *cell_of(uint16_t form)
{
	for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
		if (cells[k].form == form)
			return &cells[k];
	return NULL;
}

static void check_against_cell(struct sim_timing *t, const struct sim_insn *i, const char *kernel)
{
	const struct cell *cell = cell_of(i->form);
	const struct sim_insn target = box_insn("89 c8"); /* two components */
	struct sim_retired r = {
		.insn = i,
		.next = &target,
		.taken = true,
		.value = sim_form_depends(i->form) == SIM_ON_SOURCE,
	};
	struct box_clocks c = box_price(t, &r);

	if (AMONG(foreign, i->form)) {
		assert_int_equal(c.verdict, SIM_FOREIGN);
		assert_int_equal(box_sum(&c), 0);
		return;
	}
	if (AMONG(elsewhere, i->form))
		return;
	if (!cell)
		fail_msg("%s: %s at 0x%x has no cell", kernel, sim_form_name(i->form), i->addr);
	assert_int_equal(c.verdict, SIM_PRICED);
	if (c.of[SIM_BASE] != cell->clocks || c.of[SIM_M] != (cell->m ? 2 : 0) || c.of[SIM_RING])
		fail_msg("%s: %s at 0x%x: %u and m %u", kernel, sim_form_name(i->form), i->addr,
			 c.of[SIM_BASE], c.of[SIM_M]);
	r.taken = false;
	if (cell->untaken) {
		c = box_price(t, &r);
		assert_int_equal(c.of[SIM_BASE], cell->untaken);
		assert_int_equal(c.of[SIM_M], 0);
	}
}

/* ---- the kernels ---- */

static const char *const kernels[] = { "2.6.11", "sysemu-1", "sysemu-3",         "sysemu-4",
				       "sysemu", "2.6.14",   "sysemu-as-printed" };
static const char *const regions[] = { "entry", "trace", "ptrace", "signal",
				       "traps", "leaf",  "sched",  "boot" };

static struct sim_insn decode_at(const struct kernel_code *c, uint32_t addr)
{
	struct sim_insn i;

	sim_insn_decode(kernel_code_at(c, addr), 16, addr, false, &i);
	return i;
}

static void every_form_in_the_kernels_costs_what_the_manual_says(void **state)
{
	struct sim_timing t = box_model("i386dx");
	bool seen[SIM_FORMS] = { false };
	unsigned unchecked = 0;
	char name[64];

	(void)state;
	for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
		struct kernel_code c = kernel_code_of(kernels[k]);

		for (size_t r = 0; r < sizeof(regions) / sizeof(regions[0]); r++) {
			uint32_t at, end;

			snprintf(name, sizeof(name), "__region_%s", regions[r]);
			at = kernel_code_address(&c, name);
			snprintf(name, sizeof(name), "__region_%s_end", regions[r]);
			end = kernel_code_address(&c, name);
			while (at < end) {
				struct sim_insn i = decode_at(&c, at);

				check_against_cell(&t, &i, kernels[k]);
				seen[i.form] = true;
				at += i.size;
			}
		}
		sim_image_free(&c.image);
	}
	for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
		if (!seen[cells[k].form])
			fail_msg("no kernel has %s", sim_form_name(cells[k].form));
	for (size_t k = 0; k < sizeof(cells) / sizeof(cells[0]); k++)
		unchecked += cells[k].unchecked;
	print_message("%zu cells, %u unchecked\n", sizeof(cells) / sizeof(cells[0]), unchecked);
}

/* 38 instructions without the call's own: the table of the 80386 gives 99 + 87 + 86 + 82. */
static void the_fast_path_takes_354_documented_clocks(void **state)
{
	struct sim_timing t = box_model("i386dx");
	struct kernel_code c = kernel_code_of("2.6.11");
	uint32_t at = kernel_code_address(&c, "system_call"), part = 0, insns = 0;
	uint32_t call = 0, back = 0;
	struct box_clocks entered;
	struct sim_insn i;

	(void)state;
	i = box_insn("cd 80");
	entered = box_price(&t, &(struct sim_retired){ .insn = &i, .taken = true, .ring = 3 });
	assert_int_equal(box_sum(&entered), 99);
	do {
		struct sim_retired r = { .insn = &i, .taken = false };
		struct box_clocks cost;

		i = decode_at(&c, at);
		if (i.form == FORM_IRET)
			r.next_ring = 3;
		cost = box_price(&t, &r);
		if (i.form == FORM_IRET) {
			assert_int_equal(box_sum(&cost), 82);
			back = part;
		}
		part += cost.of[SIM_BASE];
		if (i.form == FORM_CALL_M) {
			call = part;
			part = 0;
		}
		insns++;
		at += i.size;
	} while (i.form != FORM_IRET);
	assert_int_equal(insns, 37);
	assert_int_equal(call, 87);
	assert_int_equal(back, 86);
	assert_int_equal(99 + call + back + 82, 354);
	sim_image_free(&c.image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_in_the_kernels_costs_what_the_manual_says),
		cmocka_unit_test(the_fast_path_takes_354_documented_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
