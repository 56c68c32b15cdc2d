/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open.c: opening a computer. The first of a process is preceded by the question whether the
 * engine is one that can be used, and in which way (selftest.c).
 */
#include "sim/cpu/cpu.h"
#include "sim/power/power.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- once a process ---- */

/* With sim_layout's the only variables of the process. A failure for want of memory is not
 * remembered. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool known;
static enum sim_status result;
static struct sim_error result_error;

/* Of an engine that no way suits, what the first one met is said. */
static enum sim_status probe_behaviour(struct sim_error *err)
{
	enum sim_status status = SIM_EENGINE;
	struct sim_error later, *say = err;

	for (unsigned way = 0; way < SIM_LAYOUT_WAYS && status == SIM_EENGINE; way++) {
		if (!sim_layout_way(way))
			continue;
		status = sim_selftest(say);
		if (status == SIM_ENOMEM)
			*err = *say;
		say = &later;
	}
	if (status == SIM_OK)
		err->text[0] = '\0';
	return status;
}

enum sim_status sim_probe(struct sim_error *err)
{
	enum sim_status status;

	if (!atomic_load_explicit(&known, memory_order_acquire)) {
		pthread_mutex_lock(&lock);
		if (!atomic_load_explicit(&known, memory_order_relaxed)) {
			status = sim_layout_probe(err);
			if (status == SIM_OK)
				status = probe_behaviour(err);
			if (status == SIM_ENOMEM) {
				pthread_mutex_unlock(&lock);
				return status;
			}
			result = status;
			result_error = *err;
			atomic_store_explicit(&known, true, memory_order_release);
		}
		pthread_mutex_unlock(&lock);
	}
	if (result != SIM_OK)
		*err = result_error;
	return result;
}

const char *sim_engine_way(void)
{
	struct sim_error ignored;

	if (sim_probe(&ignored) != SIM_OK)
		return "refused by the self-test";
	return sim_layout()->in_place ? "ring change in place" : "ring change by CR0";
}

/* ---- each ---- */

static bool config_ok(const struct sim_config *c)
{
	return (c->page_tables | c->page_directory | c->firmware) % SIM_PAGE == 0 &&
	       c->page_tables <= UINT32_MAX - 0x3fffff &&
	       c->page_directory - c->page_tables >= 0x400000 &&
	       c->firmware - c->page_tables >= 0x400000 && c->firmware != c->page_directory;
}

enum sim_status sim_open(const struct sim_config *config, struct sim **out, struct sim_error *err)
{
	struct sim_error ignored;
	enum sim_status status;

	err = err ? err : &ignored;
	err->text[0] = '\0';
	if (!config_ok(config)) {
		snprintf(err->text, sizeof(err->text),
			 "the computer's own pages are not aligned or overlap");
		return SIM_EINVAL;
	}
	status = sim_probe(err);
	return status == SIM_OK ? sim_power_up(config, NULL, out, err) : status;
}
