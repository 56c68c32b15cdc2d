/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c: any text as an input of `sysemu report`: refused, or understood so that whatever names a lane, an
 * event or a text names one, and both writers can write it. Files that are read by their names have targets or
 * readers of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/show.h"
#include "tests/fuzz/fuzz.h"

static void check_timeline(const struct show *s, const struct show_timeline *t)
{
	for (size_t i = 0; i < t->nevents; i++) {
		const struct show_event *e = &t->events[i];

		FUZZ_CHECK(e->lane < t->nlanes && e->other < t->nlanes);
		FUZZ_CHECK(e->text < s->texts.n);
		FUZZ_CHECK(e->state <= SHOW_SAME && e->other_state <= SHOW_SAME);
		FUZZ_CHECK(!i || e->time >= t->events[i - 1].time);
	}
	for (size_t i = 0; i < t->nflags; i++)
		FUZZ_CHECK(t->flags[i].event < t->nevents);
	for (size_t i = 0; i < t->narrows; i++)
		FUZZ_CHECK(t->arrows[i].from <= t->arrows[i].to && t->arrows[i].to < t->nevents &&
			   t->arrows[i].text < s->texts.n);
	FUZZ_CHECK(t->differs <= t->nevents);
}

static void write_all(const struct show *s)
{
	struct cli_output out;

	FUZZ_CHECK(cli_output_open(&out, "/dev/null") && show_write_page(s, &out));
	FUZZ_CHECK(cli_output_open(&out, "/dev/null") && show_write_perfetto(s, &out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct show s = { .report.command = "report" };
	char *text = malloc(size + 1);
	FILE *err = stderr;
	bool good;

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (!strncmp(text, "sysemu-", 7)) {
		free(text);
		return 0;
	}
	stderr = fopen("/dev/null", "w");
	FUZZ_CHECK(stderr);
	good = show_read_text(&s, "input", text, size);
	fclose(stderr);
	stderr = err;
	for (size_t i = 0; good && i < s.ntimelines; i++)
		check_timeline(&s, &s.timelines[i]);
	if (good)
		write_all(&s);
	show_free(&s);
	free(text);
	return 0;
}
