/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus_words.c: what the CPU moves besides an instruction's operands: gates, descriptors, the
 * stack of an inner ring; and what is more where operands lie across words.
 */
#include "sim/timing/bus_words.h"

enum { DESCRIPTOR = 2, GATE = 2, STACK = 2, MOVED = 3, OUTER = 2 }; /* double words */

const bool bus_looks_up[SIM_FORMS] = {
	[FORM_INT... FORM_IRET] = true,          [FORM_MOV_S_R... FORM_MOV_S_M] = true,
	[FORM_POP_S... FORM_POP_FS] = true,      [FORM_LDS... FORM_LFS] = true,
	[FORM_JMP_FAR... FORM_JMP_FAR_M] = true, [FORM_CALL_FAR... FORM_CALL_FAR_M] = true,
	[FORM_RETF... FORM_RETF_I] = true,
};

void bus_look_up(const struct sim_retired *r, struct bus_words *words)
{
	bool between = r->ring != r->next_ring;

	switch (r->insn->form) {
	case FORM_INT ... FORM_ICEBP:
		if (!r->taken)
			return;
		words->reads = r->real ? 1 : GATE + DESCRIPTOR + (between ? STACK + DESCRIPTOR : 0);
		words->writes = MOVED + (between ? OUTER : 0);
		words->wide = !r->real;
		return;
	case FORM_IRET:
		if (!r->real)
			words->reads += DESCRIPTOR + (between ? OUTER + DESCRIPTOR : 0);
		return;
	default:
		if (!r->real) {
			words->reads += DESCRIPTOR;
			words->wide = true;
		}
		return;
	}
}

uint32_t bus_rounds(const struct sim_retired *r)
{
	bool rep = r->insn->flags & SIM_INSN_REP;

	return rep && sim_form_depends(r->insn->form) == SIM_ON_ROUNDS ? r->value : 1;
}

/* How many of the words in a row from `addr` on lie in one bus word more than they must. */
static uint32_t crossing_words(uint32_t addr, uint32_t size, uint32_t word, uint32_t width)
{
	uint32_t sum = 0;

	for (uint32_t at = 0; at < size; at += word) {
		uint32_t piece = size - at < word ? size - at : word;
		uint32_t within = (addr + at) & (width - 1);

		sum += (within + piece + width - 1) / width > (piece + width - 1) / width;
	}
	return sum;
}

/* Four rounds bring an element back to where it was in its word. */
uint32_t bus_crossings(const struct sim_retired *r, uint32_t width)
{
	uint32_t rounds = bus_rounds(r), word = r->insn->wide ? 4 : 2, sum = 0;

	for (unsigned n = 0; n < r->accesses; n++) {
		const struct sim_access *a = &r->access[n];

		for (uint32_t k = 0; k < 4 && k < rounds; k++)
			sum += crossing_words(a->addr + k * a->size, a->size, word, width) *
			       (rounds / 4 + (k < rounds % 4));
	}
	return sum;
}
