/* SPDX-License-Identifier: GPL-2.0-only */
/* outcomes.c: what schedules came to (`exec --outcomes`): a row each; exit status 0 passes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/schedule/schedule.h"
#include "cli/show/show.h"

/* A line of text that `put` writes; NULL: no memory. */
static const char *line_of(struct show *s, void (*put)(FILE *out, const sysemu_outcome *o),
			   const sysemu_outcome *o)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *line = NULL;

	if (!out)
		return NULL;
	put(out, o);
	if (fclose(out) == 0)
		line = report_text(&s->report, "%s", text);
	free(text);
	return line;
}

static void put_steps(FILE *out, const sysemu_outcome *o)
{
	for (size_t i = 0; i < o->nsteps; i++)
		fprintf(out, "%s%s %" PRIu64 ": option %" PRIu32, i ? "\n" : "",
			o->steps[i].tick ? "a tick before instruction" : "choice",
			o->steps[i].choice, o->steps[i].option);
}

bool show_read_outcomes(struct show_input *in)
{
	struct schedule_file f;
	struct report *r = &in->s->report;
	bool good = schedule_read(in->path, &f);

	for (size_t i = 0; good && i < f.found->noutcomes; i++) {
		const sysemu_outcome *o = &f.found->outcome[i];
		struct report_record *record = report_add(r);

		if (!record) {
			good = show_refuse(in, "no memory for it");
			break;
		}
		record->suite = in->path;
		record->name = report_text(r, "outcome %zu", i + 1);
		record->check = "schedule";
		record->kernel = report_text(r, "%s", f.kernel);
		record->entry = f.entry ? "sysenter" : "int80";
		record->status =
			o->kind == SYSEMU_EVENT_EXIT && !o->status ? REPORT_PASS : REPORT_FAIL;
		record->message = line_of(in->s, schedule_put_outcome, o);
		record->detail = o->nsteps ? line_of(in->s, put_steps, o) : NULL;
	}
	if (good)
		sysemu_schedules_free(f.found);
	return good;
}
