/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compare.h: kernels side by side: what `diff` and `bisect` share.
 *
 *	shipped.c   the shipped scenarios, which the command carries, and files
 *	kernels.c   lists of kernels
 *	story.c     what one kernel does in a scenario, event by event
 *	words.c     an event's fields as text
 *	beside.c      stories side by side
 *	shown.c     the kernels of a line that show otherwise than the one before
 *	table.c     stories of the rules, by kernel
 *	joint.c     the exploration of two together
 *	insns.c     the instructions that differ
 */
#ifndef CLI_COMPARE_H
#define CLI_COMPARE_H

#include "cli/cli.h"

/* ---- kernels.c ---- */

#define COMPARE_KERNELS_MAX 64

struct json;

struct compare_kernels {
	size_t n;
	const char *list[COMPARE_KERNELS_MAX];
};

/* A list as "A,B..D,FILE", "all"; the ends of a range are included, and in the list's order. */
extern const struct cli_type compare_kernel_list;
bool compare_add_kernel(struct compare_kernels *k, const char *value, struct cli_why *why);
void compare_all_kernels(struct compare_kernels *k);
/* What is said of it in the list; NULL: of a file that says nothing. */
const char *compare_about(const char *kernel);

/* ---- shipped.c ---- */

struct compare_file {
	const char *name;
	sysemu_scenarios *all;
};

struct compare_set {
	size_t n;
	struct compare_file *files;
};

/* The files, or, if there are none, the shipped ones. False: said on stderr. */
bool compare_set_read(struct compare_set *set, int n, char *const files[]);
/* Of the rules that `diff --rules` tells (rules.play). */
bool compare_set_rules(struct compare_set *set);
void compare_set_free(struct compare_set *set);
/* NULL: said on stderr. */
const sysemu_scenario *compare_find(const struct compare_set *set, const char *name,
				    const char **file);

/* ---- story.c ---- */

/* What an action came to. */
struct story_act {
	size_t row;
	const sysemu_action *action;
	bool done;
	int32_t result;
};

struct story {
	const char *kernel;
	size_t n, room; /* events */
	sysemu_seen *seen;
	size_t n_acts, room_acts;
	struct story_act *acts;
	char ended[200]; /* why there are no more; "" if the rows are at their end */
};

/* Plays it; `file` is where it stands. False: said on stderr. */
bool story_play(struct story *story, const char *file, const sysemu_scenario *s, const char *kernel,
		sysemu_entry entry);
void story_free(struct story *story);

/* ---- words.c ---- */

#define WORDS_MAX    200
#define WORDS_FIELDS 64

/* Field number `field` of row `row`: its name and value, for people; NULL beyond the last. `tell`
 * is what sort it is. "" where there is nothing to compare. */
const char *words_field(const struct story *story, size_t row, unsigned field, sysemu_tell *tell,
			char value[WORDS_MAX]);
/* "EIO", "0", "-1000" */
const char *words_result(int32_t result, char *buf, size_t size);
const char *words_entry(sysemu_entry entry);

/* ---- beside.c ---- */

struct beside_field {
	const char *name; /* NULL: beyond the last */
	sysemu_tell tell;
	char values[COMPARE_KERNELS_MAX][WORDS_MAX];
};

/* True: it differs. */
bool beside_field(const struct story stories[], size_t n, size_t row, struct beside_field *f,
		  unsigned field);
size_t beside_rows(const struct story stories[], size_t n);

struct beside_limits {
	size_t from, to;
	unsigned tell; /* and no closer */
};
struct beside_found {
	size_t row;
	unsigned field; /* the first of its sort */
	sysemu_tell tell;
};

/* The first row with a difference of the plainest sort; false: none. */
bool beside_find(const struct story stories[], size_t n, const struct beside_limits *limits,
		 struct beside_found *found);
/* Its label, "row 3" or "the end". */
const char *beside_row_text(const sysemu_staging *st, size_t row, char *buf, size_t size);

/* ---- shown.c ---- */

/* j: or text. CLI_OK: there are such; CLI_FAILED: all show the same; CLI_INTERNAL: said on stderr. */
int shown_put(const struct compare_kernels *line, const char *file, const sysemu_scenario *s,
	      sysemu_entry entry, struct json *j);

/* ---- insns.c ---- */

/* The instructions up to row `row`'s event, in both kernels, as a difference. False: on stderr. */
bool insns_put(const char *file, const sysemu_scenario *s, sysemu_entry entry, size_t row,
	       const char *const kernels[2]);

/* ---- joint.c ---- */

struct joint_options {
	uint32_t depth, threads;
	const char *script; /* NULL: none */
	unsigned tell;
};

/* The two, by one entry, as text or, if `j`, as JSON. CLI_OK; CLI_FAILED: they differ. */
int joint_put(const struct joint_options *o, const char *const kernels[2], sysemu_entry entry,
	      struct json *j);

/* ---- table.c ---- */

int table_put(const struct compare_kernels *kernels, struct json *j);

#endif
