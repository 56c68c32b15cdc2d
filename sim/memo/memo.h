/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memo.h: runs that are not made again.
 *
 * What a run does is decided by what it begins with: the CPU, the budget, and the words of memory
 * that it reads before it has written them. A *record* is that and what came of it: words, CPU,
 * counts, stop. A run that meets a record's CPU and words is answered by it; nothing is executed.
 *
 * records.c finds and applies records; learn.c makes them, and proves each: the run is made
 * a second time with every word that it is said not to need turned upside down, and must read the
 * same, and end the same. Read next: memo.c.
 */
#ifndef SIM_MEMO_H
#define SIM_MEMO_H

#include "sim/run/run.h"

#define MEMO_READS 4096u /* of one run; a longer one is not recorded */
#define MEMO_ARENA (96u << 20)
#define MEMO_AUDIT 1024u /* each so manyth answer is executed as well, and compared */

/* All of the CPU that records tell apart. */
struct memo_cpu {
	uint32_t gpr[8], eip, eflags, cr2, dr6;
	uint32_t seg[SIM_SEGS][4]; /* selector, base, limit, flags */
	uint32_t hidden;           /* the engine's own flags beside EFLAGS */
	uint32_t passes_breaks;
	uint64_t rest; /* a digest of all else; a run that changes it is not recorded */
	uint64_t budget;
};

struct memo_word {
	uint32_t addr, value;
};

struct memo_count { /* of struct sim_counts, as 64-bit words */
	uint32_t index, more;
};

struct memo_record {
	const struct memo_cpu *after;
	uint32_t stop_eip;
	int stop;
	uint32_t nwords, ncounts;
	struct memo_word *word;
	struct memo_count *count;
};

/* What a run may read next, and what that leads to: its siblings read otherwise. */
struct memo_node {
	struct memo_node *sibling, *child;
	struct memo_record *record; /* a run that reads no more */
	uint32_t nwords;
	const struct memo_word *word;
};

struct memo_slot {
	uint64_t hash; /* 0: free */
	const struct memo_cpu *cpu;
	struct memo_node *first;
};

struct memo_read {
	uint32_t addr, size;
	uint64_t value;
};

struct memo_chunk {
	struct memo_chunk *next;
	size_t used, size;
	_Alignas(16) uint8_t bytes[];
};

struct sim_memo {
	struct memo_slot *slots;
	size_t nslots, used;
	struct memo_chunk *chunks;
	size_t arena;
	uint64_t changes; /* of the space, when the records were valid */
	bool full;        /* no memory for more */
	bool forged; /* the guest has written into its page tables: nothing is known of memory */
	struct sim_memo_facts facts;

	/* The run that is recorded. */
	struct sim_recorder recorder;
	struct memo_read *reads[2]; /* of the run, and of its second time */
	uint32_t nreads[2];
	unsigned turn;
	struct memo_word *need; /* words read that were as they were before, in this order */
	uint32_t nneed, nfirst;
	struct memo_word *first; /* by hash: a word that was read; value: as it was then */
	uint8_t *kind;           /* of each */
	uint32_t stack[2];       /* below them nothing is kept: so a word read there is its own */
	uint8_t *before, *after; /* the pages that vary */
	uint8_t *dirty;          /* of the pages given: D before */
	uint32_t ndirty;
	struct sim_context *cpu_before, *cpu_after;
	struct sim_counts counts_before;
	struct memo_word *writes;
};

/* ---- records.c ---- */

uint64_t memo_rest(struct sim *s);
void memo_get_cpu(struct sim *s, struct memo_cpu *out);
void memo_set_cpu(struct sim *s, const struct memo_cpu *now, const struct memo_cpu *to);
void *memo_alloc(struct sim_memo *m, size_t size); /* NULL: full, or out of memory */
/* `need` is copied. */
void memo_add(struct sim_memo *m, const struct memo_cpu *cpu, const struct memo_word *need,
	      uint32_t nneed, struct memo_record *record);
/* The one that all records share; NULL: as memo_alloc. */
const struct memo_cpu *memo_shared_cpu(struct sim_memo *m, const struct memo_cpu *cpu);
/* What a run does to memory, counts and the stop, without the CPU. */
void memo_apply(struct sim *s, const struct memo_record *r);

/* The record that answers for a run that begins now; NULL: none does. */
const struct memo_record *memo_find(struct sim *s, const struct memo_cpu *cpu);
void memo_forget_all(struct sim_memo *m);

/* ---- learn.c ---- */

bool memo_learn_open(struct sim *s); /* false: out of memory, or the engine refuses */
void memo_learn_close(struct sim_memo *m);
enum sim_stop memo_execute(struct sim *s, uint64_t max_insns);
/* Executes a run that nothing is known of; `r` not NULL: that must come of it. */
enum sim_stop memo_learn(struct sim *s, const struct memo_cpu *cpu, uint64_t max_insns,
			 const struct memo_record *r);

#endif
