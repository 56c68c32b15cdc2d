/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.h: exploration of every state that flags, tracer and entry path can reach.
 * A part of sysemu.h, which includes it.
 */
/* clang-format off */
#ifndef LIBSYSEMU_SYSEMU_H
#include "sysemu.h" /* it includes this file in its turn */
#elif !defined(LIBSYSEMU_EXPLORE_H)
#define LIBSYSEMU_EXPLORE_H

/* ---- 14. exploration --------------------------------------------------- */

/*
 * Breadth-first through all that a tracer, its tracee and their surroundings can do, each
 * step on the guest's code from a restored snapshot. Two moments with the same fields are
 * one *node*; a choice made in a node and what came of it is an *edge*. Fields, choices and
 * properties, and what was left out: docs/exploration.md.
 */
#define SYSEMU_FIELD_MAP(X)                                                             \
	X(PLACE, "place")       /* a sysemu_node_place */                               \
	X(WHERE, "where")       /* a sysemu_node_where: the user's eip */               \
	X(FLAGS, "flags")       /* thread_info.flags, bits 0 to 7 */                    \
	X(TF, "tf")             /* the user's TF */                                     \
	X(DTRACE, "dtrace")     /* PT_DTRACE */                                         \
	X(SYSGOOD, "sysgood")   /* PT_TRACESYSGOOD */                                   \
	X(TRACED, "traced")     /* PT_PTRACED */                                        \
	X(ENTRY, "entry")       /* of a call's frame: 1 int $0x80, 2 SYSENTER; 0: no call */ \
	X(ORIG, "orig_eax")     /* of a call's frame: a sysemu_node_class */            \
	X(EAX, "eax")           /* a sysemu_node_class, where something will look at it */ \
	X(PENDING, "pending")   /* TRAP 1, USR1 2, STOP 4, another 8 in the task's queue; */ \
	X(CODE, "exit_code")    /* in the process's: the same times 16 */               \
	X(AUDIT, "audit")       /* an audit context */                                  \
	X(MODE, "mode")         /* the request that last resumed it; where nothing asks: 0 */ \
	X(CALL, "call")         /* of a call's frame: 1 it was to run, 2 to be emulated */

enum {
#define X(name, text) SYSEMU_FIELD_##name,
	SYSEMU_FIELD_MAP(X)
#undef X
	SYSEMU_FIELDS
};

#define SYSEMU_NODE_PLACE_MAP(X)                                                        \
	X(HOME, "user")     /* runs in user mode */                                     \
	X(ENTRY, "entry")   /* syscall stop, before the call */                         \
	X(EXIT, "exit")     /* syscall stop, behind it */                               \
	X(SIGNAL, "signal") /* signal stop */                                           \
	X(GROUP, "group")   /* group stop */                                            \
	X(OTHER, "other")   /* another stop: none is expected; no choices from here on */ \
	X(FORKED, "forked") /* it has a child */                                        \
	X(DEAD, "dead")                                                                 \
	X(HANG, "hang")     /* no end within the budget */                              \
	X(FAULT, "fault")   /* the kernel cannot go on */

enum sysemu_node_place {
#define X(name, text) SYSEMU_NODE_##name,
	SYSEMU_NODE_PLACE_MAP(X)
#undef X
};

#define SYSEMU_NODE_WHERE_MAP(X)                                                        \
	X(HOME, "home")         /* between two steps; of a call's frame: behind it */   \
	X(INT80, "at-int80")    /* before an int $0x80 */                               \
	X(SYSENTER, "at-sysenter")                                                      \
	X(BACK0, "back-0")      /* the page's way back to sysenter: the jump, */        \
	X(BACK1, "back-1")      /* the move */                                          \
	X(TAIL0, "tail-0")      /* behind SYSENTER, three pops and a ret to do */       \
	X(TAIL1, "tail-1")                                                              \
	X(TAIL2, "tail-2")                                                              \
	X(TAIL3, "tail-3")                                                              \
	X(ELSEWHERE, "elsewhere")

enum sysemu_node_where {
#define X(name, text) SYSEMU_WHERE_##name,
	SYSEMU_NODE_WHERE_MAP(X)
#undef X
};

#define SYSEMU_NODE_CLASS_MAP(X)                                                        \
	X(NONE, "-")                                                                    \
	X(SERVED, "served")         /* getpid */                                        \
	X(UNKNOWN, "unknown")       /* in the table, but no such call */                \
	X(OUT, "out")               /* beyond the table */                              \
	X(FORK, "fork")                                                                 \
	X(RESTART, "restart")       /* restart_syscall */                               \
	X(NEGATIVE, "negative")     /* beyond the table, and never restarted */         \
	X(OTHER, "other")                                                               \
	X(PLAIN, "plain")           /* a result that nothing asks for */                \
	X(ERESTARTSYS, "-ERESTARTSYS")                                                  \
	X(ERESTART_BLOCK, "-ERESTART_RESTARTBLOCK")

