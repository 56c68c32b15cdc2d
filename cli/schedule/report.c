/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c: what schedules came to, as text. */
#include <inttypes.h>

#include "cli/schedule/schedule.h"

static void put_kind(FILE *out, const sysemu_outcome *o)
{
	switch (o->kind) {
	case SYSEMU_EVENT_EXIT: fprintf(out, "exit %u", o->status >> 8 & 0xff); break;
	case SYSEMU_EVENT_KILLED:
		fprintf(out, "killed by %s", cli_signal_text(o->status & 0x7f));
		break;
	case SYSEMU_EVENT_FAULT: fprintf(out, "fault: %s", o->why); break;
	case SYSEMU_EVENT_LIMIT: fputs("no end: --max-insns", out); break;
	default: fputs(sysemu_event_name(o->kind), out); break;
	}
}

void schedule_put_outcome(FILE *out, const sysemu_outcome *o)
{
	put_kind(out, o);
	fprintf(out, ", output %016" PRIx64 ": %" PRIu64 "; %u preemption%s", o->word, o->times,
		o->preemptions, o->preemptions == 1 ? "" : "s");
}

static void put_outcome(FILE *out, size_t number, const sysemu_outcome *o)
{
	fprintf(out, "%4zu  ", number);
	schedule_put_outcome(out, o);
	for (size_t i = 0; i < o->nsteps; i++)
		fprintf(out, "%s%s%" PRIu64 ":%" PRIu32, i ? " " : ", ",
			o->steps[i].tick ? "tick " : "", o->steps[i].choice, o->steps[i].option);
	putc('\n', out);
}

void schedule_print(FILE *out, const struct schedule_file *f)
{
	const sysemu_schedules *s = f->found;

	fprintf(out,
		"%s, %s, %s: %" PRIu64 " schedules, %" PRIu64
		" of them to a state that was known, ",
		f->kernel, f->entry ? "sysenter" : "int80", f->how, s->schedules, s->alike);
	fprintf(out, "%" PRIu64 " choices; %zu outcome%s%s\n", s->choices, s->noutcomes,
		s->noutcomes == 1 ? "" : "s", s->cut ? " so far: cut off" : "");
	for (size_t i = 0; i < s->noutcomes; i++)
		put_outcome(out, i + 1, &s->outcome[i]);
}

bool schedule_is_good(const struct schedule_file *f)
{
	const sysemu_outcome *o = f->found->outcome;

	return f->found->noutcomes == 1 && o->kind == SYSEMU_EVENT_EXIT && o->status == 0;
}
