/* SPDX-License-Identifier: GPL-2.0-only */
/* story.c: what one kernel does in a scenario, whatever the rows expect. */
#include <stdlib.h>
#include <string.h>

#include "cli/play.h"
#include "compare.h"

struct telling {
	struct story *story;
	const sysemu_row *rows;
	bool out_of_memory;
};

static void on_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct telling *t = user;
	struct story *s = t->story;

	(void)row;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		void *more = realloc(s->seen, room * sizeof(*s->seen));

		if (!more) {
			t->out_of_memory = true;
			return;
		}
		s->seen = more;
		s->room = room;
	}
	s->seen[s->n++] = *seen;
}

static void on_action(void *user, size_t row, size_t action, bool done, int32_t result,
		      uint32_t word)
{
	struct telling *t = user;
	struct story *s = t->story;

	(void)word;
	if (s->n_acts == s->room_acts) {
		size_t room = s->room_acts ? 2 * s->room_acts : 16;
		void *more = realloc(s->acts, room * sizeof(*s->acts));

		if (!more) {
			t->out_of_memory = true;
			return;
		}
		s->acts = more;
		s->room_acts = room;
	}
	s->acts[s->n_acts++] = (struct story_act){
		.row = row, .action = &t->rows[row].actions[action], .done = done, .result = result
	};
}

bool story_play(struct story *story, const char *file, const sysemu_scenario *s, const char *kernel,
		sysemu_entry entry)
{
	struct telling t = { .story = story, .rows = s->by_entry[entry].rows };
	const sysemu_observer observer = { .user = &t,
					   .on_event = on_event,
					   .on_action = on_action };
	sysemu_played played;
	sysemu_status status;
	char *elf;
	size_t size;

	*story = (struct story){ .kernel = kernel };
	if (!cli_play_program(file, s, &elf, &size))
		return false;
	status = sysemu_scenario_observe(s, kernel, entry, elf, size, &observer, &played);
	free(elf);
	if (status != SYSEMU_OK || t.out_of_memory) {
		cli_say("%s: %s (%s): %s", file, s->name, kernel,
			status != SYSEMU_OK ? played.text : "out of memory");
		return false;
	}
	if (!played.passed)
		snprintf(story->ended, sizeof(story->ended), "%.199s", played.text);
	return true;
}

void story_free(struct story *story)
{
	free(story->seen);
	free(story->acts);
	*story = (struct story){ 0 };
}
