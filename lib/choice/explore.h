/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.h: what the files of the exploration share. They use the public header alone, but
 * for lib/fail.h: a worked example of the API. explore.c (levels, threads) drives world.c
 * (a machine and what is seen of it) by the table of choice.c; graph.c keeps nodes
 * and edges; props.c, model.c, script.c and bytes.c use the result.
 */
#ifndef LIB_EXPLORE_H
#define LIB_EXPLORE_H

#include "lib/fail.h"
#include "lib/scenario/play.h"
#include "libsysemu/sysemu.h"

#define EXPLORE_BUDGET 20000 /* instructions from one place to the next */
#define EXPLORE_NONE   ((uint32_t)-1)

enum {
	EXPLORE_USR1 = 10,
	EXPLORE_STOP = 19,
	EXPLORE_TRAP = 5,
	EXPLORE_KILL = 9,
	EXPLORE_PROGRAM = 101, /* pids */
	EXPLORE_CHILD = 102,
};

/* ---- the program: program.c ---- */

#define PROGRAM_CALLS 4 /* served, unknown, out of range, fork */

struct program {
	uint8_t code[256];
	size_t size;
	uint32_t start[3][PROGRAM_CALLS]; /* by int80, by SYSENTER: the mov before; [2][0]: nop */
	uint32_t call[3][PROGRAM_CALLS];  /* the int or sysenter itself */
	uint32_t home[8];
	unsigned homes;
	uint32_t block; /* what the page's pops find: ebp points here */
};

extern const int32_t program_numbers[PROGRAM_CALLS];
void program_make(struct program *p, sysemu_entry entry);
enum sysemu_node_where program_where(const struct program *p, uint32_t eip);
uint8_t class_of_number(int32_t nr);
/* The number that stands for a class. */
int32_t number_of_class(uint8_t class);

#define VSYSCALL_BACK0 0xffffe40eu /* SYSENTER_RETURN - 2 */
#define VSYSCALL_BACK1 0xffffe403u
#define VSYSCALL_ENTER 0xffffe405u
#define VSYSCALL_TAIL0 0xffffe410u

/* ---- what ran: paths.c ---- */

/* The kernel's instructions while it is on. */
struct path_log {
	bool on, failed; /* failed: no memory for more */
	uint32_t *addr;
	size_t n, room;
};
void path_note(void *log, uint32_t addr, uint32_t size); /* a sysemu_insn_fn */

struct paths {
	struct path {
		uint32_t *addr;
		size_t n;
	} * list;
	size_t n;
	uint32_t *table; /* by hash: path + 1 */
	size_t table_size;
	uint32_t *of_edge;
	size_t edges, room;
};
/* Takes over `addr`, malloc'ed. False: no memory. */
bool paths_add(struct paths *p, size_t edge, uint32_t *addr, size_t n);
void paths_free(struct paths *p);

/* ---- a machine: world.c ---- */

struct world {
	sysemu_machine *m;
	struct program program;
	uint32_t stack_top;     /* esp0, */
	uint32_t frame;         /* and the pt_regs below it */
	uint32_t iret, sysexit; /* the ways back */
	uint32_t forced_tf;     /* its flag for a TF of ptrace's; 0: PT_DTRACE says it */
	bool modern;            /* its entry is in C: from 4.4 on; then where a stop begins, */
	struct play_watch at;   /* of which these alone: trace, trace_exit, notify, resume */
	uint8_t place;          /* and the last of them that was passed */
	struct path_log *log;   /* NULL: nobody asks */
	sysemu_regs kept;       /* what the program's registers are all the time */
	char text[256];
};

/* Opens it at the root: the launch stop. False: world.text says why. */
bool world_open(struct world *w, const char *kernel, sysemu_entry entry, bool execute_all,
		struct path_log *log);
void world_close(struct world *w);
bool world_root(struct world *w, sysemu_node *out);
/* Makes one choice in the machine's present state, which is `from`. */
bool world_step(struct world *w, const sysemu_node *from, unsigned choice, sysemu_node *to,
		sysemu_edge *edge);
