/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rows.c: what a row of clocks says of an instruction that retired, alike for all models that
 * keep their figures in rows.
 */
#include "sim/timing/models.h"

uint32_t sim_row_base(const struct sim_row *row, const struct sim_retired *r)
{
	bool rounds = sim_form_depends(r->insn->form) == SIM_ON_ROUNDS;

	if (row->other && (rounds ? r->value == 0 : !r->taken))
		return row->other;
	return (r->real ? row->real : row->same) + row->each * r->value;
}

uint32_t sim_row_ring(const struct sim_row *row, const struct sim_retired *r)
{
	bool rounds = sim_form_depends(r->insn->form) == SIM_ON_ROUNDS;
	bool applies = row->when == SIM_BETWEEN ? r->next_ring != r->ring :
		       row->when == SIM_OUTSIDE ? r->ring > 0 :
						  false;

	if (r->real || !applies || (row->other && (rounds ? r->value == 0 : !r->taken)))
		return 0;
	return row->ring - row->same;
}

void sim_row_deliver(const struct sim_row *row, const struct sim_delivered *d,
		     uint32_t clocks[SIM_CAUSES])
{
	clocks[SIM_BASE] += d->real ? row->real : row->same;
	if (!d->real && d->next_ring != d->ring)
		clocks[SIM_RING] += row->ring - row->same;
}
