/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h: a program with its kernel and its tracer, that goes forwards and back: what `sysemu gdb` serves,
 * without the protocol. Moments are those of step.h.
 *
 * Of a plain program there are two machines: one that is fast, and one that is exact and slower, which
 * take the state from each other. With processes one machine is both.
 */
#ifndef CLI_GDB_WORLD_H
#define CLI_GDB_WORLD_H

#include "cli/cli.h"
#include "libsysemu/step.h"

#define WORLD_TRACER 100 /* the pid that the tracer's calls run under */
#define WORLD_POINTS 64u
#define WORLD_NEAR   16384u /* moments: so much is gone through in a millisecond or two */

enum world_phase {
	WORLD_RUNS,
	WORLD_STOPPED, /* the tracer is to answer */
	WORLD_CALLS,   /* its call runs */
	WORLD_ENDED,   /* nothing goes on from here */
};

/* What belongs to a moment beside the machine. */
struct world_state {
	enum world_phase phase;
	sysemu_event e;       /* the latest, but for those of the tracer's calls */
	sysemu_counts before; /* when the stop before was answered */
	uint64_t stops;       /* so many have been */
	int request;          /* the latest; -1: none */
	bool ordered;         /* the next is this one, whatever the list says */
	struct cli_request order;
	uint64_t inputs, outputs; /* reads and writes of the program so far */
	bool served_end;          /* it has ended by a served call, */
	uint32_t end_status;      /* with this status */
};

struct kept {
	uint64_t moment;
	sysemu_snapshot *snapshot; /* NULL: none */
	struct world_state state;
	bool edited; /* somebody changed something here: what comes before does not lead to it */
};

struct history {
	struct kept *list; /* by moment; the first is where history begins */
	size_t n, room;
	size_t most;  /* bytes that all may take, about, */
	size_t guess; /* and what they take, rather too much */
	uint64_t interval;
	struct kept near; /* one more, close to where one looked last */
};

struct world_input {
	int32_t result; /* as read(2) */
	char *bytes;
};

struct world_event {
	uint64_t moment;
	enum {
		WORLD_EVENT_STOP,
		WORLD_EVENT_REQUEST,
		WORLD_EVENT_REFUSED,
		WORLD_EVENT_SERVED,
		WORLD_EVENT_GONE, /* a child */
		WORLD_EVENT_END,
	} kind;
	int32_t pid, nr; /* nr: of the call, or the request */
	uint32_t status, value, tif;
};

#define WORLD_EVENTS 4096u
struct events {
	size_t n;
	struct world_event list[WORLD_EVENTS];
};

struct world_point {
	uint32_t addr, size;
	unsigned kinds; /* SYSEMU_WATCH_...; 0: a breakpoint */
};

enum world_stop_kind {
	WORLD_STEPPED,
	WORLD_BREAK,
	WORLD_WATCH,
	WORLD_STOP,  /* a ptrace stop, if these are wanted */
	WORLD_END,   /* the program has ended, or cannot go on */
	WORLD_BEGIN, /* nothing is known of what was before */
	WORLD_INTERRUPT,
	WORLD_REFUSED, /* the kernel refuses the tracer's request */
	WORLD_BROKEN,  /* the library says sysemu_errmsg(w->m) */
};

struct world_stop {
	enum world_stop_kind kind;
	sysemu_watch watch;
};

struct world_config {
	struct cli_machine machine;
	const struct cli_requests *requests;
	size_t history; /* bytes of snapshots */
	int out;        /* where the program's output goes */
	bool serves;    /* calls that SYSEMU skips */
	bool input;     /* it may read descriptor 0 */
	const char *root;
};

struct world {
	struct world_config config;
	sysemu_machine *fast, *exact; /* the same, with processes */
	sysemu_machine *m;            /* of the two, which has the present */
	struct world_state now;
	uint64_t moment; /* if it is known; else the machine is asked */
	bool moment_known;
	struct history history;
	struct kept first; /* as it was opened, whatever clients have done */
	bool shows_stops;
	bool patient; /* a Ctrl-C ends the way to a moment */
	bool quiet;   /* nothing stops it but moments */
	struct world_point points[WORLD_POINTS];
	size_t npoints;
	uint32_t set[2][WORLD_POINTS]; /* breakpoints that fast and exact have */
	size_t nset[2];
	sysemu_watch watched[16]; /* and what is watched */
	size_t nwatched;
	struct world_input *inputs;
	uint64_t ninputs, outputs; /* the furthest that it has come */
	struct events events;
	char end[256];                   /* how it ended */
	bool (*interrupted)(void *user); /* NULL: nobody interrupts */
	void *user;
};

