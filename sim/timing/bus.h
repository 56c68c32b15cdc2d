/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h: what the models with a bus give beyond a price: where they begin, more foresight than
 * a model has in a running computer, and a record of their bus cycles. For the comparison with
 * hardware captures (captures.c). Read next: bus.c.
 */
#ifndef SIM_TIMING_BUS_H
#define SIM_TIMING_BUS_H

#include "sim/timing/timing.h"

enum sim_bus_kind { SIM_BUS_CODE, SIM_BUS_READ, SIM_BUS_WRITE, SIM_BUS_HALT };

#define SIM_BUS_CYCLES 256

struct sim_bus_record {
	uint8_t kind[SIM_BUS_CYCLES]; /* enum sim_bus_kind, in order */
	unsigned n;                   /* what comes beyond SIM_BUS_CYCLES is not kept */
};

/* Behind what is priced, in the order of memory: what the decoder may already look at. */
#define SIM_BUS_AHEAD 6

bool sim_bus_has(const struct sim_timing_model *model);
/* The queue is empty, the first fetch of the code at `addr` begins now, nothing is paid yet. */
void sim_bus_begin(struct sim_timing *t, uint32_t addr);
/* As the model's price. `ahead` are `n` instructions, the first the one behind r->insn. */
enum sim_verdict sim_bus_price(struct sim_timing *t, const struct sim_retired *r,
			       const struct sim_insn *ahead, unsigned n,
			       struct sim_bus_record *record, uint32_t clocks[SIM_CAUSES]);

#endif
