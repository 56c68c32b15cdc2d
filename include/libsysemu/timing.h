/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing.h: the part of sysemu.h on clocks; sysemu.h includes it.
 *
 * The CPU executes; a named model prices what was retired and says of each clock what it
 * was spent on. A machine opened with sysemu_config.timing keeps clocks beside its counts.
 * What each model promises, its sources and its measured error: docs/timing.md.
 */
/* clang-format off */
#ifndef LIBSYSEMU_SYSEMU_H
#include "sysemu.h" /* it includes this file in its turn */
#elif !defined(LIBSYSEMU_TIMING_H)
#define LIBSYSEMU_TIMING_H

/* ---- 15. timing models ------------------------------------------------- */

/* "i386dx" and so on; NULL beyond the last. `about`, if not NULL, receives one line. */
const char *sysemu_timing_at(size_t index, const char **about);
/* Is `timing` ("i386dx,iret=state,cli=9") a model and options that it has? `sysenter`, if
 * not NULL, receives whether its CPU knows that instruction. EINVAL: sysemu_errmsg(NULL)
 * names the part that is wrong. */
sysemu_status sysemu_timing_check(const char *timing, bool *sysenter);

/* What a clock was spent on. The causes of a price add up to it. */
#define SYSEMU_CAUSE_MAP(X)                                                             \
	X(BASE, "base")                     /* the instruction, in its ring */          \
	X(M, "m")                           /* a transfer: what it leads to */          \
	X(PREFIX, "prefix")                                                             \
	X(ADDRESS, "address")               /* forming an operand's address */          \
	X(PREFETCH_STALL, "prefetch_stall") /* instruction bytes not there yet */       \
	X(BUS_WAIT, "bus_wait")             /* the bus busy, or slow */                 \
	X(MISALIGN, "misalign")             /* further bus cycles of one operand */     \
	X(TLB_WALK, "tlb_walk")                                                         \
	X(RING_CHANGE, "ring_change")       /* beyond the same within a ring */         \
	X(PAIRING, "pairing")               /* the second of a pair takes longer */     \
	X(MISPREDICT, "mispredict")

typedef enum sysemu_cause {
#define X(name, text) SYSEMU_CAUSE_##name,
	SYSEMU_CAUSE_MAP(X)
#undef X
	SYSEMU_CAUSES
} sysemu_cause;

const char *sysemu_cause_name(sysemu_cause cause); /* NULL beyond the last */

/* Clocks since sysemu_open, by region and cause. */
typedef struct sysemu_clocks {
	uint64_t region[SYSEMU_REGIONS][SYSEMU_CAUSES];
	/* In no region: the int or sysenter that leads from ring 3 into the kernel; each
	 * delivery of an exception or interrupt, from whatever ring. */
	uint64_t entry[SYSEMU_CAUSES];
	uint64_t foreign; /* instructions that the model's CPU does not have, priced 0 */
	uint64_t ruled;   /* instructions without documented clocks, priced by a rule */
} sysemu_clocks;

/* ESTATE without a timing model. */
sysemu_status sysemu_get_clocks(sysemu_machine *m, sysemu_clocks *out);
/* All of them: regions and entry. */
uint64_t sysemu_clocks_total(const sysemu_clocks *clocks);

/* The foreign and the ruled, form by form; ENOENT beyond the last. */
typedef struct sysemu_odd_form {
	const char *form;          /* "cmov r,r" */
	const char *rule;          /* how it was priced; NULL: foreign, priced 0 */
	uint64_t insns;
} sysemu_odd_form;
sysemu_status sysemu_odd_form_at(sysemu_machine *m, size_t index, sysemu_odd_form *out);

/* One price. */
typedef struct sysemu_price {
	uint32_t addr, size;       /* 0, 0: the delivery of an exception or interrupt */
	const char *form;          /* as a manual's line: "mov r,m"; NULL for a delivery */
	uint32_t clocks[SYSEMU_CAUSES];
	bool foreign, ruled;
	bool interrupted;          /* a rep, by a fault: not retired, its rounds so far are priced */
} sysemu_price;

/* Called with each price, in the order of execution, when what comes next is known. The
 * callback may read the machine, not run or change it; NULL ends it. ESTATE without a model. */
typedef void (*sysemu_price_fn)(void *user, const sysemu_price *price);
sysemu_status sysemu_on_price(sysemu_machine *m, sysemu_price_fn fn, void *user);

/* An instruction by its bytes alone: as if its operands were aligned, a condition not met,
 * and the ring stayed; by a bus model, as the first behind a jump. What depends on operands is
 * priced for 0. Its length; 0 if the bytes hold no instruction, or there is no such model. */
