/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fuzz.h: any call of the public header with any arguments, in any order: good ones, ones at
 * a border, hostile ones, NULL. What is checked of each is the header's word:
 *   - a refusal has a sentence, has changed nothing and has left its out-parameters alone;
 *   - the same calls give the same answers and digests.
 * A seed is one life of a few machines, and a hash of all that is seen in it.
 * api_fuzz.c has the machines, api_fuzz_machine.c, _run.c, _step.c, _process.c and _other.c the calls by
 * sections.
 */
#ifndef TESTS_API_FUZZ_H
#define TESTS_API_FUZZ_H

#include "tests/helpers/harness.h"

enum { FUZZ_MACHINES = 3, FUZZ_SNAPSHOTS = 4, FUZZ_TABLES = 2, FUZZ_BUFFER = 65536 };

struct fuzz_slot {
	sysemu_machine *m;
	bool uncounted, timed;
};

struct fuzz {
	uint64_t seed, state, seen, calls;
	unsigned step;
	const char *op; /* the row of the table, for messages */
	struct fuzz_slot slot[FUZZ_MACHINES];
	sysemu_snapshot *snapshot[FUZZ_SNAPSHOTS];
	sysemu_scenarios *scenarios;
	sysemu_exploration *table[FUZZ_TABLES];
	sysemu_cover *cover; /* NULL until it is wanted */
	char root[512];      /* the folder of programs for machines with processes */
	uint8_t buffer[FUZZ_BUFFER], out[4096];
	const void *program; /* an ELF file */
	size_t program_size;
	uint64_t input; /* bytes of standard input handed out */
};

/* One row of the table: makes a call or two. `s` has a machine. */
typedef sysemu_status (*fuzz_op)(struct fuzz *f, struct fuzz_slot *s);
struct fuzz_row {
	const char *name;
	fuzz_op op;
	unsigned weight;
};
#define FUZZ_OP(op, weight)     \
	{                       \
#op, op, weight \
	}
extern const struct fuzz_row fuzz_machine_rows[], fuzz_run_rows[], fuzz_step_rows[],
	fuzz_process_rows[], fuzz_other_rows[];

/* So many seeds' lives, each twice: it must see the same, in so many rows of the table. elf: the
 * path of a small program. */
void api_fuzz_twice(const char *elf, uint64_t seed, uint64_t seeds, unsigned steps);

/* ---- for the tables ---- */

uint32_t fuzz_below(struct fuzz *f, uint32_t n);
bool fuzz_one_in(struct fuzz *f, uint32_t n);
uint32_t fuzz_word(struct fuzz *f);    /* any number, those at borders more often */
uint32_t fuzz_address(struct fuzz *f); /* mapped more often than not */
int32_t fuzz_pid(struct fuzz *f);
uint64_t fuzz_wide(struct fuzz *f);
void *fuzz_or_null(struct fuzz *f, void *pointer); /* NULL one time in 24 */
const char *fuzz_kernel(struct fuzz *f);           /* one that there is, as a rule */
const char *fuzz_timing(struct fuzz *f);
sysemu_machine *fuzz_machine(struct fuzz *f, struct fuzz_slot *s); /* the slot's, or NULL */

void fuzz_see(struct fuzz *f, uint64_t what);
void fuzz_see_text(struct fuzz *f, const char *text); /* NULL is another text than "" */
void fuzz_see_bytes(struct fuzz *f, const void *bytes, size_t size);
void fuzz_see_event(struct fuzz *f, const sysemu_event *e);
void fuzz_see_counts(struct fuzz *f, const sysemu_counts *c);

__attribute__((format(printf, 2, 3), noreturn)) void fuzz_fail(struct fuzz *f, const char *format,
							       ...);

/* A call's status: sees it, and of a refusal its sentence. */
#define FUZZ_CALL(f, m, call) fuzz_status(f, call, sysemu_errmsg(m), #call)
sysemu_status fuzz_status(struct fuzz *f, sysemu_status status, const char *sentence,
			  const char *call);

/* An out-parameter: filled before the call, looked at behind it. */
void *fuzz_out(struct fuzz *f, size_t size);
/* Success: true. A refusal: false, when nothing has been written there. */
bool fuzz_filled(struct fuzz *f, sysemu_status status, size_t size);

#endif