enum sysemu_node_class {
#define X(name, text) SYSEMU_CLASS_##name,
	SYSEMU_NODE_CLASS_MAP(X)
#undef X
};

typedef struct sysemu_node {
	uint8_t field[SYSEMU_FIELDS];
} sysemu_node;

enum { SYSEMU_BROKE_REGS = 1, SYSEMU_BROKE_EFLAGS = 2, SYSEMU_BROKE_STACK = 4 };

typedef struct sysemu_edge {
	uint32_t from, to;     /* nodes, numbered as they were found; the first is 0 */
	uint16_t choice;       /* a name: sysemu_choice_name */
	uint8_t event;         /* a sysemu_event_kind; NONE: nothing ran */
	uint8_t entered;       /* a call was begun: 1 by int $0x80, 2 by SYSENTER */
	uint16_t status;       /* the event's */
	int16_t result;        /* the request's: 0 or -errno */
	uint16_t ran_before;   /* instructions of system calls themselves, before a call was begun: */
	uint16_t ran_after;    /* so of the call that the task was in; and behind that */
	uint16_t user, entry;  /* instructions by region */
	uint8_t mode;          /* the resume request in force as it ran; 0: none, or detached */
	uint8_t audit_entries, audit_exits;
	uint8_t broke;         /* SYSEMU_BROKE_...: what the program finds changed */
	uint8_t child_flags;   /* FORKED: thread_info.flags of the child */
	uint8_t reserved[3];   /* 0 */
} sysemu_edge;

/* A property speaks of single edges; what came before is in the nodes (mode, call). */
typedef struct sysemu_property {
	const char *name, *about, *source;
	bool (*holds)(void *user, const sysemu_node *from, const sysemu_edge *edge,
		      const sysemu_node *to);
	void *user;
	/* What a script asks of the last event: fields ("ran=none"), or a whole event ("stop
	 * TRAP entry"), with @ for the label of the next step; NULL: the script states what was. */
	const char *demand;
} sysemu_property;

typedef struct sysemu_exploration sysemu_exploration;

typedef struct sysemu_explore_config {
	const char *kernel;    /* NULL: "sysemu" */
	sysemu_entry entry;
	uint32_t depth;        /* so many choices deep; 0: until nothing is new */
	uint32_t threads;      /* 0: 1; at most 64 work. The result is the same */
	uint32_t again;        /* from so many other ways into each node its edges are run again */
	int32_t first;         /* only this choice of those that the root has, from 0; -1: all */
	/* From the calling thread, now and then and behind each level: the level that is worked on, and
	 * what is known by now; false ends it with ESTATE. Or NULL. */
	bool (*progress)(void *user, uint32_t level, size_t nodes, size_t edges);
	void *user;
	bool execute_all;      /* no memo (sysemu_set_memo): each run is executed. The same, slower */
	bool paths;            /* no memo, and sysemu_edge_path knows what ran */
} sysemu_explore_config;

typedef struct sysemu_explored {
	const char *kernel;
	sysemu_entry entry;
	uint32_t depth;        /* of the deepest node */
	bool closed;           /* every node's edges are there */
	size_t nodes, edges;
	size_t runs;           /* transitions executed: edges, and those run again */
	size_t ways;           /* other ways from which the edges of a node were run again */
	size_t differences;    /* edges that went otherwise there: a field is missing */
	char difference[200];  /* the first of them */
} sysemu_explored;

/* Explores; *out is released by sysemu_exploration_free. If it fails, `text` (may be NULL)
 * receives the sentence. Config NULL: sysemu, int80, all of it, again 1. EINVAL: no such kernel,
 * entry or first choice. */
sysemu_status sysemu_explore(const sysemu_explore_config *config, sysemu_exploration **out,
			     char text[256]);
void sysemu_exploration_free(sysemu_exploration *x); /* NULL is allowed */
/* Its strings live as long as x; x NULL: all 0. */
void sysemu_explored_facts(const sysemu_exploration *x, sysemu_explored *out);

/* By number, in order of discovery; ENOENT. The edges of a node follow each other, in the
 * order of their choices. */
sysemu_status sysemu_node_at(const sysemu_exploration *x, size_t number, sysemu_node *out);
sysemu_status sysemu_edge_at(const sysemu_exploration *x, size_t number, sysemu_edge *out);