typedef struct sysemu_listing {
	char text[96];             /* in AT&T syntax */
	sysemu_price price;
	const char *otherwise;     /* when `other` is its price: "taken", "between rings"; or NULL */
	uint32_t other[SYSEMU_CAUSES];
	bool plus_m;               /* where it jumps, the components of what it leads to are added */
	const char *depends;       /* "rounds", "multiplier", ...; NULL: on nothing */
	const char *source;        /* of its figure, or the rule; NULL: foreign */
} sysemu_listing;
size_t sysemu_timing_list(const char *timing, const void *code, size_t size, uint32_t addr,
			  sysemu_listing *out);

/* ---- 16. raw code against a model -------------------------------------- */

/*
 * 32-bit code alone on the CPU: flat segments, no paging to be seen, 16 MiB of memory from 0
 * and what the code needs around `at`, all readable and writable; registers 0, esp at
 * 0x00f00000. Vectors 32 to 255 are trap gates (DPL 3) to an iret. The run ends
 *   at a hlt, which in ring 3 faults and is not among the instructions;
 *   at any exception;
 *   at max_insns, before the block of code that would exceed them; or behind as many rounds
 *   of reps, 2^24 if that is more: a rep is an instruction only when it is complete;
 *   at a shutdown: an exception that cannot be delivered, for want of a stack or a handler.
 */
typedef struct sysemu_code_run {
	const char *timing;
	const void *code;
	size_t size;
	uint32_t at;               /* its address; 0: 0x00001000 ... */
	bool at_given;             /* ... or, if this is set, 0 */
	unsigned ring;             /* 0 or 3 */
	uint32_t from, to;         /* a pass: from each execution of `from` up to the next one of
				    * `to`, not included; both 0: the whole run is one ... */
	bool bounded;              /* ... or, if this is set, from 0 up to the next 0 */
	uint64_t max_insns;        /* 0: 1000000 */
} sysemu_code_run;

typedef struct sysemu_pass {
	uint64_t insns;            /* priced: with a rep that its fault interrupted */
	uint64_t clocks[SYSEMU_CAUSES];
	uint64_t foreign, ruled;
} sysemu_pass;

typedef struct sysemu_code_result {
	uint64_t passes;
	sysemu_pass total;         /* of the whole run */
	const char *ended;         /* "hlt" (in ring 3 too), "limit", "exception", "shutdown" */
	uint32_t vector, eip;      /* of the exception; what it pushed, or where the run ended */
} sysemu_code_result;

/* Calls `pass` (may be NULL) with each. The strings live until the next call in this thread.
 * EINVAL and ENOMEM: sysemu_errmsg(NULL) says why. */
typedef void (*sysemu_pass_fn)(void *user, const sysemu_pass *pass);
sysemu_status sysemu_timing_code(const sysemu_code_run *run, sysemu_pass_fn pass, void *user,
				 sysemu_code_result *out);

/* ---- 17. hardware captures against a model ----------------------------- */

/* Of some captured tests. Those in which an exception came are executed, not timed. */
typedef struct sysemu_accuracy {
	uint32_t tests;            /* timed */
	uint32_t exact;            /* the model's clocks in all are the measured ones */
	uint32_t max_error;        /* clocks */
	double mae;                /* mean absolute error, clocks */
	double bus_order_exact;    /* share of tests whose bus cycles agree in order and kind;
				    * 0 if the model has no bus */
} sysemu_accuracy;

#define SYSEMU_CAPTURE_FORMS 64

typedef struct sysemu_captures {
	sysemu_accuracy all;
	uint32_t faulting;         /* tests with an exception */
	uint32_t differing;        /* tests after which the engine's registers or memory are not
				    * the captured ones */
	bool has_bus;
	size_t forms;              /* of more than there is room for the others are in `all` only */
	struct { const char *name; sysemu_accuracy accuracy; } form[SYSEMU_CAPTURE_FORMS];
} sysemu_captures;

/* One test, during the callback. */
typedef struct sysemu_capture {
	uint32_t index;
	char name[64];
	const uint8_t *bytes;
	uint32_t size;
	bool faulting;
	uint32_t measured, modelled;
	bool bus_order_exact;
	const char *bus_measured, *bus_modelled; /* a letter a cycle: c code, r read, w write, h halt */
	const char *difference;    /* of the end state, a sentence; NULL: none */
} sysemu_capture;

/* Executes the tests of a MOO 1.1 file of an 80386EX in real mode and times them. EINVAL: the
 * timing; ELOAD: the file, with the offset; sysemu_errmsg(NULL). */
typedef void (*sysemu_capture_fn)(void *user, const sysemu_capture *capture);
sysemu_status sysemu_timing_captures(const void *moo, size_t size, const char *timing,
				     sysemu_capture_fn fn, void *user, sysemu_captures *out);

#endif
