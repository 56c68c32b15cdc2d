/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shown.c: of a line of kernels those that show something else in a scenario than the one before, whatever its rows
 * expect: of each the first difference of the plainest sort. Read next: beside.c.
 */
#include <stdio.h>

#include "cli/json.h"
#include "compare.h"

struct shown {
	const char *before, *kernel, *at, *field, *was, *is;
	sysemu_tell tell;
};

static void put_text(const struct shown *s)
{
	const char *about = compare_about(s->kernel);

	printf("%s is the first kernel that shows otherwise\n", s->kernel);
	if (about && about[0])
		printf("    %s\n", about);
	printf("    in %s, at %s: %s: %s in %s, now %s\n", sysemu_tell_name(s->tell), s->at,
	       s->field, s->was[0] ? s->was : "-", s->before, s->is[0] ? s->is : "-");
}

static void put_json(struct json *j, const struct shown *s)
{
	json_open(j, '{');
	json_key(j, "kernel");
	json_string(j, s->kernel);
	json_key(j, "before");
	json_string(j, s->before);
	json_key(j, "tell");
	json_string(j, sysemu_tell_name(s->tell));
	json_key(j, "at");
	json_string(j, s->at);
	json_key(j, "field");
	json_string(j, s->field);
	json_key(j, "was");
	json_string(j, s->was[0] ? s->was : NULL);
	json_key(j, "is");
	json_string(j, s->is[0] ? s->is : NULL);
	json_close(j, '}');
}

/* False: they show the same. */
static bool put_step(const struct story two[2], const sysemu_staging *st, struct json *j)
{
	static struct beside_field f;
	const struct beside_limits all = { 0, SIZE_MAX, SYSEMU_TELL_COUNTS };
	struct beside_found found;
	struct shown s = { .before = two[0].kernel, .kernel = two[1].kernel };
	char label[24];

	if (!beside_find(two, 2, &all, &found))
		return false;
	beside_field(two, 2, found.row, &f, found.field);
	s.tell = found.tell;
	s.at = beside_row_text(st, found.row, label, sizeof(label));
	s.field = f.name;
	s.was = f.values[0];
	s.is = f.values[1];
	if (j)
		put_json(j, &s);
	else
		put_text(&s);
	return true;
}

int shown_put(const struct compare_kernels *line, const char *file, const sysemu_scenario *s,
	      sysemu_entry entry, struct json *j)
{
	struct story two[2];
	int code = CLI_FAILED;

	if (!story_play(&two[0], file, s, line->list[0], entry))
		return CLI_INTERNAL;
	for (size_t i = 1; i < line->n && code != CLI_INTERNAL; i++) {
		if (!story_play(&two[1], file, s, line->list[i], entry))
			code = CLI_INTERNAL;
		else if (put_step(two, &s->by_entry[entry], j))
			code = CLI_OK;
		story_free(&two[0]);
		two[0] = two[1];
	}
	story_free(&two[0]);
	return code;
}
