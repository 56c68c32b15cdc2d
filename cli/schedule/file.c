/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c: schedules as a file: lines of words, one of a kind at a time; the last has a sum over all
 * before it. docs/processes.md describes it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/schedule/schedule.h"

#define FIRST_LINE "sysemu-schedules 1"
#define FILE_MOST  (256u << 20)

static uint64_t sum_of(const char *text, size_t size)
{
	uint64_t sum = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ (unsigned char)text[i]) * 1099511628211u;
	return sum;
}

/* ---- write ---- */

static void put_digest(FILE *out, const sysemu_digest *d)
{
	for (size_t i = 0; i < sizeof(d->bytes); i++)
		fprintf(out, "%02x", d->bytes[i]);
}

static void put_outcome(FILE *out, const sysemu_outcome *o)
{
	fprintf(out,
		"outcome %s %" PRIx32 " output %016" PRIx64 " times %" PRIu64
		" preemptions %u end ",
		sysemu_event_name(o->kind), o->status, o->word, o->times, o->preemptions);
	put_digest(out, &o->end);
	putc('\n', out);
	if (o->why[0])
		fprintf(out, "why %s\n", o->why);
	for (size_t i = 0; i < o->nsteps; i++)
		fprintf(out, "%s %" PRIu64 " %" PRIu32 "\n", o->steps[i].tick ? "tick" : "choose",
			o->steps[i].choice, o->steps[i].option);
}

