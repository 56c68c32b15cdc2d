/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * captures.h: hardware captures against this library: each test of a file is executed in real
 * mode and its end state compared, and its clocks are compared with what a model says.
 */
#ifndef SIM_TIMING_CAPTURES_H
#define SIM_TIMING_CAPTURES_H

#include "sim/sim.h"

/* Of some tests: those of a file, or of a form. */
struct sim_accuracy {
	uint32_t tests;     /* timed ones: those that fault are not */
	uint32_t exact;     /* their total is the measured one */
	uint32_t bus_order; /* their bus cycles are the measured ones, in order and kind */
	uint32_t max_error;
	uint64_t error; /* sum of |modelled - measured| clocks */
};

static inline double sim_accuracy_mae(const struct sim_accuracy *a)
{
	return a->tests ? (double)a->error / a->tests : 0;
}

#define SIM_CAPTURE_FORMS 64

struct sim_captures {
	uint32_t tests, faulting;
	uint32_t differing; /* the engine's end state is not the captured one */
	bool has_bus;       /* the model knows bus cycles: bus_order means something */
	struct sim_accuracy all;
	struct { /* what finds no room here is in `all` only */
		const char *name;
		struct sim_accuracy accuracy;
	} form[SIM_CAPTURE_FORMS];
	unsigned nforms;
};

struct sim_capture { /* one test */
	uint32_t index;
	const char *name; /* not terminated */
	size_t name_size;
	const uint8_t *bytes;
	uint32_t size;
	bool faulting; /* measured and modelled say nothing */
	uint32_t measured, modelled;
	bool bus_order;
	const char *bus_measured, *bus_modelled; /* c code, r read, w write, h halt */
	const char *difference;                  /* of the end state: one sentence; NULL: none */
};

typedef void (*sim_capture_fn)(void *user, const struct sim_capture *test);

/* `timing` as in sim_timing_parse. SIM_EINVAL: the timing; SIM_ELOAD: the file. */
enum sim_status sim_captures_replay(const void *moo, size_t size, const char *timing,
				    sim_capture_fn fn, void *user, struct sim_captures *out,
				    struct sim_error *err);

#endif