/* The kernel's instructions that ran on an edge, in their order, without the tracer's: their addresses, for
 * as long as x lives; the same ones have the same *number. ENOENT: no such edge, or config.paths was not
 * set; an exploration that was loaded or joined has none. */
sysemu_status sysemu_edge_path(const sysemu_exploration *x, size_t edge, uint32_t *number,
			       const uint32_t **addrs, size_t *n);

/* All edges in order, past each property, in the calling thread. broken[i] is the number of
 * the edge that ends the shortest way to a failure of properties[i], or SYSEMU_HOLDS; how
 * many fail is in count[i] (may be NULL). EINVAL: a property without `holds`. */
#define SYSEMU_HOLDS ((size_t)-1)
sysemu_status sysemu_exploration_check(const sysemu_exploration *x,
				       const sysemu_property *properties, size_t n,
				       size_t broken[], size_t count[]);
/* The properties of docs/exploration.md; NULL beyond the last. */
const sysemu_property *sysemu_property_at(size_t index);
/* What the facts say of it, with the fact: 1 holds, 0 fails, -1 says nothing there. */
int sysemu_property_expected(const sysemu_property *p, const char *kernel, sysemu_entry entry,
			     const char **fact);

/* The shortest way to an edge, as a scenario that fails there (docs/scenarios.md) for the
 * property's demand; malloc'ed, for the caller to free. Property NULL: it states what was. */
sysemu_status sysemu_exploration_script(const sysemu_exploration *x, size_t edge,
					const sysemu_property *property, char **text);

/*
 * Two kernels side by side: their explorations, of one entry, walked together from the two roots
 * by the same choices. A pair of nodes in which a tracer and its program can see no difference is
 * gone on from; flags and counts may differ there.
 */
#define SYSEMU_TELL_MAP(X)                                                                    \
	X(STOPS, "stops")         /* a request's result; which event, where; what executed */ \
	X(REGISTERS, "registers") /* eip, eax, orig_eax, TF; what the program finds changed */ \
	X(FLAGS, "flags")         /* of thread_info and ptrace, what is pending, audit */     \
	X(COUNTS, "counts")       /* instructions of entry.S and of the program */

typedef enum sysemu_tell {
#define X(name, text) SYSEMU_TELL_##name,
	SYSEMU_TELL_MAP(X)
#undef X
	SYSEMU_TELLS
} sysemu_tell;

/* A shortest way that tells the two apart. */
typedef struct sysemu_told {
	size_t n;        /* choices; 0: none does */
	uint32_t *edges[2]; /* their edges, of the first and of the second exploration */
	size_t count;       /* of pairs of edges that differ so, and in nothing plainer */
} sysemu_told;

typedef struct sysemu_joint {
	size_t pairs, edges; /* gone together */
	sysemu_told by[SYSEMU_TELLS];
} sysemu_joint;

/* EINVAL: of different entries. `out` is filled in any case; sysemu_joint_free releases it. */
sysemu_status sysemu_explorations_compare(const sysemu_exploration *a, const sysemu_exploration *b,
					  sysemu_joint *out);
void sysemu_joint_free(sysemu_joint *joint);
/* That way as a scenario, malloc'ed: it passes on the first kernel and fails on the second, at the
 * row `bad`; for STOPS and REGISTERS. ENOENT: nothing tells them apart so. */
sysemu_status sysemu_joint_script(const sysemu_exploration *a, const sysemu_exploration *b,
				  const sysemu_joint *joint, sysemu_tell by, char **text);
const char *sysemu_tell_name(unsigned tell); /* NULL beyond the last */

/* The independent model (docs/exploration.md): what node it expects of a choice. False: it
 * says that there is no such choice, or kernel; or something is NULL. */
bool sysemu_model_step(const char *kernel, const sysemu_node *from, unsigned choice,
		       sysemu_node *to, sysemu_edge *edge);

/* An exploration as bytes (malloc'ed) and back: to split the work and join it. Joining wants
 * the same kernel and entry; the numbers are those of one exploration of all. */
sysemu_status sysemu_exploration_save(const sysemu_exploration *x, void **bytes, size_t *size);
sysemu_status sysemu_exploration_load(const void *bytes, size_t size, sysemu_exploration **out);
sysemu_status sysemu_exploration_join(sysemu_exploration *const parts[], size_t n,
				      sysemu_exploration **out);

/* "SYSCALL", "SYSEMU USR1", "eip -= 2", ...; NULL beyond the last. */
const char *sysemu_choice_name(unsigned choice);
const char *sysemu_field_name(unsigned field);
/* A field's value as text, into `buf`; returns buf. */
const char *sysemu_field_text(unsigned field, unsigned value, char *buf, size_t size);

#endif
