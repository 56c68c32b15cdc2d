/* SPDX-License-Identifier: GPL-2.0-only */
/* play.c: any text as scenarios that are played, each by its first verdict's kernel: to the last
 * row, or to one that fails with a sentence; and a second time likewise. */
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { BUDGET = 3000, ROWS = 16 };

static void play(const sysemu_scenario *s, sysemu_entry entry, sysemu_played *out)
{
	sysemu_scenario small = *s;
	sysemu_status status;

	small.budget = s->budget && s->budget < BUDGET ? s->budget : BUDGET;
	status = sysemu_scenario_play(&small, s->verdicts[0].kernel, entry, NULL, 0, NULL, NULL,
				      out);
	FUZZ_CHECK(status == SYSEMU_OK);
	FUZZ_CHECK(out->passed == (out->row == s->by_entry[entry].n_rows));
	FUZZ_CHECK(out->passed || out->text[0]);
}

static void play_twice(const sysemu_scenario *s, sysemu_entry entry)
{
	sysemu_played first = { 0 }, second = { 0 };

	if (s->program || !s->n_verdicts || !s->by_entry[entry].n_rows ||
	    s->by_entry[entry].n_rows > ROWS)
		return;
	play(s, entry, &first);
	play(s, entry, &second);
	FUZZ_CHECK(first.row == second.row && first.insns == second.insns);
	FUZZ_CHECK(!strcmp(first.text, second.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;

	if (sysemu_scenarios_parse((const char *)data, size, &all, &error) != SYSEMU_OK)
		return 0;
	for (size_t i = 0; i < sysemu_scenarios_count(all) && i < 2; i++)
		for (int entry = 0; entry < 2; entry++)
			play_twice(sysemu_scenarios_at(all, i), (sysemu_entry)entry);
	sysemu_scenarios_free(all);
	return 0;
}