/* ---- world.c ---- */

/* One of both: operands of a program, or code. CLI_OK, or said on stderr. Stands before the program's first
 * instruction. */
int gdb_open(struct world *w, const struct world_config *config, char **argv, char **environment,
	     const struct cli_code *code);
void gdb_close(struct world *w);
/* As it was opened. False: sysemu_errmsg(w->m). */
bool gdb_reset(struct world *w);
uint64_t gdb_moment(struct world *w);
int32_t gdb_pid(const struct world *w); /* whose CPU it is: a task's, or WORLD_TRACER */
/* The machine is the exact one, at the same moment. False: sysemu_errmsg(w->m). */
bool gdb_be_exact(struct world *w);

/* A piece of the way to `limit`, which ends early when something happens. */
enum piece {
	PIECE_MOVED, /* and nothing happened */
	PIECE_LIMIT,
	PIECE_BREAK,
	PIECE_STOP,
	PIECE_END,
	PIECE_REFUSED,
	PIECE_BROKEN,
};
enum piece gdb_piece(struct world *w, uint64_t limit);

/* ---- answers.c: the tracer, and the program's outside ---- */

bool answers_set_host(struct world *w, sysemu_machine *m);
/* Answers the stop: PIECE_MOVED, _REFUSED, _BROKEN. seen: the call is one that can be looked at. */
enum piece answers_give(struct world *w, bool seen);
/* What came of the call. */
enum piece answers_result(struct world *w, int32_t result);
void answers_forget(struct world *w); /* what was read and written after now */

/* ---- events.c ---- */

void events_add(struct world *w, struct world_event e);
void events_cut(struct world *w, uint64_t moment); /* those after it have never been */
void events_text(const struct world *w, const struct world_event *e, char *buf, size_t size);

/* ---- points.c ---- */

/* False: there is no room for it, or no such point. */
bool points_set(struct world *w, uint32_t addr, uint32_t size, unsigned kinds);
bool points_clear(struct world *w, uint32_t addr, uint32_t size, unsigned kinds);
bool points_watching(const struct world *w);
bool points_breaking(const struct world *w);
bool points_sync(struct world *w); /* the present machine has what is wanted */

/* ---- history.c ---- */

bool history_keep(struct world *w, bool edited); /* the present; false: sysemu_errmsg(w->m) */
bool history_take(struct world *w, struct kept *k, bool edited); /* the present, to be freed */
void history_cut(struct world *w, uint64_t moment); /* what is kept from there on goes */
void history_note(struct world *w, uint64_t now);   /* keeps the present if it is time for it */
struct kept *history_before(struct world *w,
			    uint64_t moment); /* the last one not later; NULL: none */
struct kept *history_edit_after(struct world *w, uint64_t moment); /* the first; NULL: none */
bool history_go(struct world *w, const struct kept *k, sysemu_machine *m);
/* Somebody has changed something: what was after it has never been. False: said by errmsg. */
bool history_edit(struct world *w);
void history_free(struct world *w);

/* ---- motion.c ---- */

/* pid 0: whoever runs. */
struct world_stop gdb_step(struct world *w, int32_t pid);
struct world_stop gdb_continue(struct world *w);
struct world_stop gdb_back_step(struct world *w, int32_t pid);
struct world_stop gdb_back_continue(struct world *w);
/* To the first instruction at `moment` or later, whatever lies between. */
struct world_stop gdb_seek(struct world *w, uint64_t moment);
/* The same for a client, who may become impatient, and may name a moment that never comes. */
struct world_stop gdb_goto(struct world *w, uint64_t moment);
/* The moment of the last instruction before now that changed a flag of task `pid`, before it ran; 0: none. */
uint64_t gdb_last_flag(struct world *w, int32_t pid, uint32_t flag);

#endif
