/* SPDX-License-Identifier: GPL-2.0-only */
/* check.h: what the files of `sysemu check` share beside the budget and what is measured. */
#ifndef CLI_CHECK_CHECK_H
#define CLI_CHECK_CHECK_H

#include "measure.h"

/* "\rcheck: 3 of 100" on standard error, if that is a terminal; n 0 wipes it out. */
void check_progress(size_t i, size_t n);

/* update.c: new baselines into the budget's text, and its paths. CLI_OK or CLI_INTERNAL. */
struct check_update {
	const struct budget *budget;
	const struct paths *paths;
	const uint64_t *const *seen; /* [row][limit]; a row's is NULL: it stays */
};
int check_update(const struct check_update *u);

/* first.c: a first budget, of what runs, which must not be there yet. */
int check_first(const char *path, struct report *r);

#endif
