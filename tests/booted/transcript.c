/* SPDX-License-Identifier: GPL-2.0-only */
/* transcript.c: plays a file's scenarios of today and writes down what was seen. Read next: native.c. */
#include <stdlib.h>
#include <string.h>

#include "tests/booted/transcript.h"

static const char *const entries[] = { "int80", "sysenter" };

static void put_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct transcript *t = user;
	const sysemu_event *e = &seen->event;

	fprintf(t->out, "  %zu %s %04x", row, sysemu_event_name(e->kind), e->status);
	t->events++;
	/* Where a budget ended is chance, and of the dead nothing is left. */
	if (e->kind == SYSEMU_EVENT_STOP || e->kind == SYSEMU_EVENT_BREAK) {
		fprintf(t->out, " %s", sysemu_place_name(seen->place));
		for (unsigned r = 0; r < SYSEMU_REGS; r++) {
			uint32_t word = ((const uint32_t *)&seen->regs)[r];

			/* The number is in the frame of the last call: outside of stops it says nothing. */
			if (r == SYSEMU_REG_ORIG_EAX && e->kind != SYSEMU_EVENT_STOP)
				continue;
			/* A fault pushes RF set, says the processor's manual; QEMU's does not. */
			if (r == SYSEMU_REG_EFLAGS)
				word &= ~0x10000u;
			if (word == t->returns) /* SYSEXIT has it in edx, too */
				fprintf(t->out, " %s=return", sysemu_reg_name(r));
			else
				fprintf(t->out, " %s=%x", sysemu_reg_name(r), word);
		}
	}
	fputc('\n', t->out);
}

static bool is_visible(const sysemu_check *c)
{
	switch (c->kind) {
	case SYSEMU_CHECK_KIND:
	case SYSEMU_CHECK_STATUS:
	case SYSEMU_CHECK_PID:
	case SYSEMU_CHECK_PLACE:
	case SYSEMU_CHECK_REG:
	case SYSEMU_CHECK_EFLAGS: return true;
	default: return false;
	}
}

/* The rows with those checks alone that a tracer can make; in malloc'ed memory. */
static sysemu_row *visible_rows(const sysemu_staging *st)
{
	sysemu_row *rows = calloc(st->n_rows, sizeof(*rows));

	for (size_t i = 0; rows && i < st->n_rows; i++) {
		sysemu_check *checks = calloc(st->rows[i].n_checks + 1, sizeof(*checks));

		rows[i] = st->rows[i];
		rows[i].checks = checks;
		rows[i].n_checks = 0;
		for (size_t k = 0; checks && k < st->rows[i].n_checks; k++)
			if (is_visible(&st->rows[i].checks[k]))
				checks[rows[i].n_checks++] = st->rows[i].checks[k];
	}
	return rows;
}

static void play(struct transcript *t, const sysemu_scenario *s, sysemu_entry entry)
{
	sysemu_scenario copy = *s;
	sysemu_staging *st = &copy.by_entry[entry];
	sysemu_row *rows = t->checks == TRANSCRIPT_NATIVE ? visible_rows(st) : NULL;
	sysemu_played played;

	if (rows)
		st->rows = rows;
	fprintf(t->out, "scenario %s %s\n", s->name, entries[entry]);
	t->played++;
	if (sysemu_scenario_play(&copy, t->kernel, entry, NULL, 0, put_event, t, &played) !=
		    SYSEMU_OK ||
	    !played.passed) {
		fprintf(t->out, "  not as stated: line %u: %s\n", played.line, played.text);
		t->failed++;
	}
	for (size_t i = 0; rows && i < st->n_rows; i++)
		free((void *)(uintptr_t)rows[i].checks);
	free(rows);
}

/* The parser puts a kernel's own name for what it is like. */
static bool is_modern(const struct transcript *t, const sysemu_scenario *s)
{
	for (size_t i = 0; i < s->n_verdicts; i++)
		if (!strcmp(s->verdicts[i].kernel, t->kernel) && !s->verdicts[i].fails)
			return true;
	return false;
}

bool transcript_play(struct transcript *t, const char *text, size_t size)
{
	sysemu_script_error error;
	sysemu_scenarios *all;

	if (sysemu_scenarios_parse(text, size, &all, &error) != SYSEMU_OK) {
		fprintf(t->out, "line %u: %s\n", error.line, error.text);
		return false;
	}
	for (size_t i = 0; i < sysemu_scenarios_count(all); i++) {
		const sysemu_scenario *s = sysemu_scenarios_at(all, i);

		for (unsigned entry = 0; entry < 2 && is_modern(t, s); entry++)
			if (s->by_entry[entry].n_rows)
				play(t, s, (sysemu_entry)entry);
	}
	sysemu_scenarios_free(all);
	return true;
}
