/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show.h: `sysemu report`: what other commands wrote, for people to look at. Readers (read.c and what it knows)
 * fill a struct show; writers (page.c, perfetto.c) and the history (history.c) know that alone.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/page/page.h"
#include "cli/report/report.h"
#include "cli/show/tree.h"

/* ---- timelines ---- */

/* Of a task, from one event of its lane to the next that changes it. page.js has them in this order. */
enum show_state {
	SHOW_NONE,
	SHOW_USER,
	SHOW_KERNEL,
	SHOW_RUNS, /* in user mode and the kernel: it is not known where when */
	SHOW_READY,
	SHOW_WAITS,
	SHOW_STOPPED,
	SHOW_TRACED,
	SHOW_ENDED,
	SHOW_STATES
};
extern const char *const show_state_names[SHOW_STATES];

#define SHOW_SAME SHOW_STATES /* an event that changes no state */

struct show_lane {
	int32_t pid;
	char name[32];
	bool runs, in_call;
	uint32_t tif;       /* as it was said last */
	bool awake;         /* somebody has been told to have woken, or made, it */
	uint32_t last_stop; /* or its end: event + 1 */
};

struct show_event {
	uint64_t time;
	uint32_t text; /* a row of show.texts */
	uint16_t lane, other;
	uint8_t state, other_state; /* of its lane, and of another, from here on; or SHOW_SAME */
};

struct show_flags { /* of the event's lane, from there on */
	uint32_t event, tif;
};

struct show_arrow { /* from one event's lane to another's */
	uint32_t from, to;
	uint32_t text;
};

struct show_timeline {
	const char *title;
	bool counted; /* its time is instructions of one program's stops, not a machine's clock */
	size_t nlanes, nevents, nflags, narrows;
	size_t lanes_room, events_room, flags_room, arrows_room;
	struct show_lane *lanes;
	struct show_event *events;
	struct show_flags *flags;
	struct show_arrow *arrows;
	uint64_t end;
	size_t differs; /* the first event that is not as in the timeline beside it; nevents: none */
};

/* timeline.c. False, NULL: no memory. */
struct show;
struct show_timeline *show_timeline_new(struct show *s, const char *title);
bool show_lane_of(struct show_timeline *t, int32_t pid, uint16_t *out); /* a new one, if need be */
/* Its lane's state stays, no other's changes. */
struct show_event *show_event_add(struct show_timeline *t, uint64_t time, uint16_t lane,
				  uint32_t text);
/* Of the last event. */
bool show_flags_add(struct show_timeline *t, uint32_t tif);
bool show_arrow_add(struct show_timeline *t, size_t from, size_t to, uint32_t text);
/* Where two part: their lanes, texts and states, not their times. */
void show_compare(struct show_timeline *a, struct show_timeline *b);

/* ---- numbers and lines ---- */

struct show_cost {
	const char *of, *name, *unit;
	uint64_t value, base;
	bool has_base, bad;
	const char *limit; /* as it was written; or NULL */
};

struct show_heat {
	const char *kernel, *file;
	uint32_t line;
	uint64_t runs, before;
	bool compares; /* `before` is known */
};

struct show {
	struct rows texts;
	size_t ntimelines, ncosts, nheat, ninputs;
	size_t timelines_room, costs_room, heat_room, inputs_room;
	struct show_timeline *timelines;
	struct show_cost *costs;
	struct show_heat *heat;
	struct show_input_name {
		const char *path, *kind;
	} * inputs;
	struct report report; /* rows, and memory of texts */
	char *history;        /* JSON of it; NULL: none */
};

/* One more in an array: zeroed at its end; NULL: no memory. */
void *show_more(void *array, size_t *n, size_t *room, size_t size);
#define SHOW_MORE(array, n, room) show_more(&(array), &(n), &(room), sizeof(*(array)))

bool show_cost_add(struct show *s, const struct show_cost *cost);
bool show_heat_add(struct show *s, const struct show_heat *heat);
void show_free(struct show *s);

/* ---- reading ---- */

struct show_input {
	struct show *s;
	const char *path;
	char *text;
	size_t size;
	unsigned long line, column; /* of what is being read; 0: no line, no column */
	struct tree tree;
};

/* "FILE:LINE:COLUMN: ..." on stderr; false. */
bool show_refuse(const struct show_input *in, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds what a file has; false: said on stderr. */
bool show_read(struct show *s, const char *path);
/* The same of its text, which is changed; a NUL stands behind it. */
bool show_read_text(struct show *s, const char *path, char *text, size_t size);

/* The readers. Of a log: a line each; `memory` is the log's own, NULL before its first. */
struct show_log {
	const char *kind;
	bool (*line)(struct show_input *in, void **memory);
	bool (*end)(struct show_input *in, void *memory); /* frees it, whatever was wrong */
};
extern const struct show_log show_exec_log, show_trace_log;
bool show_read_records(struct show_input *in); /* a report as JSON: its tree is read */
bool show_read_count(struct show_input *in);   /* likewise `count --format json` */
bool show_read_cover(struct show_input *in);
bool show_read_outcomes(struct show_input *in);
/* {"entry": 49, ...}, kernel regions with their instructions, "user" beside it; `base` may be NULL. */
bool show_regions(struct show_input *in, const char *of, const struct tree_value *beside);
/* "TRACE", ... as bits. False: refused. */
bool show_tif(const struct show_input *in, uint32_t *out);

/* ---- writing: false: said on stderr ---- */

bool show_write_page(const struct show *s, struct cli_output *out);
bool show_write_perfetto(const struct show *s, struct cli_output *out);

/* ---- history.c ---- */

/* Without SQLite at build time both say so. False: said on stderr. */
bool show_history_append(struct show *s, const char *file, const char *name);
/* Fills history, and bases that are not there: the last commit's that is not `own` (NULL: any). */
bool show_history_read(struct show *s, const char *file, const char *own);

#endif
