/* SPDX-License-Identifier: GPL-2.0-only */
/* power.c: a computer put together from its rooms, and taken apart. */
#include "sim/power/power.h"
#include "sim/counting/counting.h"
#include "sim/cpu/cpu.h"
#include "sim/memory/memory.h"
#include "sim/run/run.h"
#include "sim/state/state.h"

#include <stdio.h>
#include <stdlib.h>

enum sim_status sim_power_up(const struct sim_config *config, struct sim *first, struct sim **out,
			     struct sim_error *err)
{
	struct sim *s = calloc(1, sizeof(*s));
	enum sim_status status = SIM_ENOMEM;

	if (s) {
		s->config = *config;
		s->counts = first ? first->counts : &s->own_counts;
		s->cpu.layout = sim_layout();
		s->uncounted = config->uncounted;
		s->run.stop = -1;
		status = sim_blocks_init(s) ? sim_memory_open(s, first) : SIM_ENOMEM;
	}
	if (status == SIM_OK)
		status = sim_cpu_open(s, &sim_run_hooks, err);
	if (status == SIM_OK) {
		*out = s;
		return SIM_OK;
	}
	if (status == SIM_ENOMEM)
		snprintf(err->text, sizeof(err->text), "out of memory opening the computer");
	sim_close(s);
	return status;
}

void sim_close(struct sim *s)
{
	if (!s)
		return;
	sim_memo_close(s);
	sim_state_close(s);
	if (s->cpu.fault) /* opened whole */
		sim_memory_drop_code(s);
	sim_cpu_close(s);
	sim_spots_close(s);
	sim_watch_close(s);
	sim_memory_close(s);
	sim_blocks_free(s);
	sim_cover_close(s);
	if (sim_owner(s) == s)
		free(s->exact);
	free(s);
}
