/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.h: the mutants of a guest kernel, made by rule over its machine code.
 */
#ifndef TESTS_MUTATION_RULES_H
#define TESTS_MUTATION_RULES_H

#include "tests/mutation/host.h"

#define RULE_MAP(X)                                                                    \
	X(LEFT_OUT, "left-out") /* one nop of its length */                            \
	X(SKIPPED, "call-skipped")                                                     \
	X(INVERTED, "inverted") /* of a jump or set by a condition */                  \
	X(ALWAYS, "always")                                                            \
	X(WEAKER, "weaker")      /* je: jbe, jb: jbe, ja: jae, jl: jle, jg: jge */     \
	X(STRONGER, "stronger")  /* jne: ja, jbe: jb, jae: ja, jle: jl, jge: jg */     \
	X(NEXT, "to-next-label") /* of a jump within entry.S: its target */            \
	X(BEFORE, "to-label-before")                                                   \
	X(IMM_MORE, "imm+1")                                                           \
	X(IMM_LESS, "imm-1")                                                           \
	X(IMM_BIT, "imm-bit") /* one other than the lowest, which the address picks */ \
	X(DISP_MORE, "disp+1")                                                         \
	X(DISP_LESS, "disp-1")                                                         \
	X(DISP_BIT, "disp-bit")

enum rule {
#define X(name, text) RULE_##name,
	RULE_MAP(X)
#undef X
		RULES
};

static inline bool rule_is_of_immediate(enum rule rule)
{
	return rule == RULE_IMM_MORE || rule == RULE_IMM_LESS || rule == RULE_IMM_BIT;
}

struct mutant {
	struct host_change change;
	enum rule rule;
	uint32_t function;   /* its place in mutants.functions */
	uint32_t offset;     /* in it */
	const uint8_t *code; /* the right instruction, where the image is embedded */
};

struct function {
	uint32_t kernel, addr;
	char name[56];
	bool entry; /* of entry.S */
};

struct mutants {
	struct mutant *list;
	size_t n, room;
	struct function *functions;
	size_t nfunctions, functions_room;
};

const char *rule_name(enum rule rule);

/* Those of `kernel`; of the functions that `base` (another kernel, or the same) has alike, none. */
void mutants_add(struct mutants *out, uint32_t kernel, uint32_t base);
void mutants_free(struct mutants *m);

/* "sysemu syscall_fault+0xa imm+1". */
void mutant_key(const struct mutants *all, const struct mutant *m, char *text, size_t size);
/* "sysemu syscall_fault{andl $0xffffe000, %ebp} imm+1": wherever in the function it stands. */
void mutant_key_by_text(const struct mutants *all, const struct mutant *m, char *text, size_t size);

#endif
