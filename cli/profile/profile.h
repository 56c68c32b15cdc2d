/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.h: what a run's instructions cost, by instruction, by call and by stack: collected by
 * profile.c from each retired instruction, written by write.c.
 */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "cli/cli.h"
#include "cli/lines.h"

struct profile_cost {
	uint64_t insns, clocks;
};

struct profile_function {
	char name[64];
	uint32_t addr;    /* 0: no function of the kernel's: the program, the host, a delivery */
	const char *file; /* of its first instruction; NULL: unknown */
	uint32_t line;
};

/* Functions that are none: all of the program's code; who runs the kernel without it; the
 * delivery of exceptions, which costs clocks alone. */
enum { PROFILE_PROGRAM, PROFILE_HOST, PROFILE_DELIVERY, PROFILE_OTHERS };

enum profile_kind {
	PROFILE_PLAIN,
	PROFILE_JUMP,
	PROFILE_CALL,
	PROFILE_RET,
	PROFILE_IRET,
	PROFILE_HALT,
	PROFILE_SETS_ESP,
};

struct profile_insn {
	uint32_t addr, size;
	enum profile_kind kind;
	size_t function;
	const char *file; /* NULL: unknown */
	uint32_t line;
	struct profile_cost self;
};

/* A call: from an instruction to a function. */
struct profile_arc {
	size_t from, to; /* index of insns, of functions */
	uint64_t calls;
	struct profile_cost cost; /* until it came back */
};

/* A function as it was called by its parent: what it cost itself there. */
struct profile_node {
	size_t parent, function; /* parent SIZE_MAX: a root */
	struct profile_cost self;
};

struct profile_list {
	void *items;
	size_t n, room;
	uint32_t *index; /* open addressing: number + 1, or 0 */
	size_t index_size;
};

#define PROFILE_STACKS 64
#define PROFILE_DEPTH  64

struct profile {
	sysemu_machine *m;
	const char *kernel, *timing; /* timing NULL: no clocks */
	struct cli_lines lines;
	bool has_lines, failed;
	struct profile_list functions, insns, arcs, nodes;
	struct profile_cost total;
	struct profile_stack {
		uint32_t id; /* of the kernel stack; 0: not used */
		size_t depth;
		struct profile_cost total; /* while it was the current one */
		struct profile_frame {
			size_t arc, node;
			uint32_t back; /* where it returns to; 0: by iret */
			struct profile_cost start;
		} frames[PROFILE_DEPTH];
	} stacks[PROFILE_STACKS];
	struct profile_stack *stack;
	size_t last; /* the instruction before; SIZE_MAX: none */
	size_t node; /* whose cost it is */
};

#define PROFILE_FUNCTION(p, i) (&((struct profile_function *)(p)->functions.items)[i])
#define PROFILE_INSN(p, i)     (&((struct profile_insn *)(p)->insns.items)[i])
#define PROFILE_ARC(p, i)      (&((struct profile_arc *)(p)->arcs.items)[i])
#define PROFILE_NODE(p, i)     (&((struct profile_node *)(p)->nodes.items)[i])

/* write.c */
void profile_put_callgrind(FILE *out, const struct profile *p);
void profile_put_folded(FILE *out, const struct profile *p);
void profile_put_annotated(FILE *out, const struct profile *p);

#endif
