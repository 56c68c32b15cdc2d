/* SPDX-License-Identifier: GPL-2.0-only */
/* models.h: what the models share among themselves. */
#ifndef SIM_TIMING_MODELS_H
#define SIM_TIMING_MODELS_H

#include "sim/timing/timing.h"

/* What sim_insn.form holds: FORM_UNKNOWN is 0. */
enum sim_form {
#define FORM(name, text, depends) FORM_##name,
#include "sim/timing/forms.def"
#undef FORM
	SIM_FORMS
};

/* ---- the models, each in its file ---- */

extern const struct sim_timing_model sim_timing_i386dx;
extern const struct sim_timing_model sim_timing_i386dx_bus;
extern const struct sim_timing_model sim_timing_i386ex_bus;

/* ---- parts of i386dx that a model with a bus shares (i386.c) ---- */

/* All but what needs addresses: base, m, prefix, address, ring. */
enum sim_verdict sim_i386_base(const struct sim_timing_options *options,
			       const struct sim_retired *r, uint32_t clocks[SIM_CAUSES]);
void sim_i386_deliver(const struct sim_delivered *d, uint32_t clocks[SIM_CAUSES]);
/* How many further bus cycles the operands take that cross a 32-bit word. */
uint32_t sim_i386_crossings(const struct sim_retired *r);
/* How many pages' entries the TLB in t->state had to fetch. */
uint32_t sim_i386_tlb_misses(struct sim_timing *t, const struct sim_retired *r);

#endif
