/* SPDX-License-Identifier: GPL-2.0-only */
/* bus_words.h: how many words an instruction moves over the bus. For bus.c alone. */
#ifndef SIM_TIMING_BUS_WORDS_H
#define SIM_TIMING_BUS_WORDS_H

#include "sim/timing/models.h"

struct bus_words {
	uint32_t reads, writes;
	bool wide; /* four bytes each */
};

/* Forms for which the CPU looks up tables of its own, and what comes of that. */
extern const bool bus_looks_up[SIM_FORMS];
void bus_look_up(const struct sim_retired *r, struct bus_words *words);

uint32_t bus_rounds(const struct sim_retired *r); /* of a rep; else 1 */
/* Bus cycles beyond those of aligned operands. */
uint32_t bus_crossings(const struct sim_retired *r, uint32_t width);

#endif