static char *text_of(const struct schedule_file *f, size_t *size)
{
	const sysemu_schedules *s = f->found;
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	fprintf(out,
		FIRST_LINE "\nkernel %s\nentry %u\nhow %s\npart %" PRIu64 " %" PRIu64 "\nprogram ",
		f->kernel, f->entry, f->how, f->shard.part, f->shard.of);
	put_digest(out, &f->program);
	fprintf(out,
		"\nwhere %u\nschedules %" PRIu64 " alike %" PRIu64 " choices %" PRIu64 " cut %d\n",
		s->where, s->schedules, s->alike, s->choices, s->cut);
	for (size_t i = 0; i < s->noutcomes; i++)
		put_outcome(out, &s->outcome[i]);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

bool schedule_write(const char *path, const struct schedule_file *f)
{
	struct cli_output to;
	size_t size;
	char *text;

	if (!cli_output_open(&to, path))
		return false;
	text = text_of(f, &size);
	if (!text) {
		cli_say("out of memory");
		cli_output_drop(&to);
		return false;
	}
	fprintf(to.out, "%send %016" PRIx64 "\n", text, sum_of(text, size));
	free(text);
	return cli_output_close(&to);
}

/* ---- read ---- */

struct reader {
	const char *path;
	char *line, *next; /* the present one, and what is behind it */
	unsigned number;
	struct schedule_file *f;
	sysemu_outcome now;
	size_t room;
	bool has_outcome, ok;
};

static bool wrong(struct reader *r, const char *what)
{
	if (r->ok)
		cli_say("%s:%u: %s", r->path, r->number, what);
	r->ok = false;
	return false;
}

static bool get_line(struct reader *r)
{
	char *end;

	if (!*r->next)
		return false;
	end = strchr(r->next, '\n');
	r->number++;
	r->line = r->next;
	if (!end)
		return wrong(r, "the line has no end: the file was cut off");
	*end = '\0';
	r->next = end + 1;
	return true;
}

static bool take_digest(const char *hex, sysemu_digest *d)
{
	for (size_t i = 0; i < sizeof(d->bytes); i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		d->bytes[i] = (uint8_t)byte;
	}
	return strlen(hex) == 2 * sizeof(d->bytes);
}

/* A line "name rest"; its rest, or NULL: said. */
static const char *expect(struct reader *r, const char *name)
{
	size_t n = strlen(name);

	if (r->ok && get_line(r) && strncmp(r->line, name, n) == 0 && r->line[n] == ' ')
		return r->line + n + 1;
	wrong(r, "this line is not what a file of schedules has here");
	return NULL;
}

static bool take_text(struct reader *r, const char *name, char *to, size_t size)
{
	const char *rest = expect(r, name);

	if (rest && strlen(rest) < size) {
		strcpy(to, rest);
		return true;
	}
	return rest ? wrong(r, "the line is too long") : false;
}

static bool take_head(struct reader *r)
{
	struct schedule_file *f = r->f;
	sysemu_schedules *s = f->found;
	const char *rest;
	char digest[64];
	int cut, end = 0;

	if (!get_line(r) || strcmp(r->line, FIRST_LINE) != 0)
		return wrong(r, "this is no file of schedules");
	if (!take_text(r, "kernel", f->kernel, sizeof(f->kernel)))
		return false;
	rest = expect(r, "entry");
	if (!rest || sscanf(rest, "%u%n", &f->entry, &end) != 1 || rest[end] ||
	    f->entry > SYSEMU_ENTRY_SYSENTER)
		return wrong(r, "no entry");
	if (!take_text(r, "how", f->how, sizeof(f->how)))
		return false;
	rest = expect(r, "part");
	if (!rest || sscanf(rest, "%" SCNu64 " %" SCNu64, &f->shard.part, &f->shard.of) != 2)
		return wrong(r, "no part");
	if (!take_text(r, "program", digest, sizeof(digest)))
		return false;
	if (!take_digest(digest, &f->program))
		return wrong(r, "no digest");
	rest = expect(r, "where");
	if (!rest || sscanf(rest, "%u", &s->where) != 1)
		return wrong(r, "no number");
	rest = expect(r, "schedules");
	if (!rest || sscanf(rest, "%" SCNu64 " alike %" SCNu64 " choices %" SCNu64 " cut %d",
			    &s->schedules, &s->alike, &s->choices, &cut) != 4)
		return wrong(r, "no numbers of schedules");
	s->cut = cut != 0;
	return true;
}

/* The outcome that was read goes into the list. */
static bool put_away(struct reader *r)
{
	sysemu_schedules one = { .noutcomes = 1, .outcome = &r->now };
	bool ok = !r->has_outcome || sysemu_schedules_add(r->f->found, &one) == SYSEMU_OK;

	free(r->now.steps);
	r->now = (sysemu_outcome){ 0 };
	r->has_outcome = false;
	r->room = 0;
	return ok || wrong(r, "out of memory");
}

static bool kind_of(const char *name, sysemu_event_kind *kind)
{
	for (int i = 0; sysemu_event_name((sysemu_event_kind)i); i++) {
		*kind = (sysemu_event_kind)i;
		if (strcmp(name, sysemu_event_name(*kind)) == 0)
			return true;
	}
	return false;
}

static bool take_outcome(struct reader *r)
{
	char kind[24], digest[40];
	int end = 0;

	if (!put_away(r))
		return false;
	if (sscanf(r->line,
		   "outcome %23s %" SCNx32 " output %" SCNx64 " times %" SCNu64
		   " preemptions %u end %39s%n",
		   kind, &r->now.status, &r->now.word, &r->now.times, &r->now.preemptions, digest,
		   &end) != 6 ||
	    r->line[end] || !kind_of(kind, &r->now.kind) || !take_digest(digest, &r->now.end))
		return wrong(r, "no outcome");
	r->has_outcome = true;
	return true;
}

static bool take_step(struct reader *r)
{
	sysemu_step step = { .tick = strncmp(r->line, "tick ", 5) == 0 };
	const char *rest = r->line + (step.tick ? 5 : 7);
	int end = 0;

	if (!r->has_outcome ||
	    sscanf(rest, "%" SCNu64 " %" SCNu32 "%n", &step.choice, &step.option, &end) != 2 ||
	    rest[end])
		return wrong(r, "no step");
	if (r->now.nsteps == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		sysemu_step *more = realloc(r->now.steps, room * sizeof(*more));

		if (!more)
			return wrong(r, "out of memory");
		r->now.steps = more;
		r->room = room;
	}
	r->now.steps[r->now.nsteps++] = step;
	return true;
}

static bool take_line(struct reader *r, bool *ends)
{
	if (strncmp(r->line, "outcome ", 8) == 0)
		return take_outcome(r);
	if (strncmp(r->line, "tick ", 5) == 0 || strncmp(r->line, "choose ", 7) == 0)
		return take_step(r);
	if (strncmp(r->line, "why ", 4) == 0 && r->has_outcome) {
		strncpy(r->now.why, r->line + 4, sizeof(r->now.why) - 1);
		return true;
	}
	*ends = strncmp(r->line, "end ", 4) == 0;
	return *ends || wrong(r, "this line is not what a file of schedules has here");
}

static bool read_lines(struct reader *r, uint64_t *sum)
{
	bool ends = false;

	if (!take_head(r))
		return false;
	while (!ends && r->ok && get_line(r))
		if (!take_line(r, &ends))
			return false;
	if (!ends || *r->next || sscanf(r->line + 4, "%" SCNx64, sum) != 1)
		return wrong(r, "the end is missing: the file was cut off");
	return put_away(r);
}

/* The sum of what is before the last line. */
static uint64_t sum_before_end(const char *text, size_t size)
{
	size_t at = size ? size - 1 : 0;

	while (at && text[at - 1] != '\n')
		at--;
	return sum_of(text, at);
}

bool schedule_read(const char *path, struct schedule_file *f)
{
	struct reader r = { .path = path, .f = f, .ok = true };
	uint64_t sum = 0, wanted;
	size_t size;
	char *text = cli_read_file(path, FILE_MOST, &size);

	*f = (struct schedule_file){ .found = text ? calloc(1, sizeof(*f->found)) : NULL };
	if (!f->found) {
		free(text);
		return false;
	}
	wanted = sum_before_end(text, size);
	r.next = text;
	r.ok = read_lines(&r, &sum);
	if (r.ok && sum != wanted)
		wrong(&r, "the sum does not fit: the file is damaged");
	free(r.now.steps);
	free(text);
	if (!r.ok) {
		sysemu_schedules_free(f->found);
		f->found = NULL;
	}
	return r.ok;
}
