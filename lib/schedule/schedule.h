/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib/schedule/schedule.h: what its files share: a schedule that runs, and what has been found. All on
 * the public headers. Read next: all.c.
 */
#ifndef LIB_SCHEDULE_SCHEDULE_H
#define LIB_SCHEDULE_SCHEDULE_H

#include "lib/fail.h"
#include "libsysemu/schedule.h"

struct steps {
	sysemu_step *step;
	size_t n, room;
};

/* ---- report.c ---- */

bool steps_add(struct steps *s, const sysemu_choice *c, uint32_t option); /* false: no memory */
void steps_free(struct steps *s);

sysemu_schedules *schedules_new(void);
/* A schedule has come to an end. False: no memory. */
bool schedules_found(sysemu_schedules *s, const sysemu_outcome *found);

/* ---- run.c ---- */

#define TICKS (SYSEMU_CHOOSE_KERNEL | SYSEMU_CHOOSE_USER)

/* A preemption, or time that passes of itself? */
bool is_preemption(const sysemu_choice *c, uint32_t option);

struct run {
	sysemu_machine *m;
	const sysemu_schedules_config *config;
	bool chooses;       /* between run_open and run_close */
	int decided;        /* what the next choice is answered with; -1: later */
	sysemu_event begin; /* before the first instruction: counts */
};

/* What every schedule begins with; `what`: the caller's name, for the sentence. */
sysemu_status run_open(struct run *r, sysemu_machine *m, const sysemu_schedules_config *config,
		       const char *what);
/* Asks there from now on, and where it is already known to have to (LOCAL). */
sysemu_status run_where(struct run *r, unsigned where);
/* Up to the next choice or an end; `e` says which. */
sysemu_status run_on(struct run *r, sysemu_event *e);
sysemu_status run_close(struct run *r, sysemu_status status);
sysemu_status fill_outcome(struct run *r, const sysemu_event *e, const struct steps *steps,
			   unsigned preemptions, sysemu_outcome *out);

#endif