/* Where entry code goes on when the C that the stopped task sleeps in comes back to it; 0: it is in no stop, or
 * all ways out are one. */
bool world_way_out(struct world *w, const sysemu_node *from, uint32_t *out);

/* ---- the place of a stop where the entry is in C: place.c ---- */

sysemu_status place_breaks(struct world *w);
/* The machine is at a breakpoint: is it one of these? Then w->place may be another. */
bool place_passed(struct world *w, const sysemu_event *e);
/* What it is before a step from there. */
uint8_t place_before(const sysemu_node *from);

/* ---- choices: choice.c ---- */

enum choice_kind {
	CHOICE_CALL, /* number of program.start, by */
	CHOICE_NOP,
	CHOICE_SIGNAL, /* kill(USR1) */
	CHOICE_RESCHED,
	CHOICE_AUDIT,   /* on: value */
	CHOICE_RESUME,  /* request, signal */
	CHOICE_REQUEST, /* one that does not resume: request, signal */
	CHOICE_SET,     /* register, value */
	CHOICE_BACK,    /* eip -= 2, and eax the call's number */
	CHOICE_TF,      /* on: value */
	CHOICE_GOOD,    /* TRACESYSGOOD: value */
};

struct choice {
	const char *name;
	enum choice_kind kind;
	int request;
	int32_t value;
	unsigned by, number; /* CALL */
	const char *script;  /* the action in a scenario's row; NULL: none */
};

extern const struct choice choices[];
extern const unsigned choice_count;
/* Is it offered in this node? */
bool choice_offered(const sysemu_node *n, const struct choice *c, sysemu_entry entry);
bool place_is_stop(uint8_t place);
bool mode_emulates(uint8_t mode);

/* ---- the graph: graph.c ---- */

struct graph_node {
	sysemu_node node;
	uint32_t depth;
	uint32_t first_edge, edges; /* EXPLORE_NONE: not expanded */
	uint32_t by_edge;           /* the edge that found it */
	uint32_t ways;              /* representatives taken so far */
	uint32_t way_out;           /* world_way_out, of the first */
};

struct sysemu_exploration {
	char kernel[32];
	sysemu_entry entry;
	struct graph_node *nodes;
	sysemu_edge *edges;
	size_t n_nodes, room_nodes, n_edges, room_edges;
	uint32_t *table;   /* by hash: node + 1 */
	size_t table_size; /* a power of two */
	uint32_t limit;    /* depth asked for; 0: none */
	bool closed;
	bool no_audit; /* the kernel has none */
	size_t runs, ways, differences;
	char difference[200];
	struct paths paths;
};

uint64_t node_hash(const sysemu_node *n);
sysemu_exploration *graph_new(const char *kernel, sysemu_entry entry);
uint32_t graph_find(const sysemu_exploration *x, const sysemu_node *n); /* or EXPLORE_NONE */
/* EXPLORE_NONE: out of memory. */
uint32_t graph_add(sysemu_exploration *x, const sysemu_node *n, uint32_t depth, uint32_t by_edge);
bool graph_add_edge(sysemu_exploration *x, const sysemu_edge *e);
/* choice_offered, where the kernel has what it is about. */
bool graph_offers(const sysemu_exploration *x, const sysemu_node *n, const struct choice *c);
/* All choices of all nodes have been made. */
bool graph_is_closed(const sysemu_exploration *x);

/* ---- scripts: script.c ---- */

/* One way through a graph; with `other`, what another kernel does at its end instead. */
struct script_way {
	const sysemu_exploration *x;
	const uint32_t *edges;
	size_t n;
	const sysemu_property *property; /* NULL: it states what was */
	const sysemu_exploration *other;
	uint32_t other_edge; /* its last, in `other` */
};

/* In malloc'ed memory; NULL: no memory, or too long a way. */
char *script_write(const struct script_way *way);

/* ---- properties: props.c ---- */

/* What a script asks of the edge instead of what happened, as sysemu_property.demand; in it
 * `!` is SIGTRAP as TRACESYSGOOD has it. */
const char *property_demand(const sysemu_property *p, const sysemu_node *from,
			    const sysemu_edge *e);

#endif
