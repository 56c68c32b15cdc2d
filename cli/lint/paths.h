/* SPDX-License-Identifier: GPL-2.0-only */
/* paths.h: states of ways through entry code: paths.c makes them, stack.c judges. */
#ifndef CLI_LINT_PATHS_H
#define CLI_LINT_PATHS_H

#include "cli/lint/lint.h"

#define LINT_BUCKETS  4096
#define LINT_NO_STATE SIZE_MAX
/* The highest address at which four bytes are all the program's. */
#define LINT_USER_END (0xc0000000u - 3)

/* What esp is measured from: the word of eip in the entry's frame; the top of the task's stack; or
 * it is not known any more. */
enum lint_base { LINT_FRAME, LINT_TOP, LINT_LOST };

struct lint_state {
	uint32_t addr;
	int32_t level; /* bytes from `base` up to esp */
	enum lint_base base;
	uint32_t lost_at;  /* where esp became unknown */
	bool interrupts;   /* they may be on */
	bool fresh;        /* the flags were looked at, and interrupts were off since */
	uint32_t stale_at; /* if not: since here */
	bool into_kernel;  /* on the way back into the kernel, not to the program */
	uint8_t tainted;   /* bit n: register n holds what the program chose; */
	uint8_t bounded;   /* and was found to be below the end of its memory */
	uint8_t compared;  /* by the instruction before; LINT_NONE: none */
	bool ring_tested;
	size_t from; /* the state that first led to it */
	size_t same_bucket;
};

struct lint_ways {
	struct lint_report *report;
	struct lint_state *states;
	size_t n, room;
	size_t bucket[LINT_BUCKETS];
	struct lint_edge {
		size_t from, to;
	} * edges; /* every step, also to a state that was there */
	size_t n_edges, room_edges;
	struct lint_end {
		size_t state; /* at the iret */
		bool level;
	} * ends;
	size_t n_ends, room_ends;
};

/* The list with room for one more behind `n`; NULL: there is no memory, or it never ends. */
void *lint_grow(void *list, size_t *room, size_t n, size_t size);
void lint_add_state(struct lint_ways *w, const struct lint_state *s);
/* How far it moves esp; 0 too where it puts something else there. */
int32_t lint_moves_esp(const struct lint_insn *i);

/* stack.c: an iret, or a sysexit. */
void lint_way_out(struct lint_ways *w, const struct lint_state *s, bool iret);
/* When all ways are known: who left the stack uneven. */
void lint_stack(struct lint_ways *w);

#endif
