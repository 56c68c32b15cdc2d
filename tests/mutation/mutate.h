/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutate.h: one run of the driver: what is tried, by which tests, and what came of it.
 */
#ifndef TESTS_MUTATION_MUTATE_H
#define TESTS_MUTATION_MUTATE_H

#include <stdatomic.h>

#include "tests/mutation/hosts.h"
#include "tests/mutation/rules.h"

#define PROVEN "proven" /* a result's reason to be equal that is not from the list */

enum verdict {
	UNTRIED, /* not in the sample */
	KILLED,
	ENDLESS, /* killed, by its budget of instructions */
	TIMED,   /* killed, by the time of the test itself */
	LIVES,
	UNSEEN, /* lives: no test executes it */
	EQUAL,  /* lives, and is listed */
	VERDICTS
};

struct result {
	_Atomic unsigned char verdict;
	_Atomic uint16_t killer;
	const char *equal; /* the reason; NULL: it is not listed */
};

/* How often a test was asked for mutants of a function, and told them. */
struct record {
	_Atomic uint32_t tried, killed;
};

struct run {
	struct mutants mutants;
	struct host_test *tests;
	uint32_t ntests;
	struct result *results; /* of each mutant */
	struct record *records; /* by function, then test */
	bool sampled;
	double least; /* the score that is wanted, those not executed among them; 0: MIN_SCORE of the others */
};

static inline bool lives(const struct result *r)
{
	return r->verdict == LIVES || r->verdict == UNSEEN;
}

static inline struct record *record_of(const struct run *r, uint32_t function, uint32_t test)
{
	return &r->records[(size_t)function * r->ntests + test];
}

/* known.c: which tests told mutants of which function. A file of earlier runs makes them wanted,
 * and first to be asked. */
void known_read(struct run *r, const char *file);
void known_write(const struct run *r, const char *file);

/* equal.c: those that no test can tell. */
void equal_read(struct run *r, const char *file);

/* report.c */
void report_tests(const struct run *r);
void report_table(const struct run *r);
/* False: the run is to fail. */
bool report_lives(const struct run *r, bool verbose);

#endif
